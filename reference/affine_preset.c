/* The table of presets. Revisions of the sources: the survey that the table was made from read them as of
 * August 2026. */
#include "reference/affine_preset.h"

#include <string.h>

enum {
    Q = 1 << TB_QUANTIZE,
    D = 1 << TB_DEQUANTIZE,
    F = 1 << TB_FAKEQUANT,
    R = 1 << TB_REQUANTIZE,
    N = 1 << TB_SCALE_DOWN, /* to narrow floats */
    W = 1 << TB_SCALE_UP,   /* from them */
};

/* clang-format off */
const struct tb_affine_preset tb_affine_presets[] = {
    /* name                                    of  variant                                source */
    /* quantize */
    {"onnx/QuantizeLinear",                    Q, "div32",                               "ONNX QuantizeLinear 10 to 25, fp32 scale"},
    {"onnx/QuantizeLinear/fp16",               Q, "div-fp16",                            "ONNX QuantizeLinear 23, precision fp16"},
    {"onnx/QuantizeLinear/bf16",               Q, "div-bf16",                            "ONNX QuantizeLinear 23, precision bf16"},
    {"onnx/reference/QuantizeLinear",          Q, "div32+int32-x86",                     "onnx/reference/ops/op_quantize_linear.py; numpy's cast to int32 as on x86"},
    {"ort/cpu-fp32",                           Q, "div32+clamp-before",                  "onnxruntime mlas/lib/quantize.cpp, SSE and NEON"},
    {"ort/cpu-fp32/generic",                   Q, "div32+clamp-before+zp-fp32",          "onnxruntime mlas/lib/quantize.cpp, generic C++; its NaN is undefined"},
    {"ort/cpu-fp16",                           Q, "div32+clamp-before",                  "onnxruntime ParQuantizeLinearStd(MLFloat16) after PR 32452, opset 19 to 22; measured, 1.32.0"},
    {"ort/cpu-fp16/opset-23",                  Q, "div-fp16+clamp-before",               "the same, opset 23, whose precision is the scale's where it is not given; measured, 1.32.0"},
    {"ort/cpu-fp16/truncating",                Q, "div32+rtz+int32-x86",                 "the same before PR 32452, cast as on x86; measured, 1.20.1"},
    {"ort/cuda-fp32",                          Q, "div32+int32-wrap",                    "onnxruntime cuda/tensor/quantize_linear.cu"},
    {"ort/cuda-fp16",                          Q, "div-fp16+int32-wrap",                 "onnxruntime cuda/tensor/quantize_linear.cu, half"},
    {"ort/kv-cache/avx512",                    Q, "fma",                                 "onnxruntime PR 28606, vector loop (thread)"},
    {"torch/quantize_per_tensor/cpu",          Q, "rcp32+avx2-wrap",                     "FBGEMM QuantizeAvx2 (src/QuantUtilsAvx2.cc), pytorch#133557"},
    {"torch/quantize_per_tensor/scalar",       Q, "rcp32+zp-fp32",                       "FBGEMM Quantize (include/fbgemm/QuantUtils.h); its NaN is undefined"},
    {"torch/quantize_per_tensor/no-fbgemm",    Q, "rcp32+int64-x86",                     "pytorch AffineQuantizerBase.cpp quantize_val, cast as on x86"},
    {"torch/quantize_per_tensor/aarch64",      Q, "rcp32+zp-sat16",                      "pytorch quantize_tensor_arm_q8, vcvtnq body"},
    {"torch/quantize_per_tensor/armv7",        Q, "rcp32+magic+int32-wrap",              "pytorch quantize_tensor_arm_q8, armv7 body"},
    {"torch/quantize_per_tensor/cuda",         Q, "div64",                               "pytorch AffineQuantizer.cu; its NaN is undefined"},
    {"torch/quantize_per_channel/float-zp",    Q, "rcp32+zp-before",                     "pytorch quantize_val_float_qparams; beyond 32 bits it keeps the low ones"},
    {"pt2e/quantize_per_tensor",               Q, "rcp64to32+zp-fp32",                   "torch/ao/quantization/fx/_decomposed.py"},
    {"fbgemm/rowwise-8bit",                    Q, "rowwise",                             "FBGEMM FloatOrHalfToFused8BitRowwiseQuantizedSBFloat"},
    {"tflite/AffineQuantize",                  Q, "div32+rna",                           "tensorflow/lite/kernels/internal/reference/quantize.h; beyond int32 undefined"},
    {"xnnpack/f32-qs8",                        Q, "rcp32+clamp-before+nan-high",         "XNNPACK f32-qs8-vcvt, SSE2 and AVX: min first"},
    {"xnnpack/f32-qs8/lrintf",                 Q, "rcp32+clamp-before",                  "XNNPACK f32-qs8-vcvt, scalar lrintf and fmagic: max first"},
    {"xnnpack/f32-qs8/imagic",                 Q, "rcp32+magic+int32-wrap",              "XNNPACK f32-qs8-vcvt, scalar imagic and armv7; clamped on the bits, so finite inputs saturate where |t| < 2^22"},
    {"xnnpack/f32-qs8/neonv8",                 Q, "rcp32+zp-sat16",                      "XNNPACK f32-qs8-vcvt, vcvtn"},
    {"gemmlowp/quantize",                      Q, "div32+rna+zp-before+clamp-before",    "gemmlowp doc/quantization_example.cc"},
    {"onednn/reorder",                         Q, "rcp32+zp-before+clamp-before",        "oneDNN src/cpu/simple_q10n.hpp; its NaN is undefined"},
    {"openvino/core",                          Q, "range",                               "openvino reference/fake_quantize.hpp"},
    {"openvino/cpu",                           Q, "linear+rna",                          "openvino intel_cpu fake_quantize.cpp executeReference"},
    {"tensorrt/quantize",                      Q, "div32",                               "TensorRT documentation"},
    {"modelopt/int8",                          Q, "amax+narrow",                         "modelopt tensor_quant.py and tensor_quant_gpu.cu"},
    {"vllm/static-int8",                       Q, "div32",                               "vllm int8_quant_kernels.cu, cvt.rni.sat.s8"},
    {"vllm/static-int8-azp",                   Q, "div32+int32-wrap",                    "vllm int8_quant_kernels.cu, with a zero point"},
    {"vllm/per-token-int8",                    Q, "amax",                                "vllm int8_quant_kernels.cu, dynamic"},
    {"vllm/per-token-int8/triton",             Q, "amax+rna",                            "vllm int8_utils.py per_token_quant_int8"},
    {"vllm/per-token-group-int8",              Q, "div32+clamp-before+rtz",              "vllm per_token_group_quant.cu"},
    {"trt-llm/static-int8",                    Q, "rcp64to32",                           "TensorRT-LLM quantization.cu: the inverse is held"},
    {"trt-llm/per-token-int8",                 Q, "amax",                                "TensorRT-LLM quantization.cuh"},
    {"torchao/quantize_affine/fp32",           Q, "rcp32",                               "torchao quant_primitives.py"},
    {"torchao/quantize_affine/fp16",           Q, "rcp-fp16",                            "torchao quant_primitives.py"},
    {"torchao/quantize_affine/bf16",           Q, "rcp-bf16",                            "torchao quant_primitives.py"},
    {"bitsandbytes/int8/cuda",                 Q, "amax-rcp+no-clamp",                   "bitsandbytes kInt8VectorQuant; a model of __fdividef"},
    {"bitsandbytes/int8/default",              Q, "amax+no-clamp",                       "bitsandbytes backends/default/ops.py"},
    {"smoothquant/fp16",                       Q, "div-fp16+no-clamp",                   "smoothquant fake_quant.py"},
    {"quanto/symmetric/fp32",                  Q, "div32",                               "optimum-quanto symmetric.py"},
    {"quanto/symmetric/fp16",                  Q, "div-fp16",                            "optimum-quanto symmetric.py"},
    {"quanto/symmetric/bf16",                  Q, "div-bf16",                            "optimum-quanto symmetric.py"},
    {"hqq",                                    Q, "rcp64to32+zp-before",                 "hqq core/quantize.py: the inverse is held, a float zero point"},
    /* quantize to floats, TransformerEngine's as of m=FACTOR too */
    {"te/cast-fp8",                            N, "mul32",                               "TransformerEngine common/util/ptx.cuh mul_cvt_2x: times the scale, cvt.rn.satfinite"},
    {"te/mxfp8",                               N, "pow2-up+mul32",                       "TransformerEngine mxfp8 kernels: times block_scale_inverse, a power of two"},
    {"torchao/float8",                         N, "mul32+clamp-nan-kept",                "torchao hp_tensor_and_scale_to_float8: fp32 times scale, to_fp8_saturated"},
    {"torchao/float8/pow2",                    N, "pow2-up+mul32+clamp-nan-kept",        "the same with round_scales_to_power_of_2"},
    {"vllm/static-fp8",                        N, "rcp32+clamp",                         "vllm fp8/common.cuh scaled_fp8_conversion<true>, the kernel's 1 / scale"},
    {"vllm/per-token-fp8",                     N, "rcp32+clamp",                         "the same, per token"},
    {"vllm/fp8-divided",                       N, "div32+clamp",                         "vllm fp8/common.cuh scaled_fp8_conversion<false>"},
    {"vllm/per-token-group-fp8",               N, "div32+clamp-nan-low",                 "vllm per_token_group_quant.cu"},
    {"vllm/per-token-group-fp8/ue8m0",         N, "pow2-up+div32+clamp-nan-low",         "the same, scales exp2f(ceilf(log2f()))"},
    {"vllm/kv-cache-fp8",                      N, "div32",                               "vllm nvidia/quant_utils.cuh scaled_vec_conversion: divided, __NV_SATFINITE"},
    {"sglang/per-token-fp8",                   N, "rcp32+clamp",                         "sgl-kernel per_token_quant_fp8.cu"},
    {"sglang/per-token-group-fp8",             N, "div32+clamp-nan-low",                 "sgl-kernel per_token_group_quant_8bit.cu"},
    {"deepgemm/per_token_cast_to_fp8",         N, "rcp32+overflow-nan",                  "DeepGEMM utils/math.py: times 1.0 / sf, PyTorch's cast to e4m3fn"},
    {"deepgemm/per_token_cast_to_fp8/ue8m0",   N, "pow2-up+rcp32+overflow-nan",          "the same with use_ue8m0"},
    {"deepgemm/per_token_cast_to_fp8/v1",      N, "amax+overflow-nan",                   "DeepGEMM's first tests: times 448 / amax, the stored scale amax / 448"},
    {"fbgemm/quantize_fp8_row",                N, "amax+overflow-nan",                   "FBGEMM fp8_gemm.py in PyTorch: times MAX_FP8 / row_max"},
    {"trt-llm/scaleMatrix",                    N, "div32",                               "TensorRT-LLM cudaFp8Utils.cu scale<QUANTIZE>"},
    {"trt-llm/scaleMatrix/vectorized",         N, "rcp32",                               "TensorRT-LLM scaleMatrixPerTensorVec: times 1.0f / s"},
    {"trt-llm/kv-cache-fp8",                   N, "mul32",                               "TensorRT-LLM KV cache, scalar: times scaleOrigQuant"},
    {"trt-llm/kv-cache-fp8/packed",            N, "mul32+via-bf16",                      "the same of two elements: float2 to bf16 to e4m3"},
    {"deepseek/act_quant",                     N, "div32",                               "DeepSeek-V3 inference/kernel.py; a model: Triton's division errs by up to 2 ulp"},
    {"ort/cpu-fp8",                            N, "div32",                               "onnxruntime QuantizeLinear to FP8, saturate=1; measured, 1.32.0"},
    /* dequantize from floats */
    {"vllm/kv-cache-fp8",                      W, "mul32",                               "vllm nvidia/quant_utils.cuh: fp8 to half to float, times scale"},
    {"vllm/kv-cache-fp8/packed",               W, "mul32+via-fp16",                      "the same of two elements, half after scaling"},
    {"torchao/float8",                         W, "div32",                               "torchao Float8Tensor.to_original_precision: divided by the factor"},
    {"trt-llm/scaleMatrix",                    W, "mul32",                               "TensorRT-LLM cudaFp8Utils.cu scale<!QUANTIZE>"},
    /* dequantize */
    {"onnx/DequantizeLinear",                  D, "dq-mul32",                            "ONNX DequantizeLinear, fp32 scale"},
    {"torch/dequantize/cpu",                   D, "dq-mul32",                            "pytorch dequantize_val, FBGEMM Dequantize"},
    {"torch/dequantize/vectorized",            D, "dq-fma",                              "pytorch Vectorized<qint*>::dequantize with scale_zp_premul"},
    {"torch/dequantize/cuda",                  D, "dq-mul64",                            "pytorch AffineQuantizer.cu"},
    {"modelopt/dequantize",                    D, "dq-div-amax",                         "modelopt tensor_quant.py"},
    {"openvino/core",                          D, "dq-range",                            "openvino reference/fake_quantize.hpp"},
    {"openvino/cpu",                           D, "dq-linear",                           "openvino intel_cpu fake_quantize.cpp executeReference"},
    {"vllm/kv-cache/packed",                   D, "dq-mul32+via-fp16",                   "vllm KV cache loads of two elements, half after scaling"},
    /* fake quantization */
    {"torch/fake_quantize/cpu",                F, "rcp32+nan-low+mask-number+dq-mul32",  "pytorch _fake_quantize_tensor_helper after PR 155109; measured, 2.15.0"},
    {"torch/fake_quantize/cpu-int64",          F, "rcp32+zp-fp32+int64-x86+dq-mul32",    "pytorch _fake_quantize_tensor_helper before PR 155109, cast as on x86"},
    {"torch/fake_quantize/cuda",               F, "rcp32+dq-mul32",                      "pytorch FakeQuantizeCore.cu per tensor"},
    {"torch/fake_quantize_per_channel/cpu",    F, "rcp32+zp-fp32+int64-x86+dq-mul32",    "pytorch per channel, integer zero point, cast as on x86; measured, 2.15.0"},
    {"torch/fake_quantize_per_channel/cpu-0028513e",  F, "rcp32+rna+zp-before+dq-mul32", "pytorch QuantizedOpKernels.cpp at 0028513e"},
    {"torch/fake_quantize_per_channel/cuda-07227d1c", F, "rcp32+zp-before+dq-mul32",     "pytorch FakeQuantizeCore.cu at 07227d1c"},
    {"torch/fake_quantize_per_channel/float-zp",      F, "fma+int64-x86+dq-mul32",       "pytorch per channel, float zero point, built with FMA (AVX2, AVX-512); measured, 2.15.0"},
    {"torch/fake_quantize_per_channel/float-zp/no-fma", F, "rcp32+zp-before+int64-x86+dq-mul32", "the same under ATEN_CPU_CAPABILITY=default; measured, 2.15.0"},
    {"torch/fake_quantize_learnable/cpu",      F, "fma+dq-mul32",                        "pytorch learnable gradient on the CPU, built with FMA; measured, 2.15.0"},
    {"torch/fake_quantize_learnable/cpu/no-fma", F, "rcp32+zp-before+dq-mul32",          "the same under ATEN_CPU_CAPABILITY=default; measured, 2.15.0"},
    {"torch/fake_quantize_learnable/cuda",     F, "rcp32+dq-mul32",                      "pytorch learnable gradient on CUDA"},
    {"tflite/FakeQuant",                       F, "submin+rna+dq-least+mask-input",      "tensorflow/lite/kernels/internal FakeQuantizeArray, nudged"},
    {"openvino/core",                          F, "range+dq-range",                      "openvino reference/fake_quantize.hpp"},
    {"openvino/cpu",                           F, "linear+rna+dq-linear",                "openvino intel_cpu fake_quantize.cpp executeReference"},
    {"modelopt/fake-quant",                    F, "amax+narrow+dq-div-amax",             "modelopt tensor_quant.py and tensor_quant_gpu.cu"},
    /* requantize */
    {"qnnpack/fp32",                           R, "mul32+clamp-before",                  "QNNPACK requantization/fp32-*.c"},
    {"qnnpack/q31",                            R, "q31",                                 "QNNPACK requantization/q31-*.c, scale below 1"},
    {"qnnpack/precise",                        R, "precise",                             "QNNPACK requantization/precise-*.c, scale below 1"},
    {"qnnpack/gemmlowp",                       R, "s-fp32+double-rounding",              "QNNPACK requantization/gemmlowp-*.c"},
    {"xnnpack/fp32",                           R, "mul32+clamp-before",                  "XNNPACK on x86, WebAssembly and RISC-V; qs8 per channel everywhere"},
    {"xnnpack/rndnu",                          R, "rndnu+zp-sat16",                      "XNNPACK qu8 GEMM and multiplication on Arm"},
    {"xnnpack/rndnu16",                        R, "rndnu16+zp-sat16",                    "XNNPACK qu8-gemm rndnu16 on Arm: vqrshl, vqmovn, vqrdmulh"},
    {"tflite/double-rounding",                 R, "double-rounding",                     "tensorflow/lite/kernels/internal/common.cc MultiplyByQuantizedMultiplier"},
    {"tflite/single-rounding",                 R, "single-rounding",                     "the same with TFLITE_SINGLE_ROUNDING"},
    {"tflite/emulate-float",                   R, "strict-half+double-rounding",         "the same with TFLITE_EMULATE_FLOAT"},
    {"tflite/int64",                           R, "m16",                                 "the overload for 64-bit accumulators (16x8)"},
    {"litert/fully-connected",                 R, "mul32+rna",                           "LiteRT#8567 (thread)"},
    {"cmsis-nn/double-rounding",               R, "double-rounding",                     "CMSIS-NN arm_nn_requantize"},
    {"cmsis-nn/single-rounding",               R, "single-rounding",                     "CMSIS-NN arm_nn_requantize with CMSIS_NN_USE_SINGLE_ROUNDING, after PR 220"},
    {"cmsis-nn/s64",                           R, "m16",                                 "CMSIS-NN arm_nn_requantize_s64"},
    {"ruy",                                    R, "single-rounding",                     "ruy apply_multiplier.cc"},
    {"fbgemm/float",                           R, "mul32+int32-x86+zp-sat16",            "FBGEMM requantizeOutputProcessingAvx2"},
    {"fbgemm/float/scalar",                    R, "mul32",                               "FBGEMM QuantUtils.cc"},
    {"fbgemm/fixed64",                         R, "fixed64",                             "FBGEMM RequantizeFixedPoint"},
    {"mlas",                                   R, "mul32+clamp-before",                  "onnxruntime MlasRequantizeOutput, SSE2 and generic"},
    {"mlas/neon",                              R, "mul32+zp-sat16",                      "onnxruntime MlasRequantizeOutput, NEON"},
    {"onednn",                                 R, "mul32+zp-before+clamp-before",        "oneDNN ref_convolution_int8.cpp, the two factors multiplied before"},
    {"onnx/QLinearMatMul/reference",           R, "mul32+zp-before",                     "onnx/reference/ops/op_qlinear_matmul.py"},
    {"torch/requantize_from_int",              R, "mul32",                               "pytorch AffineQuantizerBase.cpp"},
};
/* clang-format on */
const size_t tb_affine_preset_count = sizeof tb_affine_presets / sizeof tb_affine_presets[0];

const struct tb_affine_preset *tb_affine_preset_find(enum tb_operation operation, const char *name,
                                                     size_t length) {
    for (size_t i = 0; i < tb_affine_preset_count; i++) {
        const struct tb_affine_preset *p = &tb_affine_presets[i];
        if (p->operations >> operation & 1 && strlen(p->name) == length && memcmp(p->name, name, length) == 0)
            return p;
    }
    return NULL;
}

bool tb_affine_preset_known(const char *name) {
    for (size_t i = 0; i < tb_affine_preset_count; i++)
        if (strcmp(tb_affine_presets[i].name, name) == 0)
            return true;
    return false;
}
