/* Tensor-core models (vectors/mma_model.h), evaluated: plain integers, one dot product at a time.
 *
 * The fast evaluation behind the target interface (targets/model/) shares no code with this one; a test sets
 * the two against each other, and both against published outputs of hardware. */
#ifndef TB_REFERENCE_MMA_H
#define TB_REFERENCE_MMA_H

#include "vectors/mma_model.h"

/* A number, a product of two, or an accumulator: (-1)^negative * significand * 2^unit. */
struct tb_mma_term {
    enum tb_class class;
    bool negative;
    bool subnormal; /* it is, or one of its factors is */
    bool product;
    uint32_t index; /* of a product: along k */
    uint64_t significand;
    int unit;
    int exponent; /* that it is aligned by: at least the format's least one; of a product the factors' sum.
                     INT_MIN of a zero */
};

/* A dot product, decoded once for many models: the products, ascending, and c. Products that are zero are
 * left out unless `zeros` is set; without them only the sign of a zero result may be wrong. */
struct tb_mma_dot {
    uint32_t k;
    bool zeros;
    const struct tb_format *d;
    size_t count;
    struct tb_mma_term *products; /* room for k */
    struct tb_mma_term c;
};

/* A number as a term; factors' product. A zero times an infinity is NaN. */
struct tb_mma_term tb_mma_decode(const struct tb_format *f, uint64_t pattern);
struct tb_mma_term tb_mma_multiply(const struct tb_mma_term *a, const struct tb_mma_term *b, uint32_t index);

/* Fills *dot from patterns: a[0..k) and b[0..k), `b_stride` elements apart in b. Its products must have room
 * for k. */
struct tb_mma_operands {
    const struct tb_format *a_format, *b_format, *c_format, *d_format;
    const uint64_t *a, *b;
    uint64_t c;
    uint32_t k;
};
void tb_mma_set(struct tb_mma_dot *dot, const struct tb_mma_operands *operands);

/* The pattern in d's format that the model gives. Any model of floats on any dot of floats (the formats in
 * its row are not looked at), of integers on integers. k at most TB_MMA_LONGEST. */
#define TB_MMA_LONGEST 4096
uint64_t tb_mma_run(const struct tb_mma_model *model, const struct tb_mma_dot *dot);

#endif
