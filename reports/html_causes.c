/* What a reader acts on: a row a cause, grouped by what it means for them. */
#include "reports/html.h"

#include <string.h>

#define LINKS 4

static void put_meaning(const struct tb_page *p, const struct tb_cause *cause) {
    const struct tb_verdict *v = &p->r->verdicts[cause->worst];
    char meaning[1024];
    switch (cause->kind) {
    case TB_CAUSE_CRASHED:
    case TB_CAUSE_CONTRACT:
        fputs("<b>", p->out);
        tb_put_xml(p->out, cause->name);
        fputs("</b>", p->out);
        return;
    case TB_CAUSE_UNEXPLAINED:
        fputs("class <code>", p->out);
        tb_put_xml(p->out, cause->name);
        fputs("</code>", p->out);
        tb_verdict_sentence(v, meaning, sizeof meaning);
        break;
    default:
        fputs("<code>", p->out);
        tb_put_xml(p->out, cause->name);
        fputs("</code>", p->out);
        tb_variant_meaning(cause->name, meaning, sizeof meaning);
    }
    if (*meaning) {
        fputs("<small>", p->out);
        tb_put_xml(p->out, meaning);
        fputs("</small>", p->out);
    }
}

/* What differs among the cells of a cause is what the links name: targets of one case, cases of one target,
 * or both. */
enum naming { NAME_CASES = 1, NAME_TARGETS = 2, NAME_BOTH = 3 };

static enum naming naming_of(const struct tb_page *p, const struct tb_cause *cause) {
    const struct tb_verdict *first = &p->r->verdicts[cause->verdicts[0]];
    bool one_case = true, one_target = true;
    for (size_t i = 1; i < cause->cells; i++) {
        const struct tb_verdict *v = &p->r->verdicts[cause->verdicts[i]];
        one_case &= !strcmp(v->case_id, first->case_id);
        one_target &= !strcmp(v->target, first->target);
    }
    return one_target ? NAME_CASES : one_case ? NAME_TARGETS : NAME_BOTH;
}

/* A conversion goes without its first word. */
static const char *short_case(const struct tb_verdict *v) {
    const char *most = "convert/";
    return strncmp(v->case_id, most, strlen(most)) ? v->case_id : v->case_id + strlen(most);
}

static void put_link(const struct tb_page *p, size_t verdict, enum naming naming) {
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    if (p->has_section[verdict]) {
        fputs("<a href=\"#", p->out);
        tb_html_anchor(p->out, v);
        fputs("\">", p->out);
    }
    if (naming & NAME_CASES)
        tb_put_xml(p->out, short_case(v));
    fputs(naming == NAME_BOTH ? " on " : "", p->out);
    if (naming & NAME_TARGETS)
        tb_put_xml(p->out, v->target);
    fputs(p->has_section[verdict] ? "</a>" : "", p->out);
}

static void put_where(const struct tb_page *p, const struct tb_cause *cause) {
    const struct tb_verdict *first = &p->r->verdicts[cause->verdicts[0]];
    enum naming naming = naming_of(p, cause);
    size_t shown = 1;
    if (naming != NAME_BOTH)
        tb_put_xml(p->out, naming == NAME_CASES ? first->target : short_case(first));
    fputs("<small>", p->out);
    put_link(p, cause->worst, naming);
    for (size_t i = 0; i < cause->cells && shown < LINKS; i++) {
        if (cause->verdicts[i] == cause->worst)
            continue;
        fputs(", ", p->out);
        put_link(p, cause->verdicts[i], naming);
        shown++;
    }
    tb_put_others(p->out, cause->cells - shown);
    fputs("</small>", p->out);
}

/* In ids, where they tell causes of one name apart. */
static const char *const kind_words[TB_CAUSE_KINDS] = {
    [TB_CAUSE_DIVERGES] = "wrong",  [TB_CAUSE_UNEXPLAINED] = "unexplained", [TB_CAUSE_CONTRACT] = "contract",
    [TB_CAUSE_CRASHED] = "crashed", [TB_CAUSE_NAN_BITS] = "nan-bits",       [TB_CAUSE_CLAIMED] = "claimed",
};

