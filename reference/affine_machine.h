/* Inside reference/: the steps of an affine arithmetic, shared by its files. */
#ifndef TB_AFFINE_MACHINE_H
#define TB_AFFINE_MACHINE_H

#include "reference/affine_number.h"

/* Beyond this an integer is only large: every clamp and every register ends before. */
#define TB_BEYOND (INT64_C(1) << 62)

/* Whether rounded values count from lo, the zero point being in them already. */
static inline bool tb_affine_counts_from_low(enum tb_apply apply) {
    return apply >= TB_APPLY_LINEAR;
}
static inline bool tb_affine_holds_zero(enum tb_apply apply) {
    return apply >= TB_APPLY_FMA;
}

/* An input on its way. */
struct tb_affine_walk {
    double x; /* the input, or as an integer: */
    int64_t q;
    double t;       /* before rounding */
    int side;       /* the sign of the exact value less t, where t is not exact */
    bool nan;       /* t is none */
    int64_t n;      /* rounded, then with the zero point, then clamped */
    uint64_t jumps; /* which stretch of each step that jumps was taken */
};

/* Notes where a step that jumps stands; at most 64 of them a step. */
static inline void tb_affine_jump(struct tb_affine_walk *w, int64_t stretch) {
    w->jumps = w->jumps << 6 ^ (uint64_t)(stretch & 63);
}

/* What tb_affine_machine_key returns. */
static inline uint64_t tb_affine_key(uint64_t jumps, bool nan, int64_t code) {
    return ((jumps << 1 | nan) << 36) ^ ((uint64_t)code & ((UINT64_C(1) << 36) - 1));
}

/* Of codes that are the output pattern themselves, cut to its bits: these bits. Else 0. */
uint64_t tb_affine_code_mask(const struct tb_affine_machine *m);

/* The factor as multiplier and shift: w->n from w->q. */
void tb_affine_fixed(const struct tb_affine_machine *m, struct tb_affine_walk *w);

#endif
