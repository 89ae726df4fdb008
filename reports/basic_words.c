#include "reports/basic_words.h"

const char *tb_basic_formula(enum tb_operation operation) {
    static const char *const formulas[TB_OPERATIONS] = {
        [TB_ADD] = "a + b",     [TB_SUB] = "a - b",    [TB_MUL] = "a * b", [TB_DIV] = "a / b",
        [TB_FMA] = "a * b + c", [TB_SQRT] = "sqrt(a)", [TB_RCP] = "1 / a", [TB_RSQRT] = "1 / sqrt(a)",
    };
    return formulas[operation] ? formulas[operation] : "";
}

static int length_of(uint64_t x) {
    return 64 - __builtin_clzll(x);
}

static struct tb_value trimmed(struct tb_value v) {
    int zeros = v.class == TB_FINITE ? __builtin_ctzll(v.significand) : 0;
    v.significand >>= zeros;
    v.exponent += zeros;
    return v;
}

static bool multiply(struct tb_value a, struct tb_value b, struct tb_value *out) {
    a = trimmed(a);
    b = trimmed(b);
    *out = (struct tb_value){TB_ZERO, a.negative != b.negative, 0, 0};
    if (a.class == TB_ZERO || b.class == TB_ZERO)
        return true;
    if (length_of(a.significand) + length_of(b.significand) > 63)
        return false;
    out->class = TB_FINITE;
    out->exponent = a.exponent + b.exponent;
    out->significand = a.significand * b.significand;
    return true;
}

static bool add(struct tb_value a, struct tb_value b, struct tb_value *out) {
    a = trimmed(a);
    b = trimmed(b);
    if (a.class == TB_ZERO || b.class == TB_ZERO) {
        *out = a.class == TB_ZERO ? b : a;
        return true;
    }
    int exponent = a.exponent < b.exponent ? a.exponent : b.exponent;
    if (length_of(a.significand) + a.exponent - exponent > 62 ||
        length_of(b.significand) + b.exponent - exponent > 62)
        return false;
    int64_t x = (int64_t)(a.significand << (a.exponent - exponent)),
            y = (int64_t)(b.significand << (b.exponent - exponent));
    int64_t sum = (a.negative ? -x : x) + (b.negative ? -y : y);
    *out = (struct tb_value){sum ? TB_FINITE : TB_ZERO, sum < 0, exponent,
                             sum < 0 ? 0 - (uint64_t)sum : (uint64_t)sum};
    return true;
}

bool tb_basic_exact(const struct tb_case *c, uint64_t input, struct tb_value *out) {
    struct tb_value x[3];
    for (int i = 0; i < tb_case_shape(c).operands; i++) {
        x[i] = tb_format_decode(c->source, tb_case_operand(c, input, i));
        if (x[i].class > TB_FINITE)
            return false;
    }
    bool ok = false;
    switch (c->operation) {
    case TB_SUB:
        x[1].negative = !x[1].negative;
        ok = add(x[0], x[1], out);
        break;
    case TB_ADD:
        ok = add(x[0], x[1], out);
        break;
    case TB_MUL:
        ok = multiply(x[0], x[1], out);
        break;
    case TB_FMA:
        ok = multiply(x[0], x[1], out) && add(*out, x[2], out);
        break;
    default:
        break;
    }
    return ok && out->class == TB_FINITE;
}
