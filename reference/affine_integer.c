/* The second way to the exact answers of the affine operations: the definition of affine.h on integers.
 *
 * Nothing here calls the MPFR way or decodes with vectors/: t is a fraction of two integers, and every
 * question about it is a comparison of integers. 128 bits hold any fraction that matters, 64 bits those of a
 * float input and a scale of at most 24 bits: confirming all 2^32 of them is a minute of CPU.
 */
#include "reference/affine.h"
#include "reference/integer_encode.h"

#include <string.h>

typedef unsigned __int128 wide;

/* (-1)^negative * significand * 2^exponent. */
struct number {
    enum tb_class class;
    bool negative;
    uint64_t significand;
    int exponent;
};

/* t as top / bottom, or one of the values that no fraction has. */
struct fraction {
    enum tb_class class;
    bool negative;
    wide top, bottom; /* below 2^126 */
};

/* t of more bits than this is beyond every clamp, as |lo|, |hi| and |z| are at most 2^31; below 2^-this, of
 * no more weight than its sign: the finest question about a fraction is that of 24 random bits. */
enum { LARGEST = 34 };

/* ---- Reading. ---- */

static struct number read_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int field = (int)(bits >> 52 & 0x7FF);
    struct number x = {TB_FINITE, bits >> 63, fraction, -1074};
    if (field == 0x7FF)
        x.class = fraction ? TB_NOT_A_NUMBER : TB_INFINITE;
    else if (field)
        x.significand |= UINT64_C(1) << 52, x.exponent = field - 1075;
    else if (!fraction)
        x.class = TB_ZERO;
    int zeros = x.class == TB_FINITE ? __builtin_ctzll(x.significand) : 0;
    x.significand >>= zeros; /* short fractions are the fast ones */
    x.exponent += zeros;
    return x;
}

/* A signed IEEE-like float: the sources of affine operations have no other special codes than those below. */
static struct number read_float(const struct tb_format *f, uint64_t code) {
    int fraction_bits = f->precision - 1;
    uint64_t sign = UINT64_C(1) << (f->bits - 1), magnitude = code & (sign - 1);
    uint64_t fraction = magnitude & ((UINT64_C(1) << fraction_bits) - 1);
    uint64_t infinity = (sign - 1) ^ ((UINT64_C(1) << fraction_bits) - 1);
    int field = (int)(magnitude >> fraction_bits);
    struct number x = {TB_FINITE, code & sign, fraction, 1 - f->bias - fraction_bits};
    if (f->infinity == TB_INF_TOP)
        infinity = sign - 1 - (f->nan == TB_NAN_ALL_ONES);
    bool is_nan = (f->nan == TB_NAN_IEEE && magnitude >= infinity && fraction) ||
                  (f->nan == TB_NAN_ALL_ONES && magnitude == sign - 1) ||
                  (f->nan == TB_NAN_NEGATIVE_ZERO && code == sign);
    if (is_nan)
        x.class = TB_NOT_A_NUMBER;
    else if (f->infinity != TB_INF_NONE && magnitude == infinity)
        x.class = TB_INFINITE;
    else if (!magnitude)
        x.class = TB_ZERO;
    else if (field)
        x.significand |= UINT64_C(1) << fraction_bits, x.exponent += field - 1;
    return x;
}

static int64_t read_integer(const struct tb_format *f, uint64_t code) {
    bool negative = f->is_signed && code >> (f->bits - 1) & 1;
    return negative ? (int64_t)code - (INT64_C(1) << f->bits) : (int64_t)code;
}

static struct number number_of_integer(int64_t value) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return (struct number){value ? TB_FINITE : TB_ZERO, value < 0, magnitude, 0};
}

/* ---- t. ---- */

