/* The flags family: the same source of a quantizer, compiled with flags that change arithmetic. What each
 * compilation claims was measured by attribution; meson.build has the list. */
#include "flags_rows.h"
#include "targets/affine/flags_kernels.h"
#include "targets/affine/plan.h"
#include "targets/families.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((unused)) bool cpu_has(const char *feature) {
#if defined __x86_64__
    if (strcmp(feature, "avx2") == 0)
        return __builtin_cpu_supports("avx2");
    if (strcmp(feature, "fma") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return feature[0] == '\0';
}

/* Cases in whose fp32 arithmetic nothing overflows, underflows or is narrowed twice. */
static bool is_middling(const struct tb_case *c) {
    double scale = c->affine.scale;
    return (double)(float)scale == scale && scale >= 0x1p-60 && scale <= 0x1p60 &&
           llabs(c->affine.zero) <= 1 << 20 && llabs(c->affine.low) <= 1 << 20 &&
           llabs(c->affine.high) <= 1 << 20 && c->rounding == TB_RNE;
}

static __attribute__((unused)) tb_run_fn *choose(const struct flags_kernels *k, const struct tb_case *c,
                                                 bool division, bool named) {
    bool from_fp32 = strcmp(c->source->name, "fp32") == 0,
         to_fp32 = strcmp(c->destination->name, "fp32") == 0;
    if (!is_middling(c))
        return NULL;
    if (c->operation == TB_QUANTIZE && from_fp32 && c->destination->bits <= 8)
        return division ? k->quantize_div : k->quantize_rcp;
    if (c->operation == TB_FAKEQUANT && from_fp32 && to_fp32 && named)
        return division ? k->fakequant_div : k->fakequant_rcp;
    if (c->operation == TB_DEQUANTIZE && division && c->source->bits == 8 && to_fp32)
        return c->source->is_signed ? k->dequantize_signed : k->dequantize_unsigned;
    return NULL;
}

static __attribute__((unused)) int open_kernels(const struct flags_kernels *k, bool division, bool named,
                                                const char *claim, const struct tb_request *request,
                                                struct tb_kernel *kernel) {
    struct tb_case c;
    if (!tb_affine_request(request, &c))
        return 0;
    tb_run_fn *run = choose(k, &c, division, named);
    struct flags_parameters *p = run ? malloc(sizeof *p) : NULL;
    if (!p)
        return 0;
    *p = (struct flags_parameters){
        .scale = (float)c.affine.scale,
        .low = (float)(c.affine.low - c.affine.zero),
        .high = (float)(c.affine.high - c.affine.zero),
        .zero = (int32_t)c.affine.zero,
        .mask = (1 << (c.destination->bits & 15)) - 1,
    };
    /* A product of an integer and an fp32 number is rounded once: exact under all flags. */
    *kernel =
        (struct tb_kernel){.run = run, .state = p, .claim = c.operation == TB_DEQUANTIZE ? NULL : claim};
    return 1;
}

static __attribute__((unused)) int open_nothing(const struct tb_request *request, struct tb_kernel *kernel) {
    (void)request, (void)kernel;
    return 0;
}

static __attribute__((unused)) void close_parameters(struct tb_kernel *kernel) {
    free((void *)(uintptr_t)kernel->state);
    kernel->state = NULL;
}

/* An ABI function has no argument to tell targets apart by, so each row gets its own pair. */
#define OBJECT(KERNELS) extern const struct flags_kernels KERNELS;
FLAGS_OBJECTS
#define BUILT(KERNELS, ROW, NAME, DIVISION, NAMED, CLAIM, CPU, SUMMARY)                                      \
    static const char *ROW##_unavailable(void) {                                                             \
        return cpu_has(CPU) ? NULL : "this CPU lacks " CPU;                                                  \
    }                                                                                                        \
    static int ROW##_open(const struct tb_request *request, struct tb_kernel *kernel) {                      \
        return open_kernels(&KERNELS, DIVISION, NAMED, CLAIM, request, kernel);                              \
    }                                                                                                        \
    static const struct tb_target ROW##_target = {                                                           \
        .abi = TIEBREAK_TARGET_ABI,                                                                          \
        .name = NAME,                                                                                        \
        .summary = SUMMARY,                                                                                  \
        .unavailable = ROW##_unavailable,                                                                    \
        .open = ROW##_open,                                                                                  \
        .close = close_parameters,                                                                           \
    };
#define MISSING(ROW, NAME, REASON, SUMMARY)                                                                  \
    static const char *ROW##_unavailable(void) {                                                             \
        return REASON;                                                                                       \
    }                                                                                                        \
    static const struct tb_target ROW##_target = {                                                           \
        .abi = TIEBREAK_TARGET_ABI,                                                                          \
        .name = NAME,                                                                                        \
        .summary = SUMMARY,                                                                                  \
        .unavailable = ROW##_unavailable,                                                                    \
        .open = open_nothing,                                                                                \
    };
FLAGS_ROWS
#undef BUILT
#undef MISSING

#define BUILT(KERNELS, ROW, ...) &ROW##_target,
#define MISSING(ROW, ...)        &ROW##_target,
const struct tb_target *const tb_flags_targets[] = {FLAGS_ROWS NULL};
