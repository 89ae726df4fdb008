/* The shape of results.json as data: one table a struct of results.h, walked by the reader and by the writer,
 * so that the two cannot part. A row is a member; its JSON name is the struct's. */
#ifndef TB_RESULTS_SHAPE_H
#define TB_RESULTS_SHAPE_H

#include "reports/results.h"

#define TB_RESULTS_BYTES (64u << 20) /* the reader refuses a larger file; the writer stays below */
#define TB_RUNS_WRITTEN  400000      /* stretches in one file: at most 70 bytes each, 28 MB */
#define TB_NUMBER_MAX    INT64_MAX   /* JSON integers end there in jansson */

enum tb_member_kind {
    TB_M_STRING,  /* char[size] */
    TB_M_TEXT,    /* char *, allocated */
    TB_M_COUNT,   /* uint64_t, in decimal */
    TB_M_SIGNED,  /* int64_t */
    TB_M_INT,     /* int, 0..size */
    TB_M_FLAG,    /* int, true or false in JSON */
    TB_M_REAL,    /* double, finite, not negative */
    TB_M_PATTERN, /* uint64_t, as a hex string */
    TB_M_WORD,    /* int-sized enum, one of size words */
    TB_M_COUNTS,  /* uint64_t[size] */
    TB_M_INLINE,  /* an array inside the struct, its size_t length at count_at */
    TB_M_LIST,    /* an allocated array, its size_t length at count_at */
};

struct tb_shape;

struct tb_member {
    const char *name;
    enum tb_member_kind kind;
    size_t at;       /* offset in the struct */
    size_t size;     /* see the kinds; of an array: the most elements */
    size_t count_at; /* arrays only */
    const struct tb_shape *element;
    const char *const *words;
    bool optional; /* may be absent: zero, "" or empty then; not written when it is */
};

struct tb_shape {
    size_t bytes;
    bool bare; /* an array of its members' values instead of an object */
    size_t member_count;
    const struct tb_member *members;
};

extern const struct tb_shape tb_results_shape, tb_verdict_shape;

#endif
