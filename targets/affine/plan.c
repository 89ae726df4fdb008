#include "targets/affine/plan.h"

#include "targets/affine/line.h"
#include "vectors/affine_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tables of at most this many steps a side; a fake quantization may use more, and is then worked out input by
 * input. */
#define MOST_STEPS (INT64_C(1) << 20)
/* An estimate of t is this much too low on purpose, so that it never exceeds the step: far more than its
 * error, |t| < 2^33 times 2^-51. */
#define MARGIN 0x1p-12

bool tb_affine_request(const struct tb_request *request, struct tb_case *c) {
    return strcmp(request->operation, "convert") != 0 && tb_case_parse(request->case_id, c, NULL) &&
           tb_case_is_affine(c);
}

/* ---- Boundaries. ---- */

uint32_t tb_affine_reach(const struct tb_case *c, bool negative, int64_t k, bool *exclusive) {
    const uint32_t none = 0, half = 1u << 23, whole = 1u << 24;
    bool odd = k & 1;
    *exclusive = false;
    switch ((int)c->rounding) {
    case TB_RNE: /* the tie below k is k's where k is even */
        *exclusive = odd;
        return half;
    case TB_RHU:
        *exclusive = negative;
        return half;
    case TB_RNA:
        return half;
    case TB_RU:
        *exclusive = !negative;
        return negative ? none : whole;
    case TB_RD:
        *exclusive = negative;
        return negative ? whole : none;
    case TB_RTO: /* all between two integers goes to the odd one */
        *exclusive = odd;
        return odd ? whole : none;
    case TB_STOCHASTIC:
        return c->affine.random << (24 - c->affine.random_bits);
    default: /* TB_RTZ */
        return none;
    }
}

uint64_t tb_affine_boundary(const struct tb_affine_plan *p, bool negative, int64_t k) {
    bool exclusive, multiplies = p->c.operation == TB_REQUANTIZE;
    uint32_t reach = tb_affine_reach(&p->c, negative, k, &exclusive);
    double scale = fabs(p->c.affine.scale);
    wide distance = ((wide)k << 24) - reach; /* in 2^-24 */
    int exponent;
    if (isnan(scale) || (multiplies ? scale == 0 : isinf(scale))) /* t is zero or NaN */
        return UINT64_MAX;
    if (isinf(scale) || scale == 0) /* t is infinite unless the input is zero */
        return 1;
    uint64_t significand = (uint64_t)ldexp(frexp(scale, &exponent), 53);
    exponent -= 53;
    if (multiplies)
        return tb_line_integer(distance, -24 - exponent, significand, exclusive);
    return tb_line_float(p->line, distance * significand, exponent - 24, exclusive);
}

/* ---- Values of codes. ---- */

/* NaN and infinities, or the largest value where the format lacks them: of NaN the positive one, as PTX cvt.
 */
static uint64_t nan_pattern(const struct tb_format *f) {
    uint64_t pattern = 0;
    if (!tb_format_nan(f, false, 0, &pattern))
        tb_format_largest(f, false, &pattern);
    return pattern;
}

static uint64_t infinity_pattern(const struct tb_format *f, bool negative) {
    uint64_t pattern = 0;
    if (!tb_format_infinity(f, negative, &pattern))
        tb_format_largest(f, negative, &pattern);
    return pattern;
}

uint64_t tb_affine_plan_value(const struct tb_affine_plan *p, int64_t q) {
    const struct tb_format *f = p->c.destination;
    double scale = p->c.affine.scale;
    int64_t steps = q - p->c.affine.zero;
    bool negative = (steps < 0) != (signbit(scale) != 0);
    enum tb_rounding rounding = p->c.operation == TB_DEQUANTIZE ? p->c.rounding : TB_RNE;
    uint64_t pattern = 0;
    int exponent;
    if (isnan(scale) || (steps == 0 && isinf(scale)))
        return nan_pattern(f);
    if (steps == 0 || scale == 0)
        return tb_format_zero(f, negative, &pattern) ? pattern : 0;
    if (isinf(scale))
        return infinity_pattern(f, negative);
    uint64_t significand = (uint64_t)ldexp(frexp(fabs(scale), &exponent), 53);
    wide product = (wide)(uint64_t)(steps < 0 ? -steps : steps) * significand;
    return tb_line_encode(f, rounding, negative, product, exponent - 53) << f->padding;
}

