/* What explain says of an input agrees with what the reference gives, over many formats, roundings and
 * inputs; and a value that it prints is read back as the same pattern. */
#include "harness/explain.h"
#include "reference/reference.h"

#include <check.h>
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

int main(void) {
    Suite *suite = suite_create("explain");
    TCase *tests = tcase_create("explain");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, places_agree_with_the_reference, 0, PAIRS);
    tcase_add_test(tests, ties_are_given_as_told);
    tcase_add_test(tests, values_are_read_back);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
