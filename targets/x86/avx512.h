/* Between the two AVX-512 translation units. */
#ifndef TB_X86_AVX512_H
#define TB_X86_AVX512_H

#include "targets/simd/plan.h"
#include "targets/x86/x86.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

/* The kernels of the wide destinations (avx512_wide.c); NULL where there is none. */
tb_run_fn *tb_avx512_wide(const struct tb_simd_plan *plan);

/* A subnormal operand costs the fused operation an assist, 2.9 ns an element where all are; so it is read as
 * zero where that changes no result. */
INLINE unsigned mxcsr_of(const struct tb_simd_plan *p) {
    return TB_MXCSR_DEFAULT | (p->subnormals_vanish ? TB_MXCSR_DAZ : 0);
}

/* ---- Loading 16 values as fp32, the first `count` of them unless `whole`. ---- */

INLINE __mmask16 live16(size_t count) {
    return count >= 16 ? 0xFFFF : (__mmask16)((1u << count) - 1);
}

INLINE __m512 load16(const void *input, size_t index, size_t count, bool whole,
                     enum tb_simd_plan_source source) {
    if (source == TB_FROM_FP32) {
        const char *at = (const char *)input + 4 * index;
        return whole ? _mm512_loadu_ps(at) : _mm512_maskz_loadu_ps(live16(count), at);
    }
    const char *at = (const char *)input + 2 * index;
    __m256i half =
        whole ? _mm256_loadu_si256((const __m256i *)at) : _mm256_maskz_loadu_epi16(live16(count), at);
    if (source == TB_FROM_FP16)
        return _mm512_cvt_roundph_ps(half, _MM_FROUND_NO_EXC);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

/* The power of two in x's binade, with x's sign, but at least `least` in magnitude. */
INLINE __m512 binade(__m512 x, __m512 least) {
    const __m512 exponent = _mm512_castsi512_ps(_mm512_set1_epi32((int)0xFF800000));
    return _mm512_range_ps(_mm512_and_ps(x, exponent), least, 3); /* larger magnitude, first one's sign */
}

#endif
