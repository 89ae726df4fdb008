/* tiebreak explain on a problem: one element of the outputs, what went into it and what everyone gives. */
#ifndef TB_PROBLEM_EXPLAIN_H
#define TB_PROBLEM_EXPLAIN_H

#include "harness/options.h"

/* The verb, when its first word is the id of a problem; the others number elements over all records. */
int tb_explain_problem(const struct tb_options *o);

#endif
