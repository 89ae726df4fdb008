/* What the files of portable/ share: a conversion compiled into constants, one element at a time.
 *
 * A float's magnitude codes are consecutive integers along the number line, so a rounded value *is* a number
 * q on the destination's grid, continued above its largest finite code; everything after rounding is
 * comparing q with a limit. */
#ifndef TB_PORTABLE_H
#define TB_PORTABLE_H

#include "targets/target.h"
#include "vectors/case.h"

#include <string.h>

/* How patterns of the source are read. */
struct portable_source {
    const double *codebook; /* TB_CODEBOOK only */
    uint64_t code_mask, sign_bit, magnitude_mask;
    uint64_t last_number; /* the largest magnitude that is not NaN */
    uint64_t infinity;    /* its magnitude; UINT64_MAX where there is none */
    enum tb_kind kind;
    int fraction_bits, bias, padding, bits;
    unsigned bytes;
    bool has_zero, nan_payload, signed_zeros;
    bool nan_is_negative_zero; /* the sign bit alone is NaN */
};

/* How a rounded magnitude q becomes a pattern. Index 1: the input is negative. */
struct portable_destination {
    uint64_t limit[2];    /* q above it has overflowed */
    uint64_t overflow[2]; /* code then */
    uint64_t infinite[2]; /* code of an infinite input */
    uint64_t zero[2];     /* code of q = 0 */
    uint64_t flip[2];     /* code = ((q ^ flip) + add) & code_mask */
    uint64_t add[2];
    uint64_t nan[2]; /* code of a NaN input without its payload */
    uint64_t nan_mask;
    uint64_t code_mask;
    enum tb_rounding rounding;
    enum tb_kind kind;
    int fraction_bits; /* of an integer: bits below the point */
    int bias, padding;
    int lowest_field; /* the smallest exponent field that is a binade: 0 without a zero (E8M0), else 1 */
    unsigned bytes;
    bool is_signed;
};

struct portable_case {
    struct portable_source source;
    struct portable_destination destination;
    int random_bits;      /* of a stochastic conversion, below the source's code in each input; else 0 */
    unsigned input_bytes; /* of an input */
};

/* Fills *c for a request; false where this family has no code for it. */
bool portable_compile(const struct tb_request *request, struct portable_case *c);

/* A value that was read: of a finite one the leading bit of the significand is at bit 63 and worth
 * 2^exponent; of a NaN the significand is the fraction. */
struct portable_magnitude {
    enum tb_class class;
    unsigned negative;
    int exponent;
    uint64_t significand;
};
struct portable_magnitude portable_read(const struct portable_source *s, uint64_t pattern);
/* The pattern of a value, rounded once. The lowest bit of a significand may stand for all that was cut. */
uint64_t portable_write(const struct portable_case *c, const struct portable_magnitude *m);

/* The output pattern of one input pattern. Domain: every pattern of the source. Exact, because the source's
 * whole significand is kept in 64 bits and the part below the destination's quantum is compared with one
 * half, never rounded. */
uint64_t portable_convert(const struct portable_case *c, uint64_t pattern);
/* The same with a random number of c->random_bits bits, where those are not 0. */
uint64_t portable_convert_with(const struct portable_case *c, uint64_t pattern, uint64_t random);
/* The pattern of a NaN with this fraction, its leading (quiet) bit at bit 63. */
uint64_t portable_nan(const struct portable_destination *d, unsigned negative, uint64_t fraction);

/* fp32 sources by one table row per sign and exponent; false where the rows cannot hold the conversion. */
bool portable_fp32_open(const struct portable_case *c, struct tb_kernel *kernel);

/* Affine operations, all of them; 0 where the request is for none. The state is given to free(). */
int portable_affine_open(const struct tb_request *request, struct tb_kernel *kernel);

/* The loop that looks 1-byte or 2-byte inputs up in a table of outputs of 1, 2, 4 or 8 bytes, its state. */
tb_run_fn *portable_table_run(unsigned from_bytes, unsigned to_bytes);

/* Scaled operations, all of them; 0 where the request is for none. The state is given to free(). */
int portable_scaled_open(const struct tb_request *request, struct tb_kernel *kernel);

/* a * b and a / b of numbers, cut to 64 bits with the lowest set where anything was lost: portable_write()
 * rounds them once. Without signed zeros a quotient by zero is NaN. */
struct portable_magnitude portable_product(struct portable_magnitude a, struct portable_magnitude b);
struct portable_magnitude portable_quotient(struct portable_magnitude a, struct portable_magnitude b,
                                            bool signed_zeros);

/* Basic operations on integers, all of them; 0 where the request is for none. The state is given to free().
 */
int portable_basic_open(const struct tb_request *request, struct tb_kernel *kernel);
/* How operands lie in a joint input, and how the result is written; false where the request is for no basic
 * operation. */
struct portable_basic {
    enum tb_operation operation;
    int operands, bits; /* of one operand's code */
    unsigned source_bytes;
    struct portable_case c;
};
bool portable_basic_compile(const struct tb_request *request, struct portable_basic *b);

/* ---- Inside the loops, hence inline; `bytes` is a constant there. ---- */

/* The pattern of a magnitude that has been rounded to q. */
static inline uint64_t portable_finish(const struct portable_destination *d, unsigned negative, uint64_t q) {
    uint64_t code = ((q ^ d->flip[negative]) + d->add[negative]) & d->code_mask;
    code = q == 0 ? d->zero[negative] : code;
    code = q > d->limit[negative] ? d->overflow[negative] : code;
    return code << d->padding;
}

static inline uint64_t portable_load(const void *array, unsigned bytes, size_t index) {
    const unsigned char *at = (const unsigned char *)array + index * bytes;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (bytes) {
    case 1:
        return *at;
    case 2:
        memcpy(&two, at, sizeof two);
        return two;
    case 4:
        memcpy(&four, at, sizeof four);
        return four;
    default:
        memcpy(&eight, at, sizeof eight);
        return eight;
    }
}

static inline void portable_store(void *array, unsigned bytes, size_t index, uint64_t pattern) {
    unsigned char *at = (unsigned char *)array + index * bytes;
    uint8_t one = (uint8_t)pattern;
    uint16_t two = (uint16_t)pattern;
    uint32_t four = (uint32_t)pattern;
    switch (bytes) {
    case 1:
        memcpy(at, &one, sizeof one);
        break;
    case 2:
        memcpy(at, &two, sizeof two);
        break;
    case 4:
        memcpy(at, &four, sizeof four);
        break;
    default:
        memcpy(at, &pattern, sizeof pattern);
    }
}

/* Operand `index` of a joint input, as a pattern. */
static inline uint64_t portable_operand(const struct portable_basic *b, uint64_t input, int index) {
    if (b->operands == 1)
        return input;
    uint64_t code = input >> ((b->operands - 1 - index) * b->bits) & (UINT64_MAX >> (64 - b->bits));
    return code << b->c.source.padding;
}

extern const struct tb_target portable_float;       /* portable/float */
extern const struct tb_target portable_float_steps; /* portable/float-steps */
extern const struct tb_target portable_c;           /* portable/c */
extern const struct tb_target portable_table;       /* portable/table */
extern const struct tb_target portable_philox;

#endif
