/* Which inputs are drawn. */
#include "harness/hidden.h"
#include "reference/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BITS = 16, TRIES = 64 };

int tb_hidden_bits(const struct tb_case *c) {
    const struct tb_format *s = c->source, *d = c->destination;
    if (s->kind != TB_FLOAT || d->kind == TB_CODEBOOK)
        return 0;
    int drop = s->precision - (d->kind == TB_FLOAT ? d->precision : 1);
    return drop < 0 ? 0 : drop < MOST_BITS ? drop : MOST_BITS;
}

struct choosing {
    const struct tb_case *c;
    int bits;
    uint64_t random;
    struct tb_hidden_input *inputs;
    unsigned count;
};

static uint64_t draw(struct choosing *k) {
    uint64_t z = k->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The source pattern of a number; false where it has none. */
static bool pattern_of(const struct tb_format *source, double x, uint64_t *pattern) {
    struct tb_case narrow = {.source = tb_format_find("fp64", NULL),
                             .destination = source,
                             .rounding = TB_RTZ,
                             .overflow = TB_TO_INF};
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    *pattern = narrow.source == source ? bits : tb_integer_convert(&narrow, bits);
    return (double)tb_format_value(source, *pattern) == x;
}

/* Two neighbouring finite values of one sign, the first nearer to zero: a code, and the next magnitude. */
static bool choose_neighbours(struct choosing *k, double *low, double *high) {
    const struct tb_format *f = k->c->destination;
    uint64_t largest, mask;
    tb_format_largest(f, false, &largest);
    largest >>= f->padding;
    mask = draw(k) % largest;
    uint64_t next = mask + 1;
    *low = (double)tb_format_value(f, mask << f->padding);
    *high = (double)tb_format_value(f, next << f->padding);
    bool negative = f->is_signed && k->c->source->is_signed && (draw(k) & 1);
    *low = negative ? -*low : *low;
    *high = negative ? -*high : *high;
    return isfinite(*low) && isfinite(*high) && fabs(*high) > fabs(*low);
}

/* Adds an input with the fraction ups / 2^bits, at neighbours that the source has room between. */
static void add(struct choosing *k, uint32_t ups, unsigned weight) {
    for (int i = 0; i < TRIES && k->count < TB_HIDDEN_INPUTS; i++) {
        struct tb_hidden_input *input = &k->inputs[k->count];
        double low, high;
        uint64_t codes[2], end = UINT64_C(1) << k->bits;
        if (!choose_neighbours(k, &low, &high) ||
            !pattern_of(k->c->source, low + (high - low) * ldexp(ups, -k->bits), &input->x))
            continue;
        uint64_t first = tb_stochastic_neighbours(k->c, input->x, k->bits, codes);
        if (end - first != ups)
            continue; /* zero lies between: the grid of a format without subnormals */
        input->toward = codes[0];
        input->away = codes[1];
        input->ups = ups;
        input->weight = weight;
        k->count++;
        return;
    }
}

/* The weights: a fraction of 2^-k needs some 2^k draws to be seen. The finest sizes have weights of their
 * own, all others share the least one; small fractions, which a short source never takes up, tell more than
 * those next to 1. */
unsigned tb_hidden_inputs(const struct tb_case *c, uint64_t seed, struct tb_hidden_input *out) {
    struct choosing k = {.c = c, .bits = tb_hidden_bits(c), .random = seed, .inputs = out};
    uint32_t end = UINT32_C(1) << k.bits;
    unsigned finest = k.bits > 9 ? 512u : 1u << k.bits;
    if (!k.bits)
        return 0;
    add(&k, end / 2, 8);
    for (int i = 2; i <= k.bits; i++) {
        unsigned above = (unsigned)(k.bits - i), weight = finest >> above > 4 ? finest >> above : 4;
        add(&k, end >> i, weight);
        add(&k, end - (end >> i), weight > 16 ? weight / 4 : 4);
    }
    for (int i = 0; i < 12 && k.bits > 1; i++)
        add(&k, 1 + (uint32_t)(draw(&k) % (end - 1)), 8);
    for (int i = 0; i < 2; i++) /* that these move tells of more bits than the fractions have */
        add(&k, 0, k.bits < MOST_BITS ? finest : finest / 8);
    return k.count;
}

/* ---- Inputs of one answer. ---- */

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t gather_certain(const struct tb_case *c, uint64_t *out, size_t limit) {
    const struct tb_format *d = c->destination, *s = c->source;
    const double ends[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 0x1p+120, -0x1p+120};
    uint64_t codes = tb_format_codes(d), answers[2];
    size_t count = 0;
    for (uint64_t i = 0; i < limit; i++) {
        uint64_t code = codes <= limit ? i : i * (codes / limit);
        double value = (double)tb_format_value(d, (code % codes) << d->padding);
        uint64_t x;
        if (pattern_of(s, value, &x))
            out[count++] = x;
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        uint64_t x;
        pattern_of(s, ends[i], &x);
        tb_stochastic_neighbours(c, x, 32, answers);
        if (answers[0] == answers[1])
            out[count++] = x;
    }
    qsort(out, count, sizeof *out, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!i || out[i] != out[kept - 1])
            out[kept++] = out[i];
    return kept;
}

bool tb_hidden_certain(const struct tb_case *c, struct tb_vectors *out, struct tb_error *error) {
    enum { LIMIT = 2048, ENDS = 8 };
    *out = (struct tb_vectors){.input = malloc((LIMIT + ENDS) * sizeof *out->input),
                               .output = malloc((LIMIT + ENDS) * sizeof *out->output)};
    if (!out->input || !out->output)
        return tb_fail(error, TB_EXIT_SYSTEM, "out of memory for the inputs of one answer");
    out->count = gather_certain(c, out->input, LIMIT);
    for (size_t i = 0; i < out->count; i++) {
        uint64_t codes[2];
        tb_stochastic_neighbours(c, out->input[i], 32, codes);
        out->output[i] = codes[0];
    }
    return true;
}
