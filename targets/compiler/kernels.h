/* What one compilation of narrow_type.c exports. Also read by a compiler that is not the build's own. */
#ifndef TB_COMPILER_KERNELS_H
#define TB_COMPILER_KERNELS_H

#include "targets/target.h"

struct compiler_kernels {
    tb_run_fn *from_fp32, *from_fp64, *from_int32; /* to the narrow type, to nearest even */
    tb_run_fn *to_fp32, *to_fp64;
    tb_run_fn *add, *sub, *mul, *div,
        *fma; /* a + b ... and a * b + c on joint inputs; NULL where the type has
                 no operators. So are the casts where only operators differ. */
};

#endif
