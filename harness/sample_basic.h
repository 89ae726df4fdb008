/* Joint inputs for a check of a basic operation that cannot take all of them. */
#ifndef TB_SAMPLE_BASIC_H
#define TB_SAMPLE_BASIC_H

#include "vectors/case.h"

/* Hands `count` seeded inputs to `add`, beside all combinations of the operands' landmarks: any operands,
 * short significands and related exponents (ties), sums that cancel, halves of an ULP and what lies a little
 * off them (witnesses of rounding twice), results around the smallest normal value and around the largest,
 * quotients and roots next to a boundary. `draw` gives 64 random bits. */
void tb_sample_basic(const struct tb_case *c, size_t count, uint64_t (*draw)(void *context),
                     void (*add)(void *context, uint64_t input), void *context);

#endif
