/* Quantized arrays, exactly: scales by MPFR, codes by the affine reference; the second way has scales from
 * GMP integers and codes from the affine operations on integers. */
#include "reference/problem_quantize.h"

#include "reference/affine.h"
#include "reference/integer_encode.h"
#include "reference/mpfr_encode.h"
#include "reference/problem_arithmetics.h"
#include "reference/reference.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

enum { RECORDS = 24 };

double tb_quantizer_value(const struct tb_field *f, const void *record, uint32_t place) {
    return tb_format_value(f->format, tb_field_get(f, record, place));
}

struct tb_case tb_quantizer_case(const struct tb_problem *p, const struct tb_quantizer *q, float scale,
                                 int64_t zero) {
    return (struct tb_case){
        .operation = TB_QUANTIZE,
        .source = p->formats[0],
        .destination = p->formats[1],
        .rounding = p->rounding,
        .overflow = TB_SATFINITE,
        .affine = {.scale = (double)scale, .zero = zero, .low = q->low, .high = q->high},
    };
}

static float scale_at(const struct tb_quantizer *q, const void *record, uint32_t place) {
    return (float)tb_quantizer_value(q->scale, record, place);
}

static int64_t zero_at(const struct tb_quantizer *q, const void *record, uint32_t place) {
    return q->zero ? (int32_t)tb_field_get(q->zero, record, place) : 0;
}

/* ---- Inputs. ---- */

static void set_float(const struct tb_field *f, void *record, uint32_t place, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    tb_field_set(f, record, place, bits);
}

/* An fp32 in the format of x, nearest, `ulps` codes further. */
static void set_x(const struct tb_quantizer *q, void *record, uint32_t place, float value, int ulps) {
    struct tb_case into = {.source = tb_format_find("fp32", NULL),
                           .destination = q->x->format,
                           .rounding = TB_RNE,
                           .overflow = TB_SATFINITE};
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t code = q->x->format == into.source ? bits : tb_mpfr_convert(&into, bits);
    tb_field_set(q->x, record, place, value == 0 ? code : code + (uint64_t)(int64_t)ulps);
}

static float random_scale(uint64_t *state, bool few_bits) {
    uint64_t r = tb_problem_random(state);
    uint32_t fraction = (uint32_t)(r & 0x7fffff) & (few_bits ? 0x7f0000 : 0x7fffff);
    return ldexpf(1 + (float)fraction * 0x1p-23f, -4 - (int)(r >> 60));
}

/* Where the rounding changes: halves, or integers (and some halves, for those who round to nearest) of a
 * directed rounding. Every fourth is the one next to
 * zero, where fp32 has bits to lose when a zero point is added. */
static float boundary(const struct tb_problem *p, const struct tb_quantizer *q, uint64_t r) {
    bool to_nearest = p->rounding == TB_RNE || p->rounding == TB_RNA || p->rounding == TB_RHU;
    int span = (int)(q->high - q->low) + 9;
    int k = r >> 62 == 0 ? 0 : (int)(r % (uint64_t)span) - span / 2;
    return to_nearest || r >> 61 & 1 ? (float)k + 0.5f : (float)(k ? k : 1);
}

/* ---- Given scales: a channel is built around one element whose quotient lies next to a boundary. ---- */

/* fp32 witness recip-vs-div of the fact sheet: 128 by the reciprocal, 127 by division; no clamp at uint8. */
static const float witness_scale = 0.00214854861f, witness_x = 0.273939937f;

struct channel {
    float x, scale;
};

/* x has the bits of the format alone; x / scale is the boundary but for the rounding of scale, in which a
 * quotient in fp32 and the real one part. */
static struct channel channel_of(const struct tb_problem *p, const struct tb_quantizer *q, size_t index,
                                 uint32_t place) {
    uint64_t state = tb_problem_seed(p, index) + place * UINT64_C(0x2545f4914f6cdd1d);
    uint64_t r = tb_problem_random(&state), fraction = r & 0x7fffff;
    if (index == 0)
        return (struct channel){0.5f, 1};
    if (index == 1)
        return (struct channel){witness_x, witness_scale};
    if (index == 2)
        return (struct channel){ldexpf(boundary(p, q, r), -(int)(place % 9)), ldexpf(1, -(int)(place % 9))};
    fraction &= ~((UINT64_C(1) << (24 - q->x->format->precision)) - 1);
    struct channel c = {.x = ldexpf(1 + (float)fraction * 0x1p-23f, -(int)(r >> 40 & 7))};
    c.scale = c.x / fabsf(boundary(p, q, tb_problem_random(&state)));
    if (r >> 63) /* a boundary that is a power of two leaves nothing to round */
        c.scale = nextafterf(c.scale, INFINITY);
    return c;
}

