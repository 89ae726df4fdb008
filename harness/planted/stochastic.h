/* The planted faults of stochastic conversions; planted.c joins them to its own list. */
#ifndef TB_PLANTED_STOCHASTIC_H
#define TB_PLANTED_STOCHASTIC_H

#include "targets/target.h"

/* NULL-terminated. */
extern const struct tb_target *const planted_stochastic_targets[];

#endif
