/* Integer matrix products on AVX512-VNNI: VPDPBUSD adds four products of u8 and s8 to an int32, without
 * saturation on the way. A signed a is shifted by 128, and 128 times the column sums of b is taken off again:
 * exact, since all of it is integer arithmetic modulo 2^32. */
#include "targets/x86/gemm.h"
#include "targets/x86/x86.h"

#include <immintrin.h>
#include <string.h>

/* Sixteen columns of row k of b; zeros beyond the last row, and beyond the last column. */
static __m128i row_of(const struct x86_gemm *g, const uint8_t *b, uint32_t k, __mmask16 columns) {
    return k < g->k ? _mm_maskz_loadu_epi8(columns, b + (size_t)k * g->n) : _mm_setzero_si128();
}

/* Rows k to k + 3 with the four codes of a column side by side. */
static __m512i four_rows(const struct x86_gemm *g, const uint8_t *b, uint32_t k, __mmask16 columns) {
    __m128i r0 = row_of(g, b, k, columns), r1 = row_of(g, b, k + 1, columns);
    __m128i r2 = row_of(g, b, k + 2, columns), r3 = row_of(g, b, k + 3, columns);
    __m128i low01 = _mm_unpacklo_epi8(r0, r1), high01 = _mm_unpackhi_epi8(r0, r1);
    __m128i low23 = _mm_unpacklo_epi8(r2, r3), high23 = _mm_unpackhi_epi8(r2, r3);
    __m512i all = _mm512_castsi128_si512(_mm_unpacklo_epi16(low01, low23));
    all = _mm512_inserti32x4(all, _mm_unpackhi_epi16(low01, low23), 1);
    all = _mm512_inserti32x4(all, _mm_unpacklo_epi16(high01, high23), 2);
    return _mm512_inserti32x4(all, _mm_unpackhi_epi16(high01, high23), 3);
}

/* Four neighbours of a row of a in every lane; `flip` turns s8 into u8 by adding 128. */
static __m512i four_codes(const struct x86_gemm *g, const uint8_t *a, uint32_t k, uint32_t flip) {
    uint32_t codes = 0;
    memcpy(&codes, a + k, g->k - k < 4 ? g->k - k : 4);
    return _mm512_set1_epi32((int)(codes ^ flip));
}

/* 128 times the sum of each column. */
static __m512i compensation(const struct x86_gemm *g, const uint8_t *b, __mmask16 columns) {
    __m512i sum = _mm512_setzero_si512();
    for (uint32_t k = 0; k < g->k; k += 4)
        sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8((char)128), four_rows(g, b, k, columns));
    return sum;
}

static void sixteen_columns(const struct x86_gemm *g, const uint8_t *record, uint32_t j, int32_t *out) {
    const uint8_t *b = record + g->b_offset + j;
    const uint32_t left = g->n - j, flip = g->a_signed ? 0x80808080 : 0;
    const __mmask16 columns = (__mmask16)(left >= 16 ? 0xffff : (1u << left) - 1);
    __m512i shifted = g->a_signed ? compensation(g, b, columns) : _mm512_setzero_si512();
    for (uint32_t i = 0; i < g->m; i++) {
        __m512i sum = _mm512_setzero_si512();
        for (uint32_t k = 0; k < g->k; k += 4)
            sum = _mm512_dpbusd_epi32(sum, four_codes(g, record + (size_t)i * g->k, k, flip),
                                      four_rows(g, b, k, columns));
        _mm512_mask_storeu_epi32(out + (size_t)i * g->n + j, columns, _mm512_sub_epi32(sum, shifted));
    }
}

static void run_vnni(const void *state, const void *input, void *output, size_t count) {
    const struct x86_gemm *g = state;
    for (size_t r = 0; r < count; r++) {
        const uint8_t *record = (const uint8_t *)input + r * g->input_bytes;
        int32_t *out = (int32_t *)(void *)((uint8_t *)output + r * g->output_bytes);
        for (uint32_t j = 0; j < g->n; j += 16)
            sixteen_columns(g, record, j, out);
    }
}

int tb_x86_open_gemm_vnni(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_gemm_open(request, kernel, run_vnni, 1, NULL);
}
