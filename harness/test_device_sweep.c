/* Sweeps that a target makes itself: an honest one gives the record that the harness's own sweep gives, and
 * one that is broken gives none, be the target right or wrong. */
#include "harness/device_sweep.h"
#include "harness/plan.h"
#include "targets/families.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

/* ---- A target of this binary with faults, and a sweep of it in plain C. ---- */

enum fault { EXACT, ONE_INPUT, A_STRETCH, EVERYWHERE };
enum breakage {
    HONEST,
    NEVER_REPORTS,
    WRONG_CODE,
    MISSES_THE_LAST_BLOCK,
    MISSES_THE_FIRST_INPUT,
    SHIFTS_THE_BOUNDARIES,
    MISSES_SINGLE_INPUTS,
    EVERY_OTHER_INPUT,
    COUNTS_ONE_MORE,
    TWICE_THE_SAME,
    ALWAYS_FULL,
    REPORTS_WHAT_IS_RIGHT,
    CONVERTS_OTHERWISE,
    KNOWS_THE_GOLDEN,
    GIVES_UP,
    BREAKAGES
};

static struct {
    struct tb_kernel inner;
    const struct tb_planned *planned;
    unsigned in_bytes, out_bytes;
    enum fault fault;
    enum breakage broken;
} now;

static uint64_t stretch_begin, stretch_end; /* patterns of the planted stretch */

static void run(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    now.inner.run(now.inner.state, input, output, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t x = 0;
        memcpy(&x, (const char *)input + i * now.in_bytes, now.in_bytes);
        if ((now.fault == ONE_INPUT && x == stretch_begin) || now.fault == EVERYWHERE ||
            (now.fault == A_STRETCH && x >= stretch_begin && x < stretch_end))
            ((unsigned char *)output)[i * now.out_bytes] ^= 1;
    }
}

static unsigned char *outputs; /* of all inputs in order, for the sweep */

/* What run() gives on every input: asked once, or the tests would take a minute. */
static void convert_all(void) {
    const struct tb_case *c = &now.planned->c;
    size_t inputs = tb_case_inputs(c);
    unsigned char *all = calloc(inputs, now.in_bytes);
    outputs = calloc(inputs, now.out_bytes);
    ck_assert(all && outputs);
    for (uint64_t i = 0; i < inputs; i++) {
        uint64_t pattern = i << tb_case_input(c)->padding;
        memcpy(all + i * now.in_bytes, &pattern, now.in_bytes);
    }
    run(NULL, all, outputs, inputs);
    free(all);
}

static uint32_t convert(uint64_t index, uint32_t pattern) {
    uint32_t code = 0;
    memcpy(&code, outputs + index * now.out_bytes, now.out_bytes);
    return now.broken == CONVERTS_OTHERWISE && pattern == stretch_end ? code ^ 1 : code;
}

static uint32_t expected_at(const struct tb_sweep_request *r, uint32_t pattern, size_t *run_index) {
    uint32_t shift = now.broken == SHIFTS_THE_BOUNDARIES ? 1u << r->padding : 0;
    while (*run_index + 1 < r->count && r->first[*run_index + 1] + shift <= pattern)
        ++*run_index;
    if (now.broken == KNOWS_THE_GOLDEN) /* and not the staircase that it was given */
        return (uint32_t)tb_staircase_at(&now.planned->golden, pattern);
    return r->code[*run_index];
}

static bool passes_over(const struct tb_sweep_request *r, uint64_t index) {
    return now.broken == NEVER_REPORTS || (now.broken == MISSES_THE_LAST_BLOCK && index + 64 >= r->end) ||
           (now.broken == MISSES_THE_FIRST_INPUT && index == r->begin) ||
           (now.broken == EVERY_OTHER_INPUT && index % 2);
}

static void report(const struct tb_sweep_request *r, struct tb_sweep_answer *a, uint32_t first, uint32_t last,
                   uint32_t got) {
    if (now.broken == MISSES_SINGLE_INPUTS && first == last)
        return;
    a->differing += ((last - first) >> r->padding) + 1;
    if (a->found == r->capacity) {
        a->overflow = 1;
        return;
    }
    r->found[a->found++] = (struct tb_found){first, last, now.broken == WRONG_CODE ? got ^ 2 : got};
}

static int sweep(const void *state, const struct tb_sweep_request *r, struct tb_sweep_answer *a) {
    struct tb_found open = {0, 0, 0};
    bool is_open = false;
    size_t run_index = 0;
    (void)state;
    for (uint64_t i = r->begin; i < r->end && now.broken != GIVES_UP; i++) {
        uint32_t pattern = (uint32_t)(i << r->padding), got = convert(i, pattern);
        bool differs = got != expected_at(r, pattern, &run_index) && !passes_over(r, i);
        if (is_open && (!differs || got != open.got)) {
            report(r, a, open.first, open.last, open.got);
            is_open = false;
        }
        if (differs)
            open = (struct tb_found){is_open ? open.first : pattern, pattern, got}, is_open = true;
    }
    if (is_open)
        report(r, a, open.first, open.last, open.got);
    if (now.broken == REPORTS_WHAT_IS_RIGHT)
        report(r, a, (uint32_t)(r->begin << r->padding), (uint32_t)(r->begin << r->padding), r->code[0]);
    if (now.broken == TWICE_THE_SAME && a->found)
        report(r, a, r->found[0].first, r->found[0].last, r->found[0].got);
    a->differing += now.broken == COUNTS_ONE_MORE;
    a->overflow |= now.broken == ALWAYS_FULL;
    for (size_t i = 0; i < a->found / 2; i++) { /* the order is free */
        struct tb_found swap = r->found[i];
        r->found[i] = r->found[a->found - 1 - i];
        r->found[a->found - 1 - i] = swap;
    }
    return now.broken != GIVES_UP;
}

