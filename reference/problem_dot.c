/* Dot products as problems: a record handed to the exact sum's two implementations. */
#include "reference/problem_dot.h"

#include "reference/problem_arithmetics.h"

#include <stdlib.h>

enum { RECORDS = 192 };

static const struct tb_format *format_of(const struct tb_field *f) {
    return f ? f->format : NULL;
}

static struct tb_dot_formats formats_of(const struct tb_problem *p, const struct tb_dot_fields *f,
                                        bool origins) {
    const struct tb_format *d = f->d->format;
    struct tb_dot_formats formats = {
        .a = format_of(origins ? f->origin_a : f->a),
        .b = format_of(origins ? f->origin_b : f->b),
        .c = f->c->format,
        .d = d,
        .rounding = p->rounding,
        .overflow = d->kind == TB_INTEGER ? TB_SATFINITE : TB_TO_INF,
    };
    if (origins)
        return formats;
    formats.scale_a = format_of(f->scale_a);
    formats.scale_b = format_of(f->scale_b);
    formats.factor = format_of(f->factor_a);
    formats.block = f->block;
    return formats;
}

/* The field's elements behind those that are there already; NULL for a field that is not there. */
static const uint32_t *read_codes(const struct tb_field *f, const void *input, uint32_t **free_place) {
    uint32_t *codes = *free_place;
    if (!f)
        return NULL;
    for (uint32_t i = 0; i < f->columns; i++)
        codes[i] = (uint32_t)tb_field_get(f, input, i);
    *free_place += f->columns;
    return codes;
}

static uint32_t read_code(const struct tb_field *f, const void *input) {
    return f ? (uint32_t)tb_field_get(f, input, 0) : 0;
}

struct tb_dot_record tb_dot_record_of(const struct tb_problem *p, const void *input, bool origins) {
    struct tb_dot_fields f = tb_dot_fields_of(p);
    struct tb_dot_formats formats = formats_of(p, &f, origins);
    struct tb_dot_record r = {.codes = malloc((size_t)4 * f.k * sizeof *r.codes)};
    uint32_t *place = r.codes;
    if (!r.codes || !tb_dot_make(&r.dot, &formats, NULL))
        abort();
    r.terms = (struct tb_dot_terms){
        .k = f.k,
        .a = read_codes(origins ? f.origin_a : f.a, input, &place),
        .b = read_codes(origins ? f.origin_b : f.b, input, &place),
        .scale_a = origins ? NULL : read_codes(f.scale_a, input, &place),
        .scale_b = origins ? NULL : read_codes(f.scale_b, input, &place),
        .factor_a = read_code(f.factor_a, input),
        .factor_b = read_code(f.factor_b, input),
        .c = read_code(f.c, input),
    };
    return r;
}

void tb_dot_record_free(struct tb_dot_record *r) {
    free(r->codes);
    r->codes = NULL;
}

static void answer(const struct tb_problem *p, const void *input, void *output,
                   uint64_t (*dot)(const struct tb_dot *, const struct tb_dot_terms *)) {
    struct tb_dot_record r = tb_dot_record_of(p, input, false);
    tb_field_set(tb_layout_named(&p->output, "d"), output, 0, dot(&r.dot, &r.terms));
    tb_dot_record_free(&r);
}

static void exact(const struct tb_problem *p, const void *input, void *output) {
    answer(p, input, output, tb_dot_mpfr);
}

static void second(const struct tb_problem *p, const void *input, void *output) {
    answer(p, input, output, tb_dot_integer);
}

const struct tb_problem_arithmetic tb_arithmetic_dot = {
    .operation = "dot",
    .make_input = tb_dot_make_input,
    .records = RECORDS,
    .exact = exact,
    .second = second,
    .variants = tb_dot_variants,
};
