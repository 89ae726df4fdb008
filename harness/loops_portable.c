/* The loops at the width that every x86-64 and aarch64 CPU has. */
#define LOOPS        tb_loops_portable
#define LOOPS_NAME   "portable"
#define VECTOR_BYTES 16
#include "harness/loops.inc"

const struct tb_loops *tb_loops_best(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        return &tb_loops_avx512;
    if (__builtin_cpu_supports("avx2"))
        return &tb_loops_avx2;
#endif
    return &tb_loops_portable;
}
