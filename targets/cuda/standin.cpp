/* A stand-in for the CUDA runtime and cuBLASLt, in which any call can be made to fail: the plug-in's own
 * objects are linked with it instead of the runtime, so that what they do of a failing call is tested without
 * a GPU. Memory is the host's, launched kernels do nothing, and answers are the zeros that arrays start with:
 * without a failing call every verdict is a wrong one, never `crashed` for a call. Its targets are
 * cuda-standin/... */
#include "targets/cuda/standin.h"
#include "targets/cuda/targets.h"

#include <cublasLt.h>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED extern "C" __attribute__((visibility("default")))

/* ---- Which call fails. ---- */

static struct {
    unsigned number; /* of all calls; 0: by name */
    char name[64];
    unsigned of_name, seen;
    int error;
} plan;
static tb_standin_state state;
static int last_error;

static void read_environment() {
    static bool done;
    const char *text = done ? NULL : getenv("TIEBREAK_STANDIN");
    done = true;
    if (text && sscanf(text, "%63s %u %d", plan.name, &plan.of_name, &plan.error) != 3)
        abort();
}

static bool is_planned(const char *name) {
    read_environment();
    if (plan.number)
        return state.calls == plan.number;
    return strcmp(plan.name, name) == 0 && ++plan.seen == plan.of_name;
}

/* The code of a call: 0, or the planned one. */
static int code_of(const char *name, bool releases) {
    state.calls++;
    if (state.failed) {
        state.after += !releases;
        return plan.error == cudaErrorLaunchFailure ? plan.error : 0;
    }
    if (!is_planned(name))
        return 0;
    state.failed = name;
    return last_error = plan.error;
}

#define CALL(NAME)                                                                                           \
    if (const int code = code_of(NAME, false))                                                               \
    return static_cast<cudaError_t>(code)
#define RELEASE(NAME)                                                                                        \
    if (const int code = code_of(NAME, true))                                                                \
    return static_cast<cudaError_t>(code)

EXPORTED void tb_standin_plan(unsigned call, int error) {
    plan.number = call;
    plan.error = error;
}
EXPORTED void tb_standin_state_now(struct tb_standin_state *now) {
    *now = state;
}

template <class T> static T *held(size_t bytes) {
    state.held++;
    return static_cast<T *>(calloc(1, bytes ? bytes : 1));
}
static void let_go(void *start) {
    state.held -= start != NULL;
    free(start);
}

/* ---- The runtime. ---- */

/* The device's: one for which the plug-in has all that it has. */
#ifdef TB_CUDA_NO_CVT_RS
enum { capability_major = 9 };
#else
enum { capability_major = 10 };
#endif

extern "C" {

cudaError_t cudaGetDeviceCount(int *count) {
    CALL("cudaGetDeviceCount");
    *count = 1;
    return cudaSuccess;
}
cudaError_t cudaGetDevice(int *device) {
    CALL("cudaGetDevice");
    *device = 0;
    return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int) {
    CALL("cudaGetDeviceProperties");
    memset(p, 0, sizeof *p);
    snprintf(p->name, sizeof p->name, "stand-in");
    p->major = capability_major;
    p->multiProcessorCount = 1;
    return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
    CALL("cudaDeviceGetAttribute");
    *value = attribute == cudaDevAttrComputeCapabilityMajor ? capability_major : 0;
    return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int *version) {
    CALL("cudaDriverGetVersion");
    *version = CUDART_VERSION;
    return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int *version) {
    CALL("cudaRuntimeGetVersion");
    *version = CUDART_VERSION;
    return cudaSuccess;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, const void *) {
    CALL("cudaFuncGetAttributes");
    memset(attributes, 0, sizeof *attributes);
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **start, size_t bytes) {
    CALL("cudaMalloc");
    *start = held<void>(bytes);
    return cudaSuccess;
}
cudaError_t cudaFree(void *start) {
    RELEASE("cudaFree");
    let_go(start);
    return cudaSuccess;
}
cudaError_t cudaMemset(void *start, int value, size_t bytes) {
    CALL("cudaMemset");
    memset(start, value, bytes);
    return cudaSuccess;
}
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind) {
    CALL("cudaMemcpy");
    memcpy(to, from, bytes);
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event) {
    CALL("cudaEventCreate");
    *event = held<CUevent_st>(1);
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) {
    CALL("cudaEventRecord");
    return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) {
    CALL("cudaEventSynchronize");
    return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t, cudaEvent_t) {
    CALL("cudaEventElapsedTime");
    *milliseconds = 1;
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
    RELEASE("cudaEventDestroy");
    let_go(event);
    return cudaSuccess;
}

