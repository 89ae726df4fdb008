/* Markdown for a job summary or a check: below 60 kB, since a GitHub check holds 65,535 characters. What does
 * not fit is counted, "and n others". */
#include "reports/affine_words.h"
#include "reports/summary.h"
#include "reports/text.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MOST         60000
#define BYTES_FOR_CHANGES  20000
#define BYTES_FOR_CAUSES   36000 /* the rest is for the list of verdicts, the facts and the end */
#define BYTES_FOR_VERDICTS 52000

static void put_cause_row(FILE *out, const struct tb_results *r, const struct tb_cause *cause) {
    const struct tb_verdict *v = &r->verdicts[cause->worst];
    const struct tb_class_count *c = tb_verdict_worst_class(v);
    struct tb_digits digits = tb_case_digits(v->case_id);
    char number[TB_NUMBER], input[TB_INPUT_WORDS], expected[TB_NUMBER], got[TB_NUMBER];
    static const char *const marks[TB_CAUSE_KINDS] = {
        [TB_CAUSE_DIVERGES] = "▲ wrong",    [TB_CAUSE_UNEXPLAINED] = "▲ wrong, unexplained",
        [TB_CAUSE_CRASHED] = "✕ crashed",   [TB_CAUSE_CONTRACT] = "▲ breaks the contract",
        [TB_CAUSE_NAN_BITS] = "△ NaN bits", [TB_CAUSE_CLAIMED] = "◆ as claimed",
    };
    fprintf(out, "| %s | ", marks[cause->kind]);
    tb_put_markdown(out, cause->name);
    fprintf(out, " | %zu | ", cause->cells);
    tb_put_markdown(out, v->case_id);
    fputs(" on ", out);
    tb_put_markdown(out, v->target);
    fprintf(out, " | %s | ", v->diverging ? tb_grouped(v->diverging, number) : "");
    if (c && c->example_count)
        fprintf(out, "%s: expected %s, got %s", tb_input_words(v->case_id, c->examples[0].input, input),
                tb_code_text(v->case_id, c->examples[0].expected, digits.destination, expected),
                tb_code_text(v->case_id, c->examples[0].got, digits.destination, got));
    fputs(" |\n", out);
}

static void put_causes(FILE *out, const struct tb_results *r, const struct tb_summary *s) {
    if (!s->cause_count)
        return;
    fputs("\n| | cause | checks | the largest | inputs | first example |\n|---|---|--:|---|--:|---|\n", out);
    size_t i = 0;
    for (; i < s->cause_count && ftell(out) < BYTES_FOR_CAUSES; i++)
        put_cause_row(out, r, &s->causes[i]);
    if (i < s->cause_count)
        fprintf(out, "\nAnd %zu other causes; all in report.html.\n", s->cause_count - i);
}

static void put_changes(FILE *out, const struct tb_results *r) {
    if (!r->change_count)
        return;
    fputs("\n| change | check | now, and before |\n|---|---|---|\n", out);
    size_t i = 0;
    for (; i < r->change_count && ftell(out) < BYTES_FOR_CHANGES; i++) {
        const struct tb_change *c = &r->changes[i];
        fprintf(out, "| %s | ", tb_change_names[c->kind]);
        tb_put_markdown(out, c->case_id);
        fputs(" on ", out);
        tb_put_markdown(out, c->target);
        fputs(" | ", out);
        tb_put_markdown(out, c->text);
        fputs(*c->note ? "; note: " : "", out);
        tb_put_markdown(out, c->note);
        fputs(" |\n", out);
    }
    if (i < r->change_count)
        fprintf(out, "\nAnd %zu other changes; all in report.html.\n", r->change_count - i);
}

static void put_verdicts(FILE *out, const struct tb_results *r, const struct tb_summary *s) {
    char sentence[1024];
    size_t left = s->tally.failing;
    if (!left)
        return;
    fputs("\n**What fails**\n\n", out);
    for (size_t i = 0; i < r->verdict_count && ftell(out) < BYTES_FOR_VERDICTS; i++) {
        const struct tb_verdict *v = &r->verdicts[i];
        if (!tb_verdict_fails(v))
            continue;
        tb_verdict_sentence(v, sentence, sizeof sentence);
        fputs("- **", out);
        tb_put_markdown(out, v->case_id);
        fputs("** on ", out);
        tb_put_markdown(out, v->target);
        fputs(": ", out);
        tb_put_markdown(out, sentence);
        fputs("\n", out);
        left--;
    }
    if (left)
        fprintf(out, "\nAnd %zu others; all in report.html and results.json.\n", left);
}

static void put_facts(FILE *out, const struct tb_results *r) {
    fputs("\n<details><summary>Where and how this was measured</summary>\n\n| | |\n|---|---|\n", out);
    for (size_t i = 0; i < r->fact_count && ftell(out) < BYTES_MOST - 3000; i++) {
        char value[1024];
        tb_text_clean(r->facts[i].value, value, 300);
        fputs("| ", out);
        tb_put_markdown(out, r->facts[i].name);
        fputs(" | ", out);
        tb_put_markdown(out, value);
        fputs(" |\n", out);
    }
    fputs("\n</details>\n", out);
}

static void put_page(FILE *out, const struct tb_results *r, const struct tb_summary *s) {
    char text[1024];
    fputs("## Tiebreak\n\n**", out);
    tb_summary_changes(r, s, text, sizeof text);
    tb_put_markdown(out, text);
    fputs(*text ? "**\n\n" : "", out);
    tb_summary_sentence(s, text, sizeof text);
    tb_put_markdown(out, text);
    fputs(*r->baseline ? "\n\n" : "**\n\n", out);
    tb_summary_counts(s, text, sizeof text);
    tb_put_markdown(out, text);
    if (tb_results_expected(r)) {
        fputs(" Expected are the answers of ", out);
        tb_put_markdown(out, tb_results_expected(r));
        fputs(": where this page says exact, it means these.", out);
    }
    if (*r->baseline) {
        fputs(" Compared with the baseline ", out);
        tb_put_markdown(out, r->baseline);
        fputs(".", out);
    }
    fputs("\n", out);
    put_changes(out, r);
    put_causes(out, r, s);
    put_verdicts(out, r, s);
    put_facts(out, r);
}

/* Made in memory first: its length decides where it is cut, and a stream such as a pipe does not tell. */
bool tb_report_markdown(FILE *out, const struct tb_results *r) {
    struct tb_summary s;
    char *text = NULL;
    size_t size = 0;
    if (!tb_summary_make(r, &s))
        return false;
    FILE *memory = open_memstream(&text, &size);
    if (memory) {
        put_page(memory, r, &s);
        if (fclose(memory))
            size = 0;
    }
    tb_summary_free(&s);
    bool good = memory && size && fwrite(text, 1, size, out) == size;
    free(text);
    return good;
}
