/* What an arithmetic of a scaled operation computes, on the CPU's floats: this library is built without
 * contraction, and an operation on a type of at most 24 bits is one on doubles rounded once more
 * (affine_number.h). */
#include "reference/affine_number.h"
#include "reference/bisect.h"
#include "reference/scaled.h"
#include "reference/scaled_variant.h"

/* ---- The scale. ---- */

/* The power of two above, below or next to the magnitude of a scale; ties go to the larger one. E8M0 has
 * 2^-127 to 2^127 and no sign. */
static double power_of_two(double s, enum tb_scaled_power rounding) {
    int exponent;
    if (rounding == TB_POWER_NONE || !isfinite(s) || s == 0)
        return s;
    double fraction = frexp(fabs(s), &exponent); /* [1/2, 1) */
    bool up = rounding == TB_POWER_UP ? fraction > 0.5 : rounding == TB_POWER_NEAREST && fraction >= 0.75;
    exponent += up - 1;
    return ldexp(1, exponent < -127 ? -127 : exponent > 127 ? 127 : exponent);
}

static enum tb_scaled_power of_factor(enum tb_scaled_power p) {
    return p == TB_POWER_UP ? TB_POWER_DOWN : p == TB_POWER_DOWN ? TB_POWER_UP : p;
}

/* ---- Numbers. ---- */

static bool is_tiny32(double x) {
    return x != 0 && fabs(x) < 0x1p-126;
}

static double narrowed(const struct tb_scaled_machine *m, double x) {
    x = tb_narrow(m->a.number, x);
    return m->a.flush && m->a.number == TB_NUMBER_FP32 && is_tiny32(x) ? copysign(0, x) : x;
}

/* q with the remainder's sign `rest` relative to it: cut, and the last bit set where anything was lost. q is
 * normal. */
static double to_odd(double q, double rest) {
    uint64_t bits = tb_double_bits(q);
    if (rest == 0)
        return q;
    if ((rest < 0) != (q < 0))
        bits--; /* q lies beyond the exact value */
    return tb_double_of(bits | 1);
}

/* Exponents this far out are alike for every destination of at most 32 bits. */
static double scaled_by_power(double x, int exponent) {
    return ldexp(x, exponent < -700 ? -700 : exponent > 700 ? 700 : exponent);
}

/* x / s or x * s, rounded to odd: fractions in [1/2, 1) leave residuals that fma has exactly. */
static double real_value(const struct tb_scaled_machine *m, double x) {
    int of_x, of_s;
    double s = m->by;
    if (!isfinite(x) || !isfinite(s) || x == 0 || s == 0)
        return m->divides ? x / s : x * s;
    x = frexp(x, &of_x);
    s = frexp(s, &of_s);
    if (!m->divides) {
        double p = x * s;
        return scaled_by_power(to_odd(p, fma(x, s, -p)), of_x + of_s);
    }
    double q = x / s, rest = fma(-q, s, x);
    return scaled_by_power(to_odd(q, s < 0 ? -rest : rest), of_x - of_s);
}

/* ---- Making one. ---- */

/* What codes of largest value M stand for, and from that the factor. */
static double factor_by_amax(const struct tb_scaled_machine *m, double scale, double factor) {
    bool up = m->c.operation == TB_SCALE_UP;
    uint64_t pattern = 0;
    tb_format_largest(up ? m->c.source : m->c.destination, false, &pattern);
    double most = tb_format_value(up ? m->c.source : m->c.destination, pattern);
    double amax = narrowed(m, most * narrowed(m, up ? factor : scale));
    return narrowed(m, up ? amax / most : most / amax);
}

/* N(1 / N(scale)), or what stands for it. */
static double factor_of(const struct tb_scaled_machine *m, double scale, double factor) {
    switch (m->a.apply) {
    case TB_SCALED_RECIPROCAL:
        return narrowed(m, 1 / narrowed(m, scale));
    case TB_SCALED_AMAX:
        return factor_by_amax(m, scale, factor);
    default:
        return narrowed(m, factor);
    }
}

