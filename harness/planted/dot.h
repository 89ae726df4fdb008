/* What the planted dot products must be found out as: one row a target and problem. planted_dot.so holds the
 * targets. */
#ifndef TB_PLANTED_DOT_H
#define TB_PLANTED_DOT_H

#include "reports/results.h"

struct tb_planted_dot {
    const char *target, *case_id;
    enum tb_status status;
    enum tb_divergence class; /* one that must be among the verdict's; TB_DIVERGENCES where none is told */
    const char *variant;      /* the one complete explanation; NULL where there is none */
    const char *reason;       /* part of the verdict's; NULL where it has none to give */
};

#define DOT_FP16  "dot/fp16/fp16/fp32/fp32/rne/k=67"
#define DOT_LONG  "dot/fp16/fp16/fp32/fp32/rne/k=256"
#define DOT_BF16  "dot/bf16/bf16/fp32/bf16/rne/k=128,origin=1"
#define DOT_BYTES "dot/int8/int8/int32/int32/rne/k=67"

/* clang-format off */
static const struct tb_planted_dot tb_planted_dots[] = {
    /* target                         problem    status         class              variant          reason */
    {"planted/dot-honest",            DOT_FP16,  TB_AS_CLAIMED, TB_DIV_VALUE,      "seq-fma",       NULL},
    {"planted/dot-honest",            DOT_BF16,  TB_AS_CLAIMED, TB_DIV_VALUE,      "seq-fma",       NULL},
    {"planted/dot-honest",            DOT_BYTES, TB_SAME,       TB_DIVERGENCES,    NULL,            NULL},
    {"planted/dot-nan-dropped",       DOT_FP16,  TB_DIVERGES,   TB_DIV_FROM_NAN,   "nan-dropped",   NULL},
    {"planted/dot-nan-dropped",       DOT_BF16,  TB_DIVERGES,   TB_DIV_FROM_NAN,   "nan-dropped",   NULL},
    {"planted/dot-narrowed",          DOT_FP16,  TB_DIVERGES,   TB_DIV_VALUE,      "acc-bf16-fma",  NULL},
    {"planted/dot-narrowed",          DOT_BF16,  TB_DIVERGES,   TB_DIV_VALUE,      "acc-bf16-fma",  NULL},
    {"planted/dot-backwards",         DOT_FP16,  TB_DIVERGES,   TB_DIV_VALUE,      "reverse-fma",   NULL},
    {"planted/dot-backwards",         DOT_LONG,  TB_DIVERGES,   TB_DIV_VALUE,      "reverse-fma",   NULL},
    {"planted/dot-flushes",           DOT_FP16,  TB_DIVERGES,   TB_DIV_FLUSHED,    "daz-fma",       NULL},
    {"planted/dot-loses-last",        DOT_FP16,  TB_DIVERGES,   TB_DIV_VALUE,      "last-lost",     NULL},
    {"planted/dot-loses-last",        DOT_BYTES, TB_DIVERGES,   TB_DIV_VALUE,      NULL,            NULL},
    {"planted/dot-c-last",            DOT_FP16,  TB_DIVERGES,   TB_DIV_VALUE,      "fma-c-last",    NULL},
    {"planted/dot-wraps-16",          DOT_BYTES, TB_DIVERGES,   TB_DIV_VALUE,      "wrap16",        NULL},
    {"planted/dot-wraps-32",          DOT_BYTES, TB_DIVERGES,   TB_DIV_VALUE,      "wrap32",        NULL},
    {"planted/dot-cuts",              DOT_BF16,  TB_DIVERGES,   TB_DIV_VALUE,      "output-rtz",    NULL},
    {"planted/dot-blocked",           DOT_LONG,  TB_DIVERGES,   TB_DIV_VALUE,      "blocks128-fma", NULL},
    {"planted/dot-every-fifth",       DOT_FP16,  TB_DIVERGES,   TB_DIV_POSITION,   NULL,            "in a long call"},
};
/* clang-format on */

#define TB_PLANTED_DOT_COUNT (sizeof tb_planted_dots / sizeof tb_planted_dots[0])

#endif
