#define PRODUCTS tb_dot_products_avx2
#include "reference/dot_products.inc"
