/* bench quantize: what checking a quantizer costs, how fast the quantizers are beside a hardware conversion,
 * and how long the golden and the variants' staircases take. */
#include "harness/bench_work.h"
#include "harness/options.h"
#include "reference/behaviour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INT8      "quantize/fp32/int8/rne/s=0x1.99999ap-4,z=3"
#define UINT8     "quantize/fp32/uint8/rne/s=0x1.99999ap-4,z=128"
#define INT4      "quantize/fp32/int4/rne/s=0x1.99999ap-4,z=0"
#define FLOOR     "quantize/fp32/int8/rd/s=0x1.99999ap-4,z=3"
#define INT16     "quantize/fp32/int16/rne/s=0x1.99999ap-9,z=3"
#define UINT16    "quantize/fp32/uint16/rne/s=0x1.99999ap-9,z=32768"
#define REQUANT   "requantize/int32/int8/rne/s=0x1.99999ap-9,z=3"
#define REQUANT16 "requantize/int32/int16/rne/s=0x1.99999ap-9,z=3"
#define FAKE      "fakequant/fp32/fp32/rne/s=0x1.99999ap-4,z=3,lo=-128,hi=127"
#define MASK      "fakequant/fp32/uint1/rne/s=0x1.99999ap-4,z=3,lo=-128,hi=127"
#define FP8       "quantize/fp32/e4m3fn/rne/satfinite/s=0x1.e2be2cp-8"
#define HARDWARE  "convert/fp32/fp16/rne/inf"

enum { ROUNDS = 4, ELEMENTS = 2048 };

/* The kernel alone, with inputs of a tensor's kind: all between -16 and 16, where the codes change. */
static uint64_t run_dense(void *context, unsigned slice, unsigned slices) {
    static _Alignas(64) float input[ELEMENTS];
    static _Alignas(64) unsigned char output[4 * ELEMENTS];
    struct tb_bench_work *w = context;
    uint64_t begin, end, random = slice;
    tb_bench_range(slice, slices, &begin, &end);
    for (size_t i = 0; i < ELEMENTS; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        input[i] = (float)(int32_t)(random >> 32) * 0x1p-27f;
    }
    for (uint64_t i = begin; i < end; i += ELEMENTS)
        w->kernel.run(w->kernel.state, input, output, ELEMENTS);
    return output[slice % ELEMENTS];
}

/* ---- Checked against unchecked. ---- */

static const struct {
    const char *target, *id;
    double bar; /* checked / unchecked; 0: no bar */
} checks[] = {
    {"x86/avx512",       INT8,    1.05},
    {"x86/avx512",       UINT8,   1.05},
    {"x86/avx512",       INT4,    1.05},
    {"x86/avx512",       FLOOR,   1.05},
    {"x86/avx512",       INT16,   1.05},
    {"x86/avx512",       REQUANT, 1.05},
    {"x86/avx512",       FAKE,    1.05},
    {"x86/avx512",       MASK,    1.05},
    {"x86/avx512",       FP8,     1.05},
    {"x86/avx2",         INT8,    1.05},
    {"x86/avx2",         REQUANT, 1.05},
    {"x86/avx512-rcp32", INT8,    0   },
    {"x86/avx2-fbgemm",  INT8,    0   },
    {"portable/c",       INT8,    1.05},
    {"portable/c",       REQUANT, 1.05},
    {"portable/c",       FAKE,    0   },
    {"portable/c",       FP8,     0   },
};

/* ---- Quantizers beside the hardware's conversion to fp16, 512-bit, in one round. ---- */

static const struct {
    const char *target, *id, *name;
    double bar;
} quantizers[] = {
    {"x86/avx512-rcp32",  INT8, "by reciprocal (avx512-rcp32)",                   2.5},
    {"x86/avx512",        INT8, "by exact division: the exact quotient (avx512)", 4.5},
    {"x86/avx512-div32",  INT8, "by exact division in fp32 (avx512-div32)",       4.5},
    {"x86/avx512-vdivps", INT8, "by the instruction VDIVPS (avx512-vdivps)",      0  },
    {"x86/avx2-rcp32",    INT8, "by reciprocal, AVX2 (avx2-rcp32)",               0  },
    {"x86/avx2",          INT8, "the exact quotient, AVX2 (avx2)",                0  },
    {"x86/avx512-rcp32",  FP8,  "to e4m3fn by reciprocal (avx512-rcp32)",         0  },
    {"x86/avx512",        FP8,  "to e4m3fn, the exact quotient (avx512)",         0  },
    {"x86/avx2",          FP8,  "to e4m3fn, the exact quotient, AVX2 (avx2)",     0  },
};
enum { QUANTIZERS = sizeof quantizers / sizeof quantizers[0] };

