/* How a kernel is written: as a body, a function object that converts a few elements.
 *
 * A body is compiled twice, for the device and for the host. On the device it is what runs: an instruction,
 * or CUDA code. On the host it is its twin, which the tests run without a GPU: the same C++ code, and where
 * the body is one instruction, a model of what the PTX manual says of it (ptx_model.h). Kernels, sweeps and
 * twins are templates over a body:
 *
 *   struct e4m3x2 : tb_body<uint32_t, uint8_t, uint16_t> {
 *       TB_BODY uint16_t operator()(const uint32_t *in) const {
 *           ... in[0] ... in[1] ...
 *       }
 *   };
 *
 * Elements are as in targets/target.h. A call reads `width` of them and gives `width` codes side by side, the
 * first in the lowest bits: as they stand in memory, so that a kernel stores one word, and a check compares
 * one. A body holds its parameters as members, is copied to the device by value, and has no other state.
 *
 * Bodies and all that is made of them stand in the namespace TB_CUDA_FLAGS, a name of the flags that the file
 * is compiled with: the same source compiled twice must not share its templates. */
#ifndef TB_CUDA_BODY_CUH
#define TB_CUDA_BODY_CUH

#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define TB_BODY __host__ __device__ __forceinline__
#else
#define TB_BODY inline
#endif

/* The first in device code, the second in a twin. */
#ifdef __CUDA_ARCH__
#define TB_EITHER(DEVICE, HOST) DEVICE
#else
#define TB_EITHER(DEVICE, HOST) HOST
#endif

/* In, Out: containers of an element. Packed: of the codes of one call. */
template <class In, class Out, class Packed = Out> struct tb_body {
    typedef In in_type;
    typedef Out out_type;
    typedef Packed packed_type;
    static const unsigned width = sizeof(Packed) / sizeof(Out);
};

/* The same bits as another type of that size. */
template <class To, class From> TB_BODY To tb_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "bits are neither lost nor made up");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}

#endif
