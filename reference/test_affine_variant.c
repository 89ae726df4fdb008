/* Affine variants: against the exact answers, their staircases against evaluation, the witnesses that the
 * literature knows, and which of them parameters can tell apart. */
#include "reference/affine.h"
#include "reference/affine_preset.h"
#include "reference/behaviour.h"
#include "reference/reference.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Helpers. ---- */

static uint64_t seed = 0x9E3779B97F4A7C15;

static uint64_t draw(void) {
    return tb_draw(&seed);
}

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static struct tb_case parsed(const char *id) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

static struct tb_behaviour behaviour(const struct tb_case *c, const char *variant) {
    struct tb_behaviour b;
    struct tb_error error = {0};
    ck_assert_msg(tb_behaviour_make(c, variant, &b, &error), "%s", error.text);
    return b;
}

/* Cases of every operation, with scales and zero points of every kind. */
static const char *const cases[] = {
    "quantize/fp32/int8/rne/s=0x1.1999fcp-9,z=0",
    "quantize/fp32/int8/rne/s=0x1p-4,z=3",
    "quantize/fp32/uint8/rne/s=0x1.99999ap-5,z=133",
    "quantize/fp32/uint8/rne/s=0x1.47ae147ae147bp-7,z=128",
    "quantize/fp32/int8/rna/s=-0x1.3p-3,z=-7,lo=-127",
    "quantize/fp32/int4/rhu/s=0x1.5p+2,z=1",
    "quantize/fp32/int16/rne/s=0x1.3333p-12,z=5",
    "quantize/fp32/int8/sr/s=0x1.7p-3,z=2,bits=8,r=100",
    "quantize/fp32/int8/rne/s=0x1p-140,z=-3",
    "quantize/fp32/uint8/rne/s=0x1p+100,z=200",
    "quantize/fp32/int8/rne/s=0x0p+0,z=5",
    "quantize/fp32/int8/rne/s=inf,z=5",
    "quantize/fp32/int8/rne/s=nan,z=5",
    "quantize/fp32/int8/rne/s=0x1.1p-5,z=2147483647",
    "quantize/fp32/int8/rne/s=0x1.8p+0,z=-1610612736",
    "quantize/fp16/int8/rne/s=0x1.999p-4,z=3",
    "quantize/bf16/int8/rne/s=0x1.4p-6,z=-128",
    "dequantize/int8/fp32/rne/s=0x1.99999ap-5,z=3",
    "dequantize/uint8/fp16/rne/s=0x1.47ae147ae147bp-7,z=128",
    "dequantize/int16/bf16/rne/s=0x1.1p-9,z=-5",
    "dequantize/int8/fp32/rne/s=nan,z=3",
    "fakequant/fp32/fp32/rne/s=0x1.99999ap-5,z=3,lo=-128,hi=127",
    "fakequant/fp32/uint1/rne/s=0x1.99999ap-5,z=3,lo=-128,hi=127",
    "fakequant/fp16/fp16/rne/s=0x1.3p-4,z=0,lo=-8,hi=7",
    "fakequant/fp32/fp32/rne/s=-0x1.3p-4,z=7,lo=0,hi=15",
    "requantize/int32/int8/rne/s=0x1.8p-9,z=3",
    "requantize/int32/uint8/rne/s=0x1.7cdeb4p-11,z=128",
    "requantize/int32/int8/rhu/s=0x1.47ae147ae147bp-13,z=-5",
    "requantize/int32/int8/rne/s=0x1.2345678p+3,z=0",
    "requantize/int32/int8/rne/s=-0x1.2p-7,z=1",
    "requantize/int16/int8/rne/s=0x1.0ep-6,z=0",
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* An input of a case that is worth a look: near a boundary, special, or any. */
static uint64_t an_input(const struct tb_case *c) {
    const struct tb_affine *a = &c->affine;
    uint64_t mask = tb_case_inputs(c) - 1;
    if (draw() % 2 || c->operation == TB_DEQUANTIZE || !isfinite(a->scale))
        return (draw() >> 7 & mask) << c->source->padding;
    double k = (double)((int64_t)(draw() % 1024) - 512) + 0.5, x;
    if (draw() % 8 == 0)
        k = ldexp(k, (int)(draw() % 60));
    x = c->operation == TB_REQUANTIZE ? k / a->scale : k * a->scale;
    if (c->operation == TB_REQUANTIZE)
        return fabs(x) < 0x1p31 ? (uint64_t)((int64_t)x + (int64_t)(draw() % 5) - 2) & mask : draw() & mask;
    if (c->source->bits != 32)
        return draw() >> 9 & mask;
    return (bits_of((float)x) + draw() % 9 - 4) & mask;
}

/* ---- The exact arithmetic, computed by floats with residuals, is the definition. ---- */

START_TEST(test_exact) {
    struct tb_case c = parsed(cases[_i]);
    const struct tb_affine_arithmetic exact = {0};
    struct tb_affine_machine m;
    tb_affine_machine_make(&c, &exact, &m);
    for (int i = 0; i < TB_SHARE(200000, 20); i++) {
        uint64_t x = an_input(&c), expected = tb_affine_integer(&c, x), got = tb_affine_machine_at(&m, x);
        if (got != expected) /* asserting costs a system call */
            ck_abort_msg("%s 0x%llx: expected 0x%llx, got 0x%llx", cases[_i], (unsigned long long)x,
                         (unsigned long long)expected, (unsigned long long)got);
    }
}
END_TEST

/* ---- Staircases. ---- */

static double milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void check_staircase(const struct tb_case *c, const char *id, const char *name) {
    struct tb_behaviour b = behaviour(c, name);
    struct tb_staircase s = {0};
    struct tb_error error = {0};
    if (!tb_affine_machine_has_staircase(&b.affine))
        return;
    double start = milliseconds();
    ck_assert_msg(tb_behaviour_staircase(&b, &s, &error), "%s", error.text);
    double took = milliseconds() - start;
    if (getenv("SHOW"))
        printf("%8.3f ms %8zu runs  %s %s\n", took, s.count, id, name);
    uint64_t step = UINT64_C(1) << c->source->padding;
    for (size_t i = 0; i < s.count + TB_SHARE(1 << 15, 16); i++) {
        uint64_t x = i < s.count ? s.first[i] - (i ? draw() % 2 * step : 0) : an_input(c);
        uint64_t expected = tb_behaviour_at(&b, x), got = tb_staircase_at(&s, x);
        if (got != expected)
            ck_abort_msg("%s %s 0x%llx: evaluated 0x%llx, staircase 0x%llx", id, name, (unsigned long long)x,
                         (unsigned long long)expected, (unsigned long long)got);
    }
    tb_staircase_free(&s);
}

START_TEST(test_staircases) {
    struct tb_case c = parsed(cases[_i]);
    for (size_t i = 1; i < tb_behaviour_count(c.operation); i++)
        check_staircase(&c, cases[_i], tb_behaviour_words(c.operation, i).name);
    if (c.operation ==
        TB_QUANTIZE) /* with the largest zero points: out of its range and back in one binade */
        check_staircase(&c, cases[_i], "int32-x86+zp-fp32");
}
END_TEST

/* The exact arithmetic's staircase, by the same search, is the golden one, by MPFR, run for run. */
static void check_exact_staircase(const char *id) {
    struct tb_case c = parsed(id);
    struct tb_behaviour b = behaviour(&c, "exact");
    struct tb_staircase s = {0}, golden = {0};
    struct tb_error error = {0};
    ck_assert_msg(tb_golden_staircase(&c, &golden, &error), "%s", error.text);
    ck_assert_msg(tb_behaviour_staircase(&b, &s, &error), "%s", error.text);
    ck_assert_msg(s.count == golden.count, "%s: %zu runs, golden %zu", id, s.count, golden.count);
    for (size_t i = 0; i < s.count; i++)
        if (s.first[i] != golden.first[i] || s.code[i] != golden.code[i])
            ck_abort_msg("%s: run %zu is 0x%llx from 0x%llx on, golden 0x%llx from 0x%llx on", id, i,
                         (unsigned long long)s.code[i], (unsigned long long)s.first[i],
                         (unsigned long long)golden.code[i], (unsigned long long)golden.first[i]);
    tb_staircase_free(&s);
    tb_staircase_free(&golden);
}

START_TEST(test_exact_staircases) {
    static const char *const wide[] = {"quantize/fp32/int16/rne/s=0x1.99999ap-9,z=3",
                                       "quantize/fp32/uint16/sr/s=-0x1.99199ap-3,z=40000,bits=8,r=77",
                                       "fakequant/fp32/fp32/rto/s=0x1.9p-9,z=3,lo=-32768,hi=32767",
                                       "requantize/int32/int16/rhu/s=0x1.5p-17,z=3",
                                       "requantize/int32/int16/ru/s=-0x1.5p+3,z=3"};
    static const char *const roundings[] = {"rne", "rna", "rhu", "rtz", "rd", "ru", "rto"};
    for (size_t i = 0; i < CASES; i++)
        check_exact_staircase(cases[i]);
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        check_exact_staircase(wide[i]);
    for (int i = 0; i < TB_SHARE(700, 10); i++) {
        char id[TB_CASE_ID];
        double scale = ldexp((double)(1 + (draw() >> (11 + draw() % 52))), (int)(draw() % 90) - 90);
        snprintf(id, sizeof id, "quantize/fp32/int8/%s/s=%a,z=%d", roundings[i % 7], scale,
                 (int)(draw() % 300) - 150);
        check_exact_staircase(id);
    }
}
END_TEST

/* ---- Witnesses. ---- */

#define UNIT  "quantize/fp32/int8/rne/s=0x1p+0,z=0"
#define ZP3   "quantize/fp32/int8/rne/s=0x1p+0,z=3"
#define ZP4   "quantize/fp32/int8/rne/s=0x1p+0,z=4"
#define ZP127 "quantize/fp32/uint8/rne/s=0x1p+0,z=127"
#define HIGH  "quantize/fp32/uint8/rne/s=0x1p+0,z=133"
#define LOW   "quantize/fp32/int8/rne/s=0x1p+0,z=-1"
#define ZP10  "quantize/fp32/int8/rne/s=0x1p+0,z=10"
#define GROUP "quantize/fp32/int8/rne/s=0x1p-1,z=0"
#define HALF  "quantize/fp16/int8/rne/s=0x1.998p-4,z=0"
#define F16Q  "quantize/fp16/int8/rne/s=0x1.004p+0,z=0"
#define FAKE  "fakequant/fp16/fp16/rne/s=0x1p+0,z=-5,lo=-128,hi=127"
#define MASK  "fakequant/fp16/uint1/rne/s=0x1p+0,z=-5,lo=-128,hi=127"
/* Multiplier 1583594044 and shift -9 are the factor 1583594044 * 2^-40; SRDHM by 2^30 is 2^-1. */
#define MBQM  "requantize/int32/int8/rne/s=0x1.798e978p-10,z=0"
#define HALVE "requantize/int32/int8/rne/s=0x1p-1,z=0"
#define SMALL "requantize/int32/int16/rne/s=0x1p-2,z=0"
#define BIG   "requantize/int32/int16/rna/s=0x1p-25,z=0"

/* An input as the number that the source holds nearest, with its name in the fact sheet. */
static const struct witness {
    const char *name, *id, *variant;
    double input;
    int code;
} witnesses[] = {
  /* clang-format off */
    {"tie-mode",       UNIT,  "rne",                            0.5,            0},
    {"tie-mode",       UNIT,  "rne",                            -1.5,           -2},
    {"tie-mode",       UNIT,  "rne",                            2.5,            2},
    {"tie-mode",       UNIT,  "rna",                            0.5,            1},
    {"tie-mode",       UNIT,  "rna",                            -1.5,           -2},
    {"tie-mode",       UNIT,  "rna",                            -2.5,           -3},
    {"tie-mode",       UNIT,  "rhu",                            0.5,            1},
    {"tie-mode",       UNIT,  "rhu",                            -0.5,           0},
    {"tie-mode",       UNIT,  "rhu",                            -1.5,           -1},
    {"tie-mode",       UNIT,  "rhu",                            2.5,            3},
    {"tie-mode",       UNIT,  "rtz",                            -1.5,           -1},
    {"tie-mode",       UNIT,  "rtz",                            2.5,            2},
    {"zp-order",       ZP3,   "div32",                          0.5,            3},
    {"zp-order",       ZP3,   "div32+zp-before",                0.5,            4},
    {"zp-order",       ZP3,   "div32+rna",                      0.5,            4},
    {"zp-order",       ZP4,   "div32+zp-before",                0.5,            4}, /* even: no difference */
    {"zp-absorb",      ZP127, "div32",                          0x1.fffffap-2,  127},
    {"zp-absorb",      ZP127, "div32+zp-before",                0x1.fffffap-2,  128},
    {"zp-absorb",      ZP127, "zp-before",                      0x1.fffffap-2,  127}, /* of reals: no sum rounds */
    {"avx2-wrap-hi",   HIGH,  "torch/quantize_per_tensor/cpu",  INFINITY,       0},
    {"avx2-wrap-hi",   HIGH,  "torch/quantize_per_tensor/cpu",  0x1p32,         0},
    {"avx2-wrap-hi",   HIGH,  "torch/quantize_per_tensor/cpu",  0x1.fffffcp30,  255}, /* 2^31 - 256: no wrap yet */
    {"avx2-wrap-hi",   HIGH,  "torch/quantize_per_tensor/scalar", INFINITY,     255},
    {"avx2-wrap-hi",   HIGH,  "exact",                          INFINITY,       255},
    {"avx2-wrap-hi",   ZP127, "torch/quantize_per_tensor/cpu",  INFINITY,       255},
    {"avx2-wrap-lo",   LOW,   "torch/quantize_per_tensor/cpu",  -INFINITY,      127},
    {"avx2-wrap-lo",   LOW,   "torch/quantize_per_tensor/scalar", -INFINITY,    -128},
    {"avx2-wrap-lo",   LOW,   "exact",                          -INFINITY,      -128},
    {"nan-code",       ZP10,  "ort/cpu-fp32",                   NAN,            -128},
    {"nan-code",       ZP10,  "torch/quantize_per_tensor/aarch64", NAN,         10},
    {"nan-code",       ZP10,  "xnnpack/f32-qs8",                NAN,            127},
    {"nan-code",       ZP10,  "torch/quantize_per_tensor/cpu",  NAN,            127},
    {"nan-code",       HIGH,  "torch/quantize_per_tensor/cpu",  NAN,            0},
    {"nan-code",       ZP10,  "xnnpack/f32-qs8/imagic",         NAN,            127},
    {"ort-cuda-wrap",  ZP10,  "ort/cuda-fp32",                  INFINITY,       -128},
    {"ort-cuda-wrap",  LOW,   "ort/cuda-fp32",                  INFINITY,       127},
    {"int64-x86",      ZP10,  "torch/quantize_per_tensor/no-fbgemm", INFINITY,  -128},
    {"int64-x86",      LOW,   "torch/quantize_per_tensor/no-fbgemm", -0x1p63,   127}, /* the register holds it; the sum wraps */
    {"int64-x86",      LOW,   "torch/quantize_per_tensor/no-fbgemm", -0x1.fffffep62, -128},
    {"group-trunc",    GROUP, "vllm/per-token-group-int8",      3.45,           6},
    {"group-trunc",    GROUP, "vllm/static-int8",               3.45,           7},
    {"ort-fp16-trunc", HALF,  "ort/cpu-fp16/truncating",        0.050018310546875, 0},
    {"ort-fp16-trunc", HALF,  "ort/cpu-fp16",                   0.050018310546875, 1},
    {"ort-fp16-trunc", HALF,  "ort/cpu-fp16",                   NAN,            -128},
    {"ort-fp16-trunc", HALF,  "onnx/QuantizeLinear",            0.050018310546875, 1},
    /* As measured of PyTorch 2.15.0; a value is fp16's pattern less 2^16: -123, 132. */
    {"fake-nan",       FAKE,  "torch/fake_quantize/cpu",        NAN,            0xD7B0 - 0x10000},
    {"fake-nan",       FAKE,  "torch/fake_quantize_per_channel/cpu", NAN,       0xD7B0 - 0x10000},
    {"fake-nan",       FAKE,  "exact",                          NAN,            0},
    {"fake-nan",       MASK,  "torch/fake_quantize/cpu",        NAN,            0},
    {"fake-nan",       MASK,  "nan-low",                        NAN,            1},
    {"fake-int64",     FAKE,  "torch/fake_quantize_per_channel/cpu", -INFINITY, 0xD7B0 - 0x10000},
    {"fake-int64",     FAKE,  "torch/fake_quantize_per_channel/cpu", INFINITY,  0xD7B0 - 0x10000},
    {"fake-int64",     FAKE,  "torch/fake_quantize/cpu",        INFINITY,       0x5820},
    {"fake-int64",     FAKE,  "rcp32+int64-x86+dq-mul32",       -INFINITY,      0x5820}, /* the sum wraps */
    {"mbqm-double",    MBQM,  "tflite/double-rounding",         7984,           12},
    {"mbqm-double",    MBQM,  "tflite/single-rounding",         7984,           11},
    {"mbqm-double",    MBQM,  "exact",                          7984,           11},
    {"srdhm-neg-tie",  HALVE, "tflite/single-rounding",         -1,             0},
    {"srdhm-neg-tie",  HALVE, "tflite/double-rounding",         -1,             0},  /* m = 2^30, shift 0: SRDHM alone */
    {"srdhm-neg-tie",  HALVE, "tflite/double-rounding",         1,              1},
    {"srdhm-neg-tie",  HALVE, "tflite/double-rounding",         -3,             -1},
    {"srdhm-neg-tie",  SMALL, "tflite/double-rounding",         -1,             0},  /* SRDHM(-1, 2^30) = 0 */
    {"srdhm-neg-tie",  SMALL, "tflite/double-rounding",         -2,             -1}, /* RDPOT(-1, 1) = -1 */
    {"srdhm-neg-tie",  SMALL, "tflite/single-rounding",         -2,             0},
    {"big-acc",        BIG,   "mul32",                          16777217,       1},  /* 2^24 + 1: 0.5 + 2^-25 */
    {"big-acc",        BIG,   "rndnu",                          16777217,       1},
    {"big-acc",        BIG,   "rndnu",                          -16777217,      -1}, /* beyond the tie */
    {"big-acc",        BIG,   "mul32+rhu",                      -16777217,      0},  /* on the tie: the bit is lost */
  /* clang-format on */
};
enum { WITNESSES = sizeof witnesses / sizeof witnesses[0] };

/* The pattern of the source's value nearest to x; a negative number in an integer is two's complement. */
static uint64_t pattern_of(const struct tb_case *c, double x) {
    struct tb_case to = {.source = tb_format_find("fp64", NULL),
                         .destination = c->source,
                         .rounding = TB_RNE,
                         .overflow = TB_TO_INF};
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return tb_integer_convert(&to, bits);
}

static int code_of(const struct tb_case *c, const char *variant, double input) {
    struct tb_behaviour b = behaviour(c, variant);
    uint64_t code = tb_behaviour_at(&b, pattern_of(c, input));
    int bits = c->destination->bits;
    bool negative = c->destination->is_signed && code >> (bits - 1) & 1;
    return negative ? (int)code - (1 << bits) : (int)code;
}

START_TEST(test_witness) {
    const struct witness *w = &witnesses[_i];
    struct tb_case c = parsed(w->id);
    int got = code_of(&c, w->variant, w->input);
    ck_assert_msg(got == w->code, "%s: %s by %s of %a: expected %d, got %d", w->name, w->id, w->variant,
                  w->input, w->code, got);
}
END_TEST

/* recip-vs-div as stated, 127.5 against 127.499992: into uint8, where neither saturates. */
START_TEST(test_reciprocal) {
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "quantize/fp32/uint8/rne/s=%a,z=0", (double)0.00214854861f);
    struct tb_case c = parsed(id);
    ck_assert_int_eq(code_of(&c, "rcp32", (double)0.273939937f), 128);
    ck_assert_int_eq(code_of(&c, "div32", (double)0.273939937f), 127);
}
END_TEST

