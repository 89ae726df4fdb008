/* x86/avx2 on affine operations: exact, as x86/avx512 (targets/affine/window.h says why). The product and the
 * sum are two operations here, so that nothing needs FMA; the window is wider by the product's rounding. */
#include "targets/affine/plan.h"
#include "targets/x86/affine.h"
#include "targets/x86/avx2.h"

enum { BLOCK = 32, EIGHT = 8 };

typedef enum tb_simd_plan_source source_kind;

/* ---- Codes of at most 8 bits, in fp32. ---- */

struct narrow {
    __m256 low, high, factor, start[2], least;
    __m256i away, lowest, mask;
};

INLINE struct narrow narrow_of(const struct tb_affine_plan *p) {
    const struct tb_affine_window *w = &p->window;
    return (struct narrow){
        .low = _mm256_set1_ps((float)w->low),
        .high = _mm256_set1_ps((float)w->high),
        .factor = _mm256_set1_ps((float)w->factor),
        .start = {_mm256_set1_ps((float)w->start[0]), _mm256_set1_ps((float)w->start[1])},
        .least = _mm256_set1_ps((float)w->least),
        .away = _mm256_set1_epi32((int)w->away),
        .lowest = _mm256_set1_epi8((char)p->low),
        .mask = _mm256_set1_epi8((char)p->destination_mask),
    };
}

/* Eight codes counted from the lowest; *unsure gains the lanes near a boundary, and under a directed rounding
 * the zeros. */
INLINE __m256i narrow_step(const struct narrow *k, __m256 x, bool directed, __m256i *unsure) {
    const __m256 sign = _mm256_set1_ps(-0.0f), zero = _mm256_setzero_ps();
    __m256 start = k->start[0];
    if (directed) {
        __m256 is_zero = _mm256_cmp_ps(x, zero, _CMP_EQ_OQ);
        __m256 magnitude = _mm256_max_ps(_mm256_andnot_ps(sign, x), k->least);
        *unsure = _mm256_or_si256(*unsure, _mm256_castps_si256(is_zero));
        x = _mm256_or_ps(magnitude, _mm256_and_ps(x, sign));
    }
    x = _mm256_min_ps(_mm256_max_ps(x, k->low), k->high);
    if (directed)
        start = _mm256_blendv_ps(start, k->start[1], x);
    __m256i bits = _mm256_castps_si256(_mm256_add_ps(_mm256_mul_ps(x, k->factor), start));
    __m256i near = _mm256_cmpeq_epi32(_mm256_and_si256(bits, k->away), _mm256_setzero_si256());
    *unsure = _mm256_or_si256(*unsure, near);
    return _mm256_and_si256(_mm256_srli_epi32(bits, 15), _mm256_set1_epi32(0xFF));
}

INLINE __m256i narrow_block(const struct narrow *k, const __m256 x[4], bool directed, bool *sure) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i unsure = _mm256_setzero_si256(), code[4];
    for (int j = 0; j < 4; j++)
        code[j] = narrow_step(k, x[j], directed, &unsure);
    for (int j = 0; j < 4; j += 2) /* one comparison finds the NaN of two vectors */
        unsure = _mm256_or_si256(unsure, _mm256_castps_si256(_mm256_cmp_ps(x[j], x[j + 1], _CMP_UNORD_Q)));
    *sure = _mm256_testz_si256(unsure, unsure);
    __m256i packed =
        _mm256_packus_epi16(_mm256_packus_epi32(code[0], code[1]), _mm256_packus_epi32(code[2], code[3]));
    packed = _mm256_add_epi8(_mm256_permutevar8x32_epi32(packed, order), k->lowest);
    return _mm256_and_si256(packed, k->mask);
}

/* Inputs that the estimate is not sure of, one by one. */
static __attribute__((noinline)) void narrow_mend(const struct tb_affine_plan *p, const __m256 x[4],
                                                  bool directed, uint8_t out[BLOCK]) {
    const struct narrow k = narrow_of(p);
    const int64_t nan_code = tb_affine_code(p, false, 0);
    for (size_t j = 0; j < 4; j++) {
        uint32_t bits[8];
        __m256i lanes = _mm256_setzero_si256();
        narrow_step(&k, x[j], directed, &lanes);
        unsigned nan = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(x[j], x[j], _CMP_UNORD_Q));
        unsigned unsure = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(lanes)) | nan;
        _mm256_storeu_ps((float *)bits, x[j]);
        for (; unsure; unsure &= unsure - 1) {
            unsigned i = (unsigned)__builtin_ctz(unsure);
            int64_t code = nan >> i & 1 ? nan_code : tb_affine_code(p, bits[i] >> 31, bits[i] & 0x7FFFFFFF);
            out[8 * j + i] = (uint8_t)((uint64_t)code & p->destination_mask);
        }
    }
}

