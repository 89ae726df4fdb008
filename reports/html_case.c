/* A section for each check with something to say: what differs, where, by how much, and which arithmetic
 * explains it. */
#include "reports/affine_words.h"
#include "reports/command.h"
#include "reports/html.h"
#include "vectors/problem.h"

#include <string.h>

static void put_class_row(const struct tb_page *p, const struct tb_verdict *v,
                          const struct tb_class_count *c) {
    char number[TB_NUMBER], percent[TB_NUMBER];
    bool measured = c->max_distance || c->max_ulp > 0;
    fputs("<tr id=\"", p->out);
    tb_html_anchor(p->out, v);
    fprintf(
        p->out,
        ":%s\"><td><code>%s</code><small>%s</small></td><td class=\"num\">%s</td><td class=\"num\">%s</td>",
        tb_divergence_names[c->class], tb_divergence_names[c->class], tb_divergence_summaries[c->class],
        tb_grouped(c->inputs, number), tb_percent(c->inputs, v->inputs, percent));
    if (measured)
        fprintf(p->out, "<td class=\"num\">%+lld</td><td class=\"num\">%.6g</td></tr>\n",
                (long long)c->max_distance, c->max_ulp);
    else
        fputs("<td class=\"num\">–</td><td class=\"num\">–</td></tr>\n", p->out);
}

static void put_classes(const struct tb_page *p, const struct tb_verdict *v) {
    if (!v->class_count)
        return;
    fputs("<div class=\"scroll\"><table class=\"c\"><caption>What differs, by class</caption><thead><tr><th "
          "scope=\"col\">class</th><th "
          "scope=\"col\" class=\"num\">inputs</th><th scope=\"col\" class=\"num\">of all</th><th "
          "scope=\"col\" class=\"num\">furthest, in "
          "codes</th><th scope=\"col\" class=\"num\">largest error, in ULP</th></tr></thead><tbody>\n",
          p->out);
    for (size_t i = 0; i < v->class_count; i++)
        put_class_row(p, v, &v->classes[i]);
    fputs("</tbody></table></div>\n", p->out);
}

/* ---- Explanations. ---- */

static void put_explanation(const struct tb_page *p, const struct tb_verdict *v,
                            const struct tb_explanation *e) {
    char number[TB_NUMBER], percent[TB_NUMBER];
    uint64_t explained = e->unexplained < v->diverging ? v->diverging - e->unexplained : 0;
    double width = v->diverging ? 150.0 * (double)explained / (double)v->diverging : e->unexplained ? 0 : 150;
    fputs("<tr><th scope=\"row\"><code>", p->out);
    tb_put_xml(p->out, e->variant);
    fprintf(p->out,
            "</code></th><td><svg class=\"track\" viewBox=\"0 0 150 9\" aria-hidden=\"true\"><rect "
            "class=\"cold\" width=\"150\" "
            "height=\"9\"/><rect class=\"%s\" width=\"%.1f\" height=\"9\"/></svg></td><td>",
            e->unexplained ? "part" : "full", explained && width < 1 ? 1 : width);
    if (!e->unexplained)
        fputs("explains all, nothing left over", p->out);
    else if (explained)
        fprintf(p->out, "%s; %s input%s left over", tb_percent(explained, v->diverging, percent),
                tb_grouped(e->unexplained, number), tb_plural(e->unexplained));
    else
        fprintf(p->out, "explains none: differs on %s inputs", tb_grouped(e->unexplained, number));
    fputs("</td></tr>\n", p->out);
}

