/* Between the two AVX2 translation units. */
#ifndef TB_X86_AVX2_H
#define TB_X86_AVX2_H

#include "targets/simd/plan.h"
#include "targets/x86/x86.h"

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* The kernels of the wide destinations (avx2_wide.c); NULL where there is none. */
tb_run_fn *tb_avx2_wide(const struct tb_simd_plan *plan);

INLINE size_t source_size(enum tb_simd_plan_source source) {
    return source == TB_FROM_FP32 ? 4 : 2;
}

/* Eight values as fp32. */
INLINE __m256 load8(const void *input, size_t index, enum tb_simd_plan_source source) {
    const char *at = (const char *)input + source_size(source) * index;
    if (source == TB_FROM_FP32)
        return _mm256_loadu_ps((const float *)at);
    __m128i half = _mm_loadu_si128((const __m128i *)at);
    if (source == TB_FROM_FP16)
        return _mm256_cvtph_ps(half);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}

INLINE __m256i choose(__m256i if_clear, __m256i if_set, __m256i mask) {
    return _mm256_blendv_epi8(if_clear, if_set, mask);
}

/* The MXCSR that gives a kernel its rounding; rna truncates. A subnormal operand costs the fused operation an
 * assist, 5.3 ns an element where all are; so it is read as zero where that changes no result. */
INLINE unsigned mxcsr_of(const struct tb_simd_plan *p, enum tb_rounding rounding) {
    unsigned control = rounding == TB_RNE  ? TB_MXCSR_NEAREST
                       : rounding == TB_RU ? TB_MXCSR_UP
                       : rounding == TB_RD ? TB_MXCSR_DOWN
                                           : TB_MXCSR_ZERO;
    return TB_MXCSR_DEFAULT | control | (p->subnormals_vanish ? TB_MXCSR_DAZ : 0);
}

/* Runs a loop over whole blocks, and over one padded copy for what is left, so that nothing outside the
 * arrays is touched. The loops are functions of their own: no floating-point operation can be moved across a
 * write of MXCSR. */
typedef void tb_avx2_loop(const struct tb_simd_plan *plan, const void *input, void *output, size_t count);

enum { LARGEST_BLOCK = 32 };

INLINE void run_blocks(tb_avx2_loop *loop, const struct tb_simd_plan *p, const void *input, void *output,
                       size_t count, size_t block, size_t in_size, unsigned mxcsr) {
    unsigned before = _mm_getcsr();
    size_t whole = count / block * block, left = count - whole, out_size = p->destination_bytes;
    _mm_setcsr(mxcsr);
    loop(p, input, output, whole);
    if (left) {
        char in[4 * LARGEST_BLOCK] = {0}, out[4 * LARGEST_BLOCK];
        memcpy(in, (const char *)input + in_size * whole, in_size * left);
        loop(p, in, out, block);
        memcpy((char *)output + out_size * whole, out, out_size * left);
    }
    _mm_setcsr(before);
}

#endif
