/* Quantizers as CUDA runtimes write them, fused: scale, round, add the zero point, clamp, pack. Each target
 * is one runtime's way, and claims the arithmetic that it is; parameters are those of the case.
 *
 *   cuda/torch         PyTorch's AffineQuantizer.cu and FakeQuantizeCore.cu
 *   cuda/ort           onnxruntime's quantize_linear.cu; QLinear's requantization
 *   cuda/rcp           times the reciprocal, which the device computes
 *   cuda/fdividef      the fast division as people write it
 *   cuda/trt-llm       times a held inverse, cvt.rni.sat.s8, four codes a word
 *   cuda/vllm          vLLM's groups: divided, clamped as a float, rounded last
 *   cuda/bitsandbytes  times __fdividef(127, absmax), not clamped
 *
 * What a fast division gives is not documented to the last bit (2 ULP); its claim is the product with the
 * correctly rounded reciprocal, so that a card which differs shows where. With -use_fast_math every fp32
 * division here is such a one. */
#include "targets/cuda/arrays.cuh"

namespace TB_CUDA_FLAGS {
namespace quantize {

/* ---- From a value to a code. ---- */

struct torch {
    static TB_BODY int32_t code(const parameters &p, float x) {
        return clamped(p, to_int64(integral(p, x / p.wide_scale) + p.zero));
    }
};

struct torch_fake {
    static TB_BODY int64_t unclamped(const parameters &p, float x) {
        return to_int64(integral(p, x * p.inverse) + (float)p.zero);
    }
    static TB_BODY int32_t code(const parameters &p, float x) {
        return clamped(p, unclamped(p, x));
    }
};

struct ort {
    static TB_BODY int32_t code(const parameters &p, float x) {
        return clamped(p, plus_zero(p, to_int32(integral(p, divided(x, p.scale)))));
    }
};

struct rcp {
    static TB_BODY int32_t code(const parameters &p, float x) {
        return clamped(p, plus_zero(p, to_int32(integral(p, x * divided(1, p.scale)))));
    }
};

struct fdividef {
    static TB_BODY int32_t code(const parameters &p, float x) {
        return clamped(p, plus_zero(p, to_int32(integral(p, divided_fast(x, p.scale)))));
    }
};

struct trt_llm {
    static TB_BODY int32_t code(const parameters &p, float x) {
        return (int32_t)to_int8(x * p.wide_inverse);
    }
};

/* fmaxf takes the other operand where one is NaN: the lower bound. */
struct vllm {
    static TB_BODY int32_t code(const parameters &p, float x) {
        const float t = fminf(fmaxf(divided(x, p.scale), p.low_step), p.high_step);
        return to_int32(integral(p, t)) + p.zero;
    }
};

struct bitsandbytes {
    static TB_BODY int32_t code(const parameters &p, float x) {
        return to_int32(integral(p, x * divided_fast((float)p.high, p.absmax)));
    }
};

/* ---- Bodies. ---- */

/* Four values to four codes, packed. */
template <class Style, class From> struct codes : tb_body<typename From::element, uint8_t, uint32_t> {
    parameters p;
    TB_BODY uint32_t operator()(const typename From::element *in) const {
        uint32_t packed = 0;
        for (int i = 0; i < 4; i++)
            packed |= ((uint32_t)Style::code(p, From::value(in[i])) & p.mask) << (8 * i);
        return packed;
    }
};

struct fake_value : tb_body<uint32_t, uint32_t> {
    parameters p;
    TB_BODY uint32_t operator()(const uint32_t *in) const {
        return tb_bits<uint32_t>((float)(torch_fake::code(p, tb_bits<float>(in[0])) - p.zero) * p.scale);
    }
};

struct fake_mask : tb_body<uint32_t, uint8_t> {
    parameters p;
    TB_BODY uint8_t operator()(const uint32_t *in) const {
        const int64_t code = torch_fake::unclamped(p, tb_bits<float>(in[0]));
        return p.low <= code && code <= p.high;
    }
};

/* A product, rounded by cvt.rni; the sum wraps. */
struct requantized : tb_body<uint32_t, uint8_t> {
    parameters p;
    TB_BODY uint8_t operator()(const uint32_t *in) const {
        const float t = (float)(int32_t)in[0] * p.scale;
        return (uint8_t)((uint32_t)clamped(p, plus_zero(p, to_int32(integral(p, t)))) & p.mask);
    }
};

/* ---- From a code to a value. ---- */

struct from_int8 {
    static TB_BODY int32_t value(uint8_t code) {
        return (int8_t)code;
    }
};

struct from_uint8 {
    static TB_BODY int32_t value(uint8_t code) {
        return code;
    }
};

struct to_fp32 {
    typedef uint32_t element;
    static TB_BODY element pattern(float y) {
        return tb_bits<uint32_t>(y);
    }
};

struct to_fp16 {
    typedef uint16_t element;
    static TB_BODY element pattern(float y) {
        uint16_t code;
        TB_EITHER(asm("cvt.rn.f16.f32 %0, %1;"
                      : "=h"(code)
                      : "f"(y)),
                  code = (uint16_t)tb_ptx_encode(y, &tb_ptx_fp16, tb_ptx_rne, tb_ptx_inf));
        return code;
    }
};

struct to_bf16 {
    typedef uint16_t element;
    static TB_BODY element pattern(float y) {
        uint16_t code;
        TB_EITHER(asm("cvt.rn.bf16.f32 %0, %1;"
                      : "=h"(code)
                      : "f"(y)),
                  code = (uint16_t)tb_ptx_encode(y, &tb_ptx_bf16, tb_ptx_rne, tb_ptx_inf));
        return code;
    }
};

template <class From, class To> struct torch_value : tb_body<uint8_t, typename To::element> {
    parameters p;
    TB_BODY typename To::element operator()(const uint8_t *in) const {
        return To::pattern((float)((double)(From::value(in[0]) - p.zero) * p.wide_scale));
    }
};

template <class From, class To> struct ort_value : tb_body<uint8_t, typename To::element> {
    parameters p;
    TB_BODY typename To::element operator()(const uint8_t *in) const {
        return To::pattern((float)(From::value(in[0]) - p.zero) * p.scale);
    }
};

/* ---- Which cases. ---- */

static bool rounds(const tb_request *r) {
    return strcmp(r->rounding, "rne") == 0 || strcmp(r->rounding, "rtz") == 0;
}

/* Scales that a fast division, or any under -use_fast_math, neither flushes nor overflows. */
static bool is_middling(const tb_cuda_affine &a) {
    return fabs(a.scale) >= 0x1p-60 && fabs(a.scale) <= 0x1p60;
}

static bool takes_middling(const tb_request *r, const tb_cuda_affine &a) {
    return rounds(r) && a.bits <= 8 && is_middling(a);
}

#ifdef TB_CUDA_FAST_MATH
#define takes_codes takes_middling
#else
static bool takes_codes(const tb_request *r, const tb_cuda_affine &a) {
    return rounds(r) && a.bits <= 8;
}
#endif

/* Bounds that fp32 holds after the zero point has gone. */
static bool takes_steps(const tb_request *r, const tb_cuda_affine &a) {
    return takes_codes(r, a) && abs(a.zero) < 1 << 20;
}

static bool takes_int8(const tb_request *r, const tb_cuda_affine &a) {
    return strcmp(r->rounding, "rne") == 0 && strcmp(r->destination, "int8") == 0 && a.zero == 0 &&
           is_middling(a);
}

static bool takes_whole_int8(const tb_request *r, const tb_cuda_affine &a) {
    return takes_int8(r, a) && a.low == -128 && a.high == 127;
}

static bool takes_value(const tb_request *r, const tb_cuda_affine &a) {
    return strcmp(r->rounding, "rne") == 0 && is_middling(a);
}

static bool takes_fake(const tb_request *r, const tb_cuda_affine &a) {
    return takes_value(r, a) && abs(a.zero) < 1 << 20;
}

/* ---- The tables. ---- */

#define QUANTIZE(STYLE, TAKES, CLAIM)                                                                        \
    {"quantize", "fp32", NULL, TAKES, CLAIM, TB_CUDA_QUANTIZER(codes<STYLE, from_fp32>)},                    \
        {"quantize", "fp16", NULL, TAKES, CLAIM, TB_CUDA_QUANTIZER(codes<STYLE, from_fp16>)},                \
        {"quantize", "bf16", NULL, TAKES, CLAIM, TB_CUDA_QUANTIZER(codes<STYLE, from_bf16>)},
#define DEQUANTIZE_TO(VALUE, TO, DESTINATION, CLAIM)                                                         \
    {"dequantize", "int8", DESTINATION, takes_value, CLAIM, TB_CUDA_QUANTIZER(VALUE<from_int8, TO>)},        \
        {"dequantize", "uint8", DESTINATION, takes_value, CLAIM, TB_CUDA_QUANTIZER(VALUE<from_uint8, TO>)},
#define DEQUANTIZE(VALUE, CLAIM)                                                                             \
    DEQUANTIZE_TO(VALUE, to_fp32, "fp32", CLAIM)                                                             \
    DEQUANTIZE_TO(VALUE, to_fp16, "fp16", CLAIM)                                                             \
    DEQUANTIZE_TO(VALUE, to_bf16, "bf16", CLAIM)
#define END                                                                                                  \
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/* clang-format off */
static const row torch_rows[] = {
    QUANTIZE(torch, takes_codes, "div64+nan-low")
    DEQUANTIZE(torch_value, "dq-mul64")
    {"fakequant", "fp32", "fp32", takes_fake, "rcp32+zp-fp32+nan-low+dq-mul32", TB_CUDA_QUANTIZER(fake_value)},
    {"fakequant", "fp32", "uint1", takes_fake, "rcp32+zp-fp32", TB_CUDA_QUANTIZER(fake_mask)},
    END
};
static const row ort_rows[] = {
    QUANTIZE(ort, takes_codes, DIVIDED "+int32-wrap")
    DEQUANTIZE(ort_value, "dq-mul32")
    {"requantize", "int32", NULL, takes_middling, "mul32+int32-wrap", TB_CUDA_QUANTIZER(requantized)},
    END
};
static const row rcp_rows[] = {QUANTIZE(rcp, takes_codes, "rcp32+int32-wrap") END};
static const row fdividef_rows[] = {QUANTIZE(fdividef, takes_middling, "rcp32+int32-wrap") END};
static const row trt_llm_rows[] = {QUANTIZE(trt_llm, takes_whole_int8, "rcp64to32") END};
static const row vllm_rows[] = {QUANTIZE(vllm, takes_steps, DIVIDED "+clamp-before") END};
static const row bitsandbytes_rows[] = {QUANTIZE(bitsandbytes, takes_int8, "amax-rcp+int32-wrap+no-clamp") END};
/* clang-format on */
} // namespace quantize
} // namespace TB_CUDA_FLAGS

