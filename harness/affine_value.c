#include "harness/affine_value.h"

#include "reference/affine.h"

#include <math.h>

/* x/s + z or q*s + z, before any clamp. */
static long double scaled(const struct tb_case *c, uint64_t input) {
    long double x = tb_format_value(c->source, input), s = c->affine.scale;
    return (c->operation == TB_REQUANTIZE ? x * s : x / s) + (long double)c->affine.zero;
}

static long double dequantized(const struct tb_case *c, long double code) {
    return (code - (long double)c->affine.zero) * c->affine.scale;
}

long double tb_affine_value(const struct tb_case *c, uint64_t input) {
    const struct tb_affine *a = &c->affine;
    if (tb_case_is_mask(c))
        return NAN;
    if (c->operation == TB_DEQUANTIZE)
        return dequantized(c, tb_format_value(c->source, input));
    long double t = scaled(c, input);
    if (isnan(t) || isinf(t))
        return NAN;
    if (c->operation == TB_FAKEQUANT)
        return dequantized(c, (long double)tb_affine_mpfr_code(c, input, a->low, a->high, a->zero));
    return fminl(fmaxl(t, (long double)a->low), (long double)a->high);
}

bool tb_affine_is_clamped(const struct tb_case *c, uint64_t input) {
    if (c->operation == TB_DEQUANTIZE || tb_case_is_mask(c))
        return false;
    long double t = scaled(c, input);
    return t <= (long double)c->affine.low - 0.5L || t >= (long double)c->affine.high + 0.5L;
}
