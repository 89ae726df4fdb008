/* Integer matrix products on AVX2: bytes widened to 16 bits and VPMADDWD, which is exact, and VPMADDUBSW,
 * whose pairs saturate. Both take two rows of b at once and keep a row of int32 sums in a register. */
#include "targets/x86/gemm.h"
#include "targets/x86/x86.h"

#include <immintrin.h>
#include <string.h>

static int code(uint8_t byte, int is_signed) {
    return is_signed ? (int8_t)byte : byte;
}

/* ---- VPMADDWD. ---- */

/* Columns j to j + 7 of rows k and k + 1 of b as pairs of 16 bits; the second row may be absent. */
static __m256i pairs_of(const uint8_t *b, uint32_t n, int second, int is_signed) {
    __m128i low = _mm_loadl_epi64((const __m128i *)b);
    __m128i high = second ? _mm_loadl_epi64((const __m128i *)(b + n)) : _mm_setzero_si128();
    __m128i bytes = _mm_unpacklo_epi8(low, high);
    return is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}

/* Two neighbours of a row of a, in every lane. */
static __m256i pair_of(const uint8_t *a, int second, int is_signed) {
    uint32_t low = (uint16_t)code(a[0], is_signed), high = second ? (uint16_t)code(a[1], is_signed) : 0;
    return _mm256_set1_epi32((int)(low | high << 16));
}

static void eight_columns(const struct x86_gemm *g, const uint8_t *a, const uint8_t *b, int32_t *out) {
    __m256i sum = _mm256_setzero_si256();
    for (uint32_t k = 0; k < g->k; k += 2) {
        int second = k + 1 < g->k;
        sum = _mm256_add_epi32(sum,
                               _mm256_madd_epi16(pair_of(a + k, second, g->a_signed),
                                                 pairs_of(b + (size_t)k * g->n, g->n, second, g->b_signed)));
    }
    _mm256_storeu_si256((__m256i *)out, sum);
}

static void one_column(const struct x86_gemm *g, const uint8_t *a, const uint8_t *b, int32_t *out) {
    int32_t sum = 0;
    for (uint32_t k = 0; k < g->k; k++)
        sum += code(a[k], g->a_signed) * code(b[(size_t)k * g->n], g->b_signed);
    *out = sum;
}

/* One element, or eight, of a row of the product; a and b point at its row and at its first column. */
typedef void part_fn(const struct x86_gemm *g, const uint8_t *a, const uint8_t *b, int32_t *out);

/* One record: whole eights of columns, then what is left. */
static inline __attribute__((always_inline)) void each_part(const struct x86_gemm *g, const uint8_t *record,
                                                            int32_t *out, part_fn *eight, part_fn *one) {
    const uint8_t *b = record + g->b_offset;
    for (uint32_t i = 0; i < g->m; i++) {
        const uint8_t *a = record + (size_t)i * g->k;
        uint32_t j = 0;
        for (; j + 8 <= g->n; j += 8)
            eight(g, a, b + j, out + (size_t)i * g->n + j);
        for (; j < g->n; j++)
            one(g, a, b + j, out + (size_t)i * g->n + j);
    }
}

static int32_t *output_of(const struct x86_gemm *g, void *output, size_t record) {
    return (int32_t *)(void *)((uint8_t *)output + record * g->output_bytes);
}

static void run_madd(const void *state, const void *input, void *output, size_t count) {
    const struct x86_gemm *g = state;
    for (size_t r = 0; r < count; r++) {
        const uint8_t *record = (const uint8_t *)input + r * g->input_bytes;
        int32_t *out = output_of(g, output, r);
        each_part(g, record, out, eight_columns, one_column);
    }
}

/* ---- VPMADDUBSW: a as u8, shifted by 128 where it is signed. ---- */

static int saturate16(int value) {
    return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

static void eight_saturated(const struct x86_gemm *g, const uint8_t *a, const uint8_t *b, int32_t *out) {
    const uint8_t shift = g->a_signed ? 128 : 0;
    __m256i sum = _mm256_setzero_si256();
    for (uint32_t k = 0; k < g->k; k += 2) {
        int second = k + 1 < g->k;
        const uint8_t *row = b + (size_t)k * g->n;
        __m128i low = _mm_loadl_epi64((const __m128i *)row);
        __m128i high = second ? _mm_loadl_epi64((const __m128i *)(row + g->n)) : _mm_setzero_si128();
        unsigned pair = (uint8_t)(a[k] + shift) | (second ? (uint8_t)(a[k + 1] + shift) : 0u) << 8;
        __m128i product = _mm_maddubs_epi16(_mm_set1_epi16((short)pair), _mm_unpacklo_epi8(low, high));
        sum = _mm256_add_epi32(sum, _mm256_cvtepi16_epi32(product));
    }
    _mm256_storeu_si256((__m256i *)out, sum);
}

static void one_saturated(const struct x86_gemm *g, const uint8_t *a, const uint8_t *b, int32_t *out) {
    const uint8_t shift = g->a_signed ? 128 : 0;
    int32_t sum = 0;
    for (uint32_t k = 0; k < g->k; k += 2) {
        int pair = (uint8_t)(a[k] + shift) * (int8_t)b[(size_t)k * g->n];
        if (k + 1 < g->k)
            pair += (uint8_t)(a[k + 1] + shift) * (int8_t)b[(size_t)(k + 1) * g->n];
        sum += saturate16(pair);
    }
    *out = sum;
}

/* 128 times the sum of a column of b, which the shift has added. */
static void compensate(const struct x86_gemm *g, const uint8_t *b, int32_t *out) {
    for (uint32_t j = 0; j < g->n; j++) {
        int32_t sum = 0;
        for (uint32_t k = 0; k < g->k; k++)
            sum += (int8_t)b[(size_t)k * g->n + j];
        for (uint32_t i = 0; i < g->m; i++)
            out[(size_t)i * g->n + j] -= 128 * sum;
    }
}

static void run_maddubs(const void *state, const void *input, void *output, size_t count) {
    const struct x86_gemm *g = state;
    for (size_t r = 0; r < count; r++) {
        const uint8_t *record = (const uint8_t *)input + r * g->input_bytes;
        int32_t *out = output_of(g, output, r);
        each_part(g, record, out, eight_saturated, one_saturated);
        if (g->a_signed)
            compensate(g, record + g->b_offset, out);
    }
}

int tb_x86_open_gemm_avx2(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_gemm_open(request, kernel, run_madd, 0, NULL);
}

int tb_x86_open_gemm_maddubs(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_gemm_open(request, kernel, run_maddubs, 1, "maddubs16");
}
