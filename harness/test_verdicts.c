/* The whole way from a plug-in to a verdict, on targets that are wrong on purpose: each is found, and named
 * for what it does. */
#include "harness/planted/planted.h"
#include "harness/trials.h"
#include "vectors/problem.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char *plugin_path;
static struct tb_plan plan;
static struct tb_subjects subjects;
static struct tb_trials trials; /* one for each row that is run */
static const struct tb_planted *rows[TB_PLANTED_COUNT];

static struct tb_planned *planned_case(const char *id) {
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
    ck_abort_msg("planted.so has no target %s", name);
    return NULL;
}

static bool is_endless(const struct tb_planted *row) {
    return strcmp(row->target, "planted/loops") == 0;
}

/* 2^32 of them, or 2^24 triples: minutes in a slow build, so that those rows are left to the plain one. */
static bool has_many_inputs(const struct tb_planted *row) {
    const char *source = strchr(row->case_id, '/') + 1;
    return strncmp(source, "fp32/", 5) == 0 || strncmp(source, "int32/", 6) == 0 ||
           strncmp(row->case_id, "fma/e4m3fn/", 11) == 0;
}

/* Judges all rows as `tiebreak run` would; the endless one with a limit of its own. */
static void judge_rows(bool endless, double limit) {
    struct tb_options o = {.limit = limit, .suite = TB_STANDARD};
    struct tb_trials some = {.list = calloc(TB_PLANTED_COUNT, sizeof *some.list)};
    for (size_t i = 0; i < TB_PLANTED_COUNT; i++) {
        const struct tb_planted *row = &tb_planted[i];
        if (is_endless(row) != endless || (TB_SLOW_BUILD && has_many_inputs(row)))
            continue;
        some.list[some.count++] = (struct tb_trial){
            .planned = planned_case(row->case_id), .subject = subject_named(row->target), .exhaustive = true};
        rows[trials.count + some.count - 1] = row;
    }
    tb_trials_run(&some, &o);
    memcpy(trials.list + trials.count, some.list, some.count * sizeof *some.list);
    trials.count += some.count;
    free(some.list);
}

static void prepare(void) {
    struct tb_error error;
    const char *ids[TB_PLANTED_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < TB_PLANTED_COUNT; i++) {
        bool known = false;
        for (size_t j = 0; j < count; j++)
            known |= strcmp(ids[j], tb_planted[i].case_id) == 0;
        if (!known)
            ids[count++] = tb_planted[i].case_id;
    }
    ck_assert_msg(tb_plan_make(&plan, TB_QUICK, ids, count, &error), "%s", error.text);
    for (size_t i = 0; i < plan.count; i++)
        plan.cases[i].wanted = true;
    ck_assert_msg(tb_plan_golden(&plan, 2, &error), "%s", error.text);
    ck_assert_msg(tb_subjects_plugin(&subjects, plugin_path, &error), "%s", error.text);
    trials.list = calloc(TB_PLANTED_COUNT, sizeof *trials.list);
    judge_rows(true, 2);
    judge_rows(false, 600);
}

static bool has_class(const struct tb_verdict *v, enum tb_divergence class) {
    for (size_t i = 0; i < v->class_count; i++)
        if (v->classes[i].class == class && v->classes[i].example_count)
            return true;
    return class == NO_CLASS;
}

/* Complete explanations, and whether the variant is among them. */
static size_t explanations(const struct tb_verdict *v, const char *variant, bool *found) {
    size_t complete = 0;
    *found = false;
    for (size_t i = 0; i < v->explanation_count; i++)
        if (v->explained_by[i].unexplained == 0) {
            complete++;
            *found = *found || (variant && strcmp(v->explained_by[i].variant, variant) == 0);
        }
    return complete;
}

/* A variant of an operation on arrays is told from all others; a conversion's may be one with others for its
 * formats. What is in no table is not explained. */
static void check_explanation(const struct tb_planted *row, const struct tb_verdict *v) {
    bool found;
    size_t complete = explanations(v, row->variant, &found);
    const char *first = v->explanation_count ? v->explained_by[0].variant : "nothing";
    ck_assert_msg(found == (row->variant != NULL), "%s: not explained by %s but by %s", row->target,
                  row->variant, first);
    ck_assert_msg(row->variant ? complete == 1 || !tb_problem_is(row->case_id) : complete == 0,
                  "%s: %zu variants explain it, %s first", row->target, complete, first);
}

START_TEST(fault_is_found_and_named) {
    if (!trials.list)
        prepare();
    if ((size_t)_i >= trials.count)
        return; /* left to the plain build */
    const struct tb_planted *row = rows[_i];
    const struct tb_verdict *v = &trials.list[_i].verdict;
    ck_assert_msg(v->status == row->status, "%s %s: expected %s, got %s (%s)", row->target, row->case_id,
                  tb_status_names[row->status], tb_status_names[v->status], v->reason);
    ck_assert_msg(has_class(v, row->class), "%s: class %d is missing", row->target, row->class);
    check_explanation(row, v);
    if (row->reason)
        ck_assert_msg(strstr(v->reason, row->reason) != NULL, "%s: expected a reason with '%s', got '%s'",
                      row->target, row->reason, v->reason);
    if (row->inputs)
        ck_assert_msg(v->diverging == row->inputs, "%s: expected %llu diverging inputs, got %llu",
                      row->target, (unsigned long long)row->inputs, (unsigned long long)v->diverging);
}
END_TEST

/* "159 rows judged, 119 of them faults of 101 targets" */
static void print_counts(void) {
    size_t faults = 0, targets = 0;
    for (size_t i = 0; i < trials.count; i++) {
        bool known = rows[i]->status == TB_SAME || rows[i]->status == TB_AS_CLAIMED;
        faults += !known;
        for (size_t j = 0; j < i && !known; j++)
            known = strcmp(rows[j]->target, rows[i]->target) == 0;
        targets += !known;
    }
    printf("%zu of %zu rows judged, %zu of them faults, of %zu targets\n", trials.count, TB_PLANTED_COUNT,
           faults, targets);
}

int main(int argc, char **argv) {
    if (argc != 2 || sodium_init() < 0)
        return 2;
    plugin_path = argv[1];
    Suite *suite = suite_create("planted faults");
    TCase *faults = tcase_create("faults");
    tcase_add_loop_test(faults, fault_is_found_and_named, 0, (int)TB_PLANTED_COUNT);
    suite_add_tcase(suite, faults);
    int failed = tb_test(suite, CK_NOFORK); /* the rows are judged once, for all */
    print_counts();
    return failed;
}
