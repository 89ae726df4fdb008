/* What a variant computes: the exact conversion on integers, with what struct tb_arithmetic sets otherwise.
 */
#include "reference/bisect.h"
#include "reference/reference.h"
#include "reference/variant.h"

static uint64_t low_bits(int n) {
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static uint64_t sign_bit(const struct tb_format *f) {
    return f->is_signed ? UINT64_C(1) << (f->bits - 1 + f->padding) : 0;
}

/* Exponent of a finite value's leading bit. */
static int top_exponent(struct tb_value v) {
    return v.exponent + 63 - __builtin_clzll(v.significand);
}

/* ---- NaN. ---- */

/* Any format with infinities: an infinity that the source itself may lack. */
static const struct tb_format infinite_source = {.name = "infinity",
                                                 .kind = TB_FLOAT,
                                                 .bits = 4,
                                                 .precision = 2,
                                                 .bias = 1,
                                                 .is_signed = true,
                                                 .negative_zero = true,
                                                 .infinity = TB_INF_IEEE,
                                                 .nan = TB_NAN_IEEE};

static uint64_t answer_as_infinity(const struct tb_arithmetic *a, bool negative) {
    struct tb_case c = a->exact;
    c.source = &infinite_source;
    return tb_integer_convert_with(&c, negative ? 0xE : 0x6, 0);
}

static uint64_t indefinite_code(int bits, bool is_signed) {
    return is_signed ? UINT64_C(1) << (bits - 1) : low_bits(bits);
}

static bool truncated_nan(const struct tb_format *f, struct tb_value nan, uint64_t *code) {
    uint64_t quiet, leading = nan.significand >> 63;
    if (f->nan != TB_NAN_IEEE || !tb_format_nan(f, nan.negative, nan.significand, code))
        return false;
    tb_format_nan(f, false, 0, &quiet);
    uint64_t quiet_bit = quiet & low_bits(f->precision - 1 + f->padding);
    if (!leading)
        *code ^= quiet_bit;
    return true;
}

/* False: the golden answer, or that of whatever else is set, stands. */
static bool answer_nan(const struct tb_arithmetic *a, uint64_t pattern, uint64_t *code) {
    const struct tb_format *f = a->exact.destination;
    struct tb_value nan = tb_format_decode(a->exact.source, pattern);
    switch (a->nan) {
    case TB_NAN_GOLDEN:
        return false;
    case TB_NAN_POSITIVE:
        return tb_format_nan(f, false, UINT64_MAX, code);
    case TB_NAN_PLAIN:
        return tb_format_nan(f, false, 0, code);
    case TB_NAN_NEGATIVE:
        return tb_format_nan(f, true, 0, code);
    case TB_NAN_QUIET:
        return tb_format_nan(f, nan.negative, 0, code);
    case TB_NAN_TRUNCATED:
        return truncated_nan(f, nan, code);
    case TB_NAN_TO_ZERO:
        return tb_format_zero(f, false, code);
    case TB_NAN_MINUS_ZERO:
        return tb_format_zero(f, !nan.negative, code);
    case TB_NAN_TO_MAX:
        return tb_format_largest(f, false, code);
    case TB_NAN_TO_INFINITY:
        *code = answer_as_infinity(a, nan.negative);
        return true;
    case TB_NAN_INDEFINITE:
        *code = indefinite_code(f->bits, f->is_signed);
        return f->kind == TB_INTEGER;
    }
    return false;
}

/* ---- Before rounding. ---- */

static uint64_t without_sign(const struct tb_format *f, uint64_t pattern) {
    if (!(pattern & sign_bit(f)) || f->kind == TB_CODEBOOK || tb_format_is_nan(f, pattern))
        return pattern;
    return f->kind == TB_INTEGER ? (0 - pattern) & low_bits(f->bits) : pattern ^ sign_bit(f);
}

static uint64_t prepared(const struct tb_arithmetic *a, uint64_t pattern) {
    const struct tb_format *f = a->exact.source;
    if (a->magnitude)
        pattern = without_sign(f, pattern);
    if (a->daz && tb_format_is_subnormal(f, pattern))
        tb_format_zero(f, pattern & sign_bit(f), &pattern);
    return pattern;
}

static bool exceeds(struct tb_value a, struct tb_value b) {
    int top_a = top_exponent(a), top_b = top_exponent(b);
    if (top_a != top_b)
        return top_a > top_b;
    return a.significand << __builtin_clzll(a.significand) > b.significand << __builtin_clzll(b.significand);
}

static bool lies_beyond(const struct tb_format *f, struct tb_value v) {
    uint64_t largest;
    tb_format_largest(f, v.negative, &largest);
    struct tb_value m = tb_format_decode(f, largest);
    return v.class == TB_FINITE && (m.class == TB_ZERO || exceeds(v, m));
}

/* Whether v, rounded toward zero on a grid that goes on above the largest value, is larger than that. */
static bool rounds_beyond(const struct tb_format *f, struct tb_value v) {
    uint64_t largest;
    if (!lies_beyond(f, v) || f->kind != TB_FLOAT)
        return false;
    tb_format_largest(f, v.negative, &largest);
    struct tb_value next = tb_format_decode(f, largest);
    int unit = top_exponent(next) - f->precision + 1, shift = unit - next.exponent;
    next.significand = (shift > 0 ? next.significand >> shift : next.significand << -shift) + 1;
    next.exponent = unit;
    return !exceeds(next, v);
}

static bool points_inward(int rounding, bool negative) {
    return rounding == TB_RTZ || rounding == (negative ? TB_RU : TB_RD);
}

/* Whether v lies below the smallest value of a destination without zero, by the rule in force. */
static bool low_is_nan(const struct tb_arithmetic *a, struct tb_value v) {
    int least = -a->exact.destination->bias;
    if (a->exact.destination->low != TB_LOW_NORMAL)
        return false;
    return v.class == TB_ZERO ||
           (a->below == TB_BELOW_ALL_NAN && v.class == TB_FINITE && (v.negative || top_exponent(v) < least));
}

/* Inputs that never reach the rounding. */
static bool answer_early(const struct tb_arithmetic *a, uint64_t pattern, uint64_t *code) {
    const struct tb_format *f = a->exact.destination;
    if (!a->infinity_nan && !a->early_overflow && !a->always_overflow && a->below == TB_BELOW_GOLDEN)
        return false;
    struct tb_value v = tb_format_decode(a->exact.source, pattern);
    if (a->infinity_nan && v.class == TB_INFINITE)
        return tb_format_nan(f, v.negative, 0, code);
    bool always = a->always_overflow && points_inward((int)a->exact.rounding, v.negative);
    if ((a->early_overflow && lies_beyond(f, v)) || (always && rounds_beyond(f, v))) {
        *code = answer_as_infinity(a, v.negative);
        return true;
    }
    if (a->below != TB_BELOW_GOLDEN && low_is_nan(a, v))
        return tb_format_nan(f, v.negative, 0, code);
    return false;
}

/* ---- Rounding. ---- */

bool tb_case_is_cut(const struct tb_case *c) {
    const struct tb_format *s = c->source, *d = c->destination;
    return s->kind == TB_FLOAT && d->kind == TB_FLOAT && s->infinity == TB_INF_IEEE &&
           d->infinity == TB_INF_IEEE && s->is_signed == d->is_signed && s->bias == d->bias &&
           s->precision > d->precision && s->bits - s->precision == d->bits - d->precision;
}

/* Adds half a unit less one, plus the lowest kept bit, and cuts: exact rne where the addition stays in the
 * field, and a NaN's carry runs into exponent and sign. */
static uint64_t bias_added(const struct tb_case *c, uint64_t pattern) {
    const struct tb_format *s = c->source, *d = c->destination;
    int shift = s->precision - d->precision;
    uint64_t code = pattern >> s->padding, lowest = code >> shift & 1;
    code += (UINT64_C(1) << (shift - 1)) - 1 + lowest;
    return (code >> shift & low_bits(d->bits)) << d->padding;
}

/* Integers whose range is not simply clamped: rounded to 64 bits first, which clamp only what any narrower
 * range excludes. (No fp64 lies between 2^63 - 1024 and 2^63, so INT64_MAX means out of range.) */
static uint64_t ranged_integer(const struct tb_arithmetic *a, const struct tb_case *c, uint64_t pattern,
                               uint64_t random) {
    const struct tb_format *d = c->destination;
    struct tb_format wide = *d;
    struct tb_case to_wide = *c;
    wide.bits = 64;
    wide.is_signed = true;
    to_wide.destination = &wide;
    int64_t value = (int64_t)tb_integer_convert_with(&to_wide, pattern, random);
    int width = !a->wrap ? d->bits : d->bits < 32 ? 32 : 64;
    bool is_signed = a->wrap || d->is_signed;
    int64_t least = is_signed ? -(INT64_C(1) << (width - 2)) * 2 : 0;
    int64_t greatest = (int64_t)low_bits(is_signed ? width - 1 : width);
    bool is_out = value < least || value > greatest || (width == 64 && value == INT64_MAX) ||
                  tb_format_is_nan(c->source, pattern);
    uint64_t result = (uint64_t)value;
    if (is_out && a->indefinite)
        result = indefinite_code(width, is_signed);
    else if (is_out)
        result = (uint64_t)(value < least ? least : value > greatest ? greatest : value);
    return result & low_bits(d->bits);
}

static uint64_t rounded_once(const struct tb_arithmetic *a, const struct tb_case *c, uint64_t pattern,
                             uint64_t random) {
    if ((a->indefinite || a->wrap) && c->destination->kind == TB_INTEGER)
        return ranged_integer(a, c, pattern, random);
    return a->bias_add && tb_case_is_cut(c) ? bias_added(c, pattern)
                                            : tb_integer_convert_with(c, pattern, random);
}

static uint64_t rounded(const struct tb_arithmetic *a, uint64_t pattern, uint64_t random) {
    if (!a->via)
        return rounded_once(a, &a->exact, pattern, random);
    /* An integer: the x86 way to narrow integers, cvtps2dq, then saturating packs. */
    struct tb_case first = a->exact, second = a->exact;
    struct tb_arithmetic instruction = {.indefinite = true};
    first.destination = second.source = a->via;
    return tb_integer_convert_with(&second, ranged_integer(&instruction, &first, pattern, random), random);
}

/* ---- After rounding. ---- */

static uint64_t finished(const struct tb_arithmetic *a, uint64_t pattern, uint64_t code) {
    const struct tb_format *f = a->exact.destination;
    uint64_t zero;
    if (a->guard_up && f->low == TB_LOW_NORMAL && code == 0) {
        struct tb_value v = tb_format_decode(a->exact.source, pattern);
        bool is_power = (v.significand & (v.significand - 1)) == 0;
        code = v.class == TB_FINITE && !v.negative && top_exponent(v) == -f->bias && !is_power;
    }
    if (a->ftz && tb_format_is_subnormal(f, code))
        tb_format_zero(f, code & sign_bit(f), &code);
    if (a->symmetric && f->kind == TB_INTEGER && f->is_signed && code == sign_bit(f))
        code++;
    if (a->zero_positive && f->negative_zero && tb_format_decode(f, code).class == TB_ZERO &&
        tb_format_zero(f, false, &zero))
        code = zero;
    return code;
}

/* The value in the format that it is rounded to first: what follows sees that one, not the input. */
static uint64_t on_the_way(const struct tb_arithmetic *a, uint64_t pattern) {
    struct tb_case first = a->exact;
    first.destination = a->via;
    first.rounding = TB_RNE;
    first.overflow = TB_TO_INF;
    return tb_integer_convert_with(&first, pattern, 0);
}

static uint64_t converted(const struct tb_arithmetic *a, uint64_t pattern, uint64_t random) {
    uint64_t code;
    if (a->nan_number) {
        struct tb_format numbers = *a->exact.source;
        struct tb_arithmetic plain = *a;
        numbers.nan = TB_NAN_NONE;
        plain.exact.source = &numbers;
        plain.nan_number = false;
        if (plain.exact.rounding == TB_EXACT)
            plain.exact.overflow = TB_TO_INF; /* E8M0's 2^128 spells fp32's infinity */
        return converted(&plain, pattern, random);
    }
    if (a->nan != TB_NAN_GOLDEN && tb_format_is_nan(a->exact.source, pattern) &&
        answer_nan(a, pattern, &code))
        return code;
    pattern = prepared(a, pattern);
    struct tb_arithmetic second;
    if (a->via && a->via->kind != TB_INTEGER) {
        second = *a;
        pattern = on_the_way(a, pattern);
        second.exact.source = a->via;
        second.via = NULL;
        a = &second;
    }
    if (answer_early(a, pattern, &code))
        return code;
    return finished(a, pattern, rounded(a, pattern, random));
}

/* ---- Random bits. ---- */

static uint64_t reversed(uint64_t word, int bits) {
    uint64_t out = 0;
    for (int i = 0; i < bits; i++)
        out = out << 1 | (word >> i & 1);
    return out;
}

static int picked_bits(const struct tb_random_pick *p) {
    return p->piece[0].bits + p->piece[1].bits;
}

static uint64_t picked(const struct tb_random_pick *p, uint64_t word) {
    uint64_t out = 0;
    for (int i = 0; i < 2; i++) {
        int bits = p->piece[i].bits;
        uint64_t piece = word >> p->piece[i].low & low_bits(bits);
        out = out << bits | (p->piece[i].reversed ? reversed(piece, bits) : piece);
    }
    return out;
}

uint64_t tb_arithmetic_convert(const struct tb_arithmetic *a, uint64_t pattern) {
    int bits = a->exact.random_bits;
    if (!bits)
        return converted(a, pattern, 0);
    uint64_t x = pattern >> bits << a->exact.source->padding, random = pattern & low_bits(bits);
    if (!picked_bits(&a->pick))
        return converted(a, x, random);
    struct tb_arithmetic fewer = *a;
    fewer.exact.random_bits = picked_bits(&a->pick);
    return converted(&fewer, x, picked(&a->pick, random));
}

/* On how many equal parts of the random numbers' range the answer is monotone; 0: on none worth a search. */
static unsigned monotone_parts(const struct tb_arithmetic *a) {
    const struct tb_random_pick *p = &a->pick;
    if (!picked_bits(p))
        return 1;
    int above = a->exact.random_bits - p->piece[0].low - p->piece[0].bits;
    return p->piece[1].bits || p->piece[0].reversed || above > 3 ? 0 : 1u << above;
}

/* ---- Staircases. ---- */

static uint64_t evaluate(const void *context, uint64_t pattern) {
    return tb_arithmetic_convert(context, pattern);
}

bool tb_arithmetic_staircase(const struct tb_arithmetic *a, struct tb_staircase *out,
                             struct tb_error *error) {
    const char *source = a->exact.source->name, *destination = a->exact.destination->name;
    *out = (struct tb_staircase){0};
    if (!tb_case_has_staircase(&a->exact))
        return tb_fail(error, TB_EXIT_USAGE, "convert/%s/%s has no staircase: its domain is too large",
                       source, destination);
    if (a->wrap && a->exact.source->bits > 16)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "convert/%s/%s: a variant that wraps has no staircase: its code changes at nearly every "
            "integer",
            source, destination);
    if (a->exact.random_bits && !monotone_parts(a))
        return tb_fail(error, TB_EXIT_USAGE,
                       "convert/%s/%s: a variant that takes the random bits in another order has no "
                       "staircase: its code changes at nearly every random number",
                       source, destination);
    if (a->exact.random_bits
            ? tb_stochastic_bisect(a->exact.source, a->exact.random_bits, monotone_parts(a), evaluate, a, out)
            : tb_staircase_bisect(a->exact.source, evaluate, a, out))
        return true;
    tb_staircase_free(out);
    return tb_fail(error, TB_EXIT_SYSTEM, "convert/%s/%s: no memory for the staircase of a variant", source,
                   destination);
}
