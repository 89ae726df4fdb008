/* The arithmetics of quantized arrays: how the scale is applied, how the quotient is rounded, which scale an
 * element gets. */
#include "reference/problem_quantize.h"

#include "reference/affine.h"

#include <math.h>
#include <string.h>

/* What a variant does to one element. */
struct element {
    const struct tb_problem *p;
    const struct tb_quantizer *q;
    float x, scale, absmax; /* absmax: of the row, where the scale was computed from it */
    int64_t zero;
    uint64_t pattern; /* of x */
};
typedef uint64_t code_fn(const struct element *e);

static uint64_t clamped(const struct element *e, double code) {
    int64_t low = e->q->low, high = e->q->high;
    int64_t value = code < (double)low ? low : code > (double)high ? high : (int64_t)code;
    return (uint64_t)value & ((UINT64_C(1) << e->q->codes->format->bits) - 1);
}

static double to_odd(double t) {
    double down = floor(t);
    return down == t || fmod(down, 2) != 0 ? down : down + 1;
}

/* An fp32 to an integer; every sum here is exact in double. */
static double rounded(enum tb_rounding rounding, float t) {
    switch (rounding) {
    case TB_RNA:
        return round(t);
    case TB_RTZ:
        return trunc(t);
    case TB_RU:
        return ceil(t);
    case TB_RD:
        return floor(t);
    case TB_RTO:
        return to_odd(t);
    case TB_RHU:
        return fabsf(t) < 0x1p23f ? floor((double)t + 0.5) : (double)t;
    default:
        return rint(t);
    }
}

/* NaN counts as zero, as in the exact answer. */
static uint64_t finish(const struct element *e, float t) {
    return clamped(e, (isnan(t) ? 0 : rounded(e->p->rounding, t)) + (double)e->zero);
}

static uint64_t by_division(const struct element *e) {
    return finish(e, e->x / e->scale);
}
static uint64_t by_reciprocal(const struct element *e) {
    float inverse = 1 / e->scale;
    return finish(e, e->x * inverse);
}
static uint64_t by_absmax(const struct element *e) {
    float factor = (float)e->q->high / e->absmax;
    return finish(e, e->x * factor);
}
static uint64_t zero_before(const struct element *e) {
    float t = e->x / e->scale, shifted = (isnan(t) ? 0 : t) + (float)e->zero;
    return clamped(e, rounded(e->p->rounding, shifted));
}

static uint64_t exactly(const struct element *e, enum tb_rounding rounding) {
    struct tb_case c = tb_quantizer_case(e->p, e->q, e->scale, e->zero);
    c.rounding = rounding;
    return tb_affine_mpfr(&c, e->pattern);
}
static uint64_t exact_code(const struct element *e) {
    return exactly(e, e->p->rounding);
}
static uint64_t rne(const struct element *e) {
    return exactly(e, TB_RNE);
}
static uint64_t rna(const struct element *e) {
    return exactly(e, TB_RNA);
}
static uint64_t rtz(const struct element *e) {
    return exactly(e, TB_RTZ);
}
static uint64_t rhu(const struct element *e) {
    return exactly(e, TB_RHU);
}

/* ---- Which scale an element gets. ---- */

typedef uint32_t place_fn(const struct tb_quantizer *q, uint32_t row, uint32_t column);

/* Of the other axis, as far as there are such channels. */
static uint32_t other_axis(const struct tb_quantizer *q, uint32_t row, uint32_t column) {
    return (q->axis ? row : column) % (q->scale->rows * q->scale->columns);
}

static bool in_tail(const struct tb_quantizer *q, uint32_t row, uint32_t column) {
    uint32_t length = q->axis ? q->columns : q->rows, at = q->axis ? column : row;
    return at >= length / q->group * q->group;
}

/* A last group that is not full goes with the one before it. */
static uint32_t tail_with_previous(const struct tb_quantizer *q, uint32_t row, uint32_t column) {
    uint32_t back = in_tail(q, row, column) ? q->group : 0;
    return tb_quantizer_place(q, q->axis ? row : row - back, q->axis ? column - back : column);
}

/* The scales of groups in a row taken for those of groups in a column, and the other way round. */
static uint32_t transposed(const struct tb_quantizer *q, uint32_t row, uint32_t column) {
    uint32_t place = tb_quantizer_place(q, row, column), rows = q->scale->rows, columns = q->scale->columns;
    return place % columns * rows + place / columns;
}

static uint32_t one_for_all(const struct tb_quantizer *q, uint32_t row, uint32_t column) {
    (void)q, (void)row, (void)column;
    return 0;
}

/* ---- The table. ---- */

static float row_absmax(const struct tb_quantizer *q, const void *input, uint32_t row) {
    double absmax = 0;
    for (uint32_t i = row * q->columns; i < (row + 1) * q->columns; i++)
        absmax = fmax(absmax, fabs(tb_quantizer_value(q->x, input, i)));
    return (float)absmax;
}

