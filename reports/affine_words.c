#include "reports/affine_words.h"

#include "vectors/affine_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static void scaled_words(const struct tb_case *c, char *text, size_t size) {
    const char *what = c->affine.is_factor ? "factor" : "scale";
    if (isnan(c->affine.scale))
        snprintf(text, size, "%s NaN", what);
    else
        snprintf(text, size, "%s %.6g (%a)", what, c->affine.scale, c->affine.scale);
}

void tb_affine_words(const struct tb_case *c, char *text, size_t size) {
    const struct tb_affine *a = &c->affine;
    char codes[64] = "", random[64] = "";
    text[0] = 0;
    if (c->source && tb_case_is_scaled(c))
        scaled_words(c, text, size);
    if (!c->source || !tb_case_is_affine(c))
        return;
    if (c->operation != TB_DEQUANTIZE)
        snprintf(codes, sizeof codes, ", codes %lld to %lld", (long long)a->low, (long long)a->high);
    if (a->random_bits)
        snprintf(random, sizeof random, ", random number %u of %d bits", a->random, a->random_bits);
    if (isnan(a->scale))
        snprintf(text, size, "scale NaN, zero point %lld%s%s", (long long)a->zero, codes, random);
    else
        snprintf(text, size, "scale %.6g (%a), zero point %lld%s%s", a->scale, a->scale, (long long)a->zero,
                 codes, random);
}

const char *tb_code_text(const char *case_id, uint64_t pattern, int digits, char text[TB_CODE]) {
    struct tb_case c;
    if (tb_case_parse(case_id, &c, NULL) && tb_case_is_affine(&c) && c.destination->kind == TB_INTEGER)
        tb_value_print(tb_format_decode(c.destination, pattern), text, TB_CODE);
    else
        snprintf(text, TB_CODE, "0x%0*llx", digits, (unsigned long long)pattern);
    return text;
}

/* ---- Where an input lies. ---- */

static long double value_of(struct tb_value v) {
    long double magnitude = v.class == TB_FINITE ? ldexpl((long double)v.significand, v.exponent) : 0;
    return v.negative ? -magnitude : magnitude;
}

/* significand * 2^exponent of a finite double that is not zero. */
static void split(double s, uint64_t *significand, int *exponent) {
    *significand = (uint64_t)ldexp(frexp(fabs(s), exponent), 53);
    *exponent -= 53;
}

static struct tb_value integer_value(int64_t n) {
    return (struct tb_value){n ? TB_FINITE : TB_ZERO, n < 0, 0, n < 0 ? 0 - (uint64_t)n : (uint64_t)n};
}

