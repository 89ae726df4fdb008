/* Quantization parameters on GNU MPFR: the definition in problem_qparams.h, written to be read.
 *
 * A range is two numbers over a whole `unit`, a scale is `top` over `bottom`. Sums and products of data are
 * exact in EXACT bits: fp32 data span 277 bits, and eight batches of a moving average add 53 bits each. Only
 * quotients, logarithms and fifth roots are not, and those are cut to odd or compared with far more bits than
 * two different ones could share. */
#include "reference/problem_qparams.h"
#include "reference/problem_qparams_search.h"
#include "reference/round_once.h"

#include <stdlib.h>
#include <string.h>

enum { EXACT = 2048, ELEMENT = 24, QUOTIENT = 192 };

struct work {
    const struct tb_qparams *q;
    const struct tb_field *field;
    const void *record;
    uint32_t group;
    mpfr_t *x; /* of one batch of the group */
    uint32_t n;
    mpfr_t low, high; /* the range, times unit */
    unsigned long unit;
    mpfr_t top, bottom; /* the scale */
    mpfr_t a, b;
};

/* What no real number is. */
enum special { NUMBER, INFINITE, NOT_A_NUMBER };

static void load(struct work *w, uint32_t batch) {
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t place = tb_qparams_place(w->q, batch, w->group, i);
        tb_set_pattern(w->x[i], w->q->data, tb_field_get(w->field, w->record, place));
    }
}

static enum special special_of(struct work *w) {
    enum special worst = NUMBER;
    for (uint32_t batch = 0; batch < w->q->batches; batch++) {
        load(w, batch);
        for (uint32_t i = 0; i < w->n; i++)
            if (mpfr_nan_p(w->x[i]))
                worst = NOT_A_NUMBER;
            else if (mpfr_inf_p(w->x[i]) && worst == NUMBER)
                worst = INFINITE;
    }
    return worst;
}

/* ---- Ranges. ---- */

static void extremes(const struct work *w, mpfr_ptr low, mpfr_ptr high) {
    mpfr_set(low, w->x[0], MPFR_RNDN);
    mpfr_set(high, w->x[0], MPFR_RNDN);
    for (uint32_t i = 1; i < w->n; i++) {
        if (mpfr_less_p(w->x[i], low))
            mpfr_set(low, w->x[i], MPFR_RNDN);
        if (mpfr_greater_p(w->x[i], high))
            mpfr_set(high, w->x[i], MPFR_RNDN);
    }
}

static void take_minmax(struct work *w) {
    load(w, 0);
    extremes(w, w->low, w->high);
}

/* m + c * (new - m) */
static void move(mpfr_ptr m, mpfr_ptr new, double c) {
    mpfr_sub(new, new, m, MPFR_RNDN);
    mpfr_mul_d(new, new, c, MPFR_RNDN);
    mpfr_add(m, m, new, MPFR_RNDN);
}

static void take_average(struct work *w) {
    take_minmax(w);
    for (uint32_t batch = 1; batch < w->q->batches; batch++) {
        load(w, batch);
        extremes(w, w->a, w->b);
        move(w->low, w->a, w->q->constant);
        move(w->high, w->b, w->q->constant);
    }
}

static int by_value(const void *a, const void *b) {
    return mpfr_cmp((mpfr_srcptr)a, (mpfr_srcptr)b);
}

/* The quantile `part` of sorted data; `part` is overwritten. */
static void quantile(struct work *w, mpfr_ptr part, mpfr_ptr out) {
    mpfr_mul_ui(part, part, w->n - 1, MPFR_RNDN);
    uint32_t below = (uint32_t)mpfr_get_ui(part, MPFR_RNDZ);
    mpfr_set(out, w->x[below], MPFR_RNDN);
    if (below + 1 == w->n)
        return;
    mpfr_t step;
    mpfr_init2(step, EXACT);
    mpfr_sub(step, w->x[below + 1], w->x[below], MPFR_RNDN);
    mpfr_sub_ui(part, part, below, MPFR_RNDN);
    mpfr_fma(out, part, step, out, MPFR_RNDN);
    mpfr_clear(step);
}

