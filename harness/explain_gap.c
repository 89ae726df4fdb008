/* Where an input lies on the destination's number line, exactly. */
#include "harness/explain.h"
#include "reference/reference.h"
#include "reference/scaled.h"

#include <string.h>

/* ---- Numbers as text. ---- */

void tb_explain_value(const struct tb_format *f, uint64_t pattern, mpfr_ptr out) {
    struct tb_value v = tb_format_decode(f, pattern);
    mpfr_set_uj_2exp(out, v.class == TB_FINITE ? v.significand : 0, v.exponent, MPFR_RNDN);
    mpfr_setsign(out, out, v.negative, MPFR_RNDN);
}

void tb_explain_number(mpfr_srcptr x, char *text, size_t size) {
    mpz_t z;
    mpz_init(z);
    if (mpfr_zero_p(x)) {
        snprintf(text, size, "0");
    } else {
        long exponent = mpfr_get_z_2exp(z, x);
        mp_bitcnt_t zeros = mpz_scan1(z, 0);
        mpz_fdiv_q_2exp(z, z, zeros);
        mpz_abs(z, z);
        if (mpz_sizeinbase(z, 2) <= 64) {
            struct tb_value v = {TB_FINITE, mpfr_signbit(x), (int)(exponent + (long)zeros), 0};
            mpz_export(&v.significand, NULL, -1, sizeof v.significand, 0, 0, z);
            tb_value_print(v, text, size);
        } else {
            mpfr_snprintf(text, size, "%Ra", x);
        }
    }
    mpz_clear(z);
}

void tb_explain_hex(const struct tb_format *f, uint64_t code, char text[24]) {
    snprintf(text, 24, "0x%0*llx", (f->bits + f->padding + 3) / 4, (unsigned long long)code);
}

void tb_explain_short(const struct tb_case *c, uint64_t code, char text[24]) {
    if (tb_case_is_affine(c) && c->destination->kind == TB_INTEGER)
        tb_value_print(tb_format_decode(c->destination, code), text, 24);
    else
        tb_explain_hex(c->destination, code, text);
}

void tb_explain_code(const struct tb_format *f, uint64_t code, char *text, size_t size) {
    char value[128], hex[24];
    tb_explain_hex(f, code, hex);
    tb_value_print(tb_format_decode(f, code), value, sizeof value);
    snprintf(text, size, "%s = %s", hex, value);
}

/* ---- The neighbours. ---- */

/* Distance of neighbours at the end of the range; false where no grid goes on there. */
static bool quantum_at(const struct tb_format *f, mpfr_srcptr end, mpfr_ptr quantum) {
    if (f->kind == TB_CODEBOOK || (f->low == TB_LOW_NORMAL && mpfr_get_exp(end) - 1 <= -f->bias))
        return false;
    long least = f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias, leading = least;
    if (!mpfr_zero_p(end) && mpfr_get_exp(end) - 1 > least)
        leading = mpfr_get_exp(end) - 1;
    mpfr_set_ui_2exp(quantum, 1, f->kind == TB_INTEGER ? -f->bias : leading - f->precision + 1, MPFR_RNDN);
    return true;
}

static uint64_t converted(const struct tb_case *c, uint64_t input, enum tb_rounding rounding) {
    struct tb_case directed = *c;
    directed.rounding = rounding;
    directed.overflow = TB_SATFINITE;
    return tb_exact_mpfr(&directed, input);
}

static void set_middle(struct tb_gap *g) {
    mpfr_add(g->middle, g->low_value, g->high_value, MPFR_RNDN);
    mpfr_div_2ui(g->middle, g->middle, 1, MPFR_RNDN);
}

/* x lies beyond the largest value (already low) or below the smallest (already high). */
static void place_outside(const struct tb_format *f, struct tb_gap *g, bool above) {
    mpfr_t quantum;
    mpfr_init2(quantum, TB_EXPLAIN_BITS);
    mpfr_ptr end = above ? g->low_value : g->high_value, next = above ? g->high_value : g->low_value;
    g->place = above ? TB_PLACE_OVER : TB_PLACE_UNDER;
    *(above ? &g->has_low : &g->has_high) = true;
    g->has_next = quantum_at(f, end, quantum);
    if (g->has_next) {
        if (above)
            mpfr_add(next, end, quantum, MPFR_RNDN);
        else
            mpfr_sub(next, end, quantum, MPFR_RNDN);
        set_middle(g);
        if (above ? mpfr_less_p(g->x, next) : mpfr_greater_p(g->x, next))
            g->place = above ? TB_PLACE_ABOVE : TB_PLACE_BELOW;
    }
    mpfr_clear(quantum);
}

/* x becomes x / s, x * m or q * s. */
static bool set_scaled(const struct tb_case *c, mpfr_ptr x) {
    if (tb_case_multiplies(c))
        mpfr_mul_d(x, x, c->affine.scale, MPFR_RNDN);
    else
        mpfr_div_d(x, x, c->affine.scale, MPFR_RNDN);
    return mpfr_regular_p(x);
}

/* What is rounded: the input, (q - z) * s, what a scale makes of it, or the result of an operation. False
 * where it is no finite number, or zero. */
static bool set_rounded(const struct tb_case *c, uint64_t input, mpfr_ptr x) {
    bool exact;
    if (tb_case_is_basic(c))
        return tb_explain_result(c, input, x, &exact);
    uint64_t operand = tb_case_operand(c, input, 0);
    tb_explain_value(c->source, operand, x);
    if (tb_case_is_scaled(c))
        return set_scaled(c, x) && tb_format_decode(c->source, operand).class == TB_FINITE;
    if (c->operation != TB_DEQUANTIZE)
        return tb_format_decode(c->source, operand).class == TB_FINITE;
    mpfr_sub_si(x, x, c->affine.zero, MPFR_RNDN);
    mpfr_mul_d(x, x, c->affine.scale, MPFR_RNDN);
    return mpfr_regular_p(x);
}

void tb_explain_gap(const struct tb_case *c, uint64_t input, struct tb_gap *g) {
    const struct tb_format *f = c->destination;
    memset(g, 0, sizeof *g);
    mpfr_inits2(TB_EXPLAIN_BITS, g->x, g->low_value, g->high_value, g->middle, (mpfr_ptr)0);
    if (!set_rounded(c, input, g->x))
        return;
    tb_format_largest(f, false, &g->low);
    tb_explain_value(f, g->low, g->low_value);
    if (mpfr_greater_p(g->x, g->low_value)) {
        place_outside(f, g, true);
        return;
    }
    tb_format_largest(f, true, &g->high);
    tb_explain_value(f, g->high, g->high_value);
    if (mpfr_less_p(g->x, g->high_value)) {
        place_outside(f, g, false);
        return;
    }
    g->low = converted(c, input, TB_RD);
    g->high = converted(c, input, TB_RU);
    g->has_low = g->has_high = true;
    tb_explain_value(f, g->low, g->low_value);
    tb_explain_value(f, g->high, g->high_value);
    g->place = g->low == g->high ? TB_PLACE_EXACT : TB_PLACE_BETWEEN;
    set_middle(g);
}
