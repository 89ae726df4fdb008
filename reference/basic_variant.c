#include "reference/basic_variant.h"

#include "reference/named.h"
#include "reference/reference.h"
#include "reference/variant.h"

#include <stdio.h>
#include <string.h>

typedef struct tb_integer_number number;

/* ---- Running a machine. ---- */

/* A number rounded into a format, as the case rounds or as steps in another format do. */
static uint64_t rounded(const struct tb_basic_machine *m, const struct tb_format *f, bool as_case,
                        const number *x) {
    struct tb_case c = m->exact;
    c.destination = f;
    if (!as_case) {
        c.rounding = TB_RNE;
        c.overflow = TB_TO_INF;
    }
    return tb_integer_encode(&c, x->class, x->negative, x->significand, x->exponent);
}

/* One step: its result in the working format, or unrounded in the last step of a machine without one. */
static number step(const struct tb_basic_machine *m, enum tb_operation operation, const number *x,
                   bool last) {
    const struct tb_format *working = m->via ? m->via : m->exact.destination;
    const struct tb_format *zeros = m->via ? m->via : m->exact.source;
    enum tb_rounding rounding = m->via ? TB_RNE : m->exact.rounding;
    number r = tb_basic_apply(operation, x, zeros->negative_zero || m->zero_divides, rounding);
    if (last && !m->via)
        return r;
    return tb_integer_read(working, rounded(m, working, !m->via, &r));
}

static number operand(const struct tb_basic_machine *m, uint64_t pattern, int index) {
    const struct tb_format *f = m->exact.source;
    number x = tb_integer_read(f, pattern);
    if (m->daz >> index & 1 && tb_format_is_subnormal(f, pattern))
        x = (number){TB_ZERO, x.negative, 0, 0};
    return m->via ? tb_integer_read(m->via, rounded(m, m->via, false, &x)) : x;
}

/* The steps but the last; what the last one takes is left in x, and which it is is returned. */
static enum tb_operation first_step(const struct tb_basic_machine *m, number x[3]) {
    enum tb_operation operation = m->exact.operation;
    if (operation == TB_FMA && m->unfused) {
        x[0] = step(m, TB_MUL, x, false);
        x[1] = x[2];
        return TB_ADD;
    }
    if (!m->by_reciprocal)
        return operation;
    switch (operation) {
    case TB_DIV:
        x[1] = step(m, TB_RCP, &x[1], false);
        return TB_MUL;
    case TB_SQRT:
        x[1] = step(m, TB_RSQRT, x, false);
        return TB_MUL;
    case TB_RSQRT:
        x[0] = step(m, TB_SQRT, x, false);
        return TB_RCP;
    default:
        return operation;
    }
}

static void read_operands(const struct tb_basic_machine *m, uint64_t input, number x[3]) {
    for (int i = 0; i < tb_case_shape(&m->exact).operands; i++)
        x[i] = operand(m, tb_case_operand(&m->exact, input, i), i);
}

/* The code of a NaN result; what a rule has no code for is as the definition has it. */
static bool answer_nan(const struct tb_basic_machine *m, bool invalid, uint64_t *code) {
    const struct tb_format *f = m->exact.destination;
    switch (m->nan) {
    case TB_BASIC_NAN_GOLDEN:
        break;
    case TB_BASIC_NAN_PLAIN:
        return tb_format_nan(f, false, 0, code);
    case TB_BASIC_NAN_INVALID:
        return invalid && tb_format_nan(f, true, 0, code);
    case TB_BASIC_NAN_ONES:
        return tb_format_nan(f, false, UINT64_MAX, code);
    case TB_BASIC_NAN_NEGATIVE:
        return tb_format_nan(f, true, 0, code);
    case TB_BASIC_NAN_ZERO:
        return tb_format_zero(f, false, code);
    case TB_BASIC_NAN_LARGEST:
        return tb_format_largest(f, false, code);
    }
    return false;
}

/* What becomes of a result once it is rounded. */
static uint64_t finished(const struct tb_basic_machine *m, uint64_t code) {
    const struct tb_format *f = m->exact.destination;
    struct tb_value v = tb_format_decode(f, code);
    if (m->ftz && tb_format_is_subnormal(f, code)) {
        tb_format_zero(f, v.negative, &code);
        v.class = TB_ZERO;
    }
    if (m->zero_positive && v.class == TB_ZERO)
        tb_format_zero(f, false, &code);
    return code;
}

