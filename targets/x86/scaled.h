/* Between the x86 translation units of the quantizers to floats: values are widened to fp32 and scaled, a
 * chunk at a time, and the family's own encoder from fp32 packs their codes while they are in L1. */
#ifndef TB_X86_SCALED_H
#define TB_X86_SCALED_H

#include "targets/simd/plan.h"
#include "targets/x86/x86.h"

/* How x is scaled.
 *
 * EXACT: the quotient or product cut toward zero, its last bit set where the residual says that anything was
 * lost: rounded to odd, so that an encoder to a format of at most 11 bits rounds what the real number would
 * round to. The residual is exact: |s| lies in [2^-50, 2^50], and a t below 2^-45 in magnitude, nearer to
 * zero than half of any destination's quantum, is replaced by 2^-45. */
enum tb_x86_scaling_way {
    TB_SCALING_EXACT_QUOTIENT,
    TB_SCALING_EXACT_PRODUCT,
    TB_SCALING_DIVIDE,           /* fp32(x / s) */
    TB_SCALING_MULTIPLY_CLAMPED, /* fp32(x * fp32(1 / s)), then fmaxf(-M, fminf(t, M)) */
    TB_SCALING_WAYS
};

enum { TB_SCALING_CHUNK = 1024 };

struct tb_x86_scaling {
    float by;   /* s, m or fp32(1 / s) */
    float most; /* M */
};

/* Scales `count` inputs, at most TB_SCALING_CHUNK, to fp32; NaN becomes the positive quiet one. `out` is
 * aligned, and has room for whole vectors. MXCSR is as it needs it on entry (tb_x86_scaling_mxcsr). */
typedef void tb_x86_scale_fn(const struct tb_x86_scaling *k, const void *input, size_t count, float *out);
typedef tb_x86_scale_fn *const tb_x86_scale_fns[TB_SCALING_WAYS][TB_PLAN_SOURCES];

/* Opens a quantization to a float: exactly, or as a runtime has it. `convert` opens conversions. */
int tb_x86_open_scaled_exact(const struct tb_request *request, tb_x86_scale_fns scale,
                             tb_x86_open_fn *convert, struct tb_kernel *kernel);
int tb_x86_open_scaled_named(const struct tb_request *request, enum tb_x86_scaling_way way,
                             tb_x86_scale_fns scale, tb_x86_open_fn *convert, struct tb_kernel *kernel);

extern tb_x86_scale_fns tb_avx512_scale, tb_avx2_scale;

#endif
