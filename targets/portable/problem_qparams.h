/* Quantization parameters in plain C. */
#ifndef TB_PORTABLE_PROBLEM_QPARAMS_H
#define TB_PORTABLE_PROBLEM_QPARAMS_H

#include "vectors/problem_qparams.h"

/* Whether portable_qparams computes a problem: not the entropy search, whose logarithms are not rational, no
 * error powers but 2, and no constants so small that 2048 bits could not hold a sum with them. */
bool portable_qparams_offers(const struct tb_problem *p);
/* One record, exactly. */
void portable_qparams(const struct tb_problem *p, const unsigned char *input, unsigned char *output);

#endif
