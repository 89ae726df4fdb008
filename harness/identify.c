#include "harness/identify.h"

#include "harness/identify_family.h"
#include "reference/mma_probe.h"
#include "reference/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Questions. ---- */

enum {
    RANDOM_QUESTIONS = 256, /* beside the structured ones, from the start */
    SPARSE = 4,             /* terms of a question that is soon answered */
    ROUNDS = 400,           /* looking for a vector on which those that are left differ */
    PATIENCE = 160,         /* rounds in vain after which they count as one */
    CONFIRMED = 20000       /* elements of d in random records */
};

struct question {
    const char *what;
    uint32_t *a, *b, c; /* patterns */
    struct tb_mma_dot dot;
    uint32_t answer;
    bool single; /* one term: nothing about steps or order can matter */
    uint32_t row, column;
};

struct inquiry {
    const struct tb_kernel *kernel;
    const struct tb_problem *p;
    struct tb_mma_problem shape;
    struct tb_mma_shape probes;
    struct tb_identity *out;
    size_t count, capacity;
    struct question *list;
    size_t *order, sparse_count;  /* in which they are held against a set: those of few terms first */
    size_t single_count, *single; /* those of one term */
    size_t furthest;
    struct tb_mma_model nearest; /* the set that gave the most answers in a row */
    uint64_t *a, *b;             /* room for one */
};

static void *allocate(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (!p)
        abort();
    return p;
}

/* Adds what stands in the inquiry's room. */
static struct question *add_question(struct inquiry *q, const char *what, uint64_t c) {
    const uint32_t k = q->shape.k;
    if (q->count == q->capacity) {
        q->capacity = q->capacity ? 2 * q->capacity : 1024;
        q->list = realloc(q->list, q->capacity * sizeof *q->list);
        if (!q->list)
            abort();
    }
    struct question *x = &q->list[q->count++];
    *x = (struct question){.what = what, .a = allocate(k, 4), .b = allocate(k, 4), .c = (uint32_t)c};
    for (uint32_t i = 0; i < k; i++) {
        x->a[i] = (uint32_t)q->a[i];
        x->b[i] = (uint32_t)q->b[i];
    }
    struct tb_mma_term *room = allocate(k, sizeof *room);
    const struct tb_format *const *f = q->p->formats;
    const struct tb_mma_operands o = {f[0], f[1], f[2], f[3], q->a, q->b, c, k};
    x->dot.products = room;
    tb_mma_set(&x->dot, &o);
    x->dot.products = allocate(x->dot.count, sizeof *room);
    memcpy(x->dot.products, room, x->dot.count * sizeof *room);
    free(room);
    x->single = strcmp(what, "c alone") == 0 || strcmp(what, "c at its edges") == 0;
    return x;
}

static void free_questions(struct inquiry *q) {
    for (size_t i = 0; i < q->count; i++) {
        free(q->list[i].a);
        free(q->list[i].b);
        free(q->list[i].dot.products);
    }
    free(q->list);
    free(q->order);
    free(q->single);
    free(q->a);
    free(q->b);
}

static void make_questions(struct inquiry *q) {
    struct tb_mma_question room = {q->a, q->b, 0};
    uint64_t state = tb_problem_seed(q->p, 0);
    for (size_t i = 0, count = tb_mma_probe_count(&q->probes); i < count; i++) {
        const char *what = tb_mma_probe(&q->probes, i, &room);
        add_question(q, what, room.c);
    }
    for (unsigned i = 0; i < RANDOM_QUESTIONS; i++) {
        tb_mma_draw(&q->probes, i % TB_MMA_CHARACTERS, &state, &room);
        add_question(q, "a random one", room.c);
    }
}

/* ---- Asking. ---- */

/* Questions first .. first + count - 1, one to a place on the diagonal of a record, the diagonal moved along
 * by `turn`. */
