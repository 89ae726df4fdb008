/* The conversions of cuda_fp8.h, cuda_fp6.h and cuda_fp4.h as rows, for the CPU (nvidia_c.c) and the device
 * (targets/cuda/header.cu). Include the three headers before. A row is
 *
 *   CONVERSION(name, source, destination, rounding, overflow, claim, type of x, type of the result,
 * expression)
 *
 * What they are documented to compute, where it is not the exact answer:
 *   magnitude     E8M0: "Input number's absolute value is rounded" (cuda_fp8.h,
 * __nv_cvt_bfloat16raw_to_e8m0). nan-positive  fp32, fp16 and bf16 sources, and the decoders: one NaN code,
 * positive, all fraction bits set, as PTX's canonical NaN. The header's text is silent; its code
 * canonicalises. Nothing is claimed for the NaNs of a double source: that entry point keeps the sign and the
 * payload, which is the exact answer here, though it differs from the same header's float entry point. The
 * text has an E8M0 result above 2^127 become NaN under NOSAT; a finite double rounded toward zero gives 2^127
 * instead (0xFE), which is what IEEE 754 and reference.h say of a rounding toward zero. No claim is needed;
 * test_nvidia.c pins it. */
#ifndef TB_NVIDIA_NARROW_H
#define TB_NVIDIA_NARROW_H

#define CANONICAL "nan-positive"

#define FP8_SATURATING(SOURCE, TYPE, CONVERT, CLAIM)                                                         \
    CONVERSION(SOURCE##_e4m3fn_sat, #SOURCE, "e4m3fn", "rne", "satfinite", CLAIM, TYPE, unsigned char,       \
               CONVERT(x, __NV_SATFINITE, __NV_E4M3))                                                        \
    CONVERSION(SOURCE##_e5m2_sat, #SOURCE, "e5m2", "rne", "satfinite", CLAIM, TYPE, unsigned char,           \
               CONVERT(x, __NV_SATFINITE, __NV_E5M2))
#define FP8_OVERFLOWING(SOURCE, TYPE, CONVERT, CLAIM)                                                        \
    CONVERSION(SOURCE##_e4m3fn_nosat, #SOURCE, "e4m3fn", "rne", "nan", CLAIM, TYPE, unsigned char,           \
               CONVERT(x, __NV_NOSAT, __NV_E4M3))                                                            \
    CONVERSION(SOURCE##_e5m2_nosat, #SOURCE, "e5m2", "rne", "inf", CLAIM, TYPE, unsigned char,               \
               CONVERT(x, __NV_NOSAT, __NV_E5M2))

/* NaN gives "positive MAXNORM", which is also the exact answer for a format without NaN. */
#define SMALL(SOURCE, TYPE, CONVERT, DESTINATION, KIND)                                                      \
    CONVERSION(SOURCE##_##DESTINATION##_rn, #SOURCE, #DESTINATION, "rne", "satfinite", NULL, TYPE,           \
               unsigned char, CONVERT(x, KIND, cudaRoundNearest))                                            \
    CONVERSION(SOURCE##_##DESTINATION##_rz, #SOURCE, #DESTINATION, "rtz", "satfinite", NULL, TYPE,           \
               unsigned char, CONVERT(x, KIND, cudaRoundZero))

#define E8M0(SOURCE, TYPE, CONVERT)                                                                          \
    CONVERSION(SOURCE##_e8m0_rz_sat, #SOURCE, "e8m0fnu", "rtz", "satfinite", "magnitude", TYPE,              \
               unsigned char, CONVERT(x, __NV_SATFINITE, cudaRoundZero))                                     \
    CONVERSION(SOURCE##_e8m0_rz_nosat, #SOURCE, "e8m0fnu", "rtz", "nan", "magnitude", TYPE, unsigned char,   \
               CONVERT(x, __NV_NOSAT, cudaRoundZero))                                                        \
    CONVERSION(SOURCE##_e8m0_rp_sat, #SOURCE, "e8m0fnu", "ru", "satfinite", "magnitude", TYPE,               \
               unsigned char, CONVERT(x, __NV_SATFINITE, cudaRoundPosInf))                                   \
    CONVERSION(SOURCE##_e8m0_rp_nosat, #SOURCE, "e8m0fnu", "ru", "nan", "magnitude", TYPE, unsigned char,    \
               CONVERT(x, __NV_NOSAT, cudaRoundPosInf))

