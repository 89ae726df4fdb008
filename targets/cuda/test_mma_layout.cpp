/* The layouts of fragments and of shared memory: every element once, and where the manual says. */
#include "targets/cuda/mma_layout.cuh"
#include "targets/cuda/mma_manual.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <vector>

static const int widths[] = {8, 16, 32};

/* Counts what lies where; then each place must have been met once. */
struct cover {
    uint32_t rows, columns;
    std::vector<int> seen;

    cover(uint32_t r, uint32_t c) : rows(r), columns(c), seen(r * c) {
    }
    void add(tb_place p) {
        ck_assert_msg(p.row < rows && p.column < columns, "[%u][%u] of %u x %u", p.row, p.column, rows,
                      columns);
        seen[p.row * columns + p.column]++;
    }
    void each_once() const {
        for (uint32_t i = 0; i < rows * columns; i++)
            ck_assert_msg(seen[i] == 1, "[%u][%u] of %u x %u is met %d times", i / columns, i % columns, rows,
                          columns, seen[i]);
    }
};

static void same(const char *what, uint32_t lane, uint32_t i, tb_place p, manual_place m) {
    ck_assert_msg(p.row == m.row && p.column == m.col,
                  "%s, lane %u, element %u: [%u][%u], the manual has [%u][%u]", what, lane, i, p.row,
                  p.column, m.row, m.col);
}

START_TEST(fragments) {
    const uint32_t bits = (uint32_t)widths[_i], parts = 32 / bits, k = 8 * parts;
    cover a(TB_MMA_M, k), b(k, TB_MMA_N), d(TB_MMA_M, TB_MMA_N);
    for (uint32_t lane = 0; lane < 32; lane++) {
        for (uint32_t i = 0; i < TB_MMA_A_REGISTERS * parts; i++) {
            const tb_place p = tb_mma_place_a(lane, i / parts, i % parts, parts);
            a.add(p);
            same("a", lane, i, p, manual_a((int)bits, lane, i));
        }
        for (uint32_t i = 0; i < TB_MMA_B_REGISTERS * parts; i++) {
            const tb_place p = tb_mma_place_b(lane, i / parts, i % parts, parts);
            b.add(p);
            same("b", lane, i, p, manual_b((int)bits, lane, i));
        }
        for (uint32_t i = 0; i < 4; i++) {
            const tb_place p = tb_mma_place_d(lane, i);
            d.add(p);
            same("d", lane, i, p, manual_d(lane, i));
        }
    }
    a.each_once();
    b.each_once();
    d.each_once();
}
END_TEST

/* Spelt out, from the manual's figures: bits, lane, element, row, column of a. */
START_TEST(corners_of_a) {
    static const uint32_t rows[][5] = {
        {8,  0,  0,  0,  0 },
        {8,  0,  4,  8,  0 },
        {8,  0,  8,  0,  16},
        {8,  31, 15, 15, 31},
        {16, 1,  1,  0,  3 },
        {16, 4,  2,  9,  0 },
        {16, 31, 7,  15, 15},
        {32, 3,  1,  8,  3 },
        {32, 3,  2,  0,  7 },
        {32, 31, 3,  15, 7 },
    };
    const uint32_t *r = rows[_i], parts = 32 / r[0];
    const tb_place p = tb_mma_place_a(r[1], r[2] / parts, r[2] % parts, parts);
    ck_assert_uint_eq(p.row, r[3]);
    ck_assert_uint_eq(p.column, r[4]);
}
END_TEST

START_TEST(wgmma_accumulator) {
    cover d(TB_WGMMA_M, TB_WGMMA_N);
    for (uint32_t thread = 0; thread < TB_WGMMA_THREADS; thread++)
        for (uint32_t i = 0; i < 4; i++) {
            const tb_place p = tb_wgmma_place_d(thread, i);
            d.add(p);
            same("wgmma d", thread, i, p, manual_wgmma_d(thread, i));
        }
    d.each_once();
}
END_TEST

/* Every byte of an operand once, at the address that the descriptor leads to. */
START_TEST(shared_memory) {
    const uint32_t rows[] = {TB_WGMMA_M, TB_WGMMA_N}, address = 0x2A80;
    const tb_wgmma_operand o = tb_wgmma_operand_of(rows[_i]);
    const uint64_t descriptor = tb_wgmma_descriptor(o, address);
    cover bytes(1, tb_wgmma_bytes(o));
    for (uint32_t row = 0; row < rows[_i]; row++)
        for (uint32_t byte = 0; byte < TB_WGMMA_K_BYTES; byte++) {
            const uint32_t offset = tb_wgmma_offset(o, row, byte);
            bytes.add(tb_place{0, offset});
            ck_assert_uint_eq(address + offset, manual_address(descriptor, row, byte));
        }
    bytes.each_once();
    ck_assert_uint_eq(descriptor >> 46, 0); /* no swizzle, no base offset */
}
END_TEST

/* By hand: 64 rows at 0x2A80; neighbours along k 1024 bytes apart, along m 128. */
START_TEST(descriptor_by_hand) {
    ck_assert(tb_wgmma_descriptor(tb_wgmma_operand_of(64), 0x2A80) == UINT64_C(0x00000008004002A8));
    /* generic shared addresses have more bits than a descriptor */
    ck_assert(tb_wgmma_descriptor(tb_wgmma_operand_of(8), 0xFFC00400) == UINT64_C(0x0000000800080040));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("matrix layouts");
    TCase *tests = tcase_create("matrix layouts");
    tcase_add_loop_test(tests, fragments, 0, 3);
    tcase_add_loop_test(tests, corners_of_a, 0, 10);
    tcase_add_test(tests, wgmma_accumulator);
    tcase_add_loop_test(tests, shared_memory, 0, 2);
    tcase_add_test(tests, descriptor_by_hand);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
