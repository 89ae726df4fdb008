/* Quantization parameters, exactly, on whole numbers: data are multiples of 2^-149, the range is two whole
 * numbers times 2^-unit, and a scale is a fraction of two whole numbers. */
#include "targets/portable/problem_qparams.h"

#include "targets/portable/big.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DATA_UNIT = 149, PERCENTILE_BITS = 53 };

struct group {
    const struct tb_qparams *q;
    struct big *x; /* of one batch, in 2^-149 */
    uint32_t n;
    struct big low, high; /* in 2^-unit / parts */
    int unit;
    uint64_t parts;
    struct big top, bottom; /* the scale: top / bottom */
    enum { NUMBER, INFINITE, NOT_A_NUMBER } scale;
};

static bool is_moderate(double x) {
    return x == 0 || x >= 0x1p-60;
}

bool portable_qparams_offers(const struct tb_problem *p) {
    struct tb_qparams q = tb_qparams_of(p);
    bool moderate = is_moderate(q.eps) && is_moderate(q.least) && (q.empty < 0 || is_moderate(q.empty));
    if (q.range == TB_RANGE_MSE)
        return moderate && q.power == 2 && q.eps == 0 && !q.stored;
    return moderate && q.range != TB_RANGE_ENTROPY &&
           (q.range != TB_RANGE_AVERAGE || q.constant == 0 || q.constant >= 0x1p-10);
}

/* A double of at least 2^-60 in 2^-unit, unit >= 149. */
static struct big whole_of(double x, int unit) {
    int exponent;
    struct big whole = big_of((int64_t)ldexp(frexp(x, &exponent), 53));
    return big_shifted(&whole, exponent - 53 + unit);
}

/* ---- Ranges. ---- */

static int by_value(const void *a, const void *b) {
    return big_compare(a, b);
}

/* False where an element is no number. */
static bool load(struct group *g, const struct tb_field *x, const void *input, uint32_t batch,
                 uint32_t group) {
    bool numbers = true;
    for (uint32_t i = 0; i < g->n; i++) {
        uint64_t pattern = tb_field_get(x, input, tb_qparams_place(g->q, batch, group, i));
        if (big_from_pattern(g->q->data, pattern, DATA_UNIT, &g->x[i]))
            continue;
        numbers = false;
        if (tb_format_is_nan(g->q->data, pattern))
            g->scale = NOT_A_NUMBER;
        else if (g->scale == NUMBER)
            g->scale = INFINITE;
    }
    return numbers;
}

static void extremes(const struct group *g, struct big *low, struct big *high) {
    *low = *high = g->x[0];
    for (uint32_t i = 1; i < g->n; i++) {
        if (big_compare(&g->x[i], low) < 0)
            *low = g->x[i];
        if (big_compare(&g->x[i], high) > 0)
            *high = g->x[i];
    }
}

/* m * 2^bits + numerator * (new - m), the new one brought to m's unit first. */
static struct big moved(const struct big *m, const struct big *new, int up, uint64_t numerator, int bits) {
    struct big there = big_shifted(new, up), way = big_difference(&there, m), here = big_shifted(m, bits);
    way = big_times(&way, numerator);
    return big_sum(&here, &way);
}

static void move_range(struct group *g) {
    int exponent;
    struct big low, high;
    uint64_t numerator = (uint64_t)ldexp(frexp(g->q->constant, &exponent), 53);
    int bits = 53 - exponent, up = g->unit - DATA_UNIT;
    extremes(g, &low, &high);
    if (g->q->constant == 0)
        return;
    g->low = moved(&g->low, &low, up, numerator, bits);
    g->high = moved(&g->high, &high, up, numerator, bits);
    g->unit += bits;
}

/* The element at numerator / 2^53 of the way through sorted data, in 2^-(149 + 53). */
static struct big quantile(const struct group *g, uint64_t numerator) {
    unsigned __int128 h = (unsigned __int128)numerator * (g->n - 1);
    uint32_t below = (uint32_t)(h >> PERCENTILE_BITS), above = below + 1 < g->n ? below + 1 : below;
    uint64_t rest = (uint64_t)h & ((UINT64_C(1) << PERCENTILE_BITS) - 1);
    struct big value = big_shifted(&g->x[below], PERCENTILE_BITS);
    struct big step = big_difference(&g->x[above], &g->x[below]);
    step = big_times(&step, rest);
    return big_sum(&value, &step);
}

