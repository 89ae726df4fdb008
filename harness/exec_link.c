#include "harness/exec_link.h"
#include "harness/pool_reason.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK      ((size_t)1 << 20) /* of one read or write */
#define END_MS     1000              /* that a process may take to end when asked to */
#define LAST_WORDS 200               /* ms to wait for the standard error and the status of one that died */

static void close_end(int *end) {
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static _Noreturn void become(const char *command, int in, int out, int err) {
    signal(SIGPIPE, SIG_DFL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

bool tb_link_start(struct tb_link *link, const char *command) {
    int pipes[3][2] = {
        {-1, -1},
        {-1, -1},
        {-1, -1}
    };
    *link = (struct tb_link){.pid = -1, .to = -1, .from = -1, .err = -1};
    bool good = true;
    for (int i = 0; i < 3 && good; i++)
        good = pipe2(pipes[i], O_CLOEXEC) == 0;
    if (good) {
        fflush(NULL);
        link->pid = fork();
        good = link->pid >= 0;
    }
    if (link->pid == 0)
        become(command, pipes[0][0], pipes[1][1], pipes[2][1]);
    if (!good)
        snprintf(link->reason, sizeof link->reason, "could not start a process: %s", strerror(errno));
    close_end(&pipes[0][0]);
    close_end(&pipes[1][1]);
    close_end(&pipes[2][1]);
    if (!good) {
        close_end(&pipes[0][1]);
        close_end(&pipes[1][0]);
        close_end(&pipes[2][0]);
        return false;
    }
    link->to = pipes[0][1];
    link->from = pipes[1][0];
    link->err = pipes[2][0];
    fcntl(link->to, F_SETFL, O_NONBLOCK);
    fcntl(link->from, F_SETFL, O_NONBLOCK);
    fcntl(link->err, F_SETFL, O_NONBLOCK);
    return true;
}

/* Takes what is there of the standard error; keeps the end of it. */
static void read_said(struct tb_link *link) {
    while (link->err >= 0) {
        size_t half = sizeof link->said / 2;
        if (link->said_size > half) {
            memmove(link->said, link->said + link->said_size - half, half);
            link->said_size = half;
        }
        ssize_t got = read(link->err, link->said + link->said_size, half);
        if (got > 0)
            link->said_size += (size_t)got;
        else if (got == 0)
            close_end(&link->err);
        else if (errno != EINTR)
            return;
    }
}

/* Waits at most `ms` for the process to end. */
static bool reap(struct tb_link *link, int ms, int *status) {
    for (; link->pid > 0; ms -= 2) {
        pid_t got = waitpid(link->pid, status, WNOHANG);
        if (got != 0) {
            link->pid = -1;
            return got > 0;
        }
        if (ms <= 0)
            return false;
        struct timespec nap = {0, 2000000};
        nanosleep(&nap, NULL);
    }
    return false;
}

/* It closed its end: says how it ended. */
static bool fail_ended(struct tb_link *link) {
    char line[120];
    int status = 0;
    size_t used;
    bool ended = reap(link, LAST_WORDS, &status);
    read_said(link);
    tb_console_line(link->said, link->said_size, line, sizeof line);
    if (!ended)
        used = (size_t)snprintf(link->reason, sizeof link->reason, "the process closed its standard output");
    else {
        int code = WEXITSTATUS(status); /* a shell in between answers 128 + the signal */
        int killer = WIFSIGNALED(status) ? WTERMSIG(status) : code > 128 ? code - 128 : 0;
        used = killer
                   ? (size_t)snprintf(link->reason, sizeof link->reason,
                                      "the process was killed by signal %d (%s)", killer, strsignal(killer))
                   : (size_t)snprintf(link->reason, sizeof link->reason,
                                      "the process ended with exit status %d", code);
    }
    if (line[0])
        snprintf(link->reason + used, sizeof link->reason - used, ": \"%s\"", line);
    return false;
}

static bool fail_silent(struct tb_link *link, double patience) {
    char line[120];
    tb_console_line(link->said, link->said_size, line, sizeof line);
    snprintf(link->reason, sizeof link->reason, "the process gave no answer for %g s%s%s%s", patience,
             line[0] ? ": \"" : "", line, line[0] ? "\"" : "");
    return false;
}

struct part {
    const unsigned char *at;
    size_t left;
};

/* One write of the parts that are left; false when nobody reads any more. */
static bool write_some(struct tb_link *link, struct part parts[2]) {
    struct part *p = parts[0].left ? &parts[0] : &parts[1];
    ssize_t wrote = write(link->to, p->at, p->left < CHUNK ? p->left : CHUNK);
    if (wrote < 0)
        return errno == EAGAIN || errno == EINTR;
    p->at += wrote;
    p->left -= (size_t)wrote;
    return true;
}

static bool exchange(struct tb_link *link, struct part parts[2], unsigned char *in, size_t in_size,
                     double patience) {
    while (parts[0].left || parts[1].left || in_size) {
        bool writing = parts[0].left || parts[1].left;
        struct pollfd polls[] = {
            {.fd = writing ? link->to : -1,   .events = POLLOUT},
            {.fd = in_size ? link->from : -1, .events = POLLIN },
            {.fd = link->err,                 .events = POLLIN },
        };
        int ready = poll(polls, 3, (int)(patience * 1000));
        if (ready == 0)
            return fail_silent(link, patience);
        if (ready < 0)
            continue;
        if (polls[2].revents)
            read_said(link);
        if (polls[1].revents) {
            ssize_t got = read(link->from, in, in_size < CHUNK ? in_size : CHUNK);
            if (got == 0)
                return fail_ended(link);
            if (got > 0) {
                in += got;
                in_size -= (size_t)got;
            }
        }
        if (polls[0].revents && !write_some(link, parts))
            return fail_ended(link);
    }
    return true;
}

bool tb_link_exchange(struct tb_link *link, const void *head, size_t head_size, const void *out,
                      size_t out_size, void *in, size_t in_size, double patience) {
    struct part parts[2] = {
        {head, head_size},
        {out,  out_size }
    };
    void (*old_pipe)(int) =
        signal(SIGPIPE, SIG_IGN); /* a process that died is an error here, not our death */
    bool good = exchange(link, parts, in, in_size, patience);
    signal(SIGPIPE, old_pipe);
    return good;
}

bool tb_link_unasked(struct tb_link *link) {
    struct pollfd from = {.fd = link->from, .events = POLLIN};
    return poll(&from, 1, 0) > 0 && from.revents & POLLIN;
}

bool tb_link_ends_silently(struct tb_link *link) {
    struct pollfd from = {.fd = link->from, .events = POLLIN};
    char byte;
    close_end(&link->to);
    if (poll(&from, 1, END_MS) > 0)
        return read(link->from, &byte, 1) <= 0;
    if (link->pid > 0)
        kill(link->pid, SIGKILL); /* it has had its time */
    return true;
}

void tb_link_stop(struct tb_link *link) {
    int status;
    close_end(&link->to);
    close_end(&link->from);
    if (link->pid > 0 && !reap(link, END_MS, &status) && link->pid > 0) {
        kill(link->pid, SIGKILL);
        reap(link, END_MS, &status);
    }
    close_end(&link->err);
}
