/* What lies behind a divergence of an affine case: the real number that its answer rounds, and the kind of
 * input that it is. For counting and showing only: 64 bits of significand, not the reference's exactness. */
#ifndef TB_AFFINE_VALUE_H
#define TB_AFFINE_VALUE_H

#include "vectors/case.h"

/* The exact value of the answer before it is rounded: x/s + z, q*s + z, both clamped to lo..hi; (q-z)*s; of a
 * fake quantization (code-z)*s with the exact code. NaN where there is none (NaN, infinities, the mask). */
long double tb_affine_value(const struct tb_case *c, uint64_t input);
/* Whether x/s + z or q*s + z lies beyond lo..hi by half a step or more: the clamp gives the answer. */
bool tb_affine_is_clamped(const struct tb_case *c, uint64_t input);

#endif
