#include "reports/summary.h"

#include "reports/text.h"

#include <stdlib.h>
#include <string.h>

const struct tb_state_look tb_state_looks[TB_STATES] = {
    [TB_STATE_EXACT] = {"●", "exact",      "the exact answer on every input"                   },
    [TB_STATE_SAMPLED] = {"○", "sampled",
                        "the exact answer on every sampled input; the other inputs were not run" },
    [TB_STATE_CLAIMED] = {"◆", "as claimed",
                        "differs exactly as the target's documentation says: a policy, not a bug"},
    [TB_STATE_NAN_BITS] = {"△", "NaN bits",
                        "NaN where NaN is due, under another NaN code; all numbers are exact"    },
    [TB_STATE_SKIPPED] = {"–", "skipped",    "not run here; nothing is known"                    },
    [TB_STATE_CRASHED] = {"✕", "crashed",    "the target crashed or hung; nothing is known"      },
    [TB_STATE_DIVERGES] = {"▲", "diverges",
                        "another answer than the exact one, and no claim that covers it: a bug"  },
};

const char *const tb_cause_titles[TB_CAUSE_KINDS] = {
    [TB_CAUSE_DIVERGES] = "Wrong: an arithmetic explains every diverging input",
    [TB_CAUSE_UNEXPLAINED] = "Wrong: no known arithmetic explains it all",
    [TB_CAUSE_CONTRACT] = "Breaks the contract of a target",
    [TB_CAUSE_CRASHED] = "Crashed",
    [TB_CAUSE_NAN_BITS] = "NaN bits only",
    [TB_CAUSE_CLAIMED] = "As claimed: documented policy, not a bug",
};

enum tb_state tb_verdict_state(const struct tb_verdict *v) {
    static const enum tb_state plain[TB_STATUSES] = {
        [TB_SAME] = TB_STATE_EXACT,        [TB_AS_CLAIMED] = TB_STATE_CLAIMED,
        [TB_DIVERGES] = TB_STATE_DIVERGES, [TB_SKIPPED] = TB_STATE_SKIPPED,
        [TB_CRASHED] = TB_STATE_CRASHED,
    };
    bool positions = false;
    for (size_t i = 0; i < v->class_count; i++)
        positions |= v->classes[i].class == TB_DIV_POSITION;
    bool nan_only = v->diverging && !v->value_diverging && !positions;
    if (nan_only && (v->status == TB_SAME || v->status == TB_DIVERGES))
        return TB_STATE_NAN_BITS;
    return v->status == TB_SAME && !v->exhaustive ? TB_STATE_SAMPLED : plain[v->status];
}

bool tb_verdict_fails(const struct tb_verdict *v) {
    return v->status == TB_DIVERGES || v->status == TB_CRASHED;
}

bool tb_verdict_is_drawn(const struct tb_verdict *v) {
    struct tb_case c;
    return v->status == TB_DIVERGES && !v->diverging && tb_case_parse(v->case_id, &c, NULL) &&
           tb_case_hides_random(&c);
}

bool tb_verdict_breaks_contract(const struct tb_verdict *v) {
    return v->status == TB_DIVERGES && !v->diverging && !tb_verdict_is_drawn(v);
}

bool tb_verdict_speaks(const struct tb_verdict *v) {
    enum tb_state state = tb_verdict_state(v);
    return state != TB_STATE_EXACT && state != TB_STATE_SAMPLED && state != TB_STATE_SKIPPED;
}

const struct tb_class_count *tb_verdict_worst_class(const struct tb_verdict *v) {
    const struct tb_class_count *worst = NULL;
    for (size_t i = 0; i < v->class_count; i++) {
        const struct tb_class_count *c = &v->classes[i];
        bool worst_is_nan = worst && worst->class == TB_DIV_NAN_BITS, c_is_nan = c->class == TB_DIV_NAN_BITS;
        if (!worst || (worst_is_nan && !c_is_nan) || (worst_is_nan == c_is_nan && c->inputs > worst->inputs))
            worst = c;
    }
    return worst;
}

