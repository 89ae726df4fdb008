#define PRODUCTS tb_dot_products_portable
#include "reference/dot_products.inc"

tb_dot_products_fn *tb_dot_products_best(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return tb_dot_products_avx512;
    if (__builtin_cpu_supports("avx2"))
        return tb_dot_products_avx2;
#endif
    return tb_dot_products_portable;
}
