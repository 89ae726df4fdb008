#include "targets/x86/affine_named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the named targets claim, in the words of `tiebreak list variants`. */
static const char *const claims[TB_NAMED] = {
    [TB_NAMED_RCP32] = "rcp32+nan-low",
    [TB_NAMED_DIV32] = "div32+nan-low",
    [TB_NAMED_FBGEMM] = "rcp32+avx2-wrap",
};

/* t of these is exact in fp32, and t + 1.5 * 2^23 keeps its integer bits. */
#define MOST_ZERO (INT64_C(1) << 20)

static int source_of(const struct tb_format *f) {
    return strcmp(f->name, "fp32") == 0   ? TB_FROM_FP32
           : strcmp(f->name, "fp16") == 0 ? TB_FROM_FP16
           : strcmp(f->name, "bf16") == 0 ? TB_FROM_BF16
                                          : -1;
}

static struct tb_named_plan plan_of(const struct tb_case *c) {
    const struct tb_affine *a = &c->affine;
    float scale = (float)a->scale;
    struct tb_named_plan p = {
        .scale = scale,
        .reciprocal = 1 / scale,
        .low = (float)(a->low - a->zero),
        .high = (float)(a->high - a->zero),
        .zero = (int32_t)a->zero,
        .lowest = (int32_t)a->low,
        .highest = (int32_t)a->high,
        .mask = (1u << c->destination->bits) - 1,
        .mxcsr = TB_MXCSR_DEFAULT,
    };
    /* Subnormal inputs have |t| < 2^-26 then, subnormal quotients always: their code is the zero's. */
    bool middling = fabsf(scale) >= 0x1p-80f && fabsf(scale) <= 0x1p80f;
    p.mxcsr |= TB_MXCSR_FTZ | (middling ? TB_MXCSR_DAZ : 0);
    p.carries = middling && scale > 0; /* clamped as an input, NaN would take the upper end below zero */
    p.low_input = p.low * scale;
    p.high_input = p.high * scale;
    return p;
}

int tb_x86_open_named(const struct tb_request *request, enum tb_x86_named which, tb_named_kernels kernels,
                      tb_named_kernels direct, struct tb_kernel *kernel) {
    struct tb_case c;
    if (!tb_affine_request(request, &c) || c.operation != TB_QUANTIZE || c.rounding != TB_RNE ||
        source_of(c.source) < 0)
        return 0;
    bool near = c.affine.zero <= MOST_ZERO && c.affine.zero >= -MOST_ZERO;
    struct tb_named_plan *p = near || which == TB_NAMED_FBGEMM ? malloc(sizeof *p) : NULL;
    if (!p)
        return 0;
    *p = plan_of(&c);
    tb_run_fn *const *row = (p->carries || !direct ? kernels : direct)[source_of(c.source)];
    *kernel =
        (struct tb_kernel){.run = row[tb_format_bytes(c.destination)], .state = p, .claim = claims[which]};
    if (kernel->run)
        return 1;
    free(p);
    return 0;
}
