/* From the words of a request to the constants of a conversion. */
#include "targets/portable/portable.h"

#include <stdio.h>
#include <string.h>

static uint64_t low_bits(int n) {
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static bool compile_source(const struct tb_format *f, struct portable_source *s) {
    uint64_t pattern;
    *s = (struct portable_source){
        .codebook = f->codebook,
        .code_mask = low_bits(f->bits),
        .sign_bit = f->is_signed ? UINT64_C(1) << (f->bits - 1) : 0,
        .magnitude_mask = low_bits(f->bits - f->is_signed),
        .infinity = UINT64_MAX,
        .kind = f->kind,
        .fraction_bits = f->kind == TB_INTEGER ? f->bias : f->precision - 1,
        .bias = f->bias,
        .padding = f->padding,
        .bits = f->bits,
        .bytes = tb_format_bytes(f),
        .has_zero = f->low != TB_LOW_NORMAL,
        .nan_is_negative_zero = f->nan == TB_NAN_NEGATIVE_ZERO,
        .nan_payload = f->nan == TB_NAN_IEEE && f->precision > 1,
        .signed_zeros = f->negative_zero,
    };
    if (f->kind != TB_FLOAT)
        return true;
    if (tb_format_largest(f, false, &pattern))
        s->last_number = pattern >> f->padding;
    if (tb_format_infinity(f, false, &pattern))
        s->last_number = s->infinity = pattern >> f->padding;
    return f->low != TB_LOW_ZERO || f->precision == 1; /* a flushed binade of its own: no code here */
}

/* What a magnitude beyond `limit` becomes, reference/reference.h. */
static uint64_t overflow_code(const struct tb_format *f, enum tb_rounding rounding, enum tb_overflow policy,
                              bool negative, bool infinite_input) {
    uint64_t largest = 0, code;
    tb_format_largest(f, negative, &largest);
    bool to_number = policy == TB_SATFINITE || (policy == TB_PROPAGATE && !infinite_input);
    if (negative && !f->is_signed) {
        bool upward = !infinite_input && (rounding == TB_RTZ || rounding == TB_RU);
        if (to_number || policy == TB_PROPAGATE || upward || !tb_format_nan(f, true, 0, &code))
            return largest;
        return code;
    }
    bool inward = rounding == TB_RTZ || rounding == (negative ? TB_RU : TB_RD) ||
                  (rounding == TB_RTO && (largest >> f->padding & 1));
    if (to_number || (inward && !infinite_input))
        return largest;
    if (policy == TB_TO_NAN ? tb_format_nan(f, negative, 0, &code) : tb_format_infinity(f, negative, &code))
        return code;
    return largest;
}

static void compile_sign(const struct tb_format *f, enum tb_rounding rounding, enum tb_overflow policy,
                         bool negative, struct portable_destination *d) {
    uint64_t pattern = 0, sign_bit = f->is_signed ? UINT64_C(1) << (f->bits - 1) : 0;
    tb_format_largest(f, negative, &pattern);
    uint64_t largest = pattern >> f->padding;
    d->flip[negative] = negative && f->kind == TB_INTEGER ? UINT64_MAX : 0;
    d->add[negative] = !negative ? 0 : f->kind == TB_INTEGER ? 1 : sign_bit;
    d->limit[negative] = negative && f->kind == TB_INTEGER ? sign_bit : largest & ~(negative ? sign_bit : 0);
    d->overflow[negative] = overflow_code(f, rounding, policy, negative, false) >> f->padding;
    d->infinite[negative] = overflow_code(f, rounding, policy, negative, true) >> f->padding;
    d->zero[negative] = tb_format_zero(f, negative, &pattern) ? pattern >> f->padding : 0;
    if (tb_format_nan(f, negative, 0, &pattern))
        d->nan[negative] = pattern >> f->padding;
    else if (f->kind == TB_FLOAT && tb_format_largest(f, false, &pattern))
        d->nan[negative] = pattern >> f->padding; /* as PTX cvt: the largest value, positive */
}

static bool compile_destination(const struct tb_format *f, enum tb_rounding rounding, enum tb_overflow policy,
                                struct portable_destination *d) {
    if (f->kind == TB_CODEBOOK || (f->low == TB_LOW_ZERO && f->precision > 1))
        return false;
    *d = (struct portable_destination){
        .code_mask = low_bits(f->bits),
        .rounding = rounding,
        .kind = f->kind,
        .fraction_bits = f->kind == TB_INTEGER ? f->bias : f->precision - 1,
        .bias = f->bias,
        .padding = f->padding,
        .lowest_field = f->low == TB_LOW_NORMAL ? 0 : 1,
        .bytes = tb_format_bytes(f),
        .is_signed = f->is_signed,
    };
    if (f->nan == TB_NAN_IEEE)
        d->nan_mask = low_bits(f->precision - 1);
    compile_sign(f, rounding, policy, false, d);
    compile_sign(f, rounding, policy, true, d);
    return true;
}

/* The rounding of a request; of sr also the random bits, "bits=16". -1: none that is known here. */
static int read_rounding(const struct tb_request *request, int *random_bits) {
    *random_bits = 0;
    if (strcmp(request->rounding, "sr") != 0)
        return request->parameters[0] ? -1 : tb_word_find(tb_rounding_words, TB_ROUNDINGS, request->rounding);
    return sscanf(request->parameters, "bits=%d", random_bits) == 1 ? (int)TB_STOCHASTIC : -1;
}

static bool compile_formats(const struct tb_request *request, struct portable_case *c) {
    const struct tb_format *source = tb_format_find(request->source, NULL);
    const struct tb_format *destination = tb_format_find(request->destination, NULL);
    int rounding = read_rounding(request, &c->random_bits);
    c->input_bytes = request->source_bytes;
    /* A conversion that loses nothing keeps infinities and meets no other part of a policy. */
    int policy = rounding == TB_EXACT ? TB_PROPAGATE
                                      : tb_word_find(tb_overflow_words, TB_OVERFLOWS, request->overflow);
    return source && destination && rounding >= 0 && policy >= 0 && compile_source(source, &c->source) &&
           compile_destination(destination, (enum tb_rounding)rounding, (enum tb_overflow)policy,
                               &c->destination);
}

bool portable_compile(const struct tb_request *request, struct portable_case *c) {
    return strcmp(request->operation, "convert") == 0 && compile_formats(request, c);
}

bool portable_basic_compile(const struct tb_request *request, struct portable_basic *b) {
    struct tb_case c;
    if (!tb_case_parse(request->case_id, &c, NULL) || !tb_case_is_basic(&c))
        return false;
    *b = (struct portable_basic){.operation = c.operation,
                                 .operands = tb_case_shape(&c).operands,
                                 .bits = c.source->bits,
                                 .source_bytes = request->source_bytes};
    return compile_formats(request, &b->c);
}
