/* What the planted faults of several families share: fp32 and its pattern, and the target of a row. */
#ifndef TB_PLANTED_ROW_H
#define TB_PLANTED_ROW_H

#include "targets/target.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline float float_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint32_t bits_of(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static inline void close_row(struct tb_kernel *kernel) {
    free((void *)(uintptr_t)kernel->state);
}

/* A target that computes by a rule, of a file that has open_row(), run_by() and its struct rule. */
#define TARGET_BY_RULE(ID, NAME, RULE, SUMMARY)                                                              \
    static const struct rule rule_##ID = RULE;                                                               \
    static void run_##ID(const void *state, const void *input, void *output, size_t count) {                 \
        run_by(&rule_##ID, state, input, output, count);                                                     \
    }                                                                                                        \
    static int open_##ID(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        return open_row(request, kernel, run_##ID);                                                          \
    }                                                                                                        \
    static const struct tb_target target_##ID = {                                                            \
        TIEBREAK_TARGET_ABI, "planted/" NAME, "planted fault: " SUMMARY, NULL, open_##ID, close_row, NULL};

#endif
