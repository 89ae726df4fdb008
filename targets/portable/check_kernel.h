/* For the tests of the families: a target's kernel against the reference on the inputs that have caught bugs
 * before. */
#ifndef TB_CHECK_KERNEL_H
#define TB_CHECK_KERNEL_H

#include "targets/request.h"
#include "vectors/case.h"

/* What a test expects for one input; tb_integer_convert has this shape. NULL: what the kernel's own claim
 * says. */
typedef uint64_t check_expected_fn(const struct tb_case *c, uint64_t pattern);

struct check_result {
    bool offered;
    const char *claim; /* of the kernel; NULL claims exactness */
    uint64_t inputs;
    uint64_t wrong;                /* outputs that differ, those that are NaN on both sides left out */
    uint64_t nan_bits;             /* NaN on both sides, other bits */
    uint64_t input, expected, got; /* the first wrong one, or else the first with other NaN bits */
};

/* Every pattern of a source of at most 16 bits. Of a wider one: every exponent with the fractions 0, 1,
 * 3FF.., 400.., 400..1, 7FF.. and both signs; every code of a destination of at most 16 bits, the midpoints
 * between neighbours (of a scaled case what is scaled to them), and up to two ulp either side of both; and
 * `random` seeded patterns. Where those are fewer than 100,000 only one 16-bit code in 61 is looked at. */
struct check_result check_kernel(const struct tb_target *target, const char *case_id,
                                 check_expected_fn *expected, uint64_t random);

/* Counts 0 to 70 at element offsets 0 to 15: true when each gives what one large call gives and nothing
 * around it changes. */
bool check_tails(const struct tb_target *target, const char *case_id);

/* The end of a buffer of at least `size` bytes, behind which a page may not be touched. Aborts without
 * memory. */
unsigned char *check_guard(size_t size);

/* 64 random bits from a counter (splitmix64): the same on every machine. */
uint64_t check_random(uint64_t counter);

#endif
