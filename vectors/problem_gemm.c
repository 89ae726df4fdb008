#include "vectors/problem_gemm.h"

#include "vectors/problem_kinds.h"

#include <string.h>

static const struct tb_word methods[TB_GEMM_METHODS] = {
    {"",            "the sums themselves, int32"                                          },
    {"per-tensor",  "a scale and a zero point for a, and for b"                           },
    {"per-channel", "a scale and a zero point for a, and for each column of b"            },
    {"per-token",   "a scale and a zero point for each row of a, and for each column of b"},
    {"absmax",      "an absmax for each row of a, and for each column of b: LLM.int8()"   },
};

/* 255 * 255 * 8192 stays below 2^31. */
static const struct tb_problem_number parameters[] = {
    {"m",  8,  1, 64,   true },
    {"n",  8,  1, 64,   true },
    {"k",  64, 1, 8192, true },
    {NULL, 0,  0, 0,    false},
};

struct tb_gemm tb_gemm_of(const struct tb_problem *p) {
    const struct tb_layout *in = &p->input;
    bool absmax = p->method == TB_GEMM_ABSMAX;
    return (struct tb_gemm){
        .m = (uint32_t)tb_problem_number(p, "m"),
        .n = (uint32_t)tb_problem_number(p, "n"),
        .k = (uint32_t)tb_problem_number(p, "k"),
        .method = (enum tb_gemm_method)p->method,
        .a = tb_layout_named(in, "a"),
        .b = tb_layout_named(in, "b"),
        .scale_a = tb_layout_named(in, absmax ? "absmax_a" : "scale_a"),
        .scale_b = tb_layout_named(in, absmax ? "absmax_b" : "scale_b"),
        .zero_a = tb_layout_named(in, "zero_a"),
        .zero_b = tb_layout_named(in, "zero_b"),
        .scale_out = tb_layout_named(in, "scale_out"),
        .zero_out = tb_layout_named(in, "zero_out"),
        .out = tb_layout_named(&p->output, "out"),
    };
}

static bool is_byte(const struct tb_format *f) {
    return f->kind == TB_INTEGER && f->bits == 8 && f->bias == 0;
}

/* int32 belongs to the sums, fp32 to every rescaling, a byte to those with scales and zero points. */
static bool fits(const struct tb_problem *p) {
    const struct tb_format *out = p->formats[2];
    bool scales = p->method != TB_GEMM_SUM;
    if (!is_byte(p->formats[0]) || !is_byte(p->formats[1]))
        return false;
    if (strcmp(out->name, "fp32") == 0)
        return scales;
    return strcmp(out->name, "int32") == 0 ? !scales : is_byte(out) && scales && p->method != TB_GEMM_ABSMAX;
}

static void add_scales(struct tb_problem *p, uint32_t m, uint32_t n) {
    bool absmax = p->method == TB_GEMM_ABSMAX;
    uint32_t rows = p->method >= TB_GEMM_PER_TOKEN ? m : 1,
             columns = p->method >= TB_GEMM_PER_CHANNEL ? n : 1;
    tb_layout_add(&p->input, absmax ? "absmax_a" : "scale_a", "fp32", 1, rows);
    tb_layout_add(&p->input, absmax ? "absmax_b" : "scale_b", "fp32", 1, columns);
    if (absmax)
        return;
    tb_layout_add(&p->input, "zero_a", "int32", 1, rows);
    tb_layout_add(&p->input, "zero_b", "int32", 1, columns);
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    uint32_t m = (uint32_t)tb_problem_number(p, "m"), n = (uint32_t)tb_problem_number(p, "n"),
             k = (uint32_t)tb_problem_number(p, "k");
    if (!fits(p))
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case gemm/%s/%s/%s: a and b are int8 or uint8; int32 comes without a method, fp32 with "
            "one, int8 or uint8 with per-tensor, per-channel or per-token",
            p->formats[0]->name, p->formats[1]->name, p->formats[2]->name);
    tb_layout_add(&p->input, "a", p->formats[0]->name, m, k);
    tb_layout_add(&p->input, "b", p->formats[1]->name, k, n);
    if (p->method != TB_GEMM_SUM)
        add_scales(p, m, n);
    if (is_byte(p->formats[2])) {
        tb_layout_add(&p->input, "scale_out", "fp32", 1, 1);
        tb_layout_add(&p->input, "zero_out", "int32", 1, 1);
    }
    tb_layout_add(&p->output, "out", p->formats[2]->name, m, n);
    return true;
}

/* Shapes: one that fills vectors, one with tails everywhere, one row of a long sum. */
static const char *const suite[] = {
    "gemm/int8/int8/int32",
    "gemm/int8/int8/int32/m=3,n=5,k=67",
    "gemm/int8/int8/int32/m=1,n=16,k=1056",
    "gemm/uint8/int8/int32",
    "gemm/uint8/int8/int32/m=3,n=5,k=67",
    "gemm/uint8/int8/int32/m=1,n=16,k=1024",
    "gemm/uint8/uint8/int32/m=3,n=5,k=67",
    "gemm/int8/int8/fp32/per-tensor",
    "gemm/int8/int8/fp32/per-channel/m=3,n=5,k=67",
    "gemm/int8/int8/fp32/per-token",
    "gemm/uint8/int8/fp32/per-tensor/m=1,n=16,k=1024",
    "gemm/uint8/int8/fp32/per-channel",
    "gemm/int8/int8/fp32/absmax",
    "gemm/int8/int8/int8/per-tensor",
    "gemm/int8/int8/int8/per-channel/m=3,n=5,k=67",
    "gemm/uint8/int8/uint8/per-tensor/m=1,n=16,k=1024",
    "gemm/uint8/int8/uint8/per-channel",
    NULL,
};

const struct tb_problem_kind tb_problem_gemm = {
    .operation = "gemm",
    .summary = "a product of integer matrices",
    .format_count = 3,
    .format_names = "A/B/OUTPUT",
    .methods = methods,
    .method_count = TB_GEMM_METHODS,
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
