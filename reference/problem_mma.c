/* Matrix multiply-add: exact answers by the two ways of reference/dot.h; golden records out of probes. */
#include "vectors/problem_mma.h"

#include "reference/dot.h"
#include "reference/mma_probe.h"
#include "reference/problem_arithmetics.h"
#include "reference/problem_mma.h"

#include <stdlib.h>

enum { RECORDS = 96 };

static struct tb_mma_shape shape_of(const struct tb_problem *p) {
    return (struct tb_mma_shape){p->formats[0], p->formats[1], p->formats[2],
                                 (uint32_t)tb_problem_number(p, "k")};
}

static void put(const struct tb_mma_problem *x, void *record, uint32_t i, uint32_t j,
                const struct tb_mma_question *q) {
    for (uint32_t l = 0; l < x->k; l++) {
        tb_field_set(x->a, record, i * x->k + l, q->a[l]);
        tb_field_set(x->b, record, l * x->n + j, q->b[l]);
    }
    tb_field_set(x->c, record, i * x->n + j, q->c);
}

/* Row i and column i ask question i of the record, and what lies beside the diagonal asks a row of one and a
 * column of another. The probes first, as evenly as they go into half the records; then random ones. */
static void make_input(const struct tb_problem *p, size_t index, void *record) {
    const struct tb_mma_problem x = tb_mma_problem_of(p);
    const struct tb_mma_shape shape = shape_of(p);
    uint64_t state = tb_problem_seed(p, index);
    struct tb_mma_question q = {calloc(x.k, sizeof *q.a), calloc(x.k, sizeof *q.b), 0};
    if (!q.a || !q.b)
        abort();
    size_t probes = tb_mma_probe_count(&shape), diagonal = x.m < x.n ? x.m : x.n,
           slots = RECORDS / 2 * diagonal;
    for (uint32_t i = 0; i < (x.m > x.n ? x.m : x.n); i++) {
        size_t slot = index * diagonal + i;
        if (index < RECORDS / 2 && i < diagonal && slot < probes)
            tb_mma_probe(&shape, probes > slots ? slot * probes / slots : slot, &q);
        else
            tb_mma_draw(&shape, (unsigned)index % TB_MMA_CHARACTERS, &state, &q);
        for (uint32_t j = 0; j < (i < x.m ? x.n : 0); j++)
            tb_field_set(x.c, record, i * x.n + j, q.c);
        put(&x, record, i < x.m ? i : x.m - 1, i < x.n ? i : x.n - 1, &q);
    }
    free(q.a);
    free(q.b);
}

/* ---- The exact answers. ---- */

typedef uint64_t dot_fn(const struct tb_dot *d, const struct tb_dot_terms *t);

static void every_dot(const struct tb_problem *p, const void *input, void *output, dot_fn *dot) {
    const struct tb_mma_problem x = tb_mma_problem_of(p);
    const struct tb_dot_formats formats = {.a = p->formats[0],
                                           .b = p->formats[1],
                                           .c = p->formats[2],
                                           .d = p->formats[3],
                                           .rounding = TB_RNE,
                                           .overflow = TB_TO_INF};
    uint32_t *a = calloc(x.k, sizeof *a), *b = calloc(x.k, sizeof *b);
    struct tb_dot made;
    if (!a || !b || !tb_dot_make(&made, &formats, NULL))
        abort();
    for (uint32_t i = 0; i < x.m; i++)
        for (uint32_t j = 0; j < x.n; j++) {
            for (uint32_t l = 0; l < x.k; l++) {
                a[l] = (uint32_t)tb_field_get(x.a, input, i * x.k + l);
                b[l] = (uint32_t)tb_field_get(x.b, input, l * x.n + j);
            }
            uint32_t place = i * x.n + j;
            const struct tb_dot_terms t = {
                .k = x.k, .a = a, .b = b, .c = (uint32_t)tb_field_get(x.c, input, place)};
            tb_field_set(x.d, output, place, dot(&made, &t));
        }
    free(a);
    free(b);
}

static void exact(const struct tb_problem *p, const void *input, void *output) {
    every_dot(p, input, output, tb_dot_mpfr);
}
static void second(const struct tb_problem *p, const void *input, void *output) {
    every_dot(p, input, output, tb_dot_integer);
}

const struct tb_problem_arithmetic tb_arithmetic_mma = {
    .operation = "mma",
    .make_input = make_input,
    .records = RECORDS,
    .exact = exact,
    .second = second,
    .variants = tb_mma_variants,
    .bounds = tb_mma_bounds,
};
