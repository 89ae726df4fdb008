/* The steps of one input of a scaled case (reference/scaled.h), and what its variants make of it. */
#include "harness/explain.h"
#include "reference/affine_number.h"
#include "reference/reference.h"
#include "reference/scaled.h"

#include <math.h>
#include <string.h>

/* What IEEE 754 makes of an operand that is zero or no number. */
static void step_special(struct tb_walk *w, const char *member, double t) {
    const char *formula = tb_case_formula(w->c);
    if (isnan(t))
        tb_explain_step(w, member, member, "%s is NaN: the positive quiet one, or the largest value",
                        formula);
    else if (isinf(t))
        tb_explain_step(w, member, member, "%s is %sinfinity, answered as the overflow policy says", formula,
                        t < 0 ? "-" : "");
    else
        tb_explain_step(w, member, member, "%s is %s0, kept where the destination has it", formula,
                        signbit(t) ? "-" : "");
}

void tb_explain_scaled(struct tb_walk *w) {
    const struct tb_case *c = w->c;
    bool product = tb_case_multiplies(c);
    const char *label = c->affine.is_factor ? "factor" : "scale", *member = product ? "product" : "quotient";
    double x = tb_format_value(c->source, w->operand), scale = c->affine.scale;
    char text[TB_EXPLAIN_TEXT];
    tb_explain_scale(scale, text);
    tb_explain_step(w, label, label, "%.300s", text);
    if (!isfinite(x) || !isfinite(scale) || x == 0 || scale == 0) {
        step_special(w, member, product ? x * scale : x / scale);
        return;
    }
    mpq_t t, s;
    mpq_inits(t, s, (mpq_ptr)0);
    tb_explain_rational(t, w->value);
    mpq_set_d(s, scale);
    if (product)
        mpq_mul(t, t, s);
    else
        mpq_div(t, t, s);
    tb_explain_fraction(t, text, sizeof text);
    tb_explain_step(w, member, member, "%s = %.300s", tb_case_formula(c), text);
    mpq_clears(t, s, (mpq_ptr)0);
}

/* ---- Variants. ---- */

/* Whether t stands in the middle of two values of the destination. */
static bool is_tie(const struct tb_scaled_machine *m, double t) {
    struct tb_case c = {.source = tb_format_find("fp64", NULL),
                        .destination = m->c.destination,
                        .rounding = TB_RD,
                        .overflow = TB_SATFINITE};
    double low = tb_format_value(c.destination, tb_integer_convert(&c, tb_double_bits(t)));
    c.rounding = TB_RU;
    double high = tb_format_value(c.destination, tb_integer_convert(&c, tb_double_bits(t)));
    return low < high && t - low == high - t;
}

static void note_value(const struct tb_scaled_machine *m, double t, char *note, size_t size) {
    const char *number = tb_explain_numbers[m->a.number].name;
    int digits = tb_explain_numbers[m->a.number].digits;
    const char *clamped =
        m->a.clamp != TB_SCALED_CLAMP_NONE && (t == m->most[0] || t == m->most[1]) ? " or its clamp" : "";
    if (m->divides)
        snprintf(note, size, "%s(x / %.*g)%s = %.*g%s", number, digits, m->by, clamped, digits, t,
                 is_tie(m, t) ? ", a tie" : "");
    else
        snprintf(note, size, "%s(x * %.*g)%s = %.*g%s", number, digits, m->by, clamped, digits, t,
                 is_tie(m, t) ? ", a tie" : "");
}

void tb_explain_scaled_note(const struct tb_behaviour *b, uint64_t input, char *note, size_t size) {
    const struct tb_scaled_machine *m = &b->scaled;
    note[0] = 0;
    if (b->exact)
        return;
    double t = tb_scaled_machine_value(m, input);
    bool same_scale = m->a.held == TB_REAL && m->a.power == TB_POWER_NONE;
    if (!isfinite(t) || t == 0)
        return;
    if (m->a.conversion.via && m->real)
        tb_explain_via_note(&m->a.conversion.exact, tb_double_bits(t), m->a.conversion.via, note, size);
    else if (!m->real)
        note_value(m, t, note, size);
    else if (!same_scale)
        snprintf(note, size, "%s %.17g", tb_case_multiplies(&m->c) ? "times" : "divided by", m->by);
}
