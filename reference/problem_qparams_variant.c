/* The arithmetics of runtimes that choose quantization parameters, each a few lines: from a group's range to
 * a scale and a zero point, one rounding at every operation as the runtime has it.
 *
 * T is the data's format: an operation in it is one in fp32 whose result is rounded to T. */
#include "reference/problem_qparams.h"
#include "reference/problem_qparams_calibrator.h"
#include "reference/reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct choice {
    const struct tb_qparams *q;
    const float *x; /* of one batch of the group */
    uint32_t n;
    float least, greatest; /* of the data, or of the range that a search found */
    double scale, zero;    /* to be filled in */
};

/* ---- Arithmetic. ---- */

/* x in the data's format. */
static float in_t(const struct choice *c, float x) {
    struct tb_case to = {.source = tb_format_find("fp32", NULL),
                         .destination = c->q->data,
                         .rounding = TB_RNE,
                         .overflow = TB_TO_INF};
    uint32_t bits;
    if (c->q->data->bits == 32)
        return x;
    memcpy(&bits, &x, sizeof bits);
    return (float)tb_format_value(c->q->data, tb_integer_convert(&to, bits));
}

static float codes_between(const struct choice *c) {
    return (float)(c->q->high - c->q->low);
}

static double clamp_code(const struct choice *c, double x) {
    double low = (double)c->q->low, high = (double)c->q->high;
    return isnan(x) ? 0 : x < low ? low : x > high ? high : x;
}

static float with_zero_low(const struct choice *c) {
    return c->least < 0 ? c->least : 0;
}

static float with_zero_high(const struct choice *c) {
    return c->greatest > 0 ? c->greatest : 0;
}

static float absmax(const struct choice *c) {
    return fmaxf(fabsf(c->least), fabsf(c->greatest));
}

static bool symmetric(const struct choice *c) {
    return c->q->rule != TB_RULE_ASYMMETRIC;
}

/* ---- PyTorch, FBGEMM. ---- */

static void torch_observer(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c);
    float width = symmetric(c) ? fmaxf(-low, high) : high - low;
    float divisor = symmetric(c) ? codes_between(c) / 2 : codes_between(c);
    float scale = fmaxf(width / divisor, FLT_EPSILON);
    c->scale = scale;
    c->zero = symmetric(c) ? (double)tb_qparams_middle(c->q)
                           : clamp_code(c, (double)c->q->low - (double)rintf(low / scale));
}

/* Below the threshold the range is stretched until the scale is the threshold. */
static double cut_off_small(const struct choice *c, double scale, float *low, float *high) {
    static const float threshold = 6.1e-5f;
    float old = (float)scale;
    if (!(scale < (double)threshold))
        return scale;
    if (*low == 0.0f) {
        *high = threshold * codes_between(c);
    } else if (*high == 0.0f) {
        *low = -threshold * codes_between(c);
    } else {
        *low *= threshold / old;
        *high *= threshold / old;
    }
    return (double)threshold;
}

static void choose_quantization_params(struct choice *c, bool narrowed, int sign) {
    float low = with_zero_low(c), high = with_zero_high(c);
    double qmin = (double)c->q->low, qmax = (double)c->q->high;
    double scale = ((double)high - (double)low) / (qmax - qmin);
    if ((float)scale == 0.0f || isinf(1.0f / (float)scale))
        scale = 0.1;
    if (narrowed)
        scale = (float)scale;
    scale = cut_off_small(c, scale, &low, &high);
    double from_min = qmin - low / scale, from_max = qmax - high / scale;
    double min_error = fabs(qmin) + sign * fabs(low / scale);
    double max_error = fabs(qmax) + sign * fabs(high / scale);
    c->scale = scale;
    c->zero = rint(clamp_code(c, min_error < max_error ? from_min : from_max));
}

static void fbgemm(struct choice *c) {
    choose_quantization_params(c, true, 1);
}

static void aten(struct choice *c) {
    choose_quantization_params(c, false, -1);
}

/* ---- ONNX, onnxruntime. ---- */

static void onnx_quotient(struct choice *c, float empty) {
    float low = with_zero_low(c), high = with_zero_high(c), width = high - low;
    float scale = width == 0.0f ? empty : width / codes_between(c);
    float zero = (float)c->q->low - low / scale;
    c->scale = scale;
    c->zero = rint(clamp_code(c, zero));
}

