/* The example plug-ins and the examples of --exec targets give what they claim. argv: the plug-ins of a
 * conversion and of a quantizer, the Python programs of both. */
#include "reference/behaviour.h"
#include "reference/reference.h"
#include "targets/portable/check_kernel.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *plugin_path, *quantizer_path, *program_path, *quantizer_program;

START_TEST(plugin_is_exact) {
    void *object = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(object != NULL, "%s", dlerror());
    const struct tb_target *const *(*targets)(uint32_t) = NULL;
    *(void **)&targets = dlsym(object, "tiebreak_targets");
    ck_assert_ptr_nonnull(targets);
    ck_assert_ptr_null(targets(TIEBREAK_TARGET_ABI + 1));
    const struct tb_target *target = targets(TIEBREAK_TARGET_ABI)[0];
    const char *id = "convert/fp32/e4m3fn/rne/satfinite";
    struct check_result r = check_kernel(target, id, NULL, TB_SHARE(1000000, 20));
    ck_assert(r.offered);
    ck_assert_msg(r.wrong + r.nan_bits == 0, "input 0x%llx expected 0x%llx got 0x%llx",
                  (unsigned long long)r.input, (unsigned long long)r.expected, (unsigned long long)r.got);
    ck_assert(check_tails(target, id));
    ck_assert(!check_kernel(target, "convert/fp32/e5m2/rne/inf", NULL, 0).offered);
    dlclose(object);
}
END_TEST

/* ---- The quantizer. ---- */

