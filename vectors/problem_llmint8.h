/* llmint8: the mixed-precision product of LLM.int8(), as a problem.
 *
 *   llmint8/fp16/OUTPUT/m=4,n=8,k=64,threshold=6
 *
 * Inputs: x, [m x k], and w, [n x k], of fp16: a row of w is an output channel. Outputs: `xq`, int8[m x k],
 * and `xs`, fp32[m]; `wq`, int8[n x k], and `ws`, fp32[n]; `acc`, int32[m x n]; y, [m x n] of OUTPUT (fp16 or
 * fp32). What they are is defined in reference/problem_llmint8.h. */
#ifndef TB_PROBLEM_LLMINT8_H
#define TB_PROBLEM_LLMINT8_H

#include "vectors/problem.h"

struct tb_llmint8 {
    uint32_t m, n, k;
    double threshold; /* 0: no column is an outlier */
    const struct tb_field *x, *w, *xq, *xs, *wq, *ws, *acc, *y;
};

/* The settings of a parsed llmint8 problem; the fields are the problem's own. */
struct tb_llmint8 tb_llmint8_of(const struct tb_problem *p);

extern const struct tb_problem_kind tb_problem_llmint8;

#endif
