/* A case: one thing to check, with a stable id that people type and CI stores.
 *
 *   convert/SOURCE/DESTINATION/ROUNDING/OVERFLOW     convert/fp32/e4m3fn/rne/satfinite
 *   convert/SOURCE/DESTINATION/exact                 convert/e4m3fn/fp16/exact
 *   convert/SOURCE/DESTINATION/sr/OVERFLOW/bits=N    convert/bf16/e4m3fn/sr/satfinite/bits=16
 *   convert/SOURCE/DESTINATION/sr/OVERFLOW/bits=hidden   the target draws the random bits itself
 *   quantize/FLOAT/INTEGER/ROUNDING/PARAMETERS       quantize/fp32/int8/rne/s=0x1p-4,z=3
 *   dequantize/INTEGER/FLOAT/ROUNDING/PARAMETERS     dequantize/int8/fp32/rne/s=0x1p-4,z=3
 *   fakequant/FLOAT/FLOAT/ROUNDING/PARAMETERS        fakequant/fp32/fp32/rne/s=0x1p-4,z=3,lo=-128,hi=127
 *   fakequant/FLOAT/uint1/ROUNDING/PARAMETERS        the mask of the backward pass
 *   requantize/INTEGER/INTEGER/ROUNDING/PARAMETERS   requantize/int32/int8/rne/s=0x1.8p-9,z=3
 *   quantize/FLOAT/NARROWFLOAT/ROUNDING/OVERFLOW/s=SCALE    quantize/fp32/e4m3fn/rne/satfinite/s=0x1p-4: the
 *                                                    quotient by a scale; m=FACTOR in its place, the product
 *   dequantize/NARROWFLOAT/FLOAT/ROUNDING/OVERFLOW/s=SCALE  dequantize/e4m3fn/fp32/rne/inf/s=0x1p-4
 *   OPERATION/OPERANDS/RESULT/ROUNDING/OVERFLOW      add/e4m3fn/e4m3fn/rne/satfinite: a basic operation, one
 *                                                    of add sub mul div fma sqrt rcp rsqrt
 *
 * `exact` names the conversions that lose nothing: every finite source value is a destination value and
 * infinities are kept; they have no rounding and no overflow, and the five-part spelling of such a case is
 * refused. Operations on arrays (vectors/problem.h) are not among these: they have no domain to number. */
#ifndef TB_CASE_H
#define TB_CASE_H

#include "vectors/format.h"
#include "vectors/rounding.h"

#define TB_CASE_ID 128

enum tb_operation {
    TB_CONVERT,
    TB_QUANTIZE,
    TB_DEQUANTIZE,
    TB_FAKEQUANT,
    TB_REQUANTIZE,
    TB_SCALE_DOWN, /* quantize and dequantize between floats, defined in reference/scaled.h */
    TB_SCALE_UP,
    TB_ADD, /* the basic operations, defined in reference/basic.h */
    TB_SUB,
    TB_MUL,
    TB_DIV,
    TB_FMA,
    TB_SQRT,
    TB_RCP,
    TB_RSQRT,
    TB_OPERATIONS
};
/* The words of ids. Quantizations and dequantizations have one word each, whether their codes are integers
 * or floats: the formats tell. */
extern const struct tb_word tb_operation_words[TB_OPERATIONS];

/* The parameters of an affine operation, as its id spells them:
 * s=SCALE,z=ZERO[,lo=LOW][,hi=HIGH][,bits=K,r=R]. What they mean is defined in reference/affine.h. */
struct tb_affine {
    double scale;      /* s: of a requantization the factor; any value that a double holds */
    int64_t zero;      /* z: the code of the real zero, |z| < 2^31 */
    int64_t low, high; /* lo, hi: the codes that are used; left out of the id where they are all that the
                          integer format has */
    int random_bits;   /* bits: 1..24 where the rounding is TB_STOCHASTIC, else 0 */
    uint32_t random;   /* r: below 2^bits; with it fixed, the case is a step function like any other */
    bool is_factor;    /* of a quantization to a float: `scale` is m, which multiplies */
};

