/* The exact dot product: the sum of all products and of c, rounded once.
 *
 *   d = round(factor_a * factor_b * sum over i of (scale_a[i / block] * a[i] * scale_b[i / block] * b[i]) +
 * c)
 *
 * Two implementations of this definition share no code: dot_mpfr.c on GNU MPFR, which makes golden answers,
 * and dot_integer.c on an integer accumulator that holds every bit of every product, which confirms them.
 *
 * The definition. Every operand is the number that its code stands for: subnormals are read as they are,
 * nothing is flushed, no product is rounded and none overflows; the order of the terms means nothing. The sum
 * is rounded once into d, under the rounding and overflow policy of conversions (reference.h).
 *   NaN       the positive quiet NaN of d: of a NaN among operands, scales, factors or c, of zero times an
 *             infinity, and of infinities of both signs among products and c.
 *   infinity  an infinite product, or c, else: treated like an infinite input of a conversion.
 *   zero      a sum that is exactly zero: the sign that all products and c have in common, where all are
 *             zeros of one sign; else +0, under rd -0 (IEEE 754-2019 6.3). A format without -0: +0. A sum
 * that is not zero keeps its sign when it is rounded to zero. */
#ifndef TB_DOT_H
#define TB_DOT_H

#include "vectors/format.h"
#include "vectors/rounding.h"

/* What the codes of a dot product mean. Operands are floats and integers of at most 32 bits, padding left
 * out; all but a, b and d may be absent (NULL). */
struct tb_dot_formats {
    const struct tb_format *a, *b;
    const struct tb_format *scale_a, *scale_b; /* one for `block` neighbours of a, of b */
    const struct tb_format *factor;            /* of factor_a and factor_b, one for all of a, all of b */
    const struct tb_format *c, *d;
    uint32_t block; /* terms that share a scale; at least 1 where there are scales */
    enum tb_rounding rounding;
    enum tb_overflow overflow;
};

/* One dot product: codes in the patterns of their formats, those of absent operands not looked at. */
struct tb_dot_terms {
    size_t k; /* products, at least 1 */
    const uint32_t *a, *b, *scale_a, *scale_b;
    uint32_t factor_a, factor_b, c;
};

/* A format as the integer way reads it. */
struct tb_dot_reader {
    const struct tb_format *format; /* NULL: the operand is absent, which reads as 1 */
    int unit;                       /* 2^unit: the weight of the lowest bit of the least code */
    uint32_t sign, magnitude;       /* the bits of a pattern */
    uint32_t sign_shift;            /* that brings the sign to the top */
    uint32_t fraction_bits;         /* with the padding; 31 in an integer */
    uint32_t starts_at_one;         /* 1: the exponent field 1 means what 0 does; else 0 */
    uint32_t hidden;                /* the hidden bit of a format that has it in every code */
    uint32_t twos_complement;       /* all ones of an integer */
    uint32_t special_from;          /* magnitudes from here on are infinities and NaNs; 0: none is */
    uint32_t special_code;          /* a pattern that is NaN; 0: there is none */
};

/* A dot product made ready: tb_dot_make() fills it. */
struct tb_dot {
    struct tb_dot_formats formats;
    struct tb_dot_reader a, b, scale_a, scale_b, factor, c;
    int lowest;      /* 2^lowest: the weight of the accumulator's lowest bit */
    unsigned digits; /* of 32 bits, that it has */
    bool wide;       /* a product may have more than 48 bits */
};

/* False and *error (TB_EXIT_USAGE) where an operand is no float or integer of at most 32 bits, where the
 * significands of a product have more than 64 bits together, or where the exponents of its operands span more
 * than the accumulator has: fp32, scaled by E8M0 on both sides, fits. */
bool tb_dot_make(struct tb_dot *d, const struct tb_dot_formats *formats, struct tb_error *error);

/* The exact d, by MPFR and by integers. Any number of terms below 2^31; thread safe. The integers take 2 to 4
 * ns a term (`tiebreak bench dot` says how much MPFR takes beside them). */
uint64_t tb_dot_mpfr(const struct tb_dot *d, const struct tb_dot_terms *t);
uint64_t tb_dot_integer(const struct tb_dot *d, const struct tb_dot_terms *t);

#endif
