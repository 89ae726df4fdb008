/* x86/avx512, destinations that are not packed bytes: fp16 by VCVTPS2PH, bf16 and tf32 by integer rounding
 * (they share fp32's exponents, so that a carry out of the fraction is the next binade, and out of the last
 * one infinity), wider containers, and tables of 256. */
#include "targets/x86/avx512.h"

/* ---- Overflow: what an infinite result becomes, once the rounding has given it as IEEE 754 does. ---- */

/* Added to an infinity's code: -1 is the largest finite value, half a binade up the quiet NaN. */
INLINE int infinity_delta(enum tb_overflow overflow, int unit, int quiet) {
    return overflow == TB_SATFINITE || overflow == TB_PROPAGATE ? -unit : overflow == TB_TO_NAN ? quiet : 0;
}

struct wide_constants {
    __m512i delta, magnitude, infinity;
    __mmask32 keep_infinity; /* propagate: an infinite input stays as it is */
};

INLINE struct wide_constants word_constants(const struct tb_simd_plan *p, int infinity, int quiet) {
    return (struct wide_constants){.delta = _mm512_set1_epi16((short)infinity_delta(p->overflow, 1, quiet)),
                                   .magnitude = _mm512_set1_epi16(0x7FFF),
                                   .infinity = _mm512_set1_epi16((short)infinity),
                                   .keep_infinity = p->overflow == TB_PROPAGATE ? 0xFFFFFFFF : 0};
}

INLINE __m512i settle_words(const struct wide_constants *k, __m512i code, __m512 x0, __m512 x1) {
    __mmask32 infinite = _mm512_cmpeq_epi16_mask(_mm512_and_si512(code, k->magnitude), k->infinity);
    __mmask32 source = _mm512_fpclass_ps_mask(x0, 0x18) | (__mmask32)_mm512_fpclass_ps_mask(x1, 0x18) << 16;
    return _mm512_mask_add_epi16(code, infinite & ~(source & k->keep_infinity), code, k->delta);
}

/* ---- fp16. ---- */

/* Half away from zero: half a quantum is added and the sum truncated twice, which is one truncation. The sum
 * may need more bits than fp32 has; what the first truncation drops lies below fp16's quantum. */
