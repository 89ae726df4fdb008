/* The table of affine variants, and which of them can tell themselves from the exact answers of a case. */
#include "reference/affine_variant.h"

#include "reference/affine.h"
#include "reference/affine_machine.h"
#include "reference/named.h"
#include "reference/reference.h"

#include <string.h>

enum {
    Q = 1 << TB_QUANTIZE,
    D = 1 << TB_DEQUANTIZE,
    F = 1 << TB_FAKEQUANT,
    R = 1 << TB_REQUANTIZE,
};

/* ---- What each word sets. ---- */

#define SET1(NAME, FIELD1, VALUE1)                                                                           \
    static void set_##NAME(struct tb_affine_arithmetic *a) {                                                 \
        a->FIELD1 = VALUE1;                                                                                  \
    }
#define SET2(NAME, FIELD1, VALUE1, FIELD2, VALUE2)                                                           \
    static void set_##NAME(struct tb_affine_arithmetic *a) {                                                 \
        a->FIELD1 = VALUE1;                                                                                  \
        a->FIELD2 = VALUE2;                                                                                  \
    }
/* A register that wraps adds the zero point in it, where it comes after. */
#define REGISTER(NAME, VALUE, ZERO)                                                                          \
    static void set_##NAME(struct tb_affine_arithmetic *a) {                                                 \
        a->to_integer = VALUE;                                                                               \
        if (a->zero == TB_ZERO_AFTER)                                                                        \
            a->zero = ZERO;                                                                                  \
    }

static void set_exact(struct tb_affine_arithmetic *a) {
    (void)a;
}

SET1(s_fp32, held, TB_NUMBER_FP32)
SET1(s_fp16, held, TB_NUMBER_FP16)
SET1(s_bf16, held, TB_NUMBER_BF16)

SET2(direct32, apply, TB_APPLY_DIRECT, number, TB_NUMBER_FP32)
SET2(direct64, apply, TB_APPLY_DIRECT, number, TB_NUMBER_FP64)
SET2(direct_fp16, apply, TB_APPLY_DIRECT, number, TB_NUMBER_FP16)
SET2(direct_bf16, apply, TB_APPLY_DIRECT, number, TB_NUMBER_BF16)
SET2(rcp32, apply, TB_APPLY_RECIPROCAL, number, TB_NUMBER_FP32)
SET2(rcp64, apply, TB_APPLY_RECIPROCAL, number, TB_NUMBER_FP64)
SET2(rcp_fp16, apply, TB_APPLY_RECIPROCAL, number, TB_NUMBER_FP16)
SET2(rcp_bf16, apply, TB_APPLY_RECIPROCAL, number, TB_NUMBER_BF16)
SET2(rcp64to32, apply, TB_APPLY_WIDE_INVERSE, number, TB_NUMBER_FP32)
SET2(amax, apply, TB_APPLY_AMAX, number, TB_NUMBER_FP32)
SET2(amax_rcp, apply, TB_APPLY_AMAX_INVERSE, number, TB_NUMBER_FP32)
SET2(fma, apply, TB_APPLY_FMA, number, TB_NUMBER_FP32)
SET2(linear, apply, TB_APPLY_LINEAR, number, TB_NUMBER_FP32)
SET2(linear_fma, apply, TB_APPLY_LINEAR_FMA, number, TB_NUMBER_FP32)
SET2(range, apply, TB_APPLY_RANGE, number, TB_NUMBER_FP32)
SET2(submin, apply, TB_APPLY_SUBTRACT_LEAST, number, TB_NUMBER_FP32)
SET2(rowwise, apply, TB_APPLY_ROWWISE, number, TB_NUMBER_FP32)

SET1(rne, rounding, TB_RNE)
SET1(rna, rounding, TB_RNA)
SET1(rhu, rounding, TB_RHU)
SET1(rtz, rounding, TB_RTZ)
SET1(rd, rounding, TB_RD)
SET1(ru, rounding, TB_RU)
SET1(rto, rounding, TB_RTO)
SET1(add_half, rounding, TB_ROUND_ADD_HALF)
SET1(add_signed_half, rounding, TB_ROUND_ADD_SIGNED_HALF)
SET1(magic, rounding, TB_ROUND_MAGIC)

