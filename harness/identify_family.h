/* Inside harness/: the family of tensor-core arithmetics that identification chooses from. */
#ifndef TB_IDENTIFY_FAMILY_H
#define TB_IDENTIFY_FAMILY_H

#include "reference/mma.h"

/* Whether a set of parameters is still possible. `single`: only questions of one term have to agree, whose
 * answers depend neither on steps nor on order. */
struct tb_family_filter {
    bool (*fits)(void *context, const struct tb_mma_model *model, bool single);
    void *context;
};

/* Walks the whole family for a length and a format of d, the plainest sets first, and appends those that fit.
 * Returns how many sets there are. */
struct tb_candidates {
    size_t count, capacity;
    struct tb_mma_model *list;
};
uint64_t tb_family_walk(uint32_t k, const struct tb_format *d, const struct tb_family_filter *filter,
                        struct tb_candidates *out);
void tb_candidates_add(struct tb_candidates *c, const struct tb_mma_model *model);

/* A set of the family, drawn at random. */
struct tb_mma_model tb_family_draw(uint32_t k, const struct tb_format *d, uint64_t *state);

#endif
