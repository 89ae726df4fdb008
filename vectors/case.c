#include "vectors/case.h"

#include "vectors/affine_case.h"
#include "vectors/scaled_case.h"

#include <stdio.h>
#include <string.h>

/* ---- Which conversions lose nothing. ---- */

/* Exponent of the last bit that x (finite) would need to keep in the destination, when it has `top` as its
 * leading bit's exponent. */
static int quantum_exponent(const struct tb_format *f, int top) {
    if (f->kind == TB_INTEGER)
        return -f->bias;
    int least_normal = f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias;
    return (top > least_normal ? top : least_normal) - f->precision + 1;
}

/* |a| > |b|, both finite and not zero. */
static bool exceeds(struct tb_value a, struct tb_value b) {
    int shift_a = __builtin_clzll(a.significand), shift_b = __builtin_clzll(b.significand);
    int top_a = a.exponent - shift_a, top_b = b.exponent - shift_b;
    return top_a != top_b ? top_a > top_b : a.significand << shift_a > b.significand << shift_b;
}

static bool in_codebook(const struct tb_format *f, struct tb_value v) {
    for (uint64_t code = 0; code < tb_format_codes(f); code++) {
        struct tb_value w = tb_format_decode(f, code);
        if (w.class == TB_FINITE && w.negative == v.negative && !exceeds(v, w) && !exceeds(w, v))
            return true;
    }
    return false;
}

static bool holds_finite(const struct tb_format *f, struct tb_value v) {
    uint64_t largest;
    if (f->kind == TB_CODEBOOK)
        return in_codebook(f, v);
    if (v.negative && !f->is_signed)
        return false;
    tb_format_largest(f, v.negative, &largest);
    int top = v.exponent + 63 - __builtin_clzll(v.significand);
    int low = v.exponent + __builtin_ctzll(v.significand);
    if (f->low == TB_LOW_NORMAL && top < -f->bias)
        return false;
    return low >= quantum_exponent(f, top) && !exceeds(v, tb_format_decode(f, largest));
}

static bool holds(const struct tb_format *f, struct tb_value v) {
    uint64_t ignored;
    switch (v.class) {
    case TB_ZERO:
        return tb_format_zero(f, v.negative, &ignored);
    case TB_INFINITE:
        return tb_format_infinity(f, v.negative, &ignored);
    case TB_NOT_A_NUMBER:
        return f->nan != TB_NAN_NONE;
    case TB_FINITE:
        break;
    }
    return holds_finite(f, v);
}

/* For sources too large to list: the field-by-field argument. Both are not codebooks. */
static bool contains(const struct tb_format *d, const struct tb_format *s) {
    uint64_t largest, ignored;
    int source_precision = s->kind == TB_INTEGER ? s->bits - s->is_signed : s->precision;
    int source_quantum = s->kind == TB_INTEGER ? -s->bias : quantum_exponent(s, INT32_MIN);
    int precision = d->kind == TB_INTEGER ? 64 : d->precision;
    if (d->kind == TB_CODEBOOK || (s->is_signed && !d->is_signed) || (s->nan && !d->nan))
        return false;
    if (s->infinity && !tb_format_infinity(d, false, &ignored))
        return false;
    tb_format_largest(s, false, &largest);
    return source_precision <= precision && source_quantum >= quantum_exponent(d, INT32_MIN) &&
           tb_format_zero(d, false, &ignored) && holds_finite(d, tb_format_decode(s, largest));
}

bool tb_case_is_exact(const struct tb_format *source, const struct tb_format *destination) {
    if (source->bits > 16)
        return contains(destination, source);
    for (uint64_t code = 0; code < tb_format_codes(source); code++)
        if (!holds(destination, tb_format_decode(source, code << source->padding)))
            return false;
    return true;
}

/* ---- Ids. ---- */

const struct tb_word tb_operation_words[TB_OPERATIONS] = {
    [TB_CONVERT] = {"convert",    "a value of one format in another"                           },
    [TB_QUANTIZE] = {"quantize",   "a float to an integer code: clamp(round(x / s) + z)"        },
    [TB_DEQUANTIZE] = {"dequantize", "an integer code to a float: (q - z) * s"                    },
    [TB_FAKEQUANT] = {"fakequant",
                    "quantize and dequantize in one; into uint1, the mask of the backward pass"},
    [TB_REQUANTIZE] = {"requantize", "an accumulator to an integer code: clamp(round(q * s) + z)" },
    [TB_SCALE_DOWN] = {"quantize",   "a float to a narrower one: x / s, or x * m, rounded once"   },
    [TB_SCALE_UP] = {"dequantize", "a narrow float to a wider one: q * s, rounded once"         },
    [TB_ADD] = {"add",        "a + b"                                                      },
    [TB_SUB] = {"sub",        "a - b"                                                      },
    [TB_MUL] = {"mul",        "a * b"                                                      },
    [TB_DIV] = {"div",        "a / b"                                                      },
    [TB_FMA] = {"fma",        "a * b + c, rounded once"                                    },
    [TB_SQRT] = {"sqrt",       "the square root of a"                                       },
    [TB_RCP] = {"rcp",        "1 / a"                                                      },
    [TB_RSQRT] = {"rsqrt",      "1 / the square root of a"                                   },
};