const char *tb_verdict_explained(const struct tb_verdict *v) {
    for (size_t i = 0; i < v->explanation_count; i++)
        if (!v->explained_by[i].unexplained)
            return v->explained_by[i].variant;
    return NULL;
}

size_t tb_verdict_explanations(const struct tb_verdict *v) {
    size_t full = 0;
    for (size_t i = 0; i < v->explanation_count; i++)
        full += !v->explained_by[i].unexplained;
    return full;
}

/* "via-fp16 explains every one"; where these inputs do not tell several apart, how many there are. */
static void say_explained(const struct tb_verdict *v, const char *explained, char *text, size_t size) {
    const char *all = v->diverging == 1 ? "it" : "every one";
    size_t full = tb_verdict_explanations(v);
    if (full > 1)
        snprintf(text, size, "%s explains %s, and so do%s %zu other%s", explained, all, full == 2 ? "es" : "",
                 full - 1, tb_plural(full - 1));
    else
        snprintf(text, size, "%s explains %s", explained, all);
}

/* The best explanation that is not complete, as a clause. */
static void rival_clause(const struct tb_verdict *v, char *text, size_t size) {
    char left[TB_NUMBER];
    const struct tb_explanation *best = v->explanation_count ? &v->explained_by[0] : NULL;
    if (!best || best->unexplained > v->diverging / 2)
        snprintf(text, size, "no known arithmetic explains it");
    else
        snprintf(text, size,
                 "no known arithmetic explains it all: %s comes closest and leaves %s input%s over",
                 best->variant, tb_grouped(best->unexplained, left), tb_plural(best->unexplained));
}

void tb_verdict_sentence(const struct tb_verdict *v, char *text, size_t size) {
    char diverging[TB_NUMBER], inputs[TB_NUMBER], why[256];
    const char *sampled = v->exhaustive ? "" : "sampled ", *explained = tb_verdict_explained(v);
    const struct tb_class_count *worst = tb_verdict_worst_class(v);
    tb_grouped(v->diverging, diverging);
    tb_grouped(v->inputs, inputs);
    switch (tb_verdict_state(v)) {
    case TB_STATE_EXACT:
    case TB_STATE_SAMPLED:
        snprintf(text, size, "Exact on %s %s%s%s.", v->exhaustive ? "all" : "the", inputs,
                 v->exhaustive ? "" : " sampled", " inputs");
        return;
    case TB_STATE_SKIPPED:
        snprintf(text, size, "Skipped: %s.", *v->reason ? v->reason : "no reason is recorded");
        return;
    case TB_STATE_CRASHED:
        snprintf(text, size, "Crashed: %s.", *v->reason ? v->reason : "how is not recorded");
        return;
    case TB_STATE_CLAIMED:
        snprintf(text, size,
                 "%s of %s %sinputs differ from the exact answer, all of them as the target's documentation "
                 "says (%s).",
                 diverging, inputs, sampled, *v->claim ? v->claim : "claim not recorded");
        return;
    case TB_STATE_NAN_BITS:
        snprintf(text, size,
                 "%s of %s %sinputs give another NaN code than the golden one; every number is exact.",
                 diverging, inputs, sampled);
        return;
    case TB_STATE_DIVERGES:
    case TB_STATES:
        break;
    }
    if (tb_verdict_breaks_contract(v)) {
        snprintf(text, size, "Exact on every input of the sweep, but: %s.",
                 *v->reason ? v->reason : "no reason is recorded");
        return;
    }
    if (tb_verdict_is_drawn(v)) {
        snprintf(text, size, "Of %s inputs and draws: %s.", inputs, v->reason);
        return;
    }
    if (explained)
        say_explained(v, explained, why, sizeof why);
    else if (worst && worst->class == TB_DIV_POSITION)
        snprintf(why, sizeof why, "the result depends on where in the array the input stands");
    else
        rival_clause(v, why, sizeof why);
    snprintf(text, size, "%s of %s %sinputs diverge%s; %s.", diverging, inputs, sampled,
             v->diverging == 1 ? "s" : "", why);
}

