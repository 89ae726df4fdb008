/* Tensor-core arithmetic as data: what a matrix instruction computes in place of the exact a.b + c.
 *
 * A dot product of length k is taken in *steps*. A fused step sums `step` products and the accumulator in
 * fixed point: every term is cut at `fraction_bits` bits below the largest exponent among the terms, the cut
 * terms are added exactly, and the sum is rounded once into the accumulator. The result of a step is the
 * accumulator of the next.
 *
 * An exponent is that of the operands: of a product the sum of its factors', not raised where their
 * significands' product reaches two (`normalised` false); a subnormal has the format's least exponent. So
 * `fraction_bits` counts from the weight of a one before the point.
 *
 * Definition and evidence: Fasi, Higham, Mikaitis, Pranesh, PeerJ CS 7:e330; Khattak and Mikaitis, arXiv
 * 2512.07004; Xie, Wang, Yang, Yang, MMA-Sim, arXiv 2511.10909. */
#ifndef TB_MMA_MODEL_H
#define TB_MMA_MODEL_H

#include "vectors/format.h"
#include "vectors/rounding.h"

/* How the terms of a step are added. */
enum tb_mma_sum {
    TB_MMA_FUSED,     /* aligned, cut, added exactly, rounded once */
    TB_MMA_PAIRWISE,  /* products rounded; a tree of halves, each addition rounded; then the accumulator */
    TB_MMA_TWO_STAGE, /* the products as in a fused step; their sum and the accumulator aligned with each
                         other, sum cut down at fraction_bits + 7, accumulator at fraction_bits */
    TB_MMA_TWO_LANES, /* the same, products of even and of odd index in two sums that are then aligned and cut
                         down; an accumulator more than 25 binades below counts as zero */
    TB_MMA_INTEGER,   /* exact integers */
    TB_MMA_SUMS
};

/* Which indices make a step. A block is what one instruction takes: `block` consecutive indices. */
enum tb_mma_order {
    TB_MMA_ASCENDING,   /* consecutive indices, ascending */
    TB_MMA_DESCENDING,  /* consecutive indices, the last step of a block first */
    TB_MMA_INTERLEAVED, /* every n-th index of a block of n steps */
    TB_MMA_PAIRS,       /* those of a block with k mod 4 in {0, 1}, then the others: two steps */
    TB_MMA_ORDERS
};

/* Where the accumulator enters. */
enum tb_mma_place {
    TB_MMA_IN_SUM, /* a term of each step, aligned like a product */
    TB_MMA_LAST,   /* a block starts from zero and is added to it, rounded to nearest even */
    TB_MMA_PLACES
};

enum tb_mma_subnormals {
    TB_MMA_KEPT,
    TB_MMA_INPUTS_FLUSHED,  /* subnormal operands and accumulator inputs count as zero */
    TB_MMA_RESULTS_FLUSHED, /* what a step rounds to a subnormal becomes zero */
    TB_MMA_ALL_FLUSHED,
    TB_MMA_SUBNORMALS
};

/* NaN and infinity, and integers out of range. */
enum tb_mma_special {
    TB_MMA_IEEE, /* NaN where IEEE 754 has it, the canonical one; the sign of what underflows is kept */
    TB_MMA_NV,   /* NaN is all ones below its sign; every zero is +0 */
    TB_MMA_NAN_DROPPED, /* terms that are NaN count as zero */
    TB_MMA_WRAP,        /* integers: two's complement */
    TB_MMA_CLAMP,       /* integers: saturate */
    TB_MMA_SPECIALS
};

#define TB_MMA_EXACT 255 /* fraction_bits: nothing is cut */

struct tb_mma_model {
    const char *name;      /* of the variant; a name may stand in several rows, for other formats */
    const char *operands;  /* formats of a and b, separated by blanks: any pair of them */
    const char *result;    /* format of c and d */
    const char *registers; /* format of the accumulator between the steps; "" for that of d */
    enum tb_mma_sum sum;
    uint32_t step, block; /* indices; 0 for the whole k */
    enum tb_mma_order order;
    int fraction_bits;
    enum tb_rounding cut; /* of a term at fraction_bits: TB_RTZ, TB_RD, TB_RNE */
    enum tb_mma_place place;
    enum tb_rounding rounding; /* of a step's sum: TB_RTZ, TB_RNE, TB_RD, TB_RU */
    int result_bits;           /* fraction bits that a step keeps; 0 for those of the registers */
    bool normalised;           /* a product's exponent is that of its value */
    enum tb_mma_subnormals subnormals;
    enum tb_mma_special special;
    const char *summary, *used_by;
    const char *source; /* "hardware outputs": published outputs of that hardware reproduced bit for bit */
};

extern const struct tb_mma_model tb_mma_models[];
extern const size_t tb_mma_model_count;

extern const struct tb_word tb_mma_sum_words[TB_MMA_SUMS], tb_mma_order_words[TB_MMA_ORDERS],
    tb_mma_place_words[TB_MMA_PLACES], tb_mma_subnormal_words[TB_MMA_SUBNORMALS],
    tb_mma_special_words[TB_MMA_SPECIALS];

/* Whether the model is one of a * b + c into d. */
bool tb_mma_takes(const struct tb_mma_model *model, const struct tb_format *a, const struct tb_format *b,
                  const struct tb_format *c, const struct tb_format *d);
/* The row of a name for these formats; NULL where there is none. */
const struct tb_mma_model *tb_mma_find(const char *name, const struct tb_format *a, const struct tb_format *b,
                                       const struct tb_format *c, const struct tb_format *d);

/* The format of the accumulator, where d has format `d`. */
const struct tb_format *tb_mma_registers(const struct tb_mma_model *model, const struct tb_format *d);

/* The number of the step that index `index` of `k` belongs to, counted over all blocks, and its place in it;
 * steps of block i are numbered from i * tb_mma_steps_per_block(). */
uint32_t tb_mma_steps_per_block(const struct tb_mma_model *model, uint32_t k);
uint32_t tb_mma_step_of(const struct tb_mma_model *model, uint32_t k, uint32_t index, uint32_t *place);

/* Least exponent of a format's normal numbers, and its fraction bits; of a float. */
int tb_mma_least_exponent(const struct tb_format *f);

#endif
