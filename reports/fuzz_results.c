/* libFuzzer: results.json, and every rendering of what is read. Build with clang and -Dfuzz=true; run
 *   build-fuzz/reports/fuzz_results -timeout=5 SCRATCH-FOLDER reports/bad
 * What is refused is refused in one line; what is read can be written, read back and rendered. */
#include "reports/results.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names are cleaned when they are written, and two may become one: the only refusal that may follow. */
static void write_and_read_back(const struct tb_results *results) {
    struct tb_results back;
    struct tb_error error;
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/tiebreak-fuzz-%ld", (long)getpid());
    if (!tb_results_write(path, results, &error))
        abort();
    if (tb_results_read(path, &back, &error)) {
        if (back.verdict_count != results->verdict_count || back.fact_count != results->fact_count)
            abort();
        tb_results_free(&back);
    } else if (!strstr(error.text, "repeats the case and target")) {
        abort();
    }
    remove(path);
}

static void render_all(const struct tb_results *results) {
    static tb_render_fn *const renderings[] = {tb_report_html, tb_report_junit, tb_report_markdown,
                                               tb_report_sarif};
    for (size_t i = 0; i < sizeof renderings / sizeof *renderings; i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        if (!out || !renderings[i](out, results) || fclose(out) || !length)
            abort();
        free(text);
    }
    char sentence[1024];
    tb_results_sentence(results, sentence, sizeof sentence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int file = -1;
    static char path[64];
    struct tb_results results;
    struct tb_error error = {0};
    if (file < 0) {
        file = memfd_create("results.json", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size)
        return -1;
    if (!tb_results_read(path, &results, &error)) {
        if (error.code != TB_EXIT_USAGE || !*error.text || strchr(error.text, '\n'))
            abort();
        return 0;
    }
    write_and_read_back(&results);
    render_all(&results);
    tb_results_free(&results);
    return 0;
}
