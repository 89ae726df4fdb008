/* Problems: operations on arrays, whose inputs have no order to sweep. A problem is a case that takes
 * *records*: one record of inputs (some arrays side by side) gives one record of outputs, and the golden
 * answer is a list of vectors, explicit records of both.
 *
 *   OPERATION/WORDS/PARAMETERS       gemm/int8/int8/int32/m=8,n=8,k=64
 *                                    pack/int4/uint32/gptq-rows
 *                                    quantize/fp32/int8/per-channel/rne/axis=1
 *                                    qparams/fp32/int8/minmax-asymmetric/n=64
 *
 * The target ABI serves unchanged: an element is a record, source_bytes and destination_bytes are the bytes
 * of a whole one, and `source` and `destination` of a request spell the layout ("int8[8x64] int8[64x8]"). */
#ifndef TB_PROBLEM_H
#define TB_PROBLEM_H

#include "vectors/case.h"

#define TB_FIELDS 16

/* An array inside a record: row-major, elements in their containers (vectors/format.h), little-endian,
 * without padding between elements; the arrays follow each other in order, each aligned to its element's
 * container. */
struct tb_field {
    char name[24];                  /* "a", "scale", "codes" */
    const struct tb_format *format; /* of an element */
    uint32_t rows, columns;         /* rows 1 for a vector; both 1 for a scalar */
    uint32_t offset;                /* in bytes from the record's start */
};

struct tb_layout {
    size_t count;
    uint32_t bytes; /* of a record, a multiple of 8 */
    struct tb_field fields[TB_FIELDS];
};

/* Adds a field behind those that are there. Aborts beyond TB_FIELDS. */
void tb_layout_add(struct tb_layout *l, const char *name, const char *format, uint32_t rows,
                   uint32_t columns);
/* Elements of all fields together; the field and the place in it of element `index` of that count. */
uint64_t tb_layout_elements(const struct tb_layout *l);
const struct tb_field *tb_layout_find(const struct tb_layout *l, uint64_t index, uint32_t *place);
/* The field of a name; NULL where there is none. */
const struct tb_field *tb_layout_named(const struct tb_layout *l, const char *name);
/* "int8[8x64] int8[64x8] fp32[8]"; scalars without brackets. */
void tb_layout_print(const struct tb_layout *l, char *text, size_t size);

/* Makes the bytes of records that belong to no field 0. */
void tb_layout_clear_gaps(const struct tb_layout *l, void *records, size_t count);

/* An element of a field as its pattern, read from or written to a record. */
uint64_t tb_field_get(const struct tb_field *f, const void *record, uint32_t place);
void tb_field_set(const struct tb_field *f, void *record, uint32_t place, uint64_t pattern);

struct tb_problem_kind;

/* A parsed problem. `numbers` are the values of the kind's parameters, in its order. */
#define TB_PROBLEM_NUMBERS 20
struct tb_problem {
    char id[TB_CASE_ID];
    const struct tb_problem_kind *kind;
    const struct tb_format *formats[4]; /* those that the id names, in its order; NULL beyond */
    int method;                         /* index into the kind's methods */
    enum tb_rounding rounding;          /* TB_EXACT where the kind takes none */
    double numbers[TB_PROBLEM_NUMBERS];
    struct tb_layout input, output;
};

/* One parameter of a kind: NAME=NUMBER in the id. */
struct tb_problem_number {
    const char *name;
    double usual, least, greatest; /* the value where the id leaves it out; the valid range */
    bool whole;                    /* integers only */
};

/* A kind of problem: the vocabulary half. Its arithmetic is in reference/problem.h under the same name. */
struct tb_problem_kind {
    const char *operation; /* "gemm" */
    const char *summary;
    int format_count;
    const char *format_names;      /* what each of them is, for messages: "A/B/OUTPUT" */
    const struct tb_word *methods; /* the word after the formats; NULL where there is none. Where the first is
                                      named "", the word may be left out and means that one */
    int method_count;
    bool takes_rounding;                        /* a rounding stands after the method */
    const struct tb_problem_number *parameters; /* ends with a NULL name */
    /* Checks the combination and fills input and output. */
    bool (*lay_out)(struct tb_problem *p, struct tb_error *error);
    const char *const *suite; /* ids of the standard suite, NULL-terminated */
};
extern const struct tb_problem_kind *const tb_problem_kinds[]; /* NULL-terminated */

/* Parses an id. False and *error where it is none; an operation that is not among the kinds says so with
 * TB_EXIT_USAGE, so that a caller can try tb_case_parse first. */
bool tb_problem_parse(const char *id, struct tb_problem *out, struct tb_error *error);
/* The id in its one spelling: parameters in the kind's order, usual ones left out. tb_problem_parse fills
 * out->id so. */
void tb_problem_print(const struct tb_problem *p, char id[TB_CASE_ID]);
/* Whether an id's first part names a kind of problem. Where it also names an operation of a case, the method
 * decides: quantize/fp32/int8/per-channel/... is a problem, quantize/fp32/int8/rne/... a case. */
bool tb_problem_is(const char *id);
/* "rne" and the like, or a method, printed behind the formats: the words of the id between the formats and
 * the parameters, and the parameters. Both point into `id`. */
const char *tb_problem_words(const struct tb_problem *p, const char *id);
/* "record 3, codes[2][5]": the element of the outputs with number `index`, counted over all records. */
void tb_problem_element_name(const struct tb_problem *p, uint64_t index, char *text, size_t size);
/* The value of a parameter, by name; aborts where the kind has none of that name. */
double tb_problem_number(const struct tb_problem *p, const char *name);

#endif
