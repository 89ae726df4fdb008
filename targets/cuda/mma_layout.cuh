/* Which element of a matrix each register of a lane holds, for the device and for the tests alike.
 *
 * PTX ISA 9.0, "Matrix Fragments for mma.m16n8k8 / k16 / k32" and "Register Fragments and Shared Memory
 * Matrix Layouts" of wgmma. The shapes differ only in how many elements a register of 32 bits holds: `parts`,
 * 4 of 8 bits, 2 of 16 bits, 1 of 32 bits, the first in the lowest bits; an instruction takes 8 * parts of k.
 *
 * Nothing here has been seen on a device; test_tensor.cpp holds it against the manual's own formulae. */
#ifndef TB_CUDA_MMA_LAYOUT_CUH
#define TB_CUDA_MMA_LAYOUT_CUH

#include "targets/cuda/body.cuh"

struct tb_place {
    uint32_t row, column;
};

/* ---- Fragments of mma.m16n8k(8 * parts): one warp. ---- */

enum { TB_MMA_M = 16, TB_MMA_N = 8, TB_MMA_A_REGISTERS = 4, TB_MMA_B_REGISTERS = 2 };

/* Of a, m x k. Registers 0 to 3. */
TB_BODY tb_place tb_mma_place_a(uint32_t lane, uint32_t reg, uint32_t part, uint32_t parts) {
    return tb_place{lane / 4 + 8 * (reg % 2), parts * (lane % 4 + 4 * (reg / 2)) + part};
}

/* Of b, k x n. Registers 0 and 1. */
TB_BODY tb_place tb_mma_place_b(uint32_t lane, uint32_t reg, uint32_t part, uint32_t parts) {
    return tb_place{parts * (lane % 4 + 4 * reg) + part, lane / 4};
}

/* Of c and d, m x n. Element 0 to 3 of a lane: one a register of 32 bits, two where they have 16. */
TB_BODY tb_place tb_mma_place_d(uint32_t lane, uint32_t element) {
    return tb_place{lane / 4 + 8 * (element / 2), 2 * (lane % 4) + element % 2};
}

/* ---- wgmma.m64n8k(32 bytes): four warps. ---- */

enum { TB_WGMMA_M = 64, TB_WGMMA_N = 8, TB_WGMMA_K_BYTES = 32, TB_WGMMA_THREADS = 128 };

/* Of d: each warp has 16 rows, laid out like those of mma. */
TB_BODY tb_place tb_wgmma_place_d(uint32_t thread, uint32_t element) {
    const tb_place place = tb_mma_place_d(thread % 32, element);
    return tb_place{16 * (thread / 32) + place.row, place.column};
}

/* Operands in shared memory, K-major without swizzle: core matrices of 8 rows (of m or n) by 16 bytes (along
 * k), 128 bytes side by side each. Neighbours along k are `leading` bytes apart, neighbours along m or n
 * `stride` bytes. Here all core matrices of the first 16 bytes of k come first. */
struct tb_wgmma_operand {
    uint32_t rows, leading, stride;
};
TB_BODY tb_wgmma_operand tb_wgmma_operand_of(uint32_t rows) {
    return tb_wgmma_operand{rows, rows * 16, 128};
}
TB_BODY uint32_t tb_wgmma_bytes(const tb_wgmma_operand &o) {
    return o.rows * TB_WGMMA_K_BYTES;
}
/* Where byte `byte` (of 32, along k) of row `row` lies. */
TB_BODY uint32_t tb_wgmma_offset(const tb_wgmma_operand &o, uint32_t row, uint32_t byte) {
    return row / 8 * o.stride + byte / 16 * o.leading + row % 8 * 16 + byte % 16;
}

/* The matrix descriptor: bits 13..0 the address, 29..16 the leading offset, 45..32 the stride offset, each in
 * units of 16 bytes and of 18 bits; 51..49 the base offset and 63..62 the swizzle mode, both none. */
TB_BODY uint64_t tb_wgmma_descriptor(const tb_wgmma_operand &o, uint32_t address) {
    const uint32_t mask = 0x3FFFF;
    return (uint64_t)((address & mask) >> 4) | (uint64_t)((o.leading & mask) >> 4) << 16 |
           (uint64_t)((o.stride & mask) >> 4) << 32;
}

#endif
