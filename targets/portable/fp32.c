/* fp32 sources: one table row per sign and exponent, so that an element costs an addition, a shift and a
 * comparison.
 *
 * A row places the significand above `shift` fraction bits and adds the code at which its binade begins, sign
 * and all, so that T = base + significand counts the destination's codes in units of 2^-shift. All roundings
 * but rne and rto are one constant added before the shift, folded into the base; rne adds the low bit of T >>
 * shift too, rto sets it. E8M0 has one code a binade, whose parity is known to the row: it needs neither.
 *
 * Tested: test_portable.c; on all 2^32 inputs as README.md lists. */
#include "targets/portable/portable.h"

#include <stdlib.h>

/* pattern << 9 in 32 bits is the fraction without sign and exponent; the hidden bit is then bit 32. */
#define LIFT 9
#define TOP  32
/* Beyond this a shift changes nothing: a significand below 2^33 lies below one half of 2^35. */
#define FARTHEST 35

enum way { WAY_ADD, WAY_EVEN, WAY_ODD };
enum form { FORM_FLOAT, FORM_NO_MINUS_ZERO, FORM_INTEGER };

struct row {
    uint64_t base;
    uint64_t add;
    uint32_t limit;      /* a code above it has overflowed */
    uint32_t overflow;   /* and becomes this */
    uint32_t minus_zero; /* FORM_NO_MINUS_ZERO: the code that becomes 0 */
    uint32_t shift;
};

struct fp32_state {
    struct row rows[512];
    struct portable_destination destination;
};

/* ---- The rows. ---- */

static uint64_t rounding_constant(enum tb_rounding rounding, bool negative, int shift) {
    uint64_t unit = UINT64_C(1) << shift, half = unit >> 1, below = half ? half - 1 : 0;
    switch (rounding) {
    case TB_RNE:
        return below;
    case TB_RNA:
        return half;
    case TB_RHU:
        return negative ? below : half;
    case TB_RU:
        return negative ? 0 : unit - 1;
    case TB_RD:
        return negative ? unit - 1 : 0;
    case TB_RTO:
    case TB_EXACT:
    case TB_RTZ:
    case TB_ROUNDINGS:
        break;
    }
    return 0;
}

static void place_float(const struct portable_destination *d, int exponent_field, uint64_t *base,
                        int *shift) {
    int field = (exponent_field ? exponent_field - 127 : -126) + d->bias;
    if (field < 1 || !exponent_field)
        *shift += 1 - field; /* subnormal here, or the source's subnormals: one uniform grid */
    else
        *base = (uint64_t)(field - 1) << (d->fraction_bits + *shift);
}

static struct row make_row(const struct portable_destination *d, bool negative, int exponent_field) {
    uint64_t hidden = exponent_field ? UINT64_C(1) << TOP : 0, base = 0;
    int shift = TOP - d->fraction_bits;
    if (d->kind == TB_INTEGER) {
        shift -= exponent_field ? exponent_field - 127 : -126;
        base = shift < 0 ? UINT64_C(1) << TOP : 0; /* beyond every limit already */
    } else {
        place_float(d, exponent_field, &base, &shift);
    }
    shift = shift < 0 ? 0 : shift > FARTHEST ? FARTHEST : shift;
    return (struct row){
        .base = base + hidden,
        .add = rounding_constant(d->rounding, negative, shift),
        .shift = (uint32_t)shift,
    };
}

/* E8M0, precision 1: the code's low bit is the row's exponent field's, and rounding is a threshold on the
 * fraction. Below the smallest value 2^-127, fp32's subnormal 0x400000, everything is that value: q is 1 from
 * a threshold on. */
static struct row make_e8m0_row(const struct portable_destination *d, int exponent_field) {
    static const uint32_t lowest[TB_ROUNDINGS] = {
        [TB_EXACT] = 0x800000, [TB_RNE] = 0x600001, [TB_RNA] = 0x600000, [TB_RTZ] = 0x800000,
        [TB_RU] = 0x400001,    [TB_RD] = 0x800000,  [TB_RTO] = 0x400001, [TB_RHU] = 0x600000,
    };
    if (exponent_field == 0)
        return (struct row){.base = (uint64_t)(0x800000 - lowest[d->rounding]) << LIFT, .shift = TOP};
    bool odd = exponent_field & 1;
    struct row row = make_row(d, false, exponent_field);
    if (d->rounding == TB_RNE)
        row.add += odd;
    if (d->rounding == TB_RTO)
        row.add = odd ? 0 : (UINT64_C(1) << TOP) - 1;
    return row;
}

/* Without a zero every negative value is below the range: q = 1, beyond the limit 0. Only -0 has q = 0. */
static struct row below_range_row(int exponent_field) {
    uint64_t one = UINT64_C(1) << TOP;
    return (struct row){.base = exponent_field ? one : one - 1, .shift = TOP};
}

static struct row complete_row(const struct portable_destination *d, int index, enum way way) {
    bool negative = index >= 256, no_zero = d->kind == TB_FLOAT && d->lowest_field == 0;
    struct row row = !no_zero   ? make_row(d, negative, index & 255)
                     : negative ? below_range_row(index & 255)
                                : make_e8m0_row(d, index);
    uint64_t sign = d->kind == TB_FLOAT ? d->add[negative] : 0;
    row.base += sign << row.shift;
    if (way == WAY_ADD) {
        row.base += row.add;
        row.add = 0;
    }
    row.limit = (uint32_t)(d->limit[negative] + sign);
    row.overflow = (uint32_t)d->overflow[negative];
    row.minus_zero = negative && sign ? (uint32_t)sign : UINT32_MAX;
    return row;
}