bool tb_verdict_accepted(const struct tb_results *r, const struct tb_summary *s, size_t verdict) {
    return *r->baseline && tb_verdict_fails(&r->verdicts[verdict]) && !s->changes[verdict];
}

static void count(const struct tb_results *r, const struct tb_summary *s, struct tb_tally *t,
                  size_t verdict) {
    const struct tb_verdict *v = &r->verdicts[verdict];
    t->verdicts++;
    t->states[tb_verdict_state(v)]++;
    t->failing += tb_verdict_fails(v);
    t->contract += tb_verdict_breaks_contract(v);
    t->changed += s->changes[verdict] != NULL;
    t->accepted += tb_verdict_accepted(r, s, verdict);
    if (v->status != TB_SKIPPED && v->status != TB_CRASHED) {
        t->exhaustive += !!v->exhaustive;
        t->sampled += !v->exhaustive;
    }
}

/* ---- Targets. ---- */

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct tb_target_tally *)a)->target, ((const struct tb_target_tally *)b)->target);
}

/* Failing ones, those that ran, those that did not. */
static int rank(const struct tb_tally *t) {
    return t->failing ? 0 : t->exhaustive + t->sampled ? 1 : 2;
}

static int by_rank(const void *a, const void *b) {
    const struct tb_target_tally *x = a, *y = b;
    int order = rank(&x->tally) - rank(&y->tally);
    return order ? order : by_name(a, b);
}

static bool collect_targets(const struct tb_results *r, struct tb_summary *s) {
    s->targets = calloc(r->verdict_count + 1, sizeof *s->targets);
    if (!s->targets)
        return false;
    for (size_t i = 0; i < r->verdict_count; i++)
        s->targets[i].target = r->verdicts[i].target;
    qsort(s->targets, r->verdict_count, sizeof *s->targets, by_name);
    for (size_t i = 0; i < r->verdict_count; i++)
        if (!i || strcmp(s->targets[i].target, s->targets[s->target_count - 1].target))
            s->targets[s->target_count++].target = s->targets[i].target;
    for (size_t i = 0; i < r->verdict_count; i++) {
        struct tb_target_tally key = {.target = r->verdicts[i].target};
        struct tb_target_tally *found = bsearch(&key, s->targets, s->target_count, sizeof key, by_name);
        count(r, s, &found->tally, i);
    }
    qsort(s->targets, s->target_count, sizeof *s->targets, by_rank);
    return true;
}

/* ---- Changes. ---- */

static int by_identity(const void *a, const void *b) {
    const struct tb_verdict *x = *(const struct tb_verdict *const *)a,
                            *y = *(const struct tb_verdict *const *)b;
    int order = strcmp(x->case_id, y->case_id);
    return order ? order : strcmp(x->target, y->target);
}

static int against_identity(const void *key, const void *element) {
    const struct tb_change *change = key;
    const struct tb_verdict *v = *(const struct tb_verdict *const *)element;
    int order = strcmp(change->case_id, v->case_id);
    return order ? order : strcmp(change->target, v->target);
}

/* Each change and its verdict find each other; of two changes of one verdict the first counts. */
static bool collect_changes(const struct tb_results *r, struct tb_summary *s) {
    s->changes = calloc(r->verdict_count + 1, sizeof *s->changes);
    s->changed = calloc(r->change_count + 1, sizeof *s->changed);
    if (!s->changes || !s->changed || !r->change_count)
        return s->changes && s->changed;
    const struct tb_verdict **sorted = calloc(r->verdict_count + 1, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < r->verdict_count; i++)
        sorted[i] = &r->verdicts[i];
    qsort(sorted, r->verdict_count, sizeof *sorted, by_identity);
    for (size_t i = 0; i < r->change_count; i++) {
        const struct tb_change *change = &r->changes[i];
        const struct tb_verdict *const *found =
            bsearch(change, sorted, r->verdict_count, sizeof *sorted, against_identity);
        s->changed[i] = found ? (size_t)(*found - r->verdicts) : SIZE_MAX;
        if (found && !s->changes[s->changed[i]])
            s->changes[s->changed[i]] = change;
    }
    free(sorted);
    return true;
}

