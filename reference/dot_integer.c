/* The second way to the exact dot product: an accumulator that holds every bit of every product.
 *
 * Nothing here calls another part of the suite but the integers' encoder (integer_convert.c): codes are read
 * from a format's fields. A product is significand * 2^position with the position counted from the
 * accumulator's lowest bit, and is added to two neighbouring digits of 32 bits, each kept in 64 so that
 * carries wait until the end: a digit takes 2^15 products of at most 48 bits before they must be passed on.
 *
 * Codes are read a chunk at a time into arrays, which compilers do several at once, and added one by one. */
#include "reference/dot.h"

#include "reference/integer.h"
#include "reference/integer_encode.h"

#include <string.h>

enum {
    CHUNK = 128,
    DIGITS = 44,           /* 1408 bits; fp32 under E8M0 scales on both sides takes 2^-552 to 2^510 */
    HEADROOM = 3,          /* digits above the largest product: the second digit, 2^31 terms, the sign */
    CARRY_EVERY = 1 << 14, /* terms */
    FACTORS = 6
};

/* ---- Reading. ---- */

/* Significands with their signs, and exponents above the least. */
struct operands {
    int32_t significand[CHUNK];
    int32_t exponent[CHUNK];
};

static struct tb_dot_reader reader_of(const struct tb_format *f) {
    struct tb_dot_reader r = {.format = f};
    if (!f)
        return r;
    r.padding = f->padding;
    r.code_mask = (uint32_t)low_bits(f->bits);
    r.sign = (uint32_t)sign_bit(f);
    r.is_integer = f->kind == TB_INTEGER;
    r.special_from = r.special_code = UINT32_MAX;
    if (r.is_integer) {
        r.unit = -f->bias;
        return r;
    }
    uint32_t top = (uint32_t)(magnitude_mask(f) ^ fraction_mask(f)); /* the exponent all ones */
    r.magnitude = (uint32_t)magnitude_mask(f);
    r.fraction_bits = f->precision - 1;
    r.always_hidden = f->low == TB_LOW_NORMAL;
    r.unit = least_exponent(f) - r.fraction_bits;
    if (f->infinity == TB_INF_IEEE || f->nan == TB_NAN_IEEE)
        r.special_from = top + (f->infinity != TB_INF_IEEE);
    else if (f->infinity == TB_INF_TOP || f->nan == TB_NAN_ALL_ONES)
        r.special_from = r.magnitude - (f->infinity == TB_INF_TOP && f->nan == TB_NAN_ALL_ONES);
    if (f->nan == TB_NAN_NEGATIVE_ZERO)
        r.special_code = r.sign;
    return r;
}

static void read_integers(const struct tb_dot_reader *r, const uint32_t *codes, size_t count,
                          struct operands *out) {
    for (size_t i = 0; i < count; i++) {
        uint32_t code = codes[i] >> r->padding & r->code_mask;
        out->significand[i] = (int32_t)((code ^ r->sign) - r->sign);
        out->exponent[i] = 0;
    }
}

/* Whether an infinity or NaN is among them. */
static bool read_floats(const struct tb_dot_reader *r, const uint32_t *codes, size_t count,
                        struct operands *out) {
    const int padding = r->padding, fraction_bits = r->fraction_bits;
    const uint32_t code_mask = r->code_mask, magnitude_mask = r->magnitude, sign = r->sign,
                   hidden = r->always_hidden;
    const int32_t from = (int32_t)r->special_from; /* magnitudes have 31 bits at most; -1: none is special */
    uint32_t special = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = codes[i] >> padding & code_mask, magnitude = code & magnitude_mask;
        uint32_t field = magnitude >> fraction_bits, normal = (field != 0) | hidden;
        uint32_t significand = (magnitude - (field << fraction_bits)) + (normal << fraction_bits);
        uint32_t negative = 0 - (uint32_t)((code & sign) != 0);
        special |= ((int32_t)magnitude >= from) & (from >= 0);
        special |= code == r->special_code;
        out->significand[i] = (int32_t)((significand ^ negative) - negative);
        out->exponent[i] = (int32_t)(field - (normal & !hidden));
    }
    return special;
}

