/* Attribution: which named arithmetic computes what was recorded. */
#ifndef TB_ATTRIBUTE_H
#define TB_ATTRIBUTE_H

#include "harness/judge.h"

/* Inputs on which a variant and the record differ. `nan_bits` counts differences among NaN codes too.
 * UINT64_MAX when the variant does not exist for the case; *error says why. */
uint64_t tb_unexplained(const struct tb_trial *t, const char *variant, bool nan_bits, struct tb_error *error);

/* Fills verdict.explained_by, best first: all variants that leave nothing over, else the best few, and pairs
 * of them. */
void tb_attribute(struct tb_trial *t, bool nan_bits);

#endif
