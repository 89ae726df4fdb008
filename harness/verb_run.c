/* tiebreak run: the main job. */
#include "harness/facts.h"
#include "harness/folder.h"
#include "harness/gate.h"
#include "harness/interrupt.h"
#include "harness/print.h"
#include "harness/trials.h"
#include "reports/command.h"
#include "reports/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Keeps the i-th of every n cases. */
static void keep_shard(struct tb_plan *plan, unsigned shard, unsigned shards) {
    size_t kept = 0;
    for (size_t i = 0; shards && i < plan->count; i++)
        if (i % shards == shard - 1)
            plan->cases[kept++] = plan->cases[i];
    if (shards)
        plan->count = kept;
}

/* --resume: verdicts that an earlier, interrupted run wrote are taken over, except crashes. */
static void take_over(struct tb_trials *trials, struct tb_results *before) {
    for (size_t i = 0; i < trials->count; i++)
        for (size_t j = 0; j < before->verdict_count; j++) {
            struct tb_trial *t = &trials->list[i];
            struct tb_verdict *v = &before->verdicts[j];
            if (v->status == TB_CRASHED || v->status == TB_SKIPPED || strcmp(v->target, t->subject->name) ||
                strcmp(v->case_id, t->planned->id) || v->exhaustive != t->exhaustive)
                continue;
            t->verdict = *v;
            t->finished = true;
            *v = before->verdicts[--before->verdict_count];
            break;
        }
}

static bool same_word(const char *a, const char *b) {
    return !a == !b && (!a || strcmp(a, b) == 0);
}

/* Whether an earlier run asked what this one asks: the same answers expected, NaNs compared alike, the same
 * environment. */
static bool asked_alike(const struct tb_results *before, const struct tb_options *o) {
    return same_word(tb_results_fact(before, TB_FACT_EXPECTED), o->like) &&
           same_word(tb_results_fact(before, TB_FACT_ENVIRONMENT), o->condition) &&
           same_word(before->nan_level, tb_nan_level_words[o->nan_level].name);
}

/* A folder without results has nothing to keep; results that cannot be read are not thrown away unasked. */
static bool resume(struct tb_trials *trials, const char *folder, const struct tb_options *o,
                   struct tb_error *error) {
    char path[1024];
    struct tb_results before;
    snprintf(path, sizeof path, "%s/results.json", folder);
    if (access(path, F_OK) != 0)
        return true;
    if (!tb_results_read(path, &before, error))
        return false;
    if (asked_alike(&before, o))
        take_over(trials, &before);
    tb_results_free(&before);
    return true;
}

static void collect(struct tb_results *r, struct tb_trials *trials) {
    r->verdicts = calloc(trials->count + 1, sizeof *r->verdicts);
    if (!r->verdicts)
        abort();
    for (size_t i = 0; i < trials->count; i++)
        if (!trials->list[i].dropped)
            r->verdicts[r->verdict_count++] = trials->list[i].verdict;
}

/* What decides the verdicts, so that the line makes the same results again, and the commands that a report
 * gives can take its options. */
static void command_line(const struct tb_options *o, char *text, size_t size) {
    const struct {
        const char *name;
        const struct tb_words *words;
    } lists[] = {
        {NULL,         &o->words   },
        {"--target",   &o->targets },
        {"--plugin",   &o->plugins },
        {"--exec",     &o->commands},
        {"--recorded", &o->recorded},
        {"--format",   &o->formats },
    };
    const struct {
        const char *name, *value; /* value NULL: not given */
    } values[] = {
        {"--like",        o->like                                                                    },
        {"--suite",       o->suite == TB_STANDARD ? NULL : tb_suite_words[o->suite].name             },
        {"--nan",         o->nan_level == TB_NAN_CLASS ? NULL : tb_nan_level_words[o->nan_level].name},
        {"--environment", o->condition                                                               },
    };
    snprintf(text, size, "tiebreak run");
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (size_t j = 0; j < lists[i].words->count; j++)
            tb_command_add_option(text, size, lists[i].name, lists[i].words->word[j]);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i].value)
            tb_command_add_option(text, size, values[i].name, values[i].value);
    if (o->exhaustive)
        tb_command_add(text, size, "--exhaustive");
    if (o->sampled)
        tb_command_add(text, size, "--sampled");
}

int tb_results_exit(const struct tb_results *r) {
    int code = TB_OK;
    for (size_t i = 0; i < r->verdict_count; i++)
        if (r->verdicts[i].status == TB_CRASHED)
            code = TB_EXIT_TARGET;
        else if (r->verdicts[i].status == TB_DIVERGES && code == TB_OK)
            code = TB_EXIT_DIVERGES;
    return code;
}

/* The way on from the first divergence: a command that shows what is behind its first input. */
static void print_try(const struct tb_options *o, const struct tb_results *r) {
    char command[TB_COMMAND];
    for (size_t i = 0; i < r->verdict_count && !o->condition; i++) { /* explain sets no environment */
        const struct tb_verdict *v = &r->verdicts[i];
        if (v->status != TB_DIVERGES || !v->class_count || !v->classes[0].example_count)
            continue;
        tb_command_explain(r, v, v->classes[0].examples[0].input, command);
        printf("try        %s\n", command);
        return;
    }
}

