/* Judging problems: a kernel over all golden records, output by output, and variants against what it gave. */
#ifndef TB_PROBLEM_JUDGE_H
#define TB_PROBLEM_JUDGE_H

#include "harness/problem_plan.h"
#include "harness/sweep.h"

/* Runs a kernel over the golden records in one call. A stretch of the record is one element of the outputs,
 * numbered over all records. False when memory is out. */
bool tb_problem_sweep(const struct tb_planned_problem *q, const struct tb_kernel *kernel,
                      struct tb_record *out);

/* Elements in which a variant (NULL: the exact answers) and a record differ, or which lie outside a bound of
 * that name; UINT64_MAX and *error where the kind has neither for this problem. */
uint64_t tb_problem_unexplained(const struct tb_planned_problem *q, const struct tb_record *record,
                                const char *variant, bool nan_bits, struct tb_error *error);

#endif