static void take_percentile(struct work *w) {
    bool symmetric = tb_qparams_is_symmetric(w->q);
    load(w, 0);
    for (uint32_t i = 0; symmetric && i < w->n; i++)
        mpfr_abs(w->x[i], w->x[i], MPFR_RNDN);
    qsort(w->x, w->n, sizeof w->x[0], by_value);
    mpfr_set_d(w->a, w->q->percentile, MPFR_RNDN);
    mpfr_ui_sub(w->b, 1, w->a, MPFR_RNDN);
    quantile(w, w->a, w->high);
    quantile(w, w->b, w->low);
    if (symmetric)
        mpfr_neg(w->low, w->high, MPFR_RNDN);
}

/* Counts of the loaded data in equal bins over [low, high], not empty, the last one closed. */
static void count_bins(struct work *w, uint32_t bins, uint32_t *counts) {
    mpfr_t place, width;
    mpfr_init2(place, EXACT);
    mpfr_init2(width, EXACT);
    mpfr_sub(width, w->high, w->low, MPFR_RNDN);
    memset(counts, 0, bins * sizeof counts[0]);
    for (uint32_t i = 0; i < w->n; i++) {
        mpfr_sub(place, w->x[i], w->low, MPFR_RNDN);
        mpfr_mul_ui(place, place, bins, MPFR_RNDN);
        mpfr_div(place, place, width, MPFR_RNDZ);
        uint32_t bin = (uint32_t)mpfr_get_ui(place, MPFR_RNDZ);
        counts[bin < bins ? bin : bins - 1]++;
    }
    mpfr_clears(place, width, (mpfr_ptr)0);
}

static void take_histogram(struct work *w) {
    uint32_t counts[2048], bins = w->q->bins, first = 0, last = bins - 1;
    take_minmax(w);
    if (mpfr_equal_p(w->low, w->high))
        return;
    count_bins(w, bins, counts);
    tb_histogram_search(counts, bins, UINT32_C(1) << w->q->code->bits, &first, &last);
    mpfr_sub(w->a, w->high, w->low, MPFR_RNDN);
    mpfr_mul_ui(w->low, w->low, bins, MPFR_RNDN);
    mpfr_mul_ui(w->b, w->a, last + 1, MPFR_RNDN);
    mpfr_add(w->high, w->low, w->b, MPFR_RNDN);
    mpfr_mul_ui(w->b, w->a, first, MPFR_RNDN);
    mpfr_add(w->low, w->low, w->b, MPFR_RNDN);
    w->unit = bins;
}

static void take_entropy(struct work *w) {
    uint32_t counts[2048], bins = w->q->bins;
    load(w, 0);
    for (uint32_t i = 0; i < w->n; i++)
        mpfr_abs(w->x[i], w->x[i], MPFR_RNDN);
    extremes(w, w->a, w->high);
    mpfr_set_zero(w->low, 1);
    if (mpfr_zero_p(w->high))
        return;
    count_bins(w, bins, counts);
    uint32_t kept = tb_entropy_search(counts, bins, w->q->start, (uint32_t)w->q->high + 1);
    mpfr_mul_ui(w->high, w->high, kept, MPFR_RNDN);
    mpfr_neg(w->low, w->high, MPFR_RNDN);
    w->unit = bins;
}

static void include_zero(struct work *w) {
    if (!w->q->zero_in_range || tb_qparams_is_symmetric(w->q))
        return;
    if (mpfr_sgn(w->low) > 0)
        mpfr_set_zero(w->low, 1);
    if (mpfr_sgn(w->high) < 0)
        mpfr_set_zero(w->high, 1);
}

/* ---- Scales. ---- */

/* a := the greatest magnitude of the range, or its width. */
static void measure(struct work *w) {
    if (tb_qparams_is_symmetric(w->q)) {
        mpfr_abs(w->a, w->low, MPFR_RNDN);
        mpfr_abs(w->b, w->high, MPFR_RNDN);
        mpfr_max(w->a, w->a, w->b, MPFR_RNDN);
    } else {
        mpfr_sub(w->a, w->high, w->low, MPFR_RNDN);
    }
    mpfr_set_d(w->b, w->q->least, MPFR_RNDN);
    mpfr_mul_ui(w->b, w->b, w->unit, MPFR_RNDN);
    mpfr_max(w->a, w->a, w->b, MPFR_RNDN);
}

