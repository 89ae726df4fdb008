/* Between the Arm translation units. */
#ifndef TB_ARM_H
#define TB_ARM_H

#include "targets/simd/plan.h"
#include "targets/target.h"

#include <stdint.h>
#include <string.h>

/* NULL, or which CPU feature is missing. */
const char *tb_arm_lacks_bf16(void);

int tb_arm_open_neon(const struct tb_request *request, struct tb_kernel *kernel);
int tb_arm_open_bfcvt(const struct tb_request *request, struct tb_kernel *kernel);
void tb_arm_close_plan(struct tb_kernel *kernel);

/* The kernels of the destinations that are not packed bytes (neon_wide.c); NULL where there is none. */
tb_run_fn *tb_neon_wide(const struct tb_simd_plan *plan);

static inline uint64_t tb_fpcr(void) {
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value)::"memory");
    return value;
}

static inline void tb_set_fpcr(uint64_t value) {
    __asm__ volatile("msr fpcr, %0" ::"r"(value) : "memory");
}

/* FPCR with this rounding and all else at rest; rna truncates, as its kernels ask. */
static inline uint64_t tb_fpcr_of(enum tb_rounding rounding) {
    const uint64_t up = UINT64_C(1) << 22, down = UINT64_C(2) << 22, zero = UINT64_C(3) << 22;
    return rounding == TB_RU                          ? up
           : rounding == TB_RD                        ? down
           : rounding == TB_RTZ || rounding == TB_RNA ? zero
                                                      : 0;
}

/* Runs a loop over whole blocks, and over one padded copy for what is left, so that nothing outside the
 * arrays is touched. The loops are functions of their own: no floating-point operation can be moved across a
 * write of FPCR. */
typedef void tb_arm_loop(const struct tb_simd_plan *plan, const void *input, void *output, size_t count);

static inline void tb_arm_blocks(tb_arm_loop *loop, const struct tb_simd_plan *p, const void *input,
                                 void *output, size_t count, size_t block, size_t in_size, size_t out_size,
                                 enum tb_rounding rounding) {
    uint64_t before = tb_fpcr();
    size_t whole = count / block * block, left = count - whole;
    tb_set_fpcr(tb_fpcr_of(rounding));
    loop(p, input, output, whole);
    if (left) {
        char in[64] = {0}, out[64] = {0};
        memcpy(in, (const char *)input + in_size * whole, in_size * left);
        loop(p, in, out, block);
        memcpy((char *)output + out_size * whole, out, out_size * left);
    }
    tb_set_fpcr(before);
}

#endif
