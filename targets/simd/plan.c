/* From a request to the numbers that a vector kernel works with. */
#include "targets/simd/plan.h"

#include <string.h>

static const uint32_t NEVER = INT32_MAX; /* only a NaN has this magnitude, and NaN goes its own way */

/* ---- Recognising the wide formats by their fields. ---- */

static bool is_ieee(const struct tb_format *f, int bits, int precision, int bias) {
    return f->kind == TB_FLOAT && f->bits == bits && f->precision == precision && f->bias == bias &&
           f->is_signed && f->negative_zero && f->low == TB_LOW_SUBNORMALS && f->infinity == TB_INF_IEEE &&
           f->nan == TB_NAN_IEEE;
}

static bool is_fp32(const struct tb_format *f) {
    return is_ieee(f, 32, 24, 127) && f->padding == 0;
}
static bool is_tf32(const struct tb_format *f) {
    return is_ieee(f, 19, 11, 127) && f->padding == 13;
}
static bool is_fp16(const struct tb_format *f) {
    return is_ieee(f, 16, 11, 15) && f->padding == 0;
}
static bool is_bf16(const struct tb_format *f) {
    return is_ieee(f, 16, 8, 127) && f->padding == 0;
}

static bool plan_source(const struct tb_format *f, enum tb_simd_plan_source *source) {
    if (is_fp32(f) || is_tf32(f))
        *source = TB_FROM_FP32;
    else if (is_fp16(f))
        *source = TB_FROM_FP16;
    else if (is_bf16(f))
        *source = TB_FROM_BF16;
    else
        return false;
    return true;
}

/* ---- Codes of the landmarks, for destinations of at most 8 bits. ---- */

static bool points_inward(enum tb_rounding rounding, bool negative) {
    return rounding == TB_RTZ || rounding == (negative ? TB_RU : TB_RD);
}

static uint8_t largest_code(const struct tb_format *f, bool negative) {
    uint64_t pattern = 0;
    tb_format_largest(f, negative, &pattern);
    return (uint8_t)pattern;
}

/* Beyond the range: a finite value when `finite`, else an infinity. */
static uint8_t beyond_code(const struct tb_format *f, enum tb_overflow overflow, bool negative, bool finite) {
    uint64_t pattern;
    bool below_unsigned = negative && !f->is_signed;
    if (overflow == TB_SATFINITE || (overflow == TB_PROPAGATE && finite))
        return largest_code(f, negative);
    if (overflow == TB_TO_NAN || (overflow == TB_TO_INF && below_unsigned))
        return tb_format_nan(f, negative, 0, &pattern) ? (uint8_t)pattern : largest_code(f, negative);
    return tb_format_infinity(f, negative, &pattern) ? (uint8_t)pattern : largest_code(f, negative);
}

static void plan_landmarks(const struct tb_format *f, struct tb_simd_plan *p) {
    p->sign_bit = f->is_signed ? (uint8_t)(1u << (f->bits - 1)) : 0;
    p->negative_zero = f->negative_zero;
    for (int negative = 0; negative < 2; negative++) {
        uint64_t nan;
        uint8_t largest = largest_code(f, negative);
        p->limit[negative] = negative && !f->is_signed ? 0 : (uint8_t)(largest & ~p->sign_bit);
        p->over[negative] =
            points_inward(p->rounding, negative) ? largest : beyond_code(f, p->overflow, negative, true);
        p->infinity[negative] = beyond_code(f, p->overflow, negative, false);
        p->nan[negative] = tb_format_nan(f, negative, 0, &nan) ? (uint8_t)nan : largest_code(f, false);
    }
    if (f->nan == TB_NAN_IEEE && f->precision > 2)
        p->nan_payload = (uint8_t)((1u << (f->precision - 1)) - 1);
}

/* ---- Floats of at most 8 bits. ---- */

/* Whether min(magnitude, over) and the sign are all that is left to do. */
static bool is_plain(const struct tb_simd_plan *p) {
    uint8_t over = p->over[0], sign = p->sign_bit;
    return sign && p->negative_zero && (over == p->limit[0] || over == p->limit[0] + 1) &&
           p->over[1] == (over | sign) && p->infinity[0] == over && p->infinity[1] == (over | sign);
}

