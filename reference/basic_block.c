/* The basic operations on integers, a block of inputs at a time: what makes golden answers of 2^24 triples
 * and 2^32 pairs.
 *
 * The operation goes on for one operand after the other, so all but the last are read once for many inputs,
 * and a product that is to be added to is formed once. Operands of at most 24 significant bits let every sum
 * be formed in 64 bits: the larger summand has at most 48 bits with 15 zeros below them, so that it is even
 * and a sticky lowest bit is rounding to odd (see basic_integer.c). What is no finite number other than zero,
 * and every format and operation without a loop here, is left to tb_basic_integer().
 *
 * Checked against it by test_basic.c, and against MPFR on whole arrays by `tiebreak vectors --confirm`; the
 * ratio to MPFR is measured by `tiebreak bench arithmetic`. */
#include "reference/basic.h"
#include "reference/integer.h"

#define INLINE static inline __attribute__((always_inline))

/* ---- Reading. ---- */

/* A finite magnitude that is not zero, its leading bit at bit 63 and worth 2^top. */
struct magnitude {
    uint64_t significand;
    int top;
    bool negative;
};

struct reader {
    uint64_t code_mask, sign, magnitude_mask, largest, fraction_mask;
    int fraction_bits, bias;
    bool has_zero;
};

static struct reader make_reader(const struct tb_format *f) {
    return (struct reader){.code_mask = low_bits(f->bits),
                           .sign = sign_bit(f),
                           .magnitude_mask = magnitude_mask(f),
                           .largest = tb_integer_largest_magnitude(f),
                           .fraction_mask = fraction_mask(f),
                           .fraction_bits = f->precision - 1,
                           .bias = f->bias,
                           .has_zero = f->low != TB_LOW_NORMAL};
}

/* False for zeros, infinities and NaN. (A NaN in place of -0 has the magnitude 0.) */
INLINE bool read_code(const struct reader *r, uint64_t code, struct magnitude *out) {
    uint64_t magnitude = code & r->magnitude_mask;
    int field = (int)(magnitude >> r->fraction_bits);
    uint64_t significand = magnitude & r->fraction_mask;
    if (field > 0 || !r->has_zero)
        significand |= r->fraction_mask + 1;
    else
        field = 1;
    if (magnitude > r->largest || significand == 0)
        return false;
    int zeros = __builtin_clzll(significand);
    *out = (struct magnitude){significand << zeros, 63 - zeros + field - r->bias - r->fraction_bits,
                              code & r->sign};
    return true;
}

/* ---- Writing. ---- */

struct writer {
    int least, fraction_bits, drop; /* of the 62 bits handed over, of a normal value */
    struct {
        uint64_t limit, zero, sign, beyond;
    } side[2];
};

enum { HANDED = 62 };

static struct writer make_writer(const struct tb_case *c) {
    const struct tb_format *f = c->destination;
    struct writer w = {
        .least = least_exponent(f), .fraction_bits = f->precision - 1, .drop = HANDED - f->precision};
    for (int negative = 0; negative < 2; negative++) {
        w.side[negative].limit = negative && !f->is_signed ? 0 : tb_integer_largest_magnitude(f);
        w.side[negative].zero = tb_integer_zero(f, negative);
        w.side[negative].sign = negative ? sign_bit(f) : 0;
        w.side[negative].beyond = tb_integer_beyond(c, negative);
    }
    return w;
}

/* As round_to_float() of integer_convert.c: the magnitude codes of a float count its values in order. */
INLINE uint64_t write_rounded(const struct writer *w, int rounding, struct magnitude m) {
    uint64_t significand = m.significand >> 2 | ((m.significand & 3) != 0);
    int above = m.top - w->least, shift = w->drop;
    uint64_t code = 0;
    if (above >= 0)
        code = (uint64_t)above << w->fraction_bits; /* the leading bit adds 1 to the exponent field */
    else
        shift = shift - above < 63 ? shift - above : 63; /* 63 drops all 62 bits, less than half a unit */
    uint64_t rest = significand & low_bits(shift), half = UINT64_C(1) << (shift - 1);
    enum tail tail = (enum tail)((rest != 0) + (rest >= half) + (rest > half));
    code += significand >> shift;
    code += rounds_away(rounding, m.negative, code & 1, tail);
    if (code > w->side[m.negative].limit)
        return w->side[m.negative].beyond;
    return code ? code | w->side[m.negative].sign : w->side[m.negative].zero;
}

/* ---- Operations on magnitudes of at most 24 bits; products have at most 48. ---- */

INLINE struct magnitude multiply(struct magnitude a, struct magnitude b) {
    uint64_t product = (a.significand >> 32) * (b.significand >> 32);
    int zeros = __builtin_clzll(product); /* 0 or 1 */
    return (struct magnitude){product << zeros, a.top + b.top + 1 - zeros, a.negative != b.negative};
}

