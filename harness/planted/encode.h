/* A small encoder that is honest, and wrong in the ways that a rule names. Its own code: it shares none with
 * the tool.
 *
 * Every source is first widened to fp32, which loses nothing, and then rounded once by shifting its
 * significand. With the honest rule it equals the exact answers: test_planted.c, all inputs of the 16-bit
 * sources and of tf32, and 2^20 of fp32. */
#ifndef TB_PLANTED_ENCODE_H
#define TB_PLANTED_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

enum planted_mode { MODE_RNE, MODE_RNA, MODE_RTZ, MODE_RD, MODE_RHU };
enum planted_via { VIA_NONE, VIA_FP16, VIA_BF16 };
enum planted_overflow {
    OVERFLOW_POLICY,
    OVERFLOW_NAN,
    OVERFLOW_LARGEST
}; /* as the case says, NaN, largest finite */

/* What an encoder does; all zero is honest. */
struct planted_rule {
    enum planted_mode mode;
    enum planted_via via;
    enum planted_overflow overflow;
    bool daz, ftz, zero_positive, nan_zero;
    int bias_error;
    uint32_t code_from, code_to; /* this code comes out as that one; both 0: none */
    uint32_t wrong_input;        /* this fp32 pattern gets the next code; 0: none */
};

struct planted_format {
    const char *name;
    const char *overflow; /* the policy that it is offered for */
    int fraction_bits, bias;
    uint32_t largest, infinity, nan, sign; /* infinity: what overflow gives, the largest where it saturates */
    int nan_payload; /* leading fraction bits of an fp32 NaN that it keeps, the quiet bit among them */
};

static const struct planted_format planted_e4m3fn = {"e4m3fn", "satfinite", 3, 7, 0x7e, 0x7e, 0x7f, 0x80, 0};
static const struct planted_format planted_e5m2 = {"e5m2", "satfinite", 2, 15, 0x7b, 0x7b, 0x7e, 0x80, 2};
static const struct planted_format planted_bf16 = {"bf16", "inf", 7, 127, 0x7f7f, 0x7f80, 0x7fc0, 0x8000, 7};
static const struct planted_format planted_fp16 = {"fp16", "inf", 10, 15, 0x7bff, 0x7c00, 0x7e00, 0x8000, 10};

static inline __attribute__((always_inline)) uint32_t planted_widen_fp16(uint32_t x, bool daz) {
    uint32_t sign = (x & 0x8000) << 16, exponent = x >> 10 & 31, fraction = x & 0x3ff;
    if (exponent == 31)
        return sign | 0x7f800000 | fraction << 13;
    if (exponent)
        return sign | (exponent + 112) << 23 | fraction << 13;
    if (!fraction || daz)
        return sign;
    int shift = __builtin_clz(fraction) - 21; /* moves the leading bit to bit 10 */
    return sign | (uint32_t)(113 - shift) << 23 | (fraction << shift & 0x3ff) << 13;
}

/* q and the bits cut off below it, `rest` of 2^bits, rounded: by what is added to the rest, without a branch.
 */
static inline __attribute__((always_inline)) uint32_t planted_round(uint32_t q, uint32_t rest, int bits,
                                                                    bool negative, enum planted_mode mode) {
    uint32_t half = 1u << (bits - 1);
    uint32_t add = mode == MODE_RNE   ? half - 1 + (q & 1)
                   : mode == MODE_RNA ? half
                   : mode == MODE_RTZ ? 0
                   : mode == MODE_RHU ? half - negative
                                      : (half * 2 - 1) * negative;
    return q + ((rest + add) >> bits);
}

static inline __attribute__((always_inline)) uint32_t planted_overflowed(const struct planted_format *f,
                                                                         const struct planted_rule *r,
                                                                         bool infinite, bool negative) {
    if (r->overflow == OVERFLOW_NAN)
        return f->nan;
    bool stays = !infinite && (r->mode == MODE_RTZ || (r->mode == MODE_RD && !negative));
    return r->overflow == OVERFLOW_LARGEST || stays ? f->largest : f->infinity;
}

/* One rounding of an fp32 pattern. Selections and no branches, so that compilers make vectors of it. */
static inline __attribute__((always_inline)) uint32_t
planted_encode_once(uint32_t x, const struct planted_format *f, const struct planted_rule *r) {
    uint32_t negative = x >> 31, sign = negative ? f->sign : 0, magnitude = x & 0x7fffffff;
    magnitude = r->daz && magnitude < 0x800000 ? 0 : magnitude;
    uint32_t hidden = magnitude < 0x800000 ? 0 : 0x800000, significand = (magnitude & 0x7fffff) | hidden;
    int exponent = (int)(magnitude >> 23) + !hidden - 127;
    int above = exponent - (1 - f->bias - r->bias_error); /* binades above the lowest one */
    int bits = 23 - f->fraction_bits - (above < 0 ? above : 0);
    bits = bits < 30 ? bits : 30; /* from 26 on only "something below half" is left */
    uint32_t field = (uint32_t)(above > 0 ? above : 0)
                     << f->fraction_bits; /* the hidden bit adds the last 1 */
    uint32_t q = planted_round(field + (significand >> bits), significand & ((1u << bits) - 1), bits,
                               negative, r->mode);
    q = r->ftz && q < 1u << f->fraction_bits ? 0 : q;
    uint32_t code = q || !r->zero_positive ? sign | q : 0;
    bool infinite = magnitude == 0x7f800000;
    code = q > f->largest || infinite ? sign | planted_overflowed(f, r, infinite, negative) : code;
    uint32_t payload = f->nan_payload ? (magnitude & 0x7fffff) >> (23 - f->nan_payload) : 0;
    uint32_t nan = r->nan_zero ? 0 : sign | f->nan | payload;
    return magnitude > 0x7f800000 ? nan : code;
}

static inline __attribute__((always_inline)) uint32_t
planted_encode(uint32_t x, const struct planted_format *f, const struct planted_rule *r) {
    static const struct planted_rule honest = {MODE_RNE, VIA_NONE, OVERFLOW_POLICY, 0, 0, 0, 0, 0, 0, 0, 0};
    if (r->via == VIA_FP16)
        x = planted_widen_fp16(planted_encode_once(x, &planted_fp16, &honest), false);
    else if (r->via == VIA_BF16)
        x = planted_encode_once(x, &planted_bf16, &honest) << 16;
    uint32_t code = planted_encode_once(x, f, r);
    code = r->code_from && code == r->code_from ? r->code_to : code;
    return r->wrong_input && x == r->wrong_input ? code + 1 : code;
}

#endif
