/* What one compilation of flags_kernels.c exports. Also read by a compiler that is not the build's own. */
#ifndef TB_AFFINE_FLAGS_KERNELS_H
#define TB_AFFINE_FLAGS_KERNELS_H

#include "targets/target.h"

/* The parameters of a case: the state of every kernel. */
struct flags_parameters {
    float scale;
    float low, high; /* lo - z and hi - z */
    int32_t zero;
    int32_t mask; /* of the code's bits */
};

struct flags_kernels {
    tb_run_fn *quantize_div, *quantize_rcp;             /* fp32 to one byte */
    tb_run_fn *fakequant_div, *fakequant_rcp;           /* fp32 to fp32 */
    tb_run_fn *dequantize_signed, *dequantize_unsigned; /* 8 bits to fp32 */
};

#endif
