/* x86/avx2-rcp32 and -div32, as their AVX-512 namesakes, and -fbgemm: MULPS by the reciprocal, MINPS that
 * guards the upper side only and takes NaN to its guard, CVTPS2DQ, PADDD that wraps, and the clamp last. */
#include "targets/x86/affine_named.h"
#include "targets/x86/avx2.h"
#include "targets/x86/scaled.h"

enum { BLOCK = 32, LANES = 8 };
enum arithmetic { RCP32, DIV32, FBGEMM };

struct constants {
    __m256 scale, reciprocal, low, high;
    __m256i zero, lowest, highest, mask;
};

INLINE struct constants constants_of(const struct tb_named_plan *p) {
    return (struct constants){
        .scale = _mm256_set1_ps(p->scale),
        .reciprocal = _mm256_set1_ps(p->reciprocal),
        .low = _mm256_set1_ps(p->low),
        .high = _mm256_set1_ps(p->high),
        .zero = _mm256_set1_epi32(p->zero),
        .lowest = _mm256_set1_epi32(p->lowest),
        .highest = _mm256_set1_epi32(p->highest),
        .mask = _mm256_set1_epi32((int)p->mask),
    };
}

/* Eight codes in 32-bit lanes. min and max return their second operand for NaN. */
INLINE __m256i codes_of(const struct constants *k, __m256 x, enum arithmetic arithmetic) {
    __m256 t = arithmetic == DIV32 ? _mm256_div_ps(x, k->scale) : _mm256_mul_ps(x, k->reciprocal);
    __m256i n;
    if (arithmetic == FBGEMM) {
        t = _mm256_min_ps(t, _mm256_set1_ps(0x1p31f - 128));
        n = _mm256_add_epi32(_mm256_cvtps_epi32(t), k->zero);
        n = _mm256_min_epi32(_mm256_max_epi32(n, k->lowest), k->highest);
    } else {
        t = _mm256_min_ps(_mm256_max_ps(t, k->low), k->high);
        n = _mm256_add_epi32(_mm256_cvtps_epi32(t), k->zero);
    }
    return _mm256_and_si256(n, k->mask);
}

INLINE void to_bytes(const struct constants *k, const char *in, char *out, enum tb_simd_plan_source source,
                     enum arithmetic arithmetic) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i n[4];
    for (size_t j = 0; j < 4; j++)
        n[j] = codes_of(k, load8(in, 8 * j, source), arithmetic);
    __m256i packed = _mm256_packus_epi16(_mm256_packus_epi32(n[0], n[1]), _mm256_packus_epi32(n[2], n[3]));
    _mm256_storeu_si256((__m256i *)out, _mm256_permutevar8x32_epi32(packed, order));
}

INLINE void to_halves(const struct constants *k, const char *in, char *out, enum tb_simd_plan_source source,
                      enum arithmetic arithmetic) {
    __m256i n = codes_of(k, load8(in, 0, source), arithmetic);
    _mm_storeu_si128((__m128i *)out,
                     _mm_packus_epi32(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1)));
}

#include "targets/x86/affine_named.inc"

ARITHMETIC(RCP32)
ARITHMETIC(DIV32)
ARITHMETIC(FBGEMM)

int tb_x86_open_avx2_rcp32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_RCP32, kernels_RCP32, NULL, kernel) ||
           tb_x86_open_scaled_named(request, TB_SCALING_MULTIPLY_CLAMPED, tb_avx2_scale, tb_x86_open_avx2,
                                    kernel);
}

int tb_x86_open_avx2_div32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_DIV32, kernels_DIV32, NULL, kernel) ||
           tb_x86_open_scaled_named(request, TB_SCALING_DIVIDE, tb_avx2_scale, tb_x86_open_avx2, kernel);
}

/* 8-bit codes only, as the library's. */
int tb_x86_open_avx2_fbgemm(const struct tb_request *request, struct tb_kernel *kernel) {
    return request->destination_bytes == 1 &&
           tb_x86_open_named(request, TB_NAMED_FBGEMM, kernels_FBGEMM, NULL, kernel);
}
