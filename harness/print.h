/* Verdicts as lines of a terminal. */
#ifndef TB_PRINT_H
#define TB_PRINT_H

#include "reports/results.h"

/* A case a line; what is not plain `same` on a line of its own below. */
void tb_print_verdicts(FILE *out, const struct tb_results *r);
/* "612 verdicts: 598 same, 13 as claimed, 1 skipped: 590 exhaustive, 21 sampled". */
void tb_print_totals(FILE *out, const struct tb_results *r);
/* 1,032,192 */
void tb_print_count(uint64_t n, char *text, size_t size);

#endif
