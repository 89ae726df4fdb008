/* cuda/header: the conversions of NVIDIA's headers that are code on the device as they are on the CPU
 * (nvidia/headers): FP8 without saturation, every double source, and before compute capability 10.0 all of
 * FP6, FP4 and E8M0. What differs between the two targets is the compiler and the device's arithmetic, not
 * silicon made for conversions. */
#undef NDEBUG /* the headers assert that the rounding is one they implement */

#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#include "targets/cuda/sweep.cuh"
#include "targets/nvidia/narrow.h"

namespace TB_CUDA_FLAGS {
namespace header {

/* The container of a type. */
template <unsigned BYTES> struct container;
template <> struct container<1> { typedef uint8_t type; };
template <> struct container<2> { typedef uint16_t type; };
template <> struct container<4> { typedef uint32_t type; };
template <> struct container<8> { typedef uint64_t type; };

#define CONVERSION(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, FROM, TO, EXPRESSION)               \
    struct NAME : tb_body<container<sizeof(FROM)>::type, TO> {                                               \
        TB_BODY TO operator()(const container<sizeof(FROM)>::type *in) const {                               \
            const FROM x = tb_bits<FROM>(in[0]);                                                             \
            return EXPRESSION;                                                                               \
        }                                                                                                    \
    };
NVIDIA_BY_CODE
#undef CONVERSION

#define CONVERSION(NAME, SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, FROM, TO, EXPRESSION)               \
    {SOURCE, DESTINATION, ROUNDING, OVERFLOW, CLAIM, TB_CUDA_KERNEL(NAME)},
static const tb_cuda_conversion rows[] = {
    NVIDIA_BY_CODE{NULL, NULL, NULL, NULL, NULL, NULL, NULL}
};
} // namespace header
} // namespace TB_CUDA_FLAGS

TB_CUDA_CONVERSIONS(
    tb_cuda_header, "header",
    "NVIDIA's C code, not silicon: its headers' FP8 without saturation, double sources; FP6, FP4, "
    "E8M0 before sm_100",
    TB_CUDA_FLAGS::header::rows)
