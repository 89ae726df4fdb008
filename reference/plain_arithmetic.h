/* For tests: what people write in C to quantize, requantize, dequantize and convert, under the names of the
 * variants that say the same. Each is the float arithmetic of its source in a few lines, and shares nothing
 * with the variants' evaluators: no table of steps, no residuals, no numbers held wider than the type that is
 * computed in. Casts that C leaves undefined are written out as the machine has them.
 *
 * A target made of one of these has to be named by its variant; the variant has to give its answers. */
#ifndef TB_PLAIN_ARITHMETIC_H
#define TB_PLAIN_ARITHMETIC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

struct tb_plain {
    double scale;
    int32_t zero, low, high; /* zero point; least and greatest code */
};

/* ---- Steps that many share. ---- */

static inline int32_t tb_plain_clamp(double n, const struct tb_plain *p) {
    return n < p->low ? p->low : n > p->high ? p->high : (int32_t)n;
}

/* A cast of NaN that gives 0, then the zero point and the clamp, without any limit between. */
static inline int32_t tb_plain_finish(double rounded, const struct tb_plain *p) {
    return tb_plain_clamp((isnan(rounded) ? 0 : rounded) + p->zero, p);
}

/* cvtps2dq, cvtss2si. */
static inline int32_t tb_plain_int32_x86(float t) {
    return t >= -0x1p31f && t < 0x1p31f ? (int32_t)nearbyintf(t) : INT32_MIN;
}

static inline int64_t tb_plain_int64_x86(float t) {
    return t >= -0x1p63f && t < 0x1p63f ? (int64_t)nearbyintf(t) : INT64_MIN;
}

/* PTX cvt.rni.s32.f32, Arm fcvtns: saturates, NaN gives 0. */
static inline int32_t tb_plain_int32(float t) {
    if (isnan(t))
        return 0;
    return t < -0x1p31f ? INT32_MIN : t >= 0x1p31f ? INT32_MAX : (int32_t)nearbyintf(t);
}

static inline int32_t tb_plain_int16(int32_t n) {
    return n < INT16_MIN ? INT16_MIN : n > INT16_MAX ? INT16_MAX : n;
}

/* paddd. */
static inline int32_t tb_plain_wrapping_sum(int32_t a, int32_t b) {
    uint32_t sum = (uint32_t)a + (uint32_t)b;
    int32_t out;
    memcpy(&out, &sum, sizeof out);
    return out;
}

/* maxps, then minps: the second operand where one is NaN. */
static inline float tb_plain_between(float t, float low, float high) {
    float above = t > low ? t : low;
    return above < high ? above : high;
}

/* To fp16 and back. */
static inline float tb_plain_half(float x) {
    int exponent;
    if (x == 0 || !isfinite(x))
        return x;
    frexpf(x, &exponent);
    float ulp = ldexpf(1, (exponent < -13 ? -13 : exponent) - 11), y = nearbyintf(x / ulp) * ulp;
    return fabsf(y) >= 65536 ? copysignf(INFINITY, x) : copysignf(y, x);
}

/* ---- Quantizers: from fp32. ---- */

/* ONNX QuantizeLinear, vLLM. */
static inline int32_t tb_plain_div32(float x, const struct tb_plain *p) {
    return tb_plain_finish((double)nearbyintf(x / (float)p->scale), p);
}

/* PyTorch on CUDA. */
static inline int32_t tb_plain_div64(float x, const struct tb_plain *p) {
    return tb_plain_finish(nearbyint((double)x / p->scale), p);
}

static inline int32_t tb_plain_rcp32(float x, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale;
    return tb_plain_finish((double)nearbyintf(x * inverse), p);
}

static inline int32_t tb_plain_rcp64(float x, const struct tb_plain *p) {
    return tb_plain_finish(nearbyint((double)x * (1.0 / p->scale)), p);
}

/* TensorRT-LLM: the inverse is what is held. */
static inline int32_t tb_plain_rcp64to32(float x, const struct tb_plain *p) {
    float inverse = (float)(1.0 / p->scale);
    return tb_plain_finish((double)nearbyintf(x * inverse), p);
}

