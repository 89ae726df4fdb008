/* portable/c on affine operations: the steps of targets/affine/plan.h, in plain C.
 *
 * Sources of at most 16 bits are tables of all their patterns. From 32-bit ones the step is estimated by one
 * multiplication in double and put right by comparing the input with the last input of that step. */
#include "targets/affine/plan.h"
#include "targets/portable/portable.h"

#include <stdlib.h>

/* ---- A table of all patterns. ---- */

#define TABLE(IN, OUT, SOURCE, DESTINATION)                                                                  \
    static void table_##IN##_##OUT(const void *state, const void *input, void *output, size_t count) {       \
        const SOURCE *in = input;                                                                            \
        const DESTINATION *table = state;                                                                    \
        DESTINATION *out = output;                                                                           \
        for (size_t i = 0; i < count; i++)                                                                   \
            out[i] = table[in[i]];                                                                           \
    }
TABLE(1, 1, uint8_t, uint8_t)
TABLE(1, 2, uint8_t, uint16_t)
TABLE(1, 4, uint8_t, uint32_t)
TABLE(1, 8, uint8_t, uint64_t)
TABLE(2, 1, uint16_t, uint8_t)
TABLE(2, 2, uint16_t, uint16_t)
TABLE(2, 4, uint16_t, uint32_t)
TABLE(2, 8, uint16_t, uint64_t)
static tb_run_fn *const tables[3][9] = {
    [1] = {[1] = table_1_1, [2] = table_1_2, [4] = table_1_4, [8] = table_1_8},
    [2] = {[1] = table_2_1, [2] = table_2_2, [4] = table_2_4, [8] = table_2_8},
};

tb_run_fn *portable_table_run(unsigned from_bytes, unsigned to_bytes) {
    return tables[from_bytes][to_bytes];
}

static int open_table(const struct tb_case *c, struct tb_kernel *kernel) {
    unsigned from = tb_format_bytes(c->source), to = tb_format_bytes(c->destination);
    struct tb_affine_plan *p = tb_affine_plan_make(c, c->source);
    unsigned char *table = p ? calloc((size_t)1 << 8 * from, to) : NULL;
    for (uint64_t code = 0; table && code < tb_format_codes(c->source); code++) {
        uint64_t pattern = code << c->source->padding;
        portable_store(table, to, pattern, tb_affine_output(p, pattern));
    }
    free(p);
    *kernel = (struct tb_kernel){.run = tables[from][to], .state = table};
    return table != NULL;
}

/* ---- 32-bit sources. ---- */

static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* What the loop keeps of a plan: stores of bytes could change a plan, not a copy. */
struct loop {
    struct tb_affine_side side[2];
    const uint64_t *value;
    double multiplier;
    int64_t low;
    uint32_t last_number, flip, padding;
};

static inline struct loop loop_of(const struct tb_affine_plan *p) {
    return (struct loop){
        .side = {p->side[0], p->side[1]},
        .value = p->value,
        .multiplier = p->multiplier,
        .low = p->low,
        .last_number = p->last_number,
        .flip = p->scale_is_negative,
        .padding = (uint32_t)p->line->padding
    };
}

static inline int64_t code_at(const struct loop *k, uint32_t magnitude, double t, uint32_t negative) {
    const struct tb_affine_side *side = &k->side[negative];
    double estimate = t + side->offset;
    estimate = estimate > 0 ? estimate : 0; /* NaN too */
    estimate = estimate < side->count ? estimate : side->count;
    uint32_t step = (uint32_t)(int64_t)estimate;
    while (magnitude > side->last[step])
        step++;
    return negative ? side->first - step : side->first + step;
}

static inline int64_t code_of_float(const struct loop *k, uint32_t bits) {
    uint32_t magnitude = (bits & 0x7FFFFFFF) >> k->padding;
    magnitude = magnitude > k->last_number ? 0 : magnitude; /* NaN counts as zero */
    double x = float_of(magnitude << k->padding);
    return code_at(k, magnitude, x * k->multiplier, bits >> 31 ^ k->flip);
}

