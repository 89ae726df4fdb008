/* The check of hidden random bits accepts good sources, and rejects and names bad ones, at the rates that it
 * declares. `tiebreak bench stochastic` does the same with 1,000 runs of each. */
#include "harness/hidden_source.h"
#include "targets/families.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct tb_case hidden;
static struct tb_kernel explicit_kernel;

static const struct tb_target *fastest(void) {
    const struct tb_target *vector = tb_x86_targets[0];
    return vector->unavailable && !vector->unavailable() ? vector : tb_portable_targets[0];
}

static void set_up(void) {
    const struct tb_request request = {.case_id = "convert/fp32/bf16/sr/inf/bits=16",
                                       .operation = "convert",
                                       .source = "fp32",
                                       .destination = "bf16",
                                       .rounding = "sr",
                                       .overflow = "inf",
                                       .parameters = "bits=16",
                                       .source_bytes = 8,
                                       .destination_bytes = 2};
    struct tb_error error;
    ck_assert(tb_case_parse("convert/fp32/bf16/sr/inf/bits=hidden", &hidden, &error));
    ck_assert_int_eq(fastest()->open(&request, &explicit_kernel), 1);
}

static struct tb_hidden_report check(enum tb_source_kind kind, uint32_t parameter, uint64_t seed,
                                     double false_alarm, double miss) {
    struct tb_source source = {
        .kind = kind, .parameter = parameter, .state = seed, .seed = seed, .kernel = &explicit_kernel};
    struct tb_kernel kernel = tb_source_kernel(&source);
    struct tb_hidden_setup setup = tb_hidden_standard;
    struct tb_hidden_report report;
    setup.false_alarm = false_alarm;
    setup.miss = miss;
    ck_assert(tb_hidden_check(&hidden, &kernel, &setup, &report));
    return report;
}

static const struct row {
    enum tb_source_kind kind;
    uint32_t parameter;
    enum tb_hidden_outcome outcome;
    enum tb_hidden_finding finding;
    int number; /* bits or lag */
} rows[] = {
    {TB_SOURCE_GOOD,     0,      TB_HIDDEN_ACCEPTED, TB_FOUND_NOTHING,  16},
    {TB_SOURCE_SHORT,    15,     TB_HIDDEN_REJECTED, TB_FOUND_BITS,     15},
    {TB_SOURCE_SHORT,    12,     TB_HIDDEN_REJECTED, TB_FOUND_BITS,     12},
    {TB_SOURCE_SHORT,    8,      TB_HIDDEN_REJECTED, TB_FOUND_BITS,     8 },
    {TB_SOURCE_SHORT,    4,      TB_HIDDEN_REJECTED, TB_FOUND_BITS,     4 },
    {TB_SOURCE_SHORT,    1,      TB_HIDDEN_REJECTED, TB_FOUND_BITS,     1 },
    {TB_SOURCE_BIASED,   16,     TB_HIDDEN_REJECTED, TB_FOUND_BIAS_UP,  0 },
    {TB_SOURCE_BIASED,   2,      TB_HIDDEN_REJECTED, TB_FOUND_BIAS_UP,  0 },
    {TB_SOURCE_FORCED,   16,     TB_HIDDEN_REJECTED, TB_FOUND_BIAS_UP,  0 },
    {TB_SOURCE_SHARED,   2,      TB_HIDDEN_REJECTED, TB_FOUND_LANES,    1 },
    {TB_SOURCE_SHARED,   16,     TB_HIDDEN_REJECTED, TB_FOUND_LANES,    1 },
    {TB_SOURCE_REPEATED, 0,      TB_HIDDEN_REJECTED, TB_FOUND_CALLS,    0 },
    {TB_SOURCE_CONSTANT, 0,      TB_HIDDEN_REJECTED, TB_FOUND_NEVER,    0 },
    {TB_SOURCE_CONSTANT, 0x8000, TB_HIDDEN_REJECTED, TB_FOUND_NEAREST,  0 },
    {TB_SOURCE_CONSTANT, 0xFFFF, TB_HIDDEN_REJECTED, TB_FOUND_ALWAYS,   0 },
    {TB_SOURCE_CONSTANT, 0x1234, TB_HIDDEN_REJECTED, TB_FOUND_CONSTANT, 0 },
};

