/* The overview: a table of conversions by targets for each rounding and overflow policy, and a grid of radio
 * buttons that picks the table. It works without scripts: each button's table is the element after its label.
 */
#include "reports/affine_words.h"
#include "reports/html.h"
#include "vectors/problem.h"

#include <stdlib.h>
#include <string.h>

#define OTHER_ROW      TB_ROUNDINGS /* ids that are not known here */
#define STOCHASTIC_ROW (TB_ROUNDINGS + 1)
#define ARRAYS_ROW     (TB_ROUNDINGS + 2) /* operations on arrays: vectors/problem.h */
#define ROWS           (TB_ROUNDINGS + 3)
#define AFFINE_COLUMN  TB_OVERFLOWS /* beside the overflow policies of conversions: affine operations */
#define COLUMNS        (TB_OVERFLOWS + 1)
#define COMBOS         (ROWS * COLUMNS)

struct row { /* the verdicts of one case, which stand together */
    size_t first, count;
    int combo;
};

/* A column that was skipped from top to bottom is named below the table instead; if all were, they stay. */
enum column { COLUMN_ABSENT, COLUMN_SKIPPED, COLUMN_RAN };

struct matrix {
    const struct tb_page *p;
    size_t row_count;
    struct row *rows;
    size_t *target;       /* column of each verdict */
    enum column *columns; /* of the table at hand */
    bool any_ran;
};

static int combo_of(const struct tb_case *c, const char *case_id) {
    if (tb_problem_is(case_id))
        return ARRAYS_ROW * COLUMNS;
    if (!c->source)
        return OTHER_ROW * COLUMNS;
    int row = c->rounding == TB_STOCHASTIC ? STOCHASTIC_ROW : (int)c->rounding;
    if (tb_case_is_affine(c))
        return row * COLUMNS + AFFINE_COLUMN;
    return row * COLUMNS + (c->rounding == TB_EXACT ? 0 : (int)c->overflow);
}

static const char *rounding_word(int row) {
    return row == OTHER_ROW        ? "other"
           : row == ARRAYS_ROW     ? "arrays"
           : row == STOCHASTIC_ROW ? "sr"
                                   : tb_rounding_words[row].name;
}

static const char *rounding_summary(int row) {
    return row == OTHER_ROW        ? ""
           : row == ARRAYS_ROW     ? "sums of products, matrix products, packings"
           : row == STOCHASTIC_ROW ? "stochastic, by random bits that are given"
                                   : tb_rounding_words[row].summary;
}

static bool build(struct matrix *m) {
    const struct tb_results *r = m->p->r;
    m->rows = calloc(r->verdict_count + 1, sizeof *m->rows);
    m->target = calloc(r->verdict_count + 1, sizeof *m->target);
    m->columns = calloc(m->p->s->target_count + 1, sizeof *m->columns);
    if (!m->rows || !m->target || !m->columns)
        return false;
    for (size_t i = 0; i < r->verdict_count; i++) {
        if (!i || strcmp(r->verdicts[i].case_id, r->verdicts[i - 1].case_id))
            m->rows[m->row_count++] =
                (struct row){i, 0, combo_of(&m->p->s->cases[i], r->verdicts[i].case_id)};
        m->rows[m->row_count - 1].count++;
        while (strcmp(m->p->s->targets[m->target[i]].target, r->verdicts[i].target))
            m->target[i]++;
    }
    return true;
}

static void tally_combo(struct matrix *m, int combo, size_t states[TB_STATES]) {
    memset(states, 0, TB_STATES * sizeof *states);
    memset(m->columns, 0, m->p->s->target_count * sizeof *m->columns);
    m->any_ran = false;
    for (size_t i = 0; i < m->row_count; i++)
        for (size_t j = 0; m->rows[i].combo == combo && j < m->rows[i].count; j++) {
            size_t verdict = m->rows[i].first + j;
            enum tb_state state = tb_verdict_state(&m->p->r->verdicts[verdict]);
            enum column *column = &m->columns[m->target[verdict]];
            states[state]++;
            *column = state != TB_STATE_SKIPPED  ? COLUMN_RAN
                      : *column == COLUMN_ABSENT ? COLUMN_SKIPPED
                                                 : *column;
            m->any_ran |= *column == COLUMN_RAN;
        }
}

