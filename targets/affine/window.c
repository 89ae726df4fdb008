#include "targets/affine/window.h"

#include "targets/affine/plan.h"

#include <math.h>

/* Scales of which neither products nor clamped inputs leave the middle of the exponents. */
static bool scale_carries(double scale, int mantissa_bits) {
    double limit = mantissa_bits == 23 ? 0x1p80 : 0x1p300;
    return fabs(scale) <= limit && fabs(scale) >= 1 / limit; /* false for NaN */
}

/* A rounding's two sides: how far below a count |t| may lie. */
struct reach {
    double positive, negative;
};

/* Where on the whole line n becomes at least j. */
static double threshold(struct reach reach, double j) {
    return j >= 1 ? j - reach.positive : j - 1 + reach.negative;
}

static double unit_of(double x, int mantissa_bits) {
    int exponent;
    frexp(x, &exponent);
    return ldexp(1, exponent - 1 - mantissa_bits);
}

/* The error of y before it is rounded to the grid and after, in units of the grid, rounded up with one to
 * spare. */
static double error_of(const struct tb_affine_arithmetic *a, double largest_t, double largest_start) {
    double unit = ldexp(1, a->code_bits - a->mantissa_bits);
    double product = a->roundings * largest_t * ldexp(1, -a->mantissa_bits - 1);
    return ceil(0.5 + (product + unit_of(largest_start, a->mantissa_bits)) / unit) + 1;
}

bool tb_affine_window_make(const struct tb_affine_plan *p, const struct tb_affine_arithmetic *a,
                           struct tb_affine_window *out) {
    const struct tb_affine *k = &p->c.affine;
    double unit = ldexp(1, a->code_bits - a->mantissa_bits), base = ldexp(1, a->code_bits), scale = k->scale;
    bool ignored, stochastic = p->c.rounding == TB_STOCHASTIC;
    if (p->c.rounding == TB_RTO || !scale_carries(scale, a->mantissa_bits) || k->high - k->low >= base)
        return false;
    struct reach reach = {0x1p-24 * tb_affine_reach(&p->c, false, 1, &ignored),
                          0x1p-24 * tb_affine_reach(&p->c, true, 1, &ignored)};
    /* A point well inside the outermost steps. */
    double inside = stochastic ? fmin(0.5, (1 - reach.positive) / 2) : 0.5;
    double high = threshold(reach, (double)(k->high - k->zero)) + inside;
    double low = threshold(reach, (double)(k->low + 1 - k->zero)) - inside;
    double shift = base + (double)(k->zero - k->low), largest = fmax(fabs(low), fabs(high));
    double error = error_of(a, largest, fabs(shift) + 2), width = 1;
    while (width < 2 * error + 1)
        width *= 2;
    if (2 * width * unit > inside)
        return false;
    double start[2] = {shift + reach.positive + error * unit, shift + 1 - reach.negative + error * unit};
    bool multiplies = p->c.operation == TB_REQUANTIZE, is_nearest = reach.positive == 0.5 && !stochastic;
    double least = is_nearest ? 0 : inside, unscale = multiplies ? 1 / scale : scale;
    *out = (struct tb_affine_window){
        .low = (scale < 0 ? high : low) * unscale,
        .high = (scale < 0 ? low : high) * unscale,
        .factor = multiplies ? scale : 1 / scale,
        .start = {start[scale < 0], start[scale > 0]},
        .least = fabs(least * unscale),
        .away = (uint64_t)(1 / unit - width),
        .fraction_bits = a->mantissa_bits - a->code_bits,
    };
    return true;
}
