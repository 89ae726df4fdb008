/* Ids of the scaled operations, from float to float; the rest of vectors/case.h goes through here for them.
 */
#ifndef TB_SCALED_CASE_H
#define TB_SCALED_CASE_H

#include "vectors/case.h"

/* Makes a quantization to a float, or a dequantization of one, of what was read as an affine operation: its
 * formats tell. False: it stays what it is. */
bool tb_scaled_claim(struct tb_case *c);
/* `rest` is what follows DESTINATION/ in `id`; operation, source and destination are set already. */
bool tb_scaled_parse(const char *id, const char *rest, struct tb_case *out, struct tb_error *error);
void tb_scaled_print(const struct tb_case *c, char id[TB_CASE_ID]);

#endif
