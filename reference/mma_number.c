#include "reference/mma_number.h"

#include <limits.h>
#include <string.h>

int tb_mma_bits(tb_uint128 x) {
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

static bool rounds_up(tb_uint128 kept, tb_uint128 rest, tb_uint128 half, bool negative,
                      enum tb_rounding rounding) {
    switch (rounding) {
    case TB_RNE:
        return rest > half || (rest == half && kept & 1);
    case TB_RNA:
        return rest >= half;
    case TB_RD:
        return negative && rest;
    case TB_RU:
        return !negative && rest;
    default:
        return false;
    }
}

tb_uint128 tb_mma_cut(tb_uint128 magnitude, bool negative, int shift, enum tb_rounding rounding) {
    if (!magnitude)
        return 0;
    if (shift >= 0)
        return magnitude << shift;
    if (shift < -126) { /* far below the last bit that is kept */
        bool away = (rounding == TB_RD && negative) || (rounding == TB_RU && !negative);
        return away;
    }
    tb_uint128 one = 1, kept = magnitude >> -shift, rest = magnitude & ((one << -shift) - 1);
    return kept + rounds_up(kept, rest, one << (-shift - 1), negative, rounding);
}

struct tb_mma_register tb_mma_register_of(const struct tb_mma_model *model,
                                          const struct tb_format *registers) {
    int bits = tb_format_fraction_bits(registers);
    uint64_t top = 0;
    tb_format_largest(registers, false, &top);
    struct tb_value largest = tb_format_decode(registers, top);
    return (struct tb_mma_register){
        .rounding = model->rounding,
        .bits = model->result_bits && model->result_bits < bits ? model->result_bits : bits,
        .least = tb_mma_least_exponent(registers),
        .greatest = largest.exponent + tb_mma_bits(largest.significand) - 1,
        .flush = model->subnormals >= TB_MMA_RESULTS_FLUSHED,
        .positive_zero = model->special == TB_MMA_NV || model->special == TB_MMA_NAN_DROPPED,
    };
}

struct tb_mma_register tb_mma_addition_of(const struct tb_mma_model *model,
                                          const struct tb_format *registers) {
    struct tb_mma_register r = tb_mma_register_of(model, registers);
    r.rounding = TB_RNE;
    r.bits = tb_format_fraction_bits(registers);
    return r;
}

struct tb_mma_term tb_mma_round(const struct tb_mma_register *into, struct tb_mma_sum_value x) {
    struct tb_mma_term zero = {
        .class = TB_ZERO, .negative = x.negative && !into->positive_zero, .exponent = INT_MIN};
    if (!x.magnitude)
        return zero;
    int exponent = tb_mma_bits(x.magnitude) - 1 + x.unit;
    if (exponent < into->least)
        exponent = into->least;
    int unit = exponent - into->bits;
    uint64_t kept = (uint64_t)tb_mma_cut(x.magnitude, x.negative, x.unit - unit, into->rounding);
    if (kept >> (into->bits + 1))
        kept >>= 1, unit++, exponent++;
    if (exponent > into->greatest)
        return (struct tb_mma_term){.class = TB_INFINITE, .negative = x.negative};
    if (!kept || (into->flush && !(kept >> into->bits)))
        return zero;
    return (struct tb_mma_term){
        .class = TB_FINITE, .negative = x.negative, .significand = kept, .unit = unit, .exponent = exponent};
}

/* ---- Sums of two. ---- */

enum { WINDOW = 120 }; /* bits of the larger one: a carry, and a lowest bit for what is lost, fit beside */

struct tb_mma_sum_value tb_mma_add(const struct tb_mma_term *x, const struct tb_mma_term *y) {
    if (!x->significand && !y->significand)
        return (struct tb_mma_sum_value){.negative = x->negative && y->negative};
    int x_top = x->significand ? tb_mma_bits(x->significand) + x->unit : INT_MIN,
        y_top = y->significand ? tb_mma_bits(y->significand) + y->unit : INT_MIN;
    const struct tb_mma_term *high = x_top >= y_top ? x : y, *low = x_top >= y_top ? y : x;
    int unit = high->unit - (WINDOW - tb_mma_bits(high->significand));
    tb_uint128 large = (tb_uint128)high->significand << (high->unit - unit), small = 0;
    if (low->significand) {
        int shift = low->unit - unit;
        small = tb_mma_cut(low->significand, false, shift, TB_RTZ);
        bool lost = shift < 0 && (shift < -64 || small << -shift != low->significand);
        small |= lost;
    }
    struct tb_mma_sum_value sum = {.negative = high->negative, .unit = unit};
    if (high->negative == low->negative || !low->significand) {
        sum.magnitude = large + small;
        return sum;
    }
    sum.negative = large >= small ? high->negative : low->negative;
    sum.magnitude = large >= small ? large - small : small - large;
    if (!sum.magnitude)
        sum.negative = false; /* x - x is +0 */
    return sum;
}

/* ---- Sums of many, exactly. ---- */

/* Products of two fp32 numbers reach from 2^-298 to below 2^256. */
enum { LEAST_UNIT = -320, LIMBS = 10 };

struct fixed {
    uint64_t limb[LIMBS]; /* two's complement, little end first, times 2^LEAST_UNIT */
};

static void add_at(struct fixed *x, uint64_t significand, int unit, bool negative) {
    unsigned position = (unsigned)(unit - LEAST_UNIT), limb = position / 64, shift = position % 64;
    tb_uint128 part = (tb_uint128)significand << shift;
    uint64_t parts[2] = {(uint64_t)part, (uint64_t)(part >> 64)};
    bool carry = false;
    for (unsigned i = limb; i < LIMBS; i++) {
        uint64_t term = i - limb < 2 ? parts[i - limb] : 0, old = x->limb[i];
        if (i - limb >= 2 && !carry)
            return;
        uint64_t next = negative ? old - term - carry : old + term + carry;
        carry = negative ? old < term || (carry && old == term) : next < old || (carry && next == old);
        x->limb[i] = next;
    }
}

static void negate(struct fixed *x) {
    bool carry = true;
    for (int i = 0; i < LIMBS; i++) {
        x->limb[i] = ~x->limb[i] + carry;
        carry = carry && !x->limb[i];
    }
}

struct tb_mma_sum_value tb_mma_exact_sum(const struct tb_mma_term *const *terms, size_t count) {
    struct fixed x = {{0}};
    for (size_t i = 0; i < count; i++)
        add_at(&x, terms[i]->significand, terms[i]->unit, terms[i]->negative);
    struct tb_mma_sum_value sum = {.negative = x.limb[LIMBS - 1] >> 63};
    if (sum.negative)
        negate(&x);
    int top = LIMBS - 1;
    while (top > 0 && !x.limb[top])
        top--;
    int low = top > 0 ? top - 1 : 0;
    sum.magnitude = top > 0 ? (tb_uint128)x.limb[top] << 64 | x.limb[low] : x.limb[0];
    sum.unit = LEAST_UNIT + 64 * low;
    for (int i = 0; i < low; i++)
        sum.magnitude |= x.limb[i] != 0;
    return sum;
}