uint64_t tb_basic_machine_at(const struct tb_basic_machine *m, uint64_t input) {
    number x[3];
    uint64_t code, nan;
    read_operands(m, input, x);
    enum tb_operation last = first_step(m, x);
    number r = step(m, last, x, true);
    if (r.class == TB_NOT_A_NUMBER) {
        bool invalid = !tb_basic_nan_operand(&m->exact, input, &nan);
        if (answer_nan(m, invalid, &code))
            return code;
        if (!invalid)
            return tb_integer_convert(&m->exact, nan);
    }
    if (r.class == TB_INFINITE && m->infinity_nan &&
        tb_format_nan(m->exact.destination, r.negative, 0, &code))
        return code;
    return finished(m, rounded(m, m->exact.destination, true, &r));
}

/* ---- Notes. ---- */

static void describe(const struct tb_format *f, const number *x, const struct tb_basic_machine *m, char *text,
                     size_t size) {
    char value[96];
    uint64_t code = rounded(m, f, !m->via, x);
    tb_value_print(tb_format_decode(f, code), value, sizeof value);
    snprintf(text, size, "0x%0*llx = %s in %s", (f->bits + f->padding + 3) / 4, (unsigned long long)code,
             value, f->name);
}

void tb_basic_machine_note(const struct tb_basic_machine *m, uint64_t input, char *note, size_t size) {
    const struct tb_format *working = m->via ? m->via : m->exact.destination;
    number x[3];
    char text[192];
    note[0] = 0;
    read_operands(m, input, x);
    enum tb_operation operation = m->exact.operation, last = first_step(m, x);
    if (last != operation) {
        describe(working, operation == TB_DIV || operation == TB_SQRT ? &x[1] : &x[0], m, text, sizeof text);
        snprintf(note, size, "%s gives %s",
                 operation == TB_FMA   ? "a * b"
                 : operation == TB_DIV ? "1 / b"
                 : last == TB_MUL      ? "rsqrt"
                                       : "sqrt",
                 text);
    } else if (m->via) {
        number r = step(m, last, x, true);
        describe(working, &r, m, text, sizeof text);
        snprintf(note, size, "%s", text);
    }
}

/* ---- Where each variant can show. ---- */

/* Whether a machine differs from the exact answers on combinations of the operands' landmarks: zeros, ones,
 * the ends of subnormals and of the range, infinities and NaN of both signs. */
static bool shows(const struct tb_case *c, void (*apply)(struct tb_basic_machine *m)) {
    struct tb_basic_machine m = {.exact = *c};
    const struct tb_format *f = c->source;
    uint64_t codes[16], largest, one = 0, sign = UINT64_C(1) << (f->bits - 1);
    int count = 0, operands = tb_case_shape(c).operands;
    uint64_t fraction = f->kind == TB_FLOAT ? (UINT64_C(1) << (f->precision - 1)) - 1 : 1;
    apply(&m);
    tb_format_largest(f, false, &largest);
    largest >>= f->padding;
    if (f->kind == TB_FLOAT)
        one = (uint64_t)(f->bias > 0 ? f->bias : 0) << (f->precision - 1);
    const uint64_t some[] = {0, 1, fraction, one, largest, largest + 1, largest + 2, sign - 1};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        for (int negative = 0; negative < 2; negative++)
            codes[count++] = ((some[i] | (negative ? sign : 0)) & (sign * 2 - 1)) << f->padding;
    for (int i = 0, total = operands == 1   ? count
                            : operands == 2 ? count * count
                                            : count * count * count;
         i < total; i++) {
        const uint64_t x[3] = {codes[i % count], codes[i / count % count], codes[i / count / count % count]};
        uint64_t input = tb_case_join(c, x, 0);
        if (tb_basic_machine_at(&m, input) != tb_basic_integer(c, input))
            return true;
    }
    return false;
}

static bool applies_always(const struct tb_case *c) {
    (void)c;
    return true;
}

static void apply_exact(struct tb_basic_machine *m) {
    (void)m;
}

/* A step in another format shows unless it is the operands' or the result's own, or a narrower one than both.
 */
static bool via_shows(const struct tb_case *c, const char *name) {
    const struct tb_format *via = tb_format_find(name, NULL), *d = c->destination;
    return via != d && via != c->source && (d->kind != TB_FLOAT || d->precision < via->precision);
}

