/* The second way to the exact answer: the definition of reference.h on 64-bit integers.
 *
 * Nothing here calls another part of the suite: codes are read from a format's fields, so that a mistake in
 * vectors/ or in the MPFR way shows as a disagreement. A finite value is significand * 2^exponent with bit 63
 * of the significand set, so that no rounding drops fewer than 11 bits and every "below, at, above half" is
 * one comparison of integers.
 *
 * Checked by test_integer.c. 13 to 21 ns a call on a shared 2-core server; a codebook is searched: 0.13 us
 * for 16 values, 2 us for 256. integer_block.c does the same for whole domains. */
#include "reference/integer.h"
#include "reference/integer_encode.h"

#include <string.h>

/* A value read from a code. */
struct number {
    enum tb_class class;
    bool negative;
    int exponent;         /* of bit 0 of the significand */
    uint64_t significand; /* finite: bit 63 set; NaN: its fraction, quiet bit at bit 63 */
    uint64_t random;      /* that comes with it */
};

/* ---- Reading. ---- */

static struct number finite_number(bool negative, uint64_t significand, int exponent) {
    struct number x = {.class = TB_ZERO, .negative = negative};
    if (significand != 0) {
        int zeros = __builtin_clzll(significand);
        x.class = TB_FINITE;
        x.significand = significand << zeros;
        x.exponent = exponent - zeros;
    }
    return x;
}

static struct number read_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & low_bits(52);
    int field = (int)(bits >> 52 & 0x7FF);
    bool negative = bits >> 63;
    if (field == 0x7FF)
        return (struct number){fraction ? TB_NOT_A_NUMBER : TB_INFINITE, negative, 0, fraction << 12, 0};
    if (field == 0)
        return finite_number(negative, fraction, -1074);
    return finite_number(negative, fraction | UINT64_C(1) << 52, field - 1075);
}

static struct number read_integer(const struct tb_format *f, uint64_t code) {
    bool negative = code & sign_bit(f);
    uint64_t magnitude = negative ? (0 - code) & low_bits(f->bits) : code;
    return finite_number(negative, magnitude, -f->bias);
}

static bool is_infinity(const struct tb_format *f, uint64_t magnitude) {
    if (f->infinity == TB_INF_IEEE)
        return magnitude == (magnitude_mask(f) ^ fraction_mask(f));
    return f->infinity == TB_INF_TOP && magnitude == magnitude_mask(f) - (f->nan == TB_NAN_ALL_ONES);
}

/* NaN with its sign and payload. Only the IEEE encodings have a payload and only they and all-ones a sign;
 * the others read as the positive quiet NaN. */
static bool read_nan(const struct tb_format *f, uint64_t code, struct number *x) {
    uint64_t magnitude = code & magnitude_mask(f), fraction = code & fraction_mask(f);
    *x = (struct number){TB_NOT_A_NUMBER, code & sign_bit(f), 0, UINT64_C(1) << 63, 0};
    switch (f->nan) {
    case TB_NAN_IEEE:
        x->significand = fraction ? fraction << (65 - f->precision) : 0;
        return fraction != 0 && magnitude >= (magnitude_mask(f) ^ fraction_mask(f));
    case TB_NAN_ALL_ONES:
        return magnitude == magnitude_mask(f);
    case TB_NAN_NEGATIVE_ZERO:
        x->negative = false;
        return code == sign_bit(f);
    case TB_NAN_NONE:
        break;
    }
    return false;
}

static struct number read_float(const struct tb_format *f, uint64_t code) {
    struct number x;
    if (read_nan(f, code, &x))
        return x;
    uint64_t magnitude = code & magnitude_mask(f), fraction = code & fraction_mask(f);
    bool negative = code & sign_bit(f);
    if (is_infinity(f, magnitude))
        return (struct number){.class = TB_INFINITE, .negative = negative};
    int field = (int)(magnitude >> (f->precision - 1));
    int unit = 1 - f->precision; /* exponent of the fraction's last bit in the binade of 1 */
    if (field == 0 && f->low != TB_LOW_NORMAL)
        return finite_number(negative, fraction, unit + 1 - f->bias);
    return finite_number(negative, fraction | (fraction_mask(f) + 1), unit + field - f->bias);
}

