/* The plug-in's list. */
#include "targets/cuda/targets.h"

static const tb_target *const targets[] = {TB_CUDA_TARGETS(TB_CUDA_BOTH) TB_CUDA_TENSOR_TARGETS(TB_CUDA_ONE)
                                               NULL};

extern "C" __attribute__((visibility("default"))) const tb_target *const *tiebreak_targets(uint32_t abi) {
    return abi == TIEBREAK_TARGET_ABI ? targets : NULL;
}
