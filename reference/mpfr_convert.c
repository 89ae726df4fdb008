/* One conversion, exactly, on GNU MPFR: the definition in reference.h, written to be read.
 *
 * Every operation below is exact: 128 bits of precision hold any source significand (at most 64 bits) and its
 * parts. */
#include "reference/mpfr_encode.h"
#include "reference/reference.h"

enum { PRECISION = 128 };

/* MPFR numbers that one thread reuses: allocating them for each input would cost more than the arithmetic.
 * Their digits lie beside them, so that a thread that ends leaves nothing behind. */
enum { LIMBS = PRECISION / 64 };
struct scratch {
    bool ready;
    uint64_t random; /* of a stochastic conversion */
    mpfr_t x, scaled, lower, rest;
    mp_limb_t limbs[4][LIMBS];
};
static _Thread_local struct scratch scratch;
_Static_assert(sizeof(mp_limb_t) == 8, "the limbs above are counted as 64 bits");

static struct scratch *scratch_of_thread(void) {
    mpfr_ptr numbers[] = {scratch.x, scratch.scaled, scratch.lower, scratch.rest};
    for (size_t i = 0; i < 4 && !scratch.ready; i++) {
        mpfr_custom_init(scratch.limbs[i], PRECISION);
        mpfr_custom_init_set(numbers[i], MPFR_ZERO_KIND, 0, PRECISION, scratch.limbs[i]);
    }
    scratch.ready = true;
    return &scratch;
}

/* Exponent of the quantum of a float's lowest binade. */
static long least_quantum(const struct tb_format *f) {
    return (f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias) - f->precision + 1;
}

/* Exponent of the destination's quantum at x: the weight of a code's last bit. */
static long quantum_exponent(const struct tb_format *f, mpfr_srcptr x) {
    if (f->kind == TB_INTEGER)
        return -f->bias;
    long quantum = mpfr_get_exp(x) - f->precision; /* floor(log2|x|) - precision + 1 */
    return quantum > least_quantum(f) ? quantum : least_quantum(f);
}

/* The magnitude code of n quanta of 2^quantum, on the grid that goes on above the largest code. */
static uint64_t magnitude_code(const struct tb_format *f, uint64_t n, long quantum) {
    if (f->kind == TB_INTEGER)
        return n;
    uint64_t code = ((uint64_t)(quantum - least_quantum(f)) << (f->precision - 1)) + n;
    return f->low == TB_LOW_NORMAL ? code - (UINT64_C(1) << (f->precision - 1)) : code;
}

bool tb_mpfr_rounds_away(enum tb_rounding rounding, bool negative, bool inexact, int half,
                         bool lower_is_even) {
    switch (rounding) {
    case TB_EXACT:
    case TB_RTZ:
        return false;
    case TB_RNE:
        return half > 0 || (half == 0 && !lower_is_even);
    case TB_RNA:
        return half >= 0;
    case TB_RHU:
        return half > 0 || (half == 0 && !negative);
    case TB_RU:
        return inexact && !negative;
    case TB_RD:
        return inexact && negative;
    case TB_RTO:
        return inexact && lower_is_even;
    case TB_ROUNDINGS:
        break;
    }
    return false;
}

/* A rounding that stays at the largest value because it points away from the overflow. */
static bool stays_finite(enum tb_rounding rounding, bool negative) {
    return rounding == TB_RTZ || (rounding == TB_RD && !negative) || (rounding == TB_RU && negative);
}

static uint64_t largest(const struct tb_format *f, bool negative) {
    uint64_t pattern = 0;
    tb_format_largest(f, negative, &pattern);
    return pattern;
}

/* What a policy gives for an infinite input, or for a finite one beyond the range when `finite`. */
static uint64_t beyond_range(const struct tb_format *f, enum tb_overflow overflow, bool negative,
                             bool finite) {
    uint64_t pattern;
    bool below_unsigned = negative && !f->is_signed;
    if (overflow == TB_SATFINITE || (overflow == TB_PROPAGATE && finite))
        return largest(f, negative);
    if (overflow == TB_TO_NAN || (overflow == TB_TO_INF && below_unsigned))
        return tb_format_nan(f, negative, 0, &pattern) ? pattern : largest(f, negative);
    return tb_format_infinity(f, negative, &pattern) ? pattern : largest(f, negative);
}

