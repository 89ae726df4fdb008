/* The table of scaled variants, and which of them can tell themselves from the exact answers of a case. */
#include "reference/scaled_variant.h"

#include "reference/affine_number.h"
#include "reference/named.h"
#include "reference/reference.h"
#include "reference/scaled.h"

/* ---- What each word sets. ---- */

#define SET1(NAME, FIELD1, VALUE1)                                                                           \
    static void set_##NAME(struct tb_scaled_arithmetic *a) {                                                 \
        a->FIELD1 = VALUE1;                                                                                  \
    }
#define APPLY(NAME, APPLY_, NUMBER)                                                                          \
    static void set_##NAME(struct tb_scaled_arithmetic *a) {                                                 \
        a->apply = APPLY_;                                                                                   \
        a->number = NUMBER;                                                                                  \
    }

static void set_exact(struct tb_scaled_arithmetic *a) {
    (void)a;
}

SET1(x_fp16, input, TB_NUMBER_FP16)
SET1(x_bf16, input, TB_NUMBER_BF16)
SET1(daz, daz, true)
SET1(ftz32, flush, true)
SET1(s_fp32, held, TB_NUMBER_FP32)
SET1(s_fp16, held, TB_NUMBER_FP16)
SET1(s_bf16, held, TB_NUMBER_BF16)
SET1(pow2_up, power, TB_POWER_UP)
SET1(pow2_near, power, TB_POWER_NEAREST)
SET1(pow2_down, power, TB_POWER_DOWN)
APPLY(div32, TB_SCALED_DIVIDE, TB_NUMBER_FP32)
APPLY(div64, TB_SCALED_DIVIDE, TB_NUMBER_FP64)
APPLY(div_fp16, TB_SCALED_DIVIDE, TB_NUMBER_FP16)
APPLY(div_bf16, TB_SCALED_DIVIDE, TB_NUMBER_BF16)
APPLY(mul32, TB_SCALED_MULTIPLY, TB_NUMBER_FP32)
APPLY(mul64, TB_SCALED_MULTIPLY, TB_NUMBER_FP64)
APPLY(mul_fp16, TB_SCALED_MULTIPLY, TB_NUMBER_FP16)
APPLY(mul_bf16, TB_SCALED_MULTIPLY, TB_NUMBER_BF16)
APPLY(rcp32, TB_SCALED_RECIPROCAL, TB_NUMBER_FP32)
APPLY(rcp_fp16, TB_SCALED_RECIPROCAL, TB_NUMBER_FP16)
APPLY(rcp_bf16, TB_SCALED_RECIPROCAL, TB_NUMBER_BF16)
APPLY(amax, TB_SCALED_AMAX, TB_NUMBER_FP32)
SET1(clamp, clamp, TB_SCALED_CLAMP_HIGH)
SET1(clamp_nan_low, clamp, TB_SCALED_CLAMP_LOW)
SET1(clamp_nan_kept, clamp, TB_SCALED_CLAMP_NAN)

/* ---- The table. ---- */