static inline int64_t code_of_int32(const struct loop *k, uint32_t bits) {
    uint32_t magnitude = bits >> 31 ? 0 - bits : bits;
    return code_at(k, magnitude, magnitude * k->multiplier, bits >> 31 ^ k->flip);
}

#define LOOP(NAME, CODE, BYTES, RESULT)                                                                      \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        const struct loop k = loop_of(state);                                                                \
        const uint32_t *in = input;                                                                          \
        for (size_t i = 0; i < count; i++) {                                                                 \
            int64_t code = CODE(&k, in[i]);                                                                  \
            portable_store(output, BYTES, i, RESULT);                                                        \
        }                                                                                                    \
    }
#define CODE_LOOP(NAME, CODE, BYTES)                                                                         \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        const struct loop k = loop_of(state);                                                                \
        const uint64_t mask = ((const struct tb_affine_plan *)state)->destination_mask;                      \
        const uint32_t *in = input;                                                                          \
        for (size_t i = 0; i < count; i++)                                                                   \
            portable_store(output, BYTES, i, (uint64_t)CODE(&k, in[i]) & mask);                              \
    }
CODE_LOOP(quantize_1, code_of_float, 1)
CODE_LOOP(quantize_2, code_of_float, 2)
CODE_LOOP(requantize_1, code_of_int32, 1)
CODE_LOOP(requantize_2, code_of_int32, 2)
LOOP(fakequant_1, code_of_float, 1, k.value[code - k.low])
LOOP(fakequant_2, code_of_float, 2, k.value[code - k.low])
LOOP(fakequant_4, code_of_float, 4, k.value[code - k.low])
LOOP(fakequant_8, code_of_float, 8, k.value[code - k.low])

static void mask_loop(const void *state, const void *input, void *output, size_t count) {
    const struct tb_affine_plan *p = state;
    const int padding = p->line->padding;
    const uint32_t flip = p->scale_is_negative, *in = input;
    const uint32_t inside[2][2] = {
        {p->inside[0][0], p->inside[0][1]},
        {p->inside[1][0], p->inside[1][1]}
    };
    uint8_t *out = output;
    for (size_t i = 0; i < count; i++) {
        uint32_t magnitude = (in[i] & 0x7FFFFFFF) >> padding;
        const uint32_t *here = inside[in[i] >> 31 ^ flip];
        out[i] = here[0] <= magnitude && magnitude <= here[1];
    }
}

/* Whatever has no loop of its own: 32-bit integers to floats, uint32, very many codes. */
static void any_loop(const void *state, const void *input, void *output, size_t count) {
    const struct tb_affine_plan *p = state;
    const unsigned from = tb_format_bytes(p->c.source), to = tb_format_bytes(p->c.destination);
    for (size_t i = 0; i < count; i++)
        portable_store(output, to, i, tb_affine_output(p, portable_load(input, from, i)));
}

static tb_run_fn *loop_for(const struct tb_affine_plan *p) {
    static tb_run_fn *const quantize[] = {[1] = quantize_1, [2] = quantize_2};
    static tb_run_fn *const requantize[] = {[1] = requantize_1, [2] = requantize_2};
    static tb_run_fn *const fakequant[] = {
        [1] = fakequant_1, [2] = fakequant_2, [4] = fakequant_4, [8] = fakequant_8};
    unsigned to = tb_format_bytes(p->c.destination);
    bool tabulated = p->side[0].last != NULL;
    if (tb_case_is_mask(&p->c))
        return mask_loop;
    if (p->c.operation == TB_QUANTIZE && tabulated)
        return quantize[to];
    if (p->c.operation == TB_REQUANTIZE && tabulated && p->line->is_signed)
        return requantize[to];
    if (p->c.operation == TB_FAKEQUANT && tabulated)
        return fakequant[to];
    return any_loop;
}

int portable_affine_open(const struct tb_request *request, struct tb_kernel *kernel) {
    struct tb_case c;
    if (!tb_affine_request(request, &c))
        return 0;
    if (tb_format_bytes(c.source) <= 2)
        return open_table(&c, kernel);
    struct tb_affine_plan *p = tb_affine_plan_make(&c, c.source);
    if (!p)
        return 0;
    *kernel = (struct tb_kernel){.run = loop_for(p), .state = p};
    return 1;
}