static struct number read_code(const struct tb_format *f, uint64_t code) {
    if (f->kind == TB_CODEBOOK)
        return read_double(f->codebook[code]);
    return f->kind == TB_INTEGER ? read_integer(f, code) : read_float(f, code);
}

/* ---- Codebooks: order of values, and the codes around one. ---- */

static int order_magnitudes(const struct number *a, const struct number *b) {
    if (a->class != TB_FINITE || b->class != TB_FINITE)
        return (a->class > b->class) - (a->class < b->class); /* TB_ZERO < TB_FINITE < TB_INFINITE */
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    return (a->significand > b->significand) - (a->significand < b->significand);
}

static int order(const struct number *a, const struct number *b) {
    if (a->class == TB_ZERO && b->class == TB_ZERO)
        return 0;
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? order_magnitudes(b, a) : order_magnitudes(a, b);
}

/* The finite codebook values next to x, x itself on both sides where it is one. */
struct bracket {
    bool has_below, has_above;
    uint64_t below_code, above_code;
    struct number below, above;
};

static struct bracket bracket_of(const struct tb_format *f, const struct number *x) {
    struct bracket b = {0};
    for (uint64_t code = 0; code <= low_bits(f->bits); code++) {
        struct number v = read_double(f->codebook[code]);
        if (v.class > TB_FINITE)
            continue;
        int side = order(&v, x);
        if (side <= 0 && (!b.has_below || order(&v, &b.below) > 0)) {
            b.has_below = true;
            b.below_code = code;
            b.below = v;
        }
        if (side >= 0 && (!b.has_above || order(&v, &b.above) < 0)) {
            b.has_above = true;
            b.above_code = code;
            b.above = v;
        }
    }
    return b;
}

/* x in units of 2^(top - 124), where 2^(top + 63) is at least every magnitude compared. Bits below that unit
 * are kept as one sticky bit: the significands that it meets have 64 bits, so it cannot turn a comparison. */
static __int128 aligned(const struct number *x, int top) {
    if (x->class == TB_ZERO)
        return 0;
    unsigned __int128 wide = (unsigned __int128)x->significand << 61;
    int shift = top - x->exponent;
    if (shift >= 125)
        wide = 1;
    else if (shift > 0)
        wide = wide >> shift | ((wide & (((unsigned __int128)1 << shift) - 1)) != 0);
    return x->negative ? -(__int128)wide : (__int128)wide;
}

/* Where x, strictly between the two, lies in the stretch from the one nearer to zero to the other. */
static enum tail tail_between(const struct bracket *b, const struct number *x, bool toward_above) {
    bool above_is_larger = order_magnitudes(&b->above, &b->below) > 0;
    int top = above_is_larger ? b->above.exponent : b->below.exponent;
    __int128 twice = 2 * aligned(x, top), sum = aligned(&b->below, top) + aligned(&b->above, top);
    if (twice == sum)
        return TAIL_HALF;
    return (twice > sum) == toward_above ? TAIL_ABOVE : TAIL_BELOW;
}

/* The codebook's code of the first NaN, infinity or zero with this sign; any sign will do for a NaN or zero.
 */
static bool codebook_find(const struct tb_format *f, enum tb_class class, bool negative, uint64_t *code) {
    bool found = false;
    for (uint64_t i = 0; i <= low_bits(f->bits); i++) {
        struct number v = read_double(f->codebook[i]);
        if (v.class != class || (class == TB_INFINITE && v.negative != negative))
            continue;
        if (v.negative == negative || !found)
            *code = i;
        found = true;
        if (v.negative == negative)
            break;
    }
    return found;
}