static bool read_operands(const struct tb_dot_reader *r, const uint32_t *codes, size_t count,
                          struct operands *out) {
    if (!r->is_integer)
        return read_floats(r, codes, count, out);
    read_integers(r, codes, count, out);
    return false;
}

/* ---- Infinities, NaNs and zeros: what the sum of the real numbers does not tell. ---- */

static enum tb_class class_of(const struct tb_dot_reader *r, uint32_t pattern, bool *negative) {
    const struct tb_format *f = r->format;
    uint32_t code = pattern >> r->padding & r->code_mask, magnitude = code & r->magnitude;
    *negative = code & r->sign;
    if (r->is_integer)
        return code ? TB_FINITE : TB_ZERO;
    if (f->nan == TB_NAN_NEGATIVE_ZERO && code == r->special_code)
        return TB_NOT_A_NUMBER;
    if (magnitude < r->special_from)
        return magnitude || r->always_hidden ? TB_FINITE : TB_ZERO;
    return f->infinity != TB_INF_NONE && magnitude == r->special_from ? TB_INFINITE : TB_NOT_A_NUMBER;
}

/* What a sum has among its terms. */
struct survey {
    bool nan, infinite[2], finite, zero[2]; /* by sign */
};

struct factor {
    const struct tb_dot_reader *reader;
    uint32_t pattern;
};

/* One term: the product of the factors that are there. */
static void survey_term(const struct factor *factors, size_t count, struct survey *s) {
    bool zero = false, infinite = false, nan = false, sign = false;
    for (size_t i = 0; i < count; i++) {
        bool negative;
        if (!factors[i].reader->format)
            continue;
        enum tb_class class = class_of(factors[i].reader, factors[i].pattern, &negative);
        zero |= class == TB_ZERO;
        infinite |= class == TB_INFINITE;
        nan |= class == TB_NOT_A_NUMBER;
        sign ^= negative;
    }
    if (nan || (zero && infinite))
        s->nan = true;
    else if (infinite)
        s->infinite[sign] = true;
    else if (zero)
        s->zero[sign] = true;
    else
        s->finite = true;
}

static struct survey survey_of(const struct tb_dot *d, const struct tb_dot_terms *t) {
    struct survey s = {0};
    for (size_t i = 0; i < t->k; i++) {
        size_t block = d->formats.block ? i / d->formats.block : 0;
        const struct factor factors[FACTORS] = {
            {&d->a,       t->a[i]                                   },
            {&d->b,       t->b[i]                                   },
            {&d->scale_a, d->formats.scale_a ? t->scale_a[block] : 0},
            {&d->scale_b, d->formats.scale_b ? t->scale_b[block] : 0},
            {&d->factor,  t->factor_a                               },
            {&d->factor,  t->factor_b                               },
        };
        survey_term(factors, FACTORS, &s);
    }
    if (d->formats.c)
        survey_term(&(struct factor){&d->c, t->c}, 1, &s);
    return s;
}

static struct tb_case into(const struct tb_dot *d) {
    return (struct tb_case){
        .destination = d->formats.d, .rounding = d->formats.rounding, .overflow = d->formats.overflow};
}

/* The answer where an infinity or NaN is among the operands, unless all of these are absent factors. */
static uint64_t special_answer(const struct tb_dot *d, const struct survey *s) {
    struct tb_case c = into(d);
    if (s->nan || (s->infinite[0] && s->infinite[1]))
        return tb_integer_encode(&c, TB_NOT_A_NUMBER, false, 0, 0);
    return tb_integer_encode(&c, TB_INFINITE, s->infinite[1], 0, 0);
}

static uint64_t zero_answer(const struct tb_dot *d, const struct tb_dot_terms *t) {
    struct tb_case c = into(d);
    struct survey s = survey_of(d, t);
    bool cancelled = s.finite || (s.zero[0] && s.zero[1]);
    return tb_integer_encode(&c, TB_ZERO, cancelled ? c.rounding == TB_RD : s.zero[1], 0, 0);
}

/* ---- The accumulator. ---- */

