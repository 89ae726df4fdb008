#include "vectors/problem_dot.h"

#include "vectors/problem_kinds.h"

#include <math.h>

static const struct tb_word methods[TB_DOT_METHODS] = {
    {"",         "a and b as they are"                                                         },
    {"mx",       "an e8m0 scale for 32 neighbours of a, and of b: OCP MX"                      },
    {"nvfp4",    "an e4m3 scale for 16 neighbours and an fp32 factor for all of a, and of b"   },
    {"block128", "an fp32 scale for 128 neighbours of a, and of b: DeepSeek-V3's blocks of FP8"},
};

/* The scales of each method: their format, the terms that share one, and whether there are factors. */
static const struct {
    const char *scale;
    uint32_t block;
    bool factors;
} scalings[TB_DOT_METHODS] = {
    {NULL,      0,   false},
    {"e8m0fnu", 32,  false},
    {"e4m3fn",  16,  true },
    {"fp32",    128, false},
};

static const struct tb_problem_number parameters[] = {
    {"k",      32, 1, 8192, true },
    {"origin", 0,  0, 1,    true },
    {NULL,     0,  0, 0,    false},
};

struct tb_dot_fields tb_dot_fields_of(const struct tb_problem *p) {
    const struct tb_layout *in = &p->input;
    return (struct tb_dot_fields){
        .k = (uint32_t)tb_problem_number(p, "k"),
        .block = scalings[p->method].block,
        .method = (enum tb_dot_method)p->method,
        .a = tb_layout_named(in, "a"),
        .b = tb_layout_named(in, "b"),
        .c = tb_layout_named(in, "c"),
        .d = tb_layout_named(&p->output, "d"),
        .scale_a = tb_layout_named(in, "scale_a"),
        .scale_b = tb_layout_named(in, "scale_b"),
        .factor_a = tb_layout_named(in, "factor_a"),
        .factor_b = tb_layout_named(in, "factor_b"),
        .origin_a = tb_layout_named(in, "origin_a"),
        .origin_b = tb_layout_named(in, "origin_b"),
    };
}

static int largest_exponent(const struct tb_format *f) {
    uint64_t code;
    return tb_format_largest(f, false, &code) ? ilogb(tb_format_value(f, code)) : 0;
}

bool tb_dot_products_are_fp32(const struct tb_problem *p) {
    const struct tb_format *a = p->formats[0], *b = p->formats[1];
    if (a->kind == TB_INTEGER)
        return a->bits + b->bits <= 24;
    int least = (1 - a->bias) + (1 - b->bias) - (a->precision - 1) - (b->precision - 1);
    return a->precision + b->precision <= 24 && least >= -149 &&
           largest_exponent(a) + largest_exponent(b) + 1 < 128;
}

static bool is_float(const struct tb_format *f) {
    return f->kind == TB_FLOAT && f->bits <= 32 && tb_format_exponent_bits(f) <= 8;
}
static bool is_integer(const struct tb_format *f, int bits) {
    return f->kind == TB_INTEGER && f->bits <= bits;
}

static int significand_bits(const struct tb_format *f) {
    return f->kind == TB_INTEGER ? f->bits - f->is_signed : f->precision;
}

/* Of a product with its scales and factors. */
static int product_bits(const struct tb_problem *p) {
    const char *scale = scalings[p->method].scale;
    int of_scale = scale ? significand_bits(tb_format_find(scale, NULL)) : 0;
    return significand_bits(p->formats[0]) + significand_bits(p->formats[1]) + 2 * of_scale +
           (scalings[p->method].factors ? 2 * 24 : 0);
}

/* Integers have integer or float sums, floats have float sums; scales belong to codes of at most 8 bits and
 * to float sums. */
