#include "harness/tally.h"

#include "harness/affine_value.h"
#include "reference/basic.h"
#include "reference/scaled.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_largest(const struct tb_format *f, uint64_t code) {
    uint64_t positive, negative;
    tb_format_largest(f, false, &positive);
    tb_format_largest(f, true, &negative);
    return code == positive || code == negative;
}

static bool is_tiny(const struct tb_format *f, uint64_t code) {
    int64_t rank = tb_format_rank(f, code);
    return rank == 1 || rank == -1 || tb_format_is_subnormal(f, code);
}

enum tb_divergence tb_classify(const struct tb_case *c, uint64_t expected, uint64_t got) {
    return tb_classify_in(c->destination, expected, got);
}

enum tb_divergence tb_classify_in(const struct tb_format *f, uint64_t expected, uint64_t got) {
    enum tb_class e = tb_format_decode(f, expected).class, g = tb_format_decode(f, got).class;
    if (e == TB_NOT_A_NUMBER)
        return g == TB_NOT_A_NUMBER ? TB_DIV_NAN_BITS : TB_DIV_FROM_NAN;
    if (g == TB_NOT_A_NUMBER)
        return e == TB_INFINITE || is_largest(f, expected) ? TB_DIV_SATURATION : TB_DIV_TO_NAN;
    if (e == TB_INFINITE || g == TB_INFINITE) {
        bool both = e == TB_INFINITE && g == TB_INFINITE;
        return !both && (is_largest(f, expected) || is_largest(f, got)) ? TB_DIV_SATURATION : TB_DIV_SPECIAL;
    }
    if (e == TB_ZERO && g == TB_ZERO)
        return TB_DIV_ZERO_SIGN;
    return g == TB_ZERO && is_tiny(f, expected) && f->kind == TB_FLOAT ? TB_DIV_FLUSHED : TB_DIV_VALUE;
}

/* The weight of the last bit at the expected code: half the way to its neighbours on both sides, or all to
 * the only one. */
static long double ulp_at(const struct tb_format *f, uint64_t expected) {
    if (f->kind == TB_INTEGER)
        return ldexpl(1, -f->bias);
    if (f->kind == TB_CODEBOOK)
        return 0; /* steps differ: code distance says it better */
    struct tb_value v = tb_format_decode(f, expected);
    int leading = v.class == TB_FINITE ? v.exponent + 63 - __builtin_clzll(v.significand) : INT32_MIN;
    int least = f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias;
    return ldexpl(1, (leading > least ? leading : least) - f->precision + 1);
}

/* What the expected answer rounds. */
static long double exact_value(const struct tb_case *c, uint64_t input) {
    if (tb_case_is_basic(c))
        return tb_basic_value(c, input);
    if (tb_case_is_scaled(c))
        return tb_scaled_value(c, input);
    return tb_case_is_affine(c) ? tb_affine_value(c, input) : tb_format_value(c->source, input);
}

double tb_ulp_error(const struct tb_case *c, uint64_t input, uint64_t expected, uint64_t got) {
    if (!tb_case_is_basic(c))
        input = tb_case_operand(c, input, 0);
    enum tb_class classes[3] = {
        tb_format_decode(tb_case_is_basic(c) ? tb_case_input(c) : c->source, input).class,
        tb_format_decode(c->destination, expected).class, tb_format_decode(c->destination, got).class};
    for (int i = 0; i < 3; i++)
        if (classes[i] == TB_INFINITE || classes[i] == TB_NOT_A_NUMBER)
            return 0;
    long double ulp = ulp_at(c->destination, expected);
    long double exact = exact_value(c, input);
    return ulp > 0 && isfinite(exact) ? (double)(fabsl(tb_format_value(c->destination, got) - exact) / ulp)
                                      : 0;
}

void tb_tally_start(struct tb_tally *t) {
    memset(t, 0, sizeof *t);
    t->random = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < TB_DIVERGENCES; i++)
        t->classes[i].class = (enum tb_divergence)i;
}

static uint64_t next_random(struct tb_tally *t) {
    t->random = t->random * 6364136223846793005u + 1442695040888963407u;
    return t->random >> 33;
}

/* Examples: the first half of the places go to the first stretches, the rest to a seeded sample of all later
 * ones, so that both the beginning and the bulk are seen. */
static void choose_example(struct tb_tally *t, enum tb_divergence class, const struct tb_stretch *s,
                           uint64_t inputs, int padding) {
    struct tb_class_count *k = &t->classes[class];
    uint64_t seen = t->seen[class]++;
    uint64_t place = k->example_count;
    if (seen < TB_EXAMPLES)
        k->example_count = (size_t)seen + 1;
    else if ((place = TB_EXAMPLES / 2 + next_random(t) % (seen - TB_EXAMPLES / 2 + 1)) >= TB_EXAMPLES)
        return;
    uint64_t offset = seen < TB_EXAMPLES / 2 ? 0 : next_random(t) % inputs;
    k->examples[place] = (struct tb_example){s->first + (offset << padding), s->expected, s->got};
}

