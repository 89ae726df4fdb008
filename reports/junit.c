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
                        const struct tb_verdict *v, bool classes) {
    char sentence[1024];
    tb_verdict_sentence(v, sentence, sizeof sentence);
    fprintf(out, "<%s message=\"", name);
    tb_put_xml(out, sentence);
    if (type)
        fprintf(out, "\" type=\"%s", type);
    fputs("\">", out);
    if (classes)
        put_classes(out, r, v);
    fprintf(out, "</%s>", name);
}

static void put_testcase(FILE *out, const struct tb_results *r, const struct tb_verdict *v) {
    fputs("<testcase classname=\"", out);
    tb_put_xml(out, v->target);
    fputs("\" name=\"", out);
    tb_put_xml(out, v->case_id);
    fputs("\">", out);
    if (v->status == TB_SKIPPED)
        put_element(out, r, "skipped", NULL, v, false);
    else if (v->status == TB_CRASHED)
        put_element(out, r, "error", "crashed", v, false);
    else if (v->status == TB_DIVERGES)
        put_element(out, r, "failure", tb_verdict_state(v) == TB_STATE_NAN_BITS ? "nan-bits" : "diverges", v,
                    true);
    else if (v->diverging) {
        char sentence[1024];
        tb_verdict_sentence(v, sentence, sizeof sentence);
        fputs("<system-out>", out);
        tb_put_xml(out, sentence);
        fputs("</system-out>", out);
    }
    fputs("</testcase>\n", out);
}

static bool put_suite(FILE *out, const struct tb_results *r, const struct tb_summary *s) {
    size_t crashed = s->tally.states[TB_STATE_CRASHED], skipped = s->tally.states[TB_STATE_SKIPPED];
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"tiebreak", out);
    if (*r->suite)
        putc(' ', out);
    tb_put_xml(out, r->suite);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n<properties>\n",
            r->verdict_count, s->tally.failing - crashed, crashed, skipped);
    for (size_t i = 0; i < r->fact_count; i++) {
        fputs("<property name=\"", out);
        tb_put_xml(out, r->facts[i].name);
        fputs("\" value=\"", out);
        tb_put_xml(out, r->facts[i].value);
        fputs("\"/>\n", out);
    }
    fputs("</properties>\n", out);
    for (size_t i = 0; i < r->verdict_count; i++)
        put_testcase(out, r, &r->verdicts[i]);
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