static uint64_t finite_beyond_range(const struct tb_case *c, bool negative) {
    const struct tb_format *f = c->destination;
    uint64_t largest_pattern = largest(f, negative);
    bool largest_is_odd = (largest_pattern >> f->padding) & 1;
    if (stays_finite(c->rounding, negative) || (c->rounding == TB_RTO && largest_is_odd))
        return largest_pattern;
    return beyond_range(f, c->overflow, negative, true);
}

static uint64_t encode_zero(const struct tb_format *f, bool negative) {
    uint64_t pattern;
    return tb_format_zero(f, negative, &pattern) ? pattern
                                                 : largest(f, true); /* no zero: the smallest value */
}

static uint64_t encode_nan(const struct tb_format *f, struct tb_value v) {
    uint64_t pattern;
    if (tb_format_nan(f, v.negative, v.significand, &pattern))
        return pattern;
    return f->kind == TB_FLOAT ? largest(f, false) : encode_zero(f, false);
}

/* ---- Codebooks: the two neighbours by value. ---- */

static int compare_code(const struct tb_format *f, uint64_t code, mpfr_srcptr x) {
    return -mpfr_cmp_d(x, f->codebook[code]);
}

static uint64_t convert_to_codebook(const struct tb_case *c, struct scratch *s, bool negative) {
    const struct tb_format *f = c->destination;
    uint64_t below = 0, above = 0;
    bool has_below = false, has_above = false;
    for (uint64_t code = 0; code < tb_format_codes(f); code++) {
        struct tb_value v = tb_format_decode(f, code);
        if (v.class == TB_NOT_A_NUMBER || v.class == TB_INFINITE ||
            (v.class == TB_ZERO && v.negative != negative && f->negative_zero))
            continue;
        int order = compare_code(f, code, s->x);
        if (order == 0)
            return code;
        if (order < 0 && (!has_below || f->codebook[code] > f->codebook[below]))
            below = code, has_below = true;
        if (order > 0 && (!has_above || f->codebook[code] < f->codebook[above]))
            above = code, has_above = true;
    }
    if (!has_below || !has_above)
        return finite_beyond_range(c, negative);
    uint64_t toward_zero = negative ? above : below, away = negative ? below : above;
    /* 2x against the sum of the neighbours, both exact: codebook values have few bits and lie close together.
     */
    mpfr_mul_2si(s->scaled, s->x, 1, MPFR_RNDN);
    mpfr_set_d(s->lower, f->codebook[toward_zero], MPFR_RNDN);
    mpfr_add_d(s->lower, s->lower, f->codebook[away], MPFR_RNDN);
    int half = mpfr_cmp(s->scaled, s->lower) * (negative ? -1 : 1);
    return tb_mpfr_rounds_away(c->rounding, negative, true, half, !(toward_zero & 1)) ? away : toward_zero;
}

/* ---- Floats and integers. ---- */

static uint64_t encode_magnitude(const struct tb_format *f, uint64_t code, bool negative) {
    if (f->kind == TB_INTEGER && negative)
        code = (~code + 1) & (f->bits == 64 ? UINT64_MAX : (UINT64_C(1) << f->bits) - 1);
    else if (negative)
        code |= UINT64_C(1) << (f->bits - 1);
    return code << f->padding;
}

/* The magnitude of the largest value with this sign, as magnitude_code() counts. */
static uint64_t largest_code(const struct tb_format *f, bool negative) {
    uint64_t code = largest(f, negative) >> f->padding;
    if (!f->is_signed)
        return negative ? 0 : code;
    if (f->kind == TB_INTEGER)
        return negative ? UINT64_C(1) << (f->bits - 1) : code;
    return code & ((UINT64_C(1) << (f->bits - 1)) - 1);
}

/* StochasticA: floor(rest * 2^N) + r >= 2^N. `rest` is spent. */
static bool carries(const struct tb_case *c, struct scratch *s) {
    mpfr_mul_2ui(s->rest, s->rest, (unsigned long)c->random_bits, MPFR_RNDN);
    mpfr_floor(s->rest, s->rest);
    mpfr_add_ui(s->rest, s->rest, s->random, MPFR_RNDN);
    return mpfr_cmp_ui_2exp(s->rest, 1, c->random_bits) >= 0;
}

static bool grid_rounds_away(const struct tb_case *c, struct scratch *s, bool negative, uint64_t code) {
    if (c->rounding == TB_STOCHASTIC)
        return carries(c, s);
    int half = mpfr_cmp_ui_2exp(s->rest, 1, -1);
    return tb_mpfr_rounds_away(c->rounding, negative, !mpfr_zero_p(s->rest), half, !(code & 1));
}