static void given_scales(const struct tb_problem *p, const struct tb_quantizer *q, size_t index, void *record,
                         uint64_t *state) {
    for (uint32_t i = 0; i < q->scale->rows * q->scale->columns; i++) {
        int64_t middle = (q->low + q->high) / 2, spread = (q->high - q->low) / 4 + 1;
        int64_t zero =
            index < 2 ? 0
                      : middle - spread + (int64_t)(tb_problem_random(state) % (uint64_t)(2 * spread + 1));
        set_float(q->scale, record, i, channel_of(p, q, index, i).scale);
        tb_field_set(q->zero, record, i, (uint32_t)(int32_t)(zero | (index % 2))); /* odd: see zp-order */
    }
}

/* The channel's own element, boundaries of its scale and their neighbours, now and then a special. */
static void near_boundaries(const struct tb_problem *p, const struct tb_quantizer *q, size_t index,
                            void *record, uint64_t *state) {
    static const float specials[] = {0, -0.0f, INFINITY, -INFINITY, NAN, 3e38f, -3e38f, 1e-45f};
    for (uint32_t i = 0; i < q->rows * q->columns; i++) {
        uint64_t r = tb_problem_random(state);
        struct channel c = channel_of(p, q, index, tb_quantizer_place(q, i / q->columns, i % q->columns));
        if (index == 1 || r >> 62 == 0)
            set_x(q, record, i, r >> 32 & 1 ? -c.x : c.x, 0);
        else if (r >> 59 == 31)
            set_x(q, record, i, specials[r >> 32 & 7], 0);
        else
            set_x(q, record, i, boundary(p, q, r) * c.scale, (int)(r >> 40 & 3) - 1 - (int)(r >> 42 & 1));
    }
}

/* ---- Computed scales: rows whose largest elements are set first, and the others around their scale. ---- */

/* A row's extremes: of one magnitude each, so that a scale of another row shows. Kinds: all zeros, positive,
 * negative, both signs of the absmax, a scale that is a power of two (all boundaries are exact), anything. */
static void row_extremes(const struct tb_quantizer *q, uint32_t kind, float unit, uint64_t r, float *least,
                         float *largest) {
    float steps = (float)(q->method == TB_PER_TOKEN_SYMMETRIC ? q->high : q->high - q->low);
    float power = ldexpf(1, -(int)(r >> 40 & 15)), third = floorf(steps / 3);
    *largest = unit * (float)(1 + (r & 0x7f));
    *least = -unit * (float)(1 + (r >> 8 & 0x7f));
    switch (kind) {
    case 0:
        *least = *largest = 0;
        break;
    case 1:
        *least = 0;
        break;
    case 2:
        *largest = 0;
        break;
    case 3:
        *least = -*largest;
        break;
    case 4:
    case 5:
        *least = -third * power;
        *largest = q->method == TB_PER_TOKEN_SYMMETRIC ? steps * power : (steps - third) * power;
    }
}

static void token_row(const struct tb_problem *p, const struct tb_quantizer *q, size_t index, void *record,
                      uint32_t row, uint64_t *state) {
    float least, largest, unit = random_scale(state, index % 2);
    row_extremes(q, (row + (uint32_t)index) % 8, unit, tb_problem_random(state), &least, &largest);
    bool symmetric = q->method == TB_PER_TOKEN_SYMMETRIC;
    float scale = (symmetric ? fmaxf(-least, largest) : largest - least) /
                  (float)(symmetric ? q->high : q->high - q->low);
    for (uint32_t column = 0; column < q->columns; column++) {
        uint64_t r = tb_problem_random(state);
        float x = boundary(p, q, r) * scale;
        x = x < least ? least : x > largest ? largest : x;
        x = column == 0 ? least : column == 1 ? largest : column == 2 ? largest / 2 : x;
        bool inside = column > 2 && x > least && x < largest;
        set_x(q, record, row * q->columns + column, x,
              inside ? (int)(r >> 40 & 3) - 1 - (int)(r >> 42 & 1) : 0);
    }
}

static void make_input(const struct tb_problem *p, size_t index, void *record) {
    struct tb_quantizer q = tb_quantizer_of(p);
    uint64_t state = tb_problem_seed(p, index);
    if (q.method >= TB_PER_TOKEN_SYMMETRIC) {
        for (uint32_t row = 0; row < q.rows; row++)
            token_row(p, &q, index, record, row, &state);
        return;
    }
    given_scales(p, &q, index, record, &state);
    near_boundaries(p, &q, index, record, &state);
}

/* ---- A row's range. ---- */

/* Places of the least and largest value, and of the largest magnitude. Golden rows hold numbers alone. */
struct range {
    uint32_t least, largest, absmax;
};

