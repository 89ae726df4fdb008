/* A record's way through a named arithmetic. Numbers are doubles: a product of two operands of at most 24
 * bits is exact in one, and a sum is made odd where it loses anything, so that rounding it to at most 24 bits
 * is rounding the exact sum. This is what runtimes compute; it decides no golden answer. */
#include "reference/dot_way.h"

#include "reference/mma.h"
#include "reference/reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    const struct tb_dot_way *way;
    const struct tb_problem *p;
    struct tb_dot_fields f;
    const void *input;
    double *x, *y, *products;
    uint32_t k;
};

/* ---- Rounding. ---- */

/* x + y with the last bit set where it is not exact (the error of a sum is a double: Knuth). */
static double add_to_odd(double x, double y) {
    double sum = x + y, of_y = sum - x, error = (x - (sum - of_y)) + (y - of_y);
    uint64_t bits;
    if (!isfinite(sum) || error == 0)
        return sum;
    memcpy(&bits, &sum, sizeof bits);
    if (!(bits & 1))
        bits += (error > 0) == (sum > 0) ? 1 : UINT64_MAX;
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}

/* To a float of `precision` bits whose largest value is `largest`. */
static double to_float(double x, int precision, int least_exponent, double largest) {
    if (!isfinite(x) || x == 0)
        return x;
    int exponent = ilogb(x);
    int unit = (exponent < least_exponent ? least_exponent : exponent) - precision + 1;
    double rounded = ldexp(rint(ldexp(x, -unit)), unit);
    return fabs(rounded) > largest ? copysign(INFINITY, x) : rounded;
}

static double narrow(enum tb_dot_sum format, double x) {
    switch (format) {
    case SUM_FP32:
    case SUM_WGMMA:
        return (float)x;
    case SUM_FP16:
        return to_float(x, 11, -14, 65504);
    case SUM_BF16:
        return to_float(x, 8, -126, 0x1.fep127);
    case SUM_WRAP32:
        return (double)(int32_t)(uint32_t)(int64_t)x;
    case SUM_WRAP16:
        return (double)(int16_t)(uint16_t)(int64_t)x;
    case SUM_SAT16:
        return x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x;
    case SUM_FP64:
    case SUM_EXACT:
        break;
    }
    return x;
}

/* What x86 calls tiny: below the least normal number after rounding to 24 bits, however small. */
static double flush(double x) {
    return fabs(to_float(x, 24, -4096, DBL_MAX)) < FLT_MIN ? copysign(0, x) : x;
}

static double add(const struct walk *w, double x, double y) {
    double sum = w->way->sum == SUM_FP64 ? x + y : add_to_odd(x, y);
    return narrow(w->way->sum, w->way->flags & FLUSHES ? flush(sum) : sum);
}

/* ---- Orders. ---- */

static double add_product(const struct walk *w, double sum, uint32_t i) {
    const bool flushes = w->way->flags & (FLUSHES | FLUSHES_PRODUCTS);
    double product = flushes ? flush(w->x[i]) * flush(w->y[i]) : w->x[i] * w->y[i];
    if (w->way->flags & DROPS_NAN && isnan(product))
        product = 0;
    if (w->way->product == ROUNDED)
        product = narrow(w->way->sum == SUM_FP64 ? SUM_FP32 : w->way->sum, product);
    if (w->products)
        w->products[i] = product;
    if (flushes)
        return narrow(w->way->sum, flush(add_to_odd(flush(sum), product)));
    return add(w, sum, product);
}

static double add_products(const struct walk *w, double sum, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < end; i++)
        sum = add_product(w, sum, i);
    return sum;
}

static double pairwise(const struct walk *w, uint32_t first, uint32_t end) {
    if (end - first == 1)
        return add_product(w, 0, first);
    uint32_t middle = first + (end - first) / 2;
    return add(w, pairwise(w, first, middle), pairwise(w, middle, end));
}