SET1(s_unsigned, scale, TB_SCALE_MAGNITUDE)
SET1(zp_ignored, zero_point, TB_ZERO_NONE)
SET1(zp_less_one, zero_point, TB_ZERO_LESS_ONE)
SET1(zp_before, zero, TB_ZERO_BEFORE)
SET1(zp_fp32, zero, TB_ZERO_AFTER_FP32)
SET1(zp_sat16, zero, TB_ZERO_AFTER_INT16)
REGISTER(int32_wrap, TB_TO_INT32, TB_ZERO_AFTER_INT32)
REGISTER(int32_x86, TB_TO_INT32_X86, TB_ZERO_AFTER_INT32)
REGISTER(int64_x86, TB_TO_INT64_X86, TB_ZERO_AFTER_INT64)
REGISTER(avx2_wrap, TB_TO_INT32_GUARD, TB_ZERO_AFTER_INT32)

SET1(clamp_before, clamp, TB_CLAMP_BEFORE)
SET1(clamp_first, clamp, TB_CLAMP_FIRST)
SET1(no_clamp, clamp, TB_CLAMP_NONE)
SET1(narrow, bounds, TB_BOUNDS_SYMMETRIC)
SET1(reduce_range, bounds, TB_BOUNDS_HALVED)
SET1(high_less, bounds, TB_BOUNDS_LESS_HIGH)
SET1(low_more, bounds, TB_BOUNDS_LESS_LOW)
SET1(high_more, bounds, TB_BOUNDS_MORE_HIGH)

SET1(nan_low, nan, TB_NAN_LOW)
SET1(nan_high, nan, TB_NAN_HIGH)
SET1(nan_zp, nan, TB_NAN_ZERO_POINT)
SET1(nan_zero, nan, TB_NAN_CODE_ZERO)

SET1(double_rounding, fixed, TB_FIXED_DOUBLE)
SET1(single_rounding, fixed, TB_FIXED_SINGLE)
SET1(fixed64, fixed, TB_FIXED_SINGLE_RNE)
SET1(q31, fixed, TB_FIXED_Q31)
SET1(m16, fixed, TB_FIXED_M16)
SET1(rndnu16, fixed, TB_FIXED_M16_PRESHIFT)
SET1(m21, fixed, TB_FIXED_M21)
SET1(strict_half, strict_half, true)
SET2(precise, held, TB_NUMBER_FP32, rounding, TB_RNA)
SET2(rndnu, held, TB_NUMBER_FP32, rounding, TB_RHU)

SET2(dq_mul32, revalue, TB_REVALUE_PRODUCT, output, TB_NUMBER_FP32)
SET2(dq_mul64, revalue, TB_REVALUE_PRODUCT, output, TB_NUMBER_FP64)
SET2(dq_mul_fp16, revalue, TB_REVALUE_PRODUCT, output, TB_NUMBER_FP16)
SET2(dq_mul_bf16, revalue, TB_REVALUE_PRODUCT, output, TB_NUMBER_BF16)
SET2(dq_premul, revalue, TB_REVALUE_PREMULTIPLIED, output, TB_NUMBER_FP32)
SET2(dq_fma, revalue, TB_REVALUE_FMA, output, TB_NUMBER_FP32)
SET2(dq_div, revalue, TB_REVALUE_DIVIDE, output, TB_NUMBER_FP32)
SET2(dq_div_amax, revalue, TB_REVALUE_DIVIDE_AMAX, output, TB_NUMBER_FP32)
SET2(dq_least, revalue, TB_REVALUE_LEAST, output, TB_NUMBER_FP32)
SET2(dq_linear, revalue, TB_REVALUE_LINEAR, output, TB_NUMBER_FP32)
SET2(dq_range, revalue, TB_REVALUE_RANGE, output, TB_NUMBER_FP32)
SET1(via_fp16, through, TB_NUMBER_FP16)
SET1(via_bf16, through, TB_NUMBER_BF16)

