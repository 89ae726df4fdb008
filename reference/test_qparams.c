/* Quantization parameters: the two references against each other, the witnesses of the literature, and what
 * each runtime's arithmetic gives on them. */
#include "reference/problem_qparams.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tb_problem parsed(const char *id) {
    struct tb_problem p;
    struct tb_error error = {0};
    ck_assert_msg(tb_problem_parse(id, &p, &error), "%s", error.text);
    return p;
}

struct answer {
    double scale, zero;
};

static struct answer answer_of(const struct tb_problem *p, const void *output) {
    const struct tb_field *scale = &p->output.fields[0], *zero = &p->output.fields[1];
    return (struct answer){tb_format_value(scale->format, tb_field_get(scale, output, 0)),
                           tb_format_value(zero->format, tb_field_get(zero, output, 0))};
}

/* What a variant, or the exact way where NULL, gives for a record in its first group. */
static struct answer given(const char *id, const char *variant, const void *input) {
    struct tb_problem p = parsed(id);
    unsigned char output[4096] = {0};
    ck_assert_uint_le(p.output.bytes, sizeof output);
    if (!variant) {
        tb_qparams_mpfr(&p, input, output);
        return answer_of(&p, output);
    }
    const struct tb_problem_variant *v = tb_problem_variant_find(&p, variant);
    ck_assert_msg(v != NULL, "%s has no variant %s", id, variant);
    v->evaluate(&p, input, output);
    return answer_of(&p, output);
}

static struct answer at_witness(const char *id, const char *variant, const char *witness) {
    struct tb_problem p = parsed(id);
    unsigned char input[16384] = {0};
    ck_assert_uint_le(p.input.bytes, sizeof input);
    ck_assert_int_ge(tb_qparams_witness(witness), 0);
    tb_arithmetic_qparams.make_input(&p, (size_t)tb_qparams_witness(witness), input);
    return given(id, variant, input);
}

/* ---- The two references. ---- */

START_TEST(test_golden) {
    int turn = 0;
    for (const char *const *id = tb_problem_qparams.suite; *id; id++) {
        struct tb_problem p = parsed(*id);
        struct tb_problem_vectors v;
        struct tb_error error = {0};
        ck_assert_str_eq(p.id, *id);
        if (turn++ % TB_FEWER(1, 4))
            continue;
        ck_assert_msg(tb_problem_golden(&p, &v, &error), "%s", error.text);
        tb_problem_vectors_free(&v);
    }
}
END_TEST

/* Every method, with settings that no suite has, on the golden inputs and on data that are not finite. */
static const char *const methods[] = {
    "minmax-asymmetric",    "minmax-symmetric",      "minmax-absmax",        "minmax-float-zero",
    "minmax-float-code",    "average-asymmetric",    "average-symmetric",    "average-absmax",
    "percentile-symmetric", "percentile-asymmetric", "histogram-asymmetric", "histogram-symmetric",
    "entropy-symmetric",    "entropy-absmax",        "mse-asymmetric",       "mse-absmax",
};
static const char *const settings[] = {
    "n=7,zero=0,stored=1,empty=-2,bins=40,start=20,power=2",
    "rows=6,n=4,group=3,axis=0,end=2,stored=1,away=1,narrow=1,empty=0,bins=32,start=16,power=3",
    "rows=2,n=12,group=6,end=1,eps=0.001,least=0.01,reduce=1,bins=16,start=16,power=1.6,p=0.75",
};

static void compare_ways(const struct tb_problem *p, const void *input) {
    unsigned char first[512] = {0}, second[512] = {0};
    ck_assert_uint_le(p->output.bytes, sizeof first);
    tb_qparams_mpfr(p, input, first);
    tb_qparams_rational(p, input, second);
    ck_assert_msg(memcmp(first, second, p->output.bytes) == 0, "%s", p->id);
}

