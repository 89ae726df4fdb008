#include "targets/portable/big.h"

/* ---- Magnitudes. ---- */

static int compare_magnitudes(const struct big *a, const struct big *b) {
    for (int i = BIG_WORDS; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

static struct big add_magnitudes(const struct big *a, const struct big *b) {
    struct big sum = {0};
    unsigned __int128 carry = 0;
    for (int i = 0; i < BIG_WORDS; i++) {
        carry += (unsigned __int128)a->word[i] + b->word[i];
        sum.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return sum;
}

/* a >= b */
static struct big subtract_magnitudes(const struct big *a, const struct big *b) {
    struct big rest = {0};
    uint64_t borrow = 0;
    for (int i = 0; i < BIG_WORDS; i++) {
        uint64_t part = a->word[i] - b->word[i];
        rest.word[i] = part - borrow;
        borrow = (a->word[i] < b->word[i]) | (part < borrow);
    }
    return rest;
}

/* ---- Numbers. ---- */

struct big big_of(int64_t value) {
    struct big x = {{value < 0 ? 0 - (uint64_t)value : (uint64_t)value}, value < 0};
    return x;
}

bool big_is_zero(const struct big *x) {
    return big_length(x) == 0;
}

int big_length(const struct big *x) {
    for (int i = BIG_WORDS; i-- > 0;)
        if (x->word[i])
            return 64 * i + 64 - __builtin_clzll(x->word[i]);
    return 0;
}

struct big big_negated(struct big x) {
    x.negative = !x.negative && !big_is_zero(&x);
    return x;
}

struct big big_magnitude(struct big x) {
    x.negative = false;
    return x;
}

struct big big_sum(const struct big *a, const struct big *b) {
    struct big sum;
    if (a->negative == b->negative) {
        sum = add_magnitudes(a, b);
        sum.negative = a->negative;
        return sum;
    }
    bool a_larger = compare_magnitudes(a, b) >= 0;
    sum = a_larger ? subtract_magnitudes(a, b) : subtract_magnitudes(b, a);
    sum.negative = (a_larger ? a->negative : b->negative) && !big_is_zero(&sum);
    return sum;
}

struct big big_difference(const struct big *a, const struct big *b) {
    struct big minus = big_negated(*b);
    return big_sum(a, &minus);
}

struct big big_times(const struct big *a, uint64_t factor) {
    struct big product = {.negative = a->negative && factor};
    unsigned __int128 carry = 0;
    for (int i = 0; i < BIG_WORDS; i++) {
        carry += (unsigned __int128)a->word[i] * factor;
        product.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return product;
}

struct big big_product(const struct big *a, const struct big *b) {
    struct big sum = {0};
    for (int i = 0; i < BIG_WORDS; i++) {
        if (!b->word[i])
            continue;
        struct big part = big_times(a, b->word[i]);
        part.negative = false;
        part = big_shifted(&part, 64 * i);
        sum = add_magnitudes(&sum, &part);
    }
    sum.negative = a->negative != b->negative && !big_is_zero(&sum);
    return sum;
}

struct big big_shifted(const struct big *x, int bits) {
    struct big y = {.negative = x->negative};
    int words = bits / 64, rest = bits % 64;
    for (int i = words; i < BIG_WORDS; i++) {
        y.word[i] = x->word[i - words] << rest;
        if (rest && i > words)
            y.word[i] |= x->word[i - words - 1] >> (64 - rest);
    }
    return y;
}

int big_compare(const struct big *a, const struct big *b) {
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = compare_magnitudes(a, b);
    return a->negative ? -order : order;
}

bool big_from_pattern(const struct tb_format *f, uint64_t pattern, int unit, struct big *out) {
    struct tb_value v = tb_format_decode(f, pattern);
    *out = big_of(0);
    if (v.class == TB_INFINITE || v.class == TB_NOT_A_NUMBER)
        return false;
    if (v.class == TB_FINITE) {
        out->word[0] = v.significand;
        *out = big_shifted(out, v.exponent + unit);
        out->negative = v.negative;
    }
    return true;
}

/* ---- Ratios. ---- */

/* The quotient of magnitudes, digit by digit, where it is below 2^digits; *rest is what is left. */
static uint64_t divide(const struct big *top, const struct big *bottom, int digits, struct big *rest) {
    uint64_t quotient = 0;
    *rest = big_magnitude(*top);
    for (int i = digits; i-- > 0;) {
        struct big step = big_shifted(bottom, i);
        bool fits = compare_magnitudes(rest, &step) >= 0;
        if (fits)
            *rest = subtract_magnitudes(rest, &step);
        quotient = quotient << 1 | fits;
    }
    return quotient;
}

int64_t big_ratio_integer(const struct big *top, const struct big *bottom, bool away, int64_t low,
                          int64_t high) {
    struct big rest;
    if (big_length(top) > big_length(bottom) + 40)
        return top->negative ? low : high;
    int64_t n = (int64_t)divide(top, bottom, 42, &rest);
    rest = big_shifted(&rest, 1);
    int half = compare_magnitudes(&rest, bottom);
    n += half > 0 || (half == 0 && (away || n & 1));
    n = top->negative ? -n : n;
    return n < low ? low : n > high ? high : n;
}

uint64_t big_ratio_floor(const struct big *top, const struct big *bottom, uint64_t most) {
    struct big rest;
    if (big_length(top) > big_length(bottom) + 40)
        return most;
    uint64_t n = divide(top, bottom, 42, &rest);
    return n < most ? n : most;
}

/* 62 or 63 significant bits of a ratio, and the last one set where more follow. */
static uint64_t significand_of(const struct big *top, const struct big *bottom, int *exponent) {
    int shift = 62 + big_length(bottom) - big_length(top);
    struct big a = big_shifted(top, shift > 0 ? shift : 0), b = big_shifted(bottom, shift < 0 ? -shift : 0);
    struct big rest;
    uint64_t quotient = divide(&a, &b, 64, &rest);
    *exponent -= shift;
    return quotient | !big_is_zero(&rest);
}

uint64_t big_ratio_pattern(const struct tb_format *f, const struct big *top, const struct big *bottom,
                           int exponent) {
    uint64_t sign = top->negative ? UINT64_C(1) << (f->bits - 1) : 0, infinity;
    int fraction_bits = f->precision - 1, least = 1 - f->bias - fraction_bits;
    tb_format_infinity(f, false, &infinity);
    if (big_is_zero(top))
        return 0;
    uint64_t significand = significand_of(top, bottom, &exponent);
    int drop = 64 - __builtin_clzll(significand) - f->precision;
    if (exponent + drop < least)
        drop = least - exponent;
    if (drop > 63)
        return sign;
    uint64_t q = significand >> drop, rest = significand << (64 - drop), half = UINT64_C(1) << 63;
    q += rest > half || (rest == half && q & 1);
    int field = exponent + drop - least;
    if (field > (1 << (f->bits - f->precision)))
        return sign | infinity;
    uint64_t code = ((uint64_t)field << fraction_bits) + q;
    return sign | (code < infinity ? code : infinity);
}
