/* The pool: each way in which a child can end is seen and named, and none is taken for success. */
#include "harness/environment.h"
#include "harness/pool.h"
#include "vectors/sanitized.h"
#include "vectors/testing.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void write_numbers(void *context, FILE *out) {
    uint32_t count = *(const uint32_t *)context;
    for (uint32_t i = 0; i < count; i++)
        fwrite(&i, sizeof i, 1, out);
}

static void write_nothing(void *context, FILE *out) {
    (void)context, (void)out;
}

static void crash_null(void *context, FILE *out) {
    (void)context;
    fputs("partial", out);
    fflush(out);
    *(volatile int *)NULL = 1;
}

/* A page between two that may not be touched; *context says which byte relative to the page's end is written.
 */
static void write_beside(void *context, FILE *out) {
    (void)out;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *base = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(base + page, page, PROT_READ | PROT_WRITE);
    tb_job_region(TB_REGION_OUTPUT, base + page, base + 2 * page);
    tb_job_note("count %d", 7);
    long at = *(const long *)context;
    volatile unsigned char *target = at < 0 ? base + page + at : base + 2 * page + at;
    *target = 1;
}

static void read_beside(void *context, FILE *out) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *base = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(base + page, page, PROT_READ | PROT_WRITE);
    tb_job_region(TB_REGION_INPUT, base + page, base + 2 * page);
    fputc(*(volatile unsigned char *)(base + 2 * page + *(const long *)context), out);
}

static void raise_illegal(void *context, FILE *out) {
    (void)context, (void)out;
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    raise(SIGILL);
#endif
}

static void trap_division(void *context, FILE *out) {
    (void)context;
#if defined(__x86_64__)
    volatile int zero = 0;
    int quotient = 1;
    __asm__ volatile("cltd\n\tidivl %1" : "+a"(quotient) : "m"(zero) : "edx");
    fputc(quotient, out);
#else
    (void)out;
    raise(SIGFPE);
#endif
}

static void call_abort(void *context, FILE *out) {
    (void)context, (void)out;
    fputs("first line\nmylib: table is corrupt\n", stderr);
    abort();
}

static void call_exit(void *context, FILE *out) {
    fputs("whole work", out);
    exit(*(const int *)context);
}

static void spin(void *context, FILE *out) {
    (void)context, (void)out;
    for (volatile uint64_t i = 0;; i++)
        ;
}

/* A grandchild that would hold the pipes open for ever. */
static void leave_grandchild(void *context, FILE *out) {
    (void)context;
    if (fork() == 0)
        for (;;)
            pause();
    fputs("done", out);
}

static void sleep_with_grandchild(void *context, FILE *out) {
    (void)context, (void)out;
    fork();
    for (;;)
        pause();
}

static void close_descriptors(void *context, FILE *out) {
    (void)context;
    for (int i = 0; i < 1024; i++)
        close(i);
    fputs("lost", out);
}

/* What a target does that has kept a stale descriptor: it writes to all. */
static void scribble(void *context, FILE *out) {
    (void)context;
    fputs("honest", out);
    fflush(out);
    for (int i = 3; i < 1024; i++)
        if (fcntl(i, F_GETFD) >= 0 && (fcntl(i, F_GETFL) & O_ACCMODE) == O_WRONLY)
            ck_assert(write(i, "scribble scribble", 17) == 17);
    fputs(" work", out);
}

static void print_stdout(void *context, FILE *out) {
    (void)context;
    printf("hello from mylib\n");
    fputs("done", out);
}

static void print_stderr(void *context, FILE *out) {
    (void)context;
    fprintf(stderr, "a harmless warning\n");
    fputs("done", out);
}

static void flood_stdout(void *context, FILE *out) {
    (void)context;
    for (int i = 0; i < 100000; i++)
        puts("a line that fills the pipe many times over");
    fputs("done", out);
}

static void flood_stream(void *context, FILE *out) {
    (void)context;
    static unsigned char block[1 << 20];
    while (fwrite(block, sizeof block, 1, out) == 1)
        ;
}

static void fail_politely(void *context, FILE *out) {
    (void)context, (void)out;
    tb_job_fail("no such file '%s'", "x.so");
}

static void eat_memory(void *context, FILE *out) {
    (void)context;
    void *volatile block = malloc((size_t)512 << 20); /* volatile: clang would leave the pair out */
    fputs(block ? "got it" : "refused", out);
    free(block);
}

static void progress(void *context, FILE *out) {
    (void)context, (void)out;
    for (int i = 0; i < 30; i++) {
        tb_job_progress(10);
        usleep(10000);
    }
}

