#include "harness/sample.h"

#include "harness/sample_basic.h"

#include "reference/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct inputs {
    const struct tb_case *c; /* of a stochastic conversion: that of its operand alone, until it is joined */
    uint64_t *pattern;
    size_t count, capacity;
    bool out_of_memory;
    uint64_t random;
};

static void add(struct inputs *s, uint64_t pattern) {
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 1 << 16;
        uint64_t *grown = realloc(s->pattern, capacity * sizeof *grown);
        if (!grown) {
            s->out_of_memory = true;
            return;
        }
        s->pattern = grown;
        s->capacity = capacity;
    }
    s->pattern[s->count++] = pattern;
}

/* splitmix64: seeded by the case alone, so that every machine draws the same inputs. */
static uint64_t draw(struct inputs *s) {
    uint64_t z = s->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t mask_of(const struct tb_format *f) {
    return (f->bits == 64 ? UINT64_MAX : (UINT64_C(1) << f->bits) - 1) << f->padding;
}

/* A pattern and `reach` neighbours on both sides. */
static void add_around(struct inputs *s, uint64_t pattern, int reach) {
    const struct tb_format *f = s->c->source;
    for (int i = -reach; i <= reach; i++)
        add(s, (pattern + ((uint64_t)(int64_t)i << f->padding)) & mask_of(f));
}

static void add_specials(struct inputs *s) {
    const struct tb_format *f = s->c->source;
    uint64_t top = (mask_of(f) >> f->padding) ^ (mask_of(f) >> f->padding) >> 1;
    add_around(s, 0, 3);
    add_around(s, top << f->padding, 3);
    add_around(s, mask_of(f), 1);
    if (f->kind != TB_FLOAT)
        return;
    int fraction_bits = f->precision - 1;
    uint64_t exponents = UINT64_C(1) << tb_format_exponent_bits(f);
    for (uint64_t e = 0; e < exponents; e++) /* each exponent: its ends, its middle, signs */
        for (int negative = 0; negative < (f->is_signed ? 2 : 1); negative++) {
            uint64_t base = (e << fraction_bits) | (negative ? top : 0);
            add_around(s, base << f->padding, 2);
            add_around(s, (base | (UINT64_C(1) << fraction_bits) / 2) << f->padding, 2);
        }
}

static void add_staircase(struct inputs *s, const struct tb_staircase *golden) {
    for (size_t i = 0; i < golden->count; i++)
        for (int offset = -2; offset < 2; offset++)
            add(s, (golden->first[i] + ((uint64_t)(int64_t)offset << tb_case_input(s->c)->padding)) &
                       mask_of(tb_case_input(s->c)));
}

/* The source pattern at a destination code's value, or just below it. */
static uint64_t to_source(const struct tb_case *c, uint64_t code) {
    struct tb_case widen = {
        .source = c->destination, .destination = c->source, .rounding = TB_RD, .overflow = TB_SATFINITE};
    return tb_integer_convert(&widen, code);
}

/* A destination code's value, the midpoint to the next one, and inputs a little off the midpoint by each
 * power of two: where a first rounding to a narrower format lands on the tie. Only for wide sources, in which
 * half the distance of two values is exact. */
static void add_code(struct inputs *s, uint64_t code, uint64_t next) {
    uint64_t value = to_source(s->c, code), above = to_source(s->c, next);
    uint64_t middle =
        value + (above - value) / 2; /* between neighbours of one binade patterns are evenly spaced */
    add_around(s, value, 2);
    add_around(s, middle, 2);
    for (int bit = 0; tb_case_input(s->c)->bits == 64 && bit < 50; bit += 3) {
        add(s, middle + (UINT64_C(1) << bit));
        add(s, middle - (UINT64_C(1) << bit));
    }
}

static void add_codes(struct inputs *s) {
    const struct tb_format *f = s->c->destination;
    uint64_t codes = tb_format_codes(f), limit = 1 << 13;
    for (uint64_t i = 0; i < (codes < limit ? codes : limit); i++) {
        uint64_t code = codes <= limit ? i : draw(s) & (codes - 1);
        uint64_t next = (code + 1) & (codes - 1);
        if (!tb_format_is_nan(f, code << f->padding) && !tb_format_is_nan(f, next << f->padding))
            add_code(s, code << f->padding, next << f->padding);
    }
}

/* ---- Affine cases without a staircase. ---- */

#define MULTIPLES 4096

/* The code of z + d, and its neighbours, where the source holds them. */
static void add_difference(struct inputs *s, int64_t d) {
    const struct tb_format *f = s->c->source;
    int64_t least = f->is_signed ? -(INT64_C(1) << (f->bits - 1)) : 0,
            greatest = (INT64_C(1) << (f->bits - f->is_signed)) - 1, q = d + s->c->affine.zero;
    if (q >= least && q <= greatest)
        add_around(s, (uint64_t)q & mask_of(f), 2);
}

/* (q - z) * s is a tie where it has one bit more than the destination's significand and the last of them is
 * set: with m the odd part of s and o odd, where o * m has that length; then with any power of two. Beside
 * those each power of two itself. */
static void add_products(struct inputs *s) {
    const struct tb_case *c = s->c;
    int length = c->destination->precision + 1, unused;
    for (int shift = 0; shift < 33; shift++)
        for (int sign = -1; sign < 2; sign += 2)
            add_difference(s, sign * (INT64_C(1) << shift));
    if (!isfinite(c->affine.scale) || c->affine.scale == 0)
        return;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(c->affine.scale), &unused), 53);
    m >>= __builtin_ctzll(m);
    int bits = 64 - __builtin_clzll(m);
    if (bits > length || length - bits > 33) /* no product is a tie, or all ties lie beyond the source */
        return;
    uint64_t least = (UINT64_C(1) << (length - bits)) / 2 | 1,
             span = (UINT64_C(2) << (length - bits)) - least;
    for (uint64_t i = 0; i < MULTIPLES; i++) {
        uint64_t o = (least + (span < 2 * MULTIPLES ? 2 * i : draw(s) % span)) | 1;
        if (o >= least + span || 64 - __builtin_clzll(o * m) != length)
            continue;
        for (int shift = 0; (o << shift) >> 33 == 0; shift++) {
            add_difference(s, (int64_t)(o << shift));
            add_difference(s, -(int64_t)(o << shift));
        }
    }
}

