/* LLM.int8() by MPFR, as problem_llmint8.h defines it, and the inputs of its golden records. */
#include "reference/problem_llmint8.h"
#include "reference/problem_arithmetics.h"
#include "reference/reference.h"
#include "reference/round_once.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* fp16 data are multiples of 2^-24 below 2^16; the sums below stay within 200 bits. */
enum { ELEMENT = 11, EXACT = 256, RECORDS = 24 };

struct matrix {
    uint32_t rows, columns;
    mpfr_t *at; /* row by row */
};

static struct matrix load(const struct tb_field *f, const void *record) {
    struct matrix a = {f->rows, f->columns, malloc((size_t)f->rows * f->columns * sizeof(mpfr_t))};
    if (!a.at)
        abort();
    for (uint32_t i = 0; i < a.rows * a.columns; i++) {
        mpfr_init2(a.at[i], ELEMENT);
        tb_set_pattern(a.at[i], f->format, tb_field_get(f, record, i));
    }
    return a;
}

static void release(struct matrix *a) {
    for (uint32_t i = 0; i < a->rows * a->columns; i++)
        mpfr_clear(a->at[i]);
    free(a->at);
}

static bool is_outlier(mpfr_srcptr x, double threshold) {
    mpfr_t magnitude;
    if (threshold == 0)
        return false;
    mpfr_init2(magnitude, ELEMENT);
    mpfr_abs(magnitude, x, MPFR_RNDN);
    bool outlier = mpfr_cmp_d(magnitude, threshold) >= 0;
    mpfr_clear(magnitude);
    return outlier;
}

static void mark_columns(const struct matrix *x, double threshold, bool *outlier) {
    memset(outlier, 0, x->columns);
    for (uint32_t i = 0; i < x->rows * x->columns; i++)
        outlier[i % x->columns] |= is_outlier(x->at[i], threshold);
}

static void greatest_magnitude(const struct matrix *a, uint32_t row, double threshold, mpfr_ptr out) {
    mpfr_set_zero(out, 1);
    for (uint32_t j = 0; j < a->columns; j++) {
        mpfr_srcptr x = a->at[row * a->columns + j];
        if (!is_outlier(x, threshold) && mpfr_cmpabs(x, out) > 0)
            mpfr_abs(out, x, MPFR_RNDN);
    }
}

/* Codes of a matrix and its rows' greatest magnitudes; `skipped` columns (NULL: none) get 0. */
static void quantize(const struct matrix *a, double threshold, const bool *skipped,
                     const struct tb_field *codes, const struct tb_field *scales, void *output) {
    mpfr_t scale, t;
    mpfr_inits2(EXACT, scale, t, (mpfr_ptr)0);
    for (uint32_t row = 0; row < a->rows; row++) {
        greatest_magnitude(a, row, threshold, scale);
        tb_field_set(scales, output, row, tb_rounded_pattern(scales->format, scale));
        for (uint32_t j = 0; j < a->columns; j++) {
            int64_t code = 0;
            mpfr_mul_ui(t, a->at[row * a->columns + j], 127, MPFR_RNDN);
            if (!(skipped && skipped[j]) && !mpfr_zero_p(scale)) {
                tb_divide_to_odd(t, t, scale);
                code = tb_rounded_integer(t, false, -127, 127);
            }
            tb_field_set(codes, output, row * a->columns + j, (uint8_t)code);
        }
    }
    mpfr_clears(scale, t, (mpfr_ptr)0);
}

static int64_t code_at(const struct tb_field *f, const void *output, uint32_t place) {
    return (int8_t)tb_field_get(f, output, place);
}

