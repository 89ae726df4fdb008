/* The second way to LLM.int8(): fp16 data as whole numbers of 2^-24, which are below 2^40, so that every
 * product and sum has at most 40 + 40 + 14 + 12 bits. Nothing here calls MPFR or the decoder of vectors/. */
#include "reference/integer_encode.h"
#include "reference/problem_llmint8.h"

#include <math.h>
#include <stdlib.h>

typedef __int128 wide;

/* In 2^-24. */
static int64_t whole(const struct tb_field *f, const void *record, uint32_t place) {
    const unsigned char *at = (const unsigned char *)record + f->offset + (size_t)place * 2;
    int bits = at[0] | at[1] << 8, field = bits >> 10 & 31;
    int64_t fraction = bits & 1023, magnitude = field ? (fraction | 1024) << (field - 1) : fraction;
    return bits >> 15 ? -magnitude : magnitude;
}

static int64_t magnitude_of(int64_t x) {
    return x < 0 ? -x : x;
}

static bool is_large(int64_t x, double threshold) {
    return threshold > 0 && (double)magnitude_of(x) >= threshold * 0x1p24;
}

static bool is_outlier_column(const struct tb_llmint8 *s, const void *input, uint32_t column) {
    for (uint32_t i = 0; i < s->m; i++)
        if (is_large(whole(s->x, input, i * s->k + column), s->threshold))
            return true;
    return false;
}

/* rne(x * 127 / scale) from the two halves that 2 * 254 x / 2 scale lies between. */
static int code_of(int64_t x, int64_t scale) {
    if (scale == 0)
        return 0;
    int64_t top = 2 * 127 * magnitude_of(x) + scale, bottom = 2 * scale, n = top / bottom;
    if (top % bottom == 0 && n % 2)
        n--;
    return (int)(x < 0 ? -n : n);
}

static int64_t scale_of(const struct tb_field *f, const void *input, uint32_t row, double threshold) {
    int64_t greatest = 0;
    for (uint32_t j = 0; j < f->columns; j++) {
        int64_t x = whole(f, input, row * f->columns + j);
        if (!is_large(x, threshold) && magnitude_of(x) > greatest)
            greatest = magnitude_of(x);
    }
    return greatest;
}

uint64_t tb_llmint8_encode(const struct tb_format *f, wide top, int64_t bottom, int exponent) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    bool negative = top < 0;
    unsigned __int128 rest = (unsigned __int128)(negative ? -top : top);
    if (top == 0)
        return tb_integer_encode(&into, TB_ZERO, false, 0, 0);
    while (rest >> 120 == 0) { /* as many digits as fit, the divisor being below 2^14 */
        rest <<= 1;
        exponent--;
    }
    unsigned __int128 quotient = rest / (unsigned __int128)bottom;
    bool more = rest % (unsigned __int128)bottom != 0;
    for (; quotient >> 63; exponent++) {
        more |= quotient & 1;
        quotient >>= 1;
    }
    return tb_integer_encode(&into, TB_FINITE, negative, (uint64_t)quotient | more, exponent);
}

static void answer(const struct tb_llmint8 *s, const void *input, void *output, uint32_t i, uint32_t l) {
    int64_t acc = 0, xs = scale_of(s->x, input, i, s->threshold), ws = scale_of(s->w, input, l, 0);
    wide sum = 0;
    for (uint32_t j = 0; j < s->k; j++) {
        int64_t x = whole(s->x, input, i * s->k + j), w = whole(s->w, input, l * s->k + j);
        bool outlier = is_outlier_column(s, input, j);
        int xq = outlier ? 0 : code_of(x, xs), wq = code_of(w, ws);
        tb_field_set(s->xq, output, i * s->k + j, (uint8_t)xq);
        tb_field_set(s->wq, output, l * s->k + j, (uint8_t)wq);
        acc += (int64_t)xq * wq;
        sum += outlier ? (wide)x * w : 0;
    }
    tb_field_set(s->xs, output, i, tb_llmint8_encode(s->xs->format, xs, 1, -24));
    tb_field_set(s->ws, output, l, tb_llmint8_encode(s->ws->format, ws, 1, -24));
    tb_field_set(s->acc, output, i * s->n + l, (uint32_t)acc);
    wide top = acc * (wide)xs * ws + sum * (127 * 127);
    tb_field_set(s->y, output, i * s->n + l, tb_llmint8_encode(s->y->format, top, 127 * 127, -48));
}

void tb_llmint8_integer(const struct tb_problem *p, const void *input, void *output) {
    struct tb_llmint8 s = tb_llmint8_of(p);
    for (uint32_t i = 0; i < s.m; i++)
        for (uint32_t l = 0; l < s.n; l++)
            answer(&s, input, output, i, l);
}
