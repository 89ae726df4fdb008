/* An input's way through an affine arithmetic: scale, round, add the zero point, clamp, and back to a value.
 */
#include "reference/affine.h"
#include "reference/affine_machine.h"
#include "reference/reference.h"

/* ---- Reading. ---- */

static double fp32_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

/* The fields of fp16 in those of fp32 are 2^-112 of it; the largest exponent stands for the largest. */
static double fp16_of(uint32_t bits) {
    uint32_t magnitude = (bits & 0x7FFF) << 13;
    double x = magnitude >= 0x0F800000 ? fp32_of(magnitude | 0x7F800000) : fp32_of(magnitude) * 0x1p112;
    return bits & 0x8000 ? -x : x;
}

static double read_float(const struct tb_affine_machine *m, uint64_t pattern) {
    if (m->input == TB_INPUT_FP32)
        return fp32_of((uint32_t)pattern);
    if (m->input == TB_INPUT_BF16)
        return fp32_of((uint32_t)pattern << 16);
    if (m->input == TB_INPUT_FP16)
        return fp16_of((uint32_t)pattern);
    return tb_format_value(m->c.source, pattern);
}

static int64_t read_integer(const struct tb_format *f, uint64_t pattern) {
    return f->is_signed ? (int64_t)(pattern << (64 - f->bits)) >> (64 - f->bits) : (int64_t)pattern;
}

/* ---- t. ---- */

/* The sign of a residual, in the direction of the quotient. */
static int side_of(double residual, double divisor) {
    int sign = (residual > 0) - (residual < 0);
    return divisor < 0 ? -sign : sign;
}

/* x / s in fp64, and on which side of it the real quotient lies: the residual is a double (Boldo, Daumas). A
 * quotient too small for fp64 is as good as any other that is tiny. */
static void exact_quotient(struct tb_affine_walk *w, double s) {
    w->t = w->x / s;
    if (w->x == 0 || !isfinite(w->x) || !isfinite(s) || s == 0 || isinf(w->t))
        return;
    if (fabs(w->t) < 0x1p-900)
        w->t = signbit(w->x) != signbit(s) ? -0x1p-900 : 0x1p-900;
    else
        w->side = side_of(fma(-w->t, s, w->x), s);
}

static void exact_product(struct tb_affine_walk *w, double s) {
    double q = (double)w->q;
    w->t = q * s;
    if (isfinite(w->t))
        w->side = side_of(fma(q, s, -w->t), 1);
}

/* The product of a requantization. */
static void scale_integer(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    if (m->real)
        exact_product(w, m->scale);
    else
        w->t = tb_narrow(m->number, tb_narrow(m->number, (double)w->q) * m->scale);
}

static void scale_float(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    enum tb_number n = m->number;
    double x = tb_narrow(n, w->x);
    switch (m->a.apply) {
    case TB_APPLY_DIRECT:
        if (m->real)
            exact_quotient(w, m->scale);
        else
            w->t = tb_narrow(n, x / m->scale);
        return;
    case TB_APPLY_RECIPROCAL:
    case TB_APPLY_WIDE_INVERSE:
    case TB_APPLY_AMAX:
    case TB_APPLY_AMAX_INVERSE:
        w->t = tb_narrow(n, x * m->inverse);
        return;
    case TB_APPLY_FMA:
        w->t = tb_fused(n, x, m->inverse, (double)m->zero);
        return;
    case TB_APPLY_LINEAR:
        w->t = tb_narrow(n, tb_narrow(n, x * m->inverse) + m->offset);
        return;
    case TB_APPLY_LINEAR_FMA:
        w->t = tb_fused(n, x, m->inverse, m->offset);
        return;
    case TB_APPLY_RANGE:
        w->t = tb_narrow(n, tb_narrow(n, tb_narrow(n, x - m->least) / m->range) * m->levels);
        return;
    case TB_APPLY_SUBTRACT_LEAST:
    case TB_APPLY_ROWWISE:
        w->t = tb_narrow(n, tb_narrow(n, x - m->least) * m->inverse);
        return;
    }
}

/* The zero point before rounding, itself a number of the type. Of reals: what the sum loses goes to the
 * side. */
static void add_before(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    double z = (double)m->zero;
    if (!m->real) {
        w->t = tb_narrow(m->number, w->t + tb_narrow(m->number, z));
        return;
    }
    double sum = w->t + z, part = sum - w->t, lost = (w->t - (sum - part)) + (z - part);
    if (isfinite(sum) && lost != 0)
        w->side = side_of(lost, 1);
    w->t = sum;
}

