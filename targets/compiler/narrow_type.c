/* A compiler's conversions of its own 16-bit type, as it compiles a cast, and its operators: an instruction,
 * or a call into its runtime library. Compiled once for each compiler, type and instruction set; TYPE and
 * KERNELS come from the command line, and NO_CASTS or NO_OPERATORS where a row is about the others alone. */
#include "targets/compiler/kernels.h"

#ifndef NO_CASTS
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

#endif

#ifndef NO_OPERATORS
#include <string.h>

/* Operand `place` from the low end of a joint input. */
static void read_operand(TYPE *x, uint64_t joint, int place) {
    uint16_t code = (uint16_t)(joint >> 16 * place);
    memcpy(x, &code, sizeof code);
}

#define OPERATE(NAME, JOINT, A, B, EXPRESSION)                                                               \
    static void NAME(const void *state, const void *input, void *output, size_t count) {                     \
        const JOINT *in = input;                                                                             \
        TYPE *out = output;                                                                                  \
        (void)state;                                                                                         \
        for (size_t i = 0; i < count; i++) {                                                                 \
            TYPE a, b, c;                                                                                    \
            read_operand(&a, in[i], A);                                                                      \
            read_operand(&b, in[i], B);                                                                      \
            read_operand(&c, in[i], 0);                                                                      \
            (void)c;                                                                                         \
            out[i] = (TYPE)(EXPRESSION);                                                                     \
        }                                                                                                    \
    }
OPERATE(add, uint32_t, 1, 0, a + b)
OPERATE(sub, uint32_t, 1, 0, a - b)
OPERATE(mul, uint32_t, 1, 0, a *b)
OPERATE(divide, uint32_t, 1, 0, a / b)
OPERATE(multiply_add, uint64_t, 2, 1, a *b + c)
#endif

extern const struct compiler_kernels KERNELS;
const struct compiler_kernels KERNELS = {
#ifndef NO_CASTS
    .from_fp32 = from_fp32,
    .from_fp64 = from_fp64,
    .from_int32 = from_int32,
    .to_fp32 = to_fp32,
    .to_fp64 = to_fp64,
#endif
#ifndef NO_OPERATORS
    .add = add,
    .sub = sub,
    .mul = mul,
    .div = divide,
    .fma = multiply_add,
#endif
};
