/* Staircases of affine arithmetics, by bisection.
 *
 * What is bisected is tb_affine_machine_key: constant wherever it is the same at both ends of a stretch of
 * one part of the domain, also where the arithmetic wraps or answers with an indefinite value. Parts are the
 * zeros, each binade, the infinities and the two kinds of NaN. Inside a part inputs are equally spaced, and
 * so are nearly all boundaries: a line says where the next one should be. Where the two inputs there have the
 * keys on either side of a boundary, two evaluations were all; else it is looked for from there in growing
 * steps. Where many are to come, affine_lanes.c takes a block of them at a time. */
#include "reference/affine_search.h"

struct tb_affine_place tb_affine_evaluate(const struct tb_affine_search *s, uint64_t index) {
    struct tb_affine_place p = {.index = index};
    p.key = tb_affine_machine_key(s->m, index << s->padding, &p.code);
    return p;
}

/* ---- One boundary. ---- */

/* A boundary lies in (low, high.index]; the input `low` has `key`, high another one. */
struct bracket {
    uint64_t low, key;
    struct tb_affine_place high;
};

/* Narrows the bracket by one more evaluation: whether the boundary lies beyond `index`. */
static bool lies_beyond(const struct tb_affine_search *s, struct bracket *b, uint64_t index) {
    struct tb_affine_place p = tb_affine_evaluate(s, index);
    bool beyond = p.key == b->key;
    if (beyond)
        b->low = index;
    else
        b->high = p;
    return beyond;
}

/* Growing steps from `guess`, inside the bracket, to the other side of the boundary. */
static void close_in(const struct tb_affine_search *s, struct bracket *b, uint64_t guess, uint64_t step) {
    bool forward = lies_beyond(s, b, guess);
    for (; b->high.index - b->low > step; step *= 2)
        if (lies_beyond(s, b, forward ? b->low + step : b->high.index - step) != forward)
            return;
}

struct tb_affine_place tb_affine_next(const struct tb_affine_search *s, const struct tb_affine_place *here,
                                      const struct tb_affine_place *end, double guess, uint64_t miss) {
    struct bracket b = {here->index, here->key, *end};
    uint64_t least = b.low + 1; /* of guesses; where every input is a step, the one */
    bool inside = b.high.index > least && guess < (double)(int64_t)b.high.index;
    if (inside && guess < (double)(int64_t)least)
        close_in(s, &b, least, 1);
    else if (inside)
        close_in(s, &b, (uint64_t)(int64_t)guess, 1 + miss / 2);
    while (b.high.index - b.low > 1)
        lies_beyond(s, &b, b.low + (b.high.index - b.low) / 2);
    return b.high;
}

/* ---- Parts. ---- */

/* Runs of one part, [first, last]. */
static bool search_part(struct tb_affine_search *s, uint64_t first, uint64_t last) {
    struct tb_affine_place here = tb_affine_evaluate(s, first), end = tb_affine_evaluate(s, last);
    tb_affine_codes_fn *codes = s->codes;
    bool fits = tb_affine_append(s, &here);
    for (bool cut_off = true; fits && here.key != end.key; cut_off = false) {
        if (!cut_off && tb_affine_pays_block(s, &here, &end)) {
            fits = tb_affine_search_block(s, &here, &end);
            continue;
        }
        uint64_t before = here.index;
        here = tb_affine_next(s, &here, &end, s->line.at + s->line.off[0], s->line.miss);
        if (cut_off)
            tb_affine_line_first(&s->line, here.index);
        else
            tb_affine_line_next(&s->line, here.index, before);
        fits = tb_affine_append(s, &here);
    }
    s->codes = codes;
    return fits;
}

static bool search_floats(struct tb_affine_search *s, const struct tb_format *f, uint64_t base) {
    uint64_t step = UINT64_C(1) << (f->precision - 1), exponents = UINT64_C(1)
                                                                   << (f->bits - 1 - (f->precision - 1));
    /* A step of the scale in quanta of the binade; subnormals share the first one's. */
    s->line =
        tb_affine_line_begin(ldexp(fabs(s->m->c.affine.scale), f->bias + f->precision - 2), s->line.stretch);
    if (!search_part(s, base, base) || !search_part(s, base + 1, base + step - 1))
        return false;
    for (uint64_t e = 1; e < exponents - 1; e++) {
        tb_affine_line_enter(&s->line, base + e * step, e == 1 ? 1 : 2);
        if (!search_part(s, base + e * step, base + (e + 1) * step - 1))
            return false;
    }
    uint64_t infinity = base + (exponents - 1) * step, quiet = infinity + step / 2;
    return search_part(s, infinity, infinity) && search_part(s, infinity + 1, quiet - 1) &&
           search_part(s, quiet, infinity + step - 1);
}

static bool search_integers(struct tb_affine_search *s, const struct tb_format *f, uint64_t base) {
    /* Only requantization has so many inputs. */
    s->line = tb_affine_line_begin(1 / fabs(s->m->c.affine.scale), s->line.stretch);
    if (!search_part(s, base, base))
        return false;
    for (int i = 0; i < f->bits - f->is_signed; i++) {
        tb_affine_line_enter(&s->line, base + (UINT64_C(1) << i), 1);
        if (!search_part(s, base + (UINT64_C(1) << i), base + (UINT64_C(2) << i) - 1))
            return false;
    }
    return true;
}

static bool evaluate_all(struct tb_affine_search *s) {
    uint64_t before = 0;
    for (uint64_t index = 0; index < tb_format_codes(s->m->c.source); index++) {
        struct tb_affine_place p = tb_affine_evaluate(s, index);
        if ((!index || p.key != before) && !tb_affine_append(s, &p))
            return false;
        before = p.key;
    }
    return true;
}

static bool search(struct tb_affine_search *s) {
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

/* Room for a run a code, where these are few: memory that grows costs more than the search. */
static bool reserve(const struct tb_affine_search *s) {
    int64_t codes = s->m->high > s->m->low ? s->m->high - s->m->low : 0;
    return codes > 1 << 16 || tb_staircase_reserve(s->out, (size_t)codes + 128);
}

bool tb_affine_search(const struct tb_affine_machine *m, tb_affine_codes_fn *codes,
                      struct tb_staircase *out) {
    struct tb_affine_search s = {.m = m,
                                 .codes = tb_affine_block_has(m) ? codes : NULL,
                                 .padding = m->c.source->padding,
                                 .mask = tb_affine_code_mask(m),
                                 .out = out,
                                 .line = {.stretch = 1}};
    return reserve(&s) && search(&s);
}

bool tb_affine_machine_staircase(const struct tb_affine_machine *m, struct tb_staircase *out,
                                 struct tb_error *error) {
    char id[TB_CASE_ID];
    tb_case_print(&m->c, id);
    if (!tb_affine_machine_has_staircase(m))
        return tb_fail(error, TB_EXIT_USAGE, "%s: too many runs for a staircase of this variant", id);
    return tb_affine_search(m, tb_affine_codes_best(), out) ||
           tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for a variant's staircase", id);
}
