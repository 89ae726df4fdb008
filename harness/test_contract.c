/* The contract check: honest kernels pass, each breach is found and named. */
#include "harness/contract.h"
#include "harness/environment.h"
#include "harness/pool.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The kernels' arithmetic: fp32 patterns to their top byte, to their top half, bytes to bytes. */
static uint8_t narrow(uint32_t x) {
    return (uint8_t)((x >> 24) ^ (x >> 7));
}

static void honest(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    for (size_t i = 0; i < count; i++)
        ((uint8_t *)output)[i] = narrow(((const uint32_t *)input)[i]);
}

static void honest_half(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    for (size_t i = 0; i < count; i++)
        ((uint16_t *)output)[i] = (uint16_t)(((const uint32_t *)input)[i] >> 16);
}

static void honest_wide(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    for (size_t i = 0; i < count; i++)
        ((uint64_t *)output)[i] = (uint64_t)((const uint8_t *)input)[i] << 40;
}

static void past_end(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count == 77)
        ((volatile uint8_t *)output)[count] = 0;
}

/* Writes past the end only where the offset keeps it from the guard page: the canary must see it. */
static void past_end_unaligned(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if ((uintptr_t)output % 64 == 5 && (uintptr_t)output % 4096 < 256 && count == 16)
        ((volatile uint8_t *)output)[count + 2] = 0;
}

static void before_start(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count == 9)
        ((volatile uint8_t *)output)[-1] = 0;
}

static volatile uint32_t sink;

static void read_past_end(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count % 4 == 3)
        sink = ((const volatile uint32_t *)input)[count];
}

static void read_none(const void *state, const void *input, void *output, size_t count) {
    sink = *(const volatile uint32_t *)input; /* of an array of none */
    honest(state, input, output, count);
}

static void change_input(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count > 3)
        ((volatile uint32_t *)(uintptr_t)input)[2] ^= 1;
}

static void unwritten(const void *state, const void *input, void *output, size_t count) {
    uint8_t old = count == 7 ? ((uint8_t *)output)[3] : 0;
    honest(state, input, output, count);
    if (count == 7)
        ((uint8_t *)output)[3] = old;
}

static void unwritten_in_body(const void *state, const void *input, void *output, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (i != 500)
            honest(state, (const uint32_t *)input + i, (uint8_t *)output + i, 1);
}

static void half_written(const void *state, const void *input, void *output, size_t count) {
    honest_half(state, input, output, count ? count - 1 : 0);
    if (count)
        ((uint8_t *)output)[2 * count - 2] = (uint8_t)(((const uint32_t *)input)[count - 1] >> 16);
}

static void not_deterministic(const void *state, const void *input, void *output, size_t count) {
    static unsigned calls;
    honest(state, input, output, count);
    if (count && ++calls % 1000 == 0)
        ((uint8_t *)output)[count / 2] ^= 1;
}

/* The last element of a vector of 16 that is not full, rounded otherwise. */
static void tail(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count % 16)
        ((uint8_t *)output)[count - 1] ^= 1;
}

static void tail_misaligned(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count % 16 == 11 && (uintptr_t)output % 16 == 3)
        ((uint8_t *)output)[count - 1] ^= 1;
}

static void body(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    for (size_t i = 0; i + 64 <= count; i++)
        ((uint8_t *)output)[i] ^= 1;
}

#if defined(__x86_64__)
#include <xmmintrin.h>
static void leave_flush(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    _mm_setcsr(_mm_getcsr() | 0x8040);
}
static void leave_flags(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    _mm_setcsr(_mm_getcsr() | 0x3f); /* exception flags do not count */
}
#endif

static void crash(const void *state, const void *input, void *output, size_t count) {
    honest(state, input, output, count);
    if (count == 5)
        abort();
}

/* One row a kernel. Breach: TB_BREACHES where the contract is kept; crash: what the pool's reason begins
 * with. */
static const struct {
    const char *name;
    tb_run_fn *run;
    unsigned in_bytes, out_bytes;
    enum tb_breach breach;
    const char *text;
    const char *crash;
} kernels[] = {
    {"honest",            honest,             4, 1, TB_BREACHES,           "",                                     NULL                                                    },
    {"honest half",       honest_half,        4, 2, TB_BREACHES,           "",                                     NULL                                                    },
    {"honest wide",       honest_wide,        1, 8, TB_BREACHES,           "",                                     NULL                                                    },
    {"past end",          past_end,           4, 1, TB_BREACHES,           "",
     "SIGSEGV: write past the end of the output by 1 byte; in a call of 77, input at +12, output at +51"                                                                   },
    {"past end +5",       past_end_unaligned, 4, 1, TB_BREACH_BOUNDS,
     "write past the end of the output by 3 bytes in a call of 16",                                                NULL                                                    },
    {"before start",      before_start,       4, 1, TB_BREACHES,           "",
     "SIGSEGV: write before the start of the output by 1 byte; in a call of 9"                                                                                             },
    {"read past end",     read_past_end,      4, 1, TB_BREACHES,           "",
     "SIGSEGV: read past the end of the input by 1 byte; in a call of 3"                                                                                                   },
    {"read none",         read_none,          4, 1, TB_BREACHES,           "",
     "SIGSEGV: read past the end of the input by 1 byte; in a call of 0"                                                                                                   },
    {"change input",      change_input,       4, 1, TB_BREACH_INPUT,       "the input was changed: element 2 of ", NULL                                                    },
    {"unwritten",         unwritten,          4, 1, TB_BREACH_UNWRITTEN,   "element 3 of 7 was not written",       NULL                                                    },
    {"unwritten in body", unwritten_in_body,  4, 1, TB_BREACH_UNWRITTEN,   "element 500 of ",                      NULL                                                    },
    {"half written",      half_written,       4, 2, TB_BREACH_UNWRITTEN,   "element ",                             NULL                                                    },
    {"not deterministic", not_deterministic,  4, 1, TB_BREACH_REPEAT,      "two equal calls of ",                  NULL                                                    },
    {"tail",              tail,               4, 1, TB_BREACH_POSITION,    "input 0x",                             NULL                                                    },
    {"tail misaligned",   tail_misaligned,    4, 1, TB_BREACH_POSITION,    "input 0x",                             NULL                                                    },
    {"body",              body,               4, 1, TB_BREACH_POSITION,    "input 0x",                             NULL                                                    },
#if defined(__x86_64__)
    {"leave flush",       leave_flush,        4, 1, TB_BREACH_ENVIRONMENT,
     "MXCSR changed from 0x1f80 to 0x9fc0: FTZ and DAZ left set by a call of ",                                    NULL                                                    },
    {"leave flags",       leave_flags,        4, 1, TB_BREACHES,           "",                                     NULL                                                    },
#endif
    {"crash",             crash,              4, 1, TB_BREACHES,           "",                                     "SIGABRT: it called abort(); in a call of 5, input at +"},
};

