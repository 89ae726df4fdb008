/* Dot products as plain C computes them, one way of summing a target. Each takes c in fp32 and d in fp32 or
 * bf16 (dot-fp64: fp32 alone), rounded to nearest even, and operands of any format; portable/dot also sums
 * integers, modulo 2^32; portable/dot-blocks takes operands under scales, the others those without. Each
 * claims the variant that it computes. */
#ifndef TB_PORTABLE_DOT_H
#define TB_PORTABLE_DOT_H

#include "targets/target.h"

extern const struct tb_target portable_dot;
extern const struct tb_target portable_dot_fma;
extern const struct tb_target portable_dot_pairwise;
extern const struct tb_target portable_dot_kahan;
extern const struct tb_target portable_dot_fp64;
extern const struct tb_target portable_dot_blocks;

#endif
