/* fp32 sources: one table row per sign and exponent, so that an element costs one addition and one shift.
 *
 * A row places the significand above `shift` fraction bits and adds the code at which its binade begins, so
 * that T = base + significand counts the destination's grid in units of 2^-shift. All roundings but rne and
 * rto are one constant added before the shift; rne adds the low bit of T >> shift too, rto sets it. E8M0 has
 * one code a binade, whose parity is known to the row: it needs neither. */
#include "targets/portable/portable.h"

#include <stdlib.h>
#include <string.h>

/* The significand's unit is 2^32, so that int32's large rows still shift to the right: 24 + 32 bits. */
#define LIFT 32
#define TOP  (23 + LIFT) /* where the hidden bit lies */
/* Beyond this a shift changes nothing: T < 2^56 lies below one half of 2^60. */
#define FARTHEST 60

enum way { WAY_ADD, WAY_EVEN, WAY_ODD };

struct row {
    uint64_t base;
    uint64_t add;
    uint64_t shift;
};

struct fp32_state {
    struct row rows[512];
    struct portable_destination destination;
};

/* ---- The rows. ---- */

static uint64_t rounding_constant(enum tb_rounding rounding, bool negative, int shift, bool odd_code,
                                  enum way way) {
    uint64_t unit = UINT64_C(1) << shift, half = unit >> 1, below = half ? half - 1 : 0;
    switch (rounding) {
    case TB_RNE:
        return below + (way == WAY_ADD && odd_code && half);
    case TB_RNA:
        return half;
    case TB_RHU:
        return negative ? below : half;
    case TB_RU:
        return negative ? 0 : unit - 1;
    case TB_RD:
        return negative ? unit - 1 : 0;
    case TB_RTO:
        return way == WAY_ADD && !odd_code ? unit - 1 : 0;
    case TB_EXACT:
    case TB_RTZ:
    case TB_ROUNDINGS:
        break;
    }
    return 0;
}

static struct row make_row(const struct portable_destination *d, bool negative, int exponent_field,
                           enum way way) {
    uint64_t hidden = exponent_field ? UINT64_C(1) << TOP : 0, base = 0;
    int exponent = exponent_field ? exponent_field - 127 : -126;
    int shift = TOP - d->fraction_bits;
    if (d->kind == TB_INTEGER) {
        shift -= exponent;
    } else {
        int field = exponent + d->bias;
        if (field < 1 || !exponent_field)
            shift += 1 - field; /* subnormal here, or the source's subnormals: one uniform grid */
        else
            base = (uint64_t)(field - 1) << (d->fraction_bits + shift);
    }
    shift = shift < 0 ? 0 : shift > FARTHEST ? FARTHEST : shift;
    base += hidden;
    uint64_t add = rounding_constant(d->rounding, negative, shift, base >> shift & 1, way);
    return way == WAY_ADD ? (struct row){base + add, 0, (uint64_t)shift}
                          : (struct row){base, add, (uint64_t)shift};
}

/* E8M0 has no zero: below its smallest value 2^-127, which is fp32's subnormal 0x400000, everything is that
 * value. In the row of fp32's subnormals q is 0 or 1, and 1 from a threshold on. */
static struct row lowest_e8m0_row(enum tb_rounding rounding) {
    static const uint32_t threshold[TB_ROUNDINGS] = {
        [TB_EXACT] = 0x800000, [TB_RNE] = 0x600001, [TB_RNA] = 0x600000, [TB_RTZ] = 0x800000,
        [TB_RU] = 0x400001,    [TB_RD] = 0x800000,  [TB_RTO] = 0x400001, [TB_RHU] = 0x600000,
    };
    return (struct row){(uint64_t)(0x800000 - threshold[rounding]) << LIFT, 0, TOP};
}

/* Without a zero every negative value is below the range: q = 1, beyond the limit 0. Only -0 has q = 0. */
static struct row below_range_row(int exponent_field) {
    uint64_t one = UINT64_C(1) << TOP;
    return (struct row){exponent_field ? one : one - 1, 0, TOP};
}

/* Which conversions the rows hold: codes and T fit in 64 bits, and no binade of the destination lies wholly
 * inside fp32's subnormals. */
