/* Recordings that hold a few inputs only: judged on those, with answers that MPFR finds for them. */
#include "harness/diff.h"
#include "harness/folder.h"
#include "vectors/testing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[2][64];

/* fp64 to e5m2: 1, 1 + 2^-3 (a tie to the even 1), 1.75, and 2^20 (satfinite gives 57344). */
static const uint64_t inputs[] = {0x3ff0000000000000, 0x3ff2000000000000, 0x3ffc000000000000,
                                  0x4130000000000000};
static const uint64_t exact[] = {0x3c, 0x3c, 0x3f, 0x7b};

/* Writes a recording of the first `count` inputs in which the output of input `wrong` is off by one. */
static void write_tape(int which, const char *id, const uint64_t *in, const uint64_t *out, size_t count,
                       size_t wrong) {
    struct tb_recording r = {
        .info = {.kind = TB_FILE_RECORDED, .tool = "test", .target = "device/x"}
    };
    struct tb_answers *a = tb_recording_add(&r, id);
    struct tb_error error;
    snprintf(path[which], sizeof path[which], "/tmp/tiebreak-recorded-%d-%d", which, (int)getpid());
    for (size_t i = 0; i < count; i++)
        ck_assert(tb_vectors_append(&a->vectors, in[i], out[i] + (i == wrong)));
    ck_assert_msg(tb_recording_write(path[which], &r, &error), "%s", error.text);
    tb_recording_free(&r);
}

static void judge(int which, const char *id, struct tb_verdict *v) {
    struct tb_options o = {
        .suite = TB_QUICK, .recorded = {1, {path[which]}},
             .targets = {1, {"device/x"} }
    };
    struct tb_plan plan = {0};
    struct tb_subjects subjects = {0};
    struct tb_trials trials = {0};
    struct tb_error error;
    ck_assert_msg(
        tb_plan_make(&plan, TB_QUICK, &id, 1, &error) && tb_choose_subjects(&o, &subjects, &error) &&
            tb_trials_make(&plan, &subjects, &o, &trials, &error) && tb_plan_golden(&plan, 1, &error),
        "%s", error.text);
    tb_trials_run(&trials, &o);
    ck_assert_uint_eq(trials.count, 1);
    *v = trials.list[0].verdict;
    tb_trials_free(&trials);
    tb_plan_free(&plan);
    tb_subjects_free(&subjects);
    unlink(path[which]);
}

START_TEST(few_inputs) {
    struct tb_verdict v;
    write_tape(0, "convert/fp64/e5m2/rne/satfinite", inputs, exact, 4, SIZE_MAX);
    judge(0, "convert/fp64/e5m2/rne/satfinite", &v);
    ck_assert_msg(v.status == TB_SAME, "%s", v.reason);
    ck_assert(!v.exhaustive && v.inputs == 4 && v.diverging == 0);
    tb_verdict_free(&v);
    write_tape(0, "convert/fp64/e5m2/rne/satfinite", inputs, exact, 4, 2);
    judge(0, "convert/fp64/e5m2/rne/satfinite", &v);
    ck_assert_int_eq(v.status, TB_DIVERGES);
    ck_assert(v.inputs == 4 && v.diverging == 1);
    ck_assert_uint_eq(v.classes[0].examples[0].input, 0x3ffc000000000000);
    ck_assert_uint_eq(v.classes[0].examples[0].expected, 0x3f);
    tb_verdict_free(&v);
}
END_TEST

/* The same of a case that has a staircase: 2^32 inputs, of which two were recorded. */
START_TEST(few_of_a_domain) {
    static const uint64_t in[] = {0x3f880000, 0x3f880001}, out[] = {0x38, 0x39};
    struct tb_verdict v;
    write_tape(0, "convert/fp32/e4m3fn/rne/satfinite", in, out, 2, SIZE_MAX);
    judge(0, "convert/fp32/e4m3fn/rne/satfinite", &v);
    ck_assert_msg(v.status == TB_SAME && !v.exhaustive && v.inputs == 2, "%s", v.reason);
    tb_verdict_free(&v);
}
END_TEST

START_TEST(in_no_order) {
    static const uint64_t in[] = {0x3f880001, 0x3f880000}, out[] = {0x39, 0x38};
    struct tb_verdict v;
    write_tape(0, "convert/fp32/e4m3fn/rne/satfinite", in, out, 2, SIZE_MAX);
    judge(0, "convert/fp32/e4m3fn/rne/satfinite", &v);
    ck_assert_int_eq(v.status, TB_CRASHED);
    ck_assert_ptr_nonnull(strstr(v.reason, "do not ascend"));
    tb_verdict_free(&v);
}
END_TEST

static struct tb_parting last;
static char why[700];

static void visit(const struct tb_parting *p, void *context) {
    (void)context;
    last = *p;
    snprintf(why, sizeof why, "%s", p->why);
}

static void compare(const char *a, const char *b) {
    static struct tb_side sides[2];
    struct tb_options o = {
        .suite = TB_QUICK, .words = {2, {a, b}}
    };
    struct tb_error error;
    ck_assert_msg(tb_diff_side(a, &o, &sides[0], &error) && tb_diff_side(b, &o, &sides[1], &error) &&
                      tb_diff_sides(&sides[0], &sides[1], &o, visit, NULL, &error),
                  "%s", error.text);
    tb_subjects_free(&sides[0].subjects);
    tb_subjects_free(&sides[1].subjects);
}

