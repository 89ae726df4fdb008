/* The portable family, in listing order. */
#include "targets/families.h"
#include "targets/portable/portable.h"

const struct tb_target *const tb_portable_targets[] = {&portable_c, &portable_table, NULL};
