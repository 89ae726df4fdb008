/* LLM.int8() as code computes it: one rounding at every operation. A variant is a row of WAYS.
 *
 * f32(x / absmax) * 127 is no variant: on all pairs of fp16 magnitudes it gives the exact codes (ties come
 * back as they were, and no other quotient is near enough to one). */
#include "reference/problem_llmint8.h"
#include "reference/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum codes {
    EXACT_CODES, /* of the real quotient */
    MULTIPLIED,  /* rne(f32(x * f32(127 / absmax))) */
    TRUNCATED,   /* rtz of the real quotient */
};
enum epilogue {
    EXACT_SUM,   /* rounded once */
    BNB_DEFAULT, /* f32(f32(f32(acc) * f32(xs * ws)) * 6.200124e-05) into the output's format; then the
                    outliers */
    BNB_CUDA,    /* f32(f32(f32(acc) * xs) * ws) * 6.200012e-05, likewise */
    STEPS,       /* the exact int8 part into the output's format, the outliers' sum too, then their sum */
};

struct way {
    enum codes codes;
    enum epilogue epilogue;
    bool fp32_sum;       /* the codes' products are summed in fp32 */
    bool columns_out;    /* the absmax leaves out whole outlier columns */
    bool weights_from_8; /* the outlier columns' weights are wq * ws / 127 in fp16 */
};

/* ---- Numbers. ---- */

static double value_at(const struct tb_field *f, const void *record, uint32_t place) {
    return tb_format_value(f->format, tb_field_get(f, record, place));
}

static float value_of(const struct tb_format *f, uint64_t pattern) {
    struct tb_field one = {.format = f, .rows = 1, .columns = 1};
    uint64_t record;
    tb_field_set(&one, &record, 0, pattern);
    return (float)value_at(&one, &record, 0);
}

static float rounded(const struct tb_format *f, float x) {
    return value_of(f, tb_problem_pattern(f, (double)x, TB_TO_INF));
}

/* ---- Codes. ---- */

/* x and s are whole numbers of 2^-24, so that 127 x / s is a tie or at least 2^-25 / s > 2^-41 off one: fp64
 * division, then rint or trunc, is exact. */
static int code_of(enum codes codes, float x, float scale) {
    if (scale == 0.0f)
        return 0;
    switch (codes) {
    case MULTIPLIED:
        return (int)rintf(x * (127.0f / scale));
    case TRUNCATED:
        return (int)trunc(127.0 * (double)x / (double)scale);
    default:
        return (int)rint(127.0 * (double)x / (double)scale);
    }
}

static bool is_outlier(const struct tb_llmint8 *s, float x) {
    return s->threshold > 0 && fabs((double)x) >= s->threshold;
}

static bool is_outlier_column(const struct tb_llmint8 *s, const void *input, uint32_t column) {
    for (uint32_t i = 0; i < s->m; i++)
        if (is_outlier(s, (float)value_at(s->x, input, i * s->k + column)))
            return true;
    return false;
}

static void quantize_row(const struct way *way, const float *row, uint32_t k, float scale,
                         const bool *skipped, int *codes) {
    for (uint32_t j = 0; j < k; j++)
        codes[j] = skipped && skipped[j] ? 0 : code_of(way->codes, row[j], scale);
}

/* ---- Sums. ---- */

struct term {
    const struct tb_llmint8 *s;
    const struct way *way;
    const bool *outlier;
    const float *x, *w;
    const int *xq, *wq;
    float xs, ws;
};

static int32_t sum_codes(const struct term *t) {
    int32_t acc = 0;
    float sum = 0;
    for (uint32_t j = 0; j < t->s->k; j++) {
        acc += t->xq[j] * t->wq[j];
        sum += (float)(t->xq[j] * t->wq[j]);
    }
    return t->way->fp32_sum ? (int32_t)sum : acc;
}

static float weight_of(const struct term *t, uint32_t j) {
    if (!t->way->weights_from_8)
        return t->w[j];
    return rounded(tb_format_find("fp16", NULL), (float)t->wq[j] * t->ws * (1.0f / 127.0f));
}

/* fp16 values as whole numbers of 2^-24: sums of their products are exact. */
static int64_t whole(float x) {
    return (int64_t)ldexpf(x, 24);
}

static __int128 exact_outliers(const struct term *t) {
    __int128 sum = 0;
    for (uint32_t j = 0; j < t->s->k; j++)
        sum += t->outlier[j] ? (__int128)whole(t->x[j]) * whole(weight_of(t, j)) : 0;
    return sum;
}