/* NAME, what it sets, and where that shows. */
#define FIELD(NAME, SETTING, CONDITION)                                                                      \
    static void apply_##NAME(struct tb_basic_machine *m) {                                                   \
        m->SETTING;                                                                                          \
    }                                                                                                        \
    static bool applies_##NAME(const struct tb_case *c) {                                                    \
        (void)c;                                                                                             \
        return CONDITION;                                                                                    \
    }
#define ROUNDING(NAME, VALUE)                                                                                \
    FIELD(NAME, exact.rounding = (enum tb_rounding)(VALUE), (int)c->rounding != (VALUE))
#define VIA(NAME) FIELD(via_##NAME, via = tb_format_find(#NAME, NULL), via_shows(c, #NAME))
/* What shows on special values, if anywhere, is looked for there. */
#define SPECIAL(NAME, SETTING) FIELD(NAME, SETTING, shows(c, apply_##NAME))

ROUNDING(rne, TB_RNE)
ROUNDING(rna, TB_RNA)
ROUNDING(rtz, TB_RTZ)
ROUNDING(ru, TB_RU)
ROUNDING(rd, TB_RD)
ROUNDING(rto, TB_RTO)
ROUNDING(rhu, TB_RHU)
ROUNDING(ties_zero, TB_TIES_ZERO)
ROUNDING(ties_down, TB_TIES_DOWN)
SPECIAL(satfinite, exact.overflow = TB_SATFINITE)
SPECIAL(propagate, exact.overflow = TB_PROPAGATE)
SPECIAL(to_inf, exact.overflow = TB_TO_INF)
SPECIAL(to_nan, exact.overflow = TB_TO_NAN)
VIA(fp32)
VIA(fp16)
VIA(bf16)
FIELD(unfused, unfused = true, c->operation == TB_FMA)
FIELD(by_reciprocal, by_reciprocal = true,
      c->operation == TB_DIV || c->operation == TB_SQRT || c->operation == TB_RSQRT)
SPECIAL(daz, daz = 7)
FIELD(daz_first, daz = 1, tb_case_shape(c).operands > 1 && shows(c, apply_daz_first))
FIELD(daz_second, daz = 2, tb_case_shape(c).operands > 1 && shows(c, apply_daz_second))
FIELD(ftz, ftz = true, c->destination->kind == TB_FLOAT && c->destination->low == TB_LOW_SUBNORMALS)
SPECIAL(zero_positive, zero_positive = true)
SPECIAL(zero_divides, zero_divides = true)
SPECIAL(infinity_nan, infinity_nan = true)
SPECIAL(nan_positive, nan = TB_BASIC_NAN_ONES)
SPECIAL(nan_negative, nan = TB_BASIC_NAN_NEGATIVE)
SPECIAL(nan_canonical, nan = TB_BASIC_NAN_PLAIN)
SPECIAL(invalid_negative, nan = TB_BASIC_NAN_INVALID)
SPECIAL(nan_zero, nan = TB_BASIC_NAN_ZERO)
SPECIAL(nan_max, nan = TB_BASIC_NAN_LARGEST)

/* ---- The table. ---- */

