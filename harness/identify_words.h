/* Inside harness/: what identification found, in words and as JSON. */
#ifndef TB_IDENTIFY_WORDS_H
#define TB_IDENTIFY_WORDS_H

#include "harness/identify.h"

#include <jansson.h>
#include <stdio.h>

void tb_identity_print(FILE *out, const struct tb_problem *p, const char *target,
                       const struct tb_identity *found);
json_t *tb_identity_json(const struct tb_problem *p, const char *target, const struct tb_identity *found);

#endif
