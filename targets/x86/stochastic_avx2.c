/* x86/avx2, stochastic: the same arithmetic as stochastic_avx512.c, eight at a time; explained in
 * targets/simd/stochastic.h. */
#include "targets/simd/stochastic.h"
#include "targets/x86/avx2.h"

#include <stdlib.h>

enum { LANES = 8 };

INLINE __m256i broadcast(uint32_t value) {
    return _mm256_set1_epi32((int)value);
}

struct constants {
    __m256i least_field, base_shift, fraction_bits, limit[2], over[2], sign[2], zero[2];
    __m128i random_bits, random_lift;
};

INLINE struct constants constants_of(const struct tb_stochastic_plan *p) {
    struct constants k = {.least_field = broadcast(p->least_field),
                          .base_shift = broadcast(23 - p->fraction_bits + p->least_field),
                          .fraction_bits = broadcast(p->fraction_bits),
                          .random_bits = _mm_cvtsi32_si128(p->random_bits),
                          .random_lift = _mm_cvtsi32_si128(32 - p->random_bits)};
    for (int negative = 0; negative < 2; negative++) {
        k.limit[negative] = broadcast(p->limit[negative]);
        k.over[negative] = broadcast(p->over[negative]);
        k.sign[negative] = broadcast(p->sign[negative]);
        k.zero[negative] = broadcast(p->zero[negative]);
    }
    return k;
}

/* ---- Loading: x as fp32, and the random number at the top of 32 bits. ---- */

struct loaded {
    __m256i x, random;
};

INLINE __m256i fp32_of_fp16(__m256i words) {
    __m256i packed = _mm256_packus_epi32(words, words);
    packed = _mm256_permute4x64_epi64(packed, 0x08);
    return _mm256_castps_si256(_mm256_cvtph_ps(_mm256_castsi256_si128(packed)));
}

/* The low halves of the 64-bit lanes of a, then of b. */
INLINE __m256i low_words(__m256i a, __m256i b) {
    __m256 both = _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(both), 0xD8);
}

INLINE struct loaded load(const struct constants *k, const void *input, enum tb_stochastic_layout layout) {
    const __m256i *at = input;
    __m256i a = _mm256_loadu_si256(at), x;
    struct loaded l;
    if (layout <= TB_JOINT32_BF16) {
        x = _mm256_srl_epi32(a, k->random_bits);
        l.random = _mm256_sll_epi32(a, k->random_lift);
    } else {
        __m256i b = _mm256_loadu_si256(at + 1);
        x = low_words(_mm256_srl_epi64(a, k->random_bits), _mm256_srl_epi64(b, k->random_bits));
        l.random = _mm256_sll_epi32(low_words(a, b), k->random_lift);
    }
    bool bf16 = layout == TB_JOINT32_BF16 || layout == TB_JOINT64_BF16;
    l.x = layout == TB_JOINT64_FP32 ? x : bf16 ? _mm256_slli_epi32(x, 16) : fp32_of_fp16(x);
    return l;
}

/* ---- Rounding. ---- */

INLINE __m256i by_sign(const __m256i pair[2], __m256i negative) {
    return choose(pair[0], pair[1], negative);
}

/* All ones where a > b, both below 2^31. */
INLINE __m256i above(__m256i a, __m256i b) {
    return _mm256_cmpgt_epi32(a, b);
}

