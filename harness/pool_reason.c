#include "harness/pool_reason.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Beyond this an address is where the loader happened to put something, and another one on the next run. */
#define NULL_POINTER_REACH 65536u

static const struct {
    int number;
    const char *text;
} signals[] = {
    {SIGSEGV, "SIGSEGV"                                                     },
    {SIGBUS,  "SIGBUS"                                                      },
    {SIGILL,  "SIGILL: an instruction that this CPU does not have"          },
    {SIGFPE,  "SIGFPE: an arithmetic trap"                                  },
    {SIGABRT, "SIGABRT: it called abort()"                                  },
    {SIGTRAP, "SIGTRAP: a trap instruction"                                 },
    {SIGSYS,  "SIGSYS: a system call that is not allowed"                   },
    {SIGPIPE, "SIGPIPE: it wrote to a pipe that nobody reads"               },
    {SIGKILL, "SIGKILL: killed from outside, for want of memory most likely"},
    {SIGXCPU, "SIGXCPU: out of CPU time"                                    },
};

static const char *const region_names[TB_REGIONS] = {"input", "output"};
static const char *const access_names[] = {"access", "read", "write"};

void tb_console_take(struct tb_console *console, const unsigned char *bytes, size_t size) {
    console->total += size;
    if (!console->text && !(console->text = malloc(2 * TB_CONSOLE_BYTES)))
        return;
    if (size > TB_CONSOLE_BYTES) {
        bytes += size - TB_CONSOLE_BYTES;
        size = TB_CONSOLE_BYTES;
    }
    if (console->size + size > 2 * TB_CONSOLE_BYTES) {
        memmove(console->text, console->text + console->size - TB_CONSOLE_BYTES, TB_CONSOLE_BYTES);
        console->size = TB_CONSOLE_BYTES;
    }
    memcpy(console->text + console->size, bytes, size);
    console->size += size;
}

static bool blank(const char *line, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] > ' ')
            return false;
    return true;
}

void tb_console_line(const char *text, size_t size, char *line, size_t line_size) {
    static const char *const telling[] = {"SUMMARY: ", "runtime error: "};
    const char *best = NULL;
    size_t best_size = 0;
    bool best_tells = false;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        bool tells = false;
        for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
            tells = tells || memmem(text + at, length, telling[i], strlen(telling[i])) != NULL;
        if (!blank(text + at, length) && (tells || !best_tells)) {
            best = text + at;
            best_size = length;
            best_tells = tells;
        }
        at += length + 1;
    }
    size_t kept = best_size < line_size - 1 ? best_size : line_size - 1;
    for (size_t i = 0; i < kept; i++)
        line[i] = (unsigned char)best[i] < ' ' || best[i] == 0x7f ? ' ' : best[i];
    line[kept] = '\0';
}

/* "write past the end of the output by 1 byte" where the address lies beside a known array. */
static bool describe_place(const struct tb_slot *slot, char *text, size_t size) {
    uintptr_t address = slot->address, nearest = TB_GUARD_BYTES;
    bool found = false;
    for (int i = 0; i < TB_REGIONS; i++) {
        uintptr_t start = slot->region[i].start, end = slot->region[i].end;
        if (!start)
            continue;
        const char *access = access_names[slot->access];
        if (address >= end && address - end < nearest) {
            nearest = address - end;
            found = true;
            snprintf(text, size, "%s past the end of the %s by %zu byte%s", access, region_names[i],
                     (size_t)nearest + 1, nearest ? "s" : "");
        } else if (address < start && start - address < nearest) {
            nearest = start - address;
            found = true;
            snprintf(text, size, "%s before the start of the %s by %zu byte%s", access, region_names[i],
                     (size_t)nearest, nearest == 1 ? "" : "s");
        }
    }
    return found;
}

