/* Quantizers, dequantizers, fake quantizers and requantizers that are wrong on purpose, each in one way. What
 * each must be found out as stands in planted.h; how many inputs it gets wrong is counted by counts.py, which
 * computes with fractions and shares nothing with this file.
 *
 * The honest arithmetic is double: sources of at most 24 bits and scales of fp32 leave a quotient or product
 * further from a tie than a double's rounding reaches. */
#include "encode.h"
#include "lists.h"
#include "row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum apply {
    APPLY_DIVIDE,
    APPLY_RECIPROCAL,    /* f32(x * f32(1/s)) */
    APPLY_HALF_QUOTIENT, /* f16(x / s) */
    APPLY_BF16           /* bf16(x * bf16(1/s)) */
};
enum zero {
    ZERO_AFTER,
    ZERO_BEFORE, /* f32(t + z) is rounded */
    ZERO_IGNORED,
    ZERO_LESS_ONE,  /* z - 1 */
    ZERO_WRAPS,     /* guarded from above only, then a wrapping 32-bit sum */
    ZERO_OVERFLOWS, /* saturated to 32 bits, then a wrapping sum */
    ZERO_SHORT      /* both saturated to 16 bits, and so is the sum */
};
enum clamp {
    CLAMP_RIGHT,
    CLAMP_NARROW, /* one code more than the lowest */
    CLAMP_SHORT,  /* one code less than the highest */
    CLAMP_MISSING /* the low bits are kept */
};
enum nan { NAN_IS_ZERO, NAN_IS_LOW, NAN_IS_HIGH };
enum scale { SCALE_RIGHT, SCALE_FP16, SCALE_UNSIGNED };
enum mask { MASK_RIGHT, MASK_AFTER_CLAMP, MASK_STRICT };
enum requantize { REQUANTIZE_RIGHT, REQUANTIZE_TWICE, REQUANTIZE_HALF_UP, REQUANTIZE_FP32 };
enum dequantize { DEQUANTIZE_RIGHT, DEQUANTIZE_PREMULTIPLIED, DEQUANTIZE_VIA_HALF };

/* What a kernel does; all zero is honest. */
struct rule {
    enum planted_mode mode;
    enum apply apply;
    enum zero zero;
    enum clamp clamp;
    enum nan nan;
    enum scale scale;
    enum mask mask;
    enum requantize requantize;
    enum dequantize dequantize;
    bool away_in_tail; /* what is left after whole vectors rounds ties away */
};

enum operation { QUANTIZE, DEQUANTIZE, FAKEQUANT, MASK, REQUANTIZE };
enum element { FP32, FP16, BF16, INT8, UINT8, INT16, INT32, UINT1 };

struct state {
    enum operation operation;
    enum element source, destination;
    double scale;
    long zero, low, high;
};

/* ---- Elements. ---- */

static double to_half(double x) {
    static const struct planted_rule honest = {0};
    return float_of(
        planted_widen_fp16(planted_encode_once(bits_of((float)x), &planted_fp16, &honest), false));
}

static double to_bf16(double x) {
    static const struct planted_rule honest = {0};
    return float_of(planted_encode_once(bits_of((float)x), &planted_bf16, &honest) << 16);
}

static inline double read_element(enum element e, const void *array, size_t i) {
    switch (e) {
    case FP32:
        return ((const float *)array)[i];
    case FP16:
        return float_of(planted_widen_fp16(((const uint16_t *)array)[i], false));
    case BF16:
        return float_of((uint32_t)((const uint16_t *)array)[i] << 16);
    case INT8:
        return ((const int8_t *)array)[i];
    case INT16:
        return ((const int16_t *)array)[i];
    case INT32:
        return ((const int32_t *)array)[i];
    default:
        return ((const uint8_t *)array)[i];
    }
}

/* ---- From a number to a code. ---- */

/* Rounded; beyond 2^40 it matters no more how. */
static inline int64_t round_by(double t, enum planted_mode mode) {
    double beyond = 0x1p40, x = t > beyond ? beyond : t < -beyond ? -beyond : t;
    switch (mode) {
    case MODE_RNE:
        return (int64_t)(x + 0x1.8p52 - 0x1.8p52); /* 2^52 and 2^51: the sum rounds to an integer */
    case MODE_RNA:
        return (int64_t)round(x);
    case MODE_RHU:
        return (int64_t)floor(x + 0.5);
    case MODE_RTZ:
        return (int64_t)x;
    default:
        return (int64_t)floor(x);
    }
}