START_TEST(source_is_judged) {
    const struct row *row = &rows[_i];
    char text[400];
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct tb_hidden_report r = check(row->kind, row->parameter, seed, 1e-6, 1e-3);
        tb_hidden_words(&r, &tb_hidden_standard, text, sizeof text);
        ck_assert_msg(r.outcome == row->outcome, "%d: %s", _i, text);
        ck_assert_msg(r.finding == row->finding, "%d: %s", _i, text);
        ck_assert_msg((r.finding == TB_FOUND_LANES ? r.lag : r.bits) == row->number, "%d: %s", _i, text);
    }
}
END_TEST

/* Far looser bounds than the standard ones, so that a few hundred runs can show them broken. */
START_TEST(rates_are_kept) {
    enum { RUNS = 80 };
    const double rate = 0.1;
    int alarms = 0, misses[2] = {0};
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        alarms += check(TB_SOURCE_GOOD, 0, seed, rate, rate).outcome == TB_HIDDEN_REJECTED;
        misses[0] += check(TB_SOURCE_SHORT, 15, seed, rate, rate).outcome == TB_HIDDEN_ACCEPTED;
        misses[1] += check(TB_SOURCE_BIASED, 32, seed, rate, rate).outcome == TB_HIDDEN_ACCEPTED;
    }
    double most = RUNS * rate + 3 * sqrt(RUNS * rate * (1 - rate));
    ck_assert_msg(alarms <= most, "%d of %d good sources rejected", alarms, RUNS);
    ck_assert_msg(misses[0] <= most, "%d of %d short sources accepted", misses[0], RUNS);
    ck_assert_msg(misses[1] <= most, "%d of %d biased sources accepted", misses[1], RUNS);
}
END_TEST

/* The fractions that are drawn are what the exact value of the input says. */
START_TEST(inputs_have_their_fractions) {
    static const char *const ids[] = {
        "convert/fp32/bf16/sr/inf/bits=hidden",         "convert/fp32/e4m3fn/sr/satfinite/bits=hidden",
        "convert/bf16/e2m1fn/sr/satfinite/bits=hidden", "convert/fp16/bf16/sr/inf/bits=hidden",
        "convert/fp32/int8/sr/satfinite/bits=hidden",   "convert/fp64/fp32/sr/inf/bits=hidden"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_hidden_input inputs[TB_HIDDEN_INPUTS];
        struct tb_case c;
        struct tb_error error;
        ck_assert_msg(tb_case_parse(ids[i], &c, &error), "%s", error.text);
        unsigned count = tb_hidden_inputs(&c, 7, inputs);
        ck_assert_uint_gt(count, 3);
        ck_assert_uint_eq(inputs[0].ups, 1u << (tb_hidden_bits(&c) - 1));
        for (unsigned k = 0; k < count; k++) {
            long double x = tb_format_value(c.source, inputs[k].x),
                        low = tb_format_value(c.destination, inputs[k].toward),
                        high = tb_format_value(c.destination, inputs[k].away);
            long double fraction = inputs[k].ups ? (x - low) / (high - low) : x - low;
            ck_assert_msg(fraction == ldexpl(inputs[k].ups, -tb_hidden_bits(&c)), "%s, input %u: 0x%llx",
                          ids[i], k, (unsigned long long)inputs[k].x);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hidden");
    TCase *tests = tcase_create("hidden");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, source_is_judged, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, rates_are_kept);
    tcase_add_test(tests, inputs_have_their_fractions);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
