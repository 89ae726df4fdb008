#define PRODUCTS tb_dot_products_avx512
#include "reference/dot_products.inc"
