#include "harness/explain_dot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows. ---- */

static void measure(const struct tb_planned_problem *q, size_t record, uint64_t answer, const char *variant,
                    struct tb_split_row *row) {
    row->finite =
        tb_dot_error_split(&q->p, q->golden.input + record * q->p.input.bytes, answer, variant, &row->error);
}

static struct tb_split_row *add(struct tb_split *s, const char *name) {
    struct tb_split_row *row = &s->rows[s->count++];
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

static struct tb_split_row *row_named(const struct tb_split *s, const char *name) {
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->rows[i].name, name) == 0)
            return &s->rows[i];
    return NULL;
}

/* A claimed variant has its row even where it gives the exact answer. */
static void add_target(struct tb_split *s, const struct tb_planned_problem *q, size_t record,
                       const struct tb_answer *t) {
    struct tb_split_row *row = t->claim[0] ? row_named(s, t->claim) : NULL, alone = {.finite = false};
    measure(q, record, t->code, t->claim[0] ? t->claim : NULL, &alone);
    if (!alone.error.known)
        row = add(s, t->name);
    else if (!row)
        row = add(s, t->claim);
    row->finite = alone.finite;
    row->error = alone.error;
    size_t used = strlen(row->targets);
    if (alone.error.known)
        snprintf(row->targets + used, sizeof row->targets - used, "  %s", t->name);
}

static int by_total(const void *a, const void *b) {
    const struct tb_split_row *x = a, *y = b;
    double of_x = x->finite ? fabs(x->error.part[TB_DOT_TOTAL]) : INFINITY,
           of_y = y->finite ? fabs(y->error.part[TB_DOT_TOTAL]) : INFINITY;
    return of_x != of_y ? (of_x > of_y) - (of_x < of_y) : strcmp(x->name, y->name);
}

struct tb_split tb_split_of(const struct tb_planned_problem *q, size_t record, uint64_t answer,
                            const struct tb_answer *variants, size_t variant_count,
                            const struct tb_answer *targets, size_t target_count) {
    struct tb_split s = {.rows = calloc(1 + variant_count + target_count, sizeof *s.rows)};
    if (!s.rows)
        abort();
    measure(q, record, answer, NULL, add(&s, "exact"));
    for (size_t i = 0; i < variant_count; i++)
        if (variants[i].code != answer)
            measure(q, record, variants[i].code, variants[i].name, add(&s, variants[i].name));
    for (size_t i = 0; i < target_count; i++)
        if (targets[i].given)
            add_target(&s, q, record, &targets[i]);
    qsort(s.rows, s.count, sizeof *s.rows, by_total);
    return s;
}

/* ---- Text. ---- */

static void print_row(const struct tb_split_row *row, bool origins) {
    const struct tb_dot_error *e = &row->error;
    printf("%-10s", "");
    for (int i = origins ? TB_DOT_INPUTS : TB_DOT_PRODUCTS; i < TB_DOT_PARTS; i++) {
        char text[32];
        snprintf(text, sizeof text, e->part[i] != 0 ? "%+.3g" : "0", e->part[i]);
        if (!row->finite || (!e->known && i == TB_DOT_PRODUCTS && strcmp(row->name, "exact") != 0))
            snprintf(text, sizeof text, "-");
        printf(" %-12s", text);
    }
    printf(" %-10.2g  %s%s\n", row->finite ? e->relative : NAN, row->name, row->targets);
}

void tb_split_print(const struct tb_split *s) {
    const struct tb_split_row *exact = row_named(s, "exact");
    if (!exact->finite) {
        puts("error      not measured: the exact answer is not finite");
        return;
    }
    printf("error      in ULP of the answer, 2^%d; sum of |a b| and |c| = %.6g, condition %.3g\n",
           exact->error.ulp, exact->error.magnitude, exact->error.condition);
    printf("%-10s", "");
    for (int i = exact->error.has_origins ? TB_DOT_INPUTS : TB_DOT_PRODUCTS; i < TB_DOT_PARTS; i++)
        printf(" %-12s", tb_dot_part_names[i]);
    puts(" of the sum");
    for (size_t i = 0; i < s->count; i++)
        print_row(&s->rows[i], exact->error.has_origins);
}

/* ---- JSON. ---- */

static json_t *row_json(const struct tb_split_row *row) {
    json_t *json = json_pack("{s:s, s:b}", "name", row->name, "known", row->error.known);
    for (int i = 0; row->finite && i < TB_DOT_PARTS; i++)
        json_object_set_new(json, tb_dot_part_names[i], json_real(row->error.part[i]));
    if (row->finite)
        json_object_set_new(json, "of_the_sum", json_real(row->error.relative));
    return json;
}

json_t *tb_split_json(const struct tb_split *s) {
    const struct tb_split_row *exact = row_named(s, "exact");
    json_t *rows = json_array();
    for (size_t i = 0; i < s->count; i++)
        json_array_append_new(rows, row_json(&s->rows[i]));
    json_t *json = json_pack("{s:i, s:o}", "ulp_exponent", exact->error.ulp, "rows", rows);
    if (exact->finite && isfinite(exact->error.condition)) {
        json_object_set_new(json, "magnitude", json_real(exact->error.magnitude));
        json_object_set_new(json, "condition", json_real(exact->error.condition));
    }
    return json;
}
