/* Problems from a kernel to its verdict: a target that computes a variant is named as that variant and no
 * other; broken promises on records are found. */
#include "harness/attribute.h"
#include "harness/contract.h"
#include "harness/gapless.h"
#include "harness/problem_judge.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *ids[400];
static int id_count;

static void collect_ids(void) {
    int turn = 0;
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++)
        for (const char *const *id = (*k)->suite; *id && id_count < 400; id++)
            if (turn++ % TB_FEWER(1, 6) == 0)
                ids[id_count++] = *id;
}

static struct tb_planned_problem *planned(const char *id) {
    struct tb_error error;
    struct tb_planned_problem *q = tb_planned_problem(id, &error);
    ck_assert_msg(q && tb_planned_problem_golden(q, TB_NAN_BITS, &error), "%s: %s", id, error.text);
    return q;
}

/* ---- Attribution. ---- */

struct computing {
    const struct tb_problem *p;
    const struct tb_problem_variant *variant;
};

static void run_variant(const void *state, const void *input, void *output, size_t count) {
    const struct computing *c = state;
    for (size_t i = 0; i < count; i++) {
        unsigned char *record = (unsigned char *)output + i * c->p->output.bytes;
        memset(record, 0, c->p->output.bytes);
        c->variant->evaluate(c->p, (const unsigned char *)input + i * c->p->input.bytes, record);
    }
}

static void judge_kernel(struct tb_planned_problem *q, const struct tb_kernel *kernel, const char *claim,
                         struct tb_trial *t) {
    static struct tb_planned plan;
    static const struct tb_subject subject = {.name = "test/kernel"};
    plan = (struct tb_planned){.problem = q};
    memcpy(plan.id, q->p.id, sizeof plan.id);
    *t = (struct tb_trial){.planned = &plan, .subject = &subject, .nan_level = TB_NAN_CLASS};
    ck_assert(tb_problem_sweep(q, kernel, &t->record));
    tb_tally_report(&t->record.tally, &plan.c, false, &t->verdict);
    snprintf(t->verdict.claim, sizeof t->verdict.claim, "%s", claim);
    tb_trial_explain(t);
}

static void judge_variant(struct tb_planned_problem *q, const struct tb_problem_variant *v, const char *claim,
                          struct tb_trial *t) {
    const struct computing c = {&q->p, v};
    const struct tb_kernel kernel = {.run = run_variant, .state = &c};
    judge_kernel(q, &kernel, claim, t);
}

START_TEST(each_variant_is_named_and_no_other) {
    struct tb_planned_problem *q = planned(ids[_i]);
    struct tb_trial t;
    for (const struct tb_problem_variant *v = tb_problem_arithmetic_of(&q->p)->variants; v->name; v++) {
        if (!v->applies(&q->p))
            continue;
        judge_variant(q, v, "", &t);
        ck_assert_int_eq(t.verdict.status, TB_DIVERGES);
        ck_assert_msg(t.verdict.explanation_count == 1, "%s computed: %zu explanations, %s first", v->name,
                      t.verdict.explanation_count, t.verdict.explained_by[0].variant);
        ck_assert_str_eq(t.verdict.explained_by[0].variant, v->name);
        ck_assert_uint_eq(t.verdict.explained_by[0].unexplained, 0);
        tb_trial_free(&t);
    }
    tb_planned_problem_free(q);
}
END_TEST

START_TEST(claims_are_checked) {
    struct tb_planned_problem *q = planned("gemm/uint8/int8/int32");
    const struct tb_problem_variant *v = tb_problem_variant_find(&q->p, "maddubs16");
    struct tb_trial t;
    judge_variant(q, v, "maddubs16", &t);
    ck_assert_int_eq(t.verdict.status, TB_AS_CLAIMED);
    tb_trial_free(&t);
    judge_variant(q, v, "acc16", &t);
    ck_assert_int_eq(t.verdict.status, TB_DIVERGES);
    tb_trial_free(&t);
    judge_variant(q, v, "rcp32", &t);
    ck_assert_int_eq(t.verdict.status, TB_DIVERGES);
    ck_assert(strstr(t.verdict.reason, "has no variant 'rcp32'"));
    tb_trial_free(&t);
    tb_planned_problem_free(q);
}
END_TEST

/* ---- Bounds. ---- */

/* Every answer a part of the way from the exact one to the bound's end, or, in one element of 100, beyond. */
struct apart {
    const struct tb_planned_problem *q;
    const struct tb_problem_bound *bound;
    double usual, sometimes;
};

