/* libFuzzer: a baseline of `tiebreak gate`. Build with clang and -Dfuzz=true; run
 *   build-fuzz/harness/fuzz_baseline -timeout=5 SCRATCH-FOLDER FOLDER-OF-BASELINES
 * What is refused is refused in one line; what is read is written and read back the same. */
#include "harness/baseline.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read_back(const char *path, const struct tb_baseline *b) {
    struct tb_baseline back;
    struct tb_error error;
    if (!tb_baseline_write(path, b, &error) || !tb_baseline_read(path, &back, &error) ||
        back.count != b->count)
        abort();
    for (size_t i = 0; i < b->count; i++) {
        const struct tb_accepted *found =
            tb_baseline_find(&back, b->accepted[i].target, b->accepted[i].case_id);
        if (!found || found->stretch_count != b->accepted[i].stretch_count ||
            strcmp(found->note, b->accepted[i].note) != 0)
            abort();
    }
    tb_baseline_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tb_baseline b;
    struct tb_error error = {0};
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/tiebreak-fuzz-baseline-%ld", (long)getpid());
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
    if (tb_baseline_read(path, &b, &error)) {
        write_and_read_back(path, &b);
        tb_baseline_free(&b);
    } else if (error.code != TB_EXIT_USAGE || strchr(error.text, '\n')) {
        abort();
    }
    remove(path);
    return 0;
}