static void take_percentile(struct group *g) {
    bool symmetric = tb_qparams_is_symmetric(g->q);
    uint64_t numerator = (uint64_t)ldexp(g->q->percentile, PERCENTILE_BITS);
    for (uint32_t i = 0; symmetric && i < g->n; i++)
        g->x[i] = big_magnitude(g->x[i]);
    qsort(g->x, g->n, sizeof g->x[0], by_value);
    g->high = quantile(g, numerator);
    g->low = symmetric ? big_negated(g->high) : quantile(g, (UINT64_C(1) << PERCENTILE_BITS) - numerator);
    g->unit += PERCENTILE_BITS;
}

/* ---- The L2 search. Lengths in half units of a source bin times the number of codes. ---- */

static int64_t code_of_edge(int64_t edge, int64_t codes, int64_t kept) {
    int64_t scaled = edge * codes;
    return scaled < 0 ? 0 : scaled / kept >= codes ? codes - 1 : scaled / kept;
}

/* 3 * the integral of the squared error over source bins, weighted. The closed form counts a whole
 * destination bin at each end and takes off what the source bin does not cover. */
static __int128 error_of(const uint32_t *counts, int64_t bins, int64_t first, int64_t last, int64_t codes) {
    int64_t kept = last - first + 1;
    __int128 sum = 0, whole = 2 * (__int128)kept * kept * kept;
    for (int64_t i = 0; i < bins; i++) {
        if (!counts[i])
            continue;
        int64_t begin = code_of_edge(i - first, codes, kept), end = code_of_edge(i - first + 1, codes, kept);
        __int128 from = (i - first) * 2 * codes - (2 * begin + 1) * kept;
        __int128 to = (i - first + 1) * 2 * codes - (2 * end + 1) * kept;
        sum += counts[i] * (to * to * to - from * from * from + (end - begin) * whole);
    }
    return sum;
}

static void search(const uint32_t *counts, int64_t bins, int64_t codes, uint64_t n, int64_t *first,
                   int64_t *last) {
    uint64_t reached[2048], sum = 0;
    int64_t alpha = 0, beta = 100000;
    __int128 least = -1;
    for (int64_t i = 0; i < bins; i++)
        reached[i] = (sum += counts[i]) * 100000;
    while (alpha < beta) {
        int64_t l = *first, r = *last;
        while (l < *last && reached[l] < (uint64_t)(alpha + 1) * n)
            l++;
        while (r > *first && reached[r] > (uint64_t)(beta - 1) * n)
            r--;
        bool left = l - *first > *last - r;
        alpha += left;
        beta -= !left;
        if (left ? l == *first : r == *last)
            continue;
        __int128 error = error_of(counts, bins, left ? l : *first, left ? *last : r, codes);
        if (least >= 0 && error > least)
            return;
        least = error;
        *(left ? first : last) = left ? l : r;
    }
}

static void take_histogram(struct group *g) {
    uint32_t counts[2048] = {0}, bins = g->q->bins;
    int64_t first = 0, last = bins - 1;
    struct big width = big_difference(&g->high, &g->low);
    if (big_is_zero(&width))
        return;
    for (uint32_t i = 0; i < g->n; i++) {
        struct big place = big_difference(&g->x[i], &g->low);
        place = big_times(&place, bins);
        counts[big_ratio_floor(&place, &width, bins - 1)]++;
    }
    search(counts, bins, INT64_C(1) << g->q->code->bits, g->n, &first, &last);
    struct big start = big_times(&g->low, bins), to_low = big_times(&width, (uint64_t)first);
    struct big to_high = big_times(&width, (uint64_t)last + 1);
    g->low = big_sum(&start, &to_low);
    g->high = big_sum(&start, &to_high);
    g->parts = bins;
}

static void include_zero(struct group *g) {
    if (!g->q->zero_in_range || tb_qparams_is_symmetric(g->q))
        return;
    if (!g->low.negative)
        g->low = big_of(0);
    if (g->high.negative)
        g->high = big_of(0);
}

/* ---- Scales. ---- */

static struct big larger(const struct big *a, const struct big *b) {
    return big_compare(a, b) < 0 ? *b : *a;
}

/* The width or the greatest magnitude, in 2^-unit / parts, at least `least`. */
static struct big measure(const struct group *g) {
    struct big low = big_magnitude(g->low), high = big_magnitude(g->high);
    struct big width = big_difference(&g->high, &g->low), least = big_of(0);
    if (tb_qparams_is_symmetric(g->q))
        width = larger(&low, &high);
    if (g->q->least > 0)
        least = whole_of(g->q->least, g->unit);
    least = big_times(&least, g->parts);
    return larger(&width, &least);
}

