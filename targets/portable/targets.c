/* The portable family, in listing order. */
#include "targets/families.h"
#include "targets/portable/dot.h"
#include "targets/portable/portable.h"
#include "targets/portable/problem_recipes.h"
#include "targets/portable/problem_runtimes.h"

const struct tb_target *const tb_portable_targets[] = {
    &portable_c,
    &portable_table,
    &portable_float,
    &portable_float_steps,
    &portable_philox,
    &portable_runtime_torch_observer,
    &portable_runtime_fbgemm,
    &portable_runtime_aten,
    &portable_runtime_ort_dynamic,
    &portable_runtime_tflite,
    &portable_runtime_xnnpack_qd8,
    &portable_runtime_gptq,
    &portable_runtime_awq,
    &portable_bitsandbytes,
    &portable_smooth_ln_fcs,
    &portable_dot,
    &portable_dot_fma,
    &portable_dot_pairwise,
    &portable_dot_kahan,
    &portable_dot_fp64,
    &portable_dot_blocks,
    NULL,
};
