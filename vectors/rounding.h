/* Roundings, overflow policies and NaN comparison levels: the words of a case id. */
#ifndef TB_ROUNDING_H
#define TB_ROUNDING_H

#include "vectors/error.h"

enum tb_rounding {
    TB_EXACT, /* every source value is a destination value: nothing to round */
    TB_RNE,   /* nearest, ties to the even code */
    TB_RNA,   /* nearest, ties away from zero */
    TB_RTZ,   /* toward zero */
    TB_RU,    /* toward +infinity */
    TB_RD,    /* toward -infinity (floor) */
    TB_RTO,   /* to odd: an inexact value goes to the neighbour with the odd code */
    TB_RHU,   /* nearest, ties toward +infinity (half up) */
    TB_ROUNDINGS
};

/* Stochastic, a function of the input and of random bits that are given with it: the magnitude goes up where
 * its fraction, cut to the number of random bits, and the random number carry over one (IEEE P3109
 * StochasticA). Of affine operations the random number is a parameter, of conversions part of the input.
 * Apart from the enum, whose values take no random bits. */
#define TB_STOCHASTIC ((enum tb_rounding)32)

/* What happens beyond the largest finite value M, after rounding on a grid that goes on above M. In every
 * policy a directed rounding that points away from the overflow (rtz; ru below, rd above) stays at M, as IEEE
 * 754-2019 7.4 has it. */
enum tb_overflow {
    TB_SATFINITE, /* finite and infinite inputs give M with their sign (P3109 SatFinite; OCP saturating) */
    TB_PROPAGATE, /* finite inputs give M, infinities stay infinities where the format has them, else M (P3109
                     SatPropagate) */
    TB_TO_INF, /* infinity where the format has it, else M; what an unsigned format cannot hold below zero is
                  NaN (P3109 SatNone, IEEE 754) */
    TB_TO_NAN, /* NaN where the format has it, else M (OCP non-saturating E4M3) */
    TB_OVERFLOWS
};

/* How the outputs of a NaN input are compared. */
enum tb_nan_level {
    TB_NAN_CLASS,     /* any NaN code is as good as another */
    TB_NAN_CANONICAL, /* it must be the format's one canonical NaN: positive, quiet bit only */
    TB_NAN_BITS,      /* it must be the golden code: sign and leading payload bits kept, made quiet */
    TB_NAN_LEVELS
};

struct tb_word {
    const char *name;
    const char *summary;
};
extern const struct tb_word tb_rounding_words[TB_ROUNDINGS];
extern const struct tb_word tb_overflow_words[TB_OVERFLOWS];
extern const struct tb_word tb_nan_level_words[TB_NAN_LEVELS];

/* "rne"; "sr" for TB_STOCHASTIC. */
const char *tb_rounding_name(enum tb_rounding rounding);

/* Index of `name` in a table of `count` words; -1 where it is not there. */
int tb_word_find(const struct tb_word *words, int count, const char *name);

#endif
