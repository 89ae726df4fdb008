#include "targets/cuda/device.h"

#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Whether there is a device. ---- */

/* Any kernel of this object: it has machine code for the device, or none has. */
static __global__ void probe() {
}

static const char *in_words(char *text, size_t size, cudaError_t error) {
    snprintf(text, size, "%s (error %d)", cudaGetErrorString(error), (int)error);
    return text;
}

const char *tb_cuda_unavailable(void) {
    static char text[160];
    int count = 0;
    cudaFuncAttributes attributes;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaSuccess && count == 0)
        error = cudaErrorNoDevice;
    if (error == cudaSuccess)
        error = cudaFuncGetAttributes(&attributes, probe);
    return error == cudaSuccess ? NULL : in_words(text, sizeof text, error);
}

/* ---- Calls that have to succeed. ---- */

void tb_cuda_check(int error, const char *what, size_t bytes) {
    char words[160];
    if (error == cudaSuccess)
        return;
    in_words(words, sizeof words, (cudaError_t)error);
    if (bytes)
        fprintf(stderr, "%s of %zu bytes: %s\n", what, bytes, words);
    else
        fprintf(stderr, "%s: %s\n", what, words);
    fflush(stderr);
    abort();
}

/* ---- Arrays on the device. ---- */

struct array {
    void *start;
    size_t size;
};
static thread_local array input_array, output_array;

static void *at_least(array *a, size_t room) {
    const size_t least = 1 << 16;
    if (room <= a->size)
        return a->start;
    tb_cuda_check(cudaFree(a->start), "cudaFree", 0);
    a->start = NULL;
    a->size = 0;
    room = room < least ? least : room;
    tb_cuda_check(cudaMalloc(&a->start, room), "cudaMalloc", room);
    a->size = room;
    tb_cuda_check(cudaMemset(a->start, 0, room), "cudaMemset", room);
    return a->start;
}

void *tb_cuda_input(const void *input, size_t bytes, size_t room) {
    void *start = at_least(&input_array, room);
    tb_cuda_check(cudaMemcpy(start, input, bytes, cudaMemcpyHostToDevice), "cudaMemcpy to the device", bytes);
    return start;
}

void *tb_cuda_output(size_t room) {
    return at_least(&output_array, room);
}

void tb_cuda_take(void *output, size_t bytes) {
    tb_cuda_check(cudaGetLastError(), "a kernel's launch", 0);
    tb_cuda_check(cudaMemcpy(output, output_array.start, bytes, cudaMemcpyDeviceToHost),
                  "cudaMemcpy from the device", bytes);
}
