/* A staircase: the behaviour of a conversion over its whole domain, as runs: "from this input on, this code".
 */
#ifndef TB_STAIRCASE_H
#define TB_STAIRCASE_H

#include "vectors/case.h"

struct tb_staircase {
    size_t count; /* runs; at least 1 once built */
    size_t capacity;
    uint64_t *first; /* the input's pattern, ascending, first[0] = 0 */
    uint64_t *code;  /* the output's pattern; neighbours differ */
};

/* A staircase starts as {0}. reserve: room for so many runs at least. append joins a run to its predecessor
 * when the code is the same; `first` must ascend. False only when memory is out. */
bool tb_staircase_reserve(struct tb_staircase *s, size_t runs);
static inline bool tb_staircase_append(struct tb_staircase *s, uint64_t first, uint64_t code) {
    if (s->count && s->code[s->count - 1] == code)
        return true;
    if (s->count == s->capacity && !tb_staircase_reserve(s, s->capacity ? 2 * s->capacity : 1024))
        return false;
    s->first[s->count] = first;
    s->code[s->count++] = code;
    return true;
}
void tb_staircase_free(struct tb_staircase *s);
/* Index of the run that holds `pattern`. */
size_t tb_staircase_find(const struct tb_staircase *s, uint64_t pattern);
uint64_t tb_staircase_at(const struct tb_staircase *s, uint64_t pattern);
bool tb_staircase_equal(const struct tb_staircase *a, const struct tb_staircase *b);

/* A stretch of the domain on which two staircases differ, both constant. */
struct tb_difference {
    uint64_t first, last; /* patterns, both inside */
    uint64_t expected, got;
};
/* Calls visit for each stretch on which b (got) differs from a (expected), in order; `end` is the last
 * pattern of the domain. */
typedef void tb_difference_fn(const struct tb_difference *d, void *context);
void tb_staircase_compare(const struct tb_staircase *a, const struct tb_staircase *b, uint64_t end,
                          tb_difference_fn *visit, void *context);

/* SHA-256 over the case id, the number of runs and each (first, code) as little-endian 64-bit words, in
 * lower-case hex. The same on every machine and compiler. */
void tb_staircase_digest(const struct tb_staircase *s, const char *case_id, char hex[65]);

#endif