INLINE void narrow_run(const struct tb_affine_plan *p, const void *input, uint8_t *output, size_t count,
                       source_kind source, bool directed) {
    const struct narrow k = narrow_of(p);
    const size_t size = source_size(source);
    char first[4 * BLOCK] = {0};
    uint8_t last[BLOCK];
    for (size_t i = 0; i < count; i += BLOCK) {
        const char *in = (const char *)input + size * i;
        uint8_t *out = output + i;
        size_t left = count - i;
        __m256 x[4];
        bool sure;
        if (left < BLOCK) {
            memcpy(first, in, size * left);
            in = first, out = last;
        }
        for (size_t j = 0; j < 4; j++)
            x[j] = load8(in, 8 * j, source);
        _mm256_storeu_si256((__m256i *)out, narrow_block(&k, x, directed, &sure));
        if (__builtin_expect(!sure, 0))
            narrow_mend(p, x, directed, out);
        if (left < BLOCK)
            memcpy(output + i, last, left);
    }
}

/* ---- Codes of at most 16 bits, and int32 sources, in fp64. ---- */

struct wide_window {
    __m256d low, high, factor, start[2], least;
    __m256i away;
};

INLINE struct wide_window wide_of(const struct tb_affine_plan *p) {
    const struct tb_affine_window *w = &p->window;
    return (struct wide_window){
        .low = _mm256_set1_pd(w->low),
        .high = _mm256_set1_pd(w->high),
        .factor = _mm256_set1_pd(w->factor),
        .start = {_mm256_set1_pd(w->start[0]), _mm256_set1_pd(w->start[1])},
        .least = _mm256_set1_pd(w->least),
        .away = _mm256_set1_epi64x((long long)w->away),
    };
}

/* Four codes in 64-bit lanes, all else zero; *unsure: a bit a lane. */
INLINE __m256i wide_step(const struct wide_window *k, __m256d x, unsigned *unsure) {
    const __m256d sign = _mm256_set1_pd(-0.0), zero = _mm256_setzero_pd();
    __m256d special = _mm256_cmp_pd(x, zero, _CMP_EQ_UQ); /* zeros and NaN */
    x = _mm256_or_pd(_mm256_max_pd(_mm256_andnot_pd(sign, x), k->least), _mm256_and_pd(x, sign));
    x = _mm256_min_pd(_mm256_max_pd(x, k->low), k->high);
    __m256d start = _mm256_blendv_pd(k->start[0], k->start[1], x);
    __m256i bits = _mm256_castpd_si256(_mm256_add_pd(_mm256_mul_pd(x, k->factor), start));
    __m256i near = _mm256_cmpeq_epi64(_mm256_and_si256(bits, k->away), _mm256_setzero_si256());
    *unsure = (unsigned)_mm256_movemask_pd(_mm256_or_pd(special, _mm256_castsi256_pd(near)));
    return _mm256_and_si256(_mm256_srli_epi64(bits, 36), _mm256_set1_epi64x(0xFFFF));
}

