/* The exact dot product: its two implementations agree, both give the answers found by hand, and the loops of
 * all instruction sets are the same function. TRIALS=n in the environment takes n trials (a million: some 10
 * s). */
#include "reference/dot_products.h"
#include "reference/dot_trials.h"
#include "reference/mma.h"
#include "reference/problem_dot.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

enum { TRIALS = 60000, SLICES = 4 };

static struct tb_dot_trial trial;

START_TEST(both_ways_agree) {
    const char *asked = getenv("TRIALS");
    uint64_t count = asked ? strtoull(asked, NULL, 10) : TRIALS;
    for (uint64_t i = (uint64_t)_i; i < count; i += SLICES) {
        char text[200];
        tb_dot_trial_make(&trial, i);
        uint64_t mpfr = tb_dot_mpfr(&trial.dot, &trial.terms),
                 integer = tb_dot_integer(&trial.dot, &trial.terms);
        tb_dot_trial_print(&trial, text, sizeof text);
        ck_assert_msg(mpfr == integer, "trial %llu, %s: 0x%llx by MPFR, 0x%llx by integers",
                      (unsigned long long)i, text, (unsigned long long)mpfr, (unsigned long long)integer);
    }
}
END_TEST

/* ---- Answers found by hand: a and b of three terms, c, d. ---- */

/* clang-format off */
static const struct {
    const char *a, *b, *c, *d;
    enum tb_rounding rounding;
    uint32_t x[3], y[3], z;
    uint64_t answer;
} known[] = {
    /* 2^127 * 2 twice, once negative: no product overflows; 2^-149 * 2^-149 + 1 rounds to 1, or up to the next */
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x7f000000, 0x7f000000, 0x3f800000}, {0x40000000, 0xc0000000, 0x3f800000}, 0, 0x3f800000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x00000001, 0, 0}, {0x00000001, 0, 0}, 0x3f800000, 0x3f800000},
    {"fp32", "fp32", "fp32", "fp32", TB_RU,  {0x00000001, 0, 0}, {0x00000001, 0, 0}, 0x3f800000, 0x3f800001},
    /* 2^24 + 1 is a tie of fp32, to the even 2^24; 2^-149 * 2^-149 more breaks it */
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x4b800000, 0x3f800000, 0},          {0x3f800000, 0x3f800000, 0},          0, 0x4b800000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x4b800000, 0x3f800000, 0x00000001}, {0x3f800000, 0x3f800000, 0x00000001}, 0, 0x4b800001},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x4b800000, 0x3f800000, 0x80000001}, {0x3f800000, 0x3f800000, 0x00000001}, 0, 0x4b800000},
    /* half of the least subnormal is a tie to zero, with its sign; three quarters of it are not */
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x80000001, 0, 0}, {0x3f000000, 0, 0}, 0x80000000, 0x80000000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x80000001, 0x80000001, 0}, {0x3f000000, 0x3e800000, 0}, 0, 0x80000001},
    /* zeros: all negative; of both signs; a sum that cancels: +0, under rd -0 */
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x80000000, 0x80000000, 0}, {0x3f800000, 0, 0x80000000}, 0x80000000, 0x80000000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x80000000, 0, 0}, {0x3f800000, 0, 0}, 0x80000000, 0},
    {"fp32", "fp32", "fp32", "fp32", TB_RD,  {0x80000000, 0, 0}, {0x3f800000, 0, 0}, 0x80000000, 0x80000000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x3f800000, 0xbf800000, 0x80000000}, {0x3f800000, 0x3f800000, 0x3f800000}, 0x80000000, 0},
    {"fp32", "fp32", "fp32", "fp32", TB_RD,  {0x3f800000, 0xbf800000, 0}, {0x3f800000, 0x3f800000, 0}, 0, 0x80000000},
    /* infinities and NaNs: inf * 0, inf - inf, a negative NaN, inf alone, c */
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x7f800000, 0, 0}, {0, 0, 0}, 0, 0x7fc00000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x7f800000, 0xff800000, 0}, {0x3f800000, 0x3f800000, 0}, 0, 0x7fc00000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0, 0, 0xffc00001}, {0, 0, 0}, 0, 0x7fc00000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0xff800000, 0, 0}, {0x3f800000, 0, 0}, 0, 0xff800000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x3f800000, 0, 0}, {0x3f800000, 0, 0}, 0x7f800000, 0x7f800000},
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x7f800000, 0, 0}, {0x3f800000, 0, 0}, 0xff800000, 0x7fc00000},
    /* beyond the range: infinity, toward zero the largest */
    {"fp32", "fp32", "fp32", "fp32", TB_RNE, {0x7f7fffff, 0, 0}, {0x40000000, 0, 0}, 0, 0x7f800000},
    {"fp32", "fp32", "fp32", "fp32", TB_RTZ, {0x7f7fffff, 0, 0}, {0x40000000, 0, 0}, 0, 0x7f7fffff},
    /* e4m3fn: 448 * 448 + 2^-9 * 2^-9 */
    {"e4m3fn", "e4m3fn", "fp32", "fp32", TB_RNE, {0x7e, 0x01, 0}, {0x7e, 0x01, 0}, 0, 0x48440000},
    {"e4m3fn", "e4m3fn", "fp32", "fp32", TB_RU,  {0x7e, 0x01, 0}, {0x7e, 0x01, 0}, 0, 0x48440001},
    /* int8: -128 * -128 thrice; the policy beyond int32 */
    {"int8", "int8", "int32", "int32", TB_RNE, {0x80, 0x80, 0x80}, {0x80, 0x80, 0x80}, 0, 49152},
    {"int8", "int8", "int32", "int32", TB_RNE, {0x80, 0, 0}, {0x80, 0, 0}, 0x7fffffff, 0x7fffffff},
    {"int8", "int8", "int32", "int32", TB_RNE, {0x80, 0, 0}, {0x7f, 0, 0}, 0x80000000, 0x80000000},
};
/* clang-format on */