/* A launch's error is told by the next of these. */
cudaError_t cudaGetLastError(void) {
    const int error = last_error;
    last_error = 0;
    if (error)
        return static_cast<cudaError_t>(error);
    CALL("cudaGetLastError");
    return cudaSuccess;
}
const char *cudaGetErrorString(cudaError_t error) {
    return error == cudaErrorMemoryAllocation ? "out of memory"
           : error == cudaErrorLaunchFailure  ? "unspecified launch failure"
                                              : "an error";
}

/* What nvcc makes of <<<>>> and of the objects' machine code. */
cudaError_t __cudaLaunchKernel(cudaKernel_t, dim3, dim3, void **, size_t, cudaStream_t) {
    if (const int code = code_of("a launch", true)) /* nothing looks at it before cudaGetLastError */
        last_error = code;
    return cudaSuccess;
}
cudaError_t cudaLaunchKernel(const void *, dim3 blocks, dim3 threads, void **arguments, size_t shared,
                             cudaStream_t stream) {
    return __cudaLaunchKernel(NULL, blocks, threads, arguments, shared, stream);
}
cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *) {
    *kernel = NULL;
    return cudaSuccess;
}
unsigned __cudaPushCallConfiguration(dim3, dim3, size_t, CUstream_st *) {
    return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3 *, dim3 *, size_t *, void *) {
    return cudaSuccess;
}
void **__cudaRegisterFatBinary(void *) {
    static void *handle;
    return &handle;
}
void __cudaRegisterFatBinaryEnd(void **) {
}
void __cudaUnregisterFatBinary(void **) {
}
char __cudaInitModule(void **) {
    return 0;
}
void __cudaRegisterFunction(void **, const char *, char *, const char *, int, uint3 *, uint3 *, dim3 *,
                            dim3 *, int *) {
}
} // extern "C"

/* ---- cuBLASLt. ---- */

static cublasStatus_t status_of(const char *name, bool releases = false) {
    return code_of(name, releases) ? CUBLAS_STATUS_ALLOC_FAILED : CUBLAS_STATUS_SUCCESS;
}

/* Makes and releases handles and descriptions of one type. */
template <class T> static cublasStatus_t make(T **out, const char *name) {
    const cublasStatus_t status = status_of(name);
    *out = status ? NULL : held<T>(1);
    return status;
}
static cublasStatus_t unmake(void *made, const char *name) {
    const cublasStatus_t status = status_of(name, true);
    if (!status)
        let_go(made);
    return status;
}