static void ask(struct inquiry *q, size_t first, size_t count, uint32_t turn, uint32_t *answers) {
    const struct tb_mma_problem *x = &q->shape;
    const uint32_t side = x->m < x->n ? x->m : x->n;
    const size_t records = (count + side - 1) / side, in = q->p->input.bytes, out = q->p->output.bytes;
    unsigned char *input = allocate(records, in), *output = allocate(records, out);
    for (size_t i = 0; i < count; i++) {
        struct question *s = &q->list[first + i];
        unsigned char *record = input + i / side * in;
        s->row = (uint32_t)(i % side + turn) % x->m;
        s->column = (uint32_t)(i % side + turn / 2) % x->n;
        for (uint32_t l = 0; l < x->k; l++) {
            tb_field_set(x->a, record, s->row * x->k + l, s->a[l]);
            tb_field_set(x->b, record, l * x->n + s->column, s->b[l]);
        }
        tb_field_set(x->c, record, s->row * x->n + s->column, s->c);
    }
    q->kernel->run(q->kernel->state, input, output, records);
    for (size_t i = 0; i < count; i++) {
        const struct question *s = &q->list[first + i];
        answers[i] = (uint32_t)tb_field_get(x->d, output + i / side * out, s->row * x->n + s->column);
    }
    free(input);
    free(output);
}

/* One NaN is as good as another, and so are the zeros. */
static bool same_answer(const struct tb_format *d, uint64_t x, uint64_t y) {
    if (x == y || d->kind != TB_FLOAT)
        return x == y;
    const uint64_t sign = UINT64_C(1) << (d->bits - 1);
    return (tb_format_is_nan(d, x) && tb_format_is_nan(d, y)) || (!(x & ~sign) && !(y & ~sign));
}

static void note_question(struct inquiry *q, const struct question *s, uint64_t got, uint64_t other) {
    struct tb_counterexample *c = &q->out->counter;
    *c =
        (struct tb_counterexample){.c = s->c, .got = got, .other = other, .row = s->row, .column = s->column};
    snprintf(c->what, sizeof c->what, "%s", s->what);
    for (uint32_t i = 0; i < q->shape.k; i++) {
        struct tb_value a = tb_format_decode(q->p->formats[0], s->a[i]),
                        b = tb_format_decode(q->p->formats[1], s->b[i]);
        if (a.class == TB_ZERO && b.class == TB_ZERO)
            continue;
        if (c->kept < TB_IDENTIFY_TERMS) {
            c->index[c->kept] = i;
            c->a[c->kept] = s->a[i];
            c->b[c->kept++] = s->b[i];
        }
        c->terms++;
    }
}

/* Asks from `first` on, twice; false where an answer changes. */
static bool ask_twice(struct inquiry *q, size_t first) {
    const size_t count = q->count - first;
    uint32_t *once = allocate(count, 4), *again = allocate(count, 4);
    bool same = true;
    ask(q, first, count, 3, again);
    ask(q, first, count, 0, once);
    for (size_t i = 0; i < count && same; i++) {
        q->list[first + i].answer = once[i];
        same = same_answer(q->p->formats[3], once[i], again[i]);
        if (!same) {
            q->out->outcome = TB_NOT_A_FUNCTION;
            note_question(q, &q->list[first + i], once[i], again[i]);
        }
    }
    q->out->asked += count;
    free(once);
    free(again);
    return same;
}

/* ---- Elimination. ---- */

static bool answers_so(const struct inquiry *q, const struct tb_mma_model *m, const struct question *s) {
    return same_answer(q->p->formats[3], tb_mma_run(m, &s->dot), s->answer);
}

/* The question that told moves to the front: the next sets are neighbours of this one, and fail there too.
 * One of many terms stays behind those of few, which are answered ten times as fast. */
static void move_to_front(struct inquiry *q, size_t i) {
    size_t told = q->order[i], front = i < q->sparse_count ? 0 : q->sparse_count;
    memmove(q->order + front + 1, q->order + front, (i - front) * sizeof *q->order);
    q->order[front] = told;
}