static inline void add_narrow(int64_t *digits, int64_t significand, unsigned position) {
    int64_t *at = digits + (position >> 5);
    unsigned shift = position & 31;
    at[0] += (uint32_t)((uint64_t)significand << shift);
    at[1] += significand >> (32 - shift);
}

static void add_wide(int64_t *digits, int64_t significand, unsigned position) {
    add_narrow(digits, significand & UINT32_MAX, position);
    add_narrow(digits, significand >> 32, position + 32);
}

/* Brings all digits but the highest, which has the sign, into 32 bits. */
static void carry(int64_t *digits, unsigned count) {
    int64_t over = 0;
    for (unsigned i = 0; i + 1 < count; i++) {
        int64_t sum = digits[i] + over;
        digits[i] = sum & UINT32_MAX;
        over = sum >> 32;
    }
    digits[count - 1] += over;
}

static uint64_t rounded(const struct tb_dot *d, const struct tb_dot_terms *t, int64_t *digits) {
    struct tb_case c = into(d);
    unsigned top = d->digits - 1;
    carry(digits, d->digits);
    bool negative = digits[top] < 0;
    if (negative) {
        for (unsigned i = 0; i < d->digits; i++)
            digits[i] = -digits[i];
        carry(digits, d->digits);
    }
    while (top > 0 && digits[top] == 0)
        top--;
    if (digits[top] == 0)
        return zero_answer(d, t);
    uint64_t high = (uint64_t)digits[top], middle = top > 0 ? (uint64_t)digits[top - 1] : 0,
             low = top > 1 ? (uint64_t)digits[top - 2] : 0;
    int zeros = __builtin_clzll(high) - 32;
    uint64_t significand = (high << 32 | middle) << zeros | low >> (32 - zeros);
    bool rest = (low << zeros & UINT32_MAX) != 0;
    for (unsigned i = 0; i + 2 < top && !rest; i++)
        rest = digits[i] != 0;
    return tb_integer_encode(&c, TB_FINITE, negative, significand | rest,
                             d->lowest + 32 * ((int)top - 1) - zeros);
}

/* ---- Terms. ---- */

/* What all terms of a block have in common: the product of the scales and factors. */
struct common {
    int64_t significand;
    unsigned position;
};

static bool times(const struct tb_dot_reader *r, uint32_t code, struct common *c) {
    struct operands one;
    if (!r->format)
        return false;
    bool special = read_operands(r, &code, 1, &one);
    c->significand *= one.significand[0];
    c->position += (unsigned)one.exponent[0];
    return special;
}

/* Adds the terms first <= i < end, which share their scales; whether one of them is special. */
static bool add_terms(const struct tb_dot *d, const struct tb_dot_terms *t, size_t first, size_t end,
                      const struct common *common, int64_t *digits) {
    struct operands a, b;
    size_t count = end - first;
    if (read_operands(&d->a, t->a + first, count, &a) | read_operands(&d->b, t->b + first, count, &b))
        return true;
    if (d->wide) {
        for (size_t i = 0; i < count; i++)
            add_wide(digits, (int64_t)a.significand[i] * b.significand[i] * common->significand,
                     common->position + (unsigned)(a.exponent[i] + b.exponent[i]));
        return false;
    }
    for (size_t i = 0; i < count; i++)
        add_narrow(digits, (int64_t)a.significand[i] * b.significand[i] * common->significand,
                   common->position + (unsigned)(a.exponent[i] + b.exponent[i]));
    return false;
}

static size_t chunk_end(const struct tb_dot *d, size_t first, size_t k) {
    size_t end = first + CHUNK < k ? first + CHUNK : k;
    size_t block = d->formats.block ? (first / d->formats.block + 1) * d->formats.block : end;
    return block < end ? block : end;
}

static int unit_of_products(const struct tb_dot *d) {
    return d->a.unit + d->b.unit + d->scale_a.unit + d->scale_b.unit + 2 * d->factor.unit;
}

