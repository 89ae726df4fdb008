/* The Arm targets. Compiled everywhere: on another CPU family they are listed with the reason. */
#include "targets/families.h"

#include <stddef.h>

#ifdef __aarch64__
#include "targets/arm/arm.h"
#define TARGET(NAME, LACKS, OPEN, SUMMARY)                                                                   \
    { TIEBREAK_TARGET_ABI, NAME, SUMMARY, LACKS, OPEN, tb_arm_close_plan, NULL }
#ifndef TB_ARM_HAS_BFCVT
static const char *not_built(void) {
    return "the compiler of this binary lacks bf16";
}
static int offers_nothing(const struct tb_request *request, struct tb_kernel *kernel) {
    (void)request, (void)kernel;
    return 0;
}
#define tb_arm_lacks_bf16 not_built
#define tb_arm_open_bfcvt offers_nothing
#endif
#else
#if defined(__x86_64__)
#define BUILT_FOR "x86-64"
#else
#define BUILT_FOR "another CPU family than aarch64"
#endif
static const char *built_elsewhere(void) {
    return "this binary was built for " BUILT_FOR;
}
static int offers_nothing(const struct tb_request *request, struct tb_kernel *kernel) {
    (void)request, (void)kernel;
    return 0;
}
#define TARGET(NAME, LACKS, OPEN, SUMMARY)                                                                   \
    { TIEBREAK_TARGET_ABI, NAME, SUMMARY, built_elsewhere, offers_nothing, NULL, NULL }
#endif

/* clang-format off */
static const struct tb_target targets[] = {
    /*     name         needs              open                summary */
    TARGET("arm/neon",  NULL,              tb_arm_open_neon,   "NEON encoders and decoders, rounding set in FPCR; exact"),
    TARGET("arm/bfcvt", tb_arm_lacks_bf16, tb_arm_open_bfcvt,  "BFCVTN (FEAT_BF16), rounding set in FPCR"),
};
/* clang-format on */
const struct tb_target *const tb_arm_targets[] = {&targets[0], &targets[1], NULL};
