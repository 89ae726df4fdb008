/* Quantization parameters, LLM.int8() and SmoothQuant: portable/c against the exact answers, each runtime's
 * target against the variant that it claims. */
#include "reference/problem_llmint8.h"
#include "reference/problem_qparams.h"
#include "reference/problem_smoothquant.h"
#include "targets/families.h"
#include "targets/portable/problem_qparams.h"
#include "targets/portable/problem_recipes.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tb_problem parsed(const char *id) {
    struct tb_problem p;
    struct tb_error error = {0};
    ck_assert_msg(tb_problem_parse(id, &p, &error), "%s", error.text);
    return p;
}

static void compare(const struct tb_problem *p, const unsigned char *exact, const unsigned char *got) {
    for (uint64_t i = 0; i < tb_layout_elements(&p->output); i++) {
        uint32_t place;
        const struct tb_field *f = tb_layout_find(&p->output, i, &place);
        uint64_t a = tb_field_get(f, exact, place), b = tb_field_get(f, got, place);
        ck_assert_msg(a == b, "%s, %s[%u]: expected 0x%llx, got 0x%llx", p->id, f->name, place,
                      (unsigned long long)a, (unsigned long long)b);
    }
}

static void check_record(const struct tb_problem *p, const unsigned char *input) {
    unsigned char exact[2048] = {0}, got[2048] = {0};
    ck_assert_uint_le(p->output.bytes, sizeof got);
    tb_qparams_mpfr(p, input, exact);
    portable_qparams(p, input, got);
    compare(p, exact, got);
}

static void check_problem(const char *id) {
    struct tb_problem p = parsed(id);
    unsigned char input[65536];
    ck_assert_uint_le(p.input.bytes, sizeof input);
    if (!portable_qparams_offers(&p))
        return;
    for (size_t record = 0; record < tb_arithmetic_qparams.records; record += TB_FEWER(1, 5)) {
        memset(input, 0, sizeof input);
        tb_arithmetic_qparams.make_input(&p, record, input);
        check_record(&p, input);
    }
    uint64_t special;
    tb_format_infinity(p.input.fields[0].format, false, &special);
    tb_field_set(&p.input.fields[0], input, 3, special);
    check_record(&p, input);
    tb_format_nan(p.input.fields[0].format, false, 0, &special);
    tb_field_set(&p.input.fields[0], input, 2, special);
    check_record(&p, input);
}

START_TEST(test_exact) {
    for (const char *const *id = tb_problem_qparams.suite; *id; id++)
        check_problem(*id);
}
END_TEST

START_TEST(test_settings) {
    static const char *const ids[] = {
        "qparams/bf16/uint4/fp64/minmax-asymmetric/n=8,end=2,stored=1,away=1,empty=0",
        "qparams/fp32/uint8/bf16/minmax-asymmetric/n=8,end=1,zero=0,eps=0.001,stored=1",
        "qparams/fp32/int16/fp16/minmax-float-code/n=8,stored=1",
        "qparams/fp32/uint4/fp16/minmax-float-zero/n=8,zero=0,stored=1",
        "qparams/fp16/int2/fp64/minmax-per-side/n=8,eps=0.5,narrow=1",
        "qparams/fp32/uint8/fp64/average-asymmetric/n=4,batches=8,c=0.001,end=1,stored=1",
        "qparams/bf16/int8/fp64/percentile-asymmetric/n=7,p=0.51,empty=-1",
        "qparams/fp32/int4/fp32/histogram-asymmetric/rows=4,n=32,group=4,axis=0,bins=50,empty=-2",
        "qparams/fp16/uint4/fp16/mse-asymmetric/n=8,power=2,zero=0,empty=-3",
        "qparams/fp32/int8/fp32/mse-absmax/n=24,power=2,least=0.01",
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_problem p = parsed(ids[i]);
        ck_assert_msg(portable_qparams_offers(&p), "%s is not offered", ids[i]);
        check_problem(ids[i]);
    }
}
END_TEST

