/* The two ends of the page: each target's answer in one row, and what was not tested. */
#include "reports/html.h"

#include <stdlib.h>
#include <string.h>

/* ---- Targets at a glance. ---- */

static void put_failures(FILE *out, const struct tb_tally *t) {
    size_t diverges = t->states[TB_STATE_DIVERGES], crashed = t->states[TB_STATE_CRASHED];
    const struct {
        size_t count;
        const char *what;
    } parts[] = {
        {diverges - t->contract,          "wrong"                                       },
        {crashed,                         "crashed"                                     },
        {t->contract,                     "breaking the contract"                       },
        {t->failing - diverges - crashed, "with NaN codes that this run does not accept"},
    };
    const char *separator = "<b class=\"d\">not safe:</b> ";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].count) {
            fprintf(out, "%s%zu %s", separator, parts[i].count, parts[i].what);
            separator = ", ";
        }
    if (t->accepted)
        fprintf(out,
                t->accepted == t->failing ? ", as the baseline accepts" : ", %zu as the baseline accepts",
                t->accepted);
}

/* Whether a port to this target is safe, in words. */
static void put_answer(FILE *out, const struct tb_tally *t) {
    size_t claimed = t->states[TB_STATE_CLAIMED], ran = t->exhaustive + t->sampled;
    if (t->failing) {
        put_failures(out, t);
        return;
    }
    if (!ran) {
        fputs("not run; nothing is known", out);
        return;
    }
    if (claimed)
        fprintf(out, "<b class=\"c\">as documented:</b> %zu differ%s by policy", claimed,
                claimed == 1 ? "s" : "");
    else
        fputs("<b class=\"e\">exact</b>", out);
    if (t->states[TB_STATE_NAN_BITS])
        fprintf(out, "%s NaN codes in %zu", claimed ? "," : " but for", t->states[TB_STATE_NAN_BITS]);
    if (t->sampled)
        fprintf(out, t->exhaustive ? "; %zu on samples only" : "; on samples only", t->sampled);
}

static const enum tb_state columns[] = {TB_STATE_DIVERGES, TB_STATE_CRASHED, TB_STATE_NAN_BITS,
                                        TB_STATE_CLAIMED,  TB_STATE_EXACT,   TB_STATE_SAMPLED,
                                        TB_STATE_SKIPPED};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void put_target(FILE *out, const struct tb_target_tally *target) {
    fputs("<tr><th scope=\"row\">", out);
    tb_put_xml(out, target->target);
    fputs("</th><td>", out);
    put_answer(out, &target->tally);
    fputs("</td>", out);
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t count = target->tally.states[columns[i]];
        fprintf(out, "<td class=\"num%s%s\">", count ? " " : " zero",
                count ? tb_state_classes[columns[i]] : "");
        fprintf(out, count ? "%zu</td>" : "0</td>", count);
    }
    fputs("</tr>\n", out);
}

static void put_targets(FILE *out, const struct tb_target_tally *targets, size_t count, const char *caption) {
    fprintf(out,
            "<div class=\"scroll\"><table class=\"c targets\"><caption>%s</caption><thead><tr><th "
            "scope=\"col\">target</th><th scope=\"col\">answer</th>",
            caption);
    for (size_t i = 0; i < COLUMNS; i++)
        fprintf(out, "<th scope=\"col\" class=\"num\"><span aria-hidden=\"true\">%s</span> %s</th>",
                tb_state_looks[columns[i]].symbol, tb_state_looks[columns[i]].word);
    fputs("</tr></thead><tbody>\n", out);
    for (size_t t = 0; t < count; t++)
        put_target(out, &targets[t]);
    fputs("</tbody></table></div>\n", out);
}

/* Targets that ran come first (summary.h); a GPU's fifty that did not are folded up behind them. */
void tb_html_targets(const struct tb_page *p) {
    const struct tb_target_tally *targets = p->s->targets;
    size_t ran = 0, count = p->s->target_count;
    while (ran < count &&
           (targets[ran].tally.failing || targets[ran].tally.exhaustive + targets[ran].tally.sampled))
        ran++;
    size_t shown = ran ? ran : count;
    tb_html_heading(p->out, 2, "targets", "Is it safe to use?");
    if (!count) {
        fputs("<p>Nothing was checked: nothing is known.</p>\n", p->out);
        return;
    }
    put_targets(p->out, targets, shown, "One row for each target: the number of its checks in each state.");
    if (shown == count)
        return;
    fprintf(p->out, "<details><summary>%zu target%s did not run here: nothing is known of %s</summary>\n",
            count - shown, tb_plural(count - shown), count - shown == 1 ? "it" : "them");
    put_targets(p->out, targets + shown, count - shown, "Why: <a href=\"#skipped\">Skipped, and why</a>.");
    fputs("</details>\n", p->out);
}

/* ---- What was not tested. ---- */

static int by_reason(const void *a, const void *b) {
    const struct tb_verdict *x = *(const struct tb_verdict *const *)a,
                            *y = *(const struct tb_verdict *const *)b;
    int order = strcmp(x->reason, y->reason);
    if (!order)
        order = strcmp(x->target, y->target);
    return order ? order : (x > y) - (x < y);
}

#define SKIPPED_TARGETS 200 /* named of one reason at most */

/* The verdicts from `from` on that share a reason, as a row: a GPU that is not there is one line, whatever it
 * has of targets. Returns the first one after them. */
