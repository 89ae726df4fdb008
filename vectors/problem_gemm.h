/* Integer matrix products: codes of a (m x k) times codes of b (k x n), as sums, rescaled, or requantized.
 *
 *   gemm/int8/int8/int32/m=8,n=8,k=64          sum of (a * b)
 *   gemm/int8/int8/fp32/per-channel            scale_a * scale_b * sum of ((a - zero_a) * (b - zero_b))
 *   gemm/uint8/int8/int8/per-tensor            the same / scale_out, rounded, + zero_out, clamped
 *   gemm/int8/int8/fp32/absmax                 absmax_a / 127 * absmax_b / 127 * sum: LLM.int8()
 *
 * The answer is the real number that the formula names, rounded once, to nearest with ties to even. */
#ifndef TB_PROBLEM_GEMM_H
#define TB_PROBLEM_GEMM_H

#include "vectors/problem.h"

enum tb_gemm_method {
    TB_GEMM_SUM,
    TB_GEMM_PER_TENSOR,  /* one scale and zero point for a, one for b */
    TB_GEMM_PER_CHANNEL, /* one for a, one for each column of b */
    TB_GEMM_PER_TOKEN,   /* one for each row of a, one for each column of b */
    TB_GEMM_ABSMAX,      /* as per-token, by absmax, without zero points */
    TB_GEMM_METHODS
};

/* A problem's shape and the fields of its records; NULL where the method has none. */
struct tb_gemm {
    uint32_t m, n, k;
    enum tb_gemm_method method;
    const struct tb_field *a, *b, *scale_a, *scale_b, *zero_a, *zero_b, *scale_out, *zero_out, *out;
};
struct tb_gemm tb_gemm_of(const struct tb_problem *p);

#endif