static bool fits(void *context, const struct tb_mma_model *model, bool single) {
    struct inquiry *q = context;
    for (size_t i = 0; i < (single ? q->single_count : q->count); i++) {
        if (single && !answers_so(q, model, &q->list[q->single[i]]))
            return false;
        if (single || answers_so(q, model, &q->list[q->order[i]]))
            continue;
        if (i >= q->furthest) {
            q->furthest = i;
            q->nearest = *model;
        }
        move_to_front(q, i);
        return false;
    }
    return true;
}

static size_t common_divisor(size_t x, size_t y) {
    return y ? common_divisor(y, x % y) : x;
}

/* Neighbours in the list are of one kind; strides through it meet all kinds. */
static void make_order(struct inquiry *q) {
    size_t stride = q->count * 5 / 13 + 1, filled = 0;
    while (common_divisor(stride, q->count) != 1)
        stride++;
    q->order = allocate(q->count, sizeof *q->order);
    q->single = allocate(q->count, sizeof *q->single);
    for (size_t i = 0; i < q->count; i++)
        if (q->list[i].single)
            q->single[q->single_count++] = i;
    for (int dense = 0; dense < 2; dense++) {
        for (size_t i = 0, at = 0; i < q->count; i++, at = (at + stride) % q->count)
            if ((q->list[at].dot.count > SPARSE) == dense)
                q->order[filled++] = at;
        if (!dense)
            q->sparse_count = filled;
    }
}

/* Keeps those that give the answers of the questions from `first` on; where none does, the last to fail is
 * the nearest. */
static void keep_fitting(struct inquiry *q, size_t first, struct tb_candidates *left) {
    for (size_t i = first; i < q->count; i++) {
        size_t kept = 0;
        const struct question *s = &q->list[i];
        struct tb_mma_model last = left->list[0];
        for (size_t j = 0; j < left->count; j++)
            if (answers_so(q, &left->list[j], s))
                left->list[kept++] = left->list[j];
        left->count = kept;
        if (!kept) {
            q->nearest = last;
            return;
        }
    }
}

/* Whether the sets that are left differ on a question. */
static bool tells(const struct inquiry *q, const struct tb_candidates *left, const struct question *s) {
    uint64_t first = tb_mma_run(&left->list[0], &s->dot);
    for (size_t j = 1; j < left->count; j++)
        if (!same_answer(q->p->formats[3], first, tb_mma_run(&left->list[j], &s->dot)))
            return true;
    return false;
}

/* Looks for vectors that tell those apart that are left, and asks them. */
static bool tell_apart(struct inquiry *q, struct tb_candidates *left) {
    struct tb_mma_question room = {q->a, q->b, 0};
    uint64_t state = tb_problem_seed(q->p, 1);
    for (unsigned i = 0, vain = 0; i < ROUNDS && vain < PATIENCE && left->count > 1; i++) {
        tb_mma_draw(&q->probes, i % TB_MMA_CHARACTERS, &state, &room);
        struct question *s = add_question(q, "one on which the last sets differ", room.c);
        if (!tells(q, left, s)) {
            free(s->a);
            free(s->b);
            free(s->dot.products);
            q->count--;
            vain++;
            continue;
        }
        vain = 0;
        if (!ask_twice(q, q->count - 1))
            return false;
        keep_fitting(q, q->count - 1, left);
    }
    return left->count > 0;
}

/* ---- Confirmation: random records, every element of d. ---- */

static void draw_record(struct inquiry *q, unsigned character, uint64_t *state, unsigned char *record) {
    const struct tb_mma_problem *x = &q->shape;
    struct tb_mma_question room = {q->a, q->b, 0};
    for (uint32_t i = 0; i < x->m || i < x->n; i++) {
        tb_mma_draw(&q->probes, character, state, &room);
        for (uint32_t l = 0; l < x->k; l++) {
            if (i < x->m)
                tb_field_set(x->a, record, i * x->k + l, q->a[l]);
            if (i < x->n)
                tb_field_set(x->b, record, l * x->n + i, q->b[l]);
        }
        for (uint32_t j = 0; i < x->m && j < x->n; j++)
            tb_field_set(x->c, record, i * x->n + j, room.c);
    }
}