/* ---- Landmarks of the destination. ---- */

static uint64_t with_sign(const struct tb_format *f, bool negative, uint64_t magnitude) {
    if (magnitude == 0 && !f->negative_zero)
        return 0;
    return magnitude | (negative ? sign_bit(f) : 0);
}

static bool find_infinity(const struct tb_format *f, bool negative, uint64_t *code) {
    if (f->kind == TB_CODEBOOK)
        return codebook_find(f, TB_INFINITE, negative, code);
    if (f->kind != TB_FLOAT || f->infinity == TB_INF_NONE || (negative && !f->is_signed))
        return false;
    uint64_t magnitude = f->infinity == TB_INF_IEEE ? magnitude_mask(f) ^ fraction_mask(f)
                                                    : magnitude_mask(f) - (f->nan == TB_NAN_ALL_ONES);
    *code = with_sign(f, negative, magnitude);
    return true;
}

uint64_t tb_integer_largest_magnitude(const struct tb_format *f) {
    uint64_t infinity;
    if (find_infinity(f, false, &infinity))
        return infinity - 1;
    if (f->nan == TB_NAN_IEEE)
        return (magnitude_mask(f) ^ fraction_mask(f)) - 1;
    return magnitude_mask(f) - (f->nan == TB_NAN_ALL_ONES);
}

/* M; for a negative value that of the negative side: -M, or the smallest value of an unsigned format. */
static uint64_t largest(const struct tb_format *f, bool negative) {
    if (f->kind == TB_CODEBOOK) {
        struct number infinite = {.class = TB_INFINITE, .negative = negative};
        struct bracket b = bracket_of(f, &infinite);
        return negative ? b.above_code : b.below_code;
    }
    if (negative && !f->is_signed)
        return 0;
    if (f->kind == TB_INTEGER)
        return negative ? sign_bit(f) : magnitude_mask(f);
    return with_sign(f, negative, tb_integer_largest_magnitude(f));
}

static bool find_nan(const struct tb_format *f, bool negative, uint64_t payload, uint64_t *code) {
    if (f->kind == TB_CODEBOOK)
        return codebook_find(f, TB_NOT_A_NUMBER, negative, code);
    switch (f->nan) {
    case TB_NAN_NONE:
        break;
    case TB_NAN_NEGATIVE_ZERO:
        *code = sign_bit(f);
        return true;
    case TB_NAN_ALL_ONES:
        *code = with_sign(f, negative, magnitude_mask(f));
        return true;
    case TB_NAN_IEEE:
        payload = (payload | UINT64_C(1) << 63) >> (65 - f->precision);
        *code = with_sign(f, negative, (magnitude_mask(f) ^ fraction_mask(f)) | payload);
        return true;
    }
    return false;
}

uint64_t tb_integer_zero(const struct tb_format *f, bool negative) {
    uint64_t code = 0;
    if (f->kind == TB_CODEBOOK)
        codebook_find(f, TB_ZERO, negative, &code);
    else if (f->kind == TB_FLOAT && f->low != TB_LOW_NORMAL)
        code = with_sign(f, negative, 0);
    return code;
}

/* ---- Answers that are not a rounded value. ---- */

static uint64_t answer_nan(const struct tb_format *f, const struct number *x) {
    uint64_t code;
    if (find_nan(f, x->negative, x->significand, &code))
        return code;
    return f->kind == TB_FLOAT ? largest(f, false) : tb_integer_zero(f, false);
}

/* Below an unsigned format: finite or infinite. */
static uint64_t answer_below_zero(const struct tb_case *c, bool inward) {
    uint64_t code;
    bool wants_nan = c->overflow == TB_TO_INF || c->overflow == TB_TO_NAN;
    if (wants_nan && !inward && find_nan(c->destination, true, 0, &code))
        return code;
    return largest(c->destination, true);
}

