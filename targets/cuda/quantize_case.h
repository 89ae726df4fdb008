/* Cases of quantizers as the CUDA targets see them: the vocabulary of vectors/ is C, and is read in C. */
#ifndef TB_CUDA_QUANTIZE_CASE_H
#define TB_CUDA_QUANTIZE_CASE_H

#include "targets/target.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The parameters of an affine case. */
struct tb_cuda_affine {
    double scale;
    int32_t zero, low, high;
    int bits; /* of a code: the integer format's; of a fake quantization 32 */
};

/* Whether a request asks for an affine operation whose codes a 32-bit integer holds; fills *out. */
int tb_cuda_affine_of(const struct tb_request *request, struct tb_cuda_affine *out);

/* A quantization to a float, for which tb_case_is_scaled() holds. */
struct tb_cuda_scaled {
    double scale; /* s, or m where it is a factor */
    int is_factor;
    double largest; /* the destination's */
};

/* Whether a request asks for one whose scale lies in [2^-60, 2^60] in magnitude, so that neither it nor its
 * reciprocal is subnormal in fp32, nor any t that has a code; fills *out. */
int tb_cuda_scaled_of(const struct tb_request *request, struct tb_cuda_scaled *out);

/* An array to be quantized (vectors/problem_quantize.h), as numbers; offsets in bytes from a record's start.
 */
struct tb_cuda_array {
    uint32_t input_bytes, output_bytes; /* of a record */
    uint32_t rows, columns, group;
    uint32_t scale_columns; /* of the field of scales */
    uint32_t axis;
    uint32_t x, codes, scale, zero; /* offsets; the last two in the output where `computed` */
    uint32_t has_zero, computed, grouped;
    uint32_t source;    /* 32: fp32; 16: fp16; 8: bf16 (the bits of precision tell those apart) */
    uint32_t truncates; /* the rounding is rtz, else rne */
    int32_t low, high;
    uint32_t mask; /* of a code's bits */
};

/* Whether a request asks for an array to be quantized under rne or rtz; fills *out. */
int tb_cuda_array_of(const struct tb_request *request, struct tb_cuda_array *out);

#ifdef __cplusplus
}
#endif

#endif
