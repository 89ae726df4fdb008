/* bench sweep: what an exhaustive check costs on top of generating and converting, and beside MPFR. */
#include "harness/bench_work.h"
#include "harness/options.h"
#include "reference/reference.h"

#include <stdio.h>

/* MPFR on each input, over 1/256 of what the sweep does in a slice. */
static uint64_t run_mpfr(void *context, unsigned slice, unsigned slices) {
    struct tb_bench_work *w = context;
    uint64_t begin, end, sum = 0;
    tb_bench_range(slice, slices, &begin, &end);
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

static void bench_row(const struct tb_subjects *s, const struct row *row) {
    struct tb_bench_work w;
    if (!tb_bench_open(s, row->target, row->id, &w))
        return;
    struct tb_contender k[] = {
        {"unchecked", tb_bench_unchecked, &w, 0, 0},
        {"checked",   tb_bench_checked,   &w, 0, 0},
        {"alone",     tb_bench_alone,     &w, 0, 0},
        {"mpfr",      run_mpfr,           &w, 0, 0}
    };
    tb_bench_run(k, row->mpfr_bar > 0 ? 4 : 3, TB_BENCH_SLICES, row->mpfr_bar > 0 ? 2 : 4);
    printf("%-22s %-36s 2^32 inputs checked in %.3f s of CPU at this rate\n", row->target, row->id,
           k[1].seconds * TB_BENCH_SLICES * 16);
    tb_bench_at_most("checked sweep / (generate + convert)", k[1].seconds / k[0].seconds, row->check_bar);
    tb_bench_at_most("checked sweep / the target alone, inputs in L1", k[1].seconds / k[2].seconds, 0);
    if (row->mpfr_bar > 0)
        tb_bench_at_least("MPFR per input / checked sweep per input", k[3].seconds * 256 / k[1].seconds,
                          row->mpfr_bar);
    tb_bench_close(&w);
}

/* The encoder against the hardware's fp16 conversion, both alone on the same inputs in L1: in 256-bit
 * registers, as F16C has it, and in 512-bit ones. */
static void bench_encoder(const struct tb_subjects *s) {
    static const char *const hardware[] = {"x86/vcvtps2ph", "x86/avx512"};
    for (int i = 0; i < 2; i++) {
        struct tb_bench_work encoder, convert;
        char name[80];
        if (!tb_bench_open(s, "x86/avx512", "convert/fp32/e4m3fn/rne/satfinite", &encoder) ||
            !tb_bench_open(s, hardware[i], "convert/fp32/fp16/rne/inf", &convert))
            return;
        struct tb_contender k[] = {
            {"encoder", tb_bench_alone, &encoder, 0, 0},
            {"convert", tb_bench_alone, &convert, 0, 0}
        };
        tb_bench_run(k, 2, TB_BENCH_SLICES, 4);
        snprintf(name, sizeof name, "AVX-512 e4m3fn encoder / vcvtps2ph of %d bits, same inputs in L1",
                 i ? 512 : 256);
        tb_bench_at_most(name, k[0].seconds / k[1].seconds, 7);
        tb_bench_close(&encoder);
        tb_bench_close(&convert);
    }
}

int tb_bench_sweep(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    (void)o;
    tb_subjects_builtin(&subjects, "*");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        bench_row(&subjects, &rows[i]);
    bench_encoder(&subjects);
    bool ok = tb_bench_catches(&subjects, "convert/fp32/e4m3fn/rne/satfinite");
    tb_subjects_free(&subjects);
    return ok ? TB_OK : TB_EXIT_DIVERGES;
}

/* ---- bench reference: building and proving a golden staircase, beside its sweep. ---- */

int tb_bench_reference(const struct tb_options *o) {
    static const char *const ids[] = {"convert/fp32/e4m3fn/rne/satfinite", "convert/fp32/fp16/rne/inf",
                                      "convert/fp32/bf16/rne/inf"};
    (void)o;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_bench_work w = {0};
        struct tb_error error;
        if (!tb_case_parse(ids[i], &w.c, &error))
            return tb_complain(&error);
        struct tb_contender k[] = {
            {"build", tb_bench_golden, &w, 0, 0}
        };
        tb_bench_run(k, 1, 8, 1);
        printf("%-44s golden staircase built and proved in %.2f ms\n", ids[i], k[0].seconds * 1e3);
    }
    return TB_OK;
}