INLINE __m256i fp16_half_away(__m512 x) {
    const __m512 limit = _mm512_set1_ps(65536), infinity = _mm512_set1_ps(__builtin_inff());
    __m512 e = binade(x, _mm512_set1_ps(0x1p-14f));
    __m512 sum =
        _mm512_fmadd_round_ps(e, _mm512_set1_ps(0x1p-11f), x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    __mmask16 beyond = _mm512_cmp_ps_mask(_mm512_abs_ps(sum), limit, _CMP_GE_OQ);
    __m512 signs = _mm512_and_ps(x, _mm512_set1_ps(-0.0f));
    sum = _mm512_mask_or_ps(sum, beyond, signs, infinity);
    return _mm512_cvt_roundps_ph(sum, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

INLINE __m256i fp16_rounded(__m512 x, enum tb_rounding rounding) {
    switch (rounding) {
    case TB_RNA:
        return fp16_half_away(x);
    case TB_RTZ:
        return _mm512_cvt_roundps_ph(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    case TB_RU:
        return _mm512_cvt_roundps_ph(x, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    case TB_RD:
        return _mm512_cvt_roundps_ph(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    default:
        return _mm512_cvt_roundps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
}

/* ---- bf16 and tf32: the fraction's last `shift` bits are rounded off in the bit pattern. ---- */

INLINE __m512i pattern_rounded(__m512 x, enum tb_rounding rounding, unsigned shift) {
    const int unit = 1 << shift;
    __m512i bits = _mm512_castps_si512(x), sum = bits;
    const __m512i outward = _mm512_set1_epi32(unit - 1);
    __mmask16 negative = _mm512_movepi32_mask(bits);
    if (rounding == TB_RNE) {
        __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, shift), _mm512_set1_epi32(1));
        sum = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(unit / 2 - 1)), odd);
    } else if (rounding == TB_RNA) {
        sum = _mm512_add_epi32(bits, _mm512_set1_epi32(unit / 2));
    } else if (rounding == TB_RU || rounding == TB_RD) {
        __mmask16 away = rounding == TB_RU ? (__mmask16)~negative : negative;
        sum = _mm512_mask_add_epi32(bits, away, bits, outward);
    }
    __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    return _mm512_mask_or_epi32(sum, nan, bits, _mm512_set1_epi32(0x00400000));
}

INLINE __m512i bf16_rounded(__m512 x0, __m512 x1, enum tb_rounding rounding) {
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    __m512i low = _mm512_srli_epi32(pattern_rounded(x0, rounding, 16), 16);
    __m512i high = _mm512_srli_epi32(pattern_rounded(x1, rounding, 16), 16);
    return _mm512_permutexvar_epi64(order, _mm512_packus_epi32(low, high));
}

/* ---- The loops. ---- */

INLINE __m512i words_rounded(__m512 x0, __m512 x1, enum tb_rounding rounding, enum tb_simd_plan_shape shape) {
    if (shape == TB_TO_BF16)
        return bf16_rounded(x0, x1, rounding);
    return _mm512_inserti64x4(_mm512_castsi256_si512(fp16_rounded(x0, rounding)), fp16_rounded(x1, rounding),
                              1);
}

INLINE void to_words(const struct tb_simd_plan *p, const void *input, uint16_t *output, size_t count,
                     enum tb_simd_plan_source source, enum tb_rounding rounding,
                     enum tb_simd_plan_shape shape) {
    const struct wide_constants k =
        shape == TB_TO_FP16 ? word_constants(p, 0x7C00, 0x200) : word_constants(p, 0x7F80, 0x40);
    const bool native = p->overflow == TB_TO_INF;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m512 x0 = load16(input, i, 16, true, source), x1 = load16(input, i + 16, 16, true, source);
        __m512i code = words_rounded(x0, x1, rounding, shape);
        _mm512_storeu_si512(output + i, native ? code : settle_words(&k, code, x0, x1));
    }
    if (i < count) {
        size_t left = count - i;
        __m512 x0 = load16(input, i, left, false, source), x1 = _mm512_setzero_ps();
        if (left > 16)
            x1 = load16(input, i + 16, left - 16, false, source);
        __m512i code = settle_words(&k, words_rounded(x0, x1, rounding, shape), x0, x1);
        _mm512_mask_storeu_epi16(output + i, (__mmask32)((UINT32_C(1) << left) - 1), code);
    }
}

INLINE __m512i tf32_code(const struct wide_constants *k, __m512 x, enum tb_rounding rounding) {
    __m512i code = _mm512_and_si512(pattern_rounded(x, rounding, 13), _mm512_set1_epi32((int)0xFFFFE000));
    __mmask16 infinite = _mm512_cmpeq_epi32_mask(_mm512_and_si512(code, k->magnitude), k->infinity);
    __mmask16 kept = _mm512_fpclass_ps_mask(x, 0x18) & (__mmask16)k->keep_infinity;
    return _mm512_mask_add_epi32(code, infinite & (__mmask16)~kept, code, k->delta);
}

/* fp32's container: tf32, and fp16, bf16 and tf32 as they are. Widening keeps a NaN's payload and makes it
 * quiet. */
INLINE void to_dwords(const struct tb_simd_plan *p, const void *input, uint32_t *output, size_t count,
                      enum tb_simd_plan_source source, enum tb_rounding rounding) {
    const struct wide_constants k = {.delta =
                                         _mm512_set1_epi32(infinity_delta(p->overflow, 0x2000, 0x400000)),
                                     .magnitude = _mm512_set1_epi32(0x7FFFFFFF),
                                     .infinity = _mm512_set1_epi32(0x7F800000),
                                     .keep_infinity = p->overflow == TB_PROPAGATE ? 0xFFFFFFFF : 0};
    for (size_t i = 0; i < count; i += 16) {
        bool whole = count - i >= 16;
        __m512 x = whole ? load16(input, i, 16, true, source) : load16(input, i, count - i, false, source);
        __m512i code = rounding == TB_EXACT ? pattern_rounded(x, TB_RTZ, 13) : tf32_code(&k, x, rounding);
        if (whole)
            _mm512_storeu_si512(output + i, code);
        else
            _mm512_mask_storeu_epi32(output + i, live16(count - i), code);
    }
}

/* A gather from 1 KiB: about 0.7 cycles an element, and right for every format that has at most 256 codes. */
static void run_table(const void *state, const void *input, void *output, size_t count) {
    const struct tb_simd_plan *p = state;
    const uint32_t bytes = p->destination_bytes;
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 live = live16(count - i);
        __m512i index = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(live, (const uint8_t *)input + i));
        __m512i code = _mm512_i32gather_epi32(index, p->table, 4);
        if (bytes == 4)
            _mm512_mask_storeu_epi32((uint32_t *)output + i, live, code);
        else if (bytes == 2)
            _mm512_mask_cvtepi32_storeu_epi16((uint16_t *)output + i, live, code);
        else
            _mm512_mask_cvtepi32_storeu_epi8((uint8_t *)output + i, live, code);
    }
}

/* ---- One function for each source, rounding and destination. ---- */

#define to_fp16(...) to_words(__VA_ARGS__, TB_TO_FP16)
#define to_bf16(...) to_words(__VA_ARGS__, TB_TO_BF16)
#define to_tf32(...) to_dwords(__VA_ARGS__)
#define KERNEL(LOOP, SOURCE, ROUNDING, BYTES)                                                                \
    static void run_##LOOP##_##SOURCE##_##ROUNDING(const void *state, const void *input, void *output,       \
                                                   size_t count) {                                           \
        unsigned mxcsr = _mm_getcsr();                                                                       \
        _mm_setcsr(mxcsr_of(state));                                                                         \
        LOOP(state, input, output, count, TB_FROM_##SOURCE, TB_##ROUNDING);                                  \
        _mm_setcsr(mxcsr);                                                                                   \
    }
#include "targets/simd/wide_kernels.inc"

tb_run_fn *tb_avx512_wide(const struct tb_simd_plan *plan) {
    return wide_kernel(plan);
}