static void ort_dynamic(struct choice *c) {
    onnx_quotient(c, 1.0f);
}

static void onnx_reference(struct choice *c) {
    onnx_quotient(c, 1.0f / codes_between(c));
}

/* The width is divided whatever it is: 0 / 255, and 0 / 0 on the way to the zero point. */
static void onnx_function(struct choice *c) {
    onnx_quotient(c, 0.0f);
}

static void ort_static(struct choice *c) {
    double low = with_zero_low(c), high = with_zero_high(c);
    if (symmetric(c)) {
        high = fmax(-low, high);
        low = -high;
    }
    c->scale = (high - low) / (double)(c->q->high - c->q->low);
    c->zero = rint((double)c->q->low - low / c->scale);
    if (c->scale < (double)FLT_MIN) {
        c->scale = 1;
        c->zero = 0;
    }
}

/* ---- TFLite, XNNPACK. ---- */

static void tflite(struct choice *c) {
    double low = with_zero_low(c), high = with_zero_high(c);
    double qmin = (double)c->q->low, qmax = (double)c->q->high;
    if (low == high)
        return;
    c->scale = (high - low) / (qmax - qmin);
    double from_min = qmin - low / c->scale, from_max = qmax - high / c->scale;
    double min_error = fabs(qmin) + fabs(low / c->scale), max_error = fabs(qmax) + fabs(high / c->scale);
    c->zero = round(clamp_code(c, min_error < max_error ? from_min : from_max));
}

static void tflite_nudge(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c);
    float scale = (high - low) / codes_between(c);
    float from_min = (float)c->q->low - low / scale;
    c->scale = scale;
    c->zero = roundf((float)clamp_code(c, from_min));
}

static void xnnpack_qd8(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c), qmin = (float)c->q->low, qmax = (float)c->q->high;
    float inverse = low == high ? 1.0f : codes_between(c) / (high - low);
    float at_low = low * inverse, at_high = high * inverse;
    float error = (qmin + at_low) + (qmax + at_high);
    float zero = error > 0 ? qmin - at_low : qmax - at_high;
    c->scale = 1.0f / inverse;
    c->zero = rint(clamp_code(c, zero));
}

static void pt2e_per_token(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c), qmin = (float)c->q->low, qmax = (float)c->q->high;
    float scale = fmaxf((high - low) / codes_between(c), FLT_EPSILON);
    float at_low = low / scale, at_high = high / scale;
    float zero = (qmin + at_low) + (qmax + at_high) > 0 ? qmin - at_low : qmax - at_high;
    c->scale = scale;
    c->zero = rint(clamp_code(c, zero));
}

/* ---- Language models at run time. ---- */

/* The greatest value starts at the smallest positive normal number, and zero need not lie inside. */
static void vllm_azp(struct choice *c) {
    float high = fmaxf(c->greatest, FLT_MIN);
    float scale = (high - c->least) / codes_between(c);
    c->scale = scale;
    c->zero = rintf((float)c->q->low - c->least / scale);
}

static void vllm_triton(struct choice *c) {
    c->scale = fmaxf(absmax(c), 1e-10f) / (float)c->q->high;
}

/* The multiplier is what is computed, and the scale its reciprocal. */
static void inverse(struct choice *c) {
    c->scale = 1.0f / ((float)c->q->high / absmax(c));
}

static void smoothquant(struct choice *c) {
    c->scale = in_t(c, fmaxf(absmax(c), in_t(c, 1e-5f)) / (float)c->q->high);
}

/* ---- Weights. ---- */

static float smallest_normal(const struct choice *c) {
    return ldexpf(1, 1 - c->q->data->bias);
}

static float larger_side(const struct choice *c) {
    float at_low = in_t(c, with_zero_low(c) / (float)c->q->low);
    return fmaxf(at_low, in_t(c, with_zero_high(c) / (float)c->q->high));
}

static void torchao_affine(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c), scale;
    if (c->q->rule == TB_RULE_PER_SIDE)
        scale = larger_side(c);
    else if (symmetric(c))
        scale = in_t(c, fmaxf(-low, high) / (codes_between(c) / 2));
    else
        scale = in_t(c, in_t(c, high - low) / codes_between(c));
    scale = fmaxf(scale, smallest_normal(c));
    c->scale = scale;
    c->zero = symmetric(c) ? (double)tb_qparams_middle(c->q)
                           : clamp_code(c, (double)c->q->low - (double)rintf(in_t(c, low / scale)));
}