INLINE __m256i round_8(const struct constants *k, struct loaded l, __m256i *special) {
    const __m256i one = broadcast(1), word = broadcast(32), top = broadcast(0x80000000);
    __m256i field = _mm256_and_si256(_mm256_srli_epi32(l.x, 23), broadcast(0xFF));
    __m256i hidden = _mm256_min_epu32(field, one);
    __m256i m = _mm256_or_si256(_mm256_and_si256(l.x, broadcast(0x7FFFFF)), _mm256_slli_epi32(hidden, 23));
    __m256i capped = _mm256_max_epu32(field, k->least_field);
    __m256i shift =
        _mm256_sub_epi32(k->base_shift, _mm256_min_epu32(_mm256_max_epu32(field, one), k->least_field));
    __m256i fraction = _mm256_or_si256(_mm256_sllv_epi32(m, _mm256_sub_epi32(word, shift)),
                                       _mm256_srlv_epi32(m, _mm256_sub_epi32(shift, word)));
    __m256i sum = _mm256_add_epi32(fraction, l.random);
    __m256i carry = above(_mm256_xor_si256(fraction, top), _mm256_xor_si256(sum, top)); /* -1 */
    __m256i code =
        _mm256_add_epi32(_mm256_srlv_epi32(m, shift),
                         _mm256_sllv_epi32(_mm256_sub_epi32(capped, k->least_field), k->fraction_bits));
    code = _mm256_sub_epi32(code, carry);
    __m256i negative = _mm256_srai_epi32(l.x, 31);
    __m256i beyond = above(code, by_sign(k->limit, negative));
    __m256i none = _mm256_cmpeq_epi32(code, _mm256_setzero_si256());
    code = _mm256_add_epi32(code, by_sign(k->sign, negative));
    code = choose(code, by_sign(k->zero, negative), none);
    code = choose(code, by_sign(k->over, negative), beyond);
    *special = _mm256_cmpeq_epi32(field, broadcast(0xFF));
    return code;
}

static __attribute__((noinline)) __m256i special_codes(const struct tb_stochastic_plan *p, __m256i x,
                                                       __m256i code, __m256i special) {
    __m256i negative = _mm256_srai_epi32(x, 31), fraction = _mm256_and_si256(x, broadcast(0x7FFFFF));
    __m256i infinite = _mm256_cmpeq_epi32(fraction, _mm256_setzero_si256());
    const __m256i nans[2] = {broadcast(p->nan[0]), broadcast(p->nan[1])};
    const __m256i ends[2] = {broadcast(p->infinity[0]), broadcast(p->infinity[1])};
    __m256i payload = _mm256_srl_epi32(fraction, _mm_cvtsi32_si128((int)(23 - p->fraction_bits)));
    payload = _mm256_and_si256(payload, broadcast(p->nan_payload));
    __m256i answer = _mm256_or_si256(by_sign(nans, negative), payload);
    answer = choose(answer, by_sign(ends, negative), infinite);
    return choose(code, answer, special);
}

INLINE void store(void *at, __m256i code, bool bytes) {
    __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(code, code), 0x08);
    __m128i low = _mm256_castsi256_si128(words);
    if (bytes)
        _mm_storel_epi64(at, _mm_packus_epi16(low, low));
    else
        _mm_storeu_si128(at, low);
}

INLINE void convert_whole(const struct tb_stochastic_plan *p, const char *input, char *output, size_t count,
                          enum tb_stochastic_layout layout, bool bytes) {
    const struct constants k = constants_of(p);
    const size_t in_size = layout <= TB_JOINT32_BF16 ? 4 : 8, out_size = bytes ? 1 : 2;
    for (size_t i = 0; i < count; i += LANES) {
        __m256i special;
        struct loaded l = load(&k, input + in_size * i, layout);
        __m256i code = round_8(&k, l, &special);
        if (__builtin_expect(_mm256_movemask_epi8(special) != 0, 0))
            code = special_codes(p, l.x, code, special);
        store(output + out_size * i, code, bytes);
    }
}

INLINE void convert(const struct tb_stochastic_plan *p, const void *input, void *output, size_t count,
                    enum tb_stochastic_layout layout, bool bytes) {
    const size_t in_size = layout <= TB_JOINT32_BF16 ? 4 : 8, out_size = bytes ? 1 : 2;
    size_t whole = count / LANES * LANES, left = count - whole;
    convert_whole(p, input, output, whole, layout, bytes);
    if (left) { /* one padded copy, so that nothing outside the arrays is touched */
        char in[8 * LANES] = {0}, out[2 * LANES];
        memcpy(in, (const char *)input + in_size * whole, in_size * left);
        convert_whole(p, in, out, LANES, layout, bytes);
        memcpy((char *)output + out_size * whole, out, out_size * left);
    }
}

#include "targets/x86/stochastic_kernels.inc"

int tb_x86_open_stochastic_avx2(const struct tb_request *request, struct tb_kernel *kernel) {
    return open_stochastic(request, kernel);
}