static void put_explanations(const struct tb_page *p, const struct tb_verdict *v) {
    char meaning[512] = "";
    const char *explained = tb_verdict_explained(v);
    size_t shown = v->explanation_count < 8 ? v->explanation_count : 8;
    size_t full = tb_verdict_explanations(v);
    if (!v->explanation_count)
        return;
    fputs("<figure><h4>Which arithmetic explains it</h4><div class=\"scroll\"><table class=\"c "
          "why\"><caption class=\"vh\">arithmetics, and what each leaves over</caption><tbody>\n",
          p->out);
    for (size_t i = 0; i < shown; i++)
        put_explanation(p, v, &v->explained_by[i]);
    fputs("</tbody></table></div>\n", p->out);
    if (shown < v->explanation_count)
        fprintf(p->out, "<p class=\"how\">And %zu other%s, %zu of which explain all.</p>\n",
                v->explanation_count - shown, tb_plural(v->explanation_count - shown),
                full > shown ? full - shown : 0);
    fputs("<figcaption class=\"how\">Each named arithmetic was computed on the same inputs and compared with "
          "what the target gave. "
          "Left over are the inputs on which the two differ.",
          p->out);
    if (full > 1)
        fprintf(p->out,
                " %zu of them explain all: these inputs do not tell which of them the target computes.",
                full);
    tb_variant_meaning(explained ? explained : v->explained_by[0].variant, meaning, sizeof meaning);
    if (*meaning) {
        fputs(" <code>", p->out);
        tb_put_xml(p->out, explained ? explained : v->explained_by[0].variant);
        fputs("</code>: ", p->out);
        tb_put_xml(p->out, meaning);
        fputs(".", p->out);
    }
    fputs("</figcaption></figure>\n", p->out);
}

/* ---- Examples and stretches. ---- */

/* What a joint input is made of. */
static void put_operands(FILE *out, const char *case_id, uint64_t input) {
    struct tb_case c;
    char operands[TB_INPUT_TEXT];
    if (tb_problem_is(case_id) || !tb_case_parse(case_id, &c, NULL) || !tb_case_is_basic(&c) ||
        tb_case_input(&c) == c.source)
        return;
    tb_case_input_print(&c, input, operands);
    fprintf(out, " <small>(%s)</small>", operands);
}

/* Of a class that is drawn: one closely, or that one as the first of several rows. */
static size_t examples_of(const struct tb_page *p, const struct tb_class_count *c) {
    size_t rows = c->example_count < p->thrift->examples ? c->example_count : p->thrift->examples;
    return rows > 1 ? rows : c->example_count > 0;
}

/* The classes of which examples are shown, the worst first; returns how many. */
static size_t classes_shown(const struct tb_page *p, size_t verdict,
                            const struct tb_class_count *out[TB_DIVERGENCES]) {
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    const struct tb_class_count *worst = tb_verdict_worst_class(v);
    size_t most = p->is_drawn[verdict] ? p->thrift->cards : p->thrift->cards > 0, count = 0;
    if (worst && worst->example_count && count < most)
        out[count++] = worst;
    for (size_t i = 0; i < v->class_count && count < most && count < TB_DIVERGENCES; i++)
        if (&v->classes[i] != worst && v->classes[i].example_count)
            out[count++] = &v->classes[i];
    return count;
}

size_t tb_html_examples_shown(const struct tb_page *p, size_t verdict) {
    const struct tb_class_count *classes[TB_DIVERGENCES];
    size_t count = classes_shown(p, verdict, classes), shown = 0;
    for (size_t i = 0; i < count; i++)
        shown += p->is_drawn[verdict] ? examples_of(p, classes[i]) : 1;
    return shown;
}

size_t tb_html_examples_kept(const struct tb_verdict *v) {
    size_t kept = 0;
    for (size_t i = 0; i < v->class_count; i++)
        kept += v->classes[i].example_count;
    return kept;
}

