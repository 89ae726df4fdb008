/* The arithmetics of dot products, a line each, and which problems each can differ on. */
#include "reference/dot_way.h"

#include <math.h>
#include <string.h>

/* ---- Which problems. ---- */

static const struct tb_format *format_a(const struct tb_problem *p) {
    return p->formats[0];
}
static const struct tb_format *format_d(const struct tb_problem *p) {
    return p->formats[3];
}
static bool has_name(const struct tb_format *f, const char *name) {
    return strcmp(f->name, name) == 0;
}
static uint32_t terms(const struct tb_problem *p) {
    return (uint32_t)tb_problem_number(p, "k");
}

static bool is_integer(const struct tb_problem *p) {
    return format_a(p)->kind == TB_INTEGER && p->method == TB_DOT_PLAIN;
}
static bool is_plain(const struct tb_problem *p) {
    return format_a(p)->kind == TB_FLOAT && p->method == TB_DOT_PLAIN;
}
/* Scales that are no powers of two: a product with one is rounded. */
static bool is_finely_scaled(const struct tb_problem *p) {
    return p->method == TB_DOT_NVFP4 || p->method == TB_DOT_BLOCK128;
}
static bool is_scaled(const struct tb_problem *p) {
    return p->method != TB_DOT_PLAIN;
}
/* Into fp32, and not by way of it. */
static bool is_narrow_output(const struct tb_problem *p) {
    return is_plain(p) && format_d(p)->bits < 32;
}
static bool rounds_products(const struct tb_problem *p) {
    return is_plain(p) && !tb_dot_products_are_fp32(p);
}
static bool rounds_bf16_products(const struct tb_problem *p) {
    return is_plain(p) && p->formats[0]->precision + p->formats[1]->precision > 8;
}
static bool has_bf16(const struct tb_problem *p) {
    return is_plain(p) && has_name(p->formats[0], "bf16") && has_name(p->formats[1], "bf16");
}
static bool is_fp8(const struct tb_format *f) {
    return has_name(f, "e4m3fn") || has_name(f, "e5m2");
}
static bool is_wgmma(const struct tb_problem *p) {
    return is_plain(p) && is_fp8(p->formats[0]) && is_fp8(p->formats[1]);
}
static bool promotes(const struct tb_problem *p) {
    return is_wgmma(p) && terms(p) > 128;
}
static bool is_deepgemm(const struct tb_problem *p) {
    return p->method == TB_DOT_BLOCK128 && is_fp8(p->formats[0]) && is_fp8(p->formats[1]);
}
/* A subnormal of fp32 can be an operand, or a sum. */
static bool reaches_subnormals(const struct tb_problem *p) {
    return is_plain(p) && format_d(p)->bits == 32;
}
static bool has_nan(const struct tb_problem *p) {
    return is_plain(p) && p->formats[0]->nan != TB_NAN_NONE;
}
static bool beyond_8(const struct tb_problem *p) {
    return is_plain(p) && terms(p) > 8;
}
static bool beyond_16(const struct tb_problem *p) {
    return is_plain(p) && terms(p) > 16;
}
static bool beyond_32(const struct tb_problem *p) {
    return is_plain(p) && terms(p) > 32;
}
static bool beyond_64(const struct tb_problem *p) {
    return is_plain(p) && terms(p) > 64;
}
static bool beyond_128(const struct tb_problem *p) {
    return is_plain(p) && terms(p) > 128;
}

/* ---- The table: each line is a variant's name, its way, and where it applies. ---- */

