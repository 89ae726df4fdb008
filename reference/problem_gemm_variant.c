/* The arithmetics of integer matrix products that runtimes are known for: how they sum, in which order they
 * multiply the scales, how they get back to a byte. */
#include "reference/problem_gemm.h"

#include "reference/mpfr_encode.h"

#include <math.h>
#include <string.h>

/* One output's place, and what a variant may look at. */
struct at {
    const struct tb_gemm *g;
    const unsigned char *record;
    uint32_t i, j;
};

static int64_t a_of(const struct at *x, uint32_t k) {
    return tb_gemm_code(x->g->a, x->record, x->i * x->g->k + k);
}
static int64_t b_of(const struct at *x, uint32_t k) {
    return tb_gemm_code(x->g->b, x->record, k * x->g->n + x->j);
}
static int64_t zero_a(const struct at *x) {
    const struct tb_field *f = x->g->zero_a;
    return f ? tb_gemm_code(f, x->record, tb_gemm_place(f, x->i)) : 0;
}
static int64_t zero_b(const struct at *x) {
    const struct tb_field *f = x->g->zero_b;
    return f ? tb_gemm_code(f, x->record, tb_gemm_place(f, x->j)) : 0;
}
static float scale_a(const struct at *x) {
    return tb_gemm_float(x->g->scale_a, x->record, tb_gemm_place(x->g->scale_a, x->i));
}
static float scale_b(const struct at *x) {
    return tb_gemm_float(x->g->scale_b, x->record, tb_gemm_place(x->g->scale_b, x->j));
}

/* ---- Sums. ---- */

