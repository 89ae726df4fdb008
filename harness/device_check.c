#include "harness/device_check.h"

#include "harness/device_sweep.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

size_t tb_device_room = TB_STRETCHES;

#define SINGLE_FAULTS    1000u
#define LONG_FAULTS      16u
#define BOUNDARY_FAULTS  500u
#define MOST_FAULTS      (2 + SINGLE_FAULTS + LONG_FAULTS + 2 * BOUNDARY_FAULTS)
#define BATCH            65536u
#define WHOLE_STRETCH    8u /* inputs; the kernel is run on all of a shorter one */
#define INSIDE_A_STRETCH 2u

struct tb_batch {
    size_t count;
    uint64_t pattern[BATCH], expected[BATCH];
    unsigned char input[BATCH * 4], output[BATCH * 4];
};

/* splitmix64, seeded by nothing: every machine draws the same. */
static uint64_t draw(struct tb_device *d, uint64_t below) {
    uint64_t z = d->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

/* ---- Staircases. ---- */

static bool flatten(const struct tb_staircase *s, struct tb_flat *out) {
    out->count = s->count;
    out->first = malloc(s->count * sizeof *out->first);
    out->code = malloc(s->count * sizeof *out->code);
    for (size_t i = 0; out->first && out->code && i < s->count; i++) {
        out->first[i] = (uint32_t)s->first[i];
        out->code[i] = (uint32_t)s->code[i];
    }
    return out->first && out->code;
}

static size_t find(const struct tb_flat *s, uint64_t pattern) {
    size_t low = 0, high = s->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->first[middle] <= pattern)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Last pattern of a run inside a range. */
static uint64_t run_last(const struct tb_device *d, const struct tb_flat *s, size_t run,
                         const struct tb_range *range) {
    uint64_t last =
        run + 1 < s->count ? s->first[run + 1] - (UINT64_C(1) << d->padding) : (uint64_t)UINT32_MAX;
    return last < range->last ? last : range->last;
}

bool tb_device_lay(const struct tb_device *d, const struct tb_flat *expected, size_t found,
                   const struct tb_range *range, struct tb_staircase *out, struct tb_error *error) {
    uint64_t at = range->first, step = UINT64_C(1) << d->padding;
    size_t run = find(expected, at);
    for (size_t f = 0; at <= range->last;) {
        const struct tb_found *s = f < found ? &d->found[f] : NULL;
        uint64_t last = run_last(d, expected, run, range), code = expected->code[run];
        if (s && s->first <= at) {
            last = s->last < last ? s->last : last;
            if (s->got == code)
                return tb_fail(error, TB_EXIT_TARGET,
                               "the sweep on the device is broken: it finds input 0x%llx to differ, with the "
                               "expected code 0x%llx",
                               (ull)at, (ull)code);
            code = s->got;
        } else if (s && s->first <= last) {
            last = s->first - step;
        }
        if (!tb_staircase_append(out, at, code))
            return tb_fail(error, TB_EXIT_SYSTEM, "out of memory for the recorded staircase");
        run += last == run_last(d, expected, run, range);
        f += s && last == s->last;
        at = last + step;
    }
    return true;
}

/* ---- Planted faults. ---- */

static int by_first(const void *a, const void *b) {
    uint32_t x = ((const struct tb_found *)a)->first, y = ((const struct tb_found *)b)->first;
    return (x > y) - (x < y);
}

/* A fault from input `index` on: `length` inputs, as far as its run reaches. */
static void plant(struct tb_device *d, size_t *count, const struct tb_range *whole, uint64_t index,
                  uint64_t length) {
    uint64_t first = index << d->padding, last = (index + length - 1) << d->padding;
    size_t run = find(&d->plain, first);
    uint64_t end = run_last(d, &d->plain, run, whole);
    d->found[(*count)++] =
        (struct tb_found){(uint32_t)first, (uint32_t)(last < end ? last : end), d->plain.code[run] ^ 1};
}

static bool plant_all(struct tb_device *d, struct tb_error *error) {
    uint64_t inputs = tb_case_inputs(d->c);
    struct tb_range whole = {0, (inputs - 1) << d->padding};
    struct tb_staircase planted = {0};
    size_t count = 0, kept = 0, runs = d->plain.count;
    plant(d, &count, &whole, 0, 1);
    plant(d, &count, &whole, inputs - 1, 1);
    for (size_t i = 0; i < BOUNDARY_FAULTS && i < runs; i++) {
        uint64_t index =
            d->plain.first[runs < BOUNDARY_FAULTS ? i : i * runs / BOUNDARY_FAULTS] >> d->padding;
        plant(d, &count, &whole, index, 1);
        plant(d, &count, &whole, index ? index - 1 : 0, 1);
    }
    for (size_t i = 0; i < SINGLE_FAULTS; i++)
        plant(d, &count, &whole, draw(d, inputs), 1);
    for (size_t i = 0; i < LONG_FAULTS; i++)
        plant(d, &count, &whole, draw(d, inputs), 1 + draw(d, 1 + inputs / 64));
    qsort(d->found, count, sizeof d->found[0], by_first);
    for (size_t i = 0; i < count; i++)
        if (!kept || d->found[i].first > d->found[kept - 1].last)
            d->found[kept++] = d->found[i];
    bool ok = tb_device_lay(d, &d->plain, kept, &whole, &planted, error);
    ok = ok && (flatten(&planted, &d->planted) ||
                tb_fail(error, TB_EXIT_SYSTEM, "out of memory for the planted faults"));
    tb_staircase_free(&planted);
    return ok;
}

bool tb_device_open(struct tb_device *d, const struct tb_case *c, const struct tb_staircase *golden,
                    const struct tb_kernel *kernel, struct tb_error *error) {
    *d = (struct tb_device){.c = c,
                            .golden = golden,
                            .kernel = kernel,
                            .padding = tb_case_input(c)->padding,
                            .room = tb_device_room};
    size_t allocated = d->room < MOST_FAULTS ? MOST_FAULTS : d->room;
    d->found = malloc(allocated * sizeof *d->found);
    d->batch = malloc(sizeof *d->batch);
    if (!d->found || !d->batch || !flatten(golden, &d->plain))
        return tb_fail(error, TB_EXIT_SYSTEM, "out of memory for the sweep on the device");
    d->batch->count = 0;
    return plant_all(d, error);
}

void tb_device_close(struct tb_device *d) {
    free(d->plain.first);
    free(d->plain.code);
    free(d->planted.first);
    free(d->planted.code);
    free(d->found);
    free(d->batch);
}

/* ---- What was found. ---- */

bool tb_device_order(struct tb_device *d, size_t found, const struct tb_range *range, uint64_t differing,
                     struct tb_error *error) {
    const struct tb_format *input = tb_case_input(d->c);
    uint64_t sum = 0;
    qsort(d->found, found, sizeof d->found[0], by_first);
    for (size_t i = 0; i < found; i++) {
        const struct tb_found *f = &d->found[i];
        if (f->first < range->first || f->last > range->last || f->first > f->last ||
            (i && f->first <= d->found[i - 1].last) || !tb_is_pattern(input, f->first) ||
            !tb_is_pattern(input, f->last) || !tb_fits_container(d->c->destination, f->got))
            return tb_fail(error, TB_EXIT_TARGET,
                           "the sweep on the device is broken: it finds inputs 0x%x to 0x%x to give 0x%x, "
                           "which overlaps others or is outside what was asked",
                           f->first, f->last, f->got);
        sum += ((uint64_t)(f->last - f->first) >> d->padding) + 1;
    }
    return sum == differing || tb_fail(error, TB_EXIT_TARGET,
                                       "the sweep on the device is broken: it counts %llu differing inputs "
                                       "and its stretches hold %llu",
                                       (ull)differing, (ull)sum);
}

bool tb_device_agree(const struct tb_staircase *plain, const struct tb_staircase *planted,
                     struct tb_error *error) {
    if (tb_staircase_equal(plain, planted))
        return true;
    size_t i = 0;
    while (i + 1 < plain->count && i + 1 < planted->count && plain->first[i + 1] == planted->first[i + 1] &&
           plain->code[i] == planted->code[i])
        i++;
    uint64_t at = plain->first[i];
    if (plain->code[i] == planted->code[i]) { /* then one of the two runs ends early */
        uint64_t a = i + 1 < plain->count ? plain->first[i + 1] : UINT64_MAX;
        uint64_t b = i + 1 < planted->count ? planted->first[i + 1] : UINT64_MAX;
        at = a < b ? a : b;
    }
    return tb_fail(error, TB_EXIT_TARGET,
                   "the sweep on the device is not to be believed: for input 0x%llx it tells of 0x%llx, and "
                   "of 0x%llx when faults are planted in the expected codes",
                   (ull)at, (ull)tb_staircase_at(plain, at), (ull)tb_staircase_at(planted, at));
}

/* ---- The kernel, run on the host's word. ---- */

static bool flush(struct tb_device *d, struct tb_error *error) {
    struct tb_batch *b = d->batch;
    unsigned in_bytes = tb_format_bytes(tb_case_input(d->c)), out_bytes = tb_format_bytes(d->c->destination);
    size_t count = b->count;
    b->count = 0;
    for (size_t i = 0; i < count; i++)
        memcpy(b->input + i * in_bytes, &b->pattern[i], in_bytes);
    memset(b->output, 0xa5, count * out_bytes);
    d->kernel->run(d->kernel->state, b->input, b->output, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t got = 0;
        memcpy(&got, b->output + i * out_bytes, out_bytes);
        if (got != b->expected[i])
            return tb_fail(error, TB_EXIT_TARGET,
                           "the sweep on the device is not to be believed: for input 0x%llx it tells of "
                           "0x%llx, and the kernel gives 0x%llx",
                           (ull)b->pattern[i], (ull)b->expected[i], (ull)got);
    }
    return true;
}

static bool rerun(struct tb_device *d, uint64_t pattern, uint64_t expected, struct tb_error *error) {
    struct tb_batch *b = d->batch;
    b->pattern[b->count] = pattern;
    b->expected[b->count++] = expected;
    return b->count < BATCH || flush(d, error);
}

/* Both ends of a run of the target's and some inputs inside; all of a short one. */
static bool rerun_run(struct tb_device *d, uint64_t first, uint64_t last, uint64_t code,
                      struct tb_error *error) {
    uint64_t inputs = ((last - first) >> d->padding) + 1;
    if (inputs <= WHOLE_STRETCH) {
        for (uint64_t i = 0; i < inputs; i++)
            if (!rerun(d, first + (i << d->padding), code, error))
                return false;
        return true;
    }
    for (unsigned i = 0; i < INSIDE_A_STRETCH; i++)
        if (!rerun(d, first + (draw(d, inputs) << d->padding), code, error))
            return false;
    return rerun(d, first, code, error) && rerun(d, last, code, error);
}

bool tb_device_rerun(struct tb_device *d, const struct tb_staircase *told, uint64_t begin, uint64_t end,
                     struct tb_error *error) {
    const struct tb_staircase *g = d->golden;
    uint64_t first = begin << d->padding, last = (end - 1) << d->padding, step = UINT64_C(1) << d->padding;
    for (size_t i = 0; i < told->count; i++) {
        uint64_t until = i + 1 < told->count ? told->first[i + 1] - step : last;
        if (!rerun_run(d, told->first[i], until, told->code[i], error))
            return false;
    }
    for (size_t i = tb_staircase_find(g, first) + 1; i < g->count && g->first[i] <= last; i++)
        if ((g->first[i] > first &&
             !rerun(d, g->first[i] - step, tb_staircase_at(told, g->first[i] - step), error)) ||
            !rerun(d, g->first[i], tb_staircase_at(told, g->first[i]), error))
            return false;
    uint64_t sample = 1 + TB_DEVICE_SAMPLE * (end - begin) / tb_case_inputs(d->c);
    for (uint64_t i = 0; i < sample; i++) {
        uint64_t pattern = (begin + draw(d, end - begin)) << d->padding;
        if (!rerun(d, pattern, tb_staircase_at(told, pattern), error))
            return false;
    }
    return flush(d, error);
}
