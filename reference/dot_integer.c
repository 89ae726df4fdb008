/* The second way to the exact dot product: an accumulator that holds every bit of every product.
 *
 * Nothing here calls another part of the suite but the integers' encoder (integer_convert.c): codes are read
 * from a format's fields (dot_products.inc). A product is magnitude * 2^place with the place counted from the
 * accumulator's lowest bit; there is one accumulator for the positive ones and one for the negative ones.
 *
 * Short sums add each product to two neighbouring digits of 32 bits, kept in 64 so that carries wait until
 * the end. In long ones neighbours would wait for each other there: each product is added to the bin of its
 * place, one for every bit of the accumulator, and 32 bins are one digit in the end. A digit takes 2^31
 * products of at most 48 bits, wide ones counted twice; a bin takes 2^15. */
#include "reference/dot_products.h"

#include "reference/integer.h"
#include "reference/integer_encode.h"

#include <string.h>

enum {
    CHUNK = TB_DOT_CHUNK,
    DIGITS = TB_DOT_DIGITS,
    HEADROOM = 4, /* digits above that of the largest product: the rest of its row, 2^31 terms, the sign */
    EMPTY_EVERY = 1 << 14, /* terms */
    LONG = 256,            /* terms from which bins pay: measured on Zen 4 */
    FACTORS = 6
};

/* ---- Reading. ---- */

static struct tb_dot_reader reader_of(const struct tb_format *f) {
    struct tb_dot_reader r = {.format = f, .starts_at_one = 1};
    if (!f)
        return r;
    const int padding = f->padding;
    r.sign = (uint32_t)sign_bit(f) << padding;
    r.sign_shift = (uint32_t)(32 - f->bits - padding);
    if (f->kind == TB_INTEGER) {
        r.unit = -f->bias;
        r.magnitude = (uint32_t)low_bits(f->bits);
        r.fraction_bits = 31;
        r.twos_complement = UINT32_MAX;
        return r;
    }
    uint32_t magnitude = (uint32_t)magnitude_mask(f);
    uint32_t top = magnitude ^ (uint32_t)fraction_mask(f); /* the exponent all ones */
    r.magnitude = magnitude << padding;
    r.fraction_bits = (uint32_t)(f->precision - 1 + padding);
    r.starts_at_one = f->low != TB_LOW_NORMAL;
    r.hidden = r.starts_at_one ? 0 : 1u << r.fraction_bits;
    r.unit = least_exponent(f) - (f->precision - 1) - padding;
    if (f->infinity == TB_INF_IEEE || f->nan == TB_NAN_IEEE)
        r.special_from = (top + (f->infinity != TB_INF_IEEE)) << padding;
    else if (f->infinity == TB_INF_TOP || f->nan == TB_NAN_ALL_ONES)
        r.special_from = (magnitude - (f->infinity == TB_INF_TOP && f->nan == TB_NAN_ALL_ONES)) << padding;
    if (f->nan == TB_NAN_NEGATIVE_ZERO)
        r.special_code = r.sign;
    return r;
}

static bool is_special_code(const struct tb_dot_reader *r, uint32_t pattern) {
    return r->special_code && (pattern & (r->sign | r->magnitude)) == r->special_code;
}

/* ---- Infinities, NaNs and zeros: what the sum of the real numbers does not tell. ---- */

