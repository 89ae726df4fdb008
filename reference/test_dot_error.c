/* Splitting the error of a dot product: the parts add up, by hand and over all records, and a way that gives
 * another answer is not taken for the one that was gone. */
#include "reference/dot_error.h"
#include "vectors/problem_dot.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct tb_problem parsed(const char *id) {
    struct tb_problem p;
    struct tb_error error;
    ck_assert_msg(tb_problem_parse(id, &p, &error), "%s: %s", id, error.text);
    return p;
}

static void set(const struct tb_problem *p, void *record, const char *name, uint32_t place, double x) {
    const struct tb_field *f = tb_layout_named(&p->input, name);
    tb_field_set(f, record, place, tb_problem_pattern(f->format, x, TB_TO_INF));
}

/* a = {1 + 2^-12, 2^-24, 2^-24}, b = {1 + 2^-12, 1, 1}, c = 2^-24. The product is 1 + 2^-11 + 2^-24: rounded
 * it loses 2^-24, half an ULP of 2^-23; each 2^-24 is then a tie and lost, and the exact sum, 1 + 2^-11 +
 * 2^-22, is an fp32. */
START_TEST(by_hand) {
    struct tb_problem p = parsed("dot/fp32/fp32/fp32/fp32/rne/k=3");
    unsigned char *record = calloc(1, p.input.bytes);
    struct tb_dot_error e;
    set(&p, record, "a", 0, 1 + 0x1p-12);
    set(&p, record, "b", 0, 1 + 0x1p-12);
    for (uint32_t i = 1; i < 3; i++) {
        set(&p, record, "a", i, 0x1p-24);
        set(&p, record, "b", i, 1);
    }
    set(&p, record, "c", 0, 0x1p-24);
    /* ascending from c: 2^-24 + (1 + 2^-11) is a tie, to 1 + 2^-11; so are the next two */
    ck_assert(tb_dot_error_split(&p, record, 0x3f801000, "seq", &e));
    ck_assert(e.known && !e.has_origins);
    ck_assert_int_eq(e.ulp, -23);
    ck_assert(e.part[TB_DOT_INPUTS] == 0 && e.part[TB_DOT_PRODUCTS] == -0.5);
    ck_assert(e.part[TB_DOT_ACCUMULATION] == -1.5 && e.part[TB_DOT_OUTPUT] == 0);
    ck_assert(e.part[TB_DOT_TOTAL] == -2);
    ck_assert(fabs(e.relative + 0x1p-22) < 0x1p-32 && fabs(e.condition - 1) < 1e-12);
    /* the same answer of whom nothing is known; and under a name that gives another */
    ck_assert(tb_dot_error_split(&p, record, 0x3f801000, NULL, &e) && !e.known);
    ck_assert(e.part[TB_DOT_PRODUCTS] == 0 && e.part[TB_DOT_ACCUMULATION] == -2 &&
              e.part[TB_DOT_OUTPUT] == 0);
    ck_assert(tb_dot_error_split(&p, record, 0x3f801000, "acc-fp64", &e) && !e.known);
    ck_assert(tb_dot_error_split(&p, record, 0x3f801002, "acc-fp64", &e) && e.known);
    ck_assert(e.part[TB_DOT_TOTAL] == 0);
    ck_assert(!tb_dot_error_split(&p, record, 0x7f800000, NULL, &e)); /* not finite */
    free(record);
}
END_TEST

/* 1.0625 quantized to 1, times 2, and c = 2^-8, which bf16 does not hold beside 2: its ULP there is 2^-6. */
START_TEST(inputs_by_hand) {
    struct tb_problem p = parsed("dot/e4m3fn/e4m3fn/fp32/bf16/rne/k=1,origin=1");
    unsigned char *record = calloc(1, p.input.bytes);
    struct tb_dot_error e;
    set(&p, record, "a", 0, 1);
    set(&p, record, "origin_a", 0, 1.0625);
    set(&p, record, "b", 0, 2);
    set(&p, record, "origin_b", 0, 2);
    set(&p, record, "c", 0, 0x1p-8);
    ck_assert(tb_dot_error_split(&p, record, 0x4000, "seq-fma", &e));
    ck_assert(e.known && e.has_origins);
    ck_assert_int_eq(e.ulp, -6);
    ck_assert(e.part[TB_DOT_INPUTS] == -8 && e.part[TB_DOT_OUTPUT] == -0.25);
    ck_assert(e.part[TB_DOT_TOTAL] == -8.25);
    free(record);
}
END_TEST

static const char *const ids[] = {
    "dot/fp32/fp32/fp32/fp32/rne/k=67",
    "dot/bf16/bf16/fp32/bf16/rne/k=128,origin=1",
    "dot/e4m3fn/e5m2/fp32/fp32/mx/rne/k=96",
    "dot/e2m1fn/e2m1fn/fp32/bf16/nvfp4/rne/k=64,origin=1",
    "dot/e4m3fn/e4m3fn/fp32/bf16/block128/rne/k=512",
    "dot/int8/int8/int32/int32/rne/k=67",
};

/* Every way that applies gives its own answer, and its parts add up to what the answer is off. */
START_TEST(parts_add_up) {
    struct tb_problem p = parsed(ids[_i]);
    const struct tb_problem_arithmetic *arithmetic = tb_problem_arithmetic_of(&p);
    unsigned char *input = malloc(p.input.bytes), *output = malloc(p.output.bytes);
    for (size_t r = 0; r < arithmetic->records; r += 3) {
        memset(input, 0, p.input.bytes);
        arithmetic->make_input(&p, r, input);
        for (const struct tb_problem_variant *v = arithmetic->variants; v->name; v++) {
            struct tb_dot_error e;
            if (!v->applies(&p))
                continue;
            memset(output, 0, p.output.bytes);
            v->evaluate(&p, input, output);
            if (!tb_dot_error_split(&p, input, tb_field_get(&p.output.fields[0], output, 0), v->name, &e))
                continue;
            double sum = 0, size = 0;
            for (int i = TB_DOT_INPUTS; i < TB_DOT_TOTAL; i++) {
                sum += e.part[i];
                size += fabs(e.part[i]);
            }
            ck_assert_msg(e.known, "%s, record %zu: %s is not followed", ids[_i], r, v->name);
            ck_assert_msg(fabs(sum - e.part[TB_DOT_TOTAL]) <= size * 0x1p-50,
                          "%s, record %zu, %s: %g, not %g", ids[_i], r, v->name, sum, e.part[TB_DOT_TOTAL]);
        }
    }
    free(input);
    free(output);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("errors of dot products");
    TCase *tests = tcase_create("errors of dot products");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, inputs_by_hand);
    tcase_add_loop_test(tests, parts_add_up, 0, (int)(sizeof ids / sizeof ids[0]));
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
