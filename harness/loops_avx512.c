#define LOOPS        tb_loops_avx512
#define LOOPS_NAME   "avx512"
#define VECTOR_BYTES 64
#include "harness/loops.inc"