START_TEST(test_two_ways) {
    static const char *const formats[] = {"fp32/int4/fp32", "bf16/uint4/fp16", "fp16/int4/fp64"};
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++)
        for (size_t s = 0; s < 3; s++)
            for (size_t f = 0; f < 3; f++) {
                char id[TB_CASE_ID];
                snprintf(id, sizeof id, "qparams/%s/%s/%s", formats[f], methods[m], settings[s]);
                struct tb_error error;
                struct tb_problem p;
                if (!tb_problem_parse(id, &p, &error)) /* an unsigned least code, start within the codes */
                    continue;
                unsigned char input[512];
                for (size_t record = 0; record < tb_arithmetic_qparams.records; record += TB_FEWER(3, 5)) {
                    memset(input, 0, sizeof input);
                    tb_arithmetic_qparams.make_input(&p, record, input);
                    compare_ways(&p, input);
                }
                const struct tb_field *x = &p.input.fields[0];
                uint64_t special;
                tb_format_infinity(x->format, true, &special);
                tb_field_set(x, input, 3, special);
                compare_ways(&p, input);
                tb_format_nan(x->format, true, 0, &special);
                tb_field_set(x, input, 5, special);
                compare_ways(&p, input);
            }
}
END_TEST

/* ---- Literals, worked out by hand. ---- */

START_TEST(test_literals) {
    static const struct {
        const char *id;
        double values[4];
        double scale, zero;
    } rows[] = {
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4",                  {-127.5, 127.5, 0, 1},  1,        128 },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4",                  {-126.5, 128.5, 0, 1},  1,        126 },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4,away=1",           {-126.5, 128.5, 0, 1},  1,        127 },
        {"qparams/fp32/int8/fp64/minmax-asymmetric/n=4,away=1",            {-1.5, 253.5, 0, 1},    1,        -127},
        {"qparams/fp32/int8/fp64/minmax-asymmetric/n=4",                   {-1.5, 253.5, 0, 1},    1,        -126},
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4",                  {51, 255, 60, 70},      1,        0   },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4,zero=0",           {127.5, 255, 200, 150}, 0.5,      0   },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4",                  {-255, -51, -60, -70},  1,        255 },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4,reduce=1",         {-63.5, 63.5, 0, 1},    1,        64  },
        {"qparams/fp32/int8/fp64/minmax-asymmetric/n=4,eps=1,end=1",
         {-10, 11, 0, 0},
         1,                                                                                                  116 }, /* equal errors */
        {"qparams/fp32/int8/fp64/minmax-asymmetric/n=4,eps=1,end=1",       {-10, 12, 0, 0},        1,        -118},
        {"qparams/fp32/int8/fp64/minmax-asymmetric/n=4,eps=1,end=2",       {-10, 12, 0, 0},        1,        115 },
        {"qparams/fp32/int8/fp64/minmax-symmetric/n=4",                    {-63.75, 1, 2, 3},      0.5,      0   },
        {"qparams/fp32/uint4/fp64/minmax-symmetric/n=4",                   {-7.5, 1, 2, 3},        1,        8   },
        {"qparams/fp32/int8/fp64/minmax-absmax/n=4",                       {-63.5, 1, 2, 3},       0.5,      0   },
        {"qparams/fp32/int8/fp64/minmax-per-side/n=4",                     {-64, 1, 2, 3},         0.5,      0   },
        {"qparams/fp32/int8/fp64/minmax-per-side/n=4",                     {-64, 127, 2, 3},       1,        0   },
        {"qparams/fp32/uint4/fp64/minmax-float-zero/n=4,zero=0",           {1, 16, 2, 3},          1,        9   },
        {"qparams/fp32/uint4/fp64/minmax-float-code/n=4,zero=0",           {1, 16, 2, 3},          1,        -1  },
        {"qparams/fp32/uint8/fp64/average-asymmetric/n=2,batches=2,c=0.5", {0, 100, 0, 410},       1,        0   },
        {"qparams/fp32/int8/fp64/percentile-absmax/n=4,p=0.5",             {-1, 126, 128, -512},   1,        0   },
        {"qparams/fp32/int8/fp64/minmax-absmax/n=4,least=1",               {0.5, 0, 0, 0},         1 / 127., 0   },
        {"qparams/fp32/int8/fp64/minmax-absmax/n=4,eps=0.25",              {0.5, 0, 0, 0},         0.25,     0   },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4,empty=-2",         {0, 0, 0, 0},           2 / 255., 128 },
        {"qparams/fp32/uint8/fp64/minmax-asymmetric/n=4,empty=0",          {0, 0, 0, 0},           0,        0   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float values[4];
        for (int k = 0; k < 4; k++)
            values[k] = (float)rows[i].values[k];
        struct answer a = given(rows[i].id, NULL, values);
        ck_assert_msg(a.scale == rows[i].scale && a.zero == rows[i].zero, "row %zu, %s: %a %g", i, rows[i].id,
                      a.scale, a.zero);
    }
}
END_TEST

