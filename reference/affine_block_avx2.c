#define CODES tb_affine_codes_avx2
#include "reference/affine_block.inc"