static int length_of(uint128 x) {
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

/* a * 2^i against b * 2^j, neither zero: by their leading bits, and where these stand in one place by all of
 * them, the shorter one moved up to the length of the other. */
static int compare_scaled(uint128 a, int i, uint128 b, int j) {
    int top_a = length_of(a) + i, top_b = length_of(b) + j;
    if (top_a != top_b)
        return top_a > top_b ? 1 : -1;
    if (i > j)
        a <<= i - j;
    else
        b <<= j - i;
    return (a > b) - (a < b);
}

/* On which side of k + 1/2 the scaled value lies, exactly: |x| against |k + 1/2| * |s|, |q| * |s| against
 * |k + 1/2|. The signs are the same on both sides. */
static int side_of_middle(const struct tb_case *c, struct tb_value x, int64_t k) {
    uint64_t s, twice = (uint64_t)llabs(2 * k + 1);
    int exponent, side;
    split(c->affine.scale, &s, &exponent);
    if (c->operation == TB_REQUANTIZE)
        side = compare_scaled((uint128)x.significand * s, x.exponent + exponent, twice, -1);
    else
        side = compare_scaled(x.significand, x.exponent, (uint128)s * twice, exponent - 1);
    return k < 0 ? -side : side; /* in magnitude so far */
}

/* k is the floor of the scaled value before the zero point. */
static void place_between(const struct tb_case *c, struct tb_value x, long double t,
                          struct tb_neighbours *n) {
    int64_t k = (int64_t)floorl(t), code = k + c->affine.zero;
    uint64_t mask = (UINT64_C(1) << c->destination->bits) - 1;
    n->low = (uint64_t)code & mask;
    n->high = (uint64_t)(code + 1) & mask;
    n->low_value = integer_value(code);
    n->high_value = integer_value(code + 1);
    bool whole = (long double)k == t;
    n->beyond = code < c->affine.low || code + !whole > c->affine.high;
    if (n->beyond)
        n->low_value = integer_value(code < c->affine.low ? c->affine.low : c->affine.high);
    n->is_value = !n->beyond && whole;
    if (n->is_value || n->beyond)
        return;
    n->between = n->has_middle = true;
    n->middle = integer_value(2 * code + 1);
    n->middle.exponent = -1;
    n->side = side_of_middle(c, x, k);
    n->fraction = (double)(t - (long double)k);
}

static struct tb_neighbours dequantized(const struct tb_case *c, struct tb_value q, uint64_t expected,
                                        char *what, size_t size) {
    struct tb_neighbours none = {0};
    int64_t difference = (int64_t)value_of(q) - c->affine.zero;
    uint64_t s, magnitude = (uint64_t)llabs(difference);
    int exponent;
    split(c->affine.scale, &s, &exponent);
    exponent += __builtin_ctzll(s);
    s >>= __builtin_ctzll(s);
    if (!magnitude || (uint128)s * magnitude >> 64)
        return none;
    struct tb_value v = {TB_FINITE, (difference < 0) != (c->affine.scale < 0), exponent, s * magnitude};
    char text[160];
    tb_value_print(v, text, sizeof text);
    snprintf(what, size, "(q - z) * s = %s", text);
    return tb_neighbours_find(c->destination, v, expected);
}

struct tb_neighbours tb_affine_neighbours(const struct tb_case *c, uint64_t input, uint64_t expected,
                                          char *what, size_t size) {
    struct tb_neighbours n = {0};
    struct tb_value x = tb_format_decode(c->source, input);
    what[0] = 0;
    if (!isfinite(c->affine.scale) || c->affine.scale == 0 || x.class == TB_INFINITE ||
        x.class == TB_NOT_A_NUMBER)
        return n;
    if (c->operation == TB_DEQUANTIZE)
        return dequantized(c, x, expected, what, size);
    long double s = c->affine.scale, t = c->operation == TB_REQUANTIZE ? value_of(x) * s : value_of(x) / s;
    if (fabsl(t) >= 0x1p40L)
        return n;
    snprintf(what, size, "%s + z = %.15Lg", c->operation == TB_REQUANTIZE ? "q * s" : "x / s",
             t + (long double)c->affine.zero);
    if (c->operation != TB_FAKEQUANT && x.class == TB_FINITE)
        place_between(c, x, t, &n);
    return n;
}

/* significand * 2^exponent with the lowest bit set for all that was cut. */
static struct tb_value cut(bool negative, uint128 significand, int exponent) {
    int beyond = length_of(significand) - 64;
    struct tb_value v = {TB_FINITE, negative, exponent, (uint64_t)significand};
    if (beyond <= 0)
        return v;
    v.significand =
        (uint64_t)(significand >> beyond) | ((uint128)(significand >> beyond) << beyond != significand);
    v.exponent += beyond;
    return v;
}

static struct tb_value scaled_value(const struct tb_case *c, struct tb_value x) {
    uint64_t s;
    int exponent;
    split(c->affine.scale, &s, &exponent);
    bool negative = x.negative != (c->affine.scale < 0);
    if (tb_case_multiplies(c))
        return cut(negative, (uint128)x.significand * s, x.exponent + exponent);
    int up = 127 - length_of(x.significand);
    uint128 top = (uint128)x.significand << up, quotient = top / s;
    return cut(negative, quotient << 1 | (quotient * s != top), x.exponent - exponent - up - 1);
}

struct tb_neighbours tb_scaled_neighbours(const struct tb_case *c, uint64_t input, uint64_t expected,
                                          char *what, size_t size) {
    struct tb_value x = tb_format_decode(c->source, input);
    what[0] = 0;
    if (x.class != TB_FINITE || !isfinite(c->affine.scale) || c->affine.scale == 0)
        return (struct tb_neighbours){0};
    struct tb_value t = scaled_value(c, x);
    snprintf(what, size, "%s = %.12Lg", tb_case_formula(c), value_of(t));
    return tb_neighbours_find(c->destination, t, expected);
}

bool tb_affine_landmarks(const struct tb_case *c, double *zero, double *clamp) {
    const struct tb_affine *a = &c->affine;
    double s = fabs(a->scale), low = fabs((double)(a->low - a->zero)),
           high = fabs((double)(a->high - a->zero));
    double furthest = (low > high ? low : high) + 0.5;
    if (c->operation == TB_DEQUANTIZE || !isfinite(s) || s == 0)
        return false;
    *zero = c->operation == TB_REQUANTIZE ? 0.5 / s : 0.5 * s;
    *clamp = c->operation == TB_REQUANTIZE ? furthest / s : furthest * s;
    return *zero > 0 && isfinite(*clamp);
}
