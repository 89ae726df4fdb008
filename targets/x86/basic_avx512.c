/* x86/avx512-fp32: VADDPS, VSUBPS, VMULPS, VDIVPS, VFMADDPS and VSQRTPS of 512 bits. */
#include "targets/x86/basic.h"

#include <immintrin.h>

#define OPERATE  tb_basic_operate_avx512
#define VECTOR   __m512
#define LANES    16
#define LOAD     _mm512_load_ps
#define STORE    _mm512_store_ps
#define ONE      _mm512_set1_ps(1)
#define OP(NAME) _mm512_##NAME##_ps
#include "targets/x86/basic_operate.inc"

int tb_x86_open_avx512_fp32(const struct tb_request *request, struct tb_kernel *kernel) {
    return tb_basic_open_fp32(request, tb_x86_open_avx512, tb_basic_operate_avx512, kernel);
}
