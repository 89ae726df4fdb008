/* What integer_convert.c and integer_block.c share: the integer reference's own reading of a format, and of
 * the roundings. */
#ifndef TB_INTEGER_H
#define TB_INTEGER_H

#include "reference/reference.h"
#include "reference/variant.h"

static inline uint64_t low_bits(int n) {
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static inline uint64_t sign_bit(const struct tb_format *f) {
    return f->is_signed ? UINT64_C(1) << (f->bits - 1) : 0;
}

/* All bits below the sign. */
static inline uint64_t magnitude_mask(const struct tb_format *f) {
    return low_bits(f->bits - (f->is_signed ? 1 : 0));
}

static inline uint64_t fraction_mask(const struct tb_format *f) {
    return low_bits(f->precision - 1);
}

/* Exponent of the smallest normal value. */
static inline int least_exponent(const struct tb_format *f) {
    return f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias;
}

/* The largest finite magnitude of a float, without a sign. */
uint64_t tb_integer_largest_magnitude(const struct tb_format *f);
uint64_t tb_integer_zero(const struct tb_format *f, bool negative);
/* The answer for a finite value that lies beyond M once rounded. */
uint64_t tb_integer_beyond(const struct tb_case *c, bool negative);

/* What a rounding drops, against half a unit of what it keeps. */
enum tail { TAIL_NONE, TAIL_BELOW, TAIL_HALF, TAIL_ABOVE };

/* Whether a value goes to its neighbour away from zero; `odd` is the code of the neighbour toward zero. */
static inline bool rounds_away(int rounding, bool negative, bool odd, enum tail tail) {
    if (tail == TAIL_NONE)
        return false;
    switch (rounding) {
    case TB_RTZ:
        return false;
    case TB_RU:
        return !negative;
    case TB_RD:
        return negative;
    case TB_RTO:
        return !odd;
    case TB_RNA:
        return tail >= TAIL_HALF;
    case TB_RHU:
        return tail == TAIL_ABOVE || (tail == TAIL_HALF && !negative);
    case TB_TIES_DOWN:
        return tail == TAIL_ABOVE || (tail == TAIL_HALF && negative);
    case TB_TIES_ZERO:
        return tail == TAIL_ABOVE;
    default: /* TB_RNE */
        return tail == TAIL_ABOVE || (tail == TAIL_HALF && odd);
    }
}

/* One stochastic decision. */
struct tb_random_step {
    int rule; /* TB_STOCHASTIC or a TB_SR_* */
    int bits; /* of the random number */
    uint64_t random;
    uint64_t significand; /* whose last `shift` bits are dropped */
    int shift;
    int normal_drop; /* bits of the source's significand that a normal result drops; at least 0 */
    int deeper;      /* bits that this result drops beyond a normal one; 0 of integers */
    bool negative;
};
/* Whether the magnitude goes to its neighbour away from zero. */
bool tb_integer_random_away(const struct tb_random_step *s);

#endif
