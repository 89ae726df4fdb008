/* Plug-ins: listed without a byte of them in this process, and refused with a text that says what is wrong.
 * The argument is the folder that holds bad_plugin_1.so to bad_plugin_10.so; the tenth has no fault. */
#include "harness/plugin.h"
#include "harness/pool.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;
#define GOOD 10

static const struct {
    enum tb_exit code;
    const char *text; /* within the message */
} refused[] = {
    {TB_OK,          ""                                                                         }, /* faults count from 1 */
    {TB_EXIT_USAGE,  "has no symbol tiebreak_targets: see targets/target.h"                     },
    {TB_EXIT_USAGE,  "does not support version 2 of the target interface"                       },
    {TB_EXIT_USAGE,  "lists no target"                                                          },
    {TB_EXIT_USAGE,  "target 0 was built for version 99 of the interface, expected 2"           },
    {TB_EXIT_USAGE,  "target 0 has the name 'No Family': expected family/name of [a-z0-9._/+-]" },
    {TB_EXIT_USAGE,  "lists target 'bad/one' twice"                                             },
    {TB_EXIT_TARGET, "SIGSEGV at address 0x0: write through a null pointer; while it was loaded"},
    {TB_EXIT_TARGET, "the target ended the process: exit(0); while it was loaded"               },
};

static void plugin_path(int fault, char *path, size_t size) {
    snprintf(path, size, "%s/bad_plugin_%d.so", folder, fault);
}

/* Whether this process has the object mapped. */
static bool mapped(const char *path) {
    char line[1024];
    bool found = false;
    const char *name = strrchr(path, '/') + 1;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        found = found || strstr(line, name);
    if (maps)
        fclose(maps);
    return found;
}

START_TEST(test_refused) {
    char path[512];
    struct tb_target_info *targets = NULL;
    size_t count = 0;
    struct tb_error error = {0};
    plugin_path(_i, path, sizeof path);
    ck_assert(!tb_plugin_list(path, &targets, &count, &error));
    ck_assert_msg(error.code == refused[_i].code && strstr(error.text, refused[_i].text),
                  "fault %d: code %d, '%s'", _i, (int)error.code, error.text);
    ck_assert(!mapped(path));
}
END_TEST

START_TEST(test_no_file) {
    struct tb_target_info *targets;
    size_t count;
    struct tb_error error = {0};
    ck_assert(!tb_plugin_list("/nowhere/x.so", &targets, &count, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_str_eq(error.text,
                     "plug-in '/nowhere/x.so' cannot be opened: No such file or directory: check the path");
    ck_assert(!tb_plugin_list("/proc/self/maps", &targets, &count, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot be loaded: "));
}
END_TEST

START_TEST(test_listed) {
    char path[512];
    struct tb_target_info *targets;
    size_t count;
    struct tb_error error = {0};
    plugin_path(GOOD, path, sizeof path);
    ck_assert_msg(tb_plugin_list(path, &targets, &count, &error), "%s", error.text);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(targets[0].name, "bad/one");
    ck_assert_str_eq(targets[0].unavailable, "");
    ck_assert_str_eq(targets[1].name, "bad/two");
    ck_assert_str_eq(targets[1].summary, "is not available");
    ck_assert_str_eq(targets[1].unavailable, "this machine lacks everything");
    ck_assert(!mapped(path));
    free(targets);
}
END_TEST

START_TEST(test_offers) {
    char path[512];
    struct tb_target_info *targets;
    unsigned char *offered;
    size_t count;
    struct tb_error error = {0};
    struct tb_request requests[3] = {{.case_id = "a"}, {.case_id = "b"}, {.case_id = "c"}};
    plugin_path(GOOD, path, sizeof path);
    for (int too = 0; too < 2; too++) {
        ck_assert_msg(tb_plugin_offers(path, requests, 3, too, &targets, &count, &offered, &error), "%s",
                      error.text);
        for (int i = 0; i < 6; i++)
            ck_assert_int_eq(offered[i], too || i < 3); /* the second target is not available */
        free(targets);
        free(offered);
    }
    plugin_path(9, path, sizeof path); /* crashes in open() */
    ck_assert(!tb_plugin_offers(path, requests, 3, false, &targets, &count, &offered, &error));
    ck_assert_int_eq(error.code, TB_EXIT_TARGET);
    ck_assert_ptr_nonnull(strstr(error.text, "SIGSEGV"));
    ck_assert_ptr_nonnull(strstr(error.text, "in open() of bad/one for a"));
}
END_TEST

static void load_in_child(void *context, FILE *out) {
    struct tb_error error = {0};
    char path[512];
    plugin_path(GOOD, path, sizeof path);
    const struct tb_target *t = tb_plugin_load(path, context, &error);
    fprintf(out, "%s", t ? t->summary : strstr(error.text, "has no"));
}

START_TEST(test_load) {
    static char good[] = "bad/two", missing[] = "bad/three";
    struct tb_job jobs[] = {
        {.work = load_in_child, .context = good   },
        {.work = load_in_child, .context = missing},
    };
    static const char *const expected[] = {"is not available", "has no target 'bad/three'"};
    tb_pool_run(jobs, 2, 2, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        ck_assert_msg(jobs[i].outcome == TB_JOB_DONE, "%s", jobs[i].reason);
        ck_assert_uint_eq(jobs[i].output_size, strlen(expected[i]));
        ck_assert_mem_eq(jobs[i].output, expected[i], jobs[i].output_size);
        free(jobs[i].output);
    }
}
END_TEST

START_TEST(test_names) {
    static const char *const good[] = {"a/b", "x86/avx512", "model/h100-wgmma-fp8", "my.lib/a+b/c_d"};
    static const char *const bad[] = {"", "a", "a/", "/a", "a//b", "A/b", "a/b c", "a/\xc3\xa9"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(tb_target_name_valid(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!tb_target_name_valid(bad[i]), "%s", bad[i]);
    char longest[TB_TARGET_NAME + 1];
    memset(longest, 'a', sizeof longest);
    longest[1] = '/';
    longest[TB_TARGET_NAME - 1] = '\0';
    ck_assert(tb_target_name_valid(longest));
    longest[TB_TARGET_NAME - 1] = 'a';
    longest[TB_TARGET_NAME] = '\0';
    ck_assert(!tb_target_name_valid(longest));
}
END_TEST

int main(int argc, char **argv) {
    folder = argc > 1 ? argv[1] : ".";
    Suite *suite = suite_create("plugin");
    TCase *tests = tcase_create("plugin");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, test_refused, 1, sizeof refused / sizeof *refused);
    tcase_add_test(tests, test_no_file);
    tcase_add_test(tests, test_listed);
    tcase_add_test(tests, test_offers);
    tcase_add_test(tests, test_load);
    tcase_add_test(tests, test_names);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