/* Operands of a basic operation; of the others one. */
static const int operand_counts[TB_OPERATIONS] = {
    [TB_ADD] = 2, [TB_SUB] = 2,  [TB_MUL] = 2, [TB_DIV] = 2,
    [TB_FMA] = 3, [TB_SQRT] = 1, [TB_RCP] = 1, [TB_RSQRT] = 1,
};

bool tb_case_next_part(const char **id, char part[64]) {
    size_t length = strcspn(*id, "/");
    if (length == 0 || length >= 64)
        return false;
    memcpy(part, *id, length);
    part[length] = 0;
    *id += length + ((*id)[length] == '/');
    return true;
}

enum { MOST_RANDOM_BITS = 32 };

/* "bits=16" or "bits=hidden", the last part of a stochastic conversion. */
static bool parse_random_bits(const char *id, const char *part, struct tb_case *out, struct tb_error *error) {
    const char *digits = part + strlen("bits=");
    bool named = strncmp(part, "bits=", strlen("bits=")) == 0;
    if (named && strcmp(digits, "hidden") == 0)
        return true;
    int bits = 0;
    bool good = named && digits[0] >= '1' && digits[0] <= '9' && strlen(digits) <= 2;
    for (const char *d = digits; good && *d; d++) {
        good = *d >= '0' && *d <= '9';
        bits = 10 * bits + (*d - '0');
    }
    if (!good || bits > MOST_RANDOM_BITS)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case '%.100s': sr takes its random bits last: bits=1 to bits=%d, or bits=hidden where "
            "the target draws them",
            id, MOST_RANDOM_BITS);
    if (out->source->bits + bits > 64)
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': %s and %d random bits do not fit 64 bits", id,
                       out->source->name, bits);
    out->random_bits = bits;
    return true;
}

static bool check_stochastic(const char *id, const struct tb_case *c, struct tb_error *error) {
    if (c->destination->kind != TB_CODEBOOK)
        return true;
    return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': sr needs a grid, and the codebook %s has none", id,
                   c->destination->name);
}

static bool parse_roundings(const char *id, const char *rest, struct tb_case *out, struct tb_error *error) {
    char rounding[64], overflow[64];
    bool exact = !tb_case_is_basic(out) && tb_case_is_exact(out->source, out->destination);
    if (!tb_case_next_part(&rest, rounding))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': the rounding is missing: %s/SOURCE/DESTINATION/ROUNDING/OVERFLOW", id,
                       tb_operation_words[out->operation].name);
    bool stochastic = strcmp(rounding, tb_rounding_name(TB_STOCHASTIC)) == 0;
    int r = stochastic ? (int)TB_STOCHASTIC : tb_word_find(tb_rounding_words, TB_ROUNDINGS, rounding);
    if (r < 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': rounding '%s' is not known: `tiebreak list roundings` shows all", id,
                       rounding);
    out->rounding = (enum tb_rounding)r;
    out->overflow = exact ? TB_PROPAGATE : TB_SATFINITE;
    if (r == TB_EXACT && tb_case_is_basic(out))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': operations always name a rounding and an overflow policy", id);
    if ((r == TB_EXACT) != exact)
        return tb_fail(error, TB_EXIT_USAGE,
                       exact ? "case '%.100s': nothing can be lost here: write convert/%s/%s/exact"
                             : "case '%.100s': %s to %s is not exact: name a rounding and an overflow policy",
                       id, out->source->name, out->destination->name);
    if (exact)
        return !*rest || tb_fail(error, TB_EXIT_USAGE, "case '%.100s': nothing may follow 'exact'", id);
    if (!tb_case_next_part(&rest, overflow))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': the overflow policy is missing (satfinite, propagate, inf, nan)", id);
    int o = tb_word_find(tb_overflow_words, TB_OVERFLOWS, overflow);
    out->overflow = (enum tb_overflow)o;
    if (o >= 0 && stochastic)
        return check_stochastic(id, out, error) && parse_random_bits(id, rest, out, error);
    if (o < 0 || *rest)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case '%.100s': overflow policy '%s%s%.40s' is not one of satfinite, propagate, inf, nan", id,
            overflow, *rest ? "/" : "", rest);
    return true;
}

