/* Integer matrix products in plain C, exact: integer sums; the product of the scales in 96-bit integers,
 * rounded once. */
#include "vectors/problem_gemm.h"
#include "targets/portable/problem.h"

#include <string.h>

typedef unsigned __int128 wide;

struct number { /* significand * 2^exponent, positive */
    uint64_t significand;
    int exponent;
};

static int32_t load_int(const struct tb_field *f, const unsigned char *record, uint32_t index) {
    int32_t value = 0;
    if (f)
        memcpy(&value, record + f->offset + 4 * (f->columns == 1 ? 0 : index), sizeof value);
    return value;
}

static struct number load_scale(const struct tb_field *f, const unsigned char *record, uint32_t index) {
    uint32_t bits = (uint32_t)load_int(f, record, index), field = bits >> 23 & 0xff;
    return field ? (struct number){(bits & 0x7fffff) | 0x800000, (int)field - 150}
                 : (struct number){bits & 0x7fffff, -149};
}

static int code_at(const struct tb_field *f, const unsigned char *record, uint32_t place) {
    unsigned char byte = record[f->offset + place];
    return f->format->is_signed ? (int8_t)byte : byte;
}

static int64_t sum_of(const struct tb_gemm *g, const unsigned char *record, uint32_t i, uint32_t j) {
    int32_t za = load_int(g->zero_a, record, i), zb = load_int(g->zero_b, record, j);
    int64_t sum = 0;
    for (uint32_t k = 0; k < g->k; k++)
        sum +=
            (int64_t)(code_at(g->a, record, i * g->k + k) - za) * (code_at(g->b, record, k * g->n + j) - zb);
    return sum;
}

static int bits_in(wide x) {
    uint64_t high = (uint64_t)(x >> 64);
    return high ? 128 - __builtin_clzll(high) : (uint64_t)x ? 64 - __builtin_clzll((uint64_t)x) : 0;
}

/* top / bottom * 2^exponent to nearest, ties to even, with `bits` bits; the exponent of its last bit in
 * *last. bottom has at most 24 bits, top at most 80. */
static uint64_t divide(wide top, uint64_t bottom, int exponent, int least, int bits, int *last) {
    int spare = 126 - bits_in(top);
    wide quotient = (top << spare) / bottom;
    bool sticky = (top << spare) % bottom != 0;
    exponent -= spare;
    int drop = bits_in(quotient) - bits;
    if (exponent + drop < least)
        drop = least - exponent;
    *last = exponent + drop;
    if (drop > 126)
        return 0;
    uint64_t kept = (uint64_t)(quotient >> drop);
    wide rest = quotient & (((wide)1 << drop) - 1), half = (wide)1 << (drop - 1);
    return kept + (rest > half || (rest == half && (sticky || kept & 1)));
}

/* An fp32 whose significand came out of divide(); a carry into the next binade is part of the sum. */
static uint32_t compose(bool negative, uint64_t significand, int last) {
    uint32_t sign = (uint32_t)negative << 31;
    if (significand >> 24)
        significand >>= 1, last++;
    if (!(significand >> 23))
        return sign | (uint32_t)significand;
    int field = last + 150;
    return field >= 0xff ? sign | 0x7f800000 : sign | (uint32_t)field << 23 | (significand & 0x7fffff);
}

static uint32_t float_output(wide top, int exponent, uint64_t bottom, bool negative) {
    int last;
    if (!top)
        return 0;
    uint64_t significand = divide(top, bottom, exponent, -149, 24, &last);
    return compose(negative, significand, last);
}

static unsigned char byte_output(wide top, int exponent, uint64_t bottom, bool negative, int32_t zero,
                                 bool is_signed) {
    const int64_t beyond = 1 << 20, low = is_signed ? -128 : 0;
    int64_t code = 0;
    int last;
    if (top) {
        uint64_t n = divide(top, bottom, exponent, 0, 40, &last);
        code = last > 0 || n > (uint64_t)beyond ? beyond : (int64_t)n;
    }
    code = (negative ? -code : code) + zero;
    return (unsigned char)(code < low ? low : code > low + 255 ? low + 255 : code);
}

static void store(const struct tb_gemm *g, const unsigned char *record, uint32_t i, uint32_t j,
                  unsigned char *output) {
    int64_t sum = sum_of(g, record, i, j);
    unsigned char *at = output + ((size_t)i * g->n + j) * (g->scale_out ? 1 : 4);
    uint32_t word = (uint32_t)sum;
    if (g->scale_a) {
        struct number a = load_scale(g->scale_a, record, i), b = load_scale(g->scale_b, record, j);
        struct number out = g->scale_out ? load_scale(g->scale_out, record, 0) : (struct number){1, 0};
        wide top = (wide)(sum < 0 ? -sum : sum) * a.significand * b.significand;
        int exponent = a.exponent + b.exponent - out.exponent;
        uint64_t bottom = g->method == TB_GEMM_ABSMAX ? 127 * 127 : out.significand;
        if (g->scale_out) {
            *at = byte_output(top, exponent, bottom, sum < 0, load_int(g->zero_out, record, 0),
                              g->out->format->is_signed);
            return;
        }
        word = float_output(top, exponent, bottom, sum < 0);
    }
    memcpy(at, &word, sizeof word);
}

void portable_gemm(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    const struct tb_gemm g = tb_gemm_of(p);
    for (uint32_t i = 0; i < g.m; i++)
        for (uint32_t j = 0; j < g.n; j++)
            store(&g, input, i, j, output);
}
