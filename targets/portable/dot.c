#include "targets/portable/dot.h"

#include "vectors/problem_dot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A record with its numbers as floats. */
struct sum {
    uint32_t k, block;
    const float *a, *b, *scale_a, *scale_b;
    bool has_factors;
    float factor_a, factor_b, c;
};

/* ---- The ways. Each assignment to a float is one rounding. ---- */

static float sum_in_order(const struct sum *s) {
    float sum = s->c;
    for (uint32_t i = 0; i < s->k; i++) {
        float product = s->a[i] * s->b[i];
        sum = sum + product;
    }
    return sum;
}

static float sum_by_fma(const struct sum *s) {
    float sum = s->c;
    for (uint32_t i = 0; i < s->k; i++)
        sum = fmaf(s->a[i], s->b[i], sum);
    return sum;
}

static float sum_of_halves(const struct sum *s, uint32_t first, uint32_t end) {
    uint32_t middle = first + (end - first) / 2;
    if (end - first == 1) {
        float product = s->a[first] * s->b[first];
        return 0 + product;
    }
    return sum_of_halves(s, first, middle) + sum_of_halves(s, middle, end);
}

static float sum_pairwise(const struct sum *s) {
    return sum_of_halves(s, 0, s->k) + s->c;
}

static float sum_compensated(const struct sum *s) {
    float sum = s->c, lost = 0;
    for (uint32_t i = 0; i < s->k; i++) {
        float product = s->a[i] * s->b[i], next = product - lost, total = sum + next;
        lost = (total - sum) - next;
        sum = total;
    }
    return sum;
}

static float sum_in_fp64(const struct sum *s) {
    double sum = s->c;
    for (uint32_t i = 0; i < s->k; i++)
        sum += (double)s->a[i] * s->b[i];
    return (float)sum;
}

/* Without factors the total starts from c. */
static float sum_of_blocks(const struct sum *s) {
    float total = s->has_factors ? 0 : s->c;
    for (uint32_t block = 0; block * s->block < s->k; block++) {
        uint32_t end = (block + 1) * s->block < s->k ? (block + 1) * s->block : s->k;
        float partial = 0, scale = s->scale_a[block] * s->scale_b[block];
        for (uint32_t i = block * s->block; i < end; i++)
            partial = fmaf(s->a[i], s->b[i], partial);
        float scaled = scale * partial;
        total = total + scaled;
    }
    if (!s->has_factors)
        return total;
    float alpha = s->factor_a * s->factor_b, result = alpha * total;
    return result + s->c;
}

/* ---- Records. ---- */

typedef float way_fn(const struct sum *s);

struct state {
    struct tb_problem p;
    struct tb_dot_fields f;
    way_fn *way;
};

static float value_of(const struct tb_field *f, const void *record, uint32_t place) {
    return (float)tb_format_value(f->format, tb_field_get(f, record, place));
}

static float *values_of(const struct tb_field *f, const void *record, float **place) {
    float *values = *place;
    for (uint32_t i = 0; f && i < f->columns; i++)
        values[i] = value_of(f, record, i);
    *place += f ? f->columns : 0;
    return values;
}

/* To nearest even; of a NaN its upper half. */
static uint32_t bf16_of(uint32_t bits) {
    bool nan = (bits & 0x7fffffff) > 0x7f800000;
    return nan ? bits >> 16 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static void store(const struct state *s, unsigned char *output, float sum) {
    uint32_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (isnan(sum)) /* C leaves its sign and payload to the compiler */
        bits = 0x7fc00000;
    tb_field_set(s->f.d, output, 0, s->f.d->format->bits == 16 ? bf16_of(bits) : bits);
}

static void run_record(const struct state *s, const unsigned char *input, unsigned char *output) {
    static _Thread_local float numbers[4 * 8192];
    float *place = numbers;
    struct sum sum = {.k = s->f.k, .block = s->f.block, .has_factors = s->f.factor_a != NULL};
    sum.a = values_of(s->f.a, input, &place);
    sum.b = values_of(s->f.b, input, &place);
    sum.scale_a = values_of(s->f.scale_a, input, &place);
    sum.scale_b = values_of(s->f.scale_b, input, &place);
    sum.c = value_of(s->f.c, input, 0);
    if (sum.has_factors) {
        sum.factor_a = value_of(s->f.factor_a, input, 0);
        sum.factor_b = value_of(s->f.factor_b, input, 0);
    }
    store(s, output, s->way(&sum));
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t i = 0; i < count; i++)
        run_record(s, (const unsigned char *)input + i * s->p.input.bytes,
                   (unsigned char *)output + i * s->p.output.bytes);
}