static bool is_shown(const struct matrix *m, size_t target) {
    return m->columns[target] == COLUMN_RAN || (m->columns[target] == COLUMN_SKIPPED && !m->any_ran);
}

/* ---- Cells. ---- */

static void put_why(const struct matrix *m, size_t verdict) {
    const struct tb_verdict *v = &m->p->r->verdicts[verdict];
    const struct tb_change *change = m->p->s->changes[verdict];
    const char *explained = tb_verdict_explained(v);
    const struct tb_class_count *worst = tb_verdict_worst_class(v);
    enum tb_state state = tb_verdict_state(v);
    const char *why = state == TB_STATE_CRASHED    ? "crashed"
                      : state == TB_STATE_NAN_BITS ? "NaN bits"
                      : state == TB_STATE_CLAIMED  ? v->claim
                      : explained                  ? explained
                      : worst                      ? tb_divergence_names[worst->class]
                      : tb_verdict_is_drawn(v)     ? "random bits"
                                                   : "breaks contract";
    fputs("<small>", m->p->out);
    if (change)
        fprintf(m->p->out, "<b>%s</b>: ", tb_change_names[change->kind]);
    tb_put_xml(m->p->out, why);
    if (state != TB_STATE_CRASHED && !v->exhaustive)
        fputs(", sampled", m->p->out);
    fputs("</small>", m->p->out);
}

static void put_speaking_cell(const struct matrix *m, size_t verdict) {
    const struct tb_verdict *v = &m->p->r->verdicts[verdict];
    FILE *out = m->p->out;
    char number[TB_NUMBER], sentence[1024];
    bool link = m->p->has_section[verdict];
    if (link) {
        fputs("<a href=\"#", out);
        tb_html_anchor(out, v);
        tb_verdict_sentence(v, sentence, sizeof sentence);
        fputs("\" title=\"", out);
        tb_put_xml(out, sentence);
        fputs("\">", out);
    } else {
        fputs("<span>", out);
    }
    fputs(tb_state_looks[tb_verdict_state(v)].symbol, out);
    if (v->diverging)
        fprintf(out, " %s", tb_grouped(v->diverging, number));
    put_why(m, verdict);
    fputs(link ? "</a>" : "</span>", out);
}

static void put_cell(const struct matrix *m, size_t verdict) {
    const struct tb_verdict *v = &m->p->r->verdicts[verdict];
    enum tb_state state = tb_verdict_state(v);
    FILE *out = m->p->out;
    fprintf(out, "<td class=\"%s\">", tb_state_classes[state]);
    if (tb_verdict_speaks(v))
        put_speaking_cell(m, verdict);
    else if (state == TB_STATE_SKIPPED)
        fputs("<span>– <small>skipped</small></span>", out);
    else if (m->p->thrift->words)
        fprintf(out, "%s<i> %s</i>", tb_state_looks[state].symbol,
                state == TB_STATE_EXACT ? "exact" : "exact, sampled");
    else
        fputs(tb_state_looks[state].symbol, out);
    fputs("</td>", out);
}

