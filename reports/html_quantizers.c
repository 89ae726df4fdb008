/* Quantizers at a glance: which arithmetic explains which target. */
#include "reports/html.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MOST 6

/* An arithmetic, and the checks that it explains without a rest. */
struct column {
    const char *variant;
    size_t checks;
    size_t whole; /* targets of which it explains every check that differs */
};

struct table {
    const struct tb_page *p;
    size_t column_count;
    struct column *columns; /* the most telling first */
    size_t *differing;      /* a target: its checks of quantizers that differ from the exact answers */
    size_t *exact;          /* and those that do not */
    size_t *explained;      /* target * columns, in the order of finding */
};

static bool is_affine(const struct tb_page *p, size_t verdict) {
    const struct tb_case *c = &p->s->cases[verdict];
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    return c->source && (tb_case_is_affine(c) || tb_case_is_scaled(c)) && v->status != TB_SKIPPED &&
           v->status != TB_CRASHED;
}

static bool differs(const struct tb_verdict *v) {
    return v->value_diverging && v->status != TB_SAME;
}

bool tb_html_has_quantizers(const struct tb_page *p) {
    for (size_t i = 0; i < p->r->verdict_count; i++)
        if (is_affine(p, i) && differs(&p->r->verdicts[i]))
            return true;
    return false;
}

static size_t target_of(const struct tb_page *p, const struct tb_verdict *v) {
    size_t t = 0;
    while (strcmp(p->s->targets[t].target, v->target))
        t++;
    return t;
}

static size_t find_column(struct table *table, const char *variant) {
    size_t i = 0;
    while (i < table->column_count && strcmp(table->columns[i].variant, variant))
        i++;
    if (i == table->column_count)
        table->columns[table->column_count++] = (struct column){.variant = variant};
    return i;
}

/* Names of one word are what a reader looks for; joined ones only where no word alone explains a check. */
static bool is_wanted(const struct tb_verdict *v, const struct tb_explanation *e) {
    bool has_word = false;
    for (size_t i = 0; i < v->explanation_count; i++)
        has_word |= !v->explained_by[i].unexplained && !strchr(v->explained_by[i].variant, '+');
    return !e->unexplained && (!has_word || !strchr(e->variant, '+'));
}

/* The names that explain a verdict without a rest, its verified claim first. Calls visit for each. */
typedef void name_fn(struct table *table, const struct tb_verdict *v, const char *name);
static void each_name(struct table *table, const struct tb_verdict *v, name_fn *visit) {
    bool claimed = v->status == TB_AS_CLAIMED && *v->claim;
    if (claimed)
        visit(table, v, v->claim);
    for (size_t k = 0; k < v->explanation_count; k++) {
        const struct tb_explanation *e = &v->explained_by[k];
        if (is_wanted(v, e) && !(claimed && !strcmp(e->variant, v->claim)))
            visit(table, v, e->variant);
    }
}

static void each_affine_name(struct table *table, name_fn *visit) {
    const struct tb_page *p = table->p;
    for (size_t i = 0; i < p->r->verdict_count; i++)
        if (is_affine(p, i))
            each_name(table, &p->r->verdicts[i], visit);
}

static void count_column(struct table *table, const struct tb_verdict *v, const char *name) {
    (void)v;
    table->columns[find_column(table, name)].checks++;
}

static size_t *cell(const struct table *table, size_t target, size_t column) {
    return &table->explained[target * table->column_count + column];
}

static int most_telling(const void *a, const void *b) {
    const struct column *x = a, *y = b;
    if (x->whole != y->whole)
        return x->whole > y->whole ? -1 : 1;
    if (x->checks != y->checks)
        return x->checks > y->checks ? -1 : 1;
    return strcmp(x->variant, y->variant);
}

static void count_cell(struct table *table, const struct tb_verdict *v, const char *name) {
    ++*cell(table, target_of(table->p, v), find_column(table, name));
}

static void count_cells(struct table *table) {
    memset(table->explained, 0, table->p->s->target_count * table->column_count * sizeof *table->explained);
    each_affine_name(table, count_cell);
}

static void count_targets(struct table *table) {
    for (size_t i = 0; i < table->p->r->verdict_count; i++) {
        const struct tb_verdict *v = &table->p->r->verdicts[i];
        if (is_affine(table->p, i))
            ++*(differs(v) ? &table->differing[target_of(table->p, v)]
                           : &table->exact[target_of(table->p, v)]);
    }
}

/* Sorts the columns, then counts again under their new places. */
static void order_columns(struct table *table) {
    count_cells(table);
    for (size_t c = 0; c < table->column_count; c++)
        for (size_t t = 0; t < table->p->s->target_count; t++)
            table->columns[c].whole += table->differing[t] && *cell(table, t, c) == table->differing[t];
    qsort(table->columns, table->column_count, sizeof *table->columns, most_telling);
    count_cells(table);
}

