/* Inside reference/: the accumulator of a tensor-core model, and sums before they are rounded into it. */
#ifndef TB_MMA_NUMBER_H
#define TB_MMA_NUMBER_H

#include "reference/mma.h"

typedef unsigned __int128 tb_uint128;
typedef __int128 tb_int128;

/* A finite sum: (-1)^negative * magnitude * 2^unit. The lowest bit of a magnitude of more than 64 bits may
 * stand for all that lies below it. */
struct tb_mma_sum_value {
    bool negative;
    tb_uint128 magnitude;
    int unit;
};

/* Where a sum is rounded to: `bits` fraction bits, exponents from `least` to `greatest`. */
struct tb_mma_register {
    enum tb_rounding rounding;
    int bits, least, greatest;
    bool flush;         /* subnormal results become zero */
    bool positive_zero; /* what becomes zero is +0 */
};
/* The registers of a model, for d's format: between the steps; and for additions of c. */
struct tb_mma_register tb_mma_register_of(const struct tb_mma_model *model,
                                          const struct tb_format *registers);
struct tb_mma_register tb_mma_addition_of(const struct tb_mma_model *model,
                                          const struct tb_format *registers);

/* Rounds a sum. Above the greatest exponent: infinity. */
struct tb_mma_term tb_mma_round(const struct tb_mma_register *into, struct tb_mma_sum_value x);
/* x + y exactly, but for a lowest bit that stands for what is far below. Finite terms. */
struct tb_mma_sum_value tb_mma_add(const struct tb_mma_term *x, const struct tb_mma_term *y);
/* magnitude * 2^shift, cut for a negative shift; of a negative number under `rounding`. */
tb_uint128 tb_mma_cut(tb_uint128 magnitude, bool negative, int shift, enum tb_rounding rounding);
int tb_mma_bits(tb_uint128 x); /* 0 for 0 */

/* The exact sum of terms: fixed point wide enough for any product of two fp32 numbers. */
struct tb_mma_sum_value tb_mma_exact_sum(const struct tb_mma_term *const *terms, size_t count);

#endif
