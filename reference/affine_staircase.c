/* Staircases of affine arithmetics, by bisection.
 *
 * What is bisected is tb_affine_machine_key: constant wherever it is the same at both ends of a stretch of
 * one part of the domain, also where the arithmetic wraps or answers with an indefinite value. Parts are the
 * zeros, each binade, the infinities and the two kinds of NaN. Inside a part inputs are equally spaced, and
 * so are nearly all boundaries: a line says where the next one should be. Where the two inputs there have the
 * keys on either side of a boundary, two evaluations were all; else it is looked for from there in growing
 * steps. */
#include "reference/affine_machine.h"

struct search {
    const struct tb_affine_machine *m;
    int padding;
    struct tb_staircase *out;
};

/* An input, and what the arithmetic makes of it. */
struct place {
    uint64_t index, key;
    int64_t code;
};

static struct place evaluate(const struct search *s, uint64_t index) {
    struct place p = {.index = index};
    p.key = tb_affine_machine_key(s->m, index << s->padding, &p.code);
    return p;
}

static bool append(struct search *s, const struct place *p) {
    return tb_staircase_append(s->out, p->index << s->padding, tb_affine_machine_output(s->m, p->code));
}

/* A boundary lies in (low, high.index]; the input `low` has `key`, high another one. */
struct bracket {
    uint64_t low, key;
    struct place high;
};

/* Narrows the bracket by one more evaluation: whether the boundary lies beyond `index`. */
static bool lies_beyond(const struct search *s, struct bracket *b, uint64_t index) {
    struct place p = evaluate(s, index);
    bool beyond = p.key == b->key;
    if (beyond)
        b->low = index;
    else
        b->high = p;
    return beyond;
}

/* Where the boundaries of a part should lie: on a line, `length` inputs from one to the next. `at` lies in
 * front of the input that the boundary belongs to, and behind the one before. */
struct line {
    double at, length;
    uint64_t miss; /* by how many inputs it was wrong about the last boundary */
};

/* Growing steps from `guess`, inside the bracket, to the other side of the boundary. */
static void close_in(const struct search *s, struct bracket *b, uint64_t guess, uint64_t step) {
    bool forward = lies_beyond(s, b, guess);
    for (; b->high.index - b->low > step; step *= 2)
        if (lies_beyond(s, b, forward ? b->low + step : b->high.index - step) != forward)
            return;
}

static struct place next_boundary(const struct search *s, struct bracket b, const struct line *l) {
    uint64_t least = b.low + 1; /* of guesses; where every input is a step, the one */
    bool inside = b.high.index > least && l->at < (double)(int64_t)b.high.index;
    if (inside && l->at < (double)(int64_t)least)
        close_in(s, &b, least, 1);
    else if (inside)
        close_in(s, &b, (uint64_t)(int64_t)l->at, 1 + l->miss / 2);
    while (b.high.index - b.low > 1)
        lies_beyond(s, &b, b.low + (b.high.index - b.low) / 2);
    return b.high;
}

/* What the line said of the boundary at `index` is moved no further than needed to be right. More than
 * rounding moves the boundaries of an arithmetic that narrows the scale: their distance follows. Where it was
 * far off, runs have another length than it has: that of the last one. */
static void move_onto(struct line *l, uint64_t index, uint64_t before) {
    double least = (double)(int64_t)(index - 1), greatest = least + (1 - 0x1p-10);
    double move = l->at < least ? least - l->at : l->at > greatest ? greatest - l->at : 0, miss = fabs(move);
    l->at += move;
    l->miss = miss < 0x1p32 ? (uint64_t)miss : 0;
    if (miss > 8 + l->length / 4)
        l->length = (double)(int64_t)(index - before);
    else if (miss > 2)
        l->length += move / 4;
}

/* Runs of one part, [first, last], `length` inputs long where nothing else makes a boundary. The first run is
 * cut off by the part's beginning: there is no line before its end. */
