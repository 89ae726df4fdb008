/* Tensor cores that are wrong on purpose, each in one way, about H100's fp16: steps of 16 products and the
 * accumulator, 25 fraction bits, cut to fp32. What each must be found out as stands in planted.h.
 *
 * In doubles, which hold every product of two fp16 numbers and every sum of cut terms; shares nothing with
 * the suite's models. One shape: a[8][64] times b[64][8] plus c[8][8]. */
#include "lists.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { M = 8, N = 8, K = 64, STEP = 16, FRACTION = 25, MOST_LOW = -100000 };

struct rule {
    const char *claim;
    bool narrow;      /* the accumulator is fp16 between the steps */
    bool normalised;  /* products are aligned by their own exponent */
    bool interleaved; /* a step takes every fourth index */
    bool daz;         /* subnormal inputs read as zero */
    bool c_last;      /* the chain starts from zero; c is added to it */
    bool nan_dropped; /* terms that are NaN are left out */
    bool short_sum;   /* one fraction bit less */
    bool loses_last;  /* the last index of k is left out */
};

struct term {
    double value;
    int exponent;
};

/* fp16 and fp32 in one: `bits` fraction bits, exponent field of `width` bits. */
static struct term read_term(uint32_t code, int bits, int width, bool daz) {
    uint32_t fraction = code & ((1u << bits) - 1), field = code >> bits & ((1u << width) - 1);
    int bias = (1 << (width - 1)) - 1;
    double sign = code >> (bits + width) & 1 ? -1 : 1;
    if (field == (1u << width) - 1)
        return (struct term){fraction ? (double)NAN : sign * (double)INFINITY, 0};
    if (field == 0 && (fraction == 0 || daz))
        return (struct term){0, MOST_LOW};
    int exponent = (field ? (int)field : 1) - bias;
    double significand = (double)fraction + (field ? ldexp(1, bits) : 0);
    return (struct term){sign * ldexp(significand, exponent - bits), exponent};
}

static struct term multiply(struct term x, struct term y, bool normalised) {
    struct term product = {x.value * y.value, x.exponent + y.exponent};
    if (product.value == 0)
        product.exponent = MOST_LOW;
    else if (normalised && isfinite(product.value))
        product.exponent = ilogb(product.value);
    return product;
}

static double round_result(double x, bool narrow) {
    if (x == 0)
        return 0;
    int least = narrow ? -14 : -126, bits = narrow ? 10 : 23, exponent = ilogb(x);
    if (exponent < least)
        exponent = least;
    double scaled = ldexp(x, bits - exponent), kept = narrow ? rint(scaled) : trunc(scaled);
    double result = ldexp(kept, exponent - bits);
    if (fabs(result) >= (narrow ? 0x1p16 : 0x1p128))
        return copysign((double)INFINITY, result);
    return result;
}

static struct term accumulator(double x, bool narrow) {
    int least = narrow ? -14 : -126;
    if (x == 0)
        return (struct term){0, MOST_LOW};
    return (struct term){x, isfinite(x) && ilogb(x) > least ? ilogb(x) : least};
}

static double step(const struct rule *rule, const struct term *terms, int count) {
    double special = 0, sum = 0;
    int top = MOST_LOW, fraction = FRACTION - rule->short_sum;
    bool odd = false;
    for (int i = 0; i < count; i++) {
        if (!isfinite(terms[i].value) && !(rule->nan_dropped && isnan(terms[i].value))) {
            special += terms[i].value;
            odd = true;
        }
        if (isfinite(terms[i].value) && terms[i].value != 0 && terms[i].exponent > top)
            top = terms[i].exponent;
    }
    if (odd)
        return special;
    if (top == MOST_LOW)
        return 0;
    for (int i = 0; i < count; i++)
        if (isfinite(terms[i].value))
            sum += trunc(ldexp(terms[i].value, fraction - top));
    return round_result(ldexp(sum, top - fraction), rule->narrow);
}

static double dot(const struct rule *rule, const uint16_t *a, const uint16_t *b, uint32_t c) {
    struct term terms[STEP + 1], start = read_term(c, 23, 8, rule->daz);
    struct term sum = rule->c_last ? (struct term){0, MOST_LOW} : start;
    for (int s = 0; s < K / STEP; s++) {
        for (int i = 0; i < STEP; i++) {
            int k = rule->interleaved ? i * (K / STEP) + s : s * STEP + i;
            terms[i] = multiply(read_term(a[k], 10, 5, rule->daz), read_term(b[k * N], 10, 5, rule->daz),
                                rule->normalised);
            if (rule->loses_last && k == K - 1)
                terms[i] = (struct term){0, MOST_LOW};
        }
        terms[STEP] = sum;
        sum = accumulator(step(rule, terms, STEP + 1), rule->narrow);
    }
    return rule->c_last ? (double)((float)start.value + (float)sum.value) : sum.value;
}

