/* portable/table: every answer is looked up.
 *
 * Sources of at most 16 bits have a table of all their patterns. Of a wider source only the leading bits and
 * one bit that says whether anything below them is set are looked at: no boundary of a narrow destination has
 * a bit set further down, so all patterns with the same leading bits and the same sticky bit have the same
 * answer. */
#include "targets/portable/portable.h"

#include <stdlib.h>

#define LARGEST_INDEX 18 /* bits: 256 KiB of bytes still lie in a second-level cache */

struct lookup {
    uint64_t cut; /* bits of the pattern below the index; 0: the pattern is the index */
    uint64_t codes[];
};

/* Fraction bits of the source that a boundary of the destination, a code or a midpoint, can have set. */
static int boundary_bits(const struct portable_source *s, const struct portable_destination *d) {
    bool integer = d->kind == TB_INTEGER;
    int significant = integer ? __builtin_popcountll(d->code_mask) : d->fraction_bits + 1;
    int lowest = integer ? -d->fraction_bits - 1 : d->lowest_field - d->bias - significant; /* weight, log2 */
    int among_subnormals = 1 - s->bias - lowest;
    return among_subnormals > significant ? among_subnormals : significant;
}

/* Bits that fold into the sticky bit; -1 where the table would be too large. */
static int cut_of(const struct portable_case *c) {
    const struct portable_source *s = &c->source;
    if (s->bytes <= 2)
        return 0;
    int cut = s->fraction_bits - boundary_bits(s, &c->destination) + s->padding;
    bool narrow = s->kind == TB_FLOAT && c->destination.bytes == 1 && cut >= 2;
    return narrow && s->bits + s->padding - cut + 1 <= LARGEST_INDEX ? cut : -1;
}

static inline __attribute__((always_inline)) void run(const struct lookup *t, const void *input, void *output,
                                                      size_t count, unsigned from, unsigned to) {
    uint64_t cut = t->cut, below = (UINT64_C(1) << cut) - 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t pattern = portable_load(input, from, i);
        if (from > 2)
            pattern = pattern >> cut << 1 | ((pattern & below) != 0);
        portable_store(output, to, i, portable_load(t->codes, to, pattern));
    }
}

#define LOOP(FROM, TO)                                                                                       \
    static void run_##FROM##_##TO(const void *state, const void *input, void *output, size_t count) {        \
        run(state, input, output, count, FROM, TO);                                                          \
    }
LOOP(1, 1)
LOOP(1, 2)
LOOP(1, 4)
LOOP(1, 8)
LOOP(2, 1)
LOOP(2, 2)
LOOP(2, 4)
LOOP(2, 8)
LOOP(4, 1)
LOOP(8, 1)

static tb_run_fn *const loops[9][9] = {
    [1] = {[1] = run_1_1,  [2] = run_1_2, [4] = run_1_4, [8] = run_1_8},
    [2] = {[1] = run_2_1, [2] = run_2_2, [4] = run_2_4, [8] = run_2_8},
    [4] = {[1] = run_4_1             },
    [8] = {[1] = run_8_1},
};

static int open_table(const struct tb_request *request, struct tb_kernel *kernel) {
    struct portable_case c;
    if (!portable_compile(request, &c) || c.random_bits)
        return 0;
    int cut = cut_of(&c);
    if (cut < 0)
        return 0;
    unsigned bits = cut ? (unsigned)(c.source.bits + c.source.padding - cut + 1) : 8 * c.source.bytes;
    struct lookup *t = malloc(sizeof *t + ((size_t)c.destination.bytes << bits));
    if (!t)
        return 0;
    t->cut = (uint64_t)cut;
    for (uint64_t i = 0; i < UINT64_C(1) << bits; i++) {
        uint64_t pattern = cut ? i >> 1 << cut | (i & 1) << c.source.padding : i;
        portable_store(t->codes, c.destination.bytes, i, portable_convert(&c, pattern));
    }
    *kernel = (struct tb_kernel){.run = loops[c.source.bytes][c.destination.bytes], .state = t};
    return 1;
}

static void close_table(struct tb_kernel *kernel) {
    free((void *)(uintptr_t)kernel->state);
    kernel->state = NULL;
}

const struct tb_target portable_table = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "portable/table",
    .summary = "tables filled by portable/c: all patterns of a narrow source, leading bits and a sticky bit "
               "of a wide one",
    .open = open_table,
    .close = close_table,
};