#define TARGET(NAME, PLACE, OPEN_ARRAY, SUMMARY)                                                             \
    TB_CUDA_QUANTIZERS(tb_cuda_##NAME, PLACE, SUMMARY, TB_CUDA_FLAGS::quantize::NAME##_rows, OPEN_ARRAY)
#define ARRAY(STYLE) TB_CUDA_FLAGS::quantize::open_array<TB_CUDA_FLAGS::quantize::STYLE>
TARGET(torch, "torch", NULL,
       "quantizers in PyTorch's way: fp64 division; fake quantization by the reciprocal")
TARGET(ort, "ort", ARRAY(array_divided),
       "quantizers in onnxruntime's way: fp32 division, a zero point that wraps")
TARGET(rcp, "rcp", ARRAY(array_by_reciprocal), "quantizer by the reciprocal that the device computes")
TARGET(fdividef, "fdividef", NULL, "quantizer by __fdividef")
TARGET(trt_llm, "trt-llm", NULL,
       "quantizer in TensorRT-LLM's way: a held inverse, cvt.rni.sat.s8, packed by four")
TARGET(vllm, "vllm", ARRAY(array_by_absmax),
       "quantizer in the way of vLLM's groups: divided, clamped as a float, rounded last")
TARGET(bitsandbytes, "bitsandbytes", NULL,
       "quantizer in bitsandbytes' way: times __fdividef(127, absmax), not clamped")
