/* Staircases of affine arithmetics, by bisection.
 *
 * What is bisected is tb_affine_machine_key: constant wherever it is the same at both ends of a stretch of
 * one part of the domain, also where the arithmetic wraps or answers with an indefinite value. Parts are the
 * zeros, each binade, the infinities and the two kinds of NaN. The next boundary is guessed from the run
 * before and closed in from there in growing steps: a run of a quantizer costs some six evaluations. */
#include "reference/affine_machine.h"

struct search {
    const struct tb_affine_machine *m;
    int padding;
    struct tb_staircase *out;
    int64_t code; /* of the input evaluated last */
};

static uint64_t evaluate(struct search *s, uint64_t index) {
    return tb_affine_machine_key(s->m, index << s->padding, &s->code);
}

static bool append(struct search *s, uint64_t index, int64_t code) {
    return tb_staircase_append(s->out, index << s->padding, tb_affine_machine_output(s->m, code));
}

/* A boundary lies in (low, high]: the key at low is `key`, that at high another one. */
struct bracket {
    uint64_t low, high;
};

/* Steps of 2, 8, 32, ... from the guess toward the boundary. */
static void close_in(struct search *s, struct bracket *b, uint64_t guess, uint64_t key) {
    if (guess <= b->low || guess >= b->high)
        return;
    bool forward = evaluate(s, guess) == key;
    for (uint64_t step = 2;; step *= 4) {
        if (forward)
            b->low = guess;
        else
            b->high = guess;
        if (forward ? b->high - guess <= step : guess - b->low <= step)
            return;
        guess = forward ? guess + step : guess - step;
        if ((evaluate(s, guess) == key) != forward)
            break;
    }
    if (forward)
        b->high = guess;
    else
        b->low = guess;
}

static uint64_t next_boundary(struct search *s, uint64_t first, uint64_t last, uint64_t stride,
                              uint64_t key) {
    struct bracket b = {first, last};
    if (stride)
        close_in(s, &b, first + stride, key);
    while (b.high - b.low > 1) {
        uint64_t middle = b.low + (b.high - b.low) / 2;
        if (evaluate(s, middle) == key)
            b.low = middle;
        else
            b.high = middle;
    }
    return b.high;
}

/* Runs of one part, [first, last]. The first run of a part is cut off by its beginning: the second tells how
 * long runs are. */
static bool search_part(struct search *s, uint64_t first, uint64_t last) {
    uint64_t end = evaluate(s, last), key = evaluate(s, first), stride = 0;
    if (!append(s, first, s->code))
        return false;
    for (bool cut_off = true; key != end; cut_off = false) {
        uint64_t next = next_boundary(s, first, last, stride, key);
        stride = cut_off ? 0 : next - first;
        first = next;
        key = evaluate(s, first);
        if (!append(s, first, s->code))
            return false;
    }
    return true;
}

static bool search_floats(struct search *s, const struct tb_format *f, uint64_t base) {
    uint64_t step = UINT64_C(1) << (f->precision - 1), exponents = UINT64_C(1)
                                                                   << (f->bits - 1 - (f->precision - 1));
    if (!search_part(s, base, base) || !search_part(s, base + 1, base + step - 1))
        return false;
    for (uint64_t e = 1; e < exponents - 1; e++)
        if (!search_part(s, base + e * step, base + (e + 1) * step - 1))
            return false;
    uint64_t infinity = base + (exponents - 1) * step, quiet = infinity + step / 2;
    return search_part(s, infinity, infinity) && search_part(s, infinity + 1, quiet - 1) &&
           search_part(s, quiet, infinity + step - 1);
}

static bool search_integers(struct search *s, const struct tb_format *f, uint64_t base) {
    if (!search_part(s, base, base))
        return false;
    for (int i = 0; i < f->bits - f->is_signed; i++)
        if (!search_part(s, base + (UINT64_C(1) << i), base + (UINT64_C(2) << i) - 1))
            return false;
    return true;
}

static bool evaluate_all(struct search *s) {
    uint64_t before = 0;
    for (uint64_t index = 0; index < tb_format_codes(s->m->c.source); index++) {
        uint64_t key = evaluate(s, index);
        if ((!index || key != before) && !append(s, index, s->code))
            return false;
        before = key;
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
