/* A basic operation: its operands, and its result before it is rounded. */
#include "harness/explain.h"
#include "reference/round_once.h"

#include <string.h>

/* ---- The result. ---- */

/* To nearest in TB_EXPLAIN_BITS: exact but for quotients and roots, which never lie on a boundary unless they
 * are exact. */
static int operate(enum tb_operation operation, mpfr_t *x, mpfr_ptr out) {
    switch (operation) {
    case TB_ADD:
        return mpfr_add(out, x[0], x[1], MPFR_RNDN);
    case TB_SUB:
        return mpfr_sub(out, x[0], x[1], MPFR_RNDN);
    case TB_MUL:
        return mpfr_mul(out, x[0], x[1], MPFR_RNDN);
    case TB_DIV:
        return mpfr_div(out, x[0], x[1], MPFR_RNDN);
    case TB_FMA:
        return mpfr_fma(out, x[0], x[1], x[2], MPFR_RNDN);
    case TB_SQRT:
        return mpfr_sqrt(out, x[0], MPFR_RNDN);
    case TB_RCP:
        return mpfr_ui_div(out, 1, x[0], MPFR_RNDN);
    default:
        return mpfr_rec_sqrt(out, x[0], MPFR_RNDN);
    }
}

bool tb_explain_result(const struct tb_case *c, uint64_t input, mpfr_ptr out, bool *exact) {
    mpfr_t x[3];
    mpfr_inits2(TB_EXPLAIN_BITS, x[0], x[1], x[2], (mpfr_ptr)0);
    for (int i = 0; i < tb_case_shape(c).operands; i++)
        tb_set_pattern(x[i], c->source, tb_case_operand(c, input, i));
    *exact = operate(c->operation, x, out) == 0;
    mpfr_clears(x[0], x[1], x[2], (mpfr_ptr)0);
    return mpfr_regular_p(out);
}

/* ---- In words. ---- */

static const char *const formulas[TB_OPERATIONS] = {
    [TB_ADD] = "a + b",     [TB_SUB] = "a - b",    [TB_MUL] = "a * b", [TB_DIV] = "a / b",
    [TB_FMA] = "a * b + c", [TB_SQRT] = "sqrt(a)", [TB_RCP] = "1 / a", [TB_RSQRT] = "1 / sqrt(a)",
};

static struct tb_step *add_step(struct tb_walk *w, const char *label, const char *member) {
    struct tb_step *step = &w->steps[w->step_count++];
    step->label = label;
    step->member = member;
    return step;
}

static void add_operands(struct tb_walk *w) {
    static const char *const names[] = {"a", "b", "c"};
    const struct tb_format *f = w->c->source;
    for (int i = 0; i < tb_case_shape(w->c).operands; i++) {
        struct tb_step *step = add_step(w, names[i], names[i]);
        uint64_t pattern = tb_case_operand(w->c, w->input, i);
        char hex[24], fields[96], value[128];
        tb_explain_hex(f, pattern, hex);
        tb_explain_fields(f, pattern, fields);
        tb_value_print(tb_format_decode(f, pattern), value, sizeof value);
        snprintf(step->text, sizeof step->text, "%s   %s   %s%s", hex, fields, value,
                 tb_format_is_subnormal(f, pattern) ? ", subnormal" : "");
    }
}

static bool has_nan_operand(const struct tb_walk *w) {
    for (int i = 0; i < tb_case_shape(w->c).operands; i++)
        if (tb_format_is_nan(w->c->source, tb_case_operand(w->c, w->input, i)))
            return true;
    return false;
}

/* What is no finite number, or zero. */
static const char *special_words(const struct tb_walk *w, mpfr_srcptr x) {
    if (has_nan_operand(w))
        return "NaN, since an operand is";
    if (mpfr_zero_p(x))
        return "0, exactly";
    if (mpfr_nan_p(x))
        return "invalid: NaN";
    return w->value.class == TB_NOT_A_NUMBER ? "NaN: the zero has no sign that tells which infinity is meant"
                                             : "infinite: answered as the overflow policy says";
}

void tb_explain_basic(struct tb_walk *w) {
    struct tb_step *step;
    mpfr_t x;
    bool exact;
    char number[160];
    add_operands(w);
    mpfr_init2(x, TB_EXPLAIN_BITS);
    bool regular = tb_explain_result(w->c, w->input, x, &exact);
    step = add_step(w, "exact", "exact");
    w->value.negative = mpfr_signbit(x);
    if (!regular)
        snprintf(number, sizeof number, "%s", special_words(w, x));
    else if (exact)
        tb_explain_number(x, number, sizeof number);
    else
        mpfr_snprintf(number, sizeof number, "%.30Rg, rounded", x);
    snprintf(step->text, sizeof step->text, "%s%s%s", formulas[w->c->operation], regular ? " = " : " is ",
             number);
    mpfr_clear(x);
}
