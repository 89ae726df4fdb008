/* cuda_fp16.h and cuda_bf16.h, whose conversions exist in C++ only.
 *
 * Claims: "returns NaN" is all that their text says of NaN. The code gives the positive NaN with every
 * fraction bit set, PTX's canonical NaN; but __bfloat162float is a shift, which leaves a signalling NaN
 * signalling. */
#undef NDEBUG

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "targets/nvidia/nvidia.h"

#define CANONICAL "nan-positive"

static unsigned short bits(__half h) {
    return static_cast<__half_raw>(h).x;
}

static unsigned short bits(__nv_bfloat16 b) {
    return static_cast<__nv_bfloat16_raw>(b).x;
}

/* CONVERSION(name, source, destination, rounding, overflow, claim, type of x, type of the result, expression)
 */
#define FOUR(SOURCE, TYPE, DESTINATION, CONVERT, CLAIM)                                                      \
    CONVERSION(SOURCE##_##DESTINATION##_rn, #SOURCE, #DESTINATION, "rne", "inf", CLAIM, TYPE,                \
               unsigned short, bits(CONVERT##_rn(x)))                                                        \
    CONVERSION(SOURCE##_##DESTINATION##_rz, #SOURCE, #DESTINATION, "rtz", "inf", CLAIM, TYPE,                \
               unsigned short, bits(CONVERT##_rz(x)))                                                        \
    CONVERSION(SOURCE##_##DESTINATION##_ru, #SOURCE, #DESTINATION, "ru", "inf", CLAIM, TYPE, unsigned short, \
               bits(CONVERT##_ru(x)))                                                                        \
    CONVERSION(SOURCE##_##DESTINATION##_rd, #SOURCE, #DESTINATION, "rd", "inf", CLAIM, TYPE, unsigned short, \
               bits(CONVERT##_rd(x)))

#define ALL_CONVERSIONS                                                                                      \
    FOUR(fp32, float, fp16, __float2half, CANONICAL)                                                         \
    FOUR(fp32, float, bf16, __float2bfloat16, CANONICAL)                                                     \
    CONVERSION(fp64_fp16, "fp64", "fp16", "rne", "inf", CANONICAL, double, unsigned short,                   \
               bits(__double2half(x)))                                                                       \
    CONVERSION(fp64_bf16, "fp64", "bf16", "rne", "inf", CANONICAL, double, unsigned short,                   \
               bits(__double2bfloat16(x)))                                                                   \
    FOUR(int32, int, fp16, __int2half, nullptr)                                                              \
    CONVERSION(int32_bf16, "int32", "bf16", "rne", "inf", nullptr, int, unsigned short,                      \
               bits(__int2bfloat16_rn(x)))                                                                   \
    CONVERSION(fp16_fp32, "fp16", "fp32", "exact", "", CANONICAL, __half, float, __half2float(x))            \
    CONVERSION(bf16_fp32, "bf16", "fp32", "exact", "", "nan-truncated", __nv_bfloat16, float,                \
               __bfloat162float(x))

#define CONVERSION(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, FROM, TO, EXPRESSION)               \
    static void NAME(const void *, const void *input, void *output, size_t count) {                          \
        const FROM *in = static_cast<const FROM *>(input);                                                   \
        TO *out = static_cast<TO *>(output);                                                                 \
        for (size_t i = 0; i < count; i++) {                                                                 \
            FROM x = in[i];                                                                                  \
            out[i] = EXPRESSION;                                                                             \
        }                                                                                                    \
    }
ALL_CONVERSIONS
#undef CONVERSION

#define CONVERSION(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, FROM, TO, EXPRESSION)               \
    {SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, NAME},
extern "C" const struct nvidia_conversion nvidia_half[] = {
    ALL_CONVERSIONS{nullptr, nullptr, nullptr, nullptr, nullptr, nullptr}
};

/* ---- Operators. ---- */

static __half half_of(unsigned code) {
    __half_raw raw;
    raw.x = static_cast<unsigned short>(code);
    return __half(raw);
}

static __nv_bfloat16 bfloat_of(unsigned code) {
    __nv_bfloat16_raw raw;
    raw.x = static_cast<unsigned short>(code);
    return __nv_bfloat16(raw);
}

/* OPERATION(name, operation, format, reader, function) on joint inputs of two operands */
#define ALL_OPERATIONS                                                                                       \
    OPERATION(half_add, "add", "fp16", half_of, __hadd)                                                      \
    OPERATION(half_sub, "sub", "fp16", half_of, __hsub)                                                      \
    OPERATION(half_mul, "mul", "fp16", half_of, __hmul)                                                      \
    OPERATION(half_div, "div", "fp16", half_of, __hdiv)                                                      \
    OPERATION(bfloat_add, "add", "bf16", bfloat_of, __hadd)                                                  \
    OPERATION(bfloat_sub, "sub", "bf16", bfloat_of, __hsub)                                                  \
    OPERATION(bfloat_mul, "mul", "bf16", bfloat_of, __hmul)                                                  \
    OPERATION(bfloat_div, "div", "bf16", bfloat_of, __hdiv)

#define OPERATION(NAME, WORD, FORMAT, READ, FUNCTION)                                                        \
    static void NAME(const void *, const void *input, void *output, size_t count) {                          \
        const unsigned *in = static_cast<const unsigned *>(input);                                           \
        unsigned short *out = static_cast<unsigned short *>(output);                                         \
        for (size_t i = 0; i < count; i++)                                                                   \
            out[i] = bits(FUNCTION(READ(in[i] >> 16), READ(in[i] & 0xFFFF)));                                \
    }
ALL_OPERATIONS
#undef OPERATION

#define OPERATION(NAME, WORD, FORMAT, READ, FUNCTION) {WORD, FORMAT, NAME},
extern "C" const struct nvidia_operation nvidia_operations[] = {
    ALL_OPERATIONS{nullptr, nullptr, nullptr}
};
