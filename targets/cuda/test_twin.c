/* The kernels' twins against what they claim: the same tables and bodies that run on the device. */
#include "targets/portable/check_kernel.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

extern const struct tb_target tb_cuda_f2fp, tb_cuda_cvt;

/* Each with the number of cases that the full suite has for it. */
static const struct {
    const struct tb_target *target;
    size_t conversions;
} twins[] = {
    {&tb_cuda_f2fp, 16},
    {&tb_cuda_cvt,  73},
};

static bool offers(const struct tb_target *target, const struct tb_case *c, const char *id) {
    struct tb_request request = check_request(c, id);
    struct tb_kernel kernel = {0};
    if (!target->open(&request, &kernel))
        return false;
    if (target->close)
        target->close(&kernel);
    return true;
}

static void claim_holds(const struct tb_target *target, const char *id) {
    struct check_result r = check_kernel(target, id, NULL, 20000);
    ck_assert_msg(
        r.wrong == 0 && (r.nan_bits == 0 || !r.claim),
        "%s, %s, claim %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx",
        target->name, id, r.claim ? r.claim : "exact", (unsigned long long)r.wrong,
        (unsigned long long)r.inputs, (unsigned long long)r.nan_bits, (unsigned long long)r.input,
        (unsigned long long)r.expected, (unsigned long long)r.got);
    ck_assert_msg(check_tails(target, id), "%s, %s", target->name, id);
}

/* Every conversion of the full suite that the target of this round offers. */
START_TEST(conversions_hold) {
    size_t count, offered = 0;
    char id[TB_CASE_ID];
    struct tb_case *cases = tb_suite_cases(TB_FULL, &count);
    for (size_t i = 0; i < count; i++) {
        tb_case_print(&cases[i], id);
        if (cases[i].operation != TB_CONVERT || !offers(twins[_i].target, &cases[i], id))
            continue;
        claim_holds(twins[_i].target, id);
        offered++;
    }
    free(cases);
    ck_assert_uint_eq(offered, twins[_i].conversions);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("cuda twins");
    TCase *cases = tcase_create("cuda twins");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, conversions_hold, 0, sizeof twins / sizeof twins[0]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
