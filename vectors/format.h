/* Number formats as data.
 *
 * A format is about ten orthogonal fields, or a codebook; no code switches on a format's name. A *pattern* is
 * a code as it lies in its container: 1, 2, 4 or 8 bytes, little end at bit 0, with `padding` zero bits below
 * the code (tf32 only: 13). Sub-byte codes take the low bits of one byte. */
#ifndef TB_FORMAT_H
#define TB_FORMAT_H

#include "vectors/error.h"

#include <stddef.h>
#include <stdint.h>

enum tb_kind {
    TB_FLOAT,    /* sign, exponent, fraction, from the top bit down */
    TB_INTEGER,  /* two's complement or unsigned, times 2^-bias (bias 0 but for fixed point) */
    TB_CODEBOOK, /* values listed by code */
};

enum tb_infinity {
    TB_INF_NONE,
    TB_INF_IEEE, /* exponent field all ones, fraction zero */
    TB_INF_TOP,  /* the largest magnitude that is not NaN (IEEE P3109) */
};

enum tb_nan {
    TB_NAN_NONE,
    TB_NAN_IEEE,          /* exponent field all ones, fraction not zero */
    TB_NAN_ALL_ONES,      /* every bit below the sign set (OCP E4M3, E8M0, unsigned P3109) */
    TB_NAN_NEGATIVE_ZERO, /* the code that would be -0 (FNUZ, signed P3109) */
};

/* What the exponent field zero holds. */
enum tb_low {
    TB_LOW_SUBNORMALS, /* zero and subnormals */
    TB_LOW_ZERO,       /* zero only (P3109 with P = 1) */
    TB_LOW_NORMAL,     /* a normal binade like any other: the format has no zero (E8M0) */
};

struct tb_format {
    const char *name;
    const char *aliases; /* comma separated; "" where there are none */
    enum tb_kind kind;
    int bits;      /* of a code, padding left out */
    int precision; /* significand bits with the hidden one; an integer's or codebook's: 0 */
    int bias;      /* of the exponent; of an integer: fraction bits */
    bool is_signed;
    bool negative_zero;
    enum tb_low low;
    enum tb_infinity infinity;
    enum tb_nan nan;
    int padding;
    const double
        *codebook; /* 2^bits values, NaN and infinities among them; NULL unless kind is TB_CODEBOOK */
    bool draft;    /* the row rests on a source that could not be read; said wherever the format is listed */
    const char *source;
};

/* The exact value of a code: (-1)^negative * significand * 2^exponent. */
enum tb_class { TB_ZERO, TB_FINITE, TB_INFINITE, TB_NOT_A_NUMBER };
struct tb_value {
    enum tb_class class;
    bool negative;
    int exponent;
    uint64_t significand; /* finite: not zero. NaN: the fraction field moved up so that its top bit (quiet) is
                             bit 63 */
};

/* The shipped table, in listing order. */
extern const struct tb_format tb_formats[];
extern const size_t tb_format_count;

/* Finds a format by name or alias, exactly spelt; builds members of the IEEE P3109 family by name
 * (`binary<K>p<P><s|u><e|f>`, K 3..16, P 1..K-1 signed and 1..K unsigned), and formats registered before.
 * The pointer stays valid for the whole process. NULL and *error (TB_EXIT_USAGE) when unknown. */
const struct tb_format *tb_format_find(const char *name, struct tb_error *error);

/* Registers a user's own format from one line of text, for example
 *   "my_e4m3 bits=8 precision=4 bias=7 signed=1 negative_zero=1 low=subnormals infinity=none nan=all-ones"
 * Fields not given: precision 0, bias 0, signed 1, negative_zero 0, low subnormals, infinity none, nan none,
 * kind float (kind=integer for integers; bits at most 16 for a float of one's own). Unknown fields and
 * impossible combinations are refused by name. */
const struct tb_format *tb_format_define(const char *line, struct tb_error *error);

/* Bytes of the container: 1, 2, 4 or 8. */
unsigned tb_format_bytes(const struct tb_format *format);
/* Number of codes, 2^bits; UINT64_MAX for 64 bits. */
uint64_t tb_format_codes(const struct tb_format *format);
/* Bits of the fraction and exponent fields of a TB_FLOAT. */
int tb_format_fraction_bits(const struct tb_format *format);
int tb_format_exponent_bits(const struct tb_format *format);

/* The exact value of a pattern. Padding bits are ignored. */
struct tb_value tb_format_decode(const struct tb_format *format, uint64_t pattern);

/* Patterns of the landmarks. Each returns false where the format has no such code. */
bool tb_format_largest(
    const struct tb_format *format, bool negative,
    uint64_t *pattern); /* largest finite magnitude; unsigned, negative: the smallest value */
bool tb_format_infinity(const struct tb_format *format, bool negative, uint64_t *pattern);
bool tb_format_zero(const struct tb_format *format, bool negative,
                    uint64_t *pattern); /* negative without -0: gives +0 */
/* The quiet NaN with this sign and fraction (top bit at bit 63, as in tb_value), as far as the format can
 * hold them. */
bool tb_format_nan(const struct tb_format *format, bool negative, uint64_t fraction, uint64_t *pattern);
bool tb_format_is_nan(const struct tb_format *format, uint64_t pattern);
/* A finite value that is not zero and lies below the smallest normal one. */
bool tb_format_is_subnormal(const struct tb_format *format, uint64_t pattern);

/* Position of a finite or infinite code on the number line, counted in codes from zero (both zeros: 0), so
 * that the difference of two ranks is the signed code distance. NaN: INT64_MIN. */
int64_t tb_format_rank(const struct tb_format *format, uint64_t pattern);

/* The same as a double, which holds every value of at most 53 significant bits; infinities and NaN as such,
 * zeros with their sign. */
double tb_format_value(const struct tb_format *format, uint64_t pattern);

/* Prints a value exactly, in decimal where that takes at most 60 characters and as a C hex float otherwise;
 * "nan", "-inf", "-0". */
void tb_value_print(struct tb_value value, char *text, size_t size);

#endif