static bool plan_byte(const struct tb_format *f, struct tb_simd_plan *p) {
    int fraction_bits = f->precision - 1, exponent_bits = f->bits - f->is_signed - fraction_bits;
    int least = 1 - f->bias, largest = (1 << exponent_bits) - f->bias;
    /* least: a normal fp32 whose quantum and half of it are in reach of the magic sum. largest: the exponent
     * part of what overflows that sum must by itself be beyond every code. */
    if (f->low != TB_LOW_SUBNORMALS || fraction_bits > 7 || least < -126 || largest > 100)
        return false;
    bool half_up = p->rounding == TB_RNA;
    uint32_t biased = (uint32_t)(least + 127);
    uint32_t offset = (0u - (biased << fraction_bits)) & 0xFFFF;
    p->fraction_bits = fraction_bits;
    p->smallest_binade = biased << 23;
    /* less than half of the least quantum, which is at least 2^-126 */
    p->subnormals_vanish =
        p->rounding != TB_RU && p->rounding != TB_RD && (int)biased - fraction_bits - 1 >= 1;
    if (half_up) /* the low bits are halved later: offset modulo 2^15, doubled, and the 1 that rounds up */
        offset = ((offset & 0x7FFF) << 1) + 1;
    p->magic = (uint32_t)(127 + 23 - fraction_bits - half_up) << 23 | offset;
    plan_landmarks(f, p);
    p->shape = is_plain(p) ? TB_TO_BYTE_PLAIN : TB_TO_BYTE;
    return true;
}

/* Magnitude code from which on a value v * 2^e of the interval between neighbours `low` and `high` (fp32
 * patterns of one binade or of zero and the least value, so that patterns are linear in it) is given to
 * `high`. */
static uint32_t step_between(uint32_t low, uint32_t high, bool low_code_odd, enum tb_rounding rounding,
                             bool negative) {
    uint32_t middle = low + (high - low) / 2;
    if (points_inward(rounding, negative))
        return high;
    if (rounding == TB_RU || rounding == TB_RD)
        return low + 1;
    return rounding == TB_RNA || low_code_odd ? middle : middle + 1;
}

/* The pattern of half of the least value 2^least, from which on rna goes up. */
static uint32_t half_of_least(int least) {
    return least - 1 >= -126 ? (uint32_t)(least - 1 + 127) << 23 : UINT32_C(1) << (least - 1 + 149);
}

static void plan_power_low(const struct tb_format *f, int least, bool negative, struct tb_simd_plan *p) {
    struct tb_power_side *side = &p->power[negative];
    const uint32_t normal = UINT32_C(1) << 23;
    bool no_zero = f->low == TB_LOW_NORMAL;
    side->step1 = side->step2 = NEVER;
    side->regular = least >= -126 ? (uint32_t)(least + 127) << 23 : normal;
    if (no_zero && negative) { /* below the range at once */
        side->regular = NEVER;
        side->step1 = 1;
        return;
    }
    if (no_zero) { /* 2^-127 has code 0 and so has all below it */
        if (least == -127)
            side->step1 = step_between(normal / 2, normal, false, p->rounding, negative);
        return;
    }
    /* zero has code 0, 2^least code 1, and the middle between the two is a power of two */
    uint32_t half = half_of_least(least);
    side->step1 = points_inward(p->rounding, negative)           ? half_of_least(least + 1)
                  : p->rounding == TB_RU || p->rounding == TB_RD ? 1
                  : p->rounding == TB_RNA                        ? half
                                                                 : half + 1;
    if (least == -127)
        side->step2 = step_between(normal / 2, normal, true, p->rounding, negative);
}

static bool plan_power(const struct tb_format *f, struct tb_simd_plan *p) {
    bool no_zero = f->low == TB_LOW_NORMAL;
    int least = no_zero ? -f->bias : 1 - f->bias;
    if (f->precision != 1 || least < -127 || least > 100)
        return false;
    /* (pattern >> 23) less this is the code of a power of two; modulo 2^32 */
    p->power_offset = (uint32_t)(least + 127) - (no_zero ? 0 : 1);
    for (int negative = 0; negative < 2; negative++) {
        struct tb_power_side *side = &p->power[negative];
        bool inward = points_inward(p->rounding, negative);
        bool outward = (p->rounding == TB_RU || p->rounding == TB_RD) && !inward;
        side->increment = inward ? 0 : outward ? 0x7FFFFF : p->rounding == TB_RNA ? 0x400000 : 0x3FFFFF;
        side->odd_increment = p->rounding == TB_RNE;
        plan_power_low(f, least, negative, p);
    }
    plan_landmarks(f, p);
    p->is_scale = no_zero && !f->is_signed && least == -127;
    p->shape = TB_TO_POWER;
    return true;
}

