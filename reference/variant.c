/* The table of variants, and which of them can tell themselves from the exact answer of a case. */
#include "reference/variant.h"
#include "reference/named.h"
#include "reference/reference.h"

#include <string.h>

/* ---- Probing: whether a variant differs from the exact answers on inputs that would show it. ---- */

enum { PROBES = 512 };
struct probes {
    size_t count;
    uint64_t pattern[PROBES];
};

static void add_probe(const struct tb_format *f, struct probes *p, uint64_t code) {
    uint64_t codes = tb_format_codes(f);
    if (p->count < PROBES)
        p->pattern[p->count++] = (codes == UINT64_MAX ? code : code & (codes - 1)) << f->padding;
}

/* Zero, subnormals, extremes, infinity and NaN of all kinds, in both signs. */
static void add_landmarks(const struct tb_format *f, struct probes *p) {
    uint64_t sign = UINT64_C(1) << (f->bits - 1), largest;
    uint64_t fraction = f->kind == TB_FLOAT ? (UINT64_C(1) << (f->precision - 1)) - 1 : 0;
    tb_format_largest(f, false, &largest);
    largest >>= f->padding;
    const uint64_t codes[] = {0,
                              1,
                              2,
                              fraction,
                              fraction + 1,
                              largest,
                              largest + 1,
                              largest + 2,
                              largest + 1 + fraction / 2,
                              sign - 1,
                              sign - 2,
                              largest + 2 + fraction / 2};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        add_probe(f, p, codes[i]);
        add_probe(f, p, codes[i] | sign);
        add_probe(f, p, 0 - codes[i]); /* an integer's negative */
    }
}

/* The inputs nearest to the destination's subnormals and extremes. */
static void add_images(const struct tb_case *c, struct probes *p) {
    const struct tb_format *s = c->source, *d = c->destination;
    struct tb_case back = {.source = d, .destination = s, .rounding = TB_RTZ, .overflow = TB_SATFINITE};
    uint64_t fraction = d->kind == TB_FLOAT ? (UINT64_C(1) << (d->precision - 1)) - 1 : 0;
    for (int negative = 0; negative < 2; negative++) {
        uint64_t sign = negative ? UINT64_C(1) << (d->bits - 1) : 0, largest;
        tb_format_largest(d, negative, &largest);
        const uint64_t codes[] = {1 | sign, fraction | sign, largest >> d->padding};
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
            uint64_t image = tb_integer_convert_with(&back, codes[i] << d->padding, 0) >> s->padding;
            for (int step = -1; step <= 1; step++)
                add_probe(s, p, image + (uint64_t)step);
        }
    }
}

/* Of stochastic conversions: fractions of all lengths, above a normal value and below the least one. */
static void add_fractions(const struct tb_case *c, struct probes *p) {
    const struct tb_format *s = c->source, *d = c->destination;
    struct tb_case back = {.source = d, .destination = s, .rounding = TB_RTZ, .overflow = TB_SATFINITE};
    uint64_t largest, fraction = s->kind == TB_FLOAT ? (UINT64_C(1) << (s->precision - 1)) - 1 : 0;
    tb_format_largest(d, false, &largest);
    uint64_t middle =
        tb_integer_convert_with(&back, largest >> d->padding >> 1 << d->padding, 0) >> s->padding;
    uint64_t least = tb_integer_convert_with(&back, UINT64_C(1) << d->padding, 0) >> s->padding;
    for (int i = 0; s->kind == TB_FLOAT && i < s->precision; i++) {
        add_probe(s, p, middle + (UINT64_C(1) << i));
        add_probe(s, p, middle + (UINT64_C(3) << i));
    }
    for (uint64_t i = 1; i <= (uint64_t)c->random_bits + 3 && least > i * (fraction + 1); i++) {
        add_probe(s, p, least - i * (fraction + 1));
        add_probe(s, p, least - i * (fraction + 1) + fraction / 2 + 1);
        add_probe(s, p, (least - i * (fraction + 1) + fraction) | UINT64_C(1) << (s->bits - 1));
    }
}

