/* cuda/cvt: cvt of one value, in every rounding that it has: among floats, from int32, and to integers, where
 * it saturates and turns NaN into zero. .rm is toward -infinity, .rp toward +infinity, .rna ties away.
 *
 * No row claims more of a NaN than PTX says: fp16 and bf16 results have one NaN, the positive one with every
 * fraction bit set; tf32 and wider results are compared by class. */
#include "targets/cuda/ptx_model.h"
#include "targets/cuda/sweep.cuh"

#define CANONICAL "nan-positive"

/* FOUR(source, destination, claim, types): the four roundings of IEEE 754. */
#define FOUR(SOURCE, DESTINATION, CLAIM, TYPES)                                                              \
    CVT(SOURCE, DESTINATION, rne, inf, CLAIM, "cvt.rn." TYPES)                                               \
    CVT(SOURCE, DESTINATION, rtz, inf, CLAIM, "cvt.rz." TYPES)                                               \
    CVT(SOURCE, DESTINATION, rd, inf, CLAIM, "cvt.rm." TYPES)                                                \
    CVT(SOURCE, DESTINATION, ru, inf, CLAIM, "cvt.rp." TYPES)
#define INTEGER(SOURCE, DESTINATION, TYPES)                                                                  \
    CVT(SOURCE, DESTINATION, rne, satfinite, NULL, "cvt.rni.sat." TYPES)                                     \
    CVT(SOURCE, DESTINATION, rtz, satfinite, NULL, "cvt.rzi.sat." TYPES)                                     \
    CVT(SOURCE, DESTINATION, rd, satfinite, NULL, "cvt.rmi.sat." TYPES)                                      \
    CVT(SOURCE, DESTINATION, ru, satfinite, NULL, "cvt.rpi.sat." TYPES)

#define ALL_CONVERSIONS                                                                                      \
    FOUR(fp32, fp16, CANONICAL, "f16.f32")                                                                   \
    FOUR(fp32, bf16, CANONICAL, "bf16.f32")                                                                  \
    TF32(rna, inf, "cvt.rna.tf32.f32")                                                                       \
    TF32(rna, satfinite, "cvt.rna.satfinite.tf32.f32")                                                       \
    FOUR(fp64, fp32, NULL, "f32.f64")                                                                        \
    FOUR(fp64, fp16, CANONICAL, "f16.f64")                                                                   \
    FOUR(fp64, bf16, CANONICAL, "bf16.f64")                                                                  \
    FOUR(fp16, bf16, CANONICAL, "bf16.f16")                                                                  \
    FOUR(bf16, fp16, CANONICAL, "f16.bf16")                                                                  \
    FOUR(int32, fp32, NULL, "f32.s32")                                                                       \
    FOUR(int32, fp16, NULL, "f16.s32")                                                                       \
    FOUR(int32, bf16, NULL, "bf16.s32")                                                                      \
    WIDEN(fp16, fp32, "cvt.f32.f16")                                                                         \
    WIDEN(bf16, fp32, "cvt.f32.bf16")                                                                        \
    WIDEN(fp32, fp64, "cvt.f64.f32")                                                                         \
    INTEGER(fp32, int8, "s8.f32")                                                                            \
    INTEGER(fp32, uint8, "u8.f32")                                                                           \
    INTEGER(fp32, int16, "s16.f32")                                                                          \
    INTEGER(fp32, uint16, "u16.f32")                                                                         \
    INTEGER(fp32, int32, "s32.f32")                                                                          \
    INTEGER(fp32, uint32, "u32.f32")                                                                         \
    INTEGER(fp16, int8, "s8.f16")                                                                            \
    INTEGER(fp16, uint8, "u8.f16")                                                                           \
    INTEGER(fp16, int16, "s16.f16")

/* ---- By format: the element, the register (as asm knows it), and as a number of the model. ---- */

#define ELEMENT_fp64   uint64_t
#define ELEMENT_fp32   uint32_t
#define ELEMENT_tf32   uint32_t
#define ELEMENT_fp16   uint16_t
#define ELEMENT_bf16   uint16_t
#define ELEMENT_int8   uint8_t
#define ELEMENT_uint8  uint8_t
#define ELEMENT_int16  uint16_t
#define ELEMENT_uint16 uint16_t
#define ELEMENT_int32  uint32_t
#define ELEMENT_uint32 uint32_t

/* There are no registers of 8 bits. */
#define REGISTER_fp64   double
#define REGISTER_fp32   float
#define REGISTER_tf32   uint32_t
#define REGISTER_fp16   uint16_t
#define REGISTER_bf16   uint16_t
#define REGISTER_int8   uint32_t
#define REGISTER_uint8  uint32_t
#define REGISTER_int16  uint16_t
#define REGISTER_uint16 uint16_t
#define REGISTER_int32  uint32_t
#define REGISTER_uint32 uint32_t

#define LETTER_fp64   "d"
#define LETTER_fp32   "f"
#define LETTER_tf32   "r"
#define LETTER_fp16   "h"
#define LETTER_bf16   "h"
#define LETTER_int8   "r"
#define LETTER_uint8  "r"
#define LETTER_int16  "h"
#define LETTER_uint16 "h"
#define LETTER_int32  "r"
#define LETTER_uint32 "r"

/* Of a register. */
#define VALUE_fp64(X)  (X)
#define VALUE_fp32(X)  (double)(X)
#define VALUE_fp16(X)  tb_ptx_decode(X, &tb_ptx_fp16)
#define VALUE_bf16(X)  tb_ptx_decode(X, &tb_ptx_bf16)
#define VALUE_int32(X) (double)(int32_t)(X)