static struct tb_job run_one(void (*work)(void *, FILE *), void *context) {
    struct tb_job job = {.work = work, .context = context, .limit_seconds = 20};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    return job;
}

START_TEST(test_streams) {
    static uint32_t counts[] = {0, 1, 5, 100000, 3000000, 7, 1u << 14, 65537};
    enum { COUNT = sizeof counts / sizeof *counts };
    struct tb_job jobs[COUNT];
    for (int i = 0; i < COUNT; i++)
        jobs[i] = (struct tb_job){.work = write_numbers, .context = &counts[i], .limit_seconds = 20};
    tb_pool_run(jobs, COUNT, 3, NULL, NULL);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_msg(jobs[i].outcome == TB_JOB_DONE, "%s", jobs[i].reason);
        ck_assert_str_eq(jobs[i].reason, "");
        ck_assert_uint_eq(jobs[i].output_size, counts[i] * sizeof(uint32_t));
        for (uint32_t k = 0; k < counts[i]; k++) {
            uint32_t got;
            memcpy(&got, jobs[i].output + k * sizeof got, sizeof got);
            if (got != k)
                ck_abort_msg("word %u of job %d is %u", k, i, got);
        }
        free(jobs[i].output);
    }
}
END_TEST

static long past_by_1 = 0, past_by_8 = 7, before_by_1 = -1, before_by_40 = -40;
static int status_0 = 0, status_3 = 3;

/* One row a bad end: the reason must begin with the text. */
static const struct {
    void (*work)(void *, FILE *);
    void *context;
    enum tb_job_outcome outcome;
    const char *reason;
} ends[] = {
    {crash_null,        NULL,          TB_JOB_CRASHED, "SIGSEGV at address 0x0: write through a null pointer"           },
    {write_beside,      &past_by_1,    TB_JOB_CRASHED,
     "SIGSEGV: write past the end of the output by 1 byte; count 7"                                                     },
    {write_beside,      &past_by_8,    TB_JOB_CRASHED, "SIGSEGV: write past the end of the output by 8 bytes"           },
    {write_beside,      &before_by_1,  TB_JOB_CRASHED, "SIGSEGV: write before the start of the output by 1 byte"        },
    {write_beside,      &before_by_40, TB_JOB_CRASHED, "SIGSEGV: write before the start of the output by 40"            },
    {read_beside,       &past_by_1,    TB_JOB_CRASHED, "SIGSEGV: read past the end of the input by 1 byte"              },
    {raise_illegal,     NULL,          TB_JOB_CRASHED, "SIGILL: "                                                       },
    {trap_division,     NULL,          TB_JOB_CRASHED, "SIGFPE: "                                                       },
    {call_abort,        NULL,          TB_JOB_CRASHED, "SIGABRT: it called abort(); it said \"mylib: table is corrupt\""},
    {call_exit,         &status_0,     TB_JOB_FAILED,  "the target ended the process: exit(0)"                          },
    {call_exit,         &status_3,     TB_JOB_FAILED,  "the target ended the process: exit(3)"                          },
    {close_descriptors, NULL,          TB_JOB_FAILED,  "the target closed a file descriptor"                            },
    {scribble,          NULL,          TB_JOB_FAILED,  "the target wrote into a file descriptor"                        },
    {print_stdout,      NULL,          TB_JOB_FAILED,  "the target wrote 17 bytes to standard output: \"hello from"     },
    {flood_stdout,      NULL,          TB_JOB_FAILED,  "the target wrote 4300000 bytes to standard output"              },
    {flood_stream,      NULL,          TB_JOB_FAILED,  "wrote more than 256 MiB"                                        },
    {fail_politely,     NULL,          TB_JOB_FAILED,  "no such file 'x.so'"                                            },
};

START_TEST(test_bad_end) {
    struct tb_job job = run_one(ends[_i].work, ends[_i].context);
    ck_assert_msg(job.outcome == ends[_i].outcome, "row %d: outcome %d, '%s'", _i, (int)job.outcome,
                  job.reason);
    ck_assert_msg(strncmp(job.reason, ends[_i].reason, strlen(ends[_i].reason)) == 0,
                  "row %d: expected '%s', got '%s'", _i, ends[_i].reason, job.reason);
    free(job.output);
}
END_TEST

START_TEST(test_partial_output_kept) {
    struct tb_job job = run_one(crash_null, NULL);
    ck_assert_uint_eq(job.output_size, 7);
    ck_assert(memcmp(job.output, "partial", 7) == 0);
    free(job.output);
}
END_TEST