/* clang-format off */
#define ROW(NAME, SET, SUMMARY, USED_BY) {NAME, SUMMARY, USED_BY, set_##SET}
const struct tb_scaled_variant tb_scaled_variants[] = {
    /*  name            field           summary                                                               used by */
    ROW("exact",         exact,          "the real quotient or product of the values in memory, rounded once", "the definition"),
    ROW("x-fp16",        x_fp16,         "the input is rounded to fp16 first",                                 "kernels that hold activations in fp16"),
    ROW("x-bf16",        x_bf16,         "the input is rounded to bf16 first",                                 "kernels that hold activations in bf16"),
    ROW("daz",           daz,            "subnormal inputs read as zero",                                      "MXCSR.DAZ"),
    ROW("ftz32",         ftz32,          "subnormal inputs, scales and results of fp32 are zero",              "nvcc -ftz=true"),
    /* How the scale is held. */
    ROW("s-fp32",        s_fp32,         "the scale is narrowed to fp32 first",                                "all runtimes below"),
    ROW("s-fp16",        s_fp16,         "the scale is narrowed to fp16 first",                                "checkpoints with fp16 scales"),
    ROW("s-bf16",        s_bf16,         "the scale is narrowed to bf16 first",                                "checkpoints with bf16 scales"),
    ROW("pow2-up",       pow2_up,        "the scale is rounded up to a power of two (a factor down)",          "DeepGEMM, vLLM and SGLang with UE8M0 scales; TransformerEngine's blockwise scales"),
    ROW("pow2-near",     pow2_near,      "the scale is rounded to the nearest power of two",                   "E8M0 by rounding"),
    ROW("pow2-down",     pow2_down,      "the scale is rounded down to a power of two (a factor up)",          "OCP MX's floor of the exponent"),
    /* How it is applied. */
    ROW("div32",         div32,          "fp32(x / s), s in fp32",                                             "vLLM's KV cache and groups, TensorRT-LLM scaleMatrix, DeepSeek-V3 act_quant as far as Triton divides correctly"),
    ROW("div64",         div64,          "fp64(x / s)",                                                        "numpy on fp64 scales"),
    ROW("div-fp16",      div_fp16,       "fp16(x / s), x and s in fp16",                                       "PyTorch code on fp16 tensors"),
    ROW("div-bf16",      div_bf16,       "bf16(x / s), x and s in bf16",                                       "PyTorch code on bf16 tensors"),
    ROW("mul32",         mul32,          "fp32(x * m), m the factor in fp32: fp32(1 / s) of a scale",          "TransformerEngine, torchao, TensorRT-LLM's KV cache: the factor is what is held"),
    ROW("mul64",         mul64,          "fp64(x * m)",                                                        ""),
    ROW("mul-fp16",      mul_fp16,       "fp16(x * m), x and m in fp16",                                       "PyTorch code on fp16 tensors"),
    ROW("mul-bf16",      mul_bf16,       "bf16(x * m), x and m in bf16",                                       "torchao before it widened bf16 tensors"),
    ROW("rcp32",         rcp32,          "fp32(x * fp32(1 / s)), s in fp32",                                   "vLLM static and per token, SGLang per token, DeepGEMM"),
    ROW("rcp-fp16",      rcp_fp16,       "fp16(x * fp16(1 / s))",                                              "PyTorch code on fp16 tensors"),
    ROW("rcp-bf16",      rcp_bf16,       "bf16(x * bf16(1 / s))",                                              "PyTorch code on bf16 tensors"),
    ROW("amax",          amax,           "fp32(x * fp32(M / amax)), amax = fp32(M * s), M the largest code's value; back fp32(q * fp32(amax / M))",  "FBGEMM row-wise, DeepGEMM before it divided: the scale that is stored is not the one that is used"),
    /* Before the conversion. */
    ROW("clamp",         clamp,          "fmaxf(-M, fminf(t, M)) first: NaN gives M",                          "vLLM scaled_fp8_conversion, SGLang per token"),
    ROW("clamp-nan-low", clamp_nan_low,  "fminf(fmaxf(t, -M), M) first: NaN gives -M",                         "vLLM and SGLang per token group"),
    ROW("clamp-nan-kept", clamp_nan_kept, "clamped to -M..M first, NaN stays",                                 "torch.clamp: torchao to_fp8_saturated"),
};
/* clang-format on */
const size_t tb_scaled_variant_count = sizeof tb_scaled_variants / sizeof tb_scaled_variants[0];

/* Words of conversions that say something here: of rounding, overflow, NaN, and what t passes through. */
static const char *const of_conversions[] = {
    "rne",
    "rna",
    "rtz",
    "ru",
    "rd",
    "rto",
    "rhu",
    "ties-zero",
    "ties-down",
    "overflow-satfinite",
    "overflow-propagate",
    "overflow-inf",
    "overflow-nan",
    "early-overflow",
    "overflow-always",
    "infinity-nan",
    "ftz",
    "via-fp16",
    "via-bf16",
    "nan-positive",
    "nan-canonical",
    "nan-negative",
    "nan-quiet",
    "nan-zero",
    "nan-minus-zero",
    "nan-max",
    "nan-infinity",
    "zero-nan",
    "below-nan",
    "zero-positive",
};
enum { OF_CONVERSIONS = sizeof of_conversions / sizeof of_conversions[0] };

static const struct tb_variant *conversion_word(const char *name, size_t length) {
    for (size_t i = 0; i < OF_CONVERSIONS; i++)
        if (strlen(of_conversions[i]) == length && memcmp(of_conversions[i], name, length) == 0)
            return tb_named_row(tb_variants, tb_variant_count, sizeof tb_variants[0], name, length);
    return NULL;
}

size_t tb_scaled_word_count(void) {
    return tb_scaled_variant_count + OF_CONVERSIONS;
}

struct tb_scaled_word tb_scaled_word(size_t index) {
    if (index < tb_scaled_variant_count) {
        const struct tb_scaled_variant *v = &tb_scaled_variants[index];
        return (struct tb_scaled_word){v->name, v->summary, v->used_by};
    }
    const char *name = of_conversions[index - tb_scaled_variant_count];
    const struct tb_variant *v = conversion_word(name, strlen(name));
    return (struct tb_scaled_word){v->name, v->summary, v->used_by};
}

/* ---- Reading names. ---- */

/* What follows the scaling, once the number type is known. */
static void set_conversion_source(struct tb_scaled_arithmetic *a) {
    bool narrow = a->number > TB_NUMBER_FP64;
    a->conversion.exact.source = tb_format_find(narrow ? "fp32" : "fp64", NULL);
}

