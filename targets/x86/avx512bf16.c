/* x86/avx512bf16: fp32 to bf16, nearest-even, by VCVTNE2PS2BF16, 32 values an instruction. The instruction
 * reads subnormal inputs as zero; where a chunk holds some, integers write their codes over it. */
#include "targets/simd/plan.h"
#include "targets/x86/x86.h"

#include <immintrin.h>
#include <stdlib.h>

enum { CHUNK = 1024 };

/* Subnormal magnitudes round as all patterns do: a carry gives the least normal value. */
static __attribute__((noinline)) void mend(const float *in, uint16_t *out, size_t count) {
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 live = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        __m512 x = _mm512_maskz_loadu_ps(live, in + i);
        __mmask16 subnormal = _mm512_fpclass_ps_mask(x, 0x20) & live;
        __m512i bits = _mm512_castps_si512(x);
        __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        __m512i sum = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd);
        _mm512_mask_cvtepi32_storeu_epi16(out + i, subnormal, _mm512_srli_epi32(sum, 16));
    }
}

static void convert_chunk(const float *in, uint16_t *out, size_t count) {
    const __m512i exponent = _mm512_set1_epi32(0x7F800000);
    __mmask16 normal = 0xFFFF;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m512 low = _mm512_loadu_ps(in + i), high = _mm512_loadu_ps(in + i + 16);
        _mm512_storeu_si512(out + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
        normal = _mm512_mask_test_epi32_mask(normal, _mm512_castps_si512(low), exponent);
        normal = _mm512_mask_test_epi32_mask(normal, _mm512_castps_si512(high), exponent);
    }
    if (i < count) {
        __mmask32 live = (UINT32_C(1) << (count - i)) - 1;
        __m512 low = _mm512_maskz_loadu_ps((__mmask16)live, in + i);
        __m512 high =
            live >> 16 ? _mm512_maskz_loadu_ps((__mmask16)(live >> 16), in + i + 16) : _mm512_setzero_ps();
        _mm512_mask_storeu_epi16(out + i, live, (__m512i)_mm512_cvtne2ps_pbh(high, low));
        normal = 0;
    }
    if (normal != 0xFFFF) /* subnormals, or zeros, for which mend() writes nothing */
        mend(in, out, count);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    for (size_t i = 0; i < count; i += CHUNK)
        convert_chunk((const float *)input + i, (uint16_t *)output + i,
                      count - i < CHUNK ? count - i : CHUNK);
}

int tb_x86_open_avx512bf16(const struct tb_request *request, struct tb_kernel *kernel) {
    struct tb_simd_plan plan;
    if (!tb_simd_plan_make(request, &plan) || plan.shape != TB_TO_BF16 || plan.source != TB_FROM_FP32 ||
        plan.rounding != TB_RNE || plan.overflow != TB_TO_INF)
        return 0;
    *kernel = (struct tb_kernel){.run = run};
    return 1;
}
