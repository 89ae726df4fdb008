/* Dot products in sixteen lanes of FMA, as AVX-512 kernels have them: halves added as gcc's
 * _mm512_reduce_add_ps adds them, then
 * the tail by scalar FMA, then c. */
#include "targets/x86/dot_lanes.h"
#include "targets/x86/x86.h"

static float fused(float x, float y, float sum) {
    return _mm_cvtss_f32(_mm_maskz_fmadd_ss(1, _mm_set_ss(x), _mm_set_ss(y), _mm_set_ss(sum)));
}

static float sum_fp32(const struct x86_dot *d, const uint8_t *record) {
    const uint8_t *a = record + d->a_offset, *b = record + d->b_offset;
    __m512 lanes = _mm512_setzero_ps();
    uint32_t i = 0;
    for (; i + 16 <= d->k; i += 16)
        lanes = _mm512_fmadd_ps(_mm512_loadu_ps(a + 4 * i), _mm512_loadu_ps(b + 4 * i), lanes);
    float sum = x86_dot_halves(lanes);
    for (; i < d->k; i++)
        sum = fused(x86_dot_float(a + 4 * i), x86_dot_float(b + 4 * i), sum);
    return sum + x86_dot_float(record + d->c_offset);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    tb_x86_dot_floats(state, input, output, count, sum_fp32);
}

int tb_x86_open_dot_avx512(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_dot_open(request, kernel, run, "fp32", 32, "lanes16-fma");
}
