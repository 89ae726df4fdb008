/* Inside targets/affine: exact values placed between the values of a format, in 128-bit integers.
 *
 * A float's magnitude codes are consecutive integers along the number line: the code of a significand with
 * its hidden bit and an exponent is (exponent - least exponent) * 2^(precision - 1) + significand, for
 * subnormals as well. */
#ifndef TB_AFFINE_LINE_H
#define TB_AFFINE_LINE_H

#include "vectors/format.h"
#include "vectors/rounding.h"

typedef unsigned __int128 wide;

/* The least magnitude code whose value is at least (exclusive: above) value * 2^exponent; infinity's where no
 * finite one is, UINT64_MAX where there is no infinity either. value < 2^127. */
uint64_t tb_line_float(const struct tb_format *f, wide value, int exponent, bool exclusive);
/* The least integer that is at least (exclusive: above) value * 2^exponent / divisor; UINT64_MAX from 2^33
 * on. value < 2^58, 2^52 <= divisor <= 2^53. */
uint64_t tb_line_integer(wide value, int exponent, uint64_t divisor, bool exclusive);
/* (-1)^negative * value * 2^exponent rounded to a code; overflow goes to infinity where the format has it. */
uint64_t tb_line_encode(const struct tb_format *f, enum tb_rounding rounding, bool negative, wide value,
                        int exponent);

#endif