/* A joint input has at most 64 bits; and the reference of the basic operations is argued for 32. */
static bool operands_fit(const char *id, const struct tb_case *c, struct tb_error *error) {
    int operands = operand_counts[c->operation], most = operands == 3 ? 21 : 32;
    if (!tb_case_is_basic(c) || (c->source->bits <= most && c->destination->bits <= 32))
        return true;
    return tb_fail(error, TB_EXIT_USAGE,
                   "case '%.100s': %s takes operands of at most %d bits and results of at most 32", id,
                   tb_operation_words[c->operation].name, most);
}

bool tb_case_parse(const char *id, struct tb_case *out, struct tb_error *error) {
    char part[64];
    const char *rest = id;
    if (strlen(id) >= TB_CASE_ID)
        return tb_fail(error, TB_EXIT_USAGE, "case '%.60s...': an id has at most %d characters", id,
                       TB_CASE_ID - 1);
    int operation =
        tb_case_next_part(&rest, part) ? tb_word_find(tb_operation_words, TB_OPERATIONS, part) : -1;
    if (operation < 0)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case '%.100s' is not known: ids begin with convert/, quantize/, dequantize/, fakequant/, "
            "requantize/, add/, sub/, mul/, div/, fma/, sqrt/, rcp/ or rsqrt/, `tiebreak list cases --suite "
            "full` shows all",
            id);
    *out = (struct tb_case){.operation = (enum tb_operation)operation};
    if (!tb_case_next_part(&rest, part))
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': the source format is missing", id);
    if (!(out->source = tb_format_find(part, error)))
        return false;
    if (!tb_case_next_part(&rest, part))
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': the destination format is missing", id);
    if (!(out->destination = tb_format_find(part, error)))
        return false;
    if (tb_scaled_claim(out))
        return tb_scaled_parse(id, rest, out, error);
    if (tb_case_is_affine(out))
        return tb_affine_parse(id, rest, out, error);
    return operands_fit(id, out, error) && parse_roundings(id, rest, out, error);
}

static void print_stochastic(const struct tb_case *c, char id[TB_CASE_ID]) {
    char bits[12] = "hidden";
    if (c->random_bits)
        snprintf(bits, sizeof bits, "%d", c->random_bits);
    snprintf(id, TB_CASE_ID, "convert/%s/%s/%s/%s/bits=%s", c->source->name, c->destination->name,
             tb_rounding_name(c->rounding), tb_overflow_words[c->overflow].name, bits);
}

void tb_case_print(const struct tb_case *c, char id[TB_CASE_ID]) {
    if (tb_case_is_affine(c))
        tb_affine_print(c, id);
    else if (tb_case_is_scaled(c))
        tb_scaled_print(c, id);
    else if (c->rounding == TB_STOCHASTIC)
        print_stochastic(c, id);
    else if (c->rounding == TB_EXACT)
        snprintf(id, TB_CASE_ID, "convert/%s/%s/exact", c->source->name, c->destination->name);
    else
        snprintf(id, TB_CASE_ID, "%s/%s/%s/%s/%s", tb_operation_words[c->operation].name, c->source->name,
                 c->destination->name, tb_rounding_words[c->rounding].name,
                 tb_overflow_words[c->overflow].name);
}

bool tb_case_is_affine(const struct tb_case *c) {
    return c->operation >= TB_QUANTIZE && c->operation <= TB_REQUANTIZE;
}

bool tb_case_is_basic(const struct tb_case *c) {
    return c->operation >= TB_ADD;
}

bool tb_case_is_scaled(const struct tb_case *c) {
    return c->operation == TB_SCALE_DOWN || c->operation == TB_SCALE_UP;
}

bool tb_case_multiplies(const struct tb_case *c) {
    return c->operation == TB_SCALE_UP || c->affine.is_factor;
}

const char *tb_case_formula(const struct tb_case *c) {
    return c->operation == TB_SCALE_UP ? "q * s" : c->affine.is_factor ? "x * m" : "x / s";
}

bool tb_case_is_mask(const struct tb_case *c) {
    return c->operation == TB_FAKEQUANT && c->destination->kind == TB_INTEGER;
}

bool tb_case_hides_random(const struct tb_case *c) {
    return c->operation == TB_CONVERT && c->rounding == TB_STOCHASTIC && c->random_bits == 0;
}

