/* The arithmetic that the quantizers share: divisions, roundings, registers, and how values are read. */
#ifndef TB_CUDA_NUMBERS_CUH
#define TB_CUDA_NUMBERS_CUH

#include "targets/cuda/ptx_model.h"
#include "targets/cuda/quantize.cuh"

/* What the flags make of an fp32 quotient, as a claim. */
#ifdef TB_CUDA_FAST_MATH
#define DIVIDED "rcp32"
#else
#define DIVIDED "div32"
#endif

namespace TB_CUDA_FLAGS {
namespace quantize {

TB_BODY float divided_fast(float x, float y) {
    return TB_EITHER(__fdividef(x, y), x * (1 / y));
}

/* The twin does what nvcc's flag says. */
TB_BODY float divided(float x, float y) {
#if defined TB_CUDA_FAST_MATH && !defined __CUDA_ARCH__
    return divided_fast(x, y);
#else
    return x / y;
#endif
}

/* Saturates; NaN gives 0. */
TB_BODY int32_t to_int32(float t) {
    return TB_EITHER(__float2int_rn(t), (int32_t)tb_ptx_integer(t, tb_ptx_rne, 32, true));
}

/* Saturates; NaN gives the least. t is an integer. */
TB_BODY int64_t to_int64(double t) {
    return TB_EITHER(static_cast<int64_t>(t), !(t >= -0x1p63) ? INT64_MIN
                                              : t >= 0x1p63   ? INT64_MAX
                                                              : (int64_t)t);
}

/* Four low bytes: cvt's saturation is the clamp. */
TB_BODY uint32_t to_int8(float t) {
    uint32_t code;
    TB_EITHER(asm("cvt.rni.sat.s8.f32 %0, %1;"
                  : "=r"(code)
                  : "f"(t)),
              code = (uint32_t)tb_ptx_integer(t, tb_ptx_rne, 8, true));
    return code & 0xFF;
}

TB_BODY float integral(const parameters &p, float t) {
    return p.truncates ? truncf(t) : rintf(t);
}

TB_BODY double integral(const parameters &p, double t) {
    return p.truncates ? trunc(t) : rint(t);
}

TB_BODY int32_t clamped(const parameters &p, int32_t n) {
    return n < p.low ? p.low : n > p.high ? p.high : n;
}

TB_BODY int32_t clamped(const parameters &p, int64_t n) {
    return n < p.low ? p.low : n > p.high ? p.high : (int32_t)n;
}

/* The sum of a 32-bit register, which wraps. */
TB_BODY int32_t plus_zero(const parameters &p, int32_t n) {
    return (int32_t)((uint32_t)n + (uint32_t)p.zero);
}

struct from_fp32 {
    typedef uint32_t element;
    static TB_BODY float value(element x) {
        return tb_bits<float>(x);
    }
};

struct from_fp16 {
    typedef uint16_t element;
    static TB_BODY float value(element x) {
        float wide;
        TB_EITHER(asm("cvt.f32.f16 %0, %1;"
                      : "=f"(wide)
                      : "h"(x)),
                  wide = (float)tb_ptx_decode(x, &tb_ptx_fp16));
        return wide;
    }
};

struct from_bf16 {
    typedef uint16_t element;
    static TB_BODY float value(element x) {
        return tb_bits<float>((uint32_t)x << 16);
    }
};

} // namespace quantize
} // namespace TB_CUDA_FLAGS

#endif
