/* The basic operations: add, sub, mul, div, fma, sqrt, rcp and rsqrt, rounded once.
 *
 * Two implementations of one definition stand here and share no code: basic_mpfr.c, on GNU MPFR, which makes
 * the golden answers, and basic_integer.c, on 64- and 128-bit integers, which confirms them. basic_block.c is
 * the second one for blocks of inputs, at a few ns each: it makes golden answers of domains of 2^24 to 2^32
 * inputs block by block, and is itself held against MPFR (`tiebreak vectors --confirm`).
 *
 * The definition. The operands' exact values enter the operation on the extended real numbers, as IEEE
 * 754-2019 5.4.1 and 9.2 have it (rcp and rsqrt are correctly rounded 1 / a and a^(-1/2)), and its result
 * meets the case's rounding and overflow policy as an input of a conversion would (reference.h):
 *   NaN       an operand that is NaN gives what a conversion of the first such operand gives: its sign and
 *             leading fraction bits, made quiet (754 6.2.3 recommends a payload and leaves open whose). The
 *             invalid operations (754 7.2) give the positive quiet NaN without payload: inf - inf, 0 * inf, 0
 *             / 0, inf / inf, the root of a number below zero. A result format without NaN answers both as in
 *             a conversion.
 *   infinity  of exact results, and x / 0 with x not zero (754 7.3): as an infinite input. So satfinite gives
 *             the largest finite value, inf the infinity where there is one.
 *   x / 0     takes the signs of x and of the zero, rcp and rsqrt of a zero the zero's (754 9.2.1). Where the
 *             operands' format has no negative zero, a zero has no sign to tell which infinity is meant: the
 *             result is NaN (P3109 v4.0: Divide by 0, Recip of 0; rsqrt likewise).
 *   zero      products and quotients have the product of the signs, also after underflow. A sum or
 *             difference of two zeros of one sign, after a subtraction turned the second, keeps it; any other
 *             exact sum that is zero is +0, and under rd -0 (754 6.3). fma: the exact product is a summand
 *             like any other. sqrt of -0 is -0. A result format without -0 has +0 only.
 *
 * Operands are all of one format, of at most 32 bits (fma: 21); results have at most 32 bits. */
#ifndef TB_BASIC_H
#define TB_BASIC_H

#include "reference/integer_encode.h"
#include "vectors/case.h"

/* The exact output pattern for one input, joint where there are several operands (vectors/case.h): MPFR, and
 * integers. Thread safe. */
uint64_t tb_basic_mpfr(const struct tb_case *c, uint64_t input);
uint64_t tb_basic_integer(const struct tb_case *c, uint64_t input);
/* The integers' answers for the inputs with index first .. first + count - 1. */
void tb_basic_integer_block(const struct tb_case *c, uint64_t first, size_t count, uint64_t *out);

/* Whether a case is a basic operation whose golden answers are made by blocks: an input of 20 to 32 bits. */
bool tb_basic_by_blocks(const struct tb_case *c);

/* Inside reference/: one operation on numbers that were read; the result is exact, or cut to 64 bits with the
 * lowest set where anything was lost, so that rounding it to at most 61 bits is rounding once. `sources`
 * says whether a zero has a sign, `rounding` which sign an exact zero sum has. */
struct tb_integer_number tb_basic_apply(enum tb_operation operation, const struct tb_integer_number *operands,
                                        bool zero_has_sign, enum tb_rounding rounding);
/* The first operand that is NaN; false where none is. */
bool tb_basic_nan_operand(const struct tb_case *c, uint64_t input, uint64_t *pattern);
/* The result before it is rounded, to 64 bits, for counting and showing; NaN where it is no finite number. */
long double tb_basic_value(const struct tb_case *c, uint64_t input);

#endif