static void put_case_name(FILE *out, const struct tb_case *c) {
    char parameters[160];
    tb_affine_words(c, parameters, sizeof parameters);
    if (!*parameters) {
        bool named = tb_case_is_basic(c);
        fprintf(out, "%s%s%s → %s", named ? tb_operation_words[c->operation].name : "", named ? " " : "",
                c->source->name, c->destination->name);
        if (tb_case_hides_random(c))
            fputs("<small>random bits of its own</small>", out);
        else if (c->random_bits)
            fprintf(out, "<small>%d random bit%s</small>", c->random_bits,
                    tb_plural((uint64_t)c->random_bits));
        return;
    }
    fprintf(out, "%s %s → %s<small>", tb_case_is_mask(c) ? "mask" : tb_operation_words[c->operation].name,
            c->source->name, c->destination->name);
    tb_put_xml(out, parameters);
    fputs("</small>", out);
}

static void put_row(const struct matrix *m, const struct row *row) {
    const struct tb_case *c = &m->p->s->cases[row->first];
    const struct tb_verdict *verdicts = m->p->r->verdicts;
    FILE *out = m->p->out;
    bool quiet = true;
    for (size_t j = 0; j < row->count; j++)
        quiet &= !tb_verdict_speaks(&verdicts[row->first + j]);
    fprintf(out, "<tr%s><th scope=\"row\">", quiet ? " class=\"q\"" : "");
    if (c->source)
        put_case_name(out, c);
    else
        tb_put_xml(out, verdicts[row->first].case_id);
    fputs("</th>", out);
    for (size_t t = 0; t < m->p->s->target_count; t++) {
        size_t j = 0;
        if (!is_shown(m, t))
            continue;
        while (j < row->count && m->target[row->first + j] != t)
            j++;
        if (j < row->count)
            put_cell(m, row->first + j);
        else
            fprintf(out, "<td class=\"o\">%s</td>", m->p->thrift->words ? "<i>not offered</i>" : "");
    }
    fputs("</tr>\n", out);
}

/* ---- Tables. ---- */

/* The family above the name; a long name may break after its slashes. */
static void put_target_name(FILE *out, const char *target) {
    const char *slash = strchr(target, '/');
    char part[96];
    if (slash) {
        snprintf(part, sizeof part, "%.*s/", (int)(slash - target), target);
        fputs("<small>", out);
        tb_put_xml(out, part);
        fputs("</small>", out);
        target = slash + 1;
    }
    while ((slash = strchr(target, '/'))) {
        snprintf(part, sizeof part, "%.*s/", (int)(slash - target), target);
        tb_put_xml(out, part);
        fputs("<wbr>", out);
        target = slash + 1;
    }
    tb_put_xml(out, target);
}

static void put_caption(FILE *out, int combo) {
    int rounding = combo / COLUMNS, overflow = combo % COLUMNS;
    if (rounding == OTHER_ROW)
        fputs("cases that this version does not know", out);
    else if (rounding == ARRAYS_ROW)
        fprintf(out, "Operations on <b>arrays</b>: %s", rounding_summary(rounding));
    else if (rounding == TB_EXACT)
        fprintf(out, "<b>exact</b>: %s", tb_rounding_words[TB_EXACT].summary);
    else if (overflow == AFFINE_COLUMN)
        fprintf(out, "Quantizers and their kin, <b>%s</b>: %s; codes beyond the range are clamped",
                rounding_word(rounding), rounding_summary(rounding));
    else
        fprintf(out, "<b>%s</b>: %s; <b>%s</b>: %s", rounding_word(rounding), rounding_summary(rounding),
                tb_overflow_words[overflow].name, tb_overflow_words[overflow].summary);
}

/* Names of targets; many are folded up. */
static void put_left_out(const struct matrix *m, enum column column, const char *text) {
    FILE *out = m->p->out;
    size_t count = 0, named = 0;
    for (size_t t = 0; t < m->p->s->target_count; t++)
        count += m->columns[t] == column && !is_shown(m, t);
    if (!count)
        return;
    if (count > 12)
        fprintf(out, "<details class=\"data\"><summary>%s%zu targets</summary>", text, count);
    else
        fprintf(out, "<p class=\"how\">%s", text);
    for (size_t t = 0; t < m->p->s->target_count; t++)
        if (m->columns[t] == column && !is_shown(m, t)) {
            fputs(named++ ? ", " : "", out);
            tb_put_xml(out, m->p->s->targets[t].target);
        }
    fputs(count > 12 ? ".</details>\n" : ".</p>\n", out);
}