/* The source pattern at a number, or just below it. */
static uint64_t source_pattern(const struct tb_case *c, double x) {
    struct tb_case narrow = {.source = tb_format_find("fp64", NULL),
                             .destination = c->source,
                             .rounding = TB_RD,
                             .overflow = TB_SATFINITE};
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return tb_integer_convert(&narrow, bits);
}

/* A fake quantization of more codes than a staircase holds: the values and boundaries of some, of every size,
 * since far from zero the source has no boundary left. */
static void add_boundaries(struct inputs *s) {
    const struct tb_affine *a = &s->c->affine;
    const int64_t ends[] = {a->low - a->zero, a->high - a->zero};
    for (uint64_t i = 0; i < 4 * MULTIPLES; i++) {
        int64_t k = (int64_t)(draw(s) >> (31 + i % 33));
        k = i < 2 ? ends[i] : i & 1 ? -k : k;
        add_around(s, source_pattern(s->c, (double)k * a->scale), 2);
        add_around(s, source_pattern(s->c, ((double)k + 0.5) * a->scale), 2);
    }
}

static void add_affine(struct inputs *s) {
    if (s->c->operation == TB_DEQUANTIZE)
        add_products(s);
    else
        add_boundaries(s);
}

static void add_random(struct inputs *s, size_t count) {
    const struct tb_format *f = s->c->source, *d = s->c->destination;
    for (size_t i = 0; i < count; i++) {
        uint64_t pattern = draw(s) & mask_of(f);
        if (f->bits == 64 && d->kind == TB_FLOAT &&
            i % 4) { /* most of fp64 lies outside the destination: stay near it */
            uint64_t span = (UINT64_C(1) << tb_format_exponent_bits(d)) + 60, low = 1023 - span / 2 - 20;
            pattern = (pattern & ~(UINT64_C(0x7ff) << 52)) | ((low + draw(s) % (span + 20)) << 52);
        }
        add(s, pattern);
    }
}

/* Sorts by bytes, the lowest first: a suite sorts some 30 million patterns. `spare` has the room of
 * `pattern`; what is returned is one of the two. */
static uint64_t *sort_bytes(uint64_t *pattern, uint64_t *spare, size_t count, unsigned bytes) {
    for (unsigned shift = 0; shift < 8 * bytes; shift += 8) {
        size_t place[256] = {0}, next = 0;
        for (size_t i = 0; i < count; i++)
            place[pattern[i] >> shift & 0xff]++;
        for (int value = 0; value < 256; value++) {
            size_t here = place[value];
            place[value] = next;
            next += here;
        }
        for (size_t i = 0; i < count; i++)
            spare[place[pattern[i] >> shift & 0xff]++] = pattern[i];
        uint64_t *sorted = spare;
        spare = pattern;
        pattern = sorted;
    }
    return pattern;
}

