#include "harness/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void tb_progress_start(struct tb_progress *p, size_t verdicts, uint64_t inputs) {
    *p = (struct tb_progress){
        .verdicts = verdicts, .inputs = inputs, .started = now(), .terminal = isatty(STDERR_FILENO)};
    p->shown = p->started;
}

void tb_progress_done(struct tb_progress *p, uint64_t inputs) {
    (void)inputs;
    p->done++;
}

void tb_progress_show(struct tb_progress *p, uint64_t inputs_so_far) {
    double time = now(), spent = time - p->started;
    if (time - p->shown < (p->terminal ? 0.25 : 10))
        return;
    p->shown = time;
    double rate = (double)inputs_so_far / spent,
           left = rate > 0 ? ((double)p->inputs - (double)inputs_so_far) / rate : 0;
    fprintf(stderr, "%s%zu of %zu verdicts, %.2f billion inputs a second, %.0f s, about %.0f s left%s",
            p->terminal ? "\r\033[K" : "", p->done, p->verdicts, rate * 1e-9, spent, left > 0 ? left : 0,
            p->terminal ? "" : "\n");
    fflush(stderr);
}

void tb_progress_end(struct tb_progress *p) {
    if (p->terminal)
        fputs("\r\033[K", stderr);
}
