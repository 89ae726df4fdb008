/* The second way to quantization parameters: the definition in problem_qparams.h on GMP rationals.
 *
 * Nothing here calls MPFR or decodes data with vectors/. Every number is a fraction in lowest terms, and
 * fifth roots are whole numbers of 2^-ROOT. */
#include "reference/problem_qparams.h"
#include "reference/problem_qparams_rational_search.h"

#include "reference/integer_encode.h"

#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROOT = 1000 };

struct group {
    const struct tb_qparams *q;
    mpq_t *x; /* all batches, one after the other */
    uint32_t n;
    mpq_t low, high, scale;
    bool nan, infinite; /* the scale */
};

/* ---- Reading and rounding. ---- */

static double half_value(uint32_t bits) {
    int field = bits >> 10 & 31;
    double fraction = bits & 1023, sign = bits >> 15 ? -1 : 1;
    if (field == 31)
        return fraction != 0 ? NAN : sign * INFINITY;
    return sign * ldexp(field ? fraction + 1024 : fraction, (field ? field : 1) - 25);
}

/* fp32, bf16 (fp32 without its lower half) and fp16, told apart by their precision. */
static double element(const struct tb_qparams *q, const void *record, uint32_t place) {
    const unsigned char *at = (const unsigned char *)record + (size_t)place * (q->data->bits / 8);
    uint32_t bits = 0;
    float value;
    memcpy(&bits, at, (size_t)q->data->bits / 8);
    if (q->data->precision == 11)
        return half_value(bits);
    bits <<= 32 - q->data->bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t special_pattern(const struct tb_format *f, enum tb_class class) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    return tb_integer_encode(&into, class, false, 0, 0);
}

/* 64 significant bits of |x|, the last one set where more follow. */
static uint64_t pattern_of(const struct tb_format *f, mpq_srcptr x) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    if (mpq_sgn(x) == 0)
        return special_pattern(f, TB_ZERO);
    mpz_t top, rest;
    mpz_inits(top, rest, NULL);
    long exponent = (long)mpz_sizeinbase(mpq_numref(x), 2) - (long)mpz_sizeinbase(mpq_denref(x), 2) - 63;
    mpz_abs(top, mpq_numref(x));
    mpz_mul_2exp(top, top, exponent < 0 ? (mp_bitcnt_t)-exponent : 0);
    mpz_mul_2exp(rest, mpq_denref(x), exponent > 0 ? (mp_bitcnt_t)exponent : 0);
    mpz_tdiv_qr(top, rest, top, rest);
    uint64_t significand = mpz_get_ui(top) | (mpz_sgn(rest) != 0);
    mpz_clears(top, rest, NULL);
    return tb_integer_encode(&into, TB_FINITE, mpq_sgn(x) < 0, significand, (int)exponent);
}

/* floor(x + 1/2), one less where that was a tie that goes the other way. */
static int64_t integer_of(mpq_srcptr x, bool away, int64_t low, int64_t high) {
    mpz_t top, bottom, rest;
    if (mpq_cmp_si(x, low, 1) <= 0 || mpq_cmp_si(x, high, 1) >= 0)
        return mpq_cmp_si(x, low, 1) <= 0 ? low : high;
    mpz_inits(top, bottom, rest, NULL);
    mpz_mul_2exp(bottom, mpq_denref(x), 1);
    mpz_mul_2exp(top, mpq_numref(x), 1);
    mpz_add(top, top, mpq_denref(x));
    mpz_fdiv_qr(top, rest, top, bottom);
    int64_t n = mpz_get_si(top);
    bool tie = mpz_sgn(rest) == 0;
    mpz_clears(top, bottom, rest, NULL);
    return n - (tie && (away ? mpq_sgn(x) < 0 : n & 1));
}

static void set_fraction(mpq_ptr x, int64_t top, int64_t bottom) {
    mpq_set_si(x, top, (unsigned long)bottom);
    mpq_canonicalize(x);
}

/* ---- Ranges. ---- */

static int by_value(const void *a, const void *b) {
    return mpq_cmp((mpq_srcptr)a, (mpq_srcptr)b);
}

static void take_minmax(struct group *g) {
    qsort(g->x, g->n, sizeof g->x[0], by_value);
    mpq_set(g->low, g->x[0]);
    mpq_set(g->high, g->x[g->n - 1]);
}

