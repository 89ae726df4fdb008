/* LLM.int8() and SmoothQuant as their own projects compute them, each claiming its variant. */
#include "targets/portable/problem_recipes.h"
#include "vectors/problem_llmint8.h"
#include "vectors/problem_smoothquant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 16-bit floats in fp32. ---- */

/* To nearest even: x in units of the format's last place there is rounded by rint, which is exact. */
static uint64_t narrowed(const struct tb_format *f, float x) {
    uint64_t sign = signbit(x) ? UINT64_C(1) << (f->bits - 1) : 0, infinity, quiet = 0;
    int fraction_bits = f->precision - 1, least = 1 - f->bias - fraction_bits, exponent;
    if (f->bits == 32) {
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        return bits;
    }
    tb_format_infinity(f, false, &infinity);
    tb_format_nan(f, false, UINT64_C(1) << 63, &quiet);
    if (isnan(x))
        return quiet;
    if (isinf(x) || x == 0)
        return x == 0 ? sign : sign | infinity;
    frexp((double)x, &exponent);
    int quantum = exponent - f->precision > least ? exponent - f->precision : least;
    uint64_t q = (uint64_t)rint(ldexp(fabs((double)x), -quantum));
    uint64_t code = ((uint64_t)(quantum - least) << fraction_bits) + q;
    return sign | (code < infinity ? code : infinity);
}

static float get(const struct tb_field *f, const unsigned char *record, uint32_t place) {
    return (float)tb_format_value(f->format, tb_field_get(f, record, place));
}

static void put(const struct tb_field *f, unsigned char *record, uint32_t place, float x) {
    tb_field_set(f, record, place, narrowed(f->format, x));
}

static float through(const struct tb_format *f, float x) {
    return (float)tb_format_value(f, narrowed(f, x));
}

/* ---- bitsandbytes, default backend. ---- */

static void vectorwise_quant(const struct tb_field *a, const unsigned char *input, float threshold,
                             const bool *outlier, const struct tb_field *codes, const struct tb_field *stats,
                             unsigned char *output) {
    for (uint32_t row = 0; row < a->rows; row++) {
        float absmax = 0;
        for (uint32_t j = 0; j < a->columns; j++) {
            float x = fabsf(get(a, input, row * a->columns + j));
            absmax = threshold > 0 && x >= threshold ? absmax : fmaxf(absmax, x);
        }
        put(stats, output, row, absmax);
        for (uint32_t j = 0; j < a->columns; j++) {
            float x = outlier && outlier[j] ? 0.0f : get(a, input, row * a->columns + j);
            float code = absmax > 0 ? rintf(x * (127.0f / absmax)) : 0.0f;
            tb_field_set(codes, output, row * a->columns + j, (uint8_t)(int8_t)code);
        }
    }
}

static float code_at(const struct tb_field *f, const unsigned char *record, uint32_t place) {
    return (float)(int8_t)tb_field_get(f, record, place);
}

static void scaled_mm(const struct tb_llmint8 *s, const unsigned char *input, const bool *outlier, uint32_t i,
                      uint32_t l, unsigned char *output) {
    const struct tb_format *half = s->w->format;
    float sum = 0, apart = 0, row = get(s->xs, output, i), column = get(s->ws, output, l);
    bool any = false;
    for (uint32_t j = 0; j < s->k; j++) {
        float wq = code_at(s->wq, output, l * s->k + j);
        sum += code_at(s->xq, output, i * s->k + j) * wq;
        if (outlier[j])
            apart += get(s->x, input, i * s->k + j) * through(half, wq * column * (1.0f / 127.0f));
        any |= outlier[j];
    }
    tb_field_set(s->acc, output, i * s->n + l, (uint32_t)(int32_t)sum);
    float product = through(s->y->format, (float)(int32_t)sum * (row * column) * 6.200124e-05f);
    put(s->y, output, i * s->n + l, any ? product + apart : product);
}