static const struct {
    const char *name;
    uint64_t (*run)(void *context, unsigned slice, unsigned slices);
} ways[] = {
    {"generate + convert, spread over the domain", tb_bench_unchecked},
    {"alone, spread inputs in L1",                 tb_bench_alone    },
    {"alone, inputs in -16..16 in L1",             run_dense         },
};

static void bench_quantizers(const struct tb_subjects *s) {
    struct tb_bench_work hardware, w[QUANTIZERS];
    struct tb_contender k[QUANTIZERS + 1];
    if (!tb_bench_open(s, "x86/avx512", HARDWARE, &hardware))
        return;
    for (int i = 0; i < QUANTIZERS; i++)
        if (!tb_bench_open(s, quantizers[i].target, quantizers[i].id, &w[i]))
            return;
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        k[QUANTIZERS] = (struct tb_contender){"vcvtps2ph", ways[way].run, &hardware, 0, 0};
        for (int i = 0; i < QUANTIZERS; i++)
            k[i] = (struct tb_contender){quantizers[i].target, ways[way].run, &w[i], 0, 0};
        tb_bench_run(k, QUANTIZERS + 1, TB_BENCH_SLICES, ROUNDS);
        printf("fp32 to int8 unless said / vcvtps2ph of 512 bits (%.3f ns an input), %s\n",
               k[QUANTIZERS].seconds / TB_BENCH_INPUTS * 1e9, ways[way].name);
        for (int i = 0; i < QUANTIZERS; i++)
            tb_bench_at_most(quantizers[i].name, k[i].seconds / k[QUANTIZERS].seconds, quantizers[i].bar);
    }
    tb_bench_close(&hardware);
    for (int i = 0; i < QUANTIZERS; i++)
        tb_bench_close(&w[i]);
}

/* ---- Staircases. ---- */

static uint64_t run_behaviour(void *context, unsigned slice, unsigned slices) {
    struct tb_staircase staircase = {0};
    (void)slice, (void)slices;
    if (!tb_behaviour_staircase(context, &staircase, NULL))
        abort();
    uint64_t count = staircase.count;
    tb_staircase_free(&staircase);
    return count;
}

static bool has_staircase(const struct tb_behaviour *b) {
    struct tb_staircase staircase = {0};
    bool has = tb_behaviour_staircase(b, &staircase, NULL);
    tb_staircase_free(&staircase);
    return has;
}

/* Every variant that can differ from the exact answers; prints the slowest. Those that keep the low bits of
 * large numbers have 10^8 runs, and none. */
static void bench_variants(const struct tb_case *c) {
    double slowest = 0;
    const char *name = "exact";
    size_t measured = 0;
    for (size_t i = 0; i < tb_behaviour_count(c->operation); i++) {
        struct tb_behaviour b;
        struct tb_error error;
        struct tb_variant_words words = tb_behaviour_words(c->operation, i);
        if (!tb_behaviour_applies(c, i) || !tb_behaviour_make(c, words.name, &b, &error) ||
            !has_staircase(&b))
            continue;
        struct tb_contender k = {words.name, run_behaviour, &b, 0, 0};
        tb_bench_run(&k, 1, 4, 1);
        measured++;
        if (k.seconds > slowest)
            slowest = k.seconds, name = words.name;
    }
    char text[80];
    snprintf(text, sizeof text, "slowest staircase by bisection of %zu variants (%.24s), ms", measured, name);
    tb_bench_at_most(text, slowest * 1e3, 2);
}

static int bench_staircases(void) {
    static const char *const ids[] = {INT8, UINT8, INT4, REQUANT, FAKE, MASK, INT16, UINT16, REQUANT16};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_bench_work w = {0};
        struct tb_error error;
        if (!tb_case_parse(ids[i], &w.c, &error))
            return tb_complain(&error);
        struct tb_contender k = {"golden", tb_bench_golden, &w, 0, 0};
        tb_bench_run(&k, 1, 4, 1);
        printf("%-60s golden staircase by MPFR, proved, in %.2f ms\n", ids[i], k.seconds * 1e3);
        bench_variants(&w.c);
    }
    return TB_OK;
}

int tb_bench_quantize(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    (void)o;
    tb_subjects_builtin(&subjects, "*");
    bench_quantizers(&subjects);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        tb_bench_check(&subjects, checks[i].target, checks[i].id,
                       strcmp(checks[i].target, "portable/c") == 0 ? 1 : ROUNDS, "quantize", checks[i].bar);
    int code = bench_staircases();
    if (!tb_bench_catches(&subjects, INT8))
        code = TB_EXIT_DIVERGES;
    tb_subjects_free(&subjects);
    return code;
}
