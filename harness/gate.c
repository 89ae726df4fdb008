#include "harness/gate.h"

#include "harness/print.h"
#include "reports/affine_words.h"
#include "reports/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- The first input on which two lists of stretches differ. ---- */

static bool same_stretch(const struct tb_stretch *a, const struct tb_stretch *b) {
    return a->first == b->first && a->last == b->last && a->expected == b->expected && a->got == b->got;
}

/* Codes in words: "0x3f80", or "as expected" where the stretch does not hold the input. */
static void describe(const char *case_id, const struct tb_stretch *s, uint64_t input, char text[TB_CODE]) {
    if (s && s->first <= input && input <= s->last)
        tb_code_text(case_id, s->got, tb_case_digits(case_id).destination, text);
    else
        snprintf(text, TB_CODE, "as expected");
}

static uint64_t first_difference(const struct tb_stretch *a, const struct tb_stretch *b, uint64_t step) {
    if (!a || !b)
        return (a ? a : b)->first;
    if (a->first != b->first)
        return a->first < b->first ? a->first : b->first;
    if (a->got != b->got || a->expected != b->expected || a->last == b->last)
        return a->first;
    return (a->last < b->last ? a->last : b->last) + step;
}

static void say_first_difference(const struct tb_accepted *a, const struct tb_verdict *v, char *text,
                                 size_t size) {
    struct tb_case c;
    char before[TB_CODE], now[TB_CODE], words[TB_INPUT_WORDS];
    size_t i = 0;
    uint64_t step = tb_case_parse(v->case_id, &c, NULL) ? UINT64_C(1) << tb_case_input(&c)->padding : 1;
    while (i < a->stretch_count && i < v->stretch_count && same_stretch(&a->stretches[i], &v->stretches[i]))
        i++;
    const struct tb_stretch *was = i < a->stretch_count ? &a->stretches[i] : NULL;
    const struct tb_stretch *is = i < v->stretch_count ? &v->stretches[i] : NULL;
    text[0] = 0;
    if ((!was && !is) || (!was && a->stretch_count < a->stretch_total)) {
        if (a->stretch_count < a->stretch_total)
            snprintf(text, size, "; not on the first %zu stretches, which is all that was kept",
                     a->stretch_count);
        return;
    }
    uint64_t input = first_difference(was, is, step);
    describe(v->case_id, was, input, before);
    describe(v->case_id, is, input, now);
    snprintf(text, size, "; the first input that differs is %s: %s before, %s now",
             tb_input_words(v->case_id, input, words), before, now);
}

/* ---- One verdict. ---- */

static struct tb_change *add_event(struct tb_gate_report *r, enum tb_change_kind kind, const char *target,
                                   const char *case_id) {
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 32;
        r->events = realloc(r->events, r->capacity * sizeof *r->events);
        if (!r->events)
            abort();
    }
    struct tb_change *e = &r->events[r->count++];
    *e = (struct tb_change){.kind = kind};
    snprintf(e->target, sizeof e->target, "%s", target);
    snprintf(e->case_id, sizeof e->case_id, "%s", case_id);
    return e;
}

static bool judged(enum tb_status status) {
    return status != TB_SKIPPED && status != TB_CRASHED;
}

/* Whether the counts stand for different sets of inputs: fewer of them, or another sample. */
static bool covers_otherwise(const struct tb_accepted *a, const struct tb_verdict *v) {
    if (a->exhaustive && !v->exhaustive)
        return true;
    return (a->diverging || v->diverging) && (a->exhaustive != v->exhaustive || a->inputs != v->inputs);
}

static bool other_cause(const struct tb_accepted *a, const struct tb_accepted *now) {
    return a->status != now->status || strcmp(a->explanation, now->explanation) != 0 ||
           a->unexplained != now->unexplained;
}

/* The kind of event that a verdict is; TB_CHANGES where it is as accepted. */
static enum tb_change_kind kind_of(const struct tb_accepted *a, const struct tb_accepted *now,
                                   const struct tb_verdict *v) {
    bool wrong = now->status == TB_DIVERGES || now->status == TB_CRASHED;
    if (now->status == TB_SKIPPED)
        return a->status == TB_SKIPPED ? TB_CHANGES : TB_CHANGE_SKIPPED;
    if (wrong && a->status != now->status)
        return TB_CHANGE_NEW;
    if (!judged(a->status) || !judged(now->status)) /* as accepted, or now better than not judged */
        return a->status == TB_CRASHED && judged(now->status) ? TB_CHANGE_SHRUNK : TB_CHANGES;
    if (covers_otherwise(a, v))
        return TB_CHANGE_COVERAGE;
    if (now->diverging != a->diverging)
        return now->diverging > a->diverging ? TB_CHANGE_GROWN : TB_CHANGE_SHRUNK;
    if (now->value_diverging != a->value_diverging)
        return now->value_diverging > a->value_diverging ? TB_CHANGE_GROWN : TB_CHANGE_SHRUNK;
    if (a->exhaustive == now->exhaustive && strcmp(a->digest, now->digest) != 0)
        return TB_CHANGE_MOVED;
    return other_cause(a, now) ? TB_CHANGE_CAUSE : TB_CHANGES;
}