bool tb_scaled_arithmetic_read(const struct tb_case *c, const char *name, struct tb_scaled_arithmetic *out,
                               struct tb_error *error) {
    struct tb_name_word word;
    *out = (struct tb_scaled_arithmetic){.conversion = {.exact = *c}};
    out->conversion.exact.operation = TB_CONVERT;
    while (tb_next_word(&name, &word)) {
        const struct tb_scaled_variant *own =
            tb_named_row(tb_scaled_variants, tb_scaled_variant_count, sizeof tb_scaled_variants[0], word.text,
                         word.length);
        const struct tb_variant *after = own ? NULL : conversion_word(word.text, word.length);
        if (!own && !after)
            return tb_fail(
                error, TB_EXIT_USAGE,
                "variant '%.*s' is none of scaled conversions: `tiebreak list variants` says of what "
                "each is, `tiebreak list presets` has the runtimes",
                word.shown, word.text);
        if (own)
            own->apply(out);
        else
            after->apply(&out->conversion);
    }
    set_conversion_source(out);
    return true;
}

/* ---- Whether a variant can show. ---- */

struct probing {
    const struct tb_case *c;
    const struct tb_scaled_machine *m;
};

static bool differs_at(const struct probing *p, uint64_t code) {
    const struct tb_format *f = p->c->source;
    uint64_t pattern = (code & (tb_format_codes(f) - 1)) << f->padding;
    return tb_scaled_machine_at(p->m, pattern) != tb_scaled_integer(p->c, pattern);
}

/* The source's values around x, of both signs. */
static bool differs_around(const struct probing *p, double x) {
    const struct tb_format *f = p->c->source;
    const struct tb_case to_source = {.source = tb_format_find("fp64", NULL),
                                      .destination = f,
                                      .rounding = TB_RNE,
                                      .overflow = TB_SATFINITE};
    uint64_t sign = UINT64_C(1) << (f->bits - 1);
    uint64_t code = tb_integer_convert(&to_source, tb_double_bits(fabs(x))) >> f->padding;
    for (uint64_t step = 0; step < 3; step++)
        if (differs_at(p, code + step - 1) || differs_at(p, (code + step - 1) ^ sign))
            return true;
    return false;
}

static bool differs_at_landmarks(const struct probing *p) {
    const struct tb_format *f = p->c->source;
    uint64_t sign = UINT64_C(1) << (f->bits - 1), largest;
    tb_format_largest(f, false, &largest);
    largest >>= f->padding;
    const uint64_t codes[] = {0, 1, largest, largest + 1, largest + 2, sign - 1};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (differs_at(p, codes[i]) || differs_at(p, codes[i] ^ sign))
            return true;
    return false;
}

/* Codes of the destination, and the middles between neighbours, as inputs. */
static bool differs_at_boundaries(const struct probing *p) {
    enum { MOST = 256 };
    const struct tb_format *f = p->c->destination;
    double s = p->c->affine.scale, largest_value;
    uint64_t largest;
    tb_format_largest(f, false, &largest);
    largest_value = tb_format_value(f, largest);
    largest >>= f->padding;
    uint64_t step = largest / MOST + 1;
    for (uint64_t code = 0; code <= largest; code += step) {
        double low = tb_format_value(f, code << f->padding);
        double high = code < largest ? tb_format_value(f, (code + 1) << f->padding) : largest_value * 2;
        double middle = low / 2 + high / 2;
        if (code == largest) /* half a quantum above it */
            middle = low + (low - tb_format_value(f, (code - 1) << f->padding)) / 2;
        if (differs_around(p, tb_case_multiplies(p->c) ? low / s : low * s) ||
            differs_around(p, tb_case_multiplies(p->c) ? middle / s : middle * s))
            return true;
    }
    return false;
}

static bool differs_anywhere(const struct probing *p) {
    for (uint64_t code = 0; code < tb_format_codes(p->c->source); code++)
        if (differs_at(p, code))
            return true;
    return false;
}

bool tb_scaled_arithmetic_applies(const struct tb_case *c, const struct tb_scaled_arithmetic *a) {
    struct tb_scaled_machine m;
    tb_scaled_machine_make(c, a, &m);
    const struct probing p = {c, &m};
    if (c->source->bits <= 8)
        return differs_anywhere(&p);
    return differs_at_landmarks(&p) || differs_at_boundaries(&p);
}

bool tb_scaled_word_applies(const struct tb_case *c, size_t index) {
    struct tb_scaled_arithmetic a;
    return index == 0 || (tb_scaled_arithmetic_read(c, tb_scaled_word(index).name, &a, NULL) &&
                          tb_scaled_arithmetic_applies(c, &a));
}