/* The random numbers that an input is tried with: the ends, the middle, and around the one from which on the
 * exact answer is another. */
static bool differs_with_random(const struct tb_case *c, const struct tb_arithmetic *variant, uint64_t x) {
    uint64_t end = UINT64_C(1) << c->random_bits, low = 0, high = end - 1;
    uint64_t last = tb_integer_convert_with(c, x, high);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        *(tb_integer_convert_with(c, x, middle) == last ? &high : &low) = middle;
    }
    const uint64_t tried[] = {0, 1, end / 2, end - 2, end - 1, low - 1, low, high, high + 1, 0xA5A5A5A5};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        uint64_t random = tried[i] & (end - 1);
        uint64_t input = x >> c->source->padding << c->random_bits | random;
        if (tb_arithmetic_convert(variant, input) != tb_integer_convert(c, input))
            return true;
    }
    return false;
}

static bool differs_at(const struct tb_case *c, const struct tb_arithmetic *variant, uint64_t x) {
    if (c->random_bits)
        return differs_with_random(c, variant, x);
    return tb_arithmetic_convert(variant, x) != tb_integer_convert(c, x);
}

static bool differs(const struct tb_case *c, void (*apply)(struct tb_arithmetic *a)) {
    struct tb_arithmetic variant = {.exact = *c};
    struct probes p = {0};
    apply(&variant);
    if (c->source->bits <= 8) {
        for (uint64_t code = 0; code < tb_format_codes(c->source); code++)
            add_probe(c->source, &p, code);
    } else {
        add_landmarks(c->source, &p);
        add_images(c, &p);
        if (c->random_bits)
            add_fractions(c, &p);
    }
    for (size_t i = 0; i < p.count; i++)
        if (differs_at(c, &variant, p.pattern[i]))
            return true;
    return false;
}

/* ---- What each variant sets, and where it can show. ---- */

static bool applies_always(const struct tb_case *c) {
    (void)c;
    return true;
}

static void apply_exact(struct tb_arithmetic *a) {
    (void)a;
}

/* Without negative inputs there are three pairs of roundings that are one. */
static int rounding_without_negatives(int rounding) {
    switch (rounding) {
    case TB_RD:
        return TB_RTZ;
    case TB_RHU:
        return TB_RNA;
    case TB_TIES_DOWN:
        return TB_TIES_ZERO;
    default:
        return rounding;
    }
}

static bool rounding_shows(const struct tb_case *c, int rounding) {
    if (c->rounding == TB_EXACT || (int)c->rounding == rounding)
        return false;
    return c->source->is_signed ||
           rounding_without_negatives(rounding) != rounding_without_negatives((int)c->rounding);
}

/* Rounding twice needs a second rounding, and a first one that is neither the same nor exact. */
static bool via_shows(const struct tb_case *c, const char *name) {
    const struct tb_format *via = tb_format_find(name, NULL), *d = c->destination;
    if (c->source == via || d == via || tb_case_is_exact(c->source, via))
        return false;
    return d->kind == TB_FLOAT ? d->precision < via->precision : d->bits < via->bits;
}

#define ROUNDING(NAME, VALUE)                                                                                \
    static bool applies_##NAME(const struct tb_case *c) {                                                    \
        return rounding_shows(c, VALUE);                                                                     \
    }                                                                                                        \
    static void apply_##NAME(struct tb_arithmetic *a) {                                                      \
        a->exact.rounding = (enum tb_rounding)VALUE;                                                         \
    }
#define VIA(NAME)                                                                                            \
    static bool applies_via_##NAME(const struct tb_case *c) {                                                \
        return via_shows(c, #NAME);                                                                          \
    }                                                                                                        \
    static void apply_via_##NAME(struct tb_arithmetic *a) {                                                  \
        a->via = tb_format_find(#NAME, NULL);                                                                \
    }