static bool fits(const struct tb_problem *p) {
    const struct tb_format *const *f = p->formats;
    bool integers = is_integer(f[0], 16) && is_integer(f[1], 16), floats = is_float(f[0]) && is_float(f[1]);
    if (p->method != TB_DOT_PLAIN)
        return f[0]->bits <= 8 && f[1]->bits <= 8 && (integers || floats) && is_float(f[2]) &&
               is_float(f[3]) && product_bits(p) <= 64;
    if (integers)
        return (is_integer(f[2], 32) || is_float(f[2])) && (is_integer(f[3], 32) || is_float(f[3]));
    return floats && is_float(f[2]) && is_float(f[3]);
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    const char *scale = scalings[p->method].scale;
    uint32_t k = (uint32_t)tb_problem_number(p, "k"), block = scalings[p->method].block;
    if (!fits(p))
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case dot/%s/%s/%s/%s: a and b are floats of at most 32 bits, or integers of at most 16; c "
            "and d floats, of integers also integers; under scales a and b have at most 8 bits, a "
            "product with its scales at most 64, and c and d are floats",
            p->formats[0]->name, p->formats[1]->name, p->formats[2]->name, p->formats[3]->name);
    tb_layout_add(&p->input, "a", p->formats[0]->name, 1, k);
    tb_layout_add(&p->input, "b", p->formats[1]->name, 1, k);
    tb_layout_add(&p->input, "c", p->formats[2]->name, 1, 1);
    if (scale) {
        tb_layout_add(&p->input, "scale_a", scale, 1, (k + block - 1) / block);
        tb_layout_add(&p->input, "scale_b", scale, 1, (k + block - 1) / block);
    }
    if (scalings[p->method].factors) {
        tb_layout_add(&p->input, "factor_a", "fp32", 1, 1);
        tb_layout_add(&p->input, "factor_b", "fp32", 1, 1);
    }
    if (tb_problem_number(p, "origin") != 0) {
        tb_layout_add(&p->input, "origin_a", "fp32", 1, k);
        tb_layout_add(&p->input, "origin_b", "fp32", 1, k);
    }
    tb_layout_add(&p->output, "d", p->formats[3]->name, 1, 1);
    return true;
}

/* Lengths: one that fills vectors, one with a tail behind every width, one beyond the promotion intervals. */
static const char *const suite[] = {
    "dot/fp32/fp32/fp32/fp32/rne/k=67",
    "dot/fp32/fp32/fp32/fp32/rne/k=256",
    "dot/tf32/tf32/fp32/fp32/rne/k=64",
    "dot/bf16/bf16/fp32/fp32/rne/k=67",
    "dot/bf16/bf16/fp32/fp32/rne/k=256",
    "dot/bf16/bf16/fp32/bf16/rne/k=128,origin=1",
    "dot/fp16/fp16/fp32/fp32/rne/k=67",
    "dot/fp16/fp16/fp32/fp32/rne/k=256",
    "dot/fp16/fp16/fp16/fp16/rne/k=64",
    "dot/e4m3fn/e4m3fn/fp32/fp32/rne/k=67",
    "dot/e4m3fn/e4m3fn/fp32/fp32/rne/k=512",
    "dot/e5m2/e5m2/fp32/fp32/rne/k=67",
    "dot/e4m3fn/e5m2/fp32/fp32/rne/k=256",
    "dot/e4m3fn/e5m2/fp32/fp16/rne/k=64",
    "dot/e4m3fn/e4m3fn/fp32/bf16/rne/k=128,origin=1",
    "dot/int8/int8/int32/int32/rne/k=67",
    "dot/uint8/int8/int32/int32/rne/k=256",
    "dot/e4m3fn/e5m2/fp32/fp32/mx/rne/k=96",
    "dot/e2m1fn/e2m1fn/fp32/fp32/mx/rne/k=128",
    "dot/e2m1fn/e2m1fn/fp32/bf16/nvfp4/rne/k=64,origin=1",
    "dot/e4m3fn/e4m3fn/fp32/bf16/block128/rne/k=512",
    NULL,
};

const struct tb_problem_kind tb_problem_dot = {
    .operation = "dot",
    .summary = "a sum of products",
    .format_count = 4,
    .format_names = "A/B/C/D",
    .methods = methods,
    .method_count = TB_DOT_METHODS,
    .takes_rounding = true,
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