/* m := (1 - c) * m + c * new, which is m + c * (new - m). */
static void blend(mpq_ptr m, mpq_srcptr new, double c) {
    mpq_t weight, term;
    mpq_inits(weight, term, NULL);
    mpq_set_d(weight, c);
    mpq_mul(term, weight, new);
    set_fraction(weight, 1, 1);
    mpq_t part;
    mpq_init(part);
    mpq_set_d(part, c);
    mpq_sub(weight, weight, part);
    mpq_mul(m, m, weight);
    mpq_add(m, m, term);
    mpq_clears(weight, term, part, NULL);
}

static void take_average(struct group *g) {
    for (uint32_t batch = 0; batch < g->q->batches; batch++) {
        mpq_t *x = g->x + (size_t)batch * g->n;
        qsort(x, g->n, sizeof x[0], by_value);
        if (batch == 0) {
            mpq_set(g->low, x[0]);
            mpq_set(g->high, x[g->n - 1]);
            continue;
        }
        blend(g->low, x[0], g->q->constant);
        blend(g->high, x[g->n - 1], g->q->constant);
    }
}

/* Weights of the two neighbours instead of a step from the lower one. */
static void quantile(const struct group *g, mpq_srcptr part, mpq_ptr out) {
    mpq_t h, one;
    mpz_t whole;
    mpq_inits(h, one, NULL);
    mpz_init(whole);
    set_fraction(one, g->n - 1, 1);
    mpq_mul(h, part, one);
    mpz_fdiv_q(whole, mpq_numref(h), mpq_denref(h));
    uint32_t below = (uint32_t)mpz_get_ui(whole), above = below + 1 < g->n ? below + 1 : below;
    set_fraction(one, below, 1);
    mpq_sub(h, h, one);
    mpq_mul(out, h, g->x[above]);
    set_fraction(one, 1, 1);
    mpq_sub(h, one, h);
    mpq_mul(h, h, g->x[below]);
    mpq_add(out, out, h);
    mpq_clears(h, one, NULL);
    mpz_clear(whole);
}

static void take_magnitudes(struct group *g) {
    for (uint32_t i = 0; i < g->n; i++)
        mpq_abs(g->x[i], g->x[i]);
}

static void take_percentile(struct group *g) {
    mpq_t p, rest;
    mpq_inits(p, rest, NULL);
    mpq_set_d(p, g->q->percentile);
    set_fraction(rest, 1, 1);
    mpq_sub(rest, rest, p);
    if (tb_qparams_is_symmetric(g->q))
        take_magnitudes(g);
    take_minmax(g);
    quantile(g, p, g->high);
    quantile(g, rest, g->low);
    if (tb_qparams_is_symmetric(g->q))
        mpq_neg(g->low, g->high);
    mpq_clears(p, rest, NULL);
}

/* Bin of each element: where it lies among the edges low + k * (high - low) / bins, found by walking them; x
 * is sorted. */
static void count_bins(const struct group *g, uint32_t bins, uint32_t *counts) {
    uint32_t bin = 0;
    mpq_t edge, step, share;
    mpq_inits(edge, step, share, NULL);
    set_fraction(share, 1, bins);
    mpq_sub(step, g->high, g->low);
    mpq_mul(step, step, share);
    mpq_add(edge, g->low, step);
    memset(counts, 0, bins * sizeof counts[0]);
    for (uint32_t i = 0; i < g->n; i++) {
        while (bin + 1 < bins && mpq_cmp(g->x[i], edge) >= 0) {
            mpq_add(edge, edge, step);
            bin++;
        }
        counts[bin]++;
    }
    mpq_clears(edge, step, share, NULL);
}

static void take_histogram(struct group *g) {
    uint32_t counts[2048], bins = g->q->bins;
    int64_t first = 0, last = bins - 1;
    mpq_t width, part;
    take_minmax(g);
    if (mpq_equal(g->low, g->high))
        return;
    count_bins(g, bins, counts);
    tb_search_histogram_rational(counts, bins, INT64_C(1) << g->q->code->bits, g->n, &first, &last);
    mpq_inits(width, part, NULL);
    mpq_sub(width, g->high, g->low);
    set_fraction(part, last + 1, bins);
    mpq_mul(part, part, width);
    mpq_add(g->high, g->low, part);
    set_fraction(part, first, bins);
    mpq_mul(part, part, width);
    mpq_add(g->low, g->low, part);
    mpq_clears(width, part, NULL);
}

