/* qparams: quantization parameters from data, the settings of a problem as its id spells them.
 *
 *   qparams/DATA/CODE/SCALE/RANGE-RULE/PARAMETERS    qparams/fp32/uint8/fp32/minmax-asymmetric/n=64
 *
 * One record of inputs is `x`, [batches * rows x n] of DATA; one of outputs is a `scale` of SCALE and a
 * `zero` (int32; SCALE under the rules float-zero and float-code) for each group. What they are, to the bit,
 * is defined in reference/problem_qparams.h. */
#ifndef TB_PROBLEM_QPARAMS_H
#define TB_PROBLEM_QPARAMS_H

#include "vectors/problem.h"

/* How the data become a range. */
enum tb_qparams_range {
    TB_RANGE_MINMAX,
    TB_RANGE_AVERAGE,
    TB_RANGE_PERCENTILE,
    TB_RANGE_HISTOGRAM,
    TB_RANGE_ENTROPY,
    TB_RANGE_MSE,
};

/* How a range becomes a scale and a zero point. */
enum tb_qparams_rule {
    TB_RULE_ASYMMETRIC, /* (max - min) / (hi - lo) */
    TB_RULE_SYMMETRIC,  /* absmax / ((hi - lo) / 2) */
    TB_RULE_ABSMAX,     /* absmax / hi */
    TB_RULE_PER_SIDE,   /* max(min / lo, max / hi) */
    TB_RULE_FLOAT_ZERO, /* asymmetric; the zero point is the real value of the middle code */
    TB_RULE_FLOAT_CODE, /* asymmetric; the zero point is a code that need not be whole */
};

/* Which end of the range the zero point is computed from. */
enum tb_qparams_end { TB_END_MIN, TB_END_PLUS, TB_END_MINUS };

/* `empty` where it names no scale: what a range of no width counts as. */
enum { TB_EMPTY_UNIT = -1, TB_EMPTY_SYMMETRIC = -2, TB_EMPTY_NAN = -3 };

struct tb_qparams {
    enum tb_qparams_range range;
    enum tb_qparams_rule rule;
    const struct tb_format *data, *code, *scale;
    uint32_t batches, rows, columns;
    uint32_t groups, group_size; /* a group's elements in one batch */
    uint32_t group;              /* along the axis; 0: one group for all */
    bool down;                   /* groups run down a column, not along a row */
    int64_t low, high;           /* codes that are used */
    bool zero_in_range, away, stored;
    enum tb_qparams_end end;
    double eps, least, empty;
    double constant, percentile, power;
    uint32_t bins, start;
};

/* The settings of a parsed qparams problem. */
struct tb_qparams tb_qparams_of(const struct tb_problem *p);
/* Place in `x` of element `index` of a group in a batch. */
uint32_t tb_qparams_place(const struct tb_qparams *q, uint32_t batch, uint32_t group, uint32_t index);
/* Whether the zero point is a float. */
bool tb_qparams_float_zero(const struct tb_qparams *q);
/* Whether the rule looks at magnitudes alone. */
bool tb_qparams_is_symmetric(const struct tb_qparams *q);
/* The code of a symmetric rule's zero: the middle one, of an even number of codes the upper of two; 0 under
 * absmax. */
int64_t tb_qparams_middle(const struct tb_qparams *q);

extern const struct tb_problem_kind tb_problem_qparams;

#endif
