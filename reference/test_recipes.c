/* LLM.int8() and SmoothQuant: the two references against each other, literals, and the variants. */
#include "reference/problem_llmint8.h"
#include "reference/problem_smoothquant.h"
#include "reference/round_once.h"
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

static double value_at(const struct tb_field *f, const void *record, uint32_t place) {
    return tb_format_value(f->format, tb_field_get(f, record, place));
}

/* fp16 patterns of small numbers, by hand: 1 = 0x3c00. */
static void set_half(const struct tb_field *f, void *record, uint32_t place, double x) {
    int exponent;
    double fraction = frexp(fabs(x), &exponent);
    uint64_t pattern = x == 0 ? 0 : (uint64_t)(exponent + 14) << 10 | ((uint64_t)ldexp(fraction, 11) & 1023);
    tb_field_set(f, record, place, pattern | (x < 0 ? 0x8000 : 0));
    ck_assert_double_eq(value_at(f, record, place), x);
}

/* ---- Both kinds. ---- */

static void check_golden(const struct tb_problem_kind *kind, const char *const *more) {
    for (int list = 0; list < 2; list++)
        for (const char *const *id = list ? more : kind->suite; *id; id++) {
            struct tb_problem p = parsed(*id);
            struct tb_problem_vectors v;
            struct tb_error error = {0};
            ck_assert_str_eq(p.id, *id);
            ck_assert_msg(tb_problem_golden(&p, &v, &error), "%s", error.text);
            tb_problem_vectors_free(&v);
        }
}

START_TEST(test_golden) {
    static const char *const llmint8[] = {"llmint8/fp16/fp32/m=1,n=1,k=1,threshold=0.5",
                                          "llmint8/fp16/fp32/m=7,n=3,k=33,threshold=2.25", NULL};
    static const char *const smoothquant[] = {
        "smoothquant/fp32/k=7,a=0.05", "smoothquant/fp16/k=9,a=0.95,least=1e-10",
        "smoothquant/bf16/a=0.4,least=1", "smoothquant/fp32/m=1,n=1,k=64,a=0.25,least=0.001", NULL};
    check_golden(&tb_problem_llmint8, llmint8);
    check_golden(&tb_problem_smoothquant, smoothquant);
}
END_TEST

/* Each variant gives, on some problem of the suite, what neither the exact way nor any other gives. */
static void check_variants(const struct tb_problem_kind *kind, const struct tb_problem_arithmetic *a) {
    static unsigned char exact[65536], first[65536], second[65536], input[65536];
    for (const struct tb_problem_variant *v = a->variants; v->name; v++)
        for (const struct tb_problem_variant *other = v; other->name; other++) {
            int differ = 0;
            for (const char *const *id = kind->suite; *id && !differ; id++) {
                struct tb_problem p = parsed(*id);
                if (!v->applies(&p) || p.input.bytes > sizeof input || p.output.bytes > sizeof exact)
                    continue;
                for (size_t record = 0; record < a->records && !differ; record++) {
                    memset(input, 0, sizeof input);
                    memset(first, 0, sizeof first);
                    memset(second, 0, sizeof second);
                    memset(exact, 0, sizeof exact);
                    a->make_input(&p, record, input);
                    a->exact(&p, input, exact);
                    v->evaluate(&p, input, first);
                    other->evaluate(&p, input, second);
                    differ = memcmp(first, other == v ? exact : second, p.output.bytes) != 0;
                }
            }
            ck_assert_msg(differ, "%s: %s never differs from %s", kind->operation, v->name,
                          other == v ? "exact" : other->name);
        }
}

START_TEST(test_variants) {
    check_variants(&tb_problem_llmint8, &tb_arithmetic_llmint8);
    check_variants(&tb_problem_smoothquant, &tb_arithmetic_smoothquant);
}
END_TEST

/* ---- Rounding once. ---- */

/* x cut to odd in 4 bits. */
static double cut(double x) {
    mpfr_t whole, odd;
    mpfr_init2(whole, 53);
    mpfr_init2(odd, 4);
    mpfr_set_d(whole, x, MPFR_RNDN);
    tb_cut_to_odd(odd, whole);
    double result = mpfr_get_d(odd, MPFR_RNDN);
    mpfr_clears(whole, odd, (mpfr_ptr)0);
    return result;
}

START_TEST(test_cut_to_odd) {
    ck_assert_double_eq(cut(12), 12);
    ck_assert_double_eq(cut(12.001), 13);
    ck_assert_double_eq(cut(12.999), 13);
    ck_assert_double_eq(cut(11.001), 11); /* odd already */
    ck_assert_double_eq(cut(11.999), 11);
    ck_assert_double_eq(cut(-14.5), -15);
    ck_assert_double_eq(cut(16.5), 18);
}
END_TEST

/* ---- LLM.int8(). ---- */

/* x = {1, -0.5, 8}, w = {2, 1, 3}: 8 is an outlier; codes 127, -64 (63.5 to even), and 85 (84.67), 42
 * (42.33), 127; acc = 127 * 85 - 64 * 42 = 8107. */
