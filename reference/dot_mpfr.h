/* Inside reference/: the exact sum of a dot product as an MPFR number, before it is rounded. */
#ifndef TB_DOT_MPFR_H
#define TB_DOT_MPFR_H

#include "reference/dot.h"

#include <mpfr.h>

/* Rounds the exact sum, and the sum of all magnitudes (NULL: not wanted), to the precision of the numbers: to
 * nothing where that is 1536 bits and the terms are at most 2^13. */
void tb_dot_exact_sum(const struct tb_dot *d, const struct tb_dot_terms *t, mpfr_ptr sum, mpfr_ptr magnitude);

#endif
