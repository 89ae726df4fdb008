/* The steps of one input of an affine case, on exact fractions: what reference/affine.h defines, said in
 * words. The codes themselves are the reference's. */
#include "harness/explain.h"
#include "reference/affine.h"
#include "reference/reference.h"
#include "vectors/affine_case.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Significant digits of a number that is not written in full. A quotient of fp32 by fp64 lies 2^-85 from a
 * tie at least, as seen from 2^7: 28 digits tell it apart. */
#define DIGITS 30

void tb_explain_step(struct tb_walk *w, const char *label, const char *member, const char *format, ...) {
    struct tb_step *step = &w->steps[w->step_count++];
    va_list arguments;
    step->label = label;
    step->member = member;
    va_start(arguments, format);
    vsnprintf(step->text, sizeof step->text, format, arguments);
    va_end(arguments);
}

/* ---- Fractions as text. ---- */

static bool is_dyadic(mpq_srcptr q) {
    return mpz_popcount(mpq_denref(q)) == 1;
}

/* In decimal; true where that is exact. */
static bool write_decimal(mpq_srcptr q, char *text, size_t size) {
    mpfr_t x;
    mpfr_init2(x, TB_EXPLAIN_BITS);
    bool exact = mpfr_set_q(x, q, MPFR_RNDN) == 0 && is_dyadic(q);
    if (exact)
        tb_explain_number(x, text, size);
    exact = exact && !strchr(text, 'x') && strlen(text) <= 40;
    if (!exact)
        mpfr_snprintf(text, size, "%.*Rg", DIGITS, x);
    mpfr_clear(x);
    return exact;
}

void tb_explain_fraction(mpq_srcptr q, char *text, size_t size) {
    char decimal[160];
    bool exact = write_decimal(q, decimal, sizeof decimal);
    bool is_short =
        mpz_sizeinbase(mpq_numref(q), 10) <= 20 && mpz_sizeinbase(mpq_denref(q), 10) <= 20 && !is_dyadic(q);
    if (is_short)
        gmp_snprintf(text, size, "%Qd = %s%s", q, decimal, exact ? "" : ", rounded");
    else
        snprintf(text, size, "%s%s", decimal, exact ? "" : ", rounded");
}

/* ---- The numbers of a case. ---- */

void tb_explain_rational(mpq_ptr q, struct tb_value v) {
    mpq_set_ui(q, 0, 1);
    if (v.class != TB_FINITE)
        return;
    mpz_import(mpq_numref(q), 1, -1, sizeof v.significand, 0, 0, &v.significand);
    if (v.exponent >= 0)
        mpq_mul_2exp(q, q, (mp_bitcnt_t)v.exponent);
    else
        mpq_div_2exp(q, q, (mp_bitcnt_t)-v.exponent);
    if (v.negative)
        mpq_neg(q, q);
}

/* The distance of an input's neighbours: 1 of an integer. */
static void set_ulp(mpq_ptr ulp, const struct tb_format *f, struct tb_value v) {
    int least = 1 - f->bias, leading = least;
    mpq_set_ui(ulp, 1, 1);
    if (f->kind != TB_FLOAT)
        return;
    if (v.class == TB_FINITE && v.exponent + 63 - __builtin_clzll(v.significand) > least)
        leading = v.exponent + 63 - __builtin_clzll(v.significand);
    int exponent = leading - f->precision + 1;
    if (exponent >= 0)
        mpq_mul_2exp(ulp, ulp, (mp_bitcnt_t)exponent);
    else
        mpq_div_2exp(ulp, ulp, (mp_bitcnt_t)-exponent);
}

void tb_explain_scale(double scale, char text[TB_EXPLAIN_TEXT]) {
    char decimal[160] = "";
    bool exact = true;
    if (isfinite(scale)) {
        mpq_t s;
        mpq_init(s);
        mpq_set_d(s, scale);
        exact = write_decimal(s, decimal, sizeof decimal);
        mpq_clear(s);
    }
    if (isnan(scale)) /* of either sign */
        snprintf(text, TB_EXPLAIN_TEXT, "nan");
    else
        snprintf(text, TB_EXPLAIN_TEXT, "%a%s%s%s", scale, decimal[0] ? " = " : "", decimal,
                 exact ? "" : ", rounded");
}

static void step_scale(struct tb_walk *w) {
    const struct tb_affine *a = &w->c->affine;
    char scale[TB_EXPLAIN_TEXT], codes[80] = "";
    if (w->c->operation != TB_DEQUANTIZE)
        snprintf(codes, sizeof codes, ", codes %lld to %lld", (long long)a->low, (long long)a->high);
    tb_explain_scale(a->scale, scale);
    tb_explain_step(w, "scale", "scale", "%.200s; zero point %lld%s", scale, (long long)a->zero, codes);
}

/* ---- From the scaled value to the code. ---- */

