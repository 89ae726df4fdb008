/* What the dot products of x86 share: dot/A/B/C/D without scales, rounded to nearest even, C and D in fp32,
 * of integers in int32. */
#ifndef TB_X86_DOT_H
#define TB_X86_DOT_H

#include "targets/target.h"

#include <stdint.h>
#include <string.h>

struct x86_dot {
    uint32_t k, a_offset, b_offset, c_offset, input_bytes, output_bytes; /* of a record */
    int a_signed;
};

/* One record; `record` is its start. */
typedef float x86_dot_float_fn(const struct x86_dot *d, const uint8_t *record);
typedef int32_t x86_dot_integer_fn(const struct x86_dot *d, const uint8_t *record);

/* Offers the problems whose a and b both have the format and that have more than `beyond` terms: with fewer,
 * lanes are no way of their own. */
int tb_x86_dot_open(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                    const char *format, uint32_t beyond, const char *claim);
/* Of uint8 or int8 a and int8 b. */
int tb_x86_dot_open_bytes(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                          const char *claim);

/* The float at an address of any alignment. */
static inline float x86_dot_float(const uint8_t *at) {
    float value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Runs all records. */
void tb_x86_dot_floats(const struct x86_dot *d, const void *input, void *output, size_t count,
                       x86_dot_float_fn *sum);
void tb_x86_dot_integers(const struct x86_dot *d, const void *input, void *output, size_t count,
                         x86_dot_integer_fn *sum);

#endif
