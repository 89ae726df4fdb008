/* bench sweep: what an exhaustive check costs on top of generating and converting, and beside MPFR. */
#include "harness/bench.h"
#include "harness/options.h"
#include "harness/plan.h"
#include "harness/subject.h"
#include "reference/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The contenders. ---- */

struct work {
    struct tb_case c;
    struct tb_staircase golden;
    struct tb_kernel kernel;
    uint64_t wrong; /* divergences seen */
};

static void slice_range(unsigned slice, unsigned slices, uint64_t *begin, uint64_t *end) {
    uint64_t size = (UINT64_C(1) << 32) / slices / 16; /* a sixteenth of each slice: 2^28 inputs a round */
    *begin = slice * ((UINT64_C(1) << 32) / slices);
    *end = *begin + size;
}

static uint64_t run_unchecked(void *context, unsigned slice, unsigned slices) {
    struct work *w = context;
    uint64_t begin, end;
    slice_range(slice, slices, &begin, &end);
    tb_sweep_unchecked(&w->c, &w->kernel, begin, end);
    return end;
}

static uint64_t run_checked(void *context, unsigned slice, unsigned slices) {
    static struct tb_record record;
    struct work *w = context;
    uint64_t begin, end;
    slice_range(slice, slices, &begin, &end);
    if (!tb_sweep_range(&w->c, &w->golden, &w->kernel, begin, end, NULL, &record))
        abort();
    w->wrong += record.tally.diverging;
    tb_record_free(&record);
    return w->wrong;
}

/* The kernel alone, on inputs that stay in L1. */
static uint64_t run_alone(void *context, unsigned slice, unsigned slices) {
    static _Alignas(64) uint32_t input[2048];
    static _Alignas(64) unsigned char output[2048 * 4];
    struct work *w = context;
    uint64_t begin, end;
    slice_range(slice, slices, &begin, &end);
    for (uint32_t i = 0; i < 2048; i++)
        input[i] = (uint32_t)begin + i * 1021;
    for (uint64_t i = begin; i < end; i += 2048)
        w->kernel.run(w->kernel.state, input, output, 2048);
    return output[slice % 2048];
}

/* MPFR on each input, over 1/256 of what the sweep does in a slice. */
static uint64_t run_mpfr(void *context, unsigned slice, unsigned slices) {
    struct work *w = context;
    uint64_t begin, end, sum = 0;
    slice_range(slice, slices, &begin, &end);
    for (uint64_t i = begin; i < end; i += 256)
        sum += tb_mpfr_convert(&w->c, i + slice % 256);
    return sum;
}

/* ---- One row: a target on a case. ---- */

struct row {
    const char *target, *id;
    double check_bar; /* checked / unchecked; 0: no bar */
    double mpfr_bar;  /* MPFR / checked; 0: not measured */
};

static const struct row rows[] = {
    {"x86/avx512",        "convert/fp32/e4m3fn/rne/satfinite", 1.03, 200},
    {"x86/avx512",        "convert/fp32/e5m2/rne/satfinite",   1.03, 0  },
    {"x86/avx512",        "convert/fp32/e2m1fn/rne/satfinite", 1.03, 0  },
    {"x86/vcvtps2ph",     "convert/fp32/fp16/rne/inf",         1.10, 500},
    {"x86/vcvtneps2bf16", "convert/fp32/bf16/rne/inf",         1.10, 0  },
    {"x86/avx2",          "convert/fp32/e4m3fn/rne/satfinite", 1.03, 0  },
    {"portable/c",        "convert/fp32/e4m3fn/rne/satfinite", 1.02, 0  },
    {"portable/c",        "convert/fp32/fp16/rne/inf",         1.02, 0  },
    {"arm/neon",          "convert/fp32/fp16/rne/inf",         1.10, 0  },
};

static bool open_work(const struct tb_subjects *s, const char *target, const char *id, struct work *w) {
    struct tb_error error;
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->list[i].name, target) == 0 && !s->list[i].unavailable[0] &&
            tb_case_parse(id, &w->c, &error) &&
            tb_subject_open(&s->list[i], &w->c, id, &w->kernel, &error) == 1)
            return tb_golden_staircase(&w->c, &w->golden, &error);
    printf("%-22s %-36s skipped: not on this machine\n", target, id);
    return false;
}

static void figure(const char *name, double value, double bar, int at_most) {
    struct tb_figure f = {.value = value, .bar = bar, .at_most = at_most};
    snprintf(f.name, sizeof f.name, "%s", name);
    tb_figure_print(&f);
}

