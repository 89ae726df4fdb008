/* The child's side of a job: its signals, limits and stream. */
#include "harness/pool_child.h"
#include "vectors/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

/* Far above what a target's stray close(3) or write(5, ...) would hit. */
#define DATA_DESCRIPTOR_FROM 250
#define HANDLER_STACK        (256u << 10) /* signal frames with AMX state take 11 KiB, ASan's reports much more */

static struct tb_slot *current;

uint64_t tb_stream_hash(uint64_t hash, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

void tb_job_progress(uint64_t add) {
    if (current)
        atomic_fetch_add_explicit(&current->progress, add, memory_order_relaxed);
}

void tb_job_note(const char *format, ...) {
    if (!current)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current->note, sizeof current->note, format, arguments);
    va_end(arguments);
}

void tb_job_region(enum tb_region region, const void *start, const void *end) {
    if (!current)
        return;
    current->region[region].start = (uintptr_t)start;
    current->region[region].end = (uintptr_t)end;
}

bool tb_job_inside(void) {
    return current != NULL;
}

_Noreturn void tb_job_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (current) {
        vsnprintf(current->failure, sizeof current->failure, format, arguments);
        va_end(arguments);
        _exit(1);
    }
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

/* Whether the faulting instruction wrote; the kernel passes the fault's own syndrome on both architectures.
 */
static enum tb_access fault_access(int signal_number, const ucontext_t *context) {
    if (signal_number != SIGSEGV && signal_number != SIGBUS)
        return TB_ACCESS_UNKNOWN;
#if defined(__x86_64__) && defined(REG_ERR)
    const long long page_fault = 14;
    if (context->uc_mcontext.gregs[REG_TRAPNO] != page_fault)
        return TB_ACCESS_UNKNOWN;
    return context->uc_mcontext.gregs[REG_ERR] & 2 ? TB_ACCESS_WRITE : TB_ACCESS_READ;
#elif defined(__aarch64__) && defined(ESR_MAGIC)
    const unsigned char *at = (const unsigned char *)context->uc_mcontext.__reserved;
    const unsigned char *end = at + sizeof context->uc_mcontext.__reserved;
    while (at + sizeof(struct _aarch64_ctx) <= end) {
        struct _aarch64_ctx head;
        memcpy(&head, at, sizeof head);
        if (head.magic == ESR_MAGIC) {
            uint64_t esr;
            memcpy(&esr, at + offsetof(struct esr_context, esr), sizeof esr);
            return esr & 64 ? TB_ACCESS_WRITE : TB_ACCESS_READ; /* WnR */
        }
        if (!head.magic || !head.size)
            break;
        at += head.size;
    }
    return TB_ACCESS_UNKNOWN;
#else
    (void)context;
    return TB_ACCESS_UNKNOWN;
#endif
}

/* Records the first fault and lets the signal kill the process. Everything here is async-signal-safe. */
static void on_fault(int signal_number, siginfo_t *info, void *context) {
    int none = 0;
    if (current && !atomic_load(&current->signal)) {
        current->code = info->si_code;
        current->address = (uintptr_t)info->si_addr;
        current->access = fault_access(signal_number, context);
        atomic_compare_exchange_strong(&current->signal, &none, signal_number);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* blocked until this handler returns, then fatal */
}

static void install_handlers(void) {
    static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    static const int reset[] = {SIGABRT, SIGTRAP, SIGSYS, SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGCHLD};
    stack_t stack = {.ss_size = HANDLER_STACK};
    stack.ss_sp =
        mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool own_stack = stack.ss_sp != MAP_FAILED && sigaltstack(&stack, NULL) == 0;
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | (own_stack ? SA_ONSTACK : 0)};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaction(caught[i], &action, NULL);
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
        signal(reset[i], SIG_DFL);
    sigset_t nothing;
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
}

/* Address space in use now, from /proc; 0 where that cannot be read. */
static uint64_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (!statm)
        return 0;
    if (fscanf(statm, "%lu", &pages) != 1)
        pages = 0;
    fclose(statm);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void set_limits(uint64_t limit_bytes) {
    /* 1 and not 0: the kernel ignores 0 where cores are piped to a program, and refuses to dump for 1 in
     * either case */
    struct rlimit core = {1, 1};
    if (setrlimit(RLIMIT_CORE, &core) != 0) {
        core.rlim_cur = core.rlim_max = 0;
        setrlimit(RLIMIT_CORE, &core);
    }
    if (limit_bytes && !TB_SANITIZED) { /* a limit would refuse the sanitizer its own shadow */
        struct rlimit space;
        if (getrlimit(RLIMIT_AS, &space) == 0) {
            space.rlim_cur = (rlim_t)(limit_bytes + mapped_bytes());
            setrlimit(RLIMIT_AS, &space);
        }
    }
}

/* The stream behind `out`. */
struct stream {
    int descriptor;
    bool broken;
    uint64_t nonce, hash, total;
};

static bool write_all(int descriptor, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    while (size) {
        ssize_t wrote = write(descriptor, at, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        at += wrote;
        size -= (size_t)wrote;
    }
    return true;
}

static bool write_head(struct stream *stream, uint32_t length) {
    struct tb_frame_head head = {stream->nonce, length, length ^ (uint32_t)stream->nonce};
    return write_all(stream->descriptor, &head, sizeof head);
}

static ssize_t stream_write(void *cookie, const char *bytes, size_t size) {
    const size_t largest = 1u << 30;
    struct stream *stream = cookie;
    if (!size)
        return 0; /* a frame of length 0 would end the stream */
    if (size > largest)
        size = largest;
    if (stream->broken || !write_head(stream, (uint32_t)size) ||
        !write_all(stream->descriptor, bytes, size)) {
        stream->broken = true;
        return 0; /* glibc's sign of an error */
    }
    stream->hash = tb_stream_hash(stream->hash, (const unsigned char *)bytes, size);
    stream->total += size;
    return (ssize_t)size;
}

static bool stream_end(struct stream *stream) {
    struct tb_frame_tail tail = {stream->hash, stream->total};
    return !stream->broken && write_head(stream, 0) && write_all(stream->descriptor, &tail, sizeof tail);
}

static void set_descriptors(struct tb_child_ends *ends) {
    int moved = fcntl(ends->data, F_DUPFD_CLOEXEC, DATA_DESCRIPTOR_FROM);
    if (moved >= 0) {
        close(ends->data);
        ends->data = moved;
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    dup2(ends->out, STDOUT_FILENO);
    dup2(ends->err, STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
    close(ends->out);
    close(ends->err);
}

_Noreturn void tb_child_main(const struct tb_job *job, struct tb_slot *slot, uint64_t nonce,
                             struct tb_child_ends ends) {
    current = slot;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the harness killed: no orphan goes on sweeping */
    set_descriptors(&ends);
    install_handlers();
    set_limits(job->limit_bytes);

    struct stream stream = {.descriptor = ends.data, .nonce = nonce, .hash = nonce};
    FILE *out = fopencookie(&stream, "w", (cookie_io_functions_t){.write = stream_write});
    if (!out)
        tb_job_fail("out of memory for the job's stream");
    setvbuf(out, NULL, _IOFBF, 1u << 16);
    atomic_store(&slot->stage, TB_STAGE_WORK);
    job->work(job->context, out);
    atomic_store(&slot->stage, TB_STAGE_RETURNED);
    fflush(stdout); /* a target's printf that still sits in the buffer must be seen */
    fflush(stderr);
    if (fclose(out) != 0 || !stream_end(&stream))
        _exit(1);
    atomic_store(&slot->stage, TB_STAGE_STREAMED);
    _exit(0);
}