static void put_examples(const struct tb_page *p, const struct tb_verdict *v,
                         const struct tb_class_count *c) {
    struct tb_digits digits = tb_case_digits(v->case_id);
    size_t shown = examples_of(p, c);
    char number[TB_NUMBER];
    if (shown < 2) /* the one is drawn closely */
        return;
    fprintf(p->out, "<details class=\"data\"><summary>more of class <code>%s</code>: %zu of %s shown",
            tb_divergence_names[c->class], shown, tb_grouped(c->inputs, number));
    if (shown < c->example_count)
        fprintf(p->out, ", %zu in results.json", c->example_count);
    fputs("</summary><table class=\"c\"><thead><tr><th scope=\"col\">input</th><th "
          "scope=\"col\">expected</th><th "
          "scope=\"col\">got</th></tr></thead><tbody>\n",
          p->out);
    for (size_t i = 0; i < shown; i++) {
        fputs("<tr><td>", p->out);
        tb_html_pattern(p->out, c->examples[i].input, digits.source);
        put_operands(p->out, v->case_id, c->examples[i].input);
        fputs("</td><td>", p->out);
        tb_html_code(p->out, v->case_id, c->examples[i].expected, digits.destination);
        fputs("</td><td>", p->out);
        tb_html_code(p->out, v->case_id, c->examples[i].got, digits.destination);
        fputs("</td></tr>\n", p->out);
    }
    fputs("</tbody></table></details>\n", p->out);
}

static void put_stretches(const struct tb_page *p, const struct tb_verdict *v) {
    struct tb_digits digits = tb_case_digits(v->case_id);
    size_t shown = v->stretch_count < p->thrift->stretches ? v->stretch_count : p->thrift->stretches;
    char number[TB_NUMBER];
    if (!shown)
        return;
    fprintf(p->out,
            "<details class=\"data\"><summary>stretches of diverging inputs: %zu of %s shown</summary><table "
            "class=\"c\"><thead><tr>"
            "<th scope=\"col\">from</th><th scope=\"col\">to</th><th scope=\"col\">expected</th><th "
            "scope=\"col\">got</th></tr></thead><tbody>\n",
            shown, tb_grouped(v->stretch_total, number));
    for (size_t i = 0; i < shown; i++) {
        const struct tb_stretch *s = &v->stretches[i];
        const uint64_t patterns[] = {s->first, s->last, s->expected, s->got};
        fputs("<tr>", p->out);
        for (int j = 0; j < 4; j++) {
            fputs("<td>", p->out);
            if (j < 2)
                tb_html_pattern(p->out, patterns[j], digits.source);
            else
                tb_html_code(p->out, v->case_id, patterns[j], digits.destination);
            fputs("</td>", p->out);
        }
        fputs("</tr>\n", p->out);
    }
    fputs("</tbody></table></details>\n", p->out);
}

/* ---- The section. ---- */

static void put_cards(const struct tb_page *p, size_t verdict) {
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    const struct tb_class_count *classes[TB_DIVERGENCES];
    size_t count = classes_shown(p, verdict, classes);
    for (size_t i = 0; i < count; i++) {
        tb_html_card(p, verdict, classes[i], &classes[i]->examples[0]);
        if (p->is_drawn[verdict])
            put_examples(p, v, classes[i]);
    }
}

/* Whether the claim is among the arithmetics that leave nothing over. */
static bool claim_covers(const struct tb_verdict *v) {
    for (size_t i = 0; i < v->explanation_count; i++)
        if (!v->explained_by[i].unexplained && !strcmp(v->explained_by[i].variant, v->claim))
            return true;
    return v->status == TB_AS_CLAIMED;
}

static void put_claim(const struct tb_page *p, const struct tb_verdict *v) {
    char meaning[512];
    if (!*v->claim)
        return;
    tb_variant_meaning(v->claim, meaning, sizeof meaning);
    fputs(claim_covers(v) ? "<p><b>Policy, not a bug.</b> The target's documentation claims <code>"
                          : "<p>The target's documentation claims <code>",
          p->out);
    tb_put_xml(p->out, v->claim);
    fputs("</code>", p->out);
    if (*meaning) {
        fputs(": ", p->out);
        tb_put_xml(p->out, meaning);
    }
    fputs(claim_covers(v)            ? ". Every difference is exactly that one.</p>\n"
          : v->status == TB_DIVERGES ? "; that does not cover what it gave.</p>\n"
                                     : ".</p>\n",
          p->out);
}

