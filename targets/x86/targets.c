/* The x86 targets, in listing order. Compiled everywhere: on another CPU family they are listed with the
 * reason. */
#include "targets/families.h"

#include <stddef.h>

#ifdef __x86_64__
#include "targets/x86/affine_named.h"
#include "targets/x86/x86.h"
#define TARGET(NAME, LACKS, OPEN, CLOSE, SUMMARY)                                                            \
    { TIEBREAK_TARGET_ABI, NAME, SUMMARY, LACKS, OPEN, CLOSE, NULL }
#else
#if defined(__aarch64__)
#define BUILT_FOR "aarch64"
#else
#define BUILT_FOR "another CPU family than x86-64"
#endif
static const char *built_elsewhere(void) {
    return "this binary was built for " BUILT_FOR;
}
static int offers_nothing(const struct tb_request *request, struct tb_kernel *kernel) {
    (void)request, (void)kernel;
    return 0;
}
#define TARGET(NAME, LACKS, OPEN, CLOSE, SUMMARY)                                                            \
    { TIEBREAK_TARGET_ABI, NAME, SUMMARY, built_elsewhere, offers_nothing, NULL, NULL }
#endif

/* clang-format off */
static const struct tb_target targets[] = {
    /*      name                      needs                    open                            close              summary */
    TARGET("x86/avx512",              tb_x86_lacks_avx512,     tb_x86_open_avx512,             tb_x86_close_plan, "AVX-512 encoders and decoders, embedded rounding; exact"),
    TARGET("x86/avx2",                tb_x86_lacks_avx2,       tb_x86_open_avx2,               tb_x86_close_plan, "AVX2, FMA and F16C encoders and decoders, rounding set in MXCSR; exact"),
    TARGET("x86/avx512bf16",          tb_x86_lacks_avx512bf16, tb_x86_open_avx512bf16,         tb_x86_close_plan, "VCVTNE2PS2BF16 with its subnormals mended; exact"),
    TARGET("x86/vcvtps2ph",           tb_x86_lacks_f16c,       tb_x86_open_vcvtps2ph,          NULL,              "VCVTPS2PH (F16C), rounding by immediate"),
    TARGET("x86/vcvtps2ph/daz",       tb_x86_lacks_f16c,       tb_x86_open_vcvtps2ph_daz,      NULL,              "VCVTPS2PH under MXCSR DAZ and FTZ"),
    TARGET("x86/vcvtph2ps",           tb_x86_lacks_f16c,       tb_x86_open_vcvtph2ps,          NULL,              "VCVTPH2PS (F16C)"),
    TARGET("x86/vcvtph2ps/daz",       tb_x86_lacks_f16c,       tb_x86_open_vcvtph2ps_daz,      NULL,              "VCVTPH2PS under MXCSR DAZ and FTZ"),
    TARGET("x86/vcvtps2phx",          tb_x86_lacks_avx512fp16, tb_x86_open_vcvtps2phx,         NULL,              "VCVTPS2PHX (AVX512-FP16), rounding in MXCSR"),
    TARGET("x86/vcvtph2psx",          tb_x86_lacks_avx512fp16, tb_x86_open_vcvtph2psx,         NULL,              "VCVTPH2PSX (AVX512-FP16)"),
    TARGET("x86/vcvtneps2bf16",       tb_x86_lacks_avx512bf16, tb_x86_open_vcvtneps2bf16,      NULL,              "VCVTNEPS2BF16 (AVX512_BF16)"),
    TARGET("x86/vcvtneps2bf16/daz",   tb_x86_lacks_avx512bf16, tb_x86_open_vcvtneps2bf16_daz,  NULL,              "VCVTNEPS2BF16 under MXCSR DAZ and FTZ"),
    TARGET("x86/cvtps2dq",            NULL,                    tb_x86_open_cvtps2dq,           NULL,              "CVTPS2DQ (SSE2), rounding in MXCSR"),
    TARGET("x86/cvttps2dq",           NULL,                    tb_x86_open_cvttps2dq,          NULL,              "CVTTPS2DQ (SSE2)"),
    TARGET("x86/cvtps2dq+packs",      NULL,                    tb_x86_open_packs,              NULL,              "CVTPS2DQ, then PACKSSDW, PACKSSWB or PACKUSWB"),
    TARGET("x86/avx512-rcp32",        tb_x86_lacks_avx512,     tb_x86_open_avx512_rcp32,       tb_x86_close_plan, "AVX-512 quantizer: times the fp32 reciprocal, clamped as a float"),
    TARGET("x86/avx512-div32",        tb_x86_lacks_avx512,     tb_x86_open_avx512_div32,       tb_x86_close_plan, "AVX-512 quantizer: fp32 division from a product and its residual"),
    TARGET("x86/avx512-vdivps",       tb_x86_lacks_avx512,     tb_x86_open_avx512_vdivps,      tb_x86_close_plan, "AVX-512 quantizer: fp32 division by VDIVPS"),
    TARGET("x86/avx2-rcp32",          tb_x86_lacks_avx2,       tb_x86_open_avx2_rcp32,         tb_x86_close_plan, "AVX2 quantizer: times the fp32 reciprocal, clamped as a float"),
    TARGET("x86/avx2-div32",          tb_x86_lacks_avx2,       tb_x86_open_avx2_div32,         tb_x86_close_plan, "AVX2 quantizer: fp32 division by VDIVPS, clamped as a float"),
    TARGET("x86/avx2-fbgemm",         tb_x86_lacks_avx2,       tb_x86_open_avx2_fbgemm,        tb_x86_close_plan, "AVX2 quantizer in FBGEMM's order: MULPS, MINPS, CVTPS2DQ, PADDD, clamp"),
    TARGET("x86/avx2-gemm",           tb_x86_lacks_avx2,       tb_x86_open_gemm_avx2,          tb_x86_close_plan, "VPMADDWD on widened bytes: integer matrix products; exact"),
    TARGET("x86/avx2-maddubs",        tb_x86_lacks_avx2,       tb_x86_open_gemm_maddubs,       tb_x86_close_plan, "VPMADDUBSW: integer matrix products whose pairs saturate"),
    TARGET("x86/avx512vnni",          tb_x86_lacks_avx512vnni, tb_x86_open_gemm_vnni,          tb_x86_close_plan, "VPDPBUSD, s8 inputs shifted and compensated: integer matrix products; exact"),
    TARGET("x86/dot-avx2",            tb_x86_lacks_avx2,       tb_x86_open_dot_avx2,           tb_x86_close_plan, "dot product of fp32: eight lanes of FMA, HADDPS at the end"),
    TARGET("x86/dot-f16c",            tb_x86_lacks_avx2,       tb_x86_open_dot_f16c,           tb_x86_close_plan, "dot product of fp16: VCVTPH2PS, then eight lanes of FMA"),
    TARGET("x86/dot-avx512",          tb_x86_lacks_avx512,     tb_x86_open_dot_avx512,         tb_x86_close_plan, "dot product of fp32: sixteen lanes of FMA, halves added at the end"),
    TARGET("x86/dot-vdpbf16ps",       tb_x86_lacks_avx512bf16, tb_x86_open_dot_avx512bf16,     tb_x86_close_plan, "dot product of bf16: VDPBF16PS, halves added at the end"),
    TARGET("x86/dot-vpdpbusd",        tb_x86_lacks_avx512vnni, tb_x86_open_dot_vnni,           tb_x86_close_plan, "dot product of bytes: VPDPBUSD, modulo 2^32"),
    TARGET("x86/avx512-fp32",         tb_x86_lacks_avx512,     tb_x86_open_avx512_fp32,        tb_x86_close_basic, "basic operations in fp32 vectors of 512 bits, widened and narrowed by x86/avx512"),
    TARGET("x86/avx2-fp32",           tb_x86_lacks_avx2,       tb_x86_open_avx2_fp32,          tb_x86_close_basic, "basic operations in fp32 vectors of 256 bits, widened and narrowed by x86/avx2"),
    TARGET("x86/avx512fp16",          tb_x86_lacks_avx512fp16, tb_x86_open_avx512fp16,         NULL,              "VADDPH, VMULPH, VDIVPH, VFMADDPH, VSQRTPH (AVX512-FP16), rounding in MXCSR"),
};
const struct tb_target *const tb_x86_targets[] = {
    &targets[0], &targets[1], &targets[2], &targets[3], &targets[4], &targets[5], &targets[6], &targets[7], &targets[8], &targets[9], &targets[10], &targets[11], &targets[12], &targets[13], &targets[14], &targets[15], &targets[16], &targets[17], &targets[18], &targets[19], &targets[20], &targets[21], &targets[22], &targets[23], &targets[24], &targets[25], &targets[26], &targets[27], &targets[28], &targets[29], &targets[30], NULL,
};
/* clang-format on */
