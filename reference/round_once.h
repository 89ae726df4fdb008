/* Inside reference/: quotients of MPFR numbers that are rounded once, whatever comes after. */
#ifndef TB_ROUND_ONCE_H
#define TB_ROUND_ONCE_H

#include "vectors/format.h"

#include <mpfr.h>

/* top / bottom rounded to odd in the precision of `out`: cut, and the last bit set where anything was lost.
 * Rounding that to at least two bits fewer, or to an integer that leaves two bits behind it, gives what
 * rounding the quotient gives. */
void tb_divide_to_odd(mpfr_ptr out, mpfr_srcptr top, mpfr_srcptr bottom);
/* x likewise. */
void tb_cut_to_odd(mpfr_ptr out, mpfr_srcptr x);
/* x was cut toward zero to its precision, `lost` tells whether anything was lost: made odd in place. */
void tb_make_odd(mpfr_ptr x, bool lost);
/* The pattern of top / bottom in a format, to nearest even, beyond the range infinity. */
uint64_t tb_quotient_pattern(const struct tb_format *f, mpfr_srcptr top, mpfr_srcptr bottom);
/* The pattern of x, of any precision, likewise. */
uint64_t tb_rounded_pattern(const struct tb_format *f, mpfr_srcptr x);
/* x as an integer, ties to even, or away from zero; clamped to [low, high]. */
int64_t tb_rounded_integer(mpfr_srcptr x, bool away, int64_t low, int64_t high);
/* The exact value of a pattern: of a number, an infinity or NaN. */
void tb_set_pattern(mpfr_ptr x, const struct tb_format *f, uint64_t pattern);

#endif