/* ---- Rounding. ---- */

/* Whether |t| goes from k to k + 1; the rest of it stands to one half as `half` says, and is not zero. */
static bool goes_away(int rounding, bool negative, int half, bool odd) {
    switch (rounding) {
    case TB_RNE:
        return half > 0 || (half == 0 && odd);
    case TB_RNA:
        return half >= 0;
    case TB_RHU:
        return half > 0 || (half == 0 && !negative);
    case TB_RU:
        return !negative;
    case TB_RD:
        return negative;
    case TB_RTO:
        return !odd;
    default: /* TB_RTZ */
        return false;
    }
}

static bool carries(const struct tb_affine *a, double rest, int side) {
    double scaled = ldexp(rest, a->random_bits);
    int64_t digits = (int64_t)scaled;
    digits -= side < 0 && (double)digits == scaled;
    return digits + a->random >= INT64_C(1) << a->random_bits;
}

/* R(t): t is cut to an integer k and a rest, and what fp64 could not hold of t moves a rest of exactly 0 or
 * 1/2 off its place. */
static int64_t round_real(const struct tb_affine_machine *m, double t, int side) {
    if (!(fabs(t) < 0x1p62))
        return t < 0 ? -TB_BEYOND : TB_BEYOND;
    int64_t cut = (int64_t)t;
    double rest = fabs(t - (double)cut);
    bool negative = t < 0;
    int64_t k = negative ? -cut : cut;
    int outward = negative ? -side : side;
    if (rest == 0 && !outward)
        return cut;
    if (rest == 0 && outward < 0) {
        k--;
        rest = 1;
    }
    int half = rest > 0.5 ? 1 : rest < 0.5 ? -1 : outward;
    bool away = m->rounding == (int)TB_STOCHASTIC ? carries(&m->c.affine, rest, outward)
                                                  : goes_away(m->rounding, negative, half, k & 1);
    k += away;
    return negative ? -k : k;
}

static int64_t cut_to_integer(double t) {
    return fabs(t) < 0x1p62 ? (int64_t)t : t < 0 ? -TB_BEYOND : TB_BEYOND;
}

#define MAGIC      12582912.0f
#define MAGIC_BITS UINT32_C(0x4B400000)

/* On the negative side of the sum its bits fall as it rises, and run through the end of 32 bits. */
static int64_t round_by_magic(struct tb_affine_walk *w) {
    float sum = (float)w->t + MAGIC;
    uint32_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (isnan(sum))
        bits = 0x7FC00000 | (signbit(w->t) ? UINT32_C(0x80000000) : 0); /* x86 keeps the sign */
    tb_affine_jump(w, bits >> 31 ? 1 + ((bits - MAGIC_BITS) >> 31) : 0);
    return (int32_t)(bits - MAGIC_BITS);
}

static void round_value(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    double t = w->t;
    switch (m->rounding) {
    case TB_ROUND_MAGIC:
        w->n = round_by_magic(w);
        return;
    case TB_ROUND_ADD_HALF:
        w->n = cut_to_integer(floor(tb_narrow(m->number, t + 0.5)));
        return;
    case TB_ROUND_ADD_SIGNED_HALF:
        w->n = cut_to_integer(tb_narrow(m->number, t + copysign(0.5, t)));
        return;
    default:
        w->n = round_real(m, t, w->side);
    }
}

/* ---- An integer register, the zero point, the clamp. ---- */

static void indefinite(struct tb_affine_walk *w, int64_t least, bool above, bool below) {
    tb_affine_jump(w, above ? 2 : below ? 1 : 0);
    if (above || below)
        w->n = least;
}

static int64_t clamped(int64_t n, int64_t low, int64_t high) {
    return n < low ? low : n > high ? high : n;
}

static void to_register(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    switch (m->a.to_integer) {
    case TB_TO_ANY:
        return;
    case TB_TO_INT32:
        w->n = clamped(w->n, INT32_MIN, INT32_MAX);
        return;
    case TB_TO_INT16:
        w->n = clamped(w->n, INT16_MIN, INT16_MAX);
        return;
    case TB_TO_INT32_X86:
    case TB_TO_INT32_GUARD:
        indefinite(w, INT32_MIN, w->n > INT32_MAX, w->n < INT32_MIN);
        return;
    case TB_TO_INT64_X86:
        /* -2^63 itself is that value too, but not what w->n holds. */
        indefinite(w, INT64_MIN, w->t >= 0x1p63, w->t <= -0x1p63);
        return;
    }
}