/* absmax-tie: over absmax = 0.001 .. 99.999, s = absmax / 127.5 and x = -absmax, the code is -128 in 77.7 %
 * by reciprocal and 85.7 % by division, and differs in 18.8 %; with 127 as the divisor it is always -127.
 * (The grid is i * 0.001f: of i / 1000.0f the reciprocal gives 77.8 %.) */
START_TEST(test_absmax_tie) {
    int reciprocal = 0, division = 0, differ = 0, other = 0, total = 99999;
    struct tb_case c = parsed(UNIT);
    for (int i = 1; i <= total; i++) {
        float absmax = (float)i * 0.001f;
        c.affine.scale = (double)(absmax / 127.5f);
        int r = code_of(&c, "rcp32", (double)-absmax), d = code_of(&c, "div32", (double)-absmax);
        reciprocal += r == -128;
        division += d == -128;
        differ += r != d;
        c.affine.scale = (double)(absmax / 127.0f);
        other += code_of(&c, "rcp32", (double)-absmax) != -127;
    }
    if (getenv("SHOW"))
        printf("absmax-tie: -128 by reciprocal %.3f, by division %.3f; they differ on %.3f\n",
               reciprocal / (double)total, division / (double)total, differ / (double)total);
    fflush(stdout);
    ck_assert_int_eq((int)lround(1000.0 * reciprocal / total), 777);
    ck_assert_int_eq((int)lround(1000.0 * division / total), 857);
    ck_assert_int_eq((int)lround(1000.0 * differ / total), 188);
    ck_assert_int_eq(other, 0);
}
END_TEST

