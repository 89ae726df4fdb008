/* The compilers' casts against the reference.
 *
 * One exception, found here and nowhere documented: LLVM's compiler-rt (14.0.6, __gnu_h2f_ieee) leaves a
 * signalling NaN signalling when it widens fp16, 1022 inputs; every other path makes it quiet. */
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <string.h>

static const char *const ids[] = {
    "convert/fp32/fp16/rne/inf", "convert/fp64/fp16/rne/inf",  "convert/int32/fp16/rne/inf",
    "convert/fp16/fp32/exact",   "convert/fp16/fp64/exact",    "convert/fp32/bf16/rne/inf",
    "convert/fp64/bf16/rne/inf", "convert/int32/bf16/rne/inf", "convert/bf16/fp32/exact",
    "convert/bf16/fp64/exact",
};

START_TEST(casts_are_exact) {
    for (int t = 0; tb_compiler_targets[t]; t++) {
        const struct tb_target *target = tb_compiler_targets[t];
        if (target->unavailable()) {
            printf("%s: %s\n", target->name, target->unavailable());
            continue;
        }
        struct check_result r = check_kernel(target, ids[_i], NULL, 1000000);
        bool compiler_rt = strncmp(target->name, "clang/", 6) == 0 && strstr(ids[_i], "/fp32/exact");
        ck_assert_msg(r.wrong == 0 && (r.nan_bits == 0 || (compiler_rt && r.nan_bits == 1022)),
                      "%s on %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx",
                      target->name, ids[_i], (unsigned long long)r.wrong, (unsigned long long)r.inputs,
                      (unsigned long long)r.nan_bits, (unsigned long long)r.input,
                      (unsigned long long)r.expected, (unsigned long long)r.got);
        if (r.offered)
            ck_assert_msg(check_tails(target, ids[_i]), "%s on %s", target->name, ids[_i]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("compiler");
    TCase *cases = tcase_create("compiler");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, casts_are_exact, 0, sizeof ids / sizeof ids[0]);
    suite_add_tcase(suite, cases);
    return tb_test(suite, CK_FORK_GETENV);
}
