/* One input of one case, followed step by step: the model behind `tiebreak explain`. */
#ifndef TB_EXPLAIN_H
#define TB_EXPLAIN_H

#include "harness/options.h"
#include "harness/subject.h"
#include "reference/behaviour.h"

#include <stdio.h>
/* After stdio.h, for mpfr_snprintf. */
#include <mpfr.h>

#define TB_EXPLAIN_TEXT 320

/* What a rounding, policy, variant or target gives. */
struct tb_answer {
    char name[96];
    bool given; /* false: `note` says why there is no code */
    uint64_t code;
    char claim[64];             /* of a target on a problem; "" claims exactness */
    char note[TB_EXPLAIN_TEXT]; /* "fp16 gives 0x3c40 = 1.0625, a tie"; "" */
};

/* Where a finite input lies, or the product of a dequantization, or the result of a basic operation. The
 * neighbours are the destination's, or where the grid goes on beyond them. */
enum tb_place {
    TB_PLACE_SPECIAL, /* zero, infinity, NaN: nothing to round */
    TB_PLACE_EXACT,   /* a value of the destination */
    TB_PLACE_BETWEEN, /* between two values */
    TB_PLACE_ABOVE,   /* beyond the largest value, before the next one of its grid */
    TB_PLACE_BELOW,   /* the same below the smallest value */
    TB_PLACE_OVER,    /* beyond that, or where no grid goes on */
    TB_PLACE_UNDER,
};

struct tb_gap {
    enum tb_place place;
    bool has_low,
        has_high; /* whether the neighbour has a code; its value lies below in any case but OVER, UNDER */
    uint64_t low, high;
    mpfr_t x, low_value, high_value, middle;
    bool has_next; /* OVER, UNDER: the value after the last, in high_value or low_value */
};

/* One step of an affine case or a basic operation, in words. */
struct tb_step {
    const char *label, *member; /* of the line, of the JSON object */
    char text[TB_EXPLAIN_TEXT];
};
#define TB_STEPS 8

/* The expected answer of --like; without it `name` is NULL, and expected the exact one. */
struct tb_like {
    const char *name; /* of a preset or variant */
    uint64_t expected;
    char words[TB_EXPLAIN_TEXT];  /* the variants that the name stands for: "rcp32+avx2-wrap" */
    char leaves[TB_EXPLAIN_TEXT]; /* the word from which on the answer is not the exact one; "" where it is */
    char note[TB_EXPLAIN_TEXT];   /* "fp32(1 / s) = 465.430603, rounds 127.5, a tie"; "" */
};

struct tb_walk {
    const struct tb_case *c;
    char id[TB_CASE_ID];
    uint64_t input;           /* as targets get it */
    uint64_t operand, random; /* its parts: a pattern of the source; 0 where there are no random bits */
    char fields[96];          /* "0 01111111 00010000000000000000001" */
    struct tb_value value;
    uint64_t answer;
    struct tb_like like;
    struct tb_gap gap;
    char boundary[128], distance[192], tie[96]; /* "" where there is none */
    size_t rounding_count;
    struct tb_answer roundings[TB_ROUNDINGS]; /* all but exact, and sr where it is the case's */
    size_t step_count;                        /* affine cases and basic operations */
    struct tb_step steps[TB_STEPS];
    int random_bits; /* that stochastic rounding is told for */
    char stochastic[160];
    size_t overflow_count; /* 0: every policy gives the same */
    struct tb_answer overflows[TB_OVERFLOWS];
    size_t variant_count;
    struct tb_answer *variants;
    size_t target_count;
    struct tb_answer *targets;
};

/* Reads an input of a case: operands separated by commas, or VALUE,R where it has random bits (R in decimal
 * or as 0x...), or the joint word as a bit pattern; of one operand as below. */
bool tb_explain_case_input(const struct tb_case *c, const char *text, uint64_t *pattern,
                           struct tb_error *error);
/* Reads a bit pattern (0x3f880001), a decimal or C hex float number that the format holds, nan, inf, -inf.
 * *error names the neighbours of a number that it does not hold. */
