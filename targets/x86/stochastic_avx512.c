/* x86/avx512, stochastic: integers only, so that MXCSR plays no part but in VCVTPH2PS, which is exact. The
 * arithmetic is explained in targets/simd/stochastic.h. */
#include "targets/simd/stochastic.h"
#include "targets/x86/avx512.h"

#include <stdlib.h>

/* A plan's numbers in registers: compilers must assume that stores of bytes change the plan. */
struct constants {
    __m512i least_field, base_shift, fraction_bits, limit[2], over[2], sign[2], zero[2];
    __m128i random_bits, random_lift;
};

INLINE __m512i broadcast(uint32_t value) {
    return _mm512_set1_epi32((int)value);
}

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

INLINE __m512i by_sign(const __m512i pair[2], __mmask16 negative) {
    return _mm512_mask_mov_epi32(pair[0], negative, pair[1]);
}

/* ---- Loading 16 inputs: x as fp32, and the random number at the top of 32 bits. ---- */

struct loaded {
    __m512i x, random;
};

INLINE __m512i fp32_of_half(__m256i half, bool bf16) {
    if (bf16)
        return _mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16);
    return _mm512_castps_si512(_mm512_cvt_roundph_ps(half, _MM_FROUND_NO_EXC));
}

INLINE struct loaded load_narrow(const struct constants *k, __m512i joint, bool bf16) {
    __m512i x = _mm512_srl_epi32(joint, k->random_bits);
    struct loaded l = {.random = _mm512_sll_epi32(joint, k->random_lift)};
    l.x = bf16 ? _mm512_slli_epi32(x, 16) : fp32_of_half(_mm512_cvtepi32_epi16(x), false);
    return l;
}

INLINE __m512i low_words(__m512i a, __m512i b) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi64_epi32(a)), _mm512_cvtepi64_epi32(b), 1);
}

INLINE struct loaded load_wide(const struct constants *k, __m512i a, __m512i b,
                               enum tb_stochastic_layout layout) {
    __m512i x = low_words(_mm512_srl_epi64(a, k->random_bits), _mm512_srl_epi64(b, k->random_bits));
    struct loaded l = {x, _mm512_sll_epi32(low_words(a, b), k->random_lift)};
    if (layout != TB_JOINT64_FP32)
        l.x = fp32_of_half(_mm512_cvtepi32_epi16(x), layout == TB_JOINT64_BF16);
    return l;
}

INLINE struct loaded load(const struct constants *k, const void *input, size_t left,
                          enum tb_stochastic_layout layout) {
    __mmask16 live = live16(left);
    if (layout <= TB_JOINT32_BF16)
        return load_narrow(k, _mm512_maskz_loadu_epi32(live, input), layout == TB_JOINT32_BF16);
    __m512i a = _mm512_maskz_loadu_epi64((__mmask8)live, input);
    __m512i b = _mm512_setzero_si512();
    if (left > 8)
        b = _mm512_maskz_loadu_epi64((__mmask8)(live >> 8), (const char *)input + 64);
    return load_wide(k, a, b, layout);
}

/* ---- Rounding. ---- */

/* Counts beyond 31 shift everything out; negative ones are such. */
INLINE __m512i round_16(const struct constants *k, struct loaded l, __mmask16 *special) {
    const __m512i one = broadcast(1), word = broadcast(32);
    __m512i field = _mm512_and_si512(_mm512_srli_epi32(l.x, 23), broadcast(0xFF));
    __m512i hidden = _mm512_min_epu32(field, one); /* 0 of zeros and subnormals, whose field counts as 1 */
    __m512i m = _mm512_or_si512(_mm512_and_si512(l.x, broadcast(0x7FFFFF)), _mm512_slli_epi32(hidden, 23));
    __m512i capped = _mm512_max_epu32(field, k->least_field);
    __m512i shift =
        _mm512_sub_epi32(k->base_shift, _mm512_min_epu32(_mm512_max_epu32(field, one), k->least_field));
    __m512i fraction = _mm512_or_si512(_mm512_sllv_epi32(m, _mm512_sub_epi32(word, shift)),
                                       _mm512_srlv_epi32(m, _mm512_sub_epi32(shift, word)));
    __mmask16 carry = _mm512_cmplt_epu32_mask(_mm512_add_epi32(fraction, l.random), fraction);
    __m512i code =
        _mm512_add_epi32(_mm512_srlv_epi32(m, shift),
                         _mm512_sllv_epi32(_mm512_sub_epi32(capped, k->least_field), k->fraction_bits));
    code = _mm512_mask_add_epi32(code, carry, code, one);
    __mmask16 negative = _mm512_movepi32_mask(l.x);
    __mmask16 beyond = _mm512_cmpgt_epu32_mask(code, by_sign(k->limit, negative));
    __mmask16 none = _mm512_testn_epi32_mask(code, code);
    code = _mm512_add_epi32(code, by_sign(k->sign, negative));
    code = _mm512_mask_mov_epi32(code, none, by_sign(k->zero, negative));
    code = _mm512_mask_mov_epi32(code, beyond, by_sign(k->over, negative));
    *special = _mm512_cmpeq_epi32_mask(field, broadcast(0xFF));
    return code;
}

static __attribute__((noinline)) __m512i special_codes(const struct tb_stochastic_plan *p, __m512i x,
                                                       __m512i code, __mmask16 special) {
    __mmask16 negative = _mm512_movepi32_mask(x);
    __mmask16 infinite = _mm512_testn_epi32_mask(x, broadcast(0x7FFFFF));
    const __m512i nans[2] = {broadcast(p->nan[0]), broadcast(p->nan[1])};
    const __m512i ends[2] = {broadcast(p->infinity[0]), broadcast(p->infinity[1])};
    __m512i payload = _mm512_srl_epi32(_mm512_and_si512(x, broadcast(0x7FFFFF)),
                                       _mm_cvtsi32_si128((int)(23 - p->fraction_bits)));
    payload = _mm512_and_si512(payload, broadcast(p->nan_payload));
    __m512i answer = _mm512_or_si512(by_sign(nans, negative), payload);
    answer = _mm512_mask_mov_epi32(answer, infinite, by_sign(ends, negative));
    return _mm512_mask_mov_epi32(code, special, answer);
}

INLINE void convert(const struct tb_stochastic_plan *p, const void *input, void *output, size_t count,
                    enum tb_stochastic_layout layout, bool bytes) {
    const struct constants k = constants_of(p);
    const size_t in_size = layout <= TB_JOINT32_BF16 ? 4 : 8, out_size = bytes ? 1 : 2;
    for (size_t i = 0; i < count; i += 16) {
        size_t left = count - i;
        __mmask16 special, live = live16(left);
        struct loaded l = load(&k, (const char *)input + in_size * i, left, layout);
        __m512i code = round_16(&k, l, &special);
        if (__builtin_expect(special != 0, 0))
            code = special_codes(p, l.x, code, special);
        void *at = (char *)output + out_size * i;
        if (bytes)
            _mm512_mask_cvtepi32_storeu_epi8(at, live, code);
        else
            _mm512_mask_cvtepi32_storeu_epi16(at, live, code);
    }
}

#include "targets/x86/stochastic_kernels.inc"

int tb_x86_open_stochastic_avx512(const struct tb_request *request, struct tb_kernel *kernel) {
    return open_stochastic(request, kernel);
}