static bool build(struct table *table) {
    size_t names = 1, targets = table->p->s->target_count;
    for (size_t i = 0; i < table->p->r->verdict_count; i++)
        names += table->p->r->verdicts[i].explanation_count + 1; /* and its claim */
    table->columns = calloc(names, sizeof *table->columns);
    table->differing = calloc(targets + 1, sizeof *table->differing);
    table->exact = calloc(targets + 1, sizeof *table->exact);
    if (!table->columns || !table->differing || !table->exact)
        return false;
    each_affine_name(table, count_column);
    table->explained = calloc(targets * table->column_count + 1, sizeof *table->explained);
    if (!table->explained)
        return false;
    count_targets(table);
    order_columns(table);
    return true;
}

/* ---- The table. ---- */

/* Whether a column explains every check of the target that differs: then no other name is looked for. */
static bool is_settled(const struct table *table, size_t t, size_t shown) {
    for (size_t c = 0; c < shown; c++)
        if (*cell(table, t, c) == table->differing[t])
            return true;
    return false;
}

static bool has_others(const struct table *table, size_t shown) {
    bool any = false;
    for (size_t t = 0; t < table->p->s->target_count; t++)
        any |= table->differing[t] && !is_settled(table, t, shown);
    return any;
}

static bool is_unexplained(const struct table *table, size_t t) {
    bool any = false;
    for (size_t c = 0; c < table->column_count; c++)
        any |= *cell(table, t, c) != 0;
    return table->differing[t] && !any;
}

static void put_head(FILE *out, const struct table *table, size_t shown) {
    char meaning[512];
    fputs(
        "<p class=\"how\">A number counts the checks of a target that an arithmetic explains without a rest; "
        "where "
        "it explains all that differ, it stands in bold. Arithmetics that these parameters do not tell apart "
        "share their checks.</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
        "aria-label=\"arithmetics of quantizers\"><table class=\"m\"><caption class=\"vh\">checks that each "
        "arithmetic explains, by target</caption><thead><tr><th "
        "scope=\"col\">target</th><th "
        "scope=\"col\">exact</th><th scope=\"col\">differ</th>",
        out);
    for (size_t c = 0; c < shown; c++) {
        tb_variant_meaning(table->columns[c].variant, meaning, sizeof meaning);
        fputs("<th scope=\"col\" title=\"", out);
        tb_put_xml(out, meaning);
        fputs("\"><code>", out);
        tb_put_xml(out, table->columns[c].variant);
        fputs("</code></th>", out);
    }
    fputs(has_others(table, shown) ? "<th scope=\"col\">others</th></tr></thead><tbody>\n"
                                   : "</tr></thead><tbody>\n",
          out);
}

/* "dq-fma 1, div-fp16 2": what has no column of its own, where the columns do not settle it. */
static void put_others(FILE *out, const struct table *table, size_t t, size_t shown) {
    const char *separator = "";
    if (!has_others(table, shown))
        return;
    fputs(is_unexplained(table, t) ? "<td class=\"names\">none known" : "<td class=\"names\">", out);
    for (size_t c = shown; c < table->column_count && !is_settled(table, t, shown); c++) {
        size_t count = *cell(table, t, c);
        if (!count)
            continue;
        fprintf(out, "%s<span><code>", separator);
        tb_put_xml(out, table->columns[c].variant);
        fprintf(out, count == table->differing[t] ? "</code> <b>%zu</b></span>" : "</code> %zu</span>",
                count);
        separator = ", ";
    }
    fputs("</td>", out);
}

static void put_row(FILE *out, const struct table *table, size_t t, size_t shown) {
    fputs("<tr><th scope=\"row\">", out);
    tb_put_xml(out, table->p->s->targets[t].target);
    fprintf(out, "</th><td class=\"%s\">%zu</td><td class=\"%s\">%zu</td>", table->exact[t] ? "e" : "k",
            table->exact[t], table->differing[t] ? "n" : "k", table->differing[t]);
    for (size_t c = 0; c < shown; c++) {
        size_t count = *cell(table, t, c);
        bool whole = count && count == table->differing[t];
        if (count)
            fprintf(out, whole ? "<td><b>%zu</b></td>" : "<td>%zu</td>", count);
        else
            fputs("<td></td>", out);
    }
    put_others(out, table, t, shown);
    fputs("</tr>\n", out);
}

void tb_html_quantizers(const struct tb_page *p) {
    struct table table = {.p = p};
    if (!tb_html_has_quantizers(p))
        return;
    tb_html_heading(p->out, 2, "quantizers", "Quantizers: which arithmetic explains which target");
    if (build(&table)) {
        size_t shown = table.column_count < COLUMNS_MOST ? table.column_count : COLUMNS_MOST;
        put_head(p->out, &table, shown);
        for (size_t t = 0; t < p->s->target_count; t++)
            if (table.differing[t] || table.exact[t])
                put_row(p->out, &table, t, shown);
        fputs("</tbody></table></div>\n", p->out);
    }
    free(table.columns);
    free(table.differing);
    free(table.exact);
    free(table.explained);
}
