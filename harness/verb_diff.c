/* tiebreak diff: where two targets, recordings or results part. */
#include "harness/diff.h"
#include "harness/print.h"
#include "reports/affine_words.h"
#include "reports/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- Targets and recordings. ---- */

struct printing {
    const struct tb_side *a, *b;
    bool bits;        /* NaN codes count */
    const char *like; /* --like; NULL: what does not diverge is exact */
    json_t *list;     /* NULL: text */
    size_t same, differing, failed;
};

static uint64_t differing(const struct printing *k, const struct tb_parting *p) {
    return k->bits ? p->tally.diverging : p->tally.value_diverging;
}

/* "exact", "daz", "daz, which leaves 12", "exact, but for NaN codes", "no known arithmetic" */
static void say_cause(const struct printing *k, const struct tb_trial *t, char *text, size_t size) {
    const struct tb_verdict *v = &t->verdict;
    char left[48];
    const char *expected = k->like ? k->like : "exact";
    if (!v->diverging) {
        snprintf(text, size, "%s", expected);
    } else if (!v->explanation_count && !v->value_diverging) {
        snprintf(text, size, "%s, but for NaN codes", expected);
    } else if (!v->explanation_count) {
        snprintf(text, size, "no known arithmetic");
    } else {
        tb_print_count(v->explained_by[0].unexplained, left, sizeof left);
        snprintf(text, size, v->explained_by[0].unexplained ? "%s, which leaves %s %s" : "%s",
                 v->explained_by[0].variant, left, t->planned->problem ? "outputs" : "inputs");
    }
}

/* "input 0x3f80", "element 70: record 4, d[0][6]" */
static void say_place(const struct tb_trial *t, uint64_t input, char *text, size_t size) {
    char name[96], words[TB_INPUT_WORDS];
    if (!t->planned->problem) {
        snprintf(text, size, "input %s", tb_input_words(t->planned->id, input, words));
        return;
    }
    tb_problem_element_name(&t->planned->problem->p, input, name, sizeof name);
    snprintf(text, size, "element %" PRIu64 ", %s", input, name);
}

static void print_classes(const struct tb_parting *p) {
    char count[48], place[TB_INPUT_WORDS + 16], a[TB_CODE], b[TB_CODE];
    const char *id = p->a->planned->id;
    int digits = tb_case_digits(id).destination;
    for (int i = 0; i < TB_DIVERGENCES; i++) {
        const struct tb_class_count *class = &p->tally.classes[i];
        if (!class->inputs)
            continue;
        const struct tb_example *e = &class->examples[0];
        tb_print_count(class->inputs, count, sizeof count);
        say_place(p->a, e->input, place, sizeof place);
        printf("  %-10s %14s   %s: A %s, B %s\n", tb_divergence_names[i], count, place,
               tb_code_text(id, e->expected, digits, a), tb_code_text(id, e->got, digits, b));
    }
}

static void print_text(const struct printing *k, const struct tb_parting *p) {
    char count[48], inputs[48], cause_a[128], cause_b[128];
    const char *id = p->a->planned->id;
    if (!p->compared) {
        printf("%-44s not compared: %s\n", id, p->why);
        return;
    }
    tb_print_count(p->a->record.inputs, inputs, sizeof inputs);
    tb_print_count(p->tally.diverging, count, sizeof count);
    const char *what = p->a->planned->problem    ? "outputs"
                       : p->a->record.exhaustive ? "inputs"
                                                 : "sampled inputs";
    if (!p->tally.diverging) {
        printf("%-44s the same on %s %s\n", id, inputs, what);
        return;
    }
    say_cause(k, p->a, cause_a, sizeof cause_a);
    say_cause(k, p->b, cause_b, sizeof cause_b);
    printf("%-44s %s of %s %s differ%s\n", id, count, inputs, what,
           differing(k, p) ? "" : ", in NaN codes only: the same at --nan class");
    printf("  A computes %s\n  B computes %s\n", cause_a, cause_b);
    print_classes(p);
}

static json_t *hex(uint64_t pattern) {
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, pattern);
    return json_string(text);
}