static void run(const void *state, const void *input, void *output, size_t count) {
    for (size_t r = 0; r < count; r++) {
        const unsigned char *in = (const unsigned char *)input + r * (2 * M * K + 2 * K * N + 4 * M * N);
        uint16_t a[M * K], b[K * N];
        uint32_t c[M * N], d[M * N];
        memcpy(a, in, sizeof a);
        memcpy(b, in + sizeof a, sizeof b);
        memcpy(c, in + sizeof a + sizeof b, sizeof c);
        for (int e = 0; e < M * N; e++) {
            double x = dot(state, a + e / N * K, b + e % N, c[e]);
            float f = x == 0 ? 0 : (float)x;
            memcpy(&d[e], &f, sizeof f);
            if (isnan(x))
                d[e] = 0x7fffffff;
        }
        memcpy((unsigned char *)output + r * sizeof d, d, sizeof d);
    }
}

/* Sums of 8-bit integers that wrap; honest hardware, but not the exact answer. */
static void run_integers(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    for (size_t r = 0; r < count; r++) {
        const unsigned char *in = (const unsigned char *)input + r * (M * K + K * N + 4 * M * N);
        const int8_t *a = (const int8_t *)in, *b = a + M * K;
        uint32_t sum[M * N];
        memcpy(sum, in + M * K + K * N, sizeof sum);
        for (int e = 0; e < M * N; e++)
            for (int k = 0; k < K; k++)
                sum[e] += (uint32_t)(a[e / N * K + k] * b[k * N + e % N]);
        memcpy((unsigned char *)output + r * sizeof sum, sum, sizeof sum);
    }
}

static int open_rule(const struct rule *rule, const struct tb_request *request, struct tb_kernel *kernel) {
    if (strcmp(request->case_id, "mma/fp16/fp16/fp32/fp32") != 0)
        return 0;
    *kernel = (struct tb_kernel){.run = run, .state = rule, .claim = rule->claim};
    return 1;
}

static int open_integers(const struct tb_request *request, struct tb_kernel *kernel) {
    if (strcmp(request->case_id, "mma/int8/int8/int32/int32") != 0)
        return 0;
    *kernel = (struct tb_kernel){.run = run_integers};
    return 1;
}

#define TARGET(ID, NAME, SUMMARY, ...)                                                                       \
    static const struct rule ID##_rule = {__VA_ARGS__};                                                      \
    static int ID##_open(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        return open_rule(&ID##_rule, request, kernel);                                                       \
    }                                                                                                        \
    static const struct tb_target ID = {                                                                     \
        .abi = TIEBREAK_TARGET_ABI, .name = "planted/" NAME, .summary = SUMMARY, .open = ID##_open};

TARGET(honest, "mma-honest", "as H100, and says so", .claim = "h100-fp16")
TARGET(liar, "mma-claims-falsely", "an fp16 accumulator, said to be as H100", .claim = "h100-fp16",
       .narrow = true)
TARGET(narrow, "mma-acc-fp16", "the accumulator narrowed to fp16", .narrow = true)
TARGET(normalised, "mma-normalised", "products normalised before they are aligned", .normalised = true)
TARGET(interleaved, "mma-interleaved", "steps of every fourth index", .interleaved = true)
TARGET(daz, "mma-daz", "subnormal inputs read as zero", .daz = true)
TARGET(c_last, "mma-c-last", "c added last", .c_last = true)
TARGET(nan_dropped, "mma-nan-dropped", "NaN left out of the sum", .nan_dropped = true)
TARGET(short_sum, "mma-short", "one fraction bit less", .short_sum = true)
TARGET(loses_last, "mma-loses-last", "the last index left out", .loses_last = true)

static const struct tb_target wrap = {.abi = TIEBREAK_TARGET_ABI,
                                      .name = "planted/mma-int-wrap",
                                      .summary = "sums of int8 wrap at 32 bits",
                                      .open = open_integers};

const struct tb_target *const planted_mma_targets[] = {&honest,      &liar,       &narrow, &normalised,
                                                       &interleaved, &daz,        &c_last, &nan_dropped,
                                                       &short_sum,   &loses_last, &wrap,   NULL};
