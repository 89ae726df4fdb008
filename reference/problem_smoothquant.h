/* SmoothQuant's migration, exactly. For each channel (column) j:
 *
 *   s    X^a / W^(1-a), a real number; X the greatest magnitude of x's column; W that of w's, at least
 *        `least`; the quotient at least `least` too; rounded once to T. 0^0 is 1.
 *   xs   x / s rounded once to T, s being the stored one.
 *   ws   w * s likewise.
 *
 * All roundings are to nearest even, beyond the range to infinity; an infinite s goes on as IEEE 754 has it.
 * Data are finite. */
#ifndef TB_REFERENCE_PROBLEM_SMOOTHQUANT_H
#define TB_REFERENCE_PROBLEM_SMOOTHQUANT_H

#include "reference/problem.h"
#include "vectors/problem_smoothquant.h"

#include <mpfr.h>

/* By MPFR's roots; and on whole numbers by comparing powers. */
void tb_smoothquant_mpfr(const struct tb_problem *p, const void *input, void *output);
void tb_smoothquant_integer(const struct tb_problem *p, const void *input, void *output);
/* The patterns of s by MPFR, with another least value; 0: none, and what IEEE 754 has for divisions by 0. */
void tb_smoothquant_scales(const struct tb_problem *p, double least, const void *input, void *output);
/* xs and ws from the s that is there. */
void tb_smoothquant_apply(const struct tb_problem *p, const void *input, void *output);

extern const struct tb_problem_variant tb_smoothquant_variants[]; /* ends with a NULL name */
extern const struct tb_problem_arithmetic tb_arithmetic_smoothquant;

#endif
