#include "vectors/staircase.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool tb_staircase_reserve(struct tb_staircase *s, size_t runs) {
    if (runs <= s->capacity)
        return true;
    uint64_t *first = realloc(s->first, runs * sizeof *first);
    if (first)
        s->first = first;
    uint64_t *code = realloc(s->code, runs * sizeof *code);
    if (code)
        s->code = code;
    if (!first || !code)
        return false;
    s->capacity = runs;
    return true;
}

void tb_staircase_free(struct tb_staircase *s) {
    free(s->first);
    free(s->code);
    *s = (struct tb_staircase){0};
}

size_t tb_staircase_find(const struct tb_staircase *s, uint64_t pattern) {
    size_t low = 0, high = s->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->first[middle] <= pattern)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t tb_staircase_at(const struct tb_staircase *s, uint64_t pattern) {
    return s->code[tb_staircase_find(s, pattern)];
}

bool tb_staircase_equal(const struct tb_staircase *a, const struct tb_staircase *b) {
    return a->count == b->count && memcmp(a->first, b->first, a->count * sizeof *a->first) == 0 &&
           memcmp(a->code, b->code, a->count * sizeof *a->code) == 0;
}

void tb_staircase_compare(const struct tb_staircase *a, const struct tb_staircase *b, uint64_t end,
                          tb_difference_fn *visit, void *context) {
    size_t i = 0, j = 0;
    uint64_t at = 0;
    for (;;) {
        uint64_t end_a = i + 1 < a->count ? a->first[i + 1] - 1 : end;
        uint64_t end_b = j + 1 < b->count ? b->first[j + 1] - 1 : end;
        uint64_t last = end_a < end_b ? end_a : end_b;
        if (a->code[i] != b->code[j])
            visit(&(struct tb_difference){at, last, a->code[i], b->code[j]}, context);
        if (last == end)
            return;
        i += last == end_a;
        j += last == end_b;
        at = last + 1;
    }
}

static void hash_word(crypto_hash_sha256_state *state, uint64_t word) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(word >> (8 * i));
    crypto_hash_sha256_update(state, bytes, sizeof bytes);
}

void tb_staircase_digest(const struct tb_staircase *s, const char *case_id, char hex[65]) {
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)case_id, strlen(case_id) + 1);
    hash_word(&state, s->count);
    for (size_t i = 0; i < s->count; i++) {
        hash_word(&state, s->first[i]);
        hash_word(&state, s->code[i]);
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}
