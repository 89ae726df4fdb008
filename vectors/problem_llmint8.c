#include "vectors/problem_llmint8.h"

enum { M, N, K, THRESHOLD };
static const struct tb_problem_number parameters[] = {
    {"m",         4,  1, 64,    true },
    {"n",         8,  1, 64,    true },
    {"k",         64, 1, 4096,  true },
    {"threshold", 6,  0, 65504, false}, /* a column with a magnitude of at least this is an outlier; 0: none */
    {NULL,        0,  0, 0,     false},
};

struct tb_llmint8 tb_llmint8_of(const struct tb_problem *p) {
    const struct tb_field *in = p->input.fields, *out = p->output.fields;
    return (struct tb_llmint8){.m = (uint32_t)p->numbers[M],
                               .n = (uint32_t)p->numbers[N],
                               .k = (uint32_t)p->numbers[K],
                               .threshold = p->numbers[THRESHOLD],
                               .x = &in[0],
                               .w = &in[1],
                               .xq = &out[0],
                               .xs = &out[1],
                               .wq = &out[2],
                               .ws = &out[3],
                               .acc = &out[4],
                               .y = &out[5]};
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    const struct tb_format *data = p->formats[0], *output = p->formats[1];
    uint32_t m = (uint32_t)p->numbers[M], n = (uint32_t)p->numbers[N], k = (uint32_t)p->numbers[K];
    if (data != tb_format_find("fp16", NULL))
        return tb_fail(error, TB_EXIT_USAGE, "llmint8: data of format %s: only fp16", data->name);
    if (output != tb_format_find("fp16", NULL) && output != tb_format_find("fp32", NULL))
        return tb_fail(error, TB_EXIT_USAGE, "llmint8: an output of format %s: only fp16, fp32",
                       output->name);
    tb_layout_add(&p->input, "x", "fp16", m, k);
    tb_layout_add(&p->input, "w", "fp16", n, k);
    tb_layout_add(&p->output, "xq", "int8", m, k);
    tb_layout_add(&p->output, "xs", "fp32", 1, m);
    tb_layout_add(&p->output, "wq", "int8", n, k);
    tb_layout_add(&p->output, "ws", "fp32", 1, n);
    tb_layout_add(&p->output, "acc", "int32", m, n);
    tb_layout_add(&p->output, "y", output->name, m, n);
    return true;
}

static const char *const suite[] = {
    "llmint8/fp16/fp16",
    "llmint8/fp16/fp32",
    "llmint8/fp16/fp16/m=3,n=5,k=67",
    "llmint8/fp16/fp32/threshold=0",
    "llmint8/fp16/fp32/m=2,n=2,k=2048",
    NULL,
};

const struct tb_problem_kind tb_problem_llmint8 = {
    .operation = "llmint8",
    .summary = "LLM.int8(): outlier columns in fp16, the rest in int8 with row and column absmax",
    .format_count = 2,
    .format_names = "DATA/OUTPUT",
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
