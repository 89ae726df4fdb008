/* Inside reference/: the integer way's rounding of a number into a format. */
#ifndef TB_INTEGER_ENCODE_H
#define TB_INTEGER_ENCODE_H

#include "vectors/case.h"

/* A number as the integer way reads it: (-1)^negative * significand * 2^exponent. */
struct tb_integer_number {
    enum tb_class class;
    bool negative;
    int exponent;         /* of bit 0 of the significand */
    uint64_t significand; /* finite: bit 63 set; NaN: its fraction, quiet bit at bit 63 */
};
/* Reads a pattern. */
struct tb_integer_number tb_integer_read(const struct tb_format *f, uint64_t pattern);

/* The pattern of (-1)^negative * significand * 2^exponent in the case's destination under its rounding and
 * overflow policy. A significand of more than 64 bits may be handed over with its lowest bit set for all that
 * was cut: destinations have at most 53. TB_NOT_A_NUMBER: the quiet NaN. */
uint64_t tb_integer_encode(const struct tb_case *c, enum tb_class class, bool negative, uint64_t significand,
                           int exponent);

#endif
