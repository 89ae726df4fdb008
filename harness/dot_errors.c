#include "harness/dot_errors.h"

#include "reference/dot_error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *way_of(const struct tb_verdict *v) {
    if (v->status == TB_AS_CLAIMED)
        return v->claim;
    return v->explanation_count && v->explained_by[0].unexplained == 0 ? v->explained_by[0].variant : NULL;
}

/* What all records show of one part. */
struct part {
    struct tb_error_part *out;
    double *ulp; /* one for each record that can be measured */
};

static void add(struct part *p, double ulp, double of_sum, uint64_t element) {
    struct tb_error_part *out = p->out;
    p->ulp[out->inputs++] = ulp;
    out->max_of_sum = of_sum > out->max_of_sum ? of_sum : out->max_of_sum;
    if (ulp > out->max_ulp) {
        out->max_ulp = ulp;
        out->input = element;
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Means would be those of the few sums that cancel to nothing. */
static void finish(struct part *p) {
    uint64_t n = p->out->inputs;
    qsort(p->ulp, n, sizeof *p->ulp, by_value);
    p->out->median_ulp = n ? (p->ulp[(n - 1) / 2] + p->ulp[n / 2]) / 2 : 0;
    free(p->ulp);
}

static uint64_t answer_at(const struct tb_trial *t, uint64_t element, size_t *stretch) {
    const struct tb_planned_problem *q = tb_trial_problem(t);
    const struct tb_record *r = &t->record;
    while (*stretch < r->stretch_count && r->stretches[*stretch].last < element)
        ++*stretch;
    if (*stretch < r->stretch_count && r->stretches[*stretch].first == element)
        return r->stretches[*stretch].got;
    struct tb_problem_place at = tb_problem_place(q, element);
    return tb_field_get(at.field, q->golden.output + at.record * q->p.output.bytes, at.place);
}

static void measure(const struct tb_trial *t, struct part *parts) {
    const struct tb_planned_problem *q = tb_trial_problem(t);
    size_t stretch = 0;
    for (uint64_t i = 0; i < t->record.inputs; i++) {
        struct tb_dot_error e;
        uint64_t answer = answer_at(t, i, &stretch);
        if (!tb_dot_error_split(&q->p, q->golden.input + i * q->p.input.bytes, answer, way_of(&t->verdict),
                                &e))
            continue;
        for (int k = 0; k < TB_DOT_PARTS; k++) {
            double ulp = fabs(e.part[k]);
            add(&parts[k], ulp, e.magnitude > 0 ? ldexp(ulp, e.ulp) / e.magnitude : 0, i);
        }
    }
}

/* Every output of a dot problem is a record's one. */
void tb_dot_errors(struct tb_trial *t) {
    const struct tb_planned_problem *q = tb_trial_problem(t);
    struct tb_verdict *v = &t->verdict;
    struct part parts[TB_DOT_PARTS];
    if (!q || !tb_dot_is(&q->p) || t->record.irregular || !q->golden.records)
        return;
    v->errors = calloc(TB_DOT_PARTS, sizeof *v->errors);
    for (int i = 0; i < TB_DOT_PARTS; i++) {
        parts[i] = (struct part){&v->errors[i], malloc(t->record.inputs * sizeof(double) + 1)};
        if (!v->errors || !parts[i].ulp)
            abort();
        snprintf(v->errors[i].part, sizeof v->errors[i].part, "%s", tb_dot_part_names[i]);
    }
    measure(t, parts);
    for (int i = 0; i < TB_DOT_PARTS; i++)
        finish(&parts[i]);
    v->error_count = TB_DOT_PARTS;
}