static int64_t saturate16(int64_t value) {
    return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

/* The sum with its zero points, by definition. */
static int64_t sum_exact(const struct at *x) {
    int64_t za = zero_a(x), zb = zero_b(x), sum = 0;
    for (uint32_t k = 0; k < x->g->k; k++)
        sum += (a_of(x, k) - za) * (b_of(x, k) - zb);
    return sum;
}

/* What vpmaddubsw gives for a pair: u8 times s8, twice, saturated to 16 bits. s8 inputs are shifted by 128
 * beforehand. */
static int64_t pair_of(const struct at *x, uint32_t k) {
    int64_t shift = x->g->a->format->is_signed ? 128 : 0;
    int64_t pair = (a_of(x, k) + shift) * b_of(x, k);
    if (k + 1 < x->g->k)
        pair += (a_of(x, k + 1) + shift) * b_of(x, k + 1);
    return saturate16(pair);
}

/* What the zero points and the shift by 128 take off again, in integers. */
static int64_t compensation(const struct at *x) {
    int64_t za = zero_a(x), zb = zero_b(x), sum = 0;
    for (uint32_t k = 0; k < x->g->k; k++) {
        int64_t a = a_of(x, k), b = b_of(x, k);
        sum += (a - za) * (b - zb) - a * b - (x->g->a->format->is_signed ? 128 * b : 0);
    }
    return sum;
}

static int64_t sum_maddubs(const struct at *x) {
    int64_t sum = 0;
    for (uint32_t k = 0; k < x->g->k; k += 2)
        sum += pair_of(x, k);
    return sum + compensation(x);
}

/* The pairs added up in 16 bits, saturating, as FBGEMM's acc16 kernels do in between. */
static int64_t sum_acc16(const struct at *x) {
    int64_t sum = 0;
    for (uint32_t k = 0; k < x->g->k; k += 2)
        sum = saturate16(sum + pair_of(x, k));
    return sum + compensation(x);
}

/* Products and sums in fp32, k ascending. */
static int64_t sum_fp32(const struct at *x) {
    float sum = 0;
    for (uint32_t k = 0; k < x->g->k; k++) {
        float product = (float)((a_of(x, k) - zero_a(x)) * (b_of(x, k) - zero_b(x)));
        sum = sum + product;
    }
    return (int64_t)sum;
}

/* The zero points are left out. */
static int64_t sum_without_zeros(const struct at *x) {
    int64_t sum = 0;
    for (uint32_t k = 0; k < x->g->k; k++)
        sum += a_of(x, k) * b_of(x, k);
    return sum;
}

/* The 128 is added to s8 inputs and not taken off again. */
static int64_t sum_shift_kept(const struct at *x) {
    int64_t sum = sum_exact(x);
    for (uint32_t k = 0; k < x->g->k; k++)
        sum += 128 * b_of(x, k);
    return sum;
}

/* The last k mod 16 terms are lost. */
static int64_t sum_without_tail(const struct at *x) {
    int64_t za = zero_a(x), zb = zero_b(x), sum = 0;
    for (uint32_t k = 0; k < x->g->k / 16 * 16; k++)
        sum += (a_of(x, k) - za) * (b_of(x, k) - zb);
    return sum;
}

/* ---- Epilogues into fp32. Each assignment is one rounding. ---- */

static uint64_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t store_sum(const struct at *x, int64_t sum) {
    (void)x;
    return (uint64_t)sum & UINT32_MAX;
}

static uint64_t scales_first(const struct at *x, int64_t sum) {
    float acc = (float)sum, scale = scale_a(x) * scale_b(x);
    return bits_of(acc * scale);
}

static uint64_t b_then_a(const struct at *x, int64_t sum) {
    float acc = (float)sum, inner = scale_b(x) * acc;
    return bits_of(scale_a(x) * inner);
}

static uint64_t a_then_b(const struct at *x, int64_t sum) {
    float acc = (float)sum, inner = scale_a(x) * acc;
    return bits_of(scale_b(x) * inner);
}

/* The sum rounded to fp32 first, all else exact: 72 bits, rounded once. */
static uint64_t acc_rounded(const struct at *x, int64_t sum) {
    struct tb_case into = {.destination = x->g->out->format, .rounding = TB_RNE, .overflow = TB_TO_INF};
    mpfr_t product;
    mpfr_init2(product, 128);
    mpfr_set_flt(product, (float)sum, MPFR_RNDN);
    mpfr_mul_d(product, product, (double)scale_a(x), MPFR_RNDN);
    mpfr_mul_d(product, product, (double)scale_b(x), MPFR_RNDN);
    uint64_t code = tb_mpfr_encode(&into, product);
    mpfr_clear(product);
    return code;
}

/* The zero point of a taken off in fp32, after scaling. */
static uint64_t zero_in_fp32(const struct at *x, int64_t sum) {
    int64_t sum_b = 0;
    for (uint32_t k = 0; k < x->g->k; k++)
        sum_b += b_of(x, k) - zero_b(x);
    float scale = scale_a(x) * scale_b(x);
    float raw = (float)(sum + zero_a(x) * sum_b) * scale;
    float fold = (float)(zero_a(x) * sum_b) * scale;
    return bits_of(raw - fold);
}

/* bitsandbytes: the product of the absmaxes with a constant for 1 / 127^2. */
static uint64_t absmax_times(const struct at *x, int64_t sum, float constant) {
    float acc = (float)sum, row = acc * scale_a(x), both = row * scale_b(x);
    return bits_of(both * constant);
}
static uint64_t bnb_cuda(const struct at *x, int64_t sum) {
    return absmax_times(x, sum, 6.200012e-05f);
}
static uint64_t bnb_default(const struct at *x, int64_t sum) {
    return absmax_times(x, sum, 6.200124e-05f);
}

/* ---- Epilogues into a byte. ---- */

static float scale_out(const struct at *x) {
    return tb_gemm_float(x->g->scale_out, x->record, 0);
}
static int64_t zero_out(const struct at *x) {
    return tb_gemm_code(x->g->zero_out, x->record, 0);
}

static uint64_t byte_of(const struct at *x, int64_t code) {
    int64_t low = x->g->out->format->is_signed ? -128 : 0, high = low + 255;
    return (uint64_t)(code < low ? low : code > high ? high : code) & 0xff;
}

/* The multiplier that most runtimes compute beforehand. */
static float multiplier(const struct at *x) {
    float scale = scale_a(x) * scale_b(x);
    return scale / scale_out(x);
}

static uint64_t requantize_fp32(const struct at *x, int64_t sum) {
    float acc = (float)sum, t = acc * multiplier(x);
    return byte_of(x, (int64_t)rintf(t) + zero_out(x));
}

static uint64_t requantize_fp32_away(const struct at *x, int64_t sum) {
    float acc = (float)sum, t = acc * multiplier(x);
    return byte_of(x, (int64_t)roundf(t) + zero_out(x));
}

/* Two multiplications, the zero point in fp32 before the rounding. */
static uint64_t requantize_onednn(const struct at *x, int64_t sum) {
    float scale = scale_a(x) * scale_b(x), acc = (float)sum, inverse = 1 / scale_out(x);
    float d = acc * scale, t = d * inverse, shifted = t + (float)zero_out(x);
    return byte_of(x, (int64_t)rintf(shifted));
}

/* multiplier = mantissa * 2^-shift, mantissa of 24 bits. */
static int64_t mantissa_of(float value, int bits, int *shift) {
    int exponent;
    double fraction = frexp(value, &exponent);
    *shift = bits - exponent;
    return (int64_t)round(ldexp(fraction, bits));
}

/* Exact product, one rounding, halves up. */
static uint64_t requantize_rndnu(const struct at *x, int64_t sum) {
    int shift;
    int64_t product = sum * mantissa_of(multiplier(x), 24, &shift);
    if (shift <= 0)
        return byte_of(x, product * (INT64_C(1) << -shift) + zero_out(x));
    if (shift > 62)
        return byte_of(x, zero_out(x));
    return byte_of(x, ((product + (INT64_C(1) << (shift - 1))) >> shift) + zero_out(x));
}

/* Halves away from zero. */
static int64_t divide_by_power(int64_t value, int power) {
    int64_t half = power ? INT64_C(1) << (power - 1) : 0, magnitude = value < 0 ? -value : value;
    int64_t rounded = (magnitude + half) >> power;
    return value < 0 ? -rounded : rounded;
}

/* A multiplier of 31 bits: a doubling product's upper half, halves up; then a power of two, halves away. */
static uint64_t requantize_gemmlowp(const struct at *x, int64_t sum) {
    int shift;
    int64_t m = mantissa_of(multiplier(x), 31, &shift), left = shift < 31 ? 31 - shift : 0;
    int64_t right = shift > 31 ? shift - 31 : 0;
    if (m == INT64_C(1) << 31)
        return requantize_rndnu(x, sum); /* a power of two: both exact */
    int64_t high = (sum * (INT64_C(1) << left) * m + (INT64_C(1) << 30)) >> 31;
    return byte_of(x, divide_by_power(high, right > 62 ? 62 : (int)right) + zero_out(x));
}

/* ---- Which problems a variant can differ on. ---- */

static bool is_sum(const struct tb_problem *p) {
    return p->method == TB_GEMM_SUM;
}
static bool is_scaled(const struct tb_problem *p) {
    return p->formats[2]->kind == TB_FLOAT && p->method != TB_GEMM_ABSMAX;
}
/* Sums beyond 2^24; with zero points a factor is as large as 255. */
static bool is_long(const struct tb_problem *p) {
    return is_scaled(p) && 255.0 * 255.0 * tb_problem_number(p, "k") > 0x1p24;
}
static bool is_absmax(const struct tb_problem *p) {
    return p->method == TB_GEMM_ABSMAX;
}
static bool is_code(const struct tb_problem *p) {
    return p->method != TB_GEMM_SUM && p->formats[2]->kind == TB_INTEGER;
}
/* vpmaddubsw multiplies u8 by s8; a signed a is shifted into it. */
static bool is_maddubs(const struct tb_problem *p) {
    return is_sum(p) && p->formats[1]->is_signed;
}
static bool is_shifted(const struct tb_problem *p) {
    return is_sum(p) && p->formats[0]->is_signed && p->formats[1]->is_signed;
}
static bool is_float_sum(const struct tb_problem *p) {
    double product = (p->formats[0]->is_signed ? 128.0 : 255.0) * (p->formats[1]->is_signed ? 128.0 : 255.0);
    return is_sum(p) && product * tb_problem_number(p, "k") > 0x1p24;
}
static bool has_tail(const struct tb_problem *p) {
    return is_sum(p) && fmod(tb_problem_number(p, "k"), 16) != 0;
}

/* ---- The table. ---- */

static void every_output(const struct tb_problem *p, const void *input, void *output,
                         int64_t (*sum)(const struct at *),
                         uint64_t (*finish)(const struct at *, int64_t sum)) {
    struct tb_gemm g = tb_gemm_of(p);
    for (uint32_t i = 0; i < g.m; i++)
        for (uint32_t j = 0; j < g.n; j++) {
            struct at x = {&g, input, i, j};
            tb_field_set(g.out, output, i * g.n + j, finish(&x, sum(&x)));
        }
}

#define VARIANT(NAME, SUM, FINISH)                                                                           \
    static void NAME(const struct tb_problem *p, const void *input, void *output) {                          \
        every_output(p, input, output, SUM, FINISH);                                                         \
    }
VARIANT(maddubs16, sum_maddubs, store_sum)
VARIANT(acc16, sum_acc16, store_sum)
VARIANT(fp32_sum, sum_fp32, store_sum)
VARIANT(shift_kept, sum_shift_kept, store_sum)
VARIANT(tail_lost, sum_without_tail, store_sum)
VARIANT(scale_product, sum_exact, scales_first)
VARIANT(scale_b_a, sum_exact, b_then_a)
VARIANT(scale_a_b, sum_exact, a_then_b)
VARIANT(rounded_sum, sum_exact, acc_rounded)
VARIANT(fp32_zero, sum_exact, zero_in_fp32)
VARIANT(zeros_ignored, sum_without_zeros, scales_first)
VARIANT(bnb_const, sum_exact, bnb_cuda)
VARIANT(bnb_const_default, sum_exact, bnb_default)
VARIANT(code_fp32, sum_exact, requantize_fp32)
VARIANT(code_fp32_away, sum_exact, requantize_fp32_away)
VARIANT(code_onednn, sum_exact, requantize_onednn)
VARIANT(code_rndnu, sum_exact, requantize_rndnu)
VARIANT(code_gemmlowp, sum_exact, requantize_gemmlowp)
VARIANT(code_zeros_ignored, sum_without_zeros, requantize_fp32)

/* clang-format off */
const struct tb_problem_variant tb_gemm_variants[] = {
    {"maddubs16",     "pairs of products saturate at 16 bits (vpmaddubsw); s8 inputs shifted by 128 and compensated", "FBGEMM, oneDNN and MLAS without VNNI", is_maddubs, maddubs16},
    {"acc16",         "pairs saturate at 16 bits, and so do their sums",                 "FBGEMM acc16",                       is_maddubs,   acc16},
    {"fp32-sum",      "products summed in fp32, k ascending",                            "bitsandbytes' fallback",             is_float_sum, fp32_sum},
    {"shift-kept",    "s8 inputs shifted by 128 without compensation",                   "",                                   is_shifted,   shift_kept},
    {"tail-lost",     "the last k mod 16 products are left out",                         "",                                   has_tail,     tail_lost},
    {"scale-product", "f32(f32(sum) * f32(scale_a * scale_b))",                          "TensorRT-LLM, oneDNN, onnxruntime",  is_scaled,    scale_product},
    {"scale-b-a",     "f32(scale_a * f32(scale_b * f32(sum)))",                          "vLLM on CUTLASS",                    is_scaled,    scale_b_a},
    {"scale-a-b",     "f32(scale_b * f32(scale_a * f32(sum)))",                          "",                                   is_scaled,    scale_a_b},
    {"sum-rounded",   "the sum rounded to fp32, all else exact",                         "",                                   is_long,    rounded_sum},
    {"zero-fp32",     "the zero point of a folded into an fp32 bias",                    "",                                   is_scaled,    fp32_zero},
    {"zeros-ignored", "no zero points; else as scale-product",                           "",                                   is_scaled,    zeros_ignored},
    {"bnb-const",     "sum * absmax_a * absmax_b * 6.200012e-05, each product in fp32",  "bitsandbytes on CUDA",               is_absmax,    bnb_const},
    {"bnb-default",   "the same with 6.200124e-05",                                      "bitsandbytes' default backend",      is_absmax,    bnb_const_default},
    {"rq-fp32",       "f32(sum) times an fp32 multiplier, rne, plus the zero point",     "FBGEMM, onnxruntime, XNNPACK fp32",  is_code,      code_fp32},
    {"rq-fp32-away",  "the same, halves away from zero",                                 "LiteRT FULLY_CONNECTED",             is_code,      code_fp32_away},
    {"rq-onednn",     "two fp32 products, the zero point added before the rounding",     "oneDNN",                             is_code,      code_onednn},
    {"rq-rndnu",      "a multiplier of 24 bits, one rounding, halves up",                "XNNPACK rndnu",                      is_code,      code_rndnu},
    {"rq-gemmlowp",   "a multiplier of 31 bits, rounded twice, halves up and then away", "gemmlowp, TFLite",                   is_code,      code_gemmlowp},
    {"rq-no-zeros",   "as rq-fp32 without the zero points of a and b",                   "",                                   is_code,      code_zeros_ignored},
    {NULL, NULL, NULL, NULL, NULL},
};
/* clang-format on */
