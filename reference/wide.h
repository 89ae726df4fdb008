/* Golden answers of 32-bit domains whose staircases would have 10^8 runs: fp32 to int32, int32 to fp32, fp32
 * to fp64.
 *
 * On each part of such a domain (one sign, one exponent) the inputs are k, k+1, k+2 ... times one power of
 * two and the destination's grid is even, so that the answer is a rounded shift of the input's significand: a
 * *ramp*. The staircase of a ramp is never written down, its codes are computed as they are compared. */
#ifndef TB_WIDE_H
#define TB_WIDE_H

#include "vectors/case.h"

struct tb_ramp {
    uint64_t first, last; /* patterns, both inside */
    bool constant;        /* every answer is `base` */
    bool falling;         /* the significand falls along the part (negative two's complement inputs) */
    bool negated;         /* codes fall as magnitudes rise (two's complement results) */
    uint64_t significand; /* of the first input */
    int shift; /* bits of the significand below the destination's last bit; negative: the result has more */
    enum tb_rounding
        rounding;  /* of the magnitude: rtz, rne, rna, rto, ru (away from zero), rd (ties toward zero) */
    uint64_t base; /* added to the rounded magnitude */
};

struct tb_wide {
    size_t count;
    struct tb_ramp *ramps; /* ascending, the whole domain */
    uint64_t mask;         /* of the destination's bits */
};

/* Whether the case is of this kind: a float or integer source of more than 19 and at most 32 bits, no
 * staircase, no codebook. */
bool tb_wide_applies(const struct tb_case *c);
/* Builds the ramps and confirms each with MPFR at both ends and at 62 inputs between, the ties nearest to
 * them among them. */
bool tb_wide_make(const struct tb_case *c, struct tb_wide *out, struct tb_error *error);
void tb_wide_free(struct tb_wide *w);
/* Golden codes of the inputs first .. first + count - 1, all of one ramp, as 4-byte or 8-byte elements. */
void tb_ramp_fill4(const struct tb_ramp *r, uint64_t first, size_t count, uint32_t *codes);
void tb_ramp_fill8(const struct tb_ramp *r, uint64_t first, size_t count, uint64_t *codes);

#endif