struct tb_case {
    enum tb_operation operation;
    const struct tb_format *source;
    const struct tb_format *destination;
    enum tb_rounding rounding; /* also TB_STOCHASTIC */
    enum tb_overflow overflow; /* TB_PROPAGATE when rounding is TB_EXACT: infinities are kept. Affine
                                  operations: TB_SATFINITE into integers, TB_TO_INF into floats */
    struct tb_affine affine;   /* all zero in a conversion; of scaled operations only the scale is used */
    int random_bits; /* of a stochastic conversion: 1..32, read with every input; 0 where the target hides
                        them, and in every other case. An affine operation has its random number in `affine`
                        instead */
};

/* Parses an id; the message names the part that is wrong. */
bool tb_case_parse(const char *id, struct tb_case *out, struct tb_error *error);
/* Prints the id; the inverse of tb_case_parse. */
void tb_case_print(const struct tb_case *c, char id[TB_CASE_ID]);
/* Whether the operation is one of the affine ones; one of the basic ones, TB_ADD and on. */
bool tb_case_is_affine(const struct tb_case *c);
bool tb_case_is_basic(const struct tb_case *c);
/* Whether it is one of the scaled ones, between floats. */
bool tb_case_is_scaled(const struct tb_case *c);
/* Of a scaled one: whether its value is a product; and how it is made, "x / s", "x * m" or "q * s". */
bool tb_case_multiplies(const struct tb_case *c);
const char *tb_case_formula(const struct tb_case *c);
/* Whether a fake quantization's mask is asked for. */
bool tb_case_is_mask(const struct tb_case *c);
/* The parameters at the end of an id: "s=0x1p-4,z=3", "s=0x1p-4"; of a stochastic conversion "bits=16"; "" of
 * any other conversion. Points into `id`. */
const char *tb_case_parameters(const struct tb_case *c, const char *id);

/* Whether the target draws the random bits of a conversion itself: no input has one exact answer, and what is
 * checked is how often each neighbour comes. */
bool tb_case_hides_random(const struct tb_case *c);

/* Whether every source value, infinities included, is a destination value. */
bool tb_case_is_exact(const struct tb_format *source, const struct tb_format *destination);

/* What one input is made of: so many operands in the source format, then so many random bits. */
struct tb_shape {
    int operands;    /* 1..3 */
    int random_bits; /* 0 where the answer takes none */
};
struct tb_shape tb_case_shape(const struct tb_case *c);
/* The format of one input: the source, or, where the shape asks for more than one operand alone, the unsigned
 * integer `joint<N>` whose N bits are the operands' codes side by side, the first one highest, and the random
 * bits lowest. N is at most 64. */
const struct tb_format *tb_case_input(const struct tb_case *c);
/* The pattern of operand `index`, and the random bits, of a joint input. */
uint64_t tb_case_operand(const struct tb_case *c, uint64_t input, int index);
uint64_t tb_case_random(const struct tb_case *c, uint64_t input);
/* The inverse: operands as patterns of the source. */
uint64_t tb_case_join(const struct tb_case *c, const uint64_t *operands, uint64_t random);

/* A joint input as its operands, "0x38, 0x40"; any other as one pattern. */
#define TB_INPUT_TEXT 96
void tb_case_input_print(const struct tb_case *c, uint64_t input, char text[TB_INPUT_TEXT]);

/* The domain: all patterns of the input format, in ascending order: pattern = index << padding. */
uint64_t tb_case_inputs(const struct tb_case *c);
/* Whether the answers over the whole domain fit a staircase: input at most 32 bits and either it or the
 * destination at most 19 (about 2^20 runs at most); of a fake quantization, the codes that are used; of a
 * basic operation, whose answers change at nearly every input, an input of at most 19 bits; with random bits,
 * two runs a source value, of which there are at most 2^19.
 * Elsewhere the golden is a list of vectors. */
bool tb_case_has_staircase(const struct tb_case *c);

/* Glob match of ids and target names: `*` any run of characters, `/` included; `?` one character; nothing
 * else is special. */
bool tb_glob(const char *pattern, const char *text);

/* A suite names the cases that `run` checks. */
enum tb_suite { TB_QUICK, TB_STANDARD, TB_QUANTIZERS, TB_ARITHMETIC, TB_FULL, TB_SUITES };
extern const struct tb_word tb_suite_words[TB_SUITES];
/* All cases of a suite, each once, in listing order. The array is allocated; free() it. */
struct tb_case *tb_suite_cases(enum tb_suite suite, size_t *count);

#endif
