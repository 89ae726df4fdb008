/* VDPBF16PS: each of sixteen lanes adds a pair of products of bf16 to its fp32 sum, of the pair the second
 * first, each by one FMA rounded to nearest even; subnormals are read and written as zeros, whatever MXCSR
 * says (Intel SDM, VDPBF16PS). The last terms are filled up with zeros; then halves are added, then c. */
#include "targets/x86/dot_lanes.h"
#include "targets/x86/x86.h"

static __m512bh load(const uint8_t *at, uint32_t count) {
    const __mmask32 mask = count >= 32 ? UINT32_MAX : (1u << count) - 1;
    return (__m512bh)_mm512_maskz_loadu_epi16(mask, at);
}

static float sum_bf16(const struct x86_dot *d, const uint8_t *record) {
    const uint8_t *a = record + d->a_offset, *b = record + d->b_offset;
    __m512 lanes = _mm512_setzero_ps();
    for (uint32_t i = 0; i < d->k; i += 32)
        lanes = _mm512_dpbf16_ps(lanes, load(a + 2 * i, d->k - i), load(b + 2 * i, d->k - i));
    return x86_dot_halves(lanes) + x86_dot_float(record + d->c_offset);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    tb_x86_dot_floats(state, input, output, count, sum_bf16);
}

int tb_x86_open_dot_avx512bf16(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_x86_dot_open(request, kernel, run, "bf16", 0, "vdpbf16ps");
}
