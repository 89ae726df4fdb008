/* What the contract is checked on where elements are records of a problem: a kernel that runs another and
 * then clears the bytes between the fields of its outputs, which belong to nobody. */
#ifndef TB_GAPLESS_H
#define TB_GAPLESS_H

#include "targets/target.h"
#include "vectors/problem.h"

struct tb_gapless {
    const struct tb_layout *layout;
    const struct tb_kernel *kernel;
};
struct tb_kernel tb_gapless_kernel(const struct tb_gapless *g);

#endif
