/* Variants of the affine operations: every arithmetic that runtimes are known to compute, as data.
 *
 * An arithmetic is a dozen orthogonal fields, all zero for the exact one; a variant's name is one word of a
 * table, or several joined by '+' and applied from left to right: "rcp32+rna+zp-before". A preset
 * (affine_preset.h) is a name for such a string.
 *
 * The way of an input, each step governed by its field:
 *
 *   scale    s is rounded to the format in which it is held, then to the number type of the arithmetic; z and
 *            the sign of s may be others than the case's
 *   apply    t = x / s, or x * (1 / s), ... each operation rounded to the number type (rne)
 *   before   t + z, where the zero point comes before rounding; the clamp, where it comes before
 *   round    n = R(t)
 *   convert  n becomes an integer: of any size, or of 32 or 64 bits with what is out of range as told
 *   after    n + z, where the zero point comes after; the clamp, or none
 *   output   the code; a fake quantization's value or mask
 *
 * Arithmetic is done on the CPU's floats: this library is built without contraction of operations, and each
 * operation on a narrower type is one on doubles rounded once more, which for +, -, *, / of types of at most
 * 24 bits is the correctly rounded result (53 >= 2 * 24 + 2). Fused operations use fmaf. */
#ifndef TB_AFFINE_VARIANT_H
#define TB_AFFINE_VARIANT_H

#include "vectors/staircase.h"

/* The types that scales are held in and arithmetic is done in. TB_REAL: nothing is rounded; as the type of
 * operations that have to round, fp64. */
enum tb_number { TB_REAL, TB_NUMBER_FP64, TB_NUMBER_FP32, TB_NUMBER_FP16, TB_NUMBER_BF16 };

/* How the scale is applied. N() rounds to the number type; amax is N(hi * s): the largest magnitude that
 * the scale stands for, from which runtimes compute both; least is N((lo - z) * s), levels hi - lo. */
enum tb_apply {
    TB_APPLY_DIRECT,         /* N(x / s); a requantization's N(q * s). Of reals: exact */
    TB_APPLY_RECIPROCAL,     /* N(x * N(1 / s)) */
    TB_APPLY_WIDE_INVERSE,   /* N(x * N(fp64(1 / s))), the scale not narrowed before */
    TB_APPLY_AMAX,           /* N(x * N(hi / amax)) */
    TB_APPLY_AMAX_INVERSE,   /* N(x * N(hi * N(1 / amax))): what __fdividef(hi, amax) would give if its
                                reciprocal were correctly rounded */
    TB_APPLY_FMA,            /* fma(x, N(1 / s), z): the zero point is in it, before rounding */
    TB_APPLY_LINEAR,         /* N(N(x * i) + h) with i = N(levels / range), h = N(-least * i),
                                range = N(greatest - least); codes count from lo */
    TB_APPLY_LINEAR_FMA,     /* the same in one operation */
    TB_APPLY_RANGE,          /* N(N(N(x - least) / range) * levels); codes count from lo */
    TB_APPLY_SUBTRACT_LEAST, /* N(N(x - least) * N(1 / s)); codes count from lo */
    TB_APPLY_ROWWISE,        /* N(N(x - least) * N(levels / N(N(levels * s) + 1e-8))): the divisor is not the
                                scale; codes count from lo */
};

/* Roundings that no case can ask for: values of tb_affine_arithmetic.rounding beside enum tb_rounding's.
 * TB_EXACT there: the case's rounding. */
enum {
    TB_ROUND_ADD_HALF = 64,   /* floor(N(t + 0.5)): the sum rounds, 0.49999997f gives 1 */
    TB_ROUND_ADD_SIGNED_HALF, /* trunc(N(t + copysign(0.5, t))) */
    TB_ROUND_MAGIC,           /* the bits of fp32(t + 12582912) less those of 12582912: rne where |t| < 2^22,
                                 and whatever the bits say elsewhere, NaN included */
};

/* What is taken for the case's scale and zero point. */
enum tb_scale_used {
    TB_SCALE_CASE,
    TB_SCALE_MAGNITUDE, /* its sign is dropped */
};
enum tb_zero_used {
    TB_ZERO_CASE,
    TB_ZERO_NONE,     /* 0 */
    TB_ZERO_LESS_ONE, /* z - 1 */
};

enum tb_zero_place {
    TB_ZERO_AFTER,       /* n + z, no limit */
    TB_ZERO_AFTER_INT32, /* in 32 bits, wrapping */
    TB_ZERO_AFTER_INT64, /* in 64 bits, wrapping */
    TB_ZERO_AFTER_INT16, /* n saturated to 16 bits, the sum too */
    TB_ZERO_AFTER_FP32,  /* fp32(n + z) */
    TB_ZERO_BEFORE,      /* R(N(t + N(z))) */
};