#define FLOAT_MODEL(FORMAT, X, ROUNDING, OVERFLOW)                                                           \
    tb_ptx_encode(X, &tb_ptx_##FORMAT, tb_ptx_##ROUNDING, tb_ptx_##OVERFLOW)
#define MODEL_fp64(X, ROUNDING, OVERFLOW)   tb_bits<uint64_t>(X)
#define MODEL_fp32(X, ROUNDING, OVERFLOW)   FLOAT_MODEL(fp32, X, ROUNDING, OVERFLOW)
#define MODEL_tf32(X, ROUNDING, OVERFLOW)   FLOAT_MODEL(tf32, X, ROUNDING, OVERFLOW) << 13
#define MODEL_fp16(X, ROUNDING, OVERFLOW)   FLOAT_MODEL(fp16, X, ROUNDING, OVERFLOW)
#define MODEL_bf16(X, ROUNDING, OVERFLOW)   FLOAT_MODEL(bf16, X, ROUNDING, OVERFLOW)
#define MODEL_int8(X, ROUNDING, OVERFLOW)   tb_ptx_integer(X, tb_ptx_##ROUNDING, 8, true)
#define MODEL_uint8(X, ROUNDING, OVERFLOW)  tb_ptx_integer(X, tb_ptx_##ROUNDING, 8, false)
#define MODEL_int16(X, ROUNDING, OVERFLOW)  tb_ptx_integer(X, tb_ptx_##ROUNDING, 16, true)
#define MODEL_uint16(X, ROUNDING, OVERFLOW) tb_ptx_integer(X, tb_ptx_##ROUNDING, 16, false)
#define MODEL_int32(X, ROUNDING, OVERFLOW)  tb_ptx_integer(X, tb_ptx_##ROUNDING, 32, true)
#define MODEL_uint32(X, ROUNDING, OVERFLOW) tb_ptx_integer(X, tb_ptx_##ROUNDING, 32, false)

namespace TB_CUDA_FLAGS {
namespace cvt {

/* A register from an element, and back: the same bits, or an integer's low ones. */
template <class To, class From> TB_BODY To moved(From from) {
    if constexpr (sizeof(To) == sizeof(From))
        return tb_bits<To>(from);
    else
        return static_cast<To>(from);
}

/* ---- The bodies, one a row. ---- */

#define NAME(SOURCE, DESTINATION, ROUNDING, OVERFLOW) SOURCE##_##DESTINATION##_##ROUNDING##_##OVERFLOW
#define BODY(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, PTX, KEPT)                                       \
    struct NAME : tb_body<ELEMENT_##SOURCE, ELEMENT_##DESTINATION> {                                         \
        TB_BODY out_type operator()(const in_type *in) const {                                               \
            const REGISTER_##SOURCE x = moved<REGISTER_##SOURCE>(in[0]);                                     \
            REGISTER_##DESTINATION result;                                                                   \
            TB_EITHER(asm(PTX " %0, %1;"                                                                     \
                          : "=" LETTER_##DESTINATION(result)                                                 \
                          : LETTER_##SOURCE(x)),                                                             \
                      result = moved<REGISTER_##DESTINATION>(                                                \
                          (out_type)(MODEL_##DESTINATION(VALUE_##SOURCE(x), ROUNDING, OVERFLOW))));          \
            return moved<out_type>(result) & (out_type)(KEPT);                                               \
        }                                                                                                    \
    };
#define CVT(SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                             \
    BODY(NAME(SOURCE, DESTINATION, ROUNDING, OVERFLOW), SOURCE, DESTINATION, ROUNDING, OVERFLOW, PTX, -1)
#define WIDEN(SOURCE, DESTINATION, PTX) BODY(SOURCE##_##DESTINATION, SOURCE, DESTINATION, rne, inf, PTX, -1)
/* The low 13 bits are not documented: cut off, as targets/target.h has the format. */
#define TF32(ROUNDING, OVERFLOW, PTX)                                                                        \
    BODY(NAME(fp32, tf32, ROUNDING, OVERFLOW), fp32, tf32, ROUNDING, OVERFLOW, PTX, 0xFFFFE000)
ALL_CONVERSIONS
#undef CVT
#undef WIDEN
#undef TF32

/* ---- The table. ---- */

#define CVT(SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, PTX)                                             \
    {#SOURCE,   #DESTINATION, #ROUNDING,                                                                     \
     #OVERFLOW, CLAIM,        TB_CUDA_KERNEL(NAME(SOURCE, DESTINATION, ROUNDING, OVERFLOW))},
#define WIDEN(SOURCE, DESTINATION, PTX)                                                                      \
    {#SOURCE, #DESTINATION, "exact", "", NULL, TB_CUDA_KERNEL(SOURCE##_##DESTINATION)},
/* 2^19 codes, and a staircase all the same. */
#define TF32(ROUNDING, OVERFLOW, PTX)                                                                        \
    {"fp32", "tf32", #ROUNDING, #OVERFLOW, NULL, TB_CUDA_SWEPT(NAME(fp32, tf32, ROUNDING, OVERFLOW))},
static const tb_cuda_conversion rows[] = {
    ALL_CONVERSIONS{NULL, NULL, NULL, NULL, NULL, NULL, NULL}
};
} // namespace cvt
} // namespace TB_CUDA_FLAGS

TB_CUDA_CONVERSIONS(tb_cuda_cvt, "cvt",
                    "cvt of one value: fp16, bf16, tf32 and fp32 in all their roundings, saturating integers",
                    TB_CUDA_FLAGS::cvt::rows)