static void take_entropy(struct group *g) {
    uint32_t counts[2048], bins = g->q->bins;
    mpq_t share;
    take_magnitudes(g);
    take_minmax(g);
    set_fraction(g->low, 0, 1);
    if (mpq_sgn(g->high) == 0)
        return;
    count_bins(g, bins, counts);
    mpq_init(share);
    set_fraction(share, tb_search_entropy_products(counts, bins, g->q->start, (uint32_t)g->q->high + 1),
                 bins);
    mpq_mul(g->high, g->high, share);
    mpq_neg(g->low, g->high);
    mpq_clear(share);
}

static void include_zero(struct group *g) {
    if (!g->q->zero_in_range || tb_qparams_is_symmetric(g->q))
        return;
    if (mpq_sgn(g->low) > 0)
        set_fraction(g->low, 0, 1);
    if (mpq_sgn(g->high) < 0)
        set_fraction(g->high, 0, 1);
}

/* ---- Scales. ---- */

static void raise_to(mpq_ptr x, double least) {
    mpq_t floor_value;
    mpq_init(floor_value);
    mpq_set_d(floor_value, least);
    if (mpq_cmp(x, floor_value) < 0)
        mpq_set(x, floor_value);
    mpq_clear(floor_value);
}

static void divide_by(mpq_ptr x, int64_t top, int64_t bottom) {
    mpq_t d;
    mpq_init(d);
    set_fraction(d, top, bottom);
    mpq_div(x, x, d);
    mpq_clear(d);
}

static void larger_side(struct group *g) {
    mpq_t side;
    mpq_init(side);
    mpq_neg(side, g->low);
    divide_by(side, -g->q->low, 1);
    mpq_set(g->scale, g->high);
    divide_by(g->scale, g->q->high, 1);
    if (mpq_cmp(side, g->scale) > 0)
        mpq_set(g->scale, side);
    mpq_clear(side);
}

static void greatest_magnitude(const struct group *g, mpq_ptr out) {
    mpq_t other;
    mpq_init(other);
    mpq_abs(out, g->low);
    mpq_abs(other, g->high);
    if (mpq_cmp(out, other) < 0)
        mpq_set(out, other);
    mpq_clear(other);
}

static void divide_range(struct group *g) {
    const struct tb_qparams *q = g->q;
    if (q->rule == TB_RULE_PER_SIDE) {
        larger_side(g);
    } else if (tb_qparams_is_symmetric(q)) {
        greatest_magnitude(g, g->scale);
        raise_to(g->scale, q->least);
        divide_by(g->scale, q->rule == TB_RULE_ABSMAX ? q->high : q->high - q->low,
                  q->rule == TB_RULE_ABSMAX ? 1 : 2);
    } else {
        mpq_sub(g->scale, g->high, g->low);
        raise_to(g->scale, q->least);
        divide_by(g->scale, q->high - q->low, 1);
    }
    raise_to(g->scale, q->eps);
}

static void replace_empty(struct group *g) {
    double empty = g->q->empty;
    if (empty == -1 || empty == -2) {
        set_fraction(g->low, empty == -1 ? 0 : -1, 1);
        set_fraction(g->high, 1, 1);
        divide_range(g);
    } else if (empty == -3) {
        g->nan = true;
    } else {
        mpq_set_d(g->scale, empty);
    }
}

static void keep_stored(struct group *g, uint64_t pattern) {
    struct tb_value v = tb_format_decode(g->q->scale, pattern);
    if (v.class == TB_INFINITE) {
        g->infinite = true;
        return;
    }
    set_fraction(g->scale, v.class == TB_FINITE ? (int64_t)v.significand : 0, 1);
    if (v.exponent < 0)
        mpq_div_2exp(g->scale, g->scale, (mp_bitcnt_t)-v.exponent);
    else
        mpq_mul_2exp(g->scale, g->scale, (mp_bitcnt_t)v.exponent);
}

static uint64_t make_scale(struct group *g) {
    g->nan = g->infinite = false;
    divide_range(g);
    if (mpq_sgn(g->scale) == 0)
        replace_empty(g);
    uint64_t pattern =
        g->nan ? special_pattern(g->q->scale, TB_NOT_A_NUMBER) : pattern_of(g->q->scale, g->scale);
    if (g->q->stored && !g->nan)
        keep_stored(g, pattern);
    return pattern;
}

static bool is_number(const struct group *g) {
    return !g->nan && !g->infinite && mpq_sgn(g->scale) != 0;
}

/* ---- Zero points. ---- */

