/* SmoothQuant as code computes it. T is the data's format: an operation in it is one in fp32, rounded to T. A
 * power in fp32 is the correctly rounded one: what a libm's powf gives but for its rare last-bit errors. */
#include "reference/problem_smoothquant.h"
#include "reference/reference.h"

#include <math.h>
#include <string.h>

static float value_at(const struct tb_field *f, const void *record, uint32_t place) {
    return (float)tb_format_value(f->format, tb_field_get(f, record, place));
}

static uint64_t pattern_in(const struct tb_format *f, float x) {
    struct tb_case to = {
        .source = tb_format_find("fp32", NULL), .destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    uint32_t bits;
    uint64_t quiet = 0;
    tb_format_nan(f, false, UINT64_C(1) << 63, &quiet);
    memcpy(&bits, &x, sizeof bits);
    return isnan(x) ? quiet : f->bits == 32 ? bits : tb_integer_convert(&to, bits);
}

static float rounded(const struct tb_format *f, float x) {
    struct tb_field one = {.format = f, .rows = 1, .columns = 1};
    uint64_t record;
    tb_field_set(&one, &record, 0, pattern_in(f, x));
    return value_at(&one, &record, 0);
}

static float power(float x, double exponent) {
    return (float)pow((double)x, exponent);
}

static float greatest_magnitude(const struct tb_field *f, const void *record, uint32_t column) {
    float greatest = 0;
    for (uint32_t row = 0; row < f->rows; row++)
        greatest = fmaxf(greatest, fabsf(value_at(f, record, row * f->columns + column)));
    return greatest;
}

/* ---- Scales. ---- */

typedef float scale_fn(const struct tb_smoothquant *q, float x, float w, double a);

/* Every operation in T, the clamps too. */
static float scale_in_t(const struct tb_smoothquant *q, float x, float w, double a) {
    float least = rounded(q->format, (float)q->least);
    float top = rounded(q->format, power(x, a));
    float bottom = rounded(q->format, power(fmaxf(w, least), 1 - a));
    return fmaxf(rounded(q->format, top / bottom), least);
}

static float scale_in_fp32(const struct tb_smoothquant *q, float x, float w, double a) {
    float least = (float)q->least;
    return fmaxf(power(x, a) / power(fmaxf(w, least), 1 - a), least);
}

/* No division: a negative exponent. */
static float scale_by_product(const struct tb_smoothquant *q, float x, float w, double a) {
    float least = (float)q->least;
    return fmaxf(power(x, a) * power(fmaxf(w, least), a - 1), least);
}

static void make_scales(const struct tb_smoothquant *q, const void *input, void *output, scale_fn *scale) {
    double a = (double)q->power / q->root;
    for (uint32_t j = 0; j < q->k; j++) {
        float s = scale(q, greatest_magnitude(q->x, input, j), greatest_magnitude(q->w, input, j), a);
        tb_field_set(q->s, output, j, pattern_in(q->format, s));
    }
}

/* ---- x and w. ---- */

/* One rounding each in T, as T's division and multiplication have it: fp32 has more than twice the bits of
 * fp16 and bf16, so that rounding through it is rounding once. */
static void divide_and_multiply(const struct tb_smoothquant *q, const void *input, void *output,
                                bool reciprocal) {
    for (uint32_t i = 0; i < q->m * q->k; i++) {
        float s = value_at(q->s, output, i % q->k), x = value_at(q->x, input, i);
        float inverse = rounded(q->format, 1.0f / s);
        tb_field_set(q->xs, output, i, pattern_in(q->format, reciprocal ? x * inverse : x / s));
    }
    for (uint32_t i = 0; i < q->n * q->k; i++) {
        float s = value_at(q->s, output, i % q->k);
        tb_field_set(q->ws, output, i, pattern_in(q->format, value_at(q->w, input, i) * s));
    }
}

static void evaluate_by(const struct tb_problem *p, const void *input, void *output, scale_fn *scale) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    make_scales(&q, input, output, scale);
    divide_and_multiply(&q, input, output, false);
}

/* ---- The variants. ---- */

static void evaluate_in_t(const struct tb_problem *p, const void *input, void *output) {
    evaluate_by(p, input, output, scale_in_t);
}

static void evaluate_in_fp32(const struct tb_problem *p, const void *input, void *output) {
    evaluate_by(p, input, output, scale_in_fp32);
}

static void evaluate_product(const struct tb_problem *p, const void *input, void *output) {
    evaluate_by(p, input, output, scale_by_product);
}

static void evaluate_reciprocal(const struct tb_problem *p, const void *input, void *output) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    tb_smoothquant_scales(p, q.least, input, output);
    divide_and_multiply(&q, input, output, true);
}

static void evaluate_unclamped(const struct tb_problem *p, const void *input, void *output) {
    tb_smoothquant_scales(p, 0, input, output);
    tb_smoothquant_apply(p, input, output);
}

static bool always(const struct tb_problem *p) {
    (void)p;
    return true;
}

/* At a = 0 and 1 one power is 1 and the other the number itself. */
static bool has_powers(const struct tb_problem *p) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    return q.power > 0 && q.power < q.root;
}

static bool is_short(const struct tb_problem *p) {
    return p->formats[0]->bits == 16 && has_powers(p);
}

/* Of bf16, all pairs of significands and exponents were tried for each a of one decimal or two: only square
 * and fourth roots of X (a = 0.5, 0.25) never come so near a tie that fp32 goes to its other side. */
static bool fp32_can_tell(const struct tb_problem *p) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    return has_powers(p) && !(q.format->precision == 8 && q.power == 1 && (q.root == 2 || q.root == 4));
}

/* clang-format off */
const struct tb_problem_variant tb_smoothquant_variants[] = {
    {"torch",         "powers, quotient and clamps each rounded to T",           "SmoothQuant smooth_ln_fcs and its descendants, weights of T", is_short, evaluate_in_t      },
    {"fp32-powf",     "s in fp32: two powers and a quotient, then T",            "SmoothQuant with fp32 weights; ports that widen first",       fp32_can_tell, evaluate_in_fp32   },
    {"power-product", "s in fp32: X^a * W^(a-1), no division",                   "ports that avoid the division",                               fp32_can_tell, evaluate_product   },
    {"reciprocal",    "x times the reciprocal of s in T",                        "kernels that fold 1 / s into a norm's weight",                always,   evaluate_reciprocal},
    {"no-clamp",      "neither the weights' greatest magnitude nor s is clamped", "the paper's formula as it is printed",                       always,   evaluate_unclamped },
    {NULL,            NULL,                                                      NULL,                                                          NULL,     NULL               },
};
/* clang-format on */