START_TEST(compared) {
    write_tape(0, "convert/fp64/e5m2/rne/satfinite", inputs, exact, 4, SIZE_MAX);
    write_tape(1, "convert/fp64/e5m2/rne/satfinite", inputs, exact, 4, 1);
    compare(path[0], path[1]);
    ck_assert_msg(last.compared && last.tally.diverging == 1, "%s", why);
    compare(path[1], "portable/c");
    ck_assert_msg(last.compared && last.tally.diverging == 1, "%s", why);
    write_tape(1, "convert/fp64/e5m2/rne/satfinite", inputs, exact, 3, SIZE_MAX);
    compare(path[0], path[1]);
    ck_assert(!last.compared);
    ck_assert_str_eq(why, "the two recordings hold different inputs");
    unlink(path[0]);
    unlink(path[1]);
}
END_TEST

/* ---- Problems: the records of another version. ---- */

#define PACK "pack/uint4/uint8/low-first/rows=1,columns=4"

/* Two records that this version does not make: in the second the last word is off by `wrong`. */
static void write_records(int which, const char *id, const unsigned char *given, const unsigned char *got,
                          size_t in, size_t out, unsigned char wrong) {
    struct tb_recording r = {
        .info = {.kind = TB_FILE_RECORDED, .tool = "test", .target = "device/x"}
    };
    struct tb_answers *a = tb_recording_add(&r, id);
    struct tb_error error;
    a->records = (struct tb_problem_records){2, malloc(2 * in), malloc(2 * out)};
    memcpy(a->records.input, given, 2 * in);
    memcpy(a->records.output, got, 2 * out);
    a->records.output[out + 1] = (unsigned char)(a->records.output[out + 1] + wrong);
    snprintf(path[which], sizeof path[which], "/tmp/tiebreak-recorded-%d-%d", which, (int)getpid());
    ck_assert_msg(tb_recording_write(path[which], &r, &error), "%s", error.text);
    tb_recording_free(&r);
}

static const unsigned char codes[16] = {1, 2, 3, 4, 0, 0, 0, 0, 15, 0, 15, 0, 0, 0, 0, 0},
                           words[16] = {0x21, 0x43, 0, 0, 0, 0, 0, 0, 0x0f, 0x0f, 0, 0, 0, 0, 0, 0};

START_TEST(other_records) {
    struct tb_verdict v;
    write_records(0, PACK, codes, words, 8, 8, 0);
    judge(0, PACK, &v);
    ck_assert_msg(v.status == TB_SAME && v.inputs == 4, "%s", v.reason);
    tb_verdict_free(&v);
    write_records(0, PACK, codes, words, 8, 8, 1);
    judge(0, PACK, &v);
    ck_assert(v.status == TB_DIVERGES && v.inputs == 4 && v.diverging == 1);
    ck_assert_uint_eq(v.classes[0].examples[0].input, 3);
    ck_assert_uint_eq(v.classes[0].examples[0].expected, 0x0f);
    ck_assert_uint_eq(v.classes[0].examples[0].got, 0x10);
    tb_verdict_free(&v);
}
END_TEST

/* A target is asked about the records of the other side; two recordings of other records do not compare. */
START_TEST(compared_records) {
    unsigned char others[16];
    write_records(0, PACK, codes, words, 8, 8, 1);
    compare(path[0], "portable/c");
    ck_assert_msg(last.compared && last.tally.diverging == 1, "%s", why);
    write_records(1, PACK, codes, words, 8, 8, 0);
    compare(path[0], path[1]);
    ck_assert_msg(last.compared && last.tally.diverging == 1, "%s", why);
    memcpy(others, codes, sizeof others);
    others[0] = 7;
    write_records(1, PACK, others, words, 8, 8, 0);
    compare(path[0], path[1]);
    ck_assert(!last.compared);
    ck_assert_str_eq(why, "the two recordings hold different inputs");
    unlink(path[0]);
    unlink(path[1]);
}
END_TEST

/* NaN in all inputs of a recipe that has no answers for it: no verdict, and no end of the run. */
START_TEST(no_answers) {
    static const char id[] = "smoothquant/fp16/a=1";
    struct tb_error error;
    struct tb_planned_problem *q = tb_planned_problem(id, &error);
    ck_assert_msg(q != NULL, "%s", error.text);
    unsigned char *given = calloc(2, q->p.input.bytes), *got = calloc(2, q->p.output.bytes);
    for (size_t i = 0; i < q->p.input.count; i++)
        for (uint32_t place = 0; place < q->p.input.fields[i].rows * q->p.input.fields[i].columns; place++)
            tb_field_set(&q->p.input.fields[i], given, place,
                         strcmp(q->p.input.fields[i].format->name, "fp16") == 0 ? 0x7e00 : 0x7fc00000);
    struct tb_verdict v;
    write_records(0, id, given, got, q->p.input.bytes, q->p.output.bytes, 0);
    judge(0, id, &v);
    ck_assert_int_eq(v.status, TB_SKIPPED);
    ck_assert_msg(strstr(v.reason, "the recorded inputs are not those of this version"), "%s", v.reason);
    tb_verdict_free(&v);
    free(given);
    free(got);
    tb_planned_problem_free(q);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("recorded");
    TCase *tests = tcase_create("recorded");
    if (sodium_init() < 0)
        return 1;
    tcase_add_test(tests, few_inputs);
    tcase_add_test(tests, few_of_a_domain);
    tcase_add_test(tests, in_no_order);
    tcase_add_test(tests, compared);
    tcase_add_test(tests, other_records);
    tcase_add_test(tests, no_answers);
    tcase_add_test(tests, compared_records);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
