/* The second way to the basic operations: on integers.
 *
 * An operand has at most 32 significant bits, left-aligned in 64. A product is exact in 64 bits; a sum is
 * formed in 128 bits and cut to 64, a quotient and a root are 46 to 64 bits long. Where anything is cut the
 * lowest bit kept is set ("sticky"), which is rounding to odd: no later rounding to at most 44 bits can tell
 * the difference. Checked against MPFR by test_basic.c. */
#include "reference/basic.h"
#include "reference/reference.h"

#include <math.h>

typedef struct tb_integer_number number;
typedef unsigned __int128 wide;

static const number not_a_number = {TB_NOT_A_NUMBER, false, 0, UINT64_C(1) << 63};

static number infinite(bool negative) {
    return (number){TB_INFINITE, negative, 0, 0};
}

static number zero(bool negative) {
    return (number){TB_ZERO, negative, 0, 0};
}

/* significand * 2^exponent, not zero, left-aligned in 64 bits. */
static number finite_number(bool negative, wide significand, int exponent, bool sticky) {
    uint64_t high = (uint64_t)(significand >> 64), low = (uint64_t)significand;
    int zeros = high ? __builtin_clzll(high) : 64 + __builtin_clzll(low);
    significand <<= zeros;
    sticky |= (uint64_t)significand != 0;
    return (number){TB_FINITE, negative, exponent - zeros + 64, (uint64_t)(significand >> 64) | sticky};
}

/* ---- Sums. ---- */

static bool is_larger(const number *a, const number *b) {
    return a->exponent != b->exponent ? a->exponent > b->exponent : a->significand > b->significand;
}

/* Both finite. The larger one stands 63 places up, so that it is even and what the other loses at its low end
 * only makes it odd: exact, or rounded to odd. */
static number add_finite(number a, number b, bool zero_is_negative) {
    if (!is_larger(&a, &b)) {
        number swapped = a;
        a = b;
        b = swapped;
    }
    wide large = (wide)a.significand << 63, small = (wide)b.significand << 63;
    int shift = a.exponent - b.exponent;
    bool lost = shift > 127 || (small & (((wide)1 << shift) - 1)) != 0;
    small = (shift > 127 ? 0 : small >> shift) | lost;
    wide sum = a.negative == b.negative ? large + small : large - small;
    return sum ? finite_number(a.negative, sum, a.exponent - 63, false) : zero(zero_is_negative);
}

static number add(number a, number b, bool zero_is_negative) {
    if (a.class == TB_INFINITE && b.class == TB_INFINITE && a.negative != b.negative)
        return not_a_number;
    if (a.class == TB_INFINITE || b.class == TB_INFINITE)
        return infinite(a.class == TB_INFINITE ? a.negative : b.negative);
    if (a.class == TB_ZERO && b.class == TB_ZERO)
        return zero(a.negative == b.negative ? a.negative : zero_is_negative);
    if (a.class == TB_ZERO || b.class == TB_ZERO)
        return a.class == TB_ZERO ? b : a;
    return add_finite(a, b, zero_is_negative);
}

/* ---- Products, quotients. ---- */

static number multiply(number a, number b) {
    bool negative = a.negative != b.negative;
    if (a.class == TB_INFINITE || b.class == TB_INFINITE)
        return a.class == TB_ZERO || b.class == TB_ZERO ? not_a_number : infinite(negative);
    if (a.class == TB_ZERO || b.class == TB_ZERO)
        return zero(negative);
    return finite_number(negative, (wide)a.significand * b.significand, a.exponent + b.exponent, false);
}

static number divide(number a, number b, bool zero_has_sign) {
    bool negative = a.negative != b.negative;
    if (a.class == b.class && a.class != TB_FINITE) /* 0 / 0, inf / inf */
        return not_a_number;
    if (b.class == TB_ZERO)
        return zero_has_sign ? infinite(negative) : not_a_number;
    if (a.class == TB_INFINITE)
        return infinite(negative);
    if (a.class == TB_ZERO || b.class == TB_INFINITE)
        return zero(negative);
    wide dividend = (wide)a.significand << 63;
    return finite_number(negative, dividend / b.significand, a.exponent - 63 - b.exponent,
                         dividend % b.significand != 0);
}

/* ---- Roots. ---- */

