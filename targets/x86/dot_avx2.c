/* Dot products in eight lanes of FMA, as AVX2 kernels have them: halves added, then neighbours by HADDPS,
 * then the tail by scalar FMA, then c. Of fp32; of fp16 by VCVTPH2PS (F16C). */
#include "targets/x86/dot.h"
#include "targets/x86/x86.h"

#include <immintrin.h>

static float sum_of_lanes(__m256 lanes) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    __m128 two = _mm_hadd_ps(four, four);
    return _mm_cvtss_f32(_mm_hadd_ps(two, two));
}

static float fused(float x, float y, float sum) {
    return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(x), _mm_set_ss(y), _mm_set_ss(sum)));
}

static __m256 eight_floats(const uint8_t *at) {
    return _mm256_loadu_ps((const void *)at);
}
static __m256 eight_halves(const uint8_t *at) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const void *)at));
}

static float sum_fp32(const struct x86_dot *d, const uint8_t *record) {
    const uint8_t *a = record + d->a_offset, *b = record + d->b_offset;
    __m256 lanes = _mm256_setzero_ps();
    uint32_t i = 0;
    for (; i + 8 <= d->k; i += 8)
        lanes = _mm256_fmadd_ps(eight_floats(a + 4 * i), eight_floats(b + 4 * i), lanes);
    float sum = sum_of_lanes(lanes);
    for (; i < d->k; i++)
        sum = fused(x86_dot_float(a + 4 * i), x86_dot_float(b + 4 * i), sum);
    return sum + x86_dot_float(record + d->c_offset);
}

static float one_half(const uint8_t *at) {
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(half)));
}

static float sum_fp16(const struct x86_dot *d, const uint8_t *record) {
    const uint8_t *a = record + d->a_offset, *b = record + d->b_offset;
    __m256 lanes = _mm256_setzero_ps();
    uint32_t i = 0;
    for (; i + 8 <= d->k; i += 8)
        lanes = _mm256_fmadd_ps(eight_halves(a + 2 * i), eight_halves(b + 2 * i), lanes);
    float sum = sum_of_lanes(lanes);
    for (; i < d->k; i++)
        sum = fused(one_half(a + 2 * i), one_half(b + 2 * i), sum);
    return sum + x86_dot_float(record + d->c_offset);
}

static void run_fp32(const void *state, const void *input, void *output, size_t count) {
    tb_x86_dot_floats(state, input, output, count, sum_fp32);
}
static void run_fp16(const void *state, const void *input, void *output, size_t count) {
    tb_x86_dot_floats(state, input, output, count, sum_fp16);
}

int tb_x86_open_dot_avx2(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_dot_open(request, kernel, run_fp32, "fp32", 16, "lanes8-fma");
}
int tb_x86_open_dot_f16c(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_dot_open(request, kernel, run_fp16, "fp16", 16, "lanes8-fma");
}
