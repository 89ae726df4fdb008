/* What a vector kernel needs to know of a conversion, worked out once in open() from the format's fields.
 *
 * Shared by the x86 and Arm targets: it holds numbers and codes, no instruction. How an encoder to at most 8
 * bits uses them:
 *
 *   e     = max(exponent part of |x|, smallest_binade)        2^E, as a float
 *   s     = e * magic + x, rounded once                       its low 16 bits: n + offset, n = |x| in units
 * of 2^(E-fraction_bits) code  = low16(s) + (exponent field of e << fraction_bits) the offset takes the
 * biased exponent of the least binade away byte  = min(code, 255), then what lies beyond `limit` becomes
 * `over`, then the sign
 *
 * so that the FPU's own rounding falls on the destination's quantum, subnormal results included. Why it is
 * exact: e * magic + x is one fused operation, and its sum lies in the binade whose unit is the quantum.
 * Where e * magic leaves fp32's range the low bits are 0 or all ones and the exponent part alone puts the
 * code beyond 255. rna keeps one bit more, truncated, and halves up: the offset carries the 1 that does it.
 */
#ifndef TB_SIMD_PLAN_H
#define TB_SIMD_PLAN_H

#include "targets/target.h"
#include "vectors/format.h"
#include "vectors/rounding.h"

/* Sources that widen to fp32 without loss in a few instructions. */
enum tb_simd_plan_source { TB_FROM_FP32, TB_FROM_FP16, TB_FROM_BF16, TB_PLAN_SOURCES };

enum tb_simd_plan_shape {
    TB_TO_BYTE_PLAIN, /* signed, -0, one rule for overflow and infinity on both sides: fewest instructions */
    TB_TO_BYTE,       /* any other float of at most 8 bits and at least 2 significand bits */
    TB_TO_POWER,      /* floats of at most 8 bits and 1 significand bit */
    TB_TO_FP16,
    TB_TO_BF16,
    TB_TO_TF32,
    TB_WIDEN, /* fp16, bf16 or tf32 to an fp32 or tf32 container */
    TB_TABLE, /* at most 8 bits to anything that holds it */
    TB_PLAN_SHAPES
};

/* One sign's side of a destination with one significand bit. Magnitudes are fp32 bit patterns. */
struct tb_power_side {
    uint32_t regular;   /* from here on: (magnitude + increment) >> 23, less the offset */
    uint32_t increment; /* plus 1 where the code below is odd and odd_increment says so */
    uint32_t odd_increment;
    uint32_t step1, step2; /* below `regular`: 1 from step1 on, 2 from step2 on */
};

struct tb_simd_plan {
    enum tb_simd_plan_source source;
    enum tb_simd_plan_shape shape;
    enum tb_rounding rounding;
    enum tb_overflow overflow;
    uint32_t destination_bytes;

    /* TB_TO_BYTE*: */
    int fraction_bits;
    uint32_t smallest_binade; /* fp32 pattern of the least normal value */
    uint32_t magic;           /* fp32 pattern */
    bool subnormals_vanish;   /* a subnormal fp32 gives the code that a zero of its sign gives */
    uint8_t sign_bit;         /* 0: unsigned */
    bool negative_zero;
    uint8_t limit[2];    /* largest magnitude that is in range, for x >= 0 and for x < 0 */
    uint8_t over[2];     /* the code of what lies beyond */
    uint8_t infinity[2]; /* of +-infinity */
    uint8_t nan[2];      /* of +-NaN without its payload */
    uint8_t nan_payload; /* where the NaN's leading fraction bits go; 0: nowhere */

    /* TB_TO_POWER */
    uint32_t power_offset;
    struct tb_power_side power[2];
    bool is_scale; /* E8M0: no sign, no zero, fp32's exponents. One side's numbers do: every negative value
                      lies beyond the range, and `step1` is all that there is below `regular`, which has code
                      1 */

    /* TB_TABLE: the destination pattern by source code */
    uint32_t table[256];
};

/* Fills in a plan, or returns false where no plan of this kind exists for the request. */
bool tb_simd_plan_make(const struct tb_request *request, struct tb_simd_plan *plan);

#endif