static void add_after(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    int64_t z = m->zero, sum;
    switch (m->a.zero) {
    case TB_ZERO_BEFORE:
        return;
    case TB_ZERO_AFTER:
        w->n = clamped(w->n, -TB_BEYOND, TB_BEYOND) + z;
        return;
    case TB_ZERO_AFTER_INT32:
        sum = clamped(w->n, INT32_MIN, INT32_MAX) + z;
        tb_affine_jump(w, (sum + (INT64_C(1) << 31)) >> 32);
        w->n = (int32_t)(uint32_t)(uint64_t)sum;
        return;
    case TB_ZERO_AFTER_INT64:
        tb_affine_jump(w, __builtin_add_overflow(w->n, z, &sum));
        w->n = sum;
        return;
    case TB_ZERO_AFTER_INT16:
        w->n = clamped(clamped(w->n, INT16_MIN, INT16_MAX) + z, INT16_MIN, INT16_MAX);
        return;
    case TB_ZERO_AFTER_FP32:
        w->n = cut_to_integer((double)((float)w->n + (float)z));
        return;
    }
}

static void clamp(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    if (m->a.clamp == TB_CLAMP_AFTER)
        w->n = clamped(w->n, m->low, m->high);
}

/* ---- The mask of a fake quantization: 0 below, 1 inside, 2 above, 3 NaN. ---- */

static int64_t place(int64_t n, int64_t low, int64_t high) {
    return n < low ? 0 : n <= high ? 1 : 2;
}

static int64_t mask(const struct tb_affine_machine *m, const struct tb_affine_walk *w) {
    bool no_number = w->nan && m->a.to_integer == TB_TO_ANY && m->a.nan == TB_NAN_AS_CONVERTED;
    switch (m->a.mask) {
    case TB_MASK_AFTER:
        return place(clamped(w->n, m->low, m->high), m->low, m->high);
    case TB_MASK_INPUT:
        return isnan(w->x) ? 3 : w->x < m->least ? 0 : w->x <= m->greatest ? 1 : 2;
    case TB_MASK_STRICT:
        return no_number ? 3 : place(w->n, m->low + 1, m->high - 1);
    case TB_MASK_NUMBER:
        return w->nan ? 3 : place(w->n, m->low, m->high);
    default:
        return no_number ? 3 : place(w->n, m->low, m->high);
    }
}

/* ---- The whole way. ---- */

static void round_scaled(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    if (m->a.zero == TB_ZERO_BEFORE && !tb_affine_holds_zero(m->a.apply))
        add_before(m, w);
    w->nan = isnan(w->t);
    if (m->a.clamp == TB_CLAMP_BEFORE) {
        w->t = w->t > m->clamp_low ? w->t : m->clamp_low;
        w->t = w->t < m->clamp_high ? w->t : m->clamp_high;
        w->side = w->t == m->clamp_low || w->t == m->clamp_high ? 0 : w->side;
    }
    if (m->a.to_integer == TB_TO_INT32_GUARD && !(w->t < 2147483520.0))
        w->t = 2147483520.0;
    if (!isnan(w->t) || m->rounding == TB_ROUND_MAGIC)
        round_value(m, w);
    else if (m->a.to_integer == TB_TO_INT32_X86)
        w->n = INT64_MAX; /* out of range: turns into the indefinite value */
    else if (m->a.to_integer == TB_TO_INT64_X86)
        w->t = INFINITY;
}

/* A rule for NaN of its own. */
static int64_t nan_code(const struct tb_affine_machine *m) {
    switch (m->a.nan) {
    case TB_NAN_LOW:
        return m->low;
    case TB_NAN_HIGH:
        return m->high;
    case TB_NAN_ZERO_POINT:
        return clamped(m->zero, m->low, m->high);
    default:
        return clamped(0, m->low, m->high);
    }
}

static int64_t code_of(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    bool is_mask = tb_case_is_mask(&m->c);
    if (w->nan && m->a.nan != TB_NAN_AS_CONVERTED) {
        w->n = nan_code(m);
        return is_mask ? mask(m, w) : w->n;
    }
    to_register(m, w);
    if (tb_affine_counts_from_low(m->a.apply))
        w->n = clamped(w->n, -TB_BEYOND, TB_BEYOND) + m->least_code;
    else if (m->a.apply != TB_APPLY_FMA && m->a.clamp == TB_CLAMP_FIRST)
        w->n = clamped(w->n, m->low, m->high) + m->zero;
    else if (m->a.apply != TB_APPLY_FMA)
        add_after(m, w);
    if (is_mask)
        return mask(m, w);
    clamp(m, w);
    return w->n;
}