/* f16-quotient: some fp16 x and s for which fp16(x / s) and fp32(x / s) lie on two sides of a half. */
START_TEST(test_half_quotient) {
    struct tb_case c = parsed(F16Q);
    struct tb_behaviour half = behaviour(&c, "ort/cuda-fp16"), full = behaviour(&c, "onnx/QuantizeLinear");
    unsigned differ = 0;
    for (uint64_t x = 0; x < 0x7C00; x++)
        differ += tb_behaviour_at(&half, x) != tb_behaviour_at(&full, x);
    if (getenv("SHOW"))
        printf("f16-quotient: %u of 31744 codes\n", differ);
    ck_assert_uint_gt(differ, 0);
}
END_TEST

/* 7984 * 1583594044 * 2^-40 is 11.499119: 22 of 10^7 random accumulators tell fp32 from rndnu; 0.52 % of
 * those up to 10^5 tell double from single rounding at shifts of 5 to 10. */
START_TEST(test_double_rounding_rate) {
    int differ = 0, total = 200000;
    for (int i = 0; i < total; i++) {
        struct tb_case c = parsed("requantize/int32/int16/rne/s=0x1p-1,z=0");
        c.affine.scale = ldexp((double)((UINT64_C(1) << 30) + (draw() >> 34)), -31 - 5 - (int)(draw() % 6));
        int64_t q = (int64_t)(draw() % 200001) - 100000;
        struct tb_behaviour twice = behaviour(&c, "double-rounding"), once = behaviour(&c, "single-rounding");
        uint64_t pattern = (uint64_t)q & UINT32_MAX;
        differ += tb_behaviour_at(&twice, pattern) != tb_behaviour_at(&once, pattern);
    }
    if (getenv("SHOW"))
        printf("double against single rounding: %.3f %% differ\n", 100.0 * differ / total);
    ck_assert_int_ge(differ, total / 1000 * 4);
    ck_assert_int_le(differ, total / 1000 * 7);
}
END_TEST