static bool fits(const struct portable_case *c) {
    const struct portable_source *s = &c->source;
    const struct portable_destination *d = &c->destination;
    bool is_fp32 = s->kind == TB_FLOAT && s->bits == 32 && s->padding == 0 && s->fraction_bits == 23 &&
                   s->bias == 127 && s->infinity == 0x7F800000 && s->nan_payload;
    if (!is_fp32 || d->bytes > 4)
        return false;
    if (d->kind == TB_INTEGER)
        return d->fraction_bits >= 0 && d->fraction_bits < 32;
    if (d->lowest_field == 0)
        return d->fraction_bits == 0 && d->bias == 127 && !d->is_signed;
    return d->fraction_bits <= 23 && d->bias >= -128 && d->bias <= 128;
}

/* ---- The loops. ---- */

static uint64_t special(const struct portable_destination *d, uint32_t pattern) {
    unsigned negative = pattern >> 31;
    uint32_t fraction = pattern & 0x7FFFFF;
    return fraction ? portable_nan(d, negative, (uint64_t)fraction << 41)
                    : d->infinite[negative] << d->padding;
}

static inline uint64_t grid_point(const struct row *row, uint32_t pattern, enum way way) {
    uint64_t t = row->base + ((uint64_t)(pattern & 0x7FFFFF) << LIFT);
    if (way == WAY_EVEN)
        t += row->add + (t >> row->shift & 1);
    uint64_t q = t >> row->shift;
    if (way == WAY_ODD)
        q |= (t & ((UINT64_C(1) << row->shift) - 1)) != 0;
    return q;
}

static inline __attribute__((always_inline)) void run(const struct fp32_state *s, const unsigned char *input,
                                                      void *output, size_t count, enum way way,
                                                      unsigned bytes) {
    const struct portable_destination *d = &s->destination;
    for (size_t i = 0; i < count; i++) {
        uint32_t pattern;
        memcpy(&pattern, input + i * sizeof pattern, sizeof pattern);
        uint64_t result;
        if (__builtin_expect((pattern & 0x7F800000) == 0x7F800000, 0))
            result = special(d, pattern);
        else
            result = portable_finish(d, pattern >> 31, grid_point(&s->rows[pattern >> 23], pattern, way));
        portable_store(output, bytes, i, result);
    }
}

#define LOOP(NAME, WAY, BYTES)                                                                               \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        run(state, input, output, count, WAY, BYTES);                                                        \
    }
LOOP(run_add_1, WAY_ADD, 1)
LOOP(run_add_2, WAY_ADD, 2)
LOOP(run_add_4, WAY_ADD, 4)
LOOP(run_even_1, WAY_EVEN, 1)
LOOP(run_even_2, WAY_EVEN, 2)
LOOP(run_even_4, WAY_EVEN, 4)
LOOP(run_odd_1, WAY_ODD, 1)
LOOP(run_odd_2, WAY_ODD, 2)
LOOP(run_odd_4, WAY_ODD, 4)

static tb_run_fn *const loops[3][5] = {
    [WAY_ADD] = {[1] = run_add_1,  [2] = run_add_2,  [4] = run_add_4 },
    [WAY_EVEN] = {[1] = run_even_1, [2] = run_even_2, [4] = run_even_4},
    [WAY_ODD] = {[1] = run_odd_1,  [2] = run_odd_2,  [4] = run_odd_4 },
};

bool portable_fp32_open(const struct portable_case *c, struct tb_kernel *kernel) {
    const struct portable_destination *d = &c->destination;
    struct fp32_state *state = fits(c) ? malloc(sizeof *state) : NULL;
    if (!state)
        return false;
    bool no_zero = d->kind == TB_FLOAT && d->lowest_field == 0;
    enum way way = no_zero                 ? WAY_ADD
                   : d->rounding == TB_RNE ? WAY_EVEN
                   : d->rounding == TB_RTO ? WAY_ODD
                                           : WAY_ADD;
    for (int i = 0; i < 512; i++)
        state->rows[i] = no_zero && i >= 256 ? below_range_row(i & 255)
                         : no_zero && i == 0 ? lowest_e8m0_row(d->rounding)
                                             : make_row(d, i >= 256, i & 255, way);
    state->destination = *d;
    *kernel = (struct tb_kernel){.run = loops[way][d->bytes], .state = state};
    return true;
}