/* min / lo or max / hi, whichever is larger. */
static void divide_sides(struct work *w) {
    mpfr_mul_si(w->a, w->low, -w->q->high, MPFR_RNDN);
    mpfr_mul_si(w->b, w->high, -w->q->low, MPFR_RNDN);
    bool at_low = mpfr_greaterequal_p(w->a, w->b);
    mpfr_neg(w->top, w->low, MPFR_RNDN);
    if (!at_low)
        mpfr_set(w->top, w->high, MPFR_RNDN);
    mpfr_set_ui(w->bottom, (unsigned long)(at_low ? -w->q->low : w->q->high), MPFR_RNDN);
}

static void divide_range(struct work *w) {
    const struct tb_qparams *q = w->q;
    if (q->rule == TB_RULE_PER_SIDE) {
        divide_sides(w);
    } else {
        measure(w);
        mpfr_mul_ui(w->top, w->a, q->rule == TB_RULE_SYMMETRIC ? 2 : 1, MPFR_RNDN);
        mpfr_set_si(w->bottom, q->rule == TB_RULE_ABSMAX ? q->high : q->high - q->low, MPFR_RNDN);
    }
    mpfr_mul_ui(w->bottom, w->bottom, w->unit, MPFR_RNDN);
    mpfr_mul_d(w->a, w->bottom, q->eps, MPFR_RNDN);
    if (mpfr_less_p(w->top, w->a))
        mpfr_set(w->top, w->a, MPFR_RNDN);
}

/* The scale of a range that gives 0. */
static void replace_empty(struct work *w) {
    double empty = w->q->empty;
    if (empty == TB_EMPTY_UNIT || empty == TB_EMPTY_SYMMETRIC) {
        mpfr_set_si(w->low, empty == TB_EMPTY_UNIT ? 0 : -1, MPFR_RNDN);
        mpfr_set_ui(w->high, 1, MPFR_RNDN);
        w->unit = 1;
        divide_range(w);
        return;
    }
    mpfr_set_ui(w->bottom, 1, MPFR_RNDN);
    mpfr_set_d(w->top, empty, MPFR_RNDN);
    if (empty == TB_EMPTY_NAN)
        mpfr_set_nan(w->top);
}

/* Leaves the scale that the zero point is computed from; returns the stored one. */
static uint64_t make_scale(struct work *w) {
    divide_range(w);
    if (mpfr_zero_p(w->top))
        replace_empty(w);
    uint64_t pattern = tb_quotient_pattern(w->q->scale, w->top, w->bottom);
    if (w->q->stored) {
        tb_set_pattern(w->top, w->q->scale, pattern);
        mpfr_set_ui(w->bottom, 1, MPFR_RNDN);
    }
    return pattern;
}

/* ---- Zero points. ---- */

/* a := code - end / s, cut to odd but for what a half could hide behind. */
static void subtract_quotient(struct work *w, int64_t code, mpfr_srcptr end) {
    mpfr_t quotient;
    mpfr_init2(quotient, QUOTIENT);
    mpfr_mul(w->a, end, w->bottom, MPFR_RNDN);
    mpfr_mul_ui(w->b, w->top, w->unit, MPFR_RNDN);
    tb_divide_to_odd(quotient, w->a, w->b);
    mpfr_si_sub(w->a, code, quotient, MPFR_RNDN);
    mpfr_clear(quotient);
}

/* out := |code| + sign * |end / s|, times top * unit. */
static void error_at(struct work *w, mpfr_ptr out, int64_t code, mpfr_srcptr end, int sign) {
    mpfr_t term;
    mpfr_init2(term, EXACT);
    mpfr_mul_si(out, w->top, code < 0 ? -code : code, MPFR_RNDN);
    mpfr_mul_ui(out, out, w->unit, MPFR_RNDN);
    mpfr_mul(term, end, w->bottom, MPFR_RNDN);
    mpfr_abs(term, term, MPFR_RNDN);
    mpfr_mul_si(term, term, sign, MPFR_RNDN);
    mpfr_add(out, out, term, MPFR_RNDN);
    mpfr_clear(term);
}

