/* Inside reference/: one record of a quantized array. */
#ifndef TB_REFERENCE_PROBLEM_QUANTIZE_H
#define TB_REFERENCE_PROBLEM_QUANTIZE_H

#include "reference/problem.h"
#include "vectors/problem_quantize.h"

/* The value of an element that has one; -0 is 0. */
double tb_quantizer_value(const struct tb_field *f, const void *record, uint32_t place);
/* Of an element, the affine case that quantizes it, given its scale and zero point. */
struct tb_case tb_quantizer_case(const struct tb_problem *p, const struct tb_quantizer *q, float scale,
                                 int64_t zero);

/* Fills scale and zero of the outputs exactly, where they are computed. */
void tb_quantizer_parameters(const struct tb_problem *p, const void *input, void *output);

extern const struct tb_problem_variant tb_quantize_variants[];

#endif
