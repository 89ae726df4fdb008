/* What runtimes compute for quantization parameters, in plain C, each claiming the variant that it is: from
 * the least and greatest value of a group to a scale and a zero point, in the order of operations of the
 * runtime. fp32 data, one batch. */
#include "targets/portable/problem_runtimes.h"

#include "vectors/problem_qparams.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A runtime's question: the range, not yet stretched to zero, and the codes. */
struct question {
    float low, high, qmin, qmax;
    bool symmetric;
};

struct parameters {
    double scale, zero;
};

static double clamped(double code, struct question q) {
    return fmin(fmax(code, (double)q.qmin), (double)q.qmax);
}

static struct question stretched(struct question q) {
    q.low = fminf(q.low, 0.0f);
    q.high = fmaxf(q.high, 0.0f);
    return q;
}

/* The code of zero in a symmetric scheme: the upper of the two in the middle. */
static double middle(struct question q) {
    return floor(((double)q.qmin + (double)q.qmax + 1) / 2);
}

/* torch.ao.quantization.observer.UniformQuantizationObserverBase._calculate_qparams */
static struct parameters torch_observer(struct question q) {
    q = stretched(q);
    if (q.symmetric) {
        float scale = fmaxf(fmaxf(-q.low, q.high) / ((q.qmax - q.qmin) / 2.0f), FLT_EPSILON);
        return (struct parameters){scale, middle(q)};
    }
    float scale = fmaxf((q.high - q.low) / (q.qmax - q.qmin), FLT_EPSILON);
    return (struct parameters){scale, clamped((double)(q.qmin - rintf(q.low / scale)), q)};
}

/* FBGEMM's and ATen's ChooseQuantizationParams differ in two places: `narrow` the scale before the zero point
 * is computed, and the sign in the error of an end. */
static struct parameters two_ends(struct question q, bool narrow, double sign) {
    const float least = 6.1e-5f;
    q = stretched(q);
    double scale = ((double)q.high - (double)q.low) / ((double)q.qmax - (double)q.qmin);
    float as_float = (float)scale;
    if (as_float == 0.0f || isinf(1.0f / as_float))
        scale = 0.1;
    scale = narrow ? (double)(float)scale : scale;
    if (scale < (double)least) {
        float amplifier = least / (float)scale;
        float low = q.low == 0.0f ? 0.0f : q.high == 0.0f ? -least * (q.qmax - q.qmin) : q.low * amplifier;
        q.high = q.low == 0.0f ? least * (q.qmax - q.qmin) : q.high == 0.0f ? 0.0f : q.high * amplifier;
        q.low = low;
        scale = (double)least;
    }
    double steps_low = (double)q.low / scale, steps_high = (double)q.high / scale;
    double error_low = fabs((double)q.qmin) + sign * fabs(steps_low);
    double error_high = fabs((double)q.qmax) + sign * fabs(steps_high);
    double zero = error_low < error_high ? (double)q.qmin - steps_low : (double)q.qmax - steps_high;
    return (struct parameters){scale, nearbyint(clamped(zero, q))};
}

static struct parameters fbgemm(struct question q) {
    return two_ends(q, true, 1);
}

static struct parameters aten(struct question q) {
    return two_ends(q, false, -1);
}

/* onnxruntime GetQuantizationParameter */
static struct parameters ort_dynamic(struct question q) {
    q = stretched(q);
    float scale = q.high == q.low ? 1.0f : (q.high - q.low) / (q.qmax - q.qmin);
    float zero = fmaxf(q.qmin, fminf(q.qmax, q.qmin - q.low / scale));
    return (struct parameters){scale, nearbyintf(zero)};
}

/* tflite::ChooseQuantizationParams */
static struct parameters tflite(struct question q) {
    q = stretched(q);
    if (q.low == q.high)
        return (struct parameters){0, 0};
    double scale = ((double)q.high - (double)q.low) / ((double)q.qmax - (double)q.qmin);
    double steps_low = (double)q.low / scale, steps_high = (double)q.high / scale;
    bool from_low = fabs((double)q.qmin) + fabs(steps_low) < fabs((double)q.qmax) + fabs(steps_high);
    double zero = from_low ? (double)q.qmin - steps_low : (double)q.qmax - steps_high;
    return (struct parameters){scale, round(clamped(zero, q))};
}

/* xnn_f32_qd8_asymmetric_quantization_params */
static struct parameters xnnpack_qd8(struct question q) {
    q = stretched(q);
    float inverse = q.low == q.high ? 1.0f : (q.qmax - q.qmin) / (q.high - q.low);
    float steps_low = q.low * inverse, steps_high = q.high * inverse;
    bool from_low = (q.qmin + steps_low) + (q.qmax + steps_high) > 0.0f;
    float zero = from_low ? q.qmin - steps_low : q.qmax - steps_high;
    return (struct parameters){1.0f / inverse, (double)rintf(fminf(fmaxf(zero, q.qmin), q.qmax))};
}

/* GPTQ's Quantizer.find_params */
static struct parameters gptq(struct question q) {
    q = stretched(q);
    float levels = q.qmax - q.qmin;
    if (q.symmetric) {
        q.high = fmaxf(-q.low, q.high);
        q.low = q.low < 0.0f ? -q.high : q.low;
    }
    if (q.low == 0.0f && q.high == 0.0f) {
        q.low = -1.0f;
        q.high = 1.0f;
    }
    float scale = (q.high - q.low) / levels;
    return (struct parameters){scale, q.symmetric ? (double)((levels + 1.0f) / 2.0f)
                                                  : (double)rintf(-q.low / scale)};
}

