/* Inside reference/: the two searches over histograms, as reference/problem_qparams.h defines them, for the
 * rational way. */
#ifndef TB_PROBLEM_QPARAMS_RATIONAL_SEARCH_H
#define TB_PROBLEM_QPARAMS_RATIONAL_SEARCH_H

#include <stdint.h>

/* The bins that the L2 search keeps of n counted values, both inside; at first and last all of them. */
void tb_search_histogram_rational(const uint32_t *counts, uint32_t bins, int64_t codes, uint64_t total,
                                  int64_t *first, int64_t *last);
/* The number of bins that the entropy search keeps. counts[0] is overwritten. */
uint32_t tb_search_entropy_products(uint32_t *counts, uint32_t bins, uint32_t start, uint32_t levels);

#endif
