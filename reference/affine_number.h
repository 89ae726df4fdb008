/* Inside reference/: rounding a double to the narrower types that runtimes compute in. */
#ifndef TB_AFFINE_NUMBER_H
#define TB_AFFINE_NUMBER_H

#include "reference/affine_variant.h"

#include <math.h>
#include <string.h>

static inline uint64_t tb_double_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double tb_double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x to `precision` bits, rne, with subnormals below 2^least and infinity from `limit` on. Adding and
 * subtracting 1.5 * 2^52 quanta leaves whole quanta. */
static inline double tb_round_double(double x, int precision, int least, double limit) {
    if (!(fabs(x) < 2 * limit) || x == 0)
        return isnan(x) || x == 0 ? x : copysign(INFINITY, x);
    int exponent = (int)(tb_double_bits(x) >> 52 & 0x7FF) - 1023;
    int quantum = (exponent < least ? least : exponent) - precision + 1;
    double anchor = tb_double_of((uint64_t)(quantum + 52 + 1023) << 52 | UINT64_C(1) << 51);
    double rounded = copysign((x + anchor) - anchor, x);
    return fabs(rounded) >= limit ? copysign(INFINITY, x) : rounded;
}

/* x rounded to a number type. The result of +, -, * or / of two such numbers in fp64, rounded once more, is
 * the correctly rounded one for the types of at most 24 bits. */
static inline double tb_narrow(enum tb_number type, double x) {
    switch (type) {
    case TB_NUMBER_FP32:
        return (double)(float)x;
    case TB_NUMBER_FP16:
        return tb_round_double(x, 11, -14, 0x1p16);
    case TB_NUMBER_BF16:
        return tb_round_double(x, 8, -126, 0x1p128);
    default:
        return x;
    }
}

/* x * y + z rounded once. Of fp16 and bf16: in fp64 first, whose 53 bits hold all but the rarest sums. */
static inline double tb_fused(enum tb_number type, double x, double y, double z) {
    if (type == TB_NUMBER_FP32)
        return (double)fmaf((float)x, (float)y, (float)z);
    return tb_narrow(type, fma(x, y, z));
}

#endif
