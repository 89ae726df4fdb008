/* How a kernel is written: as a body, a function object that converts a few elements.
 *
 * A body is compiled twice, for the device and for the host. On the device it is what runs: an instruction,
 * or CUDA code. On the host it is its twin, which the tests run without a GPU: the same C++ code, and where
 * the body is one instruction, a model of what the PTX manual says of it (ptx.cuh). Kernels, sweeps and twins
 * are templates over a body:
 *
 *   struct e4m3x2_from_f32 : tb_body<uint32_t, uint8_t, uint16_t> {
 *       TB_BODY uint16_t operator()(const uint32_t *in) const {
 *           return tb_ptx_cvt_rn_satfinite_e4m3x2_f32(in[1], in[0]);
 *       }
 *   };
 *
 * Elements are as in targets/target.h. A call reads `width` of them and gives `width` codes side by side, the
 * first in the lowest bits: as they stand in memory, so that a kernel stores one word, and a check compares
 * one. A body holds its parameters as members, is copied to the device by value, and has no other state. */
#ifndef TB_CUDA_BODY_CUH
#define TB_CUDA_BODY_CUH

#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define TB_BODY __host__ __device__ __forceinline__
#else
#define TB_BODY inline
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
