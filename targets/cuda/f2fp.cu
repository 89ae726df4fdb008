/* cuda/f2fp: the packed converter, F2FP in machine code, an instruction a pair. FP8 has one rounding and
 * always saturates; fp16 and bf16 may be rounded toward zero and may saturate. tf32 takes one value at a
 * time.
 *
 * PTX documents a NaN result as the positive one with every fraction bit set. tf32's low 13 bits are not
 * documented; they are cut off, as targets/target.h has the format. */
#include "targets/cuda/ptx_model.h"
#include "targets/cuda/sweep.cuh"

#define CANONICAL "nan-positive"

/* The rows: case, claim, PTX. The first operand goes to the high half. */
#define ALL_CONVERSIONS                                                                                      \
    BYTES_OF_F32(e4m3fn, rne, satfinite, CANONICAL, "cvt.rn.satfinite.e4m3x2.f32")                           \
    BYTES_OF_F32(e5m2, rne, satfinite, CANONICAL, "cvt.rn.satfinite.e5m2x2.f32")                             \
    BYTES_OF_F16(e4m3fn, rne, satfinite, CANONICAL, "cvt.rn.satfinite.e4m3x2.f16x2")                         \
    BYTES_OF_F16(e5m2, rne, satfinite, CANONICAL, "cvt.rn.satfinite.e5m2x2.f16x2")                           \
    F16_OF_BYTES(e4m3fn, CANONICAL, "cvt.rn.f16x2.e4m3x2")                                                   \
    F16_OF_BYTES(e5m2, CANONICAL, "cvt.rn.f16x2.e5m2x2")                                                     \
    HALVES_OF_F32(fp16, rne, inf, CANONICAL, "cvt.rn.f16x2.f32")                                             \
    HALVES_OF_F32(fp16, rtz, inf, CANONICAL, "cvt.rz.f16x2.f32")                                             \
    HALVES_OF_F32(fp16, rne, satfinite, CANONICAL, "cvt.rn.satfinite.f16x2.f32")                             \
    HALVES_OF_F32(fp16, rtz, satfinite, CANONICAL, "cvt.rz.satfinite.f16x2.f32")                             \
    HALVES_OF_F32(bf16, rne, inf, CANONICAL, "cvt.rn.bf16x2.f32")                                            \
    HALVES_OF_F32(bf16, rtz, inf, CANONICAL, "cvt.rz.bf16x2.f32")                                            \
    HALVES_OF_F32(bf16, rne, satfinite, CANONICAL, "cvt.rn.satfinite.bf16x2.f32")                            \
    HALVES_OF_F32(bf16, rtz, satfinite, CANONICAL, "cvt.rz.satfinite.bf16x2.f32")                            \
    TF32_OF_F32(tf32, rne, inf, CANONICAL, "cvt.rn.tf32.f32")                                                \
    TF32_OF_F32(tf32, rtz, inf, CANONICAL, "cvt.rz.tf32.f32")

/* ---- The bodies, one a row. ---- */