/* ---- Causes. ---- */

static enum tb_cause_kind cause_of(const struct tb_verdict *v, const char **name) {
    const struct tb_class_count *worst = tb_verdict_worst_class(v);
    const char *explained = tb_verdict_explained(v);
    const char *class = worst ? tb_divergence_names[worst->class] : "no class";
    switch (tb_verdict_state(v)) {
    case TB_STATE_CRASHED:
        *name = *v->reason ? v->reason : "how is not recorded";
        return TB_CAUSE_CRASHED;
    case TB_STATE_CLAIMED:
        *name = *v->claim ? v->claim : explained ? explained : class;
        return TB_CAUSE_CLAIMED;
    case TB_STATE_NAN_BITS:
        *name = explained ? explained : "nan-bits";
        return TB_CAUSE_NAN_BITS;
    default:
        if (tb_verdict_breaks_contract(v)) {
            *name = *v->reason ? v->reason : "how is not recorded";
            return TB_CAUSE_CONTRACT;
        }
        if (tb_verdict_is_drawn(v)) {
            *name = v->reason;
            return TB_CAUSE_DIVERGES;
        }
        *name = explained ? explained : class;
        return explained ? TB_CAUSE_DIVERGES : TB_CAUSE_UNEXPLAINED;
    }
}

static bool add_to_causes(const struct tb_results *r, struct tb_summary *s, size_t verdict) {
    const struct tb_verdict *v = &r->verdicts[verdict];
    const char *name;
    enum tb_cause_kind kind = cause_of(v, &name);
    struct tb_cause *cause = s->causes;
    while (cause < s->causes + s->cause_count && (cause->kind != kind || strcmp(cause->name, name)))
        cause++;
    if (cause == s->causes + s->cause_count) {
        *cause = (struct tb_cause){.kind = kind, .name = name, .worst = verdict, .inputs = v->diverging};
        s->cause_count++;
    }
    size_t *grown = realloc(cause->verdicts, (cause->cells + 1) * sizeof *grown);
    if (!grown)
        return false;
    cause->verdicts = grown;
    grown[cause->cells++] = verdict;
    if (v->diverging > cause->inputs) {
        cause->worst = verdict;
        cause->inputs = v->diverging;
    }
    return true;
}

static int by_kind(const void *a, const void *b) {
    const struct tb_cause *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->cells != y->cells)
        return x->cells > y->cells ? -1 : 1;
    if (x->inputs != y->inputs)
        return x->inputs > y->inputs ? -1 : 1;
    return strcmp(x->name, y->name);
}

bool tb_summary_make(const struct tb_results *r, struct tb_summary *s) {
    *s = (struct tb_summary){0};
    s->causes = calloc(r->verdict_count + 1, sizeof *s->causes);
    s->cases = calloc(r->verdict_count + 1, sizeof *s->cases);
    bool good = s->causes && s->cases && collect_changes(r, s) && collect_targets(r, s);
    for (size_t i = 0; good && i < r->verdict_count; i++) {
        const struct tb_verdict *v = &r->verdicts[i];
        count(r, s, &s->tally, i);
        if (i && !strcmp(v->case_id, v[-1].case_id)) /* sorted by case: parsed once */
            s->cases[i] = s->cases[i - 1];
        else if (!tb_case_parse(v->case_id, &s->cases[i], NULL))
            s->cases[i] = (struct tb_case){0};
        if (tb_verdict_speaks(v))
            good = add_to_causes(r, s, i);
    }
    if (good)
        qsort(s->causes, s->cause_count, sizeof *s->causes, by_kind);
    else
        tb_summary_free(s);
    return good;
}

void tb_summary_free(struct tb_summary *s) {
    for (size_t i = 0; i < s->cause_count; i++)
        free(s->causes[i].verdicts);
    free(s->causes);
    free(s->targets);
    free(s->cases);
    free(s->changes);
    free(s->changed);
    *s = (struct tb_summary){0};
}
