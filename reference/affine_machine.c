/* What an arithmetic on a case computes once. */
#include "reference/affine_machine.h"

/* ---- Multiplier and shift of a factor. ---- */

/* |factor| * 2^(bits - exponent), in [2^(bits-1), 2^bits): the mantissa as an integer. */
static int64_t mantissa(double factor, int bits, int *exponent, int64_t (*round_to_integer)(double x)) {
    double fraction = frexp(fabs(factor), exponent);
    int64_t m = round_to_integer(ldexp(fraction, bits));
    if (m == INT64_C(1) << bits) {
        m /= 2;
        ++*exponent;
    }
    return m;
}

static int64_t half_away(double x) {
    return (int64_t)round(x);
}
static int64_t half_even(double x) {
    return (int64_t)rint(x);
}
static int64_t half_down(double x) {
    return (int64_t)ceil(x - 0.5);
}

/* gemmlowp's, TFLite's: a mantissa of 31 bits; a factor below 2^-32 vanishes. */
static void set_q31(struct tb_affine_machine *m, double factor) {
    m->multiplier = mantissa(factor, 31, &m->shift, m->a.strict_half ? half_down : half_away);
    if (m->shift < -31)
        m->multiplier = 0, m->shift = 0;
    if (m->shift > 30 && (m->a.fixed == TB_FIXED_SINGLE || m->a.fixed == TB_FIXED_M16))
        m->multiplier = INT32_MAX, m->shift = 30;
    if (m->a.fixed == TB_FIXED_M16)
        m->multiplier = m->multiplier < 0x7FFF0000 ? (m->multiplier + (1 << 15)) >> 16 : 0x7FFF;
}

static void set_multiplier(struct tb_affine_machine *m) {
    double s = tb_narrow(m->a.held, m->c.affine.scale), s32 = tb_narrow(TB_NUMBER_FP32, s);
    if (!isfinite(s) || !isfinite(s32) || s == 0)
        return;
    switch (m->a.fixed) {
    case TB_FIXED_NONE:
        return;
    case TB_FIXED_SINGLE_RNE:
    case TB_FIXED_Q31:
        m->multiplier = mantissa(s32, 31, &m->shift, half_even);
        break;
    case TB_FIXED_M16_PRESHIFT: /* half up of a mantissa of 24 bits is half away; 2^15 itself does not fit */
        m->multiplier = (int64_t)round(ldexp(frexp(fabs(s32), &m->shift), 15));
        m->multiplier = m->multiplier > 0x7FFF ? 0x7FFF : m->multiplier;
        break;
    case TB_FIXED_M21:
        m->multiplier = mantissa(s, 21, &m->shift, half_even);
        break;
    default:
        set_q31(m, s);
    }
    if (s < 0)
        m->multiplier = -m->multiplier;
}

/* ---- Bounds. ---- */

static void set_bounds(struct tb_affine_machine *m) {
    const struct tb_affine *a = &m->c.affine;
    m->low = a->low;
    m->high = a->high;
    m->zero = a->zero;
    switch (m->a.bounds) {
    case TB_BOUNDS_CASE:
        break;
    case TB_BOUNDS_SYMMETRIC:
        m->low = -a->high > a->low ? -a->high : a->low;
        break;
    case TB_BOUNDS_HALVED:
        m->low = a->low >> 1;
        m->high = a->high >> 1;
        break;
    case TB_BOUNDS_LESS_HIGH:
        m->high--;
        break;
    case TB_BOUNDS_LESS_LOW:
        m->low++;
        break;
    case TB_BOUNDS_MORE_HIGH:
        m->high++;
        break;
    }
    bool before = m->a.zero == TB_ZERO_BEFORE || m->a.apply == TB_APPLY_FMA;
    int64_t still_to_come = tb_affine_counts_from_low(m->a.apply) ? m->least_code : before ? 0 : m->zero;
    m->clamp_low = tb_narrow(m->number, (double)(m->low - still_to_come));
    m->clamp_high = tb_narrow(m->number, (double)(m->high - still_to_come));
}

/* ---- Constants of the scale. ---- */

static double inverse_of(const struct tb_affine_machine *m) {
    enum tb_number n = m->number;
    double s = m->scale, amax = tb_narrow(n, (double)m->c.affine.high * s), high = (double)m->c.affine.high;
    switch (m->a.apply) {
    case TB_APPLY_WIDE_INVERSE:
        return tb_narrow(n, 1 / tb_narrow(m->a.held, m->c.affine.scale));
    case TB_APPLY_AMAX:
        return tb_narrow(n, high / amax);
    case TB_APPLY_AMAX_INVERSE:
        return tb_narrow(n, high * tb_narrow(n, 1 / amax));
    case TB_APPLY_LINEAR:
    case TB_APPLY_LINEAR_FMA:
        return tb_narrow(n, m->levels / m->range);
    case TB_APPLY_ROWWISE:
        return tb_narrow(n, m->levels / tb_narrow(n, tb_narrow(n, m->levels * s) + (double)1e-8f));
    default:
        return tb_narrow(n, 1 / s);
    }
}