static size_t put_skipped_row(const struct tb_page *p, const struct tb_verdict **list, size_t from,
                              size_t count) {
    size_t to = from, targets = 0;
    char number[TB_NUMBER];
    for (; to < count && !strcmp(list[to]->reason, list[from]->reason); to++)
        targets += to == from || strcmp(list[to]->target, list[to - 1]->target);
    fputs("<tr><th scope=\"row\">", p->out);
    tb_put_xml(p->out, *list[from]->reason ? list[from]->reason : "no reason is recorded");
    fprintf(p->out, "</th><td class=\"num\">%s</td>", tb_grouped(to - from, number));
    fprintf(p->out, "<td class=\"num\">%s</td><td class=\"names\">", tb_grouped(targets, number));
    for (size_t i = from, same, named = 0; i < to; i += same, named++) {
        for (same = 1; i + same < to && !strcmp(list[i + same]->target, list[i]->target);)
            same++;
        if (named == SKIPPED_TARGETS) {
            tb_put_others(p->out, targets - named);
            break;
        }
        fputs(named ? ", <span>" : "<span>", p->out);
        tb_put_xml(p->out, list[i]->target);
        fprintf(p->out, " (%s)</span>", tb_grouped(same, number));
    }
    fputs("</td></tr>\n", p->out);
    return to;
}

static void put_skipped(const struct tb_page *p) {
    size_t count = 0;
    const struct tb_verdict **list = calloc(p->r->verdict_count + 1, sizeof *list);
    for (size_t i = 0; list && i < p->r->verdict_count; i++)
        if (p->r->verdicts[i].status == TB_SKIPPED)
            list[count++] = &p->r->verdicts[i];
    if (count) {
        qsort(list, count, sizeof *list, by_reason);
        tb_html_heading(p->out, 3, "skipped", "Skipped, and why");
        fputs("<div class=\"scroll\"><table class=\"c skips\"><caption>One row for each reason; behind a "
              "target the "
              "number of its checks.</caption><thead><tr><th scope=\"col\">reason</th><th scope=\"col\" "
              "class=\"num\">checks</th><th scope=\"col\" class=\"num\">targets</th><th "
              "scope=\"col\">which</th></tr></thead><tbody>\n",
              p->out);
        for (size_t i = 0, rows = 0; i < count; rows++) {
            if (rows == p->thrift->causes) {
                char number[TB_NUMBER];
                fprintf(p->out,
                        "<tr><td colspan=\"4\">And %s other check%s; all in results.json.</td></tr>\n",
                        tb_grouped(count - i, number), tb_plural(count - i));
                break;
            }
            i = put_skipped_row(p, list, i, count);
        }
        fputs("</tbody></table></div>\n", p->out);
    }
    free(list);
}

static size_t case_count(const struct tb_results *r) {
    size_t count = 0;
    for (size_t i = 0; i < r->verdict_count; i++)
        count += !i || strcmp(r->verdicts[i].case_id, r->verdicts[i - 1].case_id);
    return count;
}

static void put_nan_level(const struct tb_page *p) {
    int level = tb_word_find(tb_nan_level_words, TB_NAN_LEVELS, p->r->nan_level);
    if (level < 0)
        return;
    fprintf(p->out, "<li>NaN results were held to <code>%s</code>: %s.%s</li>\n",
            tb_nan_level_words[level].name, tb_nan_level_words[level].summary,
            level == TB_NAN_BITS ? ""
                                 : " Differences that this forgives are marked △, not counted as wrong.");
}

void tb_html_untested(const struct tb_page *p) {
    const struct tb_tally *t = &p->s->tally;
    size_t cells = case_count(p->r) * p->s->target_count;
    char number[TB_NUMBER], other[TB_NUMBER];
    tb_html_heading(p->out, 2, "untested", "What was not tested");
    fputs("<ul class=\"plain\">\n", p->out);
    if (t->sampled)
        fprintf(p->out,
                "<li>%s check%s ran on samples only (marked ○ or “sampled”): the domain is too large to be "
                "run in full, or the target too slow in this run. Inputs that were not drawn may still be "
                "wrong.</li>\n",
                tb_grouped(t->sampled, number), tb_plural(t->sampled));
    if (t->states[TB_STATE_SKIPPED])
        fprintf(p->out, "<li>%s check%s skipped, listed below with the reason.</li>\n",
                tb_grouped(t->states[TB_STATE_SKIPPED], number),
                t->states[TB_STATE_SKIPPED] == 1 ? " was" : "s were");
    if (t->states[TB_STATE_CRASHED])
        fprintf(p->out, "<li>%s check%s ended in a crash: nothing is known about their results.</li>\n",
                tb_grouped(t->states[TB_STATE_CRASHED], number), tb_plural(t->states[TB_STATE_CRASHED]));
    if (cells > p->r->verdict_count)
        fprintf(p->out,
                "<li>%s of the %s pairs of a case and a target are not offered by the target (hatched in the "
                "matrix).</li>\n",
                tb_grouped(cells - p->r->verdict_count, number), tb_grouped(cells, other));
    if (*p->r->suite) {
        fputs("<li>Only the cases of the suite <code>", p->out);
        tb_put_xml(p->out, p->r->suite);
        fputs("</code> were looked at: <code>tiebreak list suites</code> says what others hold.</li>\n",
              p->out);
    }
    put_nan_level(p);
    fputs("<li>Exception flags and speed are no part of any verdict.</li>\n</ul>\n", p->out);
    put_skipped(p);
}