static void put_table(const struct matrix *m, int combo) {
    FILE *out = m->p->out;
    fputs("<section class=\"combo\"><div class=\"scroll\" tabindex=\"0\" role=\"group\" "
          "aria-label=\"matrix\"><table "
          "class=\"m\"><caption>",
          out);
    put_caption(out, combo);
    fprintf(out, "</caption><thead><tr><th scope=\"col\">%s</th>",
            combo % COLUMNS == AFFINE_COLUMN || combo / COLUMNS == ARRAYS_ROW ? "operation" : "conversion");
    for (size_t t = 0; t < m->p->s->target_count; t++)
        if (is_shown(m, t)) {
            fputs("<th scope=\"col\">", out);
            put_target_name(out, m->p->s->targets[t].target);
            fputs("</th>", out);
        }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].combo == combo)
            put_row(m, &m->rows[i]);
    fputs("</tbody></table></div>", out);
    put_left_out(m, COLUMN_SKIPPED, "<b class=\"k\">–</b> <a href=\"#skipped\">Skipped altogether</a>: ");
    put_left_out(m, COLUMN_ABSENT, "Offering none of these: ");
    fputs("</section>\n", out);
}

static const char *combo_id(int combo, char text[64]) {
    int rounding = combo / COLUMNS, overflow = combo % COLUMNS;
    if (rounding == OTHER_ROW)
        return "combo-other";
    if (rounding == ARRAYS_ROW)
        return "combo-arrays";
    if (rounding == TB_EXACT)
        return "combo-exact";
    snprintf(text, 64, "combo-%s-%s", rounding_word(rounding),
             overflow == AFFINE_COLUMN ? "affine" : tb_overflow_words[overflow].name);
    return text;
}

