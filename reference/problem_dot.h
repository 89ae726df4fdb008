/* Inside reference/: one record of a dot product. */
#ifndef TB_REFERENCE_PROBLEM_DOT_H
#define TB_REFERENCE_PROBLEM_DOT_H

#include "reference/dot.h"
#include "reference/problem.h"
#include "vectors/problem_dot.h"

/* A record as the exact dot product takes it. */
struct tb_dot_record {
    struct tb_dot dot;
    struct tb_dot_terms terms;
    uint32_t *codes; /* of all its arrays */
};
/* With the inputs that the record has, or, where `origins`, with what a and b were quantized from. Aborts
 * when memory is out; free it. */
struct tb_dot_record tb_dot_record_of(const struct tb_problem *p, const void *input, bool origins);
void tb_dot_record_free(struct tb_dot_record *r);

void tb_dot_make_input(const struct tb_problem *p, size_t index, void *record);

extern const struct tb_problem_variant tb_dot_variants[];

#endif
