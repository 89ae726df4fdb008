/* x86/avx512-rcp32, -div32 and -vdivps: t = fp32(x * fp32(1 / s)) or fp32(x / s), clamped to [lo - z, hi -
 * z], then rounded; NaN takes the clamp's lower end. */
#include "targets/x86/affine_named.h"
#include "targets/x86/avx512.h"

#include <string.h>

enum { BLOCK = 64, HALF = 16 };
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

INLINE void to_bytes(const struct constants *k, const char *in, uint8_t *out, enum tb_simd_plan_source source,
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

/* Whole blocks, and a padded copy for what is left. */
INLINE void run(const struct tb_named_plan *p, const void *input, void *output, size_t count,
                enum tb_simd_plan_source source, enum arithmetic arithmetic, size_t bytes) {
    const struct constants k = constants_of(p);
    const size_t size = source == TB_FROM_FP32 ? 4 : 2, block = bytes == 1 ? BLOCK : HALF;
    char first[4 * BLOCK] = {0}, last[BLOCK];
    unsigned mxcsr = _mm_getcsr();
    _mm_setcsr(p->mxcsr);
    for (size_t i = 0; i < count; i += block) {
        const char *in = (const char *)input + size * i;
        char *out = (char *)output + bytes * i;
        size_t left = count - i;
        if (left < block) {
            memcpy(first, in, size * left);
            in = first, out = last;
        }
        if (bytes == 1)
            to_bytes(&k, in, (uint8_t *)out, source, arithmetic);
        else
            to_halves(&k, in, out, source, arithmetic);
        if (left < block)
            memcpy((char *)output + bytes * i, last, bytes * left);
    }
    _mm_setcsr(mxcsr);
}

#define RUN(ARITHMETIC, SOURCE, BYTES)                                                                       \
    static void run_##ARITHMETIC##_##SOURCE##_##BYTES(const void *state, const void *input, void *output,    \
                                                      size_t count) {                                        \
        run(state, input, output, count, TB_FROM_##SOURCE, ARITHMETIC, BYTES);                               \
    }
#define ROW(ARITHMETIC, SOURCE)                                                                              \
    { [1] = run_##ARITHMETIC##_##SOURCE##_1, [2] = run_##ARITHMETIC##_##SOURCE##_2 }
#define ARITHMETIC(NAME)                                                                                     \
    RUN(NAME, FP32, 1)                                                                                       \
    RUN(NAME, FP32, 2)                                                                                       \
    RUN(NAME, FP16, 1)                                                                                       \
    RUN(NAME, FP16, 2)                                                                                       \
    RUN(NAME, BF16, 1)                                                                                       \
    RUN(NAME, BF16, 2)                                                                                       \
    static tb_named_kernels kernels_##NAME = {[TB_FROM_FP32] = ROW(NAME, FP32),                              \
                                              [TB_FROM_FP16] = ROW(NAME, FP16),                              \
                                              [TB_FROM_BF16] = ROW(NAME, BF16)};
ARITHMETIC(RCP32)
ARITHMETIC(DIV32)
ARITHMETIC(VDIVPS)

int tb_x86_open_avx512_rcp32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_RCP32, kernels_RCP32, NULL, kernel);
}

int tb_x86_open_avx512_div32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_DIV32, kernels_DIV32, kernels_VDIVPS, kernel);
}

int tb_x86_open_avx512_vdivps(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_named(request, TB_NAMED_DIV32, kernels_VDIVPS, NULL, kernel);
}
