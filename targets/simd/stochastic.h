/* The numbers that a vector kernel of a stochastic conversion works with: fp32, fp16 or bf16 to a float of at
 * most 16 bits.
 *
 * x is widened to fp32, without loss. Its significand m, of 24 bits, ends `shift` = 23 - fraction bits +
 * max(0, least field - field) bits below the destination's grid. m << (32 - shift), in 32 bits, is the
 * fraction times 2^32 (all of its bits, or where the shift is beyond 32 its first 32), and r << (32 - N)
 * stands above its first N bits: as the latter has zeros below them, the sum carries out of 32 bits exactly
 * where floor(nu * 2^N) + r >= 2^N. (m >> shift) plus the code of the binade before, plus the carry, is the
 * magnitude's code; what is above the largest one has overflowed. */
#ifndef TB_SIMD_STOCHASTIC_H
#define TB_SIMD_STOCHASTIC_H

#include "targets/simd/plan.h"

/* How an input is laid out: 32 bits that hold fp16 or bf16, 64 bits that hold any. */
enum tb_stochastic_layout {
    TB_JOINT32_FP16,
    TB_JOINT32_BF16,
    TB_JOINT64_FP32,
    TB_JOINT64_FP16,
    TB_JOINT64_BF16,
    TB_JOINT_LAYOUTS
};

/* Codes are without padding; index 1: x is negative. */
struct tb_stochastic_plan {
    enum tb_stochastic_layout layout;
    int random_bits;
    uint32_t fraction_bits;
    uint32_t least_field; /* the exponent field, in fp32, of the least normal value; 1 at least */
    uint32_t limit[2];    /* the largest magnitude code that is in range */
    uint32_t over[2];     /* the code of what lies beyond */
    uint32_t infinity[2]; /* of an infinite input */
    uint32_t nan[2];      /* of NaN without its payload */
    uint32_t nan_payload; /* where the NaN's leading fraction bits go; 0: nowhere */
    uint32_t sign[2];     /* added to the magnitude's code */
    uint32_t zero[2];     /* the code of magnitude 0 */
    uint32_t input_bytes, output_bytes;
};

/* Fills in a plan, or returns false where there is none for the request. */
bool tb_stochastic_plan_make(const struct tb_request *request, struct tb_stochastic_plan *plan);

#endif