START_TEST(test_time_limit) {
    struct tb_job jobs[] = {
        {.work = spin,                  .limit_seconds = 0.3},
        {.work = sleep_with_grandchild, .limit_seconds = 0.3},
        {.work = write_nothing,         .limit_seconds = 5  },
    };
    double start = now_seconds();
    tb_pool_run(jobs, 3, 3, NULL, NULL);
    ck_assert_double_lt(now_seconds() - start, 3);
    ck_assert_int_eq(jobs[0].outcome, TB_JOB_TIMED_OUT);
    ck_assert_str_eq(jobs[0].reason, "no end after 0.3 s");
    ck_assert_int_eq(jobs[1].outcome, TB_JOB_TIMED_OUT);
    ck_assert_int_eq(jobs[2].outcome, TB_JOB_DONE);
    ck_assert_double_gt(jobs[0].cpu_seconds, 0.01);
    ck_assert_double_lt(jobs[1].cpu_seconds, 0.1);
}
END_TEST

/* A job whose time to start has passed is not started; one that has time is. */
START_TEST(test_start_before) {
    struct tb_job jobs[] = {
        {.work = write_nothing, .start_before = now_seconds() - 1  },
        {.work = write_nothing, .start_before = now_seconds() + 600}
    };
    tb_pool_run(jobs, 2, 1, NULL, NULL);
    ck_assert_int_eq(jobs[0].outcome, TB_JOB_STOPPED);
    ck_assert_str_eq(jobs[0].reason, "the budget was spent before its turn came");
    ck_assert(jobs[0].cpu_seconds == 0);
    ck_assert_int_eq(jobs[1].outcome, TB_JOB_DONE);
    free(jobs[1].output);
}
END_TEST

START_TEST(test_grandchild) {
    double start = now_seconds();
    struct tb_job job = run_one(leave_grandchild, NULL);
    ck_assert_double_lt(now_seconds() - start, 3);
    ck_assert_msg(job.outcome == TB_JOB_DONE, "%s", job.reason);
    ck_assert_uint_eq(job.output_size, 4);
    free(job.output);
}
END_TEST

START_TEST(test_standard_error_is_no_failure) {
    struct tb_job job = run_one(print_stderr, NULL);
    ck_assert_msg(job.outcome == TB_JOB_DONE, "%s", job.reason);
    free(job.output);
}
END_TEST

START_TEST(test_memory_limit) {
    if (TB_SANITIZED) /* there is no limit: see harness/pool_child.c */
        return;
    struct tb_job job = {.work = eat_memory, .limit_seconds = 5, .limit_bytes = 64u << 20};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    ck_assert_msg(job.outcome == TB_JOB_DONE, "%s", job.reason);
    ck_assert_uint_eq(job.output_size, 7);
    free(job.output);
    job.limit_bytes = 0;
    tb_pool_run(&job, 1, 1, NULL, NULL);
    ck_assert_uint_eq(job.output_size, 6);
    free(job.output);
}
END_TEST

struct seen {
    size_t done, ticks;
    uint64_t middle; /* a progress strictly between start and end was seen */
};

static void on_done(struct tb_job *job, size_t index, void *context) {
    (void)job, (void)index;
    ((struct seen *)context)->done++;
}

static void on_tick(struct tb_job *jobs, size_t count, void *context) {
    struct seen *seen = context;
    seen->ticks++;
    if (count && jobs[0].progress > 0 && jobs[0].progress < 300)
        seen->middle++;
}

START_TEST(test_progress) {
    struct seen seen = {0};
    struct tb_job jobs[2] = {{.work = progress}, {.work = write_nothing}};
    tb_pool_run_watched(jobs, 2, 2, on_done, on_tick, &seen);
    ck_assert_uint_eq(jobs[0].progress, 300);
    ck_assert_uint_eq(seen.done, 2);
    ck_assert_uint_ge(seen.ticks, 1);
    ck_assert_uint_ge(seen.middle, 1);
}
END_TEST

static void stop_at_once(struct tb_job *jobs, size_t count, void *context) {
    (void)jobs, (void)count, (void)context;
    tb_pool_stop();
}

/* In a process of its own, which is stopped for good: 0 when the jobs ended as they should. */
static int stopped_run(void) {
    struct tb_job jobs[] = {
        {.work = sleep_with_grandchild}, {.work = write_nothing}, {.work = spin}, {.work = spin}};
    double start = now_seconds();
    tb_pool_run_watched(jobs, 4, 2, NULL, stop_at_once, NULL);
    return !(now_seconds() - start < 3 && jobs[0].outcome == TB_JOB_STOPPED &&
             jobs[1].outcome == TB_JOB_DONE && jobs[2].outcome == TB_JOB_STOPPED &&
             jobs[3].outcome == TB_JOB_STOPPED &&
             strcmp(jobs[2].reason, "interrupted before it was done") == 0 &&
             strcmp(jobs[3].reason, "interrupted before its turn came") == 0);
}

