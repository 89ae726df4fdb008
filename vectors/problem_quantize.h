/* Quantization of an array with more than one scale. The answer is reference/affine.h's, element by element,
 * each with its own scale and zero point.
 *
 *   quantize/fp32/int8/per-channel/rne/axis=1          a scale and a zero point for each column
 *   quantize/fp32/int4/per-group/rne/group=16          for each 16 neighbours of a row; axis=0: of a column
 *   quantize/bf16/int8/per-token-symmetric/rne         scale = absmax / largest code, computed for each row
 *   quantize/fp32/uint8/per-token-asymmetric/rne       from the row's least and largest value, zero among
 * them
 *
 * Computed scales are real quotients rounded once to fp32; codes use the rounded scale. Symmetric: the codes
 * run from minus the largest. Asymmetric: the zero point is least code - rne(least value / scale), clamped.
 */
#ifndef TB_PROBLEM_QUANTIZE_H
#define TB_PROBLEM_QUANTIZE_H

#include "vectors/problem.h"

enum tb_quantize_method {
    TB_PER_CHANNEL,
    TB_PER_GROUP,
    TB_PER_TOKEN_SYMMETRIC,
    TB_PER_TOKEN_ASYMMETRIC,
    TB_QUANTIZE_METHODS
};

struct tb_quantizer {
    uint32_t rows, columns, group;
    int axis; /* of the channels, or along which a group runs */
    enum tb_quantize_method method;
    int64_t low, high; /* codes that are used */
    const struct tb_field *x, *codes;
    const struct tb_field *scale, *zero; /* inputs where they are given, outputs where they are computed; zero
                                            NULL in per-token-symmetric */
};
struct tb_quantizer tb_quantizer_of(const struct tb_problem *p);
/* Where the scale and zero point of an element are in their fields. */
uint32_t tb_quantizer_place(const struct tb_quantizer *q, uint32_t row, uint32_t column);

#endif
