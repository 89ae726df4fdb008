/* cuda/narrow: FP6, FP4 and UE8M0 by instruction, from compute capability 10.0 on; compiled for those only.
 * They saturate always; a NaN gives the largest value where the format has none, E8M0 rounds the magnitude.
 */
#include "targets/cuda/ptx_model.h"
#include "targets/cuda/sweep.cuh"

#define CANONICAL "nan-positive"

/* Case, claim, PTX: two values. FP4's pair is one byte, which the body takes apart. */
#define ALL_CONVERSIONS                                                                                      \
    OF_F32(e2m3fn, rne, satfinite, NULL, "cvt.rn.satfinite.e2m3x2.f32")                                      \
    OF_F32(e3m2fn, rne, satfinite, NULL, "cvt.rn.satfinite.e3m2x2.f32")                                      \
    FP4_OF_F32(e2m1fn, rne, satfinite, NULL, "cvt.rn.satfinite.e2m1x2.f32")                                  \
    OF_F32(e8m0fnu, rtz, satfinite, "magnitude", "cvt.rz.satfinite.ue8m0x2.f32")                             \
    OF_F32(e8m0fnu, rtz, nan, "magnitude", "cvt.rz.ue8m0x2.f32")                                             \
    OF_F32(e8m0fnu, ru, satfinite, "magnitude", "cvt.rp.satfinite.ue8m0x2.f32")                              \
    OF_F32(e8m0fnu, ru, nan, "magnitude", "cvt.rp.ue8m0x2.f32")                                              \
    OF_BF16(e8m0fnu, rtz, satfinite, "magnitude", "cvt.rz.satfinite.ue8m0x2.bf16x2")                         \
    OF_BF16(e8m0fnu, rtz, nan, "magnitude", "cvt.rz.ue8m0x2.bf16x2")                                         \
    OF_BF16(e8m0fnu, ru, satfinite, "magnitude", "cvt.rp.satfinite.ue8m0x2.bf16x2")                          \
    OF_BF16(e8m0fnu, ru, nan, "magnitude", "cvt.rp.ue8m0x2.bf16x2")                                          \
    WIDEN(e2m3fn, fp16, NULL, "cvt.rn.f16x2.e2m3x2")                                                         \
    WIDEN(e3m2fn, fp16, NULL, "cvt.rn.f16x2.e3m2x2")                                                         \
    FP4_WIDEN(e2m1fn, fp16, NULL, "cvt.rn.f16x2.e2m1x2")                                                     \
    WIDEN(e8m0fnu, bf16, CANONICAL, "cvt.rn.bf16x2.ue8m0x2")

/* ---- The model. ---- */

/* A power of two; negative numbers count by their magnitude, zero as the least. */
inline uint32_t e8m0_model(double x, tb_ptx_rounding rounding, bool saturates) {
    int exponent;
    if (isnan(x))
        return 0xFF;
    if (isinf(x))
        return saturates ? 0xFE : 0xFF;
    const double fraction = frexp(fabs(x), &exponent);
    exponent += fraction == 0 ? -1000 : rounding == tb_ptx_ru && fraction > 0.5 ? 0 : -1;
    return exponent < -127 ? 0 : exponent > 127 ? (saturates ? 0xFE : 0xFF) : (uint32_t)(exponent + 127);
}

inline double e8m0_value(uint32_t code) {
    return code == 0xFF ? (double)NAN : ldexp(1, (int)code - 127);
}

