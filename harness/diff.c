#include "harness/diff.h"

#include "harness/folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Who is compared. ---- */

static bool is_file(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static bool is_plugin(const char *path) {
    size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".so") == 0;
}

bool tb_diff_side(const char *word, const struct tb_options *o, struct tb_side *side,
                  struct tb_error *error) {
    struct tb_options choice = *o;
    struct tb_subjects *s = &side->subjects;
    *side = (struct tb_side){{0}, {0}};
    snprintf(side->name, sizeof side->name, "%s", word);
    if (is_file(word)) {
        if (is_plugin(word))
            return tb_fail(error, TB_EXIT_USAGE,
                           "'%.200s' is a plug-in: give it by --plugin, and name one of its targets", word);
        if (!tb_subjects_recorded(s, word, error))
            return false;
        snprintf(side->name, sizeof side->name, "%s (recorded)", s->list[0].name);
        return true;
    }
    choice.targets = (struct tb_words){1, {word}};
    struct tb_error inner;
    if (!tb_choose_subjects(&choice, s, &inner))
        return tb_fail(error, inner.code,
                       "'%.200s' is neither a file nor a target here: `tiebreak list targets` shows all",
                       word);
    if (s->count != 1)
        return tb_fail(error, TB_EXIT_USAGE, "'%.200s' matches %zu targets: name one", word, s->count);
    if (s->list[0].unavailable[0])
        return tb_fail(error, TB_EXIT_TARGET, "%s cannot run here: %s", s->list[0].name,
                       s->list[0].unavailable);
    return true;
}

/* ---- On what. ---- */

/* A recording tells its cases; two targets are compared on the suite's. */
static bool plan_cases(const struct tb_side *a, const struct tb_side *b, const struct tb_options *o,
                       struct tb_plan *plan, struct tb_error *error) {
    const struct tb_recording *r =
        a->subjects.list[0].recording ? a->subjects.list[0].recording : b->subjects.list[0].recording;
    const char *const *globs = o->words.word + 2;
    size_t count = o->words.count - 2, kept = 0;
    if (!r)
        return tb_plan_make(plan, tb_options_suite(o, count), globs, count, error);
    const char **ids = calloc(r->count + 1, sizeof *ids);
    if (!ids)
        abort();
    for (size_t i = 0; i < r->count; i++) {
        bool wanted = count == 0;
        for (size_t k = 0; k < count; k++)
            wanted |= tb_glob(globs[k], r->answers[i].case_id);
        if (wanted)
            ids[kept++] = r->answers[i].case_id;
    }
    bool ok = kept ? tb_plan_make(plan, tb_options_suite(o, true), ids, kept, error)
                   : tb_fail(error, TB_EXIT_USAGE, "the recording of %s holds no case that matches",
                             r->info.target);
    free(ids);
    return ok;
}

/* Both sides see the same inputs: as a recording has them, else the whole domain where neither takes samples.
 */
static void judge_alike(struct tb_trial *a, struct tb_trial *b) {
    bool exhaustive = a->exhaustive && b->exhaustive;
    if (a->subject->kind == TB_SUBJECT_RECORDED && b->subject->kind != TB_SUBJECT_RECORDED)
        exhaustive = a->exhaustive;
    else if (b->subject->kind == TB_SUBJECT_RECORDED && a->subject->kind != TB_SUBJECT_RECORDED)
        exhaustive = b->exhaustive;
    a->exhaustive = b->exhaustive = exhaustive;
    if (!a->given || !b->given)
        a->given = b->given = a->given ? a->given : b->given;
    if (!a->given_records || !b->given_records)
        a->given_records = b->given_records = a->given_records ? a->given_records : b->given_records;
    a->keep_record = b->keep_record = true;
}

/* Keeps the trials of cases that both sides offer. Trials come by case, then subject. */
static void keep_pairs(struct tb_trials *t, struct tb_plan *plan) {
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++)
        plan->cases[i].wanted = plan->cases[i].wants_sample = false;
    for (size_t i = 0; i + 1 < t->count; i++) {
        struct tb_trial a = t->list[i], b = t->list[i + 1];
        if (a.planned != b.planned)
            continue;
        judge_alike(&a, &b);
        struct tb_planned *p = &plan->cases[a.planned - plan->cases];
        p->wanted = true;
        p->wants_sample = !a.exhaustive;
        t->list[kept++] = a;
        t->list[kept++] = b;
        i++;
    }
    t->count = kept;
}

/* ---- Where they part. ---- */

struct comparing {
    const struct tb_case *c;
    struct tb_tally *tally;
};

static void add_difference(const struct tb_difference *d, void *context) {
    const struct comparing *k = context;
    struct tb_stretch s = {d->first, d->last, d->expected, d->got};
    tb_tally_add(k->tally, k->c, &s);
}

static bool compare_staircases(struct tb_parting *p) {
    const struct tb_planned *planned = p->a->planned;
    const struct tb_case *c = &planned->c;
    struct tb_staircase a = {0}, b = {0};
    struct comparing k = {c, &p->tally};
    bool ok = tb_record_staircase(c, &planned->golden, &p->a->record, &a) &&
              tb_record_staircase(c, &planned->golden, &p->b->record, &b);
    if (ok)
        tb_staircase_compare(&a, &b, (tb_case_inputs(c) - 1) << tb_case_input(c)->padding, add_difference,
                             &k);
    tb_staircase_free(&a);
    tb_staircase_free(&b);
    return ok;
}

