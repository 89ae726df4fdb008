/* Where the error of a target's dot products arises, over all records of a problem: the verdict's `errors`.
 */
#ifndef TB_DOT_ERRORS_H
#define TB_DOT_ERRORS_H

#include "harness/judge.h"

/* Fills verdict.errors of a trial on a dot problem, once it has been explained; of any other, nothing.
 * Answers are split along the claim where that is what the target computes, else along the variant that
 * explains all. */
void tb_dot_errors(struct tb_trial *t);

#endif