void tb_scaled_machine_make(const struct tb_case *c, const struct tb_scaled_arithmetic *a,
                            struct tb_scaled_machine *out) {
    bool multiplies = tb_case_multiplies(c);
    double held =
        power_of_two(tb_narrow(a->held, c->affine.scale), multiplies ? of_factor(a->power) : a->power);
    if (a->flush && is_tiny32(held))
        held = copysign(0, held);
    double scale = multiplies ? 1 / held : held, factor = multiplies ? held : 1 / held;
    *out = (struct tb_scaled_machine){.c = *c, .a = *a};
    for (int negative = 0; negative < 2; negative++) {
        uint64_t largest = 0;
        tb_format_largest(c->destination, negative, &largest);
        out->most[negative] = tb_format_value(c->destination, largest);
    }
    out->real = a->apply == TB_SCALED_DIRECT;
    out->divides = out->real ? !multiplies : a->apply == TB_SCALED_DIVIDE;
    out->by = out->real ? held : out->divides ? narrowed(out, scale) : factor_of(out, scale, factor);
    struct tb_case nan = *c;
    nan.affine.scale = NAN;
    out->nan = tb_scaled_integer(&nan, 0);
}

/* ---- One input. ---- */

static double input_value(const struct tb_scaled_machine *m, uint64_t pattern) {
    double x = tb_format_value(m->c.source, pattern);
    if ((m->a.daz && tb_format_is_subnormal(m->c.source, pattern)) || (m->a.flush && is_tiny32(x)))
        x = copysign(0, x);
    x = tb_narrow(m->a.input, x);
    return m->a.number == TB_NUMBER_FP16 || m->a.number == TB_NUMBER_BF16 ? tb_narrow(m->a.number, x) : x;
}

static double clamped(const struct tb_scaled_machine *m, double t) {
    if (m->a.clamp == TB_SCALED_CLAMP_NONE)
        return t;
    if (isnan(t))
        return m->a.clamp == TB_SCALED_CLAMP_NAN ? t : m->most[m->a.clamp == TB_SCALED_CLAMP_LOW];
    return t > m->most[0] ? m->most[0] : t < m->most[1] ? m->most[1] : t;
}

double tb_scaled_machine_value(const struct tb_scaled_machine *m, uint64_t pattern) {
    double x = input_value(m, pattern);
    double t = m->real ? real_value(m, x) : narrowed(m, m->divides ? x / m->by : x * m->by);
    return clamped(m, t);
}

/* NaN of x keeps its sign for those who look at it; one that the scale made has none. */
static uint64_t nan_answer(const struct tb_scaled_machine *m, uint64_t pattern) {
    const struct tb_arithmetic *a = &m->a.conversion;
    bool negative = tb_format_is_nan(m->c.source, pattern) && tb_format_decode(m->c.source, pattern).negative;
    uint64_t nan = 0;
    if (a->nan == TB_NAN_GOLDEN || !tb_format_nan(a->exact.source, negative, 0, &nan))
        return m->nan;
    return tb_arithmetic_convert(a, nan);
}

uint64_t tb_scaled_machine_at(const struct tb_scaled_machine *m, uint64_t pattern) {
    const struct tb_arithmetic *a = &m->a.conversion;
    double t = tb_scaled_machine_value(m, pattern);
    if (isnan(t))
        return nan_answer(m, pattern);
    if (a->exact.source->bits == 64)
        return tb_arithmetic_convert(a, tb_double_bits(t));
    float narrow = (float)t;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return tb_arithmetic_convert(a, bits);
}

static uint64_t evaluate(const void *context, uint64_t pattern) {
    return tb_scaled_machine_at(context, pattern);
}

bool tb_scaled_machine_staircase(const struct tb_scaled_machine *m, struct tb_staircase *out,
                                 struct tb_error *error) {
    char id[TB_CASE_ID];
    *out = (struct tb_staircase){0};
    if (tb_staircase_bisect(m->c.source, evaluate, m, out))
        return true;
    tb_staircase_free(out);
    tb_case_print(&m->c, id);
    return tb_fail(error, TB_EXIT_SYSTEM, "%s: no memory for the staircase of a variant", id);
}
