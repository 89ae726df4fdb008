/* INPUT of `tiebreak explain` as a bit pattern. */
#include "harness/explain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mask_of(const struct tb_format *f) {
    return (f->bits == 64 ? UINT64_MAX : (UINT64_C(1) << f->bits) - 1) << f->padding;
}

/* ---- Patterns and words. ---- */

static bool is_pattern(const char *text) {
    return strncmp(text, "0x", 2) == 0 && text[2] &&
           strspn(text + 2, "0123456789abcdefABCDEF") == strlen(text + 2);
}

static bool read_pattern(const struct tb_format *f, const char *text, uint64_t *pattern,
                         struct tb_error *error) {
    *pattern = strtoull(text, NULL, 16);
    if (strlen(text) > 18 || *pattern & ~mask_of(f))
        return tb_fail(error, TB_EXIT_USAGE, "%.64s is not a pattern of %s: %s has %d bits%s", text, f->name,
                       f->name, f->bits, f->padding ? ", with zeros below them" : "");
    return true;
}

/* nan and inf, with a sign or without. 1: read. 0: another word. -1: *error. */
static int read_special(const struct tb_format *f, const char *text, uint64_t *pattern,
                        struct tb_error *error) {
    bool negative = text[0] == '-';
    const char *word = text + (negative || text[0] == '+');
    bool is_nan = strcmp(word, "nan") == 0, is_infinity = strcmp(word, "inf") == 0;
    if (!is_nan && !is_infinity)
        return 0;
    if (is_nan ? tb_format_nan(f, negative, 0, pattern) : tb_format_infinity(f, negative, pattern))
        return 1;
    tb_fail(error, TB_EXIT_USAGE, "%s has no %s", f->name,
            is_nan                      ? "NaN"
            : negative && !f->is_signed ? "-infinity"
                                        : "infinity");
    return -1;
}

/* ---- Numbers. ---- */

/* Codes whose values ascend with `index`, from 0: a magnitude, or an integer as it is. */
static uint64_t pattern_of(const struct tb_format *f, bool negative, uint64_t index) {
    if (f->kind == TB_INTEGER && negative)
        return (0 - index) & mask_of(f);
    return ((negative ? UINT64_C(1) << (f->bits - 1) : 0) | index) << f->padding;
}

static int compare_magnitude(const struct tb_format *f, uint64_t pattern, mpfr_srcptr x) {
    mpfr_t value;
    mpfr_init2(value, TB_EXPLAIN_BITS);
    tb_explain_value(f, pattern, value);
    int order = mpfr_cmpabs(value, x);
    mpfr_clear(value);
    return order;
}

/* The largest magnitude of this sign that is at most |x|, and the next one. Where x lies beyond the format
 * *above is *below. */
static void search_grid(const struct tb_format *f, mpfr_srcptr x, bool negative, uint64_t *below,
                        uint64_t *above) {
    uint64_t largest, low = 0, high;
    tb_format_largest(f, negative, &largest);
    high = f->kind == TB_INTEGER ? (negative ? 0 - (largest | ~mask_of(f)) : largest)
                                 : (largest >> f->padding) & ((UINT64_C(1) << (f->bits - f->is_signed)) - 1);
    uint64_t last = high;
    while (low < high) {
        uint64_t middle = high - (high - low) / 2;
        if (compare_magnitude(f, pattern_of(f, negative, middle), x) <= 0)
            low = middle;
        else
            high = middle - 1;
    }
    *below = pattern_of(f, negative, low);
    *above = pattern_of(f, negative, low < last ? low + 1 : low);
}

/* A codebook: the values on both sides. */
static void search_codebook(const struct tb_format *f, mpfr_srcptr x, uint64_t *below, uint64_t *above) {
    const double *best_below = NULL, *best_above = NULL;
    for (uint64_t code = 0; code < tb_format_codes(f); code++) {
        const double *value = &f->codebook[code];
        enum tb_class class = tb_format_decode(f, code).class;
        if (class == TB_NOT_A_NUMBER || class == TB_INFINITE)
            continue;
        if (mpfr_cmp_d(x, *value) >= 0 && (!best_below || *value > *best_below))
            best_below = value;
        if (mpfr_cmp_d(x, *value) <= 0 && (!best_above || *value < *best_above))
            best_above = value;
    }
    *below = (uint64_t)((best_below ? best_below : best_above) - f->codebook);
    *above = (uint64_t)((best_above ? best_above : best_below) - f->codebook);
}

static bool holds(const struct tb_format *f, uint64_t pattern, mpfr_srcptr x) {
    mpfr_t value;
    mpfr_init2(value, TB_EXPLAIN_BITS);
    tb_explain_value(f, pattern, value);
    bool equal = mpfr_equal_p(value, x);
    mpfr_clear(value);
    return equal;
}

/* Whether the text is how printf("%.9g") spells a value of fp32, "%.17g" one of fp64: the digits that tell
 * all values of a precision apart. */
static bool is_spelling(const struct tb_format *f, uint64_t pattern, mpfr_srcptr x) {
    char text[64];
    mpfr_t value;
    if (f->kind != TB_FLOAT)
        return false;
    mpfr_init2(value, TB_EXPLAIN_BITS);
    tb_explain_value(f, pattern, value);
    mpfr_snprintf(text, sizeof text, "%.*Rg", 1 + (f->precision * 30103 + 99999) / 100000, value);
    mpfr_strtofr(value, text, NULL, 10, MPFR_RNDN);
    bool equal = mpfr_equal_p(value, x);
    mpfr_clear(value);
    return equal;
}