/* All products and c; whether one of them is special. */
static bool add_all(const struct tb_dot *d, const struct tb_dot_terms *t, int64_t *digits) {
    struct common all = {1, (unsigned)(unit_of_products(d) - d->lowest)},
                  c = {1, (unsigned)(d->c.unit - d->lowest)};
    bool special = times(&d->factor, t->factor_a, &all) | times(&d->factor, t->factor_b, &all);
    size_t end, carried = 0;
    for (size_t first = 0; first < t->k && !special; first = end) {
        struct common here = all;
        end = chunk_end(d, first, t->k);
        if (d->scale_a.format)
            special |= times(&d->scale_a, t->scale_a[first / d->formats.block], &here);
        if (d->scale_b.format)
            special |= times(&d->scale_b, t->scale_b[first / d->formats.block], &here);
        special |= add_terms(d, t, first, end, &here, digits);
        if (end - carried >= CARRY_EVERY) {
            carry(digits, d->digits);
            carried = end;
        }
    }
    if (!d->c.format || special)
        return special;
    special = times(&d->c, t->c, &c);
    add_wide(digits, c.significand, c.position);
    return special;
}

uint64_t tb_dot_integer(const struct tb_dot *d, const struct tb_dot_terms *t) {
    int64_t digits[DIGITS];
    memset(digits, 0, d->digits * sizeof *digits);
    if (add_all(d, t, digits)) {
        struct survey s = survey_of(d, t);
        return special_answer(d, &s);
    }
    return rounded(d, t, digits);
}

/* ---- Making ready. ---- */

static bool fits(const struct tb_format *f) {
    return !f || ((f->kind == TB_FLOAT || f->kind == TB_INTEGER) && f->bits <= 32 &&
                  (f->kind == TB_FLOAT || f->is_signed || f->bits < 32));
}

static int significand_bits(const struct tb_format *f) {
    return !f ? 0 : f->kind == TB_INTEGER ? f->bits - f->is_signed : f->precision;
}

/* The largest exponent above the least. */
static int reach(const struct tb_dot_reader *r) {
    return r->format && !r->is_integer ? (int)(r->magnitude >> r->fraction_bits) : 0;
}

static int of_all(const struct tb_dot_formats *f, int (*bits)(const struct tb_format *)) {
    return bits(f->a) + bits(f->b) + bits(f->scale_a) + bits(f->scale_b) + 2 * bits(f->factor);
}

bool tb_dot_make(struct tb_dot *d, const struct tb_dot_formats *f, struct tb_error *error) {
    const struct tb_format *all[] = {f->a, f->b, f->scale_a, f->scale_b, f->factor, f->c};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (!fits(all[i]))
            return tb_fail(error, TB_EXIT_USAGE,
                           "format %s: a dot product takes floats of at most 32 bits and integers of at most "
                           "31 bits and a sign",
                           all[i]->name);
    if (of_all(f, significand_bits) > 62)
        return tb_fail(error, TB_EXIT_USAGE,
                       "a product of %s and %s with its scales has %d bits: exact products have at most 62",
                       f->a->name, f->b->name, of_all(f, significand_bits));
    *d = (struct tb_dot){.formats = *f,
                         .a = reader_of(f->a),
                         .b = reader_of(f->b),
                         .scale_a = reader_of(f->scale_a),
                         .scale_b = reader_of(f->scale_b),
                         .factor = reader_of(f->factor),
                         .c = reader_of(f->c)};
    int products = unit_of_products(d), top = products + reach(&d->a) + reach(&d->b) + reach(&d->scale_a) +
                                              reach(&d->scale_b) + 2 * reach(&d->factor);
    int top_c = d->c.unit + reach(&d->c);
    d->lowest = f->c && d->c.unit < products ? d->c.unit : products;
    top = f->c && top_c > top ? top_c : top;
    d->digits = (unsigned)(top + 32 - d->lowest) / 32 + 1 + HEADROOM;
    d->wide = of_all(f, significand_bits) > 48;
    return d->digits <= DIGITS ||
           tb_fail(error, TB_EXIT_USAGE,
                   "products of %s and %s with their scales span 2^%d to 2^%d: more than the exact "
                   "accumulator has",
                   f->a->name, f->b->name, d->lowest, top);
}
