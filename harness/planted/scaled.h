/* The planted faults of the scaled operations; planted.c joins them to its own list. */
#ifndef TB_PLANTED_SCALED_H
#define TB_PLANTED_SCALED_H

#include "targets/target.h"

/* NULL-terminated. */
extern const struct tb_target *const planted_scaled_targets[];

#endif
