/* LLM.int8() on whole numbers: fp16 data are multiples of 2^-24, products of two of 2^-48, and the output is
 * one fraction over 127^2. */
#include "vectors/problem_llmint8.h"

#include "targets/portable/big.h"
#include "targets/portable/problem_recipes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 24, LEVELS = 127 };

/* A matrix as whole numbers, its codes and its rows' greatest magnitudes. */
struct part {
    uint32_t rows, columns;
    int64_t *value, *greatest;
    int *code;
};

static int64_t whole_half(const unsigned char *at) {
    uint16_t bits;
    memcpy(&bits, at, sizeof bits);
    int field = bits >> 10 & 31;
    int64_t magnitude = field ? (int64_t)(1024 + (bits & 1023)) << (field - 1) : bits & 1023;
    return bits & 0x8000 ? -magnitude : magnitude;
}

static struct part load(const struct tb_field *f, const unsigned char *record) {
    uint32_t count = f->rows * f->columns;
    struct part a = {f->rows, f->columns, calloc(count, sizeof *a.value), calloc(f->rows, sizeof *a.greatest),
                     calloc(count, sizeof *a.code)};
    if (!a.value || !a.greatest || !a.code)
        abort();
    for (uint32_t i = 0; i < count; i++)
        a.value[i] = whole_half(record + f->offset + 2 * (size_t)i);
    return a;
}

static void release(struct part *a) {
    free(a->value);
    free(a->greatest);
    free(a->code);
}

/* rne(127 x / greatest), ties to even. */
static int code_of(int64_t x, int64_t greatest) {
    int64_t top = LEVELS * llabs(x), n = top / greatest, rest = 2 * (top % greatest);
    n += rest > greatest || (rest == greatest && n & 1);
    return (int)(x < 0 ? -n : n);
}

static bool is_large(int64_t x, double threshold) {
    return threshold > 0 && (double)llabs(x) >= ldexp(threshold, UNIT);
}

static void quantize(struct part *a, double threshold, const bool *skipped) {
    for (uint32_t i = 0; i < a->rows * a->columns; i++) {
        int64_t *greatest = &a->greatest[i / a->columns];
        if (!is_large(a->value[i], threshold) && llabs(a->value[i]) > *greatest)
            *greatest = llabs(a->value[i]);
    }
    for (uint32_t i = 0; i < a->rows * a->columns; i++) {
        int64_t greatest = a->greatest[i / a->columns];
        if (greatest && !(skipped && skipped[i % a->columns]))
            a->code[i] = code_of(a->value[i], greatest);
    }
}

static void store(const struct tb_field *codes, const struct tb_field *scales, const struct part *a,
                  unsigned char *output) {
    for (uint32_t i = 0; i < a->rows * a->columns; i++)
        tb_field_set(codes, output, i, (uint8_t)a->code[i]);
    for (uint32_t i = 0; i < a->rows; i++) {
        float scale = ldexpf((float)a->greatest[i], -UNIT); /* 11 bits */
        memcpy(output + scales->offset + 4 * (size_t)i, &scale, sizeof scale);
    }
}

static struct big big_of_wide(__int128 x) {
    unsigned __int128 magnitude = (unsigned __int128)(x < 0 ? -x : x);
    return (struct big){
        {(uint64_t)magnitude, (uint64_t)(magnitude >> 64)},
        x < 0
    };
}

/* Both sums have at most 40 + 40 + 14 + 12 bits. */
static void multiply(const struct tb_llmint8 *s, const struct part *x, const struct part *w,
                     const bool *outlier, uint32_t i, uint32_t l, unsigned char *output) {
    const struct big divisor = big_of(LEVELS * LEVELS);
    __int128 apart = 0;
    int64_t acc = 0;
    for (uint32_t j = 0; j < s->k; j++) {
        acc += (int64_t)x->code[i * s->k + j] * w->code[l * s->k + j];
        if (outlier[j])
            apart += (__int128)x->value[i * s->k + j] * w->value[l * s->k + j];
    }
    struct big sum = big_of_wide((__int128)x->greatest[i] * w->greatest[l] * acc + LEVELS * LEVELS * apart);
    tb_field_set(s->acc, output, i * s->n + l, (uint32_t)acc);
    tb_field_set(s->y, output, i * s->n + l, big_ratio_pattern(s->y->format, &sum, &divisor, -2 * UNIT));
}

void portable_llmint8(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    struct tb_llmint8 s = tb_llmint8_of(p);
    struct part x = load(s.x, input), w = load(s.w, input);
    bool *outlier = calloc(s.k, sizeof *outlier);
    if (!outlier)
        abort();
    for (uint32_t i = 0; i < s.m * s.k; i++)
        outlier[i % s.k] |= is_large(x.value[i], s.threshold);
    quantize(&x, s.threshold, outlier);
    quantize(&w, 0, NULL);
    store(s.xq, s.xs, &x, output);
    store(s.wq, s.ws, &w, output);
    for (uint32_t i = 0; i < s.m; i++)
        for (uint32_t l = 0; l < s.n; l++)
            multiply(&s, &x, &w, outlier, i, l, output);
    release(&x);
    release(&w);
    free(outlier);
}