/* False where an element is none that a set gives that is left. */
static bool confirm_record(struct inquiry *q, const unsigned char *record, const unsigned char *output,
                           struct tb_candidates *left) {
    const struct tb_mma_problem *x = &q->shape;
    for (uint32_t i = 0; i < x->m; i++)
        for (uint32_t j = 0; j < x->n; j++) {
            uint64_t c;
            tb_mma_problem_get(x, record, i, j, q->a, q->b, &c);
            struct question *s = add_question(q, "a random one, to confirm", c);
            s->row = i;
            s->column = j;
            s->answer = (uint32_t)tb_field_get(x->d, output, i * x->n + j);
            q->out->confirmed++;
            if (!answers_so(q, &left->list[0], s))
                keep_fitting(q, q->count - 1, left);
            if (!left->count)
                return false;
            free(s->a);
            free(s->b);
            free(s->dot.products);
            q->count--;
        }
    return true;
}

static bool confirm(struct inquiry *q, struct tb_candidates *left) {
    const size_t elements = (size_t)q->shape.m * q->shape.n, in = q->p->input.bytes, out = q->p->output.bytes;
    size_t most = CONFIRMED * 64 / (64 + q->shape.k), records = (most + elements - 1) / elements;
    unsigned char *input = allocate(records, in), *output = allocate(records, out);
    uint64_t state = tb_problem_seed(q->p, 2);
    bool ok = true;
    for (size_t i = 0; i < records; i++)
        draw_record(q, (unsigned)i % TB_MMA_CHARACTERS, &state, input + i * in);
    q->kernel->run(q->kernel->state, input, output, records);
    for (size_t i = 0; i < records && ok; i++)
        ok = confirm_record(q, input + i * in, output + i * out, left);
    free(input);
    free(output);
    return ok;
}

/* ---- What fits. ---- */

const char *const tb_identify_names[TB_ID_PARAMETERS] = {
    "sum",         "step",     "block",       "order",      "fraction_bits", "cut",
    "accumulator", "rounding", "result_bits", "normalised", "subnormals",    "integers"};

int tb_identify_value(const struct tb_mma_model *m, enum tb_identify_parameter parameter) {
    switch (parameter) {
    case TB_ID_SUM:
        return (int)m->sum;
    case TB_ID_STEP:
        return (int)m->step;
    case TB_ID_BLOCK:
        return (int)m->block;
    case TB_ID_ORDER:
        return (int)m->order;
    case TB_ID_FRACTION:
        return m->fraction_bits;
    case TB_ID_CUT:
        return (int)m->cut;
    case TB_ID_PLACE:
        return (int)m->place;
    case TB_ID_ROUNDING:
        return (int)m->rounding;
    case TB_ID_BITS:
        return m->registers[0] ? tb_format_fraction_bits(tb_format_find(m->registers, NULL)) : m->result_bits;
    case TB_ID_NORMALISED:
        return m->normalised;
    case TB_ID_SUBNORMALS:
        return (int)m->subnormals;
    case TB_ID_SPECIAL:
        return (int)m->special;
    case TB_ID_PARAMETERS:
        break;
    }
    abort();
}

static void collect_values(const struct tb_candidates *left, struct tb_identity *out) {
    for (int p = 0; p < TB_ID_PARAMETERS; p++)
        for (size_t j = 0; j < left->count; j++) {
            struct tb_value_set *set = &out->values[p];
            int value = tb_identify_value(&left->list[j], (enum tb_identify_parameter)p);
            bool there = false;
            for (size_t i = 0; i < set->count; i++)
                there = there || set->value[i] == value;
            if (!there && set->count < TB_IDENTIFY_VALUES)
                set->value[set->count++] = value;
        }
}