/* The random bits from the low-th on, so many of them; and two bytes of the word, as lanes of PTX
 * cvt.rs.e2m1x4 make their 16 bits. */
static struct tb_random_pick some_bits(int low, int bits, bool reversed) {
    struct tb_random_pick pick = {0};
    pick.piece[0].low = (unsigned char)low;
    pick.piece[0].bits = (unsigned char)bits;
    pick.piece[0].reversed = reversed;
    return pick;
}

static struct tb_random_pick two_bytes(int high, int low, bool reversed) {
    struct tb_random_pick pick = some_bits(high, 8, reversed);
    pick.piece[1] = some_bits(low, 8, reversed).piece[0];
    return pick;
}

/* Another rule of stochastic rounding, or some of the random bits, of which there must be more. */
#define RANDOM(NAME, VALUE)                                                                                  \
    static void apply_##NAME(struct tb_arithmetic *a) {                                                      \
        a->exact.rounding = (enum tb_rounding)VALUE;                                                         \
    }                                                                                                        \
    static bool applies_##NAME(const struct tb_case *c) {                                                    \
        return c->random_bits && differs(c, apply_##NAME);                                                   \
    }
#define PICK(NAME, PIECES, CONDITION)                                                                        \
    static void apply_##NAME(struct tb_arithmetic *a) {                                                      \
        const struct tb_case *c = &a->exact;                                                                 \
        if (c->random_bits && (CONDITION))                                                                   \
            a->pick = PIECES;                                                                                \
    }                                                                                                        \
    static bool applies_##NAME(const struct tb_case *c) {                                                    \
        return c->random_bits && (CONDITION) && differs(c, apply_##NAME);                                    \
    }
/* A variant that sets one field, shows only where CONDITION holds, and then if a probe differs. */
#define FIELD(NAME, FIELD_, VALUE, CONDITION)                                                                \
    static void apply_##NAME(struct tb_arithmetic *a) {                                                      \
        a->FIELD_ = VALUE;                                                                                   \
    }                                                                                                        \
    static bool applies_##NAME(const struct tb_case *c) {                                                    \
        return (CONDITION) && differs(c, apply_##NAME);                                                      \
    }

ROUNDING(rne, TB_RNE)
ROUNDING(rna, TB_RNA)
ROUNDING(rtz, TB_RTZ)
ROUNDING(ru, TB_RU)
ROUNDING(rd, TB_RD)
ROUNDING(rto, TB_RTO)
ROUNDING(rhu, TB_RHU)
ROUNDING(ties_zero, TB_TIES_ZERO)
ROUNDING(ties_down, TB_TIES_DOWN)
VIA(fp16)
VIA(bf16)
VIA(fp32)
VIA(int32)

FIELD(satfinite, exact.overflow, TB_SATFINITE, c->rounding != TB_EXACT)
FIELD(propagate, exact.overflow, TB_PROPAGATE, c->rounding != TB_EXACT)
FIELD(to_inf, exact.overflow, TB_TO_INF, c->rounding != TB_EXACT)
FIELD(to_nan, exact.overflow, TB_TO_NAN, c->rounding != TB_EXACT)
FIELD(early_overflow, early_overflow, true, c->rounding != TB_EXACT)
FIELD(always_overflow, always_overflow, true,
      (c->rounding == TB_RTZ || c->rounding == TB_RU || c->rounding == TB_RD) &&
          (c->overflow == TB_TO_INF || c->overflow == TB_TO_NAN) && c->destination->kind == TB_FLOAT)