/* ---- Recipes. ---- */

static void check_recipe(const char *id, const struct tb_problem_arithmetic *a,
                         void (*run)(const struct tb_problem *, const unsigned char *, unsigned char *)) {
    static unsigned char input[32768], exact[32768], got[32768];
    struct tb_problem p = parsed(id);
    ck_assert_uint_le(p.input.bytes, sizeof input);
    ck_assert_uint_le(p.output.bytes, sizeof got);
    for (size_t record = 0; record < a->records; record += TB_FEWER(1, 5)) {
        memset(input, 0, sizeof input);
        memset(exact, 0, sizeof exact);
        memset(got, 0, sizeof got);
        a->make_input(&p, record, input);
        a->exact(&p, input, exact);
        run(&p, input, got);
        compare(&p, exact, got);
    }
}

START_TEST(test_recipes) {
    static const char *const more[] = {"smoothquant/fp32/k=5,a=0.05", "smoothquant/bf16/a=0.95,least=1e-10",
                                       "smoothquant/fp16/a=0.35,least=1", NULL};
    for (const char *const *id = tb_problem_llmint8.suite; *id; id++)
        check_recipe(*id, &tb_arithmetic_llmint8, portable_llmint8);
    for (const char *const *id = tb_problem_smoothquant.suite; *id; id++)
        check_recipe(*id, &tb_arithmetic_smoothquant, portable_smoothquant);
    for (const char *const *id = more; *id; id++)
        check_recipe(*id, &tb_arithmetic_smoothquant, portable_smoothquant);
}
END_TEST

/* ---- Runtimes. ---- */

static int check_runtime(const struct tb_target *t, const char *id, const struct tb_problem_arithmetic *a) {
    static unsigned char input[65536], expected[65536], got[65536];
    struct tb_problem p = parsed(id);
    struct tb_kernel kernel = {0};
    struct tb_request request = {.case_id = id, .operation = p.kind->operation};
    if (!t->open(&request, &kernel))
        return 0;
    const struct tb_problem_variant *v = kernel.claim ? tb_problem_variant_find(&p, kernel.claim) : NULL;
    void (*evaluate)(const struct tb_problem *, const void *, void *) = v ? v->evaluate : a->exact;
    ck_assert_msg(v != NULL || !kernel.claim, "%s claims %s, which %s does not have", t->name, kernel.claim,
                  id);
    for (size_t record = 0; record < a->records; record += TB_FEWER(1, 5)) {
        memset(input, 0, sizeof input);
        memset(expected, 0, sizeof expected);
        memset(got, 0, sizeof got);
        a->make_input(&p, record, input);
        evaluate(&p, input, expected);
        kernel.run(kernel.state, input, got, 1);
        compare(&p, expected, got);
    }
    t->close(&kernel);
    return 1;
}

static int check_runtimes(const struct tb_problem_arithmetic *a, const char *const *ids) {
    int opened = 0;
    for (const struct tb_target *const *t = tb_portable_targets; *t; t++)
        for (const char *const *id = ids; *id; id++)
            if (strcmp((*t)->name, "portable/c") != 0)
                opened += check_runtime(*t, *id, a);
    return opened;
}

START_TEST(test_runtimes) {
    ck_assert_int_gt(check_runtimes(&tb_arithmetic_qparams, tb_problem_qparams.suite), 50);
    ck_assert_int_gt(check_runtimes(&tb_arithmetic_llmint8, tb_problem_llmint8.suite), 3);
    ck_assert_int_gt(check_runtimes(&tb_arithmetic_smoothquant, tb_problem_smoothquant.suite), 3);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("portable qparams");
    TCase *t = tcase_create("portable qparams");
    tcase_add_test(t, test_exact);
    tcase_add_test(t, test_settings);
    tcase_add_test(t, test_recipes);
    tcase_add_test(t, test_runtimes);
    suite_add_tcase(suite, t);
    return tb_test(suite, CK_FORK_GETENV);
}
