#include "harness/device_sweep.h"

#include "harness/device_check.h"
#include "harness/recorder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Asking. ---- */

bool tb_device_sweeps(const struct tb_case *c, const struct tb_staircase *golden,
                      const struct tb_kernel *kernel) {
    return kernel->sweep && golden->count && tb_format_bytes(tb_case_input(c)) <= 4 &&
           tb_format_bytes(c->destination) <= 4;
}

static bool is_told(const struct tb_device *d, const struct tb_sweep_answer *answer, uint64_t inputs,
                    struct tb_error *error) {
    if (answer->found <= d->room && answer->differing <= inputs && answer->found <= answer->differing &&
        (answer->overflow || (answer->found == 0) == (answer->differing == 0)))
        return true;
    return tb_fail(error, TB_EXIT_TARGET,
                   "the sweep on the device is broken: of %" PRIu64 " inputs it found %" PRIu64
                   " to differ, in %zu stretches",
                   inputs, answer->differing, answer->found);
}

/* One sweep of the inputs [begin, end) against one of the staircases; what it found is in d->found. */
static bool ask(struct tb_device *d, const struct tb_flat *expected, uint64_t begin, uint64_t end,
                bool unchecked, struct tb_sweep_answer *answer, struct tb_error *error) {
    struct tb_sweep_request request = {.first = expected->first,
                                       .code = expected->code,
                                       .count = expected->count,
                                       .begin = begin,
                                       .end = end,
                                       .padding = (uint32_t)d->padding,
                                       .unchecked = unchecked,
                                       .found = d->found,
                                       .capacity = d->room};
    *answer = (struct tb_sweep_answer){0};
    if (!d->kernel->sweep(d->kernel->state, &request, answer)) {
        const char *why = d->kernel->failure ? d->kernel->failure(d->kernel->state) : NULL;
        return tb_fail(error, TB_EXIT_TARGET, "the sweep on the device failed: %s",
                       why ? why : "it gave no reason");
    }
    return is_told(d, answer, end - begin, error);
}

/* ---- One range whose differences fit the room. ---- */

/* The target's own staircase over a range, as one sweep tells it. */
static bool told(struct tb_device *d, const struct tb_flat *expected, const struct tb_sweep_answer *answer,
                 uint64_t begin, uint64_t end, struct tb_staircase *out, struct tb_error *error) {
    struct tb_range range = {begin << d->padding, (end - 1) << d->padding};
    return tb_device_order(d, answer->found, &range, answer->differing, error) &&
           tb_device_lay(d, expected, answer->found, &range, out, error);
}

static void add_difference(const struct tb_difference *d, void *context) {
    tb_recorder_add(context, d->first, d->last, d->expected, d->got);
}

/* What differs from the golden staircase in a range goes into the record. */
static void record_range(struct tb_device *d, const struct tb_staircase *told, uint64_t begin, uint64_t end) {
    const struct tb_staircase *g = d->golden;
    uint64_t at = begin << d->padding, last = (end - 1) << d->padding, step = UINT64_C(1) << d->padding;
    for (size_t i = tb_staircase_find(g, at), j = 0; at <= last;) {
        uint64_t end_g = i + 1 < g->count ? g->first[i + 1] - step : last;
        uint64_t end_t = j + 1 < told->count ? told->first[j + 1] - step : last;
        uint64_t until = end_g < end_t ? end_g : end_t;
        until = until < last ? until : last;
        if (g->code[i] != told->code[j])
            add_difference(&(struct tb_difference){at, until, g->code[i], told->code[j]}, &d->recorder);
        i += until == end_g;
        j += until == end_t;
        at = until + step;
    }
}