static __int128 exact_product(const struct term *t, int32_t acc) {
    return acc * (__int128)whole(t->xs) * whole(t->ws);
}

static float fp32_outliers(const struct term *t) {
    float sum = 0;
    for (uint32_t j = 0; j < t->s->k; j++)
        sum += t->outlier[j] ? t->x[j] * weight_of(t, j) : 0;
    return sum;
}

static float int8_part(const struct term *t, int32_t acc) {
    float a = (float)acc;
    if (t->way->epilogue == BNB_DEFAULT)
        return a * (t->xs * t->ws) * 6.200124e-05f;
    return a * t->xs * t->ws * 6.200012e-05f;
}

static bool has_outliers(const struct term *t) {
    for (uint32_t j = 0; j < t->s->k; j++)
        if (t->outlier[j])
            return true;
    return false;
}

static uint64_t output_of(const struct term *t, int32_t acc) {
    const struct tb_format *f = t->s->y->format;
    __int128 product = exact_product(t, acc), outliers = exact_outliers(t);
    if (t->way->epilogue == EXACT_SUM)
        return tb_llmint8_encode(f, product + outliers * 16129, 16129, -48);
    if (t->way->epilogue == STEPS) {
        float first = value_of(f, tb_llmint8_encode(f, product, 16129, -48));
        float second = value_of(f, tb_llmint8_encode(f, outliers, 1, -48));
        return tb_problem_pattern(f, (double)(first + second), TB_TO_INF);
    }
    float part = rounded(f, int8_part(t, acc));
    return tb_problem_pattern(f, (double)(has_outliers(t) ? part + fp32_outliers(t) : part), TB_TO_INF);
}

/* ---- A record. ---- */

struct scratch {
    float *x, *w, *xs, *ws;
    int *xq, *wq;
    bool *outlier;
};

static void *take(size_t count, size_t size) {
    void *p = calloc(count, size);
    if (!p)
        abort();
    return p;
}

static void load(const struct tb_llmint8 *s, const struct way *way, const void *input, struct scratch *c) {
    for (uint32_t j = 0; j < s->k; j++)
        c->outlier[j] = is_outlier_column(s, input, j);
    for (uint32_t i = 0; i < s->m * s->k; i++) {
        float x = c->x[i] = (float)value_at(s->x, input, i);
        if (!is_outlier(s, x) && !(way->columns_out && c->outlier[i % s->k]))
            c->xs[i / s->k] = fmaxf(c->xs[i / s->k], fabsf(x));
    }
    for (uint32_t i = 0; i < s->n * s->k; i++) {
        c->w[i] = (float)value_at(s->w, input, i);
        c->ws[i / s->k] = fmaxf(c->ws[i / s->k], fabsf(c->w[i]));
    }
    for (uint32_t i = 0; i < s->m; i++)
        quantize_row(way, c->x + i * s->k, s->k, c->xs[i], c->outlier, c->xq + i * s->k);
    for (uint32_t l = 0; l < s->n; l++)
        quantize_row(way, c->w + l * s->k, s->k, c->ws[l], NULL, c->wq + l * s->k);
}

static void store(const struct tb_llmint8 *s, const struct way *way, const struct scratch *c, void *output) {
    for (uint32_t i = 0; i < s->m * s->k; i++)
        tb_field_set(s->xq, output, i, (uint8_t)c->xq[i]);
    for (uint32_t i = 0; i < s->n * s->k; i++)
        tb_field_set(s->wq, output, i, (uint8_t)c->wq[i]);
    for (uint32_t i = 0; i < s->m; i++)
        tb_field_set(s->xs, output, i, tb_problem_pattern(s->xs->format, (double)c->xs[i], TB_TO_INF));
    for (uint32_t l = 0; l < s->n; l++)
        tb_field_set(s->ws, output, l, tb_problem_pattern(s->ws->format, (double)c->ws[l], TB_TO_INF));
    for (uint32_t i = 0; i < s->m * s->n; i++) {
        uint32_t row = i / s->n, column = i % s->n;
        struct term t = {s,
                         way,
                         c->outlier,
                         c->x + row * s->k,
                         c->w + column * s->k,
                         c->xq + row * s->k,
                         c->wq + column * s->k,
                         c->xs[row],
                         c->ws[column]};
        int32_t acc = sum_codes(&t);
        tb_field_set(s->acc, output, i, (uint32_t)acc);
        tb_field_set(s->y, output, i, output_of(&t, acc));
    }
}

