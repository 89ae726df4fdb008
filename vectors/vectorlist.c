#include "vectors/vectorlist.h"
#include "vectors/staircase.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct tb_vectors *v) {
    size_t capacity = v->capacity ? 2 * v->capacity : 1024;
    uint64_t *input = realloc(v->input, capacity * sizeof *input);
    if (input)
        v->input = input;
    uint64_t *output = realloc(v->output, capacity * sizeof *output);
    if (output)
        v->output = output;
    if (!input || !output)
        return false;
    v->capacity = capacity;
    return true;
}

bool tb_vectors_append(struct tb_vectors *v, uint64_t input, uint64_t output) {
    if (v->count == v->capacity && !grow(v))
        return false;
    v->input[v->count] = input;
    v->output[v->count++] = output;
    return true;
}

void tb_vectors_free(struct tb_vectors *v) {
    free(v->input);
    free(v->output);
    *v = (struct tb_vectors){0};
}

bool tb_vectors_same_inputs(const struct tb_vectors *a, const struct tb_vectors *b) {
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->input, b->input, a->count * sizeof *a->input) == 0);
}

void tb_vectors_digest(const struct tb_vectors *v, const char *case_id, char hex[65]) {
    struct tb_staircase pairs = {.count = v->count, .first = v->input, .code = v->output};
    tb_staircase_digest(&pairs, case_id, hex);
}