/* The largest root with root^2 <= x. */
static uint64_t square_root(wide x, bool *exact) {
    uint64_t root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t next = root | UINT64_C(1) << bit;
        if ((wide)next * next <= x)
            root = next;
    }
    *exact = (wide)root * root == x;
    return root;
}

static number root(number a) {
    if (a.class == TB_ZERO)
        return a;
    if (a.negative)
        return not_a_number;
    if (a.class == TB_INFINITE)
        return a;
    bool exact;
    int shift = a.exponent % 2 ? 63 : 64; /* an even exponent is left */
    uint64_t r = square_root((wide)a.significand << shift, &exact);
    return finite_number(false, r, (a.exponent - shift) / 2, !exact);
}

/* sqrt(2^126 / n) / 2^63 / 2^(exponent / 2), n of at most 33 bits, the exponent even. */
static number reciprocal_root(number a, bool zero_has_sign) {
    if (a.class == TB_ZERO)
        return zero_has_sign ? infinite(a.negative) : not_a_number;
    if (a.negative)
        return not_a_number;
    if (a.class == TB_INFINITE)
        return zero(false);
    uint64_t n = a.significand >> 32;
    int exponent = a.exponent + 32;
    if (exponent % 2) {
        n <<= 1;
        exponent--;
    }
    bool exact;
    wide quotient = ((wide)1 << 126) / n;
    uint64_t r = square_root(quotient, &exact);
    return finite_number(false, r, -63 - exponent / 2, !exact || quotient * n != (wide)1 << 126);
}

/* ---- Operations. ---- */

static bool any_is_nan(const number *x, int count) {
    for (int i = 0; i < count; i++)
        if (x[i].class == TB_NOT_A_NUMBER)
            return true;
    return false;
}

number tb_basic_apply(enum tb_operation operation, const number *x, bool zero_has_sign,
                      enum tb_rounding rounding) {
    const struct tb_case shape = {.operation = operation};
    static const number one = {TB_FINITE, false, -63, UINT64_C(1) << 63};
    if (any_is_nan(x, tb_case_shape(&shape).operands))
        return not_a_number;
    number turned = x[0];
    switch (operation) {
    case TB_ADD:
        return add(x[0], x[1], rounding == TB_RD);
    case TB_SUB:
        turned = x[1];
        turned.negative = !turned.negative;
        return add(x[0], turned, rounding == TB_RD);
    case TB_MUL:
        return multiply(x[0], x[1]);
    case TB_DIV:
        return divide(x[0], x[1], zero_has_sign);
    case TB_FMA:
        turned = multiply(x[0], x[1]);
        return turned.class == TB_NOT_A_NUMBER ? turned : add(turned, x[2], rounding == TB_RD);
    case TB_SQRT:
        return root(x[0]);
    case TB_RCP:
        return divide(one, x[0], zero_has_sign);
    default: /* TB_RSQRT */
        return reciprocal_root(x[0], zero_has_sign);
    }
}

static number result(const struct tb_case *c, uint64_t input) {
    number x[3];
    for (int i = 0; i < tb_case_shape(c).operands; i++)
        x[i] = tb_integer_read(c->source, tb_case_operand(c, input, i));
    return tb_basic_apply(c->operation, x, c->source->negative_zero, c->rounding);
}

bool tb_basic_nan_operand(const struct tb_case *c, uint64_t input, uint64_t *pattern) {
    for (int i = 0; i < tb_case_shape(c).operands; i++) {
        *pattern = tb_case_operand(c, input, i);
        if (tb_integer_read(c->source, *pattern).class == TB_NOT_A_NUMBER)
            return true;
    }
    return false;
}

uint64_t tb_basic_integer(const struct tb_case *c, uint64_t input) {
    uint64_t nan;
    number r = result(c, input);
    if (r.class == TB_NOT_A_NUMBER && tb_basic_nan_operand(c, input, &nan))
        return tb_integer_convert(c, nan);
    return tb_integer_encode(c, r.class, r.negative, r.significand, r.exponent);
}

long double tb_basic_value(const struct tb_case *c, uint64_t input) {
    number r = result(c, input);
    if (r.class == TB_NOT_A_NUMBER || r.class == TB_INFINITE)
        return NAN;
    long double magnitude = r.class == TB_ZERO ? 0 : ldexpl((long double)r.significand, r.exponent);
    return r.negative ? -magnitude : magnitude;
}
