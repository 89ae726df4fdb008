/* Vectors: explicit inputs and their outputs, where a domain is too large for a staircase. */
#ifndef TB_VECTORLIST_H
#define TB_VECTORLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tb_vectors {
    size_t count;
    size_t capacity;
    uint64_t *input; /* patterns, in the order in which they were made */
    uint64_t *output;
};

/* Vectors start as {0}. False only when memory is out. */
bool tb_vectors_append(struct tb_vectors *v, uint64_t input, uint64_t output);
void tb_vectors_free(struct tb_vectors *v);

/* Whether both have the same inputs in the same order. */
bool tb_vectors_same_inputs(const struct tb_vectors *a, const struct tb_vectors *b);

/* As tb_staircase_digest, over the number of vectors and each (input, output). */
void tb_vectors_digest(const struct tb_vectors *v, const char *case_id, char hex[65]);

#endif
