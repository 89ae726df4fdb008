/* The twins as a plug-in: what the harness does with the CUDA targets, without a GPU. */
#include "targets/cuda/targets.h"

static const tb_target *const targets[] = {TB_CUDA_TARGETS(TB_CUDA_BOTH) NULL};

extern "C" const tb_target *const *tiebreak_targets(uint32_t abi) {
    return abi == TIEBREAK_TARGET_ABI ? targets : NULL;
}
