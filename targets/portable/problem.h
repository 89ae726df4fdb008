/* What the problems of the portable family share. */
#ifndef TB_PORTABLE_PROBLEM_H
#define TB_PORTABLE_PROBLEM_H

#include "targets/target.h"
#include "vectors/problem.h"

/* portable/c, by kind: 1 where the request is one that it computes. */
int portable_problem_open(const struct tb_request *request, struct tb_kernel *kernel);
void portable_problem_close(struct tb_kernel *kernel);

/* Runs one record. */
typedef void portable_record_fn(const struct tb_problem *p, const unsigned char *input,
                                unsigned char *output);
portable_record_fn portable_quantize, portable_gemm, portable_pack, portable_unpack;

#endif
