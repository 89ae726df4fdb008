#include "harness/hidden_source.h"

enum { CHUNK = 1024, RANDOM_BITS = 16 };

/* splitmix64 */
static uint64_t draw(struct tb_source *s) {
    uint64_t z = s->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t number(struct tb_source *s, size_t index, uint32_t last) {
    switch (s->kind) {
    case TB_SOURCE_CONSTANT:
        return s->parameter;
    case TB_SOURCE_SHARED:
        if (index % s->parameter)
            return last;
        break;
    default:
        break;
    }
    uint64_t word = draw(s);
    uint32_t random = (uint32_t)word & 0xFFFF;
    if (s->kind == TB_SOURCE_SHORT)
        random &= 0xFFFFu << (RANDOM_BITS - s->parameter);
    if (s->kind == TB_SOURCE_FORCED && (word >> 32) % s->parameter == 0)
        random = 0xFFFF;
    if (s->kind == TB_SOURCE_BIASED && (word >> 32) % s->parameter == 0)
        random |= 0x8000;
    return random;
}

static void run(const void *state, const void *input, void *output, size_t count) {
    struct tb_source *s = (struct tb_source *)(uintptr_t)state;
    uint64_t joint[CHUNK];
    const uint32_t *x = input;
    uint16_t *out = output;
    uint32_t random = 0;
    if (s->kind == TB_SOURCE_REPEATED)
        s->state = s->seed;
    for (size_t done = 0; done < count; done += CHUNK) {
        size_t here = count - done < CHUNK ? count - done : CHUNK;
        for (size_t i = 0; i < here; i++) {
            random = number(s, done + i, random);
            joint[i] = (uint64_t)x[done + i] << RANDOM_BITS | random;
        }
        s->kernel->run(s->kernel->state, joint, out + done, here);
    }
}

struct tb_kernel tb_source_kernel(struct tb_source *source) {
    return (struct tb_kernel){.run = run, .state = source};
}