/* What becomes of a rounded value that an integer register does not hold. NaN: 0 in the first three. */
enum tb_to_integer {
    TB_TO_ANY,         /* no limit */
    TB_TO_INT32,       /* saturates (PTX cvt.rni.s32, Arm FCVTNS) */
    TB_TO_INT16,       /* saturates */
    TB_TO_INT32_X86,   /* -2^31 for all that is out of range and NaN (cvtps2dq, cvttss2si) */
    TB_TO_INT64_X86,   /* -2^63 the same */
    TB_TO_INT32_GUARD, /* the same as INT32_X86, after minps(t, 2^31 - 128): NaN becomes that bound */
};

enum tb_clamp_place {
    TB_CLAMP_AFTER,  /* the last step, on integers */
    TB_CLAMP_BEFORE, /* before rounding, on numbers, to [N(lo - z), N(hi - z)] ([lo, hi] where the zero point
                        comes before), lower bound first; NaN gives the lower bound, as maxps has it */
    TB_CLAMP_FIRST,  /* n is clamped to [lo, hi], then the zero point added and the low bits kept */
    TB_CLAMP_NONE,   /* the low bits are kept */
};

enum tb_bounds {
    TB_BOUNDS_CASE,      /* [lo, hi] */
    TB_BOUNDS_SYMMETRIC, /* the least code is -hi */
    TB_BOUNDS_HALVED,    /* [floor(lo / 2), floor(hi / 2)]: reduce_range */
    TB_BOUNDS_LESS_HIGH, /* [lo, hi - 1] */
    TB_BOUNDS_LESS_LOW,  /* [lo + 1, hi] */
    TB_BOUNDS_MORE_HIGH, /* [lo, hi + 1], the low bits kept */
};

enum tb_nan_code { TB_NAN_AS_CONVERTED, TB_NAN_LOW, TB_NAN_HIGH, TB_NAN_ZERO_POINT, TB_NAN_CODE_ZERO };

/* Fixed point in place of a float product: how a requantization's factor becomes multiplier and shift.
 * mantissa q31 of the factor in [1/2, 1), SRDHM and RDPOT as in gemmlowp. */
enum tb_fixed {
    TB_FIXED_NONE,
    TB_FIXED_DOUBLE,       /* RDPOT(SRDHM(q << left, m), right): half up, then half away. m by rna */
    TB_FIXED_SINGLE,       /* (q * m + half) >> shift in 64 bits: half up. m by rna */
    TB_FIXED_SINGLE_RNE,   /* the same, s held in fp32, m by rne (FBGEMM; exact then) */
    TB_FIXED_Q31,          /* s held in fp32; (q * m + 2^30) >> 31, then half away by the rest (QNNPACK) */
    TB_FIXED_M16,          /* m in 16 bits, (q * m + half) >> shift (TFLite's int64 overload) */
    TB_FIXED_M16_PRESHIFT, /* s in fp32, m in 15 bits; q shifted with rounding, saturated to 16 bits, doubling
                              high product half up (XNNPACK rndnu16) */
    TB_FIXED_M21,          /* m in 21 bits by rne, (q * m + half) >> shift (XNNPACK's additions) */
};

/* How a code becomes a value again: dequantize, and the second half of a fake quantization. */
enum tb_revalue {
    TB_REVALUE_PRODUCT,       /* N(N(q - z) * s). Of reals: exact */
    TB_REVALUE_PREMULTIPLIED, /* N(N(s * q) - N(s * z)) */
    TB_REVALUE_FMA,           /* fma(s, q, -N(s * z)) */
    TB_REVALUE_DIVIDE,        /* N(N(q - z) / N(1 / s)) */
    TB_REVALUE_DIVIDE_AMAX,   /* N(N(q - z) / N(hi / amax)) */
    TB_REVALUE_LEAST,         /* N(N((q - lo) * s) + least) */
    TB_REVALUE_LINEAR,        /* N(N((q - lo) * N(range / levels)) + least) */
    TB_REVALUE_RANGE,         /* N(N(N((q - lo) / levels) * range) + least) */
};

enum tb_mask_place {
    TB_MASK_BEFORE, /* of the code before the clamp */
    TB_MASK_AFTER,  /* of the clamped code: always 1 */
    TB_MASK_INPUT,  /* lo and hi as values: least <= x <= greatest */
    TB_MASK_STRICT, /* lo < code < hi, before the clamp */
    TB_MASK_NUMBER, /* of the number, before a rule gives NaN a code: NaN is left out */
};

