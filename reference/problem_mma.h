/* Inside reference/: the arithmetics of matrix multiply-add. */
#ifndef TB_REFERENCE_PROBLEM_MMA_H
#define TB_REFERENCE_PROBLEM_MMA_H

#include "reference/problem.h"

extern const struct tb_problem_variant tb_mma_variants[];
extern const struct tb_problem_bound tb_mma_bounds[];

#endif
