/* The target families inside this binary. Each is a NULL-terminated list, in listing order; a family whose
 * code could not be built here is still listed, with targets whose unavailable() says why. */
#ifndef TB_FAMILIES_H
#define TB_FAMILIES_H

#include "targets/target.h"

extern const struct tb_target *const tb_portable_targets[];
extern const struct tb_target *const tb_x86_targets[];
extern const struct tb_target *const tb_arm_targets[];
extern const struct tb_target *const tb_compiler_targets[];
extern const struct tb_target *const tb_nvidia_targets[];
extern const struct tb_target *const tb_flags_targets[];
extern const struct tb_target *const tb_model_targets[];

#endif
