/* What the PTX manual says of cvt, on the host: the twins' instructions. Integer and double arithmetic,
 * exact; shares nothing with the reference, against which the tests hold it. */
#ifndef TB_CUDA_PTX_MODEL_H
#define TB_CUDA_PTX_MODEL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Named as in case ids, so that a table's row names them. */
enum tb_ptx_rounding { tb_ptx_rne, tb_ptx_rtz, tb_ptx_rd, tb_ptx_ru, tb_ptx_rna, tb_ptx_sr };
enum tb_ptx_overflow { tb_ptx_inf, tb_ptx_satfinite };

/* A floating-point format as its codes: those of a magnitude ascend with it, precision - 1 fraction bits. */
struct tb_ptx_format {
    int precision, least_exponent; /* of normal numbers; emin */
    int sign_shift;                /* the sign's place */
    uint32_t largest, infinity;    /* magnitude codes; infinity is `nan` where there is none */
    uint32_t nan;                  /* the canonical NaN; `largest` in formats without one */
};

static const struct tb_ptx_format tb_ptx_e4m3fn = {4, -6, 7, 0x7E, 0x7F, 0x7F};
static const struct tb_ptx_format tb_ptx_e5m2 = {3, -14, 7, 0x7B, 0x7C, 0x7F};
static const struct tb_ptx_format tb_ptx_e2m3fn = {4, 0, 5, 0x1F, 0x1F, 0x1F};
static const struct tb_ptx_format tb_ptx_e3m2fn = {3, -2, 5, 0x1F, 0x1F, 0x1F};
static const struct tb_ptx_format tb_ptx_e2m1fn = {2, 0, 3, 0x7, 0x7, 0x7};
static const struct tb_ptx_format tb_ptx_fp16 = {11, -14, 15, 0x7BFF, 0x7C00, 0x7FFF};
static const struct tb_ptx_format tb_ptx_bf16 = {8, -126, 15, 0x7F7F, 0x7F80, 0x7FFF};
static const struct tb_ptx_format tb_ptx_tf32 = {11, -126, 18, 0x3FBFF, 0x3FC00, 0x3FFFF};
static const struct tb_ptx_format tb_ptx_fp32 = {24, -126, 31, 0x7F7FFFFF, 0x7F800000, 0x7FFFFFFF};

/* What tb_ptx_sr adds to the discarded bits: a number of so many bits, the first of which weighs half a
 * unit. */
struct tb_ptx_random {
    uint32_t number;
    int bits;
};

/* t >= 0 to an integer. */
static inline double tb_ptx_integral(double t, bool negative, tb_ptx_rounding rounding,
                                     struct tb_ptx_random random = tb_ptx_random()) {
    double down = floor(t), rest = t - down;
    bool odd = fmod(down, 2) != 0, up = false;
    switch (rounding) {
    case tb_ptx_rne:
        up = rest > 0.5 || (rest == 0.5 && odd);
        break;
    case tb_ptx_rna:
        up = rest >= 0.5;
        break;
    case tb_ptx_ru:
        up = rest > 0 && !negative;
        break;
    case tb_ptx_rd:
        up = rest > 0 && negative;
        break;
    case tb_ptx_rtz:
        break;
    case tb_ptx_sr: /* up on the carry out of the sum */
        up = floor(ldexp(rest, random.bits)) + random.number >= ldexp(1, random.bits);
        break;
    }
    return down + up;
}

/* Rounds into a format: overflow gives the largest finite value under .satfinite and where the rounding
 * points that way, else infinity; NaN gives the canonical one. */
