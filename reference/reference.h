/* The exact answers.
 *
 * Two implementations of one definition stand here and share no code: mpfr_convert.c, on GNU MPFR, which
 * makes the golden answers, and integer_convert.c, on 64- and 128-bit integers, which confirms them.
 *
 * The definition. A finite x is rounded on the destination's grid continued above its largest finite
 * magnitude M; then what lies beyond M meets the overflow policy (vectors/rounding.h). grid      quantum
 * 2^(max(floor(log2|x|), emin) - precision + 1); an integer's 2^-bias; a codebook's is its values. even, odd
 * of the destination's *code*, also where precision is 1 (P3109 4.7.4). rto       beyond M: M where M's code
 * is odd, else as the policy says. directed  rtz, rd above, ru below: never beyond M, under any policy (IEEE
 * 754-2019 7.4). infinity  satfinite: M. propagate, inf: infinity, or M where there is none. nan: NaN, or M
 * where there is none. unsigned  a negative x is rounded like any other; what is then below zero: satfinite,
 * propagate: the smallest value; inf, nan: NaN where the format has it (rtz, ru, and no NaN: the smallest
 * value). -infinity the same, whatever the rounding. A zero or what rounds to zero from below is +0. no zero
 * (E8M0) any 0 <= x < min gives min, in every rounding and policy; a negative x lies below the range at once.
 *   codebook  nearest value, tie to the even code; beyond M as the policy says, without rounding first.
 *   zero      keeps its sign, and so does what rounds to zero, where the format has -0; else +0.
 *   NaN       sign and leading fraction bits kept, made quiet, as far as the destination can hold them. A
 * destination without NaN: the largest finite value (floats: as PTX cvt and the CUDA headers), 0 (integers,
 * codebooks).
 *   sr        with N random bits that spell r, 0 <= r < 2^N: x lies f + nu quanta from zero, f an integer
 * and 0 <= nu < 1, and goes to f + 1 where floor(nu * 2^N) + r >= 2^N, else to f (IEEE P3109 v4.0 4.7.4,
 * StochasticA; cutting nu never changes that comparison). So a larger r never gives a smaller magnitude, and
 * values of the grid stay. Rounding comes first here too: what lies beyond M by less than a quantum reaches
 * the overflow with probability nu, and beyond M sr is no directed rounding: the policy says. Codebooks have
 * no quantum and no sr. Where the target hides its random bits (bits=hidden), an input has two answers, and
 * tb_stochastic_neighbours() gives them with nu.
 */
#ifndef TB_REFERENCE_H
#define TB_REFERENCE_H

#include "vectors/staircase.h"

/* The exact output pattern for an input pattern: MPFR, and integers. Any case of any operation (the affine
 * ones are defined in affine.h, the scaled ones in scaled.h, the basic ones in basic.h); thread safe. */
uint64_t tb_exact_mpfr(const struct tb_case *c, uint64_t pattern);
uint64_t tb_exact_integer(const struct tb_case *c, uint64_t pattern);
/* tb_exact_integer() of the inputs with index first .. first + count - 1 of the domain. */
void tb_exact_integer_block(const struct tb_case *c, uint64_t first, size_t count, uint64_t *out);
/* The two answers of a stochastic conversion of x, a pattern of the source: toward zero and away from it, and
 * the first of the 2^bits random numbers that give the second one, 2^bits where none does. By MPFR; bits is
 * 1..32, whatever the case says. */
uint64_t tb_stochastic_neighbours(const struct tb_case *c, uint64_t x, int bits, uint64_t codes[2]);

/* The same of conversions alone. */
uint64_t tb_mpfr_convert(const struct tb_case *c, uint64_t pattern);
uint64_t tb_integer_convert(const struct tb_case *c, uint64_t pattern);
/* The same of a pattern of the source and a random number of c->random_bits bits. */
uint64_t tb_integer_convert_with(const struct tb_case *c, uint64_t x, uint64_t random);
/* The integers' outputs for the inputs with index first .. first + count - 1, each evaluated; for proofs over
 * whole domains. */
void tb_integer_convert_block(const struct tb_case *c, uint64_t first, size_t count, uint64_t *out);

/* Builds the golden staircase of a case for which tb_case_has_staircase() holds, from MPFR, and proves it:
 * each run's first and last input are evaluated by MPFR, and the runs' codes ascend or descend over each
 * monotone part of the domain; of a basic operation every input is, and is confirmed by integers. False and
 * *error (TB_EXIT_USAGE: no staircase for this case; TB_EXIT_SYSTEM: no memory, or a proof that failed). */
bool tb_golden_staircase(const struct tb_case *c, struct tb_staircase *out, struct tb_error *error);

/* Evaluates the inputs with index in [begin, end) by MPFR and compares them with the staircase; *wrong is the
 * number that differ and *example the pattern of the first of them. True when none differs. */
bool tb_golden_prove(const struct tb_case *c, const struct tb_staircase *golden, uint64_t begin, uint64_t end,
                     uint64_t *wrong, uint64_t *example);

#endif