/* TFLite: half away from zero. */
static inline int32_t tb_plain_tflite(float x, const struct tb_plain *p) {
    return tb_plain_finish((double)roundf(x / (float)p->scale), p);
}

/* The same by hand, whose sum rounds. */
static inline int32_t tb_plain_add_half(float x, const struct tb_plain *p) {
    float t = x / (float)p->scale;
    return tb_plain_finish((double)truncf(t + copysignf(0.5f, t)), p);
}

/* A zero point before rounding: PyTorch per channel with a float zero point. */
static inline int32_t tb_plain_zero_before(float x, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale, t = nearbyintf(x * inverse + (float)p->zero);
    return tb_plain_clamp(isnan(t) ? 0 : (double)t, p);
}

/* The same in one operation. */
static inline int32_t tb_plain_fma(float x, const struct tb_plain *p) {
    float t = nearbyintf(fmaf(x, 1.0f / (float)p->scale, (float)p->zero));
    return tb_plain_clamp(isnan(t) ? 0 : (double)t, p);
}

/* ORT MLAS: the clamp before rounding, then cvtps2dq. */
static inline int32_t tb_plain_mlas(float x, const struct tb_plain *p) {
    float t = tb_plain_between(x / (float)p->scale, (float)(p->low - p->zero), (float)(p->high - p->zero));
    return tb_plain_int32_x86(t) + p->zero;
}

/* vLLM per token group: the same, cut. */
static inline int32_t tb_plain_group(float x, const struct tb_plain *p) {
    float t = tb_plain_between(x / (float)p->scale, (float)(p->low - p->zero), (float)(p->high - p->zero));
    return (int32_t)truncf(t) + p->zero;
}

/* FBGEMM QuantizeAvx2: minps, cvtps2dq, paddd, then the clamp. */
static inline int32_t tb_plain_fbgemm(float x, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale, t = x * inverse;
    t = t < 2147483520.0f ? t : 2147483520.0f;
    return tb_plain_clamp((double)tb_plain_wrapping_sum(tb_plain_int32_x86(t), p->zero), p);
}

/* FBGEMM Quantize, scalar: the zero point in fp32. */
static inline int32_t tb_plain_fbgemm_scalar(float x, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale, t = nearbyintf(x * inverse);
    return tb_plain_clamp((double)((isnan(t) ? 0 : t) + (float)p->zero), p);
}

/* PyTorch without FBGEMM: a cast to int64, where the sum wraps. */
static inline int32_t tb_plain_torch(float x, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale;
    uint64_t sum = (uint64_t)tb_plain_int64_x86(x * inverse) + (uint64_t)p->zero;
    int64_t n;
    memcpy(&n, &sum, sizeof n);
    return n < p->low ? p->low : n > p->high ? p->high : (int32_t)n;
}

/* PyTorch on aarch64: vcvtnq_s32_f32, vqmovn_s32, vqaddq_s16, vqmovn_s16. */
static inline int32_t tb_plain_neon(float x, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale;
    int32_t n = tb_plain_int16(tb_plain_int32(x * inverse));
    return tb_plain_clamp((double)tb_plain_int16(n + tb_plain_int16(p->zero)), p);
}

/* ORT on CUDA: a saturating cast, then a sum that wraps. */
static inline int32_t tb_plain_cuda(float x, const struct tb_plain *p) {
    int32_t n = tb_plain_int32(x / (float)p->scale);
    return tb_plain_clamp((double)tb_plain_wrapping_sum(n, p->zero), p);
}

/* vLLM per token: from the largest magnitude. */
static inline int32_t tb_plain_amax(float x, const struct tb_plain *p) {
    float amax = (float)p->high * (float)p->scale, factor = (float)p->high / amax;
    return tb_plain_finish((double)nearbyintf(x * factor), p);
}

