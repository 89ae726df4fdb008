/* LLM.int8() and SmoothQuant in plain C. */
#ifndef TB_PORTABLE_PROBLEM_RECIPES_H
#define TB_PORTABLE_PROBLEM_RECIPES_H

#include "targets/target.h"
#include "vectors/problem.h"

/* One record, exactly. */
void portable_llmint8(const struct tb_problem *p, const unsigned char *input, unsigned char *output);
void portable_smoothquant(const struct tb_problem *p, const unsigned char *input, unsigned char *output);

/* llmint8 as bitsandbytes' default backend computes it, and smoothquant as smooth_ln_fcs does on tensors of
 * fp16 or bf16, a > 0; they claim "bnb-default" and "torch" (for a = 1 exactness). */
extern const struct tb_target portable_bitsandbytes;
extern const struct tb_target portable_smooth_ln_fcs;

#endif
