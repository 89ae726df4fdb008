/* Quantizers as people write them, in plain C, compiled once for each compiler and set of flags; KERNELS
 * comes from the command line. What they are meant to compute: fp32 quotients or products by the reciprocal,
 * clamped so that NaN takes the lower end, rounded to nearest-even. */
#include "targets/affine/flags_kernels.h"

#include <math.h>

static inline float clamped(float t, float low, float high) {
    t = t > low ? t : low;
    return t < high ? t : high;
}

#define QUANTIZE(NAME, SCALED)                                                                               \
    static void quantize_##NAME(const void *state, const void *input, void *output, size_t count) {          \
        const struct flags_parameters p = *(const struct flags_parameters *)state;                           \
        const float *x = input, reciprocal = 1 / p.scale;                                                    \
        uint8_t *restrict q = output;                                                                        \
        for (size_t i = 0; i < count; i++)                                                                   \
            q[i] = (uint8_t)(((int32_t)rintf(clamped(SCALED, p.low, p.high)) + p.zero) & p.mask);            \
        (void)reciprocal;                                                                                    \
    }                                                                                                        \
    static void fakequant_##NAME(const void *state, const void *input, void *output, size_t count) {         \
        const struct flags_parameters p = *(const struct flags_parameters *)state;                           \
        const float *x = input, reciprocal = 1 / p.scale;                                                    \
        float *restrict y = output;                                                                          \
        for (size_t i = 0; i < count; i++) {                                                                 \
            int32_t q = (int32_t)rintf(clamped(SCALED, p.low, p.high)) + p.zero;                             \
            y[i] = (float)(q - p.zero) * p.scale;                                                            \
        }                                                                                                    \
        (void)reciprocal;                                                                                    \
    }
QUANTIZE(div, x[i] / p.scale)
QUANTIZE(rcp, x[i] * reciprocal)

#define DEQUANTIZE(NAME, TYPE)                                                                               \
    static void dequantize_##NAME(const void *state, const void *input, void *output, size_t count) {        \
        const struct flags_parameters p = *(const struct flags_parameters *)state;                           \
        const TYPE *q = input;                                                                               \
        float *restrict y = output;                                                                          \
        for (size_t i = 0; i < count; i++)                                                                   \
            y[i] = (float)(q[i] - p.zero) * p.scale;                                                         \
    }
DEQUANTIZE(signed, int8_t)
DEQUANTIZE(unsigned, uint8_t)

extern const struct flags_kernels KERNELS;
const struct flags_kernels KERNELS = {quantize_div,  quantize_rcp,      fakequant_div,
                                      fakequant_rcp, dequantize_signed, dequantize_unsigned};
