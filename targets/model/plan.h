/* A tensor-core model made ready for a case. */
#ifndef TB_MODEL_PLAN_H
#define TB_MODEL_PLAN_H

#include "targets/model/model.h"

/* NULL where the case is no mma, or no row of that name takes its formats. */
struct model_plan *model_plan_make(const char *name, const char *case_id);
void model_plan_free(struct model_plan *plan);
/* Runs over records; `state` is a plan. */
void model_plan_run(const void *state, const void *input, void *output, size_t count);

#endif
