/* Problems (vectors/problem.h) beside the cases of a plan: their golden records, and what targets are asked.
 */
#ifndef TB_PROBLEM_PLAN_H
#define TB_PROBLEM_PLAN_H

#include "reference/problem.h"
#include "targets/target.h"
#include "vectors/problem_records.h"
#include "vectors/rounding.h"

struct tb_planned_problem {
    struct tb_problem p;
    struct tb_problem_vectors golden;                         /* records 0 until they are made */
    uint64_t elements;                                        /* of one record's outputs */
    char source[TB_LAYOUT_TEXT], destination[TB_LAYOUT_TEXT]; /* the layouts as text */
    char words[TB_CASE_ID]; /* method, rounding, parameters: what a request has as parameters */
    struct tb_variant_answers *answers;
};

/* NULL and *error where the id is none of a problem. */
struct tb_planned_problem *tb_planned_problem(const char *id, struct tb_error *error);
void tb_planned_problem_free(struct tb_planned_problem *q);
/* Makes the golden records, NaN codes as the level wants them. */
bool tb_planned_problem_golden(struct tb_planned_problem *q, enum tb_nan_level level, struct tb_error *error);

/* The same problem with other inputs, those of a recording, and their exact answers, found in a child and
 * confirmed there the second way. NULL and *error where the arithmetic has no answers for them. */
struct tb_planned_problem *tb_planned_problem_given(const struct tb_planned_problem *q,
                                                    const struct tb_problem_records *given,
                                                    enum tb_nan_level level, struct tb_error *error);

/* What a variant of it gives on all golden records: found when it is first asked for, then kept, since each
 * target's verdict is compared with each variant. NULL when memory is out. Safe to call in threads. */
const unsigned char *tb_planned_problem_variant(const struct tb_planned_problem *q,
                                                const struct tb_problem_variant *variant);

/* Elements of outputs over all golden records: the inputs that a verdict counts. */
uint64_t tb_problem_inputs(const struct tb_planned_problem *q);
/* Where element `index` of that count lies. */
struct tb_problem_place {
    size_t record;
    const struct tb_field *field;
    uint32_t place; /* in the field: row * columns + column */
};
struct tb_problem_place tb_problem_place(const struct tb_planned_problem *q, uint64_t index);

/* Whether a glob's words before its first wildcard name a kind of problem: "pack/" followed by anything. "*"
 * names none. */
bool tb_glob_names_problem(const char *glob);

/* Its strings live in *q. */
struct tb_request tb_problem_request(const struct tb_planned_problem *q);

/* SHA-256 over the id, the layouts and all records, as hex. */
void tb_problem_digest(const struct tb_planned_problem *q, char hex[65]);

#endif