static int64_t walk(const struct tb_affine_machine *m, uint64_t pattern, struct tb_affine_walk *w) {
    if (m->c.operation == TB_DEQUANTIZE)
        return read_integer(m->c.source, pattern);
    if (m->c.operation == TB_REQUANTIZE) {
        w->q = read_integer(m->c.source, pattern);
        if (m->a.fixed) {
            tb_affine_fixed(m, w);
            return code_of(m, w);
        }
        scale_integer(m, w);
    } else {
        w->x = read_float(m, pattern);
        scale_float(m, w);
    }
    round_scaled(m, w);
    return code_of(m, w);
}

/* ---- Back to a value. ---- */

static double value_of(const struct tb_affine_machine *m, int64_t code) {
    enum tb_number n = m->a.output;
    double s = m->value_scale, least = m->value_offset;
    double difference = tb_narrow(n, (double)(code - m->zero)), above = (double)(code - m->c.affine.low);
    switch (m->a.revalue) {
    case TB_REVALUE_PRODUCT:
        return tb_narrow(n, difference * s);
    case TB_REVALUE_PREMULTIPLIED:
        return tb_narrow(n, tb_narrow(n, s * tb_narrow(n, (double)code)) - m->value_offset);
    case TB_REVALUE_FMA:
        return tb_fused(n, s, (double)code, -m->value_offset);
    case TB_REVALUE_DIVIDE:
    case TB_REVALUE_DIVIDE_AMAX:
        return tb_narrow(n, difference / m->value_inverse);
    case TB_REVALUE_LEAST:
        return tb_narrow(n, tb_narrow(n, above * s) + least);
    case TB_REVALUE_LINEAR:
        return tb_narrow(n, tb_narrow(n, above * m->value_inverse) + least);
    case TB_REVALUE_RANGE:
        return tb_narrow(n, tb_narrow(n, tb_narrow(n, above / m->levels) * m->value_range) + least);
    }
    return NAN;
}

static uint64_t value_pattern(const struct tb_affine_machine *m, int64_t code) {
    uint64_t pattern;
    if (m->a.output == TB_REAL && m->a.revalue == TB_REVALUE_PRODUCT && !m->a.through)
        return tb_affine_integer(&m->codes, (uint64_t)code & (tb_format_codes(m->codes.source) - 1));
    double value = tb_narrow(m->a.through, value_of(m, code));
    if (isnan(value) && tb_format_nan(m->c.destination, false, 0, &pattern))
        return pattern;
    return tb_integer_convert(&m->values, tb_double_bits(value));
}

uint64_t tb_affine_code_mask(const struct tb_affine_machine *m) {
    bool is_code = m->c.destination->kind == TB_INTEGER && !tb_case_is_mask(&m->c);
    return is_code ? (UINT64_C(1) << m->c.destination->bits) - 1 : 0;
}

uint64_t tb_affine_machine_output(const struct tb_affine_machine *m, int64_t code) {
    uint64_t mask = tb_affine_code_mask(m);
    if (mask)
        return (uint64_t)code & mask;
    return tb_case_is_mask(&m->c) ? code == 1 : value_pattern(m, code);
}

bool tb_affine_machine_scaled(const struct tb_affine_machine *m, uint64_t pattern, double *t) {
    struct tb_affine_walk w = {0};
    if (m->c.operation == TB_DEQUANTIZE || m->a.fixed)
        return false;
    if (m->c.operation == TB_REQUANTIZE) {
        w.q = read_integer(m->c.source, pattern);
        scale_integer(m, &w);
    } else {
        w.x = read_float(m, pattern);
        scale_float(m, &w);
    }
    if (m->a.zero == TB_ZERO_BEFORE && !tb_affine_holds_zero(m->a.apply))
        add_before(m, &w);
    *t = w.t;
    return true;
}

uint64_t tb_affine_machine_at(const struct tb_affine_machine *m, uint64_t pattern) {
    struct tb_affine_walk w = {0};
    return tb_affine_machine_output(m, walk(m, pattern, &w));
}

uint64_t tb_affine_machine_key(const struct tb_affine_machine *m, uint64_t pattern, int64_t *code) {
    struct tb_affine_walk w = {0};
    *code = walk(m, pattern, &w);
    return tb_affine_key(w.jumps, w.nan, *code);
}