static uint64_t answer_infinity(const struct tb_case *c, bool negative) {
    const struct tb_format *f = c->destination;
    uint64_t code;
    if (negative && !f->is_signed)
        return answer_below_zero(c, false);
    if (c->rounding == TB_EXACT || c->overflow == TB_PROPAGATE || c->overflow == TB_TO_INF) {
        if (find_infinity(f, negative, &code))
            return code;
    } else if (c->overflow == TB_TO_NAN && find_nan(f, negative, 0, &code)) {
        return code;
    }
    return largest(f, negative);
}

uint64_t tb_integer_beyond(const struct tb_case *c, bool negative) {
    const struct tb_format *f = c->destination;
    uint64_t m = largest(f, negative), code;
    bool inward = c->rounding == TB_RTZ || (c->rounding == TB_RU && negative) ||
                  (c->rounding == TB_RD && !negative) || (c->rounding == TB_RTO && (m & 1));
    if (!f->is_signed && negative)
        return answer_below_zero(c, c->rounding == TB_RTZ || c->rounding == TB_RU);
    if (inward)
        return m;
    if (c->overflow == TB_TO_INF && find_infinity(f, negative, &code))
        return code;
    if (c->overflow == TB_TO_NAN && find_nan(f, negative, 0, &code))
        return code;
    return m;
}

/* ---- Rounding. ---- */

static uint64_t keep(uint64_t significand, int shift) {
    return shift >= 64 ? 0 : significand >> shift;
}

/* Of the `shift` bits that keep() drops. */
static enum tail tail_of(uint64_t significand, int shift) {
    if (shift <= 0)
        return TAIL_NONE;
    if (shift > 64)
        return TAIL_BELOW; /* a significand is never 0 */
    uint64_t rest = significand & low_bits(shift), half = UINT64_C(1) << (shift - 1);
    if (rest == 0)
        return TAIL_NONE;
    return rest < half ? TAIL_BELOW : rest == half ? TAIL_HALF : TAIL_ABOVE;
}

/* Whether x, without its last `shift` bits, goes up; `odd` is the code of what is left. */
static bool goes_away(const struct tb_case *c, const struct number *x, bool odd, int shift) {
    if ((int)c->rounding < (int)TB_STOCHASTIC)
        return rounds_away((int)c->rounding, x->negative, odd, tail_of(x->significand, shift));
    bool floats = c->source->kind == TB_FLOAT && c->destination->kind == TB_FLOAT;
    int drop = floats ? c->source->precision - c->destination->precision : 0;
    return tb_integer_random_away(&(struct tb_random_step){
        .rule = (int)c->rounding,
        .bits = c->random_bits,
        .random = x->random,
        .significand = x->significand,
        .shift = shift,
        .normal_drop = drop > 0 ? drop : 0,
        .deeper = c->destination->kind == TB_FLOAT ? shift - (64 - c->destination->precision) : 0,
        .negative = x->negative,
    });
}

/* The magnitude codes of a float count its values in order, so "one unit more" is "code plus one" across
 * binades, into the overflow binade too. The exponent field is capped one above its largest: what is that far
 * beyond M needs no distance. */
static uint64_t round_to_float(const struct tb_case *c, const struct number *x) {
    const struct tb_format *f = c->destination;
    int fraction_bits = f->precision - 1, least = least_exponent(f), top = x->exponent + 63;
    if (f->low == TB_LOW_NORMAL && (x->negative || top < least))
        return x->negative ? tb_integer_beyond(c, true) : 0;
    int above = top < least ? 0 : top - least; /* binades above the least normal one */
    int shift = least + above - fraction_bits - x->exponent;
    uint64_t code =
        keep(x->significand, shift); /* a normal value's leading bit adds 1 to its exponent field */
    int cap = 1 << (f->bits - (f->is_signed ? 1 : 0) - fraction_bits);
    int field = above < cap ? above : cap;
    code += (uint64_t)field << fraction_bits;
    if (f->low == TB_LOW_NORMAL)
        code -= fraction_mask(f) + 1;
    code += goes_away(c, x, code & 1, shift);
    bool below_zero = x->negative && !f->is_signed && code != 0;
    if (below_zero || code > tb_integer_largest_magnitude(f))
        return tb_integer_beyond(c, x->negative);
    return with_sign(f, x->negative, code);
}

