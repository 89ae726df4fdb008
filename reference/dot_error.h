/* The error of one dot product, split by where it arises. Every part is a difference of numbers that MPFR
 * holds exactly, rounded to a double once for display:
 *
 *   inputs        the exact sum of the record's a and b, less that of what they were quantized from
 *   products      the exact sum of the products as a way of summing has them, less the exact sum
 *   accumulation  the sum that the way came to, less that
 *   output        the answer, less that sum
 *   total         the answer, less the exact sum of what the inputs were quantized from
 *
 * Where it is not known how an answer was summed, the parts in the middle are one: `accumulation` is then the
 * answer less the exact answer, and `output` what the exact answer loses by its rounding. */
#ifndef TB_DOT_ERROR_H
#define TB_DOT_ERROR_H

#include "reference/problem.h"

enum tb_dot_error_part {
    TB_DOT_INPUTS,
    TB_DOT_PRODUCTS,
    TB_DOT_ACCUMULATION,
    TB_DOT_OUTPUT,
    TB_DOT_TOTAL,
    TB_DOT_PARTS
};
extern const char *const tb_dot_part_names[TB_DOT_PARTS];

struct tb_dot_error {
    bool known;                /* how it was summed */
    bool has_origins;          /* else `inputs` is 0 */
    int ulp;                   /* 2^ulp: the last bit of d at the exact sum; of an integer d 0 */
    double part[TB_DOT_PARTS]; /* in units of 2^ulp */
    double relative;           /* total / sum of |a b| and |c|; 0 where that is 0 */
    double magnitude;          /* sum of |a b| and |c| */
    double condition;          /* magnitude / |exact sum|; infinity of a sum that cancels */
};

/* Splits the error of `answer`, a pattern in d's format, to one record of a dot problem. `variant` names how
 * it was summed; NULL, or a variant that gives another answer: it is not known. False where the answer, the
 * exact sum or a number on the way is not finite: there is nothing to measure. */
bool tb_dot_error_split(const struct tb_problem *p, const void *input, uint64_t answer, const char *variant,
                        struct tb_dot_error *out);

/* Whether a problem is one of dot products. */
bool tb_dot_is(const struct tb_problem *p);

#endif