/* ---- Witnesses. ---- */

#define UINT8    "qparams/fp32/uint8/fp32/minmax-asymmetric"
#define UINT8_64 "qparams/fp32/uint8/fp64/minmax-asymmetric"
#define INT8     "qparams/fp32/int8/fp32/minmax-asymmetric"

static void expect(const char *id, const char *variant, const char *witness, double scale, double zero) {
    struct answer a = at_witness(id, variant, witness);
    bool same = a.scale == scale && a.zero == zero;
    ck_assert_msg(same, "%s by %s at %s: expected %a and %g, got %a and %g", id, variant ? variant : "exact",
                  witness, scale, zero, a.scale, a.zero);
}

static void expect_zero(const char *id, const char *variant, const char *witness, double zero) {
    struct answer a = at_witness(id, variant, witness);
    ck_assert_msg(a.zero == zero, "%s by %s at %s: expected %g, got %g", id, variant ? variant : "exact",
                  witness, zero, a.zero);
}

START_TEST(test_dql_half) {
    expect_zero(UINT8, NULL, "dql-half", 128);
    expect_zero(UINT8, "ort-dynamic", "dql-half", 127);
    expect_zero(UINT8, "onnx-function", "dql-half", 127);
    expect_zero(UINT8, "onnx-reference", "dql-half", 127);
    expect_zero(UINT8, "xnnpack-qd8", "dql-half", 128);
}
END_TEST

START_TEST(test_narrowing) {
    expect_zero(UINT8, "fbgemm", "qparam-narrowing", 127);
    expect_zero(UINT8_64, "aten", "qparam-narrowing", 128);
    expect_zero(UINT8, NULL, "qparam-narrowing", 128);
    expect_zero(UINT8 "/end=1,stored=1", NULL, "qparam-narrowing", 127);
}
END_TEST

START_TEST(test_error_sign) {
    expect_zero(INT8 "/end=1,stored=1", NULL, "qparam-error-sign", -85);
    expect_zero(INT8 "/end=2,stored=1", NULL, "qparam-error-sign", -86);
    expect_zero(INT8, "fbgemm", "qparam-error-sign", -85);
    /* An fp64 scale brings the two ends so close that only a tie tells them apart. */
    expect_zero(INT8, NULL, "error-sign-double", -86);
    expect_zero(INT8, "tflite", "error-sign-double", -86);
    expect_zero(INT8, "aten", "error-sign-double", -85);
}
END_TEST

START_TEST(test_all_zero) {
    expect(UINT8, "ort-dynamic", "dql-zero", 1, 0);
    expect(UINT8, "onnx-reference", "dql-zero", (double)(1.0f / 255.0f), 0);
    expect(UINT8, "onnx-function", "dql-zero", 0, 0);
    expect(UINT8 "/empty=-1", NULL, "dql-zero", (double)(1.0f / 255.0f), 0);
    expect(UINT8 "/empty=0.1", NULL, "dql-zero", (double)0.1f, 0);
    expect(UINT8, "fbgemm", "dql-zero", (double)0.1f, 0);
    expect(UINT8, "tflite", "dql-zero", 0, 0);
    expect(UINT8, NULL, "dql-zero", 1, 0);
    ck_assert(isnan(at_witness(UINT8 "/empty=-3", NULL, "dql-zero").scale));
}
END_TEST

/* The code of x under a scale and zero point, dequantized. */
static double through(double x, struct answer a, double low, double high) {
    double code = rint(x / a.scale) + a.zero;
    code = code < low ? low : code > high ? high : code;
    return (code - a.zero) * a.scale;
}

START_TEST(test_gptq_nonnegative) {
    static const char id[] = "qparams/fp32/uint4/fp32/minmax-symmetric/n=4";
    struct answer exact = at_witness(id, NULL, "gptq-nonneg-sym"),
                  gptq = at_witness(id, "gptq", "gptq-nonneg-sym");
    ck_assert_double_eq(exact.scale, (double)0.2f);
    ck_assert_double_eq(exact.zero, 8);
    ck_assert_double_eq(gptq.scale, (double)0.1f);
    ck_assert_double_eq(gptq.zero, 8);
    ck_assert_double_eq_tol(through(1.5, gptq, 0, 15), 0.7, 1e-6);
    ck_assert_double_eq_tol(through(1.5, exact, 0, 15), 1.4, 1e-6);
}
END_TEST

