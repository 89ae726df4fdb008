/* arm/neon, destinations of at most 8 bits: Advanced SIMD of every AArch64 CPU, the rounding set in FPCR
 * around the loop. targets/simd/plan.h says how and why it is exact. */
#include "targets/arm/neon.h"

#include <stdlib.h>

enum { BLOCK = 16, CHUNK = 1024 };

/* A plan's numbers in registers. */
struct byte_constants {
    uint32x4_t least;
    float32x4_t magic;
    int16x8_t shift;
    uint16x8_t strip;
    uint8x16_t limit[2], over[2], sign_bit, zero_keeps_sign;
};

INLINE struct byte_constants byte_constants(const struct tb_simd_plan *p) {
    struct byte_constants k;
    k.least = vdupq_n_u32(p->smallest_binade);
    k.magic = vreinterpretq_f32_u32(vdupq_n_u32(p->magic));
    k.shift = vdupq_n_s16((int16_t)(p->fraction_bits - 7)); /* a left shift by less than nothing */
    k.strip = vdupq_n_u16((uint16_t)((1u << (8 + p->fraction_bits)) - 1));
    for (int negative = 0; negative < 2; negative++) {
        k.limit[negative] = vdupq_n_u8(p->limit[negative]);
        k.over[negative] = vdupq_n_u8(p->over[negative]);
    }
    k.sign_bit = vdupq_n_u8(p->sign_bit);
    k.zero_keeps_sign = vdupq_n_u8(p->negative_zero ? 0xFF : 0);
    return k;
}

/* Eight magnitude codes in 16 bits each; *top keeps the largest exponent part met. */
INLINE uint16x8_t word_codes(const struct byte_constants *k, float32x4_t x0, float32x4_t x1,
                             enum tb_rounding rounding, uint32x4_t *top) {
    uint32x4_t e0 = exponent_of(x0), e1 = exponent_of(x1);
    *top = vmaxq_u32(*top, vmaxq_u32(e0, e1));
    e0 = vorrq_u32(vmaxq_u32(e0, k->least), sign_of(x0));
    e1 = vorrq_u32(vmaxq_u32(e1, k->least), sign_of(x1));
    uint32x4_t s0 = bits_of(vfmaq_f32(x0, vreinterpretq_f32_u32(e0), k->magic));
    uint32x4_t s1 = bits_of(vfmaq_f32(x1, vreinterpretq_f32_u32(e1), k->magic));
    uint16x8_t low = vuzp1q_u16(vreinterpretq_u16_u32(s0), vreinterpretq_u16_u32(s1));
    uint16x8_t exponents = vuzp2q_u16(vreinterpretq_u16_u32(e0), vreinterpretq_u16_u32(e1));
    if (rounding == TB_RNA)
        low = vshrq_n_u16(low, 1);
    return vandq_u16(vaddq_u16(low, vshlq_u16(exponents, k->shift)), k->strip);
}

/* ---- Floats with one significand bit. ---- */

struct power_constants {
    uint32x4_t offset, regular[2], increment[2], step1[2], step2[2], odd;
};

INLINE struct power_constants power_constants(const struct tb_simd_plan *p) {
    struct power_constants k;
    k.offset = vdupq_n_u32(p->power_offset);
    k.odd = vdupq_n_u32(p->power[0].odd_increment);
    for (int negative = 0; negative < 2; negative++) {
        const struct tb_power_side *side = &p->power[negative];
        k.regular[negative] = vdupq_n_u32(side->regular);
        k.increment[negative] = vdupq_n_u32(side->increment);
        k.step1[negative] = vdupq_n_u32(side->step1);
        k.step2[negative] = vdupq_n_u32(side->step2);
    }
    return k;
}

