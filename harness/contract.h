/* Whether a kernel keeps the promises of targets/target.h, apart from the values that it computes.
 *
 * Runs in a job's child before the sweep: arrays against PROT_NONE pages at both ends, canaries where an
 * offset keeps them from touching, poisoned outputs, every count from 0 to 130 at both guards and at every
 * offset below 64 bytes of either array, every output compared with what the same input gave in one long
 * aligned call. 10,000 to 15,000 calls: 4 ms for a kernel that takes 0.1 ns an
 * element, test_contract.c. */
#ifndef TB_CONTRACT_H
#define TB_CONTRACT_H

#include "targets/target.h"
#include "vectors/error.h"

/* In the order in which they are told: the first makes the others doubtful. */
enum tb_breach {
    TB_BREACH_BOUNDS,      /* wrote outside the output */
    TB_BREACH_INPUT,       /* changed its input */
    TB_BREACH_ENVIRONMENT, /* left another floating-point environment */
    TB_BREACH_UNWRITTEN,   /* left an output element, or a part of one, unwritten */
    TB_BREACH_REPEAT,      /* two equal calls, two answers */
    TB_BREACH_POSITION,    /* the answer depends on where the input stands */
    TB_BREACHES
};
extern const char *const tb_breach_names[TB_BREACHES]; /* "bounds", "input", "environment", ... */

#define TB_POSITIONS    64
#define TB_BREACH_TEXT  192
#define TB_LONGEST_TAIL 130u /* twice the widest vector of bytes, and 2 */

/* One input that got two answers. */
struct tb_position {
    uint64_t input, body, tail;           /* patterns: body in the long call, tail in the short one */
    uint32_t count, index;                /* of the short call */
    uint32_t input_offset, output_offset; /* of its arrays, in bytes, modulo 64 */
};

/* Flat, so that a child can fwrite() it to its parent. */
struct tb_contract_report {
    uint32_t breaches; /* 1u << enum tb_breach */
    uint64_t calls;
    char text[TB_BREACHES][TB_BREACH_TEXT]; /* the first of each kind, one line; "" where there is none */
    uint64_t position_total;                /* elements, over all calls */
    uint32_t position_count;                /* the first TB_POSITIONS of them */
    struct tb_position positions[TB_POSITIONS];
};

/* Elements of more than 8 bytes are records of a problem: counts from 0 to 5, offsets that are multiples of
 * 8, and a position tells the sample's number and the first bytes that differ instead of patterns.
 *
 * Samples are patterns of in_bytes each, 1 at least; some hundreds with specials among them are good. The
 * environment on entry is the one that the kernel must keep. False only when memory is out. A crash is the
 * pool's to tell. */
bool tb_contract_check(const struct tb_kernel *kernel, unsigned in_bytes, unsigned out_bytes,
                       const void *sample_inputs, size_t sample_count, struct tb_contract_report *report);

/* The most serious breach's text; NULL when the contract is kept. TB_BREACH_POSITION comes last: it is a
 * divergence, the others are reasons to distrust the sweep. */
const char *tb_contract_sentence(const struct tb_contract_report *report);

/* Memory between two stretches of PROT_NONE: `size` bytes at `start`, both multiples of the page size. */
struct tb_guarded {
    unsigned char *start;
    size_t size;
};
bool tb_guarded_open(struct tb_guarded *guarded, size_t least_bytes);
void tb_guarded_close(struct tb_guarded *guarded);

#endif