static struct range range_of(const struct tb_quantizer *q, const void *input, uint32_t row) {
    struct range r = {row * q->columns, row * q->columns, row * q->columns};
    for (uint32_t i = row * q->columns; i < (row + 1) * q->columns; i++) {
        double x = tb_quantizer_value(q->x, input, i);
        r.least = x < tb_quantizer_value(q->x, input, r.least) ? i : r.least;
        r.largest = x > tb_quantizer_value(q->x, input, r.largest) ? i : r.largest;
        r.absmax = fabs(x) > fabs(tb_quantizer_value(q->x, input, r.absmax)) ? i : r.absmax;
    }
    return r;
}

static double below_zero(double x) {
    return x < 0 ? x : 0;
}
static double above_zero(double x) {
    return x > 0 ? x : 0;
}

/* ---- Computed scales by MPFR. ---- */

enum { EXACT_BITS = 640 }; /* the difference of two fp32 takes at most 278 */

/* range / steps in fp32: cut at 127 bits, a last bit for what was cut, then rounded once. */
static uint64_t encode_quotient(mpfr_srcptr range, unsigned long steps) {
    struct tb_case into = {
        .destination = tb_format_find("fp32", NULL), .rounding = TB_RNE, .overflow = TB_TO_INF};
    mpfr_t x;
    mpfr_init2(x, 127);
    bool cut = mpfr_div_ui(x, range, steps, MPFR_RNDZ) != 0;
    mpfr_prec_round(x, 128, MPFR_RNDZ);
    if (cut)
        mpfr_nextabove(x);
    uint64_t code = tb_mpfr_encode(&into, x);
    mpfr_clear(x);
    return code;
}

static uint64_t exact_scale(const struct tb_quantizer *q, const void *input, const struct range *r) {
    mpfr_t range, least;
    mpfr_inits2(EXACT_BITS, range, least, (mpfr_ptr)0);
    bool symmetric = q->method == TB_PER_TOKEN_SYMMETRIC;
    if (symmetric) {
        mpfr_set_d(range, tb_quantizer_value(q->x, input, r->absmax), MPFR_RNDN);
        mpfr_abs(range, range, MPFR_RNDN);
    } else {
        mpfr_set_d(range, above_zero(tb_quantizer_value(q->x, input, r->largest)), MPFR_RNDN);
        mpfr_set_d(least, below_zero(tb_quantizer_value(q->x, input, r->least)), MPFR_RNDN);
        mpfr_sub(range, range, least, MPFR_RNDN);
    }
    uint64_t code = encode_quotient(range, (unsigned long)(symmetric ? q->high : q->high - q->low));
    mpfr_clears(range, least, (mpfr_ptr)0);
    return code;
}

static int64_t clamp_zero(const struct tb_quantizer *q, int64_t zero) {
    return zero < q->low ? q->low : zero > q->high ? q->high : zero;
}

/* low - rne(least / scale), the least value at most zero. */
static int64_t exact_zero(const struct tb_problem *p, const struct tb_quantizer *q, const void *input,
                          const struct range *r, float scale) {
    struct tb_case c = tb_quantizer_case(p, q, scale, 0);
    c.rounding = TB_RNE;
    if (tb_quantizer_value(q->x, input, r->least) >= 0)
        return q->low;
    return clamp_zero(q,
                      q->low - tb_affine_mpfr_code(&c, tb_field_get(q->x, input, r->least), -4096, 4096, 0));
}

void tb_quantizer_parameters(const struct tb_problem *p, const void *input, void *output) {
    struct tb_quantizer q = tb_quantizer_of(p);
    for (uint32_t row = 0; row < q.rows; row++) {
        struct range r = range_of(&q, input, row);
        tb_field_set(q.scale, output, row, exact_scale(&q, input, &r));
        if (q.zero)
            tb_field_set(q.zero, output, row,
                         (uint32_t)exact_zero(p, &q, input, &r, scale_at(&q, output, row)));
    }
}

/* ---- The same on GMP integers, in units of 2^-200. ---- */

enum { UNIT = 200 };

static void as_integer(const struct tb_quantizer *q, const void *input, uint32_t place, mpz_ptr out) {
    struct tb_value v = tb_format_decode(q->x->format, tb_field_get(q->x, input, place));
    mpz_set_ui(out, v.class == TB_FINITE ? v.significand : 0);
    int shift = v.class == TB_FINITE ? v.exponent + UNIT : 0;
    shift < 0 ? mpz_tdiv_q_2exp(out, out, (mp_bitcnt_t)-shift) : mpz_mul_2exp(out, out, (mp_bitcnt_t)shift);
    if (v.negative)
        mpz_neg(out, out);
}

