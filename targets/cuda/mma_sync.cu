/* cuda/mma-sync: the warp's matrix instruction, m16n8, in every type whose largest k takes one; a longer k is
 * a chain in ascending order, the result of one the accumulator of the next. A block is a warp with one tile
 * of 16 x 8. cuda/mma-sync+satfinite: the same on integers, each instruction clamping.
 *
 * Fragments are filled as mma_layout.cuh has them. On the host an emulation of the instruction, which the
 * tests bring along, takes the registers of all 32 lanes. */
#include "targets/cuda/mma_record.cuh"

/* The rows: formats of a and b, of c and d, name, claims, k up to which the claim is exact, containers of an
 * operand and of a result, PTX. */
/* clang-format off */
#define BY_FP8(X, A, B, PTX_A, PTX_B)                                                                        \
    X(A, B, fp32, tb_mma_fp8_claims, 0, uint8_t, uint32_t, "mma.sync.aligned.m16n8k32.row.col.f32." PTX_A "." PTX_B ".f32") \
    X(A, B, fp16, tb_mma_fp8_claims, 0, uint8_t, uint16_t, "mma.sync.aligned.m16n8k32.row.col.f16." PTX_A "." PTX_B ".f16")
#define BY_INTEGERS(X, CLAIMS, EXACT, SATFINITE)                                                             \
    X(int8,  int8,  int32, CLAIMS, EXACT, uint8_t, uint32_t, "mma.sync.aligned.m16n8k32.row.col" SATFINITE ".s32.s8.s8.s32") \
    X(int8,  uint8, int32, CLAIMS, EXACT, uint8_t, uint32_t, "mma.sync.aligned.m16n8k32.row.col" SATFINITE ".s32.s8.u8.s32") \
    X(uint8, int8,  int32, CLAIMS, EXACT, uint8_t, uint32_t, "mma.sync.aligned.m16n8k32.row.col" SATFINITE ".s32.u8.s8.s32") \
    X(uint8, uint8, int32, CLAIMS, EXACT, uint8_t, uint32_t, "mma.sync.aligned.m16n8k32.row.col" SATFINITE ".s32.u8.u8.s32")