INLINE uint32x4_t power_code(const struct power_constants *k, float32x4_t x, uint32x4_t *top) {
    uint32x4_t negative = vcltzq_s32(vreinterpretq_s32_f32(x));
    uint32x4_t magnitude = vandq_u32(bits_of(x), vdupq_n_u32(0x7FFFFFFF));
    uint32x4_t below = vsubq_u32(vshrq_n_u32(magnitude, 23), k->offset);
    uint32x4_t sum = vaddq_u32(magnitude, vbslq_u32(negative, k->increment[1], k->increment[0]));
    sum = vaddq_u32(sum, vandq_u32(below, k->odd));
    uint32x4_t regular = vsubq_u32(vshrq_n_u32(sum, 23), k->offset);
    uint32x4_t step1 = vcgeq_u32(magnitude, vbslq_u32(negative, k->step1[1], k->step1[0]));
    uint32x4_t step2 = vcgeq_u32(magnitude, vbslq_u32(negative, k->step2[1], k->step2[0]));
    uint32x4_t is_regular = vcgeq_u32(magnitude, vbslq_u32(negative, k->regular[1], k->regular[0]));
    uint32x4_t low = vsubq_u32(vdupq_n_u32(0), vaddq_u32(step1, step2)); /* all bits set counts as -1 */
    *top = vmaxq_u32(*top, magnitude);
    return vbslq_u32(is_regular, regular, low);
}

INLINE uint16x8_t power_codes(const struct power_constants *k, float32x4_t x0, float32x4_t x1,
                              uint32x4_t *top) {
    return vqmovn_high_u32(vqmovn_u32(power_code(k, x0, top)), power_code(k, x1, top));
}

/* ---- 16 bytes. ---- */

INLINE uint8x16_t top_bytes(const float32x4_t x[4]) {
    uint16x8_t low = vuzp2q_u16(vreinterpretq_u16_f32(x[0]), vreinterpretq_u16_f32(x[1]));
    uint16x8_t high = vuzp2q_u16(vreinterpretq_u16_f32(x[2]), vreinterpretq_u16_f32(x[3]));
    return vuzp2q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high));
}

INLINE uint8x16_t finish(const struct byte_constants *k, uint8x16_t magnitude, uint8x16_t top) {
    uint8x16_t negative = vcltzq_s8(vreinterpretq_s8_u8(top));
    uint8x16_t beyond = vcgtq_u8(magnitude, vbslq_u8(negative, k->limit[1], k->limit[0]));
    uint8x16_t signs = vandq_u8(negative, vorrq_u8(k->zero_keeps_sign, vtstq_u8(magnitude, magnitude)));
    uint8x16_t code = vorrq_u8(magnitude, vandq_u8(signs, k->sign_bit));
    return vbslq_u8(beyond, vbslq_u8(negative, k->over[1], k->over[0]), code);
}

/* ---- NaN and infinities: written over what the loop left for them. ---- */

static uint32_t special_bits(const void *input, size_t i, enum tb_simd_plan_source source) {
    if (source == TB_FROM_FP32)
        return ((const uint32_t *)input)[i];
    uint32_t bits = ((const uint16_t *)input)[i];
    if (source == TB_FROM_BF16)
        return bits << 16;
    return (bits & 0x8000) << 16 | ((bits & 0x7C00) == 0x7C00 ? 0x7F800000 : 0) | (bits & 0x3FF) << 13;
}

static __attribute__((noinline)) void write_specials(const struct tb_simd_plan *p, const void *input,
                                                     uint8_t *output, size_t count,
                                                     enum tb_simd_plan_source source) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = special_bits(input, i, source), magnitude = bits & 0x7FFFFFFF;
        int negative = bits >> 31;
        if (magnitude == 0x7F800000)
            output[i] = p->infinity[negative];
        else if (magnitude > 0x7F800000)
            output[i] = p->nan[negative] | (bits >> (23 - p->fraction_bits) & p->nan_payload);
    }
}

/* ---- The loop. ---- */