INLINE struct magnitude divide(struct magnitude a, struct magnitude b) {
    uint64_t dividend = a.significand >> 2, divisor = b.significand >> 32;
    uint64_t quotient = dividend / divisor; /* 30 or 31 bits */
    bool lost = dividend % divisor != 0;
    int zeros = __builtin_clzll(quotient); /* 33 or 34 */
    return (struct magnitude){quotient << zeros | lost, a.top - b.top + 33 - zeros, a.negative != b.negative};
}

/* False where the sum is zero. */
INLINE bool add(struct magnitude a, struct magnitude b, struct magnitude *out) {
    bool swap = a.top != b.top ? a.top < b.top : a.significand < b.significand;
    struct magnitude large = swap ? b : a, small = swap ? a : b;
    int shift = large.top - small.top;
    uint64_t high = large.significand >> 1, low = small.significand >> 1;
    shift = shift < 63 ? shift : 63;
    low = low >> shift | ((low & low_bits(shift)) != 0);
    uint64_t sum = large.negative == small.negative ? high + low : high - low;
    if (sum == 0)
        return false;
    int zeros = __builtin_clzll(sum);
    *out = (struct magnitude){sum << zeros, large.top + 1 - zeros, large.negative};
    return true;
}

/* ---- Blocks. ---- */

struct block {
    const struct tb_case *c;
    struct reader reader;
    struct writer writer;
    int bits;
};

/* The operands before the last, as one: a or the product a * b. False: every input goes the slow way. */
INLINE bool read_first(const struct block *k, enum tb_operation operation, uint64_t code,
                       struct magnitude *out) {
    struct magnitude second;
    if (operation != TB_FMA)
        return read_code(&k->reader, code, out);
    if (!read_code(&k->reader, code >> k->bits, out) ||
        !read_code(&k->reader, code & k->reader.code_mask, &second))
        return false;
    *out = multiply(*out, second);
    return true;
}

INLINE bool apply(enum tb_operation operation, struct magnitude first, struct magnitude last,
                  struct magnitude *out) {
    switch (operation) {
    case TB_MUL:
        *out = multiply(first, last);
        return true;
    case TB_DIV:
        *out = divide(first, last);
        return true;
    case TB_SUB:
        last.negative = !last.negative;
        return add(first, last, out);
    default: /* TB_ADD, TB_FMA */
        return add(first, last, out);
    }
}

/* Inlined with a constant operation and rounding. */
INLINE void run(const struct block *k, enum tb_operation operation, int rounding, uint64_t first,
                size_t count, uint64_t *out) {
    const struct reader reader = k->reader;
    const struct writer writer = k->writer;
    const int padding = k->c->destination->padding;
    struct magnitude before = {0}, last, sum;
    bool plain = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t input = first + i, code = input & reader.code_mask;
        if (i == 0 || code == 0)
            plain = read_first(k, operation, input >> k->bits, &before);
        if (plain && read_code(&reader, code, &last) && apply(operation, before, last, &sum))
            out[i] = write_rounded(&writer, rounding, sum) << padding;
        else
            out[i] = tb_basic_integer(k->c, input);
    }
}

#define ROUNDING(OPERATION, ROUNDING_)                                                                       \
    case ROUNDING_:                                                                                          \
        run(&k, OPERATION, ROUNDING_, first, count, out);                                                    \
        return;
#define OPERATION(OPERATION_)                                                                                \
    case OPERATION_:                                                                                         \
        switch ((int)c->rounding) {                                                                          \
            ROUNDING(OPERATION_, TB_RNE)                                                                     \
            ROUNDING(OPERATION_, TB_RNA)                                                                     \
            ROUNDING(OPERATION_, TB_RTZ)                                                                     \
            ROUNDING(OPERATION_, TB_RU)                                                                      \
            ROUNDING(OPERATION_, TB_RD)                                                                      \
            ROUNDING(OPERATION_, TB_RTO)                                                                     \
            ROUNDING(OPERATION_, TB_RHU)                                                                     \
        }                                                                                                    \
        break;

static bool has_loop(const struct tb_case *c) {
    const struct tb_format *s = c->source, *d = c->destination;
    return s->kind == TB_FLOAT && d->kind == TB_FLOAT && s->precision <= 24 && d->precision <= 24 &&
           d->low != TB_LOW_NORMAL && s->padding == 0;
}

void tb_basic_integer_block(const struct tb_case *c, uint64_t first, size_t count, uint64_t *out) {
    if (has_loop(c)) {
        const struct block k = {c, make_reader(c->source), make_writer(c), c->source->bits};
        switch (c->operation) {
            OPERATION(TB_ADD)
            OPERATION(TB_SUB)
            OPERATION(TB_MUL)
            OPERATION(TB_DIV)
            OPERATION(TB_FMA)
        default:
            break;
        }
    }
    int padding = tb_case_input(c)->padding;
    for (size_t i = 0; i < count; i++)
        out[i] = tb_basic_integer(c, (first + i) << padding);
}

bool tb_basic_by_blocks(const struct tb_case *c) {
    int bits = tb_case_input(c)->bits;
    return tb_case_is_basic(c) && bits > 19 && bits <= 32;
}
