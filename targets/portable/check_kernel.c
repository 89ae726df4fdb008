#include "targets/portable/check_kernel.h"
#include "reference/behaviour.h"
#include "reference/scaled.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK 4096

uint64_t check_random(uint64_t counter) {
    uint64_t z = (counter + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

unsigned char *check_guard(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
    unsigned char *base =
        mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + whole, page, PROT_NONE) != 0)
        abort();
    return base + whole;
}

static bool open_case(const struct tb_target *target, const char *id, struct tb_case *c,
                      struct tb_kernel *kernel) {
    struct tb_error error;
    if (!tb_case_parse(id, c, &error)) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    struct tb_request request = tb_request_of(c, id);
    *kernel = (struct tb_kernel){0};
    return target->open(&request, kernel) != 0;
}

static void close_case(const struct tb_target *target, struct tb_kernel *kernel) {
    if (target->close)
        target->close(kernel);
}

static uint64_t load(const unsigned char *at, unsigned bytes) {
    uint64_t pattern = 0;
    for (unsigned i = 0; i < bytes; i++)
        pattern |= (uint64_t)at[i] << 8 * i;
    return pattern;
}

static void store(unsigned char *at, unsigned bytes, uint64_t pattern) {
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(pattern >> 8 * i);
}

/* ---- Comparing, a block at a time. ---- */

struct run {
    const struct tb_case *c;
    const struct tb_kernel *kernel;
    check_expected_fn *expected;
    struct tb_behaviour claimed; /* when expected is NULL */
    struct check_result result;
    size_t held;
    uint64_t patterns[BLOCK];
    _Alignas(64) unsigned char input[8 * BLOCK], output[8 * BLOCK];
};

static void judge(struct run *r, uint64_t pattern, uint64_t got) {
    uint64_t expected = r->expected ? r->expected(r->c, pattern) : tb_behaviour_at(&r->claimed, pattern);
    if (got == expected)
        return;
    const struct tb_format *d = r->c->destination;
    bool nan_bits = tb_format_is_nan(d, got) && tb_format_is_nan(d, expected);
    if (nan_bits ? r->result.wrong + r->result.nan_bits == 0 : r->result.wrong == 0) {
        r->result.input = pattern;
        r->result.expected = expected;
        r->result.got = got;
    }
    *(nan_bits ? &r->result.nan_bits : &r->result.wrong) += 1;
}

static void flush(struct run *r) {
    unsigned from = tb_format_bytes(r->c->source), to = tb_format_bytes(r->c->destination);
    for (size_t i = 0; i < r->held; i++)
        store(r->input + i * from, from, r->patterns[i]);
    memset(r->output, 0xA5, sizeof r->output);
    r->kernel->run(r->kernel->state, r->input, r->output, r->held);
    for (size_t i = 0; i < r->held; i++)
        judge(r, r->patterns[i], load(r->output + i * to, to));
    r->result.inputs += r->held;
    r->held = 0;
}

static void add(struct run *r, uint64_t code) {
    const struct tb_format *s = r->c->source;
    uint64_t mask = s->bits >= 64 ? UINT64_MAX : (UINT64_C(1) << s->bits) - 1;
    r->patterns[r->held++] = (code & mask) << s->padding;
    if (r->held == BLOCK)
        flush(r);
}

/* ---- Inputs. ---- */

static void add_around(struct run *r, uint64_t code) {
    for (int ulp = -2; ulp <= 2; ulp++)
        add(r, code + (uint64_t)(int64_t)ulp);
}

static void add_exponents(struct run *r) {
    const struct tb_format *s = r->c->source;
    int fraction_bits = tb_format_fraction_bits(s);
    uint64_t half = UINT64_C(1) << (fraction_bits - 1);
    const uint64_t fractions[] = {0, 1, half - 1, half, half + 1, 2 * half - 1};
    for (uint64_t high = 0; high < UINT64_C(1) << (s->bits - fraction_bits); high++)
        for (size_t i = 0; i < sizeof fractions / sizeof fractions[0]; i++)
            add(r, high << fraction_bits | fractions[i]);
}

/* The code of the source's value nearest to `value`, without its padding; by way of the compiler's own types.
 */
static uint64_t source_code(const struct tb_format *s, double value) {
    float narrow = (float)value;
    uint32_t bits32;
    uint64_t bits64;
    memcpy(&bits32, &narrow, sizeof narrow);
    memcpy(&bits64, &value, sizeof value);
    if (s->kind == TB_INTEGER)
        return fabs(value) < 0x1p40 ? (uint64_t)(int64_t)value : 0;
    return s->bits == 64 ? bits64 : bits32 >> (32 - s->bits);
}

