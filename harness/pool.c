/* The parent's side of the pool: forks, collects, limits, reaps. How a job ended is put in words in
 * pool_reason.c. */
#include "harness/pool.h"
#include "harness/pool_child.h"
#include "harness/pool_reason.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_SECONDS    0.1
#define POLL_MS         20 /* how late the end of a child that left its pipes open to a grandchild may be seen */
#define POLL_CLOSING_MS 1 /* the same once a pipe has closed: the child ends within microseconds */
#define READ_BYTES      65536
#define MOST_PARALLEL   256u

enum { PIPE_DATA, PIPE_OUT, PIPE_ERR, PIPES };

/* A job that runs. */
struct running {
    struct tb_job *job;
    size_t index;
    pid_t pid;
    int pipe[PIPES]; /* read ends; -1 once closed */
    double started;
    struct tb_slot *slot;
    struct tb_ending ending;
    /* the stream */
    uint64_t nonce, hash;
    unsigned char held[sizeof(struct tb_frame_head)]; /* a head or tail that is not whole yet */
    size_t held_size;
    uint32_t left; /* payload bytes of the frame at hand */
    bool in_tail;
    size_t capacity;
};

_Static_assert(sizeof(struct tb_frame_head) == sizeof(struct tb_frame_tail), "both fit `held`");

static double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool grow_output(struct running *r, size_t add) {
    struct tb_job *job = r->job;
    if (add > TB_JOB_OUTPUT_LIMIT - job->output_size) {
        r->ending.overflowed = true;
        return false;
    }
    if (job->output_size + add > r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : READ_BYTES;
        while (capacity < job->output_size + add)
            capacity *= 2;
        unsigned char *larger = realloc(job->output, capacity);
        if (!larger) {
            r->ending.out_of_memory = true;
            return false;
        }
        job->output = larger;
        r->capacity = capacity;
    }
    return true;
}

/* A head or tail is whole: judges it. */
static bool take_mark(struct running *r) {
    r->held_size = 0;
    if (r->in_tail) {
        struct tb_frame_tail tail;
        memcpy(&tail, r->held, sizeof tail);
        r->ending.whole = tail.hash == r->hash && tail.total == r->job->output_size;
        return r->ending.whole;
    }
    struct tb_frame_head head;
    memcpy(&head, r->held, sizeof head);
    if (head.nonce != r->nonce || head.check != (head.length ^ (uint32_t)head.nonce))
        return false;
    r->left = head.length;
    r->in_tail = head.length == 0;
    return true;
}

/* Takes bytes of the stream; false when they are not what the harness's own code wrote. */
static bool take_stream(struct running *r, const unsigned char *bytes, size_t size) {
    while (size) {
        if (r->ending.whole)
            return r->ending.whole = false; /* something after the end */
        size_t part;
        if (r->left) {
            part = size < r->left ? size : r->left;
            if (!grow_output(r, part))
                return false;
            memcpy(r->job->output + r->job->output_size, bytes, part);
            r->job->output_size += part;
            r->hash = tb_stream_hash(r->hash, bytes, part);
            r->left -= (uint32_t)part;
        } else {
            part = sizeof r->held - r->held_size;
            part = size < part ? size : part;
            memcpy(r->held + r->held_size, bytes, part);
            r->held_size += part;
            if (r->held_size == sizeof r->held && !take_mark(r))
                return false;
        }
        bytes += part;
        size -= part;
    }
    return true;
}

static void close_pipe(struct running *r, int which) {
    if (r->pipe[which] >= 0)
        close(r->pipe[which]);
    r->pipe[which] = -1;
}

/* One read from one pipe; false when there is nothing more to read now. */
static bool read_pipe(struct running *r, int which) {
    unsigned char bytes[READ_BYTES];
    if (r->pipe[which] < 0)
        return false;
    ssize_t got = read(r->pipe[which], bytes, sizeof bytes);
    if (got < 0)
        return errno == EINTR;
    if (got == 0) {
        close_pipe(r, which);
        return false;
    }
    if (which == PIPE_OUT)
        tb_console_take(&r->ending.out, bytes, (size_t)got);
    else if (which == PIPE_ERR)
        tb_console_take(&r->ending.err, bytes, (size_t)got);
    else if (!r->ending.garbled && !take_stream(r, bytes, (size_t)got)) {
        r->ending.garbled = true; /* read on all the same, so that the child does not block */
        r->ending.whole = false;
        if (r->ending.overflowed || r->ending.out_of_memory)
            kill(-r->pid, SIGKILL);
    }
    return true;
}

