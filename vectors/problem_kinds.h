/* The kinds of problems; each is defined in its own vectors/problem_*.c. */
#ifndef TB_PROBLEM_KINDS_H
#define TB_PROBLEM_KINDS_H

#include "vectors/problem.h"

extern const struct tb_problem_kind tb_problem_quantize;
extern const struct tb_problem_kind tb_problem_gemm;
extern const struct tb_problem_kind tb_problem_pack;
extern const struct tb_problem_kind tb_problem_unpack;
extern const struct tb_problem_kind tb_problem_qparams;
extern const struct tb_problem_kind tb_problem_llmint8;
extern const struct tb_problem_kind tb_problem_smoothquant;
extern const struct tb_problem_kind tb_problem_mma;
extern const struct tb_problem_kind tb_problem_dot;

#endif
