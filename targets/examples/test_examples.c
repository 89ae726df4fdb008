/* The example plug-in and the example of an --exec target give exact answers. argv: the plug-in, the Python
 * program. */
#include "reference/reference.h"
#include "targets/portable/check_kernel.h"

#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *plugin_path, *program_path;

START_TEST(plugin_is_exact) {
    void *object = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(object != NULL, "%s", dlerror());
    const struct tb_target *const *(*targets)(uint32_t) = NULL;
    *(void **)&targets = dlsym(object, "tiebreak_targets");
    ck_assert_ptr_nonnull(targets);
    ck_assert_ptr_null(targets(TIEBREAK_TARGET_ABI + 1));
    const struct tb_target *target = targets(TIEBREAK_TARGET_ABI)[0];
    const char *id = "convert/fp32/e4m3fn/rne/satfinite";
    struct check_result r = check_kernel(target, id, NULL, 1000000);
    ck_assert(r.offered);
    ck_assert_msg(r.wrong + r.nan_bits == 0, "input 0x%llx expected 0x%llx got 0x%llx",
                  (unsigned long long)r.input, (unsigned long long)r.expected, (unsigned long long)r.got);
    ck_assert(check_tails(target, id));
    ck_assert(!check_kernel(target, "convert/fp32/e5m2/rne/inf", NULL, 0).offered);
    dlclose(object);
}
END_TEST

/* ---- The other end of the protocol, in blocking reads and writes. ---- */

static FILE *to_child, *from_child;
static pid_t child;

static void start_child(void) {
    int in[2], out[2];
    ck_assert(pipe(in) == 0 && pipe(out) == 0);
    child = fork();
    if (child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", program_path, (char *)NULL);
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

static void hear(const char *id, char answer[256]) {
    char json[256];
    snprintf(json, sizeof json, "{\"open\": \"%s\", \"source_bytes\": 4, \"destination_bytes\": 2}", id);
    say(json);
    uint32_t size = 0;
    for (int i = 0; i < 4; i++)
        size |= (uint32_t)getc(from_child) << 8 * i;
    ck_assert_uint_lt(size, 256);
    ck_assert_uint_eq(fread(answer, 1, size, from_child), size);
    answer[size] = '\0';
}

START_TEST(program_is_exact) {
    enum { COUNT = 1000000 };
    char answer[256], message[64];
    start_child();
    hear("convert/fp32/e5m2/rne/inf", answer);
    ck_assert_ptr_nonnull(strstr(answer, "false"));
    hear("convert/fp32/bf16/rne/inf", answer);
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
        ck_assert_uint_eq(got, tb_integer_convert(&c, patterns[i]));
    }
    say("{\"quit\": true}");
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    free(patterns);
}
END_TEST

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    plugin_path = argv[1];
    program_path = argc > 2 ? argv[2] : NULL;
    Suite *suite = suite_create("examples");
    TCase *cases = tcase_create("examples");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, plugin_is_exact);
    if (program_path)
        tcase_add_test(cases, program_is_exact);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