static inline uint32_t tb_ptx_encode(double x, const struct tb_ptx_format *f, tb_ptx_rounding rounding,
                                     tb_ptx_overflow overflow,
                                     struct tb_ptx_random random = tb_ptx_random()) {
    bool negative = signbit(x);
    uint32_t sign = (uint32_t)negative << f->sign_shift;
    int exponent;
    if (isnan(x))
        return f->nan;
    if (isinf(x))
        return sign | (overflow == tb_ptx_satfinite ? f->largest : f->infinity);
    frexp(x, &exponent);
    exponent = x == 0 || exponent - 1 < f->least_exponent ? f->least_exponent : exponent - 1;
    double steps = tb_ptx_integral(ldexp(fabs(x), f->precision - 1 - exponent), negative, rounding, random);
    /* Beyond every format's range lies the same as just beyond it. */
    int binades = exponent - f->least_exponent < 300 ? exponent - f->least_exponent : 300;
    uint64_t code = ((uint64_t)binades << (f->precision - 1)) + (uint64_t)steps;
    bool stays = overflow == tb_ptx_satfinite || rounding == tb_ptx_rtz ||
                 rounding == (negative ? tb_ptx_ru : tb_ptx_rd);
    if (code > f->largest)
        return sign | (stays ? f->largest : f->infinity);
    return sign | (uint32_t)code;
}

static inline double tb_ptx_decode(uint32_t code, const struct tb_ptx_format *f) {
    uint32_t magnitude = code & ((1u << f->sign_shift) - 1), hidden = 1u << (f->precision - 1);
    int binade = (int)(magnitude >> (f->precision - 1));
    double value = ldexp((magnitude & (hidden - 1)) + (binade ? hidden : 0),
                         f->least_exponent + (binade ? binade - 1 : 0) - (f->precision - 1));
    if (magnitude > f->largest)
        value = magnitude == f->infinity && f->infinity != f->nan ? (double)INFINITY : (double)NAN;
    return code >> f->sign_shift & 1 ? -value : value;
}

/* To an integer of `bits` bits: saturates; NaN gives zero. */
static inline int64_t tb_ptx_integer(double x, tb_ptx_rounding rounding, int bits, bool is_signed) {
    double most = ldexp(1, is_signed ? bits - 1 : bits) - 1, least = is_signed ? -most - 1 : 0;
    double n = tb_ptx_integral(fabs(x), signbit(x), rounding);
    n = signbit(x) ? -n : n;
    return isnan(x) ? 0 : (int64_t)(n < least ? least : n > most ? most : n);
}

/* ---- cvt.rs: how the lanes share the 32 bits of rbits. ---- */

/* The bits of a lane by their places in rbits, from the one that weighs most to the one that weighs least,
 * in one run or two. Which bits a lane has is the manual's; their order is a published probe's of bf16x2,
 * e4m3x4, e5m2x4 and e2m1x4 on an sm_100a GPU. FP6 is taken to be as FP8 is, f16x2 as bf16x2. */
struct tb_ptx_lane {
    int first, last, then_first, then_last; /* then_first: -1 where there is one run */
};

/* By operand: of the forms with two values {b, a}, of those with four {f, e, b, a}, as they lie in the
 * result from its lowest bits on. */
static const struct tb_ptx_lane tb_ptx_rs_f16x2[] = {
    {12, 0,  -1, -1},
    {28, 16, -1, -1}
};
static const struct tb_ptx_lane tb_ptx_rs_bf16x2[] = {
    {15, 0,  -1, -1},
    {31, 16, -1, -1}
};
static const struct tb_ptx_lane tb_ptx_rs_bytes[] = {
    {15, 0,  -1, -1},
    {0,  15, -1, -1},
    {31, 16, -1, -1},
    {16, 31, -1, -1}
};
static const struct tb_ptx_lane tb_ptx_rs_nibbles[] = {
    {23, 16, 7,  0 },
    {0,  7,  16, 23},
    {31, 24, 15, 8 },
    {8,  15, 24, 31}
};

static inline struct tb_ptx_random tb_ptx_take(struct tb_ptx_random taken, uint32_t rbits, int first,
                                               int last) {
    for (int place = first, step = first < last ? 1 : -1; place != last + step; place += step) {
        taken.number = taken.number << 1 | (rbits >> place & 1);
        taken.bits++;
    }
    return taken;
}

static inline struct tb_ptx_random tb_ptx_lane_random(const struct tb_ptx_lane *lane, uint32_t rbits) {
    struct tb_ptx_random all = tb_ptx_take(tb_ptx_random(), rbits, lane->first, lane->last);
    return lane->then_first < 0 ? all : tb_ptx_take(all, rbits, lane->then_first, lane->then_last);
}

#endif
