/* VCVTNEPS2BF16 of AVX512_BF16, 512-bit. It reads no MXCSR, which is why the two targets claim the same. */
#include "targets/x86/raw.h"

static inline void narrow(const float *in, uint16_t *out) {
    _mm256_storeu_si256((__m256i *)out, (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(in)));
}
TB_RAW_RUN(narrow, narrow, 16, float, uint16_t, 0)
TB_RAW_RUN(narrow_daz, narrow, 16, float, uint16_t, TB_MXCSR_DAZ | TB_MXCSR_FTZ)

int tb_x86_open_vcvtneps2bf16(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp32", "bf16", "rne", "inf", run_narrow, "daz"},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_vcvtneps2bf16_daz(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp32", "bf16", "rne", "inf", run_narrow_daz, "daz"},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}