START_TEST(test_stop) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(stopped_run());
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(!tb_pool_stopped());
}
END_TEST

START_TEST(test_many) {
    enum { COUNT = 200 };
    static uint32_t number = 11;
    struct tb_job jobs[COUNT] = {{0}};
    for (int i = 0; i < COUNT; i++)
        jobs[i] = (struct tb_job){.work = write_numbers, .context = &number, .limit_seconds = 20};
    double start = now_seconds();
    tb_pool_run(jobs, COUNT, 16, NULL, NULL);
    ck_assert_double_lt(now_seconds() - start, 10);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_msg(jobs[i].outcome == TB_JOB_DONE, "%s", jobs[i].reason);
        ck_assert_uint_eq(jobs[i].output_size, 44);
        free(jobs[i].output);
    }
    tb_pool_run(jobs, 0, 4, NULL, NULL);
}
END_TEST

START_TEST(test_environment_conditions) {
    struct tb_environment e, now;
    struct tb_error error;
    char text[256];
    tb_environment_set_default();
    struct tb_environment before = tb_environment_now();
    for (size_t i = 0; i < TB_CONDITIONS; i++) {
        if (!tb_environment_condition(tb_conditions[i].name, &e, &error))
            continue;
        now = tb_environment_now();
        ck_assert(tb_environment_same(&before, &now)); /* asking changes nothing */
        tb_environment_set(&e);
        now = tb_environment_now();
        tb_environment_set_default();
        ck_assert_int_eq(tb_environment_describe(&before, &now, text, sizeof text), i != 0);
    }
    ck_assert(!tb_environment_condition("fast", &e, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
}
END_TEST

#if defined(__x86_64__)
#include <xmmintrin.h>

static void check_described(uint32_t mxcsr, const char *expected) {
    char text[256];
    tb_environment_set_default();
    struct tb_environment before = tb_environment_now();
    _mm_setcsr(mxcsr);
    struct tb_environment after = tb_environment_now();
    tb_environment_set_default();
    ck_assert(tb_environment_describe(&before, &after, text, sizeof text));
    ck_assert_str_eq(text, expected);
}

START_TEST(test_environment_words) {
    check_described(0x9fc0, "MXCSR changed from 0x1f80 to 0x9fc0: FTZ and DAZ left set");
    check_described(0x7f80, "MXCSR changed from 0x1f80 to 0x7f80: rounding toward zero left set");
    check_described(0x1f00, "MXCSR changed from 0x1f80 to 0x1f00: the trap on invalid left set");
    struct tb_environment before = tb_environment_now(), after;
    _mm_setcsr(0x1fbf); /* the six flags */
    after = tb_environment_now();
    ck_assert(tb_environment_same(&before, &after));
    char text[256];
    __asm__ volatile("pxor %%mm0, %%mm0" : : : "mm0");
    after = tb_environment_now();
    ck_assert(tb_environment_describe(&before, &after, text, sizeof text));
    ck_assert_str_eq(text, "the x87 stack was left in use (MMX without emms)");
    tb_environment_set_default();
    uint16_t single = 0x007f; /* 24-bit precision */
    __asm__ volatile("fldcw %0" : : "m"(single));
    after = tb_environment_now();
    ck_assert(tb_environment_describe(&before, &after, text, sizeof text));
    ck_assert_str_eq(text, "the x87 control word changed from 0x37f to 0x7f");
    tb_environment_set_default();
    after = tb_environment_now();
    ck_assert(tb_environment_same(&before, &after));
}
END_TEST
#endif

int main(void) {
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, test_streams);
    tcase_add_loop_test(tests, test_bad_end, 0, sizeof ends / sizeof *ends);
    tcase_add_test(tests, test_partial_output_kept);
    tcase_add_test(tests, test_time_limit);
    tcase_add_test(tests, test_grandchild);
    tcase_add_test(tests, test_standard_error_is_no_failure);
    tcase_add_test(tests, test_start_before);
    tcase_add_test(tests, test_memory_limit);
    tcase_add_test(tests, test_progress);
    tcase_add_test(tests, test_stop);
    tcase_add_test(tests, test_many);
    tcase_add_test(tests, test_environment_conditions);
#if defined(__x86_64__)
    tcase_add_test(tests, test_environment_words);
#endif
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