/* ---- Codes. ---- */

static uint64_t step_boundary(const struct tb_affine_plan *p, int negative, uint64_t step) {
    return tb_affine_boundary(p, negative, p->side[negative].base + (int64_t)step);
}

/* The magnitude as a number. Integers below 2^32 and floats of at most 32 bits fit a double; where a user's
 * own format exceeds its exponents, infinity and zero serve an estimate as well. */
static double magnitude_value(const struct tb_format *line, uint32_t magnitude) {
    uint32_t bits = magnitude;
    float x;
    if (line->kind == TB_INTEGER)
        return magnitude;
    if (line->bits + line->padding == 32) { /* fp32 and tf32 */
        bits <<= line->padding;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    struct tb_value v = tb_format_decode(line, magnitude);
    return v.class == TB_ZERO     ? 0
           : v.class == TB_FINITE ? ldexp((double)v.significand, v.exponent)
                                  : INFINITY;
}

static inline uint32_t estimate(const struct tb_affine_side *side, double t) {
    double step = t + side->offset;
    step = step > 0 ? step : 0; /* NaN too: 0 / 0 and 0 * inf */
    step = step < side->count ? step : side->count;
    return (uint32_t)step;
}

int64_t tb_affine_code(const struct tb_affine_plan *p, bool negative_input, uint32_t magnitude) {
    bool negative = negative_input != p->scale_is_negative;
    const struct tb_affine_side *side = &p->side[negative];
    if (magnitude > p->last_number)
        magnitude = 0;
    uint32_t step = estimate(side, magnitude_value(p->line, magnitude) * p->multiplier);
    if (side->last)
        while (magnitude > side->last[step])
            step++;
    else
        while (step < side->count && magnitude >= step_boundary(p, negative, (uint64_t)step + 1))
            step++;
    return negative ? side->first - step : side->first + step;
}

uint64_t tb_affine_output(const struct tb_affine_plan *p, uint64_t pattern) {
    const struct tb_format *line = p->line;
    uint64_t code = pattern >> line->padding, sign = line->is_signed ? UINT64_C(1) << (line->bits - 1) : 0;
    bool negative = code & sign, is_float = line->kind == TB_FLOAT;
    uint64_t magnitude = is_float ? code & (sign - 1) : negative ? 2 * sign - code : code;
    if (tb_case_is_mask(&p->c)) {
        const uint32_t *inside = p->inside[negative != p->scale_is_negative];
        bool is_nan = line->nan == TB_NAN_NEGATIVE_ZERO && negative && !magnitude;
        return !is_nan && inside[0] <= magnitude && magnitude <= inside[1];
    }
    int64_t q = p->c.operation == TB_DEQUANTIZE ? (negative ? -(int64_t)magnitude : (int64_t)magnitude)
                                                : tb_affine_code(p, negative, (uint32_t)magnitude);
    if (p->c.destination->kind == TB_INTEGER)
        return (uint64_t)q & p->destination_mask;
    return p->value ? p->value[q - p->low] : tb_affine_plan_value(p, q);
}

/* ---- Making a plan. ---- */

static int64_t clamp(int64_t x, int64_t low, int64_t high) {
    return x < low ? low : x > high ? high : x;
}

static void count_steps(struct tb_affine_plan *p, int negative) {
    const struct tb_affine *a = &p->c.affine;
    struct tb_affine_side *side = &p->side[negative];
    int64_t least = negative ? a->zero - a->high : a->low - a->zero;
    int64_t most = negative ? a->zero - a->low : a->high - a->zero;
    bool ignored;
    side->base = least > 0 ? least : 0;
    side->count = most > side->base ? (uint32_t)(most - side->base) : 0;
    side->first = clamp(negative ? a->zero - side->base : a->zero + side->base, a->low, a->high);
    /* Steps to odd jump over the even integers: the lower of two neighbours is a safe start. */
    double reach = p->c.rounding == TB_RTO ? 0 : 0x1p-24 * tb_affine_reach(&p->c, negative, 1, &ignored);
    side->offset = reach - MARGIN - (double)side->base;
}

static void fill_steps(const struct tb_affine_plan *p, int negative, uint32_t *last) {
    const struct tb_affine_side *side = &p->side[negative];
    for (uint32_t step = 0; step < side->count; step++) {
        uint64_t next = step_boundary(p, negative, (uint64_t)step + 1);
        last[step] = next > UINT32_MAX ? UINT32_MAX : (uint32_t)next - 1;
    }
    last[side->count] = UINT32_MAX;
}

/* Of the magnitudes with a t that is a number, those with low <= n + z <= high. */
static void find_inside(struct tb_affine_plan *p, int negative) {
    const struct tb_affine *a = &p->c.affine;
    int64_t least = negative ? a->zero - a->high : a->low - a->zero;
    int64_t most = negative ? a->zero - a->low : a->high - a->zero;
    uint64_t infinity = UINT64_MAX, first = a->scale == 0, last = p->last_number;
    bool none = isnan(a->scale) || most < 0;
    if (isinf(a->scale) && tb_format_infinity(p->line, false, &infinity))
        last = (infinity >> p->line->padding) - 1;
    if (!none && least > 0) {
        uint64_t from = tb_affine_boundary(p, negative, least);
        first = from > first ? from : first;
    }
    uint64_t beyond = none ? 0 : tb_affine_boundary(p, negative, most + 1);
    if (!none && beyond <= last)
        last = beyond - 1;
    none |= first > last;
    p->inside[negative][0] = none ? 1 : (uint32_t)first;
    p->inside[negative][1] = none ? 0 : (uint32_t)last;
}

static uint32_t last_number(const struct tb_format *line) {
    uint64_t pattern;
    if (line->kind == TB_INTEGER)
        return UINT32_MAX;
    if (!tb_format_infinity(line, false, &pattern))
        tb_format_largest(line, false, &pattern);
    return (uint32_t)(pattern >> line->padding);
}

/* |t| of one unit, and whether the answers need steps, values or both. */
static void set_constants(struct tb_affine_plan *p, const struct tb_case *c, const struct tb_format *line) {
    double scale = fabs(c->affine.scale);
    p->c = *c;
    p->line = line;
    p->multiplier = c->operation == TB_REQUANTIZE ? scale : 1 / scale;
    p->scale_is_negative = signbit(c->affine.scale);
    p->last_number = last_number(line);
    p->low = c->affine.low;
    p->high = c->affine.high;
    p->destination_mask = (UINT64_C(1) << (c->destination->bits & 63)) - 1;
}

struct tb_affine_plan *tb_affine_plan_make(const struct tb_case *c, const struct tb_format *line) {
    struct tb_affine_plan plan = {0}, *p;
    bool coded = c->operation != TB_DEQUANTIZE && !tb_case_is_mask(c);
    set_constants(&plan, c, line);
    size_t values = 0, steps = 0;
    bool few = plan.high - plan.low < MOST_STEPS;
    for (int negative = 0; negative < 2 && coded; negative++) {
        count_steps(&plan, negative);
        steps += few ? plan.side[negative].count + 1 : 0;
    }
    if (few && c->destination->kind != TB_INTEGER)
        values = (size_t)(plan.high - plan.low + 1);
    p = malloc(sizeof *p + values * sizeof(uint64_t) + steps * sizeof(uint32_t));
    if (!p)
        return NULL;
    *p = plan;
    uint64_t *value = (uint64_t *)(p + 1);
    uint32_t *last = (uint32_t *)(value + values);
    for (size_t i = 0; i < values; i++)
        value[i] = tb_affine_plan_value(p, p->low + (int64_t)i);
    p->value = values ? value : NULL;
    for (int negative = 0; negative < 2; negative++) {
        if (tb_case_is_mask(c))
            find_inside(p, negative);
        if (!coded || !few)
            continue;
        fill_steps(p, negative, last);
        p->side[negative].last = last;
        last += p->side[negative].count + 1;
    }
    return p;
}
