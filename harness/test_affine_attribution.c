/* Attribution of quantizers: a target that computes a variant is recorded, and named as that variant. From
 * fp16 it is swept like any target; from fp32, where 2^32 calls a variant would take minutes, the record is
 * made of the difference of staircases. Such a target computes with the variant's own evaluator; others are
 * plain C, which has to be named too (reference/test_plain.c compares the two input by input). */
#include "harness/attribute.h"
#include "reference/behaviour.h"
#include "reference/plain_arithmetic.h"
#include "vectors/testing.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const cases[] = {
    "quantize/fp16/int8/rne/s=0x1.08p-4,z=3",
    "quantize/fp16/uint8/rne/s=0x1.f8p-6,z=133",
    "quantize/bf16/int8/rne/s=0x1.34p-5,z=-7",
    "quantize/fp32/int8/rne/s=0x1.199ecp-9,z=-7",
    "quantize/fp32/uint8/rne/s=0x1.2468acp-6,z=133",
    "fakequant/fp16/uint1/rne/s=0x1.08p-4,z=3,lo=-128,hi=127",
    "fakequant/fp32/fp32/rne/s=0x1.2468acp-6,z=3,lo=-128,hi=127",
    "dequantize/int8/fp32/rne/s=0x1.2468acp-6,z=3",
    "dequantize/uint8/fp16/rne/s=0x1.2468acp-6,z=133",
    "requantize/int32/int8/rne/s=0x1.2468acp-9,z=-3",
    "requantize/int16/uint8/rne/s=0x1.2468acp-7,z=133",
    "quantize/fp32/e4m3fn/rne/satfinite/s=0x1.199d54p-9",
    "quantize/fp32/e5m2/rne/inf/s=0x1.999999999999ap-4",
    "quantize/fp32/e4m3fnuz/rne/nan/m=0x1.0f83ep+7",
    "quantize/bf16/e4m3fn/rtz/satfinite/s=-0x1.e2be2cp-8",
    "dequantize/e4m3fn/fp16/rne/inf/s=0x1.999999999999ap-4",
};
enum { CASES = sizeof cases / sizeof cases[0], PLAIN_CASES = 3 };

/* ---- A target that computes a variant. ---- */

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct tb_behaviour *b = state;
    unsigned in_bytes = tb_format_bytes(b->c.source), out_bytes = tb_format_bytes(b->c.destination);
    for (size_t i = 0; i < count; i++) {
        uint64_t x = 0, y;
        memcpy(&x, (const unsigned char *)input + i * in_bytes, in_bytes);
        y = tb_behaviour_at(b, x);
        memcpy((unsigned char *)output + i * out_bytes, &y, out_bytes);
    }
}

struct comparing {
    const struct tb_case *c;
    struct tb_record *record;
};

static void add_difference(const struct tb_difference *d, void *context) {
    struct comparing *k = context;
    struct tb_record *r = k->record;
    struct tb_stretch s = {d->first, d->last, d->expected, d->got};
    tb_tally_add(&r->tally, k->c, &s);
    r->stretches = realloc(r->stretches, (r->stretch_count + 1) * sizeof s);
    ck_assert_ptr_nonnull(r->stretches);
    r->stretches[r->stretch_count++] = s;
}

/* False where the variant's staircase is out of reach. */
static bool record(const struct tb_planned *p, const struct tb_behaviour *b, struct tb_record *out) {
    struct tb_kernel kernel = {.run = run, .state = b};
    struct tb_staircase s = {0};
    struct comparing k = {&p->c, out};
    if (p->c.source->bits <= 16)
        return tb_sweep(&p->c, &p->golden, &kernel, NULL, out);
    if (!tb_behaviour_staircase(b, &s, NULL))
        return false;
    tb_tally_start(&out->tally);
    tb_staircase_compare(&p->golden, &s, (tb_case_inputs(&p->c) - 1) << p->c.source->padding, add_difference,
                         &k);
    out->inputs = tb_case_inputs(&p->c);
    out->exhaustive = true;
    tb_staircase_free(&s);
    return true;
}

/* ---- What it is named. ---- */

static bool is_explained(const struct tb_verdict *v, const char *variant) {
    for (size_t i = 0; i < v->explanation_count; i++)
        if (strcmp(v->explained_by[i].variant, variant) == 0)
            return v->explained_by[i].unexplained == 0;
    return false;
}

static void check_explained(const struct tb_trial *t, const char *variant) {
    const struct tb_verdict *v = &t->verdict;
    ck_assert_msg(is_explained(v, variant), "%s by %s: explained by %s", t->planned->id, variant,
                  v->explanation_count ? v->explained_by[0].variant : "nothing");
}

/* Of a trial whose record was made. Returns whether it differs from the exact answers. */
static bool check_claim(struct tb_trial *t, const char *variant) {
    const struct tb_planned *p = t->planned;
    tb_tally_report(&t->record.tally, &p->c, true, &t->verdict);
    snprintf(t->verdict.claim, sizeof t->verdict.claim, "%s", variant);
    tb_trial_explain(t);
    bool differs = t->verdict.diverging != 0;
    ck_assert_msg(t->verdict.status == (differs ? TB_AS_CLAIMED : TB_SAME), "%s by %s: %s (%s)", p->id,
                  variant, tb_status_names[t->verdict.status], t->verdict.reason);
    return differs;
}

