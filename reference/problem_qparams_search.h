/* Inside reference/: the two searches over histograms, as reference/problem_qparams.h defines them, for the
 * MPFR way. */
#ifndef TB_PROBLEM_QPARAMS_SEARCH_H
#define TB_PROBLEM_QPARAMS_SEARCH_H

#include <stdint.h>

/* The bins that the histogram's L2 search keeps, both inside; at first and last all of them. */
void tb_histogram_search(const uint32_t *counts, uint32_t bins, uint32_t codes, uint32_t *first,
                         uint32_t *last);
/* The number of bins that the entropy search keeps. counts[0] is overwritten. */
uint32_t tb_entropy_search(uint32_t *counts, uint32_t bins, uint32_t start, uint32_t levels);

#endif
