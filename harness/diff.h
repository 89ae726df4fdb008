/* Two targets, recordings included, on the cases that both know. */
#ifndef TB_DIFF_H
#define TB_DIFF_H

#include "harness/gate.h"
#include "harness/trials.h"

struct tb_side {
    char name[128];              /* as messages name it */
    struct tb_subjects subjects; /* one */
};

/* What one case showed. */
struct tb_parting {
    const struct tb_trial *a, *b;
    bool compared; /* false: `why` says why not */
    char why[700];
    struct tb_tally tally; /* expected: A's code; got: B's */
};

/* What a word of the command line names: a recording's file, or a target. False and *error when neither. */
bool tb_diff_side(const char *word, const struct tb_options *o, struct tb_side *side, struct tb_error *error);

/* Judges both sides on every case that both know, in the same way, and compares. Visits each case in order.
 * The globs are o->words from the third on. */
typedef void tb_parting_fn(const struct tb_parting *p, void *context);
bool tb_diff_sides(const struct tb_side *a, const struct tb_side *b, const struct tb_options *o,
                   tb_parting_fn *visit, void *context, struct tb_error *error);

#endif
