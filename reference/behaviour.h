/* Behaviours: a variant of any operation, as something that can be evaluated and written as a staircase.
 *
 * What attribution, explain and the list of variants work with; the arithmetics themselves are variant.h
 * (conversions), affine_variant.h (affine operations) and basic_variant.h (basic operations). The variants of
 * an affine operation are the words of its table, then the joined names that some preset stands for and that
 * no word alone does. */
#ifndef TB_BEHAVIOUR_H
#define TB_BEHAVIOUR_H

#include "reference/affine_variant.h"
#include "reference/basic_variant.h"
#include "reference/scaled_variant.h"
#include "reference/variant.h"

struct tb_behaviour {
    struct tb_case c;
    bool exact; /* single inputs are then answered on integers */
    union {
        struct tb_arithmetic conversion; /* of a conversion */
        struct tb_affine_machine affine; /* of an affine operation */
        struct tb_scaled_machine scaled; /* of a scaled operation */
        struct tb_basic_machine basic;   /* of a basic operation */
    };
};

struct tb_variant_words {
    const char *name, *summary, *used_by;
};

/* The variants of an operation, `exact` first: how many, and the words of each. */
size_t tb_behaviour_count(enum tb_operation operation);
struct tb_variant_words tb_behaviour_words(enum tb_operation operation, size_t index);
/* Whether variant `index` of the case's operation can differ from the case's exact answers. */
bool tb_behaviour_applies(const struct tb_case *c, size_t index);

/* The words of a (possibly joined) name, its presets written out: "rcp32+avx2-wrap" of
 * "torch/quantize_per_tensor/cpu". Names are not checked. False and *error: longer than `size`. */
bool tb_behaviour_write_out(const struct tb_case *c, const char *name, char *words, size_t size,
                            struct tb_error *error);
/* The behaviour of a (possibly joined) name on a case; its words are variants or presets. NULL name: exact.
 * False: unknown word, named in *error. */
bool tb_behaviour_make(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                       struct tb_error *error);
/* Its output pattern for one input; fast, so that a staircase takes about a millisecond. */
uint64_t tb_behaviour_at(const struct tb_behaviour *b, uint64_t pattern);
/* Its staircase. False and *error: no staircase (TB_EXIT_USAGE), or no memory (TB_EXIT_SYSTEM). */
bool tb_behaviour_staircase(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error);

#endif
