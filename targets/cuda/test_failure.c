/* Every call of the CUDA runtime and of cuBLASLt that a kernel's life needs, failing in turn: the plug-in's
 * own objects on the stand-in (standin.h). Each failure is told in the runtime's words; after it nothing is
 * called but what releases, and nothing stays held. A process a call, since a failure is remembered for the
 * process.
 *
 * $1: the plug-in on the stand-in */
#include "targets/cuda/standin.h"
#include "targets/target.h"
#include "vectors/testing.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *plugin;

#define MMA_FP16 "mma", "fp16[16x32] fp16[32x8] fp32[16x8]", "fp32[16x8]", 2048, 512
#define MMA_FP8  "mma", "e4m3fn[16x32] e4m3fn[32x8] fp32[16x8]", "fp32[16x8]", 1280, 512

/* clang-format off */
static const struct {
    const char *target, *id, *operation, *source, *destination;
    uint32_t source_bytes, destination_bytes;
} lives[] = {
    {"f2fp",         "convert/fp32/e4m3fn/rne/satfinite",    "convert",  "fp32", "e4m3fn", 4, 1}, /* sweeps */
    {"cvt",          "convert/fp64/fp16/rne/inf",            "convert",  "fp64", "fp16",   8, 2},
#ifndef TB_CUDA_NO_CVT_RS
    {"cvt-rs-a",     "convert/bf16/e4m3fn/sr/satfinite",     "convert",  "bf16", "e4m3fn", 4, 1}, /* sweeps */
#endif
    {"ort",          "quantize/fp32/uint8/rne/s=0x1p-4,z=3", "quantize", "fp32", "uint8",  4, 1}, /* sweeps */
    {"ort",          "quantize/fp32/int8/per-channel/rne",   "quantize", "",     "",       1320, 320},
    {"mma-sync",     "mma/fp16/fp16/fp32/fp32",              MMA_FP16},
    {"wmma",         "mma/fp16/fp16/fp32/fp32",              MMA_FP16},
    {"cublaslt-fp8", "mma/e4m3fn/e4m3fn/fp32/fp32",          MMA_FP8},
};
/* clang-format on */
enum outcome { TOLD, BROKEN, NONE_LEFT }; /* of a life in which a call was to fail */
enum { LIVES = sizeof lives / sizeof lives[0], OUT_OF_MEMORY = 2, LOST = 719 };

/* ---- In a process of its own. ---- */

static tb_standin_state_fn *state_now;

static struct tb_standin_state state(void) {
    struct tb_standin_state now;
    state_now(&now);
    return now;
}

