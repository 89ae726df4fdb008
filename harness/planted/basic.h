/* The planted faults of the basic operations; planted.c joins them to its own list. */
#ifndef TB_PLANTED_BASIC_H
#define TB_PLANTED_BASIC_H

#include "targets/target.h"

/* NULL-terminated. */
extern const struct tb_target *const planted_basic_targets[];

#endif