/* t = k + rest / denominator: which neighbour gets the boundary. */
static void write_tie_of(const struct tb_case *c, bool negative, mpz_srcptr k, char *text, size_t size) {
    bool up;
    const char *why;
    mpz_t winner;
    switch (c->rounding) {
    case TB_RNE:
        up = mpz_odd_p(k);
        why = "even";
        break;
    case TB_RNA:
        up = !negative;
        why = "away from zero";
        break;
    case TB_RHU:
        up = true;
        why = "toward +infinity";
        break;
    default:
        snprintf(text, size, "which %s does not ask for", tb_rounding_name(c->rounding));
        return;
    }
    mpz_init_set(winner, k);
    mpz_add_ui(winner, winner, up);
    gmp_snprintf(text, size, "given to %Zd under %s (%s)", winner, tb_rounding_name(c->rounding), why);
    mpz_clear(winner);
}

/* Where the input lies, seen from the boundary: in its own units in the last place. */
static void step_distance(struct tb_walk *w, mpq_srcptr x, mpq_srcptr boundary) {
    const struct tb_format *f = w->c->source;
    char unit[80];
    mpq_t distance, ulp;
    mpq_inits(distance, ulp, (mpq_ptr)0);
    mpq_sub(distance, x, boundary);
    set_ulp(ulp, f, w->value);
    mpq_div(distance, distance, ulp);
    if (f->kind == TB_FLOAT)
        snprintf(unit, sizeof unit, "ULP of %s", f->name);
    else
        snprintf(unit, sizeof unit, "steps of %s", f->name);
    if (mpq_sgn(distance) == 0)
        tb_explain_step(w, "the input", "distance", "lies on the boundary: a tie");
    else
        tb_explain_step(w, "the input", "distance", "lies %.6g %s %s the boundary", fabs(mpq_get_d(distance)),
                        unit, mpq_sgn(distance) > 0 ? "above" : "below");
    mpq_clears(distance, ulp, (mpq_ptr)0);
}

/* The input that stands for k + 1/2: (k + 1/2) * s, or (k + 1/2) / s of a requantization. */
static void step_between(struct tb_walk *w, mpq_srcptr x, mpq_srcptr s, mpq_srcptr t, mpz_srcptr k) {
    bool product = w->c->operation == TB_REQUANTIZE;
    char number[200], tie[96];
    mpq_t boundary;
    mpz_t next;
    mpq_init(boundary);
    mpz_init(next);
    mpz_add_ui(next, k, 1);
    mpz_mul_2exp(mpq_numref(boundary), k, 1);
    mpz_add_ui(mpq_numref(boundary), mpq_numref(boundary), 1);
    mpz_set_ui(mpq_denref(boundary), 2);
    mpq_canonicalize(boundary);
    if (product)
        mpq_div(boundary, boundary, s);
    else
        mpq_mul(boundary, boundary, s);
    tb_explain_fraction(boundary, number, sizeof number);
    write_tie_of(w->c, mpq_sgn(t) < 0, k, tie, sizeof tie);
    char low[48], high[48];
    gmp_snprintf(low, sizeof low, "%Zd", k);
    gmp_snprintf(high, sizeof high, "%Zd", next);
    tb_explain_step(w, "between", "between", "%s and %s;  boundary (%s + 1/2) %s s = %s, %s", low, high, low,
                    product ? "/" : "*", number, tie);
    step_distance(w, x, boundary);
    mpq_clear(boundary);
    mpz_clear(next);
}

/* "128 + 3 = 131, clamped to 127". An integer beyond 2^40 is not spelt. */
static void step_code(struct tb_walk *w) {
    const struct tb_affine *a = &w->c->affine;
    const int64_t far = INT64_C(1) << 39;
    int64_t before = tb_affine_mpfr_code(w->c, w->input, -far, far, a->zero);
    int64_t after = before < a->low ? a->low : before > a->high ? a->high : before;
    bool beyond = before == far || before == -far;
    char sum[128], clamped[64] = "";
    if (beyond)
        snprintf(sum, sizeof sum, "beyond every code");
    else if (a->zero)
        snprintf(sum, sizeof sum, "%lld %c %lld = %lld", (long long)(before - a->zero),
                 a->zero < 0 ? '-' : '+', (long long)(a->zero < 0 ? -a->zero : a->zero), (long long)before);
    else
        snprintf(sum, sizeof sum, "%lld", (long long)before);
    if (tb_case_is_mask(w->c)) {
        tb_explain_step(w, "code", "code", "%s", sum);
        tb_explain_step(w, "mask", "mask",
                        before == after ? "inside %lld to %lld: 1" : "outside %lld to %lld: 0",
                        (long long)a->low, (long long)a->high);
        return;
    }
    if (after != before)
        snprintf(clamped, sizeof clamped, ", clamped to %lld", (long long)after);
    tb_explain_step(w, "code", "code", "%s%s", sum, clamped);
    if (w->c->operation == TB_FAKEQUANT)
        tb_explain_step(w, "value", "value_of_code", "(%lld - %lld) * s, rounded to %s by rne",
                        (long long)after, (long long)a->zero, w->c->destination->name);
}

