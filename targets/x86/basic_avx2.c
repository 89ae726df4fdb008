/* x86/avx2-fp32: the same of 256 bits, with FMA and F16C. */
#include "targets/x86/basic.h"

#include <immintrin.h>

#define OPERATE  tb_basic_operate_avx2
#define VECTOR   __m256
#define LANES    8
#define LOAD     _mm256_load_ps
#define STORE    _mm256_store_ps
#define ONE      _mm256_set1_ps(1)
#define OP(NAME) _mm256_##NAME##_ps
#include "targets/x86/basic_operate.inc"

int tb_x86_open_avx2_fp32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_basic_open_fp32(request, tb_x86_open_avx2, tb_basic_operate_avx2, kernel);
}
