/* Tensor-core models as targets: the rows of vectors/mma_model.h, evaluated for speed, a record at a time.
 * The plain evaluation is reference/mma.c; the two share no code. */
#ifndef TB_MODEL_H
#define TB_MODEL_H

#include "vectors/mma_model.h"
#include "vectors/problem_mma.h"

/* A decoded number: significand * 2^(exponent - fraction bits of its format); a subnormal has the least
 * exponent, a zero NO_EXPONENT, also after one addition. */
#define NO_EXPONENT (-100000)
struct model_number {
    int32_t significand; /* signed */
    int32_t exponent;
};
enum model_class { MODEL_FINITE, MODEL_NAN, MODEL_INFINITE, MODEL_MINUS_INFINITE, MODEL_MINUS_ZERO };
/* A class that is finite has none of these bits. */
#define MODEL_SPECIAL 3

/* How a format is read; codes of at most 8 bits through a table. */
struct model_reader {
    const struct tb_format *format;
    int fraction, least;
    bool flush;
    struct model_number table[256];
    uint8_t class[256];
};

struct model_register {
    bool nearest;              /* else toward zero */
    int bits, least, greatest; /* fraction bits, exponents */
};

struct model_plan {
    struct tb_problem p;
    struct tb_mma_problem shape;
    const struct tb_mma_model *model;
    struct model_reader a, b;
    struct model_register step, addition;
    uint32_t steps;
    uint32_t *order;      /* the indices of k, step by step */
    uint32_t *start;      /* step s takes order[start[s]] .. order[start[s + 1] - 1] */
    uint32_t *first_step; /* block i takes steps first_step[i] .. first_step[i + 1] - 1 */
    uint32_t blocks;
};

/* A row of a or a column of b, its numbers in the plan's order. */
struct model_line {
    const struct model_number *number;
    const uint8_t *class; /* enum model_class */
    bool special;         /* some are not finite */
};

/* One element of d. */
typedef uint32_t model_dot_fn(const struct model_plan *plan, const struct model_line *a,
                              const struct model_line *b, uint32_t c);
model_dot_fn model_fused, model_floats, model_stages, model_integers;

/* fp32, fp16 and the like, with their bits spelt out. */
struct model_number model_read(const struct model_reader *r, uint32_t pattern, uint8_t *class);

/* What NaN and infinities among products `first` to first + count - 1 make of a sum; what is dropped makes
 * nothing of it. */
struct model_flags {
    bool nan, up, down;
};
void model_special_products(const struct model_plan *plan, const struct model_line *a,
                            const struct model_line *b, uint32_t first, uint32_t count,
                            struct model_flags *flags);
bool model_is_special(const struct model_flags *flags);
uint32_t model_special_result(const struct model_plan *plan, const struct model_flags *flags);

/* A running sum: significand * 2^unit; aligned by `exponent`. */
struct model_sum {
    int64_t significand;
    int unit, exponent;
    bool minus_zero; /* it is -0 */
};
/* c; and a rounded sum, flags->up or down where it is too large. */
struct model_sum model_read_c(const struct model_plan *plan, uint32_t c, struct model_flags *flags);
struct model_sum model_round(const struct model_register *into, __int128 significand, int unit,
                             struct model_flags *flags);
/* The pattern of a sum that d's format holds. */
uint32_t model_encode(const struct tb_format *d, const struct model_sum *x);

#endif