static double value_of(const struct tb_format *f, uint64_t code) {
    struct tb_value v = tb_format_decode(f, code << f->padding);
    double magnitude = v.class == TB_ZERO ? 0 : ldexp((double)v.significand, v.exponent);
    return v.class == TB_INFINITE || v.class == TB_NOT_A_NUMBER ? INFINITY
           : v.negative                                         ? -magnitude
                                                                : magnitude;
}

/* What a value of the destination is multiplied with to be an input. */
static double unit_of(const struct tb_case *c) {
    if (!tb_case_is_scaled(c))
        return 1;
    return tb_case_multiplies(c) ? 1 / c->affine.scale : c->affine.scale;
}

static void add_boundaries(struct run *r, uint64_t random) {
    const struct tb_format *s = r->c->source, *d = r->c->destination;
    const double unit = unit_of(r->c);
    if (d->bits > 16)
        return;
    uint64_t codes = tb_format_codes(d), step = codes > 4096 && random < 100000 ? 61 : 1;
    for (uint64_t code = 0; code < codes; code += step) {
        double value = value_of(d, code), next = value_of(d, (code + 1) % codes);
        if (!isfinite(value))
            continue;
        add_around(r, source_code(s, value * unit));
        /* The top code's upper neighbour lies on the grid continued above it. */
        double gap = isfinite(next) && fabs(next) > fabs(value) ? next - value
                                                                : value - value_of(d, code ? code - 1 : 0);
        if (isfinite(gap)) {
            add_around(r, source_code(s, (value + gap / 2) * unit));
            add_around(r, source_code(s, (value + gap) * unit));
        }
    }
}

static void add_integers(struct run *r) {
    for (int bit = 0; bit < r->c->source->bits; bit++)
        for (int64_t delta = -40; delta <= 40; delta++) {
            add(r, (UINT64_C(1) << bit) + (uint64_t)delta);
            add(r, -(UINT64_C(1) << bit) + (uint64_t)delta);
            add(r, (UINT64_C(3) << bit) + (uint64_t)delta);
        }
}

static void add_all_inputs(struct run *r, uint64_t random) {
    const struct tb_format *s = r->c->source;
    if (s->bits <= 16) {
        for (uint64_t code = 0; code < tb_format_codes(s); code++)
            add(r, code);
        return;
    }
    if (s->kind == TB_FLOAT)
        add_exponents(r);
    else
        add_integers(r);
    add_boundaries(r, random);
    for (uint64_t i = 0; i < random; i++)
        add(r, check_random(i));
}

struct check_result check_kernel(const struct tb_target *target, const char *case_id,
                                 check_expected_fn *expected, uint64_t random) {
    struct tb_case c;
    struct tb_kernel kernel;
    if (!open_case(target, case_id, &c, &kernel))
        return (struct check_result){.offered = false};
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->c = &c;
    r->kernel = &kernel;
    r->expected = expected;
    r->result.offered = true;
    r->result.claim = kernel.claim;
    struct tb_error error;
    if (!expected && !tb_behaviour_make(&c, kernel.claim, &r->claimed, &error)) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    add_all_inputs(r, random);
    flush(r);
    struct check_result result = r->result;
    free(r);
    close_case(target, &kernel);
    return result;
}

/* ---- Counts and offsets. ---- */

#define TAIL  70
#define SHIFT 15
#define ROOM  (TAIL + SHIFT + 16)

bool check_tails(const struct tb_target *target, const char *case_id) {
    struct tb_case c;
    struct tb_kernel kernel;
    if (!open_case(target, case_id, &c, &kernel))
        return false;
    const struct tb_format *f = tb_case_input(&c);
    unsigned from = tb_format_bytes(f), to = tb_format_bytes(c.destination);
    static _Alignas(64) unsigned char input[8 * ROOM], whole[8 * ROOM], output[8 * ROOM], poison[8 * ROOM];
    uint64_t mask = f->bits >= 64 ? UINT64_MAX : (UINT64_C(1) << f->bits) - 1;
    for (size_t i = 0; i < ROOM; i++)
        store(input + i * from, from, (check_random(i) & mask) << f->padding);
    memset(poison, 0xC3, sizeof poison);
    kernel.run(kernel.state, input, whole, ROOM);
    bool good = true;
    for (size_t offset = 0; offset <= SHIFT; offset++)
        for (size_t count = 0; count <= TAIL; count++) {
            size_t output_offset = (offset * 7 + count) % (SHIFT + 1);
            memset(output, 0xC3, sizeof output);
            unsigned char *start = output + output_offset * to;
            kernel.run(kernel.state, input + offset * from, start, count);
            good &= memcmp(start, whole + offset * to, count * to) == 0;
            good &= memcmp(output, poison, output_offset * to) == 0;
            good &= memcmp(start + count * to, poison, (ROOM - output_offset - count) * to) == 0;
        }
    close_case(target, &kernel);
    return good;
}