struct tb_affine_arithmetic {
    enum tb_scale_used scale;
    enum tb_zero_used zero_point;
    enum tb_number held;   /* of the scale in memory */
    enum tb_number number; /* of the arithmetic up to rounding */
    enum tb_apply apply;
    int rounding;
    enum tb_zero_place zero;
    enum tb_to_integer to_integer;
    enum tb_clamp_place clamp;
    enum tb_bounds bounds;
    enum tb_nan_code nan;
    enum tb_fixed fixed;
    bool strict_half; /* fixed: 30 bits of m, up only strictly above half (TFLITE_EMULATE_FLOAT) */
    enum tb_revalue revalue;
    enum tb_number output;  /* of the arithmetic back to a value */
    enum tb_number through; /* the value is rounded to this once more on its way */
    enum tb_mask_place mask;
};

/* One word of the table. */
struct tb_affine_variant {
    const char *name;
    const char *summary; /* one line, for people */
    const char *used_by; /* who is known to compute so */
    unsigned operations; /* bits 1 << TB_QUANTIZE ... */
    bool steady;         /* differs from the exact answers only by the scale's rounding, if at all: probes at
                            few inputs prove nothing */
    void (*apply)(struct tb_affine_arithmetic *a);
};
extern const struct tb_affine_variant tb_affine_variants[]; /* [0] is "exact" */
extern const size_t tb_affine_variant_count;

/* How an input is read; the usual ones fast. */
enum tb_affine_input { TB_INPUT_OTHER, TB_INPUT_FP32, TB_INPUT_BF16, TB_INPUT_FP16, TB_INPUT_INTEGER };

/* An arithmetic on a case, with the constants that it computes once. */
struct tb_affine_machine {
    struct tb_case c;
    struct tb_affine_arithmetic a;
    enum tb_affine_input input;
    int rounding;
    enum tb_number number; /* never TB_REAL */
    bool real;             /* t is kept with the side on which the exact quotient lies */
    double scale, inverse; /* in the number type; what x is multiplied by */
    double least, greatest, range, levels, offset;
    double clamp_low, clamp_high; /* of TB_CLAMP_BEFORE */
    int64_t low, high, zero;
    int64_t least_code; /* where codes count from lo: lo */
    int64_t multiplier;
    int shift; /* fixed: the factor is multiplier * 2^(shift - bits) */
    double value_scale, value_inverse, value_offset, value_range; /* back to a value */
    struct tb_case codes, values; /* the exact way from a code, and from fp64, to a value */
};

/* Reads a (possibly joined) name; presets are not known here. NULL: exact. False: unknown word, or one that
 * the case's operation does not have, named in *error. */
bool tb_affine_arithmetic_read(const struct tb_case *c, const char *name, struct tb_affine_arithmetic *out,
                               struct tb_error *error);
void tb_affine_machine_make(const struct tb_case *c, const struct tb_affine_arithmetic *a,
                            struct tb_affine_machine *out);

/* The output pattern for one input: some ten nanoseconds. */
uint64_t tb_affine_machine_at(const struct tb_affine_machine *m, uint64_t pattern);
/* A value that is constant wherever it is the same at both ends of a stretch inside one part of the domain
 * (one sign and exponent of a float, one power of two of an integer): the code, with the number of every jump
 * that the way to it has made. *code: as tb_affine_machine_output takes it. */
uint64_t tb_affine_machine_key(const struct tb_affine_machine *m, uint64_t pattern, int64_t *code);
/* For people: the value that is rounded for an input (the zero point in it where it comes before rounding,
 * before any clamp). False where there is none: fixed point, and dequantization. */
bool tb_affine_machine_scaled(const struct tb_affine_machine *m, uint64_t pattern, double *t);
/* The output pattern of a code. */
uint64_t tb_affine_machine_output(const struct tb_affine_machine *m, int64_t code);
/* Whether a staircase is in reach: the low bits of a code of a large domain are not. */
bool tb_affine_machine_has_staircase(const struct tb_affine_machine *m);
/* The staircase, by bisection of the key. False and *error: TB_EXIT_USAGE where there is none, TB_EXIT_SYSTEM
 * when memory is out. */
bool tb_affine_machine_staircase(const struct tb_affine_machine *m, struct tb_staircase *out,
                                 struct tb_error *error);

/* Whether a word can differ from the exact answers of a case: by inputs that show it, or because nothing
 * proves that it cannot. */
bool tb_affine_variant_applies(const struct tb_case *c, size_t index);
/* The same for an arithmetic. `steady`: as in tb_affine_variant. */
bool tb_affine_arithmetic_applies(const struct tb_case *c, const struct tb_affine_arithmetic *a, bool steady);

#endif