static bool takes_minimum(struct work *w) {
    const struct tb_qparams *q = w->q;
    int sign = q->end == TB_END_MINUS ? -1 : 1;
    if (q->end == TB_END_MIN)
        return true;
    error_at(w, w->a, q->low, w->low, sign);
    error_at(w, w->b, q->high, w->high, sign);
    return mpfr_less_p(w->a, w->b);
}

static int64_t integer_zero(struct work *w) {
    const struct tb_qparams *q = w->q;
    if (q->rule != TB_RULE_ASYMMETRIC)
        return tb_qparams_middle(q);
    if (!mpfr_regular_p(w->top))
        return q->low > 0 ? q->low : q->high < 0 ? q->high : 0;
    bool minimum = takes_minimum(w);
    subtract_quotient(w, minimum ? q->low : q->high, minimum ? w->low : w->high);
    return tb_rounded_integer(w->a, q->away, q->low, q->high);
}

/* (low * bottom + top * unit * middle) / (bottom * unit), or (top * unit * lo - low * bottom) / (top * unit).
 */
static uint64_t float_zero(struct work *w) {
    const struct tb_qparams *q = w->q;
    mpfr_t sum, weight;
    if (!mpfr_regular_p(w->top)) {
        mpfr_set_zero(w->a, 1);
        return tb_rounded_pattern(q->scale, mpfr_nan_p(w->top) ? w->top : w->a);
    }
    mpfr_inits2(EXACT, sum, weight, (mpfr_ptr)0);
    mpfr_mul(w->a, w->low, w->bottom, MPFR_RNDN);
    mpfr_mul_ui(weight, w->top, w->unit, MPFR_RNDN);
    if (q->rule == TB_RULE_FLOAT_ZERO) {
        mpfr_mul_si(sum, weight, tb_qparams_middle(q), MPFR_RNDN);
        mpfr_add(sum, sum, w->a, MPFR_RNDN);
        mpfr_mul_ui(weight, w->bottom, w->unit, MPFR_RNDN);
    } else {
        mpfr_mul_si(sum, weight, q->low, MPFR_RNDN);
        mpfr_sub(sum, sum, w->a, MPFR_RNDN);
    }
    uint64_t pattern = tb_quotient_pattern(q->scale, sum, weight);
    mpfr_clears(sum, weight, (mpfr_ptr)0);
    return pattern;
}

/* ---- The search for the least error. ---- */

/* An error's power, and how close two sums must lie to be the same one: they are sums of fifth roots. */
enum { POWER = 1024, SAME = 700 };

/* total += |x - s * (code - z)|^power */
static void add_error(struct work *w, mpfr_srcptr x, int64_t zero, mpfr_ptr total) {
    mpfr_t d, t;
    mpfr_init2(d, POWER);
    mpfr_init2(t, QUOTIENT);
    mpfr_mul(w->b, x, w->bottom, MPFR_RNDN);
    tb_divide_to_odd(t, w->b, w->top);
    int64_t n = tb_rounded_integer(t, false, w->q->low - zero, w->q->high - zero);
    mpfr_mul_si(w->a, w->top, n, MPFR_RNDN);
    mpfr_sub(w->b, w->b, w->a, MPFR_RNDN);
    mpfr_div(d, w->b, w->bottom, MPFR_RNDN);
    mpfr_abs(d, d, MPFR_RNDN);
    mpfr_pow_ui(d, d, (unsigned long)(w->q->power * 5), MPFR_RNDN);
    mpfr_rootn_ui(d, d, 5, MPFR_RNDN);
    mpfr_add(total, total, d, MPFR_RNDN);
    mpfr_clears(d, t, (mpfr_ptr)0);
}

/* Whether a < b by more than the roots' rounding. */
static bool is_less(mpfr_srcptr a, mpfr_srcptr b) {
    mpfr_t gap, slack;
    mpfr_inits2(POWER, gap, slack, (mpfr_ptr)0);
    mpfr_sub(gap, b, a, MPFR_RNDN);
    mpfr_mul_2si(slack, b, -SAME, MPFR_RNDN);
    bool less = mpfr_greater_p(gap, slack);
    mpfr_clears(gap, slack, (mpfr_ptr)0);
    return less;
}

