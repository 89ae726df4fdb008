/* The second way to the exact answers of the scaled operations: the definition of scaled.h on integers.
 *
 * Nothing here calls the MPFR way: t is a product of two 64-bit integers or their quotient, of which at least
 * 32 bits are kept and all that was cut sets the lowest one. Destinations have at most 24 bits. */
#include "reference/integer_encode.h"
#include "reference/scaled.h"

#include <string.h>

typedef unsigned __int128 wide;

/* The number before rounding. */
struct scaled {
    enum tb_class class;
    bool negative;
    uint64_t significand;
    int exponent;
};

static struct tb_integer_number read_scale(double scale) {
    uint64_t bits;
    memcpy(&bits, &scale, sizeof bits);
    return tb_integer_read(tb_format_find("fp64", NULL), bits);
}

static struct scaled product(const struct tb_integer_number *x, const struct tb_integer_number *m) {
    struct scaled t = {.negative = x->negative != m->negative};
    bool zero = x->class == TB_ZERO || m->class == TB_ZERO;
    bool infinite = x->class == TB_INFINITE || m->class == TB_INFINITE;
    if (x->class == TB_NOT_A_NUMBER || m->class == TB_NOT_A_NUMBER || (zero && infinite)) {
        t.class = TB_NOT_A_NUMBER;
    } else if (zero || infinite) {
        t.class = zero ? TB_ZERO : TB_INFINITE;
    } else {
        wide p = (wide)x->significand * m->significand;
        t.class = TB_FINITE;
        t.significand = (uint64_t)(p >> 64) | ((uint64_t)p != 0);
        t.exponent = x->exponent + m->exponent + 64;
    }
    return t;
}

/* top / bottom of two significands whose bit 63 is set. Short ones fit one division of 64 bits. */
static void divide(uint64_t top, uint64_t bottom, struct scaled *t) {
    if ((uint32_t)top == 0 && (uint32_t)bottom == 0) {
        uint64_t divisor = bottom >> 32;
        t->significand = top / divisor | (top % divisor != 0);
        t->exponent -= 32;
        return;
    }
    wide dividend = (wide)top << 63;
    uint64_t q = (uint64_t)(dividend / bottom);
    t->significand = q | ((wide)q * bottom != dividend);
    t->exponent -= 63;
}

static struct scaled quotient(const struct tb_integer_number *x, const struct tb_integer_number *s) {
    struct scaled t = {.negative = x->negative != s->negative};
    bool zeros = x->class == TB_ZERO && s->class == TB_ZERO;
    bool infinities = x->class == TB_INFINITE && s->class == TB_INFINITE;
    if (x->class == TB_NOT_A_NUMBER || s->class == TB_NOT_A_NUMBER || zeros || infinities) {
        t.class = TB_NOT_A_NUMBER;
    } else if (x->class == TB_INFINITE || s->class == TB_ZERO) {
        t.class = TB_INFINITE;
    } else if (x->class == TB_ZERO || s->class == TB_INFINITE) {
        t.class = TB_ZERO;
    } else {
        t.class = TB_FINITE;
        t.exponent = x->exponent - s->exponent;
        divide(x->significand, s->significand, &t);
    }
    return t;
}

uint64_t tb_scaled_integer(const struct tb_case *c, uint64_t pattern) {
    struct tb_integer_number x = tb_integer_read(c->source, pattern), s = read_scale(c->affine.scale);
    struct scaled t = tb_case_multiplies(c) ? product(&x, &s) : quotient(&x, &s);
    bool negative = t.negative && t.class != TB_NOT_A_NUMBER;
    return tb_integer_encode(c, t.class, negative, t.significand, t.exponent);
}
