/* The arithmetic halves of the kinds of problems; each is defined in its own reference/problem_*.c. */
#ifndef TB_PROBLEM_ARITHMETICS_H
#define TB_PROBLEM_ARITHMETICS_H

#include "reference/problem.h"

extern const struct tb_problem_arithmetic tb_arithmetic_quantize;
extern const struct tb_problem_arithmetic tb_arithmetic_gemm;
extern const struct tb_problem_arithmetic tb_arithmetic_pack;
extern const struct tb_problem_arithmetic tb_arithmetic_unpack;
extern const struct tb_problem_arithmetic tb_arithmetic_qparams;
extern const struct tb_problem_arithmetic tb_arithmetic_llmint8;
extern const struct tb_problem_arithmetic tb_arithmetic_smoothquant;
extern const struct tb_problem_arithmetic tb_arithmetic_mma;
extern const struct tb_problem_arithmetic tb_arithmetic_dot;

#endif