static const char *words(const void *state) {
    (void)state;
    return now.broken == GIVES_UP ? "the device fell off the bus (error 79)" : NULL;
}
static const struct tb_kernel kernel = {.run = run, .sweep = sweep, .failure = words};

/* ---- Cases. ---- */

static struct tb_plan plan;

static const struct tb_planned *planned(const char *id) {
    struct tb_error error;
    ck_assert_msg(tb_plan_make(&plan, TB_QUICK, &id, 1, &error), "%s", error.text);
    plan.cases[0].wanted = true;
    ck_assert_msg(tb_plan_golden(&plan, 1, &error), "%s", error.text);
    const struct tb_request request = tb_planned_request(&plan.cases[0]);
    now.planned = &plan.cases[0];
    now.inner = (struct tb_kernel){0}; /* what tables it has stays: a test is a process */
    ck_assert_int_eq(tb_portable_targets[0]->open(&request, &now.inner), 1);
    now.in_bytes = request.source_bytes;
    now.out_bytes = request.destination_bytes;
    /* In the middle of the domain, over several runs. */
    const struct tb_case *c = &now.planned->c;
    uint64_t middle = tb_case_inputs(c) / 5;
    stretch_begin = middle << tb_case_input(c)->padding;
    stretch_end = (middle + 3000) << tb_case_input(c)->padding;
    return now.planned;
}

static const char *const cases[] = {"convert/bf16/e4m3fn/rne/satfinite", "convert/fp16/fp32/exact",
                                    "convert/tf32/e5m2/rtz/inf", "convert/e4m3fn/fp16/exact",
                                    "convert/e4m3fn/e2m1fn/sr/satfinite/bits=8"};
enum { CASES = sizeof cases / sizeof *cases };

/* ---- Tests. ---- */

/* With room for all, and with so little that the range is halved many times. */
START_TEST(honest_is_the_harness_own) {
    static const size_t rooms[] = {TB_STRETCHES, 100};
    const struct tb_planned *p = planned(cases[_i / 4]);
    struct tb_record own, device;
    struct tb_error error;
    now.fault = (enum fault)(_i % 4);
    now.broken = HONEST;
    convert_all();
    ck_assert(tb_sweep(&p->c, &p->golden, &kernel, NULL, &own));
    ck_assert(tb_device_sweeps(&p->c, &p->golden, &kernel));
    for (int r = 0; r < 2; r++) {
        tb_device_room = rooms[r];
        ck_assert_msg(tb_device_sweep(&p->c, &p->golden, &kernel, NULL, &device, &error), "%s", error.text);
        ck_assert_uint_eq(device.inputs, own.inputs);
        ck_assert(device.exhaustive && !device.irregular);
        ck_assert_uint_eq(device.tally.diverging, own.tally.diverging);
        ck_assert_mem_eq(device.tally.classes, own.tally.classes, sizeof own.tally.classes);
        ck_assert_uint_eq(device.stretch_count, own.stretch_count);
        ck_assert(own.stretch_count == 0 ||
                  !memcmp(device.stretches, own.stretches, own.stretch_count * sizeof *own.stretches));
        tb_record_free(&device);
    }
    ck_assert((own.tally.diverging != 0) == (now.fault != EXACT));
    tb_device_room = TB_STRETCHES;
    tb_record_free(&own);
    tb_plan_free(&plan);
    free(outputs);
}
END_TEST

START_TEST(broken_is_refused) {
    const struct tb_planned *p = planned(cases[_i % 3]);
    struct tb_record record;
    struct tb_error error = {0};
    now.broken = (enum breakage)(_i / 3 / 4 + 1);
    now.fault = (enum fault)(_i / 3 % 4);
    convert_all();
    bool believed = tb_device_sweep(&p->c, &p->golden, &kernel, NULL, &record, &error);
    ck_assert_msg(!believed, "breakage %d, fault %d", now.broken, now.fault);
    ck_assert_int_eq(error.code, TB_EXIT_TARGET);
    ck_assert_msg(strncmp(error.text, "the sweep on the device ", 24) == 0, "%s", error.text);
    if (now.broken == GIVES_UP)
        ck_assert_str_eq(error.text,
                         "the sweep on the device failed: the device fell off the bus (error 79)");
    tb_record_free(&record);
    tb_plan_free(&plan);
    free(outputs);
}
END_TEST

START_TEST(measures) {
    const struct tb_planned *p = planned(cases[0]);
    struct tb_device_times times = {1, 1};
    struct tb_error error;
    now.broken = HONEST;
    convert_all();
    ck_assert(tb_device_measure(&p->c, &p->golden, &kernel, &times, &error));
    ck_assert(times.checked == 0 && times.unchecked == 0); /* this device has no clock */
    tb_plan_free(&plan);
    free(outputs);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("device sweep");
    TCase *tests = tcase_create("check");
    tcase_add_loop_test(tests, honest_is_the_harness_own, 0, CASES * 4);
    tcase_add_loop_test(tests, broken_is_refused, 0, 3 * 4 * (BREAKAGES - 1));
    tcase_add_test(tests, measures);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