static uint64_t convert_to_grid(const struct tb_case *c, struct scratch *s, bool negative) {
    const struct tb_format *f = c->destination;
    if (f->low == TB_LOW_NORMAL) { /* no zero: the range ends at the smallest value */
        if (negative)
            return finite_beyond_range(c, negative);
        if (mpfr_get_exp(s->x) - 1 < -f->bias)
            return encode_zero(f, false);
    }
    long quantum = quantum_exponent(f, s->x);
    if (f->kind == TB_FLOAT && quantum - least_quantum(f) > 1L << tb_format_exponent_bits(f))
        return finite_beyond_range(c,
                                   negative); /* so far above that its magnitude code would not fit 64 bits */
    mpfr_mul_2si(s->scaled, s->x, -quantum, MPFR_RNDN);
    mpfr_abs(s->scaled, s->scaled, MPFR_RNDN);
    if (mpfr_cmp_ui_2exp(s->scaled, 1, 62) >= 0) /* only integers get here, far out of range */
        return finite_beyond_range(c, negative);
    mpfr_trunc(s->lower, s->scaled);
    mpfr_sub(s->rest, s->scaled, s->lower, MPFR_RNDN);
    uint64_t lower = mpfr_get_ui(s->lower, MPFR_RNDN);
    uint64_t code = magnitude_code(f, lower, quantum);
    if (grid_rounds_away(c, s, negative, code))
        code = magnitude_code(f, lower + 1, quantum);
    if (code > largest_code(f, negative))
        return finite_beyond_range(c, negative);
    return code == 0 && f->low != TB_LOW_NORMAL ? encode_zero(f, negative)
                                                : encode_magnitude(f, code, negative);
}

static uint64_t encode_finite(const struct tb_case *c, struct scratch *s, bool negative) {
    return c->destination->kind == TB_CODEBOOK ? convert_to_codebook(c, s, negative)
                                               : convert_to_grid(c, s, negative);
}

/* x and r: a joint input has r in its low bits. */
static uint64_t convert(const struct tb_case *c, uint64_t x, uint64_t random) {
    struct tb_value v = tb_format_decode(c->source, x);
    switch (v.class) {
    case TB_NOT_A_NUMBER:
        return encode_nan(c->destination, v);
    case TB_INFINITE:
        return beyond_range(c->destination, c->overflow, v.negative, false);
    case TB_ZERO:
        return encode_zero(c->destination, v.negative);
    case TB_FINITE:
        break;
    }
    struct scratch *s = scratch_of_thread();
    mpfr_set_ui_2exp(s->x, v.significand, v.exponent, MPFR_RNDN);
    mpfr_setsign(s->x, s->x, v.negative, MPFR_RNDN);
    s->random = random;
    return encode_finite(c, s, v.negative);
}

uint64_t tb_mpfr_convert(const struct tb_case *c, uint64_t pattern) {
    return convert(c, tb_case_operand(c, pattern, 0), tb_case_random(c, pattern));
}

uint64_t tb_stochastic_neighbours(const struct tb_case *c, uint64_t x, int bits, uint64_t codes[2]) {
    struct tb_case with = *c;
    with.rounding = TB_STOCHASTIC;
    with.random_bits = bits;
    uint64_t end = UINT64_C(1) << bits, low = 0, high = end - 1;
    codes[0] = codes[1] = convert(&with, x, 0);
    uint64_t last = convert(&with, x, high);
    if (last == codes[0])
        return end;
    codes[1] = last;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (convert(&with, x, middle) == last)
            high = middle;
        else
            low = middle;
    }
    return high;
}

uint64_t tb_mpfr_encode(const struct tb_case *c, mpfr_srcptr x) {
    bool negative = mpfr_signbit(x);
    if (mpfr_nan_p(x))
        return encode_nan(c->destination, (struct tb_value){TB_NOT_A_NUMBER, false, 0, UINT64_C(1) << 63});
    if (mpfr_inf_p(x))
        return beyond_range(c->destination, c->overflow, negative, false);
    if (mpfr_zero_p(x))
        return encode_zero(c->destination, negative);
    struct scratch *s = scratch_of_thread();
    mpfr_set(s->x, x, MPFR_RNDN);
    return encode_finite(c, s, negative);
}
