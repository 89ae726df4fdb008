/* portable/c and portable/table against the reference: every conversion of the full suite and formats beyond
 * it. */
#include "reference/reference.h"
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT tb_integer_convert

static void must_agree(const struct tb_target *target, const char *id, uint64_t random, bool must_offer) {
    struct check_result r = check_kernel(target, id, EXACT, random);
    if (!r.offered) {
        ck_assert_msg(!must_offer, "%s does not offer %s", target->name, id);
        return;
    }
    ck_assert_msg(r.wrong == 0 && r.nan_bits == 0,
                  "%s on %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx",
                  target->name, id, (unsigned long long)r.wrong, (unsigned long long)r.inputs,
                  (unsigned long long)r.nan_bits, (unsigned long long)r.input, (unsigned long long)r.expected,
                  (unsigned long long)r.got);
}

/* Both targets on every conversion that `run` can ask for, structured inputs and a few random ones. */
START_TEST(full_suite) {
    const struct tb_target *target = tb_portable_targets[_i];
    size_t count;
    struct tb_case *cases = tb_suite_cases(TB_FULL, &count);
    for (size_t i = 0; i < count; i++) {
        char id[TB_CASE_ID];
        tb_case_print(&cases[i], id);
        bool codebook = cases[i].destination->kind == TB_CODEBOOK;
        bool all_inputs_are_many = cases[i].source->bits > 8 && cases[i].source->bits <= 16;
        if (cases[i].operation != TB_CONVERT || cases[i].rounding == TB_STOCHASTIC)
            continue; /* operations: test_affine.c, test_basic.c; random bits: test_stochastic.c */
        if (all_inputs_are_many && i % TB_FEWER(8, 5) != 0)
            continue; /* 2^16 inputs each: one in eight */
        must_agree(target, id, 500, _i == 0 && !codebook);
    }
    free(cases);
}
END_TEST

/* A million random inputs on the cases in daily use. */
static const char *const daily[] = {
    "convert/fp32/e4m3fn/rne/satfinite", "convert/fp32/e5m2/rne/inf",       "convert/fp32/bf16/rne/inf",
    "convert/fp32/fp16/rne/inf",         "convert/fp32/int8/rne/satfinite", "convert/fp64/fp16/rne/inf",
};

START_TEST(a_million) {
    must_agree(&*tb_portable_targets[0], daily[_i], TB_SHARE(1000000, 50), true);
}
END_TEST

/* Corners of the format space: no zero, one code a binade, bias beyond fp32's range, no sign, fixed point. */
static const char *const corner_destinations[] = {
    "e8m0fnu",      "e3m0",         "e0m3",          "ue5m3",         "binary8p1se", "binary8p1uf",
    "binary8p1ue",  "binary8p2uf",  "binary8p3ue",   "binary8p8uf",   "binary3p1se", "binary3p2sf",
    "binary16p1se", "binary16p2uf", "binary16p15se", "binary12p5ue",  "s2f6",        "uint2",
    "uint32",       "int32",        "tf32",          "cfloat8_1_5_2", "my_flush",    "my_wide",
};
static const char *const corner_sources[] = {"fp32", "fp64", "e5m2", "tf32", "int16"};

START_TEST(corners) {
    const char *destination = corner_destinations[_i];
    tb_format_define("my_flush bits=8 precision=4 bias=20 signed=1 negative_zero=1 infinity=ieee nan=ieee",
                     NULL);
    tb_format_define("my_wide bits=10 precision=2 bias=200 signed=1 nan=negative-zero", NULL);
    for (size_t s = 0; s < sizeof corner_sources / sizeof corner_sources[0]; s++)
        for (int rounding = TB_RNE; rounding < TB_ROUNDINGS; rounding++)
            for (int overflow = 0; overflow < TB_OVERFLOWS; overflow++) {
                char id[TB_CASE_ID];
                struct tb_case c;
                snprintf(id, sizeof id, "convert/%s/%s/%s/%s", corner_sources[s], destination,
                         tb_rounding_words[rounding].name, tb_overflow_words[overflow].name);
                if (!tb_case_parse(id, &c, NULL) ||
                    (c.source->bits == 16 && overflow != rounding % TB_OVERFLOWS) ||
                    (TB_SLOW_BUILD && (rounding + overflow) % TB_OVERFLOWS))
                    continue;
                for (int t = 0; tb_portable_targets[t]; t++)
                    must_agree(tb_portable_targets[t], id, 200, t == 0);
            }
}
END_TEST

START_TEST(tails) {
    static const char *const ids[] = {
        "convert/fp32/e4m3fn/rne/satfinite", "convert/fp32/fp16/rtz/inf", "convert/fp32/tf32/rto/inf",
        "convert/fp64/e5m2/rne/satfinite",   "convert/e5m2/fp16/exact",   "convert/fp16/fp64/exact",
        "convert/bf16/int8/rna/satfinite",
    };
    for (int t = 0; tb_portable_targets[t]; t++)
        for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
            if (check_kernel(tb_portable_targets[t], ids[i], EXACT, 0).offered)
                ck_assert_msg(check_tails(tb_portable_targets[t], ids[i]), "%s %s",
                              tb_portable_targets[t]->name, ids[i]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("portable");
    TCase *cases = tcase_create("portable");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, full_suite, 0, 2);
    tcase_add_loop_test(cases, a_million, 0, sizeof daily / sizeof daily[0]);
    tcase_add_loop_test(cases, corners, 0, sizeof corner_destinations / sizeof corner_destinations[0]);
    tcase_add_test(cases, tails);
    suite_add_tcase(suite, cases);
    return tb_test(suite, CK_FORK_GETENV);
}
