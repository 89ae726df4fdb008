/* Variants: named arithmetics of an operation, `exact` first.
 *
 * A variant's name is one word of the table or several joined by '+', applied from left to right: "daz+rtz".
 */
#ifndef TB_VARIANT_H
#define TB_VARIANT_H

#include "vectors/staircase.h"

/* Roundings that no case can ask for, but libraries use: values of tb_case.rounding beside the enum's own. */
enum {
    TB_TIES_ZERO = TB_ROUNDINGS, /* nearest, ties toward zero */
    TB_TIES_DOWN,                /* nearest, ties toward -infinity */
};

/* How NaN inputs are answered. */
enum tb_nan_rule {
    TB_NAN_GOLDEN,    /* as reference.h defines */
    TB_NAN_POSITIVE,  /* one code: all fraction bits set, sign dropped (CUDA: 0x7F, 0x7FFF) */
    TB_NAN_QUIET,     /* sign kept, quiet bit only (ml_dtypes) */
    TB_NAN_TRUNCATED, /* sign and fraction truncated without setting the quiet bit: a NaN can turn into an
                         infinity */
    TB_NAN_TO_ZERO,
    TB_NAN_TO_MAX,     /* +M */
    TB_NAN_INDEFINITE, /* the x86 integer indefinite: only the top bit */
};

/* Everything a conversion variant can change, as data: the exact conversion with some of it set otherwise. */
struct tb_arithmetic {
    struct tb_case exact; /* source, destination, and the rounding and overflow in force */
    const struct tb_format
        *via;        /* rounded to this format first, rne and overflow to inf (double rounding); or NULL */
    bool daz;        /* subnormal inputs read as zero of the same sign */
    bool ftz;        /* subnormal results become zero of the same sign */
    bool magnitude;  /* the sign of the input is dropped first */
    bool bias_add;   /* rne by adding a bias to the source's bits, NaN not excepted (destination: a truncation
                        of the source) */
    bool indefinite; /* out of range and NaN give the x86 integer indefinite */
    bool wrap;       /* out of range wraps modulo 2^bits (integers) */
    bool zero_positive; /* -0 results become +0 */
    enum tb_nan_rule nan;
};

struct tb_variant {
    const char *name;
    const char *summary;                      /* one line, for people */
    const char *used_by;                      /* who is known to compute so */
    bool (*applies)(const struct tb_case *c); /* whether the variant means anything for the case */
    void (*apply)(struct tb_arithmetic *a);
};
extern const struct tb_variant tb_variants[]; /* tb_variants[0] is "exact" */
extern const size_t tb_variant_count;

/* The arithmetic of a (possibly joined) variant name for a case. NULL name: exact. False: unknown word, named
 * in *error. */
bool tb_variant_arithmetic(const struct tb_case *c, const char *name, struct tb_arithmetic *out,
                           struct tb_error *error);
/* Its output pattern for one input; on integers, so that a staircase takes a millisecond. */
uint64_t tb_arithmetic_convert(const struct tb_arithmetic *a, uint64_t pattern);
/* Its staircase, by bisection on each part of the domain on which it is monotone. */
bool tb_arithmetic_staircase(const struct tb_arithmetic *a, struct tb_staircase *out, struct tb_error *error);

#endif
