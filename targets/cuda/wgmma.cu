/* cuda/wgmma: the warpgroup's matrix instruction of compute capability 9.0, m64n8, both operands in shared
 * memory; a longer k is a chain in ascending order. A block is a warpgroup with one tile of 64 x 8, which has
 * every row of a record; rows beyond it are zero. cuda/wgmma+satfinite: integers, each instruction clamping.
 *
 * Operands and descriptors are as mma_layout.cuh has them. On the host an emulation of the instruction, which
 * the tests bring along, takes the shared memory, the descriptors and the registers of all 128 threads. */
#include "targets/cuda/mma_record.cuh"

#include <stdio.h>

/* clang-format off */
#define BY_FP8(X, A, B, PTX_A, PTX_B)                                                                        \
    X(A, B, fp32, tb_mma_wgmma_fp8_claims, 0, uint8_t, uint32_t, FLOAT8, "wgmma.mma_async.sync.aligned.m64n8k32.f32." PTX_A "." PTX_B) \
    X(A, B, fp16, tb_mma_wgmma_fp8_claims, 0, uint8_t, uint16_t, FLOAT8, "wgmma.mma_async.sync.aligned.m64n8k32.f16." PTX_A "." PTX_B)
#define BY_INTEGERS(X, CLAIMS, EXACT, SATFINITE)                                                             \
    X(int8,  int8,  int32, CLAIMS, EXACT, uint8_t, uint32_t, INTEGER, "wgmma.mma_async.sync.aligned.m64n8k32.s32.s8.s8" SATFINITE) \
    X(int8,  uint8, int32, CLAIMS, EXACT, uint8_t, uint32_t, INTEGER, "wgmma.mma_async.sync.aligned.m64n8k32.s32.s8.u8" SATFINITE) \
    X(uint8, int8,  int32, CLAIMS, EXACT, uint8_t, uint32_t, INTEGER, "wgmma.mma_async.sync.aligned.m64n8k32.s32.u8.s8" SATFINITE) \
    X(uint8, uint8, int32, CLAIMS, EXACT, uint8_t, uint32_t, INTEGER, "wgmma.mma_async.sync.aligned.m64n8k32.s32.u8.u8" SATFINITE)
#define WRAPPING(X)                                                                                          \
    X(fp16, fp16, fp32, tb_mma_fp16_claims, 0, uint16_t, uint32_t, FLOAT16, "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16") \
    X(fp16, fp16, fp16, tb_mma_fp16_claims, 0, uint16_t, uint16_t, FLOAT16, "wgmma.mma_async.sync.aligned.m64n8k16.f16.f16.f16") \
    X(bf16, bf16, fp32, tb_mma_bf16_claims, 0, uint16_t, uint32_t, FLOAT16, "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16") \
    X(tf32, tf32, fp32, tb_mma_tf32_claims, 0, uint32_t, uint32_t, FLOAT8,  "wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32") \
    BY_FP8(X, e4m3fn, e4m3fn, "e4m3", "e4m3") BY_FP8(X, e4m3fn, e5m2, "e4m3", "e5m2")                        \
    BY_FP8(X, e5m2,   e4m3fn, "e5m2", "e4m3") BY_FP8(X, e5m2,   e5m2, "e5m2", "e5m2")                        \
    BY_INTEGERS(X, tb_mma_wrap_claims, 0, "")
#define CLAMPING(X) BY_INTEGERS(X, tb_mma_clamp_claims, 32, ".satfinite")

/* Behind the descriptors: d is added to; a and b are not negated; neither is transposed. */
#define FLOAT16 "p, 1, 1, 0, 0"
#define FLOAT8  "p, 1, 1"
#define INTEGER "p"
/* clang-format on */

#ifndef __CUDACC__
/* The tests' emulation: shared memory, descriptors, and d of all threads, which c is in before. */
extern "C" void tb_twin_wgmma(const char *ptx, const uint8_t *shared, uint64_t a, uint64_t b,
                              uint32_t d[128][4]);
#endif

