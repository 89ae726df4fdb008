/* Quantized arrays in plain C, exact: the quotient of two significands in 64-bit integers, rounded once. */
#include "vectors/problem_quantize.h"
#include "targets/portable/problem.h"

#include <math.h>
#include <string.h>

/* ---- Reading. ---- */

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t word_at(const unsigned char *array, uint32_t place) {
    uint32_t word;
    memcpy(&word, array + 4 * (size_t)place, sizeof word);
    return word;
}

/* fp32, bf16, fp16; every value of them is an fp32. */
static float value_at(const struct tb_field *f, const unsigned char *record, uint32_t place) {
    const unsigned char *array = record + f->offset;
    uint16_t half;
    if (f->format->bits == 32)
        return float_of(word_at(array, place));
    memcpy(&half, array + 2 * (size_t)place, sizeof half);
    if (f->format->precision == 8)
        return float_of((uint32_t)half << 16);
    uint32_t field = half >> 10 & 31, fraction = half & 1023;
    float magnitude = field == 31 ? fraction ? NAN : INFINITY
                      : field     ? ldexpf((float)(fraction | 1024), (int)field - 25)
                                  : ldexpf((float)fraction, -24);
    return half >> 15 ? -magnitude : magnitude;
}

/* ---- One code. ---- */

static bool goes_up(enum tb_rounding rounding, bool negative, int against_half, bool inexact, bool odd) {
    switch (rounding) {
    case TB_RNE:
        return against_half > 0 || (against_half == 0 && odd);
    case TB_RNA:
        return against_half >= 0;
    case TB_RHU:
        return against_half > 0 || (against_half == 0 && !negative);
    case TB_RU:
        return inexact && !negative;
    case TB_RD:
        return inexact && negative;
    case TB_RTO:
        return inexact && !odd;
    default:
        return false;
    }
}

/* Beyond every clamp: a code has at most 8 bits, a zero point is one of them. */
#define BEYOND 65536

/* |x / s| rounded to an integer, both finite and not zero. */
static int64_t quotient(float x, float s, enum tb_rounding rounding, bool negative) {
    int of_x, of_s;
    uint64_t top = (uint64_t)ldexpf(frexpf(fabsf(x), &of_x), 24), whole;
    uint64_t bottom = (uint64_t)ldexpf(frexpf(fabsf(s), &of_s), 24);
    int shift = of_x - of_s;
    if (shift > 20)
        return BEYOND;
    if (shift < -4) /* below 1/8: the rest is below one half, whatever it is */
        return goes_up(rounding, negative, -1, true, false);
    top <<= shift > 0 ? shift : 0;
    bottom <<= shift < 0 ? -shift : 0;
    whole = top / bottom;
    uint64_t twice = 2 * (top % bottom);
    int against_half = twice > bottom ? 1 : twice == bottom ? 0 : -1;
    return (int64_t)(whole + goes_up(rounding, negative, against_half, twice != 0, whole & 1));
}

static int64_t code_of(float x, float s, int64_t zero, const struct tb_quantizer *q,
                       enum tb_rounding rounding) {
    bool negative = signbit(x) != signbit(s);
    bool none = isnan(x) || isnan(s) || (x == 0 && s == 0) || (isinf(x) && isinf(s));
    int64_t n = none || x == 0 || isinf(s) ? 0
                : isinf(x) || s == 0       ? BEYOND
                                           : quotient(x, s, rounding, negative);
    n = (negative ? -n : n) + zero;
    return n < q->low ? q->low : n > q->high ? q->high : n;
}

/* ---- Computed scales. ---- */

/* f32((largest - least) / steps): the difference as the sum of two doubles, the nearest fp32 found by asking
 * on which side of a midpoint the difference lies. */
static float rounded_quotient(double largest, double least, int steps) {
    double high = largest - least, back = high - largest;
    double low = (largest - (high - back)) - (least + back); /* what the difference lost */
    float near = (float)(high / steps);
    for (int i = -1; i <= 1; i += 2) {
        float next = nextafterf(near, i < 0 ? -INFINITY : INFINITY);
        double middle = ((double)near + (double)next) / 2;
        double beyond = (high - middle * steps) + low;
        uint32_t bits;
        memcpy(&bits, &near, sizeof bits);
        if ((i > 0 ? beyond > 0 : beyond < 0) || (beyond == 0 && bits & 1))
            return next;
    }
    return near;
}

static void compute_row(const struct tb_quantizer *q, const unsigned char *input, unsigned char *output,
                        uint32_t row) {
    float least = 0, largest = 0;
    for (uint32_t column = 0; column < q->columns; column++) {
        float x = value_at(q->x, input, row * q->columns + column);
        bool symmetric = q->method == TB_PER_TOKEN_SYMMETRIC;
        largest = fmaxf(largest, symmetric ? fabsf(x) : x);
        least = symmetric ? 0 : fminf(least, x);
    }
    int steps = (int)(q->method == TB_PER_TOKEN_SYMMETRIC ? q->high : q->high - q->low);
    float scale = rounded_quotient(largest, least, steps);
    memcpy(output + q->scale->offset + 4 * (size_t)row, &scale, sizeof scale);
    if (!q->zero)
        return;
    struct tb_quantizer wide = *q;
    wide.low = -4096;
    wide.high = 4096;
    int64_t zero = q->low - code_of(least, scale, 0, &wide, TB_RNE);
    int32_t clamped = (int32_t)(zero < q->low ? q->low : zero > q->high ? q->high : zero);
    memcpy(output + q->zero->offset + 4 * (size_t)row, &clamped, sizeof clamped);
}

void portable_quantize(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    const struct tb_quantizer q = tb_quantizer_of(p);
    const bool computed = q.method >= TB_PER_TOKEN_SYMMETRIC;
    const unsigned char *scales = computed ? output : input;
    const unsigned mask = (1u << q.codes->format->bits) - 1;
    for (uint32_t row = 0; computed && row < q.rows; row++)
        compute_row(&q, input, output, row);
    for (uint32_t i = 0; i < q.rows * q.columns; i++) {
        uint32_t at = tb_quantizer_place(&q, i / q.columns, i % q.columns);
        float scale = float_of(word_at(scales + q.scale->offset, at));
        int32_t zero = q.zero ? (int32_t)word_at(scales + q.zero->offset, at) : 0;
        int64_t code = code_of(value_at(q.x, input, i), scale, zero, &q, p->rounding);
        output[q.codes->offset + i] = (unsigned char)((uint64_t)code & mask);
    }
}
