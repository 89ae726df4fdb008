/* The estimate of the vector kernels, and when it can be trusted.
 *
 * y = clamp(x) * factor + start lies in [2^b, 2^(b+1)), where floor(y) - 2^b is the code, counted from the
 * lowest, for every x that lies farther from a boundary than the arithmetic's error; and where the bits of y
 * below the point say so: they hold how far above a boundary y lies, and `start` is raised by that error. Of
 * the inputs whose bits under `away` are all zero nothing is known; they, zeros under a directed rounding and
 * NaN are left to tb_affine_code(). That is one input in 4,096 with fp32 and an 8-bit code. */
#ifndef TB_AFFINE_WINDOW_H
#define TB_AFFINE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct tb_affine_plan;

struct tb_affine_window {
    double low, high;  /* of the input */
    double factor;     /* |scale|'s reciprocal or the scale, with its sign */
    double start[2];   /* index 1: the clamped input is negative */
    double least;      /* inputs nearer to zero are moved out to it; 0 where no boundary lies at zero */
    uint64_t away;     /* in the bits of y */
    int fraction_bits; /* of y, below the point */
};

/* The arithmetic of y: bits of its fraction field, those above the point, and how many of its operations
 * round the product: 1 with a fused one (and the factor's own error), 2 without. */
struct tb_affine_arithmetic {
    int mantissa_bits, code_bits, roundings;
};

/* False where the estimate does not carry: zero, infinite, NaN and very large or small scales; rounding to
 * odd; more codes than code_bits hold. */
bool tb_affine_window_make(const struct tb_affine_plan *p, const struct tb_affine_arithmetic *a,
                           struct tb_affine_window *out);

#endif
