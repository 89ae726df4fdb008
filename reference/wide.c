#include "reference/wide.h"

#include "reference/reference.h"

#include <stdlib.h>

bool tb_wide_applies(const struct tb_case *c) {
    return c->source->bits > 19 && c->source->bits <= 32 && c->source->padding == 0 &&
           c->operation == TB_CONVERT && c->rounding != TB_STOCHASTIC && c->source->kind != TB_CODEBOOK &&
           c->destination->kind != TB_CODEBOOK && !tb_case_has_staircase(c);
}

void tb_wide_free(struct tb_wide *w) {
    free(w->ramps);
    *w = (struct tb_wide){0};
}

/* ---- One code of a ramp. Written once, inlined with a constant rounding into each loop. ---- */

static inline __attribute__((always_inline)) uint64_t round_shift(uint64_t v, int shift,
                                                                  enum tb_rounding rounding) {
    uint64_t half = UINT64_C(1) << (shift - 1), low = 2 * half - 1;
    switch (rounding) {
    case TB_RNE:
        return (v + half - 1 + (v >> shift & 1)) >> shift;
    case TB_RNA:
        return (v + half) >> shift;
    case TB_RU:
        return (v + low) >> shift;
    case TB_RD:
        return (v + half - 1) >> shift;
    case TB_RTO:
        return v >> shift | ((v & low) != 0);
    default:
        return v >> shift;
    }
}

static inline __attribute__((always_inline)) uint64_t ramp_code(const struct tb_ramp *r, uint64_t pattern,
                                                                enum tb_rounding rounding) {
    uint64_t offset = pattern - r->first, v = r->falling ? r->significand - offset : r->significand + offset;
    uint64_t n = r->shift > 0 ? round_shift(v, r->shift, rounding) : v << -r->shift;
    return r->negated ? r->base - n : r->base + n;
}

static uint64_t code_at(const struct tb_ramp *r, uint64_t pattern) {
    return r->constant ? r->base : ramp_code(r, pattern, r->rounding);
}

#define FILL_LOOP(ROUNDING)                                                                                  \
    case ROUNDING:                                                                                           \
        for (size_t i = 0; i < count; i++)                                                                   \
            codes[i] = (CODE)ramp_code(&ramp, first + i, ROUNDING);                                          \
        return;

#define FILL(NAME, TYPE)                                                                                     \
    void NAME(const struct tb_ramp *r, uint64_t first, size_t count, TYPE *codes) {                          \
        typedef TYPE CODE;                                                                                   \
        struct tb_ramp ramp = *r; /* a copy: the stores below cannot touch it */                             \
        switch (ramp.constant ? TB_EXACT : ramp.rounding) {                                                  \
            FILL_LOOP(TB_RNE)                                                                                \
            FILL_LOOP(TB_RNA)                                                                                \
            FILL_LOOP(TB_RTZ)                                                                                \
            FILL_LOOP(TB_RU)                                                                                 \
            FILL_LOOP(TB_RD)                                                                                 \
            FILL_LOOP(TB_RTO)                                                                                \
        default:                                                                                             \
            for (size_t i = 0; i < count; i++)                                                               \
                codes[i] = (CODE)ramp.base;                                                                  \
        }                                                                                                    \
    }
FILL(tb_ramp_fill4, uint32_t)
FILL(tb_ramp_fill8, uint64_t)

/* ---- Building. ---- */

/* The case's rounding as one of magnitudes. */
static enum tb_rounding of_magnitude(enum tb_rounding rounding, bool negative) {
    switch (rounding) {
    case TB_RU:
        return negative ? TB_RTZ : TB_RU;
    case TB_RD:
        return negative ? TB_RU : TB_RTZ;
    case TB_RHU:
        return negative ? TB_RD : TB_RNA;
    case TB_EXACT:
        return TB_RTZ;
    default:
        return rounding;
    }
}

static int destination_quantum(const struct tb_format *f, struct tb_value v) {
    if (f->kind == TB_INTEGER)
        return -f->bias;
    int leading = v.exponent + 63 - __builtin_clzll(v.significand), least = 1 - f->bias;
    return (leading > least ? leading : least) - f->precision + 1;
}

static bool confirmed(const struct tb_case *c, const struct tb_wide *w, const struct tb_ramp *r) {
    uint64_t span = r->last - r->first, step = span / 61 + 1,
             tie = r->shift > 0 && r->shift < 63 ? UINT64_C(1) << (r->shift - 1) : 0;
    for (uint64_t at = 0; at <= span; at += step) {
        uint64_t near_tie = tie ? ((at | tie) & ~(tie - 1)) : at;
        if (tb_mpfr_convert(c, r->first + at) != (code_at(r, r->first + at) & w->mask))
            return false;
        if (near_tie <= span &&
            tb_mpfr_convert(c, r->first + near_tie) != (code_at(r, r->first + near_tie) & w->mask))
            return false;
    }
    return tb_mpfr_convert(c, r->last) == (code_at(r, r->last) & w->mask);
}