static void describe_signal(int number, const struct tb_slot *slot, char *text, size_t size) {
    const char *name = NULL;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number)
            name = signals[i].text;
    if (!name) {
        snprintf(text, size, "signal %d", number);
        return;
    }
    bool fault = number == SIGSEGV || number == SIGBUS;
    char place[96];
    if (!fault || atomic_load(&slot->signal) != number)
        snprintf(text, size, "%s%s", name, fault ? ": where is not known" : "");
    else if (slot->code == SI_KERNEL && !slot->address)
        snprintf(text, size, "%s: a vector access that is not aligned, or a wild pointer", name);
    else if (slot->code <= 0)
        snprintf(text, size, "%s: raised by the target itself", name);
    else if (describe_place(slot, place, sizeof place))
        snprintf(text, size, "%s: %s", name, place);
    else if (slot->address < NULL_POINTER_REACH)
        snprintf(text, size, "%s at address 0x%" PRIxPTR ": %s through a null pointer", name, slot->address,
                 access_names[slot->access]);
    else
        snprintf(text, size, "%s at address 0x%" PRIxPTR ": %s far from both arrays", name, slot->address,
                 access_names[slot->access]);
}

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...) {
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* Ended by itself, without a whole stream. */
static void describe_exit(const struct tb_ending *ending, const struct tb_slot *slot, char *text,
                          size_t size) {
    int stage = atomic_load(&slot->stage);
    if (slot->failure[0])
        snprintf(text, size, "%.*s", (int)sizeof slot->failure - 1, slot->failure);
    else if (ending->overflowed)
        snprintf(text, size, "wrote more than %zu MiB", TB_JOB_OUTPUT_LIMIT >> 20);
    else if (ending->out_of_memory)
        snprintf(text, size, "out of memory for what it wrote");
    else if (ending->garbled)
        snprintf(text, size, "the target wrote into a file descriptor of the harness");
    else if (stage < TB_STAGE_RETURNED && WIFEXITED(ending->status))
        snprintf(text, size, "the target ended the process: exit(%d)", WEXITSTATUS(ending->status));
    else
        snprintf(text, size, "the target closed a file descriptor of the harness");
}

void tb_ending_judge(const struct tb_ending *ending, const struct tb_slot *slot, struct tb_job *job) {
    char *text = job->reason, line[120];
    size_t size = sizeof job->reason;
    bool ours = ending->overflowed || ending->out_of_memory; /* killed by the pool for it */
    bool done = WIFEXITED(ending->status) && WEXITSTATUS(ending->status) == 0 && ending->whole &&
                !ending->garbled && atomic_load(&slot->stage) == TB_STAGE_STREAMED;
    text[0] = '\0';
    if (done && !ending->out.total) {
        job->outcome = TB_JOB_DONE;
        return;
    }
    if (ending->stopped && WIFSIGNALED(ending->status) && WTERMSIG(ending->status) == SIGKILL) {
        job->outcome = TB_JOB_STOPPED;
        snprintf(text, size, "interrupted before it was done");
        return;
    }
    bool note = slot->note[0] != '\0';
    if (done) {
        job->outcome = TB_JOB_FAILED;
        note = false;
        tb_console_line(ending->out.text, ending->out.size, line, sizeof line);
        snprintf(text, size, "the target wrote %" PRIu64 " byte%s to standard output: \"%s\"",
                 ending->out.total, ending->out.total == 1 ? "" : "s", line);
    } else if (ending->late && WIFSIGNALED(ending->status) && WTERMSIG(ending->status) == SIGKILL) {
        job->outcome = TB_JOB_TIMED_OUT;
        snprintf(text, size, "no end after %g s", job->limit_seconds);
    } else if (WIFSIGNALED(ending->status) && !ours) {
        job->outcome = TB_JOB_CRASHED;
        describe_signal(WTERMSIG(ending->status), slot, text, size);
    } else {
        job->outcome = TB_JOB_FAILED;
        describe_exit(ending, slot, text, size);
    }
    if (note)
        append(text, size, "; %.*s", (int)sizeof slot->note - 1, slot->note);
    tb_console_line(ending->err.text, ending->err.size, line, sizeof line);
    if (line[0])
        append(text, size, "; it said \"%s\"", line);
}