static bool open_pipes(int pipes[PIPES][2]) {
    for (int i = 0; i < PIPES; i++)
        pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < PIPES; i++)
        if (pipe2(pipes[i], O_CLOEXEC) != 0)
            return false;
    return true;
}

static void close_all(int pipes[PIPES][2]) {
    for (int i = 0; i < PIPES; i++)
        for (int end = 0; end < 2; end++)
            if (pipes[i][end] >= 0)
                close(pipes[i][end]);
}

/* Forks. Returns 0, or the errno that stopped it. */
static int start(struct running *r, struct tb_job *job, size_t index, struct tb_slot *slot,
                 const struct running *others, size_t other_count) {
    int pipes[PIPES][2];
    *r = (struct running){.job = job, .index = index, .slot = slot, .started = now_seconds()};
    if (getrandom(&r->nonce, sizeof r->nonce, 0) != (ssize_t)sizeof r->nonce)
        r->nonce = (uint64_t)(uintptr_t)slot * 0x9e3779b97f4a7c15u + (uint64_t)(r->started * 1e9);
    r->hash = r->nonce;
    if (!open_pipes(pipes)) {
        int reason = errno;
        close_all(pipes);
        return reason;
    }
    fflush(NULL); /* or a target's exit(0) would write the parent's half-full buffers a second time */
    r->pid = fork();
    if (r->pid < 0) {
        int reason = errno;
        close_all(pipes);
        return reason;
    }
    if (r->pid == 0) {
        for (int i = 0; i < PIPES; i++)
            close(pipes[i][0]);
        for (size_t k = 0; k < other_count; k++)
            for (int i = 0; i < PIPES; i++)
                if (others[k].pipe[i] >= 0)
                    close(others[k].pipe[i]);
        tb_child_main(job, slot, r->nonce,
                      (struct tb_child_ends){pipes[PIPE_DATA][1], pipes[PIPE_OUT][1], pipes[PIPE_ERR][1]});
    }
    setpgid(r->pid, r->pid); /* in both processes: whoever comes first */
    for (int i = 0; i < PIPES; i++) {
        close(pipes[i][1]);
        r->pipe[i] = pipes[i][0];
        fcntl(r->pipe[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

/* Whether the child has ended; if so reaps it and everything it left running, and fills in the job's outcome.
 */
static bool finish(struct running *r) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != r->pid)
        return false;
    kill(-r->pid, SIGKILL); /* before the reaping, while the group's number is surely ours */
    for (int i = 0; i < PIPES; i++) {
        while (read_pipe(r, i))
            ;
        close_pipe(r, i);
    }
    struct rusage usage = {0};
    wait4(r->pid, &r->ending.status, 0, &usage);
    struct tb_job *job = r->job;
    job->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    job->progress = atomic_load(&r->slot->progress);
    tb_ending_judge(&r->ending, r->slot, job);
    free(r->ending.err.text);
    free(r->ending.out.text);
    return true;
}

/* Waits for something to read and reads it. */
static void collect(struct running *running, size_t count) {
    struct pollfd polls[MOST_PARALLEL * PIPES];
    int timeout = POLL_MS;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < PIPES; i++) {
            polls[k * PIPES + i] = (struct pollfd){.fd = running[k].pipe[i], .events = POLLIN};
            if (running[k].pipe[i] < 0)
                timeout = POLL_CLOSING_MS;
        }
    if (poll(polls, (nfds_t)(count * PIPES), timeout) <= 0)
        return;
    for (size_t k = 0; k < count; k++)
        for (int i = 0; i < PIPES; i++)
            if (polls[k * PIPES + (size_t)i].revents)
                read_pipe(&running[k], i);
}

static volatile sig_atomic_t stop_asked;

void tb_pool_stop(void) {
    stop_asked = 1;
}

bool tb_pool_stopped(void) {
    return stop_asked;
}

static void end_early(struct running *r) {
    struct tb_ending *e = &r->ending;
    if (e->late || e->stopped)
        return;
    e->stopped = stop_asked;
    e->late = !e->stopped && r->job->limit_seconds > 0 && now_seconds() - r->started > r->job->limit_seconds;
    if (e->late || e->stopped) {
        kill(-r->pid, SIGKILL);
        kill(r->pid, SIGKILL); /* should it have left its group */
    }
}

struct pool {
    struct tb_job *jobs;
    size_t count, next;
    struct tb_slot *slots;
    struct running *running;
    size_t running_count, parallel;
};

static void fail_job(struct tb_job *job, int reason) {
    job->outcome = TB_JOB_FAILED;
    snprintf(job->reason, sizeof job->reason, "could not start a process: %s", strerror(reason));
}

/* Why a job is not to be started any more; NULL: it is. */
static const char *unwanted(const struct tb_job *job) {
    if (stop_asked)
        return "interrupted before its turn came";
    return job->start_before > 0 && now_seconds() > job->start_before
               ? "the budget was spent before its turn came"
               : NULL;
}

/* Jobs that will not be started any more, up to one that will. */
static void give_up(struct pool *p, tb_job_done_fn *done, void *context) {
    const char *why;
    for (; p->next < p->count && (why = unwanted(&p->jobs[p->next])) != NULL; p->next++) {
        struct tb_job *job = &p->jobs[p->next];
        job->outcome = TB_JOB_STOPPED;
        snprintf(job->reason, sizeof job->reason, "%s", why);
        if (done)
            done(job, p->next, context);
    }
}

/* Starts jobs as far as there is room. */
static void fill(struct pool *p, tb_job_done_fn *done, void *context) {
    for (;;) {
        give_up(p, done, context);
        if (p->next == p->count || p->running_count == p->parallel)
            return;
        struct tb_job *job = &p->jobs[p->next];
        int reason = ENOMEM;
        if (p->slots)
            reason = start(&p->running[p->running_count], job, p->next, &p->slots[p->next], p->running,
                           p->running_count);
        if (reason == 0) {
            p->running_count++;
        } else if (p->running_count) {
            return; /* again when a process or descriptor has come free */
        } else {
            fail_job(job, reason);
            if (done)
                done(job, p->next, context);
        }
        p->next++;
    }
}

static void clear_outcomes(struct tb_job *jobs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        jobs[i].outcome = TB_JOB_FAILED;
        jobs[i].reason[0] = '\0';
        jobs[i].output = NULL;
        jobs[i].output_size = 0;
        jobs[i].cpu_seconds = 0;
        jobs[i].progress = 0;
    }
}

