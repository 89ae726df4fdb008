#include "targets/families.h"
const struct tb_target *const tb_arm_targets[] = {NULL};
