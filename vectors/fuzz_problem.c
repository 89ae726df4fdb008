/* libFuzzer: golden records of operations on arrays. Build with clang and -Dfuzz=true; run
 *   build-fuzz/vectors/fuzz_problem -timeout=5 SCRATCH-FOLDER FOLDER-OF-GOLDEN-FILES
 * with files of `tiebreak vectors dot/... -o FOLDER` to start from. What is refused is refused in one line;
 * what is read is of a known problem, in the size that its id says. */
#include "vectors/problem.h"
#include "vectors/problem_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sink;

/* Every byte that the reader says is there. */
static void touch(const struct tb_problem_records *r, const struct tb_problem *p) {
    for (size_t i = 0; i < r->count * p->input.bytes; i++)
        sink += r->input[i];
    for (size_t i = 0; i < r->count * p->output.bytes; i++)
        sink += r->output[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tb_problem_records records;
    struct tb_problem problem;
    struct tb_error error = {0};
    char path[64], id[TB_CASE_ID];
    snprintf(path, sizeof path, "/dev/shm/tiebreak-fuzz-problem-%ld", (long)getpid());
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
    if (!tb_problem_records_read(path, id, &records, &error)) {
        if (error.code != TB_EXIT_USAGE || strchr(error.text, '\n'))
            abort();
    } else {
        if (!tb_problem_parse(id, &problem, &error))
            abort();
        touch(&records, &problem);
        tb_problem_records_free(&records);
    }
    remove(path);
    return 0;
}