/* An input or scale whose quotient or product is no finite number. */
static void step_special(struct tb_walk *w, const char *what, double t) {
    const char *member = w->c->operation == TB_REQUANTIZE ? "product" : "quotient";
    if (isnan(t)) {
        tb_explain_step(w, member, member, "%s is NaN", what);
        if (tb_case_is_mask(w->c))
            tb_explain_step(w, "mask", "mask", "NaN is never inside: 0");
        else
            tb_explain_step(w, "code", "code", "NaN counts as zero: the zero point, clamped to %lld to %lld",
                            (long long)w->c->affine.low, (long long)w->c->affine.high);
        return;
    }
    tb_explain_step(w, member, member, "%s is %s", what, isinf(t) ? t < 0 ? "-infinity" : "infinity" : "0");
    step_code(w);
}

static double special_of(struct tb_value v) {
    double magnitude = v.class == TB_NOT_A_NUMBER ? NAN
                       : v.class == TB_INFINITE   ? INFINITY
                                                  : v.class == TB_FINITE;
    return v.negative ? -magnitude : magnitude;
}

/* t = x / s or q * s, and what R makes of it. */
static void steps_of_code(struct tb_walk *w) {
    bool product = w->c->operation == TB_REQUANTIZE;
    double scale = w->c->affine.scale, sample = special_of(w->value);
    const char *what = product ? "q * s" : "x / s", *member = product ? "product" : "quotient";
    if (!isfinite(scale) || !isfinite(sample) || (!product && scale == 0)) {
        step_special(w, what, product ? sample * scale : sample / scale);
        return;
    }
    char text[240];
    mpq_t x, s, t;
    mpz_t k;
    mpq_inits(x, s, t, (mpq_ptr)0);
    mpz_init(k);
    tb_explain_rational(x, w->value);
    mpq_set_d(s, scale);
    if (product)
        mpq_mul(t, x, s);
    else
        mpq_div(t, x, s);
    tb_explain_fraction(t, text, sizeof text);
    tb_explain_step(w, member, member, "%s = %s", what, text);
    mpz_fdiv_q(k, mpq_numref(t), mpq_denref(t));
    if (mpz_divisible_p(mpq_numref(t), mpq_denref(t)))
        tb_explain_step(w, "exact", "exact", "an integer: nothing to round");
    else if (mpz_sizeinbase(k, 2) < 40)
        step_between(w, x, s, t, k);
    step_code(w);
    mpq_clears(x, s, t, (mpq_ptr)0);
    mpz_clear(k);
}

static void steps_of_value(struct tb_walk *w) {
    const struct tb_affine *a = &w->c->affine;
    int64_t q = w->value.class == TB_FINITE ? (int64_t)(w->value.significand << w->value.exponent) : 0;
    if (w->value.negative)
        q = -q;
    tb_explain_step(w, "difference", "difference", "q - z = %lld", (long long)(q - a->zero));
    if (!isfinite(a->scale)) {
        double t = (double)(q - a->zero) * a->scale;
        tb_explain_step(w, "product", "product", "(q - z) * s is %s",
                        isnan(t) ? "NaN"
                        : t < 0  ? "-infinity"
                                 : "infinity");
        return;
    }
    char text[240];
    mpq_t s, d;
    mpq_inits(s, d, (mpq_ptr)0);
    mpq_set_d(s, a->scale);
    mpz_set_si(mpq_numref(d), q - a->zero);
    mpq_mul(d, d, s);
    tb_explain_fraction(d, text, sizeof text);
    tb_explain_step(w, "product", "product", "(q - z) * s = %s", text);
    mpq_clears(s, d, (mpq_ptr)0);
}

void tb_explain_affine(struct tb_walk *w) {
    step_scale(w);
    if (w->c->operation == TB_DEQUANTIZE)
        steps_of_value(w);
    else
        steps_of_code(w);
}

/* ---- Stochastic rounding: from which r on the magnitude goes up. ---- */

static uint64_t answer_with(const struct tb_walk *w, int bits, uint32_t random) {
    struct tb_case c = *w->c;
    c.rounding = TB_STOCHASTIC;
    c.affine.random_bits = bits;
    c.affine.random = random;
    return tb_exact_mpfr(&c, w->input);
}

/* The least r that gives the answer of the largest one; by bisection, since a larger r never goes down. */
void tb_explain_affine_stochastic(struct tb_walk *w) {
    int bits = w->c->rounding == TB_STOCHASTIC ? w->c->affine.random_bits : 16;
    uint32_t low = 0, high = (UINT32_C(1) << bits) - 1;
    uint64_t toward = answer_with(w, bits, low), away = answer_with(w, bits, high);
    char one[24], other[24];
    w->random_bits = bits;
    tb_explain_short(w->c, toward, one);
    tb_explain_short(w->c, away, other);
    if (toward == away) {
        snprintf(w->stochastic, sizeof w->stochastic, "%s for every r", one);
        return;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (answer_with(w, bits, middle) == away)
            high = middle;
        else
            low = middle;
    }
    snprintf(w->stochastic, sizeof w->stochastic, "%s for r >= %u, else %s", other, high, one);
}
