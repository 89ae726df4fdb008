#include "vectors/affine_case.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t tb_integer_least(const struct tb_format *f) {
    return f->is_signed ? -(INT64_C(1) << (f->bits - 1)) : 0;
}

int64_t tb_integer_greatest(const struct tb_format *f) {
    return (INT64_C(1) << (f->bits - f->is_signed)) - 1;
}

const struct tb_format *tb_affine_codes(const struct tb_case *c) {
    switch (c->operation) {
    case TB_QUANTIZE:
    case TB_REQUANTIZE:
        return c->destination;
    case TB_DEQUANTIZE:
        return c->source;
    default:
        return NULL;
    }
}

/* ---- Which formats an operation takes. ---- */

static bool is_plain_integer(const struct tb_format *f) {
    return f->kind == TB_INTEGER && f->bias == 0 && f->bits <= 32;
}

static bool is_plain_float(const struct tb_format *f) {
    return f->kind == TB_FLOAT && f->low == TB_LOW_SUBNORMALS && f->is_signed;
}

static bool takes(const struct tb_case *c) {
    switch (c->operation) {
    case TB_QUANTIZE:
        return is_plain_float(c->source) && c->source->bits <= 32 && is_plain_integer(c->destination) &&
               c->destination->bits <= 16;
    case TB_DEQUANTIZE:
        return is_plain_integer(c->source) && is_plain_float(c->destination);
    case TB_FAKEQUANT:
        return is_plain_float(c->source) && c->source->bits <= 32 &&
               (is_plain_float(c->destination) ||
                (is_plain_integer(c->destination) && c->destination->bits == 1));
    case TB_REQUANTIZE:
        return is_plain_integer(c->source) && is_plain_integer(c->destination) && c->destination->bits <= 16;
    default:
        return false;
    }
}

/* ---- Parameters. ---- */

/* What has been read so far; a parameter stands at most once. */
enum { SEEN_SCALE = 1, SEEN_ZERO = 2, SEEN_LOW = 4, SEEN_HIGH = 8, SEEN_BITS = 16, SEEN_RANDOM = 32 };

static bool read_integer(const char *text, int64_t least, int64_t greatest, int64_t *out) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *out = value;
    return errno == 0 && end != text && !*end && value >= least && value <= greatest;
}

bool tb_scale_read(const char *text, double *out) {
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    bool lost = errno == ERANGE && (isinf(*out) || *out == 0); /* 1e999 is not what was meant */
    bool number = end != text && !*end && strchr(" \t\n\v\f\r", *text) == NULL;
    return number && !lost && strncasecmp(text, "nan(", 4) != 0;
}

static bool read_parameter(const char *word, struct tb_affine *a, unsigned *seen) {
    static const struct {
        const char *name;
        unsigned seen;
    } names[] = {
        {"s=",    SEEN_SCALE },
        {"z=",    SEEN_ZERO  },
        {"lo=",   SEEN_LOW   },
        {"hi=",   SEEN_HIGH  },
        {"bits=", SEEN_BITS  },
        {"r=",    SEEN_RANDOM}
    };
    const int64_t limit = INT32_MAX;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i].name);
        if (strncmp(word, names[i].name, length) != 0)
            continue;
        const char *value = word + length;
        int64_t number = 0;
        bool twice = *seen & names[i].seen, good = true;
        *seen |= names[i].seen;
        switch (names[i].seen) {
        case SEEN_SCALE:
            good = tb_scale_read(value, &a->scale);
            break;
        case SEEN_ZERO:
            good = read_integer(value, -limit, limit, &a->zero);
            break;
        case SEEN_LOW:
            good = read_integer(value, -limit - 1, limit, &a->low);
            break;
        case SEEN_HIGH:
            good = read_integer(value, -limit - 1, limit, &a->high);
            break;
        case SEEN_BITS:
            good = read_integer(value, 1, 24, &number);
            a->random_bits = (int)number;
            break;
        case SEEN_RANDOM:
            good = read_integer(value, 0, (1 << 24) - 1, &number);
            a->random = (uint32_t)number;
            break;
        }
        return good && !twice;
    }
    return false;
}

static bool read_parameters(const char *id, const char *rest, struct tb_affine *a, unsigned *seen,
                            struct tb_error *error) {
    while (*rest) {
        char word[64];
        size_t length = strcspn(rest, ",");
        bool fits = length && length < sizeof word;
        snprintf(word, sizeof word, "%.*s", (int)length, rest);
        if (!fits || !read_parameter(word, a, seen) || (rest[length] && !rest[length + 1]))
            return tb_fail(error, TB_EXIT_USAGE,
                           "case '%.100s': parameter '%.40s' is not one of s=SCALE, z=INTEGER, lo=INTEGER, "
                           "hi=INTEGER, bits=1..24, r=INTEGER, each once, separated by commas",
                           id, word);
        rest += length + (rest[length] == ',');
    }
    return true;
}

