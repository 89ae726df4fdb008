/* The compiler family: one target for each compiler, type and instruction set; meson.build has the list. */
#include "rows.h"
#include "targets/compiler/kernels.h"
#include "targets/families.h"

#include <stdbool.h>
#include <string.h>
#if defined __x86_64__
#include <cpuid.h>
#endif

static __attribute__((unused)) bool has_bit(unsigned leaf, int reg, int bit) {
#if defined __x86_64__
    unsigned r[4];
    return __get_cpuid_count(leaf, 0, &r[0], &r[1], &r[2], &r[3]) && (r[reg] >> bit & 1);
#else
    (void)leaf, (void)reg, (void)bit;
    return false;
#endif
}

/* Whether this CPU and its operating system run the instruction set; "" always runs. */
static __attribute__((unused)) bool cpu_has(const char *feature) {
#if defined __x86_64__
    enum { ECX = 2, EDX = 3 };
    if (strcmp(feature, "f16c") == 0)
        return __builtin_cpu_supports("avx") && has_bit(1, ECX, 29);
    if (strcmp(feature, "avx512fp16") == 0)
        return __builtin_cpu_supports("avx512vl") && has_bit(7, EDX, 23);
#endif
    return feature[0] == '\0';
}

/* The operators; what a * b + c claims, the row says. */
static __attribute__((unused)) int open_operator(const struct compiler_kernels *k, const char *format,
                                                 const char *claim, const struct tb_request *r,
                                                 struct tb_kernel *kernel) {
    const struct {
        const char *operation;
        tb_run_fn *run;
        const char *claim;
    } rows[] = {
        {"add", k->add, NULL },
        {"sub", k->sub, NULL },
        {"mul", k->mul, NULL },
        {"div", k->div, NULL },
        {"fma", k->fma, claim},
    };
    if (strcmp(r->source, format) != 0 || strcmp(r->destination, format) != 0 ||
        strcmp(r->rounding, "rne") != 0 || strcmp(r->overflow, "inf") != 0)
        return 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].operation, r->operation) == 0 && rows[i].run) {
            *kernel = (struct tb_kernel){.run = rows[i].run, .claim = rows[i].claim};
            return 1;
        }
    return 0;
}

static __attribute__((unused)) int open_kernels(const struct compiler_kernels *k, const char *format,
                                                const char *claim, const struct tb_request *r,
                                                struct tb_kernel *kernel) {
    const struct {
        const char *source, *destination, *rounding, *overflow;
        tb_run_fn *run;
    } rows[] = {
        {"fp32",  format, "rne",   "inf", k->from_fp32 },
        {"fp64",  format, "rne",   "inf", k->from_fp64 },
        {"int32", format, "rne",   "inf", k->from_int32},
        {format,  "fp32", "exact", "",    k->to_fp32   },
        {format,  "fp64", "exact", "",    k->to_fp64   },
    };
    if (strcmp(r->operation, "convert") != 0)
        return open_operator(k, format, claim, r, kernel);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].source, r->source) == 0 && strcmp(rows[i].destination, r->destination) == 0 &&
            strcmp(rows[i].rounding, r->rounding) == 0 && strcmp(rows[i].overflow, r->overflow) == 0 &&
            rows[i].run) {
            *kernel = (struct tb_kernel){.run = rows[i].run};
            return 1;
        }
    return 0;
}

static __attribute__((unused)) int open_nothing(const struct tb_request *request, struct tb_kernel *kernel) {
    (void)request, (void)kernel;
    return 0;
}

/* An ABI function has no argument to tell targets apart by, so each row gets its own pair. */
#define BUILT(KERNELS, NAME, FORMAT, CPU, CLAIM, SUMMARY)                                                    \
    extern const struct compiler_kernels KERNELS;                                                            \
    static const char *KERNELS##_unavailable(void) {                                                         \
        return cpu_has(CPU) ? NULL : "this CPU lacks " CPU;                                                  \
    }                                                                                                        \
    static int KERNELS##_open(const struct tb_request *request, struct tb_kernel *kernel) {                  \
        return open_kernels(&KERNELS, FORMAT, CLAIM, request, kernel);                                       \
    }                                                                                                        \
    static const struct tb_target KERNELS##_target = {                                                       \
        .abi = TIEBREAK_TARGET_ABI,                                                                          \
        .name = NAME,                                                                                        \
        .summary = SUMMARY,                                                                                  \
        .unavailable = KERNELS##_unavailable,                                                                \
        .open = KERNELS##_open,                                                                              \
    };
#define MISSING(KERNELS, NAME, REASON, SUMMARY)                                                              \
    static const char *KERNELS##_unavailable(void) {                                                         \
        return REASON;                                                                                       \
    }                                                                                                        \
    static const struct tb_target KERNELS##_target = {                                                       \
        .abi = TIEBREAK_TARGET_ABI,                                                                          \
        .name = NAME,                                                                                        \
        .summary = SUMMARY,                                                                                  \
        .unavailable = KERNELS##_unavailable,                                                                \
        .open = open_nothing,                                                                                \
    };
COMPILER_ROWS
#undef BUILT
#undef MISSING

#define BUILT(KERNELS, ...)   &KERNELS##_target,
#define MISSING(KERNELS, ...) &KERNELS##_target,
const struct tb_target *const tb_compiler_targets[] = {COMPILER_ROWS NULL};
