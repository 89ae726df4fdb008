/* Whole numbers of up to 2048 bits with a sign, for exact answers without a library. What does not fit is
 * lost at the top; the callers' bounds say why nothing is. */
#ifndef TB_PORTABLE_BIG_H
#define TB_PORTABLE_BIG_H

#include "vectors/format.h"

#include <stdbool.h>
#include <stdint.h>

enum { BIG_WORDS = 32 };

struct big {
    uint64_t word[BIG_WORDS]; /* magnitude, the lowest first */
    bool negative;            /* never of zero */
};

struct big big_of(int64_t value);
bool big_is_zero(const struct big *x);
int big_length(const struct big *x); /* bits of the magnitude */
struct big big_negated(struct big x);
struct big big_magnitude(struct big x);
struct big big_sum(const struct big *a, const struct big *b);
struct big big_difference(const struct big *a, const struct big *b);
struct big big_times(const struct big *a, uint64_t factor);
struct big big_product(const struct big *a, const struct big *b);
struct big big_shifted(const struct big *x, int bits); /* up; bits >= 0 */
int big_compare(const struct big *a, const struct big *b);

/* A pattern's exact value as a whole number of 2^-unit; false where it is infinite or NaN. The format's least
 * magnitude must be a multiple of 2^-unit. */
bool big_from_pattern(const struct tb_format *f, uint64_t pattern, int unit, struct big *out);
/* top / bottom (positive) rounded to an integer, ties to even or away from zero, clamped; |low|, |high| below
 * 2^40. */
int64_t big_ratio_integer(const struct big *top, const struct big *bottom, bool away, int64_t low,
                          int64_t high);
/* floor(top / bottom) of numbers that are not negative, at most `most`. */
uint64_t big_ratio_floor(const struct big *top, const struct big *bottom, uint64_t most);
/* The pattern of top / bottom * 2^exponent in an IEEE-like format of at most 53 bits, to nearest even,
 * infinity beyond. Lengths of top and bottom below 1900 bits. */
uint64_t big_ratio_pattern(const struct tb_format *f, const struct big *top, const struct big *bottom,
                           int exponent);

#endif
