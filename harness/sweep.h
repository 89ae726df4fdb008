/* Running a kernel over a case's inputs and recording where its outputs differ from the golden ones. */
#ifndef TB_SWEEP_H
#define TB_SWEEP_H

#include "harness/tally.h"
#include "reference/wide.h"
#include "targets/target.h"
#include "vectors/staircase.h"
#include "vectors/vectorlist.h"

/* What a target did on one case. */
struct tb_record {
    uint64_t inputs; /* evaluated */
    bool exhaustive;
    struct tb_tally tally;
    struct tb_stretch *stretches; /* ascending; all of them unless `irregular` */
    size_t stretch_count, stretch_capacity;
    bool irregular; /* more than TB_STRETCHES: the tally is whole, the list is not */
    bool thinned;   /* irregular, and the list is what the sample's inputs gave: enough to explain by */
};

#define TB_STRETCHES ((size_t)2 << 20)

void tb_record_free(struct tb_record *r);

/* Every input of the domain. Sources of at most 32 bits that have a golden staircase. `progress` (may be
 * NULL) is told of each piece of work done. False when memory is out. */
bool tb_sweep(const struct tb_case *c, const struct tb_staircase *golden, const struct tb_kernel *kernel,
              void (*progress)(uint64_t inputs), struct tb_record *out);

/* Every input of a domain whose golden answers are ramps. */
bool tb_sweep_wide(const struct tb_case *c, const struct tb_wide *wide, const struct tb_kernel *kernel,
                   void (*progress)(uint64_t inputs), struct tb_record *out);

/* Every input of a domain of at most 32 bits whose golden answers the integer reference makes block by block
 * (tb_basic_by_blocks). Of more than TB_STRETCHES_OF_BLOCKS stretches the list is thinned to the sample's. */
bool tb_sweep_blocks(const struct tb_case *c, const struct tb_vectors *sample, const struct tb_kernel *kernel,
                     void (*progress)(uint64_t inputs), struct tb_record *out);
#define TB_STRETCHES_OF_BLOCKS ((size_t)1 << 17)

/* The inputs with index in [begin, end), multiples of TB_BLOCK, of a source in a 32-bit container: a part of
 * the above, for measuring. */
bool tb_sweep_range(const struct tb_case *c, const struct tb_staircase *golden,
                    const struct tb_kernel *kernel, uint64_t begin, uint64_t end,
                    void (*progress)(uint64_t inputs), struct tb_record *out);
/* The same without a check: generates the inputs and converts them. What the check is measured against. */
void tb_sweep_unchecked(const struct tb_case *c, const struct tb_kernel *kernel, uint64_t begin,
                        uint64_t end);

/* Runs the kernel over a sample, inputs ascending, in one call. */
bool tb_sweep_sample(const struct tb_case *c, const struct tb_vectors *sample, const struct tb_kernel *kernel,
                     struct tb_record *out);

/* The golden staircase with the record's stretches laid over it: the staircase that was recorded. */
bool tb_record_staircase(const struct tb_case *c, const struct tb_staircase *golden,
                         const struct tb_record *r, struct tb_staircase *out);

#endif