static const struct tb_target *quantizer_target(void) {
    void *object = dlopen(quantizer_path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(object != NULL, "%s", dlerror());
    const struct tb_target *const *(*targets)(uint32_t) = NULL;
    *(void **)&targets = dlsym(object, "tiebreak_targets");
    ck_assert_ptr_nonnull(targets);
    return targets(TIEBREAK_TARGET_ABI)[0];
}

static const char *const quantizer_cases[] = {
    "quantize/fp32/int8/rne/s=0x1p-4,z=3",
    "quantize/fp32/int8/rne/s=0x1.199d54p-9,z=0",
    "quantize/fp32/uint8/rne/s=0x1.99999ap-4,z=133",
    "quantize/fp32/int8/rne/s=-0x1.8p+0,z=-7,lo=-127",
    "quantize/fp32/uint8/rne/s=0x1p-100,z=9,lo=3,hi=200",
    "quantize/fp32/int8/rne/s=0x0p+0,z=3",
    "quantize/fp32/int8/rne/s=inf,z=3",
};

/* Both sides of each boundary, and a million others. */
START_TEST(quantizer_is_as_claimed) {
    enum { RANDOM = TB_SHARE(1000000, 20) };
    const char *id = quantizer_cases[_i];
    struct tb_case c;
    struct tb_behaviour claim;
    struct tb_staircase golden = {0};
    struct tb_kernel kernel = {0};
    struct tb_error error;
    ck_assert(tb_case_parse(id, &c, &error));
    struct tb_request request = tb_request_of(&c, id);
    const struct tb_target *target = quantizer_target();
    ck_assert_int_eq(target->open(&request, &kernel), 1);
    ck_assert_msg(tb_behaviour_make(&c, kernel.claim, &claim, &error), "%s", error.text);
    ck_assert_msg(tb_behaviour_staircase(&claim, &golden, &error), "%s", error.text);
    for (size_t i = 0; i < 2 * golden.count + RANDOM; i++) {
        uint32_t x = i < 2 * golden.count ? (uint32_t)golden.first[i / 2] - (uint32_t)(i & 1)
                                          : (uint32_t)check_random(i);
        uint8_t got;
        kernel.run(kernel.state, &x, &got, 1);
        if (got != tb_behaviour_at(&claim, x)) /* asserting costs a system call */
            ck_abort_msg("%s 0x%08x: expected 0x%02llx, got 0x%02x", id, x,
                         (unsigned long long)tb_behaviour_at(&claim, x), got);
    }
    target->close(&kernel);
    tb_staircase_free(&golden);
}
END_TEST

START_TEST(quantizer_refuses_what_it_does_not_do) {
    static const char *const ids[] = {
        "quantize/fp32/int8/rna/s=0x1p-4,z=3",   "quantize/fp16/int8/rne/s=0x1p-4,z=3",
        "quantize/fp32/int16/rne/s=0x1p-4,z=3",  "quantize/fp32/int8/rne/s=0x1.199d541p-9,z=3",
        "quantize/fp32/int8/rne/s=0x1p-4,z=300", "dequantize/int8/fp32/rne/s=0x1p-4,z=3",
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct tb_case c;
        struct tb_kernel kernel = {0};
        ck_assert(tb_case_parse(ids[i], &c, NULL));
        struct tb_request request = tb_request_of(&c, ids[i]);
        ck_assert_msg(quantizer_target()->open(&request, &kernel) == 0, "%s", ids[i]);
    }
}
END_TEST

/* ---- The other end of the protocol, in blocking reads and writes. ---- */

static FILE *to_child, *from_child;
static pid_t child;

static void start_child(const char *program) {
    int in[2], out[2];
    ck_assert(pipe(in) == 0 && pipe(out) == 0);
    child = fork();
    if (child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", program, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_child = fdopen(in[1], "wb");
    from_child = fdopen(out[0], "rb");
    char magic[8];
    ck_assert_uint_eq(fread(magic, 1, 8, from_child), 8);
    ck_assert_int_eq(memcmp(magic, "TBEXEC1\n", 8), 0);
}

static void put_u32(uint32_t n) {
    for (int i = 0; i < 4; i++)
        putc((int)(n >> 8 * i & 0xFF), to_child);
}

static void say(const char *json) {
    put_u32((uint32_t)strlen(json));
    fputs(json, to_child);
    fflush(to_child);
}

static void hear(const char *id, unsigned in_bytes, unsigned out_bytes, char answer[256]) {
    char json[256];
    snprintf(json, sizeof json, "{\"open\": \"%s\", \"source_bytes\": %u, \"destination_bytes\": %u}", id,
             in_bytes, out_bytes);
    say(json);
    uint32_t size = 0;
    for (int i = 0; i < 4; i++)
        size |= (uint32_t)getc(from_child) << 8 * i;
    ck_assert_uint_lt(size, 256);
    ck_assert_uint_eq(fread(answer, 1, size, from_child), size);
    answer[size] = '\0';
}

START_TEST(program_is_exact) {
    enum { COUNT = TB_SHARE(1000000, 10) };
    char answer[256], message[64];
    start_child(program_path);
    hear("convert/fp32/e5m2/rne/inf", 4, 1, answer);
    ck_assert_ptr_nonnull(strstr(answer, "false"));
    hear("convert/fp32/bf16/rne/inf", 4, 2, answer);
    ck_assert_ptr_nonnull(strstr(answer, "true"));
    uint32_t *patterns = malloc(COUNT * sizeof *patterns);
    ck_assert_ptr_nonnull(patterns);
    snprintf(message, sizeof message, "{\"run\": %d}", COUNT);
    say(message);
    for (uint32_t i = 0; i < COUNT; i++)
        put_u32(patterns[i] = i < 1 << 18 ? i << 14 | (i & 7) : (uint32_t)check_random(i));
    fflush(to_child);
    struct tb_case c;
    ck_assert(tb_case_parse("convert/fp32/bf16/rne/inf", &c, NULL));
    for (uint32_t i = 0; i < COUNT; i++) {
        unsigned got = (unsigned)getc(from_child);
        got |= (unsigned)getc(from_child) << 8;
        if (got != tb_integer_convert(&c, patterns[i]))
            ck_abort_msg("0x%08x: got 0x%04x", patterns[i], got);
    }
    say("{\"quit\": true}");
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    free(patterns);
}
END_TEST

START_TEST(quantizer_program_is_exact) {
    static const char *const ids[] = {"quantize/fp16/int8/rne/s=0x1.cp-8,z=3",
                                      "quantize/bf16/int8/rne/s=-0x1.99999ap-4,z=-5,lo=-127"};
    char answer[256];
    start_child(quantizer_program);
    hear("quantize/fp16/int8/rna/s=0x1p-4,z=3", 2, 1, answer);
    ck_assert_ptr_nonnull(strstr(answer, "false"));
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
        struct tb_case c;
        ck_assert(tb_case_parse(ids[k], &c, NULL));
        hear(ids[k], 2, 1, answer);
        ck_assert_ptr_nonnull(strstr(answer, "true"));
        say("{\"run\": 65536}");
        for (uint32_t i = 0; i < 65536; i++) {
            putc((int)(i & 0xFF), to_child);
            putc((int)(i >> 8), to_child);
        }
        fflush(to_child);
        for (uint32_t i = 0; i < 65536; i++)
            if ((unsigned)getc(from_child) != tb_exact_integer(&c, i))
                ck_abort_msg("%s of 0x%04x is wrong", ids[k], i);
    }
    say("{\"quit\": true}");
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    plugin_path = argv[1];
    quantizer_path = argv[2];
    program_path = argc > 4 ? argv[3] : NULL;
    quantizer_program = argc > 4 ? argv[4] : NULL;
    Suite *suite = suite_create("examples");
    TCase *cases = tcase_create("examples");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, plugin_is_exact);
    tcase_add_loop_test(cases, quantizer_is_as_claimed, 0,
                        (int)(sizeof quantizer_cases / sizeof *quantizer_cases));
    tcase_add_test(cases, quantizer_refuses_what_it_does_not_do);
    if (program_path) {
        tcase_add_test(cases, program_is_exact);
        tcase_add_test(cases, quantizer_program_is_exact);
    }
    suite_add_tcase(suite, cases);
    return tb_test(suite, CK_FORK_GETENV);
}
