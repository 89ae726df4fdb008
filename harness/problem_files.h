/* Golden records of problems as safetensors: a tensor input.FIELD or output.FIELD for each field, of the
 * shape [records, rows, columns], in the dtype of its format where safetensors has it, else in unsigned
 * containers.
 *
 *   schema         tiebreak-problems/1
 *   kind, specification, tool, mpfr        as in vectors/golden_file.h
 *   case, digest   the id; SHA-256 over id, layouts and records
 *   input, output  the layouts, in the order of the fields of a record */
#ifndef TB_PROBLEM_FILES_H
#define TB_PROBLEM_FILES_H

#include "harness/problem_plan.h"
#include "vectors/golden_file.h"

bool tb_problem_write(const char *path, const struct tb_planned_problem *q, const struct tb_file_info *info,
                      struct tb_error *error);
/* Whether a file holds just these records. False and *error: damaged (not readable, another case), or the
 * first element that differs. */
bool tb_problem_compare(const char *path, const struct tb_planned_problem *q, struct tb_error *error);

#endif
