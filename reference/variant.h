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

/* The same of stochastic conversions; nu, r and N as in reference.h, F = floor(nu * 2^N). */
enum {
    TB_SR_B = (int)TB_STOCHASTIC + 1, /* floor(nu * 2^(N+1)) + 2r + 1 >= 2^(N+1) (P3109 StochasticB) */
    TB_SR_C,                          /* nu * 2^N rounded to nearest even, + r, >= 2^N (P3109 StochasticC) */
    TB_SR_BELOW,                      /* r < F: as often, for the other r */
    TB_SR_AT_MOST,                    /* r <= F: once more often, values of the grid too */
    TB_SR_ABOVE,                      /* F + r > 2^N: once less often */
    TB_SR_AWAY,                       /* away from zero, whatever r */
    TB_SR_FLOOR,                      /* floor(x + r / 2^N): below zero for the other r */
    TB_SR_CUT,       /* nu is cut to the bits that a normal result drops, of subnormal results too */
    TB_SR_UNALIGNED, /* r is added where a normal result's dropped bits are, of subnormal results too */
};

/* Which bits of the random word are used: up to two pieces, the first one highest. All 0: the whole word. */
struct tb_random_pick {
    struct {
        unsigned char low, bits;
        bool reversed; /* the piece's lowest bit first */
    } piece[2];
};

/* How NaN inputs are answered. A rule that the destination has no code for leaves the golden answer. */
enum tb_nan_rule {
    TB_NAN_GOLDEN,      /* as reference.h defines */
    TB_NAN_POSITIVE,    /* one code: all fraction bits set, sign dropped (CUDA: 0x7F, 0x7FFF) */
    TB_NAN_PLAIN,       /* one code: quiet bit only, sign dropped */
    TB_NAN_NEGATIVE,    /* one code: quiet bit only, sign set (AMD gfx12: 0xFF, 0xFE) */
    TB_NAN_QUIET,       /* sign kept, quiet bit only (ml_dtypes) */
    TB_NAN_TRUNCATED,   /* sign and fraction truncated, not made quiet: a NaN can turn into an infinity */
    TB_NAN_TO_ZERO,     /* +0 */
    TB_NAN_MINUS_ZERO,  /* zero of the opposite sign (ml_dtypes, whose FP4 and FP6 "NaN" is the code of -0) */
    TB_NAN_TO_MAX,      /* +M */
    TB_NAN_TO_INFINITY, /* as an infinity of the NaN's sign under the overflow policy in force */
    TB_NAN_INDEFINITE,  /* the x86 integer indefinite: only the top bit; unsigned: all bits */
};

/* How a destination without zero (E8M0) answers what lies below its smallest value. */
enum tb_below_rule {
    TB_BELOW_GOLDEN,   /* the smallest value */
    TB_BELOW_ZERO_NAN, /* zero gives NaN */
    TB_BELOW_ALL_NAN,  /* zero and all finite values below the smallest one give NaN */
};

/* Everything a conversion variant can change, as data: the exact conversion with some of it set otherwise. */
struct tb_arithmetic {
    struct tb_case exact;        /* source, destination, and the rounding and overflow in force; the
                                    rounding may be a TB_TIES_*, so this is no case to print */
    const struct tb_format *via; /* or NULL; rounded to this first, rne and overflow to inf: rounds twice */
    bool daz;                    /* subnormal inputs read as zero of the same sign */
    bool ftz;                    /* subnormal results become zero of the same sign */
    bool magnitude;              /* the sign of the input is dropped first */
    bool bias_add;               /* rne by adding a bias to the bits, NaN not excepted (destination: the
                                    source with a shorter fraction) */
    bool indefinite;             /* out of range and NaN give the x86 integer indefinite */
    bool wrap;                   /* rounded to 32 bits (uint32: 64), out of range there as told, then cut to
                                    the destination's low bits, as compilers cast to narrow integers */
    bool symmetric;              /* the most negative integer becomes its neighbour */
    bool zero_positive;          /* -0 results become +0 */
    bool infinity_nan;           /* infinite inputs give NaN, under every overflow policy */
    bool early_overflow;         /* a value beyond M overflows before it is rounded */
    bool always_overflow;        /* what a directed rounding leaves beyond M overflows too */
    bool guard_up;   /* no zero: a value above the smallest one and below the next gives the next */
    bool nan_number; /* NaN codes of the source decode as the numbers their fields spell */
    struct tb_random_pick pick; /* of stochastic conversions */
    enum tb_below_rule below;
    enum tb_nan_rule nan;
};

struct tb_variant {
    const char *name;
    const char *summary;                      /* one line, for people */
    const char *used_by;                      /* who is known to compute so */
    bool (*applies)(const struct tb_case *c); /* whether it can differ from the case's exact answers */
    void (*apply)(struct tb_arithmetic *a);
};
extern const struct tb_variant tb_variants[]; /* tb_variants[0] is "exact" */
extern const size_t tb_variant_count;

/* The arithmetic of a (possibly joined) variant name for a case. NULL name: exact. False: unknown word, named
 * in *error. */
bool tb_variant_arithmetic(const struct tb_case *c, const char *name, struct tb_arithmetic *out,
                           struct tb_error *error);
/* Whether the destination's codes are the source's with a shorter fraction, as bf16's are fp32's. */
bool tb_case_is_cut(const struct tb_case *c);
/* Its output pattern for one input; on integers, so that a staircase takes a millisecond. */
uint64_t tb_arithmetic_convert(const struct tb_arithmetic *a, uint64_t pattern);
/* Its staircase, by bisection on each part of the domain on which it is monotone (bisect.h). False and
 * *error: no staircase (TB_EXIT_USAGE: the domain is too large, or the variant wraps), or no memory
 * (TB_EXIT_SYSTEM). */
bool tb_arithmetic_staircase(const struct tb_arithmetic *a, struct tb_staircase *out, struct tb_error *error);

#endif
