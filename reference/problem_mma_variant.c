/* Every row of vectors/mma_models.inc is a variant of matrix multiply-add. */
#include "reference/problem_mma.h"

#include "reference/mma.h"
#include "vectors/problem_mma.h"

#include <stdlib.h>

/* Rows by name, in the order of the table. */
#define MODEL(ID, ...) ROW_##ID,
enum row {
#include "vectors/mma_models.inc"
};
#undef MODEL

static void evaluate(enum row row, const struct tb_problem *p, const void *input, void *output) {
    const struct tb_mma_problem x = tb_mma_problem_of(p);
    uint64_t *a = calloc(x.k, sizeof *a), *b = calloc(x.k, sizeof *b);
    struct tb_mma_dot dot = {.zeros = true, .products = calloc(x.k, sizeof *dot.products)};
    struct tb_mma_operands o = {p->formats[0], p->formats[1], p->formats[2], p->formats[3], a, b, 0, x.k};
    if (!a || !b || !dot.products)
        abort();
    for (uint32_t i = 0; i < x.m; i++)
        for (uint32_t j = 0; j < x.n; j++) {
            tb_mma_problem_get(&x, input, i, j, a, b, &o.c);
            tb_mma_set(&dot, &o);
            tb_field_set(x.d, output, i * x.n + j, tb_mma_run(&tb_mma_models[row], &dot));
        }
    free(a);
    free(b);
    free(dot.products);
}

/* Integers that are clamped once are the exact answer. */
static bool applies(enum row row, const struct tb_problem *p) {
    const struct tb_mma_model *model = &tb_mma_models[row];
    bool clamps_once =
        model->special == TB_MMA_CLAMP && (!model->step || tb_problem_number(p, "k") <= model->step);
    return !clamps_once && tb_mma_takes(model, p->formats[0], p->formats[1], p->formats[2], p->formats[3]);
}

#define MODEL(ID, ...)                                                                                       \
    static void evaluate_##ID(const struct tb_problem *p, const void *input, void *output) {                 \
        evaluate(ROW_##ID, p, input, output);                                                                \
    }                                                                                                        \
    static bool applies_##ID(const struct tb_problem *p) {                                                   \
        return applies(ROW_##ID, p);                                                                         \
    }
#include "vectors/mma_models.inc"
#undef MODEL

#define MODEL(ID, NAME, OPERANDS, RESULT, REGISTERS, SUM, STEP, BLOCK, ORDER, F, CUT, PLACE, ROUNDING, BITS, \
              NORMALISED, SUBNORMALS, SPECIAL, SUMMARY, USED_BY, SOURCE)                                     \
    {NAME, SUMMARY, USED_BY, applies_##ID, evaluate_##ID},
const struct tb_problem_variant tb_mma_variants[] = {
#include "vectors/mma_models.inc"
    {NULL, NULL, NULL, NULL, NULL},
};
