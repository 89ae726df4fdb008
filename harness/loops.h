/* The inner loops of the sweep, one set for each instruction set: write the next block of inputs while the
 * last block of outputs is checked against one expected code. Input generation is bound by stores and the
 * check by loads, so that together they take little more than the first alone. */
#ifndef TB_LOOPS_H
#define TB_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Inputs a block: the two arrays stay in the L1 cache (512 costs 5 % more, 8192 leaves L1: measured on Zen
 * 4). */
#define TB_BLOCK 2048u

struct tb_loops {
    const char *name;
    /* input[i] = first + i * step; count is a multiple of 64. */
    void (*fill)(uint32_t *input, uint32_t first, uint32_t step, size_t count);
    /* Whether all outputs equal code; by bytes of an output, 1, 2 or 4. count is any. */
    bool (*same1)(const void *output, uint32_t code, size_t count);
    bool (*same2)(const void *output, uint32_t code, size_t count);
    bool (*same4)(const void *output, uint32_t code, size_t count);
    /* fill and same in one loop; count is a multiple of 64. */
    bool (*fill_same1)(uint32_t *input, uint32_t first, uint32_t step, const void *output, uint32_t code,
                       size_t count);
    bool (*fill_same2)(uint32_t *input, uint32_t first, uint32_t step, const void *output, uint32_t code,
                       size_t count);
    bool (*fill_same4)(uint32_t *input, uint32_t first, uint32_t step, const void *output, uint32_t code,
                       size_t count);
};

extern const struct tb_loops tb_loops_portable;
extern const struct tb_loops tb_loops_avx2;   /* x86-64 only */
extern const struct tb_loops tb_loops_avx512; /* x86-64 only */

/* The fastest set that this CPU runs. */
const struct tb_loops *tb_loops_best(void);

#endif
