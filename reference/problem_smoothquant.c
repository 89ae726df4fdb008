/* SmoothQuant by MPFR, as problem_smoothquant.h defines it, and the inputs of its golden records. */
#include "reference/problem_smoothquant.h"
#include "reference/problem_arithmetics.h"
#include "reference/reference.h"
#include "reference/round_once.h"

#include <math.h>
#include <string.h>

/* Powers of up to 20 of numbers of at most 53 + 24 bits are exact in POWERS; roots and quotients are cut to
 * odd in QUOTIENT. */
enum { POWERS = 1600, QUOTIENT = 256, RECORDS = 32, STRUCTURED = 6 };

/* The greatest magnitude of a column. */
static void greatest_magnitude(const struct tb_field *f, const void *record, uint32_t column, mpfr_ptr out) {
    mpfr_t x;
    mpfr_init2(x, 24);
    mpfr_set_zero(out, 1);
    for (uint32_t row = 0; row < f->rows; row++) {
        tb_set_pattern(x, f->format, tb_field_get(f, record, row * f->columns + column));
        if (mpfr_cmpabs(x, out) > 0)
            mpfr_abs(out, x, MPFR_RNDN);
    }
    mpfr_clear(x);
}

/* The root of an exact power, cut to odd. */
static void root_to_odd(mpfr_ptr out, mpfr_srcptr x, unsigned root) {
    mpfr_t bottom, top;
    mpfr_init2(bottom, 8);
    mpfr_init2(top, mpfr_get_prec(out) + 8);
    mpfr_set_ui(bottom, 1, MPFR_RNDN);
    if (mpfr_rootn_ui(top, x, root, MPFR_RNDZ) != 0)
        mpfr_nextabove(top); /* a bit beyond those that are kept, for what was cut */
    tb_divide_to_odd(out, top, bottom);
    mpfr_clears(bottom, top, (mpfr_ptr)0);
}

/* X^a / W^(1-a) = (X^power * W^power)^(1/root) / W, so that only one root is taken, and of a whole power. */
static void scale_of(const struct tb_smoothquant *q, mpfr_srcptr x, mpfr_srcptr w, mpfr_ptr out) {
    mpfr_t product, root;
    mpfr_init2(product, POWERS);
    mpfr_init2(root, QUOTIENT);
    if (mpfr_zero_p(w) && q->power == q->root) {
        mpfr_set(out, x, MPFR_RNDN); /* W^0 is 1 */
    } else if (mpfr_zero_p(w)) {
        mpfr_set_inf(out, 1);
        if (mpfr_zero_p(x) && q->power > 0)
            mpfr_set_nan(out);
    } else {
        mpfr_mul(product, x, w, MPFR_RNDN);
        mpfr_pow_ui(product, product, q->power, MPFR_RNDN);
        root_to_odd(root, product, q->root);
        tb_divide_to_odd(out, root, w);
    }
    mpfr_clears(product, root, (mpfr_ptr)0);
}

void tb_smoothquant_scales(const struct tb_problem *p, double least, const void *input, void *output) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    mpfr_t x, w, s;
    mpfr_inits2(53, x, w, (mpfr_ptr)0);
    mpfr_init2(s, QUOTIENT);
    for (uint32_t j = 0; j < q.k; j++) {
        greatest_magnitude(q.x, input, j, x);
        greatest_magnitude(q.w, input, j, w);
        if (mpfr_cmp_d(w, least) < 0)
            mpfr_set_d(w, least, MPFR_RNDN);
        scale_of(&q, x, w, s);
        if (mpfr_number_p(s) && mpfr_cmp_d(s, least) < 0)
            mpfr_set_d(s, least, MPFR_RNDN);
        tb_field_set(q.s, output, j, tb_rounded_pattern(q.format, s));
    }
    mpfr_clears(x, w, s, (mpfr_ptr)0);
}

void tb_smoothquant_apply(const struct tb_problem *p, const void *input, void *output) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    mpfr_t value, s, product;
    mpfr_inits2(24, value, s, (mpfr_ptr)0);
    mpfr_init2(product, 64);
    for (uint32_t i = 0; i < q.m * q.k; i++) {
        tb_set_pattern(value, q.format, tb_field_get(q.x, input, i));
        tb_set_pattern(s, q.format, tb_field_get(q.s, output, i % q.k));
        tb_field_set(q.xs, output, i, tb_quotient_pattern(q.format, value, s));
    }
    for (uint32_t i = 0; i < q.n * q.k; i++) {
        tb_set_pattern(value, q.format, tb_field_get(q.w, input, i));
        tb_set_pattern(s, q.format, tb_field_get(q.s, output, i % q.k));
        mpfr_mul(product, value, s, MPFR_RNDN);
        tb_field_set(q.ws, output, i, tb_rounded_pattern(q.format, product));
    }
    mpfr_clears(value, s, product, (mpfr_ptr)0);
}

