/* The matrix instructions that the twins of the tensor-core targets call; for the tests. */
#ifndef TB_CUDA_TEST_EMULATOR_H
#define TB_CUDA_TEST_EMULATOR_H

#include <stdint.h>

/* By its PTX name: the registers of all lanes; d that of c and then of the result. */
void tb_twin_mma_sync(const char *ptx, const uint32_t a[32][4], const uint32_t b[32][2], uint32_t d[32][4]);
/* By its PTX name: shared memory from address 0 on, matrix descriptors, d of all threads. */
void tb_twin_wgmma(const char *ptx, const uint8_t *shared, uint64_t a, uint64_t b, uint32_t d[128][4]);
/* "wmma.m16n16k16.fp16.fp32": row-major tiles. */
void tb_twin_wmma(const char *name, const void *a, const void *b, void *d);
/* A product as cuBLASLt takes it, by its formats: column-major a (k x m), b (k x n), c and d (m x n), a and b
 * transposed and not. */
void tb_twin_cublaslt(const char *a_format, const char *b_format, const char *d_format, uint32_t m,
                      uint32_t n, uint32_t k, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                      uint8_t *d);

#endif
