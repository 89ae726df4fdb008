/* What the files of nvidia/ share: one row a conversion that NVIDIA's headers offer. Read by C and C++. */
#ifndef TB_NVIDIA_H
#define TB_NVIDIA_H

#include "targets/target.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nvidia_conversion {
    const char *source, *destination, *rounding, *overflow;
    const char *claim;
    tb_run_fn *run;
};

/* An operator on fp16 or bf16, under rne and inf. */
struct nvidia_operation {
    const char *operation, *format;
    tb_run_fn *run;
};

/* Each ends with a row of NULLs; without its headers or compiler a table is that row alone. */
extern const struct nvidia_conversion nvidia_narrow[];    /* cuda_fp8.h, cuda_fp6.h, cuda_fp4.h, from C */
extern const struct nvidia_conversion nvidia_half[];      /* cuda_fp16.h, cuda_bf16.h, from C++ */
extern const struct nvidia_operation nvidia_operations[]; /* the same */

#ifdef __cplusplus
}
#endif

#endif
