/* For translation units with AVX-512: the end of a sum in sixteen lanes. Compilers are free in the order of
 * _mm512_reduce_add_ps; this is gcc's. */
#ifndef TB_X86_DOT_LANES_H
#define TB_X86_DOT_LANES_H

#include "targets/x86/dot.h"

#include <immintrin.h>

/* Adds lane i + n/2 to lane i, until one is left. */
static inline float x86_dot_halves(__m512 lanes) {
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(lanes), _mm512_extractf32x8_ps(lanes, 1));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#endif
