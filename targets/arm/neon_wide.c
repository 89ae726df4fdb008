/* arm/neon, destinations that are not packed bytes: fp16 by FCVTN under FPCR's rounding, bf16 and tf32 by
 * integer rounding, wider containers, and tables of 256. */
#include "targets/arm/neon.h"

/* ---- Overflow: what an infinite result becomes, once the rounding has given it as IEEE 754 does. ---- */

/* Added to an infinity's code: -1 unit is the largest finite value, half a binade up the quiet NaN. */
INLINE uint32_t infinity_delta(enum tb_overflow overflow, uint32_t unit, uint32_t quiet) {
    return overflow == TB_SATFINITE || overflow == TB_PROPAGATE ? 0 - unit
           : overflow == TB_TO_NAN                              ? quiet
                                                                : 0;
}

INLINE uint32x4_t is_infinite(float32x4_t x) {
    return vceqq_f32(vabsq_f32(x), vdupq_n_f32(__builtin_inff()));
}

INLINE uint16x4_t settle_words(const struct tb_simd_plan *p, uint16x4_t code, float32x4_t x,
                               uint16_t infinity, uint16_t quiet) {
    uint16x4_t delta = vdup_n_u16((uint16_t)infinity_delta(p->overflow, 1, quiet));
    uint16x4_t infinite = vceq_u16(vand_u16(code, vdup_n_u16(0x7FFF)), vdup_n_u16(infinity));
    if (p->overflow == TB_PROPAGATE) /* an infinite input stays as it is */
        infinite = vbic_u16(infinite, vmovn_u32(is_infinite(x)));
    return vadd_u16(code, vand_u16(infinite, delta));
}

/* ---- Roundings. ---- */

/* FPCR truncates. Half a quantum is added and the sum truncated twice, which is one truncation. */
INLINE float32x4_t fp16_half_added(float32x4_t x) {
    uint32x4_t e = vmaxq_u32(exponent_of(x), vdupq_n_u32(113u << 23));
    float32x4_t sum = vfmaq_f32(vabsq_f32(x), vreinterpretq_f32_u32(e), vdupq_n_f32(0x1p-11f));
    uint32x4_t beyond = vcgeq_f32(sum, vdupq_n_f32(65536));
    sum = vbslq_f32(beyond, vdupq_n_f32(__builtin_inff()), sum);
    return vreinterpretq_f32_u32(vorrq_u32(bits_of(sum), sign_of(x)));
}

/* Rounds off the last `shift` bits of the pattern: bf16 and tf32 have fp32's exponents. A NaN is only made
 * quiet. */
INLINE uint32x4_t pattern_rounded(float32x4_t x, enum tb_rounding rounding, int shift) {
    const uint32_t unit = UINT32_C(1) << shift;
    uint32x4_t bits = bits_of(x), sum = bits, negative = vcltzq_s32(vreinterpretq_s32_f32(x));
    uint32x4_t outward = vdupq_n_u32(unit - 1);
    if (rounding == TB_RNE) {
        uint32x4_t odd = vandq_u32(vshlq_u32(bits, vdupq_n_s32(-shift)), vdupq_n_u32(1));
        sum = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(unit / 2 - 1)), odd);
    } else if (rounding == TB_RNA) {
        sum = vaddq_u32(bits, vdupq_n_u32(unit / 2));
    } else if (rounding == TB_RU) {
        sum = vaddq_u32(bits, vbicq_u32(outward, negative));
    } else if (rounding == TB_RD) {
        sum = vaddq_u32(bits, vandq_u32(outward, negative));
    }
    return vbslq_u32(vceqq_f32(x, x), sum, vorrq_u32(bits, vdupq_n_u32(0x00400000)));
}

/* ---- The loops. ---- */

INLINE void to_fp16(const struct tb_simd_plan *p, const void *input, uint16_t *output, size_t count,
                    enum tb_simd_plan_source source, enum tb_rounding rounding) {
    for (size_t i = 0; i < count; i += 4) {
        float32x4_t x = load4(input, i, source);
        float16x4_t half = vcvt_f16_f32(rounding == TB_RNA ? fp16_half_added(x) : x);
        vst1_u16(output + i, settle_words(p, vreinterpret_u16_f16(half), x, 0x7C00, 0x200));
    }
}

INLINE void to_bf16(const struct tb_simd_plan *p, const void *input, uint16_t *output, size_t count,
                    enum tb_simd_plan_source source, enum tb_rounding rounding) {
    for (size_t i = 0; i < count; i += 4) {
        float32x4_t x = load4(input, i, source);
        uint16x4_t code = vshrn_n_u32(pattern_rounded(x, rounding, 16), 16);
        vst1_u16(output + i, settle_words(p, code, x, 0x7F80, 0x40));
    }
}

INLINE uint32x4_t tf32_code(const struct tb_simd_plan *p, float32x4_t x, enum tb_rounding rounding) {
    uint32x4_t delta = vdupq_n_u32(infinity_delta(p->overflow, 0x2000, 0x400000));
    uint32x4_t code = vandq_u32(pattern_rounded(x, rounding, 13), vdupq_n_u32(0xFFFFE000));
    uint32x4_t infinite = is_infinite(vreinterpretq_f32_u32(code));
    if (p->overflow == TB_PROPAGATE)
        infinite = vbicq_u32(infinite, is_infinite(x));
    return vaddq_u32(code, vandq_u32(infinite, delta));
}

/* fp32's container: tf32, and fp16, bf16 and tf32 as they are. */
INLINE void to_tf32(const struct tb_simd_plan *p, const void *input, uint32_t *output, size_t count,
                    enum tb_simd_plan_source source, enum tb_rounding rounding) {
    for (size_t i = 0; i < count; i += 4) {
        float32x4_t x = load4(input, i, source);
        vst1q_u32(output + i,
                  rounding == TB_EXACT ? pattern_rounded(x, TB_RTZ, 13) : tf32_code(p, x, rounding));
    }
}

/* NEON has no gather. */
static void run_table(const void *state, const void *input, void *output, size_t count) {
    const struct tb_simd_plan *p = state;
    const uint8_t *in = input;
    for (size_t i = 0; i < count; i++) {
        if (p->destination_bytes == 4)
            ((uint32_t *)output)[i] = p->table[in[i]];
        else if (p->destination_bytes == 2)
            ((uint16_t *)output)[i] = (uint16_t)p->table[in[i]];
        else
            ((uint8_t *)output)[i] = (uint8_t)p->table[in[i]];
    }
}

/* ---- One function for each source, rounding and destination. ---- */

#define KERNEL(LOOP, SOURCE, ROUNDING, BYTES)                                                                \
    static __attribute__((noinline)) void loop_##LOOP##_##SOURCE##_##ROUNDING(                               \
        const struct tb_simd_plan *p, const void *input, void *output, size_t count) {                       \
        LOOP(p, input, output, count, TB_FROM_##SOURCE, TB_##ROUNDING);                                      \
    }                                                                                                        \
    static void run_##LOOP##_##SOURCE##_##ROUNDING(const void *state, const void *input, void *output,       \
                                                   size_t count) {                                           \
        tb_arm_blocks(loop_##LOOP##_##SOURCE##_##ROUNDING, state, input, output, count, 4,                   \
                      source_size(TB_FROM_##SOURCE), BYTES, TB_##ROUNDING);                                  \
    }
#include "targets/simd/wide_kernels.inc"

tb_run_fn *tb_neon_wide(const struct tb_simd_plan *plan) {
    return wide_kernel(plan);
}
