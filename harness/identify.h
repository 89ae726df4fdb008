/* Identification: which tensor-core arithmetic (vectors/mma_model.h) an unknown target computes, from its
 * answers alone.
 *
 * The family is finite: every combination of the values that identify_family.c lists. Dot products that are
 * chosen to tell one from another (reference/mma_probe.h) are asked twice, in different places of different
 * records; what is left are all sets of parameters that give every answer. Then vectors are looked for on
 * which those that are left differ, and asked, until none is found; then random ones confirm. Where no set is
 * left, the counterexample is the answer.
 *
 * NaN codes count as one, and so do +0 and -0; what the target gives for them is told apart. */
#ifndef TB_IDENTIFY_H
#define TB_IDENTIFY_H

#include "targets/target.h"
#include "vectors/mma_model.h"
#include "vectors/problem_mma.h"

#define TB_IDENTIFY_LONGEST 1024 /* k */
#define TB_IDENTIFY_TERMS   64   /* of a counterexample that are kept */

enum tb_identified {
    TB_FITTED,         /* `count` sets of parameters give every answer */
    TB_NO_SET,         /* none does; `counter` is an answer that the nearest one does not give */
    TB_NOT_A_FUNCTION, /* one question, two answers */
};

/* A question and what came of it. */
struct tb_counterexample {
    char what[80];
    uint32_t terms, kept; /* products with a factor that is not zero; the first of them */
    uint32_t index[TB_IDENTIFY_TERMS];
    uint64_t a[TB_IDENTIFY_TERMS], b[TB_IDENTIFY_TERMS], c;
    uint64_t got;
    uint64_t other;       /* what the nearest set gives; of TB_NOT_A_FUNCTION: the other answer */
    uint32_t row, column; /* of d, where it was asked */
};

/* The values that one parameter has among the sets that fit. */
#define TB_IDENTIFY_VALUES 80
struct tb_value_set {
    size_t count;
    int value[TB_IDENTIFY_VALUES]; /* in the order of the family, those beyond the room left out */
};

enum tb_identify_parameter {
    TB_ID_SUM,
    TB_ID_STEP, /* 0: all of k */
    TB_ID_BLOCK,
    TB_ID_ORDER,
    TB_ID_FRACTION,
    TB_ID_CUT,
    TB_ID_PLACE,
    TB_ID_ROUNDING,
    TB_ID_BITS, /* of the result */
    TB_ID_NORMALISED,
    TB_ID_SUBNORMALS,
    TB_ID_SPECIAL, /* of integers */
    TB_ID_PARAMETERS
};

struct tb_identity {
    enum tb_identified outcome;
    struct tb_mma_model
        model;        /* the first set that fits, in the order of the family; TB_NO_SET: the nearest */
    uint64_t matched; /* TB_NO_SET: answers among those asked that the nearest set gives */
    size_t count;     /* sets that fit */
    uint64_t tried;   /* sets of the family */
    uint64_t asked, confirmed;        /* dot products chosen to tell; random ones */
    const struct tb_mma_model *named; /* the row of the table that gives every answer; TB_NO_SET: the nearest
                                         set, where it is a row. Else NULL */
    struct tb_value_set values[TB_ID_PARAMETERS];
    bool has_nan, has_zero;
    uint64_t nan;              /* what it gives for NaN */
    uint64_t zero, minus_zero; /* for 1 - 1; for zeros that are all negative */
    struct tb_counterexample counter;
};

/* Asks a kernel that was opened for the problem. Its operands may have any format; k at most
 * TB_IDENTIFY_LONGEST. */
void tb_identify(const struct tb_kernel *kernel, const struct tb_problem *p, struct tb_identity *out);

/* The value of a parameter in a set. */
int tb_identify_value(const struct tb_mma_model *model, enum tb_identify_parameter parameter);
extern const char *const tb_identify_names[TB_ID_PARAMETERS]; /* "step", as in JSON */

#endif
