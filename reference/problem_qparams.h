/* Quantization parameters from data, exactly.
 *
 * Two implementations of one definition: problem_qparams_mpfr.c, which makes the golden answers, and
 * problem_qparams_rational.c on GMP rationals, which confirms them. All steps below are on real numbers; what
 * is stored is rounded once, to nearest even.
 *
 * Range, [min, max] of a group:
 *   minmax      its least and greatest element.
 *   average     min and max of the first batch; then m + c * (new - m) for each of the others, c being the
 *               double of that name.
 *   percentile  the quantiles 1 - p and p: position h = p * (n - 1) in the sorted data, on the line between
 *               the two elements around it. Symmetric rules: [-v, v], v the quantile p of the magnitudes.
 *   histogram   `bins` equal bins over [min, max], the last one closed. Bins start..end are kept, at first
 *               all. In steps of 1e-5, the start moves to the first bin whose cumulative count reaches alpha
 * + 1e-5 of all, or the end to the last whose count does not exceed beta - 1e-5, whichever skips more bins
 * (the end where equal); alpha or beta then take the step. While the L2 error of the kept bins, cut into
 * 2^bits destination bins, does not grow, the move stands; the first that makes it grow ends the search. The
 * error of a source bin is its count times the integral of the squared distance from the centre of the
 * destination bin, outside ones clamped, over the bin. (torch.ao HistogramObserver, one batch) entropy |x| in
 * `bins` bins over [0, absmax]; bin 0 then counts what bin 1 does. For every i from `start` to `bins`: P is
 * bins 0..i-1, the rest added to the last of them; Q is bins 0..i-1, each of hi + 1 levels (bin b belongs to
 * level floor(b * (hi + 1) / i)) spread evenly over its bins that are not empty. KL(P || Q) of both
 * normalised, infinite where Q alone is empty; the least wins, of equal ones the last: [-v, v] with v =
 * absmax * i / bins. (NVIDIA ModelOpt) mse         for i = 0..79 the range shrunk by 1 - i/100; the least sum
 * over the group of |s * (q - z) - x|^power wins, of equal ones the first, s and z being as below and q =
 * clamp(rne(x / s) + z). (GPTQ)
 *
 * Zero: where `zero` is 1, min = min(min, 0) and max = max(max, 0), after the range was found (mse: before
 * it is shrunk). Symmetric and absmax do not ask.
 *
 * Scale. width = max - min, or absmax = max(|min|, |max|), at least `least` (not under per-side):
 *   asymmetric, float-zero, float-code   width / (hi - lo)
 *   symmetric   absmax / ((hi - lo) / 2)
 *   absmax      absmax / hi
 *   per-side    max(min / lo, max / hi)
 * at least `eps`. A scale of 0 is `empty` instead; empty=-1: the range counts as [0, 1]; -2: as [-1, 1]; -3:
 * the scale is NaN, as 0 / 0 is.
 *
 * Zero point, from that scale, or where `stored` is 1 from its rounded value:
 *   asymmetric  clamp(R(lo - min / s)); R is rne, or ties away from zero where `away` is 1. end=1, 2: hi -
 * max / s instead, unless the error at the minimum is the smaller one: |lo| + |min / s| against |hi| + |max /
 * s|; end=2 with a minus for both signs. symmetric, per-side   the middle code, floor((lo + hi + 1) / 2);
 * absmax: 0. float-zero  min + s * middle, rounded to the scale's format; float-code: lo - min / s, likewise.
 *   A scale that is 0, infinite or NaN there: asymmetric 0 clamped; floats 0, or NaN for a NaN scale.
 *
 * Data that are not finite: the scale is NaN where there is any NaN, else infinity. */
#ifndef TB_REFERENCE_PROBLEM_QPARAMS_H
#define TB_REFERENCE_PROBLEM_QPARAMS_H

#include "reference/problem.h"
#include "vectors/problem_qparams.h"

void tb_qparams_mpfr(const struct tb_problem *p, const void *input, void *output);
void tb_qparams_rational(const struct tb_problem *p, const void *input, void *output);
extern const struct tb_problem_variant tb_qparams_variants[]; /* ends with a NULL name */
extern const struct tb_problem_arithmetic tb_arithmetic_qparams;

/* The golden records that carry a witness, by its name: "dql-half", "qparam-narrowing", "qparam-error-sign",
 * "dql-zero", "gptq-nonneg-sym", "awq-positive", "absmax-tie". -1: no such witness. */
int tb_qparams_witness(const char *name);

#endif
