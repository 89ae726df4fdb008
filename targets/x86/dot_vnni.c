/* VPDPBUSD: each of sixteen lanes adds four products of u8 and s8 to its int32 sum, modulo 2^32. A signed a
 * is shifted by 128, and 128 times the sum of b is taken off again. */
#include "targets/x86/dot.h"
#include "targets/x86/x86.h"

#include <immintrin.h>
#include <string.h>

static __m512i load(const uint8_t *at, uint32_t count) {
    const __mmask64 mask = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return _mm512_maskz_loadu_epi8(mask, at);
}

static int32_t sum_bytes(const struct x86_dot *d, const uint8_t *record) {
    const uint8_t *a = record + d->a_offset, *b = record + d->b_offset;
    const __m512i shift = _mm512_set1_epi8(d->a_signed ? (char)128 : 0);
    __m512i sum = _mm512_setzero_si512(), shifted = sum;
    int32_t c;
    for (uint32_t i = 0; i < d->k; i += 64) {
        __m512i codes = load(b + i, d->k - i);
        sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(load(a + i, d->k - i), shift), codes);
        shifted = _mm512_dpbusd_epi32(shifted, shift, codes);
    }
    memcpy(&c, record + d->c_offset, sizeof c);
    uint32_t total = (uint32_t)_mm512_reduce_add_epi32(_mm512_sub_epi32(sum, shifted));
    return (int32_t)(total + (uint32_t)c);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    tb_x86_dot_integers(state, input, output, count, sum_bytes);
}

int tb_x86_open_dot_vnni(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_dot_open_bytes(request, kernel, run, "wrap32");
}