namespace wgmma {

/* ---- Operands and registers. ---- */

enum {
    A_BYTES = TB_WGMMA_M * TB_WGMMA_K_BYTES,
    B_BYTES = TB_WGMMA_N * TB_WGMMA_K_BYTES,
    SHARED_BYTES = A_BYTES + B_BYTES
};

/* This thread's share of both operands at k; b stands by its columns, as a does by its rows. */
template <class T> TB_BODY void stage(const tb_mma_tile &t, uint32_t k, uint32_t thread, uint8_t *shared) {
    const uint32_t elements = TB_WGMMA_K_BYTES / sizeof(T);
    const tb_wgmma_operand a = tb_wgmma_operand_of(TB_WGMMA_M), b = tb_wgmma_operand_of(TB_WGMMA_N);
    for (uint32_t i = thread; i < (TB_WGMMA_M + TB_WGMMA_N) * elements; i += TB_WGMMA_THREADS) {
        const uint32_t row = i / elements, at = i % elements;
        const bool is_a = row < TB_WGMMA_M;
        const T x = is_a ? tb_mma_get_a<T>(t, row, k + at) : tb_mma_get_b<T>(t, k + at, row - TB_WGMMA_M);
        memcpy(shared + (is_a ? tb_wgmma_offset(a, row, at * sizeof(T))
                              : A_BYTES + tb_wgmma_offset(b, row - TB_WGMMA_M, at * sizeof(T))),
               &x, sizeof x);
    }
}

template <class T> TB_BODY void load_c(const tb_mma_tile &t, uint32_t thread, uint32_t d[4]) {
    const uint32_t parts = 4 / sizeof(T);
    for (uint32_t reg = 0; reg < 4; reg++)
        d[reg] = 0;
    for (uint32_t element = 0; element < 4; element++) {
        const tb_place at = tb_wgmma_place_d(thread, element);
        d[element / parts] |= (uint32_t)tb_mma_get_c<T>(t, at.row, at.column)
                              << (8 * sizeof(T) * (element % parts));
    }
}

template <class T> TB_BODY void store_d(const tb_mma_tile &t, uint32_t thread, const uint32_t d[4]) {
    const uint32_t parts = 4 / sizeof(T);
    for (uint32_t element = 0; element < 4; element++) {
        const tb_place at = tb_wgmma_place_d(thread, element);
        tb_mma_put_d<T>(t, at.row, at.column, (T)(d[element / parts] >> (8 * sizeof(T) * (element % parts))));
    }
}

/* ---- The instruction, and a chain of it. ---- */

#ifdef __CUDACC__
/* wgmma is there on 9.0 only, in code for sm_90a; other devices are refused before they get here. */
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define WGMMA(...) asm volatile(__VA_ARGS__)
#else
#define WGMMA(...) __trap()
#endif
#define INSTRUCTION(TAIL, PTX)                                                                               \
    static __device__ __forceinline__ void mma32(uint32_t d[4], uint64_t a, uint64_t b) {                    \
        WGMMA("{\n.reg .pred p;\nsetp.ne.b32 p, 1, 0;\n" PTX " {%0,%1,%2,%3}, %4, %5, " TAIL ";\n}"          \
              : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])                                               \
              : "l"(a), "l"(b)                                                                               \
              : "memory");                                                                                   \
    }                                                                                                        \
    static __device__ __forceinline__ void mma16(uint32_t d[4], uint64_t a, uint64_t b) {                    \
        WGMMA("{\n.reg .pred p;\nsetp.ne.b32 p, 1, 0;\n" PTX " {%0,%1}, %2, %3, " TAIL ";\n}"                \
              : "+r"(d[0]), "+r"(d[1])                                                                       \
              : "l"(a), "l"(b)                                                                               \
              : "memory");                                                                                   \
    }

/* Shared memory that this thread wrote becomes visible to wgmma; registers of d may be handed over. */
static __device__ __forceinline__ void before_wgmma(uint32_t d[4]) {
    WGMMA("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    WGMMA("wgmma.fence.sync.aligned;" : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])::"memory");
}
/* d is there, and shared memory may be written again. */
static __device__ __forceinline__ void after_wgmma(uint32_t d[4]) {
    WGMMA("wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;"
          : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])::"memory");
    __syncthreads();
}
#else
#define INSTRUCTION(TAIL, PTX)                                                                               \
    static const char *ptx() {                                                                               \
        return PTX;                                                                                          \
    }