static void code_at(const struct group *g, int64_t code, mpq_srcptr end, mpq_ptr out) {
    mpq_t t;
    mpq_init(t);
    mpq_div(t, end, g->scale);
    set_fraction(out, code, 1);
    mpq_sub(out, out, t);
    mpq_clear(t);
}

static void error_at(const struct group *g, int64_t code, mpq_srcptr end, mpq_ptr out) {
    mpq_t t;
    mpq_init(t);
    mpq_div(t, end, g->scale);
    mpq_abs(t, t);
    if (g->q->end == TB_END_MINUS)
        mpq_neg(t, t);
    set_fraction(out, llabs(code), 1);
    mpq_add(out, out, t);
    mpq_clear(t);
}

static int64_t integer_zero(const struct group *g) {
    const struct tb_qparams *q = g->q;
    if (q->rule != TB_RULE_ASYMMETRIC)
        return tb_qparams_middle(q);
    if (!is_number(g))
        return q->low > 0 ? q->low : q->high < 0 ? q->high : 0;
    mpq_t at_low, at_high;
    mpq_inits(at_low, at_high, NULL);
    error_at(g, q->low, g->low, at_low);
    error_at(g, q->high, g->high, at_high);
    bool minimum = q->end == TB_END_MIN || mpq_cmp(at_low, at_high) < 0;
    code_at(g, minimum ? q->low : q->high, minimum ? g->low : g->high, at_low);
    int64_t zero = integer_of(at_low, q->away, q->low, q->high);
    mpq_clears(at_low, at_high, NULL);
    return zero;
}

static uint64_t float_zero(const struct group *g) {
    const struct tb_qparams *q = g->q;
    mpq_t zero;
    if (!is_number(g))
        return special_pattern(q->scale, g->nan ? TB_NOT_A_NUMBER : TB_ZERO);
    mpq_init(zero);
    if (q->rule == TB_RULE_FLOAT_ZERO) {
        set_fraction(zero, tb_qparams_middle(q), 1);
        mpq_mul(zero, zero, g->scale);
        mpq_add(zero, zero, g->low);
    } else {
        code_at(g, q->low, g->low, zero);
    }
    uint64_t pattern = pattern_of(q->scale, zero);
    mpq_clear(zero);
    return pattern;
}

/* ---- The search for the least error. ---- */

/* total += |d / unit|^(fifths / 5) * 2^ROOT, cut to a whole number; without roots `exact` += |d|^power. */
static void add_power(mpq_srcptr d, mpq_srcptr unit, unsigned fifths, mpz_ptr total, mpq_ptr exact) {
    mpq_t power, ratio;
    mpz_t root;
    mpq_inits(power, ratio, NULL);
    mpz_init(root);
    bool whole = fifths % 5 == 0;
    unsigned times = whole ? fifths / 5 : fifths;
    mpq_set(ratio, d);
    if (!whole)
        mpq_div(ratio, ratio, unit);
    mpz_pow_ui(mpq_numref(power), mpq_numref(ratio), times);
    mpz_pow_ui(mpq_denref(power), mpq_denref(ratio), times);
    if (whole) {
        mpq_add(exact, exact, power);
    } else {
        mpz_mul_2exp(root, mpq_numref(power), 5 * ROOT);
        mpz_fdiv_q(root, root, mpq_denref(power));
        mpz_root(root, root, 5);
        mpz_add(total, total, root);
    }
    mpq_clears(power, ratio, NULL);
    mpz_clear(root);
}

static void error_of_element(const struct group *g, mpq_srcptr x, int64_t zero, mpq_ptr d) {
    mpq_t t;
    mpq_init(t);
    mpq_div(t, x, g->scale);
    set_fraction(d, integer_of(t, false, g->q->low - zero, g->q->high - zero), 1);
    mpq_mul(d, d, g->scale);
    mpq_sub(d, d, x);
    mpq_abs(d, d);
    mpq_clear(t);
}

struct errors {
    mpz_t total;
    mpq_t exact;
};

static void sum_errors(struct group *g, mpq_srcptr unit, struct errors *e) {
    unsigned fifths = (unsigned)(g->q->power * 5);
    mpq_t d;
    mpq_init(d);
    make_scale(g);
    int64_t zero = integer_zero(g);
    mpz_set_ui(e->total, 0);
    set_fraction(e->exact, 0, 1);
    for (uint32_t i = 0; is_number(g) && mpq_sgn(unit) && i < g->n; i++) {
        error_of_element(g, g->x[i], zero, d);
        add_power(d, unit, fifths, e->total, e->exact);
    }
    mpq_clear(d);
}

