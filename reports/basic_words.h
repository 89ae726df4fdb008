/* Basic operations, as their readers know them: operands one by one, the exact result where it is short. */
#ifndef TB_REPORTS_BASIC_WORDS_H
#define TB_REPORTS_BASIC_WORDS_H

#include "vectors/case.h"

/* "a * b + c" */
const char *tb_basic_formula(enum tb_operation operation);
/* The exact result of add, sub, mul or fma on finite operands, on plain integers, without the reference;
 * false where it takes more than 63 bits, is zero or no number, and of the other operations. */
bool tb_basic_exact(const struct tb_case *c, uint64_t input, struct tb_value *out);

#endif
