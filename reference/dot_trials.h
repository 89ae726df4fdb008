/* Random dot products that are hard on exact sums, for the test of the two implementations and for the bench:
 * everything cancels, ranges as wide as formats allow, subnormals, infinities and NaNs, zeros of both signs.
 */
#ifndef TB_DOT_TRIALS_H
#define TB_DOT_TRIALS_H

#include "reference/dot.h"

enum { TB_DOT_TRIAL_LONGEST = 1024 };

struct tb_dot_trial {
    struct tb_dot dot;
    struct tb_dot_terms terms;
    const char *kind; /* "cancelling" */
    uint32_t a[TB_DOT_TRIAL_LONGEST], b[TB_DOT_TRIAL_LONGEST], scale_a[TB_DOT_TRIAL_LONGEST],
        scale_b[TB_DOT_TRIAL_LONGEST];
};

/* The trial with a number: formats, scales, rounding, overflow, length and kind all follow from it. */
void tb_dot_trial_make(struct tb_dot_trial *t, uint64_t number);
/* "fp16 x fp16 + fp32 -> bf16, rd, inf, k = 33, cancelling" */
void tb_dot_trial_print(const struct tb_dot_trial *t, char *text, size_t size);

#endif
