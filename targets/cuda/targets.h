/* The targets of this folder, as compiled and once more with -use_fast_math: one list for the plug-in, and
 * for the twins of the same names. */
#ifndef TB_CUDA_TARGETS_H
#define TB_CUDA_TARGETS_H

#include "targets/target.h"

#ifdef TB_CUDA_NO_HEADERS /* twins where NVIDIA's headers were not found */
#define TB_CUDA_HEADER(TARGET)
#else
#define TB_CUDA_HEADER(TARGET) TARGET(tb_cuda_header)
#endif

#ifdef TB_CUDA_NO_NARROW /* plug-ins for GPUs before compute capability 10.0 */
#define TB_CUDA_NARROW(TARGET)
#else
#define TB_CUDA_NARROW(TARGET) TARGET(tb_cuda_narrow)
#endif

#ifdef TB_CUDA_NO_CVT_RS /* plug-ins for GPUs other than those of compute capability 10.0 and 10.3 */
#define TB_CUDA_CVT_RS(TARGET)
#else
#define TB_CUDA_CVT_RS(TARGET)                                                                               \
    TARGET(tb_cuda_cvt_rs_a)                                                                                 \
    TARGET(tb_cuda_cvt_rs_b)                                                                                 \
    TARGET(tb_cuda_cvt_rs_e)                                                                                 \
    TARGET(tb_cuda_cvt_rs_f)
#endif

#define TB_CUDA_TARGETS(TARGET)                                                                              \
    TARGET(tb_cuda_f2fp)                                                                                     \
    TARGET(tb_cuda_cvt)                                                                                      \
    TB_CUDA_HEADER(TARGET)                                                                                   \
    TB_CUDA_NARROW(TARGET)                                                                                   \
    TB_CUDA_CVT_RS(TARGET)                                                                                   \
    TARGET(tb_cuda_torch)                                                                                    \
    TARGET(tb_cuda_ort)                                                                                      \
    TARGET(tb_cuda_rcp)                                                                                      \
    TARGET(tb_cuda_fdividef)                                                                                 \
    TARGET(tb_cuda_trt_llm)                                                                                  \
    TARGET(tb_cuda_vllm)                                                                                     \
    TARGET(tb_cuda_bitsandbytes)                                                                             \
    TARGET(tb_cuda_fp8_te)                                                                                   \
    TARGET(tb_cuda_fp8_torchao)                                                                              \
    TARGET(tb_cuda_fp8_vllm)                                                                                 \
    TARGET(tb_cuda_fp8_vllm_group)                                                                           \
    TARGET(tb_cuda_fp8_vllm_kv)                                                                              \
    TARGET(tb_cuda_fp8_trt_llm)                                                                              \
    TARGET(tb_cuda_fp8_deepgemm)                                                                             \
    TARGET(tb_cuda_fp8_deepgemm_ue8m0)                                                                       \
    TARGET(tb_cuda_fp8_fdividef)

/* Tensor cores, which flags do not change; twins of all of them. */
#define TB_CUDA_TENSOR_TARGETS(TARGET)                                                                       \
    TARGET(tb_cuda_mma_sync)                                                                                 \
    TARGET(tb_cuda_mma_sync_satfinite)                                                                       \
    TARGET(tb_cuda_wgmma)                                                                                    \
    TARGET(tb_cuda_wgmma_satfinite)                                                                          \
    TARGET(tb_cuda_wmma)                                                                                     \
    TARGET(tb_cuda_cublaslt_fp8)                                                                             \
    TARGET(tb_cuda_cublaslt_fp8_fast)

#define TB_CUDA_DECLARE(SYMBOL)     extern const struct tb_target SYMBOL, SYMBOL##_fast_math;
#define TB_CUDA_DECLARE_ONE(SYMBOL) extern const struct tb_target SYMBOL;
#define TB_CUDA_BOTH(SYMBOL)        &SYMBOL, &SYMBOL##_fast_math,
#define TB_CUDA_ONE(SYMBOL)         &SYMBOL,

#ifdef __cplusplus
extern "C" {
#endif
TB_CUDA_TARGETS(TB_CUDA_DECLARE)
TB_CUDA_TENSOR_TARGETS(TB_CUDA_DECLARE_ONE)
#ifdef __cplusplus
}
#endif

#endif
