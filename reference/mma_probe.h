/* Dot products that tell tensor-core arithmetics apart: structured ones, a parameter or two in mind each, and
 * random ones of several characters. Golden records are made of them, and an unknown target is asked them.
 *
 * After Fasi, Higham, Mikaitis, Pranesh (PeerJ CS 7:e330) and Khattak, Mikaitis (arXiv 2512.07004); the same
 * on every machine. */
#ifndef TB_MMA_PROBE_H
#define TB_MMA_PROBE_H

#include "vectors/format.h"

struct tb_mma_shape {
    const struct tb_format *a, *b, *c; /* d has c's format */
    uint32_t k;
};

/* One dot product, as patterns; a and b have room for k. */
struct tb_mma_question {
    uint64_t *a, *b, c;
};

/* What a structured one is about, in a few words. */
size_t tb_mma_probe_count(const struct tb_mma_shape *shape);
const char *tb_mma_probe(const struct tb_mma_shape *shape, size_t number, struct tb_mma_question *out);

/* Random vectors of the given character, 0 to TB_MMA_CHARACTERS - 1; finite numbers only. */
#define TB_MMA_CHARACTERS 8
void tb_mma_draw(const struct tb_mma_shape *shape, unsigned character, uint64_t *state,
                 struct tb_mma_question *out);

#endif