START_TEST(test_llmint8_by_hand) {
    struct tb_problem p = parsed("llmint8/fp16/fp32/m=1,n=1,k=3");
    struct tb_llmint8 s = tb_llmint8_of(&p);
    unsigned char input[64] = {0}, output[64] = {0};
    static const double x[] = {1, -0.5, 8}, w[] = {2, 1, 3};
    for (uint32_t j = 0; j < 3; j++) {
        set_half(s.x, input, j, x[j]);
        set_half(s.w, input, j, w[j]);
    }
    tb_llmint8_mpfr(&p, input, output);
    ck_assert_double_eq(value_at(s.xs, output, 0), 1);
    ck_assert_double_eq(value_at(s.ws, output, 0), 3);
    ck_assert_double_eq(value_at(s.xq, output, 0), 127);
    ck_assert_double_eq(value_at(s.xq, output, 1), -64);
    ck_assert_double_eq(value_at(s.xq, output, 2), 0);
    ck_assert_double_eq(value_at(s.wq, output, 0), 85);
    ck_assert_double_eq(value_at(s.wq, output, 1), 42);
    ck_assert_double_eq(value_at(s.acc, output, 0), 8107);
    ck_assert_double_eq(value_at(s.y, output, 0), (double)(float)(8107 * 3 / 16129.0 + 24));
}
END_TEST

/* acc = 1, both absmax 1: 1/127^2 = 6.20001e-05 against 6.200124e-05; a 1-by-1 product has codes 127 only, so
 * the accumulator is made of two columns, 127 * 127 - 126 * 128 not being there: x = {1, 1/127}, w = {0, 1}.
 */
START_TEST(test_bnb_constant) {
    struct tb_problem p = parsed("llmint8/fp16/fp32/m=1,n=1,k=3");
    struct tb_llmint8 s = tb_llmint8_of(&p);
    unsigned char input[64] = {0}, exact[64] = {0}, bnb[64] = {0};
    set_half(s.x, input, 0, 1);
    set_half(s.x, input, 1, 0x1p-7); /* code 1 */
    set_half(s.w, input, 1, 0x1p-7);
    set_half(s.w, input, 2, 1);
    tb_llmint8_mpfr(&p, input, exact);
    tb_problem_variant_find(&p, "bnb-constant")->evaluate(&p, input, bnb);
    ck_assert_double_eq(value_at(s.acc, exact, 0), 1);
    ck_assert_double_eq(value_at(s.y, exact, 0), (double)(float)(1 / 16129.0));
    ck_assert_double_eq(value_at(s.y, bnb, 0), (double)6.200124e-05f);
}
END_TEST

/* All codes 127 but for an odd number of them: fp32 loses the last bit beyond 2^24. */
START_TEST(test_fp32_accumulation) {
    struct tb_problem p = parsed("llmint8/fp16/fp32/m=2,n=2,k=2048");
    struct tb_llmint8 s = tb_llmint8_of(&p);
    static unsigned char input[32768], exact[32768], fp32[32768];
    tb_arithmetic_llmint8.make_input(&p, 4, input);
    tb_llmint8_mpfr(&p, input, exact);
    tb_problem_variant_find(&p, "fp32-accumulation")->evaluate(&p, input, fp32);
    ck_assert_double_gt(value_at(s.acc, exact, 0), 0x1p24);
    ck_assert_double_ne(value_at(s.acc, exact, 0), value_at(s.acc, fp32, 0));
}
END_TEST

/* ---- SmoothQuant. ---- */

START_TEST(test_smoothquant_by_hand) {
    static const struct {
        const char *id;
        double x, w, s, xs, ws;
    } rows[] = {
        {"smoothquant/fp16/m=1,n=1,k=1",            16, 4,    2,    8,    8  },
        {"smoothquant/fp16/m=1,n=1,k=1",            -9, 0.25, 6,    -1.5, 1.5},
        {"smoothquant/fp16/m=1,n=1,k=1,a=0.75",     16, 16,   4,    4,    64 },
        {"smoothquant/fp16/m=1,n=1,k=1,a=1",        16, 3,    16,   1,    48 },
        {"smoothquant/fp16/m=1,n=1,k=1,a=0",        16, 4,    0.25, 64,   1  },
        {"smoothquant/fp16/m=1,n=1,k=1,least=0.5",  0,  1,    0.5,  0,    0.5},
        {"smoothquant/fp16/m=1,n=1,k=1,least=0.25", 4,  0,    4,    1,    0  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tb_problem p = parsed(rows[i].id);
        struct tb_smoothquant q = tb_smoothquant_of(&p);
        unsigned char input[16] = {0}, output[16] = {0};
        set_half(q.x, input, 0, rows[i].x);
        set_half(q.w, input, 0, rows[i].w);
        tb_smoothquant_mpfr(&p, input, output);
        ck_assert_msg(value_at(q.s, output, 0) == rows[i].s && value_at(q.xs, output, 0) == rows[i].xs &&
                          value_at(q.ws, output, 0) == rows[i].ws,
                      "row %zu: %g %g %g", i, value_at(q.s, output, 0), value_at(q.xs, output, 0),
                      value_at(q.ws, output, 0));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("recipes");
    TCase *t = tcase_create("recipes");
    tcase_add_test(t, test_golden);
    tcase_add_test(t, test_variants);
    tcase_add_test(t, test_cut_to_odd);
    tcase_add_test(t, test_llmint8_by_hand);
    tcase_add_test(t, test_bnb_constant);
    tcase_add_test(t, test_fp32_accumulation);
    tcase_add_test(t, test_smoothquant_by_hand);
    suite_add_tcase(suite, t);
    return tb_test(suite, CK_FORK_GETENV);
}