#endif

template <class Instruction> struct chain {
    typedef typename Instruction::operand operand;
    typedef typename Instruction::result result;
    static const uint32_t rows = TB_WGMMA_M, columns = TB_WGMMA_N, threads = TB_WGMMA_THREADS,
                          step = TB_WGMMA_K_BYTES / sizeof(operand);

#ifdef __CUDACC__
    static __device__ void run(const tb_mma_tile &t) {
        __shared__ alignas(128) uint8_t shared[SHARED_BYTES];
        const uint32_t thread = threadIdx.x, address = (uint32_t)__cvta_generic_to_shared(shared);
        const uint64_t a = tb_wgmma_descriptor(tb_wgmma_operand_of(TB_WGMMA_M), address),
                       b = tb_wgmma_descriptor(tb_wgmma_operand_of(TB_WGMMA_N), address + A_BYTES);
        uint32_t d[4];
        load_c<result>(t, thread, d);
        for (uint32_t k = 0; k < t.record.k; k += step) {
            stage<operand>(t, k, thread, shared);
            before_wgmma(d);
            if constexpr (sizeof(result) == 4)
                Instruction::mma32(d, a, b);
            else
                Instruction::mma16(d, a, b);
            after_wgmma(d);
        }
        store_d<result>(t, thread, d);
    }
#else
    static void run(const tb_mma_tile &t) {
        const uint32_t address = 1024; /* not that of the array, so that a descriptor must say it */
        uint8_t shared[1024 + SHARED_BYTES];
        uint32_t d[TB_WGMMA_THREADS][4];
        const uint64_t a = tb_wgmma_descriptor(tb_wgmma_operand_of(TB_WGMMA_M), address),
                       b = tb_wgmma_descriptor(tb_wgmma_operand_of(TB_WGMMA_N), address + A_BYTES);
        memset(shared, 0x5a, sizeof shared);
        for (uint32_t thread = 0; thread < TB_WGMMA_THREADS; thread++)
            load_c<result>(t, thread, d[thread]);
        for (uint32_t k = 0; k < t.record.k; k += step) {
            for (uint32_t thread = 0; thread < TB_WGMMA_THREADS; thread++)
                stage<operand>(t, k, thread, shared + address);
            tb_twin_wgmma(Instruction::ptx(), shared, a, b, d);
        }
        for (uint32_t thread = 0; thread < TB_WGMMA_THREADS; thread++)
            store_d<result>(t, thread, d[thread]);
    }
#endif
};

/* ---- The table. ---- */

TB_MMA_ROWS(wrapping, WRAPPING)
TB_MMA_ROWS(clamping, CLAMPING)

/* ---- Where it can run. ---- */

#ifdef __CUDACC__
static const char *unavailable() {
    static char text[128];
    int capability;
    const char *why = tb_cuda_ask(&capability);
    if (why)
        return why;
    if (capability != 90)
        snprintf(text, sizeof text,
                 "wgmma is an instruction of compute capability 9.0, and this device has %d.%d",
                 capability / 10, capability % 10);
    else if (!TB_CUDA_SM_90A)
        snprintf(text, sizeof text, "this plug-in was built without sm_90a (-Dgpu_arch=90a)");
    else
        return NULL;
    return text;
}
#define UNAVAILABLE wgmma::unavailable
#else
#define UNAVAILABLE NULL
#endif

} // namespace wgmma

TB_CUDA_MMA_TARGET(tb_cuda_wgmma, "cuda/wgmma", "wgmma m64n8, operands in shared memory, a chain along k",
                   UNAVAILABLE, wgmma::wrapping::rows)
TB_CUDA_MMA_TARGET(tb_cuda_wgmma_satfinite, "cuda/wgmma+satfinite",
                   "wgmma m64n8 on integers, each instruction clamping", UNAVAILABLE, wgmma::clamping::rows)
