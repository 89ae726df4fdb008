/* The planted targets are wrong in the way that planted.h says, and isolation finds what is its to find.
 * Values are held against the reference's variants here, so that the table is true before the tool's own
 * sweep is measured by it. The argument is the path of planted.so. */
#include "harness/contract.h"
#include "harness/environment.h"
#include "harness/planted/planted.h"
#include "harness/plugin.h"
#include "harness/pool.h"
#include "reference/behaviour.h"
#include "targets/portable/check_kernel.h"
#include "vectors/problem.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

static const char *path;

#define SAMPLES_32 ((size_t)1 << 20)

/* The i-th input: all of an 8-bit or 16-bit source, and of a joint input of at most 20 bits, in order; of a
 * wider one the 2^16 patterns that end in zeros, then an even spread of others. */
static uint64_t input_at(const struct tb_case *c, size_t i) {
    int bits = tb_case_input(c)->bits;
    if (bits <= 20)
        return (uint64_t)i << tb_case_input(c)->padding;
    if (bits < 32)
        return (i * 2654435761u) & ((UINT64_C(1) << bits) - 1);
    return i < 65536 ? (uint32_t)i << 16 : (uint32_t)(i * 2654435761u) ^ (uint32_t)(i & 1 ? 0 : 0x7000u);
}

static size_t input_count(const struct tb_case *c) {
    int bits = tb_case_input(c)->bits;
    return bits <= 20 ? (size_t)1 << bits : SAMPLES_32;
}

struct trial {
    const struct tb_planted *row;
    struct tb_case c;
    unsigned in_bytes, out_bytes;
};

/* Writes the contract's report and the outputs of all inputs. */
static void work(void *context, FILE *out) {
    const struct trial *t = context;
    struct tb_error error = {0};
    struct tb_kernel kernel;
    struct tb_request request = tb_request_of(&t->c, t->row->case_id);
    const struct tb_target *target = tb_plugin_load(path, t->row->target, &error);
    if (!target)
        tb_job_fail("%s", error.text);
    if (!target->open(&request, &kernel))
        tb_job_fail("%s does not offer %s", t->row->target, t->row->case_id);
    size_t count = input_count(&t->c);
    unsigned char *input = malloc(count * t->in_bytes), *output = calloc(count, t->out_bytes);
    for (size_t i = 0; i < count; i++) {
        uint64_t x = input_at(&t->c, i);
        memcpy(input + i * t->in_bytes, &x, t->in_bytes); /* little-endian machines only, as this test */
    }
    struct tb_contract_report report;
    tb_environment_set_default();
    /* samples without NaN: a crash on NaN must be found by the conversion of all inputs */
    size_t first = count < 0x4000 ? 0 : tb_case_is_affine(&t->c) ? 0x2800 : 0x3800;
    if (!tb_contract_check(&kernel, t->in_bytes, t->out_bytes, input + first * t->in_bytes,
                           count < 512 ? count : 512, &report))
        tb_job_fail("out of memory");
    kernel.run(kernel.state, input, output, count);
    fwrite(&report, sizeof report, 1, out);
    fwrite(output, t->out_bytes, count, out);
    if (target->close)
        target->close(&kernel);
    free(input);
    free(output);
}

static uint64_t output_at(const struct trial *t, const unsigned char *outputs, size_t i) {
    uint64_t code = 0;
    memcpy(&code, outputs + i * t->out_bytes, t->out_bytes);
    return code;
}