static void check_kernel(void *context, FILE *out) {
    int row = *(const int *)context;
    enum { SAMPLES = 700 };
    static uint64_t samples[SAMPLES];
    uint64_t x = 1;
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = x = x * 6364136223846793005u + 1442695040888963407u;
    struct tb_kernel kernel = {.run = kernels[row].run};
    struct tb_contract_report report;
    tb_environment_set_default();
    if (!tb_contract_check(&kernel, kernels[row].in_bytes, kernels[row].out_bytes, samples, SAMPLES, &report))
        tb_job_fail("out of memory");
    fwrite(&report, sizeof report, 1, out);
}

static struct tb_job run_row(int row) {
    static int context;
    context = row;
    struct tb_job job = {.work = check_kernel, .context = &context, .limit_seconds = 20};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    return job;
}

START_TEST(test_kernel) {
    struct tb_job job = run_row(_i);
    if (kernels[_i].crash) {
        ck_assert_msg(strncmp(job.reason, kernels[_i].crash, strlen(kernels[_i].crash)) == 0,
                      "%s: expected '%s', got '%s'", kernels[_i].name, kernels[_i].crash, job.reason);
        free(job.output);
        return;
    }
    ck_assert_msg(job.outcome == TB_JOB_DONE, "%s: %s", kernels[_i].name, job.reason);
    struct tb_contract_report report;
    ck_assert_uint_eq(job.output_size, sizeof report);
    memcpy(&report, job.output, sizeof report);
    free(job.output);
    const char *sentence = tb_contract_sentence(&report);
    if (kernels[_i].breach == TB_BREACHES) {
        ck_assert_msg(!sentence, "%s: %s", kernels[_i].name, sentence);
        ck_assert_uint_eq(report.position_total, 0);
    } else {
        ck_assert_msg((report.breaches & -report.breaches) == 1u << kernels[_i].breach,
                      "%s: breaches 0x%x, %s", kernels[_i].name, report.breaches, sentence);
        ck_assert_msg(strncmp(sentence, kernels[_i].text, strlen(kernels[_i].text)) == 0, "%s: %s",
                      kernels[_i].name, sentence);
    }
    ck_assert_uint_ge(report.calls, 9000);
}
END_TEST

/* What a position says is checked against the kernel's rule. */
START_TEST(test_positions) {
    int row = 0;
    while (kernels[row].run != tail_misaligned)
        row++;
    struct tb_job job = run_row(row);
    struct tb_contract_report report;
    ck_assert_uint_eq(job.output_size, sizeof report);
    memcpy(&report, job.output, sizeof report);
    free(job.output);
    ck_assert_uint_gt(report.position_total, 20);
    ck_assert_uint_eq(report.position_count, report.position_total < 64 ? report.position_total : 64);
    for (size_t i = 0; i < report.position_count; i++) {
        const struct tb_position *p = &report.positions[i];
        ck_assert_uint_eq(p->count % 16, 11);
        ck_assert_uint_eq(p->index, p->count - 1);
        ck_assert_uint_eq(p->output_offset % 16, 3);
        ck_assert_uint_eq(p->body, narrow((uint32_t)p->input));
        ck_assert_uint_eq(p->tail, p->body ^ 1);
    }
}
END_TEST

/* Milliseconds of CPU for an honest kernel; the check runs before every sweep. */
START_TEST(test_cost) {
    struct tb_job job = run_row(0);
    ck_assert_int_eq(job.outcome, TB_JOB_DONE);
    ck_assert_double_lt(job.cpu_seconds, 2); /* 4 ms measured; the bound leaves room for sanitizers */
    printf("contract check of an honest kernel: %.1f ms\n", job.cpu_seconds * 1e3);
    free(job.output);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("contract");
    TCase *tests = tcase_create("contract");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, test_kernel, 0, sizeof kernels / sizeof *kernels);
    tcase_add_test(tests, test_positions);
    tcase_add_test(tests, test_cost);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
