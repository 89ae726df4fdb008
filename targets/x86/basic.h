/* Basic operations in fp32 registers: what x86/avx512-fp32 and x86/avx2-fp32 share. */
#ifndef TB_X86_BASIC_H
#define TB_X86_BASIC_H

#include "targets/x86/x86.h"
#include "vectors/case.h"

/* Elements at a time; a multiple of every vector's lanes. */
enum { TB_BASIC_CHUNK = 512 };

/* out = the operation on TB_BASIC_CHUNK elements of each operand, rounded to nearest even. */
typedef void tb_basic_operate_fn(enum tb_operation operation, const float (*x)[TB_BASIC_CHUNK], float *out);
tb_basic_operate_fn tb_basic_operate_avx512;
tb_basic_operate_fn tb_basic_operate_avx2;

/* Opens a basic operation on operands of at most 16 bits: they are widened by the conversion that `convert`
 * opens, and the result is narrowed by another. */
int tb_basic_open_fp32(const struct tb_request *request, tb_x86_open_fn *convert,
                       tb_basic_operate_fn *operate, struct tb_kernel *kernel);

#endif