static int64_t saturated(int64_t x, int bits) {
    int64_t top = (INT64_C(1) << (bits - 1)) - 1;
    return x > top ? top : x < -top - 1 ? -top - 1 : x;
}

static int64_t wrapped(int64_t x) {
    return (int32_t)(uint32_t)x;
}

/* cvtps2dq: what 32 bits cannot hold is the most negative integer. */
static int64_t converted(double t, enum planted_mode mode) {
    bool holds = t >= -0x1p31 && t < 0x1p31;
    return holds ? round_by(t, mode) : INT32_MIN;
}

static inline int64_t add_zero(double t, const struct state *s, const struct rule *r) {
    int64_t z = s->zero;
    double guard = 0x1p31 - 128;
    switch (r->zero) {
    case ZERO_BEFORE:
        return round_by((double)(float)((float)t + (float)z), r->mode);
    case ZERO_IGNORED:
        return round_by(t, r->mode);
    case ZERO_LESS_ONE:
        return round_by(t, r->mode) + z - 1;
    case ZERO_WRAPS:
        return wrapped(converted(t < guard ? t : guard, r->mode) + z); /* NaN is not below the guard */
    case ZERO_OVERFLOWS:
        return wrapped(saturated(round_by(t, r->mode), 32) + z);
    case ZERO_SHORT:
        return saturated(saturated(round_by(t, r->mode), 16) + saturated(z, 16), 16);
    default:
        return round_by(t, r->mode) + z;
    }
}

static inline int64_t clamp_by(int64_t n, const struct state *s, const struct rule *r) {
    int64_t low = s->low + (r->clamp == CLAMP_NARROW), high = s->high - (r->clamp == CLAMP_SHORT);
    if (r->clamp == CLAMP_MISSING)
        return n;
    return n < low ? low : n > high ? high : n;
}

static inline double quotient(double x, const struct state *s, const struct rule *r) {
    double scale = r->scale == SCALE_FP16       ? to_half(s->scale)
                   : r->scale == SCALE_UNSIGNED ? fabs(s->scale)
                                                : s->scale;
    switch (r->apply) {
    case APPLY_RECIPROCAL:
        return (float)x * (1.0f / (float)scale);
    case APPLY_HALF_QUOTIENT:
        return to_half(x / scale);
    case APPLY_BF16:
        return to_bf16(x * to_bf16(1 / scale));
    default:
        return x / scale;
    }
}

/* ---- Fixed point. ---- */

/* s = multiplier * 2^(shift - 31), the multiplier of 31 bits. */
static int64_t multiplier_of(double s, int *shift) {
    return llround(frexp(s, shift) * 0x1p31);
}

/* round(q * m / 2^31), ties up; then round by 2^-shift, ties away. */
static int64_t rounded_twice(int64_t q, double s) {
    int shift;
    int64_t m = multiplier_of(s, &shift), product = (q * m + (INT64_C(1) << 30)) >> 31;
    int64_t half = INT64_C(1) << (-shift - 1), magnitude = (llabs(product) + half) >> -shift;
    return product < 0 ? -magnitude : magnitude;
}

static int64_t rounded_half_up(int64_t q, double s) {
    int shift;
    int64_t m = multiplier_of(s, &shift);
    return (q * m + (INT64_C(1) << (30 - shift))) >> (31 - shift);
}

static inline int64_t requantized(double q, const struct state *s, const struct rule *r) {
    int64_t n;
    switch (r->requantize) {
    case REQUANTIZE_TWICE:
        n = rounded_twice((int64_t)q, s->scale) + s->zero;
        break;
    case REQUANTIZE_HALF_UP:
        n = rounded_half_up((int64_t)q, s->scale) + s->zero;
        break;
    case REQUANTIZE_FP32:
        n = round_by((double)((float)q * (float)s->scale), r->mode) + s->zero;
        break;
    default:
        n = add_zero(q * s->scale, s, r);
    }
    return clamp_by(n, s, r);
}