static bool add_part(const struct tb_case *c, struct tb_wide *w, uint64_t first, uint64_t last) {
    struct tb_ramp *r = &w->ramps[w->count++];
    struct tb_value v = tb_format_decode(c->source, first);
    uint64_t code = tb_mpfr_convert(c, first);
    *r = (struct tb_ramp){.first = first, .last = last, .base = code, .constant = true};
    if (v.class == TB_FINITE && code != tb_mpfr_convert(c, last)) {
        r->constant = false;
        r->falling = c->source->kind == TB_INTEGER && v.negative;
        r->negated = c->destination->kind == TB_INTEGER && v.negative;
        r->significand = v.significand;
        r->shift = destination_quantum(c->destination, v) - v.exponent;
        r->rounding = of_magnitude(c->rounding, v.negative);
        if (r->shift > 62 || r->shift < -52)
            return false;
        r->base = 0;
        r->base = r->negated ? code + (0 - ramp_code(r, first, r->rounding))
                             : code - ramp_code(r, first, r->rounding);
    }
    return confirmed(c, w, r);
}

/* NaN payloads shift like significands, but they are no numbers: ramps of their own. */
static bool add_nan_part(const struct tb_case *c, struct tb_wide *w, uint64_t first, uint64_t last) {
    struct tb_ramp *r = &w->ramps[w->count++];
    int shift =
        (c->source->precision - 1) - (c->destination->kind == TB_FLOAT ? c->destination->precision - 1 : 0);
    uint64_t code = tb_mpfr_convert(c, first);
    *r = (struct tb_ramp){.first = first, .last = last, .base = code, .constant = true};
    if (code != tb_mpfr_convert(c, last)) {
        uint64_t fraction = first & ((UINT64_C(1) << (c->source->precision - 1)) - 1);
        *r = (struct tb_ramp){
            .first = first, .last = last, .significand = fraction, .shift = shift, .rounding = TB_RTZ};
        r->base = code - ramp_code(r, first, TB_RTZ);
    }
    return confirmed(c, w, r);
}

static bool add_float_half(const struct tb_case *c, struct tb_wide *w, uint64_t base) {
    const struct tb_format *f = c->source;
    int fraction_bits = f->precision - 1;
    uint64_t step = UINT64_C(1) << fraction_bits, exponents = UINT64_C(1) << tb_format_exponent_bits(f);
    /* Subnormals have leading bits of their own, and so have results below the destination's normals: parts
     * by leading bit. */
    bool ok = add_part(c, w, base, base);
    for (int i = 0; ok && i < fraction_bits; i++)
        ok = add_part(c, w, base + (UINT64_C(1) << i), base + (UINT64_C(2) << i) - 1);
    for (uint64_t e = 1; ok && e < exponents - 1; e++)
        ok = add_part(c, w, base + e * step, base + (e + 1) * step - 1);
    uint64_t infinity = base + (exponents - 1) * step, quiet = infinity + step / 2;
    return ok && add_part(c, w, infinity, infinity) && add_nan_part(c, w, infinity + 1, quiet - 1) &&
           add_nan_part(c, w, quiet, infinity + step - 1);
}

static bool add_integers(const struct tb_case *c, struct tb_wide *w) {
    const struct tb_format *f = c->source;
    int bits = f->bits - f->is_signed;
    bool ok = add_part(c, w, 0, 0);
    for (int i = 0; ok && i < bits; i++)
        ok = add_part(c, w, UINT64_C(1) << i, (UINT64_C(2) << i) - 1);
    uint64_t top = UINT64_C(1) << f->bits;
    if (ok && f->is_signed)
        ok = add_part(c, w, top / 2, top / 2);
    for (int i = bits - 1; ok && f->is_signed && i >= 0; i--) /* -2^(i+1)+1 .. -2^i */
        ok = add_part(c, w, top - (UINT64_C(2) << i) + 1, top - (UINT64_C(1) << i));
    return ok;
}

bool tb_wide_make(const struct tb_case *c, struct tb_wide *out, struct tb_error *error) {
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    *out = (struct tb_wide){.mask = c->destination->bits == 64 ? UINT64_MAX
                                                               : (UINT64_C(1) << c->destination->bits) - 1};
    out->ramps = calloc(1024, sizeof *out->ramps);
    if (!out->ramps)
        return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for its golden answers", id);
    bool ok = c->source->kind == TB_INTEGER
                  ? add_integers(c, out)
                  : add_float_half(c, out, 0) && add_float_half(c, out, UINT64_C(1) << (c->source->bits - 1));
    return ok || tb_fail(error, TB_EXIT_SYSTEM,
                         "%s: MPFR does not confirm the ramp at 0x%llx: report this as a fault of tiebreak",
                         id, (unsigned long long)out->ramps[out->count - 1].first);
}