static void torchao_tinygemm(struct choice *c) {
    float scale = in_t(c, in_t(c, c->greatest - c->least) / codes_between(c));
    scale = fmaxf(scale, smallest_normal(c));
    c->scale = scale;
    c->zero = in_t(c, c->least + in_t(c, scale * (float)tb_qparams_middle(c->q)));
}

/* Symmetric: a range without negative data stays as it is, its zero does not. */
static void gptq(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c);
    if (symmetric(c)) {
        high = fmaxf(fabsf(low), high);
        low = low < 0 ? -high : low;
    }
    if (low == 0.0f && high == 0.0f) {
        low = -1;
        high = 1;
    }
    float scale = (high - low) / codes_between(c);
    c->scale = scale;
    c->zero = symmetric(c) ? (double)(codes_between(c) + 1) / 2 : (double)rintf(-low / scale);
}

static void awq(struct choice *c) {
    float width = fmaxf(in_t(c, c->greatest - c->least), in_t(c, 1e-5f));
    float scale = in_t(c, width / codes_between(c));
    c->scale = scale;
    c->zero = clamp_code(c, -rintf(in_t(c, c->least / scale)));
}

static void hqq(struct choice *c) {
    float width = c->greatest - c->least;
    float multiplier = width <= 1e-4f ? 1.0f : fminf(codes_between(c) / width, 2e4f);
    c->scale = 1.0f / multiplier;
    c->zero = -c->least * multiplier;
}

static void quanto(struct choice *c) {
    float scale = in_t(c, in_t(c, c->greatest - c->least) / codes_between(c));
    c->scale = scale;
    c->zero = clamp_code(c, rintf(in_t(c, -c->least / scale)));
}

/* ---- Forms that no runtime owns. ---- */

/* A division by a constant that a compiler turned into a multiplication. */
static void reciprocal_divisor(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c);
    float width = symmetric(c) ? absmax(c) : high - low;
    float divisor = !symmetric(c)                  ? codes_between(c)
                    : c->q->rule == TB_RULE_ABSMAX ? (float)c->q->high
                                                   : codes_between(c) / 2;
    float scale = width * (1.0f / divisor);
    c->scale = scale;
    c->zero = symmetric(c) ? (double)tb_qparams_middle(c->q)
                           : clamp_code(c, rint((double)((float)c->q->low - low / scale)));
}

/* ---- Quantiles. ---- */

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The parts 1 - p and p of sorted data, or p of sorted magnitudes, between whose neighbours `pick` chooses.
 */
static void take_quantiles(struct choice *c, float (*pick)(float below, float above, double rest)) {
    float *x = malloc(c->n * sizeof x[0]);
    bool magnitudes = tb_qparams_is_symmetric(c->q);
    if (!x)
        abort();
    for (uint32_t i = 0; i < c->n; i++)
        x[i] = magnitudes ? fabsf(c->x[i]) : c->x[i];
    qsort(x, c->n, sizeof x[0], by_value);
    for (int end = 0; end < 2; end++) {
        double h = (end ? c->q->percentile : 1 - c->q->percentile) * (c->n - 1);
        uint32_t below = (uint32_t)h, above = below + 1 < c->n ? below + 1 : below;
        *(end ? &c->greatest : &c->least) = pick(x[below], x[above], h - below);
    }
    if (magnitudes)
        c->least = -c->greatest;
    free(x);
}

static float pick_linear(float below, float above, double rest) {
    return below + (float)rest * (above - below);
}

static float pick_lower(float below, float above, double rest) {
    (void)above;
    (void)rest;
    return below;
}

static float pick_higher(float below, float above, double rest) {
    return rest > 0 ? above : below;
}

static void by_rule(struct choice *c) {
    float low = with_zero_low(c), high = with_zero_high(c);
    float width = symmetric(c) ? absmax(c) : high - low;
    float divisor = !symmetric(c)                  ? codes_between(c)
                    : c->q->rule == TB_RULE_ABSMAX ? (float)c->q->high
                                                   : codes_between(c) / 2;
    float scale = width / divisor;
    c->scale = scale == 0.0f ? 1.0f : scale;
    c->zero = symmetric(c) ? (double)tb_qparams_middle(c->q)
                           : clamp_code(c, rint((double)((float)c->q->low - low / (float)c->scale)));
}

static void quantile_fp32(struct choice *c) {
    take_quantiles(c, pick_linear);
    by_rule(c);
}