/* acc * xs * ws + 127^2 * (the outlier columns' sum), over 127^2. */
static void product_at(const struct tb_llmint8 *s, const struct matrix *x, const struct matrix *w,
                       const bool *outlier, uint32_t i, uint32_t l, void *output) {
    int64_t acc = 0;
    mpfr_t sum, term, divisor;
    mpfr_inits2(EXACT, sum, term, divisor, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (uint32_t j = 0; j < s->k; j++) {
        acc += code_at(s->xq, output, i * s->k + j) * code_at(s->wq, output, l * s->k + j);
        mpfr_mul(term, x->at[i * s->k + j], w->at[l * s->k + j], MPFR_RNDN);
        if (outlier[j])
            mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    mpfr_set_ui(divisor, 127 * 127, MPFR_RNDN);
    mpfr_mul(sum, sum, divisor, MPFR_RNDN);
    tb_set_pattern(term, s->xs->format, tb_field_get(s->xs, output, i));
    mpfr_mul_si(term, term, acc, MPFR_RNDN);
    mpfr_t scale;
    mpfr_init2(scale, 24);
    tb_set_pattern(scale, s->ws->format, tb_field_get(s->ws, output, l));
    mpfr_fma(sum, term, scale, sum, MPFR_RNDN);
    tb_field_set(s->acc, output, i * s->n + l, (uint32_t)acc);
    tb_field_set(s->y, output, i * s->n + l, tb_quotient_pattern(s->y->format, sum, divisor));
    mpfr_clears(sum, term, divisor, scale, (mpfr_ptr)0);
}

void tb_llmint8_mpfr(const struct tb_problem *p, const void *input, void *output) {
    struct tb_llmint8 s = tb_llmint8_of(p);
    struct matrix x = load(s.x, input), w = load(s.w, input);
    bool *outlier = malloc(s.k);
    if (!outlier)
        abort();
    mark_columns(&x, s.threshold, outlier);
    quantize(&x, s.threshold, outlier, s.xq, s.xs, output);
    quantize(&w, 0, NULL, s.wq, s.ws, output);
    for (uint32_t i = 0; i < s.m; i++)
        for (uint32_t l = 0; l < s.n; l++)
            product_at(&s, &x, &w, outlier, i, l, output);
    release(&x);
    release(&w);
    free(outlier);
}

/* ---- Inputs. ---- */

/* Ties: 127 / 32 in front, then halves of 1 / 32, so that x * 127 / absmax lies between two integers. */
static double tie(uint32_t column, uint64_t *random) {
    int64_t n = (int64_t)(tb_problem_random(random) % 254) - 127;
    return column == 0 ? 127.0 / 32 : ((double)n + 0.5) / 32;
}

/* One element of x, by record: the structured ones first. */
static double element_of_x(size_t record, uint32_t row, uint32_t column, uint64_t *random) {
    double x = tb_problem_fraction(random);
    switch (record) {
    case 0: /* no outliers, nothing but ties */
        return tie(column, random);
    case 1: /* at the threshold, one code below it and beyond */
        return column % 5 == 1 ? 6 : column % 5 == 2 ? 5.99609375 : column % 5 == 3 && row == 0 ? -40 : x;
    case 2: /* a row of zeros */
        return row == 0 ? 0 : x;
    case 3: /* all outliers */
        return 8 + x;
    case 4: /* codes of 127 all along: sums beyond 2^24 from k = 1041 on */
        return 3 - (column % 7 == 3 && row ? 0x1p-6 : 0);
    case 5: /* subnormal */
        return x * 0x1p-15;
    case 6: /* the outlier columns' other elements are the greatest of their rows */
        return column == 2 ? (row == 0 ? 20 : 5) : 0.1 * x;
    case 7: /* the product is beyond fp16 */
        return column % 3 == 0 ? 30000 : x;
    case 8: /* ties again, over 7 * 127 / 256, whose fp32 reciprocal is far off */
        return 0.875 * tie(column, random);
    default:
        return record % 2 ? 2 * x * tb_problem_fraction(random) : column % 16 == record % 16 ? 12 * x : 3 * x;
    }
}

static double element_of_w(size_t record, uint32_t column, uint64_t *random) {
    double x = tb_problem_fraction(random);
    switch (record) {
    case 0:
        return tie(column, random);
    case 2:
        return 0;
    case 4:
        return column % 11 == 5 ? 0.99 : 1;
    case 5:
        return x * 0x1p-14;
    case 7:
        return 2 * x;
    case 8:
        return 0.875 * tie(column, random);
    default:
        return 0.25 * x;
    }
}

static void make_input(const struct tb_problem *p, size_t index, void *record) {
    struct tb_llmint8 s = tb_llmint8_of(p);
    uint64_t random = tb_problem_seed(p, index);
    for (uint32_t i = 0; i < s.m * s.k; i++)
        tb_field_set(s.x, record, i,
                     tb_problem_pattern(tb_format_find("fp16", NULL),
                                        element_of_x(index, i / s.k, i % s.k, &random), TB_SATFINITE));
    for (uint32_t i = 0; i < s.n * s.k; i++)
        tb_field_set(s.w, record, i,
                     tb_problem_pattern(tb_format_find("fp16", NULL), element_of_w(index, i % s.k, &random),
                                        TB_SATFINITE));
}

const struct tb_problem_arithmetic tb_arithmetic_llmint8 = {
    .operation = "llmint8",
    .make_input = make_input,
    .records = RECORDS,
    .exact = tb_llmint8_mpfr,
    .second = tb_llmint8_integer,
    .variants = tb_llmint8_variants,
};
