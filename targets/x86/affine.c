/* Which kernel an affine case takes. */
#include "targets/x86/affine.h"

#include "targets/affine/plan.h"

#include <stdlib.h>
#include <string.h>

static int source_of(const struct tb_format *f) {
    return strcmp(f->name, "fp32") == 0   ? TB_FROM_FP32
           : strcmp(f->name, "fp16") == 0 ? TB_FROM_FP16
           : strcmp(f->name, "bf16") == 0 ? TB_FROM_BF16
                                          : -1;
}

/* In fp32 where that carries, else in fp64. */
static tb_run_fn *choose_quantize(struct tb_affine_plan *p, const struct tb_x86_affine_kernels *k,
                                  int source) {
    const struct tb_affine_arithmetic fp32 = {23, 8, k->roundings}, fp64 = {52, 16, k->roundings};
    unsigned bytes = tb_format_bytes(p->c.destination);
    if (bytes == 1 && tb_affine_window_make(p, &fp32, &p->window))
        return k->from[source].narrow[p->window.least != 0];
    return tb_affine_window_make(p, &fp64, &p->window) ? k->from[source].quantize[bytes] : NULL;
}

static tb_run_fn *choose_fakequant(struct tb_affine_plan *p, const struct tb_x86_affine_kernels *k,
                                   int source) {
    const struct tb_affine_arithmetic fp64 = {52, 16, k->roundings};
    unsigned bytes = tb_format_bytes(p->c.destination);
    if (tb_case_is_mask(&p->c))
        return k->from[source].mask;
    bool good = source_of(p->c.destination) >= 0 && p->value && tb_affine_window_make(p, &fp64, &p->window);
    return good ? k->from[source].fakequant[bytes] : NULL;
}

static tb_run_fn *choose(struct tb_affine_plan *p, const struct tb_x86_affine_kernels *k) {
    const struct tb_affine_arithmetic fp64 = {52, 16, k->roundings};
    int source = source_of(p->c.source);
    unsigned bytes = tb_format_bytes(p->c.destination);
    switch (p->c.operation) {
    case TB_QUANTIZE:
        return source >= 0 ? choose_quantize(p, k, source) : NULL;
    case TB_FAKEQUANT:
        return source >= 0 ? choose_fakequant(p, k, source) : NULL;
    case TB_REQUANTIZE:
        return strcmp(p->c.source->name, "int32") == 0 && tb_affine_window_make(p, &fp64, &p->window)
                   ? k->requantize[bytes]
                   : NULL;
    default: /* TB_DEQUANTIZE */
        return p->value && source_of(p->c.destination) >= 0 && tb_format_bytes(p->c.source) <= 2
                   ? k->dequantize[tb_format_bytes(p->c.source)][bytes]
                   : NULL;
    }
}

int tb_x86_open_affine(const struct tb_request *request, const struct tb_x86_affine_kernels *kernels,
                       struct tb_kernel *kernel) {
    struct tb_case c;
    if (!tb_affine_request(request, &c))
        return 0;
    bool is_float = source_of(c.source) >= 0;
    struct tb_affine_plan *p = tb_affine_plan_make(&c, is_float ? tb_format_find("fp32", NULL) : c.source);
    tb_run_fn *run = p ? choose(p, kernels) : NULL;
    if (!run) {
        free(p);
        return 0;
    }
    *kernel = (struct tb_kernel){.run = run, .state = p};
    return 1;
}
