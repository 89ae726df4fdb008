/* bench arithmetic: golden arrays of the basic operations from the integers' blocks, beside MPFR. */
#include "harness/bench.h"
#include "harness/bench_work.h"
#include "harness/options.h"
#include "reference/basic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SLICES = 64, BLOCK = 2048, PART = 16 }; /* MPFR takes one block in PART of a slice */

struct work {
    struct tb_case c;
    uint64_t blocks[BLOCK]; /* the integers' last block */
    uint64_t different;
};

static uint64_t slice_size(const struct work *w, unsigned slices) {
    return tb_case_inputs(&w->c) / slices;
}

/* All inputs of a slice, a block at a time. */
static uint64_t run_blocks(void *context, unsigned slice, unsigned slices) {
    struct work *w = context;
    uint64_t size = slice_size(w, slices), sum = 0;
    size = size < UINT64_C(1) << 18 ? size : UINT64_C(1) << 18;
    for (uint64_t at = 0; at < size; at += BLOCK) {
        tb_basic_integer_block(&w->c, slice * slice_size(w, slices) + at, BLOCK, w->blocks);
        sum += w->blocks[at / BLOCK % BLOCK];
    }
    return sum;
}

/* MPFR on one block in PART of the same, compared with the integers outside of the measured time: by
 * compare_slice(). */
static uint64_t run_mpfr(void *context, unsigned slice, unsigned slices) {
    struct work *w = context;
    uint64_t size = slice_size(w, slices), sum = 0;
    size = size < UINT64_C(1) << 18 ? size : UINT64_C(1) << 18;
    for (uint64_t at = 0; at < size; at += (uint64_t)BLOCK * PART)
        for (uint64_t i = 0; i < BLOCK; i++)
            sum += tb_basic_mpfr(&w->c, slice * slice_size(w, slices) + at + i);
    return sum;
}

static void compare_slice(struct work *w, unsigned slice) {
    uint64_t first = slice * slice_size(w, SLICES);
    tb_basic_integer_block(&w->c, first, BLOCK, w->blocks);
    for (uint64_t i = 0; i < BLOCK; i++)
        w->different += w->blocks[i] != tb_basic_mpfr(&w->c, first + i);
}

static const struct {
    const char *id;
    double bar;
} rows[] = {
    {"fma/e4m3fn/e4m3fn/rne/satfinite", 10},
    {"fma/e5m2/e5m2/rne/inf",           10},
    {"fma/e4m3fn/fp16/rtz/inf",         10},
    {"add/fp16/fp16/rne/inf",           0 },
    {"div/bf16/bf16/rne/inf",           0 },
};

int tb_bench_arithmetic(const struct tb_options *o) {
    static struct work w;
    uint64_t different = 0;
    (void)o;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tb_error error;
        memset(&w, 0, sizeof w);
        if (!tb_case_parse(rows[i].id, &w.c, &error))
            return tb_complain(&error);
        struct tb_contender k[] = {
            {"integers", run_blocks, &w, 0, 0},
            {"mpfr",     run_mpfr,   &w, 0, 0}
        };
        tb_bench_run(k, 2, SLICES, 1);
        for (unsigned slice = 0; slice < SLICES; slice++)
            compare_slice(&w, slice);
        uint64_t in_slice = slice_size(&w, SLICES);
        in_slice = in_slice < UINT64_C(1) << 18 ? in_slice : UINT64_C(1) << 18;
        printf("%-34s %" PRIu64 " inputs, %.1f ns each by integers, %.0f ns by MPFR\n", rows[i].id,
               tb_case_inputs(&w.c), k[0].seconds / (double)in_slice * 1e9,
               k[1].seconds / (double)(in_slice / PART) * 1e9);
        tb_bench_at_least("MPFR per input / integers per input", k[1].seconds * PART / k[0].seconds,
                          rows[i].bar);
        different += w.different;
    }
    printf("the two on a block of every slice: %" PRIu64 " different\n", different);
    return different ? TB_EXIT_DIVERGES : TB_OK;
}
