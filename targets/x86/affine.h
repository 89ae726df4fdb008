/* Between the x86 translation units of the affine operations. */
#ifndef TB_X86_AFFINE_H
#define TB_X86_AFFINE_H

#include "targets/simd/plan.h"
#include "targets/x86/x86.h"

/* The exact kernels of one instruction set; indices are bytes of an element. */
struct tb_x86_affine_kernels {
    struct {
        tb_run_fn *narrow[2]; /* fp32 arithmetic to one byte; index 1: directed roundings */
        tb_run_fn *quantize[3], *fakequant[5], *mask;
    } from[TB_PLAN_SOURCES];
    tb_run_fn *requantize[3], *dequantize[3][5];
    int roundings; /* of a product: struct tb_affine_arithmetic */
};

/* Opens an affine case: fp32, fp16 and bf16 to integers, to themselves, and back; int32 to 8 and 16 bits. A
 * case whose estimate does not carry (window.h) is not offered. */
int tb_x86_open_affine(const struct tb_request *request, const struct tb_x86_affine_kernels *kernels,
                       struct tb_kernel *kernel);

tb_x86_open_fn tb_x86_open_affine_avx512;
tb_x86_open_fn tb_x86_open_affine_avx2;

#endif