static void quantile_lower(struct choice *c) {
    take_quantiles(c, pick_lower);
    by_rule(c);
}

static void quantile_higher(struct choice *c) {
    take_quantiles(c, pick_higher);
    by_rule(c);
}

/* ---- GPTQ's search. ---- */

static double error_of(const struct choice *c, float scale, float zero, double power) {
    float sum = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        float code = (float)clamp_code(c, rintf(c->x[i] / scale) + zero);
        sum += powf(fabsf(scale * (code - zero) - c->x[i]), (float)power);
    }
    return sum;
}

static void gptq_mse(struct choice *c) {
    struct choice best = *c, now = *c;
    double least = INFINITY;
    float low = with_zero_low(c), high = with_zero_high(c);
    gptq(&best);
    if (symmetric(c)) {
        high = fmaxf(fabsf(low), high);
        low = low < 0 ? -high : low;
    }
    for (int i = 0; i < 80; i++) {
        float kept = (float)(1 - i / 100.0);
        now.least = kept * low;
        now.greatest = kept * high;
        gptq(&now);
        double error = error_of(c, (float)now.scale, (float)now.zero, c->q->power);
        if (error < least) {
            least = error;
            best = now;
        }
    }
    c->scale = best.scale;
    c->zero = best.zero;
}

/* ---- Calibrators. ---- */

static void torch_histogram(struct choice *c) {
    tb_calibrate_histogram(c->x, c->n, c->q->bins, 1u << c->q->code->bits, &c->least, &c->greatest);
    torch_observer(c);
}

static void modelopt_entropy(struct choice *c) {
    c->greatest = tb_calibrate_entropy(c->x, c->n, c->q->bins, c->q->start, (uint32_t)c->q->high + 1);
    c->least = -c->greatest;
    by_rule(c);
}

/* ---- The table. ---- */

#define RANGE(NAME) (1u << TB_RANGE_##NAME)
#define RULE(NAME)  (1u << TB_RULE_##NAME)
#define EXTREMES    (RANGE(MINMAX) | RANGE(AVERAGE))
#define ASYMMETRIC  RULE(ASYMMETRIC)
#define SYMMETRIC   RULE(SYMMETRIC)
#define ABSMAX      RULE(ABSMAX)
#define PER_SIDE    RULE(PER_SIDE)
#define EITHER      (ASYMMETRIC | SYMMETRIC)
#define ANY         (ASYMMETRIC | SYMMETRIC | ABSMAX)
#define FP32        false
#define ANY_T       true

