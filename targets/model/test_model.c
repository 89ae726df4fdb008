/* The fast models and the plain ones give the same, on golden records and on random vectors; both reproduce
 * what hardware was published to return; and how fast they are. */
#include "reference/mma.h"
#include "reference/mma_data.h"
#include "reference/mma_probe.h"
#include "reference/problem.h"
#include "targets/families.h"
#include "targets/model/plan.h"
#include "vectors/problem_kinds.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const cases[] = {
    "mma/e4m3fn/e4m3fn/fp32/fp32",
    "mma/e4m3fn/e5m2/fp32/fp32/m=3,n=5,k=48",
    "mma/e5m2/e5m2/fp32/fp32/k=288",
    "mma/e4m3fn/e5m2/fp16/fp16",
    "mma/e2m3fn/e3m2fn/fp32/fp32",
    "mma/e2m1fn/e2m1fn/fp16/fp16/k=32",
    "mma/fp16/fp16/fp32/fp32",
    "mma/fp16/fp16/fp32/fp32/m=2,n=3,k=21",
    "mma/fp16/fp16/fp16/fp16",
    "mma/bf16/bf16/fp32/fp32",
    "mma/tf32/tf32/fp32/fp32/m=5,n=4,k=19",
    "mma/fp32/fp32/fp32/fp32/k=16",
    "mma/e4m3fnuz/e5m2fnuz/fp32/fp32",
    "mma/e4m3fnuz/e4m3fnuz/fp32/fp32/m=3,n=3,k=23",
    "mma/int8/int8/int32/int32",
    "mma/uint8/int8/int32/int32/m=3,n=5,k=67",
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* A record of random vectors. */
static void draw_record(const struct tb_mma_problem *x, const struct tb_mma_shape *shape, size_t index,
                        uint64_t *state, unsigned char *record) {
    uint64_t *a = calloc(x->k, sizeof *a), *b = calloc(x->k, sizeof *b);
    struct tb_mma_question q = {a, b, 0};
    for (uint32_t i = 0; i < x->m || i < x->n; i++) {
        tb_mma_draw(shape, (unsigned)index % TB_MMA_CHARACTERS, state, &q);
        for (uint32_t l = 0; l < x->k; l++) {
            if (i < x->m)
                tb_field_set(x->a, record, i * x->k + l, a[l]);
            if (i < x->n)
                tb_field_set(x->b, record, l * x->n + i, b[l]);
        }
        for (uint32_t j = 0; i < x->m && j < x->n; j++)
            tb_field_set(x->c, record, i * x->n + j, q.c);
    }
    free(a);
    free(b);
}

static void compare_record(const struct model_plan *plan, const struct tb_mma_dot *room,
                           const unsigned char *record) {
    const struct tb_mma_problem *x = &plan->shape;
    const struct tb_problem *p = &plan->p;
    unsigned char *fast = calloc(1, p->output.bytes);
    uint64_t *a = calloc(x->k, sizeof *a), *b = calloc(x->k, sizeof *b);
    struct tb_mma_operands o = {p->formats[0], p->formats[1], p->formats[2], p->formats[3], a, b, 0, x->k};
    struct tb_mma_dot dot = *room;
    model_plan_run(plan, record, fast, 1);
    for (uint32_t i = 0; i < x->m; i++)
        for (uint32_t j = 0; j < x->n; j++) {
            tb_mma_problem_get(x, record, i, j, a, b, &o.c);
            tb_mma_set(&dot, &o);
            uint64_t plain = tb_mma_run(plan->model, &dot), got = tb_field_get(x->d, fast, i * x->n + j);
            ck_assert_msg(plain == got, "%s on %s, [%u][%u]: plain 0x%llx, fast 0x%llx", plan->model->name,
                          p->id, i, j, (unsigned long long)plain, (unsigned long long)got);
        }
    free(fast);
    free(a);
    free(b);
}

static size_t compare_model(const char *name, const char *id) {
    struct model_plan *plan = model_plan_make(name, id);
    if (!plan)
        return 0;
    const struct tb_problem *p = &plan->p;
    const struct tb_mma_shape shape = {p->formats[0], p->formats[1], p->formats[2], plan->shape.k};
    const struct tb_problem_arithmetic *arithmetic = tb_problem_arithmetic_of(p);
    struct tb_mma_dot room = {.zeros = true, .products = calloc(plan->shape.k, sizeof *room.products)};
    unsigned char *record = malloc(p->input.bytes);
    uint64_t state = 1;
    for (size_t i = 0; i < arithmetic->records + 40; i += TB_FEWER(1, 3)) {
        memset(record, 0, p->input.bytes);
        if (i < arithmetic->records)
            arithmetic->make_input(p, i, record);
        else
            draw_record(&plan->shape, &shape, i, &state, record);
        compare_record(plan, &room, record);
    }
    free(record);
    free(room.products);
    model_plan_free(plan);
    return 1;
}

START_TEST(fast_is_plain) {
    size_t models = 0;
    for (size_t i = 0; i < tb_mma_model_count; i++)
        if (i == 0 || strcmp(tb_mma_models[i].name, tb_mma_models[i - 1].name) != 0)
            models += compare_model(tb_mma_models[i].name, cases[_i]);
    ck_assert_uint_gt(models, 0);
}
END_TEST

