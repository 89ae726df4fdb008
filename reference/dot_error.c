#include "reference/dot_error.h"

#include "reference/dot_mpfr.h"
#include "reference/dot_way.h"
#include "reference/round_once.h"

#include <stdlib.h>
#include <string.h>

const char *const tb_dot_part_names[TB_DOT_PARTS] = {"inputs", "products", "accumulation", "output", "total"};

/* Holds every bit of a sum of 2^13 products, and of its differences from other such sums. */
enum { EXACT = 1536 };

/* The numbers whose differences the parts are. */
enum { ORIGIN, QUANTIZED, PRODUCTS, SUM, ANSWER, MAGNITUDE, NUMBERS };

bool tb_dot_is(const struct tb_problem *p) {
    return strcmp(p->kind->operation, "dot") == 0;
}

static void set_exact(mpfr_ptr sum, mpfr_ptr magnitude, const struct tb_problem *p, const void *input,
                      bool origins) {
    struct tb_dot_record r = tb_dot_record_of(p, input, origins);
    tb_dot_exact_sum(&r.dot, &r.terms, sum, magnitude);
    tb_dot_record_free(&r);
}

/* c and the products as the way has them, which are doubles. Sums of blocks are scaled afterwards: there the
 * products are exact. */
static void set_products(mpfr_ptr sum, mpfr_srcptr exact, const struct tb_dot_way *way,
                         const struct tb_dot_trace *trace, double c, uint32_t k) {
    if (way->scaling == BLOCKS || way->scaling == BLOCKS_FMA) {
        mpfr_set(sum, exact, MPFR_RNDN);
        return;
    }
    mpfr_set_d(sum, c, MPFR_RNDN);
    for (uint32_t i = 0; i < k; i++)
        mpfr_add_d(sum, sum, trace->products[i], MPFR_RNDN);
}

/* Whether the way gives this answer; fills PRODUCTS and SUM. */
static bool follow(const struct tb_problem *p, const void *input, uint64_t answer, const char *variant,
                   mpfr_t *numbers) {
    const struct tb_dot_way *way = variant ? tb_dot_way_named(p, variant) : NULL;
    struct tb_dot_fields f = tb_dot_fields_of(p);
    if (!way)
        return false;
    struct tb_dot_trace trace = {.products = malloc(f.k * sizeof *trace.products)};
    if (!trace.products)
        abort();
    tb_dot_walk(way, p, input, &trace);
    double c = tb_format_value(f.c->format, tb_field_get(f.c, input, 0));
    set_products(numbers[PRODUCTS], numbers[QUANTIZED], way, &trace, c, f.k);
    mpfr_set_d(numbers[SUM], trace.sum, MPFR_RNDN);
    free(trace.products);
    return trace.answer == answer;
}

static void set_code(mpfr_ptr out, const struct tb_problem *p, uint64_t code) {
    tb_set_pattern(out, tb_layout_named(&p->output, "d")->format, code);
}

/* Not known: what lies between the exact answer and this one is one part. */
static void set_unknown(const struct tb_problem *p, const void *input, mpfr_t *numbers) {
    struct tb_dot_record r = tb_dot_record_of(p, input, false);
    mpfr_t exact_answer;
    mpfr_init2(exact_answer, 64);
    set_code(exact_answer, p, tb_dot_integer(&r.dot, &r.terms));
    mpfr_set(numbers[PRODUCTS], numbers[QUANTIZED], MPFR_RNDN);
    /* SUM - QUANTIZED = ANSWER - exact answer, so that ANSWER - SUM = exact answer - QUANTIZED */
    mpfr_sub(numbers[SUM], numbers[ANSWER], exact_answer, MPFR_RNDN);
    mpfr_add(numbers[SUM], numbers[SUM], numbers[QUANTIZED], MPFR_RNDN);
    mpfr_clear(exact_answer);
    tb_dot_record_free(&r);
}

static int ulp_at(const struct tb_format *d, mpfr_srcptr x) {
    if (d->kind == TB_INTEGER)
        return -d->bias;
    long least = 1 - d->bias, exponent = mpfr_zero_p(x) ? least : mpfr_get_exp(x) - 1;
    return (int)((exponent < least ? least : exponent) - d->precision + 1);
}

static double difference(mpfr_srcptr x, mpfr_srcptr y, int ulp) {
    mpfr_t z;
    mpfr_init2(z, EXACT);
    mpfr_sub(z, x, y, MPFR_RNDN);
    mpfr_mul_2si(z, z, -ulp, MPFR_RNDN);
    double value = mpfr_get_d(z, MPFR_RNDN);
    mpfr_clear(z);
    return value;
}

static void measure(const struct tb_problem *p, mpfr_t *n, struct tb_dot_error *out) {
    static const int from[TB_DOT_PARTS][2] = {
        {QUANTIZED, ORIGIN   },
        {PRODUCTS,  QUANTIZED},
        {SUM,       PRODUCTS },
        {ANSWER,    SUM      },
        {ANSWER,    ORIGIN   },
    };
    out->ulp = ulp_at(tb_layout_named(&p->output, "d")->format, n[QUANTIZED]);
    for (int i = 0; i < TB_DOT_PARTS; i++)
        out->part[i] = difference(n[from[i][0]], n[from[i][1]], out->ulp);
    out->magnitude = mpfr_get_d(n[MAGNITUDE], MPFR_RNDN);
    mpfr_div(n[QUANTIZED], n[MAGNITUDE], n[QUANTIZED], MPFR_RNDN);
    mpfr_abs(n[QUANTIZED], n[QUANTIZED], MPFR_RNDN);
    out->condition = mpfr_get_d(n[QUANTIZED], MPFR_RNDN);
    mpfr_sub(n[SUM], n[ANSWER], n[ORIGIN], MPFR_RNDN);
    mpfr_div(n[SUM], n[SUM], n[MAGNITUDE], MPFR_RNDN);
    out->relative = mpfr_zero_p(n[MAGNITUDE]) ? 0 : mpfr_get_d(n[SUM], MPFR_RNDN);
}

bool tb_dot_error_split(const struct tb_problem *p, const void *input, uint64_t answer, const char *variant,
                        struct tb_dot_error *out) {
    mpfr_t n[NUMBERS];
    bool finite = true;
    *out = (struct tb_dot_error){.has_origins = tb_dot_fields_of(p).origin_a != NULL};
    for (int i = 0; i < NUMBERS; i++)
        mpfr_init2(n[i], EXACT);
    set_exact(n[QUANTIZED], n[MAGNITUDE], p, input, false);
    mpfr_set(n[ORIGIN], n[QUANTIZED], MPFR_RNDN);
    if (out->has_origins)
        set_exact(n[ORIGIN], NULL, p, input, true);
    set_code(n[ANSWER], p, answer);
    out->known = follow(p, input, answer, variant, n);
    if (!out->known)
        set_unknown(p, input, n);
    for (int i = 0; i < NUMBERS; i++)
        finite = finite && mpfr_number_p(n[i]);
    if (finite)
        measure(p, n, out);
    for (int i = 0; i < NUMBERS; i++)
        mpfr_clear(n[i]);
    return finite;
}
