/* Dot products that are wrong on purpose, each in one way. What each must be found out as stands in
 * planted.h. Records have a, b, then c; a and b of two bytes an element, or of one. */
#include "lists.h"
#include "row.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum fault {
    HONEST,
    DROPS_NAN,
    NARROWS,
    BACKWARDS,
    FLUSHES,
    LOSES_LAST,
    C_LAST,
    WRAPS_16,
    WRAPS_32,
    CUTS,
    BLOCKED,
    EVERY_FIFTH
};

struct state {
    enum fault fault;
    bool bf16, bytes, narrow_output;
    uint32_t k, c_offset, input_bytes, output_bytes;
};

/* ---- Numbers. ---- */

static float read_half(uint16_t half) {
    int field = half >> 10 & 31;
    float fraction = (float)(half & 0x3ff), sign = half >> 15 ? -1.0f : 1.0f;
    if (field == 31)
        return half & 0x3ff ? NAN : sign * INFINITY;
    return sign * (field ? ldexpf(fraction + 1024, field - 25) : ldexpf(fraction, -24));
}

static float read(const struct state *s, const unsigned char *at, uint32_t i) {
    uint16_t code;
    memcpy(&code, at + 2 * i, sizeof code);
    return s->bf16 ? float_of((uint32_t)code << 16) : read_half(code);
}

static uint32_t to_bf16(float value, bool cut) {
    uint32_t bits = bits_of(value);
    if (isnan(value))
        return 0x7fc0;
    return (cut ? bits : bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* x * y + sum, rounded once to 8 bits: fp64 holds the product, and where it does not hold the sum, the sum is
 * nudged off the tie that it may have become. */
static float add_in_bf16(float x, float y, float sum) {
    double product = (double)x * y, exact = product + sum, back = exact - product;
    double lost = (product - (exact - back)) + (sum - back);
    if (isfinite(exact) && exact != 0 && lost != 0)
        exact = nextafter(exact, lost > 0 ? INFINITY : -INFINITY);
    if (!isfinite(exact) || exact == 0)
        return (float)exact;
    int unit = ilogb(exact) < -126 ? -133 : ilogb(exact) - 7;
    return (float)ldexp(rint(ldexp(exact, -unit)), unit);
}

static float flushed(float x) {
    return fabsf(x) < FLT_MIN ? copysignf(0, x) : x;
}

/* ---- Sums. ---- */

static float add(const struct state *s, float x, float y, float sum) {
    if (s->fault == DROPS_NAN && isnan(x * y))
        return sum;
    if (s->fault == NARROWS)
        return add_in_bf16(x, y, sum);
    float result = fmaf(x, y, sum);
    return s->fault == FLUSHES ? flushed(result) : result;
}

static float sum_of(const struct state *s, const unsigned char *a, const unsigned char *b, float c) {
    uint32_t k = s->fault == LOSES_LAST ? s->k - 1 : s->k;
    float sum = s->fault == C_LAST ? 0 : c, block = 0;
    if (s->fault == NARROWS)
        sum = float_of(to_bf16(c, false) << 16);
    if (s->fault == FLUSHES)
        sum = flushed(c);
    for (uint32_t n = 0; n < k; n++) {
        uint32_t i = s->fault == BACKWARDS ? k - 1 - n : n;
        if (s->fault != BLOCKED) {
            sum = add(s, read(s, a, i), read(s, b, i), sum);
            continue;
        }
        block = fmaf(read(s, a, i), read(s, b, i), block);
        if (i % 128 == 127 || i + 1 == k) {
            sum += block;
            block = 0;
        }
    }
    return s->fault == C_LAST ? sum + c : sum;
}

static int32_t sum_of_bytes(const struct state *s, const unsigned char *a, const unsigned char *b,
                            int32_t c) {
    int64_t sum = c;
    for (uint32_t i = 0; i < s->k - (s->fault == LOSES_LAST); i++)
        sum += (int8_t)a[i] * (int8_t)b[i];
    if (s->fault == WRAPS_16)
        return (int16_t)(uint16_t)sum;
    if (s->fault == WRAPS_32)
        return (int32_t)(uint32_t)sum;
    return sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : (int32_t)sum;
}

static uint32_t answer(const struct state *s, const unsigned char *record, size_t place) {
    const unsigned char *b = record + s->k * (s->bytes ? 1 : 2);
    uint32_t c;
    memcpy(&c, record + s->c_offset, sizeof c);
    if (s->bytes)
        return (uint32_t)sum_of_bytes(s, record, b, (int32_t)c);
    float sum = sum_of(s, record, b, float_of(c));
    if (s->narrow_output)
        return to_bf16(sum, s->fault == CUTS);
    return s->fault == EVERY_FIFTH && place % 5 == 4 ? bits_of(sum) ^ 1 : bits_of(sum);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = answer(s, (const unsigned char *)input + i * s->input_bytes, i);
        memcpy((unsigned char *)output + i * s->output_bytes, &code, s->narrow_output ? 2 : 4);
    }
}

/* ---- Targets. ---- */

static const struct {
    const char *start; /* of the id */
    uint32_t k, c_offset;
    bool bf16, bytes, narrow_output;
} problems[] = {
    {"dot/fp16/fp16/fp32/fp32/rne/k=67",   67,  268,  false, false, false},
    {"dot/fp16/fp16/fp32/fp32/rne/k=256",  256, 1024, false, false, false},
    {"dot/bf16/bf16/fp32/bf16/rne/k=128,", 128, 512,  true,  false, true },
    {"dot/int8/int8/int32/int32/rne/k=67", 67,  136,  false, true,  false},
};

static int open_fault(const struct tb_request *request, struct tb_kernel *kernel, enum fault fault) {
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        if (strncmp(request->case_id, problems[i].start, strlen(problems[i].start)) != 0)
            continue;
        struct state *s = malloc(sizeof *s);
        if (!s)
            return 0;
        *s = (struct state){
            fault,         problems[i].bf16,     problems[i].bytes,     problems[i].narrow_output,
            problems[i].k, problems[i].c_offset, request->source_bytes, request->destination_bytes};
        *kernel = (struct tb_kernel){.run = run, .state = s, .claim = problems[i].bytes ? NULL : "seq-fma"};
        return 1;
    }
    return 0;
}

