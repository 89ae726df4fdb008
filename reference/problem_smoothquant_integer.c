/* The second way to SmoothQuant: s is found by comparing whole powers. A value v lies below X^a / W^(1-a),
 * a = power / root, where v^root * W^(root - power) < X^power; so do the midpoints between T's values, and
 * their order around s decides the rounding. Quotients and products of data are GMP rationals. Nothing here
 * calls MPFR or the decoder of vectors/. */
#include "reference/integer_encode.h"
#include "reference/problem_smoothquant.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

static double value_of(const struct tb_format *f, uint64_t pattern) {
    uint32_t bits = (uint32_t)pattern << (32 - f->bits);
    float value;
    if (f->precision == 11) {
        int field = (int)(pattern >> 10 & 31);
        double fraction = (double)(pattern & 1023), sign = pattern >> 15 ? -1 : 1;
        if (field == 31)
            return fraction != 0 ? NAN : sign * INFINITY;
        return sign * ldexp(field ? fraction + 1024 : fraction, (field ? field : 1) - 25);
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t special(const struct tb_format *f, enum tb_class class, bool negative) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    return tb_integer_encode(&into, class, negative, 0, 0);
}

static uint64_t pattern_of(const struct tb_format *f, mpq_srcptr x, bool negative) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    if (mpq_sgn(x) == 0)
        return special(f, TB_ZERO, negative);
    mpz_t top, rest;
    mpz_inits(top, rest, NULL);
    long exponent = (long)mpz_sizeinbase(mpq_numref(x), 2) - (long)mpz_sizeinbase(mpq_denref(x), 2) - 63;
    mpz_abs(top, mpq_numref(x));
    mpz_mul_2exp(top, top, exponent < 0 ? (mp_bitcnt_t)-exponent : 0);
    mpz_mul_2exp(rest, mpq_denref(x), exponent > 0 ? (mp_bitcnt_t)exponent : 0);
    mpz_tdiv_qr(top, rest, top, rest);
    uint64_t significand = mpz_get_ui(top) | (mpz_sgn(rest) != 0);
    mpz_clears(top, rest, NULL);
    return tb_integer_encode(&into, TB_FINITE, negative, significand, (int)exponent);
}

/* ---- s. ---- */

static void raise(mpq_ptr out, mpq_srcptr x, unsigned power) {
    mpz_pow_ui(mpq_numref(out), mpq_numref(x), power);
    mpz_pow_ui(mpq_denref(out), mpq_denref(x), power);
}

/* The sign of v - s. */
static int against_scale(const struct tb_smoothquant *q, mpq_srcptr v, double x, double w) {
    mpq_t left, right, weight;
    mpq_inits(left, right, weight, NULL);
    mpq_set_d(right, x);
    mpq_set_d(weight, w);
    raise(right, right, q->power);
    raise(weight, weight, q->root - q->power);
    raise(left, v, q->root);
    mpq_mul(left, left, weight);
    int order = mpq_cmp(left, right);
    mpq_clears(left, right, weight, NULL);
    return order;
}

static int against_number(const struct tb_smoothquant *q, double v, double x, double w) {
    mpq_t exact;
    mpq_init(exact);
    mpq_set_d(exact, v);
    int order = against_scale(q, exact, x, w);
    mpq_clear(exact);
    return order;
}

/* The value of a finite pattern, or what the pattern of infinity would stand for if the grid went on. */
static void grid_value(const struct tb_format *f, uint64_t pattern, mpq_ptr out) {
    double below = value_of(f, pattern);
    mpq_set_d(out, isinf(below) ? ldexp(1, f->bias + 1) : below);
}

/* The sign of (the midpoint of two neighbours) - s. */
static int against_midpoint(const struct tb_smoothquant *q, uint64_t lower, double x, double w) {
    mpq_t a, b;
    mpq_inits(a, b, NULL);
    grid_value(q->format, lower, a);
    grid_value(q->format, lower + 1, b);
    mpq_add(a, a, b);
    mpq_div_2exp(a, a, 1);
    int order = against_scale(q, a, x, w);
    mpq_clears(a, b, NULL);
    return order;
}

/* The greatest pattern whose lower midpoint s reaches (where it is a tie, an even one), by bisection. There
 * are no ties among normal numbers: the odd part of s^root * W^(root - power) = X^power would need more bits
 * than X has. */
static uint64_t nearest(const struct tb_smoothquant *q, double x, double w) {
    uint64_t low = 0, high = special(q->format, TB_INFINITE, false);
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        int order = against_midpoint(q, middle - 1, x, w);
        if (order < 0 || (order == 0 && middle % 2 == 0))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static double greatest_magnitude(const struct tb_field *f, const void *record, uint32_t column) {
    double greatest = 0;
    for (uint32_t row = 0; row < f->rows; row++)
        greatest =
            fmax(greatest, fabs(value_of(f->format, tb_field_get(f, record, row * f->columns + column))));
    return greatest;
}

static uint64_t scale_at(const struct tb_smoothquant *q, const void *input, uint32_t column) {
    double x = greatest_magnitude(q->x, input, column);
    double w = fmax(greatest_magnitude(q->w, input, column), q->least);
    if (against_number(q, q->least, x, w) < 0)
        return nearest(q, x, w);
    mpq_t least;
    mpq_init(least);
    mpq_set_d(least, q->least);
    uint64_t pattern = pattern_of(q->format, least, false);
    mpq_clear(least);
    return pattern;
}

/* ---- x / s and w * s; s is positive or infinite, least being positive, unless T rounds it to zero. ---- */

static uint64_t quotient(const struct tb_format *f, double x, double s) {
    bool negative = signbit(x);
    mpq_t a, b;
    if (s == 0)
        return special(f, x == 0 ? TB_NOT_A_NUMBER : TB_INFINITE, x != 0 && negative);
    if (isinf(s))
        return special(f, TB_ZERO, negative);
    mpq_inits(a, b, NULL);
    mpq_set_d(a, x);
    mpq_set_d(b, s);
    mpq_div(a, a, b);
    uint64_t pattern = pattern_of(f, a, negative);
    mpq_clears(a, b, NULL);
    return pattern;
}

static uint64_t product(const struct tb_format *f, double x, double s) {
    bool negative = signbit(x);
    mpq_t a, b;
    if (isinf(s))
        return special(f, x == 0 ? TB_NOT_A_NUMBER : TB_INFINITE, x != 0 && negative);
    mpq_inits(a, b, NULL);
    mpq_set_d(a, x);
    mpq_set_d(b, s);
    mpq_mul(a, a, b);
    uint64_t pattern = pattern_of(f, a, negative);
    mpq_clears(a, b, NULL);
    return pattern;
}

void tb_smoothquant_integer(const struct tb_problem *p, const void *input, void *output) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    for (uint32_t j = 0; j < q.k; j++) {
        uint64_t pattern = scale_at(&q, input, j);
        double s = value_of(q.format, pattern);
        tb_field_set(q.s, output, j, pattern);
        for (uint32_t i = j; i < q.m * q.k; i += q.k)
            tb_field_set(q.xs, output, i,
                         quotient(q.format, value_of(q.format, tb_field_get(q.x, input, i)), s));
        for (uint32_t i = j; i < q.n * q.k; i += q.k)
            tb_field_set(q.ws, output, i,
                         product(q.format, value_of(q.format, tb_field_get(q.w, input, i)), s));
    }
}
