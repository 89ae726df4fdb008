/* Quantizers from fp16 to e4m3fn that are wrong on purpose, each in one way. What each must be found out as
 * stands in planted.h.
 *
 * The honest arithmetic is double, rounded to odd in fp32 and encoded once: a quotient of 11 bits by 24 is
 * further from a tie than a double's rounding reaches. */
#include "encode.h"
#include "lists.h"
#include "row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum apply {
    APPLY_EXACT,
    APPLY_RECIPROCAL, /* f32(x * f32(1 / s)) */
    APPLY_TWICE,      /* f32(x / s), then bf16 */
    APPLY_POWER,      /* s rounded up to a power of two */
    APPLY_UNSIGNED    /* the scale's sign is dropped */
};

/* What a kernel does; all zero is honest. */
struct rule {
    enum apply apply;
    bool nan_largest, nan_lowest, overflow_nan, clamp_short;
};

struct state {
    double scale;
};

/* Cut to fp32, the last bit set where anything was lost. */
static uint32_t to_odd(double t) {
    float near = (float)t;
    uint32_t bits = bits_of(near);
    if ((double)near == t || t != t)
        return bits;
    if (fabs((double)near) > fabs(t))
        bits--;
    return bits | 1;
}

static double scale_of(const struct state *s, const struct rule *r) {
    int exponent;
    if (r->apply == APPLY_UNSIGNED)
        return fabs(s->scale);
    if (r->apply != APPLY_POWER)
        return s->scale;
    return ldexp(1, frexp(s->scale, &exponent) == 0.5 ? exponent - 1 : exponent);
}

/* What is encoded, as an fp32 pattern. */
static uint32_t scaled(double x, const struct state *s, const struct rule *r) {
    double scale = scale_of(s, r);
    if (r->apply == APPLY_RECIPROCAL)
        return bits_of((float)x * (1 / (float)scale));
    if (r->apply == APPLY_TWICE) {
        static const struct planted_rule honest = {0};
        return planted_encode_once(bits_of((float)(x / scale)), &planted_bf16, &honest) << 16;
    }
    return to_odd(x / scale);
}

static uint32_t code_of(double x, const struct state *s, const struct rule *r) {
    static const struct planted_rule honest = {0};
    uint32_t t = scaled(x, s, r);
    double value = float_of(t);
    if (value != value)
        return r->nan_largest ? 0x7E : r->nan_lowest ? 0xFE : 0x7F;
    if (r->overflow_nan && fabs(value) > 464)
        return value < 0 ? 0xFF : 0x7F;
    uint32_t code = planted_encode_once(t, &planted_e4m3fn, &honest);
    return r->clamp_short && (code & 0x7F) == 0x7E ? code - 1 : code;
}

static inline __attribute__((always_inline)) void run_by(const struct rule *r, const void *state,
                                                         const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t i = 0; i < count; i++) {
        double x = float_of(planted_widen_fp16(((const uint16_t *)input)[i], false));
        ((uint8_t *)output)[i] = (uint8_t)code_of(x, s, r);
    }
}

static int open_row(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run) {
    bool offered = strcmp(request->operation, "quantize") == 0 && strcmp(request->source, "fp16") == 0 &&
                   strcmp(request->destination, "e4m3fn") == 0 && strcmp(request->rounding, "rne") == 0 &&
                   strcmp(request->overflow, "satfinite") == 0 && strncmp(request->parameters, "s=", 2) == 0;
    struct state *s = offered ? malloc(sizeof *s) : NULL;
    if (!s)
        return 0;
    s->scale = strtod(request->parameters + 2, NULL);
    *kernel = (struct tb_kernel){.run = run, .state = s};
    return 1;
}

#define HONEST                                                                                               \
    { 0 }
#define RULE(...)                                                                                            \
    { __VA_ARGS__ }
TARGET_BY_RULE(honest, "scaled-honest", HONEST, "none")
TARGET_BY_RULE(reciprocal, "scaled-reciprocal", RULE(.apply = APPLY_RECIPROCAL), "times fp32(1 / s)")
TARGET_BY_RULE(twice, "scaled-via-bf16", RULE(.apply = APPLY_TWICE), "the quotient is rounded to bf16 first")
TARGET_BY_RULE(power, "scaled-power-of-two", RULE(.apply = APPLY_POWER),
               "the scale is rounded up to a power of two")
TARGET_BY_RULE(sign_dropped, "scaled-unsigned", RULE(.apply = APPLY_UNSIGNED),
               "the sign of the scale is dropped")
TARGET_BY_RULE(nan_largest, "scaled-nan-largest", RULE(.nan_largest = true), "NaN becomes the largest value")
TARGET_BY_RULE(nan_lowest, "scaled-nan-lowest", RULE(.nan_lowest = true), "NaN becomes the lowest value")
TARGET_BY_RULE(overflow_nan, "scaled-overflow-nan", RULE(.overflow_nan = true), "what overflows becomes NaN")
TARGET_BY_RULE(clamp_short, "scaled-clamp-short", RULE(.clamp_short = true), "the largest value is not used")

const struct tb_target *const planted_scaled_targets[] = {
    &target_honest,      &target_reciprocal, &target_twice,        &target_power,       &target_sign_dropped,
    &target_nan_largest, &target_nan_lowest, &target_overflow_nan, &target_clamp_short, NULL};