static enum tb_class class_of(const struct tb_dot_reader *r, uint32_t pattern, bool *negative) {
    const struct tb_format *f = r->format;
    uint32_t magnitude = pattern & r->magnitude;
    *negative = pattern & r->sign;
    if (f->kind == TB_INTEGER)
        return magnitude ? TB_FINITE : TB_ZERO;
    if (is_special_code(r, pattern))
        return TB_NOT_A_NUMBER;
    if (!tb_dot_is_special(r, magnitude))
        return magnitude || r->hidden ? TB_FINITE : TB_ZERO;
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

/* The digits of the positive products, and behind them those of the negative ones. */
struct digits {
    int64_t digit[2 * DIGITS];
};

/* A bin for every place, and which rows of 32 of them, one a digit, are not all zero. A thread's bins are
 * zeros between two sums. */
struct bins {
    uint64_t bin[2 * 32 * DIGITS];
    uint8_t touched[2 * DIGITS];
};
static _Thread_local struct bins bins_of_thread;

/* A narrow magnitude has at most 48 bits. */
static inline void add_narrow(struct digits *d, uint64_t magnitude, uint32_t place) {
    int64_t *at = d->digit + (place >> 5);
    const uint32_t shift = place & 31;
    at[0] += (uint32_t)(magnitude << shift);
    at[1] += (int64_t)(magnitude >> (32 - shift));
}

static void add_wide(struct digits *d, uint64_t magnitude, uint32_t place) {
    add_narrow(d, magnitude & UINT32_MAX, place);
    add_narrow(d, magnitude >> 32, place + 32);
}

static inline void add_to_bin(struct bins *b, uint64_t magnitude, uint32_t place) {
    b->bin[place] += magnitude;
    b->touched[place >> 5] = 1;
}

/* Adds a row of bins to the digit it belongs to and the two above; the bins become zeros. */
static void empty_row(struct bins *b, unsigned row, struct digits *d) {
    unsigned __int128 sum = 0;
    uint64_t *bin = b->bin + 32 * (size_t)row;
    int64_t *digit = d->digit + row;
    for (int i = 31; i >= 0; i--)
        sum = (sum << 1) + bin[i];
    memset(bin, 0, 32 * sizeof *bin);
    b->touched[row] = 0;
    digit[0] += (uint32_t)sum;
    digit[1] += (uint32_t)(sum >> 32);
    digit[2] += (int64_t)(sum >> 64);
}

static void empty_bins(struct bins *b, struct digits *d) {
    for (unsigned row = 0; row < 2 * DIGITS; row++)
        if (b->touched[row])
            empty_row(b, row, d);
}

/* Brings all digits but the highest, which gets the sign, into 32 bits. */
static void carry(int64_t *digits, unsigned count) {
    int64_t over = 0;
    for (unsigned i = 0; i + 1 < count; i++) {
        int64_t sum = digits[i] + over;
        digits[i] = sum & UINT32_MAX;
        over = sum >> 32;
    }
    digits[count - 1] += over;
}

/* Takes the second half from the first and makes the first the magnitude of what is left; whether that was
 * negative. */
static bool difference(int64_t *digits, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        digits[i] -= digits[i + DIGITS];
    carry(digits, count);
    if (digits[count - 1] >= 0)
        return false;
    for (unsigned i = 0; i < count; i++)
        digits[i] = -digits[i];
    carry(digits, count);
    return true;
}

static uint64_t rounded(const struct tb_dot *d, const struct tb_dot_terms *t, int64_t *digits) {
    struct tb_case c = into(d);
    unsigned top = d->digits - 1;
    bool negative = difference(digits, d->digits);
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
    uint64_t significand;
    uint32_t place;
    bool negative;
};

/* Multiplies by one code; whether it is an infinity or NaN. */
static bool times(const struct tb_dot_reader *r, uint32_t code, struct common *c) {
    if (!r->format)
        return false;
    struct tb_dot_part part = tb_dot_read(r, code, true);
    c->significand *= part.significand;
    c->place += part.exponent;
    c->negative ^= part.negative != 0;
    return tb_dot_is_special(r, part.magnitude) || is_special_code(r, code);
}

/* A sum under way; `bins` is NULL where products go into digits at once. */
struct sum {
    const struct tb_dot *dot;
    tb_dot_products_fn *products;
    struct bins *bins;
    struct digits digits;
};

static bool has_special_code(const struct tb_dot_reader *r, const uint32_t *patterns, size_t count) {
    bool found = false;
    for (size_t i = 0; r->special_code && i < count; i++)
        found |= is_special_code(r, patterns[i]);
    return found;
}

/* Adds the terms first <= i < end, which share their scales; whether one of them is special. */
static bool add_terms(struct sum *s, const struct tb_dot_terms *t, size_t first, size_t end,
                      const struct common *common) {
    struct tb_dot_products p;
    const size_t count = end - first;
    if (s->products(s->dot, t->a + first, t->b + first, count, common->place, common->negative, &p) ||
        has_special_code(&s->dot->a, t->a + first, count) ||
        has_special_code(&s->dot->b, t->b + first, count))
        return true;
    if (s->bins)
        for (size_t i = 0; i < count; i++)
            add_to_bin(s->bins, p.magnitude[i], p.place[i]);
    else if (s->dot->wide)
        for (size_t i = 0; i < count; i++)
            add_wide(&s->digits, p.magnitude[i] * common->significand, p.place[i]);
    else
        for (size_t i = 0; i < count; i++)
            add_narrow(&s->digits, p.magnitude[i] * common->significand, p.place[i]);
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
static bool add_all(struct sum *s, const struct tb_dot_terms *t) {
    const struct tb_dot *d = s->dot;
    struct common all = {1, (uint32_t)(unit_of_products(d) - d->lowest), false},
                  c = {1, (uint32_t)(d->c.unit - d->lowest), false};
    bool special = times(&d->factor, t->factor_a, &all);
    special |= times(&d->factor, t->factor_b, &all);
    size_t end, emptied = 0;
    for (size_t first = 0; first < t->k && !special; first = end) {
        struct common here = all;
        end = chunk_end(d, first, t->k);
        if (d->scale_a.format)
            special |= times(&d->scale_a, t->scale_a[first / d->formats.block], &here);
        if (d->scale_b.format)
            special |= times(&d->scale_b, t->scale_b[first / d->formats.block], &here);
        special |= add_terms(s, t, first, end, &here);
        if (s->bins && (end == t->k || special || end - emptied >= EMPTY_EVERY)) {
            empty_bins(s->bins, &s->digits);
            emptied = end;
        }
    }
    if (!d->c.format || special)
        return special;
    special = times(&d->c, t->c, &c);
    add_wide(&s->digits, c.significand, c.place + (c.negative ? TB_DOT_NEGATIVE : 0));
    return special;
}

uint64_t tb_dot_integer(const struct tb_dot *d, const struct tb_dot_terms *t) {
    struct sum s = {.dot = d, .products = tb_dot_products_best()};
    if (t->k >= LONG && !d->wide && !d->formats.block && !d->formats.factor)
        s.bins = &bins_of_thread;
    if (add_all(&s, t)) {
        struct survey found = survey_of(d, t);
        return special_answer(d, &found);
    }
    return rounded(d, t, s.digits.digit);
}

/* ---- Making ready. ---- */

static bool fits(const struct tb_format *f) {
    return !f || ((f->kind == TB_FLOAT || f->kind == TB_INTEGER) && f->bits <= 32);
}

/* Those of padding count, since they are read with the code. */
static int significand_bits(const struct tb_format *f) {
    return !f ? 0 : f->kind == TB_INTEGER ? f->bits - f->is_signed : f->precision + f->padding;
}

/* The largest exponent above the least. */
static int reach(const struct tb_dot_reader *r) {
    return r->format && r->format->kind != TB_INTEGER ? (int)(r->magnitude >> r->fraction_bits) : 0;
}

static int of_all(const struct tb_dot_formats *f, int (*bits)(const struct tb_format *)) {
    return bits(f->a) + bits(f->b) + bits(f->scale_a) + bits(f->scale_b) + 2 * bits(f->factor);
}

bool tb_dot_make(struct tb_dot *d, const struct tb_dot_formats *f, struct tb_error *error) {
    const struct tb_format *all[] = {f->a, f->b, f->scale_a, f->scale_b, f->factor, f->c};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (!fits(all[i]))
            return tb_fail(error, TB_EXIT_USAGE,
                           "format %s: a dot product takes floats and integers of at most 32 bits",
                           all[i]->name);
    if (of_all(f, significand_bits) > 64)
        return tb_fail(error, TB_EXIT_USAGE,
                       "a product of %s and %s with its scales has %d bits: exact products have at most 64",
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
