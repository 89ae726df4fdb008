/* Judging: one subject on one case, in a child process, and the verdict that follows. */
#ifndef TB_JUDGE_H
#define TB_JUDGE_H

#include "harness/device_sweep.h"
#include "harness/environment.h"
#include "harness/hidden.h"
#include "harness/plan.h"
#include "harness/pool.h"
#include "harness/subject.h"
#include "reports/results.h"

/* One job: what is judged, and what came of it. */
struct tb_trial {
    const struct tb_planned *planned;
    const struct tb_subject *subject;
    enum tb_nan_level nan_level;
    bool exhaustive;                      /* all inputs where the case has a staircase, else the sample */
    const struct tb_condition *condition; /* the environment to run under; NULL: the default */
    bool finished;                        /* has its verdict already */
    bool dropped;                         /* not offered: no verdict */
    bool drew, accepted;            /* a case that hides its random bits: whether the draws were accepted */
    bool measure;                   /* also take times on the device, where the target sweeps there */
    bool keep_record;               /* for those who need all stretches after the verdict */
    const struct tb_vectors *given; /* a recording's inputs, to be judged on; NULL: the plan's sample */
    struct tb_vectors own_sample;   /* those with their expected answers, where the plan has others */
    const struct tb_problem_records *given_records; /* the same of a problem; NULL: its golden records */
    struct tb_planned_problem *own_problem;         /* with those, where they are others; else NULL */
    struct tb_record record;                        /* with its stretches, when judged */
    struct tb_device_times times;                   /* 0 where they were not taken */
    struct tb_verdict verdict;
};

/* Frees what a trial's record and verdict hold, where the verdict has not gone into results. */
void tb_trial_free(struct tb_trial *t);

/* What a trial that is not exhaustive is judged on. */
const struct tb_vectors *tb_trial_sample(const struct tb_trial *t);
/* What a trial of a problem is judged on; NULL where it is one of a case. */
const struct tb_planned_problem *tb_trial_problem(const struct tb_trial *t);
/* Finds the expected answers of the inputs that were given, where they are not those of the plan. They must
 * ascend, or the trial will say that they do not fit. */
bool tb_trial_adopt(struct tb_trial *t, struct tb_error *error);

/* Frees what that and the sweep allocated; the verdict stays. */
void tb_trial_drop(struct tb_trial *t);

/* Inputs that the trial evaluates. */
uint64_t tb_trial_inputs(const struct tb_trial *t);

/* The work of a job whose context is a struct tb_trial: runs in the child. */
void tb_trial_work(void *trial, FILE *out);
/* Reads what the child wrote and fills record and verdict, all but claims and explanations. */
void tb_trial_finish(struct tb_trial *t, const struct tb_job *job);

/* The second half, our own code only, on every verdict with divergences or a claim: compares the record with
 * the claimed variant and with all variants, decides between as-claimed and diverges, and writes the digest.
 * Safe to run in threads. */
void tb_trial_explain(struct tb_trial *t);

#endif
