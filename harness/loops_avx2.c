#define LOOPS        tb_loops_avx2
#define LOOPS_NAME   "avx2"
#define VECTOR_BYTES 32
#include "harness/loops.inc"
