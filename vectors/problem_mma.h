/* Matrix multiply-add of tensor cores: d = a (m x k) times b (k x n) plus c (m x n), as one operation.
 *
 *   mma/e4m3fn/e4m3fn/fp32/fp32/m=8,n=8,k=64       formats of a, b, c, d
 *   mma/int8/uint8/int32/int32
 *
 * The answer is the exact real number, rounded once to nearest, ties to even; what is beyond the range of d
 * is an infinity, of an integer d its nearest end. NaN and signs of zero: reference/dot.h. */
#ifndef TB_PROBLEM_MMA_H
#define TB_PROBLEM_MMA_H

#include "vectors/problem.h"

/* A problem's shape and the fields of its records. */
struct tb_mma_problem {
    uint32_t m, n, k;
    const struct tb_field *a, *b, *c, *d;
};
struct tb_mma_problem tb_mma_problem_of(const struct tb_problem *p);

/* One dot product of a record: row i of a, column j of b. */
void tb_mma_problem_get(const struct tb_mma_problem *x, const void *record, uint32_t i, uint32_t j,
                        uint64_t *a, uint64_t *b, uint64_t *c);

#endif
