/* portable/philox: stochastic conversions that draw their own random bits: element i of all that a kernel has
 * converted takes word i % 4 of Philox block i / 4, whatever the calls are cut into. */
#include "vectors/philox.h"
#include "targets/portable/portable.h"

#include <stdlib.h>

enum { RANDOM_BITS = 32 };
static const uint32_t key[2] = {0x7465696c, 0x62726561};

struct stream {
    struct portable_case c;
    uint64_t next;    /* the element that comes next */
    uint32_t word[4]; /* of its block */
};

static uint32_t draw(struct stream *s) {
    uint64_t block = s->next / 4;
    if (s->next % 4 == 0) {
        const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 0, 0};
        tb_philox4x32_10(counter, key, s->word);
    }
    return s->word[s->next++ % 4];
}

static void run(const void *state, const void *input, void *output, size_t count) {
    struct stream *s = (struct stream *)(uintptr_t)state; /* our own, not constant: open() allocated it */
    const struct portable_case *c = &s->c;
    for (size_t i = 0; i < count; i++)
        portable_store(output, c->destination.bytes, i,
                       portable_convert_with(c, portable_load(input, c->source.bytes, i), draw(s)));
}

static int open_philox(const struct tb_request *request, struct tb_kernel *kernel) {
    struct tb_request told = *request;
    struct stream *s;
    if (strcmp(request->operation, "convert") != 0 || strcmp(request->parameters, "bits=hidden") != 0)
        return 0;
    told.parameters = "bits=32"; /* RANDOM_BITS of them */
    _Static_assert(RANDOM_BITS == 32, "as the request says");
    s = calloc(1, sizeof *s);
    if (!s || !portable_compile(&told, &s->c)) {
        free(s);
        return 0;
    }
    *kernel = (struct tb_kernel){.run = run, .state = s};
    return 1;
}

static void close_philox(struct tb_kernel *kernel) {
    free((void *)(uintptr_t)kernel->state);
}

const struct tb_target portable_philox = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "portable/philox",
    .summary = "stochastic rounding by 32 bits of its own, Philox4x32-10 with a fixed key",
    .open = open_philox,
    .close = close_philox,
};