static uint64_t moved(const struct apart *a, const unsigned char *input, const struct tb_field *f,
                      uint64_t exact, uint64_t element, uint64_t count) {
    double x = tb_format_value(f->format, exact), radius = a->bound->radius(&a->q->p, input, element);
    double part = count % 100 ? a->usual : a->sometimes;
    if (!isfinite(x) || !isfinite(x + part * radius) || fabs(x) > 0x1p100)
        return exact;
    return tb_problem_pattern(f->format, x + (count % 2 ? part : -part) * radius, TB_TO_INF);
}

static void run_apart(const void *state, const void *input, void *output, size_t count) {
    const struct apart *a = state;
    const struct tb_problem *p = &a->q->p;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *in = (const unsigned char *)input + i * p->input.bytes;
        unsigned char *out = (unsigned char *)output + i * p->output.bytes;
        memset(out, 0, p->output.bytes);
        tb_problem_arithmetic_of(p)->second(p, in, out);
        for (uint64_t e = 0; e < a->q->elements; e++) {
            uint32_t place;
            const struct tb_field *f = tb_layout_find(&p->output, e, &place);
            tb_field_set(f, out, place,
                         moved(a, in, f, tb_field_get(f, out, place), e, i * a->q->elements + e));
        }
    }
}

/* The last product left out, which is what a bound must not forgive. */
static void run_last_lost(const void *state, const void *input, void *output, size_t count) {
    const struct tb_problem *p = state;
    const struct tb_field *a = tb_layout_named(&p->input, "a");
    unsigned char *in = malloc(p->input.bytes);
    ck_assert(in != NULL);
    for (size_t i = 0; i < count; i++) {
        memcpy(in, (const unsigned char *)input + i * p->input.bytes, p->input.bytes);
        for (uint32_t row = 0; row < a->rows; row++)
            tb_field_set(a, in, row * a->columns + a->columns - 1, 0);
        memset((unsigned char *)output + i * p->output.bytes, 0, p->output.bytes);
        tb_problem_arithmetic_of(p)->second(p, in, (unsigned char *)output + i * p->output.bytes);
    }
    free(in);
}

#define BOUND "bound-fp8-steps"

START_TEST(bounds_are_checked) {
    struct tb_planned_problem *q = planned("mma/e4m3fn/e5m2/fp32/fp32");
    struct tb_trial t;
    struct apart a = {q, tb_problem_bound_find(&q->p, BOUND), 0.5, 0.99};
    ck_assert(a.bound != NULL);
    const struct tb_kernel apart = {.run = run_apart, .state = &a},
                           lost = {.run = run_last_lost, .state = &q->p};
    judge_kernel(q, &apart, BOUND, &t); /* no arithmetic explains it, and the bound does */
    ck_assert_int_eq(t.verdict.status, TB_AS_CLAIMED);
    ck_assert_uint_eq(t.verdict.explanation_count, 1);
    ck_assert_str_eq(t.verdict.explained_by[0].variant, BOUND);
    tb_trial_free(&t);
    a.sometimes = 1.01; /* one element in 100 beyond it */
    judge_kernel(q, &apart, BOUND, &t);
    ck_assert_int_eq(t.verdict.status, TB_DIVERGES);
    ck_assert_uint_gt(t.verdict.explained_by[0].unexplained, 20);
    ck_assert_uint_le(t.verdict.explained_by[0].unexplained, tb_problem_inputs(q) / 100 + 1);
    tb_trial_free(&t);
    judge_kernel(q, &lost, BOUND, &t);
    ck_assert_int_eq(t.verdict.status, TB_DIVERGES);
    tb_trial_free(&t);
    tb_planned_problem_free(q);
}
END_TEST

/* Whatever is made of such steps lies inside, and keeps its own name. */
START_TEST(arithmetics_keep_their_bound) {
    static const char *const names[] = {"h100-wgmma-fp8", "h100-promoted-fp8", "h100-mma-fp8", "fma-chain"};
    static const char *const cases[] = {"mma/e4m3fn/e4m3fn/fp32/fp32/k=256",
                                        "mma/e5m2/e5m2/fp32/fp32/m=3,n=5,k=96"};
    struct tb_planned_problem *q = planned(cases[_i]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct tb_problem_variant *v = tb_problem_variant_find(&q->p, names[i]);
        struct tb_trial t;
        judge_variant(q, v, BOUND, &t);
        ck_assert_msg(t.verdict.status == TB_AS_CLAIMED, "%s is outside", names[i]);
        ck_assert_str_ne(t.verdict.explained_by[0].variant, BOUND);
        tb_trial_free(&t);
    }
    tb_planned_problem_free(q);
}
END_TEST

/* ---- The contract on records. ---- */

static void run_exact(const struct tb_problem *p, const void *input, void *output, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned char *record = (unsigned char *)output + i * p->output.bytes;
        memset(record, 0, p->output.bytes);
        tb_problem_arithmetic_of(p)->exact(p, (const unsigned char *)input + i * p->input.bytes, record);
    }
}

