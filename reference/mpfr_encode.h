/* Inside reference/: rounding an exact MPFR number into a format. */
#ifndef TB_MPFR_ENCODE_H
#define TB_MPFR_ENCODE_H

#include "vectors/case.h"

#include <mpfr.h>

/* Whether |x| = lower + rest, rest in [0, 1), goes up to lower + 1. `half` is the sign of rest - 1/2. */
bool tb_mpfr_rounds_away(enum tb_rounding rounding, bool negative, bool inexact, int half,
                         bool lower_is_even);
/* The pattern of x in the case's destination under its rounding and overflow policy; the case's source is not
 * looked at. x has at most 128 bits; zeros keep their sign, NaN is the quiet one. */
uint64_t tb_mpfr_encode(const struct tb_case *c, mpfr_srcptr x);

#endif
