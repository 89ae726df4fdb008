/* Inside reference/: one record of an integer matrix product. */
#ifndef TB_REFERENCE_PROBLEM_GEMM_H
#define TB_REFERENCE_PROBLEM_GEMM_H

#include "reference/problem.h"
#include "vectors/problem_gemm.h"

/* Codes and parameters as numbers. */
int64_t tb_gemm_code(const struct tb_field *f, const void *record, uint32_t place);
float tb_gemm_float(const struct tb_field *f, const void *record, uint32_t place);
/* The place of the scale of row i or column j in a field that has one for all, or one each. */
uint32_t tb_gemm_place(const struct tb_field *f, uint32_t index);

extern const struct tb_problem_variant tb_gemm_variants[];

#endif
