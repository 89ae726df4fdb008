/* portable/c: one element at a time, from any source to any float or integer. */
#include "targets/portable/portable.h"
#include "targets/portable/problem.h"

#include <math.h>
#include <stdlib.h>

static void normalise(struct portable_magnitude *m, uint64_t significand, int exponent_of_bit_0) {
    int zeros = __builtin_clzll(significand);
    m->class = TB_FINITE;
    m->significand = significand << zeros;
    m->exponent = exponent_of_bit_0 + 63 - zeros;
}

static struct portable_magnitude read_float(const struct portable_source *s, uint64_t code) {
    uint64_t magnitude = code & s->magnitude_mask;
    uint64_t fraction = magnitude & ((UINT64_C(1) << s->fraction_bits) - 1);
    int field = (int)(magnitude >> s->fraction_bits);
    struct portable_magnitude m = {.class = TB_ZERO, .negative = (code & s->sign_bit) != 0};
    if (magnitude > s->last_number) {
        m.class = TB_NOT_A_NUMBER;
        m.significand = s->nan_payload ? fraction << (64 - s->fraction_bits) : 0;
    } else if (s->nan_is_negative_zero && code == s->sign_bit) {
        m.class = TB_NOT_A_NUMBER;
        m.negative = 0;
    } else if (magnitude == s->infinity) {
        m.class = TB_INFINITE;
    } else if (field > 0 || !s->has_zero) {
        normalise(&m, fraction | UINT64_C(1) << s->fraction_bits, field - s->bias - s->fraction_bits);
    } else if (fraction != 0) {
        normalise(&m, fraction, 1 - s->bias - s->fraction_bits);
    }
    return m;
}

static struct portable_magnitude read_integer(const struct portable_source *s, uint64_t code) {
    struct portable_magnitude m = {.class = TB_ZERO, .negative = (code & s->sign_bit) != 0};
    uint64_t absolute = m.negative ? -code & s->code_mask : code;
    if (absolute != 0)
        normalise(&m, absolute, -s->fraction_bits);
    return m;
}

static struct portable_magnitude read_codebook(const struct portable_source *s, uint64_t code) {
    double value = s->codebook[code];
    struct portable_magnitude m = {.class = TB_ZERO, .negative = signbit(value) != 0};
    int exponent;
    if (isnan(value))
        m.class = TB_NOT_A_NUMBER;
    else if (isinf(value))
        m.class = TB_INFINITE;
    else if (value != 0) {
        uint64_t significand = (uint64_t)ldexp(frexp(fabs(value), &exponent), 53);
        normalise(&m, significand, exponent - 53);
    }
    return m;
}

/* Whether a value `rest` / 2^64 of a unit above the grid point `q` goes to the next one away from zero. */
static bool rounds_away(enum tb_rounding rounding, unsigned negative, uint64_t q, uint64_t rest) {
    const uint64_t half = UINT64_C(1) << 63;
    switch (rounding) {
    case TB_RNE:
        return rest > half || (rest == half && (q & 1));
    case TB_RNA:
        return rest >= half;
    case TB_RHU:
        return negative ? rest > half : rest >= half;
    case TB_RU:
        return rest != 0 && !negative;
    case TB_RD:
        return rest != 0 && negative;
    case TB_RTO:
        return rest != 0 && !(q & 1);
    case TB_EXACT:
    case TB_RTZ:
    case TB_ROUNDINGS:
        break;
    }
    return false;
}

/* Stochastic: whether the first `bits` bits of `rest` and the random number carry. */
static bool carries(uint64_t rest, uint64_t random, int bits) {
    return ((rest >> (64 - bits)) + random) >> bits != 0;
}

/* The grid point of a finite magnitude; UINT64_MAX where it cannot be counted, which is beyond every limit.
 */