#define C_FIRST FROM_C
#define C_END   C_LAST
/* clang-format off */
#define VARIANTS(V)                                                                                           \
    /* id             name              sums        order         lanes group interval product  c        scales         flags       applies */ \
    V(seq_fma,        "seq-fma",        SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_plain, \
      "fp32, one FMA a term, k ascending, from c on", "CUDA cores: nvcc contracts; C contracted by the compiler") \
    V(seq,            "seq",            SUM_FP32,   ASCENDING,    0,  1, 0,   ROUNDED, C_FIRST, UNSCALED,      0,          rounds_products, \
      "fp32, products rounded and then added, k ascending, from c on", "C without contraction") \
    V(seq_c_last,     "seq-c-last",     SUM_FP32,   ASCENDING,    0,  1, 0,   ROUNDED, C_END,   UNSCALED,      0,          rounds_products, \
      "the same from zero, c added at the end", "reference BLAS sdot, then + c") \
    V(fma_c_last,     "fma-c-last",     SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_END,   UNSCALED,      0,          is_plain, \
      "fp32, one FMA a term from zero, c added at the end", "GEMM kernels with an epilogue: CUTLASS SIMT") \
    V(reverse_fma,    "reverse-fma",    SUM_FP32,   DESCENDING,   0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_plain, \
      "fp32, one FMA a term, k descending, from c on", "") \
    V(pairwise,       "pairwise",       SUM_FP32,   PAIRWISE,     0,  1, 0,   ROUNDED, C_END,   UNSCALED,      0,          is_plain, \
      "fp32, sums of halves of halves, c added at the end", "tree reductions") \
    V(lanes4_fma,     "lanes4-fma",     SUM_FP32,   LANES_HADD,   4,  1, 0,   FUSED,   C_END,   UNSCALED,      0,          beyond_8, \
      "fp32, four lanes of FMA, neighbours added, then the tail and c", "NEON: FMLA and FADDP") \
    V(lanes8_fma,     "lanes8-fma",     SUM_FP32,   LANES_HADD,   8,  1, 0,   FUSED,   C_END,   UNSCALED,      0,          beyond_16, \
      "fp32, eight lanes of FMA, halves and then neighbours added, then the tail and c", "AVX2 and FMA kernels that end in HADDPS") \
    V(lanes8,         "lanes8",         SUM_FP32,   LANES_HADD,   8,  1, 0,   ROUNDED, C_END,   UNSCALED,      0,          rounds_products, \
      "the same with products rounded", "AVX kernels without FMA") \
    V(lanes16_fma,    "lanes16-fma",    SUM_FP32,   LANES_HALVES, 16, 1, 0,   FUSED,   C_END,   UNSCALED,      0,          beyond_32, \
      "fp32, sixteen lanes of FMA, halves added, then the tail and c", "AVX-512 kernels that end in _mm512_reduce_add_ps") \
    V(lanes32_fma,    "lanes32-fma",    SUM_FP32,   LANES_HADD,   32, 1, 0,   FUSED,   C_END,   UNSCALED,      0,          beyond_64, \
      "fp32, four accumulators of eight lanes, halves and then neighbours added, then the tail and c", "ggml_vec_dot_f32 on AVX2, k a multiple of 32") \
    V(blocks32_fma,   "blocks32-fma",   SUM_FP32,   ASCENDING,    0,  1, 32,  FUSED,   C_FIRST, UNSCALED,      0,          beyond_32, \
      "fp32, sums of 32 terms by FMA, each added to the total", "GEMM kernels blocked along k") \
    V(blocks128_fma,  "blocks128-fma",  SUM_FP32,   ASCENDING,    0,  1, 128, FUSED,   C_FIRST, UNSCALED,      0,          beyond_128, \
      "the same of 128 terms: a promotion interval around fp32 sums", "GEMM kernels blocked along k") \
    V(kahan,          "kahan",          SUM_FP32,   KAHAN,        0,  1, 0,   ROUNDED, C_FIRST, UNSCALED,      0,          is_plain, \
      "fp32, products rounded, compensated sum from c on", "Kahan's summation") \
    V(acc_fp64,       "acc-fp64",       SUM_FP64,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_plain, \
      "exact products summed in fp64, k ascending, from c on", "dsdot of BLAS") \
    V(fp64_fp32,      "acc-fp64-products-fp32", SUM_FP64, ASCENDING, 0, 1, 0, ROUNDED, C_FIRST, UNSCALED,      0,          rounds_products, \
      "products rounded to fp32, summed in fp64", "ggml_vec_dot_f32 without SIMD") \
    V(acc_fp16_fma,   "acc-fp16-fma",   SUM_FP16,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_plain, \
      "fp16, one FMA a term, from c on", "CUDA __hfma, HFMA2; AVX512-FP16 VFMADDPH") \
    V(acc_fp16,       "acc-fp16",       SUM_FP16,   ASCENDING,    0,  1, 0,   ROUNDED, C_FIRST, UNSCALED,      0,          is_plain, \
      "fp16, products rounded and then added", "code on _Float16 and __half without contraction") \
    V(acc_bf16_fma,   "acc-bf16-fma",   SUM_BF16,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_plain, \
      "bf16, one FMA a term, from c on", "CUDA HFMA2.BF16") \
    V(acc_bf16,       "acc-bf16",       SUM_BF16,   ASCENDING,    0,  1, 0,   ROUNDED, C_FIRST, UNSCALED,      0,          rounds_bf16_products, \
      "bf16, products rounded and then added", "eager elementwise code on bf16 tensors") \
    V(daz_fma,        "daz-fma",        SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      FLUSHES,    reaches_subnormals, \
      "as seq-fma, subnormals of fp32 read and written as zeros", "-ffast-math, nvcc -ftz=true") \
    V(vdpbf16ps,      "vdpbf16ps",      SUM_FP32,   LANES_HALVES, 16, 2, 0,   FUSED,   C_END,   UNSCALED,      FLUSHES_PRODUCTS | HIGH_FIRST | TAIL_IN_LANES, has_bf16, \
      "sixteen lanes of pairs, of each pair the second first, by FMA, subnormals flushed; halves added, then c", "AVX512_BF16 kernels of one accumulator that end in _mm512_reduce_add_ps") \
    V(wgmma,          "wgmma",          SUM_WGMMA,  ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_wgmma, \
      "H100's FP8 steps of 32 terms, 13 bits kept, chained", "cuBLASLt with fast accumulation; CUTLASS FP8FastAccum") \
    V(wgmma_2xacc,    "wgmma-2xacc",    SUM_WGMMA,  ASCENDING,    0,  1, 128, FUSED,   C_FIRST, UNSCALED,      0,          promotes, \
      "the same, restarted after four steps, each sum of 128 terms added in fp32", "CUTLASS's default for FP8 on Hopper (mma_promotion_interval 4)") \
    V(via_fp32,       "via-fp32",       SUM_EXACT,  ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_narrow_output, \
      "the exact sum rounded to fp32, and then to d", "") \
    V(cut_output,     "output-rtz",     SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      CUTS_OUTPUT, is_narrow_output, \
      "as seq-fma, the sum cut into d", "bf16 by shifting fp32") \
    V(nan_dropped,    "nan-dropped",    SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      DROPS_NAN,  has_nan, \
      "as seq-fma, products that are NaN left out", "") \
    V(last_lost,      "last-lost",      SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      LOSES_LAST, is_plain, \
      "as seq-fma, the last product left out", "") \
    V(wrap32,         "wrap32",         SUM_WRAP32, ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_integer, \
      "int32 modulo 2^32", "PTX mma without .satfinite, VPDPBUSD, SDOT") \
    V(wrap16,         "wrap16",         SUM_WRAP16, ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_integer, \
      "int16 modulo 2^16", "") \
    V(acc16,          "acc16",          SUM_SAT16,  ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_integer, \
      "int16, saturating at each addition", "PADDSW kernels") \
    V(fp32_sum,       "fp32-sum",       SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      0,          is_integer, \
      "products of integers summed in fp32, from c on", "CPU fallbacks of int8 matrix products") \
    V(integer_lost,   "integer-last-lost", SUM_WRAP32, ASCENDING, 0,  1, 0,   FUSED,   C_FIRST, UNSCALED,      LOSES_LAST, is_integer, \
      "as wrap32, the last product left out", "") \
    V(blocks,         "scale-blocks",   SUM_FP32,   ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, BLOCKS,        0,          is_scaled, \
      "each block's sum in fp32 times its scales, rounded, then added; the factors at the end", "block-scaled kernels that scale partial sums") \
    V(blocks_fma,     "scale-blocks-fma", SUM_FP32, ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, BLOCKS_FMA,    0,          is_finely_scaled, \
      "the same with the scale applied by FMA", "the same, contracted by nvcc") \
    V(deepgemm,       "deepgemm",       SUM_WGMMA,  ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, BLOCKS_FMA,    0,          is_deepgemm, \
      "H100's FP8 steps over each block of 128, its sum scaled and added by FMA", "DeepGEMM on sm90") \
    V(deepgemm_mul,   "deepgemm-mul",   SUM_WGMMA,  ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, BLOCKS,        0,          is_deepgemm, \
      "the same with the product of the scale rounded", "DeepGEMM without contraction") \
    V(dequant_fp32,   "dequantized-fp32", SUM_FP32, ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, ELEMENTS_FP32, 0,          is_scaled, \
      "codes times their scales in fp32, then as seq-fma", "emulation on tensors of fp32") \
    V(dequant_bf16,   "dequantized-bf16", SUM_FP32, ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, ELEMENTS_BF16, 0,          is_finely_scaled, \
      "codes times their scales in bf16, then as seq-fma", "emulation on tensors of bf16; weight-only kernels") \
    V(dequant_fp16,   "dequantized-fp16", SUM_FP32, ASCENDING,    0,  1, 0,   FUSED,   C_FIRST, ELEMENTS_FP16, 0,          is_scaled, \
      "the same in fp16", "emulation on tensors of fp16; weight-only kernels")
