/* What the integer matrix products of x86 share: gemm/A/B/int32, a of m rows and k columns, b of k rows and n
 * columns, both row-major. */
#ifndef TB_X86_GEMM_H
#define TB_X86_GEMM_H

#include "targets/target.h"

#include <stdint.h>

struct x86_gemm {
    uint32_t m, n, k;
    int a_signed, b_signed;
    uint32_t b_offset, input_bytes, output_bytes; /* of a record; a stands at its start */
};

/* Offers the sums of int32; of a signed b alone where the instruction wants that. */
int tb_x86_gemm_open(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                     int needs_signed_b, const char *claim);

#endif
