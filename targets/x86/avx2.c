/* x86/avx2: AVX2, FMA and F16C. As x86/avx512 (targets/simd/plan.h says how and why it is exact), with the
 * rounding set in MXCSR around the loop, and magnitudes in place of signed values where the rounding is the
 * same on both sides. */
#include "targets/x86/avx2.h"
#include "targets/x86/affine.h"
#include "targets/x86/scaled.h"

#include <stdlib.h>

enum { BLOCK = 32, CHUNK = 1024 };

INLINE __m256i broadcast8(uint8_t byte) {
    return _mm256_set1_epi8((char)byte);
}

/* A plan's numbers in registers. */
struct byte_constants {
    __m256i least, shift, strip;
    __m256 magic;
    __m256i limit[2], over[2], sign_bit, zero_keeps_sign;
};

INLINE struct byte_constants byte_constants(const struct tb_simd_plan *p) {
    struct byte_constants k;
    k.least = _mm256_set1_epi32((int)p->smallest_binade);
    k.magic = _mm256_castsi256_ps(_mm256_set1_epi32((int)p->magic));
    k.shift = _mm256_set1_epi32(23 - p->fraction_bits);
    k.strip = _mm256_set1_epi32((1 << (8 + p->fraction_bits)) - 1);
    for (int negative = 0; negative < 2; negative++) {
        k.limit[negative] = broadcast8(p->limit[negative]);
        k.over[negative] = broadcast8(p->over[negative]);
    }
    k.sign_bit = broadcast8(p->sign_bit);
    k.zero_keeps_sign = broadcast8(p->negative_zero ? 0xFF : 0);
    return k;
}

/* Eight magnitude codes, in 32 bits each; *top keeps the largest exponent part met. */
INLINE __m256i float_code(const struct byte_constants *k, __m256 x, enum tb_rounding rounding, __m256i *top) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256i e = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7F800000));
    *top = _mm256_max_epi32(*top, e);
    e = _mm256_max_epi32(e, k->least);
    __m256 s;
    if (rounding == TB_RU || rounding == TB_RD) {
        __m256 signed_e = _mm256_or_ps(_mm256_castsi256_ps(e), _mm256_and_ps(x, sign));
        s = _mm256_fmadd_ps(signed_e, k->magic, x);
    } else {
        s = _mm256_fmadd_ps(_mm256_castsi256_ps(e), k->magic, _mm256_andnot_ps(sign, x));
    }
    __m256i low = _mm256_castps_si256(s);
    if (rounding == TB_RNA)
        low = _mm256_srli_epi16(low, 1);
    low = _mm256_add_epi16(low, _mm256_srlv_epi32(e, k->shift));
    return _mm256_and_si256(low, k->strip);
}

/* ---- Floats with one significand bit. ---- */

struct power_constants {
    __m256i offset, regular[2], increment[2], step1[2], step2[2], odd;
};

INLINE struct power_constants power_constants(const struct tb_simd_plan *p) {
    struct power_constants k = {.offset = _mm256_set1_epi32((int)p->power_offset),
                                .odd = _mm256_set1_epi32((int)p->power[0].odd_increment)};
    for (int negative = 0; negative < 2; negative++) {
        const struct tb_power_side *side = &p->power[negative];
        k.regular[negative] = _mm256_set1_epi32((int)side->regular);
        k.increment[negative] = _mm256_set1_epi32((int)side->increment);
        k.step1[negative] = _mm256_set1_epi32((int)side->step1);
        k.step2[negative] = _mm256_set1_epi32((int)side->step2);
    }
    return k;
}

INLINE __m256i of_sign(const __m256i pair[2], __m256 x) {
    return _mm256_castps_si256(
        _mm256_blendv_ps(_mm256_castsi256_ps(pair[0]), _mm256_castsi256_ps(pair[1]), x));
}

INLINE __m256i power_code(const struct power_constants *k, __m256 x, __m256i *top) {
    __m256i magnitude = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7FFFFFFF));
    __m256i below = _mm256_sub_epi32(_mm256_srli_epi32(magnitude, 23), k->offset);
    __m256i sum = _mm256_add_epi32(magnitude, of_sign(k->increment, x));
    sum = _mm256_add_epi32(sum, _mm256_and_si256(below, k->odd));
    __m256i regular = _mm256_sub_epi32(_mm256_srli_epi32(sum, 23), k->offset);
    __m256i before1 = _mm256_cmpgt_epi32(of_sign(k->step1, x), magnitude);
    __m256i before2 = _mm256_cmpgt_epi32(of_sign(k->step2, x), magnitude);
    __m256i is_low = _mm256_cmpgt_epi32(of_sign(k->regular, x), magnitude);
    __m256i low = _mm256_add_epi32(_mm256_set1_epi32(2), _mm256_add_epi32(before1, before2));
    *top = _mm256_max_epi32(*top, magnitude);
    return choose(regular, low, is_low);
}

