/* Provenance: the machine, the compiler, the libraries and the goldens that a result rests on. */
#ifndef TB_FACTS_H
#define TB_FACTS_H

#include "harness/machine.h"
#include "harness/plan.h"
#include "harness/subject.h"
#include "reports/results.h"

/* Of the CUDA targets among the subjects: "no driver (error 35), skipped", "16 targets"; "" where there are
 * none. */
void tb_cuda_line(const struct tb_subjects *subjects, char *text, size_t size);
/* Appends the facts of this run in the order of the report; among them the subjects that cannot run here,
 * each with its reason. `environment`: --environment's, NULL where none was asked for. */
void tb_facts_add(struct tb_results *r, const struct tb_plan *plan, const struct tb_subjects *subjects,
                  const char *environment);
/* SHA-256 over the digests of all goldens of the plan, in its order. */
void tb_plan_digest(const struct tb_plan *plan, char hex[65]);

#endif
