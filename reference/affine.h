/* The affine operations: quantize, dequantize, fake quantization and its mask, requantize.
 *
 * Two implementations of one definition, as in reference.h: affine_mpfr.c on GNU MPFR, which makes the golden
 * answers, and affine_integer.c on integers, which confirms them.
 *
 * The definition. x, q and s are the values held in memory; a quotient or product of them is a real number,
 * rounded once. t is x / s (quantize, fakequant) or q * s (requantize), with infinities and NaN as IEEE 754
 * has them: x / 0 is an infinity with both signs multiplied, 0 / 0, x / NaN and inf / inf are NaN, x / inf is
 * zero.
 *
 *   code        n = R(t) is t rounded to an integer by the case's rounding; evenness and oddness are n's.
 *               quantize, requantize: clamp(n + z, lo, hi). An infinite t gives lo or hi. NaN gives
 *               clamp(z, lo, hi): NaN counts as zero, as in PTX cvt.rni and Arm FCVTNS.
 *   dequantize  (q - z) * s rounded to the destination, overflow to infinity. A zero has the sign that
 *               IEEE 754 gives the product, where q = z that of s; NaN is the quiet one.
 *   fakequant   the code of x, dequantized into the destination by rne, whatever the case's rounding.
 *   mask        1 where t is a number and lo <= n + z <= hi, before any clamp; else 0. What PyTorch calls the
 *               mask of the straight-through estimator.
 *   sr          |t| = k + f: away from zero where floor(f * 2^bits) + r >= 2^bits. */
#ifndef TB_REFERENCE_AFFINE_H
#define TB_REFERENCE_AFFINE_H

#include "vectors/staircase.h"

/* The exact output pattern for an input pattern of an affine case. Thread safe. */
uint64_t tb_affine_mpfr(const struct tb_case *c, uint64_t pattern);
uint64_t tb_affine_integer(const struct tb_case *c, uint64_t pattern);

/* clamp(R(t) + z, low, high) for limits of the caller's choice, |low|, |high| < 2^40, by MPFR: monotone on
 * each sign of the input, which the outputs above need not be. NaN inputs: `nan`. */
int64_t tb_affine_mpfr_code(const struct tb_case *c, uint64_t pattern, int64_t low, int64_t high,
                            int64_t nan);

#endif
