/* Inside reference/: golden staircases of the affine operations but dequantization. */
#ifndef TB_AFFINE_GOLDEN_H
#define TB_AFFINE_GOLDEN_H

#include "vectors/staircase.h"

/* False when memory is out. *monotone: the codes before any clamp or mask go one way on each side of zero. */
bool tb_affine_golden(const struct tb_case *c, struct tb_staircase *out, bool *monotone);

#endif