void tb_smoothquant_mpfr(const struct tb_problem *p, const void *input, void *output) {
    tb_smoothquant_scales(p, tb_smoothquant_of(p).least, input, output);
    tb_smoothquant_apply(p, input, output);
}

/* ---- Inputs. ---- */

/* Pairs of X and W so near a tie that s in fp32 goes to the wrong side: by two powers and a quotient, and by
 * the product of two powers alone. Found by trying; in bf16 there are none for a = 0.25 and 0.5, and at a = 0
 * and 1 no power is rounded. */
static const struct near_tie {
    const char *format;
    unsigned power, root;
    double x[2], w[2];
} near_ties[] = {
    {"fp16", 1, 2, {0x1.9bcp+2, 0x1.21cp-4}, {0x1.46cp-6, 0x1.698p-5}},
    {"fp16", 3, 4, {0x1.5e4p+0, 0x1.aacp+3}, {0x1.00cp-7, 0x1.c98p-5}},
    {"bf16", 3, 4, {0x1.a6p+0, 0x1.f2p+2},   {0x1.2cp-11, 0x1.eap-12}},
};

static const struct near_tie *near_tie_of(const struct tb_smoothquant *q) {
    for (size_t i = 0; i < sizeof near_ties / sizeof near_ties[0]; i++)
        if (strcmp(near_ties[i].format, q->format->name) == 0 && near_ties[i].power == q->power &&
            near_ties[i].root == q->root)
            return &near_ties[i];
    return NULL;
}

/* How large a column's greatest value is, by record. */
static double top_of_x(const struct tb_smoothquant *q, size_t record, uint32_t column) {
    const struct near_tie *t = near_tie_of(q);
    switch (record) {
    case 0: /* squares over squares: s is whole */
        return (double)((column + 1) * (column + 1));
    case 1: /* squares of numbers with one bit more than fp16 or bf16 has: next to ties */
        return column % 2 ? 2049.0 * 2049 / 4096 / 1024 : 257.0 * 257 / 4;
    case 2: /* dead channels */
        return column % 3 ? 0 : 1;
    case 3: /* the greatest values over the least */
        return 65504;
    case 4: /* subnormal in fp16 */
        return 0x1p-20 * (column + 1);
    default:
        return t ? t->x[column % 2] : 3;
    }
}

static double top_of_w(const struct tb_smoothquant *q, size_t record, uint32_t column) {
    const struct near_tie *t = near_tie_of(q);
    switch (record) {
    case 0:
        return column % 2 ? 4 : 0.25;
    case 1:
        return 1;
    case 2: /* dead weights, and one at the clamp */
        return column % 2 ? 0 : 1e-5;
    case 3:
        return 1e-6;
    case 4:
        return 0x1p+10;
    default:
        return t ? t->w[column % 2] : 7;
    }
}

static double value_of(size_t record, double top, uint32_t row, double usual, uint64_t *random) {
    double x = tb_problem_fraction(random);
    if (record < STRUCTURED)
        return row == 0 ? top : top * x / 2;
    return ldexp(usual * x, (int)(tb_problem_random(random) % 9) - 4);
}

static void make_input(const struct tb_problem *p, size_t index, void *record) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    uint64_t random = tb_problem_seed(p, index);
    for (uint32_t i = 0; i < q.m * q.k; i++)
        tb_field_set(q.x, record, i,
                     tb_problem_pattern(q.format,
                                        value_of(index, top_of_x(&q, index, i % q.k), i / q.k,
                                                 i % q.k == index % q.k ? 60 : 2, &random),
                                        TB_SATFINITE));
    for (uint32_t i = 0; i < q.n * q.k; i++)
        tb_field_set(q.w, record, i,
                     tb_problem_pattern(
                         q.format, value_of(index, top_of_w(&q, index, i % q.k), i / q.k, 0.125, &random),
                         TB_SATFINITE));
}

const struct tb_problem_arithmetic tb_arithmetic_smoothquant = {
    .operation = "smoothquant",
    .make_input = make_input,
    .records = RECORDS,
    .exact = tb_smoothquant_mpfr,
    .second = tb_smoothquant_integer,
    .variants = tb_smoothquant_variants,
};
