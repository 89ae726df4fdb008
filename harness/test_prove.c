/* A proof counts every input on which the golden answers are wrong. */
#include "harness/golden_set.h"
#include "vectors/testing.h"

#include <stdlib.h>

static struct tb_plan planned(const struct tb_case *c) {
    struct tb_plan plan = {.count = 1, .cases = calloc(1, sizeof *plan.cases), .nan_level = TB_NAN_BITS};
    struct tb_error error = {0};
    plan.cases[0].c = *c;
    plan.cases[0].wanted = true;
    tb_case_print(c, plan.cases[0].id);
    ck_assert_msg(tb_plan_golden(&plan, 1, &error), "%s", error.text);
    return plan;
}

/* Both ways, on one thread and on two. */
static void check_wrong(const struct tb_plan *plan, uint64_t expected) {
    for (unsigned threads = 1; threads <= 2; threads++)
        for (int by_mpfr = 0; by_mpfr < 2; by_mpfr++) {
            uint64_t wrong;
            tb_set_prove(plan, by_mpfr, threads, &wrong);
            ck_assert_uint_eq(wrong, expected);
        }
}

/* Runs that begin an input late, at the start of the domain and in its middle, and the code of one run. */
START_TEST(test_staircases) {
    static const char *const ids[] = {"convert/fp16/e4m3fn/rne/satfinite", "convert/tf32/fp16/rne/inf"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_case c;
        ck_assert(tb_case_parse(ids[i], &c, NULL));
        struct tb_plan plan = planned(&c);
        struct tb_staircase *golden = &plan.cases[0].golden;
        uint64_t step = UINT64_C(1) << c.source->padding;
        size_t last = golden->count - 1;
        check_wrong(&plan, 0);
        golden->first[1] += step;
        golden->first[golden->count / 2] += step;
        check_wrong(&plan, 2);
        golden->code[last] ^= 1;
        check_wrong(&plan, 2 + tb_case_inputs(&c) - golden->first[last] / step);
        tb_plan_free(&plan);
    }
}
END_TEST

/* Of 2^20 integers, so that the domain has ramps and is small. */
START_TEST(test_ramps) {
    static const struct tb_format int20 = {
        .name = "int20", .aliases = "", .kind = TB_INTEGER, .bits = 20, .is_signed = true, .source = ""};
    struct tb_case c = {.source = &int20,
                        .destination = tb_format_find("fp32", NULL),
                        .rounding = TB_EXACT,
                        .overflow = TB_PROPAGATE};
    struct tb_plan plan = planned(&c);
    ck_assert_uint_gt(plan.cases[0].wide.count, 2);
    check_wrong(&plan, 0);
    struct tb_ramp *ramp = &plan.cases[0].wide.ramps[plan.cases[0].wide.count / 3];
    ramp->base++;
    check_wrong(&plan, ramp->last - ramp->first + 1);
    tb_plan_free(&plan);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("prove");
    TCase *tests = tcase_create("prove");
    tcase_add_test(tests, test_staircases);
    tcase_add_test(tests, test_ramps);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