/* Both sweeps of a range, compared with each other and with the kernel. *overflow: there was no room. */
static bool sweep_once(struct tb_device *d, uint64_t begin, uint64_t end, uint64_t *differing, bool *overflow,
                       struct tb_error *error) {
    struct tb_sweep_answer plain, planted;
    struct tb_staircase from_plain = {0}, from_planted = {0};
    bool ok = ask(d, &d->plain, begin, end, false, &plain, error);
    *differing = plain.differing;
    *overflow = ok && plain.overflow;
    ok = ok && (*overflow || told(d, &d->plain, &plain, begin, end, &from_plain, error));
    if (ok && !*overflow) {
        ok = ask(d, &d->planted, begin, end, false, &planted, error);
        *overflow = ok && planted.overflow;
        ok = ok && (*overflow || told(d, &d->planted, &planted, begin, end, &from_planted, error));
    }
    if (ok && !*overflow) {
        ok = tb_device_agree(&from_plain, &from_planted, error) &&
             tb_device_rerun(d, &from_plain, begin, end, error);
        if (ok)
            record_range(d, &from_plain, begin, end);
    }
    tb_staircase_free(&from_plain);
    tb_staircase_free(&from_planted);
    return ok;
}

/* A range is halved until what differs in it fits the room: the tally is whole, whatever a target does. */
static bool sweep_range(struct tb_device *d, uint64_t begin, uint64_t end, uint64_t *differing,
                        void (*progress)(uint64_t), struct tb_error *error) {
    bool overflow;
    uint64_t middle = begin + (end - begin) / 2, low, high;
    if (!sweep_once(d, begin, end, differing, &overflow, error))
        return false;
    if (!overflow) {
        if (progress)
            progress(end - begin);
        return true;
    }
    if (end - begin <= d->room)
        return tb_fail(error, TB_EXIT_TARGET,
                       "the sweep on the device is broken: it has room for %zu stretches and not for %" PRIu64
                       " inputs",
                       d->room, end - begin);
    if (!sweep_range(d, begin, middle, &low, progress, error) ||
        !sweep_range(d, middle, end, &high, progress, error))
        return false;
    if (low + high == *differing)
        return true;
    return tb_fail(error, TB_EXIT_TARGET,
                   "the sweep on the device is broken: it counts %" PRIu64
                   " differing inputs in a range and %" PRIu64 " in its two halves",
                   *differing, low + high);
}

bool tb_device_sweep(const struct tb_case *c, const struct tb_staircase *golden,
                     const struct tb_kernel *kernel, void (*progress)(uint64_t), struct tb_record *out,
                     struct tb_error *error) {
    struct tb_device d;
    uint64_t differing;
    bool ok = tb_device_open(&d, c, golden, kernel, error);
    d.recorder = tb_recorder_start(c, out);
    ok = ok && sweep_range(&d, 0, tb_case_inputs(c), &differing, progress, error);
    tb_recorder_close(&d.recorder);
    if (ok && d.recorder.out_of_memory)
        ok = tb_fail(error, TB_EXIT_SYSTEM, "out of memory for what differs");
    out->inputs = tb_case_inputs(c);
    out->exhaustive = true;
    tb_device_close(&d);
    return ok;
}

/* ---- Times. ---- */

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool tb_device_measure(const struct tb_case *c, const struct tb_staircase *golden,
                       const struct tb_kernel *kernel, struct tb_device_times *out, struct tb_error *error) {
    enum { REPEATS = 5 };
    double seconds[2][REPEATS];
    struct tb_device d;
    struct tb_sweep_answer answer;
    bool ok = tb_device_open(&d, c, golden, kernel, error);
    for (int i = 0; ok && i < 2 * REPEATS; i++) {
        ok = ask(&d, &d.plain, 0, tb_case_inputs(c), i % 2, &answer, error);
        seconds[i % 2][i / 2] = answer.seconds;
    }
    tb_device_close(&d);
    if (!ok)
        return false;
    for (int i = 0; i < 2; i++)
        qsort(seconds[i], REPEATS, sizeof seconds[i][0], by_size);
    *out = (struct tb_device_times){seconds[0][REPEATS / 2], seconds[1][REPEATS / 2]};
    return true;
}
