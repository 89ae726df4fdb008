/* x86/avx512-rcp32, -div32 and -vdivps: t = fp32(x * fp32(1 / s)) or fp32(x / s), clamped to [lo - z, hi -
 * z], then rounded; NaN takes the clamp's lower end. */
#include "targets/x86/affine_named.h"
#include "targets/x86/avx512.h"
#include "targets/x86/scaled.h"

#include <string.h>

enum { BLOCK = 64, LANES = 16 };
enum arithmetic { RCP32, DIV32, VDIVPS };

struct constants {
    __m512 scale, reciprocal, low, high, low_input, high_input, magic;
    __m512i zero8, mask8, zero32, mask32;
};

INLINE struct constants constants_of(const struct tb_named_plan *p) {
    return (struct constants){
        .scale = _mm512_set1_ps(p->scale),
        .reciprocal = _mm512_set1_ps(p->reciprocal),
        .low = _mm512_set1_ps(p->low),
        .high = _mm512_set1_ps(p->high),
        .low_input = _mm512_set1_ps(p->low_input),
        .high_input = _mm512_set1_ps(p->high_input),
        .magic = _mm512_set1_ps(0x1.8p23f),
        .zero8 = _mm512_set1_epi8((char)p->zero),
        .mask8 = _mm512_set1_epi8((char)p->mask),
        .zero32 = _mm512_set1_epi32(p->zero),
        .mask32 = _mm512_set1_epi32((int)p->mask),
    };
}

/* The clamped t, rounded: an integer in the low bits. max and min return their second operand for NaN. */
INLINE __m512i rounded(const struct constants *k, __m512 x, enum arithmetic arithmetic) {
    __m512 t;
    if (arithmetic == DIV32) {
        /* Within the clamp the quotient neither overflows nor, where it matters, underflows; a correctly
         * rounded reciprocal and the exact residual make it correctly rounded (Markstein). */
        x = _mm512_min_ps(_mm512_max_ps(x, k->low_input), k->high_input);
        t = _mm512_mul_ps(x, k->reciprocal);
        t = _mm512_fmadd_ps(_mm512_fnmadd_ps(t, k->scale, x), k->reciprocal, t);
    } else {
        t = arithmetic == RCP32 ? _mm512_mul_ps(x, k->reciprocal) : _mm512_div_ps(x, k->scale);
        t = _mm512_min_ps(_mm512_max_ps(t, k->low), k->high);
    }
    return _mm512_castps_si512(_mm512_add_ps(t, k->magic));
}

INLINE void to_bytes(const struct constants *k, const char *in, char *out, enum tb_simd_plan_source source,
                     enum arithmetic arithmetic) {
    const __m512i byte0 = _mm512_set1_epi32(0x0C080400);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i packed = _mm512_setzero_si512();
    for (size_t j = 0; j < 4; j++)
        packed =
            _mm512_mask_shuffle_epi8(packed, UINT64_C(0x000F000F000F000F) << 4 * j,
                                     rounded(k, load16(in, 16 * j, 16, true, source), arithmetic), byte0);
    packed = _mm512_add_epi8(_mm512_permutexvar_epi32(order, packed), k->zero8);
    _mm512_storeu_si512(out, _mm512_and_si512(packed, k->mask8));
}

INLINE void to_halves(const struct constants *k, const char *in, char *out, enum tb_simd_plan_source source,
                      enum arithmetic arithmetic) {
    __m512i n = _mm512_add_epi32(rounded(k, load16(in, 0, 16, true, source), arithmetic), k->zero32);
    _mm256_storeu_si256((__m256i *)out, _mm512_cvtepi32_epi16(_mm512_and_si512(n, k->mask32)));
}

#include "targets/x86/affine_named.inc"

ARITHMETIC(RCP32)
ARITHMETIC(DIV32)
ARITHMETIC(VDIVPS)

int tb_x86_open_avx512_rcp32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_RCP32, kernels_RCP32, NULL, kernel) ||
           tb_x86_open_scaled_named(request, TB_SCALING_MULTIPLY_CLAMPED, tb_avx512_scale, tb_x86_open_avx512,
                                    kernel);
}

int tb_x86_open_avx512_div32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_DIV32, kernels_DIV32, kernels_VDIVPS, kernel);
}

int tb_x86_open_avx512_vdivps(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_DIV32, kernels_VDIVPS, NULL, kernel) ||
           tb_x86_open_scaled_named(request, TB_SCALING_DIVIDE, tb_avx512_scale, tb_x86_open_avx512, kernel);
}
