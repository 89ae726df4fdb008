/* The model family: one target for each name among the tensor-core models. */
#include "targets/families.h"
#include "targets/model/plan.h"

static int open_model(const char *name, const struct tb_request *request, struct tb_kernel *kernel) {
    struct model_plan *plan = model_plan_make(name, request->case_id);
    if (!plan)
        return 0;
    /* What is clamped once is the exact answer. */
    bool exact = plan->model->special == TB_MMA_CLAMP && plan->steps == 1;
    const char *claim = exact ? NULL : plan->model->name;
    *kernel = (struct tb_kernel){.run = model_plan_run, .state = plan, .claim = claim};
    return 1;
}

static void close_model(struct tb_kernel *kernel) {
    model_plan_free((struct model_plan *)kernel->state);
    kernel->state = NULL;
}

/* id, name of the row, what it is */
/* clang-format off */
#define MODELS(X)                                                                                            \
    X(h100_wgmma_fp8,    "h100-wgmma-fp8",    "H100 FP8 by wgmma: 13 fraction bits, steps of 32")            \
    X(h100_mma_fp8,      "h100-mma-fp8",      "H100 FP8 by mma.sync: two fp16 steps and an addition")        \
    X(h100_promoted_fp8, "h100-promoted-fp8", "H100 FP8 by wgmma, promoted to fp32 after every 128 indices")  \
    X(h100_fp16,         "h100-fp16",         "H100, H200, B200 fp16: 25 fraction bits, steps of 16")        \
    X(h100_bf16,         "h100-bf16",         "H100, H200, B200 bf16: 25 fraction bits, steps of 16")        \
    X(h100_tf32,         "h100-tf32",         "H100, H200, B200 tf32: 25 fraction bits, steps of 8")         \
    X(h100_tf32_k4,      "h100-tf32-k4",      "H100, H200, B200 tf32 by WMMA: 25 fraction bits, steps of 4") \
    X(b200_fp8,          "b200-fp8",          "B200 tcgen05, RTX Blackwell FP8, FP6, FP4: 25 fraction bits") \
    X(ada_fp8,           "ada-fp8",           "Ada FP8: 13 fraction bits, steps of 16")                      \
    X(a100_fp16,         "a100-fp16",         "A100, Ada fp16: 24 fraction bits, steps of 8")                \
    X(a100_bf16,         "a100-bf16",         "A100, Ada bf16: 24 fraction bits, steps of 8")                \
    X(a100_tf32,         "a100-tf32",         "A100, Ada tf32: 24 fraction bits, steps of 4")                \
    X(v100_fp16,         "v100-fp16",         "V100 fp16: 23 fraction bits, steps of 4")                     \
    X(int32_wrap,        "int32-wrap",        "8-bit integers into int32, wrapping")                         \
    X(int32_clamp,       "int32-clamp",       "8-bit integers into int32, clamped once (.satfinite)")        \
    X(int32_clamp_32,    "int32-clamp-32",    "8-bit integers into int32, clamped after every 32 products")  \
    X(cdna3_fp8,         "cdna3-fp8",         "MI300 FP8: two lanes of 24 bits, steps of 16")                \
    X(cdna3_fp16,        "cdna3-fp16",        "MI300 fp16: two stages, steps of 8")                          \
    X(cdna3_bf16,        "cdna3-bf16",        "MI300 bf16: two stages, steps of 8")                          \
    X(cdna3_xf32,        "cdna3-xf32",        "MI300 xf32: two stages, steps of 4")                          \
    X(cdna2_fp16,        "cdna2-fp16",        "MI200 fp16: fp32 trees of 4, subnormals flushed")             \
    X(cdna2_bf16,        "cdna2-bf16-1k",     "MI200 bf16_1k: fp32 trees of 4, subnormals flushed")          \
    X(cdna1_fp16,        "cdna1-fp16",        "MI100 fp16: fp32 trees of 4")                                 \
    X(cdna1_bf16,        "cdna1-bf16",        "MI100 bf16: fp32 sums of 2")                                  \
    X(fma_chain,         "fma-chain",         "fp32 fused multiply-adds, k ascending")
/* clang-format on */

#define TARGET(ID, NAME, SUMMARY)                                                                            \
    static int open_##ID(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        return open_model(NAME, request, kernel);                                                            \
    }                                                                                                        \
    static const struct tb_target ID = {.abi = TIEBREAK_TARGET_ABI,                                          \
                                        .name = "model/" NAME,                                               \
                                        .summary = SUMMARY,                                                  \
                                        .open = open_##ID,                                                   \
                                        .close = close_model};
MODELS(TARGET)

#define ENTRY(ID, NAME, SUMMARY) &ID,
const struct tb_target *const tb_model_targets[] = {MODELS(ENTRY) NULL};
