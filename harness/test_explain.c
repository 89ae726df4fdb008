/* What explain says of an input agrees with what the reference gives, over many formats, roundings and
 * inputs; and a value that it prints is read back as the same pattern. */
#include "harness/explain.h"
#include "reference/reference.h"
#include "vectors/affine_case.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t draw(void) {
    static uint64_t state = 1;
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t random_pattern(const struct tb_format *f) {
    uint64_t mask = f->bits == 64 ? UINT64_MAX : (UINT64_C(1) << f->bits) - 1;
    return (draw() & mask) << f->padding;
}

static const char *const pairs[][2] = {
    {"fp32",  "e4m3fn"  },
    {"fp32",  "e5m2"    },
    {"fp32",  "fp16"    },
    {"fp32",  "tf32"    },
    {"fp64",  "bf16"    },
    {"fp32",  "e2m1fn"  },
    {"fp32",  "e8m0fnu" },
    {"fp16",  "int8"    },
    {"fp16",  "uint8"   },
    {"fp16",  "nf4"     },
    {"int32", "fp16"    },
    {"fp16",  "e4m3fnuz"},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

/* The value that was rounded lies between its neighbours, and each rounding chooses the one that the boundary
 * says. */
static void check_gap(const struct tb_case *c, uint64_t input, const struct tb_gap *g, uint64_t answer) {
    bool nearest = c->rounding == TB_RNE || c->rounding == TB_RNA || c->rounding == TB_RHU;
    int side = mpfr_cmp(g->x, g->middle);
    ck_assert_msg(mpfr_less_p(g->low_value, g->x) && mpfr_less_p(g->x, g->high_value), "0x%llx",
                  (unsigned long long)input);
    if (g->place == TB_PLACE_BETWEEN)
        ck_assert_msg(answer == g->low || answer == g->high, "0x%llx", (unsigned long long)input);
    if (nearest && side > 0 && g->has_high)
        ck_assert_uint_eq(answer, g->high);
    if (nearest && side < 0 && g->has_low)
        ck_assert_uint_eq(answer, g->low);
}

START_TEST(places_agree_with_the_reference) {
    struct tb_case c = {.source = tb_format_find(pairs[_i][0], NULL),
                        .destination = tb_format_find(pairs[_i][1], NULL)};
    for (int n = 0; n < 3000; n++) {
        uint64_t input = random_pattern(c.source);
        c.rounding = TB_RNE + (enum tb_rounding)(draw() % (TB_ROUNDINGS - TB_RNE));
        c.overflow = TB_SATFINITE;
        struct tb_gap g;
        tb_explain_gap(&c, input, &g);
        uint64_t answer = tb_mpfr_convert(&c, input);
        if (g.place == TB_PLACE_BETWEEN || g.place == TB_PLACE_ABOVE || g.place == TB_PLACE_BELOW)
            check_gap(&c, input, &g, answer);
        if (g.place == TB_PLACE_EXACT)
            ck_assert_uint_eq(answer, g.low);
        if (g.place == TB_PLACE_OVER)
            ck_assert_uint_eq(answer, g.low);
        if (g.place == TB_PLACE_UNDER)
            ck_assert_uint_eq(answer, g.high);
        mpfr_clears(g.x, g.low_value, g.high_value, g.middle, (mpfr_ptr)0);
    }
}
END_TEST

/* On the boundary the tie is given as the reference gives it: the midpoints of neighbouring codes are fp64
 * values. */
START_TEST(ties_are_given_as_told) {
    static const enum tb_rounding nearest[] = {TB_RNE, TB_RNA, TB_RHU};
    struct tb_case c = {.source = tb_format_find("fp64", NULL),
                        .destination = tb_format_find("e4m3fn", NULL)};
    struct tb_walk w;
    int ties = 0;
    for (uint64_t code = 0; code < 0x7e; code++)
        for (int k = 0; k < 6; k++) {
            double low = 0, high = 0, middle;
            struct tb_value a = tb_format_decode(c.destination, code),
                            b = tb_format_decode(c.destination, code + 1);
            low = a.class == TB_ZERO ? 0 : ldexp((double)a.significand, a.exponent);
            high = ldexp((double)b.significand, b.exponent);
            middle = (k % 2 ? -1 : 1) * (low + high) / 2;
            uint64_t input;
            memcpy(&input, &middle, sizeof input);
            c.rounding = nearest[k / 2];
            tb_explain_walk(&c, input, &w);
            ck_assert(strstr(w.distance, "tie") != NULL);
            char hex[24];
            tb_explain_hex(c.destination, w.answer, hex);
            ck_assert_msg(strstr(w.tie, hex) != NULL, "%g: %s, but %s", middle, w.tie, hex);
            ties++;
            tb_explain_free(&w);
        }
    ck_assert_int_eq(ties, 126 * 6);
}
END_TEST

START_TEST(values_are_read_back) {
    for (size_t i = 0; i < tb_format_count; i++) {
        const struct tb_format *f = &tb_formats[i];
        for (int n = 0; n < 200; n++) {
            uint64_t pattern = random_pattern(f), again;
            struct tb_value v = tb_format_decode(f, pattern);
            struct tb_error error = {0};
            char text[128];
            if (v.class == TB_NOT_A_NUMBER)
                continue;
            tb_value_print(v, text, sizeof text);
            ck_assert_msg(tb_explain_input(f, text, &again, &error), "%s: %s: %s", f->name, text, error.text);
            ck_assert_msg(again == pattern, "%s: %s gives 0x%llx, not 0x%llx", f->name, text,
                          (unsigned long long)again, (unsigned long long)pattern);
        }
    }
}
END_TEST

/* ---- Affine cases: the words hold what the reference gives. ---- */

static const struct tb_step *step_named(const struct tb_walk *w, const char *member) {
    for (size_t i = 0; i < w->step_count; i++)
        if (strcmp(w->steps[i].member, member) == 0)
            return &w->steps[i];
    return NULL;
}

static const char *const affine_cases[] = {
    "quantize/fp32/int8/%s/s=%a,z=%d",
    "quantize/fp16/uint8/%s/s=%a,z=%d",
    "quantize/bf16/int4/%s/s=%a,z=%d",
    "quantize/fp32/int16/%s/s=%a,z=%d",
    "requantize/int32/int8/%s/s=%a,z=%d",
    "requantize/int16/int8/%s/s=%a,z=%d",
    "fakequant/fp16/uint1/%s/s=%a,z=%d,lo=-8,hi=7",
};
enum { AFFINE_CASES = sizeof affine_cases / sizeof affine_cases[0] };

/* A random case whose quotients are of the size of its codes. */
static void random_affine(const char *pattern, struct tb_case *c, uint64_t *input) {
    static const char *const nearest[] = {"rne", "rna", "rhu"};
    char id[TB_CASE_ID];
    struct tb_error error;
    double scale = ldexp(1 + (double)(draw() % 4096) / 4096, (int)(draw() % 12) - 12);
    scale = draw() & 1 ? -scale : scale;
    snprintf(id, sizeof id, pattern, nearest[draw() % 3], scale, (int)(draw() % 9) - 4);
    ck_assert_msg(tb_case_parse(id, c, &error), "%s", error.text);
    do
        *input = random_pattern(c->source);
    while (tb_format_decode(c->source, *input).class != TB_FINITE);
    if (draw() & 1 && c->source->kind == TB_INTEGER)
        *input = (draw() % 200000) & (c->source->bits == 16 ? 0x7fff : UINT32_MAX);
}

/* The neighbours and the side of the boundary that are told give the code that the reference gives. */
static bool check_between(const struct tb_walk *w) {
    const struct tb_step *between = step_named(w, "between"), *distance = step_named(w, "distance");
    const struct tb_affine *a = &w->c->affine;
    long long low, high;
    if (!between)
        return false;
    ck_assert_int_eq(sscanf(between->text, "%lld and %lld;", &low, &high), 2);
    ck_assert_int_eq(high, low + 1);
    bool above = strstr(distance->text, "above") != NULL, tie = strstr(distance->text, "a tie") != NULL;
    long long n = above == (a->scale > 0) ? high : low;
    if (tie)
        ck_assert_int_eq(sscanf(strstr(between->text, "given to"), "given to %lld", &n), 1);
    n += a->zero;
    long long code = n < a->low ? a->low : n > a->high ? a->high : n;
    uint64_t expected = (uint64_t)(tb_case_is_mask(w->c) ? code == n : code);
    uint64_t mask = (UINT64_C(1) << w->c->destination->bits) - 1;
    ck_assert_msg((expected & mask) == w->answer, "%s 0x%llx: %s; %s", w->id, (unsigned long long)w->input,
                  between->text, distance->text);
    return true;
}

START_TEST(affine_steps_agree_with_the_reference) {
    int between = 0;
    for (int n = 0; n < 500; n++) {
        struct tb_case c;
        struct tb_walk w;
        uint64_t input;
        random_affine(affine_cases[_i], &c, &input);
        tb_explain_walk(&c, input, &w);
        between += check_between(&w);
        tb_explain_free(&w);
    }
    ck_assert_int_gt(between, 50);
}
END_TEST

/* What is told of stochastic rounding holds on both sides of the random number that it names. */
START_TEST(stochastic_threshold_is_exact) {
    int thresholds = 0;
    for (int n = 0; n < 700; n++) {
        struct tb_case c;
        struct tb_walk w;
        uint64_t input;
        random_affine(affine_cases[n % AFFINE_CASES], &c, &input);
        tb_explain_walk(&c, input, &w);
        const char *from = strstr(w.stochastic, "r >= ");
        unsigned threshold;
        if (from && sscanf(from, "r >= %u", &threshold) == 1) {
            c.rounding = TB_STOCHASTIC;
            c.affine.random_bits = w.random_bits;
            char up[24], down[24];
            c.affine.random = threshold;
            tb_explain_short(&c, tb_exact_integer(&c, input), up);
            c.affine.random = threshold - 1;
            tb_explain_short(&c, tb_exact_integer(&c, input), down);
            char expected[120];
            snprintf(expected, sizeof expected, "%s for r >= %u, else %s", up, threshold, down);
            ck_assert_str_eq(w.stochastic, expected);
            thresholds++;
        }
        tb_explain_free(&w);
    }
    ck_assert_int_gt(thresholds, 70);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("explain");
    TCase *tests = tcase_create("explain");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, places_agree_with_the_reference, 0, PAIRS);
    tcase_add_test(tests, ties_are_given_as_told);
    tcase_add_test(tests, values_are_read_back);
    tcase_add_loop_test(tests, affine_steps_agree_with_the_reference, 0, AFFINE_CASES);
    tcase_add_test(tests, stochastic_threshold_is_exact);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
