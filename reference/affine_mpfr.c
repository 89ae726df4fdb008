/* The affine operations, exactly, on GNU MPFR: the definition in affine.h, written to be read. */
#include "reference/affine.h"
#include "reference/mpfr_encode.h"
#include "reference/round_once.h"

/* A quotient is cut to this many bits, and what was cut is remembered: an integer below 2^40 and a half are
 * far longer than a significand could hide. Products of an accumulator and a scale have at most 86. */
enum { PRECISION = 128, LARGEST = 40 };

/* MPFR numbers that one thread reuses, their digits beside them, so that a thread that ends leaves nothing
 * behind. */
enum { NUMBERS = 5, LIMBS = PRECISION / 64 };
struct scratch {
    bool ready;
    mpfr_t x, scale, t, lower, rest;
    mp_limb_t limbs[NUMBERS][LIMBS];
};
static _Thread_local struct scratch scratch;
_Static_assert(sizeof(mp_limb_t) == 8, "the limbs above are counted as 64 bits");

static struct scratch *scratch_of_thread(void) {
    struct scratch *s = &scratch;
    mpfr_ptr numbers[NUMBERS] = {s->x, s->scale, s->t, s->lower, s->rest};
    for (size_t i = 0; i < NUMBERS && !s->ready; i++) {
        mpfr_custom_init(s->limbs[i], PRECISION);
        mpfr_custom_init_set(numbers[i], MPFR_ZERO_KIND, 0, PRECISION, s->limbs[i]);
    }
    s->ready = true;
    return s;
}

/* t, cut toward zero; *cut tells whether anything was. */
static void scale_input(const struct tb_case *c, uint64_t pattern, struct scratch *s, bool *cut) {
    tb_set_pattern(s->x, c->source, pattern);
    mpfr_set_d(s->scale, c->affine.scale, MPFR_RNDN);
    *cut = (c->operation == TB_REQUANTIZE ? mpfr_mul(s->t, s->x, s->scale, MPFR_RNDZ)
                                          : mpfr_div(s->t, s->x, s->scale, MPFR_RNDZ)) != 0;
}

/* Whether the random number carries over one. The fraction is cut already: cutting it once more is the same.
 */
static bool carries(const struct tb_affine *a, struct scratch *s) {
    mpfr_mul_2si(s->rest, s->rest, a->random_bits, MPFR_RNDN);
    uint64_t fraction = mpfr_get_ui(s->rest, MPFR_RNDZ);
    return fraction + a->random >= UINT64_C(1) << a->random_bits;
}

/* R(t) for a finite t below 2^LARGEST. */
static int64_t round_scaled(const struct tb_case *c, struct scratch *s, bool cut) {
    bool negative = mpfr_signbit(s->t);
    mpfr_abs(s->t, s->t, MPFR_RNDN);
    mpfr_trunc(s->lower, s->t);
    mpfr_sub(s->rest, s->t, s->lower, MPFR_RNDN);
    int64_t n = (int64_t)mpfr_get_ui(s->lower, MPFR_RNDN);
    int half = mpfr_cmp_ui_2exp(s->rest, 1, -1);
    bool inexact = cut || !mpfr_zero_p(s->rest), even = !(n & 1);
    bool away = c->rounding == TB_STOCHASTIC
                    ? carries(&c->affine, s)
                    : tb_mpfr_rounds_away(c->rounding, negative, inexact, half ? half : cut, even);
    n += away;
    return negative ? -n : n;
}

int64_t tb_affine_mpfr_code(const struct tb_case *c, uint64_t pattern, int64_t low, int64_t high,
                            int64_t nan) {
    struct scratch *s = scratch_of_thread();
    bool cut;
    scale_input(c, pattern, s, &cut);
    if (mpfr_nan_p(s->t))
        return nan;
    bool large = mpfr_inf_p(s->t) || (!mpfr_zero_p(s->t) && mpfr_get_exp(s->t) > LARGEST);
    if (large)
        return mpfr_signbit(s->t) ? low : high;
    int64_t code = round_scaled(c, s, cut) + c->affine.zero;
    return code < low ? low : code > high ? high : code;
}

static int64_t clamped_code(const struct tb_case *c, uint64_t pattern) {
    const struct tb_affine *a = &c->affine;
    int64_t nan = a->zero < a->low ? a->low : a->zero > a->high ? a->high : a->zero;
    return tb_affine_mpfr_code(c, pattern, a->low, a->high, nan);
}

static uint64_t mask(const struct tb_case *c, uint64_t pattern) {
    const struct tb_affine *a = &c->affine;
    int64_t code = tb_affine_mpfr_code(c, pattern, a->low - 1, a->high + 1, a->high + 1);
    return a->low <= code && code <= a->high;
}

/* (code - z) * s in the destination. */
static uint64_t dequantized(const struct tb_case *c, enum tb_rounding rounding, int64_t code) {
    struct scratch *s = scratch_of_thread();
    struct tb_case into = *c;
    into.rounding = rounding;
    mpfr_set_sj(s->x, code - c->affine.zero, MPFR_RNDN);
    mpfr_set_d(s->scale, c->affine.scale, MPFR_RNDN);
    mpfr_mul(s->t, s->x, s->scale, MPFR_RNDN);
    return tb_mpfr_encode(&into, s->t);
}

static int64_t integer_value(const struct tb_format *f, uint64_t pattern) {
    struct tb_value v = tb_format_decode(f, pattern);
    int64_t magnitude = v.class == TB_FINITE ? (int64_t)v.significand << v.exponent : 0;
    return v.negative ? -magnitude : magnitude;
}

uint64_t tb_affine_mpfr(const struct tb_case *c, uint64_t pattern) {
    switch (c->operation) {
    case TB_DEQUANTIZE:
        return dequantized(c, c->rounding, integer_value(c->source, pattern));
    case TB_FAKEQUANT:
        return tb_case_is_mask(c) ? mask(c, pattern) : dequantized(c, TB_RNE, clamped_code(c, pattern));
    default:
        return (uint64_t)clamped_code(c, pattern) &
               ((UINT64_C(1) << c->destination->bits) - 1); /* at most 16 */
    }
}
