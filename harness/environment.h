/* The floating-point environment of this thread: control only, exception flags never count.
 *
 * x86: MXCSR, the x87 control word, and whether the x87 stack is empty (MMX code that forgot emms). aarch64:
 * FPCR. Elsewhere: the rounding mode as fenv.h knows it. */
#ifndef TB_ENVIRONMENT_H
#define TB_ENVIRONMENT_H

#include "vectors/error.h"

#include <stddef.h>
#include <stdint.h>

struct tb_environment {
    uint64_t control; /* MXCSR without its six flags; FPCR; fegetround() */
    uint32_t x87;     /* control word in the low half, tag word in the high one; 0 elsewhere */
};

struct tb_environment tb_environment_now(void);
void tb_environment_set(const struct tb_environment *e);
/* Nearest-even, no flushing, all exceptions masked, x87 stack empty. */
void tb_environment_set_default(void);
bool tb_environment_same(const struct tb_environment *a, const struct tb_environment *b);
/* Whether `after` differs from `before`; if so says how: "MXCSR changed from 0x1f80 to 0x9fc0: FTZ and DAZ
 * left set". */
bool tb_environment_describe(const struct tb_environment *before, const struct tb_environment *after,
                             char *text, size_t size);

/* Conditions that a target can be run under on purpose. */
struct tb_condition {
    const char *name; /* "default", "daz", "ftz+daz", "rtz", "ru", "rd" */
    const char *summary;
};
#define TB_CONDITIONS 6
extern const struct tb_condition tb_conditions[TB_CONDITIONS];

/* The environment of a condition. False and *error (TB_EXIT_USAGE) when the name is unknown or this machine's
 * floating point has no such setting (daz alone on aarch64 without FEAT_AFP). */
bool tb_environment_condition(const char *name, struct tb_environment *out, struct tb_error *error);

#endif
