/* Values scaled in vectors of 512 bits, for the encoders of x86/avx512; scaled.h says how. */
#include "targets/x86/avx512.h"
#include "targets/x86/scaled.h"

INLINE __m512 magnitude(__m512 x) {
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7FFFFFFF)));
}

/* Rounded to odd. */
INLINE __m512 exact(__m512 x, __m512 by, bool product) {
    enum { CUT = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC };
    const __m512 zero = _mm512_setzero_ps(), tiny = _mm512_set1_ps(0x1p-45f);
    __m512 t = product ? _mm512_mul_round_ps(x, by, CUT) : _mm512_div_round_ps(x, by, CUT);
    __m512 rest = product ? _mm512_fmsub_ps(x, by, t) : _mm512_fnmadd_ps(t, by, x);
    __mmask16 lost = _mm512_cmp_ps_mask(rest, zero, _CMP_NEQ_OQ);
    __mmask16 small =
        _mm512_cmp_ps_mask(magnitude(t), tiny, _CMP_LT_OQ) & _mm512_cmp_ps_mask(x, zero, _CMP_NEQ_OQ);
    __m512i odd =
        _mm512_mask_or_epi32(_mm512_castps_si512(t), lost, _mm512_castps_si512(t), _mm512_set1_epi32(1));
    return _mm512_mask_range_ps(_mm512_castsi512_ps(odd), small, t, tiny, 3); /* the larger one, t's sign */
}

INLINE __m512 scaled(const struct tb_x86_scaling *k, __m512 x, enum tb_x86_scaling_way way) {
    const __m512 by = _mm512_set1_ps(k->by), most = _mm512_set1_ps(k->most);
    __m512 t;
    switch (way) {
    case TB_SCALING_EXACT_QUOTIENT:
    case TB_SCALING_EXACT_PRODUCT:
        t = exact(x, by, way == TB_SCALING_EXACT_PRODUCT);
        break;
    case TB_SCALING_DIVIDE:
        t = _mm512_div_ps(x, by);
        break;
    default: /* min returns its second operand for NaN */
        t = _mm512_min_ps(_mm512_mul_ps(x, by), most);
        return _mm512_max_ps(t, _mm512_sub_ps(_mm512_setzero_ps(), most));
    }
    return _mm512_mask_mov_ps(t, _mm512_cmp_ps_mask(t, t, _CMP_UNORD_Q),
                              _mm512_castsi512_ps(_mm512_set1_epi32(0x7FC00000)));
}

INLINE void scale_all(const struct tb_x86_scaling *k, const void *input, size_t count, float *out,
                      enum tb_simd_plan_source source, enum tb_x86_scaling_way way) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        _mm512_store_ps(out + i, scaled(k, load16(input, i, 16, true, source), way));
    if (i < count)
        _mm512_store_ps(out + i, scaled(k, load16(input, i, count - i, false, source), way));
}

#include "targets/x86/scaled_ways.inc"
tb_x86_scale_fns tb_avx512_scale = TB_SCALE_FNS;