static uint64_t round_magnitude(const struct portable_case *c, const struct portable_magnitude *m,
                                uint64_t random) {
    const struct portable_destination *d = &c->destination;
    uint64_t base = 0;
    int shift = 63 - d->fraction_bits;
    if (d->kind == TB_INTEGER) {
        shift -= m->exponent;
        if (shift < 0)
            return UINT64_MAX;
    } else {
        int field = m->exponent + d->bias;
        if (field >= d->lowest_field)
            base = ((uint64_t)field - 1)
                   << d->fraction_bits; /* the hidden bit adds the one that is missing */
        else if (d->lowest_field == 0)
            return 0;
        else
            shift += d->lowest_field - field;
    }
    uint64_t q = base, rest;
    if (shift == 0) {
        q += m->significand;
        rest = 0;
    } else if (shift < 64) {
        q += m->significand >> shift;
        rest = m->significand << (64 - shift);
    } else {
        rest = shift < 128 ? m->significand >> (shift - 64) | 1 : 1; /* below one half, but not zero */
        if (shift == 64)
            rest = m->significand;
    }
    if (c->random_bits)
        return q + carries(rest, random, c->random_bits);
    return q + rounds_away(d->rounding, m->negative, q, rest);
}

uint64_t portable_nan(const struct portable_destination *d, unsigned negative, uint64_t fraction) {
    /* nan[] is quiet already; a destination without fraction bits has nan_mask 0. */
    uint64_t payload = d->nan_mask ? fraction >> (64 - d->fraction_bits) & d->nan_mask : 0;
    return (d->nan[negative] | payload) << d->padding;
}

struct portable_magnitude portable_read(const struct portable_source *s, uint64_t pattern) {
    uint64_t code = pattern >> s->padding & s->code_mask;
    return s->kind == TB_FLOAT     ? read_float(s, code)
           : s->kind == TB_INTEGER ? read_integer(s, code)
                                   : read_codebook(s, code);
}

static uint64_t write_with(const struct portable_case *c, const struct portable_magnitude *m,
                           uint64_t random) {
    const struct portable_destination *d = &c->destination;
    switch (m->class) {
    case TB_NOT_A_NUMBER:
        return portable_nan(d, m->negative, m->significand);
    case TB_INFINITE:
        return d->infinite[m->negative] << d->padding;
    case TB_ZERO:
        return d->zero[m->negative] << d->padding;
    case TB_FINITE:
        break;
    }
    /* Without a zero every negative value lies below the range at once. */
    if (m->negative && !d->is_signed && d->lowest_field == 0)
        return d->overflow[1] << d->padding;
    return portable_finish(d, m->negative, round_magnitude(c, m, random));
}

uint64_t portable_write(const struct portable_case *c, const struct portable_magnitude *m) {
    return write_with(c, m, 0);
}

uint64_t portable_convert_with(const struct portable_case *c, uint64_t pattern, uint64_t random) {
    struct portable_magnitude m = portable_read(&c->source, pattern);
    return write_with(c, &m, random);
}

uint64_t portable_convert(const struct portable_case *c, uint64_t pattern) {
    return portable_convert_with(c, pattern, 0);
}

static void run_scalar(const void *state, const void *input, void *output, size_t count) {
    const struct portable_case *c = state;
    for (size_t i = 0; i < count; i++)
        portable_store(output, c->destination.bytes, i,
                       portable_convert(c, portable_load(input, c->source.bytes, i)));
}

static void run_stochastic(const void *state, const void *input, void *output, size_t count) {
    const struct portable_case *c = state;
    const uint64_t mask = (UINT64_C(1) << c->random_bits) - 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t joint = portable_load(input, c->input_bytes, i);
        portable_store(output, c->destination.bytes, i,
                       portable_convert_with(c, joint >> c->random_bits << c->source.padding, joint & mask));
    }
}

static int open_c(const struct tb_request *request, struct tb_kernel *kernel) {
    struct portable_case compiled;
    if (portable_affine_open(request, kernel) || portable_scaled_open(request, kernel) ||
        portable_basic_open(request, kernel) || portable_problem_open(request, kernel))
        return 1;
    if (!portable_compile(request, &compiled))
        return 0;
    if (portable_fp32_open(&compiled, kernel))
        return 1;
    struct portable_case *state = malloc(sizeof *state);
    if (!state)
        return 0;
    *state = compiled;
    *kernel = (struct tb_kernel){.run = compiled.random_bits ? run_stochastic : run_scalar, .state = state};
    return 1;
}

const struct tb_target portable_c = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "portable/c",
    .summary =
        "this project's plain C: every float and integer destination, rounding and policy; every affine "
        "and scaled operation",
    .open = open_c,
    .close = portable_problem_close,
};