/* What must hold between the parameters, the formats and the rounding. */
static bool check_parameters(const char *id, const struct tb_case *c, unsigned seen, struct tb_error *error) {
    const struct tb_affine *a = &c->affine;
    const struct tb_format *codes = tb_affine_codes(c);
    bool stochastic = c->rounding == TB_STOCHASTIC;
    if (!(seen & SEEN_SCALE))
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': the scale is missing: s=0x1p-4", id);
    if (!codes && (~seen & (SEEN_LOW | SEEN_HIGH)))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': a fake quantization names the codes it uses: lo=-128,hi=127", id);
    if (c->operation == TB_DEQUANTIZE && (seen & (SEEN_LOW | SEEN_HIGH)))
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': a dequantization has no lo and hi", id);
    if (a->low > a->high)
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': lo=%lld is above hi=%lld", id, (long long)a->low,
                       (long long)a->high);
    if (codes && (a->low < tb_integer_least(codes) || a->high > tb_integer_greatest(codes)))
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': %s holds %lld to %lld", id, codes->name,
                       (long long)tb_integer_least(codes), (long long)tb_integer_greatest(codes));
    if (stochastic != (a->random_bits != 0) || (a->random && !stochastic) ||
        a->random >> (stochastic ? a->random_bits : 1) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': rounding sr, and it alone, takes bits=K and r=R below 2^K", id);
    return true;
}

static bool read_rounding(const char *id, const char **rest, struct tb_case *out, struct tb_error *error) {
    char part[64] = "";
    int rounding = tb_case_next_part(rest, part) ? tb_word_find(tb_rounding_words, TB_ROUNDINGS, part) : -1;
    bool stochastic = strcmp(part, "sr") == 0 && out->operation != TB_DEQUANTIZE;
    if (!stochastic && rounding <= TB_EXACT)
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s': rounding '%s' is not one of rne, rna, rtz, ru, rd, rto, rhu%s", id,
                       part, out->operation == TB_DEQUANTIZE ? "" : ", sr");
    out->rounding = stochastic ? TB_STOCHASTIC : (enum tb_rounding)rounding;
    return true;
}

bool tb_affine_parse(const char *id, const char *rest, struct tb_case *out, struct tb_error *error) {
    unsigned seen = 0;
    if (!takes(out))
        return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': %s does not go from %s to %s: %s", id,
                       tb_operation_words[out->operation].name, out->source->name, out->destination->name,
                       tb_operation_words[out->operation].summary);
    if (!read_rounding(id, &rest, out, error))
        return false;
    out->overflow = out->destination->kind == TB_INTEGER ? TB_SATFINITE : TB_TO_INF;
    const struct tb_format *codes = tb_affine_codes(out);
    if (codes) {
        out->affine.low = tb_integer_least(codes);
        out->affine.high = tb_integer_greatest(codes);
    }
    return read_parameters(id, rest, &out->affine, &seen, error) && check_parameters(id, out, seen, error);
}

/* ---- Printing. ---- */

/* As glibc's %a prints normal numbers, and subnormal ones alike: C leaves that spelling open, and an id is
 * the same on every machine. NaN has no sign. */
void tb_scale_print(double scale, char *text, size_t size) {
    const char *sign = signbit(scale) ? "-" : "";
    int exponent, digits = 13;
    if (isnan(scale) || isinf(scale) || scale == 0) {
        snprintf(text, size, "%s%s", isnan(scale) ? "" : sign,
                 isnan(scale)   ? "nan"
                 : isinf(scale) ? "inf"
                                : "0x0p+0");
        return;
    }
    double half_to_one = frexp(fabs(scale), &exponent);
    uint64_t fraction = (uint64_t)ldexp(half_to_one, 53) - (UINT64_C(1) << 52);
    while (digits && fraction % 16 == 0) {
        fraction /= 16;
        digits--;
    }
    if (digits)
        snprintf(text, size, "%s0x1.%0*" PRIx64 "p%+d", sign, digits, fraction, exponent - 1);
    else
        snprintf(text, size, "%s0x1p%+d", sign, exponent - 1);
}

void tb_affine_print(const struct tb_case *c, char id[TB_CASE_ID]) {
    const struct tb_affine *a = &c->affine;
    const struct tb_format *codes = tb_affine_codes(c);
    char scale[40], low[24] = "", high[24] = "", random[40] = "";
    tb_scale_print(a->scale, scale, sizeof scale);
    if (!codes || a->low != tb_integer_least(codes))
        snprintf(low, sizeof low, ",lo=%lld", (long long)a->low);
    if (!codes || a->high != tb_integer_greatest(codes))
        snprintf(high, sizeof high, ",hi=%lld", (long long)a->high);
    if (a->random_bits)
        snprintf(random, sizeof random, ",bits=%d,r=%u", a->random_bits, a->random);
    snprintf(id, TB_CASE_ID, "%s/%s/%s/%s/s=%s,z=%lld%s%s%s", tb_operation_words[c->operation].name,
             c->source->name, c->destination->name, tb_rounding_name(c->rounding), scale, (long long)a->zero,
             low, high, random);
}
