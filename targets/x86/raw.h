/* One instruction over an array: what the raw targets share.
 *
 * A raw target is the instruction as it is, in a loop, under an MXCSR of its own; the tail goes through a
 * buffer, so that every element is converted by the same instruction and width. */
#ifndef TB_X86_RAW_H
#define TB_X86_RAW_H

#include "targets/x86/x86.h"

#include <immintrin.h>
#include <string.h>

/* What open() matches. */
struct tb_raw_case {
    const char *source, *destination, *rounding, *overflow; /* overflow NULL: any */
    tb_run_fn *run;
    const char *claim;
};

static inline int tb_raw_open(const struct tb_raw_case *cases, const struct tb_request *r,
                              struct tb_kernel *kernel) {
    if (strcmp(r->operation, "convert") != 0)
        return 0;
    for (; cases->run; cases++)
        if (strcmp(cases->source, r->source) == 0 && strcmp(cases->destination, r->destination) == 0 &&
            strcmp(cases->rounding, r->rounding) == 0 &&
            (!cases->overflow || strcmp(cases->overflow, r->overflow) == 0)) {
            *kernel = (struct tb_kernel){.run = cases->run, .claim = cases->claim};
            return 1;
        }
    return 0;
}

/* Defines run_NAME: STEP(in, out) converts LANES elements; MXCSR holds `mxcsr` meanwhile. The loop is a
 * function of its own that the compiler cannot move across the two writes of MXCSR. */
#define TB_RAW_RUN(NAME, STEP, LANES, IN, OUT, MXCSR)                                                        \
    static __attribute__((noinline)) void loop_##NAME(const IN *in, OUT *out, size_t count) {                \
        size_t i = 0;                                                                                        \
        for (; i + (LANES) <= count; i += (LANES))                                                           \
            STEP(in + i, out + i);                                                                           \
        if (i < count) {                                                                                     \
            IN first[LANES] = {0};                                                                           \
            OUT last[LANES];                                                                                 \
            memcpy(first, in + i, (count - i) * sizeof(IN));                                                 \
            STEP(first, last);                                                                               \
            memcpy(out + i, last, (count - i) * sizeof(OUT));                                                \
        }                                                                                                    \
    }                                                                                                        \
    static void run_##NAME(const void *state, const void *input, void *output, size_t count) {               \
        (void)state;                                                                                         \
        unsigned mxcsr = _mm_getcsr();                                                                       \
        _mm_setcsr(TB_MXCSR_DEFAULT | (MXCSR));                                                              \
        __asm__ volatile("" ::: "memory");                                                                   \
        loop_##NAME(input, output, count);                                                                   \
        __asm__ volatile("" ::: "memory");                                                                   \
        _mm_setcsr(mxcsr);                                                                                   \
    }

#endif