static bool search_part(struct search *s, uint64_t first, uint64_t last, double length) {
    struct place here = evaluate(s, first), end = evaluate(s, last);
    struct line line = {NAN, length, 0};
    for (bool cut_off = true; append(s, &here); cut_off = false) {
        uint64_t before = here.index;
        if (here.key == end.key)
            return true;
        here = next_boundary(s, (struct bracket){here.index, here.key, end}, &line);
        if (cut_off)
            line.at = (double)(int64_t)here.index - 0.5;
        else
            move_onto(&line, here.index, before);
        line.at += line.length;
    }
    return false;
}

static bool search_floats(struct search *s, const struct tb_format *f, uint64_t base) {
    uint64_t step = UINT64_C(1) << (f->precision - 1), exponents = UINT64_C(1)
                                                                   << (f->bits - 1 - (f->precision - 1));
    /* A step of the scale in quanta of the binade; subnormals share the first one's. */
    double length = ldexp(fabs(s->m->c.affine.scale), f->bias + f->precision - 2);
    if (!search_part(s, base, base, 0) || !search_part(s, base + 1, base + step - 1, length))
        return false;
    for (uint64_t e = 1; e < exponents - 1; e++, length /= 2)
        if (!search_part(s, base + e * step, base + (e + 1) * step - 1, length))
            return false;
    uint64_t infinity = base + (exponents - 1) * step, quiet = infinity + step / 2;
    return search_part(s, infinity, infinity, 0) && search_part(s, infinity + 1, quiet - 1, 0) &&
           search_part(s, quiet, infinity + step - 1, 0);
}

static bool search_integers(struct search *s, const struct tb_format *f, uint64_t base) {
    double length = 1 / fabs(s->m->c.affine.scale); /* only requantization has so many inputs */
    if (!search_part(s, base, base, 0))
        return false;
    for (int i = 0; i < f->bits - f->is_signed; i++)
        if (!search_part(s, base + (UINT64_C(1) << i), base + (UINT64_C(2) << i) - 1, length))
            return false;
    return true;
}

static bool evaluate_all(struct search *s) {
    uint64_t before = 0;
    for (uint64_t index = 0; index < tb_format_codes(s->m->c.source); index++) {
        struct place p = evaluate(s, index);
        if ((!index || p.key != before) && !append(s, &p))
            return false;
        before = p.key;
    }
    return true;
}

static bool search(struct search *s) {
    const struct tb_format *f = s->m->c.source;
    uint64_t negative = UINT64_C(1) << (f->bits - 1);
    bool ieee = f->kind == TB_FLOAT && f->nan == TB_NAN_IEEE && f->infinity == TB_INF_IEEE;
    if (f->bits <= 8 || (f->bits <= 16 && (!ieee || s->m->a.clamp == TB_CLAMP_NONE)))
        return evaluate_all(s);
    if (f->kind == TB_INTEGER)
        return search_integers(s, f, 0) && (!f->is_signed || search_integers(s, f, negative));
    return search_floats(s, f, 0) && search_floats(s, f, negative);
}

bool tb_affine_machine_has_staircase(const struct tb_affine_machine *m) {
    if (!tb_case_has_staircase(&m->c))
        return false;
    if (m->c.source->bits <= 16)
        return true;
    /* The low bits of what was not clamped change with every code; a shift to the left may wrap as often. */
    return m->a.clamp != TB_CLAMP_NONE && (m->a.fixed != TB_FIXED_DOUBLE || m->shift < 6);
}

bool tb_affine_machine_staircase(const struct tb_affine_machine *m, struct tb_staircase *out,
                                 struct tb_error *error) {
    char id[TB_CASE_ID];
    struct search s = {.m = m, .padding = m->c.source->padding, .out = out};
    tb_case_print(&m->c, id);
    if (!tb_affine_machine_has_staircase(m))
        return tb_fail(error, TB_EXIT_USAGE, "%s: too many runs for a staircase of this variant", id);
    return search(&s) || tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for a variant's staircase", id);
}
