#include "targets/simd/stochastic.h"

#include <stdio.h>
#include <string.h>

static bool is_ieee(const struct tb_format *f, int bits, int precision) {
    return f->kind == TB_FLOAT && f->bits == bits && f->precision == precision && !f->padding &&
           f->is_signed && f->negative_zero && f->low == TB_LOW_SUBNORMALS && f->infinity == TB_INF_IEEE &&
           f->nan == TB_NAN_IEEE && f->bias == (1 << (bits - precision - 1)) - 1;
}

static bool plan_layout(const struct tb_request *request, enum tb_stochastic_layout *layout) {
    const struct tb_format *f = tb_format_find(request->source, NULL);
    bool wide = request->source_bytes == 8;
    if (!f || (!wide && request->source_bytes != 4))
        return false;
    if (is_ieee(f, 32, 24) && wide)
        *layout = TB_JOINT64_FP32;
    else if (is_ieee(f, 16, 11))
        *layout = wide ? TB_JOINT64_FP16 : TB_JOINT32_FP16;
    else if (is_ieee(f, 16, 8))
        *layout = wide ? TB_JOINT64_BF16 : TB_JOINT32_BF16;
    else
        return false;
    return true;
}

static uint32_t largest_code(const struct tb_format *f, bool negative) {
    uint64_t code = 0;
    tb_format_largest(f, negative, &code);
    return (uint32_t)code;
}

/* Beyond the range: a finite value when `finite`, else an infinity. sr is no directed rounding. */
static uint32_t beyond_code(const struct tb_format *f, enum tb_overflow overflow, bool negative,
                            bool finite) {
    uint64_t code;
    bool below_unsigned = negative && !f->is_signed;
    if (overflow == TB_SATFINITE || (overflow == TB_PROPAGATE && finite))
        return largest_code(f, negative);
    if (overflow == TB_TO_NAN || (overflow == TB_TO_INF && below_unsigned))
        return tb_format_nan(f, negative, 0, &code) ? (uint32_t)code : largest_code(f, negative);
    return tb_format_infinity(f, negative, &code) ? (uint32_t)code : largest_code(f, negative);
}

static void plan_side(const struct tb_format *f, enum tb_overflow overflow, bool negative,
                      struct tb_stochastic_plan *p) {
    uint64_t nan, zero = 0;
    uint32_t sign_bit = f->is_signed ? 1u << (f->bits - 1) : 0;
    p->sign[negative] = negative ? sign_bit : 0;
    p->limit[negative] = negative && !f->is_signed ? 0 : largest_code(f, negative) & ~sign_bit;
    p->over[negative] = beyond_code(f, overflow, negative, true);
    p->infinity[negative] = beyond_code(f, overflow, negative, false);
    p->nan[negative] = tb_format_nan(f, negative, 0, &nan) ? (uint32_t)nan : largest_code(f, false);
    tb_format_zero(f, negative, &zero);
    p->zero[negative] = (uint32_t)zero;
}

bool tb_stochastic_plan_make(const struct tb_request *request, struct tb_stochastic_plan *p) {
    const struct tb_format *f = tb_format_find(request->destination, NULL);
    int overflow = tb_word_find(tb_overflow_words, TB_OVERFLOWS, request->overflow);
    *p = (struct tb_stochastic_plan){.input_bytes = request->source_bytes,
                                     .output_bytes = request->destination_bytes};
    if (strcmp(request->operation, "convert") != 0 || strcmp(request->rounding, "sr") != 0 || overflow < 0 ||
        sscanf(request->parameters, "bits=%d", &p->random_bits) != 1 || !plan_layout(request, &p->layout))
        return false;
    /* least: a normal value of fp32, so that fp32's subnormals lie below the grid's second value */
    if (!f || f->kind != TB_FLOAT || f->bits > 16 || f->padding || f->low != TB_LOW_SUBNORMALS ||
        1 - f->bias < -126 || 1 - f->bias > 100)
        return false;
    p->fraction_bits = (uint32_t)f->precision - 1;
    p->least_field = (uint32_t)(1 - f->bias + 127);
    if (f->nan == TB_NAN_IEEE && f->precision > 1)
        p->nan_payload = (1u << (f->precision - 1)) - 1;
    plan_side(f, (enum tb_overflow)overflow, false, p);
    plan_side(f, (enum tb_overflow)overflow, true, p);
    return true;
}
