#include "reference/round_once.h"

#include "reference/mpfr_encode.h"

/* Of a quotient on its way into a format: 53 bits and more than two to spare. */
enum { ON_THE_WAY = 128 };

void tb_make_odd(mpfr_ptr x, bool lost) {
    if (!lost || !mpfr_regular_p(x))
        return;
    mpfr_t step;
    mpfr_init2(step, 8);
    mpfr_set_si_2exp(step, mpfr_signbit(x) ? -1 : 1, mpfr_get_exp(x) - mpfr_get_prec(x), MPFR_RNDN);
    if (mpfr_min_prec(x) < mpfr_get_prec(x)) /* the last bit is 0 */
        mpfr_add(x, x, step, MPFR_RNDN);
    mpfr_clear(step);
}

void tb_divide_to_odd(mpfr_ptr out, mpfr_srcptr top, mpfr_srcptr bottom) {
    tb_make_odd(out, mpfr_div(out, top, bottom, MPFR_RNDZ) != 0);
}

void tb_cut_to_odd(mpfr_ptr out, mpfr_srcptr x) {
    tb_make_odd(out, mpfr_set(out, x, MPFR_RNDZ) != 0);
}

static uint64_t encode(const struct tb_format *f, mpfr_srcptr x) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    return tb_mpfr_encode(&into, x);
}

uint64_t tb_quotient_pattern(const struct tb_format *f, mpfr_srcptr top, mpfr_srcptr bottom) {
    mpfr_t x;
    mpfr_init2(x, ON_THE_WAY);
    tb_divide_to_odd(x, top, bottom);
    uint64_t pattern = encode(f, x);
    mpfr_clear(x);
    return pattern;
}

uint64_t tb_rounded_pattern(const struct tb_format *f, mpfr_srcptr x) {
    mpfr_t cut;
    mpfr_init2(cut, ON_THE_WAY);
    tb_cut_to_odd(cut, x);
    uint64_t pattern = encode(f, cut);
    mpfr_clear(cut);
    return pattern;
}

int64_t tb_rounded_integer(mpfr_srcptr x, bool away, int64_t low, int64_t high) {
    mpfr_t n;
    if (mpfr_cmp_si(x, low) <= 0)
        return low;
    if (mpfr_cmp_si(x, high) >= 0)
        return high;
    mpfr_init2(n, 64);
    mpfr_rint(n, x, MPFR_RNDN);
    if (away)
        mpfr_round(n, x);
    int64_t code = mpfr_get_sj(n, MPFR_RNDN);
    mpfr_clear(n);
    return code;
}

void tb_set_pattern(mpfr_ptr x, const struct tb_format *f, uint64_t pattern) {
    struct tb_value v = tb_format_decode(f, pattern);
    switch (v.class) {
    case TB_NOT_A_NUMBER:
        mpfr_set_nan(x);
        return;
    case TB_INFINITE:
        mpfr_set_inf(x, v.negative ? -1 : 1);
        return;
    case TB_ZERO:
        mpfr_set_zero(x, v.negative ? -1 : 1);
        return;
    case TB_FINITE:
        mpfr_set_ui_2exp(x, v.significand, v.exponent, MPFR_RNDN);
        mpfr_setsign(x, x, v.negative, MPFR_RNDN);
    }
}
