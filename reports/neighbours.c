#include "reports/neighbours.h"

#include <math.h>

/* (-1)^negative * magnitude * 2^exponent, wide enough for the sum of two values that are near each other. */
__extension__ typedef unsigned __int128 uint128;
struct wide {
    bool negative;
    uint128 magnitude;
    int exponent;
};

static int compare_magnitude(struct tb_value a, struct tb_value b) {
    if (a.class != b.class) /* TB_ZERO, TB_FINITE and TB_INFINITE stand in this order */
        return a.class < b.class ? -1 : 1;
    if (a.class != TB_FINITE)
        return 0;
    int shift_a = __builtin_clzll(a.significand), shift_b = __builtin_clzll(b.significand);
    int top_a = a.exponent - shift_a, top_b = b.exponent - shift_b;
    if (top_a != top_b)
        return top_a < top_b ? -1 : 1;
    uint64_t x = a.significand << shift_a, y = b.significand << shift_b;
    return (x > y) - (x < y);
}

int tb_value_compare(struct tb_value a, struct tb_value b) {
    if (a.class == TB_ZERO && b.class == TB_ZERO)
        return 0;
    bool a_below = a.negative && a.class != TB_ZERO, b_below = b.negative && b.class != TB_ZERO;
    if (a_below != b_below)
        return a_below ? -1 : 1;
    int order = compare_magnitude(a, b);
    return a_below ? -order : order;
}

/* a + b, or a - b; false when the exponents lie too far apart for 128 bits. */
static bool add(struct tb_value a, struct tb_value b, bool subtract, struct wide *out) {
    if (a.class == TB_ZERO)
        a.exponent = b.exponent, a.significand = 0;
    if (b.class == TB_ZERO)
        b.exponent = a.exponent, b.significand = 0;
    int exponent = a.exponent < b.exponent ? a.exponent : b.exponent;
    int shift_a = a.exponent - exponent, shift_b = b.exponent - exponent;
    if (shift_a > 62 || shift_b > 62)
        return false;
    uint128 x = (uint128)a.significand << shift_a, y = (uint128)b.significand << shift_b;
    bool b_negative = b.negative != subtract;
    out->exponent = exponent;
    out->negative = a.negative;
    if (a.negative == b_negative) {
        out->magnitude = x + y;
        return true;
    }
    out->magnitude = x >= y ? x - y : y - x;
    out->negative = x >= y ? a.negative : b_negative;
    return true;
}

static bool to_value(struct wide w, struct tb_value *out) {
    *out = (struct tb_value){.class = TB_ZERO};
    if (!w.magnitude)
        return true;
    while (!(w.magnitude & 1)) {
        w.magnitude >>= 1;
        w.exponent++;
    }
    if (w.magnitude >> 64)
        return false;
    *out = (struct tb_value){TB_FINITE, w.negative, w.exponent, (uint64_t)w.magnitude};
    return true;
}

static double to_double(struct wide w) {
    double d = ldexp((double)w.magnitude, w.exponent);
    return w.negative ? -d : d;
}

/* The code one step up or down the number line, tried among the patterns that can hold it: the next or the
 * previous pattern, and the first ones beside either zero. A codebook is searched. */
static bool step(const struct tb_format *f, uint64_t pattern, int direction, uint64_t *out) {
    uint64_t unit = UINT64_C(1) << f->padding, zero = 0, negative_zero = 0;
    int bits = f->bits + f->padding;
    uint64_t mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    int64_t wanted = tb_format_rank(f, pattern) + direction;
    if (f->kind == TB_CODEBOOK) {
        for (uint64_t code = 0; code < tb_format_codes(f); code++)
            if (!tb_format_is_nan(f, code) && tb_format_rank(f, code) == wanted) {
                *out = code;
                return true;
            }
        return false;
    }
    tb_format_zero(f, false, &zero);
    tb_format_zero(f, true, &negative_zero);
    uint64_t sign = f->is_signed ? UINT64_C(1) << (bits - 1) : 0;
    const uint64_t candidates[] = {pattern + unit,       pattern - unit, zero,       zero + unit,
                                   negative_zero + unit, sign + unit,    zero - unit};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        uint64_t candidate = candidates[i] & mask;
        if (!tb_format_is_nan(f, candidate) && tb_format_rank(f, candidate) == wanted) {
            *out = candidate;
            return true;
        }
    }
    return false;
}

static void find_middle(struct tb_neighbours *n, struct tb_value value) {
    struct wide sum, part, whole, gap;
    if (add(n->low_value, n->high_value, false, &sum)) {
        sum.exponent--;
        n->has_middle = to_value(sum, &n->middle);
    }
    if (n->has_middle) {
        n->side = tb_value_compare(value, n->middle);
        n->has_gap = add(value, n->middle, true, &gap) && to_value(gap, &n->gap);
        n->gap.negative = false;
    }
    n->fraction = 0.5 + 0.25 * n->side;
    if (add(value, n->low_value, true, &part) && add(n->high_value, n->low_value, true, &whole) &&
        whole.magnitude)
        n->fraction = to_double(part) / to_double(whole);
}

struct tb_neighbours tb_neighbours_find(const struct tb_format *f, struct tb_value value, uint64_t hint) {
    struct tb_neighbours n = {0};
    uint64_t other;
    if (value.class == TB_NOT_A_NUMBER || value.class == TB_INFINITE)
        return n;
    struct tb_value near = tb_format_decode(f, hint);
    if (near.class == TB_NOT_A_NUMBER || near.class == TB_INFINITE) {
        if (!tb_format_largest(f, value.negative, &hint))
            return n;
        near = tb_format_decode(f, hint);
    }
    int order = tb_value_compare(value, near);
    n.low = n.high = hint;
    n.low_value = n.high_value = near;
    n.is_value = order == 0;
    if (order == 0)
        return n;
    bool found = step(f, hint, order, &other);
    struct tb_value far = found ? tb_format_decode(f, other) : near;
    n.beyond = !found || far.class == TB_INFINITE;
    if (n.beyond || tb_value_compare(value, far) != -order)
        return n;
    n.between = true;
    *(order > 0 ? &n.high : &n.low) = other;
    *(order > 0 ? &n.high_value : &n.low_value) = far;
    find_middle(&n, value);
    return n;
}