/* Returns whether the variant differs from the exact answers here. */
static bool check_named(const struct tb_planned *p, const char *variant) {
    struct tb_trial t = {.planned = p, .nan_level = TB_NAN_BITS, .exhaustive = true};
    struct tb_behaviour b;
    ck_assert(tb_behaviour_make(&p->c, variant, &b, NULL));
    bool differs = record(p, &b, &t.record) && check_claim(&t, variant);
    if (differs)
        check_explained(&t, variant);
    tb_trial_free(&t);
    return differs;
}

START_TEST(every_variant_is_named) {
    struct tb_plan plan = {0};
    struct tb_error error = {0};
    unsigned named = 0;
    ck_assert_msg(tb_plan_make(&plan, TB_QUICK, &cases[_i], 1, &error), "%s", error.text);
    plan.cases[0].wanted = true;
    ck_assert_msg(tb_plan_golden(&plan, 1, &error), "%s", error.text);
    for (size_t i = 1; i < tb_behaviour_count(plan.cases[0].c.operation); i++)
        named += check_named(&plan.cases[0], tb_behaviour_words(plan.cases[0].c.operation, i).name);
    if (getenv("SHOW"))
        printf("%s: %u variants differ, each named\n", cases[_i], named);
    fflush(stdout);
    ck_assert_uint_gt(named, 5);
    tb_plan_free(&plan);
}
END_TEST

/* ---- Targets in plain C. ---- */

struct plain {
    const struct tb_case *c;
    size_t index; /* in tb_plain_quantizers */
};

static void run_plain(const void *state, const void *input, void *output, size_t count) {
    const struct plain *k = state;
    const struct tb_affine *a = &k->c->affine;
    const struct tb_plain p = {a->scale, (int32_t)a->zero, (int32_t)a->low, (int32_t)a->high};
    const uint16_t *in = input;
    for (size_t i = 0; i < count; i++) {
        float x = (float)tb_format_value(k->c->source, in[i]);
        ((uint8_t *)output)[i] = (uint8_t)tb_plain_quantizers[k->index].code(x, &p);
    }
}

static bool is_row(const struct tb_case *c, const char *variant) {
    for (size_t i = 0; i < tb_behaviour_count(c->operation); i++)
        if (strcmp(tb_behaviour_words(c->operation, i).name, variant) == 0)
            return true;
    return false;
}

/* From 16 bits into 8. */
START_TEST(plain_code_is_named) {
    struct tb_plan plan = {0};
    struct tb_error error = {0};
    unsigned named = 0;
    ck_assert_msg(tb_plan_make(&plan, TB_QUICK, &cases[_i], 1, &error), "%s", error.text);
    plan.cases[0].wanted = true;
    ck_assert_msg(tb_plan_golden(&plan, 1, &error), "%s", error.text);
    for (size_t i = 0; i < TB_PLAIN_QUANTIZERS; i++) {
        struct tb_trial t = {.planned = &plan.cases[0], .nan_level = TB_NAN_BITS, .exhaustive = true};
        struct plain state = {&plan.cases[0].c, i};
        struct tb_kernel kernel = {.run = run_plain, .state = &state};
        ck_assert(tb_sweep(state.c, &plan.cases[0].golden, &kernel, NULL, &t.record));
        if (check_claim(&t, tb_plain_quantizers[i].variant)) {
            /* A pair that no row joins is not looked for where one word explains all already. */
            const char *first = t.verdict.explanation_count ? t.verdict.explained_by[0].variant : "exact";
            check_explained(
                &t, is_row(state.c, tb_plain_quantizers[i].variant) ? tb_plain_quantizers[i].variant : first);
            named++;
        }
        tb_trial_free(&t);
    }
    ck_assert_uint_gt(named, 5);
    tb_plan_free(&plan);
}
END_TEST

/* Two words that no row joins are found as a pair; a preset may be claimed by its name. */
START_TEST(pairs_and_presets_are_named) {
    struct tb_plan plan = {0};
    struct tb_error error = {0};
    const char *id = cases[4];
    ck_assert_msg(tb_plan_make(&plan, TB_QUICK, &id, 1, &error), "%s", error.text);
    plan.cases[0].wanted = true;
    ck_assert_msg(tb_plan_golden(&plan, 1, &error), "%s", error.text);
    check_named(&plan.cases[0], "rcp32+rna");
    struct tb_trial t = {.planned = &plan.cases[0], .nan_level = TB_NAN_BITS, .exhaustive = true};
    struct tb_behaviour b;
    ck_assert(tb_behaviour_make(&t.planned->c, "rcp32+avx2-wrap", &b, NULL));
    ck_assert(record(t.planned, &b, &t.record));
    tb_tally_report(&t.record.tally, &t.planned->c, true, &t.verdict);
    snprintf(t.verdict.claim, sizeof t.verdict.claim, "torch/quantize_per_tensor/cpu");
    tb_trial_explain(&t);
    ck_assert_int_eq(t.verdict.status, TB_AS_CLAIMED);
    ck_assert(is_explained(&t.verdict, "rcp32+avx2-wrap"));
    ck_assert(!is_explained(&t.verdict, "rcp32"));
    tb_trial_free(&t);
    tb_plan_free(&plan);
}
END_TEST

int main(void) {
    if (sodium_init() < 0)
        return 1;
    Suite *suite = suite_create("affine attribution");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, every_variant_is_named, 0, CASES);
    tcase_add_loop_test(tests, plain_code_is_named, 0, PLAIN_CASES);
    tcase_add_test(tests, pairs_and_presets_are_named);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
