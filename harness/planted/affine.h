/* The planted faults of the affine operations; planted.c joins them to its own list. */
#ifndef TB_PLANTED_AFFINE_H
#define TB_PLANTED_AFFINE_H

#include "targets/target.h"

/* NULL-terminated. */
extern const struct tb_target *const planted_affine_targets[];

#endif
