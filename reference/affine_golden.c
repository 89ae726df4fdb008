/* Golden staircases of the affine operations.
 *
 * What is bisected is the code before anything makes it less than monotone: clamped one beyond each limit, so
 * that a mask still sees what lies outside. The outputs are read off the codes. */
#include "reference/affine_golden.h"

#include "reference/affine.h"
#include "reference/bisect.h"

#include <math.h>

struct search {
    const struct tb_case *c;
    int64_t low, high, nan; /* the limits, and a code that stands for NaN */
};

static uint64_t code_of(const void *context, uint64_t pattern) {
    const struct search *s = context;
    return (uint64_t)tb_affine_mpfr_code(s->c, pattern, s->low, s->high, s->nan);
}

/* On one side of zero the codes go one way: up with the input's value where the scale is positive. */
static bool ordered(const struct tb_case *c, const struct tb_staircase *codes, const struct search *search) {
    uint64_t step = UINT64_C(1) << c->source->padding;
    for (size_t run = 1; run < codes->count; run++) {
        struct tb_value before = tb_format_decode(c->source, codes->first[run] - step);
        struct tb_value here = tb_format_decode(c->source, codes->first[run]);
        int64_t from = (int64_t)codes->code[run - 1], to = (int64_t)codes->code[run];
        bool falling = (here.negative && c->source->kind == TB_FLOAT) != (signbit(c->affine.scale) != 0);
        bool neighbours = from != search->nan && to != search->nan && before.negative == here.negative &&
                          before.class != TB_NOT_A_NUMBER && here.class != TB_NOT_A_NUMBER;
        if (neighbours && (falling ? to > from : to < from))
            return false;
    }
    return true;
}

/* A zero scale jumps from 0 / 0 to infinities, an infinite one from zeros to NaN: in a part of the domain of
 * its own, but not monotone across zero, which stands in the first part of both halves. */
static bool apart_at_zero(const struct tb_case *c, const struct search *search, struct tb_staircase *codes) {
    uint64_t step = UINT64_C(1) << c->source->padding, sign = step << (c->source->bits - 1),
             last = 2 * sign - step;
    const uint64_t infinity = sign - (step << (c->source->precision - 1));
    const uint64_t starts[] = {0,    step,        infinity,        infinity + step,
                               sign, sign + step, sign + infinity, sign + infinity + step};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (starts[i] <= last && !tb_staircase_append(codes, starts[i], code_of(search, starts[i])))
            return false;
    return true;
}

static bool build_codes(const struct tb_case *c, const struct search *search, struct tb_staircase *codes) {
    bool plain = isfinite(c->affine.scale) && c->affine.scale != 0;
    if (plain || c->source->kind != TB_FLOAT || c->source->nan != TB_NAN_IEEE)
        return tb_staircase_bisect(c->source, code_of, search, codes);
    return apart_at_zero(c, search, codes);
}

bool tb_affine_golden(const struct tb_case *c, struct tb_staircase *out, bool *monotone) {
    const struct tb_affine *a = &c->affine;
    const struct search search = {c, a->low - 1, a->high + 1, a->high + 2};
    struct tb_staircase codes = {0};
    bool ok = build_codes(c, &search, &codes);
    *monotone = ok && ordered(c, &codes, &search);
    for (size_t run = 0; ok && run < codes.count; run++)
        ok = tb_staircase_append(out, codes.first[run], tb_affine_mpfr(c, codes.first[run]));
    tb_staircase_free(&codes);
    return ok;
}
