/* Jobs in child processes: foreign code may crash, hang, exit or scribble, and the run goes on.
 *
 * Each job is a fork(). The child writes a byte stream to `out`; the parent collects it and learns how the
 * child ended. A job is TB_JOB_DONE only when the stream arrived whole (framed, with a nonce and a checksum),
 * so a target that calls exit(0), closes or writes to the harness's descriptors is never taken for one that
 * finished. Standard input of a child is /dev/null; what it prints to standard output is a failure (a target
 * owes its output array and nothing else), what it prints to standard error is kept to explain how it ended.
 */
#ifndef TB_POOL_H
#define TB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TB_JOB_OUTPUT_LIMIT ((size_t)256 << 20)
#define TB_JOB_REASON       256

enum tb_job_outcome {
    TB_JOB_DONE,
    TB_JOB_CRASHED,   /* a signal: SIGSEGV, SIGILL, abort() ... */
    TB_JOB_TIMED_OUT, /* killed, with all processes it had started */
    TB_JOB_STOPPED,   /* killed, or never started, after tb_pool_stop(); or its time to start had passed */
    TB_JOB_FAILED,    /* ended without a whole stream, printed to standard output, or called tb_job_fail */
};

struct tb_job {
    void (*work)(void *context, FILE *out); /* runs in the child */
    void *context;
    double limit_seconds; /* by the clock on the wall; 0: none */
    double start_before;  /* not started after this time of CLOCK_MONOTONIC, in seconds; 0: whenever */
    uint64_t
        limit_bytes; /* of address space beyond what the parent has mapped; 0: none; not kept under ASan */

    /* outcome */
    enum tb_job_outcome outcome;
    char reason[TB_JOB_REASON]; /* "" when done; else "SIGSEGV: write past the end of the output by 1 byte;
                                   count 7" */
    unsigned char
        *output; /* what the child wrote, complete when done, as far as it came otherwise; free() it */
    size_t output_size;
    double cpu_seconds;
    uint64_t progress; /* sum of tb_job_progress; up to date at each tick and at the end */
};

/* Called in the parent as each job ends, in the order in which they end. */
typedef void tb_job_done_fn(struct tb_job *job, size_t index, void *context);
/* Called in the parent about ten times a second while jobs run. */
typedef void tb_job_tick_fn(struct tb_job *jobs, size_t count, void *context);

/* Runs all jobs, at most `parallel` at once, and returns when the last has ended. `done` and `tick` may be
 * NULL. */
void tb_pool_run(struct tb_job *jobs, size_t count, unsigned parallel, tb_job_done_fn *done, void *context);
void tb_pool_run_watched(struct tb_job *jobs, size_t count, unsigned parallel, tb_job_done_fn *done,
                         tb_job_tick_fn *tick, void *context);

/* Ends the jobs that run and starts no more, in this process for good. For handlers of signals too. */
void tb_pool_stop(void);
bool tb_pool_stopped(void);

/* For the code of a job, in the child. Outside a job the first three do nothing. */

/* Adds to the job's progress. */
void tb_job_progress(uint64_t add);
/* What the child is doing now; said after the reason if it ends badly. "" takes the note back. */
void tb_job_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The array that the target may touch, so that a fault near it gets a name. NULL, NULL takes it back. */
enum tb_region { TB_REGION_INPUT, TB_REGION_OUTPUT, TB_REGIONS };
void tb_job_region(enum tb_region region, const void *start, const void *end);
/* Whether this process is a job's child. */
bool tb_job_inside(void);
/* Ends the child; the job is TB_JOB_FAILED with this reason. Outside a job: prints the reason and aborts. */
_Noreturn void tb_job_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
