/* The CUDA runtime as this plug-in uses it: every return code is looked at. A call that fails ends the
 * process with the runtime's own words as the last line of its standard error, which the harness takes into
 * its verdict. No CUDA type appears here. */
#ifndef TB_CUDA_DEVICE_H
#define TB_CUDA_DEVICE_H

#include "targets/target.h"

/* NULL where the current device runs this plug-in's code; else why not, in the runtime's words: "CUDA driver
 * version is insufficient for CUDA runtime version (error 35)". */
const char *tb_cuda_unavailable(void);

/* The same for code that is compiled for compute capability `major`.0 and later only. */
const char *tb_cuda_needs(int major);

/* The current device's compute capability, 90 for 9.0; 0 where there is none to ask: cases are opened there
 * too. */
int tb_cuda_capability(void);

/* The current device, its driver and the compiler of this plug-in; not the flags. */
void tb_cuda_device(struct tb_provenance *p);

/* Ends the process unless `error`, a cudaError_t, is 0: "cudaMalloc of 4096 bytes: out of memory (error 2)".
 */
void tb_cuda_check(int error, const char *what, size_t bytes);

/* The two arrays of a call on the device, of this thread; they grow as needed, start as zeros and end with
 * the process. The input is copied there, and the rest of `room` keeps what it held. */
void *tb_cuda_input(const void *input, size_t bytes, size_t room);
void *tb_cuda_output(size_t room);
void tb_cuda_clear(void *start, size_t bytes); /* of the device's */
/* Checks the launch before, waits for it and copies its output back. */
void tb_cuda_take(void *output, size_t bytes);

#endif