/* clang-format on */

#define WAY(ID, NAME, SUM, ORDER, LANES, GROUP, INTERVAL, PRODUCT, START, SCALING, FLAGS, APPLIES, WHAT,     \
            WHO)                                                                                             \
    static const struct tb_dot_way way_##ID = {SUM,     ORDER, LANES,   GROUP, INTERVAL,                     \
                                               PRODUCT, START, SCALING, FLAGS};                              \
    static void evaluate_##ID(const struct tb_problem *p, const void *input, void *output) {                 \
        struct tb_dot_trace trace = {.products = NULL};                                                      \
        tb_dot_walk(&way_##ID, p, input, &trace);                                                            \
        tb_field_set(tb_layout_named(&p->output, "d"), output, 0, trace.answer);                             \
    }
VARIANTS(WAY)

#define VARIANT(ID, NAME, SUM, ORDER, LANES, GROUP, INTERVAL, PRODUCT, START, SCALING, FLAGS, APPLIES, WHAT, \
                WHO)                                                                                         \
    {NAME, WHAT, WHO, APPLIES, evaluate_##ID},
const struct tb_problem_variant tb_dot_variants[] = {
    VARIANTS(VARIANT){NULL, NULL, NULL, NULL, NULL},
};

#define NAMED(ID, NAME, SUM, ORDER, LANES, GROUP, INTERVAL, PRODUCT, START, SCALING, FLAGS, APPLIES, WHAT,   \
              WHO)                                                                                           \
    {NAME, &way_##ID, APPLIES},
static const struct {
    const char *name;
    const struct tb_dot_way *way;
    bool (*applies)(const struct tb_problem *p);
} ways[] = {VARIANTS(NAMED)};

const struct tb_dot_way *tb_dot_way_named(const struct tb_problem *p, const char *name) {
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].name, name) == 0 && ways[i].applies(p))
            return ways[i].way;
    return NULL;
}
