#include "harness/progress.h"

#include <stdarg.h>
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

void tb_progress_done(struct tb_progress *p) {
    p->done++;
}

/* What a verdict takes beside its inputs (a child, the contract, the variants), in inputs: 20 to 40 ms of a
 * CPU. Most verdicts have few inputs, and they come last. */
#define OVERHEAD 0x1p28

static double work(uint64_t inputs, size_t verdicts) {
    return (double)inputs + OVERHEAD * (double)verdicts;
}

/* Whether it is time for the next line. */
static bool is_due(struct tb_progress *p, double time) {
    if (time - p->shown < (p->terminal ? 0.25 : 10))
        return false;
    p->shown = time;
    return true;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct tb_progress *p, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs(p->terminal ? "\r\033[K" : "", stderr);
    vfprintf(stderr, format, arguments);
    fputs(p->terminal ? "" : "\n", stderr);
    fflush(stderr);
    va_end(arguments);
}

void tb_progress_show(struct tb_progress *p, uint64_t inputs_so_far) {
    double time = now(), spent = time - p->started;
    if (!is_due(p, time))
        return;
    double done = work(inputs_so_far, p->done), rate = (double)inputs_so_far / spent;
    double left = done > 0 ? (work(p->inputs, p->verdicts) / done - 1) * spent : 0;
    tell(p, "%zu of %zu verdicts, %.2f billion inputs a second, %.0f s, about %.0f s left", p->done,
         p->verdicts, rate * 1e-9, spent, left > 0 ? left : 0);
}

void tb_progress_explained(struct tb_progress *p, size_t verdicts) {
    double time = now();
    if (is_due(p, time))
        tell(p, "%zu of %zu verdicts compared with every variant, %.0f s", verdicts, p->verdicts,
             time - p->started);
}

void tb_progress_end(struct tb_progress *p) {
    if (p->terminal)
        fputs("\r\033[K", stderr);
}
