/* What a target is asked about a case. */
#ifndef TB_REQUEST_H
#define TB_REQUEST_H

#include "targets/target.h"
#include "vectors/problem.h"

/* The request of a case; its strings live in *c, id and the word tables. */
struct tb_request tb_request_of(const struct tb_case *c, const char *id);

/* The request of a problem: its layouts as text, and the words of its id that a request has as parameters
 * (tb_problem_words). Strings live in *p and are those given. */
struct tb_request tb_request_of_problem(const struct tb_problem *p, const char *source,
                                        const char *destination, const char *words);

#endif