INLINE void to_bytes(const struct tb_simd_plan *p, const void *input, uint8_t *output, size_t count,
                     enum tb_simd_plan_source source, enum tb_rounding rounding, bool power) {
    const struct byte_constants k = byte_constants(p);
    const struct power_constants powers = power_constants(p);
    for (size_t done = 0; done < count; done += CHUNK) {
        const char *in = (const char *)input + source_size(source) * done;
        size_t left = count - done < CHUNK ? count - done : CHUNK;
        uint32x4_t top = vdupq_n_u32(0);
        for (size_t i = 0; i < left; i += BLOCK) {
            float32x4_t x[4];
            for (size_t j = 0; j < 4; j++)
                x[j] = load4(in, i + 4 * j, source);
            uint16x8_t low =
                power ? power_codes(&powers, x[0], x[1], &top) : word_codes(&k, x[0], x[1], rounding, &top);
            uint16x8_t high =
                power ? power_codes(&powers, x[2], x[3], &top) : word_codes(&k, x[2], x[3], rounding, &top);
            uint8x16_t magnitude = vqmovn_high_u16(vqmovn_u16(low), high);
            vst1q_u8(output + done + i, finish(&k, magnitude, top_bytes(x)));
        }
        if (vmaxvq_u32(top) >= 0x7F800000)
            write_specials(p, in, output + done, left, source);
    }
}

/* ---- One function for each source and rounding. ---- */

#define KERNEL(SOURCE, ROUNDING, NAME, POWER)                                                                \
    static __attribute__((noinline)) void loop_##SOURCE##_##NAME(                                            \
        const struct tb_simd_plan *p, const void *input, void *output, size_t count) {                       \
        to_bytes(p, input, output, count, TB_FROM_##SOURCE, TB_##ROUNDING, POWER);                           \
    }                                                                                                        \
    static void run_##SOURCE##_##NAME(const void *state, const void *input, void *output, size_t count) {    \
        tb_arm_blocks(loop_##SOURCE##_##NAME, state, input, output, count, BLOCK,                            \
                      source_size(TB_FROM_##SOURCE), 1, TB_##ROUNDING);                                      \
    }
#define SOURCES(SOURCE)                                                                                      \
    KERNEL(SOURCE, RNE, RNE, false)                                                                          \
    KERNEL(SOURCE, RNA, RNA, false)                                                                          \
    KERNEL(SOURCE, RTZ, RTZ, false)                                                                          \
    KERNEL(SOURCE, RU, RU, false) KERNEL(SOURCE, RD, RD, false) KERNEL(SOURCE, RNE, POWER, true)
SOURCES(FP32)
SOURCES(FP16)
SOURCES(BF16)

#define ROW(SOURCE)                                                                                          \
    {                                                                                                        \
        [TB_RNE] = run_##SOURCE##_RNE, [TB_RNA] = run_##SOURCE##_RNA, [TB_RTZ] = run_##SOURCE##_RTZ,         \
        [TB_RU] = run_##SOURCE##_RU, [TB_RD] = run_##SOURCE##_RD                                             \
    }
static tb_run_fn *const byte_kernels[TB_PLAN_SOURCES][TB_ROUNDINGS] = {
    [TB_FROM_FP32] = ROW(FP32), [TB_FROM_FP16] = ROW(FP16), [TB_FROM_BF16] = ROW(BF16)};
/* The rounding is data here: the plan's steps and increments. */
static tb_run_fn *const power_kernels[TB_PLAN_SOURCES] = {run_FP32_POWER, run_FP16_POWER, run_BF16_POWER};

int tb_arm_open_neon(const struct tb_request *request, struct tb_kernel *kernel) {
    struct tb_simd_plan *p = malloc(sizeof *p);
    tb_run_fn *run = NULL;
    if (p && tb_simd_plan_make(request, p)) {
        if (p->shape == TB_TO_BYTE_PLAIN || p->shape == TB_TO_BYTE)
            run = byte_kernels[p->source][p->rounding];
        else
            run = p->shape == TB_TO_POWER ? power_kernels[p->source] : tb_neon_wide(p);
    }
    if (!run) {
        free(p);
        return 0;
    }
    *kernel = (struct tb_kernel){.run = run, .state = p};
    return 1;
}

void tb_arm_close_plan(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}
