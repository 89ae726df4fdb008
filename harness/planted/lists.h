/* The targets in planted.so: a file a family, each with its list, which planted.c joins; and the problems
 * that those of array operations take. */
#ifndef TB_PLANTED_LISTS_H
#define TB_PLANTED_LISTS_H

#include "targets/target.h"

/* Each NULL-terminated. */
extern const struct tb_target *const planted_affine_targets[];
extern const struct tb_target *const planted_scaled_targets[];
extern const struct tb_target *const planted_basic_targets[];
extern const struct tb_target *const planted_stochastic_targets[];
extern const struct tb_target *const planted_mma_targets[];
extern const struct tb_target *const planted_dot_targets[];
extern const struct tb_target *const planted_problem_targets[];

#define PLANTED_GEMM  "gemm/uint8/int8/int32/m=3,n=5,k=67"
#define PLANTED_ROWS  "pack/uint4/int32/gptq-rows"
#define PLANTED_ZEROS "pack/uint4/int32/gptq-zeros-v2"

#endif