/* The same for a scale (plan.h). What is below `step1`, or is a zero, becomes 0 and stays it; what is between
 * becomes `regular`. */
INLINE __m256i scale_code(const struct power_constants *k, __m256 x, __m256i *top) {
    __m256i bits = _mm256_castps_si256(x), magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7FFFFFFF));
    __m256i before = _mm256_add_epi32(k->step1[0], _mm256_set1_epi32(-1)); /* 0 for negative values */
    __m256i above = _mm256_cmpgt_epi32(magnitude, _mm256_andnot_si256(_mm256_srai_epi32(bits, 31), before));
    __m256i raised = _mm256_and_si256(_mm256_max_epi32(magnitude, k->regular[0]), above);
    __m256i sum = _mm256_add_epi32(raised, k->increment[0]);
    sum = _mm256_add_epi32(sum, _mm256_and_si256(_mm256_srli_epi32(raised, 23), k->odd));
    *top = _mm256_max_epi32(*top, magnitude);
    return _mm256_srli_epi32(sum, 23);
}

/* ---- 32 bytes. ---- */

INLINE __m256i packed_bytes(__m256i a, __m256i b, __m256i c, __m256i d) {
    return _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
}

/* Top bits: the signs, in the order of packed_bytes(). */
INLINE __m256i packed_signs(const __m256 x[4]) {
    __m256i low = _mm256_packs_epi32(_mm256_castps_si256(x[0]), _mm256_castps_si256(x[1]));
    __m256i high = _mm256_packs_epi32(_mm256_castps_si256(x[2]), _mm256_castps_si256(x[3]));
    return _mm256_packs_epi16(low, high);
}

INLINE __m256i in_order(__m256i packed) {
    return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

INLINE __m256i finish(const struct byte_constants *k, __m256i magnitude, __m256i signs, bool plain) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i negative = _mm256_cmpgt_epi8(zero, signs);
    if (plain)
        return _mm256_or_si256(_mm256_min_epu8(magnitude, k->over[0]),
                               _mm256_and_si256(negative, k->sign_bit));
    __m256i limit = choose(k->limit[0], k->limit[1], negative),
            over = choose(k->over[0], k->over[1], negative);
    __m256i within = _mm256_cmpeq_epi8(_mm256_max_epu8(magnitude, limit), limit);
    __m256i unsigned_zero = _mm256_andnot_si256(k->zero_keeps_sign, _mm256_cmpeq_epi8(magnitude, zero));
    __m256i sign = _mm256_andnot_si256(unsigned_zero, _mm256_and_si256(negative, k->sign_bit));
    return choose(over, _mm256_or_si256(magnitude, sign), within);
}

/* ---- NaN and infinities: written over what the loop left for them. ---- */

/* The codes of NaN and infinities; *special has all bits set in the lanes that hold one. */
INLINE __m256i special_code(const struct tb_simd_plan *p, __m256 x, __m256i *special) {
    const __m256i infinity = _mm256_set1_epi32(0x7F800000);
    __m256i bits = _mm256_castps_si256(x), magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7FFFFFFF));
    const __m256i nan[2] = {_mm256_set1_epi32(p->nan[0]), _mm256_set1_epi32(p->nan[1])};
    const __m256i edge[2] = {_mm256_set1_epi32(p->infinity[0]), _mm256_set1_epi32(p->infinity[1])};
    __m256i payload = _mm256_srlv_epi32(bits, _mm256_set1_epi32(23 - p->fraction_bits));
    payload = _mm256_and_si256(payload, _mm256_set1_epi32(p->nan_payload));
    *special = _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(0x7F7FFFFF));
    return choose(_mm256_or_si256(of_sign(nan, x), payload), of_sign(edge, x),
                  _mm256_cmpeq_epi32(magnitude, infinity));
}

