/* The basic operations on integers, each rounded once.
 *
 * Operands have at most 32 significant bits, left-aligned in 64; results are cut to 64 with the lowest bit
 * set where anything was lost, so that portable_write() rounds what the exact result would round to. */
#include "targets/portable/portable.h"

#include <stdlib.h>

typedef struct portable_magnitude value;
typedef unsigned __int128 wide;

static value special(enum tb_class class, unsigned negative) {
    return (value){.class = class, .negative = negative};
}

static value invalid(void) {
    return special(TB_NOT_A_NUMBER, 0);
}

/* A value whose bit 127, set or not, is worth 2^top. */
static value normal(unsigned negative, wide bits, int top, bool lost) {
    while (!(bits >> 127)) { /* by halves: 64, 32 ... places where they are all empty */
        int places = bits >> 64 ? __builtin_clzll((uint64_t)(bits >> 64)) : 64;
        bits <<= places;
        top -= places;
    }
    lost |= (uint64_t)bits != 0;
    return (value){TB_FINITE, negative, top, (uint64_t)(bits >> 64) | lost};
}

value portable_product(value a, value b) {
    unsigned negative = a.negative ^ b.negative;
    if (a.class == TB_INFINITE || b.class == TB_INFINITE)
        return a.class == TB_ZERO || b.class == TB_ZERO ? invalid() : special(TB_INFINITE, negative);
    if (a.class == TB_ZERO || b.class == TB_ZERO)
        return special(TB_ZERO, negative);
    return normal(negative, (wide)a.significand * b.significand, a.exponent + b.exponent + 1, false);
}

/* Two places above the larger summand: one for a carry, and none of its bits is the lowest. */
static value finite_sum(value a, value b, unsigned sign_of_zero) {
    bool a_first = a.exponent > b.exponent || (a.exponent == b.exponent && a.significand >= b.significand);
    value larger = a_first ? a : b, smaller = a_first ? b : a;
    int distance = larger.exponent - smaller.exponent;
    wide x = (wide)larger.significand << 62, y = (wide)smaller.significand << 62, kept;
    kept = distance < 126 ? y >> distance : 0;
    if (distance >= 126 || kept << distance != y)
        kept |= 1;
    wide sum = larger.negative == smaller.negative ? x + kept : x - kept;
    return sum ? normal(larger.negative, sum, larger.exponent + 2, false) : special(TB_ZERO, sign_of_zero);
}

static value sum(value a, value b, unsigned sign_of_zero) {
    if (a.class == TB_INFINITE || b.class == TB_INFINITE) {
        bool opposite = a.class == b.class && a.negative != b.negative;
        return opposite ? invalid() : a.class == TB_INFINITE ? a : b;
    }
    if (a.class == TB_ZERO && b.class == TB_ZERO)
        return a.negative == b.negative ? a : special(TB_ZERO, sign_of_zero);
    return a.class == TB_ZERO ? b : b.class == TB_ZERO ? a : finite_sum(a, b, sign_of_zero);
}

value portable_quotient(value a, value b, bool signed_zeros) {
    unsigned negative = a.negative ^ b.negative;
    if ((a.class == TB_ZERO && b.class == TB_ZERO) || (a.class == TB_INFINITE && b.class == TB_INFINITE))
        return invalid();
    if (b.class == TB_ZERO && !signed_zeros)
        return invalid();
    if (a.class == TB_INFINITE || b.class == TB_ZERO)
        return special(TB_INFINITE, negative);
    if (a.class == TB_ZERO || b.class == TB_INFINITE)
        return special(TB_ZERO, negative);
    wide dividend = (wide)a.significand << 62;
    return normal(negative, dividend / b.significand, a.exponent - b.exponent + 65,
                  dividend % b.significand != 0);
}

/* The integer part of a square root, a pair of bits at a time. */
static uint64_t integer_root(wide x, bool *lost) {
    wide rest = 0, root = 0;
    for (int pair = 63; pair >= 0; pair--) {
        rest = rest << 2 | (x >> 2 * pair & 3);
        wide trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    *lost = rest != 0;
    return (uint64_t)root;
}

/* The significand as an integer times a power of four: n * 4^*half. */
static wide even_scaled(value a, int *half) {
    wide n = (wide)a.significand << 62;
    int exponent = a.exponent - 125; /* of the lowest bit of n */
    if (exponent % 2) {
        n <<= 1;
        exponent--;
    }
    *half = exponent / 2;
    return n;
}

static value square_root(value a) {
    int half;
    bool lost;
    if (a.class == TB_ZERO || (a.class == TB_INFINITE && !a.negative))
        return a;
    if (a.negative)
        return invalid();
    uint64_t root = integer_root(even_scaled(a, &half), &lost);
    return normal(0, root, half + 127, lost);
}

/* 1 / sqrt(a) is the root of a quotient that is cut: the integer part of its root is the same. */
static value reciprocal_root(value a, bool signed_zeros) {
    int half;
    bool lost;
    if (a.class == TB_ZERO)
        return signed_zeros ? special(TB_INFINITE, a.negative) : invalid();
    if (a.negative)
        return invalid();
    if (a.class == TB_INFINITE)
        return special(TB_ZERO, 0);
    uint64_t n = (uint64_t)(even_scaled(a, &half) >> 94); /* 33 bits at most, 47 pairs of zeros less */
    wide dividend = (wide)1 << 126;
    uint64_t root = integer_root(dividend / n, &lost);
    return normal(0, root, 127 - 63 - half - 47, lost || dividend % n != 0);
}

static value operate(const struct portable_basic *b, const value *x) {
    const bool signed_zeros = b->c.source.signed_zeros;
    const unsigned sign_of_zero = b->c.destination.rounding == TB_RD;
    static const value one = {TB_FINITE, 0, 0, UINT64_C(1) << 63};
    value other;
    for (int i = 0; i < b->operands; i++)
        if (x[i].class == TB_NOT_A_NUMBER)
            return x[i];
    switch (b->operation) {
    case TB_ADD:
        return sum(x[0], x[1], sign_of_zero);
    case TB_SUB:
        other = x[1];
        other.negative ^= 1;
        return sum(x[0], other, sign_of_zero);
    case TB_MUL:
        return portable_product(x[0], x[1]);
    case TB_DIV:
        return portable_quotient(x[0], x[1], signed_zeros);
    case TB_FMA:
        other = portable_product(x[0], x[1]);
        return other.class == TB_NOT_A_NUMBER ? other : sum(other, x[2], sign_of_zero);
    case TB_SQRT:
        return square_root(x[0]);
    case TB_RCP:
        return portable_quotient(one, x[0], signed_zeros);
    default:
        return reciprocal_root(x[0], signed_zeros);
    }
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct portable_basic *b = state;
    for (size_t i = 0; i < count; i++) {
        uint64_t in = portable_load(input, b->source_bytes, i);
        value x[3];
        for (int k = 0; k < b->operands; k++)
            x[k] = portable_read(&b->c.source, portable_operand(b, in, k));
        value result = operate(b, x);
        portable_store(output, b->c.destination.bytes, i, portable_write(&b->c, &result));
    }
}

int portable_basic_open(const struct tb_request *request, struct tb_kernel *kernel) {
    struct portable_basic compiled;
    if (!portable_basic_compile(request, &compiled))
        return 0;
    struct portable_basic *state = malloc(sizeof *state);
    if (!state)
        return 0;
    *state = compiled;
    *kernel = (struct tb_kernel){.run = run, .state = state};
    return 1;
}
