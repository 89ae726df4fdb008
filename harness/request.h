/* What a target is asked about a case. */
#ifndef TB_REQUEST_H
#define TB_REQUEST_H

#include "targets/target.h"
#include "vectors/case.h"

/* The request of a case; its strings live in *c, id and the word tables. */
struct tb_request tb_request_of(const struct tb_case *c, const char *id);

#endif
