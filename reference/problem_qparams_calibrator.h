/* Inside reference/: the searches over histograms as calibrators run them, in floating point, sums in order.
 */
#ifndef TB_PROBLEM_QPARAMS_CALIBRATOR_H
#define TB_PROBLEM_QPARAMS_CALIBRATOR_H

#include <stdint.h>

/* torch.ao's HistogramObserver after one batch, in fp32; [*low, *high] is the data's range and becomes the
 * one that is kept. */
void tb_calibrate_histogram(const float *x, uint32_t n, uint32_t bins, uint32_t codes, float *low,
                            float *high);
/* ModelOpt's entropy calibration: counts and divergences in fp64. The greatest magnitude that is kept. */
float tb_calibrate_entropy(const float *x, uint32_t n, uint32_t bins, uint32_t start, uint32_t levels);

#endif
