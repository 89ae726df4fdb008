/* Against the baseline: what gate decides, before all else. */
#include "reports/html.h"

static void put_row(const struct tb_page *p, size_t number) {
    const struct tb_change *change = &p->r->changes[number];
    size_t verdict = p->s->changed[number];
    bool link = verdict != SIZE_MAX && p->has_section[verdict];
    fprintf(p->out, "<tr><th scope=\"row\">%s<small>%s</small></th><td>", tb_change_names[change->kind],
            tb_change_summaries[change->kind]);
    if (link) {
        fputs("<a href=\"#", p->out);
        tb_html_anchor(p->out, &p->r->verdicts[verdict]);
        fputs("\">", p->out);
    }
    tb_put_xml(p->out, change->case_id);
    fputs(link ? "</a>" : "", p->out);
    fputs("<small>on ", p->out);
    tb_put_xml(p->out, change->target);
    fputs("</small></td><td>", p->out);
    tb_put_xml(p->out, change->text);
    if (*change->note) {
        fputs("<small>note: ", p->out);
        tb_put_xml(p->out, change->note);
        fputs("</small>", p->out);
    }
    fputs("</td></tr>\n", p->out);
}

static void put_table(const struct tb_page *p) {
    size_t rows = 0;
    fputs("<div class=\"scroll\"><table class=\"c changes\"><caption>One row for each change: <code>tiebreak "
          "gate</code> fails on any of them, until it is accepted with <code>--update</code>.</caption>"
          "<thead><tr><th scope=\"col\">change</th><th scope=\"col\">check</th><th scope=\"col\">now, and "
          "before</th></tr></thead><tbody>\n",
          p->out);
    for (int kind = 0; kind < TB_CHANGES; kind++)
        for (size_t i = 0; i < p->r->change_count && rows < p->thrift->causes; i++)
            if ((int)p->r->changes[i].kind == kind) {
                put_row(p, i);
                rows++;
            }
    fputs("</tbody></table></div>\n", p->out);
    if (rows < p->r->change_count)
        fprintf(p->out, "<p class=\"how\">And %zu other changes; all in results.json.</p>\n",
                p->r->change_count - rows);
}

void tb_html_changes(const struct tb_page *p) {
    if (!*p->r->baseline)
        return;
    tb_html_heading(p->out, 2, "changes", "Against the baseline");
    fputs("<p class=\"how\">The baseline <bdi>", p->out);
    tb_put_xml(p->out, p->r->baseline);
    fputs("</bdi> holds what was accepted before. It is compared check by check, on the very inputs, so "
          "that a bug that moves is seen although its count stays.</p>\n",
          p->out);
    if (p->r->change_count)
        put_table(p);
    else
        fputs("<p>Every check is as the baseline has it.</p>\n", p->out);
}

void tb_html_change_note(const struct tb_page *p, size_t verdict) {
    const struct tb_change *change = p->s->changes[verdict];
    if (change) {
        fprintf(p->out, "<p><b>Against the baseline: %s.</b> ", tb_change_names[change->kind]);
        tb_put_xml(p->out, change->text);
        fputs("</p>\n", p->out);
    } else if (tb_verdict_accepted(p->r, p->s, verdict)) {
        fputs("<p>The baseline accepts exactly this.</p>\n", p->out);
    }
}