static void add_steps(struct tb_tally *t, struct tb_class_count *k, const struct tb_format *f,
                      const struct tb_stretch *s, uint64_t inputs) {
    int64_t expected = tb_format_rank(f, s->expected), got = tb_format_rank(f, s->got);
    int64_t distance = got - expected, middle = TB_DISTANCE_BINS / 2;
    int64_t bin = distance < -middle ? -middle : distance > middle ? middle : distance;
    t->distance[bin + middle] += inputs;
    if (llabs(distance) > llabs(k->max_distance))
        k->max_distance = distance;
}

static void add_distance(struct tb_tally *t, struct tb_class_count *k, const struct tb_case *c,
                         const struct tb_stretch *s, uint64_t inputs) {
    add_steps(t, k, c->destination, s, inputs);
    double at_first = tb_ulp_error(c, s->first, s->expected, s->got),
           at_last = tb_ulp_error(c, s->last, s->expected, s->got);
    k->max_ulp = fmax(k->max_ulp, fmax(at_first, at_last));
}

/* The same for an integer, whose binade is its number of magnitude bits; of negative ones the magnitude falls
 * as patterns rise. */
static unsigned integer_binade(const struct tb_format *f, uint64_t code, uint64_t *last) {
    bool negative = f->is_signed && code >> (f->bits - 1);
    uint64_t size = f->bits < 64 ? UINT64_C(1) << f->bits : 0; /* modulo 2^64 */
    uint64_t magnitude = negative ? size - code : code;
    unsigned bits = magnitude ? 64 - (unsigned)__builtin_clzll(magnitude) : 0;
    uint64_t least = bits ? UINT64_C(1) << (bits - 1) : 0;
    *last = negative ? size - least : bits ? 2 * least - 1 : 0;
    return bits * 2 + negative;
}

/* Index and last pattern of the binade that holds a pattern. */
static unsigned binade_of(const struct tb_format *f, uint64_t pattern, uint64_t *last) {
    uint64_t code = pattern >> f->padding;
    if (f->kind != TB_FLOAT)
        return integer_binade(f, code, last);
    bool negative = f->is_signed && code >> (f->bits - 1);
    int fraction_bits = f->precision - 1;
    uint64_t magnitude = f->is_signed ? code & ((UINT64_C(1) << (f->bits - 1)) - 1) : code;
    *last = (code | ((UINT64_C(1) << fraction_bits) - 1)) << f->padding;
    return (unsigned)(magnitude >> fraction_bits) * 2 + negative;
}

/* The same of an input, which may have random bits below its value. */
static unsigned binade_of_input(const struct tb_case *c, uint64_t input, uint64_t *last) {
    if (tb_case_is_basic(c)) /* several operands: by the joint word */
        return binade_of(tb_case_input(c), input, last);
    unsigned index = binade_of(c->source, tb_case_operand(c, input, 0), last);
    if (c->random_bits)
        *last = tb_case_join(c, last, (UINT64_C(1) << c->random_bits) - 1);
    return index;
}

static void add_binades(struct tb_tally *t, const struct tb_case *c, const struct tb_stretch *s) {
    int padding = tb_case_input(c)->padding;
    for (uint64_t at = s->first;;) {
        uint64_t last;
        unsigned index = binade_of_input(c, at, &last);
        if (last > s->last)
            last = s->last;
        if (index < TB_BINADES)
            t->binade[index] += ((last - at) >> padding) + 1;
        if (last == s->last)
            return;
        at = last + (UINT64_C(1) << padding);
    }
}

/* The class of a stretch of an affine case whose inputs are of one kind. Where all answers are numbers, it is
 * the input that tells a wrong NaN from a wrong sum. */
static enum tb_divergence classify_affine(const struct tb_case *c, const struct tb_stretch *s) {
    enum tb_divergence class = tb_classify(c, s->expected, s->got);
    enum tb_class input = tb_format_decode(tb_case_input(c), s->first).class;
    if (class != TB_DIV_VALUE && class != TB_DIV_FLUSHED)
        return class;
    if (input == TB_NOT_A_NUMBER)
        return TB_DIV_NAN_INPUT;
    if (input == TB_INFINITE)
        return TB_DIV_INFINITE_INPUT;
    return tb_affine_is_clamped(c, s->first) || tb_affine_is_clamped(c, s->last) ? TB_DIV_SATURATION : class;
}

static void add_one_kind(struct tb_tally *t, const struct tb_case *c, const struct tb_stretch *s) {
    uint64_t inputs = ((s->last - s->first) >> tb_case_input(c)->padding) + 1;
    enum tb_divergence class =
        tb_case_is_affine(c) ? classify_affine(c, s) : tb_classify(c, s->expected, s->got);
    struct tb_class_count *k = &t->classes[class];
    t->diverging += inputs;
    t->value_diverging += class == TB_DIV_NAN_BITS ? 0 : inputs;
    k->inputs += inputs;
    choose_example(t, class, s, inputs, tb_case_input(c)->padding);
    if (class == TB_DIV_VALUE || class == TB_DIV_FLUSHED)
        add_distance(t, k, c, s, inputs);
    add_binades(t, c, s);
}