FIELD(infinity_nan, infinity_nan, true, true)
FIELD(daz, daz, true, true)
FIELD(ftz, ftz, true, true)
FIELD(bias_add, bias_add, true, tb_case_is_cut(c))
FIELD(magnitude, magnitude, true, c->source->is_signed && !c->destination->is_signed)
FIELD(nan_positive, nan, TB_NAN_POSITIVE, true)
FIELD(nan_canonical, nan, TB_NAN_PLAIN, true)
FIELD(nan_negative, nan, TB_NAN_NEGATIVE, true)
FIELD(nan_quiet, nan, TB_NAN_QUIET, true)
FIELD(nan_truncated, nan, TB_NAN_TRUNCATED, c->source->nan == TB_NAN_IEEE)
FIELD(nan_zero, nan, TB_NAN_TO_ZERO, true)
FIELD(nan_minus_zero, nan, TB_NAN_MINUS_ZERO, true)
FIELD(nan_max, nan, TB_NAN_TO_MAX, true)
FIELD(nan_infinity, nan, TB_NAN_TO_INFINITY, true)
FIELD(nan_number, nan_number, true, c->source->kind == TB_FLOAT && c->source->nan > TB_NAN_IEEE)
FIELD(zero_nan, below, TB_BELOW_ZERO_NAN, c->destination->low == TB_LOW_NORMAL)
FIELD(below_nan, below, TB_BELOW_ALL_NAN, c->destination->low == TB_LOW_NORMAL)
FIELD(guard_up, guard_up, true,
      c->destination->low == TB_LOW_NORMAL && c->source->bias == c->destination->bias)
FIELD(zero_positive, zero_positive, true, true)
FIELD(indefinite, indefinite, true, c->destination->kind == TB_INTEGER)
FIELD(wrap, wrap, true,
      c->destination->kind == TB_INTEGER && (c->destination->bits < 32 || !c->destination->is_signed))
FIELD(symmetric, symmetric, true, c->destination->kind == TB_INTEGER && c->destination->is_signed)

RANDOM(sr_b, TB_SR_B)
RANDOM(sr_c, TB_SR_C)
RANDOM(sr_cut, TB_SR_CUT)
RANDOM(sr_unaligned, TB_SR_UNALIGNED)
RANDOM(sr_floor, TB_SR_FLOOR)
RANDOM(away, TB_SR_AWAY)
RANDOM(r_below, TB_SR_BELOW)
RANDOM(r_at_most, TB_SR_AT_MOST)
RANDOM(r_above, TB_SR_ABOVE)
#define N (c->random_bits)
PICK(r_short, some_bits(1, N - 1, false), N > 1)
PICK(r_low_short, some_bits(0, N - 1, false), N > 1)
PICK(r_reversed, some_bits(0, N, true), N > 1)
PICK(r_top8, some_bits(N - 8, 8, false), N > 8)
PICK(r_low8, some_bits(0, 8, false), N > 8)
PICK(r_low13, some_bits(0, 13, false), N > 13)
PICK(r_mid13, some_bits(16, 13, false), N == 32)
PICK(r_low16, some_bits(0, 16, false), N > 16)
PICK(r_top16, some_bits(N - 16, 16, false), N > 16)
PICK(r_low16_reversed, some_bits(0, 16, true), N > 16)
PICK(r_top16_reversed, some_bits(N - 16, 16, true), N > 16)
PICK(r_top20, some_bits(N - 20, 20, false), N > 20)
PICK(r_top21, some_bits(N - 21, 21, false), N > 21)
PICK(r_low20, some_bits(0, 20, false), N > 20)
PICK(r_low21, some_bits(0, 21, false), N > 21)
PICK(r_bytes_a, two_bytes(8, 24, true), N == 32)
PICK(r_bytes_b, two_bytes(24, 8, false), N == 32)
PICK(r_bytes_e, two_bytes(0, 16, true), N == 32)
PICK(r_bytes_f, two_bytes(16, 0, false), N == 32)
#undef N

/* ---- The table. ---- */