/* clang-format off */
/* function              name                   ranges             rules                             data   summary; used by */
#define RECIPES(X) \
    X(torch_observer,     "torch-observer",      EXTREMES,          EITHER,                           FP32,  "fp32, zero inside, scale at least 2^-23, z = lo - rne(min / s)",                "torch.ao MinMaxObserver, MovingAverageMinMaxObserver, per channel too") \
    X(fbgemm,             "fbgemm",              RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp64, scale narrowed to fp32 before z, smaller error with a plus sign",         "FBGEMM ChooseQuantizationParams") \
    X(aten,               "aten",                RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp64, z from the fp64 scale, smaller error with a minus sign",                  "ATen ChooseQuantizationParams (dynamic quantization)") \
    X(ort_dynamic,        "ort-dynamic",         RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, scale 1 where the data are zero",                                         "onnxruntime GetQuantizationParameter") \
    X(onnx_reference,     "onnx-reference",      RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, scale 1/255 where the data are zero",                                     "ONNX reference evaluator's DynamicQuantizeLinear") \
    X(onnx_function,      "onnx-function",       RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, scale 0 where the data are zero",                                         "the function body of ONNX DynamicQuantizeLinear") \
    X(ort_static,         "ort-static",          RANGE(MINMAX),     EITHER,                           FP32,  "fp64; a scale below the smallest normal fp32 becomes 1 with z = 0",             "onnxruntime python quant_utils") \
    X(tflite,             "tflite",              RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp64, smaller error with a plus sign, z to nearest, ties away",                 "TFLite ChooseQuantizationParams") \
    X(tflite_nudge,       "tflite-nudge",        RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, z from the minimum, ties away",                                           "TFLite NudgeQuantizationRange") \
    X(xnnpack_qd8,        "xnnpack-qd8",         RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, the inverse scale first, the scale its reciprocal",                       "XNNPACK xnn_f32_qd8_asymmetric_quantization_params") \
    X(pt2e_per_token,     "pt2e-per-token",      RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, scale at least 2^-23, smaller error end by the sign of the errors' sum",  "torch.ao quantized_decomposed.choose_qparams_per_token_asymmetric") \
    X(vllm_azp,           "vllm-azp",            RANGE(MINMAX),     ASYMMETRIC,                       FP32,  "fp32, the maximum at least 2^-126, zero not forced inside, z not clamped",      "vLLM dynamic_scaled_int8_azp_quant") \
    X(vllm_triton,        "vllm-triton",         RANGE(MINMAX),     ABSMAX,                           FP32,  "fp32, absmax at least 1e-10",                                                   "vLLM Triton per_token_quant_int8") \
    X(inverse,            "inverse",             RANGE(MINMAX),     ABSMAX,                           FP32,  "the scale is the reciprocal of f32(hi / absmax)",                               "vLLM, TensorRT-LLM, ModelOpt: the multiplier in use") \
    X(smoothquant,        "smoothquant",         RANGE(MINMAX),     ABSMAX,                           ANY_T, "in T, absmax at least T(1e-5)",                                                 "SmoothQuant fake_quant; vLLM per token group") \
    X(torchao_affine,     "torchao",             RANGE(MINMAX),     (EITHER | PER_SIDE),              ANY_T, "in T, scale at least T's smallest normal",                                      "torchao choose_qparams_affine") \
    X(torchao_tinygemm,   "torchao-tinygemm",    RANGE(MINMAX),     RULE(FLOAT_ZERO),                 ANY_T, "in T, zero = min + s * middle",                                                 "torchao, tinygemm int4") \
    X(gptq,               "gptq",                RANGE(MINMAX),     EITHER,                           FP32,  "fp32; symmetric: without negative data the range stays one-sided, the zero not", "GPTQ, AutoGPTQ Quantizer") \
    X(awq,                "awq",                 RANGE(MINMAX),     ASYMMETRIC,                       ANY_T, "in T, width at least 1e-5, zero not forced inside",                             "llm-awq, AutoAWQ pseudo_quantize_tensor") \
    X(hqq,                "hqq",                 RANGE(MINMAX),     RULE(FLOAT_CODE),                 FP32,  "fp32, multiplier at most 2e4, zero = -min * multiplier",                        "HQQ, before its optimizer") \
    X(quanto,             "quanto",              RANGE(MINMAX),     ASYMMETRIC,                       ANY_T, "in T, zero not forced inside, z = rne(-min / s)",                               "optimum-quanto qint4") \
    X(reciprocal_divisor, "reciprocal-divisor",  EXTREMES,          ANY,                              FP32,  "fp32, the width times the fp32 reciprocal of the divisor",                      "compilers that replace division by a constant") \
    X(quantile_fp32,      "quantile-fp32",       RANGE(PERCENTILE), ANY,                              FP32,  "fp32 between the two order statistics",                                         "torch.quantile") \
    X(quantile_lower,     "quantile-lower",      RANGE(PERCENTILE), ANY,                              FP32,  "the order statistic below",                                                     "kthvalue, interpolation='lower'") \
    X(quantile_higher,    "quantile-higher",     RANGE(PERCENTILE), ANY,                              FP32,  "the order statistic above",                                                     "interpolation='higher'") \
    X(torch_histogram,    "torch-histogram",     RANGE(HISTOGRAM),  EITHER,                           FP32,  "the L2 search in fp32, sums in order; scale at least 2^-23",                    "torch.ao HistogramObserver, one batch") \
    X(modelopt_entropy,   "modelopt-entropy",    RANGE(ENTROPY),    (SYMMETRIC | ABSMAX),             FP32,  "the KL search in fp64",                                                         "NVIDIA ModelOpt, pytorch-quantization HistogramCalibrator") \
    X(gptq_mse,           "gptq-mse",            RANGE(MSE),        EITHER,                           FP32,  "the search in fp32, powf",                                                      "GPTQ, AutoGPTQ with mse")
/* clang-format on */

struct recipe {
    unsigned ranges, rules;
    bool any_t;
    void (*choose)(struct choice *c);
};

/* One division of exact numbers is the exact scale; a clamp at the same place changes nothing. */
static bool is_exact(const struct recipe *r, const struct tb_qparams *q) {
    bool symmetric = q->rule == TB_RULE_SYMMETRIC && q->range == TB_RANGE_MINMAX && q->scale->bits == 32;
    if (r->choose == torch_observer)
        return symmetric && q->eps == (double)FLT_EPSILON;
    /* T(T(1e-5) / 127) is T(1e-5 / 127) in fp32 and fp16. */
    return r->choose == smoothquant && q->least == 1e-5 && q->high == 127 && q->data->precision > 8 &&
           q->scale == q->data;
}

/* Codes that are not negative: (lo + min / s) + (hi + max / s) is never below zero, and where rounding makes
 * it zero, both ends give the greatest code. */
static bool is_torch_observer(const struct recipe *r, const struct tb_qparams *q) {
    return r->choose == pt2e_per_token && q->low >= 0;
}

static bool suits(const struct tb_problem *p, const struct recipe *r) {
    struct tb_qparams q = tb_qparams_of(p);
    bool t = (q.data->bits == 32 && q.scale->bits >= 32) || (r->any_t && q.scale == q.data);
    return r->ranges >> q.range & 1 && r->rules >> q.rule & 1 && t && !is_exact(r, &q) &&
           !is_torch_observer(r, &q);
}

static float element(const struct tb_problem *p, const struct tb_qparams *q, const void *input,
                     uint32_t place) {
    return (float)tb_format_value(q->data, tb_field_get(&p->input.fields[0], input, place));
}

/* m + c * (new - m) in fp32. */
static float moved(float m, float new, double c) {
    return m + (float)c * (new - m);
}

static void take_range(const struct tb_problem *p, const void *input, uint32_t group, float *x,
                       struct choice *c) {
    for (uint32_t batch = 0; batch < c->q->batches; batch++) {
        float least = INFINITY, greatest = -INFINITY;
        for (uint32_t i = 0; i < c->n; i++) {
            x[i] = element(p, c->q, input, tb_qparams_place(c->q, batch, group, i));
            least = fminf(least, x[i]);
            greatest = fmaxf(greatest, x[i]);
        }
        c->least = batch ? moved(c->least, least, c->q->constant) : least;
        c->greatest = batch ? moved(c->greatest, greatest, c->q->constant) : greatest;
    }
}

/* As x86 converts: what no int32 holds becomes the least one; NaN is 0 here, so that results are the same
 * everywhere. */
static uint32_t as_int32(double x) {
    if (isnan(x))
        return 0;
    return x >= 2147483648.0 || x < -2147483648.0 ? UINT32_C(0x80000000) : (uint32_t)(int64_t)x;
}

static void evaluate(const struct tb_problem *p, const void *input, void *output, const struct recipe *r) {
    struct tb_qparams q = tb_qparams_of(p);
    float *x = malloc(q.group_size * sizeof x[0]);
    if (!x)
        abort();
    for (uint32_t group = 0; group < q.groups; group++) {
        struct choice c = {.q = &q, .x = x, .n = q.group_size};
        take_range(p, input, group, x, &c);
        r->choose(&c);
        tb_field_set(&p->output.fields[0], output, group, tb_problem_pattern(q.scale, c.scale, TB_TO_INF));
        tb_field_set(&p->output.fields[1], output, group,
                     tb_qparams_float_zero(&q) ? tb_problem_pattern(q.scale, c.zero, TB_TO_INF)
                                               : as_int32(c.zero));
    }
    free(x);
}

#define DEFINE(FUNCTION, NAME, RANGES, RULES, ANY_DATA, SUMMARY, USED_BY)                                    \
    static const struct recipe recipe_##FUNCTION = {RANGES, RULES, ANY_DATA, FUNCTION};                      \
    static bool suits_##FUNCTION(const struct tb_problem *p) {                                               \
        return suits(p, &recipe_##FUNCTION);                                                                 \
    }                                                                                                        \
    static void evaluate_##FUNCTION(const struct tb_problem *p, const void *input, void *output) {           \
        evaluate(p, input, output, &recipe_##FUNCTION);                                                      \
    }
RECIPES(DEFINE)

#define ROW(FUNCTION, NAME, RANGES, RULES, ANY_DATA, SUMMARY, USED_BY)                                       \
    {NAME, SUMMARY, USED_BY, suits_##FUNCTION, evaluate_##FUNCTION},
const struct tb_problem_variant tb_qparams_variants[] = {
    RECIPES(ROW){NULL, NULL, NULL, NULL, NULL}
};