/* What a record says of ascending inputs: the expected code but where a stretch says otherwise. */
static uint64_t recorded_code(const struct tb_record *r, size_t *stretch, uint64_t input, uint64_t expected) {
    while (*stretch < r->stretch_count && r->stretches[*stretch].last < input)
        ++*stretch;
    bool inside = *stretch < r->stretch_count && r->stretches[*stretch].first <= input;
    return inside ? r->stretches[*stretch].got : expected;
}

static void compare_samples(struct tb_parting *p) {
    const struct tb_vectors *sample = tb_trial_sample(p->a);
    size_t in_a = 0, in_b = 0;
    for (size_t i = 0; i < sample->count; i++) {
        uint64_t input = sample->input[i], expected = sample->output[i];
        uint64_t a = recorded_code(&p->a->record, &in_a, input, expected);
        uint64_t b = recorded_code(&p->b->record, &in_b, input, expected);
        struct tb_stretch s = {input, input, a, b};
        if (a != b)
            tb_tally_add(&p->tally, &p->a->planned->c, &s);
    }
}

/* What a record says of a problem's outputs, element by element. */
static void compare_problems(struct tb_parting *p) {
    const struct tb_planned_problem *q = tb_trial_problem(p->a);
    size_t in_a = 0, in_b = 0;
    for (uint64_t i = 0; i < tb_problem_inputs(q); i++) {
        struct tb_problem_place at = tb_problem_place(q, i);
        uint64_t expected =
            tb_field_get(at.field, q->golden.output + at.record * q->p.output.bytes, at.place);
        uint64_t a = recorded_code(&p->a->record, &in_a, i, expected);
        uint64_t b = recorded_code(&p->b->record, &in_b, i, expected);
        if (a != b)
            tb_tally_add_element(&p->tally, at.field->format, i, a, b);
    }
}

/* Whether both sides were given the same, in the same order. */
static bool same_inputs(const struct tb_trial *a, const struct tb_trial *b) {
    const struct tb_planned_problem *x = tb_trial_problem(a), *y = tb_trial_problem(b);
    if (!x)
        return a->record.exhaustive || tb_vectors_same_inputs(tb_trial_sample(a), tb_trial_sample(b));
    return x->golden.records == y->golden.records &&
           memcmp(x->golden.input, y->golden.input, x->golden.records * x->p.input.bytes) == 0;
}

static const char *refusal(const struct tb_trial *t) {
    if (t->verdict.status == TB_CRASHED || t->verdict.status == TB_SKIPPED)
        return t->verdict.reason;
    return t->record.irregular ? "it has more than 2^21 stretches, too many to keep" : NULL;
}

static void compare(struct tb_parting *p, const struct tb_side *a, const struct tb_side *b) {
    const char *why_a = refusal(p->a), *why_b = refusal(p->b);
    tb_tally_start(&p->tally);
    bool alike = same_inputs(p->a, p->b);
    p->compared = !why_a && !why_b && alike;
    p->why[0] = 0;
    if (!why_a && !why_b && !alike)
        snprintf(p->why, sizeof p->why, "the two recordings hold different inputs");
    else if (!p->compared)
        snprintf(p->why, sizeof p->why, "%s: %s", why_a ? a->name : b->name, why_a ? why_a : why_b);
    else if (tb_trial_problem(p->a))
        compare_problems(p);
    else if (!p->a->record.exhaustive)
        compare_samples(p);
    else if (!compare_staircases(p))
        p->compared = false, snprintf(p->why, sizeof p->why, "out of memory for the two staircases");
}

bool tb_diff_sides(const struct tb_side *a, const struct tb_side *b, const struct tb_options *o,
                   tb_parting_fn *visit, void *context, struct tb_error *error) {
    struct tb_subject pair[2] = {a->subjects.list[0], b->subjects.list[0]};
    struct tb_subjects both = {.count = 2, .list = pair};
    struct tb_plan plan = {.nan_level = o->nan_level, .like = o->like};
    struct tb_trials trials = {0};
    struct tb_options choice = *o;
    choice.staircases_only = true; /* two records are compared as staircases or as samples */
    bool ok = plan_cases(a, b, o, &plan, error) &&
              tb_plan_certain_only(&plan, "diff", o->words.count > 2, error) &&
              tb_trials_make(&plan, &both, &choice, &trials, error);
    if (ok) {
        keep_pairs(&trials, &plan);
        ok = trials.count ||
             tb_fail(error, TB_EXIT_USAGE, "%s and %s have no case in common here", a->name, b->name);
    }
    ok = ok && tb_plan_golden(&plan, tb_parallel(o), error);
    if (ok)
        tb_trials_run(&trials, o);
    static struct tb_parting parting;
    for (size_t i = 0; ok && i < trials.count; i += 2) {
        parting.a = &trials.list[i];
        parting.b = &trials.list[i + 1];
        if (parting.a->dropped || parting.b->dropped)
            continue;
        compare(&parting, a, b);
        visit(&parting, context);
    }
    for (size_t i = 0; i < trials.count; i++)
        tb_verdict_free(&trials.list[i].verdict);
    tb_trials_free(&trials);
    tb_plan_free(&plan);
    return ok;
}
