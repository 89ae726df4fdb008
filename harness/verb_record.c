/* tiebreak record: what one target does, as a file that any machine can judge. */
#include "harness/folder.h"
#include "harness/print.h"
#include "harness/record.h"
#include "vectors/atomic_file.h"

#include <stdlib.h>
#include <string.h>

/* ---- The one target. ---- */

static bool choose_one(const struct tb_options *o, struct tb_subjects *s, struct tb_error *error) {
    if (!tb_choose_subjects(o, s, error))
        return false;
    if (s->count != 1)
        return tb_fail(error, TB_EXIT_USAGE,
                       "record takes one target, but %zu match (%s, %s, ...): name one with --target",
                       s->count, s->list[0].name, s->list[1].name);
    if (s->list[0].unavailable[0])
        return tb_fail(error, TB_EXIT_TARGET, "%s cannot run here: %s", s->list[0].name,
                       s->list[0].unavailable);
    return true;
}

/* ---- The file. ---- */

static bool add_case(struct tb_recording *r, const struct tb_trial *t, struct tb_error *error) {
    const struct tb_answers *a = tb_recording_add_trial(r, t, error);
    char inputs[48];
    if (!a)
        return false;
    tb_print_count(t->record.inputs, inputs, sizeof inputs);
    if (a->records.count)
        printf("%-44s %s outputs of %zu records\n", t->planned->id, inputs, a->records.count);
    else if (a->staircase.count)
        printf("%-44s %s inputs, %zu runs\n", t->planned->id, inputs, a->staircase.count);
    else
        printf("%-44s %s inputs, sampled\n", t->planned->id, inputs);
    return true;
}

/* Adds all trials; *left_out counts those that gave nothing to record, each named on stderr. */
static bool add_cases(struct tb_recording *r, const struct tb_trials *trials, size_t *left_out,
                      struct tb_error *error) {
    for (size_t i = 0; i < trials->count; i++) {
        const struct tb_trial *t = &trials->list[i];
        const char *why = t->dropped ? NULL : tb_recording_refusal(t);
        if (why)
            fprintf(stderr, "tiebreak: %s is not recorded: %s\n", t->planned->id, why);
        *left_out += why != NULL;
        if (!why && !t->dropped && !add_case(r, t, error))
            return false;
    }
    return true;
}

/* Where nothing is asked for, problems too: the standard suite has none, and a target may have nothing else.
 */
static bool plan_all(struct tb_plan *plan, const struct tb_options *o, struct tb_error *error) {
    const size_t words = o->words.count;
    return tb_plan_make(plan, tb_options_suite(o, words), o->words.word, words, error) &&
           (words || o->suite_given || tb_plan_add_problems(plan, error)) &&
           tb_plan_certain_only(plan, "record", words > 0, error);
}

static bool record(const struct tb_options *o, struct tb_plan *plan, struct tb_subjects *s,
                   struct tb_trials *trials, struct tb_recording *r, size_t *left_out,
                   struct tb_error *error) {
    if (!choose_one(o, s, error) || !tb_atomic_check(o->output, error) || !plan_all(plan, o, error) ||
        !tb_trials_make(plan, s, o, trials, error) || !tb_plan_golden(plan, tb_parallel(o), error))
        return false;
    tb_trials_sweep(trials, o);
    tb_recording_describe(&r->info, &s->list[0]);
    if (!add_cases(r, trials, left_out, error))
        return false;
    if (!r->count)
        return tb_fail(error, *left_out ? TB_EXIT_TARGET : TB_EXIT_USAGE,
                       *left_out ? "%s gave nothing to record" : "%s offers none of these cases",
                       s->list[0].name);
    return tb_recording_write(o->output, r, error);
}

int tb_verb_record(const struct tb_options *given) {
    struct tb_options o = *given;
    struct tb_plan plan = {0};
    struct tb_subjects subjects = {0};
    struct tb_trials trials = {0};
    struct tb_recording r = {0};
    struct tb_error error;
    size_t left_out = 0;
    o.exhaustive = o.staircases_only = true;
    if (!o.output) {
        tb_fail(&error, TB_EXIT_USAGE, "record takes a file: tiebreak record --target T -o FILE");
        return tb_complain(&error);
    }
    bool ok = record(&o, &plan, &subjects, &trials, &r, &left_out, &error);
    if (ok)
        printf("recorded   %s: %zu case%s of %s\n", o.output, r.count, r.count == 1 ? "" : "s",
               r.info.target);
    tb_recording_free(&r);
    for (size_t i = 0; i < trials.count; i++)
        tb_verdict_free(&trials.list[i].verdict);
    tb_trials_free(&trials);
    tb_plan_free(&plan);
    tb_subjects_free(&subjects);
    return !ok ? tb_complain(&error) : left_out ? TB_EXIT_TARGET : TB_OK;
}