START_TEST(test_awq_positive) {
    static const char id[] = "qparams/fp32/uint4/fp32/minmax-asymmetric/n=4";
    struct answer awq = at_witness(id, "awq", "awq-positive"), exact = at_witness(id, NULL, "awq-positive");
    ck_assert_double_eq(awq.zero, 0);
    ck_assert_double_eq_tol(through(1.1, awq, 0, 15), 0.15, 1e-6);
    ck_assert_double_eq_tol(through(1.1, exact, 0, 15), 1.0733, 1e-4);
}
END_TEST

/* Whether -absmax, quantized with the stored scale in fp32, has the code -128. */
static bool is_lowest(float absmax, float scale, bool reciprocal) {
    float t = reciprocal ? -absmax * (1.0f / scale) : -absmax / scale;
    return rintf(t) == -128.0f;
}

/* absmax = 0.001f * 1 .. 99999: with the divisor 127.5 the code of -absmax is -128 in 85.7 % of all cases by
 * division and 77.7 % by reciprocal; with 127 it is never -128. */
START_TEST(test_absmax_tie) {
    struct tb_problem half = parsed("qparams/fp32/int8/fp32/minmax-symmetric/n=1");
    struct tb_problem whole = parsed("qparams/fp32/int8/fp32/minmax-absmax/n=1");
    int divided = 0, multiplied = 0, whole_low = 0;
    for (int i = 1; i < 100000; i++) {
        float absmax = (float)i * 0.001f, input[2] = {absmax, 0};
        unsigned char output[16] = {0};
        tb_qparams_mpfr(&half, input, output);
        float scale = (float)answer_of(&half, output).scale;
        divided += is_lowest(absmax, scale, false);
        multiplied += is_lowest(absmax, scale, true);
        tb_qparams_mpfr(&whole, input, output);
        whole_low += is_lowest(absmax, (float)answer_of(&whole, output).scale, false);
    }
    printf("absmax-tie: %d by division, %d by reciprocal of 99999; divisor 127: %d\n", divided, multiplied,
           whole_low);
    ck_assert_double_eq_tol(divided / 999.99, 85.7, 0.05);
    ck_assert_double_eq_tol(multiplied / 999.99, 77.7, 0.05);
    ck_assert_int_eq(whole_low, 0);
}
END_TEST

/* ---- Variants. ---- */

/* Each differs from the exact answer somewhere in the suite, and gives something else than every other one.
 */
START_TEST(test_variants_differ) {
    for (const struct tb_problem_variant *v = tb_qparams_variants; v->name; v++) {
        uint64_t differ = 0;
        for (const char *const *id = tb_problem_qparams.suite; *id && !differ; id++) {
            struct tb_problem p = parsed(*id);
            if (!v->applies(&p))
                continue;
            for (size_t record = 0; record < tb_arithmetic_qparams.records; record++) {
                unsigned char input[16384] = {0}, exact[1024] = {0}, other[1024] = {0};
                tb_arithmetic_qparams.make_input(&p, record, input);
                tb_qparams_mpfr(&p, input, exact);
                v->evaluate(&p, input, other);
                differ += memcmp(exact, other, p.output.bytes) != 0;
            }
        }
        ck_assert_msg(differ, "%s never differs from the exact answer", v->name);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("qparams");
    TCase *t = tcase_create("qparams");
    tcase_add_test(t, test_golden);
    tcase_add_test(t, test_two_ways);
    tcase_add_test(t, test_literals);
    tcase_add_test(t, test_dql_half);
    tcase_add_test(t, test_narrowing);
    tcase_add_test(t, test_error_sign);
    tcase_add_test(t, test_all_zero);
    tcase_add_test(t, test_gptq_nonnegative);
    tcase_add_test(t, test_awq_positive);
    tcase_add_test(t, test_absmax_tie);
    tcase_add_test(t, test_variants_differ);
    suite_add_tcase(suite, t);
    return tb_test(suite, CK_FORK_GETENV);
}
