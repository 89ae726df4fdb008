/* A staircase from a function that is monotone on known parts of its domain. */
#ifndef TB_BISECT_H
#define TB_BISECT_H

#include "vectors/staircase.h"

typedef uint64_t tb_evaluate_fn(const void *context, uint64_t pattern);

/* Finds every run by evaluating its first and its last input, and a few more where the next boundary has to
 * be looked for. Sources of at most 16 bits are evaluated on every input. Larger ones are cut at the sign, at
 * zero, at each exponent (each power of two of an integer), at infinity and at the quiet bit; on each part
 * the function must be monotone: equal values at both ends of a stretch mean that it is constant there. False
 * when memory is out. */
bool tb_staircase_bisect(const struct tb_format *source, tb_evaluate_fn *evaluate, const void *context,
                         struct tb_staircase *out);

/* The same of joint inputs: a pattern of the source above `random_bits` random bits. For each pattern of the
 * source the function must be monotone in the random number on each of `parts` equal parts of its range, so
 * that it has at most two values there. */
bool tb_stochastic_bisect(const struct tb_format *source, int random_bits, unsigned parts,
                          tb_evaluate_fn *evaluate, const void *context, struct tb_staircase *out);

#endif
