/* Dot products, the sum under every matrix product: one record is one sum of k products and c.
 *
 *   dot/e4m3fn/e4m3fn/fp32/fp32/rne            d = c + sum of a * b, k = 32
 *   dot/bf16/bf16/fp32/bf16/rne/k=256          the formats are those of a, b, c and d
 *   dot/e4m3fn/e5m2/fp32/fp32/mx/rne/k=64      e8m0 scales, one for 32 neighbours of a, and of b (OCP MX)
 *   dot/e2m1fn/e2m1fn/fp32/fp32/nvfp4/rne      e4m3fn scales, one for 16, and an fp32 factor for all of a,
 * and of b dot/e4m3fn/e4m3fn/fp32/bf16/block128/rne/k=256   fp32 scales, one for 128
 *   dot/e4m3fn/e4m3fn/fp32/fp32/rne/k=64,origin=1    a record also has what a and b were quantized from
 *
 * The answer is the real number that the formula names, rounded once (reference/dot.h has the definition):
 * infinity beyond the range of a float d, the largest or smallest value beyond that of an integer d. */
#ifndef TB_PROBLEM_DOT_H
#define TB_PROBLEM_DOT_H

#include "vectors/problem.h"

enum tb_dot_method { TB_DOT_PLAIN, TB_DOT_MX, TB_DOT_NVFP4, TB_DOT_BLOCK128, TB_DOT_METHODS };

/* A problem's length and the fields of its records; NULL where the method has none. */
struct tb_dot_fields {
    uint32_t k, block; /* products; neighbours that share a scale, 0 without scales */
    enum tb_dot_method method;
    const struct tb_field *a, *b, *c, *d, *scale_a, *scale_b, *factor_a, *factor_b, *origin_a, *origin_b;
};
struct tb_dot_fields tb_dot_fields_of(const struct tb_problem *p);

/* Whether every finite product of a and b is a finite fp32, so that rounding products to fp32 means nothing.
 */
bool tb_dot_products_are_fp32(const struct tb_problem *p);

#endif