const char *tb_case_parameters(const struct tb_case *c, const char *id) {
    bool stochastic = c->operation == TB_CONVERT && c->rounding == TB_STOCHASTIC;
    bool has_policy = stochastic || tb_case_is_scaled(c);
    for (int i = 0; i < 4 + has_policy && id; i++)
        id = (id = strchr(id, '/')) ? id + 1 : NULL;
    return (has_policy || tb_case_is_affine(c)) && id ? id : "";
}

/* ---- What one input is made of. ---- */

/* Joint inputs have no values of their own; as integers they count. */
#define JOINT(n)                                                                                             \
    { .name = "joint" #n, .aliases = "", .kind = TB_INTEGER, .bits = n, .source = "operands side by side" }
#define JOINT8(a, b, c, d, e, f, g, h)                                                                       \
    JOINT(a), JOINT(b), JOINT(c), JOINT(d), JOINT(e), JOINT(f), JOINT(g), JOINT(h)
static const struct tb_format joint_formats[] = {
    JOINT8(1, 2, 3, 4, 5, 6, 7, 8),         JOINT8(9, 10, 11, 12, 13, 14, 15, 16),
    JOINT8(17, 18, 19, 20, 21, 22, 23, 24), JOINT8(25, 26, 27, 28, 29, 30, 31, 32),
    JOINT8(33, 34, 35, 36, 37, 38, 39, 40), JOINT8(41, 42, 43, 44, 45, 46, 47, 48),
    JOINT8(49, 50, 51, 52, 53, 54, 55, 56), JOINT8(57, 58, 59, 60, 61, 62, 63, 64),
};

struct tb_shape tb_case_shape(const struct tb_case *c) {
    return (struct tb_shape){.operands = tb_case_is_basic(c) ? operand_counts[c->operation] : 1,
                             .random_bits = c->random_bits};
}

const struct tb_format *tb_case_input(const struct tb_case *c) {
    struct tb_shape shape = tb_case_shape(c);
    if (shape.operands == 1 && !shape.random_bits)
        return c->source;
    return &joint_formats[shape.operands * c->source->bits + shape.random_bits - 1];
}

static uint64_t low_bits(int bits) {
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

uint64_t tb_case_operand(const struct tb_case *c, uint64_t input, int index) {
    struct tb_shape shape = tb_case_shape(c);
    if (shape.operands == 1 && !shape.random_bits)
        return input;
    int shift = shape.random_bits + (shape.operands - 1 - index) * c->source->bits;
    return (input >> shift & low_bits(c->source->bits)) << c->source->padding;
}

uint64_t tb_case_random(const struct tb_case *c, uint64_t input) {
    return input & low_bits(tb_case_shape(c).random_bits);
}

uint64_t tb_case_join(const struct tb_case *c, const uint64_t *operands, uint64_t random) {
    struct tb_shape shape = tb_case_shape(c);
    if (shape.operands == 1 && !shape.random_bits)
        return operands[0];
    uint64_t input = 0;
    for (int i = 0; i < shape.operands; i++)
        input = input << c->source->bits | operands[i] >> c->source->padding;
    return shape.random_bits ? input << shape.random_bits | random : input;
}

void tb_case_input_print(const struct tb_case *c, uint64_t input, char text[TB_INPUT_TEXT]) {
    struct tb_shape shape = tb_case_shape(c);
    int digits = (c->source->bits + c->source->padding + 3) / 4, used = 0;
    for (int i = 0; i < shape.operands; i++)
        used += snprintf(text + used, TB_INPUT_TEXT - (size_t)used, "%s0x%0*llx", i ? ", " : "", digits,
                         (unsigned long long)tb_case_operand(c, input, i));
    if (shape.random_bits)
        snprintf(text + used, TB_INPUT_TEXT - (size_t)used, ", r = 0x%0*llx", (shape.random_bits + 3) / 4,
                 (unsigned long long)tb_case_random(c, input));
}

uint64_t tb_case_inputs(const struct tb_case *c) {
    return tb_format_codes(tb_case_input(c));
}

bool tb_case_has_staircase(const struct tb_case *c) {
    if (c->operation == TB_FAKEQUANT)
        return c->source->bits <= 32 && c->affine.high - c->affine.low < 1 << 19;
    int bits = tb_case_input(c)->bits;
    if (tb_case_is_basic(c))
        return bits <= 19;
    if (tb_case_hides_random(c))
        return false;
    if (c->random_bits)
        return bits <= 32 && c->source->bits <= 19;
    return bits <= 19 || (bits <= 32 && c->destination->bits <= 19);
}

bool tb_glob(const char *pattern, const char *text) {
    /* On a mismatch go back to the last '*' and let it take one character more: linear space, no recursion.
     */
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}