/* ---- The operations. ---- */

static inline int64_t nan_code(const struct state *s, const struct rule *r) {
    if (r->zero == ZERO_WRAPS)
        return clamp_by(add_zero(NAN, s, r), s, r);
    bool lost = r->zero == ZERO_IGNORED || r->zero == ZERO_BEFORE; /* NaN takes the zero point with it */
    int64_t z = lost ? 0 : s->zero - (r->zero == ZERO_LESS_ONE);
    return r->nan == NAN_IS_LOW ? s->low : r->nan == NAN_IS_HIGH ? s->high : clamp_by(z, s, r);
}

static inline int64_t code_of(double x, const struct state *s, const struct rule *r) {
    double t = quotient(x, s, r);
    return t != t ? nan_code(s, r) : clamp_by(add_zero(t, s, r), s, r);
}

static uint64_t mask_of(double x, const struct state *s, const struct rule *r) {
    double t = quotient(x, s, r);
    int64_t n = add_zero(t, s, r);
    if (r->mask == MASK_AFTER_CLAMP)
        n = t != t ? nan_code(s, r) : clamp_by(n, s, r);
    else if (t != t)
        return 0;
    return r->mask == MASK_STRICT ? s->low < n && n < s->high : s->low <= n && n <= s->high;
}

static float dequantized(int64_t code, const struct state *s, const struct rule *r) {
    float scale = (float)s->scale;
    switch (r->dequantize) {
    case DEQUANTIZE_PREMULTIPLIED:
        return fmaf(scale, (float)code, -(scale * (float)s->zero));
    case DEQUANTIZE_VIA_HALF:
        return (float)to_half((double)(code - s->zero) * s->scale);
    default:
        return (float)((double)(code - s->zero) * s->scale);
    }
}

static void write_element(const struct state *s, void *array, size_t i, uint64_t pattern) {
    switch (s->destination) {
    case FP32:
        ((uint32_t *)array)[i] = (uint32_t)pattern;
        return;
    case INT16:
        ((uint16_t *)array)[i] = (uint16_t)pattern;
        return;
    default:
        ((uint8_t *)array)[i] = (uint8_t)pattern;
    }
}

static inline uint64_t answer_of(double x, const struct state *s, const struct rule *r) {
    switch (s->operation) {
    case QUANTIZE:
        return (uint64_t)code_of(x, s, r);
    case REQUANTIZE:
        return (uint64_t)requantized(x, s, r);
    case MASK:
        return mask_of(x, s, r);
    case FAKEQUANT:
        return bits_of(dequantized(code_of(x, s, r), s, r));
    default:
        return bits_of(dequantized((int64_t)x, s, r));
    }
}

/* ---- Loops. ---- */

/* The two cases that are swept over 2^32 inputs have loops of their own, of selections and no branches, so
 * that compilers make vectors of them. */
static inline double clamped_in_doubles(double t, const struct state *s) {
    double beyond = 0x1p40, low = (double)s->low, high = (double)s->high, zero = (double)s->zero;
    double n = (t > beyond ? beyond : t < -beyond ? -beyond : t) + 0x1.8p52 - 0x1.8p52;
    n = (t != t ? 0 : n) + zero;
    return n < low ? low : n > high ? high : n;
}

#define LOOP(TYPE, T)                                                                                        \
    for (size_t i = 0; i < count; i++) {                                                                     \
        TYPE x = ((const TYPE *)input)[i];                                                                   \
        out[i] = (int8_t)(int32_t)clamped_in_doubles(T, s);                                                  \
    }