/* clang-format off */
#define ROW(NAME, FUNCTION, SUMMARY, USED_BY) {NAME, SUMMARY, USED_BY, applies_##FUNCTION, apply_##FUNCTION}
const struct tb_variant tb_variants[] = {
    {"exact", "one rounding, as the case says", "the definition", applies_always, apply_exact},
    ROW("rne",                rne,            "to nearest, ties to the even code",                           "IEEE 754; most hardware"),
    ROW("rna",                rna,            "to nearest, ties away from zero",                             "microxcaling's default; PTX cvt.rna.tf32; PyTorch and ml_dtypes E8M0; ROCm aiter FP4"),
    ROW("rtz",                rtz,            "toward zero",                                                 "fp32 to bf16 by shift (ROCm aiter#5151); PTX cvt.rz"),
    ROW("ru",                 ru,             "toward +infinity",                                            "CUDA and ONNX E8M0 scales rounded up"),
    ROW("rd",                 rd,             "toward -infinity",                                            "PTX cvt.rm; floor quantizers"),
    ROW("rto",                rto,            "inexact values to the odd code",                              "AVX10 VCVTROPS2HF8; ml_dtypes inside long double conversions"),
    ROW("rhu",                rhu,            "to nearest, ties toward +infinity",                           "integer quantizers by floor(x + 0.5)"),
    ROW("ties-zero",          ties_zero,      "to nearest, ties toward zero",                                "bitsandbytes FP4 (a tree of strict comparisons on |x|)"),
    ROW("ties-down",          ties_down,      "to nearest, ties toward -infinity",                           "bitsandbytes NF4 (a tree of strict comparisons)"),
    ROW("overflow-satfinite", satfinite,      "overflow and infinities give the largest finite value",       "CUDA __NV_SATFINITE; PTX .satfinite; Arm FPMR.OSC=1"),
    ROW("overflow-propagate", propagate,      "overflow gives the largest finite value, infinities stay",    "P3109 SatPropagate"),
    ROW("overflow-inf",       to_inf,         "overflow gives infinity where there is one",                  "IEEE 754; P3109 SatNone; CUDA __NV_NOSAT E5M2"),
    ROW("overflow-nan",       to_nan,         "overflow gives NaN where there is one",                       "ml_dtypes and PyTorch before 2.13 E4M3; CUDA __NV_NOSAT E4M3"),
    ROW("early-overflow",     early_overflow, "a value beyond the largest finite one overflows unrounded",   "AMD HIP amd_hip_fp8.h in software"),
    ROW("overflow-always",    always_overflow, "what rounds beyond the largest finite value overflows in every direction", "the text of CUDA's E8M0 without saturation"),
    ROW("infinity-nan",       infinity_nan,   "infinities give NaN whatever the policy",                     "AMD HIP on the device (only finite values are clamped); ONNX FNUZ by its technical page"),
    ROW("daz",                daz,            "subnormal inputs read as zero",                               "x86 VCVTNEPS2BF16; MXCSR.DAZ"),
    ROW("ftz",                ftz,            "subnormal results become zero",                               "x86 VCVTNEPS2BF16; AVX10.2 VCVTBIASPH2HF8; MXCSR.FTZ"),
    ROW("via-fp16",           via_fp16,       "rounded to fp16 first, then again",                           "Triton before #10846; oneDNN; code for AVX10.2, which converts fp16 only"),
    ROW("via-bf16",           via_bf16,       "rounded to bf16 first, then again",                           "kernels that hold activations in bf16"),
    ROW("via-fp32",           via_fp32,       "rounded to fp32 first, then again",                           "PyTorch, ml_dtypes, Triton's interpreter (#11897), Halide (#8906), on fp64 inputs"),
    ROW("via-int32",          via_int32,      "to int32 as x86 does (out of range: its least), then saturated", "x86 cvtps2dq with packssdw and packsswb"),
    ROW("bias-add",           bias_add,       "rne by bits + 0x7FFF + lowest bit, NaN not excepted",         "tilelang before #2481; StochasticRounding.jl#48"),
    ROW("magnitude",          magnitude,      "the sign of the input is dropped",                            "CUDA and PyTorch E8M0"),
    ROW("nan-positive",       nan_positive,   "NaN gives the code with all fraction bits, sign dropped",     "CUDA headers from float"),
    ROW("nan-canonical",      nan_canonical,  "NaN gives the quiet NaN, sign dropped",                       "PyTorch c10::BFloat16 (0x7FC0)"),
    ROW("nan-negative",       nan_negative,   "NaN gives the quiet NaN with the sign set",                   "AMD gfx12 FP8 (0xFF, 0xFE)"),
    ROW("nan-quiet",          nan_quiet,      "NaN gives the quiet NaN of its sign, payload dropped",        "ml_dtypes"),
    ROW("nan-truncated",      nan_truncated,  "NaN is cut, not made quiet, and may turn into infinity",      "fp32 to bf16 by shift"),
    ROW("nan-zero",           nan_zero,       "NaN gives zero",                                              "PTX float to integer; decoders by multiplication"),
    ROW("nan-minus-zero",     nan_minus_zero, "NaN gives zero of the opposite sign",                         "ml_dtypes FP4 and FP6"),
    ROW("nan-max",            nan_max,        "NaN gives the largest finite value",                          "PTX and CUDA FP4, FP6, s2f6"),
    ROW("nan-infinity",       nan_infinity,   "NaN is answered like an infinity of its sign",                "AMD HIP FNUZ in software; composable_kernel#2640 and LLVM#214919 from E8M0"),
    ROW("nan-number",         nan_number,     "NaN codes of the source are read as numbers",                 "intel-xpu-backend-for-triton#7029 (0x7F is 480); Float8s.jl#23"),
    ROW("zero-nan",           zero_nan,       "zero gives NaN in a format without zero",                     "ml_dtypes E8M0"),
    ROW("below-nan",          below_nan,      "zero and what lies below the smallest value give NaN",        "onnxruntime Cast to E8M0, saturate=0 (with early-overflow)"),
    ROW("guard-up",           guard_up,       "above the smallest value always gives the next one",          "PyTorch, ml_dtypes and ONNX E8M0 on fp32 subnormals (onnxruntime#28435)"),
    ROW("zero-positive",      zero_positive,  "-0 results become +0",                                        "bitsandbytes FP4; integer round trips; ocannl#646"),
    ROW("indefinite",         indefinite,     "out of range and NaN give the x86 integer indefinite",        "x86 cvtps2dq, cvttss2si"),
    ROW("wrap",               wrap,           "rounded to 32 bits, of which the low bits are kept",          "C casts to narrow integers: on x86 as indefinite+wrap, on Arm as wrap"),
    ROW("symmetric",          symmetric,      "the most negative integer is not used",                       "microxcaling int8; symmetric quantizers"),
    ROW("sr-b",               sr_b,           "the fraction has one bit more than r, and a half is added to r", "IEEE P3109 StochasticB; gfloat StochasticFast"),
    ROW("sr-c",               sr_c,           "the fraction is rounded to the bits of r before r is added",  "IEEE P3109 StochasticC; gfloat Stochastic"),
    ROW("sr-cut",             sr_cut,         "subnormal results: the fraction keeps no more bits than a normal result drops", "aligning by a right shift before r is added; AMD RDNA4 (a published probe)"),
    ROW("sr-unaligned",       sr_unaligned,   "subnormal results: r is added where a normal result's dropped bits are", "adding r to the bits of the float; oneDNN PR 2903"),
    ROW("sr-floor",           sr_floor,       "floor(x + r): below zero a small r moves away from zero",     "floor(x * scale + uniform)"),
    ROW("away",               away,           "away from zero, whatever the random bits",                    "sources that are stuck at their largest number"),
    ROW("r-below",            r_below,        "up where r < fraction: as often, for the other r",            "torchao's bf16 optimizers"),
    ROW("r-at-most",          r_at_most,      "up where r <= fraction: once too often, values of the grid too", "comparisons by <="),
    ROW("r-above",            r_above,        "up where r > 1 - fraction: once too rarely",                  "comparisons by >"),
    ROW("r-short",            r_short,        "the lowest random bit is not used",                           "sources of one bit less"),
    ROW("r-low-short",        r_low_short,    "the highest random bit is not used",                          "random numbers read as signed"),
    ROW("r-reversed",         r_reversed,     "the random bits are used in reverse",                         "every other lane of PTX cvt.rs x4 (a published probe)"),
    ROW("r-top8",             r_top8,         "the highest 8 random bits are used",                          "sources of 8 bits"),
    ROW("r-low8",             r_low8,         "the lowest 8 random bits are used",                           "sources of 8 bits; TransformerEngine's FP4 fallback takes 8 (which of them is not stated)"),
    ROW("r-low13",            r_low13,        "the lowest 13 random bits are used",                          "PTX cvt.rs.f16x2, lane b"),
    ROW("r-mid13",            r_mid13,        "the random bits 16 to 28 are used",                           "PTX cvt.rs.f16x2, lane a"),
    ROW("r-low16",            r_low16,        "the lowest 16 random bits are used",                          "PTX cvt.rs.bf16x2, lane b; fp8x4 and fp6x4, lane f (which bit is highest is not stated)"),
    ROW("r-top16",            r_top16,        "the highest 16 random bits are used",                         "PTX cvt.rs.bf16x2, lane a; fp8x4 and fp6x4, lane b (which bit is highest is not stated)"),
    ROW("r-low16-reversed",   r_low16_reversed, "the lowest 16 random bits are used, in reverse",            "PTX cvt.rs fp8x4, lane e (the order by a published probe)"),
    ROW("r-top16-reversed",   r_top16_reversed, "the highest 16 random bits are used, in reverse",           "PTX cvt.rs fp8x4, lane a (the order by a published probe)"),
    ROW("r-top20",            r_top20,        "the highest 20 random bits are used",                         "AMD v_cvt_sr_fp8_f32 (RDNA4 by a published probe; CDNA3 not stated)"),
    ROW("r-top21",            r_top21,        "the highest 21 random bits are used",                         "AMD v_cvt_sr_bf8_f32 (RDNA4 by a published probe; CDNA3 not stated)"),
    ROW("r-low20",            r_low20,        "the lowest 20 random bits are used",                          "AMD HIP cast_to_f8 in software, E4M3; Intel VCVTBIASPS2HF8 (second-hand)"),
    ROW("r-low21",            r_low21,        "the lowest 21 random bits are used",                          "AMD HIP cast_to_f8 in software, E5M2; Intel VCVTBIASPS2BF8 (second-hand)"),
    ROW("r-bytes-a",          r_bytes_a,      "16 bits of two bytes of the random word, in reverse",         "PTX cvt.rs.e2m1x4, lane a (the order by a published probe)"),
    ROW("r-bytes-b",          r_bytes_b,      "16 bits of two bytes of the random word",                     "PTX cvt.rs.e2m1x4, lane b (the order by a published probe)"),
    ROW("r-bytes-e",          r_bytes_e,      "16 bits of two bytes of the random word, in reverse",         "PTX cvt.rs.e2m1x4, lane e (the order by a published probe)"),
    ROW("r-bytes-f",          r_bytes_f,      "16 bits of two bytes of the random word",                     "PTX cvt.rs.e2m1x4, lane f (the order by a published probe)"),
};
/* clang-format on */
const size_t tb_variant_count = sizeof tb_variants / sizeof tb_variants[0];

bool tb_variant_arithmetic(const struct tb_case *c, const char *name, struct tb_arithmetic *out,
                           struct tb_error *error) {
    struct tb_name_word word;
    *out = (struct tb_arithmetic){.exact = *c};
    while (tb_next_word(&name, &word)) {
        const struct tb_variant *variant =
            tb_named_row(tb_variants, tb_variant_count, sizeof tb_variants[0], word.text, word.length);
        if (!variant)
            return tb_fail(error, TB_EXIT_USAGE,
                           "variant '%.*s' is not known: `tiebreak list variants` shows all", word.shown,
                           word.text);
        variant->apply(out);
    }
    return true;
}
