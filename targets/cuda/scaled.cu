/* Quantizers to FP8 as CUDA runtimes write them, fused: scale, clamp, convert, pack. Each target is one
 * runtime's way and claims the arithmetic that it is; the scale is the case's.
 *
 *   cuda/fp8-te              TransformerEngine's ptx::mul_cvt_2x: times the factor, cvt.rn.satfinite
 *   cuda/fp8-torchao         torchao's hp_tensor_and_scale_to_float8: times the factor, torch.clamp, cast
 *   cuda/fp8-vllm            vLLM's scaled_fp8_conversion<true>: times the kernel's reciprocal, fminf, fmaxf
 *   cuda/fp8-vllm-group      vLLM's and SGLang's groups: divided, fmaxf, fminf
 *   cuda/fp8-vllm-kv         vLLM's KV cache: divided, __NV_SATFINITE
 *   cuda/fp8-trt-llm         TensorRT-LLM's KV cache, packed: times the factor, through bf16
 *   cuda/fp8-deepgemm        DeepGEMM's per_token_cast_to_fp8: times 1 / s, PyTorch's cast: NaN above 448
 *   cuda/fp8-deepgemm-ue8m0  the same with the scale rounded up to a power of two by its bits
 *   cuda/fp8-fdividef        the fast division as people write it
 *
 * With -use_fast_math every fp32 division here is a fast one, whose claim is a model (quantize.cu).
 * Subnormals are flushed then, which no code shows for the scales that are taken. */
#include "targets/cuda/numbers.cuh"