SET1(mask_after, mask, TB_MASK_AFTER)
SET1(mask_input, mask, TB_MASK_INPUT)
SET1(mask_strict, mask, TB_MASK_STRICT)
SET1(mask_number, mask, TB_MASK_NUMBER)

/* ---- The table. ---- */

/* clang-format off */
#define ROW(NAME, SET, OPERATIONS, STEADY, SUMMARY, USED_BY) {NAME, SUMMARY, USED_BY, OPERATIONS, STEADY, set_##SET}
const struct tb_affine_variant tb_affine_variants[] = {
    /*  name               field            operations     steady  summary                                                                used by */
    ROW("exact",           exact,           Q | D | F | R, false, "the real quotient or product of the values in memory, rounded once",   "the definition"),
    /* How the scale is held. */
    ROW("s-fp32",          s_fp32,          Q | D | F | R, true,  "the scale is narrowed to fp32 first",                                  "PyTorch CPU, TFLite, QNNPACK, XNNPACK"),
    ROW("s-fp16",          s_fp16,          Q | D | F | R, true,  "the scale is narrowed to fp16 first",                                  "ORT CUDA half, AWQ, XNNPACK qd8-f16 (stored scale)"),
    ROW("s-bf16",          s_bf16,          Q | D | F | R, true,  "the scale is narrowed to bf16 first",                                  "torchao and quanto on bf16 tensors"),
    ROW("s-unsigned",      s_unsigned,      Q | D | F | R, false, "the sign of the scale is dropped",                                     "a fault"),
    /* How it is applied. */
    ROW("div32",           direct32,        Q | F,         true,  "fp32(x / s), s in fp32",                                               "ONNX, ORT MLAS and CUDA fp32, TFLite reference, vLLM static"),
    ROW("div64",           direct64,        Q | F,         true,  "fp64(x / s), s as it is",                                              "PyTorch CUDA"),
    ROW("div-fp16",        direct_fp16,     Q | F,         true,  "fp16(x / s), x and s in fp16",                                         "ORT CUDA half, SmoothQuant, quanto"),
    ROW("div-bf16",        direct_bf16,     Q | F,         true,  "bf16(x / s), x and s in bf16",                                         "SmoothQuant, quanto on bf16 tensors"),
    ROW("rcp32",           rcp32,           Q | F,         true,  "fp32(x * fp32(1 / s)), s in fp32",                                     "PyTorch CPU and fake quantization, FBGEMM, XNNPACK, oneDNN"),
    ROW("rcp64to32",       rcp64to32,       Q | F,         true,  "fp32(x * fp32(1 / s)), s as it is: the inverse is what is held",       "PyTorch 2 export, TensorRT-LLM, HQQ"),
    ROW("rcp64",           rcp64,           Q | F,         true,  "fp64(x * fp64(1 / s))",                                                ""),
    ROW("rcp-fp16",        rcp_fp16,        Q | F,         true,  "fp16(x * fp16(1 / s))",                                                "torchao on fp16 tensors"),
    ROW("rcp-bf16",        rcp_bf16,        Q | F,         true,  "bf16(x * bf16(1 / s))",                                                "torchao on bf16 tensors"),
    ROW("amax",            amax,            Q | F,         true,  "fp32(x * fp32(hi / amax)), amax = fp32(hi * s)",                       "vLLM per token, TensorRT-LLM per token, ModelOpt"),
    ROW("amax-rcp",        amax_rcp,        Q | F,         true,  "the same with fp32(hi * fp32(1 / amax)): a model of __fdividef",       "bitsandbytes CUDA, as far as the GPU's reciprocal is correctly rounded"),
    ROW("fma",             fma,             Q | F,         true,  "fma(x, fp32(1 / s), z): the zero point before rounding, in one step",  "ORT KV cache on AVX-512; compilers with contraction"),
    ROW("linear",          linear,          Q | F,         true,  "fp32(fp32(x * i) + h), i = levels / range, h = -least * i, from lo on", "OpenVINO CPU"),
    ROW("linear-fma",      linear_fma,      Q | F,         true,  "the same as one fused operation",                                      "OpenVINO CPU where compiled with FMA"),
    ROW("range",           range,           Q | F,         true,  "(x - least) / range * levels, from lo on",                             "OpenVINO FakeQuantize, core reference"),
    ROW("submin",          submin,          Q | F,         true,  "fp32(fp32(x - least) * fp32(1 / s)), from lo on",                      "TFLite FakeQuant"),
    ROW("rowwise",         rowwise,         Q | F,         true,  "the same times fp32(levels / (range + 1e-8)): not the stored scale",   "FBGEMM 8-bit row-wise embeddings"),
    ROW("mul32",           direct32,        R,             true,  "fp32(fp32(q) * s), s in fp32",                                         "QNNPACK and XNNPACK fp32, FBGEMM float, MLAS, PyTorch"),
    ROW("mul64",           direct64,        R,             true,  "fp64(q * s)",                                                          ""),
    /* Fixed point. */
    ROW("double-rounding", double_rounding, R,             true,  "31-bit multiplier: high product half up, then shift half away",        "TFLite, gemmlowp, CMSIS-NN"),
    ROW("single-rounding", single_rounding, R,             true,  "31-bit multiplier: one shift of 64 bits, half up",                     "TFLite with TFLITE_SINGLE_ROUNDING, ruy, CMSIS-NN single"),
    ROW("q31",             q31,             R,             true,  "the fp32 scale's mantissa: high product half up, then half away",      "QNNPACK q31 and gemmlowp"),
    ROW("fixed64",         fixed64,         R,             true,  "the fp32 scale as a 31-bit multiplier by rne, one shift, half up",     "FBGEMM fixed point"),
    ROW("rndnu",           rndnu,           R,             true,  "the fp32 scale's exact product, half up",                              "XNNPACK on Arm"),
    ROW("precise",         precise,         R,             true,  "the fp32 scale's exact product, half away",                            "QNNPACK precise"),
    ROW("rndnu16",         rndnu16,         R,             true,  "15-bit multiplier, the input shifted into 16 bits, half up twice",     "XNNPACK qu8 rndnu16 on Arm"),
    ROW("m16",             m16,             R,             true,  "16-bit multiplier, one shift, half up",                                "TFLite and CMSIS-NN on 64-bit accumulators (16x8)"),
    ROW("m21",             m21,             R,             true,  "21-bit multiplier, one shift, half up",                                "XNNPACK qs8 and qu8 additions"),
    ROW("strict-half",     strict_half,     R,             true,  "the multiplier goes up only strictly above half",                      "TFLite with TFLITE_EMULATE_FLOAT"),
    /* Rounding. */
    ROW("rne",             rne,             Q | F | R,     false, "to nearest, ties to even",                                             "most"),
    ROW("rna",             rna,             Q | F | R,     false, "to nearest, ties away from zero",                                      "TFLite, gemmlowp, OpenVINO CPU, vLLM Triton per token, LiteRT FULLY_CONNECTED"),
    ROW("rhu",             rhu,             Q | F | R,     false, "to nearest, ties toward +infinity",                                    "Arm VRSHL, fixed point shifts"),
    ROW("rtz",             rtz,             Q | F | R,     false, "toward zero",                                                          "vLLM per token group, ORT CPU fp16 before PR 32452"),
    ROW("rd",              rd,              Q | F | R,     false, "toward -infinity",                                                     "floor quantizers, plain arithmetic shifts"),
    ROW("ru",              ru,              Q | F | R,     false, "toward +infinity",                                                     ""),
    ROW("rto",             rto,             Q | F | R,     false, "inexact values to odd",                                                ""),
    ROW("add-half",        add_half,        Q | F | R,     false, "floor(t + 0.5), the sum rounded: 0.49999997 gives 1",                  "vLLM Triton KV cache outside CUDA and ROCm"),
    ROW("add-half-away",   add_signed_half, Q | F | R,     false, "trunc(t + copysign(0.5, t)), the sum rounded",                         "C code without rounding functions"),
    ROW("magic",           magic,           Q | F | R,     false, "the bits of fp32(t + 12582912): rne below 2^22, anything above",       "PyTorch armv7, QNNPACK, XNNPACK"),
    /* The zero point, and the register it is added in. */
    ROW("zp-ignored",      zp_ignored,      Q | D | F | R, false, "there is no zero point",                                               "kernels of symmetric codes given others"),
    ROW("zp-less-one",     zp_less_one,     Q | D | F | R, false, "the zero point less one",                                              "AutoGPTQ's zeros, stored less one, read as they are"),
    ROW("zp-before",       zp_before,       Q | F | R,     false, "the zero point is added before rounding, in the number type",          "oneDNN, gemmlowp, HQQ, ONNX QLinearMatMul reference, float zero points"),
    ROW("zp-fp32",         zp_fp32,         Q | F | R,     false, "the zero point is added after rounding, in fp32",                      "FBGEMM scalar, MLAS generic, PyTorch 2 export"),
    ROW("zp-sat16",        zp_sat16,        Q | F | R,     false, "the zero point is added in saturating 16 bits",                        "PyTorch aarch64, FBGEMM requantization, MLAS NEON"),
    ROW("int32-wrap",      int32_wrap,      Q | F | R,     false, "saturated to 32 bits, where the zero point wraps",                     "ORT CUDA, vLLM with a zero point"),
    ROW("int32-x86",       int32_x86,       Q | F | R,     false, "out of range and NaN give -2^31, the zero point wraps",                "x86 cvtps2dq without guards; ONNX reference evaluator on x86"),
    ROW("int64-x86",       int64_x86,       Q | F | R,     false, "out of range and NaN give -2^63, the zero point wraps",                "PyTorch without FBGEMM, its fake quantization before PR 155109, on x86"),
    ROW("avx2-wrap",       avx2_wrap,       Q | F | R,     false, "minps(t, 2^31 - 128), then cvtps2dq, the zero point wraps",            "FBGEMM AVX2, so PyTorch CPU on x86"),
    /* The clamp. */
    ROW("clamp-before",    clamp_before,    Q | F | R,     false, "clamped before rounding, lower bound first (maxps, minps)",            "ORT MLAS, XNNPACK, QNNPACK, oneDNN"),
    ROW("clamp-first",     clamp_first,     Q | R,         false, "clamped before the zero point is added, the low bits kept",            "a fault"),
    ROW("no-clamp",        no_clamp,        Q | R,         false, "not clamped: the low bits are kept",                                   "bitsandbytes, SmoothQuant"),
    ROW("narrow",          narrow,          Q | F | R,     false, "the least code is -hi",                                                "TFLite and TensorRT weights, ModelOpt, ORT static quantizer"),
    ROW("reduce-range",    reduce_range,    Q | F | R,     false, "both bounds halved",                                                   "PyTorch and ORT reduce_range"),
    ROW("high-less",       high_less,       Q | F | R,     false, "the greatest code is hi - 1",                                          "a fault"),
    ROW("low-more",        low_more,        Q | F | R,     false, "the least code is lo + 1",                                             "a fault"),
    ROW("high-more",       high_more,       Q | F | R,     false, "clamped to hi + 1, the low bits kept",                                 "a fault"),
    /* NaN. */
    ROW("nan-low",         nan_low,         Q | F,         false, "NaN gives lo",                                                         "max first: ORT MLAS SSE, XNNPACK lrintf and fmagic"),
    ROW("nan-high",        nan_high,        Q | F,         false, "NaN gives hi",                                                         "min first: XNNPACK SSE2 and AVX"),
    ROW("nan-zp",          nan_zp,          Q | F,         false, "NaN gives the zero point",                                             "PTX cvt, Arm FCVTNS"),
    ROW("nan-zero",        nan_zero,        Q | F,         false, "NaN gives the code 0",                                                 "casts of NaN to 0 after the zero point"),
    /* Back to values. */
    ROW("dq-mul32",        dq_mul32,        D | F,         true,  "fp32(fp32(q - z) * s), s in fp32",                                     "PyTorch CPU, ONNX, TFLite, FBGEMM"),
    ROW("dq-mul64",        dq_mul64,        D | F,         true,  "fp64((q - z) * s)",                                                    "PyTorch CUDA"),
    ROW("dq-mul-fp16",     dq_mul_fp16,     D | F,         true,  "fp16(fp16(q - z) * s), s in fp16",                                     "ORT CUDA half, AWQ, quanto"),
    ROW("dq-mul-bf16",     dq_mul_bf16,     D | F,         true,  "bf16(bf16(q - z) * s), s in bf16",                                     "torchao, quanto on bf16 tensors"),
    ROW("dq-premul",       dq_premul,       D | F,         true,  "fp32(fp32(s * q) - fp32(s * z))",                                      "vector code without FMA"),
    ROW("dq-fma",          dq_fma,          D | F,         true,  "fma(s, q, -fp32(s * z))",                                              "PyTorch Vectorized<qint*>, oneDNN"),
    ROW("dq-div",          dq_div,          D | F,         true,  "fp32((q - z) / fp32(1 / s))",                                          "code that holds the inverse scale"),
    ROW("dq-div-amax",     dq_div_amax,     D | F,         true,  "fp32((q - z) / fp32(hi / amax)), amax = fp32(hi * s)",                 "ModelOpt"),
    ROW("dq-least",        dq_least,        D | F,         true,  "fp32(fp32((q - lo) * s) + fp32((lo - z) * s))",                        "TFLite FakeQuant, FBGEMM row-wise"),
    ROW("dq-linear",       dq_linear,       D | F,         true,  "fp32(fp32((q - lo) * fp32(range / levels)) + least)",                  "OpenVINO CPU"),
    ROW("dq-range",        dq_range,        D | F,         true,  "(q - lo) / levels * range + least",                                    "OpenVINO FakeQuantize, core reference"),
    ROW("via-fp16",        via_fp16,        D | F,         false, "the value is rounded to fp16 on its way",                              "vLLM packed fp8 loads, half kernels"),
    ROW("via-bf16",        via_bf16,        D | F,         false, "the value is rounded to bf16 on its way",                              "bf16 kernels"),
    /* The mask of the backward pass. */
    ROW("mask-after",      mask_after,      F,             false, "the mask is taken after the clamp: always 1",                          "a fault"),
    ROW("mask-input",      mask_input,      F,             false, "the mask compares x with the values of lo and hi",                     "TFLite FakeQuant gradient"),
    ROW("mask-strict",     mask_strict,     F,             false, "the mask leaves out both bounds",                                      "a fault"),
    ROW("mask-number",     mask_number,     F,             false, "the mask leaves out NaN, whatever code NaN has",                       "PyTorch fake quantization"),
};
/* clang-format on */
const size_t tb_affine_variant_count = sizeof tb_affine_variants / sizeof tb_affine_variants[0];