static size_t keep_unique(uint64_t *out, const uint64_t *sorted, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!i || sorted[i] != sorted[i - 1])
            out[kept++] = sorted[i];
    return kept;
}

/* Samples of a suite take some hundred megabytes, and each job's fork copies the page tables of all of them:
 * in large pages there are few to copy (measured: a third of the system time of a run). */
static uint64_t *large_array(size_t count) {
    enum { LARGE_PAGE = 2 << 20 };
    size_t bytes = (count * sizeof(uint64_t) / LARGE_PAGE + 1) * LARGE_PAGE;
    uint64_t *array = aligned_alloc(LARGE_PAGE, bytes);
    if (array)
        madvise(array, bytes, MADV_HUGEPAGE); /* advice only: refused, it changes nothing */
    return array;
}

bool tb_sample_expect(const struct tb_case *c, const struct tb_staircase *golden, struct tb_vectors *out,
                      struct tb_error *error) {
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    out->output = large_array(out->count);
    if (!out->output)
        return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for %zu samples", id, out->count);
    for (size_t i = 0, run = 0; i < out->count; i++) {
        while (golden && run + 1 < golden->count && golden->first[run + 1] <= out->input[i])
            run++;
        out->output[i] = golden ? golden->code[run] : tb_exact_mpfr(c, out->input[i]);
        if (!golden && tb_exact_integer(c, out->input[i]) != out->output[i])
            return tb_fail(error, TB_EXIT_SYSTEM,
                           "%s: the two references disagree on 0x%llx: report this as a fault of tiebreak",
                           id, (unsigned long long)out->input[i]);
    }
    return true;
}

/* ---- Joint inputs: each value with the random numbers that show most. ---- */

/* Values of which each gets some six random numbers: fewer of them than where a value is an input. */
#define RANDOM_SHARE 16

/* The ends, both sides of the one from which on the answer is another, and a draw. */
static void add_joint(struct inputs *s, const struct tb_case *c, uint64_t x) {
    uint64_t end = UINT64_C(1) << c->random_bits, codes[2];
    uint64_t first = tb_stochastic_neighbours(c, x, c->random_bits, codes);
    const uint64_t tried[] = {0, first - 1, first, end - 1, draw(s), draw(s)};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++)
        add(s, tb_case_join(c, &x, tried[i] & (end - 1)));
}

/* The values in *s, joined with random numbers. */
static void join_random(struct inputs *s, const struct tb_case *c) {
    struct inputs values = *s;
    s->c = c;
    s->pattern = NULL;
    s->count = s->capacity = 0;
    for (size_t i = 0; i < values.count; i++)
        add_joint(s, c, values.pattern[i]);
    free(values.pattern);
}

/* The same without the random bits, under a rounding that has all boundaries. */
static struct tb_case operand_case(const struct tb_case *c) {
    struct tb_case alone = *c;
    alone.random_bits = 0;
    alone.rounding = TB_RNE;
    return alone;
}

static uint64_t draw_for(void *inputs) {
    return draw(inputs);
}

static void add_for(void *inputs, uint64_t pattern) {
    add(inputs, pattern);
}

static void gather(struct inputs *s, const struct tb_staircase *golden, size_t random) {
    if (tb_case_is_basic(s->c)) {
        tb_sample_basic(s->c, random, draw_for, add_for, s);
        return;
    }
    add_specials(s);
    if (golden)
        add_staircase(s, golden);
    else if (tb_case_is_affine(s->c))
        add_affine(s);
    else
        add_codes(s);
    add_random(s, random);
}

bool tb_sample_make(const struct tb_case *c, const struct tb_staircase *golden, size_t random,
                    struct tb_vectors *out, struct tb_error *error) {
    const struct tb_case alone = operand_case(c);
    struct inputs s = {.c = c->random_bits ? &alone : c};
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    for (const char *p = id; *p; p++) /* FNV-1a */
        s.random = (s.random ^ (unsigned char)*p) * 0x100000001b3u;
    if (c->random_bits) {
        gather(&s, NULL, random / RANDOM_SHARE);
        join_random(&s, c);
    } else {
        gather(&s, golden, random);
    }
    uint64_t *spare = malloc(s.count * sizeof *spare);
    *out = (struct tb_vectors){.input = large_array(s.count)};
    if (s.out_of_memory || !spare || !out->input) {
        free(s.pattern);
        free(spare);
        return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for its samples", id);
    }
    const uint64_t *sorted = sort_bytes(s.pattern, spare, s.count, tb_format_bytes(tb_case_input(c)));
    out->count = keep_unique(out->input, sorted, s.count);
    free(s.pattern);
    free(spare);
    return tb_sample_expect(c, golden, out, error);
}
