/* For the tests: matrix fragments as the PTX ISA 9.0 writes them, element i of a lane to its row and column,
 * a case distinction each. Written from the manual and apart from mma_layout.cuh, which is held against it.
 */
#ifndef TB_CUDA_MMA_MANUAL_H
#define TB_CUDA_MMA_MANUAL_H

struct manual_place {
    unsigned row, col;
};

/* "Matrix Fragments for mma.m16n8k8" (.tf32), "mma.m16n8k16" (.f16, .bf16), "mma.m16n8k32" (.s8, .u8, .e4m3,
 * .e5m2): multiplicand A. `bits` of an element. */
static inline struct manual_place manual_a(int bits, unsigned laneid, unsigned i) {
    const unsigned groupID = laneid >> 2, threadID_in_group = laneid % 4;
    struct manual_place p = {0, 0};
    if (bits == 32) {
        p.row = i == 0 || i == 2 ? groupID : groupID + 8;
        p.col = i == 0 || i == 1 ? threadID_in_group : threadID_in_group + 4;
    } else if (bits == 16) {
        p.row = i < 2 || (4 <= i && i < 6) ? groupID : groupID + 8;
        p.col = i < 4 ? (threadID_in_group * 2) + (i & 0x1) : (threadID_in_group * 2) + (i & 0x1) + 8;
    } else {
        p.row = i < 4 || (8 <= i && i < 12) ? groupID : groupID + 8;
        p.col = i < 8 ? (threadID_in_group * 4) + (i & 0x3) : (threadID_in_group * 4) + (i & 0x3) + 16;
    }
    return p;
}

/* Multiplicand B. */
static inline struct manual_place manual_b(int bits, unsigned laneid, unsigned i) {
    const unsigned groupID = laneid >> 2, threadID_in_group = laneid % 4;
    struct manual_place p = {0, 0};
    p.col = groupID;
    if (bits == 32)
        p.row = i == 0 ? threadID_in_group : threadID_in_group + 4;
    else if (bits == 16)
        p.row = i < 2 ? (threadID_in_group * 2) + (i & 0x1) : (threadID_in_group * 2) + (i & 0x1) + 8;
    else
        p.row = i < 4 ? (threadID_in_group * 4) + (i & 0x3) : (threadID_in_group * 4) + (i & 0x3) + 16;
    return p;
}

/* Accumulators C and D, the same in all three. */
static inline struct manual_place manual_d(unsigned laneid, unsigned i) {
    const unsigned groupID = laneid >> 2, threadID_in_group = laneid % 4;
    struct manual_place p = {0, 0};
    p.row = i < 2 ? groupID : groupID + 8;
    p.col = (threadID_in_group * 2) + (i & 0x1);
    return p;
}

/* Figure "WGMMA .m64nNk16 register fragment layout for accumulator matrix D", N = 8, of which only the
 * picture is there: warp w of the warpgroup has rows 16w to 16w + 15, T0 to T3 d0 and d1 of its first row, T4
 * to T7 of the next, d2 and d3 eight rows below. */
static inline struct manual_place manual_wgmma_d(unsigned thread, unsigned i) {
    static const unsigned down[4] = {0, 0, 8, 8}, across[4] = {0, 1, 0, 1};
    struct manual_place p = {0, 0};
    unsigned row = 0, col = 0;
    for (unsigned t = 0; t < thread; t++) { /* from thread to thread, as one reads the figure */
        col += 2;
        if (col == 8) {
            col = 0;
            row++;
        }
        if (t % 32 == 31)
            row += 8;
    }
    p.row = row + down[i];
    p.col = col + across[i];
    return p;
}

/* Byte `byte` along k of row `row` of an operand in shared memory, by its descriptor: "Matrix Descriptor
 * Format", "Strides", core matrices of 8 rows of 16 bytes, no swizzle. */
static inline unsigned manual_address(unsigned long long descriptor, unsigned row, unsigned byte) {
    const unsigned start = (unsigned)(descriptor & 0x3FFF) * 16,
                   leading = (unsigned)(descriptor >> 16 & 0x3FFF) * 16,
                   stride = (unsigned)(descriptor >> 32 & 0x3FFF) * 16;
    unsigned address = start;
    for (; row >= 8; row -= 8)
        address += stride;
    for (; byte >= 16; byte -= 16)
        address += leading;
    return address + row * 16 + byte;
}

#endif
