#include "vectors/problem_smoothquant.h"

#include <math.h>

enum { TWENTIETHS = 20 };
enum { M, N, K, ALPHA, LEAST };
static const struct tb_problem_number parameters[] = {
    {"m",     8,    1,     64,   true },
    {"n",     8,    1,     64,   true },
    {"k",     16,   1,     1024, true },
    {"a",     0.5,  0,     1,    false}, /* a whole number of twentieths, which it stands for exactly */
    {"least", 1e-5, 1e-10, 1,    false}, /* of a channel's greatest weight, and of s: the double's value */
    {NULL,    0,    0,     0,    false},
};

struct tb_smoothquant tb_smoothquant_of(const struct tb_problem *p) {
    const struct tb_field *in = p->input.fields, *out = p->output.fields;
    struct tb_smoothquant s = {.m = (uint32_t)p->numbers[M],
                               .n = (uint32_t)p->numbers[N],
                               .k = (uint32_t)p->numbers[K],
                               .power = (unsigned)round(p->numbers[ALPHA] * TWENTIETHS),
                               .root = TWENTIETHS,
                               .least = p->numbers[LEAST],
                               .format = p->formats[0],
                               .x = &in[0],
                               .w = &in[1],
                               .s = &out[0],
                               .xs = &out[1],
                               .ws = &out[2]};
    for (unsigned divisor = TWENTIETHS; divisor > 1; divisor--)
        if (s.power % divisor == 0 && s.root % divisor == 0) {
            s.power /= divisor;
            s.root /= divisor;
        }
    return s;
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    const struct tb_format *t = p->formats[0];
    uint32_t m = (uint32_t)p->numbers[M], n = (uint32_t)p->numbers[N], k = (uint32_t)p->numbers[K];
    double twentieths = p->numbers[ALPHA] * TWENTIETHS;
    if (t != tb_format_find("fp16", NULL) && t != tb_format_find("bf16", NULL) &&
        t != tb_format_find("fp32", NULL))
        return tb_fail(error, TB_EXIT_USAGE, "smoothquant: data of format %s: only fp16, bf16, fp32",
                       t->name);
    if (fabs(twentieths - round(twentieths)) > 1e-9)
        return tb_fail(error, TB_EXIT_USAGE, "smoothquant: a=%g is not a whole number of twentieths",
                       p->numbers[ALPHA]);
    tb_layout_add(&p->input, "x", t->name, m, k);
    tb_layout_add(&p->input, "w", t->name, n, k);
    tb_layout_add(&p->output, "s", t->name, 1, k);
    tb_layout_add(&p->output, "xs", t->name, m, k);
    tb_layout_add(&p->output, "ws", t->name, n, k);
    return true;
}

static const char *const suite[] = {
    "smoothquant/fp16",        "smoothquant/bf16",        "smoothquant/fp32",
    "smoothquant/fp16/a=0.75", "smoothquant/fp32/a=0.85", "smoothquant/bf16/m=3,n=5,k=67,a=0.75",
    "smoothquant/fp32/a=0",    "smoothquant/fp16/a=1",    NULL,
};

const struct tb_problem_kind tb_problem_smoothquant = {
    .operation = "smoothquant",
    .summary = "SmoothQuant: activations divided, weights multiplied, channel by channel",
    .format_count = 1,
    .format_names = "DATA",
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
