/* The exact answers of problems (vectors/problem.h), their inputs, and their variants. */
#ifndef TB_REFERENCE_PROBLEM_H
#define TB_REFERENCE_PROBLEM_H

#include "vectors/problem.h"

/* A named arithmetic of a kind of problem. */
struct tb_problem_variant {
    const char *name, *summary, *used_by;
    /* Whether it can differ from the exact answers of this problem. */
    bool (*applies)(const struct tb_problem *p);
    /* The outputs it gives for one record; `output` comes zeroed. */
    void (*evaluate)(const struct tb_problem *p, const void *input, void *output);
};

/* What is known of an implementation that has no one arithmetic: how far from the exact answers it may be.
 * Targets claim it by name, like a variant. */
struct tb_problem_bound {
    const char *name, *summary, *used_by;
    bool (*applies)(const struct tb_problem *p);
    /* The greatest distance of output `element` (vectors/problem.h, tb_layout_find) of a record from its
     * exact answer, both as they are stored, rounded. */
    double (*radius)(const struct tb_problem *p, const void *input, uint64_t element);
};

/* The arithmetic half of a kind. */
struct tb_problem_arithmetic {
    const char *operation; /* that of the vocabulary half */
    /* Fills the input record `index` of a problem's golden vectors, the same on every machine: the structured
     * ones first (ties, extremes, zeros, witnesses), then seeded random ones. */
    void (*make_input)(const struct tb_problem *p, size_t index, void *record);
    size_t records; /* of the golden vectors */
    /* The exact outputs of one record, by MPFR (or GMP integers where nothing is rounded); and a second way
     * that shares no code with it. `input` and `output` come zeroed. */
    void (*exact)(const struct tb_problem *p, const void *input, void *output);
    void (*second)(const struct tb_problem *p, const void *input, void *output);
    const struct tb_problem_variant *variants; /* ends with a NULL name; `exact` is not among them */
    const struct tb_problem_bound *bounds;     /* ends with a NULL name; NULL where there are none */
};
extern const struct tb_problem_arithmetic *const tb_problem_arithmetics[]; /* NULL-terminated */
const struct tb_problem_arithmetic *tb_problem_arithmetic_of(const struct tb_problem *p);

/* NULL where the kind has none of this name, or where it cannot differ on this problem. */
const struct tb_problem_variant *tb_problem_variant_find(const struct tb_problem *p, const char *name);

/* NULL where the kind has no bound of this name for this problem. */
const struct tb_problem_bound *tb_problem_bound_find(const struct tb_problem *p, const char *name);
/* Whether an output lies within `radius` of the exact one, of a format of at most 32 bits: NaN where the
 * exact one is NaN, that infinity where it is infinite; infinite also where the radius reaches beyond the
 * largest number. */
bool tb_problem_within(const struct tb_format *f, uint64_t exact, uint64_t output, double radius);

/* A number in a format, to nearest even; what overflows as the policy says. By the integer way: for inputs,
 * and for variants, never for an exact answer. */
uint64_t tb_problem_pattern(const struct tb_format *f, double x, enum tb_overflow overflow);

/* For make_input: a generator's first state for a record, and 64 bits from it; the same everywhere. */
uint64_t tb_problem_seed(const struct tb_problem *p, size_t index);
uint64_t tb_problem_random(uint64_t *state);
/* From it: a number in [-1, 1), of 24 bits. */
double tb_problem_fraction(uint64_t *state);

/* The golden vectors of a problem: `records` records side by side. */
struct tb_problem_vectors {
    size_t records;
    unsigned char *input, *output;
};
/* Makes them by `exact` and confirms each by `second`; false and *error (TB_EXIT_SYSTEM) when memory is out
 * or the two disagree. */
bool tb_problem_golden(const struct tb_problem *p, struct tb_problem_vectors *out, struct tb_error *error);
/* Finds the outputs, which come zeroed, of inputs that are there, likewise. */
bool tb_problem_answer(const struct tb_problem *p, const struct tb_problem_vectors *v,
                       struct tb_error *error);
void tb_problem_vectors_free(struct tb_problem_vectors *v);

#endif