/* top / bottom from the range, in 2^-unit. */
static void divide_range(struct group *g) {
    const struct tb_qparams *q = g->q;
    uint64_t divisor = (uint64_t)(q->rule == TB_RULE_ABSMAX ? q->high : q->high - q->low);
    if (q->rule == TB_RULE_PER_SIDE) {
        struct big minus = big_negated(g->low);
        struct big at_low = big_times(&minus, (uint64_t)q->high);
        struct big at_high = big_times(&g->high, (uint64_t)-q->low);
        bool lower = big_compare(&at_low, &at_high) > 0;
        g->top = lower ? minus : g->high;
        divisor = (uint64_t)(lower ? -q->low : q->high);
    } else {
        g->top = measure(g);
        g->top = big_times(&g->top, q->rule == TB_RULE_SYMMETRIC ? 2 : 1);
    }
    g->bottom = big_of((int64_t)(divisor * g->parts));
    if (q->eps > 0) {
        struct big eps = whole_of(q->eps, g->unit);
        eps = big_times(&eps, divisor * g->parts);
        g->top = larger(&g->top, &eps);
    }
}

static void replace_empty(struct group *g) {
    double empty = g->q->empty;
    struct big one = whole_of(1, g->unit);
    if (empty == TB_EMPTY_UNIT || empty == TB_EMPTY_SYMMETRIC) {
        g->low = empty == TB_EMPTY_UNIT ? big_of(0) : big_negated(one);
        g->high = one;
        g->parts = 1;
        divide_range(g);
    } else if (empty == TB_EMPTY_NAN) {
        g->scale = NOT_A_NUMBER;
    } else if (empty > 0) {
        g->top = whole_of(empty, g->unit);
        g->bottom = big_of(1);
    }
}

static uint64_t special_pattern(const struct group *g) {
    uint64_t pattern = 0;
    if (g->scale == NOT_A_NUMBER)
        tb_format_nan(g->q->scale, false, UINT64_C(1) << 63, &pattern);
    else
        tb_format_infinity(g->q->scale, false, &pattern);
    return pattern;
}

/* The scale becomes what is stored of it. Its unit can be finer than the range's: the range follows. */
static void keep_stored(struct group *g, uint64_t pattern) {
    struct tb_value v = tb_format_decode(g->q->scale, pattern);
    if (v.class == TB_INFINITE) {
        g->scale = INFINITE;
        return;
    }
    int finer = v.class == TB_FINITE && -v.exponent > g->unit ? -v.exponent - g->unit : 0;
    g->low = big_shifted(&g->low, finer);
    g->high = big_shifted(&g->high, finer);
    g->unit += finer;
    big_from_pattern(g->q->scale, pattern, g->unit, &g->top);
    g->bottom = big_of(1);
}

static uint64_t make_scale(struct group *g) {
    divide_range(g);
    if (big_is_zero(&g->top))
        replace_empty(g);
    if (g->scale != NUMBER)
        return special_pattern(g);
    uint64_t pattern = big_ratio_pattern(g->q->scale, &g->top, &g->bottom, -g->unit);
    if (g->q->stored)
        keep_stored(g, pattern);
    return pattern;
}

static bool is_positive(const struct group *g) {
    return g->scale == NUMBER && !big_is_zero(&g->top);
}

/* ---- Zero points. ---- */

/* code - end / s = (code * top * parts - end * bottom) / (top * parts). */
static struct big code_times_scale(const struct group *g, int64_t code, const struct big *end,
                                   struct big *scale) {
    struct big weighted, steps;
    *scale = big_times(&g->top, g->parts);
    weighted = big_times(scale, (uint64_t)llabs(code));
    weighted.negative = code < 0;
    steps = big_product(end, &g->bottom);
    return big_difference(&weighted, &steps);
}

/* |code| +- |end / s|, times top * parts. */
static struct big error_at(const struct group *g, int64_t code, const struct big *end) {
    struct big scale = big_times(&g->top, g->parts), weight = big_times(&scale, (uint64_t)llabs(code));
    struct big steps = big_product(end, &g->bottom);
    steps = big_magnitude(steps);
    return g->q->end == TB_END_MINUS ? big_difference(&weight, &steps) : big_sum(&weight, &steps);
}