/* FBGEMM's fixed point on integers is XNNPACK's rndnu, computed by floats with residuals; QNNPACK's q31 is
 * gemmlowp's two roundings with an fp32 scale. */
START_TEST(test_fixed_point_twins) {
    static const char *const twins[][2] = {
        {"fixed64", "rndnu"                 },
        {"q31",     "s-fp32+double-rounding"}
    };
    for (int i = 0; i < 100000; i++) {
        struct tb_case c = parsed("requantize/int32/int8/rne/s=0x1p-1,z=-3");
        c.affine.scale = ldexp(1 + ldexp((double)(draw() >> 12), -52), -(int)(draw() % 24) - 1);
        uint64_t pattern =
            draw() % 2 ? draw() >> 32 : (uint64_t)((int64_t)(draw() % 65536) - 32768) & UINT32_MAX;
        for (int t = 0; t < 2; t++) {
            struct tb_behaviour a = behaviour(&c, twins[t][0]), b = behaviour(&c, twins[t][1]);
            if (tb_behaviour_at(&a, pattern) != tb_behaviour_at(&b, pattern))
                ck_abort_msg("%s and %s differ at s=%a, 0x%llx", twins[t][0], twins[t][1], c.affine.scale,
                             (unsigned long long)pattern);
        }
    }
}
END_TEST