static inline __attribute__((always_inline)) bool run_fast(const struct rule *r, const struct state *state,
                                                           const void *input, void *output, size_t count) {
    const struct state copy = *state, *s = &copy; /* the output cannot alias it */
    float scale = (float)s->scale, reciprocal = 1 / scale;
    int8_t *restrict out = output;
    bool plain = r->mode == MODE_RNE && r->zero == ZERO_AFTER && r->clamp == CLAMP_RIGHT &&
                 r->nan == NAN_IS_ZERO && r->scale == SCALE_RIGHT && !r->away_in_tail &&
                 s->destination == INT8;
    bool quantize = plain && s->operation == QUANTIZE && s->source == FP32;
    bool requantize = plain && s->operation == REQUANTIZE && s->source == INT32;
    if (quantize && r->apply == APPLY_DIVIDE)
        LOOP(float, (double)x / copy.scale)
    else if (quantize && r->apply == APPLY_RECIPROCAL)
        LOOP(float, (double)(x * reciprocal))
    else if (requantize && r->requantize == REQUANTIZE_RIGHT)
        LOOP(int32_t, (double)x * copy.scale)
    else if (requantize && r->requantize == REQUANTIZE_FP32)
        LOOP(int32_t, (double)((float)x * scale))
    else
        return false;
    return true;
}

static inline __attribute__((always_inline)) void run_by(const struct rule *rule, const struct state *s,
                                                         const void *input, void *output, size_t count) {
    enum { VECTOR = 16 };
    struct rule tail = *rule;
    tail.mode = rule->away_in_tail ? MODE_RNA : rule->mode;
    if (run_fast(rule, s, input, output, count))
        return;
    for (size_t i = 0; i < count; i++)
        write_element(
            s, output, i,
            answer_of(read_element(s->source, input, i), s, i < count / VECTOR * VECTOR ? rule : &tail));
}

/* ---- The table: name, rule, summary. ---- */

#define RULE(...)                                                                                            \
    { __VA_ARGS__ }
/* clang-format off */
#define AFFINE(X) \
    X(honest,            "affine-honest",              RULE(0),                                        "no fault") \
    X(wraps,             "affine-wraps-at-infinity",   RULE(.zero = ZERO_WRAPS),                       "guards one side, then adds the zero point in 32 bits that wrap") \
    X(overflows,         "affine-zero-overflows",      RULE(.zero = ZERO_OVERFLOWS),                   "saturates to 32 bits, then adds the zero point in 32 bits that wrap") \
    X(zero_before,       "affine-zero-before",         RULE(.zero = ZERO_BEFORE),                      "adds the zero point before it rounds") \
    X(zero_ignored,      "affine-zero-ignored",        RULE(.zero = ZERO_IGNORED),                     "leaves the zero point out") \
    X(zero_less_one,     "affine-zero-less-one",       RULE(.zero = ZERO_LESS_ONE),                    "holds the zero point less one") \
    X(zero_short,        "affine-zero-short",          RULE(.zero = ZERO_SHORT),                       "adds the zero point in 16 bits that saturate") \
    X(reciprocal,        "affine-reciprocal",          RULE(.apply = APPLY_RECIPROCAL),                "multiplies by the fp32 reciprocal of the scale") \
    X(half_quotient,     "affine-half-quotient",       RULE(.apply = APPLY_HALF_QUOTIENT),             "rounds the quotient to fp16 first") \
    X(bf16,              "affine-bf16",                RULE(.apply = APPLY_BF16),                      "multiplies by a reciprocal in bf16") \
    X(scale_fp16,        "affine-scale-fp16",          RULE(.scale = SCALE_FP16),                      "narrows the scale to fp16") \
    X(scale_unsigned,    "affine-scale-unsigned",      RULE(.scale = SCALE_UNSIGNED),                  "drops the sign of the scale") \
    X(ties_away,         "affine-ties-away",           RULE(.mode = MODE_RNA),                         "rounds halves away from zero") \
    X(half_up,           "affine-half-up",             RULE(.mode = MODE_RHU),                         "rounds halves up") \
    X(truncates,         "affine-truncates",           RULE(.mode = MODE_RTZ),                         "rounds toward zero") \
    X(floors,            "affine-floors",              RULE(.mode = MODE_RD),                          "rounds down") \
    X(clamp_short,       "affine-clamp-short",         RULE(.clamp = CLAMP_SHORT),                     "clamps one code below the highest") \
    X(narrow,            "affine-narrow",              RULE(.clamp = CLAMP_NARROW),                    "gives -127 for -128") \
    X(unclamped,         "affine-unclamped",           RULE(.clamp = CLAMP_MISSING),                   "keeps the low bits instead of clamping") \
    X(nan_low,           "affine-nan-low",             RULE(.nan = NAN_IS_LOW),                        "gives NaN the lowest code") \
    X(nan_high,          "affine-nan-high",            RULE(.nan = NAN_IS_HIGH),                       "gives NaN the highest code") \
    X(mask_after,        "affine-mask-after-clamp",    RULE(.mask = MASK_AFTER_CLAMP),                 "takes the mask of the clamped code") \
    X(mask_strict,       "affine-mask-strict",         RULE(.mask = MASK_STRICT),                      "leaves both ends out of the mask") \
    X(tail,              "affine-tail",                RULE(.away_in_tail = true),                     "rounds halves away in what is left after whole vectors") \
    X(twice,             "affine-rounds-twice",        RULE(.requantize = REQUANTIZE_TWICE),           "requantizes with two roundings, as gemmlowp") \
    X(fixed_half_up,     "affine-fixed-half-up",       RULE(.requantize = REQUANTIZE_HALF_UP),         "requantizes in fixed point, halves up, as rndnu") \
    X(fp32,              "affine-requantize-fp32",     RULE(.requantize = REQUANTIZE_FP32),            "requantizes in fp32, which loses accumulator bits") \
    X(premultiplied,     "affine-premultiplied",       RULE(.dequantize = DEQUANTIZE_PREMULTIPLIED),   "dequantizes by fma with the product of scale and zero point") \
    X(via_half,          "affine-via-half",            RULE(.dequantize = DEQUANTIZE_VIA_HALF),        "dequantizes through fp16")