/* ---- Reading names. ---- */

bool tb_affine_arithmetic_read(const struct tb_case *c, const char *name, struct tb_affine_arithmetic *out,
                               struct tb_error *error) {
    struct tb_name_word word;
    *out = (struct tb_affine_arithmetic){0};
    while (tb_next_word(&name, &word)) {
        const struct tb_affine_variant *variant =
            tb_named_row(tb_affine_variants, tb_affine_variant_count, sizeof tb_affine_variants[0], word.text,
                         word.length);
        if (!variant)
            return tb_fail(error, TB_EXIT_USAGE,
                           "variant '%.*s' is not known: `tiebreak list variants` shows all, "
                           "`tiebreak list presets` the runtimes",
                           word.shown, word.text);
        if (!(variant->operations >> c->operation & 1))
            return tb_fail(error, TB_EXIT_USAGE,
                           "variant '%.*s' is none of %s: `tiebreak list variants` says of what it is",
                           word.shown, word.text, tb_operation_words[c->operation].name);
        variant->apply(out);
    }
    return true;
}

/* ---- Whether a variant can show. ---- */

enum { PROBES = 512 };
struct probes {
    const struct tb_case *c;
    size_t count;
    uint64_t pattern[PROBES];
};

static void add_code(struct probes *p, uint64_t code) {
    const struct tb_format *f = p->c->source;
    if (p->count < PROBES)
        p->pattern[p->count++] = (code & (tb_format_codes(f) - 1)) << f->padding;
}

