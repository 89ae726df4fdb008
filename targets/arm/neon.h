/* Between the NEON translation units. */
#ifndef TB_ARM_NEON_H
#define TB_ARM_NEON_H

#include "targets/arm/arm.h"

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

INLINE size_t source_size(enum tb_simd_plan_source source) {
    return source == TB_FROM_FP32 ? 4 : 2;
}

/* Four values as fp32. Arrays need no more than their elements' alignment, which is what these loads ask for.
 */
INLINE float32x4_t load4(const void *input, size_t index, enum tb_simd_plan_source source) {
    if (source == TB_FROM_FP32)
        return vld1q_f32((const float *)input + index);
    uint16x4_t half = vld1_u16((const uint16_t *)input + index);
    if (source == TB_FROM_FP16)
        return vcvt_f32_f16(vreinterpret_f16_u16(half));
    return vreinterpretq_f32_u32(vshll_n_u16(half, 16));
}

INLINE uint32x4_t bits_of(float32x4_t x) {
    return vreinterpretq_u32_f32(x);
}

INLINE uint32x4_t exponent_of(float32x4_t x) {
    return vandq_u32(bits_of(x), vdupq_n_u32(0x7F800000));
}

INLINE uint32x4_t sign_of(float32x4_t x) {
    return vandq_u32(bits_of(x), vdupq_n_u32(0x80000000));
}

#endif
