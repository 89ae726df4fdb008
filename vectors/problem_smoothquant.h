/* smoothquant: the migration of SmoothQuant, per channel, as a problem.
 *
 *   smoothquant/fp16/m=8,n=8,k=16,a=0.5,least=1e-05
 *
 * Inputs: x, [m x k], and w, [n x k], of one format T (fp16, bf16, fp32): a column is a channel. Outputs: s,
 * T[k]; xs, T[m x k], which is x / s; ws, T[n x k], which is w * s. What they are is defined in
 * reference/problem_smoothquant.h. */
#ifndef TB_PROBLEM_SMOOTHQUANT_H
#define TB_PROBLEM_SMOOTHQUANT_H

#include "vectors/problem.h"

struct tb_smoothquant {
    uint32_t m, n, k;
    unsigned power, root; /* a = power / root in lowest terms, root at most 20 */
    double least;
    const struct tb_format *format; /* T */
    const struct tb_field *x, *w, *s, *xs, *ws;
};

/* The settings of a parsed smoothquant problem; the fields are the problem's own. */
struct tb_smoothquant tb_smoothquant_of(const struct tb_problem *p);

extern const struct tb_problem_kind tb_problem_smoothquant;

#endif