/* The row of the table that gives every answer. */
static const struct tb_mma_model *named(const struct inquiry *q) {
    const struct tb_format *const *f = q->p->formats;
    for (size_t i = 0; i < tb_mma_model_count; i++) {
        bool all = tb_mma_takes(&tb_mma_models[i], f[0], f[1], f[2], f[3]);
        for (size_t j = 0; j < q->count && all; j++)
            all = answers_so(q, &tb_mma_models[i], &q->list[j]);
        if (all)
            return &tb_mma_models[i];
    }
    return NULL;
}

/* ---- What does not fit. ---- */

static uint64_t matched(const struct inquiry *q, const struct tb_mma_model *m) {
    uint64_t count = 0;
    for (size_t i = 0; i < q->count; i++)
        count += answers_so(q, m, &q->list[i]);
    return count;
}

/* The nearest set: the one that went furthest, or a row of the table. The counterexample: of the questions
 * that it answers otherwise, the one of the fewest terms. */
static void note_failure(struct inquiry *q) {
    struct tb_identity *out = q->out;
    const struct tb_format *const *f = q->p->formats;
    const struct question *worst = NULL;
    out->outcome = TB_NO_SET;
    out->model = q->nearest;
    out->matched = matched(q, &q->nearest);
    for (size_t i = 0; i < tb_mma_model_count; i++) {
        const struct tb_mma_model *row = &tb_mma_models[i];
        uint64_t count = tb_mma_takes(row, f[0], f[1], f[2], f[3]) ? matched(q, row) : 0;
        if (count > out->matched) {
            out->matched = count;
            out->model = *row;
            out->named = row;
        }
    }
    for (size_t i = 0; i < q->count; i++)
        if ((!worst || q->list[i].dot.count < worst->dot.count) && !answers_so(q, &out->model, &q->list[i]))
            worst = &q->list[i];
    if (worst)
        note_question(q, worst, worst->answer, tb_mma_run(&out->model, &worst->dot));
}

/* What the target makes of NaN and of zeros. */
static void note_specials(const struct inquiry *q, struct tb_identity *out) {
    const struct tb_format *d = q->p->formats[3];
    const uint64_t sign = UINT64_C(1) << (d->bits - 1);
    unsigned zeros = 0;
    for (size_t i = 0; i < q->count && d->kind == TB_FLOAT; i++) {
        const struct question *s = &q->list[i];
        if (strcmp(s->what, "NaN and infinity") == 0 && tb_format_is_nan(d, s->answer) && !out->has_nan) {
            out->has_nan = true;
            out->nan = s->answer;
        }
        if (strcmp(s->what, "zeros") != 0)
            continue;
        out->has_zero = true;
        zeros++;
        if (zeros == 4 && !(s->answer & ~sign)) /* all of them -0 */
            out->minus_zero = s->answer;
        if (zeros == 5)
            out->zero = s->answer;
    }
}

void tb_identify(const struct tb_kernel *kernel, const struct tb_problem *p, struct tb_identity *out) {
    struct inquiry q = {.kernel = kernel, .p = p, .shape = tb_mma_problem_of(p), .out = out};
    struct tb_candidates left = {0};
    *out = (struct tb_identity){.outcome = TB_FITTED};
    q.probes = (struct tb_mma_shape){p->formats[0], p->formats[1], p->formats[2], q.shape.k};
    q.a = allocate(q.shape.k, sizeof *q.a);
    q.b = allocate(q.shape.k, sizeof *q.b);
    make_questions(&q);
    if (ask_twice(&q, 0)) {
        make_order(&q);
        const struct tb_family_filter filter = {fits, &q};
        out->tried = tb_family_walk(q.shape.k, p->formats[3], &filter, &left);
        if (left.count && tell_apart(&q, &left) && confirm(&q, &left)) {
            out->model = left.list[0];
            out->count = left.count;
            collect_values(&left, out);
            out->named = named(&q);
        } else if (out->outcome == TB_FITTED) {
            note_failure(&q);
        }
        note_specials(&q, out);
    }
    free(left.list);
    free_questions(&q);
}
