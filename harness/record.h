/* From trials to a recording: what a target gave, and where. */
#ifndef TB_RECORD_H
#define TB_RECORD_H

#include "harness/trials.h"

/* Fills in the facts of the file: the target, and the device, driver, compiler and flags that its answers
 * come from: what the target says of itself, or this machine and this program. */
void tb_recording_describe(struct tb_file_info *info, const struct tb_subject *subject);

/* Why a swept trial cannot stand in a recording; NULL where it can. To be asked before tb_trial_explain(). */
const char *tb_recording_refusal(const struct tb_trial *t);

/* Adds what a trial gave: the staircase, or the sample or the records with the recorded outputs. NULL and
 * *error when memory is out. */
struct tb_answers *tb_recording_add_trial(struct tb_recording *r, const struct tb_trial *t,
                                          struct tb_error *error);

#endif
