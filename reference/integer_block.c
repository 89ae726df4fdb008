/* The integer reference, a block of inputs at a time.
 *
 * A proof over 2^32 inputs by tb_integer_convert() spends most of its time on reading the fields of two
 * formats and on answers that are the same for half of the domain. Here they are worked out once a block;
 * every input is still read and rounded by itself. A magnitude of the source with its exponent rebased *is* a
 * code of the destination with more bits behind it, so that one shift gives code and remainder; values below
 * the destination's normal ones, and integers, are rounded from the significand. What is not a normal finite
 * value is left to tb_integer_convert().
 *
 * Checked against it by test_integer.c, all pairs of formats, roundings and policies. 2.5 to 5 ns an input on
 * a shared 2-core server where tb_integer_convert() takes 13 to 21. */
#include "reference/integer.h"

/* Places that a magnitude is lifted by, so that each rounding drops at least one bit: binary32's fraction is
 * then 53 bits long, binary64's is 52. */
#define LIFT 30

/* What the loop needs of a case. */
struct unpacked {
    uint64_t sign, magnitude_mask;  /* of the source's code */
    uint64_t least_normal, normals; /* magnitudes that are normal and finite: this one, and those after it */
    int fraction_bits;              /* from here on of the lifted magnitude */
    uint64_t fraction_mask, hidden;
    int least;       /* the destination's least normal binade, as an exponent field of the source */
    uint64_t lowest; /* its first magnitude */
    uint64_t rebias; /* subtracted, leaves a code of the destination and `drop` bits behind it */
    int drop;
    uint64_t drop_mask, drop_half;
    int unit; /* an integer's: bits of a significand with exponent field 0 that lie below 1 unit */
    int padding;
    uint64_t code_mask;
    bool has_zero;
    struct {
        int64_t limit; /* the largest magnitude code; -1 where even the code 0 lies beyond */
        uint64_t zero, sign, beyond;
    } side[2]; /* positive, negative */
};

static int lifted_fraction(const struct tb_format *source) {
    return source->precision - 1 + LIFT;
}

/* The exponent field of the source that has the values of the destination's least normal binade. */
static int least_field(const struct tb_format *source, const struct tb_format *destination) {
    return least_exponent(destination) + source->bias;
}

/* Whether a case is one for the loop: bits are dropped, and nothing leaves 64 bits. All of binary32. */
static bool unpacks(const struct tb_case *c) {
    const struct tb_format *s = c->source, *d = c->destination;
    if (s->kind != TB_FLOAT || s->bits > 32 || d->kind == TB_CODEBOOK)
        return false;
    if (tb_integer_largest_magnitude(s) <= fraction_mask(s)) /* no exponent field: e0m3 */
        return false;
    int fraction_bits = lifted_fraction(s), least = least_field(s, d);
    int64_t fields = INT64_C(1) << (63 - fraction_bits);
    if (d->kind == TB_INTEGER)
        return d->bits <= fraction_bits;
    int largest = (int)(tb_integer_largest_magnitude(s) >> (s->precision - 1));
    return d->precision - 1 < fraction_bits && least < fields && largest - least + 1 < 2 * fields;
}

static void unpack_side(const struct tb_case *c, struct unpacked *u, bool negative) {
    const struct tb_format *f = c->destination;
    uint64_t limit = f->kind == TB_FLOAT ? tb_integer_largest_magnitude(f)
                     : negative          ? sign_bit(f)
                                         : magnitude_mask(f);
    if (negative && !f->is_signed)
        limit = 0;
    u->side[negative].limit = negative && !u->has_zero ? -1 : (int64_t)limit;
    u->side[negative].zero = tb_integer_zero(f, negative);
    u->side[negative].sign = negative ? sign_bit(f) : 0;
    u->side[negative].beyond = tb_integer_beyond(c, negative);
}

static struct unpacked unpack(const struct tb_case *c) {
    const struct tb_format *s = c->source, *d = c->destination;
    struct unpacked u = {.sign = sign_bit(s),
                         .magnitude_mask = magnitude_mask(s),
                         .least_normal = fraction_mask(s) + 1,
                         .fraction_bits = lifted_fraction(s),
                         .padding = d->padding,
                         .code_mask = low_bits(d->bits),
                         .has_zero = d->kind == TB_INTEGER || d->low != TB_LOW_NORMAL};
    u.normals = tb_integer_largest_magnitude(s) - u.least_normal;
    u.fraction_mask = low_bits(u.fraction_bits);
    u.hidden = u.fraction_mask + 1;
    if (d->kind == TB_INTEGER) {
        u.unit = u.fraction_bits + s->bias - d->bias;
    } else {
        u.least = least_field(s, d);
        u.lowest = u.least > 0 ? (uint64_t)u.least << u.fraction_bits : 0;
        u.rebias = (uint64_t)(int64_t)(u.least - u.has_zero) << u.fraction_bits;
        u.drop = u.fraction_bits - (d->precision - 1);
        u.drop_mask = low_bits(u.drop);
        u.drop_half = UINT64_C(1) << (u.drop - 1);
    }
    unpack_side(c, &u, false);
    unpack_side(c, &u, true);
    return u;
}

