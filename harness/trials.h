/* Trials: every subject on every case that it offers, in parallel child processes. */
#ifndef TB_TRIALS_H
#define TB_TRIALS_H

#include "harness/judge.h"
#include "harness/options.h"

struct tb_trials {
    size_t count;
    struct tb_trial *list; /* by case, then subject */
    double started;        /* by the clock, for the budget */
};

/* The subjects that the options name: this binary's (all, or those that --target matches), plug-ins,
 * processes, recordings. A recording takes the place of the target of its name. */
bool tb_choose_subjects(const struct tb_options *o, struct tb_subjects *s, struct tb_error *error);
/* Pairs each case of the plan with the subjects that offer it, or may; marks the cases that are wanted. A
 * subject that cannot run here gets its trials too, already skipped. */
bool tb_trials_make(struct tb_plan *plan, const struct tb_subjects *s, const struct tb_options *o,
                    struct tb_trials *out, struct tb_error *error);
/* Runs all trials that have no verdict yet: records and counts, but no status, explanation or digest. */
void tb_trials_sweep(struct tb_trials *t, const struct tb_options *o);
/* The same, then explains them. */
void tb_trials_run(struct tb_trials *t, const struct tb_options *o);
void tb_trials_free(struct tb_trials *t);

/* Jobs to run at once: --jobs, or the number of CPUs. */
unsigned tb_parallel(const struct tb_options *o);

#endif