INLINE void write_specials(const struct tb_simd_plan *p, const void *input, uint8_t *output, size_t count,
                           enum tb_simd_plan_source source) {
    for (size_t i = 0; i < count; i += BLOCK) {
        __m256i *at = (__m256i *)(output + i), code[4], special[4];
        for (size_t j = 0; j < 4; j++)
            code[j] = special_code(p, load8(input, i + 8 * j, source), &special[j]);
        __m256i codes = packed_bytes(code[0], code[1], code[2], code[3]);
        __m256i mask = _mm256_packs_epi16(_mm256_packs_epi32(special[0], special[1]),
                                          _mm256_packs_epi32(special[2], special[3]));
        _mm256_storeu_si256(at, choose(_mm256_loadu_si256(at), in_order(codes), in_order(mask)));
    }
}

static __attribute__((noinline)) void write_all_specials(const struct tb_simd_plan *p, const void *input,
                                                         uint8_t *output, size_t count,
                                                         enum tb_simd_plan_source source) {
    if (source == TB_FROM_FP32)
        write_specials(p, input, output, count, TB_FROM_FP32);
    else if (source == TB_FROM_FP16)
        write_specials(p, input, output, count, TB_FROM_FP16);
    else
        write_specials(p, input, output, count, TB_FROM_BF16);
}

/* ---- The loop. ---- */

enum byte_kind { PLAIN, GENERAL, POWER, SCALE };

INLINE void to_bytes(const struct tb_simd_plan *p, const void *input, uint8_t *output, size_t count,
                     enum tb_simd_plan_source source, enum tb_rounding rounding, enum byte_kind kind) {
    const struct byte_constants k = byte_constants(p);
    const struct power_constants powers = power_constants(p);
    for (size_t done = 0; done < count; done += CHUNK) {
        const char *in = (const char *)input + source_size(source) * done;
        size_t left = count - done < CHUNK ? count - done : CHUNK;
        __m256i top = _mm256_setzero_si256();
        for (size_t i = 0; i < left; i += BLOCK) {
            __m256 x[4];
            __m256i code[4];
            for (size_t j = 0; j < 4; j++) {
                x[j] = load8(in, i + 8 * j, source);
                code[j] = kind == POWER   ? power_code(&powers, x[j], &top)
                          : kind == SCALE ? scale_code(&powers, x[j], &top)
                                          : float_code(&k, x[j], rounding, &top);
            }
            __m256i bytes = packed_bytes(code[0], code[1], code[2], code[3]);
            bytes = in_order(finish(&k, bytes, packed_signs(x), kind == PLAIN));
            _mm256_storeu_si256((__m256i *)(output + done + i), bytes);
        }
        if (_mm256_movemask_epi8(_mm256_cmpgt_epi32(top, _mm256_set1_epi32(0x7F7FFFFF))))
            write_all_specials(p, in, output + done, left, source);
    }
}

/* ---- One function for each source, rounding and kind. ---- */

#define KERNEL(SOURCE, ROUNDING, KIND)                                                                       \
    static __attribute__((noinline)) void loop_##SOURCE##_##ROUNDING##_##KIND(                               \
        const struct tb_simd_plan *p, const void *input, void *output, size_t count) {                       \
        to_bytes(p, input, output, count, TB_FROM_##SOURCE, TB_##ROUNDING, KIND);                            \
    }                                                                                                        \
    static void run_##SOURCE##_##ROUNDING##_##KIND(const void *state, const void *input, void *output,       \
                                                   size_t count) {                                           \
        run_blocks(loop_##SOURCE##_##ROUNDING##_##KIND, state, input, output, count, BLOCK,                  \
                   source_size(TB_FROM_##SOURCE), mxcsr_of(state, TB_##ROUNDING));                           \
    }
#include "targets/x86/byte_kernels.inc"

int tb_x86_open_avx2(const struct tb_request *request, struct tb_kernel *kernel) {
    if (tb_x86_open_affine_avx2(request, kernel) || tb_x86_open_stochastic_avx2(request, kernel) ||
        tb_x86_open_scaled_exact(request, tb_avx2_scale, tb_x86_open_avx2, kernel))
        return 1;
    struct tb_simd_plan *p = malloc(sizeof *p);
    tb_run_fn *run = NULL;
    if (p && tb_simd_plan_make(request, p))
        run = p->shape <= TB_TO_POWER ? byte_kernel(p) : tb_avx2_wide(p);
    if (!run) {
        free(p);
        return 0;
    }
    *kernel = (struct tb_kernel){.run = run, .state = p};
    return 1;
}