#define INLINE static inline __attribute__((always_inline))

INLINE enum tail tail_against(uint64_t rest, uint64_t half) {
    return (enum tail)((rest != 0) + (rest >= half) + (rest > half));
}

/* The significand without its last `shift` bits. It has fewer than 63: a shift of 63 leaves 0 and drops less
 * than half a unit, and so does every longer one. */
INLINE uint64_t cut(uint64_t significand, int shift, enum tail *tail) {
    shift = shift < 63 ? shift : 63;
    *tail = tail_against(significand & low_bits(shift), UINT64_C(1) << (shift - 1));
    return significand >> shift;
}

INLINE uint64_t to_float(const struct unpacked *u, int rounding, bool negative, uint64_t lifted) {
    enum tail tail;
    uint64_t code;
    if (lifted >= u->lowest) {
        uint64_t exact = lifted - u->rebias;
        code = exact >> u->drop;
        tail = tail_against(exact & u->drop_mask, u->drop_half);
    } else if (u->has_zero) {
        int below = u->least - (int)(lifted >> u->fraction_bits);
        code = cut((lifted & u->fraction_mask) | u->hidden, u->drop + below, &tail);
    } else {
        return negative ? u->side[1].beyond : 0;
    }
    code += rounds_away(rounding, negative, code & 1, tail);
    if ((int64_t)code > u->side[negative].limit)
        return u->side[negative].beyond;
    return code ? code | u->side[negative].sign : u->side[negative].zero;
}

INLINE uint64_t to_integer(const struct unpacked *u, int rounding, bool negative, uint64_t lifted) {
    enum tail tail;
    int shift = u->unit - (int)(lifted >> u->fraction_bits);
    if (shift < 1) /* at least 2^fraction_bits units */
        return u->side[negative].beyond;
    uint64_t units = cut((lifted & u->fraction_mask) | u->hidden, shift, &tail);
    units += rounds_away(rounding, negative, units & 1, tail);
    if ((int64_t)units > u->side[negative].limit)
        return u->side[negative].beyond;
    return (negative ? 0 - units : units) & u->code_mask;
}

/* Inlined with a constant rounding and kind of destination. */
INLINE void block(const struct tb_case *c, int rounding, bool integers, uint64_t first, size_t count,
                  uint64_t *out) {
    const struct unpacked u = unpack(c);
    for (size_t i = 0; i < count; i++) {
        uint64_t code = first + i, magnitude = code & u.magnitude_mask;
        bool negative = code & u.sign;
        if (magnitude - u.least_normal > u.normals) /* zero, subnormal, infinite, NaN */
            out[i] = tb_integer_convert(c, code << c->source->padding);
        else if (integers)
            out[i] = to_integer(&u, rounding, negative, magnitude << LIFT) << u.padding;
        else
            out[i] = to_float(&u, rounding, negative, magnitude << LIFT) << u.padding;
    }
}

#define BLOCK(ROUNDING)                                                                                      \
    case ROUNDING:                                                                                           \
        if (c->destination->kind == TB_INTEGER)                                                              \
            block(c, ROUNDING, true, first, count, out);                                                     \
        else                                                                                                 \
            block(c, ROUNDING, false, first, count, out);                                                    \
        return;

void tb_integer_convert_block(const struct tb_case *c, uint64_t first, size_t count, uint64_t *out) {
    switch (!c->random_bits && unpacks(c) ? (int)c->rounding : -1) {
        BLOCK(TB_EXACT)
        BLOCK(TB_RNE)
        BLOCK(TB_RNA)
        BLOCK(TB_RTZ)
        BLOCK(TB_RU)
        BLOCK(TB_RD)
        BLOCK(TB_RTO)
        BLOCK(TB_RHU)
    default: /* integer and codebook sources, codebooks, random bits; the roundings of variant.h */
        for (size_t i = 0; i < count; i++)
            out[i] = tb_integer_convert(c, (first + i) << (c->random_bits ? 0 : c->source->padding));
    }
}