/* Every name without a plus is a target, and every target's name one of a model. */
START_TEST(targets_are_models) {
    size_t names = 0, targets = 0;
    for (const struct tb_target *const *t = tb_model_targets; *t; t++, targets++) {
        bool found = false;
        for (size_t i = 0; i < tb_mma_model_count; i++)
            found = found || strcmp((*t)->name + strlen("model/"), tb_mma_models[i].name) == 0;
        ck_assert_msg(found, "%s", (*t)->name);
    }
    for (size_t i = 0; i < tb_mma_model_count; i++) {
        bool first = true;
        for (size_t j = 0; j < i; j++)
            first = first && strcmp(tb_mma_models[i].name, tb_mma_models[j].name) != 0;
        names += first && !strchr(tb_mma_models[i].name, '+');
    }
    ck_assert_uint_eq(names, targets);
}
END_TEST

/* ---- Published outputs. ---- */

static const char *folder;

START_TEST(published_outputs) {
    const struct tb_mma_file *f = &tb_mma_files[_i];
    struct tb_mma_rows rows;
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "mma/%s/%s/%s/%s/m=1,n=1,k=%u", f->format, f->format, f->output, f->output, f->k);
    struct model_plan *plan = model_plan_make(f->model, id);
    ck_assert(plan && tb_mma_read(folder, f, &rows));
    const struct tb_mma_problem *x = &plan->shape;
    unsigned char *record = calloc(1, plan->p.input.bytes), *output = calloc(1, plan->p.output.bytes);
    size_t wrong = 0;
    for (size_t i = 0; i < rows.count; i++) {
        for (uint32_t l = 0; l < f->k; l++) {
            tb_field_set(x->a, record, l, rows.a[i * f->k + l]);
            tb_field_set(x->b, record, l, rows.b[i * f->k + l]);
        }
        tb_field_set(x->c, record, 0, rows.c[i]);
        model_plan_run(plan, record, output, 1);
        wrong += tb_field_get(x->d, output, 0) != rows.d[i];
    }
    ck_assert_msg(wrong == 0, "%s: %zu of %zu rows differ", id, wrong, rows.count);
    free(record);
    free(output);
    tb_mma_rows_free(&rows);
    model_plan_free(plan);
}
END_TEST

/* ---- Speed. ---- */

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* 10^7 dot products of 32 in a minute of a core is 6000 ns each, making and comparing them included; here a
 * fraction of that many, by the plain model and by the fast one. */
START_TEST(fast_enough) {
    enum { RECORDS = 400, DOTS = 64 };
    struct model_plan *plan = model_plan_make("h100-wgmma-fp8", "mma/e4m3fn/e4m3fn/fp32/fp32/k=32");
    const struct tb_problem *p = &plan->p;
    const struct tb_problem_variant *plain = tb_problem_variant_find(p, "h100-wgmma-fp8");
    unsigned char *in = calloc(RECORDS, p->input.bytes), *out = calloc(RECORDS, p->output.bytes),
                  *expected = calloc(RECORDS, p->output.bytes);
    const struct tb_mma_shape shape = {p->formats[0], p->formats[1], p->formats[2], 32};
    uint64_t state = 7;
    double start = seconds();
    for (size_t i = 0; i < RECORDS; i++)
        draw_record(&plan->shape, &shape, i, &state, in + i * p->input.bytes);
    double drawn = seconds();
    for (size_t i = 0; i < RECORDS; i++)
        plain->evaluate(p, in + i * p->input.bytes, expected + i * p->output.bytes);
    double evaluated = seconds();
    model_plan_run(plan, in, out, RECORDS);
    ck_assert_int_eq(memcmp(out, expected, RECORDS * p->output.bytes), 0);
    double all = seconds(), per = 1e9 / (RECORDS * DOTS);
    printf(
        "a dot product of 32: drawn in %.0f ns, plain %.0f ns, fast and compared %.0f ns (1/%.1f); 10^7 in "
        "%.1f s\n",
        (drawn - start) * per, (evaluated - drawn) * per, (all - evaluated) * per,
        (evaluated - drawn) / (all - evaluated), (all - start) * 1e7 / (RECORDS * DOTS));
    ck_assert_double_lt((all - start) * 1e7 / (RECORDS * DOTS), SLOW * 60.0);
    free(in);
    free(out);
    free(expected);
    model_plan_free(plan);
}
END_TEST

int main(int argc, char **argv) {
    bool published = argc > 1;
    folder = published ? tb_mma_data_folder(argv[1]) : NULL;
    if (published && !folder) {
        puts("skipped: no folder of published outputs; TIEBREAK_TENSOR_CORE_DATA names one");
        return 77; /* meson's word for skipped */
    }
    Suite *suite = suite_create("models");
    TCase *tests = tcase_create("models");
    if (published) {
        tcase_add_loop_test(tests, published_outputs, 0, (int)tb_mma_file_count);
    } else {
        tcase_add_loop_test(tests, fast_is_plain, 0, CASES);
        tcase_add_test(tests, targets_are_models);
        tcase_add_test(tests, fast_enough);
    }
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
