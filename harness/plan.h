/* What is to be checked: cases and problems with their golden answers. */
#ifndef TB_PLAN_H
#define TB_PLAN_H

#include "harness/problem_plan.h"
#include "harness/sweep.h"
#include "reference/wide.h"
#include "vectors/golden_file.h"
#include "vectors/rounding.h"

struct tb_planned {
    struct tb_case c;                   /* of a problem all zero */
    struct tb_planned_problem *problem; /* NULL: a case */
    char id[TB_CASE_ID];
    bool wanted;                /* some subject offers it; only then are the golden answers made */
    struct tb_staircase golden; /* count 0 where the case has none */
    struct tb_wide wide;        /* count 0 where a staircase serves, or neither does */
    struct tb_vectors sample;   /* made where the case has no staircase, or a subject takes samples */
    bool wants_sample;
    const char *like; /* as in tb_plan */
    bool failed;
    struct tb_error error;
};

struct tb_plan {
    size_t count;
    struct tb_planned *cases;
    enum tb_nan_level nan_level;
    const char *like; /* the preset or variant whose answers are expected; NULL: the exact ones */
};

/* The cases of a suite, and the problems of every kind that a glob names, whose id matches one of the globs
 * (all where there are none). A glob that matches nothing there is taken as an id, so that any case can be
 * checked; *error when it is neither. With plan->like set, problems and cases without a staircase of that
 * name are left out, but for conversions that are sampled in any case; what is named by its id is
 * refused. */
bool tb_plan_make(struct tb_plan *plan, enum tb_suite suite, const char *const *globs, size_t glob_count,
                  struct tb_error *error);
/* Adds the problems of every kind to a plan of a suite that has none. */
bool tb_plan_add_problems(struct tb_plan *plan, struct tb_error *error);
/* Adds the problems of a recording that match one of the globs (all where there are none) and are not in the
 * plan. With plan->like set there are none to judge. */
bool tb_plan_add_recorded(struct tb_plan *plan, const struct tb_recording *r, const char *const *globs,
                          size_t glob_count, struct tb_error *error);
/* Builds the golden answers of all wanted cases on `threads` threads; *error is the first failure. */
bool tb_plan_golden(struct tb_plan *plan, unsigned threads, struct tb_error *error);
void tb_plan_free(struct tb_plan *plan);

/* The behaviour of --like on a case: `like` is a preset, a variant, or several joined by '+'. False and
 * *error where the operation knows no such name, or where an input has no one answer. */
struct tb_behaviour;
bool tb_plan_like(const struct tb_case *c, const char *like, struct tb_behaviour *out,
                  struct tb_error *error);

/* What a target is asked about a planned case or problem; the strings live in *p. */
struct tb_request tb_planned_request(const struct tb_planned *p);
/* For verbs that have no answer for cases that hide their random bits: takes those of a suite out of the
 * plan; false and *error where they were asked for by name and no other case is left. */
bool tb_plan_certain_only(struct tb_plan *plan, const char *verb, bool asked, struct tb_error *error);

/* Whether all inputs of a case can be checked: it has a staircase, or ramps in which the NaN level is what
 * they hold, or golden answers by blocks. */
bool tb_plan_sweeps(const struct tb_case *c, enum tb_nan_level level);

/* The golden code as a NaN level wants it: `canonical` turns every NaN into the one canonical NaN. */
uint64_t tb_golden_code(const struct tb_case *c, enum tb_nan_level level, uint64_t code);

#endif