namespace TB_CUDA_FLAGS {
namespace scaled {

using quantize::divided;
using quantize::divided_fast;

/* What a runtime holds of a case. */
struct parameters {
    float scale;  /* in fp32 */
    float factor; /* 1 / s or m, in fp32 */
    float largest;
};

inline parameters parameters_of(const tb_cuda_scaled &c) {
    parameters p = parameters();
    p.scale = (float)c.scale;
    p.factor = (float)(c.is_factor ? c.scale : 1 / c.scale);
    p.largest = (float)c.largest;
    return p;
}

/* ---- From a value to what is converted. ---- */

struct te {
    static TB_BODY float scaled(const parameters &p, float x) {
        return x * p.factor;
    }
};

/* torch.clamp hands NaN on. */
struct torchao {
    static TB_BODY float scaled(const parameters &p, float x) {
        const float t = x * p.factor;
        return t != t ? t : fminf(fmaxf(t, -p.largest), p.largest);
    }
};

/* fminf takes the other operand where one is NaN. */
struct vllm {
    static TB_BODY float scaled(const parameters &p, float x) {
        return fmaxf(-p.largest, fminf(x * divided(1, p.scale), p.largest));
    }
};

struct vllm_group {
    static TB_BODY float scaled(const parameters &p, float x) {
        return fminf(fmaxf(divided(x, p.scale), -p.largest), p.largest);
    }
};

struct vllm_kv {
    static TB_BODY float scaled(const parameters &p, float x) {
        return divided(x, p.scale);
    }
};

TB_BODY float through_bf16(float t) {
    uint16_t code;
    TB_EITHER(asm("cvt.rn.bf16.f32 %0, %1;"
                  : "=h"(code)
                  : "f"(t)),
              code = (uint16_t)tb_ptx_encode(t, &tb_ptx_bf16, tb_ptx_rne, tb_ptx_inf));
    return tb_bits<float>((uint32_t)code << 16);
}

struct trt_llm {
    static TB_BODY float scaled(const parameters &p, float x) {
        return through_bf16(x * p.factor);
    }
};

struct deepgemm {
    static TB_BODY float scaled(const parameters &p, float x) {
        return x * divided(1, p.scale);
    }
};

struct deepgemm_ue8m0 {
    static TB_BODY float scaled(const parameters &p, float x) {
        const uint32_t bits = tb_bits<uint32_t>(p.scale);
        const uint32_t exponent = (bits >> 23 & 0xFF) + ((bits & 0x7FFFFF) != 0);
        return x * divided(1, tb_bits<float>(exponent << 23));
    }
};

struct fdividef {
    static TB_BODY float scaled(const parameters &p, float x) {
        return divided_fast(x, p.scale);
    }
};

/* ---- From that to two codes. ---- */

#define PAIR(NAME, PTX)                                                                                      \
    struct NAME {                                                                                            \
        static TB_BODY uint16_t codes(float low, float high) {                                               \
            uint16_t pair;                                                                                   \
            TB_EITHER(                                                                                       \
                asm(PTX " %0, %1, %2;"                                                                       \
                    : "=h"(pair)                                                                             \
                    : "f"(high), "f"(low)),                                                                  \
                pair = (uint16_t)(tb_ptx_encode(high, &tb_ptx_##NAME, tb_ptx_rne, tb_ptx_satfinite) << 8 |   \
                                  tb_ptx_encode(low, &tb_ptx_##NAME, tb_ptx_rne, tb_ptx_satfinite)));        \
            return pair;                                                                                     \
        }                                                                                                    \
    };
PAIR(e4m3fn, "cvt.rn.satfinite.e4m3x2.f32")
PAIR(e5m2, "cvt.rn.satfinite.e5m2x2.f32")

/* PyTorch's cast, which does not saturate: beyond 464, half a step above 448, lies the NaN of t's sign. */
struct e4m3fn_nan {
    static TB_BODY uint16_t code(float t, uint16_t saturated) {
        return fabsf(t) > 464 ? (uint16_t)(0x7F | (t < 0 ? 0x80 : 0)) : saturated;
    }
    static TB_BODY uint16_t codes(float low, float high) {
        const uint16_t pair = e4m3fn::codes(low, high);
        return (uint16_t)(code(high, pair >> 8) << 8 | code(low, pair & 0xFF));
    }
};

/* Four values to four codes, packed. */
template <class Style, class From, class To>
struct codes : tb_body<typename From::element, uint8_t, uint32_t> {
    parameters p;
    TB_BODY uint32_t operator()(const typename From::element *in) const {
        float t[4];
        for (int i = 0; i < 4; i++)
            t[i] = Style::scaled(p, From::value(in[i]));
        return (uint32_t)To::codes(t[2], t[3]) << 16 | To::codes(t[0], t[1]);
    }
};

/* ---- The tables. ---- */

struct row {
    const char *source, *destination;
    bool factors; /* takes m=FACTOR too */
    const char *claim;
    void *(*make)(const parameters &p); /* a body, to be given to free() */
    tb_run_fn *run;
    tb_sweep_fn *sweep;
};

/* Rows end with a NULL source. */
inline int open_row(const row *rows, const tb_request *request, tb_kernel *kernel) {
    tb_cuda_scaled c;
    if (strcmp(request->rounding, "rne") != 0 || strcmp(request->overflow, "satfinite") != 0 ||
        !tb_cuda_scaled_of(request, &c))
        return 0;
    for (const row *r = rows; r->source; r++)
        if (strcmp(r->source, request->source) == 0 && strcmp(r->destination, request->destination) == 0 &&
            (!c.is_factor || r->factors))
            return quantize::open_with(r, parameters_of(c), kernel);
    return 0;
}

#define ROW(STYLE, SOURCE, DESTINATION, FACTORS, CLAIM)                                                      \
    BODY(STYLE, SOURCE, DESTINATION, DESTINATION, FACTORS, CLAIM)
#define BODY(STYLE, SOURCE, DESTINATION, TO, FACTORS, CLAIM)                                                 \
    {#SOURCE,                                                                                                \
     #DESTINATION,                                                                                           \
     FACTORS,                                                                                                \
     CLAIM,                                                                                                  \
     quantize::make<codes<STYLE, quantize::from_##SOURCE, TO>, parameters>,                                  \
     TB_CUDA_KERNEL(codes<STYLE, quantize::from_##SOURCE, TO>)},
#define E4M3(STYLE, FACTORS, CLAIM)                                                                          \
    ROW(STYLE, fp32, e4m3fn, FACTORS, CLAIM)                                                                 \
    ROW(STYLE, fp16, e4m3fn, FACTORS, CLAIM)                                                                 \
    ROW(STYLE, bf16, e4m3fn, FACTORS, CLAIM)
#define E4M3_NAN(STYLE, CLAIM)                                                                               \
    BODY(STYLE, fp32, e4m3fn, e4m3fn_nan, false, CLAIM)                                                      \
    BODY(STYLE, fp16, e4m3fn, e4m3fn_nan, false, CLAIM)                                                      \
    BODY(STYLE, bf16, e4m3fn, e4m3fn_nan, false, CLAIM)
#define E5M2(STYLE, FACTORS, CLAIM)                                                                          \
    ROW(STYLE, fp32, e5m2, FACTORS, CLAIM)                                                                   \
    ROW(STYLE, fp16, e5m2, FACTORS, CLAIM)                                                                   \
    ROW(STYLE, bf16, e5m2, FACTORS, CLAIM)
#define END                                                                                                  \
    { NULL, NULL, false, NULL, NULL, NULL, NULL }

/* cvt's NaN has all fraction bits set, which e4m3fn's only one has too. */
#define CANONICAL "+nan-positive"
/* clang-format off */
static const row te_rows[] = {E4M3(te, true, "mul32") E5M2(te, true, "mul32" CANONICAL) END};
static const row torchao_rows[] = {E4M3(torchao, true, "mul32+clamp-nan-kept") E5M2(torchao, true, "mul32+clamp-nan-kept" CANONICAL) END};
static const row vllm_rows[] = {E4M3(vllm, false, "rcp32+clamp") E5M2(vllm, false, "rcp32+clamp") END};
static const row vllm_group_rows[] = {E4M3(vllm_group, false, DIVIDED "+clamp-nan-low") E5M2(vllm_group, false, DIVIDED "+clamp-nan-low") END};
static const row vllm_kv_rows[] = {E4M3(vllm_kv, false, DIVIDED) E5M2(vllm_kv, false, DIVIDED CANONICAL) END};
static const row trt_llm_rows[] = {E4M3(trt_llm, true, "mul32+via-bf16") E5M2(trt_llm, true, "mul32+via-bf16" CANONICAL) END};
static const row deepgemm_rows[] = {E4M3_NAN(deepgemm, "rcp32+overflow-nan") END};
static const row deepgemm_ue8m0_rows[] = {E4M3_NAN(deepgemm_ue8m0, "pow2-up+rcp32+overflow-nan") END};
static const row fdividef_rows[] = {E4M3(fdividef, false, "rcp32") E5M2(fdividef, false, "rcp32" CANONICAL) END};
/* clang-format on */
} // namespace scaled
} // namespace TB_CUDA_FLAGS

#define TARGET(STYLE, PLACE, SUMMARY)                                                                        \
    static int open_##STYLE(const tb_request *request, tb_kernel *kernel) {                                  \
        return TB_CUDA_FLAGS::scaled::open_row(TB_CUDA_FLAGS::scaled::STYLE##_rows, request, kernel);        \
    }                                                                                                        \
    extern "C" const tb_target TB_CUDA_TARGET(tb_cuda_fp8_##STYLE);                                          \
    const tb_target TB_CUDA_TARGET(tb_cuda_fp8_##STYLE) = {TIEBREAK_TARGET_ABI,                              \
                                                           TB_CUDA_PREFIX PLACE TB_CUDA_NAME,                \
                                                           SUMMARY TB_CUDA_SUMMARY,                          \
                                                           TB_CUDA_UNAVAILABLE,                              \
                                                           open_##STYLE,                                     \
                                                           TB_CUDA_FLAGS::quantize::close_row,               \
                                                           TB_CUDA_PROVENANCE};
TARGET(te, "fp8-te", "FP8 in TransformerEngine's way: times the factor, cvt.rn.satfinite")
TARGET(torchao, "fp8-torchao", "FP8 in torchao's way: times the factor, torch.clamp, cast")
TARGET(vllm, "fp8-vllm", "FP8 in vLLM's way: times the reciprocal, fminf, fmaxf: NaN becomes 448")
TARGET(vllm_group, "fp8-vllm-group",
       "FP8 in the way of vLLM's groups: divided, fmaxf, fminf: NaN becomes -448")
TARGET(vllm_kv, "fp8-vllm-kv", "FP8 in the way of vLLM's KV cache: divided, cvt.rn.satfinite")
TARGET(trt_llm, "fp8-trt-llm", "FP8 in the way of TensorRT-LLM's packed KV cache: through bf16")
TARGET(deepgemm, "fp8-deepgemm", "FP8 in DeepGEMM's way: times 1 / s, NaN beyond the range")
TARGET(deepgemm_ue8m0, "fp8-deepgemm-ue8m0", "the same, the scale rounded up to a power of two")
TARGET(fdividef, "fp8-fdividef", "FP8 by __fdividef")
