/* Inputs for a check that cannot take all of them: boundaries and their neighbours, special values, seeded
 * random draws. */
#ifndef TB_SAMPLE_H
#define TB_SAMPLE_H

#include "harness/sweep.h"

/* A sample of about `random` seeded draws and all structured inputs. With a golden staircase (may be NULL)
 * these are the two inputs on each side of every boundary, and the expected outputs are read from it. Without
 * one they are made from the destination's codes (values, midpoints, each with neighbours; traps for double
 * rounding), and the expected outputs come from MPFR, each confirmed by the integer reference. Same case,
 * same sample, everywhere. False and *error when memory is out or the two references disagree. */
bool tb_sample_make(const struct tb_case *c, const struct tb_staircase *golden, size_t random,
                    struct tb_vectors *out, struct tb_error *error);

/* The expected outputs of inputs that ascend, found as above; replaces out->output. */
bool tb_sample_expect(const struct tb_case *c, const struct tb_staircase *golden, struct tb_vectors *out,
                      struct tb_error *error);

#endif
