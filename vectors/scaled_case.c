#include "vectors/scaled_case.h"

#include "vectors/affine_case.h"

#include <stdio.h>
#include <string.h>

bool tb_scaled_claim(struct tb_case *c) {
    if (c->operation == TB_QUANTIZE && c->destination->kind == TB_FLOAT)
        c->operation = TB_SCALE_DOWN;
    if (c->operation == TB_DEQUANTIZE && c->source->kind == TB_FLOAT && c->destination->kind == TB_FLOAT)
        c->operation = TB_SCALE_UP;
    return tb_case_is_scaled(c);
}

/* ---- Which formats an operation takes. ---- */

static bool is_plain_float(const struct tb_format *f) {
    return f->kind == TB_FLOAT && f->low == TB_LOW_SUBNORMALS && f->is_signed && f->bits <= 32;
}

static bool is_narrow_float(const struct tb_format *f) {
    return f->kind == TB_FLOAT && f->bits <= 16;
}

static bool takes(const struct tb_case *c) {
    return c->operation == TB_SCALE_DOWN ? is_plain_float(c->source) && is_narrow_float(c->destination)
                                         : is_narrow_float(c->source) && is_plain_float(c->destination);
}

/* ---- Parsing. ---- */

static bool read_policies(const char *id, const char **rest, struct tb_case *out, struct tb_error *error) {
    char part[64] = "";
    int rounding = tb_case_next_part(rest, part) ? tb_word_find(tb_rounding_words, TB_ROUNDINGS, part) : -1;
    if (rounding <= TB_EXACT)
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': rounding '%s' is not one of rne, rna, rtz, ru, rd, rto, rhu", id,
                       part);
    out->rounding = (enum tb_rounding)rounding;
    part[0] = 0;
    int overflow = tb_case_next_part(rest, part) ? tb_word_find(tb_overflow_words, TB_OVERFLOWS, part) : -1;
    if (overflow < 0)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case '%.100s': overflow policy '%s' is not one of satfinite, propagate, inf, nan; codes "
            "that are floats have no zero point, and need one: "
            "%s/SOURCE/DESTINATION/ROUNDING/OVERFLOW/s=SCALE",
            id, part, tb_operation_words[out->operation].name);
    out->overflow = (enum tb_overflow)overflow;
    return true;
}

bool tb_scaled_parse(const char *id, const char *rest, struct tb_case *out, struct tb_error *error) {
    if (!takes(out))
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case '%.100s': %s does not go from %s to %s: one of them is a signed float of at most 32 "
            "bits, the other holds the codes, of at most 16",
            id, tb_operation_words[out->operation].name, out->source->name, out->destination->name);
    if (!read_policies(id, &rest, out, error))
        return false;
    bool may_multiply = out->operation == TB_SCALE_DOWN;
    out->affine.is_factor = may_multiply && strncmp(rest, "m=", 2) == 0;
    if ((out->affine.is_factor || strncmp(rest, "s=", 2) == 0) && tb_scale_read(rest + 2, &out->affine.scale))
        return true;
    return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': '%.40s' is not s=SCALE%s: s=0x1p-4", id, rest,
                   may_multiply ? " or m=FACTOR" : "");
}

void tb_scaled_print(const struct tb_case *c, char id[TB_CASE_ID]) {
    char scale[40];
    tb_scale_print(c->affine.scale, scale, sizeof scale);
    snprintf(id, TB_CASE_ID, "%s/%s/%s/%s/%s/%c=%s", tb_operation_words[c->operation].name, c->source->name,
             c->destination->name, tb_rounding_name(c->rounding), tb_overflow_words[c->overflow].name,
             c->affine.is_factor ? 'm' : 's', scale);
}
