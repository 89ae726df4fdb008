/* Variants of the basic operations: named arithmetics that code is known to follow, as data.
 *
 * A name is one word of the table or several joined by '+', in any order: "via-fp32+unfused". A word sets one
 * field of the machine below; what it does not set is as basic.h defines it. */
#ifndef TB_BASIC_VARIANT_H
#define TB_BASIC_VARIANT_H

#include "reference/basic.h"

/* How a NaN result is written. A rule that the result format has no code for leaves the exact answer. */
enum tb_basic_nan {
    TB_BASIC_NAN_GOLDEN,   /* as basic.h defines */
    TB_BASIC_NAN_ONES,     /* positive, every fraction bit set (CUDA) */
    TB_BASIC_NAN_PLAIN,    /* positive, quiet bit only */
    TB_BASIC_NAN_NEGATIVE, /* quiet, sign set */
    TB_BASIC_NAN_INVALID,  /* the same of invalid operations alone (x86) */
    TB_BASIC_NAN_ZERO,     /* +0 */
    TB_BASIC_NAN_LARGEST,  /* the largest finite value */
};

struct tb_basic_machine {
    struct tb_case exact;        /* with the rounding (or a TB_TIES_* of variant.h) and overflow in force */
    const struct tb_format *via; /* or NULL; operands, steps and the result are rounded to it first, to
                                    nearest even and beyond its range to infinity; else a step before the last
                                    is rounded as the case says, to the result's format */
    bool unfused;                /* fma: the product is rounded, then added */
    bool by_reciprocal;          /* div: a * (1 / b); rsqrt: 1 / sqrt(a); sqrt: a * rsqrt(a) */
    unsigned daz;                /* bit i: operand i reads as a zero of its sign where it is subnormal */
    bool ftz;                    /* subnormal results become zero of the same sign */
    bool zero_positive;          /* -0 results become +0 */
    bool zero_divides;           /* x / 0 is infinite also where the zero has no sign */
    bool infinity_nan;           /* infinite results give NaN, under every overflow policy */
    enum tb_basic_nan nan;
};

struct tb_basic_variant {
    const char *name, *summary, *used_by;
    /* Whether it can differ from the case's exact answers. */
    bool (*applies)(const struct tb_case *c);
    void (*apply)(struct tb_basic_machine *m);
};
extern const struct tb_basic_variant tb_basic_variants[]; /* the first is "exact" */
extern const size_t tb_basic_variant_count;

/* The machine of a (possibly joined) name for a case. NULL name: exact. False: unknown word, named in *error.
 */
bool tb_basic_machine_make(const struct tb_case *c, const char *name, struct tb_basic_machine *out,
                           struct tb_error *error);
/* Its output pattern for one input. */
uint64_t tb_basic_machine_at(const struct tb_basic_machine *m, uint64_t input);

/* What it computes on its way, in words: "a * b = 0x3c01 = 1.0009765625 in fp16"; "" where that is one step.
 */
void tb_basic_machine_note(const struct tb_basic_machine *m, uint64_t input, char *note, size_t size);

#endif
