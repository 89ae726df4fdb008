#include "harness/bench_work.h"

#include "harness/sweep.h"
#include "reference/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 2048 }; /* of an array that stays in L1 */

bool tb_bench_open(const struct tb_subjects *s, const char *target, const char *id, struct tb_bench_work *w) {
    struct tb_error error;
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->list[i].name, target) == 0 && !s->list[i].unavailable[0] &&
            tb_case_parse(id, &w->c, &error) &&
            tb_subject_open(&s->list[i], &w->c, id, &w->kernel, &error) == 1) {
            w->target = s->list[i].target;
            return tb_golden_staircase(&w->c, &w->golden, &error);
        }
    printf("%-22s %-52s skipped: not on this machine\n", target, id);
    return false;
}

void tb_bench_close(struct tb_bench_work *w) {
    if (w->target && w->target->close)
        w->target->close(&w->kernel);
    tb_staircase_free(&w->golden);
}

void tb_bench_range(unsigned slice, unsigned slices, uint64_t *begin, uint64_t *end) {
    uint64_t size = (UINT64_C(1) << 32) / slices;
    *begin = slice * size;
    *end = *begin + size / 16;
}

uint64_t tb_bench_unchecked(void *work, unsigned slice, unsigned slices) {
    struct tb_bench_work *w = work;
    uint64_t begin, end;
    tb_bench_range(slice, slices, &begin, &end);
    tb_sweep_unchecked(&w->c, &w->kernel, begin, end);
    return end;
}

uint64_t tb_bench_checked(void *work, unsigned slice, unsigned slices) {
    static struct tb_record record;
    struct tb_bench_work *w = work;
    uint64_t begin, end;
    tb_bench_range(slice, slices, &begin, &end);
    if (!tb_sweep_range(&w->c, &w->golden, &w->kernel, begin, end, NULL, &record))
        abort();
    w->wrong += record.tally.diverging;
    tb_record_free(&record);
    return w->wrong;
}

uint64_t tb_bench_alone(void *work, unsigned slice, unsigned slices) {
    static _Alignas(64) uint32_t input[ELEMENTS];
    static _Alignas(64) unsigned char output[4 * ELEMENTS];
    struct tb_bench_work *w = work;
    uint64_t begin, end;
    tb_bench_range(slice, slices, &begin, &end);
    for (uint32_t i = 0; i < ELEMENTS; i++)
        input[i] = (uint32_t)begin + i * 1021;
    for (uint64_t i = begin; i < end; i += ELEMENTS)
        w->kernel.run(w->kernel.state, input, output, ELEMENTS);
    return output[slice % ELEMENTS];
}

uint64_t tb_bench_golden(void *work, unsigned slice, unsigned slices) {
    struct tb_bench_work *w = work;
    struct tb_staircase s = {0};
    (void)slice, (void)slices;
    if (!tb_golden_staircase(&w->c, &s, NULL))
        abort();
    uint64_t count = s.count;
    tb_staircase_free(&s);
    return count;
}

static struct tb_kernel honest;

static void one_wrong(const void *state, const void *input, void *output, size_t count) {
    const uint32_t *in = input;
    honest.run(state, input, output, count);
    for (size_t i = 0; i < count; i++)
        ((unsigned char *)output)[i] ^= in[i] == 0x3f345678;
}

bool tb_bench_catches(const struct tb_subjects *s, const char *id) {
    static struct tb_record record;
    struct tb_bench_work w;
    if (!tb_bench_open(s, "portable/c", id, &w))
        return false;
    honest = w.kernel;
    w.kernel.run = one_wrong;
    bool ok = tb_sweep_range(&w.c, &w.golden, &w.kernel, 0x3f000000, 0x40000000, NULL, &record) &&
              record.tally.diverging == 1;
    printf("a planted error, 1 input of 2^24: %s\n",
           ok ? "caught" : "NOT CAUGHT: the figures above mean nothing");
    tb_record_free(&record);
    w.kernel = honest;
    tb_bench_close(&w);
    return ok;
}

static void print(const char *name, double value, double bar, int at_most) {
    struct tb_figure f = {.value = value, .bar = bar, .at_most = at_most};
    snprintf(f.name, sizeof f.name, "%s", name);
    tb_figure_print(&f);
}

void tb_bench_at_most(const char *name, double value, double bar) {
    print(name, value, bar, 1);
}

void tb_bench_at_least(const char *name, double value, double bar) {
    print(name, value, bar, 0);
}

void tb_bench_check(const struct tb_subjects *s, const char *target, const char *id, unsigned rounds,
                    const char *verb, double bar) {
    struct tb_bench_work w;
    char figure[112];
    if (!tb_bench_open(s, target, id, &w))
        return;
    struct tb_contender k[] = {
        {"unchecked", tb_bench_unchecked, &w, 0, 0},
        {"checked",   tb_bench_checked,   &w, 0, 0}
    };
    tb_bench_run(k, 2, TB_BENCH_SLICES, rounds);
    printf("%-18s %-60s %.3f ns an input, all 2^32 in %.2f s of CPU\n", target, id,
           k[1].seconds / TB_BENCH_INPUTS * 1e9, k[1].seconds * TB_BENCH_SLICES * 16);
    snprintf(figure, sizeof figure, "checked sweep / (generate + %s), 2^28 inputs spread over all 2^32",
             verb);
    tb_bench_at_most(figure, k[1].seconds / k[0].seconds, bar);
    tb_bench_close(&w);
}
