/* The scaled operations: quantize to a float, and back.
 *
 * Two implementations of one definition, as in reference.h: scaled_mpfr.c on GNU MPFR, which makes the golden
 * answers, and scaled_integer.c on integers, which confirms them.
 *
 * The definition. x (or the code's value q), s and m are the values held in memory. t is the real number
 * x / s, x * m or q * s, with infinities, NaN and the signs of zeros as IEEE 754 has them: x / 0 is an
 * infinity with both signs multiplied, 0 / 0, inf / inf and 0 * inf are NaN, x / inf is zero. t is rounded
 * once, as reference.h says of a conversion: by the case's rounding on the destination's grid continued above
 * its largest value, then what lies beyond meets the overflow policy. An infinite t is answered as an
 * infinite input of a conversion is, a zero keeps its sign where the destination has -0.
 *
 * NaN, of whatever sign and payload, gives the positive quiet NaN; a destination without NaN: its largest
 * value.
 *
 * A scale of 0 gives infinities, but NaN for zeros; an infinite one zeros, but NaN for infinities; NaN gives
 * NaN for every input. A negative one changes the sign of t; a subnormal one is a number like any other.
 *
 * So no clamp is part of it: what a runtime clamps before it converts is what satfinite does, but for NaN. */
#ifndef TB_REFERENCE_SCALED_H
#define TB_REFERENCE_SCALED_H

#include "vectors/case.h"

/* The exact output pattern for an input pattern of a scaled case. Thread safe. */
uint64_t tb_scaled_mpfr(const struct tb_case *c, uint64_t pattern);
uint64_t tb_scaled_integer(const struct tb_case *c, uint64_t pattern);
/* t, for counting and showing only: 64 bits of significand, not the reference's exactness. */
long double tb_scaled_value(const struct tb_case *c, uint64_t pattern);

#endif
