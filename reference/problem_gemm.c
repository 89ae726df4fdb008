/* Integer matrix products, exactly: sums by GMP integers, then one rounding by MPFR or of a GMP rational; the
 * second way expands the zero points and rounds on 128-bit integers. */
#include "reference/problem_gemm.h"

#include "reference/integer_encode.h"
#include "reference/mpfr_encode.h"
#include "reference/problem_arithmetics.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

enum { RECORDS = 40 };

int64_t tb_gemm_code(const struct tb_field *f, const void *record, uint32_t place) {
    uint64_t code = tb_field_get(f, record, place), sign = UINT64_C(1) << (f->format->bits - 1);
    return f->format->is_signed && code & sign ? (int64_t)code - (int64_t)(2 * sign) : (int64_t)code;
}

float tb_gemm_float(const struct tb_field *f, const void *record, uint32_t place) {
    uint32_t bits = (uint32_t)tb_field_get(f, record, place);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint32_t tb_gemm_place(const struct tb_field *f, uint32_t index) {
    return f->columns == 1 ? 0 : index;
}

/* The sum by its expansion, from the second way below. */
static int64_t expanded_sum(const struct tb_gemm *g, const unsigned char *record, uint32_t i, uint32_t j);

/* ---- Inputs. ---- */

static void set_float(const struct tb_field *f, void *record, uint32_t place, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    tb_field_set(f, record, place, bits);
}

static void set_code(const struct tb_field *f, void *record, uint32_t place, int64_t code) {
    tb_field_set(f, record, place, (uint64_t)code & ((UINT64_C(1) << f->format->bits) - 1));
}

static int64_t least(const struct tb_field *f) {
    return f->format->is_signed ? -128 : 0;
}
static int64_t greatest(const struct tb_field *f) {
    return f->format->is_signed ? 127 : 255;
}

/* Row i of a, column j of b. */
static void set_a(const struct tb_gemm *g, void *record, uint32_t i, uint32_t k, int64_t code) {
    set_code(g->a, record, i * g->k + k, code);
}
static void set_b(const struct tb_gemm *g, void *record, uint32_t k, uint32_t j, int64_t code) {
    set_code(g->b, record, k * g->n + j, code);
}

static void fill(const struct tb_gemm *g, void *record, int64_t a, int64_t b) {
    for (uint32_t i = 0; i < g->m * g->k; i++)
        set_code(g->a, record, i, a);
    for (uint32_t i = 0; i < g->k * g->n; i++)
        set_code(g->b, record, i, b);
}

static void first_pair(const struct tb_gemm *g, void *record, int64_t a, int64_t b) {
    for (uint32_t k = 0; k < 2 && k < g->k; k++) {
        for (uint32_t i = 0; i < g->m; i++)
            set_a(g, record, i, k, a);
        for (uint32_t j = 0; j < g->n; j++)
            set_b(g, record, k, j, b);
    }
}

/* The spec's pair of witnesses: {255,255} * {127,127} = 64770 where a is unsigned, {127,127} squared = 32258
 * where it is signed. */
static void maddubs_sat(const struct tb_gemm *g, void *record) {
    first_pair(g, record, greatest(g->a), 127);
}
static void all_greatest(const struct tb_gemm *g, void *record) {
    fill(g, record, greatest(g->a), greatest(g->b));
}
static void all_opposite(const struct tb_gemm *g, void *record) {
    fill(g, record, greatest(g->a), least(g->b));
}
static void all_least(const struct tb_gemm *g, void *record) {
    fill(g, record, least(g->a), least(g->b));
}
static void zeros(const struct tb_gemm *g, void *record) {
    (void)g, (void)record; /* it comes zeroed */
}

/* Sums of 2^24 + 1 + j: the first integers that fp32 does not hold; as near as k allows. */
static void big_acc(const struct tb_gemm *g, void *record) {
    const int64_t a = greatest(g->a), b = 127;
    for (uint32_t j = 0; j < g->n; j++) {
        int64_t left = (INT64_C(1) << 24) + 1 + j;
        for (uint32_t k = 0; k + 1 < g->k && left >= a; k++) {
            int64_t factor = left / a < b ? left / a : b;
            set_b(g, record, k, j, factor);
            left -= factor * a;
        }
        set_b(g, record, g->k - 1, j, left < a ? left < 127 ? left : 127 : 0);
    }
    for (uint32_t i = 0; i < g->m; i++)
        for (uint32_t k = 0; k < g->k; k++)
            set_a(g, record, i, k, k + 1 < g->k ? a : 1);
}

/* A sum of one: what is left is the product of the scales. */
static void one(const struct tb_gemm *g, void *record) {
    for (uint32_t i = 0; i < g->m; i++)
        set_a(g, record, i, 0, 1);
    for (uint32_t j = 0; j < g->n; j++)
        set_b(g, record, 0, j, 1);
}

/* Every output names its row and column: 16 * i + j in the first, and the place along k in the second. */
static void places(const struct tb_gemm *g, void *record) {
    for (uint32_t i = 0; i < g->m; i++) {
        set_a(g, record, i, 0, 16 * (i % 7));
        set_a(g, record, i, g->k - 1, 1);
    }
    for (uint32_t j = 0; j < g->n; j++) {
        set_b(g, record, 0, j, 1);
        set_b(g, record, g->k - 1, j, j);
    }
}
static void places_along_k(const struct tb_gemm *g, void *record) {
    for (uint32_t i = 0; i < g->m; i++)
        set_a(g, record, i, (i * 29 + 7) % g->k, 1);
    for (uint32_t k = 0; k < g->k; k++)
        for (uint32_t j = 0; j < g->n; j++)
            set_b(g, record, k, j, (k + 3 * j) % 128);
}

/* Odd sums under a scale of one half: ties at the requantizer. */
static void halves(const struct tb_gemm *g, void *record) {
    for (uint32_t i = 0; i < g->m; i++)
        set_a(g, record, i, 0, 1);
    for (uint32_t j = 0; j < g->n; j++)
        set_b(g, record, 0, j, (int64_t)(2 * (j % 16)) - (least(g->b) < 0 ? 7 : -1));
}

static const struct {
    void (*make)(const struct tb_gemm *g, void *record);
    float scale_a;
    int zero_out;
} structured[] = {
    {zeros,          1,    3},
    {maddubs_sat,    1,    0},
    {big_acc,        1,    0},
    {one,            1,    0}, /* bnb-const */
    {halves,         0.5f, 3}, /* zero before or after the rounding: an odd zero tells */
    {halves,         0.5f, 0},
    {all_greatest,   1,    1},
    {all_opposite,   1,    1},
    {all_least,      1,    1},
    {places,         1,    0},
    {places_along_k, 1,    0},
};
enum { STRUCTURED = sizeof structured / sizeof structured[0] };

static void set_parameters(const struct tb_gemm *g, void *record, float scale_a, int64_t zero_out) {
    for (uint32_t i = 0; g->scale_a && i < g->scale_a->columns; i++)
        set_float(g->scale_a, record, i, scale_a);
    for (uint32_t i = 0; g->scale_b && i < g->scale_b->columns; i++)
        set_float(g->scale_b, record, i, 1);
    if (g->scale_out) {
        set_float(g->scale_out, record, 0, 1);
        set_code(g->zero_out, record, 0, zero_out);
    }
}

/* A scale with all its bits in use, near the middle of what quantized models have. */
static float random_scale(uint64_t *state, int exponent) {
    uint64_t r = tb_problem_random(state);
    return ldexpf(1 + (float)(r & 0x7fffff) * 0x1p-23f, exponent - (int)(r >> 60 & 3));
}

static void random_scales(const struct tb_gemm *g, void *record, uint64_t *state) {
    for (uint32_t i = 0; i < g->scale_a->columns; i++)
        set_float(g->scale_a, record, i, random_scale(state, -5));
    for (uint32_t i = 0; i < g->scale_b->columns; i++)
        set_float(g->scale_b, record, i, random_scale(state, -6));
    for (uint32_t i = 0; g->zero_a && i < g->zero_a->columns; i++)
        set_code(g->zero_a, record, i, least(g->a) + (int64_t)(tb_problem_random(state) % 256));
    for (uint32_t i = 0; g->zero_b && i < g->zero_b->columns; i++)
        set_code(g->zero_b, record, i,
                 tb_problem_random(state) % 2 ? 0 : least(g->b) + (int64_t)(tb_problem_random(state) % 256));
    if (g->scale_out)
        set_code(g->zero_out, record, 0, (int64_t)(tb_problem_random(state) % 64) | 1);
}

/* Of every three records one has the whole range, one weights that no pair of maddubs saturates, and one
 * codes with few bits. */
static void random_codes(const struct tb_gemm *g, void *record, size_t index, uint64_t *state) {
    static const int shift[3] = {0, 1, 4};
    for (uint32_t i = 0; i < g->m * g->k; i++)
        set_code(g->a, record, i,
                 (least(g->a) + (int64_t)(tb_problem_random(state) % 256)) / (index % 3 == 2 ? 16 : 1));
    for (uint32_t i = 0; i < g->k * g->n; i++)
        set_code(g->b, record, i,
                 (least(g->b) + (int64_t)(tb_problem_random(state) % 256)) / (1 << shift[index % 3]));
}

static float scale_at(const struct tb_field *f, const void *record, uint32_t index) {
    return tb_gemm_float(f, record, tb_gemm_place(f, index));
}

/* The output of the largest magnitude, so that all others spread over the codes, gets a result next to a tie:
 * scale_out is what puts it there, rounded, and in that rounding fp32 arithmetics and the real result part.
 */
static void tie_scale_out(const struct tb_gemm *g, void *record, uint64_t *state) {
    double largest = 0, half = (double)(tb_problem_random(state) % 60) + 0.5;
    for (uint32_t i = 0; i < g->m; i++)
        for (uint32_t j = 0; j < g->n; j++) {
            double result = fabs((double)expanded_sum(g, record, i, j)) * scale_at(g->scale_a, record, i) *
                            scale_at(g->scale_b, record, j);
            largest = result > largest ? result : largest;
        }
    set_float(g->scale_out, record, 0, largest > 0 ? (float)(largest / half) : 1);
}

static void make_input(const struct tb_problem *p, size_t index, void *record) {
    struct tb_gemm g = tb_gemm_of(p);
    uint64_t state = tb_problem_seed(p, index);
    if (index < STRUCTURED) {
        set_parameters(&g, record, structured[index].scale_a, structured[index].zero_out);
        structured[index].make(&g, record);
        return;
    }
    random_codes(&g, record, index, &state);
    if (g.scale_a)
        random_scales(&g, record, &state);
    if (g.scale_out)
        tie_scale_out(&g, record, &state);
}

/* ---- Exactly. ---- */

static int64_t zero_of(const struct tb_field *f, const void *record, uint32_t index) {
    return f ? tb_gemm_code(f, record, tb_gemm_place(f, index)) : 0;
}

static void exact_sum(const struct tb_gemm *g, const void *record, uint32_t i, uint32_t j, mpz_ptr sum) {
    int64_t zero_a = zero_of(g->zero_a, record, i), zero_b = zero_of(g->zero_b, record, j);
    mpz_t a;
    mpz_init(a);
    mpz_set_si(sum, 0);
    for (uint32_t k = 0; k < g->k; k++) {
        mpz_set_si(a, tb_gemm_code(g->a, record, i * g->k + k) - zero_a);
        mpz_mul_si(a, a, tb_gemm_code(g->b, record, k * g->n + j) - zero_b);
        mpz_add(sum, sum, a);
    }
    mpz_clear(a);
}

/* The real result as a rational. */
static void exact_result(const struct tb_gemm *g, const void *record, uint32_t i, uint32_t j,
                         mpq_ptr result) {
    mpq_t factor;
    mpq_init(factor);
    exact_sum(g, record, i, j, mpq_numref(result));
    mpz_set_ui(mpq_denref(result), g->method == TB_GEMM_ABSMAX ? 127 * 127 : 1);
    mpq_canonicalize(result);
    mpq_set_d(factor, tb_gemm_float(g->scale_a, record, tb_gemm_place(g->scale_a, i)));
    mpq_mul(result, result, factor);
    mpq_set_d(factor, tb_gemm_float(g->scale_b, record, tb_gemm_place(g->scale_b, j)));
    mpq_mul(result, result, factor);
    if (g->scale_out) {
        mpq_set_d(factor, tb_gemm_float(g->scale_out, record, 0));
        mpq_div(result, result, factor);
    }
    mpq_clear(factor);
}

/* A rational in fp32: cut at 127 bits, with a last bit for what was cut, then rounded once. */
static uint64_t encode(const struct tb_format *f, mpq_srcptr result) {
    struct tb_case into = {.destination = f, .rounding = TB_RNE, .overflow = TB_TO_INF};
    mpfr_t x;
    mpfr_init2(x, 127);
    bool cut = mpfr_set_q(x, result, MPFR_RNDZ) != 0;
    mpfr_prec_round(x, 128, MPFR_RNDZ);
    if (cut)
        mpfr_sgn(x) > 0 ? mpfr_nextabove(x) : mpfr_nextbelow(x);
    uint64_t code = tb_mpfr_encode(&into, x);
    mpfr_clear(x);
    return code;
}

/* The integer nearest to a rational, ties to even. */
static void round_rational(mpq_srcptr x, mpz_ptr rounded) {
    mpz_t twice, rest;
    mpz_inits(twice, rest, NULL);
    mpz_mul_2exp(twice, mpq_denref(x), 1);
    mpz_mul_2exp(rest, mpq_numref(x), 1);
    mpz_add(rest, rest, mpq_denref(x)); /* floor((2 num + den) / (2 den)) */
    mpz_fdiv_qr(rounded, rest, rest, twice);
    if (mpz_sgn(rest) == 0 && mpz_odd_p(rounded)) /* it was a tie, taken upward */
        mpz_sub_ui(rounded, rounded, 1);
    mpz_clears(twice, rest, NULL);
}

static uint64_t clamp_code(const struct tb_field *out, mpz_srcptr code) {
    int64_t low = least(out), high = greatest(out);
    int64_t value = mpz_cmp_si(code, low) < 0 ? low : mpz_cmp_si(code, high) > 0 ? high : mpz_get_si(code);
    return (uint64_t)value & 0xff;
}

static uint64_t exact_code(const struct tb_gemm *g, const void *record, mpq_srcptr result) {
    mpz_t code;
    mpz_init(code);
    round_rational(result, code);
    int64_t zero = tb_gemm_code(g->zero_out, record, 0);
    zero < 0 ? mpz_sub_ui(code, code, (unsigned long)-zero) : mpz_add_ui(code, code, (unsigned long)zero);
    uint64_t clamped = clamp_code(g->out, code);
    mpz_clear(code);
    return clamped;
}

static uint64_t exact_output(const struct tb_gemm *g, const void *record, uint32_t i, uint32_t j) {
    uint64_t code;
    mpq_t result;
    mpq_init(result);
    if (g->method == TB_GEMM_SUM) {
        exact_sum(g, record, i, j, mpq_numref(result));
        code = (uint64_t)mpz_get_si(mpq_numref(result)) & UINT32_MAX;
    } else {
        exact_result(g, record, i, j, result);
        code = g->scale_out ? exact_code(g, record, result) : encode(g->out->format, result);
    }
    mpq_clear(result);
    return code;
}

static void exact(const struct tb_problem *p, const void *input, void *output) {
    struct tb_gemm g = tb_gemm_of(p);
    for (uint32_t i = 0; i < g.m; i++)
        for (uint32_t j = 0; j < g.n; j++)
            tb_field_set(g.out, output, i * g.n + j, exact_output(&g, input, i, j));
}

/* ---- The second way. ---- */

typedef unsigned __int128 wide;

/* Sum of a*b - zero_b * sum of a - zero_a * sum of b + k * zero_a * zero_b. */
static int64_t expanded_sum(const struct tb_gemm *g, const unsigned char *record, uint32_t i, uint32_t j) {
    const unsigned char *a = record + g->a->offset, *b = record + g->b->offset;
    int64_t za = zero_of(g->zero_a, record, i), zb = zero_of(g->zero_b, record, j);
    int64_t products = 0, sum_a = 0, sum_b = 0;
    for (uint32_t k = 0; k < g->k; k++) {
        int x = a[i * g->k + k], y = b[k * g->n + j];
        x = g->a->format->is_signed ? (int8_t)x : x;
        y = g->b->format->is_signed ? (int8_t)y : y;
        products += x * y;
        sum_a += x;
        sum_b += y;
    }
    return products - zb * sum_a - za * sum_b + (int64_t)g->k * za * zb;
}

/* A positive normal fp32 as significand * 2^exponent, from its bits. */
static void split(const struct tb_field *f, const void *record, uint32_t place, uint64_t *significand,
                  int *exponent) {
    uint32_t bits = (uint32_t)tb_field_get(f, record, place);
    *significand = (bits & 0x7fffff) | 0x800000;
    *exponent = (int)(bits >> 23) - 150;
}

static int length_of(wide x) {
    int length = 0;
    for (; x; x >>= 1)
        length++;
    return length;
}

/* |sum| * significands: at most 31 + 24 + 24 bits. */
static wide scaled_sum(const struct tb_gemm *g, const void *record, uint32_t i, uint32_t j, uint64_t sum,
                       int *exponent) {
    uint64_t a, b;
    int of_a, of_b;
    split(g->scale_a, record, tb_gemm_place(g->scale_a, i), &a, &of_a);
    split(g->scale_b, record, tb_gemm_place(g->scale_b, j), &b, &of_b);
    *exponent = of_a + of_b;
    return (wide)sum * a * b;
}

static uint64_t second_float(const struct tb_gemm *g, wide top, int exponent, bool negative) {
    struct tb_case into = {.destination = g->out->format, .rounding = TB_RNE, .overflow = TB_TO_INF};
    uint64_t trace = 0;
    if (!top)
        return tb_integer_encode(&into, TB_ZERO, false, 0, 0);
    if (g->method == TB_GEMM_ABSMAX) {
        top <<= 40;
        exponent -= 40;
        trace = top % 16129 != 0;
        top /= 16129;
    }
    for (; length_of(top) > 60; exponent++, top >>= 1)
        trace |= top & 1;
    return tb_integer_encode(&into, TB_FINITE, negative, (uint64_t)top << 1 | trace, exponent - 1);
}

static uint64_t second_code(const struct tb_gemm *g, const void *record, wide top, int exponent,
                            bool negative) {
    uint64_t bottom_significand;
    int of_out;
    split(g->scale_out, record, 0, &bottom_significand, &of_out);
    wide bottom = bottom_significand;
    exponent -= of_out;
    int64_t n = 0;
    if (exponent > 0 && length_of(top) + exponent > 100)
        n = 1 << 20; /* beyond every clamp */
    else if (exponent < 0 && length_of(bottom) - exponent > 120)
        n = 0; /* far below one half */
    else {
        top <<= exponent > 0 ? exponent : 0;
        bottom <<= exponent < 0 ? -exponent : 0;
        wide k = top / bottom, rest = top % bottom;
        k += 2 * rest > bottom || (2 * rest == bottom && (k & 1));
        n = k > 1 << 20 ? 1 << 20 : (int64_t)k;
    }
    n = (negative ? -n : n) + tb_gemm_code(g->zero_out, record, 0);
    int64_t low = g->out->format->is_signed ? -128 : 0;
    return (uint64_t)(n < low ? low : n > low + 255 ? low + 255 : n) & 0xff;
}

static uint64_t second_output(const struct tb_gemm *g, const void *record, uint32_t i, uint32_t j) {
    int64_t sum = expanded_sum(g, record, i, j);
    int exponent;
    if (g->method == TB_GEMM_SUM)
        return (uint32_t)sum;
    wide top = scaled_sum(g, record, i, j, (uint64_t)(sum < 0 ? -sum : sum), &exponent);
    return g->scale_out ? second_code(g, record, top, exponent, sum < 0)
                        : second_float(g, top, exponent, sum < 0);
}

static void second(const struct tb_problem *p, const void *input, void *output) {
    struct tb_gemm g = tb_gemm_of(p);
    for (uint32_t i = 0; i < g.m; i++)
        for (uint32_t j = 0; j < g.n; j++)
            tb_field_set(g.out, output, i * g.n + j, second_output(&g, input, i, j));
}

const struct tb_problem_arithmetic tb_arithmetic_gemm = {
    .operation = "gemm",
    .make_input = make_input,
    .records = RECORDS,
    .exact = exact,
    .second = second,
    .variants = tb_gemm_variants,
};
