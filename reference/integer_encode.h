/* Inside reference/: the integer way's rounding of a number into a format. */
#ifndef TB_INTEGER_ENCODE_H
#define TB_INTEGER_ENCODE_H

#include "vectors/case.h"

/* The pattern of (-1)^negative * significand * 2^exponent in the case's destination under its rounding and
 * overflow policy. A significand of more than 64 bits may be handed over with its lowest bit set for all that
 * was cut: destinations have at most 53. TB_NOT_A_NUMBER: the quiet NaN. */
uint64_t tb_integer_encode(const struct tb_case *c, enum tb_class class, bool negative, uint64_t significand,
                           int exponent);

#endif
