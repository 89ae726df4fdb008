/* x86/avx2, destinations that are not packed bytes: as avx512_wide.c. */
#include "targets/x86/avx2.h"

/* ---- Overflow: what an infinite result becomes, once the rounding has given it as IEEE 754 does. ---- */

/* Added to an infinity's code: -1 unit is the largest finite value, half a binade up the quiet NaN. */
INLINE int infinity_delta(enum tb_overflow overflow, int unit, int quiet) {
    return overflow == TB_SATFINITE || overflow == TB_PROPAGATE ? -unit : overflow == TB_TO_NAN ? quiet : 0;
}

INLINE __m256i is_infinite(__m256 x) {
    __m256i magnitude = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7FFFFFFF));
    return _mm256_cmpeq_epi32(magnitude, _mm256_set1_epi32(0x7F800000));
}

/* packs of two vectors of 8 leave the middle quarters swapped. */
INLINE __m256i in_order(__m256i packed) {
    return _mm256_permute4x64_epi64(packed, 0xD8);
}

INLINE __m256i settle_words(const struct tb_simd_plan *p, __m256i code, __m256 x0, __m256 x1, int infinity,
                            int quiet) {
    const __m256i delta = _mm256_set1_epi16((short)infinity_delta(p->overflow, 1, quiet));
    __m256i infinite = _mm256_cmpeq_epi16(_mm256_and_si256(code, _mm256_set1_epi16(0x7FFF)),
                                          _mm256_set1_epi16((short)infinity));
    if (p->overflow == TB_PROPAGATE) {
        __m256i source = in_order(_mm256_packs_epi32(is_infinite(x0), is_infinite(x1)));
        infinite = _mm256_andnot_si256(source, infinite);
    }
    return _mm256_add_epi16(code, _mm256_and_si256(infinite, delta));
}

/* ---- fp16. ---- */

/* Half away from zero: half a quantum is added and the sum truncated twice, which is one truncation. Runs
 * with MXCSR set to truncate. */
INLINE __m128i fp16_half_away(__m256 x) {
    const __m256 sign = _mm256_set1_ps(-0.0f), infinity = _mm256_set1_ps(__builtin_inff());
    __m256i e = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7F800000));
    e = _mm256_max_epi32(e, _mm256_set1_epi32(113 << 23));
    __m256 magnitude = _mm256_andnot_ps(sign, x);
    __m256 sum = _mm256_fmadd_ps(_mm256_castsi256_ps(e), _mm256_set1_ps(0x1p-11f), magnitude);
    sum = _mm256_blendv_ps(sum, infinity, _mm256_cmp_ps(sum, _mm256_set1_ps(65536), _CMP_GE_OQ));
    return _mm256_cvtps_ph(_mm256_or_ps(sum, _mm256_and_ps(sign, x)), _MM_FROUND_TO_ZERO);
}

INLINE __m128i fp16_rounded(__m256 x, enum tb_rounding rounding) {
    switch (rounding) {
    case TB_RNA:
        return fp16_half_away(x);
    case TB_RTZ:
        return _mm256_cvtps_ph(x, _MM_FROUND_TO_ZERO);
    case TB_RU:
        return _mm256_cvtps_ph(x, _MM_FROUND_TO_POS_INF);
    case TB_RD:
        return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEG_INF);
    default:
        return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
    }
}

/* ---- bf16 and tf32: the fraction's last `shift` bits are rounded off in the bit pattern. ---- */

INLINE __m256i pattern_rounded(__m256 x, enum tb_rounding rounding, int shift) {
    const int unit = 1 << shift;
    __m256i bits = _mm256_castps_si256(x), sum = bits;
    __m256i negative = _mm256_srai_epi32(bits, 31);
    const __m256i outward = _mm256_set1_epi32(unit - 1);
    if (rounding == TB_RNE) {
        __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, shift), _mm256_set1_epi32(1));
        sum = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(unit / 2 - 1)), odd);
    } else if (rounding == TB_RNA) {
        sum = _mm256_add_epi32(bits, _mm256_set1_epi32(unit / 2));
    } else if (rounding == TB_RU) {
        sum = _mm256_add_epi32(bits, _mm256_andnot_si256(negative, outward));
    } else if (rounding == TB_RD) {
        sum = _mm256_add_epi32(bits, _mm256_and_si256(negative, outward));
    }
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    return choose(sum, _mm256_or_si256(bits, _mm256_set1_epi32(0x00400000)), nan);
}

INLINE __m256i bf16_rounded(__m256 x0, __m256 x1, enum tb_rounding rounding) {
    __m256i low = _mm256_srli_epi32(pattern_rounded(x0, rounding, 16), 16);
    __m256i high = _mm256_srli_epi32(pattern_rounded(x1, rounding, 16), 16);
    return in_order(_mm256_packus_epi32(low, high));
}

