/* cuda/wmma: the matrix multiply-add of CUDA C++, nvcuda::wmma of mma.h, on tiles of 16 x 16; a longer k is a
 * chain in ascending order. A block is a warp. What a fragment's elements are is the library's business:
 * operands and results pass through row-major tiles in shared memory.
 *
 * Machine code: two HMMA or IMMA a tile, one for each half of n; tf32 takes four, of k = 4 each. */
#include "targets/cuda/mma_record.cuh"

#ifdef __CUDACC__
#include <mma.h>
#else
/* The tests' emulation: row-major tiles, d that of c and then of the result. */
extern "C" void tb_twin_wmma(const char *name, const void *a, const void *b, void *d);
#endif

/* The rows: formats, claims, k of a tile, containers of an operand and of a result; their types in CUDA. */
/* clang-format off */
#define ALL(X)                                                                                               \
    X(fp16,  fp32,  tb_mma_fp16_claims,    16, uint16_t, uint32_t, __half,        __half,                    float)  \
    X(fp16,  fp16,  tb_mma_fp16_claims,    16, uint16_t, uint16_t, __half,        __half,                    __half) \
    X(bf16,  fp32,  tb_mma_bf16_claims,    16, uint16_t, uint32_t, __nv_bfloat16, __nv_bfloat16,             float)  \
    X(tf32,  fp32,  tb_mma_tf32_k4_claims,  8, uint32_t, uint32_t, float,         nvcuda::wmma::precision::tf32, float) \
    X(int8,  int32, tb_mma_wrap_claims,    16, uint8_t,  uint32_t, signed char,   signed char,               int)    \
    X(uint8, int32, tb_mma_wrap_claims,    16, uint8_t,  uint32_t, unsigned char, unsigned char,             int)
/* clang-format on */

namespace wmma {

enum { SIDE = 16 };

/* The staged tile of a record: a, b and c, then d in c's place. */
template <class Operand, class Result, uint32_t step> struct staged {
    Operand a[SIDE * step], b[step * SIDE];
    Result d[SIDE * SIDE];
};

template <class Operand, class Result, uint32_t step>
TB_BODY void load_operands(const tb_mma_tile &t, uint32_t k, uint32_t lane,
                           staged<Operand, Result, step> *s) {
    for (uint32_t i = lane; i < SIDE * step; i += 32) {
        s->a[i] = tb_mma_get_a<Operand>(t, i / step, k + i % step);
        s->b[i] = tb_mma_get_b<Operand>(t, k + i / SIDE, i % SIDE);
    }
}
template <class Operand, class Result, uint32_t step>
TB_BODY void load_c(const tb_mma_tile &t, uint32_t lane, staged<Operand, Result, step> *s) {
    for (uint32_t i = lane; i < SIDE * SIDE; i += 32)
        s->d[i] = tb_mma_get_c<Result>(t, i / SIDE, i % SIDE);
}
template <class Operand, class Result, uint32_t step>
TB_BODY void store_d(const tb_mma_tile &t, uint32_t lane, const staged<Operand, Result, step> &s) {
    for (uint32_t i = lane; i < SIDE * SIDE; i += 32)
        tb_mma_put_d<Result>(t, i / SIDE, i % SIDE, s.d[i]);
}

template <class Instruction> struct chain {
    typedef typename Instruction::operand operand;
    typedef typename Instruction::result result;
    static const uint32_t rows = SIDE, columns = SIDE, threads = 32, step = Instruction::step;

#ifdef __CUDACC__
    static __device__ void run(const tb_mma_tile &t) {
        __shared__ alignas(128) staged<operand, result, step> s;
        typename Instruction::fragment_a a;
        typename Instruction::fragment_b b;
        typename Instruction::fragment_d d;
        typename Instruction::memory *const a_start = reinterpret_cast<typename Instruction::memory *>(s.a),
                                            *const b_start =
                                                reinterpret_cast<typename Instruction::memory *>(s.b);
        typename Instruction::sum *const d_start = reinterpret_cast<typename Instruction::sum *>(s.d);
        load_c(t, threadIdx.x, &s);
        __syncwarp();
        nvcuda::wmma::load_matrix_sync(d, d_start, SIDE, nvcuda::wmma::mem_row_major);
        for (uint32_t k = 0; k < t.record.k; k += step) {
            load_operands(t, k, threadIdx.x, &s);
            __syncwarp();
            nvcuda::wmma::load_matrix_sync(a, a_start, step);
            nvcuda::wmma::load_matrix_sync(b, b_start, SIDE);
            nvcuda::wmma::mma_sync(d, a, b, d);
            __syncwarp();
        }
        nvcuda::wmma::store_matrix_sync(d_start, d, SIDE, nvcuda::wmma::mem_row_major);
        __syncwarp();
        store_d(t, threadIdx.x, s);
    }
#else
    static void run(const tb_mma_tile &t) {
        staged<operand, result, step> s;
        for (uint32_t lane = 0; lane < 32; lane++)
            load_c(t, lane, &s);
        for (uint32_t k = 0; k < t.record.k; k += step) {
            for (uint32_t lane = 0; lane < 32; lane++)
                load_operands(t, k, lane, &s);
            tb_twin_wmma(Instruction::name(), s.a, s.b, s.d);
        }
        for (uint32_t lane = 0; lane < 32; lane++)
            store_d(t, lane, s);
    }
#endif
};

/* ---- The table. ---- */

#ifdef __CUDACC__
#define CUDA_TYPES(A, D, STEP, MEMORY, PRECISION, SUM)                                                       \
    typedef MEMORY memory;                                                                                   \
    typedef SUM sum;                                                                                         \
    typedef nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, SIDE, SIDE, STEP, PRECISION,                      \
                                   nvcuda::wmma::row_major>                                                  \
        fragment_a;                                                                                          \
    typedef nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, SIDE, SIDE, STEP, PRECISION,                      \
                                   nvcuda::wmma::row_major>                                                  \
        fragment_b;                                                                                          \
    typedef nvcuda::wmma::fragment<nvcuda::wmma::accumulator, SIDE, SIDE, STEP, SUM> fragment_d;
#else
#define CUDA_TYPES(A, D, STEP, MEMORY, PRECISION, SUM)                                                       \
    static const char *name() {                                                                              \
        return "wmma.m16n16k" #STEP "." #A "." #D;                                                           \
    }
#endif
#define TYPES(A, D, CLAIMS, STEP, OPERAND, RESULT, MEMORY, PRECISION, SUM)                                   \
    struct A##_##D {                                                                                         \
        typedef OPERAND operand;                                                                             \
        typedef RESULT result;                                                                               \
        static const uint32_t step = STEP;                                                                   \
        CUDA_TYPES(A, D, STEP, MEMORY, PRECISION, SUM)                                                       \
    };
#define ROW(A, D, CLAIMS, STEP, OPERAND, RESULT, MEMORY, PRECISION, SUM)                                     \
    {#A, #A, #D, CLAIMS, tb_mma_run<chain<A##_##D>>, 0},

ALL(TYPES)
static const tb_mma_instruction rows[] = {
    ALL(ROW){NULL, NULL, NULL, NULL, NULL, 0}
};

} // namespace wmma

TB_CUDA_MMA_TARGET(tb_cuda_wmma, "cuda/wmma", "nvcuda::wmma of mma.h, m16n16, a chain along k",
                   TB_CUDA_MMA_UNAVAILABLE, wmma::rows)
