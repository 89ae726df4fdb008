/* The plug-in's list: each target as compiled, and once more with -use_fast_math. */
#include "targets/target.h"

#define ALL_TARGETS TARGET(tb_cuda_f2fp) TARGET(tb_cuda_cvt)

#define TARGET(SYMBOL) extern const tb_target SYMBOL, SYMBOL##_fast_math;
ALL_TARGETS
#undef TARGET

#define TARGET(SYMBOL) &SYMBOL, &SYMBOL##_fast_math,
static const tb_target *const targets[] = {ALL_TARGETS nullptr};

extern "C" __attribute__((visibility("default"))) const tb_target *const *tiebreak_targets(uint32_t abi) {
    return abi == TIEBREAK_TARGET_ABI ? targets : nullptr;
}