static bool plan_rounded(const struct tb_format *source, const struct tb_format *f, struct tb_simd_plan *p) {
    if (p->rounding == TB_RTO || p->rounding == TB_RHU || !plan_source(source, &p->source))
        return false;
    if (is_fp16(f) || is_bf16(f) || is_tf32(f)) {
        p->shape = is_fp16(f) ? TB_TO_FP16 : is_bf16(f) ? TB_TO_BF16 : TB_TO_TF32;
        p->subnormals_vanish = is_fp16(f) && p->rounding == TB_RNA;
        return true;
    }
    if (f->kind != TB_FLOAT || f->bits > 8 || f->padding)
        return false;
    return f->precision == 1 ? plan_power(f, p) : plan_byte(f, p);
}

/* ---- Conversions that lose nothing. ---- */

/* A finite value of at most 32 significant bits in a float that holds it. */
static bool encode_exact(const struct tb_format *f, struct tb_value v, uint64_t *pattern) {
    int fraction_bits = f->precision - 1;
    int least = f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias;
    int top = v.exponent + 63 - __builtin_clzll(v.significand);
    int shift = v.exponent - ((top > least ? top : least) - fraction_bits);
    if (top < least && f->low != TB_LOW_SUBNORMALS)
        return false;
    if (shift < 0 && (shift <= -64 || v.significand & ((UINT64_C(1) << -shift) - 1)))
        return false;
    uint64_t n = shift < 0 ? v.significand >> -shift : v.significand << shift;
    uint64_t magnitude = n + ((uint64_t)(top > least ? top - least : 0) << fraction_bits);
    if (f->low == TB_LOW_NORMAL)
        magnitude -= UINT64_C(1) << fraction_bits;
    if (v.negative)
        magnitude |= UINT64_C(1) << (f->bits - 1);
    *pattern = magnitude << f->padding;
    return true;
}

static bool encode_any(const struct tb_format *f, struct tb_value v, uint64_t *pattern) {
    switch (v.class) {
    case TB_ZERO:
        return tb_format_zero(f, v.negative, pattern);
    case TB_INFINITE:
        return tb_format_infinity(f, v.negative, pattern);
    case TB_NOT_A_NUMBER:
        return tb_format_nan(f, v.negative, v.significand, pattern);
    case TB_FINITE:
        break;
    }
    return encode_exact(f, v, pattern);
}

static bool plan_exact(const struct tb_format *source, const struct tb_format *f, struct tb_simd_plan *p) {
    if (plan_source(source, &p->source) && (is_fp32(f) || is_tf32(f))) {
        p->shape = TB_WIDEN;
        return true;
    }
    if (source->bits + source->padding > 8 || f->kind != TB_FLOAT || f->bits + f->padding > 32)
        return false;
    for (uint64_t code = 0; code < 256; code++) { /* bits above the code are ignored */
        uint64_t pattern;
        if (!encode_any(f, tb_format_decode(source, code), &pattern))
            return false;
        p->table[code] = (uint32_t)pattern;
    }
    p->shape = TB_TABLE;
    return true;
}

bool tb_simd_plan_make(const struct tb_request *request, struct tb_simd_plan *plan) {
    const struct tb_format *source = tb_format_find(request->source, NULL);
    const struct tb_format *destination = tb_format_find(request->destination, NULL);
    int rounding = tb_word_find(tb_rounding_words, TB_ROUNDINGS, request->rounding);
    int overflow = tb_word_find(tb_overflow_words, TB_OVERFLOWS, request->overflow);
    if (strcmp(request->operation, "convert") != 0 || !source || !destination || rounding < 0)
        return false;
    *plan = (struct tb_simd_plan){.rounding = (enum tb_rounding)rounding,
                                  .overflow = overflow < 0 ? TB_SATFINITE : (enum tb_overflow)overflow,
                                  .destination_bytes = tb_format_bytes(destination)};
    if (rounding == TB_EXACT)
        return plan_exact(source, destination, plan);
    return overflow >= 0 && plan_rounded(source, destination, plan);
}