static void keeps_all(const void *state, const void *input, void *output, size_t count) {
    run_exact(state, input, output, count);
}
static void writes_past_its_end(const void *state, const void *input, void *output, size_t count) {
    const struct tb_problem *p = state;
    run_exact(p, input, output, count);
    unsigned char *end = (unsigned char *)output + count * p->output.bytes;
    if (count == 3 && (uintptr_t)end % 4096) /* against the guard page it would end this process */
        *end ^= 0x80;
}
static void changes_its_input(const void *state, const void *input, void *output, size_t count) {
    run_exact(state, input, output, count);
    if (count)
        ((unsigned char *)(uintptr_t)input)[5] ^= 1;
}
static void leaves_the_last_byte(const void *state, const void *input, void *output, size_t count) {
    const struct tb_problem *p = state;
    unsigned char *end = (unsigned char *)output + count * p->output.bytes, was = count ? end[-1] : 0;
    run_exact(p, input, output, count);
    if (count == 2)
        end[-1] = was;
}
static void depends_on_its_place(const void *state, const void *input, void *output, size_t count) {
    const struct tb_problem *p = state;
    run_exact(p, input, output, count);
    if (count == 5)
        ((unsigned char *)output)[4 * p->output.bytes + 3] ^= 1;
}
static void counts_its_calls(const void *state, const void *input, void *output, size_t count) {
    static unsigned char calls;
    run_exact(state, input, output, count);
    if (count)
        *(unsigned char *)output = calls++;
}

static const struct {
    tb_run_fn *run;
    uint32_t breaches;
    const char *says;
} promises[] = {
    {keeps_all,            0,                         ""                                       },
    {writes_past_its_end,  1u << TB_BREACH_BOUNDS,    "write past the end of the output"       },
    {changes_its_input,    1u << TB_BREACH_INPUT,     "the input was changed: byte 5 of record"},
    {leaves_the_last_byte, 1u << TB_BREACH_UNWRITTEN, "element 1 of 2 was not wholly written"  },
    {counts_its_calls,     1u << TB_BREACH_REPEAT,    "in output byte 0 of record"             },
    {depends_on_its_place, 1u << TB_BREACH_POSITION,  "output byte 3 of record"                },
};

START_TEST(promises_on_records) {
    struct tb_planned_problem *q = planned("gemm/int8/int8/int32");
    static struct tb_contract_report report;
    struct tb_kernel kernel = {.run = promises[_i].run, .state = &q->p};
    ck_assert(tb_contract_check(&kernel, q->p.input.bytes, q->p.output.bytes, q->golden.input,
                                q->golden.records, &report));
    ck_assert_uint_eq(report.breaches, promises[_i].breaches);
    if (report.breaches)
        ck_assert_msg(strstr(tb_contract_sentence(&report), promises[_i].says), "%s",
                      tb_contract_sentence(&report));
    tb_planned_problem_free(q);
}
END_TEST

/* Bytes between and behind the fields belong to nobody. */
START_TEST(gaps_need_not_be_written) {
    struct tb_planned_problem *q = planned("quantize/fp32/int8/per-channel/rne/rows=3,columns=5");
    static struct tb_contract_report report;
    ck_assert_uint_eq(q->p.output.bytes, 16);
    const struct tb_kernel kernel = {.run = leaves_the_last_byte, .state = &q->p};
    const struct tb_gapless gapless = {&q->p.output, &kernel};
    const struct tb_kernel clearing = tb_gapless_kernel(&gapless);
    ck_assert(tb_contract_check(&clearing, q->p.input.bytes, q->p.output.bytes, q->golden.input,
                                q->golden.records, &report));
    ck_assert_uint_eq(report.breaches, 0);
    tb_planned_problem_free(q);
}
END_TEST

int main(void) {
    collect_ids();
    Suite *suite = suite_create("problems");
    TCase *attribution = tcase_create("attribution"), *contract = tcase_create("contract");
    tcase_add_loop_test(attribution, each_variant_is_named_and_no_other, 0, id_count);
    tcase_add_test(attribution, claims_are_checked);
    tcase_add_test(attribution, bounds_are_checked);
    tcase_add_loop_test(attribution, arithmetics_keep_their_bound, 0, 2);
    tcase_add_loop_test(contract, promises_on_records, 0, (int)(sizeof promises / sizeof promises[0]));
    tcase_add_test(contract, gaps_need_not_be_written);
    suite_add_tcase(suite, attribution);
    suite_add_tcase(suite, contract);
    return tb_test(suite, CK_FORK_GETENV);
}