/* Every output is what the row's variant gives; the number that differ from the exact ones is right. */
static void check_values(const struct trial *t, const unsigned char *outputs) {
    struct tb_behaviour exact, variant;
    struct tb_error error;
    const struct tb_planted *row = t->row;
    bool position = row->class == TB_DIV_POSITION || (row->reason && row->class == NO_CLASS);
    const char *name = row->variant;
    bool whole = tb_case_input(&t->c)->bits <= 20;
    ck_assert(tb_behaviour_make(&t->c, NULL, &exact, &error));
    ck_assert_msg(tb_behaviour_make(&t->c, name, &variant, &error), "%s", error.text);
    uint64_t diverging = 0, unexplained = 0;
    for (size_t i = 0; i < input_count(&t->c); i++) {
        uint64_t x = input_at(&t->c, i), code = output_at(t, outputs, i);
        diverging += code != tb_behaviour_at(&exact, x);
        unexplained += code != tb_behaviour_at(&variant, x);
    }
    if (row->class == TB_DIV_POSITION && tb_case_random(&t->c, UINT64_MAX))
        return; /* lanes that share random bits: the one long call of this test has them too */
    if (row->status == TB_SAME || (position && !name)) {
        ck_assert_msg(diverging <= (uint64_t)(row->status != TB_SAME), "%s diverges on %llu", row->target,
                      (unsigned long long)diverging);
        return;
    }
    if (whole || !row->inputs) /* a few of 2^32 inputs need not be among the samples */
        ck_assert_msg(diverging > 0, "%s diverges nowhere", row->target);
    if (name)
        ck_assert_msg(unexplained == 0, "%s: %llu not explained by %s", row->target,
                      (unsigned long long)unexplained, name);
    if (row->inputs && whole)
        ck_assert_uint_eq(diverging, row->inputs);
}

START_TEST(test_row) {
    const struct tb_planted *row = &tb_planted[_i];
    struct trial t = {.row = row};
    struct tb_error error;
    if (tb_problem_is(row->case_id)) /* judged by test_verdicts.c alone */
        return;
    ck_assert_msg(tb_case_parse(row->case_id, &t.c, &error), "%s", error.text);
    if (tb_case_hides_random(&t.c))
        return; /* no input has one answer: test_verdicts.c draws */
    t.in_bytes = tb_format_bytes(tb_case_input(&t.c));
    t.out_bytes = tb_format_bytes(t.c.destination);
    bool loops = strcmp(row->target, "planted/loops") == 0;
    struct tb_job job = {.work = work, .context = &t, .limit_seconds = loops ? 0.5 : 20};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    if (row->status == TB_CRASHED) {
        ck_assert_msg(job.outcome != TB_JOB_DONE && strstr(job.reason, row->reason), "%s: '%s'", row->target,
                      job.reason);
        free(job.output);
        return;
    }
    ck_assert_msg(job.outcome == TB_JOB_DONE, "%s: %s", row->target, job.reason);
    struct tb_contract_report report;
    memcpy(&report, job.output, sizeof report);
    const char *sentence = tb_contract_sentence(&report);
    bool expected = row->reason && !strstr(row->reason, "claim");
    ck_assert_msg(expected ? sentence && strstr(sentence, row->reason) : !sentence, "%s: '%s'", row->target,
                  sentence ? sentence : "");
    ck_assert_int_eq(report.position_total != 0, row->class == TB_DIV_POSITION);
    check_values(&t, job.output + sizeof report);
    free(job.output);
}
END_TEST

/* Every planted target stands in the table, and every row's target exists. */
START_TEST(test_table_is_complete) {
    struct tb_target_info *targets;
    size_t count;
    struct tb_error error;
    ck_assert_msg(tb_plugin_list(path, &targets, &count, &error), "%s", error.text);
    ck_assert_uint_ge(count, 24);
    for (size_t i = 0; i < count; i++) {
        size_t rows = 0;
        for (size_t k = 0; k < TB_PLANTED_COUNT; k++)
            rows += strcmp(tb_planted[k].target, targets[i].name) == 0;
        ck_assert_msg(rows > 0, "%s has no row", targets[i].name);
    }
    free(targets);
}
END_TEST

int main(int argc, char **argv) {
    path = argc > 1 ? argv[1] : "planted.so";
    Suite *suite = suite_create("planted");
    TCase *tests = tcase_create("planted");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_row, 0, TB_PLANTED_COUNT);
    tcase_add_test(tests, test_table_is_complete);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