static json_t *classes_json(const struct tb_parting *p) {
    json_t *list = json_array();
    char place[128];
    for (int i = 0; i < TB_DIVERGENCES; i++) {
        const struct tb_class_count *class = &p->tally.classes[i];
        if (!class->inputs)
            continue;
        json_t *one =
            json_pack("{s:s, s:I}", "class", tb_divergence_names[i], "inputs", (json_int_t) class->inputs);
        json_object_set_new(one, "input", hex(class->examples[0].input));
        if (p->a->planned->problem) {
            say_place(p->a, class->examples[0].input, place, sizeof place);
            json_object_set_new(one, "element", json_string(place));
        }
        json_object_set_new(one, "a", hex(class->examples[0].expected));
        json_object_set_new(one, "b", hex(class->examples[0].got));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *parting_json(const struct printing *k, const struct tb_parting *p) {
    char cause_a[128], cause_b[128];
    json_t *json = json_pack("{s:s}", "case", p->a->planned->id);
    if (!p->compared) {
        json_object_set_new(json, "not_compared", json_string(p->why));
        return json;
    }
    say_cause(k, p->a, cause_a, sizeof cause_a);
    say_cause(k, p->b, cause_b, sizeof cause_b);
    json_object_set_new(json, "coverage", json_string(p->a->record.exhaustive ? "exhaustive" : "sampled"));
    json_object_set_new(json, "inputs", json_integer((json_int_t)p->a->record.inputs));
    json_object_set_new(json, "differing", json_integer((json_int_t)p->tally.diverging));
    json_object_set_new(json, "value_differing", json_integer((json_int_t)p->tally.value_diverging));
    json_object_set_new(json, "a_computes", json_string(cause_a));
    json_object_set_new(json, "b_computes", json_string(cause_b));
    json_object_set_new(json, "classes", classes_json(p));
    return json;
}

static void print_parting(const struct tb_parting *p, void *context) {
    struct printing *k = context;
    if (!k->list && k->same + k->differing + k->failed == 0)
        printf("A          %s\nB          %s\n\n", k->a->name, k->b->name);
    k->failed += !p->compared;
    k->differing += p->compared && differing(k, p) != 0;
    k->same += p->compared && differing(k, p) == 0;
    if (k->list)
        json_array_append_new(k->list, parting_json(k, p));
    else
        print_text(k, p);
}

static void print_json(json_t *list) {
    json_dumpf(list, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    puts("");
    json_decref(list);
}

static int diff_sides(const struct tb_options *o) {
    static struct tb_side a, b;
    struct tb_error error;
    struct printing k = {.a = &a,
                         .b = &b,
                         .bits = o->nan_level != TB_NAN_CLASS,
                         .like = o->like,
                         .list = o->json ? json_array() : NULL};
    bool ok = tb_diff_side(o->words.word[0], o, &a, &error) && tb_diff_side(o->words.word[1], o, &b, &error);
    ok = ok && tb_diff_sides(&a, &b, o, print_parting, &k, &error);
    if (ok && !k.list) {
        size_t cases = k.same + k.differing + k.failed;
        printf("\n%zu case%s that both know: %zu the same, %zu differ", cases, tb_plural(cases), k.same,
               k.differing);
        if (k.failed)
            printf(", %zu not compared", k.failed);
        puts("");
    }
    if (ok && k.list)
        print_json(k.list);
    tb_subjects_free(&a.subjects);
    tb_subjects_free(&b.subjects);
    return !ok ? tb_complain(&error) : k.failed ? TB_EXIT_TARGET : k.differing ? TB_EXIT_DIVERGES : TB_OK;
}

/* ---- Results. ---- */

static bool is_results(const char *word) {
    size_t length = strlen(word);
    return length > 5 && strcmp(word + length - 5, ".json") == 0;
}

static void print_events(const struct tb_gate_report *r, bool json) {
    if (json) {
        tb_gate_print_json(stdout, r);
        return;
    }
    tb_gate_print_events(stdout, r);
    printf("%zu verdict%s of B against those of A: %zu difference%s", r->verdicts, tb_plural(r->verdicts),
           r->count, r->count == 1 ? "" : "s");
    if (r->unlisted)
        printf(", %zu are not in A and do not diverge", r->unlisted);
    puts("");
}

/* Whether the two were judged by the same rules. */
static bool judged_alike(const struct tb_results *a, const struct tb_results *b, struct tb_error *error) {
    const char *of_a = tb_results_expected(a), *of_b = tb_results_expected(b);
    if (strcmp(a->nan_level, b->nan_level) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "A compared NaN outputs at --nan %s, B at --nan %s: run both alike", a->nan_level,
                       b->nan_level);
    of_a = of_a ? of_a : "exact";
    of_b = of_b ? of_b : "exact";
    return strcmp(of_a, of_b) == 0 ||
           tb_fail(error, TB_EXIT_USAGE,
                   "A expected the answers of %.60s, B those of %.60s: run both with the same --like", of_a,
                   of_b);
}

/* Verdict by verdict: A as what was accepted, B as what is. */
static int diff_results(const struct tb_options *o) {
    struct tb_results a = {0}, b = {0};
    struct tb_baseline before;
    struct tb_gate_report report;
    struct tb_error error;
    bool ok = tb_results_read(o->words.word[0], &a, &error) && tb_results_read(o->words.word[1], &b, &error);
    ok = ok && judged_alike(&a, &b, &error);
    size_t count = 0;
    if (ok) {
        tb_baseline_from(&a, NULL, &before);
        tb_gate_compare(&b, &before, NULL, "", &report);
        print_events(&report, o->json);
        count = report.count;
        tb_gate_free(&report);
        tb_baseline_free(&before);
    }
    tb_results_free(&a);
    tb_results_free(&b);
    return !ok ? tb_complain(&error) : count ? TB_EXIT_DIVERGES : TB_OK;
}

int tb_verb_diff(const struct tb_options *o) {
    struct tb_error error;
    if (o->words.count < 2) {
        tb_fail(&error, TB_EXIT_USAGE,
                "diff takes two of: targets, recordings, results.json: tiebreak diff portable/c "
                "tape.safetensors");
        return tb_complain(&error);
    }
    bool a = is_results(o->words.word[0]), b = is_results(o->words.word[1]);
    if (a && b && o->like) {
        tb_fail(&error, TB_EXIT_USAGE,
                "two results are compared as they were judged, not with --like: give it to `tiebreak run`");
        return tb_complain(&error);
    }
    if (a != b || (a && o->words.count > 2)) {
        tb_fail(&error, TB_EXIT_USAGE,
                a != b ? "results can be compared with results only: give two results.json"
                       : "two results are compared whole: leave the case globs out");
        return tb_complain(&error);
    }
    return a ? diff_results(o) : diff_sides(o);
}