/* The source's value nearest to x, and its neighbours. */
static void add_value(struct probes *p, double x) {
    struct tb_case to_source = {.source = tb_format_find("fp64", NULL),
                                .destination = p->c->source,
                                .rounding = TB_RNE,
                                .overflow = TB_SATFINITE};
    uint64_t code = tb_integer_convert(&to_source, tb_double_bits(x)) >> p->c->source->padding;
    for (int step = -1; step <= 1; step++)
        add_code(p, code + (uint64_t)step);
}

/* Boundaries near zero, near both bounds and between, and where registers end. */
static void add_boundaries(struct probes *p) {
    const struct tb_affine *a = &p->c->affine;
    double s = p->c->operation == TB_REQUANTIZE ? 1 / a->scale : a->scale;
    double low = (double)(a->low - a->zero), high = (double)(a->high - a->zero);
    const double ends[] = {0x1p22, 0x1p23, 0x1p24, 0x1p31, 0x1p31 - (double)a->zero, 0x1p63, 32768};
    for (int i = -4; i <= 4; i++) {
        add_value(p, (i + 0.5) * s);
        add_value(p, (low + i + 0.5) * s);
        add_value(p, (high + i + 0.5) * s);
        add_value(p, (low / 2 + i + 0.5) * s);
        add_value(p, (low + (high - low) * (i + 5) / 10 + 0.5) * s);
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        add_value(p, ends[i] * s);
        add_value(p, -ends[i] * s);
    }
}

