#define CODES tb_affine_codes_portable
#include "reference/affine_block.inc"

static bool is_plain(int64_t n) {
    return n > -(INT64_C(1) << 30) && n < INT64_C(1) << 30;
}

static bool shifts_fit(const struct tb_affine_machine *m) {
    struct shifts s = shifts_of(m);
    return s.before >= 0 && s.before < 63 && s.product > 0 && s.product < 63 && s.after >= 0 && s.after < 63;
}

static bool has_source(const struct tb_affine_machine *m) {
    if (m->c.operation == TB_REQUANTIZE)
        return m->input == TB_INPUT_INTEGER && m->c.source->bits == 32 && m->c.source->is_signed;
    return m->c.operation != TB_DEQUANTIZE && m->input == TB_INPUT_FP32 && !tb_case_is_mask(&m->c);
}

bool tb_affine_block_has(const struct tb_affine_machine *m) {
    bool quotient = m->scale != 0 && fabs(m->scale) < 0x1p700; /* of fp32: never below 2^-900 */
    return has_source(m) && quotient && (!m->a.fixed || shifts_fit(m)) && is_plain(m->zero) &&
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