static uint64_t round_to_integer(const struct tb_case *c, const struct number *x) {
    const struct tb_format *f = c->destination;
    int shift = -f->bias - x->exponent;
    if (shift < 0) /* at least 2^64 units */
        return tb_integer_beyond(c, x->negative);
    uint64_t units = keep(x->significand, shift);
    units += goes_away(c, x, units & 1, shift);
    if (units == 0)
        return 0;
    uint64_t limit = x->negative ? sign_bit(f) : magnitude_mask(f);
    if (units > limit)
        return tb_integer_beyond(c, x->negative);
    return x->negative ? (0 - units) & low_bits(f->bits) : units;
}

static uint64_t round_to_codebook(const struct tb_case *c, const struct number *x) {
    const struct tb_format *f = c->destination;
    struct bracket b = bracket_of(f, x);
    if (!b.has_above || !b.has_below)
        return tb_integer_beyond(c, !b.has_below);
    bool takes_above = false;
    if (b.below_code != b.above_code) {
        /* rounds_away() speaks of the neighbours nearer to zero and farther from it. */
        bool outward_is_above = !x->negative;
        uint64_t inner = outward_is_above ? b.below_code : b.above_code;
        enum tail tail = tail_between(&b, x, outward_is_above);
        takes_above = rounds_away((int)c->rounding, x->negative, inner & 1, tail) == outward_is_above;
    }
    const struct number *chosen = takes_above ? &b.above : &b.below;
    if (chosen->class == TB_ZERO)
        return tb_integer_zero(f, x->negative);
    return takes_above ? b.above_code : b.below_code;
}

static uint64_t convert(const struct tb_case *c, const struct number *x) {
    const struct tb_format *f = c->destination;
    switch (x->class) {
    case TB_NOT_A_NUMBER:
        return answer_nan(f, x);
    case TB_INFINITE:
        return answer_infinity(c, x->negative);
    case TB_ZERO:
        if (f->kind != TB_CODEBOOK) /* a codebook may lack a zero: nearest value */
            return tb_integer_zero(f, x->negative);
        break;
    case TB_FINITE:
        break;
    }
    if (f->kind == TB_CODEBOOK)
        return round_to_codebook(c, x);
    return f->kind == TB_INTEGER ? round_to_integer(c, x) : round_to_float(c, x);
}

uint64_t tb_integer_convert_with(const struct tb_case *c, uint64_t pattern, uint64_t random) {
    const struct tb_format *source = c->source;
    struct number x = read_code(source, (pattern >> source->padding) & low_bits(source->bits));
    x.random = random;
    return convert(c, &x) << c->destination->padding;
}

struct tb_integer_number tb_integer_read(const struct tb_format *f, uint64_t pattern) {
    struct number x = read_code(f, (pattern >> f->padding) & low_bits(f->bits));
    return (struct tb_integer_number){x.class, x.negative, x.exponent, x.significand};
}

uint64_t tb_integer_convert(const struct tb_case *c, uint64_t pattern) {
    if (c->random_bits == 0)
        return tb_integer_convert_with(c, pattern, 0);
    return tb_integer_convert_with(c, pattern >> c->random_bits << c->source->padding,
                                   pattern & low_bits(c->random_bits));
}

uint64_t tb_integer_encode(const struct tb_case *c, enum tb_class class, bool negative, uint64_t significand,
                           int exponent) {
    struct number x = {class, negative, 0, class == TB_NOT_A_NUMBER ? UINT64_C(1) << 63 : 0, 0};
    if (class == TB_FINITE)
        x = finite_number(negative, significand, exponent);
    return convert(c, &x) << c->destination->padding;
}
