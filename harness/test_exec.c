/* The other process: large arrays without a deadlock, and each way of misbehaving by its name.
 * The arguments are a python3 and test_exec.py. */
#include "harness/exec_target.h"
#include "harness/pool.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *python, *script;

static const struct tb_target *target(const char *how) {
    char command[1024];
    struct tb_error error = {0};
    snprintf(command, sizeof command, "%s %s %s", python, script, how);
    const struct tb_target *t = tb_exec_target(command, &error);
    ck_assert_msg(t != NULL, "%s", error.text);
    return t;
}

static const struct tb_request request = {
    .case_id = "convert/fp32/bf16/rtz/inf", .source_bytes = 4, .destination_bytes = 2};

struct conversion {
    const struct tb_target *target;
    size_t count;
    double patience;
};

/* Converts in one call and writes 'y' when all outputs are right, the claim behind it. */
static void convert(void *context, FILE *out) {
    const struct conversion *c = context;
    struct tb_kernel kernel = {0};
    tb_exec_patience = c->patience;
    if (!c->target->open(&request, &kernel)) {
        fputs("declined", out);
        return;
    }
    uint32_t *input = malloc(c->count * sizeof *input + 1);
    uint16_t *output = malloc(c->count * sizeof *output + 1);
    for (size_t i = 0; i < c->count; i++)
        input[i] = (uint32_t)i * 2654435761u;
    kernel.run(kernel.state, input, output, c->count);
    size_t wrong = 0;
    for (size_t i = 0; i < c->count; i++)
        wrong += output[i] != input[i] >> 16;
    fprintf(out, "%c%s", wrong ? 'n' : 'y', kernel.claim);
    free(input);
    free(output);
    c->target->close(&kernel);
}

static void check(const char *how, size_t count, enum tb_job_outcome outcome, const char *text) {
    bool waits = strstr(text, "no answer") != NULL; /* a busy machine takes seconds to start Python */
    struct conversion c = {target(how), count, waits ? 0.7 : 15};
    struct tb_job job = {.work = convert, .context = &c, .limit_seconds = 20};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    ck_assert_msg(job.outcome == outcome, "%s: outcome %d, '%s'", how, (int)job.outcome, job.reason);
    if (outcome == TB_JOB_DONE) {
        ck_assert_msg(job.output_size == strlen(text) && memcmp(job.output, text, strlen(text)) == 0,
                      "%s: '%.*s'", how, (int)job.output_size, (const char *)job.output);
    } else {
        ck_assert_msg(strstr(job.reason, text) != NULL, "%s: expected '%s', got '%s'", how, text, job.reason);
        ck_assert_msg(strncmp(job.reason, "exec/python", 11) == 0, "%s", job.reason);
    }
    free(job.output);
}

static const struct {
    const char *how;
    size_t count;
    enum tb_job_outcome outcome;
    const char *text;
} rows[] = {
    {"honest",      0,       TB_JOB_DONE,   "yrtz"                                                    },
    {"honest",      1,       TB_JOB_DONE,   "yrtz"                                                    },
    {"honest",      1000003, TB_JOB_DONE,   "yrtz"                                                    },
    {"streams",     1000003, TB_JOB_DONE,   "yrtz"                                                    },
    {"noisy",       100,     TB_JOB_DONE,   "yrtz"                                                    },
    {"declines",    100,     TB_JOB_DONE,   "declined"                                                },
    {"bad-magic",   100,     TB_JOB_FAILED, "did not begin with the 8 bytes TBEXEC1"                  },
    {"bad-json",    100,     TB_JOB_FAILED, "the answer to \"open\" is not {\"offered\""              },
    {"long-answer", 100,     TB_JOB_FAILED, "is longer than 1 MiB"                                    },
    {"dies",        100,     TB_JOB_FAILED, "ended with exit status 3: \"ValueError: no such format\""},
    {"is-killed",   100,     TB_JOB_FAILED, "was killed by signal 9"                                  },
    {"hangs",       100,     TB_JOB_FAILED, "gave no answer for 0.7 s"                                },
    {"too-much",    100,     TB_JOB_FAILED, "bytes that were not asked for"                           },
    {"too-late",    100,     TB_JOB_FAILED, "bytes that were not asked for"                           },
    {"too-little",  100,     TB_JOB_FAILED, "gave no answer for 0.7 s"                                },
};

START_TEST(test_row) {
    check(rows[_i].how, rows[_i].count, rows[_i].outcome, rows[_i].text);
}
END_TEST

/* The contract's thousands of short calls must be affordable. */
START_TEST(test_many_short_calls) {
    struct tb_kernel kernel;
    const struct tb_target *t = target("honest");
    ck_assert_msg(t->open(&request, &kernel), "%s", tb_exec_last_error());
    for (uint32_t i = 0; i < 5000; i++) {
        uint16_t output = 0;
        uint32_t input = i << 16;
        kernel.run(kernel.state, &input, &output, 1);
        ck_assert_uint_eq(output, i);
    }
    t->close(&kernel);
}
END_TEST

/* Outside a job a failure is an answer, and no process or zombie stays behind. */
START_TEST(test_outside_a_job) {
    struct tb_kernel kernel;
    const struct tb_target *t = target("bad-json");
    ck_assert(!t->open(&request, &kernel));
    ck_assert_ptr_nonnull(strstr(tb_exec_last_error(), "the answer to \"open\""));
    t = target("declines");
    ck_assert(!t->open(&request, &kernel));
    ck_assert_str_eq(tb_exec_last_error(), "");
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(test_no_such_command) {
    struct tb_error error;
    struct tb_kernel kernel;
    const struct tb_target *t = tb_exec_target("/no/such/Program --fast", &error);
    ck_assert_str_eq(t->name, "exec/program");
    ck_assert(!t->open(&request, &kernel));
    ck_assert_ptr_nonnull(strstr(tb_exec_last_error(), "ended with exit status 127: "));
    t = tb_exec_target("/no/such/Program --slow", &error);
    ck_assert_str_eq(t->name, "exec/program-2");
    ck_assert_ptr_null(tb_exec_target("  ", &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    for (int i = 2; i < TB_EXEC_TARGETS; i++)
        ck_assert_ptr_nonnull(tb_exec_target("true", &error));
    ck_assert_ptr_null(tb_exec_target("true", &error));
}
END_TEST

START_TEST(test_quit_is_sent) {
    char how[256], path[] = "/tmp/tiebreak-exec-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    snprintf(how, sizeof how, "honest %s", path);
    check(how, 10, TB_JOB_DONE, "yrtz");
    char text[8] = "";
    ck_assert_int_eq(read(file, text, 4), 4);
    ck_assert_str_eq(text, "quit");
    close(file);
    unlink(path);
}
END_TEST

int main(int argc, char **argv) {
    if (argc < 3)
        return 77; /* meson's "skipped" */
    python = argv[1];
    script = argv[2];
    Suite *suite = suite_create("exec");
    TCase *tests = tcase_create("exec");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_row, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, test_many_short_calls);
    tcase_add_test(tests, test_outside_a_job);
    tcase_add_test(tests, test_no_such_command);
    tcase_add_test(tests, test_quit_is_sent);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
