/* tiebreak explain on a dot product: where the error of each answer arises. */
#ifndef TB_EXPLAIN_DOT_H
#define TB_EXPLAIN_DOT_H

#include "harness/explain.h"
#include "harness/problem_plan.h"
#include "reference/dot_error.h"

#include <jansson.h>

/* The error of one answer. */
struct tb_split_row {
    char name[96];     /* a variant's, a target's, or "exact" */
    char targets[400]; /* those that claim the variant and give its answer, each after two spaces */
    bool finite;
    struct tb_dot_error error;
};

struct tb_split {
    size_t count;
    struct tb_split_row *rows; /* the smallest total first; free() them */
};

/* The exact answer, the variants that differ from it, and the targets: one that gives what its claim gives
 * stands with that variant, any other alone. */
struct tb_split tb_split_of(const struct tb_planned_problem *q, size_t record, uint64_t answer,
                            const struct tb_answer *variants, size_t variant_count,
                            const struct tb_answer *targets, size_t target_count);
void tb_split_print(const struct tb_split *s);
json_t *tb_split_json(const struct tb_split *s);

#endif
