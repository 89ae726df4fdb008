/* Inside reference/: the integer way's products, one set of loops for each instruction set. */
#ifndef TB_DOT_PRODUCTS_H
#define TB_DOT_PRODUCTS_H

#include "reference/dot.h"

enum {
    TB_DOT_CHUNK = 512, /* products at a time: all arrays stay in the L1 cache */
    TB_DOT_DIGITS =
        44, /* of 32 bits: 1408 bits; fp32 under E8M0 scales on both sides takes 2^-552 to 2^510 */
    TB_DOT_NEGATIVE = 32 * TB_DOT_DIGITS /* added to the places of negative products */
};

/* A pattern's parts. An integer is read like a float whose exponent is always the least: its two's complement
 * is undone first, where `integers` allows it. */
struct tb_dot_part {
    uint32_t magnitude;             /* the pattern's bits below the sign */
    uint32_t significand, exponent; /* significand * 2^exponent, counted from the reader's unit */
    uint32_t negative;              /* 0 or all ones */
};

static inline __attribute__((always_inline)) struct tb_dot_part tb_dot_read(const struct tb_dot_reader *r,
                                                                            uint32_t pattern, bool integers) {
    struct tb_dot_part part;
    part.negative = (uint32_t)((int32_t)((pattern & r->sign) << r->sign_shift) >> 31);
    uint32_t twos = integers ? part.negative & r->twos_complement : 0;
    part.magnitude = ((pattern ^ twos) - twos) & r->magnitude;
    uint32_t field = part.magnitude >> r->fraction_bits;
    part.exponent = field - (field < r->starts_at_one ? field : r->starts_at_one);
    part.significand = part.magnitude - (part.exponent << r->fraction_bits) + r->hidden;
    return part;
}

static inline bool tb_dot_is_special(const struct tb_dot_reader *r, uint32_t magnitude) {
    return r->special_from && magnitude >= r->special_from;
}

/* Products as magnitude * 2^place, places counted from the accumulator's lowest bit. */
struct tb_dot_products {
    uint64_t magnitude[TB_DOT_CHUNK];
    uint32_t place[TB_DOT_CHUNK];
};

/* Reads `count` codes of a and of b and multiplies them: at most TB_DOT_CHUNK. `start` is added to all
 * places; where `flips`, signs are turned over. Whether an infinity or NaN is among the codes (but for a NaN
 * that is special_code): the products then mean nothing. */
typedef bool tb_dot_products_fn(const struct tb_dot *d, const uint32_t *a, const uint32_t *b, size_t count,
                                uint32_t start, bool flips, struct tb_dot_products *out);
tb_dot_products_fn tb_dot_products_portable;
tb_dot_products_fn tb_dot_products_avx2;   /* x86-64 only */
tb_dot_products_fn tb_dot_products_avx512; /* x86-64 only */

/* The fastest that this CPU runs. */
tb_dot_products_fn *tb_dot_products_best(void);

#endif