#define DECODE(SOURCE, DESTINATION, CLAIM, EXPRESSION)                                                       \
    CONVERSION(decode_##SOURCE, #SOURCE, DESTINATION, "exact", "", CLAIM, unsigned char, unsigned short,     \
               EXPRESSION)

/* What a GPU of compute capability 8.9 or later does by an instruction. */
#define NVIDIA_BY_INSTRUCTION                                                                                \
    FP8_SATURATING(fp32, float, __nv_cvt_float_to_fp8, CANONICAL)                                            \
    FP8_SATURATING(fp16, __half_raw, __nv_cvt_halfraw_to_fp8, CANONICAL)                                     \
    DECODE(e4m3fn, "fp16", CANONICAL, __nv_cvt_fp8_to_halfraw(x, __NV_E4M3).x)                               \
    DECODE(e5m2, "fp16", CANONICAL, __nv_cvt_fp8_to_halfraw(x, __NV_E5M2).x)

/* What it does by the header's code; FP6, FP4 and E8M0 by instructions from 10.0 on. */
#define NVIDIA_BY_CODE                                                                                       \
    FP8_OVERFLOWING(fp32, float, __nv_cvt_float_to_fp8, CANONICAL)                                           \
    FP8_OVERFLOWING(fp16, __half_raw, __nv_cvt_halfraw_to_fp8, CANONICAL)                                    \
    FP8_SATURATING(bf16, __nv_bfloat16_raw, __nv_cvt_bfloat16raw_to_fp8, CANONICAL)                          \
    FP8_OVERFLOWING(bf16, __nv_bfloat16_raw, __nv_cvt_bfloat16raw_to_fp8, CANONICAL)                         \
    FP8_SATURATING(fp64, double, __nv_cvt_double_to_fp8, NULL)                                               \
    FP8_OVERFLOWING(fp64, double, __nv_cvt_double_to_fp8, NULL)                                              \
    SMALL(fp32, float, __nv_cvt_float_to_fp6, e2m3fn, __NV_E2M3)                                             \
    SMALL(fp32, float, __nv_cvt_float_to_fp6, e3m2fn, __NV_E3M2)                                             \
    SMALL(fp32, float, __nv_cvt_float_to_fp4, e2m1fn, __NV_E2M1)                                             \
    SMALL(fp16, __half_raw, __nv_cvt_halfraw_to_fp6, e2m3fn, __NV_E2M3)                                      \
    SMALL(fp16, __half_raw, __nv_cvt_halfraw_to_fp6, e3m2fn, __NV_E3M2)                                      \
    SMALL(fp16, __half_raw, __nv_cvt_halfraw_to_fp4, e2m1fn, __NV_E2M1)                                      \
    SMALL(bf16, __nv_bfloat16_raw, __nv_cvt_bfloat16raw_to_fp6, e2m3fn, __NV_E2M3)                           \
    SMALL(bf16, __nv_bfloat16_raw, __nv_cvt_bfloat16raw_to_fp6, e3m2fn, __NV_E3M2)                           \
    SMALL(bf16, __nv_bfloat16_raw, __nv_cvt_bfloat16raw_to_fp4, e2m1fn, __NV_E2M1)                           \
    SMALL(fp64, double, __nv_cvt_double_to_fp6, e2m3fn, __NV_E2M3)                                           \
    SMALL(fp64, double, __nv_cvt_double_to_fp6, e3m2fn, __NV_E3M2)                                           \
    SMALL(fp64, double, __nv_cvt_double_to_fp4, e2m1fn, __NV_E2M1)                                           \
    E8M0(fp32, float, __nv_cvt_float_to_e8m0)                                                                \
    E8M0(bf16, __nv_bfloat16_raw, __nv_cvt_bfloat16raw_to_e8m0)                                              \
    E8M0(fp64, double, __nv_cvt_double_to_e8m0)                                                              \
    DECODE(e2m3fn, "fp16", NULL, __nv_cvt_fp6_to_halfraw(x, __NV_E2M3).x)                                    \
    DECODE(e3m2fn, "fp16", NULL, __nv_cvt_fp6_to_halfraw(x, __NV_E3M2).x)                                    \
    DECODE(e2m1fn, "fp16", NULL, __nv_cvt_fp4_to_halfraw(x, __NV_E2M1).x)                                    \
    DECODE(e8m0fnu, "bf16", CANONICAL, __nv_cvt_e8m0_to_bf16raw(x).x)

#endif