static void every_element(const struct tb_problem *p, const void *input, void *output, place_fn *place,
                          code_fn *code) {
    struct tb_quantizer q = tb_quantizer_of(p);
    bool computed = q.method >= TB_PER_TOKEN_SYMMETRIC;
    const void *scales = computed ? output : input;
    if (computed)
        tb_quantizer_parameters(p, input, output);
    for (uint32_t row = 0; row < q.rows; row++) {
        struct element e = {.p = p, .q = &q, .absmax = row_absmax(&q, input, row)};
        for (uint32_t column = 0; column < q.columns; column++) {
            uint32_t i = row * q.columns + column, at = place(&q, row, column);
            e.pattern = tb_field_get(q.x, input, i);
            e.x = (float)tb_quantizer_value(q.x, input, i);
            e.scale = (float)tb_quantizer_value(q.scale, scales, at);
            e.zero = q.zero ? (int32_t)tb_field_get(q.zero, scales, at) : 0;
            tb_field_set(q.codes, output, i, code(&e));
        }
    }
}

#define VARIANT(NAME, PLACE, CODE)                                                                           \
    static void variant_##NAME(const struct tb_problem *p, const void *input, void *output) {                \
        every_element(p, input, output, PLACE, CODE);                                                        \
    }
VARIANT(div32, tb_quantizer_place, by_division)
VARIANT(rcp32, tb_quantizer_place, by_reciprocal)
VARIANT(absmax, tb_quantizer_place, by_absmax)
VARIANT(zero_before, tb_quantizer_place, zero_before)
VARIANT(rne, tb_quantizer_place, rne)
VARIANT(rna, tb_quantizer_place, rna)
VARIANT(rtz, tb_quantizer_place, rtz)
VARIANT(rhu, tb_quantizer_place, rhu)
VARIANT(other_axis, other_axis, exact_code)
VARIANT(tail, tail_with_previous, exact_code)
VARIANT(transposed, transposed, exact_code)
VARIANT(one_scale, one_for_all, exact_code)

static bool always(const struct tb_problem *p) {
    (void)p;
    return true;
}
static bool has_zero(const struct tb_problem *p) {
    return p->method != TB_PER_TOKEN_SYMMETRIC;
}
static bool is_symmetric(const struct tb_problem *p) {
    return p->method == TB_PER_TOKEN_SYMMETRIC;
}
static bool not_rne(const struct tb_problem *p) {
    return p->rounding != TB_RNE;
}
static bool not_rna(const struct tb_problem *p) {
    return p->rounding != TB_RNA;
}
static bool not_rtz(const struct tb_problem *p) {
    return p->rounding != TB_RTZ;
}
static bool not_rhu(const struct tb_problem *p) {
    return p->rounding != TB_RHU;
}
static bool is_channel(const struct tb_problem *p) {
    return p->method == TB_PER_CHANNEL;
}
static bool has_tail(const struct tb_problem *p) {
    const char *length = tb_problem_number(p, "axis") == 1 ? "columns" : "rows";
    double all = tb_problem_number(p, length), group = tb_problem_number(p, "group");
    return p->method == TB_PER_GROUP && all > group && fmod(all, group) != 0;
}
static bool is_group(const struct tb_problem *p) {
    struct tb_quantizer q = tb_quantizer_of(p);
    return p->method == TB_PER_GROUP && q.scale->rows > 1 && q.scale->columns > 1;
}

/* clang-format off */
const struct tb_problem_variant tb_quantize_variants[] = {
    {"div32",         "R(f32(x / s)) + z",                                   "onnxruntime, vLLM static int8",   always,       variant_div32},
    {"rcp32",         "R(f32(x * f32(1 / s))) + z",                          "PyTorch CPU, XNNPACK",            always,       variant_rcp32},
    {"qmax-absmax",   "R(f32(x * f32(qmax / absmax))); the stored scale is absmax / qmax", "vLLM and TensorRT-LLM per token", is_symmetric, variant_absmax},
    {"zero-before",   "R(f32(f32(x / s) + z))",                              "gemmlowp, HQQ",                   has_zero,     variant_zero_before},
    {"rne",           "exact, ties to even",                                 "",                                not_rne,      variant_rne},
    {"rna",           "exact, ties away from zero",                          "TFLite, vLLM Triton",             not_rna,      variant_rna},
    {"rtz",           "exact, toward zero",                                  "vLLM per group, onnxruntime fp16", not_rtz,     variant_rtz},
    {"rhu",           "exact, ties up",                                      "",                                not_rhu,      variant_rhu},
    {"other-axis",    "the scale of the other axis' channel",                "",                                is_channel,   variant_other_axis},
    {"tail-previous", "a last group that is not full takes the scale before", "",                               has_tail,     variant_tail},
    {"transposed",    "the scales of the groups read as their transpose",    "",                                is_group,     variant_transposed},
    {"first-scale",   "the first scale for all",                             "",                                always,       variant_one_scale},
    {NULL, NULL, NULL, NULL, NULL},
};
/* clang-format on */