static double in_lanes(const struct walk *w) {
    const struct tb_dot_way *way = w->way;
    double lanes[64] = {0};
    uint32_t full = way->lanes * way->group, n = way->lanes;
    uint32_t end = way->flags & TAIL_IN_LANES ? w->k : w->k / full * full;
    for (uint32_t i = 0; i < end; i++) {
        bool swaps = way->flags & HIGH_FIRST && (i ^ 1) < w->k;
        uint32_t at = i / way->group % way->lanes;
        lanes[at] = add_product(w, lanes[at], swaps ? i ^ 1 : i);
    }
    for (; n > 1; n /= 2)
        for (uint32_t i = 0; i < n / 2; i++)
            lanes[i] = way->order == LANES_HADD && n <= 4 ? add(w, lanes[2 * i], lanes[2 * i + 1])
                                                          : add(w, lanes[i], lanes[i + n / 2]);
    return add_products(w, lanes[0], end, w->k);
}

static double kahan(const struct walk *w, double start) {
    float sum = (float)start, lost = 0;
    for (uint32_t i = 0; i < w->k; i++) {
        float product = (float)(w->x[i] * w->y[i]), next = product - lost, total = sum + next;
        if (w->products)
            w->products[i] = product;
        lost = (total - sum) - next;
        sum = total;
    }
    return sum;
}

/* ---- H100's FP8 wgmma: a step of the model of that name, on the codes themselves. ---- */

enum { WGMMA_TERMS = 32 };

static uint64_t fp32_bits(double x) {
    const float narrow = (float)x;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return bits;
}

static double wgmma_step(const struct walk *w, double c, uint32_t first, uint32_t end) {
    const struct tb_format *fp32 = tb_format_find("fp32", NULL), *a = w->f.a->format, *b = w->f.b->format;
    uint64_t x[WGMMA_TERMS], y[WGMMA_TERMS];
    struct tb_mma_term products[WGMMA_TERMS];
    struct tb_mma_dot dot = {.products = products};
    for (uint32_t i = first; i < end; i++) {
        x[i - first] = tb_field_get(w->f.a, w->input, i);
        y[i - first] = tb_field_get(w->f.b, w->input, i);
    }
    tb_mma_set(&dot, &(struct tb_mma_operands){a, b, fp32, fp32, x, y, fp32_bits(c), end - first});
    const struct tb_mma_model *model = tb_mma_find("h100-wgmma-fp8", a, b, fp32, fp32);
    return tb_format_value(fp32, tb_mma_run(model, &dot));
}

static double wgmma(const struct walk *w, double sum, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < end; i += WGMMA_TERMS)
        sum = wgmma_step(w, sum, i, end - i < WGMMA_TERMS ? end : i + WGMMA_TERMS);
    return sum;
}

static double ascending(const struct walk *w, double sum, uint32_t first, uint32_t end) {
    return w->way->sum == SUM_WGMMA ? wgmma(w, sum, first, end) : add_products(w, sum, first, end);
}

/* ---- The whole sum. ---- */

static double in_intervals(const struct walk *w, double total) {
    for (uint32_t i = 0; i < w->k; i += w->way->interval) {
        uint32_t end = w->k - i < w->way->interval ? w->k : i + w->way->interval;
        total = add(w, total, ascending(w, 0, i, end));
    }
    return total;
}

static double unscaled_sum(const struct walk *w, double c) {
    const struct tb_dot_way *way = w->way;
    double start = way->start == FROM_C ? narrow(way->sum, c) : 0, sum = start;
    switch (way->order) {
    case ASCENDING:
        sum = way->interval ? in_intervals(w, start) : ascending(w, start, 0, w->k);
        break;
    case DESCENDING:
        for (uint32_t i = w->k; i-- > 0;)
            sum = add_product(w, sum, i);
        break;
    case PAIRWISE:
        sum = pairwise(w, 0, w->k);
        break;
    case LANES_HALVES:
    case LANES_HADD:
        sum = in_lanes(w);
        break;
    case KAHAN:
        sum = kahan(w, start);
        break;
    }
    return way->start == C_LAST ? add(w, sum, c) : sum;
}

static double value_of(const struct tb_field *f, const void *input, uint32_t place) {
    return tb_format_value(f->format, tb_field_get(f, input, place));
}