_Noreturn static void end(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn static void end(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _exit(code);
}

static const struct tb_target *load(const char *name, unsigned call, int error) {
    void *object = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
    if (!object)
        end(BROKEN, "%s", dlerror());
    const struct tb_target *const *(*list)(uint32_t) =
        (const struct tb_target *const *(*)(uint32_t))dlsym(object, "tiebreak_targets");
    state_now = (tb_standin_state_fn *)dlsym(object, "tb_standin_state_now");
    ((tb_standin_plan_fn *)dlsym(object, "tb_standin_plan"))(call, error);
    for (const struct tb_target *const *t = list(TIEBREAK_TARGET_ABI); *t; t++)
        if (strcmp(strchr((*t)->name, '/') + 1, name) == 0)
            return *t;
    end(BROKEN, "no target %s", name);
}

/* The function that failed, as the words have it. Those that ask whether there is a device, and which, are
 * not named. */
static const char *in_words(const char *function) {
    return strncmp(function, "cudaGetDevice", 13) == 0 || strcmp(function, "cudaDeviceGetAttribute") == 0 ||
                   strcmp(function, "cudaFuncGetAttributes") == 0
               ? ""
           : strcmp(function, "cudaEventSynchronize") == 0 ? "the sweep"
           : strcmp(function, "cudaGetLastError") == 0     ? "launch"
           : strcmp(function, "a launch") == 0             ? "launch"
                                                           : function;
}

/* Words in `text`, of the call that was to fail. */
static void must_tell(const char *text, int error) {
    const char *failed = state().failed;
    char number[32];
    snprintf(number, sizeof number, "(error %d)", error);
    const bool library = failed && strncmp(failed, "cublasLt", 8) == 0;
    if (!failed || !text || !strstr(text, in_words(failed)) ||
        !strstr(text, library ? "the resource allocation failed (" : number))
        end(BROKEN, "call %u, %s: told as '%s'", state().calls, failed ? failed : "none failed",
            text ? text : "nothing");
    if (state().after)
        end(BROKEN, "%u calls after %s had failed", state().after, failed);
}

/* Where memory has run out all that was taken is given back, but for what the failing call was to release. */
static void must_release(int held, int error) {
    const char *failed = state().failed;
    const bool kept = failed && (strcmp(failed, "cudaFree") == 0 || strcmp(failed, "cudaEventDestroy") == 0);
    if (error == OUT_OF_MEMORY && (state().held < held || state().held > held + kept))
        end(BROKEN, "sweep: %d held before, %d after", held, state().held);
}

static bool sweep(const struct tb_kernel *kernel, unsigned unchecked, int error) {
    static const uint32_t first[] = {0, 0x3f800000}, code[] = {0, 1};
    struct tb_found found[64];
    const struct tb_sweep_request request = {.first = first,
                                             .code = code,
                                             .count = 2,
                                             .end = UINT64_C(1) << 32,
                                             .unchecked = unchecked,
                                             .found = found,
                                             .capacity = 64};
    struct tb_sweep_answer answer;
    const int held = state().held;
    const bool answered = kernel->sweep(kernel->state, &request, &answer) == 1;
    const char *why = kernel->failure(kernel->state);
    if (answered == (why != NULL))
        end(BROKEN, "sweep: answered %d, and tells '%s'", answered, why ? why : "nothing");
    must_release(held, error);
    return answered;
}

/* False at the first failure, which was told. */
static bool live(const struct tb_target *target, const struct tb_request *request, int error) {
    static uint64_t input[4096], output[4096];
    struct tb_provenance from = {0};
    struct tb_kernel kernel = {0};
    const char *why = target->unavailable();
    if (why) {
        must_tell(why, error);
        return false;
    }
    target->provenance(&from);
    if (state().failed) {
        must_tell(strncmp(from.device, "unknown: ", 9) == 0 ? from.device : from.driver, error);
        return false;
    }
    if (target->open(request, &kernel) != 1)
        end(BROKEN, "%s does not offer %s", target->name, request->case_id);
    bool well = !kernel.failure(kernel.state);
    for (int i = 0; well && i < 2; i++) {
        kernel.run(kernel.state, input, output, 3);
        well = !kernel.failure(kernel.state);
    }
    for (unsigned unchecked = 0; well && kernel.sweep && unchecked < 2; unchecked++)
        well = sweep(&kernel, unchecked, error);
    if (!well)
        must_tell(kernel.failure(kernel.state), error);
    if (target->close)
        target->close(&kernel);
    return well;
}

/* ---- All calls of a life. ---- */

static struct tb_request request_of(int life) {
    const bool converts = strcmp(lives[life].operation, "convert") == 0;
    const bool draws = strstr(lives[life].id, "/sr/") != NULL;
    return (struct tb_request){.case_id = lives[life].id,
                               .operation = lives[life].operation,
                               .source = lives[life].source,
                               .destination = lives[life].destination,
                               .rounding = draws ? "sr" : "rne",
                               .overflow = converts ? strrchr(lives[life].id, '/') + 1 : "",
                               .parameters = draws ? "bits=16" : "",
                               .source_bytes = lives[life].source_bytes,
                               .destination_bytes = lives[life].destination_bytes};
}

static int fail_at(int life, unsigned call, int error) {
    int status;
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        const struct tb_target *target = load(lives[life].target, call, error);
        const struct tb_request request = request_of(life);
        if (!live(target, &request, error))
            _exit(TOLD);
        if (state().failed)
            end(BROKEN, "call %u, %s, failed, and nobody was told", call, state().failed);
        _exit(NONE_LEFT);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "%s, call %u: ended by signal %d", lives[life].target, call,
                  WTERMSIG(status));
    return WEXITSTATUS(status);
}

static void all_calls_fail(int life, int error) {
    unsigned call = 1;
    int outcome;
    while ((outcome = fail_at(life, call, error)) == TOLD)
        call++;
    ck_assert_msg(outcome == NONE_LEFT, "%s, %s: call %u is not told", lives[life].target, lives[life].id,
                  call);
    ck_assert_uint_gt(call, 12);
}

START_TEST(memory_runs_out) {
    all_calls_fail(_i, OUT_OF_MEMORY);
}
END_TEST

START_TEST(device_is_lost) {
    all_calls_fail(_i, LOST);
}
END_TEST

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    plugin = argv[1];
    Suite *suite = suite_create("failing calls");
    TCase *tests = tcase_create("failing calls");
    tcase_add_loop_test(tests, memory_runs_out, 0, LIVES);
    tcase_add_loop_test(tests, device_is_lost, 0, LIVES);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