void tb_pool_run_watched(struct tb_job *jobs, size_t count, unsigned parallel, tb_job_done_fn *done,
                         tb_job_tick_fn *tick, void *context) {
    struct pool p = {.jobs = jobs, .count = count};
    p.parallel = parallel < 1 ? 1 : parallel > MOST_PARALLEL ? MOST_PARALLEL : parallel;
    clear_outcomes(jobs, count);
    void *shared =
        count ? mmap(NULL, count * sizeof *p.slots, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
              : MAP_FAILED;
    p.running = calloc(p.parallel, sizeof *p.running);
    p.slots = shared == MAP_FAILED || !p.running ? NULL : shared;
    void (*old_child)(int) =
        signal(SIGCHLD, SIG_DFL); /* ignored, children would be gone before they are asked */
    double ticked = now_seconds();
    fill(&p, done, context);
    while (p.running_count) {
        collect(p.running, p.running_count);
        for (size_t k = 0; k < p.running_count;) {
            struct running *r = &p.running[k];
            end_early(r);
            if (!finish(r)) {
                k++;
                continue;
            }
            size_t index = r->index;
            *r = p.running[--p.running_count];
            if (done)
                done(&jobs[index], index, context);
        }
        fill(&p, done, context);
        if (tick && now_seconds() - ticked >= TICK_SECONDS) {
            ticked = now_seconds();
            for (size_t i = 0; i < p.next; i++)
                jobs[i].progress = atomic_load(&p.slots[i].progress);
            tick(jobs, count, context);
        }
    }
    signal(SIGCHLD, old_child);
    free(p.running);
    if (shared != MAP_FAILED)
        munmap(shared, count * sizeof *p.slots);
}

void tb_pool_run(struct tb_job *jobs, size_t count, unsigned parallel, tb_job_done_fn *done, void *context) {
    tb_pool_run_watched(jobs, count, parallel, done, NULL, context);
}