static void print_not_run(const struct tb_subjects *subjects) {
    char name[96];
    for (size_t i = 0, count; i < subjects->count; i += count ? count : 1)
        if ((count = tb_subjects_not_run(subjects, i, name)) != 0)
            printf("skipped    %-34s %s\n", name, subjects->list[i].unavailable);
    fflush(stdout);
}

/* The problems of the recordings that are judged: a file names what it is of. */
static bool plan_recorded(const struct tb_options *o, const struct tb_subjects *subjects,
                          struct tb_plan *plan, struct tb_error *error) {
    for (size_t i = 0; i < subjects->count; i++)
        if (subjects->list[i].recording &&
            !tb_plan_add_recorded(plan, subjects->list[i].recording, o->words.word, o->words.count, error))
            return false;
    return true;
}

/* Everything between the options and the results; the caller frees the three, whatever became of them. */
static bool judge(const struct tb_options *o, const char *folder, struct tb_plan *plan,
                  struct tb_subjects *subjects, struct tb_trials *trials, struct tb_results *r,
                  struct tb_error *error) {
    char machine[512], cuda[160];
    double start = now();
    if (!tb_plan_make(plan, tb_options_suite(o, o->words.count), o->words.word, o->words.count, error) ||
        !tb_choose_subjects(o, subjects, error) || !plan_recorded(o, subjects, plan, error))
        return false;
    keep_shard(plan, o->shard, o->shards);
    if (!tb_trials_make(plan, subjects, o, trials, error))
        return false;
    if (o->resume && !resume(trials, folder, o, error))
        return false;
    tb_machine_line(machine, sizeof machine);
    tb_cuda_line(subjects, cuda, sizeof cuda);
    printf("tiebreak %s · %s%s%s\n", TB_VERSION, machine, cuda[0] ? " · CUDA: " : "", cuda);
    fflush(stdout);
    print_not_run(subjects);
    if (!tb_plan_golden(plan, tb_parallel(o), error))
        return false;
    size_t goldens = 0;
    for (size_t i = 0; i < plan->count; i++)
        goldens += plan->cases[i].wanted;
    if (o->like)
        printf("expected   %zu case%s in %.1f s, as %s computes them\n\n", goldens, tb_plural(goldens),
               now() - start, o->like);
    else
        printf("golden     %zu case%s in %.1f s, all proved\n\n", goldens, tb_plural(goldens), now() - start);
    fflush(stdout);
    tb_interrupt_watch();
    tb_trials_run(trials, o);
    collect(r, trials);
    tb_results_sort(r);
    tb_facts_add(r, plan, subjects, o->condition);
    return true;
}

static bool judge_all(const struct tb_options *o, const char *folder, struct tb_results *r,
                      struct tb_error *error) {
    struct tb_plan plan = {.nan_level = o->nan_level, .like = o->like};
    struct tb_subjects subjects = {0};
    struct tb_trials trials = {0};
    bool ok = judge(o, folder, &plan, &subjects, &trials, r, error);
    tb_trials_free(&trials);
    tb_plan_free(&plan);
    tb_subjects_free(&subjects);
    return ok;
}

/* A baseline that cannot be read is said before the work, not after it. */
static bool check_baseline(const struct tb_options *o, struct tb_error *error) {
    struct tb_baseline b;
    if (!o->baseline)
        return true;
    if (!tb_baseline_read(o->baseline, &b, error))
        return false;
    tb_baseline_free(&b);
    return true;
}

int tb_verb_run(const struct tb_options *o) {
    const char *folder = o->output ? o->output : "tiebreak-out";
    struct tb_results r = {.tool = "tiebreak " TB_VERSION};
    struct tb_error error = {0};
    double start = now();
    command_line(o, r.command, sizeof r.command);
    snprintf(r.suite, sizeof r.suite, "%s", tb_suite_words[o->suite].name);
    snprintf(r.nan_level, sizeof r.nan_level, "%s", tb_nan_level_words[o->nan_level].name);
    struct tb_gate_report gate = {0};
    struct tb_error refused = {0}; /* a baseline that says nothing of these results: told after the report */
    bool ok =
        check_baseline(o, &error) && tb_folder_prepare(folder, &error) && judge_all(o, folder, &r, &error);
    bool compared = ok && o->baseline && tb_gate_against(&r, o->baseline, o, &gate, &refused);
    if (compared)
        tb_gate_note(&r, o->baseline, &gate);
    if (!ok || !tb_folder_write(&r, folder, &error)) {
        tb_folder_take_back(folder);
        tb_gate_free(&gate);
        tb_results_free(&r);
        return tb_complain(&error);
    }
    tb_print_verdicts(stdout, &r);
    fputs("\n", stdout);
    tb_print_totals(stdout, &r);
    printf("report     %s/report.html · %.0f s\n", folder, now() - start);
    print_try(o, &r);
    if (tb_pool_stopped()) {
        puts("resume     the same command with --resume does what is left");
        tb_results_free(&r);
        tb_interrupt_end();
    }
    if (compared)
        tb_gate_tell(stdout, o->baseline, &gate);
    int code = compared ? tb_gate_exit(&gate) : o->baseline ? tb_complain(&refused) : tb_results_exit(&r);
    if (!r.verdict_count && !o->shards && !o->baseline) /* a mistyped target must not pass for a right one */
        code = TB_EXIT_TARGET;
    tb_gate_free(&gate);
    tb_results_free(&r);
    return code;
}
