/* x86/avx512 on affine operations: exact. The estimate of targets/affine/window.h, one fused operation, in
 * fp32 for codes of at most 8 bits and in fp64 for the others; the inputs that it says nothing about are put
 * right one by one.
 *
 * No division: the quotient is only needed as far as the code, and the estimate by the reciprocal knows when
 * it does not suffice. */
#include "targets/affine/plan.h"
#include "targets/x86/affine.h"
#include "targets/x86/avx512.h"

#include <string.h>

enum { BLOCK = 64, HALF = 16 };

typedef enum tb_simd_plan_source source_kind;

/* ---- Codes of at most 8 bits, in fp32. ---- */

/* The window in registers. Of the 23 bits of y's fraction the top 8 are the code. */
struct narrow {
    __m512 low, high, factor, start[2], least;
    __m512i away, lowest, mask;
    __mmask16 second_sign; /* set where start[1] may be needed */
};

INLINE struct narrow narrow_of(const struct tb_affine_plan *p) {
    const struct tb_affine_window *w = &p->window;
    return (struct narrow){
        .low = _mm512_set1_ps((float)w->low),
        .high = _mm512_set1_ps((float)w->high),
        .factor = _mm512_set1_ps((float)w->factor),
        .start = {_mm512_set1_ps((float)w->start[0]), _mm512_set1_ps((float)w->start[1])},
        .least = _mm512_set1_ps((float)w->least),
        .away = _mm512_set1_epi32((int)w->away),
        .lowest = _mm512_set1_epi8((char)p->low),
        .mask = _mm512_set1_epi8((char)p->destination_mask),
    };
}

/* y's bits; *sure loses those of inputs near a boundary, and under a directed rounding of zeros and NaN. */
INLINE __m512i narrow_step(const struct narrow *k, __m512 x, bool directed, __mmask16 *sure) {
    __m512 start = k->start[0];
    __mmask16 special = 0;
    if (directed) {
        special = _mm512_fpclass_ps_mask(x, 0x87);
        x = _mm512_range_ps(x, k->least, 3); /* the larger magnitude, x's sign */
    }
    x = _mm512_min_ps(_mm512_max_ps(x, k->low), k->high);
    if (directed)
        start = _mm512_mask_mov_ps(start, _mm512_movepi32_mask(_mm512_castps_si512(x)), k->start[1]);
    __m512i bits = _mm512_castps_si512(_mm512_fmadd_ps(x, k->factor, start));
    *sure = _mm512_mask_test_epi32_mask(*sure & ~special, bits, k->away);
    return bits;
}

/* 64 codes in the order of the inputs. Doubling the bits puts a code into byte 2 of its lane; a byte shuffle
 * gathers them, four a vector, and one permutation puts the fours in order. */
INLINE __m512i narrow_block(const struct narrow *k, const __m512 x[4], bool directed, __mmask16 *sure) {
    const __m512i byte2 = _mm512_set1_epi32(0x0E0A0602);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i packed = _mm512_setzero_si512();
    __mmask16 all = 0xFFFF;
    for (int j = 0; j < 4; j++) {
        __m512i bits = narrow_step(k, x[j], directed, &all);
        packed = _mm512_mask_shuffle_epi8(packed, UINT64_C(0x000F000F000F000F) << 4 * j,
                                          _mm512_add_epi32(bits, bits), byte2);
    }
    if (!directed) /* one comparison finds the NaN of two vectors */
        for (int j = 0; j < 4; j += 2)
            all = _mm512_mask_cmp_ps_mask(all, x[j], x[j + 1], _CMP_ORD_Q);
    *sure = all;
    packed = _mm512_add_epi8(_mm512_permutexvar_epi32(order, packed), k->lowest);
    return _mm512_and_si512(packed, k->mask);
}

/* Inputs that the estimate is not sure of, one by one. */
static __attribute__((noinline)) void narrow_mend(const struct tb_affine_plan *p, const __m512 x[4],
                                                  bool directed, uint8_t out[BLOCK]) {
    const struct narrow k = narrow_of(p);
    const int64_t nan_code = tb_affine_code(p, false, 0);
    for (size_t j = 0; j < 4; j++) {
        uint32_t bits[16];
        __mmask16 sure = 0xFFFF, nan = _mm512_fpclass_ps_mask(x[j], 0x81);
        narrow_step(&k, x[j], directed, &sure);
        _mm512_storeu_ps(bits, x[j]);
        for (unsigned unsure = (uint16_t)~sure | nan; unsure; unsure &= unsure - 1) {
            unsigned i = (unsigned)__builtin_ctz(unsure);
            int64_t code = nan >> i & 1 ? nan_code : tb_affine_code(p, bits[i] >> 31, bits[i] & 0x7FFFFFFF);
            out[16 * j + i] = (uint8_t)((uint64_t)code & p->destination_mask);
        }
    }
}