#define WRAPPING(X)                                                                                          \
    X(fp16, fp16, fp32, tb_mma_fp16_claims, 0, uint16_t, uint32_t, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32") \
    X(fp16, fp16, fp16, tb_mma_fp16_claims, 0, uint16_t, uint16_t, "mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16") \
    X(bf16, bf16, fp32, tb_mma_bf16_claims, 0, uint16_t, uint32_t, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32") \
    X(tf32, tf32, fp32, tb_mma_tf32_claims, 0, uint32_t, uint32_t, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32") \
    BY_FP8(X, e4m3fn, e4m3fn, "e4m3", "e4m3") BY_FP8(X, e4m3fn, e5m2, "e4m3", "e5m2")                        \
    BY_FP8(X, e5m2,   e4m3fn, "e5m2", "e4m3") BY_FP8(X, e5m2,   e5m2, "e5m2", "e5m2")                        \
    BY_INTEGERS(X, tb_mma_wrap_claims, 0, "")
#define CLAMPING(X) BY_INTEGERS(X, tb_mma_clamp_claims, 32, ".satfinite")
/* clang-format on */

#ifndef __CUDACC__
/* The tests' emulation: the registers of all lanes, d that of c and then of the result. */
extern "C" void tb_twin_mma_sync(const char *ptx, const uint32_t a[32][4], const uint32_t b[32][2],
                                 uint32_t d[32][4]);
#endif

namespace mma_sync {

/* ---- Fragments. ---- */

struct fragments {
    uint32_t a[TB_MMA_A_REGISTERS], b[TB_MMA_B_REGISTERS], d[4];
};

template <class T> TB_BODY void load_operands(const tb_mma_tile &t, uint32_t k, uint32_t lane, fragments *f) {
    const uint32_t parts = 4 / sizeof(T);
    for (uint32_t reg = 0; reg < TB_MMA_A_REGISTERS; reg++) {
        f->a[reg] = 0;
        for (uint32_t part = 0; part < parts; part++) {
            const tb_place at = tb_mma_place_a(lane, reg, part, parts);
            f->a[reg] |= (uint32_t)tb_mma_get_a<T>(t, at.row, k + at.column) << (8 * sizeof(T) * part);
        }
    }
    for (uint32_t reg = 0; reg < TB_MMA_B_REGISTERS; reg++) {
        f->b[reg] = 0;
        for (uint32_t part = 0; part < parts; part++) {
            const tb_place at = tb_mma_place_b(lane, reg, part, parts);
            f->b[reg] |= (uint32_t)tb_mma_get_b<T>(t, k + at.row, at.column) << (8 * sizeof(T) * part);
        }
    }
}

template <class T> TB_BODY void load_c(const tb_mma_tile &t, uint32_t lane, fragments *f) {
    const uint32_t parts = 4 / sizeof(T);
    for (uint32_t reg = 0; reg < 4; reg++)
        f->d[reg] = 0;
    for (uint32_t element = 0; element < 4; element++) {
        const tb_place at = tb_mma_place_d(lane, element);
        f->d[element / parts] |= (uint32_t)tb_mma_get_c<T>(t, at.row, at.column)
                                 << (8 * sizeof(T) * (element % parts));
    }
}

template <class T> TB_BODY void store_d(const tb_mma_tile &t, uint32_t lane, const fragments &f) {
    const uint32_t parts = 4 / sizeof(T);
    for (uint32_t element = 0; element < 4; element++) {
        const tb_place at = tb_mma_place_d(lane, element);
        tb_mma_put_d<T>(t, at.row, at.column,
                        (T)(f.d[element / parts] >> (8 * sizeof(T) * (element % parts))));
    }
}

/* ---- The instruction, and a chain of it. Only the width of d that an instruction has is ever asked for.
 * ---- */

#ifdef __CUDACC__
#define INSTRUCTION(PTX)                                                                                     \
    static __device__ __forceinline__ void mma32(fragments *f) {                                             \
        asm volatile(PTX " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"                            \
                     : "+r"(f->d[0]), "+r"(f->d[1]), "+r"(f->d[2]), "+r"(f->d[3])                            \
                     : "r"(f->a[0]), "r"(f->a[1]), "r"(f->a[2]), "r"(f->a[3]), "r"(f->b[0]), "r"(f->b[1]));  \
    }                                                                                                        \
    static __device__ __forceinline__ void mma16(fragments *f) {                                             \
        asm volatile(PTX " {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"                                        \
                     : "+r"(f->d[0]), "+r"(f->d[1])                                                          \
                     : "r"(f->a[0]), "r"(f->a[1]), "r"(f->a[2]), "r"(f->a[3]), "r"(f->b[0]), "r"(f->b[1]));  \
    }
#else
#define INSTRUCTION(PTX)                                                                                     \
    static const char *ptx() {                                                                               \
        return PTX;                                                                                          \
    }
#endif

template <class Instruction> struct chain {
    typedef typename Instruction::operand operand;
    typedef typename Instruction::result result;
    static const uint32_t rows = TB_MMA_M, columns = TB_MMA_N, threads = 32, step = 32 / sizeof(operand);

#ifdef __CUDACC__
    static __device__ void run(const tb_mma_tile &t) {
        const uint32_t lane = threadIdx.x;
        fragments f;
        load_c<result>(t, lane, &f);
        for (uint32_t k = 0; k < t.record.k; k += step) {
            load_operands<operand>(t, k, lane, &f);
            if constexpr (sizeof(result) == 4)
                Instruction::mma32(&f);
            else
                Instruction::mma16(&f);
        }
        store_d<result>(t, lane, f);
    }
#else
    static void run(const tb_mma_tile &t) {
        fragments f[32];
        for (uint32_t lane = 0; lane < 32; lane++)
            load_c<result>(t, lane, &f[lane]);
        for (uint32_t k = 0; k < t.record.k; k += step) {
            uint32_t a[32][4], b[32][2], d[32][4];
            for (uint32_t lane = 0; lane < 32; lane++) {
                load_operands<operand>(t, k, lane, &f[lane]);
                memcpy(a[lane], f[lane].a, sizeof a[lane]);
                memcpy(b[lane], f[lane].b, sizeof b[lane]);
                memcpy(d[lane], f[lane].d, sizeof d[lane]);
            }
            tb_twin_mma_sync(Instruction::ptx(), a, b, d);
            for (uint32_t lane = 0; lane < 32; lane++)
                memcpy(f[lane].d, d[lane], sizeof d[lane]);
        }
        for (uint32_t lane = 0; lane < 32; lane++)
            store_d<result>(t, lane, f[lane]);
    }
#endif
};

/* ---- The table. ---- */

TB_MMA_ROWS(wrapping, WRAPPING)
TB_MMA_ROWS(clamping, CLAMPING)
} // namespace mma_sync

TB_CUDA_MMA_TARGET(tb_cuda_mma_sync, "cuda/mma-sync",
                   "mma.sync m16n8, a chain along k: HMMA, IMMA; FP8 as ptxas has it",
                   TB_CUDA_MMA_UNAVAILABLE, mma_sync::wrapping::rows)
TB_CUDA_MMA_TARGET(tb_cuda_mma_sync_satfinite, "cuda/mma-sync+satfinite",
                   "mma.sync m16n8 on integers, each instruction clamping", TB_CUDA_MMA_UNAVAILABLE,
                   mma_sync::clamping::rows)
