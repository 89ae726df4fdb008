/* SmoothQuant on whole numbers. v >= X^a / W^(1-a), a = power / root, where v^root * W^(root - power) >=
 * X^power: powers of significands, with the powers of two kept apart, of at most 20 * 26 + 20 * 53 bits. */
#include "vectors/problem_smoothquant.h"

#include "targets/portable/big.h"
#include "targets/portable/problem_recipes.h"

#include <math.h>

/* significand * 2^exponent, not negative. */
struct scaled {
    uint64_t significand;
    int exponent;
};

struct product {
    struct big significand;
    int exponent;
};

static struct scaled scaled_double(double x) {
    int exponent;
    uint64_t significand = (uint64_t)ldexp(frexp(x, &exponent), 53);
    return (struct scaled){significand, exponent - 53};
}

static struct scaled scaled_pattern(const struct tb_format *f, uint64_t pattern) {
    struct tb_value v = tb_format_decode(f, pattern);
    return (struct scaled){v.class == TB_FINITE ? v.significand : 0, v.class == TB_FINITE ? v.exponent : 0};
}

static void multiply_power(struct product *p, struct scaled x, unsigned power) {
    for (unsigned i = 0; i < power; i++)
        p->significand = big_times(&p->significand, x.significand);
    p->exponent += (int)power * x.exponent;
}

static int compare(const struct product *a, const struct product *b) {
    int top_a = big_length(&a->significand), top_b = big_length(&b->significand);
    if (!top_a || !top_b)
        return (top_a > 0) - (top_b > 0);
    if (top_a + a->exponent != top_b + b->exponent)
        return top_a + a->exponent < top_b + b->exponent ? -1 : 1;
    int gap = a->exponent - b->exponent;
    struct big left = big_shifted(&a->significand, gap > 0 ? gap : 0);
    struct big right = big_shifted(&b->significand, gap < 0 ? -gap : 0);
    return big_compare(&left, &right);
}

/* The sign of v - X^a / W^(1-a). */
static int against_scale(const struct tb_smoothquant *q, struct scaled v, struct scaled x, struct scaled w) {
    struct product left = {big_of(1), 0}, right = {big_of(1), 0};
    multiply_power(&left, v, q->root);
    multiply_power(&left, w, q->root - q->power);
    multiply_power(&right, x, q->power);
    return compare(&left, &right);
}

/* Halfway between a pattern and the next; infinity counts as the next power of two. */
static struct scaled midpoint(const struct tb_format *f, uint64_t pattern) {
    struct scaled below = scaled_pattern(f, pattern);
    if (!below.significand) /* zero and the least subnormal */
        return (struct scaled){1, scaled_pattern(f, 1).exponent - 1};
    return (struct scaled){2 * below.significand + 1, below.exponent - 1};
}

static uint64_t nearest(const struct tb_smoothquant *q, struct scaled x, struct scaled w) {
    uint64_t low = 0, high;
    tb_format_infinity(q->format, false, &high);
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        int order = against_scale(q, midpoint(q->format, middle - 1), x, w);
        if (order < 0 || (order == 0 && !(middle & 1)))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* ---- A record. ---- */

/* Patterns of magnitudes are in the order of their values. */
static uint64_t greatest_magnitude(const struct tb_field *f, const unsigned char *record, uint32_t column) {
    uint64_t greatest = 0, mask = (UINT64_C(1) << (f->format->bits - 1)) - 1;
    for (uint32_t row = 0; row < f->rows; row++) {
        uint64_t magnitude = tb_field_get(f, record, row * f->columns + column) & mask;
        greatest = magnitude > greatest ? magnitude : greatest;
    }
    return greatest;
}

static bool is_less(struct scaled a, struct scaled b) {
    struct product left = {big_of(1), 0}, right = {big_of(1), 0};
    multiply_power(&left, a, 1);
    multiply_power(&right, b, 1);
    return compare(&left, &right) < 0;
}

static uint64_t scale_at(const struct tb_smoothquant *q, const unsigned char *input, uint32_t column) {
    const struct big one = big_of(1);
    struct scaled least = scaled_double(q->least);
    struct scaled x = scaled_pattern(q->format, greatest_magnitude(q->x, input, column));
    struct scaled w = scaled_pattern(q->format, greatest_magnitude(q->w, input, column));
    w = is_less(w, least) ? least : w;
    if (against_scale(q, least, x, w) < 0)
        return nearest(q, x, w);
    struct big significand = big_of((int64_t)least.significand);
    return big_ratio_pattern(q->format, &significand, &one, least.exponent);
}

static uint64_t special(const struct tb_format *f, bool nan, uint64_t sign) {
    uint64_t pattern = 0;
    if (nan)
        tb_format_nan(f, false, UINT64_C(1) << 63, &pattern);
    else
        tb_format_infinity(f, false, &pattern);
    return nan ? pattern : pattern | sign;
}

/* x / s, or x * s where `times`. */
static uint64_t applied(const struct tb_format *f, uint64_t pattern, uint64_t scale, bool times) {
    const struct big one = big_of(1);
    uint64_t sign = pattern >> (f->bits - 1) << (f->bits - 1);
    bool infinite = scale == special(f, false, 0);
    struct scaled x = scaled_pattern(f, pattern), s = scaled_pattern(f, scale);
    struct big a = big_of((int64_t)x.significand), b = big_of((int64_t)s.significand);
    if (times ? infinite : !infinite && scale == 0)
        return special(f, !x.significand, sign);
    if (!x.significand || infinite)
        return sign;
    struct big product = big_product(&a, &b);
    return sign | (times ? big_ratio_pattern(f, &product, &one, x.exponent + s.exponent)
                         : big_ratio_pattern(f, &a, &b, x.exponent - s.exponent));
}

void portable_smoothquant(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    for (uint32_t j = 0; j < q.k; j++) {
        uint64_t s = scale_at(&q, input, j);
        tb_field_set(q.s, output, j, s);
        for (uint32_t i = j; i < q.m * q.k; i += q.k)
            tb_field_set(q.xs, output, i, applied(q.format, tb_field_get(q.x, input, i), s, false));
        for (uint32_t i = j; i < q.n * q.k; i += q.k)
            tb_field_set(q.ws, output, i, applied(q.format, tb_field_get(q.w, input, i), s, true));
    }
}