/* clang-format on */

static const struct {
    const char *operation, *source, *destination;
    enum operation what;
    enum element from, to;
} offers[] = {
    {"quantize",   "fp32",  "int8",  QUANTIZE,   FP32,  INT8 },
    {"quantize",   "fp16",  "int8",  QUANTIZE,   FP16,  INT8 },
    {"quantize",   "fp16",  "uint8", QUANTIZE,   FP16,  UINT8},
    {"quantize",   "bf16",  "int8",  QUANTIZE,   BF16,  INT8 },
    {"dequantize", "int8",  "fp32",  DEQUANTIZE, INT8,  FP32 },
    {"dequantize", "uint8", "fp32",  DEQUANTIZE, UINT8, FP32 },
    {"fakequant",  "fp16",  "fp32",  FAKEQUANT,  FP16,  FP32 },
    {"fakequant",  "fp16",  "uint1", MASK,       FP16,  UINT1},
    {"requantize", "int16", "int8",  REQUANTIZE, INT16, INT8 },
    {"requantize", "int32", "int8",  REQUANTIZE, INT32, INT8 },
};

/* s=SCALE,z=ZERO[,lo=LOW][,hi=HIGH] */
static bool read_parameters(const char *text, struct state *s) {
    const char *low = strstr(text, ",lo="), *high = strstr(text, ",hi=");
    char *end;
    if (strncmp(text, "s=", 2) != 0)
        return false;
    s->scale = strtod(text + 2, &end);
    if (strncmp(end, ",z=", 3) != 0)
        return false;
    s->zero = strtol(end + 3, NULL, 10);
    s->low = low ? strtol(low + 4, NULL, 10) : s->destination == UINT8 ? 0 : -128;
    s->high = high ? strtol(high + 4, NULL, 10) : s->destination == UINT8 ? 255 : 127;
    return true;
}

static int open_row(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run) {
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        if (strcmp(request->operation, offers[i].operation) != 0 ||
            strcmp(request->source, offers[i].source) != 0 ||
            strcmp(request->destination, offers[i].destination) != 0 || strcmp(request->rounding, "rne") != 0)
            continue;
        struct state *state = malloc(sizeof *state);
        if (!state)
            return 0;
        *state = (struct state){
            .operation = offers[i].what, .source = offers[i].from, .destination = offers[i].to};
        if (!read_parameters(request->parameters, state)) {
            free(state);
            return 0;
        }
        *kernel = (struct tb_kernel){.run = run, .state = state};
        return 1;
    }
    return 0;
}

AFFINE(TARGET_BY_RULE)

#define LIST(ID, NAME, RULE, SUMMARY) &target_##ID,
const struct tb_target *const planted_affine_targets[] = {AFFINE(LIST) NULL};
