#include "vectors/problem_quantize.h"

#include "vectors/affine_case.h"
#include "vectors/problem_kinds.h"

#include <string.h>

static const struct tb_word methods[TB_QUANTIZE_METHODS] = {
    {"per-channel",          "a scale and a zero point for each row (axis=0) or column (axis=1)"          },
    {"per-group",            "for each group of neighbours down a column (axis=0) or along a row (axis=1)"},
    {"per-token-symmetric",  "scale computed for each row from its absmax"                                },
    {"per-token-asymmetric", "scale and zero point computed for each row from its least and largest value"},
};

static const struct tb_problem_number parameters[] = {
    {"rows",    8,  1, 256,  true },
    {"columns", 40, 1, 1024, true },
    {"axis",    1,  0, 1,    true },
    {"group",   16, 1, 1024, true },
    {NULL,      0,  0, 0,    false},
};

static bool is_computed(int method) {
    return method >= TB_PER_TOKEN_SYMMETRIC;
}

struct tb_quantizer tb_quantizer_of(const struct tb_problem *p) {
    const struct tb_layout *scales = is_computed(p->method) ? &p->output : &p->input;
    struct tb_quantizer q = {
        .rows = (uint32_t)tb_problem_number(p, "rows"),
        .columns = (uint32_t)tb_problem_number(p, "columns"),
        .group = (uint32_t)tb_problem_number(p, "group"),
        .axis = (int)tb_problem_number(p, "axis"),
        .method = (enum tb_quantize_method)p->method,
        .low = tb_integer_least(p->formats[1]),
        .high = tb_integer_greatest(p->formats[1]),
        .x = tb_layout_named(&p->input, "x"),
        .codes = tb_layout_named(&p->output, "codes"),
        .scale = tb_layout_named(scales, "scale"),
        .zero = tb_layout_named(scales, "zero"),
    };
    if (q.method == TB_PER_TOKEN_SYMMETRIC)
        q.low = -q.high;
    return q;
}

uint32_t tb_quantizer_place(const struct tb_quantizer *q, uint32_t row, uint32_t column) {
    switch (q->method) {
    case TB_PER_CHANNEL:
        return q->axis ? column : row;
    case TB_PER_GROUP:
        return q->axis ? row * q->scale->columns + column / q->group : row / q->group * q->columns + column;
    default:
        return row;
    }
}

static bool takes(const struct tb_problem *p) {
    const struct tb_format *x = p->formats[0], *codes = p->formats[1];
    bool is_float =
        strcmp(x->name, "fp32") == 0 || strcmp(x->name, "fp16") == 0 || strcmp(x->name, "bf16") == 0;
    return is_float && codes->kind == TB_INTEGER && codes->bias == 0 && codes->bits <= 8 && codes->bits > 1 &&
           (codes->is_signed || p->method != TB_PER_TOKEN_SYMMETRIC);
}

static void scale_shape(const struct tb_problem *p, uint32_t *rows, uint32_t *columns) {
    uint32_t all_rows = (uint32_t)tb_problem_number(p, "rows"),
             all_columns = (uint32_t)tb_problem_number(p, "columns"),
             group = (uint32_t)tb_problem_number(p, "group");
    bool along_rows = tb_problem_number(p, "axis") == 1;
    *rows = 1;
    *columns = is_computed(p->method) || !along_rows ? all_rows : all_columns;
    if (p->method != TB_PER_GROUP)
        return;
    *rows = along_rows ? all_rows : (all_rows + group - 1) / group;
    *columns = along_rows ? (all_columns + group - 1) / group : all_columns;
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    struct tb_layout *scales = is_computed(p->method) ? &p->output : &p->input;
    uint32_t rows, columns;
    if (!takes(p))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case quantize/%s/%s/%s: an array goes from fp32, fp16 or bf16 to integers of 2 to 8 "
                       "bits, symmetric ones signed",
                       p->formats[0]->name, p->formats[1]->name, methods[p->method].name);
    scale_shape(p, &rows, &columns);
    tb_layout_add(&p->input, "x", p->formats[0]->name, (uint32_t)tb_problem_number(p, "rows"),
                  (uint32_t)tb_problem_number(p, "columns"));
    tb_layout_add(scales, "scale", "fp32", rows, columns);
    if (p->method != TB_PER_TOKEN_SYMMETRIC)
        tb_layout_add(scales, "zero", "int32", rows, columns);
    tb_layout_add(&p->output, "codes", p->formats[1]->name, (uint32_t)tb_problem_number(p, "rows"),
                  (uint32_t)tb_problem_number(p, "columns"));
    return true;
}

static const char *const suite[] = {
    "quantize/fp32/int8/per-channel/rne",
    "quantize/fp32/int8/per-channel/rne/axis=0",
    "quantize/fp32/uint8/per-channel/rna",
    "quantize/bf16/int8/per-channel/rne",
    "quantize/fp16/int4/per-channel/rtz/axis=0",
    "quantize/fp32/int4/per-group/rne",
    "quantize/fp32/uint4/per-group/rne/rows=20,columns=8,axis=0,group=8",
    "quantize/fp16/int8/per-group/rne",
    "quantize/bf16/int2/per-group/rhu",
    "quantize/fp32/int8/per-token-symmetric/rne",
    "quantize/bf16/int8/per-token-symmetric/rne",
    "quantize/fp32/int8/per-token-symmetric/rtz",
    "quantize/fp32/int8/per-token-asymmetric/rne",
    "quantize/fp32/uint8/per-token-asymmetric/rne",
    "quantize/fp16/uint4/per-token-asymmetric/rne",
    NULL,
};

const struct tb_problem_kind tb_problem_quantize = {
    .operation = "quantize",
    .summary = "an array of floats to integer codes, with more than one scale",
    .format_count = 2,
    .format_names = "FLOAT/INTEGER",
    .methods = methods,
    .method_count = TB_QUANTIZE_METHODS,
    .takes_rounding = true,
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
