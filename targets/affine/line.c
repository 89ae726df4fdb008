#include "targets/affine/line.h"

static int length_of(wide x) {
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

/* A value between two neighbours of a format: the code of the lower one, and where the value lies. */
struct place {
    int64_t code;
    int against_half; /* -1, 0, 1 */
    bool inexact;
};

static struct place find_place(const struct tb_format *f, wide value, int exponent) {
    int least = 2 - f->bias - f->precision; /* exponent of the quantum of subnormals */
    int length = length_of(value), quantum = exponent + length - f->precision;
    if (quantum < least)
        quantum = least;
    /* As far beyond the range as a code can be told; from there on every distance is the same. */
    int top = (1 << tb_format_exponent_bits(f)) - (f->infinity == TB_INF_IEEE ? 2 : 1);
    int binade = quantum - least < top ? quantum - least : top;
    int cut = quantum - exponent;
    wide kept = cut <= 0 ? value << -cut : cut >= 128 ? 0 : value >> cut;
    struct place at = {(int64_t)kept + ((int64_t)binade << (f->precision - 1)), -1, false};
    if (cut <= 0)
        return at;
    wide rest = cut >= 128 ? value : value - (kept << cut);
    at.inexact = rest != 0;
    if (cut <= 128) {
        wide half = (wide)1 << (cut - 1);
        at.against_half = rest > half ? 1 : rest == half ? 0 : -1;
    }
    return at;
}

static uint64_t code_of_largest(const struct tb_format *f, bool negative) {
    uint64_t pattern = 0;
    tb_format_largest(f, negative, &pattern);
    return pattern >> f->padding;
}

uint64_t tb_line_float(const struct tb_format *f, wide value, int exponent, bool exclusive) {
    uint64_t infinity;
    if (value == 0)
        return 1; /* above zero: the least subnormal */
    struct place at = find_place(f, value, exponent);
    uint64_t code = (uint64_t)at.code + (at.inexact || exclusive);
    if (code <= code_of_largest(f, false))
        return code;
    return tb_format_infinity(f, false, &infinity) ? infinity >> f->padding : UINT64_MAX;
}

uint64_t tb_line_integer(wide value, int exponent, uint64_t divisor, bool exclusive) {
    wide bottom = divisor;
    if (value == 0)
        return 1; /* above zero */
    if (exponent >= 0 && length_of(value) + exponent > 53 + 34)
        return UINT64_MAX;
    if (exponent >= 0)
        value <<= exponent;
    else if (53 - exponent > 120)
        return 1; /* a value below one */
    else
        bottom <<= -exponent;
    uint64_t quotient = (uint64_t)(value / bottom);
    return quotient + (value % bottom != 0 || exclusive);
}

static bool rounds_away(enum tb_rounding rounding, bool negative, const struct place *at) {
    bool odd = at->code & 1;
    switch (rounding) {
    case TB_RNE:
        return at->against_half > 0 || (at->against_half == 0 && odd);
    case TB_RNA:
        return at->against_half >= 0;
    case TB_RHU:
        return at->against_half > 0 || (at->against_half == 0 && !negative);
    case TB_RU:
        return at->inexact && !negative;
    case TB_RD:
        return at->inexact && negative;
    case TB_RTO:
        return at->inexact && !odd;
    default:
        return false;
    }
}

uint64_t tb_line_encode(const struct tb_format *f, enum tb_rounding rounding, bool negative, wide value,
                        int exponent) {
    struct place at = find_place(f, value, exponent);
    uint64_t largest = code_of_largest(f, false), infinity;
    uint64_t code = (uint64_t)at.code + rounds_away(rounding, negative, &at);
    bool inward =
        rounding == TB_RTZ || rounding == (negative ? TB_RU : TB_RD) || (rounding == TB_RTO && (largest & 1));
    if (code == 0) {
        uint64_t pattern;
        return tb_format_zero(f, negative, &pattern) ? pattern >> f->padding : 0;
    }
    if (code > largest && !inward && tb_format_infinity(f, negative, &infinity))
        return infinity >> f->padding;
    if (code > largest)
        code = largest;
    return code | (negative ? UINT64_C(1) << (f->bits - 1) : 0);
}