/* The codes of eight inputs, counted from the lowest, in 32-bit lanes. */
INLINE __m256i wide_codes(const struct wide_window *k, __m256i in, bool integers, unsigned *unsure) {
    __m128i low = _mm256_castsi256_si128(in), high = _mm256_extracti128_si256(in, 1);
    __m256d x0 = integers ? _mm256_cvtepi32_pd(low) : _mm256_cvtps_pd(_mm_castsi128_ps(low));
    __m256d x1 = integers ? _mm256_cvtepi32_pd(high) : _mm256_cvtps_pd(_mm_castsi128_ps(high));
    unsigned unsure0, unsure1;
    __m256i code0 = wide_step(k, x0, &unsure0), code1 = wide_step(k, x1, &unsure1);
    /* The upper halves are free: 0 4, 1 5, 2 6, 3 7. */
    __m256i both = _mm256_or_si256(code0, _mm256_slli_epi64(code1, 32));
    *unsure = unsure0 | unsure1 << 4;
    return _mm256_permutevar8x32_epi32(both, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}

INLINE void store8(void *out, __m256i codes, size_t bytes) {
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
    if (bytes == 1)
        _mm_storel_epi64(out, _mm_packus_epi16(words, words));
    else if (bytes == 2)
        _mm_storeu_si128(out, words);
    else
        _mm256_storeu_si256(out, codes);
}

static __attribute__((noinline)) void wide_mend(const struct tb_affine_plan *p, __m256i in, unsigned unsure,
                                                void *out, size_t bytes) {
    uint32_t pattern[EIGHT];
    _mm256_storeu_si256((__m256i *)pattern, in);
    for (; unsure; unsure &= unsure - 1) {
        unsigned i = (unsigned)__builtin_ctz(unsure);
        uint64_t answer = tb_affine_output(p, pattern[i]);
        memcpy((char *)out + i * bytes, &answer, bytes);
    }
}

/* What a loop below does with eight elements. */
struct eight {
    const char *in;
    char *out;
};

/* The arrays from element i on, or padded copies of what is left. */
INLINE struct eight eight_at(const void *input, void *output, size_t i, size_t left, size_t size,
                             size_t bytes, char first[32], char last[32]) {
    struct eight e = {(const char *)input + size * i, (char *)output + bytes * i};
    if (left < EIGHT) {
        memcpy(first, e.in, size * left);
        e = (struct eight){first, last};
    }
    return e;
}

INLINE __m256i load_line(const char *in, source_kind source) {
    return _mm256_castps_si256(load8(in, 0, source));
}

INLINE __m256i values_of(const struct tb_affine_plan *p, __m256i codes) {
    return _mm256_i32gather_epi32((const int *)p->value, codes, 8);
}

INLINE void wide_run(const struct tb_affine_plan *p, const void *input, void *output, size_t count,
                     source_kind source, bool integers, bool values, size_t bytes) {
    const struct wide_window k = wide_of(p);
    const __m256i lowest = _mm256_set1_epi32((int)p->low), mask = _mm256_set1_epi32((int)p->destination_mask);
    const size_t size = source_size(source);
    char first[32] = {0}, last[32];
    for (size_t i = 0; i < count; i += EIGHT) {
        struct eight e = eight_at(input, output, i, count - i, size, bytes, first, last);
        unsigned unsure;
        __m256i in = load_line(e.in, source), codes = wide_codes(&k, in, integers, &unsure);
        codes = values ? values_of(p, codes) : _mm256_and_si256(_mm256_add_epi32(codes, lowest), mask);
        store8(e.out, codes, bytes);
        if (unsure)
            wide_mend(p, in, unsure, e.out, bytes);
        if (count - i < EIGHT)
            memcpy((char *)output + bytes * i, last, bytes * (count - i));
    }
}

/* ---- The mask of a fake quantization, and dequantization. ---- */

/* All ones where an input's magnitude lies between its side's limits. */
INLINE __m256i inside8(const struct tb_affine_plan *p, __m256i bits) {
    __m256i magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7FFFFFFF)), outside[2];
    for (int side = 0; side < 2; side++) {
        __m256i first = _mm256_set1_epi32((int)p->inside[side][0]);
        __m256i last = _mm256_set1_epi32((int)p->inside[side][1]);
        outside[side] =
            _mm256_or_si256(_mm256_cmpgt_epi32(first, magnitude), _mm256_cmpgt_epi32(magnitude, last));
    }
    int flip = p->scale_is_negative;
    __m256i not_inside = _mm256_blendv_epi8(outside[flip], outside[!flip], _mm256_srai_epi32(bits, 31));
    return _mm256_andnot_si256(not_inside, _mm256_set1_epi32(1));
}

INLINE void mask_run(const struct tb_affine_plan *p, const void *input, uint8_t *output, size_t count,
                     source_kind source) {
    char first[32] = {0}, last[32];
    for (size_t i = 0; i < count; i += EIGHT) {
        struct eight e = eight_at(input, output, i, count - i, source_size(source), 1, first, last);
        store8(e.out, inside8(p, load_line(e.in, source)), 1);
        if (count - i < EIGHT)
            memcpy(output + i, last, count - i);
    }
}

/* By the table of values: a signed code's place is the code with its top bit flipped. */
INLINE void dequantize_run(const struct tb_affine_plan *p, const void *input, void *output, size_t count,
                           size_t from, size_t bytes) {
    const __m256i flip = _mm256_set1_epi32(p->low < 0 ? (int)-p->low : 0);
    char first[32] = {0}, last[32];
    for (size_t i = 0; i < count; i += EIGHT) {
        struct eight e = eight_at(input, output, i, count - i, from, bytes, first, last);
        __m256i codes = from == 1 ? _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)e.in))
                                  : _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)e.in));
        store8(e.out, values_of(p, _mm256_xor_si256(codes, flip)), bytes);
        if (count - i < EIGHT)
            memcpy((char *)output + bytes * i, last, bytes * (count - i));
    }
}

/* ---- One function for each source and shape. ---- */

/* Subnormal inputs cost the product an assist; where no boundary lies near zero they are read as zero. */
#define NEAR_ZERO_MXCSR   (TB_MXCSR_DAZ | TB_MXCSR_FTZ)
#define PRODUCT_ROUNDINGS 2
#include "targets/x86/affine_kernels.inc"

int tb_x86_open_affine_avx2(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_open_affine(request, &kernels, kernel);
}