static void set_scale(struct tb_affine_machine *m) {
    const struct tb_affine *a = &m->c.affine;
    enum tb_number n = m->number;
    m->scale = tb_narrow(n, tb_narrow(m->a.held, a->scale));
    m->levels = tb_narrow(n, (double)(a->high - a->low));
    m->least = tb_narrow(n, (double)(a->low - a->zero) * m->scale);
    m->greatest = tb_narrow(n, (double)(a->high - a->zero) * m->scale);
    m->range = tb_narrow(n, m->greatest - m->least);
    m->inverse = inverse_of(m);
    m->offset = tb_narrow(n, -m->least * m->inverse);
}

/* What a code is divided by, or multiplied with beside the scale. */
static double value_inverse(const struct tb_affine_machine *m, double s) {
    enum tb_number n = m->a.output;
    double high = (double)m->c.affine.high;
    switch (m->a.revalue) {
    case TB_REVALUE_DIVIDE_AMAX:
        return tb_narrow(n, high / tb_narrow(n, high * s));
    case TB_REVALUE_LINEAR:
        return tb_narrow(n, m->value_range / m->levels);
    default:
        return tb_narrow(n, 1 / s);
    }
}

/* The way back to a value. */
static void set_value(struct tb_affine_machine *m) {
    const struct tb_affine *a = &m->c.affine;
    enum tb_number n = m->a.output;
    double s = tb_narrow(n, tb_narrow(m->a.held, a->scale));
    double least = tb_narrow(n, (double)(a->low - a->zero) * s);
    m->value_scale = s;
    m->value_range = tb_narrow(n, tb_narrow(n, (double)(a->high - a->zero) * s) - least);
    m->value_inverse = value_inverse(m, s);
    m->value_offset = m->a.revalue >= TB_REVALUE_LEAST ? least : tb_narrow(n, s * (double)a->zero);
    m->codes = m->c;
    if (m->c.operation != TB_DEQUANTIZE)
        m->codes.source = tb_format_find("int32", NULL);
    m->codes.operation = TB_DEQUANTIZE;
    m->codes.affine.scale = tb_narrow(m->a.held, a->scale);
    if (m->c.operation == TB_FAKEQUANT)
        m->codes.rounding = TB_RNE;
    m->values = m->codes;
    m->values.operation = TB_CONVERT;
    m->values.source = tb_format_find("fp64", NULL);
    m->values.overflow = TB_TO_INF;
}

static enum tb_affine_input input_of(const struct tb_format *f) {
    if (f->kind == TB_INTEGER)
        return TB_INPUT_INTEGER;
    bool ieee = f->nan == TB_NAN_IEEE && f->infinity == TB_INF_IEEE && !f->padding;
    if (ieee && f->bits == 32 && f->precision == 24 && f->bias == 127)
        return TB_INPUT_FP32;
    if (ieee && f->bits == 16 && f->precision == 8 && f->bias == 127)
        return TB_INPUT_BF16;
    if (ieee && f->bits == 16 && f->precision == 11 && f->bias == 15)
        return TB_INPUT_FP16;
    return TB_INPUT_OTHER;
}

static struct tb_affine parameters_used(const struct tb_affine *given, const struct tb_affine_arithmetic *a) {
    struct tb_affine used = *given;
    if (a->scale == TB_SCALE_MAGNITUDE)
        used.scale = fabs(used.scale);
    used.zero = a->zero_point == TB_ZERO_NONE ? 0 : used.zero - (a->zero_point == TB_ZERO_LESS_ONE);
    return used;
}

void tb_affine_machine_make(const struct tb_case *c, const struct tb_affine_arithmetic *a,
                            struct tb_affine_machine *out) {
    *out = (struct tb_affine_machine){.c = *c, .a = *a};
    out->c.affine = parameters_used(&c->affine, a);
    out->rounding = a->rounding == TB_EXACT ? (int)c->rounding : a->rounding;
    out->real = a->number == TB_REAL && a->apply == TB_APPLY_DIRECT;
    out->number = a->number == TB_REAL ? TB_NUMBER_FP64 : a->number;
    out->least_code = tb_affine_counts_from_low(a->apply) ? c->affine.low : 0;
    out->input = input_of(c->source);
    set_scale(out);
    set_bounds(out);
    set_multiplier(out);
    set_value(out);
}