static void put_row(const struct tb_page *p, const struct tb_cause *cause) {
    const struct tb_verdict *v = &p->r->verdicts[cause->worst];
    const struct tb_class_count *c = tb_verdict_worst_class(v);
    struct tb_digits digits = tb_case_digits(v->case_id);
    char number[TB_NUMBER], words[TB_INPUT_WORDS];
    fprintf(p->out, "<tr id=\"cause/%s/", kind_words[cause->kind]);
    tb_put_anchor(p->out, cause->name);
    fputs("\"><th scope=\"row\">", p->out);
    put_meaning(p, cause);
    fprintf(p->out, " <a class=\"self\" href=\"#cause/%s/", kind_words[cause->kind]);
    tb_put_anchor(p->out, cause->name);
    fputs("\" aria-label=\"link to this cause\">#</a></th><td>", p->out);
    put_where(p, cause);
    fprintf(p->out, "</td><td class=\"num\">%zu</td><td class=\"num\">%s</td>", cause->cells,
            v->diverging ? tb_grouped(v->diverging, number) : "");
    if (c && c->example_count) {
        fputs("<td>", p->out);
        fprintf(p->out, "<code>%s</code>", tb_input_words(v->case_id, c->examples[0].input, words));
        fputs("</td><td>", p->out);
        tb_html_code(p->out, v->case_id, c->examples[0].expected, digits.destination);
        fputs("</td><td>", p->out);
        tb_html_code(p->out, v->case_id, c->examples[0].got, digits.destination);
        fputs("</td></tr>\n", p->out);
    } else {
        fputs("<td></td><td></td><td></td></tr>\n", p->out);
    }
}

static void put_group(const struct tb_page *p, enum tb_cause_kind kind, size_t most) {
    static const enum tb_state looks[TB_CAUSE_KINDS] = {
        [TB_CAUSE_DIVERGES] = TB_STATE_DIVERGES, [TB_CAUSE_UNEXPLAINED] = TB_STATE_DIVERGES,
        [TB_CAUSE_CONTRACT] = TB_STATE_DIVERGES, [TB_CAUSE_CRASHED] = TB_STATE_CRASHED,
        [TB_CAUSE_NAN_BITS] = TB_STATE_NAN_BITS, [TB_CAUSE_CLAIMED] = TB_STATE_CLAIMED,
    };
    bool open = false;
    for (size_t i = 0; i < p->s->cause_count && i < most; i++) {
        if (p->s->causes[i].kind != kind)
            continue;
        if (!open)
            fprintf(p->out,
                    "<tbody><tr><th scope=\"rowgroup\" colspan=\"7\" class=\"group %s\">%s %s</th></tr>\n",
                    tb_state_classes[looks[kind]], tb_state_looks[looks[kind]].symbol, tb_cause_titles[kind]);
        open = true;
        put_row(p, &p->s->causes[i]);
    }
    fputs(open ? "</tbody>\n" : "", p->out);
}

void tb_html_causes(const struct tb_page *p) {
    size_t most = p->thrift->causes;
    tb_html_heading(p->out, 2, "causes", "What explains the differences");
    if (!p->s->cause_count) {
        fputs(p->s->tally.exhaustive + p->s->tally.sampled ? "<p>Nothing differs from the exact answer.</p>\n"
                                                           : "<p>Nothing was run.</p>\n",
              p->out);
        return;
    }
    fputs("<div class=\"scroll\"><table class=\"c causes\"><caption>One row for each cause. <em "
          "class=\"plain\">Checks</em> counts the "
          "cells of the matrix that it explains; <em class=\"plain\">inputs</em> are those of the largest of "
          "them, whose first "
          "example stands beside.</caption><thead><tr><th scope=\"col\">cause</th><th "
          "scope=\"col\">where</th><th scope=\"col\" "
          "class=\"num\">checks</th><th scope=\"col\" class=\"num\">inputs</th><th scope=\"col\">first "
          "input</th><th "
          "scope=\"col\">expected</th><th scope=\"col\">got</th></tr></thead>\n",
          p->out);
    for (int kind = 0; kind < TB_CAUSE_KINDS; kind++)
        put_group(p, (enum tb_cause_kind)kind, most);
    fputs("</table></div>\n", p->out);
    if (most < p->s->cause_count)
        fprintf(p->out, "<p class=\"how\">And %zu other causes; all in results.json.</p>\n",
                p->s->cause_count - most);
}
