/* Stochastic rounding on integers: IEEE P3109's three rules, and what else is computed in their place. */
#include "reference/integer.h"

/* nu = rest / 2^shift of a unit: what lies beyond the neighbour toward zero. */
struct fraction {
    uint64_t rest;
    int shift;
};

static struct fraction fraction_of(uint64_t significand, int shift) {
    if (shift <= 0)
        return (struct fraction){0, 0};
    return (struct fraction){significand & low_bits(shift), shift};
}

/* floor(nu * 2^bits), bits below 64. */
static uint64_t cut(struct fraction nu, int bits) {
    int drop = nu.shift - bits;
    if (drop >= 64)
        return 0;
    return drop >= 0 ? nu.rest >> drop : nu.rest << -drop;
}

/* What cut() dropped, against half a unit of what it kept. */
static enum tail tail_of(struct fraction nu, int bits) {
    int drop = nu.shift - bits;
    if (drop <= 0 || nu.rest == 0)
        return TAIL_NONE;
    if (drop > 64)
        return TAIL_BELOW;
    uint64_t tail = nu.rest & low_bits(drop), half = UINT64_C(1) << (drop - 1);
    return tail == 0 ? TAIL_NONE : tail < half ? TAIL_BELOW : tail == half ? TAIL_HALF : TAIL_ABOVE;
}

/* RNITE(nu * 2^bits) */
static uint64_t nearest(struct fraction nu, int bits) {
    uint64_t kept = cut(nu, bits);
    return kept + rounds_away(TB_RNE, false, kept & 1, tail_of(nu, bits));
}

/* The carry of a fraction of `bits` bits and a random number that ends where the fraction does. */
static bool carries(uint64_t fraction, uint64_t random, int bits) {
    return fraction + random >= UINT64_C(1) << bits;
}

/* The random number stands where a normal result's fraction is, `deeper` bits above the end of this one's. */
static bool carries_unaligned(struct fraction nu, uint64_t random, int bits, int deeper) {
    bits += deeper > 0 ? deeper : 0;
    return bits < 63 && carries(cut(nu, bits), random, bits); /* 2^-31 of a unit at most: no carry */
}

/* floor(x + u): below zero a small random number moves away from zero, and none does so exactly at nu. */
static bool floor_goes_away(struct fraction nu, uint64_t random, int bits, bool negative) {
    uint64_t kept = cut(nu, bits);
    if (!negative)
        return carries(kept, random, bits);
    return random < kept || (random == kept && tail_of(nu, bits) != TAIL_NONE);
}

bool tb_integer_random_away(const struct tb_random_step *s) {
    struct fraction nu = fraction_of(s->significand, s->shift);
    int bits = s->bits;
    switch (s->rule) {
    case TB_SR_B:
        return carries(cut(nu, bits + 1), 2 * s->random + 1, bits + 1);
    case TB_SR_C:
        return carries(nearest(nu, bits), s->random, bits);
    case TB_SR_BELOW:
        return s->random < cut(nu, bits);
    case TB_SR_AT_MOST:
        return s->random <= cut(nu, bits);
    case TB_SR_ABOVE:
        return carries(cut(nu, bits), s->random, bits) && cut(nu, bits) + s->random != UINT64_C(1) << bits;
    case TB_SR_AWAY:
        return nu.rest != 0;
    case TB_SR_FLOOR:
        return floor_goes_away(nu, s->random, bits, s->negative);
    case TB_SR_CUT:
        if (s->normal_drop < bits)
            return carries(cut(nu, s->normal_drop) << (bits - s->normal_drop), s->random, bits);
        break;
    case TB_SR_UNALIGNED:
        return carries_unaligned(nu, s->random, bits, s->deeper);
    default:
        break;
    }
    return carries(cut(nu, bits), s->random, bits);
}