/* Zeros, extremes, infinities and NaN of both kinds and signs. */
static void add_landmarks(struct probes *p) {
    const struct tb_format *f = p->c->source;
    uint64_t sign = UINT64_C(1) << (f->bits - 1),
             infinity = f->kind == TB_FLOAT ? sign - (UINT64_C(1) << (f->precision - 1)) : 0;
    const uint64_t codes[] = {0, 1, infinity - 1, infinity, infinity + 1, sign - 1};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        add_code(p, codes[i]);
        add_code(p, codes[i] | sign);
    }
}

static void make_probes(const struct tb_case *c, struct probes *p) {
    *p = (struct probes){.c = c};
    if (c->source->bits <= 8) {
        for (uint64_t code = 0; code < tb_format_codes(c->source); code++)
            add_code(p, code);
        return;
    }
    add_landmarks(p);
    if (c->operation != TB_DEQUANTIZE)
        add_boundaries(p);
    for (uint64_t i = 0; c->operation == TB_DEQUANTIZE && i < 256; i++)
        add_code(p, i * (tb_format_codes(c->source) / 256 + 1));
}

static bool differs(const struct tb_case *c, const struct tb_affine_arithmetic *a) {
    struct tb_affine_machine m;
    struct probes p;
    tb_affine_machine_make(c, a, &m);
    make_probes(c, &p);
    for (size_t i = 0; i < p.count; i++)
        if (tb_affine_machine_at(&m, p.pattern[i]) != tb_affine_integer(c, p.pattern[i]))
            return true;
    return false;
}

static bool is_power_of_two(double s) {
    int exponent;
    return isfinite(s) && fabs(frexp(s, &exponent)) == 0.5;
}

/* Dividing or multiplying by a power of two, held as it is, rounds nothing that the probes would not show. */
static bool scale_rounds(const struct tb_case *c, const struct tb_affine_arithmetic *a) {
    bool held_only = a->number == TB_REAL && a->output == TB_REAL && !a->fixed;
    double s = c->affine.scale;
    return held_only ? tb_narrow(a->held, s) != s : !is_power_of_two(s);
}

bool tb_affine_arithmetic_applies(const struct tb_case *c, const struct tb_affine_arithmetic *a,
                                  bool steady) {
    return (steady && scale_rounds(c, a)) || differs(c, a);
}

bool tb_affine_variant_applies(const struct tb_case *c, size_t index) {
    const struct tb_affine_variant *v = &tb_affine_variants[index];
    struct tb_affine_arithmetic a = {0};
    if (!(v->operations >> c->operation & 1))
        return false;
    v->apply(&a);
    return index == 0 || tb_affine_arithmetic_applies(c, &a, v->steady);
}
