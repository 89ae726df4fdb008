/* Variants of the scaled operations: every arithmetic that runtimes are known to convert to narrow floats
 * with, as data.
 *
 * As of the affine operations (affine_variant.h), a variant's name is one word of a table or several that '+'
 * joins, applied from left to right: "rcp32+clamp". What follows the scaling is a conversion, so that the
 * words of conversions (variant.h) are words here too: "mul32+via-bf16", "div32+overflow-nan". The way of an
 * input:
 *
 *   input    x is rounded to a narrower type first; subnormals are read as zero
 *   scale    is rounded to the format in which it is held, or to a power of two
 *   apply    t = N(x / s), N(x * N(1 / s)), ...: N() rounds to the type of the arithmetic (rne), or not
 *   clamp    of t to the destination's finite range, and what becomes of NaN in it
 *   convert  t to the destination, as the case says or a conversion's variant
 *
 * A quantization by m=FACTOR and a dequantization have the same words: the scale is what divides, the factor
 * what multiplies, and each is the other's reciprocal. */
#ifndef TB_SCALED_VARIANT_H
#define TB_SCALED_VARIANT_H

#include "reference/affine_variant.h"
#include "reference/variant.h"

enum tb_scaled_apply {
    TB_SCALED_DIRECT,     /* as the case says, of reals: exact */
    TB_SCALED_DIVIDE,     /* N(x / N(scale)) */
    TB_SCALED_MULTIPLY,   /* N(x * N(factor)); the factor of a scale is fp64(1 / s), then narrowed */
    TB_SCALED_RECIPROCAL, /* N(x * N(1 / N(scale))) */
    TB_SCALED_AMAX,       /* N(x * N(M / amax)), amax = N(M * N(scale)), M the largest value of a code; to
                             values N(q * N(amax / M)) */
};

/* The scale as a power of two, in which direction its magnitude is rounded (a factor in the other one): E8M0
 * has no sign. Zero, infinite and NaN scales stay as they are. */
enum tb_scaled_power { TB_POWER_NONE, TB_POWER_UP, TB_POWER_NEAREST, TB_POWER_DOWN };

enum tb_scaled_clamp {
    TB_SCALED_CLAMP_NONE,
    TB_SCALED_CLAMP_HIGH, /* fmaxf(-M, fminf(t, M)): NaN gives M */
    TB_SCALED_CLAMP_LOW,  /* fminf(fmaxf(t, -M), M): NaN gives -M */
    TB_SCALED_CLAMP_NAN,  /* NaN stays, as torch.clamp has it */
};

struct tb_scaled_arithmetic {
    enum tb_number input; /* TB_REAL: as it is */
    bool daz;             /* a subnormal x is read as zero */
    bool flush;           /* fp32 operations read and give subnormals as zero */
    enum tb_number held;
    enum tb_scaled_power power;
    enum tb_number number;
    enum tb_scaled_apply apply;
    enum tb_scaled_clamp clamp;
    struct tb_arithmetic conversion; /* from fp32, or from fp64 where t is no narrower number */
};

/* One word of the table. */
struct tb_scaled_variant {
    const char *name;
    const char *summary; /* one line, for people */
    const char *used_by; /* who is known to compute so */
    void (*apply)(struct tb_scaled_arithmetic *a);
};
/* The words; [0] is "exact". The conversions' words that count here follow them: tb_scaled_word() has both.
 */
extern const struct tb_scaled_variant tb_scaled_variants[];
extern const size_t tb_scaled_variant_count;
size_t tb_scaled_word_count(void);
struct tb_scaled_word {
    const char *name, *summary, *used_by;
};
struct tb_scaled_word tb_scaled_word(size_t index);

/* An arithmetic on a case, with the constants that it computes once. */
struct tb_scaled_machine {
    struct tb_case c;
    struct tb_scaled_arithmetic a;
    bool real;      /* t is the exact quotient or product, rounded to odd in fp64 */
    bool divides;   /* t = x / by, else x * by */
    double by;      /* in the number type */
    double most[2]; /* of the clamp, by sign */
    uint64_t nan;   /* the exact answer to NaN */
};

/* Reads a (possibly joined) name; presets are not known here. NULL: exact. False: unknown word, named in
 * *error.
 */
bool tb_scaled_arithmetic_read(const struct tb_case *c, const char *name, struct tb_scaled_arithmetic *out,
                               struct tb_error *error);
void tb_scaled_machine_make(const struct tb_case *c, const struct tb_scaled_arithmetic *a,
                            struct tb_scaled_machine *out);
/* The output pattern for one input. */
uint64_t tb_scaled_machine_at(const struct tb_scaled_machine *m, uint64_t pattern);
/* t, after the clamp; of reals to fp64, rounded to odd. */
double tb_scaled_machine_value(const struct tb_scaled_machine *m, uint64_t pattern);
/* The staircase, by bisection. False and *error: as tb_arithmetic_staircase(). */
bool tb_scaled_machine_staircase(const struct tb_scaled_machine *m, struct tb_staircase *out,
                                 struct tb_error *error);

/* Whether word `index`, or an arithmetic, can differ from the exact answers of a case: by inputs on both
 * sides of the destination's boundaries (all of them for codes of at most 8 bits), zeros, extremes,
 * infinities and NaN. */
bool tb_scaled_word_applies(const struct tb_case *c, size_t index);
bool tb_scaled_arithmetic_applies(const struct tb_case *c, const struct tb_scaled_arithmetic *a);

#endif
