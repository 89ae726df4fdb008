/* bench stochastic: what checking every value with every random number costs, on top of generating and
 * converting. */
#include "harness/bench_work.h"
#include "harness/options.h"

#include <stdio.h>

#define E4M3 "convert/bf16/e4m3fn/sr/satfinite/bits=16"

static const struct {
    const char *target, *id;
    double bar; /* checked / unchecked */
} checks[] = {
    {"x86/avx512", E4M3,                                      1.05},
    {"x86/avx512", "convert/bf16/e5m2/sr/satfinite/bits=16",  1.05},
    {"x86/avx512", "convert/bf16/e2m1fn/sr/satfinite/bits=16", 1.05},
    {"x86/avx512", "convert/fp16/e4m3fn/sr/satfinite/bits=16", 1.05},
    {"x86/avx512", "convert/bf16/fp16/sr/inf/bits=16",        1.05},
    {"x86/avx2",   E4M3,                                      1.05},
    {"portable/c", E4M3,                                      1.05},
};

static void bench_check(const struct tb_subjects *s, const char *target, const char *id, double bar) {
    struct tb_bench_work w;
    if (!tb_bench_open(s, target, id, &w))
        return;
    struct tb_contender k[] = {
        {"unchecked", tb_bench_unchecked, &w, 0, 0},
        {"checked",   tb_bench_checked,   &w, 0, 0}
    };
    tb_bench_run(k, 2, TB_BENCH_SLICES, 2);
    printf("%-18s %-44s %.3f ns an input, all 2^32 in %.2f s of CPU\n", target, id,
           k[1].seconds / TB_BENCH_INPUTS * 1e9, k[1].seconds * TB_BENCH_SLICES * 16);
    tb_bench_at_most("checked sweep / (generate + convert), 2^28 inputs spread over all 2^32",
                     k[1].seconds / k[0].seconds, bar);
    tb_bench_close(&w);
}

int tb_bench_stochastic(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    (void)o;
    tb_subjects_builtin(&subjects, "*");
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        bench_check(&subjects, checks[i].target, checks[i].id, checks[i].bar);
    int code = tb_bench_catches(&subjects, E4M3) ? TB_OK : TB_EXIT_DIVERGES;
    tb_subjects_free(&subjects);
    return code;
}