/* clang-format off */
#define ROW(NAME, FUNCTION, SUMMARY, USED_BY) {NAME, SUMMARY, USED_BY, applies_##FUNCTION, apply_##FUNCTION}
const struct tb_basic_variant tb_basic_variants[] = {
    {"exact", "one rounding, as the case says", "the definition", applies_always, apply_exact},
    ROW("rne",                rne,           "to nearest, ties to the even code",                             "IEEE 754; most hardware"),
    ROW("rna",                rna,           "to nearest, ties away from zero",                               "software floats that add half an ULP"),
    ROW("rtz",                rtz,           "toward zero",                                                   "tensor-core accumulators; shifts"),
    ROW("ru",                 ru,            "toward +infinity",                                              "a directed rounding left set"),
    ROW("rd",                 rd,            "toward -infinity",                                              "a directed rounding left set; floor of an integer"),
    ROW("rto",                rto,           "inexact results to the odd code",                               "software that rounds again later"),
    ROW("rhu",                rhu,           "to nearest, ties toward +infinity",                             "fixed point: floor(x + 0.5)"),
    ROW("ties-zero",          ties_zero,     "to nearest, ties toward zero",                                  "trees of strict comparisons on |x|"),
    ROW("ties-down",          ties_down,     "to nearest, ties toward -infinity",                             "trees of strict comparisons"),
    ROW("overflow-satfinite", satfinite,     "overflow and infinities give the largest finite value",         "kernels that narrow by PTX cvt.satfinite"),
    ROW("overflow-propagate", propagate,     "overflow gives the largest finite value, infinities stay",      "P3109 SatPropagate"),
    ROW("overflow-inf",       to_inf,        "overflow gives infinity where there is one",                    "IEEE 754; P3109 SatNone"),
    ROW("overflow-nan",       to_nan,        "overflow gives NaN where there is one",                         "ml_dtypes, JAX and XLA on E4M3FN"),
    ROW("via-fp32",           via_fp32,      "computed in fp32, then rounded again: innocuous under rne but in fma", "ml_dtypes, PyTorch and NVIDIA's headers on the host; gcc with excess precision; F16C"),
    ROW("via-fp16",           via_fp16,      "computed in fp16, then rounded again",                          "fp8 kernels on fp16 units: decode, HADD or HFMA, encode"),
    ROW("via-bf16",           via_bf16,      "computed in bf16, then rounded again",                          "fp8 kernels on bf16 units"),
    ROW("unfused",            unfused,       "the product is rounded before the addition",                    "a * b + c without contraction: -ffp-contract=off, -fmad=false"),
    ROW("by-reciprocal",      by_reciprocal, "div as a * (1 / b), sqrt as a * rsqrt(a), rsqrt as 1 / sqrt(a), the first step rounded", "-mrecip, -freciprocal-math, GPU fast division; h2sqrt by MUFU.RSQ"),
    ROW("daz",                daz,           "subnormal operands read as zero",                               "MXCSR.DAZ; -ftz=true"),
    ROW("daz-first",          daz_first,     "the same, the first operand only",                              "kernels that decode weights by a table, activations by hand"),
    ROW("daz-second",         daz_second,    "the same, the second operand only",                             "kernels that decode weights by a table, activations by hand"),
    ROW("ftz",                ftz,           "subnormal results become zero",                                 "MXCSR.FTZ; -ftz=true"),
    ROW("zero-positive",      zero_positive, "-0 results become +0",                                          "sums that start from +0; codecs without -0"),
    ROW("zero-divides",       zero_divides,  "x / 0 is infinite also where the zero has no sign",             "P3109 and FNUZ operands divided in fp32"),
    ROW("infinity-nan",       infinity_nan,  "infinite results give NaN whatever the policy",                 "AMD HIP on the device: only finite values are clamped"),
    ROW("nan-positive",       nan_positive,  "NaN gives the code with all fraction bits, sign dropped",       "NVIDIA GPUs and headers: 0x7FFF"),
    ROW("nan-negative",       nan_negative,  "NaN gives the quiet NaN with the sign set",                     "software that keeps one NaN, 0xFE00"),
    ROW("nan-canonical",      nan_canonical, "NaN gives the positive quiet NaN without payload",               "RISC-V; WebAssembly's canonical NaN"),
    ROW("invalid-negative",   invalid_negative, "invalid operations give the quiet NaN with the sign set",     "SSE, AVX and AVX-512 units"),
    ROW("nan-zero",           nan_zero,      "NaN gives zero",                                                "max(x, 0) and integer conversions on the way"),
    ROW("nan-max",            nan_max,       "NaN gives the largest finite value",                            "min(max(x, -M), M) by x86 MINPS and MAXPS"),
};
/* clang-format on */
const size_t tb_basic_variant_count = sizeof tb_basic_variants / sizeof tb_basic_variants[0];

bool tb_basic_machine_make(const struct tb_case *c, const char *name, struct tb_basic_machine *out,
                           struct tb_error *error) {
    struct tb_name_word word;
    *out = (struct tb_basic_machine){.exact = *c};
    while (tb_next_word(&name, &word)) {
        const struct tb_basic_variant *variant = tb_named_row(
            tb_basic_variants, tb_basic_variant_count, sizeof tb_basic_variants[0], word.text, word.length);
        if (!variant)
            return tb_fail(error, TB_EXIT_USAGE,
                           "variant '%.*s' is not known of %s: `tiebreak list variants` shows all",
                           word.shown, word.text, tb_operation_words[c->operation].name);
        variant->apply(out);
    }
    return true;
}