/* "diverges on 254 of 65,536 inputs (daz)" */
static void say_state(const struct tb_accepted *a, char *text, size_t size) {
    char diverging[48], inputs[48], left[48];
    tb_print_count(a->diverging, diverging, sizeof diverging);
    tb_print_count(a->inputs, inputs, sizeof inputs);
    tb_print_count(a->unexplained, left, sizeof left);
    if (!judged(a->status))
        snprintf(text, size, "%s", tb_status_names[a->status]);
    else
        snprintf(text, size, "%s, %s of %s %s differ", tb_status_names[a->status], diverging, inputs,
                 a->exhaustive ? "inputs" : "sampled inputs");
    size_t used = strlen(text);
    if (a->explanation[0] && a->unexplained)
        snprintf(text + used, size - used, " (%s leaves %s)", a->explanation, left);
    else if (a->explanation[0])
        snprintf(text + used, size - used, " (%s)", a->explanation);
}

static void say(struct tb_change *e, const struct tb_accepted *a, const struct tb_accepted *now,
                const struct tb_verdict *v) {
    char state[160], was[160] = "no verdict", where[200] = "";
    say_state(now, state, sizeof state);
    if (a)
        say_state(a, was, sizeof was);
    if (a && judged(a->status) && judged(now->status) && e->kind <= TB_CHANGE_MOVED &&
        strcmp(a->digest, now->digest) != 0)
        say_first_difference(a, v, where, sizeof where);
    snprintf(e->text, sizeof e->text, "%s%s%.160s; before: %s%s", state, v->reason[0] ? ": " : "", v->reason,
             was, where);
    if (a)
        memcpy(e->note, a->note, sizeof e->note);
}

static void compare_verdict(const struct tb_verdict *v, const struct tb_baseline *b, const char *today,
                            struct tb_gate_report *out) {
    const struct tb_accepted *a = tb_baseline_find(b, v->target, v->case_id);
    struct tb_accepted now;
    tb_accepted_from(v, &now);
    bool wrong = now.status == TB_DIVERGES || now.status == TB_CRASHED;
    enum tb_change_kind kind = a ? kind_of(a, &now, v) : wrong ? TB_CHANGE_NEW : TB_CHANGES;
    out->verdicts++;
    out->unlisted += !a && !wrong;
    out->crashed |= kind == TB_CHANGE_NEW && now.status == TB_CRASHED;
    if (kind != TB_CHANGES)
        say(add_event(out, kind, v->target, v->case_id), a, &now, v);
    if (a && a->expires[0] && wrong && strcmp(a->expires, today) < 0) {
        struct tb_change *e = add_event(out, TB_CHANGE_EXPIRED, v->target, v->case_id);
        snprintf(e->text, sizeof e->text, "accepted up to %s, today is %s", a->expires, today);
        memcpy(e->note, a->note, sizeof e->note);
    }
}

/* ---- All of them. ---- */

static bool matches(const struct tb_words *globs, const char *text) {
    for (size_t i = 0; i < globs->count; i++)
        if (tb_glob(globs->word[i], text))
            return true;
    return globs->count == 0;
}

static bool in_scope(const struct tb_options *scope, const struct tb_accepted *a) {
    return !scope ||
           (!scope->shards && matches(&scope->words, a->case_id) && matches(&scope->targets, a->target));
}

static bool has_verdict(const struct tb_results *r, const struct tb_accepted *a) {
    for (size_t i = 0; i < r->verdict_count; i++)
        if (strcmp(r->verdicts[i].case_id, a->case_id) == 0 && strcmp(r->verdicts[i].target, a->target) == 0)
            return true;
    return false;
}

void tb_gate_compare(const struct tb_results *r, const struct tb_baseline *b, const struct tb_options *scope,
                     const char *today, struct tb_gate_report *out) {
    *out = (struct tb_gate_report){0};
    for (size_t i = 0; i < r->verdict_count; i++)
        compare_verdict(&r->verdicts[i], b, today, out);
    for (size_t i = 0; i < b->count; i++) {
        const struct tb_accepted *a = &b->accepted[i];
        if (a->status == TB_SKIPPED || !in_scope(scope, a) || has_verdict(r, a))
            continue;
        struct tb_change *e = add_event(out, TB_CHANGE_GONE, a->target, a->case_id);
        char was[160];
        say_state(a, was, sizeof was);
        snprintf(e->text, sizeof e->text, "not there; before: %s", was);
        memcpy(e->note, a->note, sizeof e->note);
    }
}

void tb_gate_free(struct tb_gate_report *report) {
    free(report->events);
    *report = (struct tb_gate_report){0};
}
