/* Dot products that are wrong on purpose, from the plug-in to the verdict: each is found, and named for what
 * it does. The argument is the path of planted_dot.so. */
#include "harness/folder.h"
#include "harness/planted/dot.h"
#include "harness/trials.h"
#include "vectors/testing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char *plugin_path;
static struct tb_plan plan;
static struct tb_subjects subjects;
static struct tb_trials trials; /* one for each row */

static struct tb_planned *planned(const char *id) {
    for (size_t i = 0; i < plan.count; i++)
        if (strcmp(plan.cases[i].id, id) == 0)
            return &plan.cases[i];
    ck_abort_msg("no plan for %s", id);
    return NULL;
}

static const struct tb_subject *subject_named(const char *name) {
    for (size_t i = 0; i < subjects.count; i++)
        if (strcmp(subjects.list[i].name, name) == 0)
            return &subjects.list[i];
    ck_abort_msg("planted_dot.so has no target %s", name);
    return NULL;
}

static void prepare(void) {
    static const char *const ids[] = {DOT_FP16, DOT_LONG, DOT_BF16, DOT_BYTES};
    struct tb_options o = {.limit = 60, .suite = TB_STANDARD};
    struct tb_error error;
    ck_assert_msg(tb_plan_make(&plan, TB_QUICK, ids, sizeof ids / sizeof ids[0], &error), "%s", error.text);
    for (size_t i = 0; i < plan.count; i++)
        plan.cases[i].wanted = true;
    ck_assert_msg(tb_plan_golden(&plan, 2, &error), "%s", error.text);
    ck_assert_msg(tb_subjects_plugin(&subjects, plugin_path, &error), "%s", error.text);
    trials = (struct tb_trials){.count = TB_PLANTED_DOT_COUNT,
                                .list = calloc(TB_PLANTED_DOT_COUNT, sizeof *trials.list)};
    for (size_t i = 0; i < TB_PLANTED_DOT_COUNT; i++)
        trials.list[i] = (struct tb_trial){.planned = planned(tb_planted_dots[i].case_id),
                                           .subject = subject_named(tb_planted_dots[i].target)};
    tb_trials_run(&trials, &o);
}

static bool has_class(const struct tb_verdict *v, enum tb_divergence class) {
    for (size_t i = 0; i < v->class_count; i++)
        if (v->classes[i].class == class && v->classes[i].example_count)
            return true;
    return class == TB_DIVERGENCES;
}

START_TEST(fault_is_found_and_named) {
    if (!trials.list)
        prepare();
    const struct tb_planted_dot *row = &tb_planted_dots[_i];
    const struct tb_verdict *v = &trials.list[_i].verdict;
    bool explained = v->explanation_count && v->explained_by[0].unexplained == 0;
    ck_assert_msg(v->status == row->status, "%s %s: expected %s, got %s (%s)", row->target, row->case_id,
                  tb_status_names[row->status], tb_status_names[v->status], v->reason);
    ck_assert_msg(has_class(v, row->class), "%s: class %d is missing", row->target, row->class);
    ck_assert_msg(explained == (row->variant != NULL), "%s: %s", row->target,
                  explained ? v->explained_by[0].variant : "not explained");
    if (row->variant) {
        ck_assert_str_eq(v->explained_by[0].variant, row->variant);
        ck_assert_uint_eq(v->explanation_count, 1);
    }
    ck_assert_msg(!row->reason || strstr(v->reason, row->reason), "%s: '%s'", row->target, v->reason);
}
END_TEST

/* Every planted target has a row. */
START_TEST(table_is_complete) {
    if (!trials.list)
        prepare();
    for (size_t i = 0; i < subjects.count; i++) {
        bool found = false;
        for (size_t j = 0; j < TB_PLANTED_DOT_COUNT; j++)
            found |= strcmp(tb_planted_dots[j].target, subjects.list[i].name) == 0;
        ck_assert_msg(found, "%s has no row", subjects.list[i].name);
    }
}
END_TEST

int main(int argc, char **argv) {
    plugin_path = argc > 1 ? argv[1] : "planted_dot.so";
    if (sodium_init() < 0)
        return 1;
    Suite *suite = suite_create("planted dot products");
    TCase *tests = tcase_create("planted dot products");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, fault_is_found_and_named, 0, TB_PLANTED_DOT_COUNT);
    tcase_add_test(tests, table_is_complete);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    for (size_t i = 0; i < trials.count; i++)
        tb_verdict_free(&trials.list[i].verdict);
    tb_trials_free(&trials);
    tb_plan_free(&plan);
    tb_subjects_free(&subjects);
    return failed != 0;
}