#define NAME(SOURCE, DESTINATION, ROUNDING, OVERFLOW) SOURCE##_##DESTINATION##_##ROUNDING##_##OVERFLOW
#define MODEL(X, DESTINATION, ROUNDING, OVERFLOW)                                                            \
    tb_ptx_encode(X, &tb_ptx_##DESTINATION, tb_ptx_##ROUNDING, tb_ptx_##OVERFLOW)

#define PAIR_OF_F32(NAME, OUT, PACKED, REGISTER, BITS, PTX, DESTINATION, ROUNDING, OVERFLOW)                 \
    struct NAME : tb_body<uint32_t, OUT, PACKED> {                                                           \
        TB_BODY PACKED operator()(const uint32_t *in) const {                                                \
            const float low = tb_bits<float>(in[0]), high = tb_bits<float>(in[1]);                           \
            PACKED codes;                                                                                    \
            TB_EITHER(asm(PTX " %0, %1, %2;"                                                                 \
                          : "=" REGISTER(codes)                                                              \
                          : "f"(high), "f"(low)),                                                            \
                      codes = (PACKED)(MODEL(high, DESTINATION, ROUNDING, OVERFLOW) << BITS |                \
                                       MODEL(low, DESTINATION, ROUNDING, OVERFLOW)));                        \
            return codes;                                                                                    \
        }                                                                                                    \
    };
#define BYTES_OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                            \
    PAIR_OF_F32(NAME(fp32, DESTINATION, ROUNDING, OVERFLOW), uint8_t, uint16_t, "h", 8, PTX, DESTINATION,    \
                ROUNDING, OVERFLOW)
#define HALVES_OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                           \
    PAIR_OF_F32(NAME(fp32, DESTINATION, ROUNDING, OVERFLOW), uint16_t, uint32_t, "r", 16, PTX, DESTINATION,  \
                ROUNDING, OVERFLOW)

#define BYTES_OF_F16(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                            \
    struct NAME(fp16, DESTINATION, ROUNDING, OVERFLOW) : tb_body<uint16_t, uint8_t, uint16_t> {              \
        TB_BODY uint16_t operator()(const uint16_t *in) const {                                              \
            uint16_t codes;                                                                                  \
            TB_EITHER(                                                                                       \
                asm(PTX " %0, %1;"                                                                           \
                    : "=h"(codes)                                                                            \
                    : "r"((uint32_t)in[1] << 16 | in[0])),                                                   \
                codes =                                                                                      \
                    (uint16_t)(MODEL(tb_ptx_decode(in[1], &tb_ptx_fp16), DESTINATION, ROUNDING, OVERFLOW)    \
                                   << 8 |                                                                    \
                               MODEL(tb_ptx_decode(in[0], &tb_ptx_fp16), DESTINATION, ROUNDING, OVERFLOW))); \
            return codes;                                                                                    \
        }                                                                                                    \
    };

#define F16_OF_BYTES(SOURCE, CLAIM, PTX)                                                                     \
    struct SOURCE##_fp16 : tb_body<uint8_t, uint16_t, uint32_t> {                                            \
        TB_BODY uint32_t operator()(const uint8_t *in) const {                                               \
            uint32_t codes;                                                                                  \
            TB_EITHER(asm(PTX " %0, %1;"                                                                     \
                          : "=r"(codes)                                                                      \
                          : "h"((uint16_t)(in[1] << 8 | in[0]))),                                            \
                      codes = MODEL(tb_ptx_decode(in[1], &tb_ptx_##SOURCE), fp16, rne, inf) << 16 |          \
                              MODEL(tb_ptx_decode(in[0], &tb_ptx_##SOURCE), fp16, rne, inf));                \
            return codes;                                                                                    \
        }                                                                                                    \
    };

#define TF32_OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                             \
    struct NAME(fp32, DESTINATION, ROUNDING, OVERFLOW) : tb_body<uint32_t, uint32_t> {                       \
        TB_BODY uint32_t operator()(const uint32_t *in) const {                                              \
            const float x = tb_bits<float>(in[0]);                                                           \
            uint32_t code;                                                                                   \
            TB_EITHER(asm(PTX " %0, %1;"                                                                     \
                          : "=r"(code)                                                                       \
                          : "f"(x)),                                                                         \
                      code = MODEL(x, tf32, ROUNDING, OVERFLOW) << 13);                                      \
            return code & 0xFFFFE000;                                                                        \
        }                                                                                                    \
    };

namespace TB_CUDA_FLAGS {
namespace f2fp {
ALL_CONVERSIONS
#undef BYTES_OF_F32
#undef HALVES_OF_F32
#undef BYTES_OF_F16
#undef F16_OF_BYTES
#undef TF32_OF_F32

/* ---- The table. ---- */

#define ROW(SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM)                                                  \
    {#SOURCE,   #DESTINATION, #ROUNDING,                                                                     \
     #OVERFLOW, CLAIM,        TB_CUDA_KERNEL(NAME(SOURCE, DESTINATION, ROUNDING, OVERFLOW))},
#define BYTES_OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                            \
    ROW(fp32, DESTINATION, ROUNDING, OVERFLOW, CLAIM)
#define HALVES_OF_F32 BYTES_OF_F32
/* 2^19 codes, and a staircase all the same. */
#define TF32_OF_F32(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                             \
    {"fp32", "tf32", #ROUNDING, #OVERFLOW, CLAIM, TB_CUDA_SWEPT(NAME(fp32, tf32, ROUNDING, OVERFLOW))},
#define BYTES_OF_F16(DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                            \
    ROW(fp16, DESTINATION, ROUNDING, OVERFLOW, CLAIM)
#define F16_OF_BYTES(SOURCE, CLAIM, PTX) {#SOURCE, "fp16", "exact", "", CLAIM, TB_CUDA_KERNEL(SOURCE##_fp16)},
static const tb_cuda_conversion rows[] = {
    ALL_CONVERSIONS{NULL, NULL, NULL, NULL, NULL, NULL, NULL}
};
} // namespace f2fp
} // namespace TB_CUDA_FLAGS

TB_CUDA_CONVERSIONS(tb_cuda_f2fp, "f2fp",
                    "F2FP, the packed converter: cvt to FP8 and back, to fp16, bf16 and tf32",
                    TB_CUDA_FLAGS::f2fp::rows)
