/* arm/bfcvt: BFCVTN of FEAT_BF16, four values an instruction, the rounding set in FPCR. */
#include "targets/arm/arm.h"

#include <arm_neon.h>
#include <sys/auxv.h>

#ifndef HWCAP2_BF16
#define HWCAP2_BF16 (1 << 14)
#endif

const char *tb_arm_lacks_bf16(void) {
    return getauxval(AT_HWCAP2) & HWCAP2_BF16 ? NULL : "this CPU lacks bf16";
}

static __attribute__((noinline)) void loop(const struct tb_simd_plan *plan, const void *input, void *output,
                                           size_t count) {
    (void)plan;
    for (size_t i = 0; i < count; i += 4) {
        bfloat16x4_t code = vcvt_bf16_f32(vld1q_f32((const float *)input + i));
        vst1_u16((uint16_t *)output + i, vreinterpret_u16_bf16(code));
    }
}

#define RUN(ROUNDING)                                                                                        \
    static void run_##ROUNDING(const void *state, const void *input, void *output, size_t count) {           \
        tb_arm_blocks(loop, state, input, output, count, 4, 4, 2, TB_##ROUNDING);                            \
    }
RUN(RNE)
RUN(RTZ)
RUN(RU)
RUN(RD)

int tb_arm_open_bfcvt(const struct tb_request *request, struct tb_kernel *kernel) {
    static tb_run_fn *const runs[TB_ROUNDINGS] = {
        [TB_RNE] = run_RNE, [TB_RTZ] = run_RTZ, [TB_RU] = run_RU, [TB_RD] = run_RD};
    int rounding = tb_word_find(tb_rounding_words, TB_ROUNDINGS, request->rounding);
    if (strcmp(request->operation, "convert") != 0 || strcmp(request->source, "fp32") != 0 ||
        strcmp(request->destination, "bf16") != 0 || strcmp(request->overflow, "inf") != 0 || rounding < 0 ||
        !runs[rounding])
        return 0;
    *kernel = (struct tb_kernel){.run = runs[rounding]};
    return 1;
}
