/* libFuzzer: what a process of `--exec` answers. Build with clang and -Dfuzz=true; run
 *   build-fuzz/harness/fuzz_exec -timeout=5 SCRATCH-FOLDER
 * The input stands for all that the process writes; the pipes and the job are stand-ins. */
#include "harness/exec_link.h"
#include "harness/exec_target.h"
#include "harness/pool.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The process at the other end. ---- */

static const uint8_t *answers;
static size_t answers_left;
static jmp_buf failed;

bool tb_link_start(struct tb_link *link, const char *command) {
    (void)command;
    *link = (struct tb_link){.pid = -1, .to = -1, .from = -1, .err = -1};
    return true;
}

bool tb_link_exchange(struct tb_link *link, const void *head, size_t head_size, const void *out,
                      size_t out_size, void *in, size_t in_size, double patience) {
    (void)head, (void)head_size, (void)out, (void)out_size, (void)patience;
    if (in_size > answers_left) {
        snprintf(link->reason, sizeof link->reason, "the process closed its standard output");
        return false;
    }
    if (in_size)
        memcpy(in, answers, in_size);
    answers += in_size;
    answers_left -= in_size;
    return true;
}

bool tb_link_unasked(struct tb_link *link) {
    (void)link;
    return false;
}

bool tb_link_ends_silently(struct tb_link *link) {
    (void)link;
    return answers_left == 0;
}

void tb_link_stop(struct tb_link *link) {
    (void)link;
}

bool tb_job_inside(void) {
    return false;
}

_Noreturn void tb_job_fail(const char *format, ...) {
    (void)format;
    longjmp(failed, 1);
}

/* ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct tb_target *target;
    static const struct tb_request request = {
        .case_id = "convert/bf16/fp32/exact", .source_bytes = 2, .destination_bytes = 4};
    static uint8_t input[2 * 8], output[4 * 8];
    struct tb_kernel kernel = {0};
    struct tb_error error;
    answers = data;
    answers_left = size;
    if (!target && !(target = tb_exec_target("fuzz", &error)))
        abort();
    if (!target->open(&request, &kernel)) {
        if (kernel.run || strchr(tb_exec_last_error(), '\n'))
            abort();
        return 0;
    }
    if (kernel.claim && !*kernel.claim)
        abort();
    if (!setjmp(failed))
        kernel.run(kernel.state, input, output, 8);
    target->close(&kernel);
    return 0;
}
