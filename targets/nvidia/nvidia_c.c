/* cuda_fp8.h, cuda_fp6.h and cuda_fp4.h, whose conversions are C. */
#undef NDEBUG /* the headers assert that the rounding is one they implement */

#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#include "targets/nvidia/narrow.h"
#include "targets/nvidia/nvidia.h"

#define ALL_CONVERSIONS NVIDIA_BY_INSTRUCTION NVIDIA_BY_CODE

#define CONVERSION(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, FROM, TO, EXPRESSION)               \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        const FROM *in = input;                                                                              \
        TO *out = output;                                                                                    \
        (void)state;                                                                                         \
        for (size_t i = 0; i < count; i++) {                                                                 \
            FROM x = in[i];                                                                                  \
            out[i] = EXPRESSION;                                                                             \
        }                                                                                                    \
    }
ALL_CONVERSIONS
#undef CONVERSION

#define CONVERSION(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, FROM, TO, EXPRESSION)               \
    {SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, NAME},
const struct nvidia_conversion nvidia_narrow[] = {
    ALL_CONVERSIONS{NULL, NULL, NULL, NULL, NULL, NULL}
};
