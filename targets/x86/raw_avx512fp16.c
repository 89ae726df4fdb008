/* VCVTPS2PHX and VCVTPH2PSX of AVX512_FP16, 512-bit: the rounding is MXCSR's, set around the loop. */
#include "targets/x86/raw.h"

static inline void narrow(const float *in, uint16_t *out) {
    _mm256_storeu_si256((__m256i *)out, (__m256i)_mm512_cvtxps_ph(_mm512_loadu_ps(in)));
}
TB_RAW_RUN(narrow_rne, narrow, 16, float, uint16_t, TB_MXCSR_NEAREST)
TB_RAW_RUN(narrow_rtz, narrow, 16, float, uint16_t, TB_MXCSR_ZERO)
TB_RAW_RUN(narrow_ru, narrow, 16, float, uint16_t, TB_MXCSR_UP)
TB_RAW_RUN(narrow_rd, narrow, 16, float, uint16_t, TB_MXCSR_DOWN)

static inline void widen(const uint16_t *in, float *out) {
    _mm512_storeu_ps(out, _mm512_cvtxph_ps((__m256h)_mm256_loadu_si256((const __m256i *)in)));
}
TB_RAW_RUN(widen, widen, 16, uint16_t, float, 0)

int tb_x86_open_vcvtps2phx(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp32",          "fp16", "rne", "inf", run_narrow_rne, NULL},
        {"fp32",          "fp16", "rtz", "inf", run_narrow_rtz, NULL},
        {"fp32", "fp16", "ru", "inf", run_narrow_ru, NULL},
        {"fp32",               "fp16", "rd", "inf", run_narrow_rd, NULL},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_vcvtph2psx(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp16",   "fp32", "exact", NULL, run_widen, NULL},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}