static int length_of(wide x) {
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

/* top * 2^exponent / bottom as a fraction of two integers; top and bottom as they stand have at most 86 bits
 * and 53. Between the two limits neither has more than 35 bits more than the other. */
static struct fraction shifted(bool negative, wide top, wide bottom, int exponent) {
    struct fraction t = {TB_FINITE, negative, top, bottom};
    int length = length_of(top) + exponent - length_of(bottom); /* 2^(length - 1) < t < 2^(length + 1) */
    if (length > LARGEST)
        t.class = TB_INFINITE;
    else if (length < -LARGEST)
        t.top = 1, t.bottom = UINT64_C(1) << LARGEST;
    else if (exponent >= 0)
        t.top <<= exponent;
    else
        t.bottom <<= -exponent;
    return t;
}

static struct fraction quotient(struct number x, struct number s) {
    struct fraction t = {.negative = x.negative != s.negative};
    bool none = x.class == TB_NOT_A_NUMBER || s.class == TB_NOT_A_NUMBER ||
                (x.class == TB_ZERO && s.class == TB_ZERO) ||
                (x.class == TB_INFINITE && s.class == TB_INFINITE);
    if (none)
        t.class = TB_NOT_A_NUMBER;
    else if (x.class == TB_INFINITE || s.class == TB_ZERO)
        t.class = TB_INFINITE;
    else if (x.class == TB_ZERO || s.class == TB_INFINITE)
        t.class = TB_ZERO;
    else
        return shifted(t.negative, x.significand, s.significand, x.exponent - s.exponent);
    return t;
}

static struct fraction product(struct number q, struct number s) {
    struct fraction t = {.negative = q.negative != s.negative};
    if (s.class == TB_NOT_A_NUMBER || (q.class == TB_ZERO && s.class == TB_INFINITE))
        t.class = TB_NOT_A_NUMBER;
    else if (s.class == TB_INFINITE)
        t.class = TB_INFINITE;
    else if (q.class == TB_ZERO || s.class == TB_ZERO)
        t.class = TB_ZERO;
    else
        return shifted(t.negative, (wide)q.significand * s.significand, 1, s.exponent);
    return t;
}

/* ---- Rounding t. ---- */

/* Whether k + rest / bottom, 0 < rest < bottom, goes to k + 1, signs left out. */
static bool goes_away(const struct tb_case *c, const struct fraction *t, wide k, wide rest) {
    int against_half = 2 * rest > t->bottom ? 1 : 2 * rest == t->bottom ? 0 : -1;
    bool odd = k & 1;
    switch ((int)c->rounding) {
    case TB_RNE:
        return against_half > 0 || (against_half == 0 && odd);
    case TB_RNA:
        return against_half >= 0;
    case TB_RHU:
        return against_half > 0 || (against_half == 0 && !t->negative);
    case TB_RU:
        return !t->negative;
    case TB_RD:
        return t->negative;
    case TB_RTO:
        return !odd;
    case TB_STOCHASTIC: /* floor(rest * 2^bits / bottom) + r >= 2^bits, digit by digit */
        break;
    default: /* TB_RTZ */
        return false;
    }
    uint32_t digits = 0;
    if (rest < t->bottom >> c->affine.random_bits)
        return false; /* no digit, and r is below 2^bits */
    for (int i = 0; i < c->affine.random_bits; i++) {
        rest *= 2;
        digits = digits << 1 | (rest >= t->bottom);
        rest -= rest >= t->bottom ? t->bottom : 0;
    }
    return digits + c->affine.random >= UINT32_C(1) << c->affine.random_bits;
}

/* |R(t)| of a finite t. */
static int64_t rounded(const struct tb_case *c, const struct fraction *t) {
    wide k = 0, rest = t->top;
    if (t->top < t->bottom)
        ; /* most inputs */
    else if ((t->top | t->bottom) >> 64) {
        k = t->top / t->bottom;
        rest = t->top % t->bottom;
    } else { /* the same, several times as fast */
        k = (uint64_t)t->top / (uint64_t)t->bottom;
        rest = (uint64_t)t->top % (uint64_t)t->bottom;
    }
    return (int64_t)k + (rest && goes_away(c, t, k, rest));
}

static struct fraction scaled(const struct tb_case *c, uint64_t code) {
    struct number s = read_double(c->affine.scale);
    if (c->operation == TB_REQUANTIZE)
        return product(number_of_integer(read_integer(c->source, code)), s);
    return quotient(read_float(c->source, code), s);
}

/* R(t) + z clamped to [low, high]; NaN: `nan`. */
static int64_t code_of(const struct tb_case *c, uint64_t input, int64_t low, int64_t high, int64_t nan) {
    struct fraction t = scaled(c, input);
    if (t.class == TB_NOT_A_NUMBER)
        return nan;
    if (t.class == TB_INFINITE)
        return t.negative ? low : high;
    int64_t n = t.class == TB_ZERO ? 0 : rounded(c, &t);
    int64_t code = (t.negative ? -n : n) + c->affine.zero;
    return code < low ? low : code > high ? high : code;
}

static int64_t clamped(const struct tb_case *c, uint64_t input) {
    const struct tb_affine *a = &c->affine;
    int64_t nan = a->zero < a->low ? a->low : a->zero > a->high ? a->high : a->zero;
    return code_of(c, input, a->low, a->high, nan);
}

static bool inside(const struct tb_case *c, uint64_t input) {
    const struct tb_affine *a = &c->affine;
    int64_t n = code_of(c, input, a->low - 1, a->high + 1, a->high + 1);
    return a->low <= n && n <= a->high;
}

/* (q - z) * s in the destination. */
static uint64_t dequantized(const struct tb_case *c, enum tb_rounding rounding, int64_t q) {
    struct tb_case into = *c;
    struct number s = read_double(c->affine.scale), d = number_of_integer(q - c->affine.zero);
    bool negative = d.negative != s.negative;
    into.rounding = rounding;
    if (s.class == TB_NOT_A_NUMBER || (d.class == TB_ZERO && s.class == TB_INFINITE))
        return tb_integer_encode(&into, TB_NOT_A_NUMBER, false, 0, 0);
    if (d.class == TB_ZERO || s.class != TB_FINITE)
        return tb_integer_encode(&into, d.class == TB_ZERO ? TB_ZERO : s.class, negative, 0, 0);
    wide exact = (wide)d.significand * s.significand;
    int exponent = s.exponent;
    uint64_t cut = 0;
    while (exact >> 63) { /* what is cut leaves its trace in the lowest bit */
        cut |= (uint64_t)exact & 1;
        exact >>= 1;
        exponent++;
    }
    return tb_integer_encode(&into, TB_FINITE, negative, (uint64_t)exact << 1 | cut, exponent - 1);
}

uint64_t tb_affine_integer(const struct tb_case *c, uint64_t pattern) {
    uint64_t code = pattern >> c->source->padding;
    switch (c->operation) {
    case TB_DEQUANTIZE:
        return dequantized(c, c->rounding, read_integer(c->source, code));
    case TB_FAKEQUANT:
        return tb_case_is_mask(c) ? inside(c, code) : dequantized(c, TB_RNE, clamped(c, code));
    default:
        return (uint64_t)clamped(c, code) & ((UINT64_C(1) << c->destination->bits) - 1);
    }
}