/* The worst state of the table. Skipped is the worst only where nothing ran. */
static int shown_state(const size_t states[TB_STATES]) {
    static const enum tb_state order[] = {TB_STATE_DIVERGES, TB_STATE_CRASHED, TB_STATE_NAN_BITS,
                                          TB_STATE_CLAIMED,  TB_STATE_EXACT,   TB_STATE_SAMPLED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (states[order[i]])
            return order[i];
    return TB_STATE_SKIPPED;
}

/* The worst thing in the table and how often: "▲ 4". */
static void put_button(const struct matrix *m, int combo, const size_t states[TB_STATES], bool checked) {
    FILE *out = m->p->out;
    char id[64];
    int worst = shown_state(states);
    const char *name = combo_id(combo, id);
    fprintf(out,
            "<input type=\"radio\" name=\"combo\" class=\"pick\" id=\"%s\"%s><label for=\"%s\" class=\"r%d "
            "o%d st-%s\" title=\"",
            name, checked ? " checked" : "", name, combo / COLUMNS, combo % COLUMNS, tb_state_classes[worst]);
    for (int s = TB_STATES - 1, any = 0; s >= 0; s--)
        if (states[s])
            fprintf(out, "%s%zu %s", any++ ? ", " : "", states[s], tb_state_looks[s].word);
    fprintf(out, "\"><span class=\"vh\">%s: </span>%s %zu<span class=\"vh\"> %s</span></label>\n",
            name + strlen("combo-"), tb_state_looks[worst].symbol, states[worst], tb_state_looks[worst].word);
}

/* Opens on the table with the most failures; the first of equals, which is nearest-even. */
static int worst_combo(struct matrix *m) {
    size_t states[TB_STATES], most = 0;
    int best = -1;
    for (int combo = 0; combo < COMBOS; combo++) {
        int order = (combo + COLUMNS) % COMBOS; /* exact conversions last */
        tally_combo(m, order, states);
        size_t all = 0, weight;
        for (int s = 0; s < TB_STATES; s++)
            all += states[s];
        weight = 1 + states[TB_STATE_DIVERGES] + states[TB_STATE_CRASHED];
        if (all && weight > most) {
            most = weight;
            best = order;
        }
    }
    return best;
}

static void put_axes(const struct matrix *m) {
    bool rounding_used[ROWS] = {false}, overflow_used[COLUMNS] = {false};
    FILE *out = m->p->out;
    for (size_t i = 0; i < m->row_count; i++) {
        int rounding = m->rows[i].combo / COLUMNS;
        rounding_used[rounding] = true;
        if (rounding != TB_EXACT && rounding != OTHER_ROW && rounding != ARRAYS_ROW)
            overflow_used[m->rows[i].combo % COLUMNS] = true;
    }
    fputs("<span class=\"axis corner\">rounding ↓ overflow →</span>", out);
    for (int o = 0; o < TB_OVERFLOWS; o++)
        if (overflow_used[o])
            fprintf(out, "<span class=\"axis oh o%d\" title=\"%s\">%s</span>", o,
                    tb_overflow_words[o].summary, tb_overflow_words[o].name);
    if (overflow_used[AFFINE_COLUMN])
        fprintf(out,
                "<span class=\"axis oh o%d\" title=\"quantize, dequantize, fakequant, requantize: codes "
                "are clamped\">quantizers</span>",
                AFFINE_COLUMN);
    for (int r = 0; r < ROWS; r++)
        if (rounding_used[r])
            fprintf(out, "<span class=\"axis rh r%d\"><b>%s</b> <small>%s</small></span>", r,
                    rounding_word(r), rounding_summary(r));
    fputs("\n", out);
}

static void put_key(FILE *out) {
    static const enum tb_state order[] = {TB_STATE_EXACT,    TB_STATE_SAMPLED,  TB_STATE_CLAIMED,
                                          TB_STATE_NAN_BITS, TB_STATE_DIVERGES, TB_STATE_CRASHED,
                                          TB_STATE_SKIPPED};
    fputs("<ul class=\"key\" aria-label=\"how to read the cells\">", out);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        fprintf(out, "<li><b class=\"%s\">%s %s</b> %s</li>", tb_state_classes[order[i]],
                tb_state_looks[order[i]].symbol, tb_state_looks[order[i]].word,
                tb_state_looks[order[i]].meaning);
    fputs("<li><b class=\"o\">▨ not offered</b> the target has no such conversion</li></ul>\n", out);
}

void tb_html_matrix(const struct tb_page *p) {
    struct matrix m = {.p = p};
    size_t states[TB_STATES];
    tb_html_heading(p->out, 2, "matrix", "Every case on every target");
    fputs("<p class=\"how\">Pick a rounding and an overflow policy; each button shows the worst that its "
          "table holds and how often. "
          "A number in a cell counts inputs whose output bits differ from the exact answer; below it, what "
          "explains them.</p>\n",
          p->out);
    if (build(&m) && m.row_count) {
        fputs("<input type=\"checkbox\" id=\"loud\"><label for=\"loud\">only rows with something to "
              "say</label>\n"
              "<div class=\"combos\" role=\"radiogroup\" aria-label=\"rounding and overflow policy\">",
              p->out);
        put_axes(&m);
        int worst = worst_combo(&m);
        for (int combo = 0; combo < COMBOS; combo++) {
            size_t all = 0;
            tally_combo(&m, combo, states);
            for (int s = 0; s < TB_STATES; s++)
                all += states[s];
            if (!all)
                continue;
            put_button(&m, combo, states, combo == worst);
            put_table(&m, combo);
        }
        fputs("</div>\n", p->out);
        put_key(p->out);
    } else {
        fputs("<p>There is no verdict.</p>\n", p->out);
    }
    free(m.rows);
    free(m.target);
    free(m.columns);
}