/* Block by block in fp32; the factors' product at the end. */
static double sum_of_blocks(const struct walk *w, double c) {
    bool fma = w->way->scaling == BLOCKS_FMA;
    double total = w->f.factor_a ? 0 : c;
    for (uint32_t i = 0; i < w->k; i += w->f.block) {
        uint32_t end = w->k - i < w->f.block ? w->k : i + w->f.block;
        double partial = ascending(w, 0, i, end);
        double scale = (float)(value_of(w->f.scale_a, w->input, i / w->f.block) *
                               value_of(w->f.scale_b, w->input, i / w->f.block));
        total = add(w, total, fma ? scale * partial : (double)(float)(scale * partial));
    }
    if (!w->f.factor_a)
        return total;
    double alpha = (float)(value_of(w->f.factor_a, w->input, 0) * value_of(w->f.factor_b, w->input, 0));
    return add(w, c, fma ? alpha * total : (double)(float)(alpha * total));
}

static double exact_sum(const struct walk *w) {
    struct tb_dot_record r = tb_dot_record_of(w->p, w->input, false);
    const struct tb_format *fp32 = tb_format_find("fp32", NULL);
    struct tb_dot_formats formats = r.dot.formats;
    formats.d = fp32;
    formats.rounding = TB_RNE;
    formats.overflow = TB_TO_INF;
    if (!tb_dot_make(&r.dot, &formats, NULL))
        abort();
    double sum = tb_format_value(fp32, tb_dot_integer(&r.dot, &r.terms));
    tb_dot_record_free(&r);
    return sum;
}

/* ---- Reading, writing. ---- */

static enum tb_dot_sum element_format(enum tb_dot_scaling scaling) {
    return scaling == ELEMENTS_BF16 ? SUM_BF16 : scaling == ELEMENTS_FP16 ? SUM_FP16 : SUM_FP32;
}

static void read_elements(const struct walk *w, const struct tb_field *f, const struct tb_field *scale,
                          const struct tb_field *factor, double *out) {
    enum tb_dot_scaling scaling = w->way->scaling;
    for (uint32_t i = 0; i < f->columns; i++) {
        out[i] = value_of(f, w->input, i);
        if (scaling < ELEMENTS_FP32)
            continue;
        out[i] = narrow(element_format(scaling), out[i] * value_of(scale, w->input, i / w->f.block));
        if (factor)
            out[i] = narrow(element_format(scaling), out[i] * value_of(factor, w->input, 0));
    }
}

static uint64_t encode(const struct walk *w, double sum) {
    const struct tb_format *d = w->f.d->format;
    struct tb_case to = {.source = tb_format_find("fp64", NULL),
                         .destination = d,
                         .rounding = w->way->flags & CUTS_OUTPUT ? TB_RTZ : w->p->rounding,
                         .overflow = d->kind == TB_INTEGER ? TB_SATFINITE : TB_TO_INF};
    uint64_t bits;
    sum = isnan(sum) ? NAN : sum;
    memcpy(&bits, &sum, sizeof bits);
    return tb_integer_convert(&to, bits);
}

void tb_dot_walk(const struct tb_dot_way *way, const struct tb_problem *p, const void *input,
                 struct tb_dot_trace *out) {
    struct walk w = {.way = way, .p = p, .f = tb_dot_fields_of(p), .input = input, .products = out->products};
    w.k = w.f.k;
    w.x = malloc(w.k * sizeof *w.x);
    w.y = malloc(w.k * sizeof *w.y);
    if (!w.x || !w.y)
        abort();
    read_elements(&w, w.f.a, w.f.scale_a, w.f.factor_a, w.x);
    read_elements(&w, w.f.b, w.f.scale_b, w.f.factor_b, w.y);
    double c = value_of(w.f.c, input, 0);
    for (uint32_t i = 0; out->products && i < w.k; i++)
        out->products[i] = w.x[i] * w.y[i];
    if (way->flags & LOSES_LAST)
        w.k--;
    out->sum = way->sum == SUM_EXACT                                  ? exact_sum(&w)
               : way->scaling == BLOCKS || way->scaling == BLOCKS_FMA ? sum_of_blocks(&w, c)
                                                                      : unscaled_sum(&w, c);
    out->answer = encode(&w, out->sum);
    free(w.x);
    free(w.y);
}
