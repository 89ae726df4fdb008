/* Inside reference/: codes of many inputs at once, where an arithmetic does what it was made for. One set of
 * loops for each instruction set; affine_walk.c is the plain way that they are held against. */
#ifndef TB_AFFINE_BLOCK_H
#define TB_AFFINE_BLOCK_H

#include "reference/affine_machine.h"

enum { TB_AFFINE_BLOCK = 256 }; /* inputs at a time: all arrays stay in the L1 cache */

/* Whether the loops have this arithmetic: values from fp32 or int32, numbers and scales of no extreme size.
 * Not masks, whose staircases have a handful of runs. */
bool tb_affine_block_has(const struct tb_affine_machine *m);

/* The codes that tb_affine_machine_key gives for `count` input patterns that are no zero, infinity or NaN: at
 * most TB_AFFINE_BLOCK, of an arithmetic that tb_affine_block_has. False where one of them leaves 30 bits on
 * its way: what registers do there the plain way knows. Where true, no step has jumped, and keys are
 * tb_affine_key(0, false, code). */
typedef bool tb_affine_codes_fn(const struct tb_affine_machine *m, const uint32_t *pattern, size_t count,
                                int32_t *code);
tb_affine_codes_fn tb_affine_codes_portable;
tb_affine_codes_fn tb_affine_codes_avx2;   /* x86-64 only */
tb_affine_codes_fn tb_affine_codes_avx512; /* x86-64 only */

/* The fastest that this CPU runs. */
tb_affine_codes_fn *tb_affine_codes_best(void);

#endif
