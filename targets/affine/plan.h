/* One affine case as constants: what the targets of all families share.
 *
 * The exact answer is a step function of the input, so it is held as its steps. n = R(t) is counted apart on
 * the two sides of zero; on each side the input's magnitude (a float's code without its sign, an integer's
 * absolute value) only ever carries n further from zero. last[i] is the greatest magnitude that still gives
 * step i, found once, in integers, from (k - c) * s: k is the next count, and c, the rounding, is how far
 * below k an input may lie and still be taken to it. Whatever a kernel estimates, one comparison with last[]
 * makes it exact, for every rounding and scale, 0, subnormal, infinite and NaN among them. */
#ifndef TB_AFFINE_PLAN_H
#define TB_AFFINE_PLAN_H

#include "targets/affine/window.h"
#include "targets/target.h"
#include "vectors/case.h"

/* One side of t = 0. Its steps are 0..count; step i has the code first + i, on the negative side first - i.
 */
struct tb_affine_side {
    double offset; /* floor(|t| + offset) is the step of an estimated t, or the one below it */
    uint32_t count;
    const uint32_t *last; /* count + 1 magnitudes, ascending, UINT32_MAX at the end; NULL: not tabulated */
    int64_t base;         /* the count n of step 0 */
    int64_t first;        /* the code of step 0 */
};

struct tb_affine_plan {
    struct tb_case c;
    const struct tb_format *line; /* the format whose magnitudes last[] holds */
    struct tb_affine_side side[2];
    double multiplier;      /* |t| per unit of the input's magnitude, as near as a double gets */
    bool scale_is_negative; /* t has the other sign than the input */
    uint32_t last_number;   /* the greatest magnitude on the line that is not NaN */
    uint32_t inside[2][2];  /* of a mask: by side, the first and the last magnitude inside; first > last
                               where there is none */
    const uint64_t *value;  /* of a dequantization or fake quantization, the output pattern by code - low;
                               NULL: not tabulated */
    int64_t low, high;      /* codes that occur: limits of `value` */
    struct tb_affine_window window; /* of the vector kernels; filled by them */
    uint64_t destination_mask;      /* of an integer destination's code */
};

/* Whether a request asks for an affine operation that parses; fills *c. */
bool tb_affine_request(const struct tb_request *request, struct tb_case *c);

/* Makes a plan in one block of memory, to be given to free(). `line` is the source, or a wider float that
 * holds all its values with the same magnitudes' order (fp32 for fp16). NULL when memory is out. */
struct tb_affine_plan *tb_affine_plan_make(const struct tb_case *c, const struct tb_format *line);

/* The code that a magnitude on the line gives; NaN and what exceeds last_number gives the zero's code. */
int64_t tb_affine_code(const struct tb_affine_plan *p, bool negative_input, uint32_t magnitude);
/* The output pattern of an input, a pattern of the line. */
uint64_t tb_affine_output(const struct tb_affine_plan *p, uint64_t pattern);

/* The least magnitude on the line with |R(t)| >= k > 0, on one side of t; UINT64_MAX where there is none. */
uint64_t tb_affine_boundary(const struct tb_affine_plan *p, bool negative_side, int64_t k);
/* (q - z) * s as a pattern of the destination. */
uint64_t tb_affine_plan_value(const struct tb_affine_plan *p, int64_t q);
/* How far below k, in 2^-24, a |t| may lie and still be taken to k. *exclusive: at that distance it is not.
 */
uint32_t tb_affine_reach(const struct tb_case *c, bool negative_side, int64_t k, bool *exclusive);

#endif