static const struct {
    const char *variant;
    int32_t (*code)(float x, const struct tb_plain *p);
} tb_plain_quantizers[] = {
    {"div32",                  tb_plain_div32        },
    {"div64",                  tb_plain_div64        },
    {"rcp32",                  tb_plain_rcp32        },
    {"rcp64",                  tb_plain_rcp64        },
    {"rcp64to32",              tb_plain_rcp64to32    },
    {"div32+rna",              tb_plain_tflite       },
    {"div32+add-half-away",    tb_plain_add_half     },
    {"rcp32+zp-before",        tb_plain_zero_before  },
    {"fma",                    tb_plain_fma          },
    {"div32+clamp-before",     tb_plain_mlas         },
    {"div32+clamp-before+rtz", tb_plain_group        },
    {"rcp32+avx2-wrap",        tb_plain_fbgemm       },
    {"rcp32+zp-fp32",          tb_plain_fbgemm_scalar},
    {"rcp32+int64-x86",        tb_plain_torch        },
    {"rcp32+zp-sat16",         tb_plain_neon         },
    {"div32+int32-wrap",       tb_plain_cuda         },
    {"amax",                   tb_plain_amax         },
};
enum { TB_PLAIN_QUANTIZERS = sizeof tb_plain_quantizers / sizeof tb_plain_quantizers[0] };

/* ---- Requantizers: from 32-bit sums. ---- */

static inline int32_t tb_plain_mul32(int32_t q, const struct tb_plain *p) {
    return tb_plain_finish((double)nearbyintf((float)q * (float)p->scale), p);
}

static inline int32_t tb_plain_mul64(int32_t q, const struct tb_plain *p) {
    return tb_plain_finish(nearbyint(q * p->scale), p);
}

/* QNNPACK, XNNPACK, MLAS. */
static inline int32_t tb_plain_mul32_clamped(int32_t q, const struct tb_plain *p) {
    float t = (float)q * (float)p->scale;
    t = tb_plain_between(t, (float)(p->low - p->zero), (float)(p->high - p->zero));
    return tb_plain_int32_x86(t) + p->zero;
}

/* ONNX QLinearMatMul's reference. */
static inline int32_t tb_plain_mul32_zero_before(int32_t q, const struct tb_plain *p) {
    return tb_plain_clamp((double)nearbyintf((float)q * (float)p->scale + (float)p->zero), p);
}

/* The scale as m * 2^(shift - 31), m of 31 bits. */
static inline int64_t tb_plain_multiplier(double scale, int *shift) {
    int64_t m = (int64_t)round(frexp(scale, shift) * 0x1p31);
    if (m == INT64_C(1) << 31)
        m /= 2, ++*shift;
    return m;
}

/* Floor of a / 2^bits. */
static inline int64_t tb_plain_shifted(int64_t a, int bits) {
    int64_t unit = INT64_C(1) << bits, quotient = a / unit;
    return quotient - (a % unit < 0);
}

