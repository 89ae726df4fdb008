#define CODES tb_affine_codes_portable
#include "reference/affine_block.inc"

static bool is_plain(int64_t n) {
    return n > -(INT64_C(1) << 30) && n < INT64_C(1) << 30;
}

bool tb_affine_block_has(const struct tb_affine_machine *m) {
    bool source = m->c.operation == TB_REQUANTIZE
                      ? m->input == TB_INPUT_INTEGER && m->c.source->bits == 32 && m->c.source->is_signed
                      : m->c.operation != TB_DEQUANTIZE && m->input == TB_INPUT_FP32;
    bool quotient = m->scale != 0 && fabs(m->scale) < 0x1p700; /* of fp32: never below 2^-900 */
    return source && quotient && !m->a.fixed && !tb_case_is_mask(&m->c) && is_plain(m->zero) &&
           is_plain(m->low) && is_plain(m->high) && is_plain(m->least_code);
}

tb_affine_codes_fn *tb_affine_codes_best(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return tb_affine_codes_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return tb_affine_codes_avx2;
#endif
    return tb_affine_codes_portable;
}