/* Which conversions the rows hold: codes and T fit in 64 bits, and no binade of the destination lies wholly
 * inside fp32's subnormals. */
static bool fits(const struct portable_case *c) {
    const struct portable_source *s = &c->source;
    const struct portable_destination *d = &c->destination;
    bool is_fp32 = s->kind == TB_FLOAT && s->bits == 32 && s->padding == 0 && s->fraction_bits == 23 &&
                   s->bias == 127 && s->infinity == 0x7F800000 && s->nan_payload;
    if (!is_fp32 || d->bytes > 4 || c->random_bits)
        return false;
    if (d->kind == TB_INTEGER)
        return d->fraction_bits >= 0 && d->fraction_bits < 32;
    if (d->lowest_field == 0)
        return d->fraction_bits == 0 && d->bias == 127 && !d->is_signed;
    return d->code_mask >> 24 == 0 && d->bias >= -128 && d->bias <= 128;
}

/* ---- The loops. ---- */

static uint64_t special(const struct portable_destination *d, uint32_t pattern) {
    unsigned negative = pattern >> 31;
    uint32_t fraction = pattern & 0x7FFFFF;
    return fraction ? portable_nan(d, negative, (uint64_t)fraction << 41)
                    : d->infinite[negative] << d->padding;
}

static inline uint64_t rounded_code(const struct row *row, uint32_t pattern, enum way way) {
    uint64_t t = row->base + (uint32_t)(pattern << LIFT);
    if (way == WAY_EVEN)
        t += row->add + (t >> row->shift & 1);
    uint64_t q = t >> row->shift;
    if (way == WAY_ODD)
        q |= (t & ((UINT64_C(1) << row->shift) - 1)) != 0;
    return q;
}

static inline __attribute__((always_inline)) void run(const struct fp32_state *s, const void *input,
                                                      void *output, size_t count, enum way way,
                                                      enum form form, unsigned bytes) {
    const struct portable_destination *d = &s->destination;
    const uint32_t mask = (uint32_t)d->code_mask;
    for (size_t i = 0; i < count; i++) {
        uint32_t pattern = (uint32_t)portable_load(input, 4, i);
        if (__builtin_expect((pattern & 0x7F800000) == 0x7F800000, 0)) {
            portable_store(output, bytes, i, special(d, pattern));
            continue;
        }
        const struct row *row = &s->rows[pattern >> 23];
        uint64_t q = rounded_code(row, pattern, way);
        uint32_t code = (uint32_t)q, sign = 0 - (pattern >> 31);
        if (form == FORM_INTEGER)
            code = ((code ^ sign) - sign) & mask;
        if (form == FORM_NO_MINUS_ZERO)
            code = code == row->minus_zero ? 0 : code;
        code = q > row->limit ? row->overflow : code;
        portable_store(output, bytes, i, bytes == 4 ? code << d->padding : code);
    }
}

#define LOOP(NAME, WAY, FORM, BYTES)                                                                         \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        run(state, input, output, count, WAY, FORM, BYTES);                                                  \
    }
#define LOOPS(WAY, FORM)                                                                                     \
    LOOP(run_##WAY##_##FORM##_1, WAY_##WAY, FORM_##FORM, 1)                                                  \
    LOOP(run_##WAY##_##FORM##_2, WAY_##WAY, FORM_##FORM, 2)                                                  \
    LOOP(run_##WAY##_##FORM##_4, WAY_##WAY, FORM_##FORM, 4)
LOOPS(ADD, FLOAT)
LOOPS(EVEN, FLOAT)
LOOPS(ODD, FLOAT)
LOOPS(ADD, NO_MINUS_ZERO)
LOOPS(EVEN, NO_MINUS_ZERO)
LOOPS(ODD, NO_MINUS_ZERO)
LOOPS(ADD, INTEGER)
LOOPS(EVEN, INTEGER)
LOOPS(ODD, INTEGER)

#define ENTRY(WAY, FORM)                                                                                     \
    [WAY_##WAY][FORM_##FORM] = {                                                                             \
        [1] = run_##WAY##_##FORM##_1, [2] = run_##WAY##_##FORM##_2, [4] = run_##WAY##_##FORM##_4}
static tb_run_fn *const loops[3][3][5] = {
    ENTRY(ADD, FLOAT),         ENTRY(EVEN, FLOAT),         ENTRY(ODD, FLOAT),
    ENTRY(ADD, NO_MINUS_ZERO), ENTRY(EVEN, NO_MINUS_ZERO), ENTRY(ODD, NO_MINUS_ZERO),
    ENTRY(ADD, INTEGER),       ENTRY(EVEN, INTEGER),       ENTRY(ODD, INTEGER),
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
    enum form form = d->kind == TB_INTEGER                      ? FORM_INTEGER
                     : d->is_signed && d->zero[1] == d->zero[0] ? FORM_NO_MINUS_ZERO
                                                                : FORM_FLOAT;
    for (int i = 0; i < 512; i++)
        state->rows[i] = complete_row(d, i, way);
    state->destination = *d;
    *kernel = (struct tb_kernel){.run = loops[way][form][d->bytes], .state = state};
    return true;
}
