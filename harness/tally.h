/* Counting divergences: each stretch of differing inputs goes into its class, the histogram of code distances
 * and the strip of binades. Constant memory, whatever a target does. */
#ifndef TB_TALLY_H
#define TB_TALLY_H

#include "reports/results.h"
#include "vectors/case.h"

#define TB_BINADES 4096 /* sign and up to 11 exponent bits */

struct tb_tally {
    uint64_t diverging, value_diverging;
    struct tb_class_count classes[TB_DIVERGENCES]; /* indexed by class; inputs 0 where it did not occur */
    uint64_t seen[TB_DIVERGENCES];                 /* stretches of the class, for the choice of examples */
    uint64_t distance[TB_DISTANCE_BINS];
    uint64_t binade[TB_BINADES]; /* diverging inputs; index: exponent field * 2 + negative */
    uint64_t random;             /* state of the seeded generator that picks examples */
};

/* The class of one difference, as far as the two answers tell it; tb_tally_add() looks at the inputs too. Of
 * one between two patterns of a format. */
enum tb_divergence tb_classify(const struct tb_case *c, uint64_t expected, uint64_t got);
enum tb_divergence tb_classify_in(const struct tb_format *f, uint64_t expected, uint64_t got);
/* Distance of got from the exact value in ULP of the destination at the expected value, which of integers are
 * steps; 0 where one of them is not finite. The exact value of an affine case is harness/affine_value.h's,
 * that of a basic operation its result before rounding. */
double tb_ulp_error(const struct tb_case *c, uint64_t input, uint64_t expected, uint64_t got);

void tb_tally_start(struct tb_tally *t);
/* Adds the inputs first..last (patterns, both inside), on which the target gave `got` instead of `expected`.
 */
void tb_tally_add(struct tb_tally *t, const struct tb_case *c, const struct tb_stretch *stretch);
/* Adds one element of a problem's outputs. Its ULP are those between the two values; it has no binade. */
void tb_tally_add_element(struct tb_tally *t, const struct tb_format *f, uint64_t index, uint64_t expected,
                          uint64_t got);
/* Adds `inputs` of class position, which no staircase holds. */
void tb_tally_add_position(struct tb_tally *t, const struct tb_example *example);
/* Moves the counts into a verdict's classes, distance and binades; allocates them. */
void tb_tally_report(const struct tb_tally *t, const struct tb_case *c, bool exhaustive,
                     struct tb_verdict *v);

#endif