static void run_integers(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t r = 0; r < count; r++) {
        const unsigned char *record = (const unsigned char *)input + r * s->p.input.bytes;
        uint32_t sum = (uint32_t)tb_field_get(s->f.c, record, 0);
        for (uint32_t i = 0; i < s->f.k; i++) {
            int32_t a = (int32_t)value_of(s->f.a, record, i), b = (int32_t)value_of(s->f.b, record, i);
            sum += (uint32_t)a * (uint32_t)b;
        }
        tb_field_set(s->f.d, (unsigned char *)output + r * s->p.output.bytes, 0, sum);
    }
}

/* ---- Offers. ---- */

static bool has_name(const struct tb_format *f, const char *name) {
    return strcmp(f->name, name) == 0;
}

static bool is_float(const struct state *s) {
    const struct tb_format *d = s->f.d->format;
    return s->f.a->format->kind == TB_FLOAT && has_name(s->f.c->format, "fp32") && s->p.rounding == TB_RNE &&
           (has_name(d, "fp32") || has_name(d, "bf16"));
}

static bool is_integer(const struct state *s) {
    return s->f.a->format->kind == TB_INTEGER && s->f.method == TB_DOT_PLAIN &&
           has_name(s->f.c->format, "int32") && has_name(s->f.d->format, "int32");
}

/* `exact_claim`: where no product is rounded, the ways of two claims are one, and this is its name. */
struct offer {
    way_fn *way;
    const char *claim, *exact_claim;
    bool scaled, integers, narrow;
};

static bool offers(const struct offer *o, const struct state *s) {
    bool scaled = s->f.method != TB_DOT_PLAIN;
    if (o->integers && is_integer(s))
        return true;
    return is_float(s) && scaled == o->scaled && (o->narrow || has_name(s->f.d->format, "fp32"));
}

static int open_way(const struct tb_request *request, struct tb_kernel *kernel, const struct offer *o) {
    struct state *s = strcmp(request->operation, "dot") == 0 ? malloc(sizeof *s) : NULL;
    if (!s)
        return 0;
    if (tb_problem_parse(request->case_id, &s->p, NULL)) {
        s->f = tb_dot_fields_of(&s->p);
        s->way = o->way;
        if (offers(o, s)) {
            bool integers = is_integer(s);
            const char *claim = tb_dot_products_are_fp32(&s->p) ? o->exact_claim : o->claim;
            *kernel = (struct tb_kernel){
                .run = integers ? run_integers : run, .state = s, .claim = integers ? "wrap32" : claim};
            return 1;
        }
    }
    free(s);
    return 0;
}

static void close_way(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}

#define WAY(ID, NAME, FUNCTION, CLAIM, EXACT_CLAIM, SCALED, INTEGERS, NARROW, SUMMARY)                       \
    static int open_##ID(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        static const struct offer o = {FUNCTION, CLAIM, EXACT_CLAIM, SCALED, INTEGERS, NARROW};              \
        return open_way(request, kernel, &o);                                                                \
    }                                                                                                        \
    const struct tb_target portable_##ID = {.abi = TIEBREAK_TARGET_ABI,                                      \
                                            .name = "portable/" NAME,                                        \
                                            .summary = SUMMARY,                                              \
                                            .open = open_##ID,                                               \
                                            .close = close_way}

/* clang-format off */
/*  id            name            way                  claim           the same        scaled int    bf16   summary */
WAY(dot,          "dot",          sum_in_order,        "seq",          "seq-fma",      false, true,  true,  "dot product: fp32, k ascending, products rounded; int32 modulo 2^32");
WAY(dot_fma,      "dot-fma",      sum_by_fma,          "seq-fma",      "seq-fma",      false, false, true,  "dot product: fp32, k ascending, one fmaf() a term");
WAY(dot_pairwise, "dot-pairwise", sum_pairwise,        "pairwise",     "pairwise",     false, false, true,  "dot product: fp32, sums of halves of halves");
WAY(dot_kahan,    "dot-kahan",    sum_compensated,     "kahan",        "kahan",        false, false, true,  "dot product: fp32, Kahan's compensated sum");
WAY(dot_fp64,     "dot-fp64",     sum_in_fp64,         "acc-fp64",     "acc-fp64",     false, false, false, "dot product: exact products summed in fp64, rounded to fp32");
WAY(dot_blocks,   "dot-blocks",   sum_of_blocks,       "scale-blocks", "scale-blocks", true,  false, true,  "block-scaled dot product: fp32 sums of blocks times their scales");
/* clang-format on */
