/* CVTPS2DQ, CVTTPS2DQ and what follows them in many quantizers, PACKSSDW, PACKSSWB and PACKUSWB: SSE2, so
 * every x86-64 has them. What does not fit int32, NaN included, becomes 0x80000000, which the packs then read
 * as the most negative number: 3e9 becomes -128 as an int8, while 2e9 becomes 127. */
#include "targets/x86/raw.h"

static inline void to_int32(const float *in, int32_t *out) {
    _mm_storeu_si128((__m128i *)out, _mm_cvtps_epi32(_mm_loadu_ps(in)));
}
static inline void to_int32_truncating(const float *in, int32_t *out) {
    _mm_storeu_si128((__m128i *)out, _mm_cvttps_epi32(_mm_loadu_ps(in)));
}

static inline __m128i packed_words(const float *in) {
    return _mm_packs_epi32(_mm_cvtps_epi32(_mm_loadu_ps(in)), _mm_cvtps_epi32(_mm_loadu_ps(in + 4)));
}
static inline void to_int16(const float *in, int16_t *out) {
    _mm_storeu_si128((__m128i *)out, packed_words(in));
}
static inline void to_int8(const float *in, int8_t *out) {
    _mm_storeu_si128((__m128i *)out, _mm_packs_epi16(packed_words(in), packed_words(in + 8)));
}
static inline void to_uint8(const float *in, uint8_t *out) {
    _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(packed_words(in), packed_words(in + 8)));
}

#define MODES(NAME, STEP, LANES, OUT)                                                                        \
    TB_RAW_RUN(NAME##_rne, STEP, LANES, float, OUT, TB_MXCSR_NEAREST)                                        \
    TB_RAW_RUN(NAME##_rtz, STEP, LANES, float, OUT, TB_MXCSR_ZERO)                                           \
    TB_RAW_RUN(NAME##_ru, STEP, LANES, float, OUT, TB_MXCSR_UP)                                              \
    TB_RAW_RUN(NAME##_rd, STEP, LANES, float, OUT, TB_MXCSR_DOWN)
MODES(int32, to_int32, 4, int32_t)
MODES(int16, to_int16, 8, int16_t)
MODES(int8, to_int8, 16, int8_t)
MODES(uint8, to_uint8, 16, uint8_t)
TB_RAW_RUN(truncating, to_int32_truncating, 4, float, int32_t, 0)

#define ROWS(DESTINATION, CLAIM)                                                                             \
    {"fp32", #DESTINATION, "rne", "satfinite", run_##DESTINATION##_rne, CLAIM},                              \
        {"fp32", #DESTINATION, "rtz", "satfinite", run_##DESTINATION##_rtz, CLAIM},                          \
        {"fp32", #DESTINATION, "ru", "satfinite", run_##DESTINATION##_ru, CLAIM}, {                          \
        "fp32", #DESTINATION, "rd", "satfinite", run_##DESTINATION##_rd, CLAIM                               \
    }

int tb_x86_open_cvtps2dq(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {ROWS(int32, "indefinite"), {0}};
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_cvttps2dq(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        {"fp32", "int32", "rtz", "satfinite", run_truncating, "indefinite"},
        {0},
    };
    return tb_raw_open(cases, request, kernel);
}

int tb_x86_open_packs(const struct tb_request *request, struct tb_kernel *kernel) {
    static const struct tb_raw_case cases[] = {
        ROWS(int16, "via-int32"), ROWS(int8, "via-int32"), ROWS(uint8, "via-int32"), {0}};
    return tb_raw_open(cases, request, kernel);
}