/* ---- Names. ---- */

static void check_refused(const char *id, const char *variant, const char *part) {
    struct tb_case c = parsed(id);
    struct tb_behaviour b;
    struct tb_error error = {0};
    ck_assert(!tb_behaviour_make(&c, variant, &b, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_msg(strstr(error.text, part) != NULL, "'%s' does not say '%s'", error.text, part);
}

START_TEST(test_names) {
    check_refused(UNIT, "rcp33", "variant 'rcp33' is not known");
    check_refused(UNIT, "rcp32+", "variant '' is not known");
    check_refused(UNIT, "rndnu", "variant 'rndnu' is none of quantize");
    check_refused(UNIT, "qnnpack/fp32", "variant 'qnnpack/fp32' is not known");
    for (size_t i = 0; i < tb_affine_preset_count; i++) {
        static const char *const of[] = {[TB_QUANTIZE] = UNIT,
                                         [TB_DEQUANTIZE] = "dequantize/int8/fp32/rne/s=0x1p-4,z=3",
                                         [TB_FAKEQUANT] = "fakequant/fp32/fp32/rne/s=1,z=0,lo=0,hi=255",
                                         [TB_REQUANTIZE] = HALVE,
                                         [TB_SCALE_DOWN] = "quantize/fp32/e4m3fn/rne/satfinite/s=1",
                                         [TB_SCALE_UP] = "dequantize/e4m3fn/fp32/rne/inf/s=1"};
        for (int o = TB_QUANTIZE; o < TB_OPERATIONS; o++)
            if (tb_affine_presets[i].operations >> o & 1) {
                struct tb_case c = parsed(of[o]);
                behaviour(&c, tb_affine_presets[i].name);
            }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("affine variants");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, test_exact, 0, CASES);
    tcase_add_loop_test(tests, test_staircases, 0, CASES);
    tcase_add_test(tests, test_exact_staircases);
    tcase_add_loop_test(tests, test_witness, 0, WITNESSES);
    tcase_add_test(tests, test_reciprocal);
    tcase_add_test(tests, test_absmax_tie);
    tcase_add_test(tests, test_half_quotient);
    tcase_add_test(tests, test_double_rounding_rate);
    tcase_add_test(tests, test_fixed_point_twins);
    tcase_add_test(tests, test_names);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
