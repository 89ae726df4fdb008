/* Every built-in target on quantizations to floats and back, against what it claims: all patterns of narrow
 * sources; of fp32 every boundary with its neighbours, every exponent and seeded ones; all lengths and
 * offsets between guards. */
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <string.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])

static const struct tb_target *const *const families[] = {tb_portable_targets, tb_x86_targets,
                                                          tb_arm_targets,      tb_compiler_targets,
                                                          tb_nvidia_targets,   tb_flags_targets};
static unsigned offered[2]; /* exact; by a claim */

static void check_target(const struct tb_target *target, const char *id, bool tails) {
    if (target->unavailable && target->unavailable())
        return;
    struct check_result r = check_kernel(target, id, NULL, 500);
    if (!r.offered)
        return;
    offered[r.claim != NULL]++;
    ck_assert_msg(
        r.wrong == 0 && r.nan_bits == 0,
        "%s, %s, claim %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx",
        target->name, id, r.claim ? r.claim : "exact", (unsigned long long)r.wrong,
        (unsigned long long)r.inputs, (unsigned long long)r.nan_bits, (unsigned long long)r.input,
        (unsigned long long)r.expected, (unsigned long long)r.got);
    if (tails)
        ck_assert_msg(check_tails(target, id), "%s, %s", target->name, id);
}

static void check_case(const char *operation, const char *source, const char *destination,
                       const char *policies, const char *scale, bool tails) {
    struct tb_case c;
    struct tb_error error;
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "%s/%s/%s/%s/%s", operation, source, destination, policies, scale);
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    for (size_t f = 0; f < COUNT(families); f++)
        for (const struct tb_target *const *t = families[f]; *t; t++)
            check_target(*t, id, tails);
}

static const char *const narrow[] = {"e4m3fn", "e5m2",    "e4m3fnuz", "e5m2fnuz", "e3m2fn", "e2m3fn",
                                     "e2m1fn", "e8m0fnu", "ue4m3",    "fp16",     "bf16",   "binary8p3se"};

/* Ways to divide part on most of these; the last ones are at and beyond the ends of what vectors take. */
static const char *const scales[] = {"s=0x1.e2be2cp-8",
                                     "s=-0x1.99999ap-4",
                                     "m=0x1.0f83ep+7",
                                     "s=0x1.999999999999ap-4",
                                     "s=0x1p-4",
                                     "s=0x1.8p-50",
                                     "m=0x1.fffffep+49",
                                     "s=0x1.000002p+50",
                                     "s=0x1.8p+100",
                                     "s=0x1.8p-140",
                                     "s=0",
                                     "m=inf",
                                     "s=nan"};

START_TEST(to_floats) {
    const char *destination = narrow[_i];
    for (size_t i = 0; i < COUNT(scales); i += TB_FEWER(1, 3)) {
        check_case("quantize", "fp32", destination, "rne/satfinite", scales[i], i == 0);
        check_case("quantize", i % 2 ? "fp16" : "bf16", destination, "rne/nan", scales[i], i == 0);
    }
    static const char *const policies[] = {"rna/satfinite", "rtz/nan",       "ru/inf", "rd/propagate",
                                           "rto/inf",       "rhu/satfinite", "rne/inf"};
    for (size_t i = 0; i < COUNT(policies); i++) {
        check_case("quantize", "fp32", destination, policies[i], scales[0], false);
        check_case("quantize", "fp32", destination, policies[i], scales[2], false);
        /* products below fp32's range, which are not zero */
        check_case("quantize", "fp32", destination, policies[i], "m=0x1.8p-40", false);
    }
}
END_TEST

START_TEST(to_values) {
    static const char *const wide[] = {"fp32", "fp16", "bf16"};
    for (size_t w = 0; w < COUNT(wide); w++)
        for (size_t i = 0; i < COUNT(scales); i++)
            if (scales[i][0] == 's')
                check_case("dequantize", narrow[_i], wide[w], "rne/inf", scales[i], false);
}
END_TEST

/* portable/c offers all; where the vectors run, they do too, and the ways of runtimes. */
START_TEST(something_was_compared) {
    printf("%u exact and %u claimed pairs of a target and a case\n", offered[0], offered[1]);
    ck_assert_uint_ge(offered[0], COUNT(narrow) * TB_SHARE(60, 3));
    bool vectors = false;
    for (const struct tb_target *const *t = tb_x86_targets; *t; t++)
        vectors |= strcmp((*t)->name, "x86/avx2-div32") == 0 && !(*t)->unavailable();
    ck_assert(!vectors || offered[1] > 100);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scaled targets");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, to_floats, 0, (int)COUNT(narrow));
    tcase_add_loop_test(tests, to_values, 0, (int)COUNT(narrow));
    tcase_add_test(tests, something_was_compared);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_NOFORK);
}
