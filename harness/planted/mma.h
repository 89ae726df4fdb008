/* The planted faults of matrix multiply-add; planted.c joins them to its own list. */
#ifndef TB_PLANTED_MMA_H
#define TB_PLANTED_MMA_H

#include "targets/target.h"

/* NULL-terminated. */
extern const struct tb_target *const planted_mma_targets[];

#endif