static void put_body(const struct tb_page *p, size_t verdict) {
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    char number[TB_NUMBER], parameters[160];
    tb_affine_words(&p->s->cases[verdict], parameters, sizeof parameters);
    if (*parameters)
        fprintf(p->out, "<p class=\"how\">%s.</p>\n", parameters);
    if (v->status != TB_CRASHED)
        fprintf(p->out,
                v->exhaustive
                    ? "<p class=\"how\">All %s inputs were run.</p>\n"
                    : "<p class=\"how\">%s inputs were drawn; the rest of the domain was not run.</p>\n",
                tb_grouped(v->inputs, number));
    if (*v->reason && v->status != TB_CRASHED) {
        fputs("<p>Also found: <bdi>", p->out);
        tb_put_xml(p->out, v->reason);
        fputs("</bdi></p>\n", p->out);
    }
    if (v->status == TB_CRASHED) {
        char command[TB_COMMAND];
        tb_command_run(p->r, v, command);
        fputs("<p>Nothing is known about its results. Try it alone:</p><pre class=\"copy\">", p->out);
        tb_put_xml(p->out, command);
        fputs("</pre>\n", p->out);
    }
    tb_html_change_note(p, verdict);
    put_claim(p, v);
    put_classes(p, v);
    tb_html_errors(p, v);
    if (p->is_drawn[verdict]) {
        if (tb_verdict_state(v) != TB_STATE_NAN_BITS) /* NaN inputs stand in one place */
            tb_html_strip(p, v, &p->s->cases[verdict]);
        fputs("<div class=\"two\">\n", p->out);
        tb_html_histogram(p, v);
        put_explanations(p, v);
        fputs("</div>\n", p->out);
    } else {
        put_explanations(p, v);
    }
    put_cards(p, verdict);
    if (p->is_drawn[verdict])
        put_stretches(p, v);
}

/* The anchor stands inside the folded part: a browser unfolds what holds the target of a link. */
static void put_section(const struct tb_page *p, size_t verdict, bool open) {
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    enum tb_state state = tb_verdict_state(v);
    char sentence[1024];
    tb_verdict_sentence(v, sentence, sizeof sentence);
    fprintf(p->out, "<details class=\"case %s\"%s><summary><h3>%s <span>", tb_state_classes[state],
            open ? " open" : "", tb_state_looks[state].symbol);
    tb_put_xml(p->out, v->case_id);
    fputs("</span> on ", p->out);
    tb_put_xml(p->out, v->target);
    fputs("</h3><p>", p->out);
    tb_put_xml(p->out, sentence);
    fputs("</p></summary>\n<div class=\"body\" id=\"", p->out);
    tb_html_anchor(p->out, v);
    fputs("\"><a class=\"self\" href=\"#", p->out);
    tb_html_anchor(p->out, v);
    fputs("\" aria-label=\"link to this check\">#</a>\n", p->out);
    put_body(p, verdict);
    fputs("</div></details>\n", p->out);
}

void tb_html_sections(const struct tb_page *p) {
    size_t most = p->order_count < p->thrift->sections ? p->order_count : p->thrift->sections;
    if (!p->order_count)
        return;
    tb_html_heading(p->out, 2, "checks", "Check by check");
    char shown[TB_NUMBER], kept[TB_NUMBER];
    fprintf(p->out,
            "<p class=\"how\">Every check that differs from the exact answer or crashed, what fails first. "
            "Checks that agree have no section. Click one to unfold it. %s of the %s recorded examples "
            "stand here, the others in results.json.</p>\n",
            tb_grouped(p->examples_shown, shown), tb_grouped(p->examples_kept, kept));
    for (size_t i = 0; i < most; i++)
        put_section(p, p->order[i], i < 2 && tb_verdict_fails(&p->r->verdicts[p->order[i]]));
    if (most < p->order_count)
        fprintf(p->out, "<p class=\"how\">And %zu others; all in results.json.</p>\n", p->order_count - most);
}