/* AutoAWQ's and llm-awq's pseudo_quantize_tensor, in fp32. */
static struct parameters awq(struct question q) {
    float scale = fmaxf(q.high - q.low, 1e-5f) / (q.qmax - q.qmin);
    return (struct parameters){scale, clamped((double)-rintf(q.low / scale), q)};
}

static const struct runtime {
    const char *name;
    bool symmetric; /* offers minmax-symmetric beside minmax-asymmetric */
    struct parameters (*choose)(struct question q);
} runtimes[] = {
    {"torch-observer", true,  torch_observer},
    {"fbgemm",         false, fbgemm        },
    {"aten",           false, aten          },
    {"ort-dynamic",    false, ort_dynamic   },
    {"tflite",         false, tflite        },
    {"xnnpack-qd8",    false, xnnpack_qd8   },
    {"gptq",           true,  gptq          },
    {"awq",            false, awq           },
};

struct state {
    struct tb_problem p;
    struct tb_qparams q;
    const struct runtime *runtime;
};

static float load_float(const unsigned char *x, uint32_t place) {
    float value;
    memcpy(&value, x + 4 * (size_t)place, sizeof value);
    return value;
}

static void store(const struct tb_field *f, unsigned char *record, uint32_t place, double value) {
    float narrow = (float)value;
    int32_t whole = f->format->kind == TB_INTEGER ? (int32_t)value : 0;
    unsigned char *at = record + f->offset + (size_t)place * tb_format_bytes(f->format);
    if (f->format->kind == TB_INTEGER)
        memcpy(at, &whole, sizeof whole);
    else if (f->format->bits == 64)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &narrow, sizeof narrow);
}

static void run_record(const struct state *s, const unsigned char *input, unsigned char *output) {
    for (uint32_t group = 0; group < s->q.groups; group++) {
        struct question q = {INFINITY, -INFINITY, (float)s->q.low, (float)s->q.high,
                             s->q.rule == TB_RULE_SYMMETRIC};
        for (uint32_t i = 0; i < s->q.group_size; i++) {
            float x = load_float(input, tb_qparams_place(&s->q, 0, group, i));
            q.low = fminf(q.low, x);
            q.high = fmaxf(q.high, x);
        }
        struct parameters answer = s->runtime->choose(q);
        store(&s->p.output.fields[0], output, group, answer.scale);
        store(&s->p.output.fields[1], output, group, answer.zero);
    }
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t i = 0; i < count; i++)
        run_record(s, (const unsigned char *)input + i * s->p.input.bytes,
                   (unsigned char *)output + i * s->p.output.bytes);
}

static bool offers(const struct runtime *r, const struct tb_qparams *q) {
    bool rule = q->rule == TB_RULE_ASYMMETRIC || (r->symmetric && q->rule == TB_RULE_SYMMETRIC);
    return rule && q->range == TB_RANGE_MINMAX && q->data->bits == 32 && q->scale->bits >= 32;
}

/* What is claimed: the runtime's own arithmetic, or nothing where it is exact: a symmetric scale that is one
 * division and a clamp at the same place. */
static const char *claim_of(const struct state *s) {
    bool exact = s->runtime->choose == torch_observer && s->q.rule == TB_RULE_SYMMETRIC &&
                 s->q.eps == (double)FLT_EPSILON && s->q.scale->bits == 32;
    return exact ? NULL : s->runtime->name;
}

static int open_runtime(const struct tb_request *request, struct tb_kernel *kernel, const char *name) {
    struct state *s = strcmp(request->operation, "qparams") == 0 ? malloc(sizeof *s) : NULL;
    if (!s)
        return 0;
    if (tb_problem_parse(request->case_id, &s->p, NULL)) {
        s->q = tb_qparams_of(&s->p);
        for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++)
            if (strcmp(runtimes[i].name, name) == 0 && offers(&runtimes[i], &s->q)) {
                s->runtime = &runtimes[i];
                *kernel = (struct tb_kernel){.run = run, .state = s, .claim = claim_of(s)};
                return 1;
            }
    }
    free(s);
    return 0;
}

static void close_runtime(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}

#define RUNTIME(FUNCTION, NAME, SUMMARY)                                                                     \
    static int open_##FUNCTION(const struct tb_request *request, struct tb_kernel *kernel) {                 \
        return open_runtime(request, kernel, NAME);                                                          \
    }                                                                                                        \
    const struct tb_target portable_runtime_##FUNCTION = {                                                   \
        TIEBREAK_TARGET_ABI, "portable/" NAME, SUMMARY, NULL, open_##FUNCTION, close_runtime, NULL}

RUNTIME(torch_observer, "torch-observer", "as torch.ao's MinMaxObserver computes parameters, in fp32");
RUNTIME(fbgemm, "fbgemm", "as FBGEMM's ChooseQuantizationParams: fp64, the scale narrowed first");
RUNTIME(aten, "aten", "as ATen's ChooseQuantizationParams: fp64, errors with a minus sign");
RUNTIME(ort_dynamic, "ort-dynamic", "as onnxruntime's dynamic quantization, in fp32");
RUNTIME(tflite, "tflite", "as TFLite's ChooseQuantizationParams: fp64, ties away");
RUNTIME(xnnpack_qd8, "xnnpack-qd8", "as XNNPACK's dynamic qd8: the inverse scale first, in fp32");
RUNTIME(gptq, "gptq", "as GPTQ's Quantizer.find_params, in fp32");
RUNTIME(awq, "awq", "as AWQ's pseudo_quantize_tensor, in fp32");