static bool read_number(const struct tb_format *f, const char *text, mpfr_srcptr x, bool exact,
                        uint64_t *pattern, struct tb_error *error) {
    bool negative = mpfr_signbit(x);
    uint64_t below, above;
    char one[160], other[160];
    if (exact && mpfr_zero_p(x) && tb_format_zero(f, negative, pattern))
        return true;
    if (f->kind == TB_CODEBOOK)
        search_codebook(f, x, &below, &above);
    else if (negative && !f->is_signed)
        tb_format_largest(f, true, &below), above = below;
    else
        search_grid(f, x, negative, &below, &above);
    *pattern = exact && holds(f, above, x) ? above : below; /* below also where neither is x */
    if (exact && holds(f, *pattern, x))
        return true;
    if (is_spelling(f, above, x))
        *pattern = above;
    if (is_spelling(f, below, x) || is_spelling(f, above, x))
        return true;
    tb_explain_code(f, below, one, sizeof one);
    tb_explain_code(f, above, other, sizeof other);
    if (below == above)
        return tb_fail(error, TB_EXIT_USAGE, "%.64s is not a value of %s: the nearest is %s", text, f->name,
                       one);
    return tb_fail(error, TB_EXIT_USAGE, "%.64s is not a value of %s: it lies between %s and %s", text,
                   f->name, one, other);
}

bool tb_explain_input(const struct tb_format *f, const char *text, uint64_t *pattern,
                      struct tb_error *error) {
    if (is_pattern(text))
        return read_pattern(f, text, pattern, error);
    int special = read_special(f, text, pattern, error);
    if (special)
        return special > 0;
    mpfr_t x;
    char *end;
    mpfr_init2(x, TB_EXPLAIN_BITS);
    int ternary = mpfr_strtofr(x, text, &end, 0, MPFR_RNDN); /* not 0: more digits than any format holds */
    bool ok = false;
    if (end == text || *end || isspace((unsigned char)*text) || !mpfr_number_p(x))
        tb_fail(error, TB_EXIT_USAGE,
                "'%.64s' is not an input: give a bit pattern (0x3f880001), a number, nan or inf", text);
    else
        ok = read_number(f, text, x, ternary == 0, pattern, error);
    mpfr_clear(x);
    return ok;
}

/* ---- Operands. ---- */

static bool read_operands(const struct tb_case *c, const char *text, uint64_t *pattern,
                          struct tb_error *error) {
    int operands = tb_case_shape(c).operands, found = 0;
    uint64_t x[3] = {0};
    char word[80];
    for (const char *rest = text; rest; found++) {
        size_t length = strcspn(rest, ",");
        if (found == operands || length >= sizeof word)
            return tb_fail(error, TB_EXIT_USAGE, "'%.64s': %s takes %d operands, separated by commas", text,
                           tb_operation_words[c->operation].name, operands);
        memcpy(word, rest, length);
        word[length] = 0;
        if (!tb_explain_input(c->source, word, &x[found], error))
            return false;
        rest = rest[length] ? rest + length + 1 : NULL;
    }
    if (found < operands)
        return tb_fail(error, TB_EXIT_USAGE, "'%.64s': %s takes %d operands, separated by commas", text,
                       tb_operation_words[c->operation].name, operands);
    *pattern = tb_case_join(c, x, 0);
    return true;
}

/* ---- Values with random bits. ---- */

static bool read_random(const char *text, int bits, uint64_t *random, struct tb_error *error) {
    char *end = NULL;
    bool hex = is_pattern(text);
    bool digits = hex || (text[0] && strspn(text, "0123456789") == strlen(text));
    *random = digits && strlen(text) <= 20 ? strtoull(text, &end, hex ? 16 : 10) : UINT64_MAX;
    if (digits && *random >> bits == 0)
        return true;
    return tb_fail(error, TB_EXIT_USAGE, "'%.40s' is not a random number of %d bits: give 0 to %llu", text,
                   bits, (unsigned long long)((UINT64_C(1) << bits) - 1));
}

bool tb_explain_case_input(const struct tb_case *c, const char *text, uint64_t *pattern,
                           struct tb_error *error) {
    bool joint = tb_case_shape(c).operands > 1;
    if (joint && (strchr(text, ',') || !is_pattern(text)))
        return read_operands(c, text, pattern, error);
    const char *comma = strchr(text, ',');
    char value[160];
    uint64_t x, random;
    if (!comma && is_pattern(text))
        return read_pattern(tb_case_input(c), text, pattern, error);
    if (!c->random_bits)
        return tb_explain_input(c->source, text, pattern, error);
    if (!comma || (size_t)(comma - text) >= sizeof value)
        return tb_fail(error, TB_EXIT_USAGE,
                       "'%.64s' is not an input with random bits: give VALUE,R (1.0625,16384) or the joint "
                       "word of %d bits (0x...)",
                       text, tb_case_input(c)->bits);
    snprintf(value, sizeof value, "%.*s", (int)(comma - text), text);
    if (!tb_explain_input(c->source, value, &x, error) ||
        !read_random(comma + 1, c->random_bits, &random, error))
        return false;
    *pattern = tb_case_join(c, &x, random);
    return true;
}