/* The roots of `slack` elements are cut. */
static bool is_less(const struct errors *a, const struct errors *b, uint32_t slack) {
    mpz_t bound;
    if (mpq_cmp(a->exact, b->exact) < 0)
        return true;
    mpz_init(bound);
    mpz_add_ui(bound, a->total, slack);
    bool less = mpz_cmp(bound, b->total) < 0;
    mpz_clear(bound);
    return less;
}

static void shrink(struct group *g, mpq_srcptr from, mpq_srcptr to, int64_t percent) {
    mpq_t share;
    mpq_init(share);
    set_fraction(share, percent, 100);
    mpq_mul(g->low, from, share);
    mpq_mul(g->high, to, share);
    mpq_clear(share);
}

static void take_mse(struct group *g) {
    struct errors now, best;
    int64_t kept = 100;
    mpq_t from, to, unit;
    mpq_inits(from, to, unit, now.exact, best.exact, NULL);
    mpz_inits(now.total, best.total, NULL);
    take_minmax(g);
    include_zero(g);
    mpq_set(from, g->low);
    mpq_set(to, g->high);
    greatest_magnitude(g, unit);
    for (int64_t i = 0; i < 80; i++) {
        shrink(g, from, to, 100 - i);
        sum_errors(g, unit, &now);
        if (i == 0 || is_less(&now, &best, g->n)) {
            kept = 100 - i;
            mpq_set(best.exact, now.exact);
            mpz_set(best.total, now.total);
        }
    }
    shrink(g, from, to, kept);
    mpq_clears(from, to, unit, now.exact, best.exact, NULL);
    mpz_clears(now.total, best.total, NULL);
}

/* ---- A record. ---- */

static void take_range(struct group *g) {
    switch (g->q->range) {
    case TB_RANGE_MINMAX:
        take_minmax(g);
        break;
    case TB_RANGE_AVERAGE:
        take_average(g);
        break;
    case TB_RANGE_PERCENTILE:
        take_percentile(g);
        break;
    case TB_RANGE_HISTOGRAM:
        take_histogram(g);
        break;
    case TB_RANGE_ENTROPY:
        take_entropy(g);
        break;
    case TB_RANGE_MSE:
        take_mse(g);
        return;
    }
    include_zero(g);
}

/* False where an element is none. */
static bool load(struct group *g, const void *input, uint32_t group) {
    g->nan = g->infinite = false;
    for (uint32_t batch = 0; batch < g->q->batches; batch++)
        for (uint32_t i = 0; i < g->n; i++) {
            double x = element(g->q, input, tb_qparams_place(g->q, batch, group, i));
            g->nan |= isnan(x);
            g->infinite |= isinf(x) != 0;
            if (isfinite(x))
                mpq_set_d(g->x[(size_t)batch * g->n + i], x);
        }
    g->infinite &= !g->nan;
    return !g->nan && !g->infinite;
}

static void answer_group(const struct tb_problem *p, struct group *g, const void *input, uint32_t group,
                         void *output) {
    uint64_t scale;
    if (load(g, input, group)) {
        take_range(g);
        scale = make_scale(g);
    } else {
        scale = special_pattern(g->q->scale, g->nan ? TB_NOT_A_NUMBER : TB_INFINITE);
    }
    uint64_t zero = tb_qparams_float_zero(g->q) ? float_zero(g) : (uint32_t)integer_zero(g);
    tb_field_set(&p->output.fields[0], output, group, scale);
    tb_field_set(&p->output.fields[1], output, group, zero);
}

void tb_qparams_rational(const struct tb_problem *p, const void *input, void *output) {
    struct tb_qparams q = tb_qparams_of(p);
    struct group g = {.q = &q, .n = q.group_size};
    uint32_t count = q.batches * g.n;
    g.x = malloc(count * sizeof g.x[0]);
    if (!g.x)
        abort();
    for (uint32_t i = 0; i < count; i++)
        mpq_init(g.x[i]);
    mpq_inits(g.low, g.high, g.scale, NULL);
    for (uint32_t group = 0; group < q.groups; group++)
        answer_group(p, &g, input, group, output);
    mpq_clears(g.low, g.high, g.scale, NULL);
    for (uint32_t i = 0; i < count; i++)
        mpq_clear(g.x[i]);
    free(g.x);
}