/* TFLite, CMSIS-NN: SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT. Scales below one. */
static inline int32_t tb_plain_double_rounding(int32_t q, const struct tb_plain *p) {
    int shift;
    int64_t product = q * tb_plain_multiplier(p->scale, &shift);
    int64_t high = (product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (INT64_C(1) << 31);
    int64_t mask = (INT64_C(1) << -shift) - 1, floor_of = tb_plain_shifted(high, -shift);
    int64_t rest = high - floor_of * (mask + 1), threshold = mask / 2 + (high < 0);
    return tb_plain_finish((double)(floor_of + (rest > threshold)), p);
}

/* ruy: one shift. */
static inline int32_t tb_plain_single_rounding(int32_t q, const struct tb_plain *p) {
    int shift;
    int64_t product = q * tb_plain_multiplier(p->scale, &shift);
    return tb_plain_finish((double)tb_plain_shifted(product + (INT64_C(1) << (30 - shift)), 31 - shift), p);
}

static const struct {
    const char *variant;
    int32_t (*code)(int32_t q, const struct tb_plain *p);
} tb_plain_requantizers[] = {
    {"mul32",              tb_plain_mul32            },
    {"mul64",              tb_plain_mul64            },
    {"mul32+clamp-before", tb_plain_mul32_clamped    },
    {"mul32+zp-before",    tb_plain_mul32_zero_before},
    {"double-rounding",    tb_plain_double_rounding  },
    {"single-rounding",    tb_plain_single_rounding  },
};
enum { TB_PLAIN_REQUANTIZERS = sizeof tb_plain_requantizers / sizeof tb_plain_requantizers[0] };

/* ---- Dequantizers: to fp32. ---- */

static inline float tb_plain_dq_mul32(int32_t q, const struct tb_plain *p) {
    return (float)(q - p->zero) * (float)p->scale;
}
static inline float tb_plain_dq_mul64(int32_t q, const struct tb_plain *p) {
    return (float)((double)(q - p->zero) * p->scale);
}
static inline float tb_plain_dq_fma(int32_t q, const struct tb_plain *p) {
    float s = (float)p->scale, premultiplied = -(s * (float)p->zero);
    return fmaf(s, (float)q, premultiplied);
}
static inline float tb_plain_dq_premul(int32_t q, const struct tb_plain *p) {
    float s = (float)p->scale;
    return s * (float)q - s * (float)p->zero;
}
static inline float tb_plain_dq_div(int32_t q, const struct tb_plain *p) {
    float inverse = 1.0f / (float)p->scale;
    return (float)(q - p->zero) / inverse;
}
/* vLLM's packed loads. */
static inline float tb_plain_dq_half(int32_t q, const struct tb_plain *p) {
    return tb_plain_half(tb_plain_dq_mul32(q, p));
}

static const struct {
    const char *variant;
    float (*value)(int32_t q, const struct tb_plain *p);
} tb_plain_dequantizers[] = {
    {"dq-mul32",          tb_plain_dq_mul32 },
    {"dq-mul64",          tb_plain_dq_mul64 },
    {"dq-fma",            tb_plain_dq_fma   },
    {"dq-premul",         tb_plain_dq_premul},
    {"dq-div",            tb_plain_dq_div   },
    {"dq-mul32+via-fp16", tb_plain_dq_half  },
};
enum { TB_PLAIN_DEQUANTIZERS = sizeof tb_plain_dequantizers / sizeof tb_plain_dequantizers[0] };

/* ---- Conversions: fp32 to bf16, in the bits. ---- */

static inline uint32_t tb_plain_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline uint32_t tb_plain_bf16(float x) {
    uint32_t bits = tb_plain_bits(x);
    return isnan(x) ? bits >> 16 | 0x40 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}
/* Half up in place of half to even. */
static inline uint32_t tb_plain_bf16_away(float x) {
    uint32_t bits = tb_plain_bits(x);
    return isnan(x) ? bits >> 16 | 0x40 : (bits + 0x8000) >> 16;
}
static inline uint32_t tb_plain_bf16_cut(float x) {
    uint32_t bits = tb_plain_bits(x);
    return isnan(x) ? bits >> 16 | 0x40 : bits >> 16;
}
/* MXCSR.DAZ; x86's vcvtneps2bf16. */
static inline uint32_t tb_plain_bf16_daz(float x) {
    return tb_plain_bf16(fabsf(x) < 0x1p-126f ? copysignf(0, x) : x);
}
static inline uint32_t tb_plain_bf16_half(float x) {
    return tb_plain_bf16(tb_plain_half(x));
}

static const struct {
    const char *variant;
    uint32_t (*convert)(float x);
} tb_plain_converters[] = {
    {"exact",    tb_plain_bf16     },
    {"rna",      tb_plain_bf16_away},
    {"rtz",      tb_plain_bf16_cut },
    {"daz",      tb_plain_bf16_daz },
    {"via-fp16", tb_plain_bf16_half},
};
enum { TB_PLAIN_CONVERTERS = sizeof tb_plain_converters / sizeof tb_plain_converters[0] };

#endif
