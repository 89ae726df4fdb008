#define CODES tb_affine_codes_avx512
#include "reference/affine_block.inc"
