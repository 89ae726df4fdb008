/* Quantizers that compute what runtimes compute: a rounded quotient, then the code. */
#ifndef TB_X86_AFFINE_NAMED_H
#define TB_X86_AFFINE_NAMED_H

#include "targets/affine/plan.h"
#include "targets/x86/affine.h"

/* The arithmetics of the targets below, with what each claims. */
enum tb_x86_named { TB_NAMED_RCP32, TB_NAMED_DIV32, TB_NAMED_FBGEMM, TB_NAMED };

/* The constants of one case, in the scale's fp32 value. Everything is clamped as a float before it is
 * rounded, so that a code is the low bits of t + 1.5 * 2^23. */
struct tb_named_plan {
    float scale, reciprocal;
    float low, high;             /* of t: lo - z and hi - z */
    float low_input, high_input; /* inputs with those quotients */
    int32_t zero, lowest, highest;
    uint32_t mask;
    unsigned mxcsr; /* subnormals are flushed where they change no code */
    bool carries;   /* a quotient may be made from a product and its residual */
};

/* Kernels by source and bytes of the code; NULL where there is none. */
typedef tb_run_fn *const tb_named_kernels[TB_PLAN_SOURCES][3];

/* Opens quantizations of fp32, fp16 and bf16 under rne. `direct`: for scales that do not carry; may be NULL.
 */
int tb_x86_open_named(const struct tb_request *request, enum tb_x86_named which, tb_named_kernels kernels,
                      tb_named_kernels direct, struct tb_kernel *kernel);

tb_x86_open_fn tb_x86_open_avx512_rcp32, tb_x86_open_avx512_div32, tb_x86_open_avx512_vdivps;
tb_x86_open_fn tb_x86_open_avx2_rcp32, tb_x86_open_avx2_div32, tb_x86_open_avx2_fbgemm;

#endif