/* The last pattern that is of the same kind as `first`: finite, infinite or NaN, of one sign. */
static uint64_t end_of_kind(const struct tb_format *f, uint64_t first) {
    uint64_t infinity, last = (UINT64_C(1) << f->bits) - 1, sign = (last >> 1) + 1;
    if (f->kind != TB_FLOAT)
        return last << f->padding;
    uint64_t code = first >> f->padding, of_sign = code & sign, magnitude = code & (sign - 1);
    if (!tb_format_infinity(f, false, &infinity))
        infinity = sign << f->padding;
    infinity >>= f->padding;
    uint64_t end = magnitude < infinity ? infinity - 1 : magnitude == infinity ? infinity : sign - 1;
    return (of_sign | end) << f->padding;
}

void tb_tally_add(struct tb_tally *t, const struct tb_case *c, const struct tb_stretch *s) {
    struct tb_stretch part = *s;
    if (!tb_case_is_affine(c)) {
        add_one_kind(t, c, s);
        return;
    }
    for (;;) {
        uint64_t end = end_of_kind(tb_case_input(c), part.first);
        part.last = end < s->last ? end : s->last;
        add_one_kind(t, c, &part);
        if (part.last == s->last)
            return;
        part.first = part.last + (UINT64_C(1) << tb_case_input(c)->padding);
    }
}

void tb_tally_add_element(struct tb_tally *t, const struct tb_format *f, uint64_t index, uint64_t expected,
                          uint64_t got) {
    struct tb_stretch s = {index, index, expected, got};
    enum tb_divergence class = tb_classify_in(f, expected, got);
    struct tb_class_count *k = &t->classes[class];
    t->diverging++;
    t->value_diverging += class != TB_DIV_NAN_BITS;
    k->inputs++;
    choose_example(t, class, &s, 1, 0);
    if (class != TB_DIV_VALUE && class != TB_DIV_FLUSHED)
        return;
    long double ulp = ulp_at(f, expected);
    add_steps(t, k, f, &s, 1);
    if (ulp > 0)
        k->max_ulp =
            fmax(k->max_ulp, (double)(fabsl(tb_format_value(f, got) - tb_format_value(f, expected)) / ulp));
}

void tb_tally_add_position(struct tb_tally *t, const struct tb_example *example) {
    struct tb_class_count *k = &t->classes[TB_DIV_POSITION];
    t->diverging++;
    t->value_diverging++;
    k->inputs++;
    if (k->example_count < TB_EXAMPLES)
        k->examples[k->example_count++] = *example;
}

static int by_input(const void *a, const void *b) {
    uint64_t x = ((const struct tb_example *)a)->input, y = ((const struct tb_example *)b)->input;
    return (x > y) - (x < y);
}

static void report_classes(const struct tb_tally *t, struct tb_verdict *v) {
    v->classes = calloc(TB_DIVERGENCES, sizeof *v->classes);
    if (!v->classes)
        abort();
    for (int i = 0; i < TB_DIVERGENCES; i++) {
        if (!t->classes[i].inputs)
            continue;
        struct tb_class_count *k = &v->classes[v->class_count++];
        *k = t->classes[i];
        qsort(k->examples, k->example_count, sizeof k->examples[0], by_input);
    }
}

static void report_binades(const struct tb_tally *t, const struct tb_case *c, bool exhaustive,
                           struct tb_verdict *v) {
    size_t count = 0;
    for (unsigned i = 0; i < TB_BINADES; i++)
        count += t->binade[i] != 0;
    v->binades = calloc(count ? count : 1, sizeof *v->binades);
    if (!v->binades)
        abort();
    for (unsigned i = 0; i < TB_BINADES; i++) {
        if (!t->binade[i])
            continue;
        struct tb_binade *b = &v->binades[v->binade_count++];
        const struct tb_format *input = tb_case_is_basic(c) ? tb_case_input(c) : c->source;
        b->exponent = (int)(i / 2);
        b->negative = i & 1;
        b->diverging = t->binade[i];
        if (exhaustive)
            b->inputs = input->kind == TB_FLOAT ? UINT64_C(1) << (input->precision - 1)
                        : i / 2                 ? UINT64_C(1) << (i / 2 - 1)
                                                : 1;
        b->inputs <<= c->random_bits;
    }
}

void tb_tally_report(const struct tb_tally *t, const struct tb_case *c, bool exhaustive,
                     struct tb_verdict *v) {
    v->diverging = t->diverging;
    v->value_diverging = t->value_diverging;
    memcpy(v->distance, t->distance, sizeof v->distance);
    report_classes(t, v);
    report_binades(t, c, exhaustive, v);
}