static int64_t integer_zero(const struct group *g) {
    const struct tb_qparams *q = g->q;
    bool minimum = true;
    struct big scale, code;
    if (q->rule != TB_RULE_ASYMMETRIC)
        return tb_qparams_middle(q);
    if (!is_positive(g))
        return q->low > 0 ? q->low : q->high < 0 ? q->high : 0;
    if (q->end != TB_END_MIN) {
        struct big at_low = error_at(g, q->low, &g->low), at_high = error_at(g, q->high, &g->high);
        minimum = big_compare(&at_low, &at_high) < 0;
    }
    code = code_times_scale(g, minimum ? q->low : q->high, minimum ? &g->low : &g->high, &scale);
    return big_ratio_integer(&code, &scale, q->away, q->low, q->high);
}

static uint64_t float_zero(const struct group *g) {
    const struct tb_qparams *q = g->q;
    struct big scale, sum;
    if (!is_positive(g))
        return g->scale == NOT_A_NUMBER ? special_pattern(g) : 0;
    if (q->rule == TB_RULE_FLOAT_CODE) {
        sum = code_times_scale(g, q->low, &g->low, &scale);
        return big_ratio_pattern(q->scale, &sum, &scale, 0);
    }
    struct big steps = big_product(&g->low, &g->bottom);
    scale = big_times(&g->top, g->parts * (uint64_t)tb_qparams_middle(q));
    sum = big_sum(&steps, &scale);
    scale = big_times(&g->bottom, g->parts);
    return big_ratio_pattern(q->scale, &sum, &scale, -g->unit);
}

/* ---- The search for the least squared error. ---- */

/* The square of (x - s * (code - z)) * bottom; the bottom is the same for all shrunk ranges. */
static struct big square_of(const struct group *g, const struct big *x, int64_t zero) {
    struct big steps = big_product(x, &g->bottom);
    int64_t n = big_ratio_integer(&steps, &g->top, false, g->q->low - zero, g->q->high - zero);
    struct big back = big_times(&g->top, (uint64_t)llabs(n));
    back.negative = n < 0;
    back = big_difference(&steps, &back);
    return big_product(&back, &back);
}

static void shrink(struct group *g, const struct big *low, const struct big *high, uint64_t percent) {
    g->low = big_times(low, percent);
    g->high = big_times(high, percent);
    g->parts = 100;
}

static void take_mse(struct group *g) {
    struct big low, high, best = big_of(0);
    uint64_t kept = 100;
    include_zero(g);
    low = g->low;
    high = g->high;
    for (uint64_t percent = 100; percent > 20; percent--) {
        struct big sum = big_of(0);
        shrink(g, &low, &high, percent);
        make_scale(g);
        int64_t zero = integer_zero(g);
        for (uint32_t i = 0; is_positive(g) && i < g->n; i++) {
            struct big square = square_of(g, &g->x[i], zero);
            sum = big_sum(&sum, &square);
        }
        if (percent == 100 || big_compare(&sum, &best) < 0) {
            best = sum;
            kept = percent;
        }
    }
    g->scale = NUMBER;
    shrink(g, &low, &high, kept);
}

/* ---- A record. ---- */

static void take_range(struct group *g) {
    if (g->q->range == TB_RANGE_PERCENTILE)
        take_percentile(g);
    else if (g->q->range == TB_RANGE_HISTOGRAM)
        take_histogram(g);
    else if (g->q->range == TB_RANGE_MSE)
        take_mse(g);
    if (g->q->range != TB_RANGE_MSE)
        include_zero(g);
}

static void answer_group(const struct tb_problem *p, struct group *g, const void *input, uint32_t group,
                         void *output) {
    bool numbers = true;
    g->unit = DATA_UNIT;
    g->parts = 1;
    g->scale = NUMBER;
    for (uint32_t batch = 0; batch < g->q->batches; batch++) {
        numbers &= load(g, &p->input.fields[0], input, batch, group);
        if (!numbers)
            continue;
        if (batch == 0)
            extremes(g, &g->low, &g->high);
        else
            move_range(g);
    }
    if (numbers)
        take_range(g);
    uint64_t scale = numbers ? make_scale(g) : special_pattern(g);
    uint64_t zero = tb_qparams_float_zero(g->q) ? float_zero(g) : (uint32_t)integer_zero(g);
    tb_field_set(&p->output.fields[0], output, group, scale);
    tb_field_set(&p->output.fields[1], output, group, zero);
}

void portable_qparams(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    struct tb_qparams q = tb_qparams_of(p);
    struct group g = {.q = &q, .n = q.group_size};
    g.x = malloc(g.n * sizeof g.x[0]);
    if (!g.x)
        abort();
    for (uint32_t group = 0; group < q.groups; group++)
        answer_group(p, &g, input, group, output);
    free(g.x);
}
