/* Requantization in fixed point: the families of multiplier and shift. */
#include "reference/affine_machine.h"

typedef __int128 wide;

/* floor(x / 2^n + 1/2) for n > 0: ties up. Negative n: x * 2^-n. */
static wide half_up(wide x, int n) {
    if (n > 120)
        return 0;
    return n > 0 ? (x + ((wide)1 << (n - 1))) >> n : x * ((wide)1 << (-n > 60 ? 60 : -n));
}

/* The same with ties away from zero. */
static wide half_away(wide x, int n) {
    return x < 0 ? -half_up(-x, n) : half_up(x, n);
}

static int64_t saturated(wide x, int bits) {
    wide limit = (wide)1 << (bits - 1);
    return (int64_t)(x < -limit ? -limit : x >= limit ? limit - 1 : x);
}

/* The high half of twice the product, ties up; the one product that does not fit saturates. */
static int64_t high_product(int64_t a, int64_t b) {
    return saturated(half_up((wide)a * b, 31), 32);
}

/* Shifts left in 32 bits, wrapping: where in 2^32 the true value stood is a jump. */
static int64_t wrapped_left(struct tb_affine_walk *w, int n) {
    wide x = (wide)w->q * ((wide)1 << (n > 60 ? 60 : n));
    tb_affine_jump(w, (int64_t)((x + ((wide)1 << 31)) >> 32));
    return (int32_t)(uint32_t)(uint64_t)x;
}

void tb_affine_fixed(const struct tb_affine_machine *m, struct tb_affine_walk *w) {
    int left = m->shift > 0 ? m->shift : 0, right = m->shift < 0 ? -m->shift : 0;
    wide product = (wide)w->q * m->multiplier, n = 0;
    switch (m->a.fixed) {
    case TB_FIXED_NONE:
        return;
    case TB_FIXED_DOUBLE:
        n = half_away(high_product(left ? wrapped_left(w, left) : w->q, m->multiplier), right);
        break;
    case TB_FIXED_Q31:
        n = half_away(half_up(product, 31 - left), right);
        break;
    case TB_FIXED_SINGLE:
    case TB_FIXED_SINGLE_RNE:
        n = half_up(product, 31 - m->shift);
        break;
    case TB_FIXED_M16:
        n = half_up(product, 15 - m->shift);
        break;
    case TB_FIXED_M21:
        n = half_up(product, 21 - m->shift);
        break;
    case TB_FIXED_M16_PRESHIFT:
        n = half_up((wide)saturated(half_up(w->q, -m->shift), 16) * m->multiplier, 15);
        break;
    }
    w->n = saturated(n, 63);
}
