/* The operations on arrays in planted.so, and the one problem that each takes. */
#ifndef TB_PLANTED_PROBLEMS_H
#define TB_PLANTED_PROBLEMS_H

#include "targets/target.h"

#include <stdbool.h>

#define PLANTED_GEMM  "gemm/uint8/int8/int32/m=3,n=5,k=67"
#define PLANTED_ROWS  "pack/uint4/int32/gptq-rows"
#define PLANTED_ZEROS "pack/uint4/int32/gptq-zeros-v2"

extern const struct tb_target *const planted_problem_targets[]; /* NULL-terminated */

#endif