#define FAULTS(F)                                                                                            \
    F(HONEST, "honest", "fp32 by FMA; bytes saturate at int32")                                              \
    F(DROPS_NAN, "nan-dropped", "products that are NaN are left out")                                        \
    F(NARROWS, "narrowed", "the accumulator is bf16")                                                        \
    F(BACKWARDS, "backwards", "k descending")                                                                \
    F(FLUSHES, "flushes", "subnormals are zeros")                                                            \
    F(LOSES_LAST, "loses-last", "the last product is left out")                                              \
    F(C_LAST, "c-last", "c is added at the end")                                                             \
    F(WRAPS_16, "wraps-16", "sums of bytes wrap at 16 bits")                                                 \
    F(WRAPS_32, "wraps-32", "sums of bytes wrap at 32 bits")                                                 \
    F(CUTS, "cuts", "the sum is cut to bf16")                                                                \
    F(BLOCKED, "blocked", "partial sums of 128 terms")                                                       \
    F(EVERY_FIFTH, "every-fifth", "the last bit of each fifth answer is turned over")

#define DEFINE(FAULT, NAME, SUMMARY)                                                                         \
    static int open_##FAULT(const struct tb_request *request, struct tb_kernel *kernel) {                    \
        return open_fault(request, kernel, FAULT);                                                           \
    }                                                                                                        \
    static const struct tb_target target_##FAULT = {TIEBREAK_TARGET_ABI,                                     \
                                                    "planted/dot-" NAME,                                     \
                                                    "planted fault: " SUMMARY,                               \
                                                    NULL,                                                    \
                                                    open_##FAULT,                                            \
                                                    close_row,                                               \
                                                    NULL};
FAULTS(DEFINE)

#define LIST(FAULT, NAME, SUMMARY) &target_##FAULT,
const struct tb_target *const planted_dot_targets[] = {FAULTS(LIST) NULL};
