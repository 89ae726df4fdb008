#include "targets/cuda/device.h"

#include <cuda_runtime.h>
#include <stdio.h>
#include <string.h>

/* ---- Whether there is a device. ---- */

/* Any kernel of this object: it has machine code for the device, or none has. */
static __global__ void probe() {
}

static const char *in_words(char *text, size_t size, cudaError_t error) {
    snprintf(text, size, "%s (error %d)", cudaGetErrorString(error), (int)error);
    return text;
}

const char *tb_cuda_lacks(const void *kernel) {
    static char text[160];
    cudaFuncAttributes attributes;
    const cudaError_t error = cudaFuncGetAttributes(&attributes, kernel);
    return error == cudaSuccess ? NULL : in_words(text, sizeof text, error);
}

const char *tb_cuda_unavailable(void) {
    static char text[160];
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaSuccess && count == 0)
        error = cudaErrorNoDevice;
    return error == cudaSuccess ? tb_cuda_lacks(reinterpret_cast<const void *>(probe))
                                : in_words(text, sizeof text, error);
}

/* ---- Calls that may fail. ---- */

bool tb_cuda_check(int error, const char *what, size_t bytes) {
    char words[160];
    if (error == cudaSuccess)
        return true;
    in_words(words, sizeof words, (cudaError_t)error);
    if (bytes)
        tb_cuda_fail("%s of %zu bytes: %s", what, bytes, words);
    else
        tb_cuda_fail("%s: %s", what, words);
    return false;
}

const char *tb_cuda_ask(int *capability) {
    static char text[160];
    int number = 0, major = 0, minor = 0;
    const char *none = tb_cuda_unavailable();
    if (none)
        return none;
    cudaError_t error = cudaGetDevice(&number);
    if (error == cudaSuccess)
        error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, number);
    if (error == cudaSuccess)
        error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, number);
    *capability = 10 * major + minor;
    return error == cudaSuccess ? NULL : in_words(text, sizeof text, error);
}

int tb_cuda_capability(void) {
    int capability = 0;
    const char *why = tb_cuda_ask(&capability);
    if (why)
        tb_cuda_fail("the device's compute capability: %s", why);
    return why ? 0 : capability;
}

const char *tb_cuda_needs(int major) {
    static char text[160];
    int has = 0;
    const char *none = tb_cuda_ask(&has);
    if (none || has >= 10 * major)
        return none;
    snprintf(text, sizeof text, "this GPU has compute capability %d.%d, the instructions need %d.0", has / 10,
             has % 10, major);
    return text;
}

/* ---- Where answers come from. ---- */

/* "580.65.06" out of "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  ..."; "" where that cannot
 * be read. */
static void driver_release(char *text, size_t size) {
    char line[256] = "";
    FILE *file = fopen("/proc/driver/nvidia/version", "re");
    text[0] = '\0';
    if (!file)
        return;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t\n", &rest); word; word = strtok_r(NULL, " \t\n", &rest))
        if (strchr(word, '.') && strspn(word, "0123456789.") == strlen(word) && !text[0])
            snprintf(text, size, "driver %s, ", word);
}

#define TEXT_OF(X) #X
#define TEXT(X)    TEXT_OF(X)

static void device_in_words(char *text, size_t size) {
    int number = 0;
    struct cudaDeviceProp properties;
    if (tb_cuda_check(cudaGetDevice(&number), "cudaGetDevice") &&
        tb_cuda_check(cudaGetDeviceProperties(&properties, number), "cudaGetDeviceProperties"))
        snprintf(text, size, "%s, compute capability %d.%d, %d SMs", properties.name, properties.major,
                 properties.minor, properties.multiProcessorCount);
    else
        snprintf(text, size, "unknown: %s", tb_cuda_failure(NULL));
}

static void driver_in_words(char *text, size_t size) {
    int loaded = 0, built = 0;
    char release[64];
    driver_release(release, sizeof release);
    if (!tb_cuda_failure(NULL) && tb_cuda_check(cudaDriverGetVersion(&loaded), "cudaDriverGetVersion") &&
        tb_cuda_check(cudaRuntimeGetVersion(&built), "cudaRuntimeGetVersion"))
        snprintf(text, size, "%sCUDA %d.%d, runtime %d.%d", release, loaded / 1000, loaded % 1000 / 10,
                 built / 1000, built % 1000 / 10);
    else
        snprintf(text, size, "unknown: %s", tb_cuda_failure(NULL));
}

void tb_cuda_device(struct tb_provenance *p) {
    static char device[400], driver[400];
    device_in_words(device, sizeof device);
    driver_in_words(driver, sizeof driver);
    p->device = device;
    p->driver = driver;
    p->compiler = "nvcc " TEXT(__CUDACC_VER_MAJOR__) "." TEXT(__CUDACC_VER_MINOR__) "." TEXT(
        __CUDACC_VER_BUILD__) ", host compiler " __VERSION__;
}

/* ---- Arrays on the device. ---- */

struct array {
    void *start;
    size_t size;
};
static thread_local array input_array, output_array;

/* NULL where a call failed; what the array held is gone then. */
static void *at_least(array *a, size_t room) {
    const size_t least = 1 << 16;
    if (room <= a->size)
        return a->start;
    void *start = a->start;
    *a = array();
    room = room < least ? least : room;
    if (!tb_cuda_check(cudaFree(start), "cudaFree") ||
        !tb_cuda_check(cudaMalloc(&start, room), "cudaMalloc", room))
        return NULL;
    *a = array{start, room};
    return tb_cuda_clear(start, room) ? start : NULL;
}

void *tb_cuda_input(const void *input, size_t bytes, size_t room) {
    void *start = at_least(&input_array, room);
    return start && tb_cuda_check(cudaMemcpy(start, input, bytes, cudaMemcpyHostToDevice),
                                  "cudaMemcpy to the device", bytes)
               ? start
               : NULL;
}

void *tb_cuda_output(size_t room) {
    return at_least(&output_array, room);
}

bool tb_cuda_clear(void *start, size_t bytes) {
    return tb_cuda_check(cudaMemset(start, 0, bytes), "cudaMemset", bytes);
}

bool tb_cuda_take(void *output, size_t bytes) {
    return tb_cuda_check(cudaGetLastError(), "a kernel's launch") &&
           tb_cuda_check(cudaMemcpy(output, output_array.start, bytes, cudaMemcpyDeviceToHost),
                         "cudaMemcpy from the device", bytes);
}
