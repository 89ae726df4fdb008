/* A compiler's conversions of its own 16-bit type, as it compiles a cast: an instruction, or a call into its
 * runtime library. Compiled once for each compiler, type and instruction set; TYPE and KERNELS come from the
 * command line. */
#include "targets/compiler/kernels.h"

#define CAST(NAME, FROM, TO)                                                                                 \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        const FROM *in = input;                                                                              \
        TO *out = output;                                                                                    \
        (void)state;                                                                                         \
        for (size_t i = 0; i < count; i++)                                                                   \
            out[i] = (TO)in[i];                                                                              \
    }
CAST(from_fp32, float, TYPE)
CAST(from_fp64, double, TYPE)
CAST(from_int32, int32_t, TYPE)
CAST(to_fp32, TYPE, float)
CAST(to_fp64, TYPE, double)

extern const struct compiler_kernels KERNELS;
const struct compiler_kernels KERNELS = {from_fp32, from_fp64, from_int32, to_fp32, to_fp64};