static void evaluate(const struct tb_problem *p, const void *input, void *output, const struct way *way) {
    struct tb_llmint8 s = tb_llmint8_of(p);
    struct scratch c = {take(s.m * s.k, sizeof(float)), take(s.n * s.k, sizeof(float)),
                        take(s.m, sizeof(float)),       take(s.n, sizeof(float)),
                        take(s.m * s.k, sizeof(int)),   take(s.n * s.k, sizeof(int)),
                        take(s.k, sizeof(bool))};
    load(&s, way, input, &c);
    store(&s, way, &c, output);
    free(c.x);
    free(c.w);
    free(c.xs);
    free(c.ws);
    free(c.xq);
    free(c.wq);
    free(c.outlier);
}

/* ---- The table. ---- */

/* clang-format off */
/* function          name                   applies     codes        epilogue     fp32   out    from8  summary; used by */
#define WAYS(X) \
    X(multiplied,    "multiplied-codes",    always,     MULTIPLIED,  EXACT_SUM,   false, false, false, "codes by x * f32(127 / absmax)",                                  "bitsandbytes int8_vectorwise_quant, codes alone") \
    X(truncated,     "truncated-codes",     always,     TRUNCATED,   EXACT_SUM,   false, false, false, "codes cut toward zero",                                           "casts without rounding") \
    X(steps,         "rounded-parts",       has_apart,  EXACT_CODES, STEPS,       false, false, false, "both products rounded to the output's format before they are added", "two products and an addition") \
    X(fp32_sum,      "fp32-accumulation",   is_long,    EXACT_CODES, EXACT_SUM,   true,  false, false, "int8 products summed in fp32: inexact beyond 2^24",               "bitsandbytes where k is no multiple of 4; CPU fallback") \
    X(columns_out,   "columns-out",         has_apart,  EXACT_CODES, EXACT_SUM,   false, true,  false, "absmax without the outlier columns, not only the outliers",       "the paper's decomposition") \
    X(from_8,        "outliers-from-int8",  has_apart,  EXACT_CODES, EXACT_SUM,   false, false, true,  "the outlier columns' weights are dequantized int8",               "bitsandbytes without has_fp16_weights") \
    X(constant,      "bnb-constant",        always,     EXACT_CODES, BNB_DEFAULT, false, false, false, "fp32 epilogue times 6.200124e-05 for 1 / 127^2",                  "bitsandbytes default backend, epilogue alone") \
    X(bnb_default,   "bnb-default",         always,     MULTIPLIED,  BNB_DEFAULT, true,  false, true,  "multiplied codes, fp32 sums, 6.200124e-05, outliers from int8",   "bitsandbytes default backend") \
    X(bnb_cuda,      "bnb-cuda",            always,     MULTIPLIED,  BNB_CUDA,    false, false, true,  "multiplied codes (true division), 6.200012e-05, outliers from int8", "bitsandbytes CUDA, but for __fdividef")
/* clang-format on */

static bool always(const struct tb_problem *p) {
    (void)p;
    return true;
}

/* Without a threshold no column is apart. */
static bool has_apart(const struct tb_problem *p) {
    return tb_problem_number(p, "threshold") > 0;
}

/* Sums of k products of codes that fp32 might not hold. */
static bool is_long(const struct tb_problem *p) {
    return tb_problem_number(p, "k") * 127 * 127 > 0x1p24;
}

#define DEFINE(FUNCTION, NAME, APPLIES, CODES, EPILOGUE, FP32, OUT, FROM8, SUMMARY, USED_BY)                 \
    static void evaluate_##FUNCTION(const struct tb_problem *p, const void *input, void *output) {           \
        evaluate(p, input, output, &(const struct way){CODES, EPILOGUE, FP32, OUT, FROM8});                  \
    }
WAYS(DEFINE)

#define ROW(FUNCTION, NAME, APPLIES, CODES, EPILOGUE, FP32, OUT, FROM8, SUMMARY, USED_BY)                    \
    {NAME, SUMMARY, USED_BY, APPLIES, evaluate_##FUNCTION},
const struct tb_problem_variant tb_llmint8_variants[] = {
    WAYS(ROW){NULL, NULL, NULL, NULL, NULL}
};