/* ---- The loops. ---- */

INLINE void to_fp16(const struct tb_simd_plan *p, const void *input, uint16_t *output, size_t count,
                    enum tb_simd_plan_source source, enum tb_rounding rounding) {
    const bool native = p->overflow == TB_TO_INF;
    for (size_t i = 0; i < count; i += 16) {
        __m256 x0 = load8(input, i, source), x1 = load8(input, i + 8, source);
        __m256i code = _mm256_set_m128i(fp16_rounded(x1, rounding), fp16_rounded(x0, rounding));
        if (!native)
            code = settle_words(p, code, x0, x1, 0x7C00, 0x200);
        _mm256_storeu_si256((__m256i *)(output + i), code);
    }
}

INLINE void to_bf16(const struct tb_simd_plan *p, const void *input, uint16_t *output, size_t count,
                    enum tb_simd_plan_source source, enum tb_rounding rounding) {
    const bool native = p->overflow == TB_TO_INF;
    for (size_t i = 0; i < count; i += 16) {
        __m256 x0 = load8(input, i, source), x1 = load8(input, i + 8, source);
        __m256i code = bf16_rounded(x0, x1, rounding);
        if (!native)
            code = settle_words(p, code, x0, x1, 0x7F80, 0x40);
        _mm256_storeu_si256((__m256i *)(output + i), code);
    }
}

INLINE __m256i tf32_code(const struct tb_simd_plan *p, __m256 x, enum tb_rounding rounding) {
    const __m256i delta = _mm256_set1_epi32(infinity_delta(p->overflow, 0x2000, 0x400000));
    __m256i code = _mm256_and_si256(pattern_rounded(x, rounding, 13), _mm256_set1_epi32((int)0xFFFFE000));
    __m256i infinite = is_infinite(_mm256_castsi256_ps(code));
    if (p->overflow == TB_PROPAGATE)
        infinite = _mm256_andnot_si256(is_infinite(x), infinite);
    return _mm256_add_epi32(code, _mm256_and_si256(infinite, delta));
}

/* fp32's container: tf32, and fp16, bf16 and tf32 as they are. Widening keeps a NaN's payload and makes it
 * quiet. */
INLINE void to_tf32(const struct tb_simd_plan *p, const void *input, uint32_t *output, size_t count,
                    enum tb_simd_plan_source source, enum tb_rounding rounding) {
    for (size_t i = 0; i < count; i += 8) {
        __m256 x = load8(input, i, source);
        __m256i code = rounding == TB_EXACT ? pattern_rounded(x, TB_RTZ, 13) : tf32_code(p, x, rounding);
        _mm256_storeu_si256((__m256i *)(output + i), code);
    }
}

static __attribute__((noinline)) void loop_table(const struct tb_simd_plan *p, const void *input,
                                                 void *output, size_t count) {
    const uint8_t *in = input;
    for (size_t i = 0; i < count; i += 8) {
        __m256i index = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(in + i)));
        __m256i code = _mm256_i32gather_epi32((const int *)p->table, index, 4);
        __m256i words = in_order(_mm256_packus_epi32(code, code));
        __m128i low = _mm256_castsi256_si128(words);
        if (p->destination_bytes == 4)
            _mm256_storeu_si256((__m256i *)((uint32_t *)output + i), code);
        else if (p->destination_bytes == 2)
            _mm_storeu_si128((__m128i *)((uint16_t *)output + i), low);
        else
            _mm_storel_epi64((__m128i *)((uint8_t *)output + i), _mm_packus_epi16(low, low));
    }
}

static void run_table(const void *state, const void *input, void *output, size_t count) {
    run_blocks(loop_table, state, input, output, count, 8, 1, TB_MXCSR_DEFAULT);
}

/* ---- One function for each source, rounding and destination. ---- */

#define KERNEL(LOOP, SOURCE, ROUNDING, BYTES)                                                                \
    static __attribute__((noinline)) void loop_##LOOP##_##SOURCE##_##ROUNDING(                               \
        const struct tb_simd_plan *p, const void *input, void *output, size_t count) {                       \
        LOOP(p, input, output, count, TB_FROM_##SOURCE, TB_##ROUNDING);                                      \
    }                                                                                                        \
    static void run_##LOOP##_##SOURCE##_##ROUNDING(const void *state, const void *input, void *output,       \
                                                   size_t count) {                                           \
        run_blocks(loop_##LOOP##_##SOURCE##_##ROUNDING, state, input, output, count, 32 / BYTES,             \
                   source_size(TB_FROM_##SOURCE), mxcsr_of(state, TB_##ROUNDING));                           \
    }
#include "targets/simd/wide_kernels.inc"

tb_run_fn *tb_avx2_wide(const struct tb_simd_plan *plan) {
    return wide_kernel(plan);
}