/* The range [from, to] with `percent` of it kept. */
static void shrink(struct work *w, mpfr_srcptr from, mpfr_srcptr to, unsigned long percent) {
    mpfr_mul_ui(w->low, from, percent, MPFR_RNDN);
    mpfr_mul_ui(w->high, to, percent, MPFR_RNDN);
    w->unit = 100;
}

static void sum_errors(struct work *w, mpfr_ptr total) {
    make_scale(w);
    mpfr_set_zero(total, 1);
    int64_t zero = integer_zero(w);
    for (uint32_t i = 0; mpfr_regular_p(w->top) && i < w->n; i++)
        add_error(w, w->x[i], zero, total);
}

static void take_mse(struct work *w) {
    mpfr_t from, to, total, best;
    unsigned long kept = 100;
    mpfr_inits2(EXACT, from, to, (mpfr_ptr)0);
    mpfr_inits2(POWER, total, best, (mpfr_ptr)0);
    take_minmax(w);
    include_zero(w);
    mpfr_set(from, w->low, MPFR_RNDN);
    mpfr_set(to, w->high, MPFR_RNDN);
    for (unsigned long percent = 100; percent > 20; percent--) {
        shrink(w, from, to, percent);
        sum_errors(w, total);
        if (percent == 100 || is_less(total, best)) {
            mpfr_set(best, total, MPFR_RNDN);
            kept = percent;
        }
    }
    shrink(w, from, to, kept);
    mpfr_clears(from, to, total, best, (mpfr_ptr)0);
}

/* ---- A record. ---- */

static void (*const take_range[])(struct work *w) = {
    [TB_RANGE_MINMAX] = take_minmax,         [TB_RANGE_AVERAGE] = take_average,
    [TB_RANGE_PERCENTILE] = take_percentile, [TB_RANGE_HISTOGRAM] = take_histogram,
    [TB_RANGE_ENTROPY] = take_entropy,       [TB_RANGE_MSE] = take_mse,
};

static void put(const struct tb_problem *p, void *output, uint32_t group, uint64_t scale, uint64_t zero) {
    tb_field_set(&p->output.fields[0], output, group, scale);
    tb_field_set(&p->output.fields[1], output, group, zero);
}

static void answer_group(const struct tb_problem *p, struct work *w, void *output) {
    enum special special = special_of(w);
    w->unit = 1;
    if (special == NUMBER) {
        take_range[w->q->range](w);
        if (w->q->range != TB_RANGE_MSE)
            include_zero(w);
    }
    mpfr_set_inf(w->top, 1);
    mpfr_set_ui(w->bottom, 1, MPFR_RNDN);
    if (special == NOT_A_NUMBER)
        mpfr_set_nan(w->top);
    uint64_t scale = special == NUMBER ? make_scale(w) : tb_quotient_pattern(w->q->scale, w->top, w->bottom);
    uint64_t zero = tb_qparams_float_zero(w->q) ? float_zero(w) : (uint32_t)integer_zero(w);
    put(p, output, w->group, scale, zero);
}

void tb_qparams_mpfr(const struct tb_problem *p, const void *input, void *output) {
    struct tb_qparams q = tb_qparams_of(p);
    struct work w = {.q = &q, .field = &p->input.fields[0], .record = input, .n = q.group_size};
    w.x = malloc(w.n * sizeof w.x[0]);
    if (!w.x)
        abort();
    for (uint32_t i = 0; i < w.n; i++)
        mpfr_init2(w.x[i], ELEMENT);
    mpfr_inits2(EXACT, w.low, w.high, w.top, w.bottom, w.a, w.b, (mpfr_ptr)0);
    for (w.group = 0; w.group < q.groups; w.group++)
        answer_group(p, &w, output);
    mpfr_clears(w.low, w.high, w.top, w.bottom, w.a, w.b, (mpfr_ptr)0);
    for (uint32_t i = 0; i < w.n; i++)
        mpfr_clear(w.x[i]);
    free(w.x);
}
