/* Values scaled in vectors of 256 bits, for the encoders of x86/avx2; scaled.h says how. */
#include "targets/x86/avx2.h"
#include "targets/x86/scaled.h"

INLINE __m256 magnitude(__m256 x) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

/* Rounded to odd: MXCSR says toward zero. */
INLINE __m256 exact(__m256 x, __m256 by, bool product) {
    const __m256 zero = _mm256_setzero_ps(), tiny = _mm256_set1_ps(0x1p-45f);
    const __m256 one = _mm256_castsi256_ps(_mm256_set1_epi32(1));
    __m256 t = product ? _mm256_mul_ps(x, by) : _mm256_div_ps(x, by);
    __m256 rest = product ? _mm256_fmsub_ps(x, by, t) : _mm256_fnmadd_ps(t, by, x);
    __m256 lost = _mm256_cmp_ps(rest, zero, _CMP_NEQ_OQ);
    __m256 small =
        _mm256_and_ps(_mm256_cmp_ps(magnitude(t), tiny, _CMP_LT_OQ), _mm256_cmp_ps(x, zero, _CMP_NEQ_OQ));
    __m256 least = _mm256_or_ps(_mm256_and_ps(t, _mm256_set1_ps(-0.0f)), tiny);
    return _mm256_blendv_ps(_mm256_or_ps(t, _mm256_and_ps(lost, one)), least, small);
}

INLINE __m256 scaled(const struct tb_x86_scaling *k, __m256 x, enum tb_x86_scaling_way way) {
    const __m256 by = _mm256_set1_ps(k->by), most = _mm256_set1_ps(k->most);
    __m256 t;
    switch (way) {
    case TB_SCALING_EXACT_QUOTIENT:
    case TB_SCALING_EXACT_PRODUCT:
        t = exact(x, by, way == TB_SCALING_EXACT_PRODUCT);
        break;
    case TB_SCALING_DIVIDE:
        t = _mm256_div_ps(x, by);
        break;
    default: /* min returns its second operand for NaN */
        t = _mm256_min_ps(_mm256_mul_ps(x, by), most);
        return _mm256_max_ps(t, _mm256_sub_ps(_mm256_setzero_ps(), most));
    }
    return _mm256_blendv_ps(t, _mm256_castsi256_ps(_mm256_set1_epi32(0x7FC00000)),
                            _mm256_cmp_ps(t, t, _CMP_UNORD_Q));
}

/* A padded copy for what is left, so that nothing outside the array is read. */
INLINE void scale_all(const struct tb_x86_scaling *k, const void *input, size_t count, float *out,
                      enum tb_simd_plan_source source, enum tb_x86_scaling_way way) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_store_ps(out + i, scaled(k, load8(input, i, source), way));
    if (i < count) {
        char rest[32] = {0};
        memcpy(rest, (const char *)input + source_size(source) * i, source_size(source) * (count - i));
        _mm256_store_ps(out + i, scaled(k, load8(rest, 0, source), way));
    }
}

#include "targets/x86/scaled_ways.inc"
tb_x86_scale_fns tb_avx2_scale = TB_SCALE_FNS;