INLINE void narrow_run(const struct tb_affine_plan *p, const void *input, uint8_t *output, size_t count,
                       source_kind source, bool directed) {
    const struct narrow k = narrow_of(p);
    const size_t size = source == TB_FROM_FP32 ? 4 : 2;
    uint8_t last[BLOCK];
    for (size_t i = 0; i < count; i += BLOCK) {
        const char *in = (const char *)input + size * i;
        size_t left = count - i;
        bool whole = left >= BLOCK;
        __m512 x[4];
        __mmask16 sure;
        for (size_t j = 0; j < 4; j++)
            x[j] = whole           ? load16(in, 16 * j, 16, true, source)
                   : 16 * j < left ? load16(in, 16 * j, left - 16 * j, false, source)
                                   : _mm512_setzero_ps();
        uint8_t *out = whole ? output + i : last;
        _mm512_storeu_si512(out, narrow_block(&k, x, directed, &sure));
        if (__builtin_expect(sure != 0xFFFF, 0))
            narrow_mend(p, x, directed, out);
        if (!whole)
            memcpy(output + i, last, left);
    }
}

/* ---- Codes of at most 16 bits, and int32 sources, in fp64. ---- */

struct wide_window {
    __m512d low, high, factor, start[2], least;
    __m512i away;
};

INLINE struct wide_window wide_of(const struct tb_affine_plan *p) {
    const struct tb_affine_window *w = &p->window;
    return (struct wide_window){
        .low = _mm512_set1_pd(w->low),
        .high = _mm512_set1_pd(w->high),
        .factor = _mm512_set1_pd(w->factor),
        .start = {_mm512_set1_pd(w->start[0]), _mm512_set1_pd(w->start[1])},
        .least = _mm512_set1_pd(w->least),
        .away = _mm512_set1_epi64((long long)w->away),
    };
}

INLINE __m512i wide_step(const struct wide_window *k, __m512d x, __mmask8 *sure) {
    *sure &= ~_mm512_fpclass_pd_mask(x, 0x87); /* zeros and NaN */
    x = _mm512_range_pd(x, k->least, 3);
    x = _mm512_min_pd(_mm512_max_pd(x, k->low), k->high);
    __mmask8 negative = _mm512_movepi64_mask(_mm512_castpd_si512(x));
    __m512d start = _mm512_mask_mov_pd(k->start[0], negative, k->start[1]);
    __m512i bits = _mm512_castpd_si512(_mm512_fmadd_pd(x, k->factor, start));
    *sure = _mm512_mask_test_epi64_mask(*sure, bits, k->away);
    return _mm512_srli_epi64(bits, 36);
}

/* The codes of 16 inputs, counted from the lowest, in 32-bit lanes. */
INLINE __m512i wide_codes(const struct wide_window *k, __m512i in, bool integers, __mmask16 *sure) {
    __m256i low = _mm512_castsi512_si256(in), high = _mm512_extracti64x4_epi64(in, 1);
    __m512d x0 = integers ? _mm512_cvtepi32_pd(low) : _mm512_cvtps_pd(_mm256_castsi256_ps(low));
    __m512d x1 = integers ? _mm512_cvtepi32_pd(high) : _mm512_cvtps_pd(_mm256_castsi256_ps(high));
    __mmask8 sure0 = 0xFF, sure1 = 0xFF;
    __m256i code0 = _mm512_cvtepi64_epi32(wide_step(k, x0, &sure0));
    __m256i code1 = _mm512_cvtepi64_epi32(wide_step(k, x1, &sure1));
    __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(code0), code1, 1);
    *sure = (__mmask16)(sure0 | sure1 << 8);
    return _mm512_and_si512(both, _mm512_set1_epi32(0xFFFF));
}

INLINE void store16(void *out, __m512i codes, size_t bytes) {
    if (bytes == 1)
        _mm_storeu_si128(out, _mm512_cvtepi32_epi8(codes));
    else if (bytes == 2)
        _mm256_storeu_si256(out, _mm512_cvtepi32_epi16(codes));
    else
        _mm512_storeu_si512(out, codes);
}

/* 32-bit lanes as numbers (or fp32) of the line; the first `count`. */
INLINE __m512i load_line(const void *input, size_t count, source_kind source) {
    return _mm512_castps_si512(load16(input, 0, count, false, source));
}

