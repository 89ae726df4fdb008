/* The CUDA runtime as this plug-in uses it: every return code is looked at (unchecked.py), and a call that
 * fails is remembered (failure.h). No CUDA type appears here. */
#ifndef TB_CUDA_DEVICE_H
#define TB_CUDA_DEVICE_H

#include "targets/cuda/failure.h"

/* NULL where the current device runs this plug-in's code; else why not, in the runtime's words: "CUDA driver
 * version is insufficient for CUDA runtime version (error 35)". */
const char *tb_cuda_unavailable(void);

/* The same of one kernel's code, by its host address. */
const char *tb_cuda_lacks(const void *kernel);

/* The same for code that is compiled for compute capability `major`.0 and later only. */
const char *tb_cuda_needs(int major);

/* The current device's compute capability, 90 for 9.0; else why there is none to ask, in the runtime's words.
 */
const char *tb_cuda_ask(int *capability);

/* The same for open(): 0, and a failure, where there is none. Cases are opened without a device too, to see
 * what is offered. */
int tb_cuda_capability(void);

/* The current device, its driver and the compiler of this plug-in; not the flags. What cannot be asked is
 * "unknown: ", with what went wrong. */
void tb_cuda_device(struct tb_provenance *p);

/* Whether `error`, a cudaError_t, is 0; else it is remembered: "cudaMalloc of 4096 bytes: out of memory
 * (error 2)". */
bool tb_cuda_check(int error, const char *what, size_t bytes = 0);

/* The two arrays of a call on the device, of this thread; they grow as needed, start as zeros and end with
 * the process. The input is copied there, and the rest of `room` keeps what it held. NULL or false where a
 * call failed. */
void *tb_cuda_input(const void *input, size_t bytes, size_t room);
void *tb_cuda_output(size_t room);
bool tb_cuda_clear(void *start, size_t bytes); /* of the device's */
/* Checks the launch before, waits for it and copies its output back. */
bool tb_cuda_take(void *output, size_t bytes);

#endif
