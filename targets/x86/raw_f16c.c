/* VCVTPS2PH and VCVTPH2PS, 256-bit, as F16C has them. */
#include "targets/x86/raw.h"

#define NARROW(NAME, IMMEDIATE)                                                                              \
    static inline void narrow_##NAME(const float *in, uint16_t *out) {                                       \
        _mm_storeu_si128((__m128i *)out, _mm256_cvtps_ph(_mm256_loadu_ps(in), IMMEDIATE));                   \
    }                                                                                                        \
    TB_RAW_RUN(narrow_##NAME, narrow_##NAME, 8, float, uint16_t, 0)                                          \
    TB_RAW_RUN(narrow_daz_##NAME, narrow_##NAME, 8, float, uint16_t, TB_MXCSR_DAZ | TB_MXCSR_FTZ)
NARROW(rne, _MM_FROUND_TO_NEAREST_INT)
NARROW(rtz, _MM_FROUND_TO_ZERO)
NARROW(ru, _MM_FROUND_TO_POS_INF)
NARROW(rd, _MM_FROUND_TO_NEG_INF)

static inline void widen(const uint16_t *in, float *out) {
    _mm256_storeu_ps(out, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)in)));
}
TB_RAW_RUN(widen, widen, 8, uint16_t, float, 0)
TB_RAW_RUN(widen_daz, widen, 8, uint16_t, float, TB_MXCSR_DAZ | TB_MXCSR_FTZ)

int tb_x86_open_vcvtps2ph(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp32",          "fp16", "rne", "inf", run_narrow_rne, NULL},
        {"fp32",          "fp16", "rtz", "inf", run_narrow_rtz, NULL},
        {"fp32", "fp16", "ru", "inf", run_narrow_ru, NULL},
        {"fp32",               "fp16", "rd", "inf", run_narrow_rd, NULL},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_vcvtps2ph_daz(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp32",              "fp16", "rne", "inf", run_narrow_daz_rne, "daz"},
        {"fp32",              "fp16", "rtz", "inf", run_narrow_daz_rtz, "daz"},
        {"fp32", "fp16", "ru", "inf", run_narrow_daz_ru, "daz"},
        {"fp32",                   "fp16", "rd", "inf", run_narrow_daz_rd, "daz"},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_vcvtph2ps(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp16",   "fp32", "exact", NULL, run_widen, NULL},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_vcvtph2ps_daz(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp16",   "fp32", "exact", NULL, run_widen_daz, NULL},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}