static void bench_row(const struct tb_subjects *s, const struct row *row) {
    struct work w;
    if (!open_work(s, row->target, row->id, &w))
        return;
    struct tb_contender k[] = {
        {"unchecked", run_unchecked, &w, 0, 0},
        {"checked",   run_checked,   &w, 0, 0},
        {"alone",     run_alone,     &w, 0, 0},
        {"mpfr",      run_mpfr,      &w, 0, 0}
    };
    tb_bench_run(k, row->mpfr_bar > 0 ? 4 : 3, 64, row->mpfr_bar > 0 ? 2 : 4);
    printf("%-22s %-36s 2^32 inputs checked in %.3f s of CPU at this rate\n", row->target, row->id,
           k[1].seconds * 64 * 16);
    figure("checked sweep / (generate + convert)", k[1].seconds / k[0].seconds, row->check_bar, 1);
    figure("checked sweep / the target alone, inputs in L1", k[1].seconds / k[2].seconds, 0, 1);
    if (row->mpfr_bar > 0)
        figure("MPFR per input / checked sweep per input", k[3].seconds * 256 / k[1].seconds, row->mpfr_bar,
               0);
    tb_staircase_free(&w.golden);
}

/* The encoder against the hardware's fp16 conversion, both alone on the same inputs in L1: in 256-bit
 * registers, as F16C has it, and in 512-bit ones. */
static void bench_encoder(const struct tb_subjects *s) {
    static const char *const hardware[] = {"x86/vcvtps2ph", "x86/avx512"};
    for (int i = 0; i < 2; i++) {
        struct work encoder, convert;
        char name[80];
        if (!open_work(s, "x86/avx512", "convert/fp32/e4m3fn/rne/satfinite", &encoder) ||
            !open_work(s, hardware[i], "convert/fp32/fp16/rne/inf", &convert))
            return;
        struct tb_contender k[] = {
            {"encoder", run_alone, &encoder, 0, 0},
            {"convert", run_alone, &convert, 0, 0}
        };
        tb_bench_run(k, 2, 64, 4);
        snprintf(name, sizeof name, "AVX-512 e4m3fn encoder / vcvtps2ph of %d bits, same inputs in L1",
                 i ? 512 : 256);
        figure(name, k[0].seconds / k[1].seconds, 7, 1);
    }
}

/* ---- A check that cannot fail measures nothing: one wrong output among 2^24 inputs must be counted. ---- */

static struct tb_kernel honest;

static void one_wrong(const void *state, const void *input, void *output, size_t count) {
    honest.run(state, input, output, count);
    const uint32_t *in = input;
    for (size_t i = 0; i < count; i++)
        if (in[i] == 0x3f345678)
            ((unsigned char *)output)[i] ^= 1;
}

static bool catches_planted_error(const struct tb_subjects *s) {
    static struct tb_record record;
    struct work w;
    if (!open_work(s, "portable/c", "convert/fp32/e4m3fn/rne/satfinite", &w))
        return false;
    honest = w.kernel;
    w.kernel.run = one_wrong;
    bool ok = tb_sweep_range(&w.c, &w.golden, &w.kernel, 0x3f000000, 0x40000000, NULL, &record) &&
              record.tally.diverging == 1;
    printf("a planted error, 1 input of 2^24: %s\n",
           ok ? "caught" : "NOT CAUGHT: the figures above mean nothing");
    tb_record_free(&record);
    tb_staircase_free(&w.golden);
    return ok;
}

int tb_bench_sweep(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    (void)o;
    tb_subjects_builtin(&subjects, "*");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        bench_row(&subjects, &rows[i]);
    bench_encoder(&subjects);
    bool ok = catches_planted_error(&subjects);
    tb_subjects_free(&subjects);
    return ok ? TB_OK : TB_EXIT_DIVERGES;
}

/* ---- bench reference: building and proving a golden staircase, beside its sweep. ---- */

static uint64_t run_build(void *context, unsigned slice, unsigned slices) {
    struct work *w = context;
    struct tb_staircase s = {0};
    (void)slice, (void)slices;
    if (!tb_golden_staircase(&w->c, &s, NULL))
        abort();
    uint64_t count = s.count;
    tb_staircase_free(&s);
    return count;
}

int tb_bench_reference(const struct tb_options *o) {
    static const char *const ids[] = {"convert/fp32/e4m3fn/rne/satfinite", "convert/fp32/fp16/rne/inf",
                                      "convert/fp32/bf16/rne/inf"};
    (void)o;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct work w = {0};
        struct tb_error error;
        if (!tb_case_parse(ids[i], &w.c, &error))
            return tb_complain(&error);
        struct tb_contender k[] = {
            {"build", run_build, &w, 0, 0}
        };
        tb_bench_run(k, 1, 8, 1);
        printf("%-44s golden staircase built and proved in %.2f ms\n", ids[i], k[0].seconds * 1e3);
    }
    return TB_OK;
}