START_TEST(answers_found_by_hand) {
    struct tb_dot_formats f = {.a = tb_format_find(known[_i].a, NULL),
                               .b = tb_format_find(known[_i].b, NULL),
                               .c = tb_format_find(known[_i].c, NULL),
                               .d = tb_format_find(known[_i].d, NULL),
                               .rounding = known[_i].rounding};
    struct tb_dot d;
    struct tb_dot_terms t = {.k = 3, .a = known[_i].x, .b = known[_i].y, .c = known[_i].z};
    f.overflow = f.d->kind == TB_INTEGER ? TB_SATFINITE : TB_TO_INF;
    ck_assert(tb_dot_make(&d, &f, NULL));
    ck_assert_uint_eq(tb_dot_mpfr(&d, &t), known[_i].answer);
    ck_assert_uint_eq(tb_dot_integer(&d, &t), known[_i].answer);
}
END_TEST

/* ---- Instruction sets. ---- */

static const struct {
    const char *feature;
    tb_dot_products_fn *products;
} sets[] = {
#ifdef __x86_64__
    {"avx2",   tb_dot_products_avx2    },
    {"avx512", tb_dot_products_avx512  },
#endif
    {"",       tb_dot_products_portable},
};

static bool runs_here(const char *feature) {
#ifdef __x86_64__
    if (strcmp(feature, "avx2") == 0)
        return __builtin_cpu_supports("avx2");
    if (strcmp(feature, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return *feature == 0;
}

START_TEST(loops_are_one_function) {
    static struct tb_dot_products expected, got;
    for (uint64_t i = 0; runs_here(sets[_i].feature) && i < 4000; i++) {
        tb_dot_trial_make(&trial, i);
        const struct tb_dot_terms *t = &trial.terms;
        size_t count = t->k < TB_DOT_CHUNK ? t->k : TB_DOT_CHUNK;
        bool flips = i & 1;
        bool special = tb_dot_products_portable(&trial.dot, t->a, t->b, count, 5, flips, &expected);
        ck_assert(special == sets[_i].products(&trial.dot, t->a, t->b, count, 5, flips, &got));
        if (special)
            continue;
        ck_assert(memcmp(expected.magnitude, got.magnitude, count * sizeof got.magnitude[0]) == 0);
        ck_assert(memcmp(expected.place, got.place, count * sizeof got.place[0]) == 0);
    }
}
END_TEST

/* ---- Long sums: bins filled to the brim, and emptied on the way. ---- */

START_TEST(long_sums) {
    enum { LONGEST = 100000 };
    static uint32_t a[LONGEST], b[LONGEST];
    const struct tb_format *fp32 = tb_format_find("fp32", NULL);
    struct tb_dot_formats f = {
        .a = fp32, .b = fp32, .c = fp32, .d = fp32, .rounding = TB_RNE, .overflow = TB_TO_INF};
    struct tb_dot d;
    ck_assert(tb_dot_make(&d, &f, NULL));
    for (size_t i = 0; i < LONGEST; i++)
        a[i] = b[i] = 0x3fffffff; /* all in one bin, with all bits set */
    struct tb_dot_terms t = {.k = LONGEST, .a = a, .b = b, .c = 0xffffffff & 0xc8c34fff};
    ck_assert_uint_eq(tb_dot_integer(&d, &t), tb_dot_mpfr(&d, &t));
    for (size_t i = 0; i < LONGEST; i++)
        a[i] = (uint32_t)(i % 254) << 23 | (uint32_t)(i * 2654435761u & 0x807fffff);
    ck_assert_uint_eq(tb_dot_integer(&d, &t), tb_dot_mpfr(&d, &t));
    a[LONGEST - 1] = 0x7f800000; /* found last: the bins must be zeros for the next sum all the same */
    ck_assert_uint_eq(tb_dot_integer(&d, &t), 0x7f800000);
    a[LONGEST - 1] = 0;
    ck_assert_uint_eq(tb_dot_integer(&d, &t), tb_dot_mpfr(&d, &t));
}
END_TEST

/* ---- What is refused. ---- */

static const struct {
    const char *a, *b, *scale, *factor, *says;
} refused[] = {
    {"fp64",         "fp32",         NULL,      NULL,   "floats and integers of at most 32 bits"},
    {"nf4",          "fp32",         NULL,      NULL,   "floats and integers of at most 32 bits"},
    {"fp16",         "e4m3fn",       "e4m3fn",  "fp32", "has 71 bits"                           },
    {"fp32",         "fp32",         "e8m0fnu", "fp32", "at most 64"                            },
    {"binary16p1se", "binary16p1se", NULL,      NULL,   "more than the exact accumulator has"   },
};

START_TEST(refusals) {
    struct tb_dot_formats f = {.a = tb_format_find(refused[_i].a, NULL),
                               .b = tb_format_find(refused[_i].b, NULL),
                               .d = tb_format_find("fp32", NULL),
                               .rounding = TB_RNE};
    struct tb_dot d;
    struct tb_error error = {0};
    f.scale_a = f.scale_b = refused[_i].scale ? tb_format_find(refused[_i].scale, NULL) : NULL;
    f.factor = refused[_i].factor ? tb_format_find(refused[_i].factor, NULL) : NULL;
    f.block = 16;
    ck_assert(!tb_dot_make(&d, &f, &error));
    ck_assert_msg(strstr(error.text, refused[_i].says), "%s", error.text);
}
END_TEST

/* ---- Ways through tensor cores, beside the models of those: a way takes its steps from the model, and
 * chains and promotes them itself. ---- */

static const struct {
    const char *id, *variant, *model;
} modelled[] = {
    {"dot/e4m3fn/e4m3fn/fp32/fp32/rne/k=512", "wgmma",       "h100-wgmma-fp8"   },
    {"dot/e4m3fn/e5m2/fp32/fp32/rne/k=256",   "wgmma",       "h100-wgmma-fp8"   },
    {"dot/e5m2/e5m2/fp32/fp32/rne/k=67",      "wgmma",       "h100-wgmma-fp8"   },
    {"dot/e4m3fn/e4m3fn/fp32/fp32/rne/k=512", "wgmma-2xacc", "h100-promoted-fp8"},
    {"dot/e4m3fn/e5m2/fp32/fp32/rne/k=256",   "wgmma-2xacc", "h100-promoted-fp8"},
};

static uint64_t by_model(const struct tb_problem *p, const char *model, const void *record) {
    static struct tb_mma_term products[512];
    static uint64_t a[512], b[512];
    struct tb_dot_fields f = tb_dot_fields_of(p);
    struct tb_mma_operands operands = {
        p->formats[0], p->formats[1], p->formats[2], p->formats[3], a, b, 0, f.k};
    struct tb_mma_dot dot = {.products = products};
    const struct tb_mma_model *m =
        tb_mma_find(model, p->formats[0], p->formats[1], p->formats[2], p->formats[3]);
    ck_assert_msg(m, "no model %s", model);
    for (uint32_t i = 0; i < f.k; i++) {
        a[i] = tb_field_get(f.a, record, i);
        b[i] = tb_field_get(f.b, record, i);
    }
    operands.c = tb_field_get(f.c, record, 0);
    tb_mma_set(&dot, &operands);
    return tb_mma_run(m, &dot);
}

START_TEST(tensor_cores_as_modelled) {
    struct tb_problem p;
    ck_assert(tb_problem_parse(modelled[_i].id, &p, NULL));
    const struct tb_problem_arithmetic *arithmetic = tb_problem_arithmetic_of(&p);
    const struct tb_problem_variant *v = tb_problem_variant_find(&p, modelled[_i].variant);
    unsigned char *input = malloc(p.input.bytes), *output = malloc(p.output.bytes);
    for (size_t r = 0; r < 4 * arithmetic->records; r++) {
        memset(input, 0, p.input.bytes);
        memset(output, 0, p.output.bytes);
        arithmetic->make_input(&p, r, input);
        v->evaluate(&p, input, output);
        uint64_t model = by_model(&p, modelled[_i].model, input),
                 way = tb_field_get(&p.output.fields[0], output, 0);
        bool both_nan = tb_format_is_nan(p.formats[3], model) && tb_format_is_nan(p.formats[3], way);
        ck_assert_msg(model == way || both_nan, "%s, record %zu: 0x%llx as %s, 0x%llx by %s", p.id, r,
                      (unsigned long long)way, v->name, (unsigned long long)model, modelled[_i].model);
    }
    free(input);
    free(output);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("dot");
    TCase *tests = tcase_create("dot");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, both_ways_agree, 0, SLICES);
    tcase_add_loop_test(tests, answers_found_by_hand, 0, (int)(sizeof known / sizeof known[0]));
    tcase_add_loop_test(tests, loops_are_one_function, 0, (int)(sizeof sets / sizeof sets[0]));
    tcase_add_test(tests, long_sums);
    tcase_add_loop_test(tests, tensor_cores_as_modelled, 0, (int)(sizeof modelled / sizeof modelled[0]));
    tcase_add_loop_test(tests, refusals, 0, (int)(sizeof refused / sizeof refused[0]));
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
