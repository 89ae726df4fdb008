/* JUnit: one testcase a verdict, so that a CI shows which case of which target failed; never one an input. */
#include "reports/affine_words.h"
#include "reports/command.h"
#include "reports/summary.h"
#include "reports/text.h"

#include <stdlib.h>

/* The classes, one a line, each with its first example. */
static void put_classes(FILE *out, const struct tb_results *r, const struct tb_verdict *v) {
    struct tb_digits digits = tb_case_digits(v->case_id);
    char number[TB_NUMBER], input[TB_INPUT_WORDS], expected[TB_NUMBER], got[TB_NUMBER];
    for (size_t i = 0; i < v->class_count; i++) {
        const struct tb_class_count *c = &v->classes[i];
        fprintf(out, "\n%s: %s input%s (%s)", tb_divergence_names[c->class], tb_grouped(c->inputs, number),
                tb_plural(c->inputs), tb_divergence_summaries[c->class]);
        if (c->example_count)
            fprintf(out, ", first %s: expected %s, got %s",
                    tb_input_words(v->case_id, c->examples[0].input, input),
                    tb_code_text(v->case_id, c->examples[0].expected, digits.destination, expected),
                    tb_code_text(v->case_id, c->examples[0].got, digits.destination, got));
    }
    const struct tb_class_count *worst = tb_verdict_worst_class(v);
    if (worst && worst->example_count) {
        char command[TB_COMMAND];
        tb_command_explain(r, v, worst->examples[0].input, command);
        fputs("\ntry: ", out);
        tb_put_xml(out, command);
    }
    if (v->status == TB_DIVERGES && *v->reason) {
        fputs("\n", out);
        tb_put_xml(out, v->reason);
    }
}

static void put_element(FILE *out, const struct tb_results *r, const char *name, const char *type,
                        const struct tb_verdict *v, const char *before) {
    char sentence[1024];
    tb_verdict_sentence(v, sentence, sizeof sentence);
    fprintf(out, "<%s message=\"%s", name, before);
    tb_put_xml(out, sentence);
    if (type)
        fprintf(out, "\" type=\"%s", type);
    fputs("\">", out);
    if (v->status == TB_DIVERGES && type)
        put_classes(out, r, v);
    fprintf(out, "</%s>", name);
}

/* What a CI must count: against a baseline its changes, and nothing that it accepts. */
enum outcome { PASSED, SKIPPED, FAILED, ERROR };

static enum outcome outcome_of(const struct tb_results *r, const struct tb_summary *s, size_t verdict) {
    const struct tb_verdict *v = &r->verdicts[verdict];
    if (tb_verdict_accepted(r, s, verdict))
        return SKIPPED;
    if (v->status == TB_CRASHED)
        return ERROR;
    if (tb_verdict_fails(v) || s->changes[verdict])
        return FAILED;
    return v->status == TB_SKIPPED ? SKIPPED : PASSED;
}

static void open_testcase(FILE *out, const char *target, const char *case_id) {
    fputs("<testcase classname=\"", out);
    tb_put_xml(out, target);
    fputs("\" name=\"", out);
    tb_put_xml(out, case_id);
    fputs("\">", out);
}

static void put_change(FILE *out, const struct tb_change *c) {
    fprintf(out, "<failure message=\"against the baseline: %s: ", tb_change_names[c->kind]);
    tb_put_xml(out, c->text);
    fprintf(out, "\" type=\"%s\"/>", tb_change_names[c->kind]);
}

static void put_passed(FILE *out, const struct tb_verdict *v) {
    char sentence[1024];
    if (!v->diverging)
        return;
    tb_verdict_sentence(v, sentence, sizeof sentence);
    fputs("<system-out>", out);
    tb_put_xml(out, sentence);
    fputs("</system-out>", out);
}

static void put_testcase(FILE *out, const struct tb_results *r, const struct tb_summary *s, size_t verdict) {
    const struct tb_verdict *v = &r->verdicts[verdict];
    const char *accepted = tb_verdict_fails(v) ? "accepted by the baseline: " : "";
    open_testcase(out, v->target, v->case_id);
    switch (outcome_of(r, s, verdict)) {
    case PASSED:
        put_passed(out, v);
        break;
    case SKIPPED:
        put_element(out, r, "skipped", NULL, v, accepted);
        break;
    case ERROR:
        put_element(out, r, "error", "crashed", v, "");
        break;
    case FAILED:
        if (tb_verdict_fails(v))
            put_element(out, r, "failure", tb_verdict_state(v) == TB_STATE_NAN_BITS ? "nan-bits" : "diverges",
                        v, "");
        else
            put_change(out, s->changes[verdict]);
    }
    fputs("</testcase>\n", out);
}

/* What is gone has no verdict, and would go unseen. */
static void put_gone(FILE *out, const struct tb_results *r, const struct tb_summary *s) {
    for (size_t i = 0; i < r->change_count; i++)
        if (s->changed[i] == SIZE_MAX) {
            open_testcase(out, r->changes[i].target, r->changes[i].case_id);
            put_change(out, &r->changes[i]);
            fputs("</testcase>\n", out);
        }
}

static bool put_suite(FILE *out, const struct tb_results *r, const struct tb_summary *s) {
    size_t outcomes[ERROR + 1] = {0}, gone = 0;
    for (size_t i = 0; i < r->verdict_count; i++)
        outcomes[outcome_of(r, s, i)]++;
    for (size_t i = 0; i < r->change_count; i++)
        gone += s->changed[i] == SIZE_MAX;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"tiebreak", out);
    if (*r->suite)
        putc(' ', out);
    tb_put_xml(out, r->suite);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n<properties>\n",
            r->verdict_count + gone, outcomes[FAILED] + gone, outcomes[ERROR], outcomes[SKIPPED]);
    for (size_t i = 0; i < r->fact_count; i++) {
        fputs("<property name=\"", out);
        tb_put_xml(out, r->facts[i].name);
        fputs("\" value=\"", out);
        tb_put_xml(out, r->facts[i].value);
        fputs("\"/>\n", out);
    }
    fputs("</properties>\n", out);
    for (size_t i = 0; i < r->verdict_count; i++)
        put_testcase(out, r, s, i);
    put_gone(out, r, s);
    fputs("</testsuite>\n</testsuites>\n", out);
    return !ferror(out);
}

bool tb_report_junit(FILE *out, const struct tb_results *r) {
    struct tb_summary s;
    if (!tb_summary_make(r, &s))
        return false;
    bool good = put_suite(out, r, &s);
    tb_summary_free(&s);
    return good;
}