/* Largest minus least of the row with zero added to it, or the absmax: both are maxima over the row. */
static void integer_range(const struct tb_quantizer *q, const void *input, uint32_t row, mpz_ptr out) {
    mpz_t x, least, largest;
    mpz_inits(x, least, largest, NULL);
    for (uint32_t i = row * q->columns; i < (row + 1) * q->columns; i++) {
        as_integer(q, input, i, x);
        if (q->method == TB_PER_TOKEN_SYMMETRIC)
            mpz_abs(x, x);
        if (mpz_cmp(x, least) < 0)
            mpz_set(least, x);
        if (mpz_cmp(x, largest) > 0)
            mpz_set(largest, x);
    }
    mpz_sub(out, largest, least);
    mpz_clears(x, least, largest, NULL);
}

static uint64_t second_scale(const struct tb_quantizer *q, const void *input, uint32_t row) {
    struct tb_case into = {
        .destination = tb_format_find("fp32", NULL), .rounding = TB_RNE, .overflow = TB_TO_INF};
    unsigned long steps = (unsigned long)(q->method == TB_PER_TOKEN_SYMMETRIC ? q->high : q->high - q->low);
    int exponent = -UNIT - 64;
    uint64_t code = 0;
    mpz_t quotient;
    mpz_init(quotient);
    integer_range(q, input, row, quotient);
    if (mpz_sgn(quotient)) {
        mpz_mul_2exp(quotient, quotient, 64);
        bool cut = mpz_tdiv_q_ui(quotient, quotient, steps) != 0;
        size_t length = mpz_sizeinbase(quotient, 2), drop = length > 60 ? length - 60 : 0;
        cut |= drop && mpz_scan1(quotient, 0) < drop;
        mpz_tdiv_q_2exp(quotient, quotient, drop);
        code = tb_integer_encode(&into, TB_FINITE, false, (uint64_t)mpz_get_ui(quotient) << 1 | cut,
                                 exponent + (int)drop - 1);
    }
    mpz_clear(quotient);
    return code;
}

/* low - rne(least / scale) through the integer way into int16, which holds every such quotient. */
static int64_t second_zero(const struct tb_problem *p, const struct tb_quantizer *q, const void *input,
                           uint32_t row, float scale) {
    struct tb_case c = tb_quantizer_case(p, q, scale, 0);
    int64_t largest = 0;
    c.destination = tb_format_find("int16", NULL);
    c.affine.low = -4096;
    c.affine.high = 4096;
    c.rounding = TB_RNE;
    for (uint32_t i = row * q->columns; i < (row + 1) * q->columns; i++) {
        int64_t n = -(int16_t)tb_affine_integer(&c, tb_field_get(q->x, input, i));
        largest = n > largest ? n : largest; /* rounding is monotone */
    }
    return clamp_zero(q, q->low + largest);
}

static void second_parameters(const struct tb_problem *p, const struct tb_quantizer *q, const void *input,
                              void *output) {
    for (uint32_t row = 0; row < q->rows; row++) {
        tb_field_set(q->scale, output, row, second_scale(q, input, row));
        if (q->zero)
            tb_field_set(q->zero, output, row,
                         (uint32_t)second_zero(p, q, input, row, scale_at(q, output, row)));
    }
}

/* ---- Codes. ---- */

static void every_code(const struct tb_problem *p, const struct tb_quantizer *q, const void *input,
                       void *output, uint64_t (*convert)(const struct tb_case *c, uint64_t pattern)) {
    const void *scales = q->method >= TB_PER_TOKEN_SYMMETRIC ? output : input;
    for (uint32_t i = 0; i < q->rows * q->columns; i++) {
        uint32_t place = tb_quantizer_place(q, i / q->columns, i % q->columns);
        struct tb_case c = tb_quantizer_case(p, q, scale_at(q, scales, place), zero_at(q, scales, place));
        tb_field_set(q->codes, output, i, convert(&c, tb_field_get(q->x, input, i)));
    }
}

static void exact(const struct tb_problem *p, const void *input, void *output) {
    struct tb_quantizer q = tb_quantizer_of(p);
    if (q.method >= TB_PER_TOKEN_SYMMETRIC)
        tb_quantizer_parameters(p, input, output);
    every_code(p, &q, input, output, tb_affine_mpfr);
}

static void second(const struct tb_problem *p, const void *input, void *output) {
    struct tb_quantizer q = tb_quantizer_of(p);
    if (q.method >= TB_PER_TOKEN_SYMMETRIC)
        second_parameters(p, &q, input, output);
    every_code(p, &q, input, output, tb_affine_integer);
}

const struct tb_problem_arithmetic tb_arithmetic_quantize = {
    .operation = "quantize",
    .make_input = make_input,
    .records = RECORDS,
    .exact = exact,
    .second = second,
    .variants = tb_quantize_variants,
};
