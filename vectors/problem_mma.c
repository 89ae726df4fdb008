#include "vectors/problem_mma.h"

#include "vectors/mma_model.h"
#include "vectors/problem_kinds.h"

#include <string.h>

static const struct tb_problem_number parameters[] = {
    {"m",  8,  1, 64,   true },
    {"n",  8,  1, 64,   true },
    {"k",  64, 1, 4096, true },
    {NULL, 0,  0, 0,    false},
};

struct tb_mma_problem tb_mma_problem_of(const struct tb_problem *p) {
    return (struct tb_mma_problem){
        .m = (uint32_t)tb_problem_number(p, "m"),
        .n = (uint32_t)tb_problem_number(p, "n"),
        .k = (uint32_t)tb_problem_number(p, "k"),
        .a = tb_layout_named(&p->input, "a"),
        .b = tb_layout_named(&p->input, "b"),
        .c = tb_layout_named(&p->input, "c"),
        .d = tb_layout_named(&p->output, "d"),
    };
}

void tb_mma_problem_get(const struct tb_mma_problem *x, const void *record, uint32_t i, uint32_t j,
                        uint64_t *a, uint64_t *b, uint64_t *c) {
    for (uint32_t l = 0; l < x->k; l++) {
        a[l] = tb_field_get(x->a, record, i * x->k + l);
        b[l] = tb_field_get(x->b, record, l * x->n + j);
    }
    *c = tb_field_get(x->c, record, i * x->n + j);
}

/* No product needs more than fp32's significands and exponents. */
static bool is_operand(const struct tb_format *f) {
    return f->kind == TB_FLOAT && f->precision <= 24 && tb_format_exponent_bits(f) <= 8 && f->is_signed;
}

static bool fits(const struct tb_problem *p) {
    const struct tb_format *a = p->formats[0], *b = p->formats[1], *c = p->formats[2], *d = p->formats[3];
    if (strcmp(d->name, "int32") == 0)
        return a->kind == TB_INTEGER && b->kind == TB_INTEGER && a->bits <= 8 && b->bits <= 8 && !a->bias &&
               !b->bias && c == d;
    return is_operand(a) && is_operand(b) && is_operand(c) && is_operand(d) && c == d && d->bits >= 16 &&
           d->padding == 0;
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    uint32_t m = (uint32_t)tb_problem_number(p, "m"), n = (uint32_t)tb_problem_number(p, "n"),
             k = (uint32_t)tb_problem_number(p, "k");
    if (!fits(p))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case mma/%s/%s/%s/%s: a and b are signed floats of at most fp32's range and c and d "
                       "are both fp32, fp16 or bf16, or a and b are integers of at most 8 bits and c and d "
                       "are int32",
                       p->formats[0]->name, p->formats[1]->name, p->formats[2]->name, p->formats[3]->name);
    tb_layout_add(&p->input, "a", p->formats[0]->name, m, k);
    tb_layout_add(&p->input, "b", p->formats[1]->name, k, n);
    tb_layout_add(&p->input, "c", p->formats[2]->name, m, n);
    tb_layout_add(&p->output, "d", p->formats[3]->name, m, n);
    return true;
}

/* What tensor cores offer; k = 64 is two steps or more of every one but CUTLASS's promotion. */
static const char *const suite[] = {
    "mma/e4m3fn/e4m3fn/fp32/fp32",
    "mma/e4m3fn/e5m2/fp32/fp32",
    "mma/e5m2/e5m2/fp32/fp32/m=3,n=5,k=96",
    "mma/e4m3fn/e4m3fn/fp16/fp16",
    "mma/e4m3fn/e4m3fn/fp32/fp32/k=256",
    "mma/e2m1fn/e2m1fn/fp32/fp32",
    "mma/fp16/fp16/fp32/fp32",
    "mma/fp16/fp16/fp16/fp16",
    "mma/bf16/bf16/fp32/fp32",
    "mma/tf32/tf32/fp32/fp32",
    "mma/fp32/fp32/fp32/fp32/k=16",
    "mma/e4m3fnuz/e4m3fnuz/fp32/fp32",
    "mma/int8/int8/int32/int32",
    "mma/uint8/int8/int32/int32/m=3,n=5,k=67",
    NULL,
};

const struct tb_problem_kind tb_problem_mma = {
    .operation = "mma",
    .summary = "a matrix product plus a matrix, as tensor cores take it",
    .format_count = 4,
    .format_names = "A/B/C/D",
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = suite,
};