static __attribute__((noinline)) void wide_mend(const struct tb_affine_plan *p, __m512i in, unsigned unsure,
                                                void *out, size_t bytes) {
    uint32_t pattern[HALF];
    _mm512_storeu_si512(pattern, in);
    for (; unsure; unsure &= unsure - 1) {
        unsigned i = (unsigned)__builtin_ctz(unsure);
        uint64_t answer = tb_affine_output(p, pattern[i]);
        memcpy((char *)out + i * bytes, &answer, bytes);
    }
}

/* Codes or, by a table, the values of codes. */
INLINE void wide_run(const struct tb_affine_plan *p, const void *input, void *output, size_t count,
                     source_kind source, bool integers, bool values, size_t bytes) {
    const struct wide_window k = wide_of(p);
    const __m512i lowest = _mm512_set1_epi32((int)p->low), mask = _mm512_set1_epi32((int)p->destination_mask);
    const size_t size = source == TB_FROM_FP32 ? 4 : 2;
    char last[4 * HALF];
    for (size_t i = 0; i < count; i += HALF) {
        size_t left = count - i < HALF ? count - i : HALF;
        __m512i in = load_line((const char *)input + size * i, left, source);
        __mmask16 sure;
        __m512i codes = wide_codes(&k, in, integers, &sure);
        if (values)
            codes = _mm512_i32gather_epi32(codes, p->value, 8);
        else
            codes = _mm512_and_si512(_mm512_add_epi32(codes, lowest), mask);
        char *out = left == HALF ? (char *)output + i * bytes : last;
        store16(out, codes, bytes);
        if (sure != 0xFFFF)
            wide_mend(p, in, (uint16_t)~sure, out, bytes);
        if (left < HALF)
            memcpy((char *)output + i * bytes, last, left * bytes);
    }
}

/* ---- The mask of a fake quantization, and dequantization. ---- */

INLINE __mmask16 inside16(const struct tb_affine_plan *p, __m512i bits) {
    __m512i magnitude = _mm512_and_si512(bits, _mm512_set1_epi32(0x7FFFFFFF));
    __mmask16 inside[2];
    for (int side = 0; side < 2; side++) {
        const uint32_t *limits = p->inside[side];
        inside[side] = _mm512_cmpge_epu32_mask(magnitude, _mm512_set1_epi32((int)limits[0])) &
                       _mm512_cmple_epu32_mask(magnitude, _mm512_set1_epi32((int)limits[1]));
    }
    __mmask16 negative = _mm512_movepi32_mask(bits) ^ (p->scale_is_negative ? 0xFFFF : 0);
    return (negative & inside[1]) | (~negative & inside[0]);
}

INLINE void mask_run(const struct tb_affine_plan *p, const void *input, uint8_t *output, size_t count,
                     source_kind source) {
    const size_t size = source == TB_FROM_FP32 ? 4 : 2;
    for (size_t i = 0; i < count; i += HALF) {
        size_t left = count - i < HALF ? count - i : HALF;
        __m512i in = load_line((const char *)input + size * i, left, source);
        __m128i ones = _mm_maskz_set1_epi8(inside16(p, in), 1);
        _mm_mask_storeu_epi8(output + i, live16(left), ones);
    }
}

/* By the table of values: a signed code's place is the code with its top bit flipped. */
INLINE void dequantize_run(const struct tb_affine_plan *p, const void *input, void *output, size_t count,
                           size_t from, size_t bytes) {
    const __m512i flip = _mm512_set1_epi32(p->low < 0 ? (int)-p->low : 0);
    char last[4 * HALF];
    for (size_t i = 0; i < count; i += HALF) {
        size_t left = count - i < HALF ? count - i : HALF;
        __mmask16 live = live16(left);
        const char *in = (const char *)input + from * i;
        __m512i codes = from == 1 ? _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(live, in))
                                  : _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(live, in));
        char *out = left == HALF ? (char *)output + i * bytes : last;
        store16(out, _mm512_i32gather_epi32(_mm512_xor_si512(codes, flip), p->value, 8), bytes);
        if (left < HALF)
            memcpy((char *)output + i * bytes, last, left * bytes);
    }
}

/* ---- One function for each source and shape. ---- */

/* Subnormal inputs cost the fused operation an assist; where no boundary lies near zero they are read as
 * zero. */
#define NEAR_ZERO_MXCSR   TB_MXCSR_DAZ
#define PRODUCT_ROUNDINGS 1
#include "targets/x86/affine_kernels.inc"

int tb_x86_open_affine_avx512(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_affine(request, &kernels, kernel);
}
