/* Targets that compute quantization parameters as runtimes do. Each offers the qparams problems of fp32 data
 * under minmax-asymmetric (torch-observer, gptq: minmax-symmetric too), whatever their other settings, and
 * claims the variant of its own name. */
#ifndef TB_PORTABLE_PROBLEM_RUNTIMES_H
#define TB_PORTABLE_PROBLEM_RUNTIMES_H

#include "targets/target.h"

extern const struct tb_target portable_runtime_torch_observer;
extern const struct tb_target portable_runtime_fbgemm;
extern const struct tb_target portable_runtime_aten;
extern const struct tb_target portable_runtime_ort_dynamic;
extern const struct tb_target portable_runtime_tflite;
extern const struct tb_target portable_runtime_xnnpack_qd8;
extern const struct tb_target portable_runtime_gptq;
extern const struct tb_target portable_runtime_awq;

#endif