namespace lt {
static cublasStatus_t create(cublasLtHandle_t *handle) {
    static char made;
    *handle = reinterpret_cast<cublasLtHandle_t>(&made); /* of the process */
    return status_of("cublasLtCreate");
}
static const char *name(cublasStatus_t) {
    return "CUBLAS_STATUS_ALLOC_FAILED";
}
static const char *words(cublasStatus_t) {
    return "the resource allocation failed";
}
static size_t version() {
    return 130000;
}
static cublasStatus_t matmul() {
    return status_of("cublasLtMatmul");
}
static cublasStatus_t heuristic(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                cublasLtMatmulPreference_t, int, cublasLtMatmulHeuristicResult_t *found,
                                int *count) {
    memset(found, 0, sizeof *found);
    *count = 1;
    return status_of("cublasLtMatmulAlgoGetHeuristic");
}
static cublasStatus_t describe(cublasLtMatmulDesc_t *d, cublasComputeType_t, cudaDataType_t) {
    return make(d, "cublasLtMatmulDescCreate");
}
static cublasStatus_t describe_no_more(cublasLtMatmulDesc_t d) {
    return unmake(d, "cublasLtMatmulDescDestroy");
}
static cublasStatus_t set() {
    return status_of("cublasLtMatmulDescSetAttribute");
}
static cublasStatus_t prefer(cublasLtMatmulPreference_t *p) {
    return make(p, "cublasLtMatmulPreferenceCreate");
}
static cublasStatus_t prefer_no_more(cublasLtMatmulPreference_t p) {
    return unmake(p, "cublasLtMatmulPreferenceDestroy");
}
static cublasStatus_t set_preference() {
    return status_of("cublasLtMatmulPreferenceSetAttribute");
}
static cublasStatus_t lay_out(cublasLtMatrixLayout_t *l, cudaDataType_t, uint64_t, uint64_t, int64_t) {
    return make(l, "cublasLtMatrixLayoutCreate");
}
static cublasStatus_t lay_out_no_more(cublasLtMatrixLayout_t l) {
    return unmake(l, "cublasLtMatrixLayoutDestroy");
}
} // namespace lt

#define FUNCTION(NAME, BODY)                                                                                 \
    { #NAME, reinterpret_cast < void *>(lt::BODY) }
static const struct {
    const char *name;
    void *function;
} library[] = {
    FUNCTION(cublasLtCreate, create),
    FUNCTION(cublasLtGetStatusName, name),
    FUNCTION(cublasLtGetStatusString, words),
    FUNCTION(cublasLtGetVersion, version),
    FUNCTION(cublasLtMatmul, matmul),
    FUNCTION(cublasLtMatmulAlgoGetHeuristic, heuristic),
    FUNCTION(cublasLtMatmulDescCreate, describe),
    FUNCTION(cublasLtMatmulDescDestroy, describe_no_more),
    FUNCTION(cublasLtMatmulDescSetAttribute, set),
    FUNCTION(cublasLtMatmulPreferenceCreate, prefer),
    FUNCTION(cublasLtMatmulPreferenceDestroy, prefer_no_more),
    FUNCTION(cublasLtMatmulPreferenceSetAttribute, set_preference),
    FUNCTION(cublasLtMatrixLayoutCreate, lay_out),
    FUNCTION(cublasLtMatrixLayoutDestroy, lay_out_no_more),
};

/* The plug-in's dlopen and dlsym end here: inside this object the linker prefers them to those of libc. */
#define HIDDEN extern "C" __attribute__((visibility("hidden")))

HIDDEN void *dlopen(const char *, int) noexcept {
    return const_cast<void *>(static_cast<const void *>(library));
}
HIDDEN void *dlsym(void *, const char *name) noexcept {
    for (const auto &row : library)
        if (strcmp(row.name, name) == 0)
            return row.function;
    return NULL;
}

/* ---- The list, under names of its own. ---- */

static const tb_target *const originals[] = {TB_CUDA_TARGETS(TB_CUDA_BOTH)
                                                 TB_CUDA_TENSOR_TARGETS(TB_CUDA_ONE)};
enum { TARGETS = sizeof originals / sizeof originals[0] };

EXPORTED const tb_target *const *tiebreak_targets(uint32_t abi) {
    static char names[TARGETS][64];
    static tb_target targets[TARGETS];
    static const tb_target *list[TARGETS + 1];
    for (int i = 0; i < TARGETS; i++) {
        snprintf(names[i], sizeof names[i], "cuda-standin/%s", originals[i]->name + strlen("cuda/"));
        targets[i] = *originals[i];
        targets[i].name = names[i];
        list[i] = &targets[i];
    }
    return abi == TIEBREAK_TARGET_ABI ? list : NULL;
}