bool tb_explain_input(const struct tb_format *f, const char *text, uint64_t *pattern, struct tb_error *error);

/* Everything but the targets. */
void tb_explain_walk(const struct tb_case *c, uint64_t input, struct tb_walk *out);
void tb_explain_free(struct tb_walk *w);
void tb_explain_gap(const struct tb_case *c, uint64_t input, struct tb_gap *gap);
void tb_explain_variants(struct tb_walk *w);
/* Fills w->like: what behaviour `b` of the name gives. */
void tb_explain_like(struct tb_walk *w, const char *name, const struct tb_behaviour *b);
/* What a behaviour computes on its way to its answer; "" where there is nothing to tell. */
void tb_explain_behaviour_note(const struct tb_walk *w, const struct tb_behaviour *b, char *note,
                               size_t size);
/* Basic operations: the operands and the exact result, as steps. */
void tb_explain_basic(struct tb_walk *w);
/* The result before it is rounded, to nearest in the precision of `out`; false where it is zero or no number.
 */
bool tb_explain_result(const struct tb_case *c, uint64_t input, mpfr_ptr out, bool *exact);
/* Adds a step; and what steps are written with: a scale in hex and decimal, a fraction as "9/2 = 4.5" or
 * "100/3 = 33.333..., rounded" (one of too many digits is left out), and a finite value as one. */
void tb_explain_step(struct tb_walk *w, const char *label, const char *member, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void tb_explain_scale(double scale, char text[TB_EXPLAIN_TEXT]);
void tb_explain_fraction(mpq_srcptr q, char *text, size_t size);
void tb_explain_rational(mpq_ptr q, struct tb_value v);
/* The number types in which variants compute, by enum tb_number: their names, and the digits that tell their
 * values apart. */
struct tb_explain_number_type {
    const char *name;
    int digits;
};
extern const struct tb_explain_number_type tb_explain_numbers[];
/* Scaled cases: the scale, and what is rounded. */
void tb_explain_scaled(struct tb_walk *w);
/* What a variant of a scaled case rounds: "fp32(x / s) = 1.0625, a tie". */
void tb_explain_scaled_note(const struct tb_behaviour *b, uint64_t input, char *note, size_t size);
/* What a conversion through `via` gives there, and whether that made a tie: "fp16 gives 0x3c40 = 1.0625, a
 * tie".
 */
void tb_explain_via_note(const struct tb_case *conversion, uint64_t operand, const struct tb_format *via,
                         char *note, size_t size);
/* Affine cases: the steps, and from which random number on stochastic rounding goes up. */
void tb_explain_affine(struct tb_walk *w);
void tb_explain_affine_stochastic(struct tb_walk *w);
/* What a variant of an affine case computes on its way to the code: "fp32(1 / s) = 465.430603, rounds 127.5,
 * a tie"; "" where there is nothing to tell. */
void tb_explain_affine_note(const struct tb_behaviour *b, uint64_t input, char *note, size_t size);
/* Every target, each in a child process: one input in an array of 64. Those that do not offer the case are
 * left out. */
void tb_explain_targets(struct tb_walk *w, const struct tb_subjects *s, const struct tb_options *o);

/* An exact number: decimal where that is short, else a C hex float. */
void tb_explain_number(mpfr_srcptr x, char *text, size_t size);
/* "0x38 = 1" */
void tb_explain_code(const struct tb_format *f, uint64_t code, char *text, size_t size);
/* "0 01111111 00010000000000000000001" */
void tb_explain_fields(const struct tb_format *f, uint64_t pattern, char text[96]);
void tb_explain_hex(const struct tb_format *f, uint64_t code, char text[24]);
/* An answer as lines of many answers show it: integers of affine cases in decimal, all else in hex. */
void tb_explain_short(const struct tb_case *c, uint64_t code, char text[24]);
/* Exact; needs TB_EXPLAIN_BITS. */
void tb_explain_value(const struct tb_format *f, uint64_t pattern, mpfr_ptr out);
/* Holds every sum and difference of two values of shipped formats: fp64 spans 2098 bits. */
#define TB_EXPLAIN_BITS 2560

#endif