#define satfinite_e8m0 true
#define nan_e8m0       false
#define MODEL_e2m3fn(X, ROUNDING, OVERFLOW)                                                                  \
    tb_ptx_encode(X, &tb_ptx_e2m3fn, tb_ptx_##ROUNDING, tb_ptx_##OVERFLOW)
#define MODEL_e3m2fn(X, ROUNDING, OVERFLOW)                                                                  \
    tb_ptx_encode(X, &tb_ptx_e3m2fn, tb_ptx_##ROUNDING, tb_ptx_##OVERFLOW)
#define MODEL_e2m1fn(X, ROUNDING, OVERFLOW)                                                                  \
    tb_ptx_encode(X, &tb_ptx_e2m1fn, tb_ptx_##ROUNDING, tb_ptx_##OVERFLOW)
#define MODEL_e8m0fnu(X, ROUNDING, OVERFLOW) e8m0_model(X, tb_ptx_##ROUNDING, OVERFLOW##_e8m0)
#define VALUE_e2m3fn(CODE)                   tb_ptx_decode(CODE, &tb_ptx_e2m3fn)
#define VALUE_e3m2fn(CODE)                   tb_ptx_decode(CODE, &tb_ptx_e3m2fn)
#define VALUE_e2m1fn(CODE)                   tb_ptx_decode(CODE, &tb_ptx_e2m1fn)
#define VALUE_e8m0fnu(CODE)                  e8m0_value(CODE)

/* ---- The bodies, one a row. ---- */

#define NAME(SOURCE, DESTINATION, ROUNDING, OVERFLOW) SOURCE##_##DESTINATION##_##ROUNDING##_##OVERFLOW
#define PAIR(LOW, HIGH, BITS)                         ((HIGH) << BITS | (LOW))

/* ASM gives a pair of codes of BITS bits each; a byte each is what the case wants. */
#define NARROW_F32(DESTINATION, ROUNDING, OVERFLOW, ASM, BITS)                                               \
    struct NAME(fp32, DESTINATION, ROUNDING, OVERFLOW) : tb_body<uint32_t, uint8_t, uint16_t> {              \
        TB_BODY uint16_t operator()(const uint32_t *in) const {                                              \
            const float low = tb_bits<float>(in[0]), high = tb_bits<float>(in[1]);                           \
            uint16_t codes;                                                                                  \
            TB_EITHER(asm(ASM                                                                                \
                          : "=h"(codes)                                                                      \
                          : "f"(high), "f"(low)),                                                            \
                      codes = (uint16_t)PAIR(MODEL_##DESTINATION(low, ROUNDING, OVERFLOW),                   \
                                             MODEL_##DESTINATION(high, ROUNDING, OVERFLOW), BITS));          \
            return (uint16_t)((codes & ((1 << BITS) - 1)) | codes >> BITS << 8);                             \
        }                                                                                                    \
    };
#define OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                                  \
    NARROW_F32(DESTINATION, ROUNDING, OVERFLOW, PTX " %0, %1, %2;", 8)
#define FP4_OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                              \
    NARROW_F32(DESTINATION, ROUNDING, OVERFLOW,                                                              \
               "{.reg .b8 pair; " PTX " pair, %1, %2; cvt.u16.u8 %0, pair;}", 4)
#define OF_BF16(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                                 \
    struct NAME(bf16, DESTINATION, ROUNDING, OVERFLOW) : tb_body<uint16_t, uint8_t, uint16_t> {              \
        TB_BODY uint16_t operator()(const uint16_t *in) const {                                              \
            uint16_t codes;                                                                                  \
            TB_EITHER(asm(PTX " %0, %1;"                                                                     \
                          : "=h"(codes)                                                                      \
                          : "r"((uint32_t)in[1] << 16 | in[0])),                                             \
                      codes = (uint16_t)PAIR(                                                                \
                          MODEL_##DESTINATION(tb_ptx_decode(in[0], &tb_ptx_bf16), ROUNDING, OVERFLOW),       \
                          MODEL_##DESTINATION(tb_ptx_decode(in[1], &tb_ptx_bf16), ROUNDING, OVERFLOW), 8));  \
            return codes;                                                                                    \
        }                                                                                                    \
    };
#define WIDEN_PAIR(SOURCE, DESTINATION, ASM, BITS)                                                           \
    struct SOURCE##_##DESTINATION : tb_body<uint8_t, uint16_t, uint32_t> {                                   \
        TB_BODY uint32_t operator()(const uint8_t *in) const {                                               \
            uint32_t values;                                                                                 \
            TB_EITHER(                                                                                       \
                asm(ASM                                                                                      \
                    : "=r"(values)                                                                           \
                    : "h"((uint16_t)PAIR(in[0], in[1], BITS))),                                              \
                values = PAIR(                                                                               \
                    tb_ptx_encode(VALUE_##SOURCE(in[0]), &tb_ptx_##DESTINATION, tb_ptx_rne, tb_ptx_inf),     \
                    tb_ptx_encode(VALUE_##SOURCE(in[1]), &tb_ptx_##DESTINATION, tb_ptx_rne, tb_ptx_inf),     \
                    16));                                                                                    \
            return values;                                                                                   \
        }                                                                                                    \
    };
#define WIDEN(SOURCE, DESTINATION, CLAIM, PTX) WIDEN_PAIR(SOURCE, DESTINATION, PTX " %0, %1;", 8)
#define FP4_WIDEN(SOURCE, DESTINATION, CLAIM, PTX)                                                           \
    WIDEN_PAIR(SOURCE, DESTINATION, "{.reg .b8 pair; cvt.u8.u16 pair, %1; " PTX " %0, pair;}", 4)

namespace TB_CUDA_FLAGS {
namespace narrow {
ALL_CONVERSIONS
#undef OF_F32
#undef FP4_OF_F32
#undef OF_BF16
#undef WIDEN
#undef FP4_WIDEN

/* ---- The table. ---- */

#define OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                                  \
    {"fp32",    #DESTINATION, #ROUNDING,                                                                     \
     #OVERFLOW, CLAIM,        TB_CUDA_KERNEL(NAME(fp32, DESTINATION, ROUNDING, OVERFLOW))},
#define FP4_OF_F32 OF_F32
#define OF_BF16(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                                 \
    {"bf16",    #DESTINATION, #ROUNDING,                                                                     \
     #OVERFLOW, CLAIM,        TB_CUDA_KERNEL(NAME(bf16, DESTINATION, ROUNDING, OVERFLOW))},
#define WIDEN(SOURCE, DESTINATION, CLAIM, PTX)                                                               \
    {#SOURCE, #DESTINATION, "exact", "", CLAIM, TB_CUDA_KERNEL(SOURCE##_##DESTINATION)},
#define FP4_WIDEN WIDEN
static const tb_cuda_conversion rows[] = {
    ALL_CONVERSIONS{NULL, NULL, NULL, NULL, NULL, NULL, NULL}
};
} // namespace narrow
} // namespace TB_CUDA_FLAGS

#ifdef __CUDACC__
static const char *needs_blackwell() {
    return tb_cuda_needs(10);
}
#undef TB_CUDA_UNAVAILABLE
#define TB_CUDA_UNAVAILABLE needs_blackwell
#endif
TB_CUDA_CONVERSIONS(tb_cuda_narrow, "narrow",
                    "FP6, FP4 and UE8M0 by instruction, compute capability 10.0 and later",
                    TB_CUDA_FLAGS::narrow::rows)