static void bitsandbytes_record(const struct tb_problem *p, const unsigned char *input,
                                unsigned char *output) {
    struct tb_llmint8 s = tb_llmint8_of(p);
    float threshold = (float)s.threshold;
    bool *outlier = calloc(s.k, sizeof *outlier);
    if (!outlier)
        abort();
    for (uint32_t i = 0; i < s.m * s.k; i++)
        outlier[i % s.k] |= threshold > 0 && fabsf(get(s.x, input, i)) >= threshold;
    vectorwise_quant(s.x, input, threshold, outlier, s.xq, s.xs, output);
    vectorwise_quant(s.w, input, 0, NULL, s.wq, s.ws, output);
    for (uint32_t i = 0; i < s.m; i++)
        for (uint32_t l = 0; l < s.n; l++)
            scaled_mm(&s, input, outlier, i, l, output);
    free(outlier);
}

/* ---- SmoothQuant. ---- */

static float column_absmax(const struct tb_field *f, const unsigned char *record, uint32_t column) {
    float absmax = 0;
    for (uint32_t row = 0; row < f->rows; row++)
        absmax = fmaxf(absmax, fabsf(get(f, record, row * f->columns + column)));
    return absmax;
}

static void smooth_record(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    struct tb_smoothquant q = tb_smoothquant_of(p);
    const struct tb_format *t = q.format;
    double a = (double)q.power / q.root;
    float least = through(t, (float)q.least);
    for (uint32_t j = 0; j < q.k; j++) {
        float x = column_absmax(q.x, input, j), w = fmaxf(column_absmax(q.w, input, j), least);
        float top = through(t, (float)pow((double)x, a)), bottom = through(t, (float)pow((double)w, 1 - a));
        float s = fmaxf(through(t, top / bottom), least);
        put(q.s, output, j, s);
        for (uint32_t i = j; i < q.m * q.k; i += q.k)
            put(q.xs, output, i, get(q.x, input, i) / s);
        for (uint32_t i = j; i < q.n * q.k; i += q.k)
            put(q.ws, output, i, get(q.w, input, i) * s);
    }
}

/* ---- Targets. ---- */

struct state {
    struct tb_problem p;
    void (*run)(const struct tb_problem *p, const unsigned char *input, unsigned char *output);
};

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t i = 0; i < count; i++)
        s->run(&s->p, (const unsigned char *)input + i * s->p.input.bytes,
               (unsigned char *)output + i * s->p.output.bytes);
}

static int open_as(const struct tb_request *request, struct tb_kernel *kernel, const char *operation,
                   struct state made, const char *claim) {
    if (strcmp(request->operation, operation) != 0 || !tb_problem_parse(request->case_id, &made.p, NULL))
        return 0;
    struct state *s = made.p.formats[0]->bits == 16 ? malloc(sizeof *s) : NULL;
    if (!s)
        return 0;
    *s = made;
    *kernel = (struct tb_kernel){.run = run, .state = s, .claim = claim};
    return 1;
}

static void close_recipe(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}

static int open_bitsandbytes(const struct tb_request *request, struct tb_kernel *kernel) {
    return open_as(request, kernel, "llmint8", (struct state){.run = bitsandbytes_record}, "bnb-default");
}

static int open_smooth(const struct tb_request *request, struct tb_kernel *kernel) {
    struct tb_problem p;
    if (strcmp(request->operation, "smoothquant") != 0 || !tb_problem_parse(request->case_id, &p, NULL))
        return 0;
    struct tb_smoothquant q = tb_smoothquant_of(&p);
    const char *claim = q.power < q.root ? "torch" : NULL; /* a = 1: s is X, and nothing is rounded */
    return q.power > 0 &&
           open_as(request, kernel, "smoothquant", (struct state){.run = smooth_record}, claim);
}

const struct tb_target portable_bitsandbytes = {TIEBREAK_TARGET_ABI,
                                                "portable/bitsandbytes",
                                                "LLM.int8() as bitsandbytes' default backend computes it",
                                                NULL,
                                                open_bitsandbytes,
                                                close_recipe,
                                                NULL};
const struct tb_target portable_smooth_ln_fcs = {TIEBREAK_TARGET_ABI,
                                                 "portable/smooth-ln-fcs",
                                                 "as SmoothQuant's smooth_ln_fcs on 16-bit tensors",
                                                 NULL,
                                                 open_smooth,
                                                 close_recipe,
                                                 NULL};
