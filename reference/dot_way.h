/* Inside reference/: how code sums products, as data. A row of the table of variants is a way; dot_way.c
 * walks a record in it. */
#ifndef TB_DOT_WAY_H
#define TB_DOT_WAY_H

#include "reference/problem_dot.h"

/* What partial sums are kept in; each addition is rounded once, to nearest even, into it. */
enum tb_dot_sum {
    SUM_FP32,
    SUM_FP64,
    SUM_FP16,
    SUM_BF16,
    SUM_WRAP32, /* int32 modulo 2^32 */
    SUM_WRAP16,
    SUM_SAT16, /* int16, saturating at each addition */
    SUM_WGMMA, /* fp32 between steps of 32 terms, each as H100's FP8 wgmma computes it */
    SUM_EXACT  /* not rounded before fp32 */
};

enum tb_dot_order {
    ASCENDING,
    DESCENDING,
    PAIRWISE,     /* halves of halves */
    LANES_HALVES, /* as many partial sums as there are lanes; lane i + n/2 is added to lane i until one is
                     left */
    LANES_HADD,   /* the same down to four lanes, then neighbours: HADDPS */
    KAHAN         /* ascending, with a compensation */
};

enum tb_dot_product {
    FUSED,   /* exact until it is added */
    ROUNDED, /* into the format of the sums first; to fp32 where they are wider */
};

/* Where c enters. */
enum tb_dot_start { FROM_C, C_LAST };

/* How scales are applied; UNSCALED where there are none. */
enum tb_dot_scaling {
    UNSCALED,
    BLOCKS,        /* a block's sum times f32(scale_a * scale_b), rounded, then added */
    BLOCKS_FMA,    /* the same in one FMA */
    ELEMENTS_FP32, /* every code times its scale, rounded to fp32, then times the factor, before it is
                      multiplied */
    ELEMENTS_BF16,
    ELEMENTS_FP16
};

struct tb_dot_way {
    enum tb_dot_sum sum;
    enum tb_dot_order order;
    uint32_t lanes, group; /* neighbours that go into one lane */
    uint32_t interval; /* terms after which a partial sum is added to the total and begun anew; 0: never */
    enum tb_dot_product product;
    enum tb_dot_start start;
    enum tb_dot_scaling scaling;
    unsigned flags;
};
enum {
    FLUSHES = 1,           /* subnormals of fp32 are zeros, read and written: DAZ and FTZ */
    FLUSHES_PRODUCTS = 64, /* where products are added, and not where sums are */
    HIGH_FIRST = 2,        /* of a group the last neighbour is added first */
    TAIL_IN_LANES =
        4,           /* the last terms fill lanes up with zeros; else they are added one by one at the end */
    DROPS_NAN = 8,   /* a product that is NaN is left out */
    LOSES_LAST = 16, /* so is the last product */
    CUTS_OUTPUT = 32 /* the sum is cut into d, not rounded */
};

/* What a way came to: the answer, the sum before it was rounded into d, and the products as they were added
 * (scales left out; `products` may be NULL, else it has room for k). */
struct tb_dot_trace {
    uint64_t answer;
    double sum;
    double *products;
};
void tb_dot_walk(const struct tb_dot_way *w, const struct tb_problem *p, const void *input,
                 struct tb_dot_trace *out);

/* The way of a variant; NULL where the problem has no such variant. */
const struct tb_dot_way *tb_dot_way_named(const struct tb_problem *p, const char *name);

#endif
