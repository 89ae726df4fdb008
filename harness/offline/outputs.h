/* One case or problem of an offline recording: run in a child, handed to the parent, put into the file. */
#ifndef TB_OFFLINE_OUTPUTS_H
#define TB_OFFLINE_OUTPUTS_H

#include "harness/pool.h"
#include "targets/target.h"
#include "vectors/golden_file.h"

/* Runs of outputs that a recording may have for one case: those of fp32 to fp16, 16 times. */
#define TB_OFFLINE_RUNS ((size_t)1 << 20)

struct tb_offline_case {
    const struct tb_target *target;
    struct tb_case c; /* of a problem all zero */
    char id[TB_CASE_ID];
    const struct tb_vectors *inputs;        /* NULL: all */
    const struct tb_problem_records *given; /* a problem's; NULL: a case */
    uint64_t evaluated;                     /* inputs, or a problem's outputs; set by tb_offline_take() */
};

struct tb_offline {
    const struct tb_target *target;
    struct tb_offline_case *list;
    size_t count, capacity;
    bool problem_asked; /* by a glob */
};

enum tb_offline_outcome { TB_OFFLINE_RECORDED, TB_OFFLINE_NOT_OFFERED, TB_OFFLINE_FAILED };

/* The work of a job whose context is a struct tb_offline_case: the contract of targets/target.h first, then
 * every input, or a problem's records. A broken promise, more runs than TB_OFFLINE_RUNS and what the target
 * says of itself end it. */
void tb_offline_work(void *offline_case, FILE *out);
/* Adds what the child of a finished job wrote. False and *error when memory is out. */
bool tb_offline_take(struct tb_offline_case *one, const struct tb_job *job, struct tb_recording *r,
                     enum tb_offline_outcome *outcome, struct tb_error *error);

#endif
