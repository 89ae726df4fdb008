/* Sources of random bits that are good, or bad in one way, in front of a conversion that takes its bits as
 * input: what the check of hidden sources is measured with. */
#ifndef TB_HIDDEN_SOURCE_H
#define TB_HIDDEN_SOURCE_H

#include "harness/hidden.h"

enum tb_source_kind {
    TB_SOURCE_GOOD,
    TB_SOURCE_SHORT,    /* `parameter` bits, zeros below them */
    TB_SOURCE_BIASED,   /* the top bit is set in one draw of `parameter` in which it was not */
    TB_SOURCE_FORCED,   /* one draw of `parameter` is the largest number */
    TB_SOURCE_SHARED,   /* `parameter` neighbouring lanes have one number */
    TB_SOURCE_REPEATED, /* every call begins anew */
    TB_SOURCE_CONSTANT, /* `parameter`, always */
};

struct tb_source {
    enum tb_source_kind kind;
    uint32_t parameter;
    uint64_t state, seed;
    const struct tb_kernel *kernel; /* of the same conversion with 16 random bits, inputs of 8 bytes */
};

/* The kernel of a hidden conversion of fp32: draws by *source, then converts. */
struct tb_kernel tb_source_kernel(struct tb_source *source);

#endif
