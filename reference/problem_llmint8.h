/* LLM.int8(), exactly.
 *
 *   outliers  elements of x whose magnitude is at least the threshold (none where that is 0); a column of x
 *             with one is an outlier column.
 *   xs, ws    the greatest magnitude of a row of x, outliers left out (not their columns), and of a row of w.
 *   xq, wq    rne(x * 127 / xs) and rne(w * 127 / ws), of real quotients; 0 in outlier columns of x, and
 * where the divisor is 0. acc       the sum of xq * wq. y         acc * xs * ws / 127^2 plus the sum of x * w
 * over the outlier columns: a real number, rounded once, to nearest even, to infinity beyond.
 *
 * Data are finite. */
#ifndef TB_REFERENCE_PROBLEM_LLMINT8_H
#define TB_REFERENCE_PROBLEM_LLMINT8_H

#include "reference/problem.h"
#include "vectors/problem_llmint8.h"

/* By MPFR, and on 128-bit integers. */
void tb_llmint8_mpfr(const struct tb_problem *p, const void *input, void *output);
void tb_llmint8_integer(const struct tb_problem *p, const void *input, void *output);
/* top / bottom * 2^exponent in a format, to nearest even; |top| < 2^120, 0 < bottom < 2^14. */
uint64_t tb_llmint8_encode(const struct tb_format *f, __int128 top, int64_t bottom, int exponent);
extern const struct tb_problem_variant tb_llmint8_variants[]; /* ends with a NULL name */
extern const struct tb_problem_arithmetic tb_arithmetic_llmint8;

#endif
