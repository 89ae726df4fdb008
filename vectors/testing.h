/* For tests: Check, with assertions that cost nothing while they hold, and the end of every main(). */
#ifndef TB_TESTING_H
#define TB_TESTING_H

#include <check.h>
#include <stdint.h>

/* Check's own writes its place into a file whenever it holds, a system call, which in a loop over 10^7 inputs
 * takes three times as long as the loop. The place is of use only where a test dies of a signal. All others,
 * ck_assert_int_eq() and so on, are made of this one. */
#undef ck_assert_msg
#define ck_assert_msg(EXPRESSION, ...)                                                                       \
    ((EXPRESSION)                                                                                            \
         ? (void)0                                                                                           \
         : _ck_assert_failed(__FILE__, __LINE__, "Assertion '" #EXPRESSION "' failed", ##__VA_ARGS__))

/* The next number of a xorshift sequence; *seed is not zero. Its low bits depend on those of the last one. */
static inline uint64_t tb_xorshift(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

/* The same without that dependence: the halves of a product change places. */
static inline uint64_t tb_draw(uint64_t *seed) {
    uint64_t product = tb_xorshift(seed) * UINT64_C(0x2545F4914F6CDD1D);
    return product >> 32 | product << 32;
}

/* Runs a suite with a process for each test (CK_NOFORK: in this one), and is what main() returns.
 * CK_VERBOSITY in the environment says how much is printed. */
static inline int tb_test(Suite *suite, enum fork_status status) {
    SRunner *runner = srunner_create(suite);
    if (status != CK_FORK_GETENV)
        srunner_set_fork_status(runner, status);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
