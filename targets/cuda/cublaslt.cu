/* cuda/cublaslt-fp8: FP8 products of cuBLASLt, opened where it is found and never linked. Per-tensor scales
 * of 1, alpha = beta = 1, "TN": both operands stand along k, the only form on Hopper. The library promotes
 * sums to fp32 from time to time; cuda/cublaslt-fp8+fast-accumulation tells it not to.
 *
 * Neither the interval of promotion nor a split along k is documented, and either may change from one release
 * to the next: the claim is a bound (reference/problem_mma_bound.c), no arithmetic. Shapes are padded with
 * zeros to multiples of 16. */
#include "targets/cuda/mma_record.cuh"

#include <stdlib.h>

#ifdef __CUDACC__
#include <cublasLt.h>
#include <cuda_runtime.h>
#include <dlfcn.h>
#include <stdio.h>
#endif

#define BOUND "bound-fp8-steps"

namespace cublaslt {

/* ---- The formats; E5M2 by E5M2 is not offered. ---- */

struct formats {
    const char *a, *b, *d;
    uint32_t d_bytes;
};
static const formats known[] = {
    {"e4m3fn", "e4m3fn", "fp32", 4},
    {"e4m3fn", "e5m2",   "fp32", 4},
    {"e5m2",   "e4m3fn", "fp32", 4},
    {"e4m3fn", "e4m3fn", "fp16", 2},
    {"e4m3fn", "e5m2",   "fp16", 2},
    {"e5m2",   "e4m3fn", "fp16", 2},
    {"e4m3fn", "e4m3fn", "bf16", 2},
    {"e4m3fn", "e5m2",   "bf16", 2},
    {"e5m2",   "e4m3fn", "bf16", 2},
};

struct plan {
    tb_mma_record record;
    formats f;
    uint32_t m, n, k; /* padded */
    bool fast;
};

/* ---- Operands as cuBLASLt takes them, column-major: a is k x m, b k x n, c and d m x n. ---- */

static uint32_t padded(uint32_t x) {
    return (x + 15) / 16 * 16;
}
static size_t bytes_of_a(const plan &p) {
    return (size_t)p.k * p.m;
}
static size_t bytes_of_b(const plan &p) {
    return (size_t)p.k * p.n;
}
static size_t bytes_of_d(const plan &p) {
    return (size_t)p.m * p.n * p.f.d_bytes;
}
/* Of one record; all parts begin at multiples of 256, being products of multiples of 16. */
static size_t bytes_of_input(const plan &p) {
    return bytes_of_a(p) + bytes_of_b(p) + bytes_of_d(p);
}

static void pack(const plan &p, const uint8_t *record, uint8_t *to) {
    const tb_mma_record &r = p.record;
    uint8_t *a = to, *b = a + bytes_of_a(p), *c = b + bytes_of_b(p);
    memset(to, 0, bytes_of_input(p));
    for (uint32_t i = 0; i < r.m; i++)
        memcpy(a + (size_t)i * p.k, record + r.a + (size_t)i * r.k, r.k);
    for (uint32_t l = 0; l < r.k; l++)
        for (uint32_t j = 0; j < r.n; j++)
            b[(size_t)j * p.k + l] = record[r.b + (size_t)l * r.n + j];
    for (uint32_t i = 0; i < r.m; i++)
        for (uint32_t j = 0; j < r.n; j++)
            memcpy(c + ((size_t)j * p.m + i) * p.f.d_bytes,
                   record + r.c + ((size_t)i * r.n + j) * p.f.d_bytes, p.f.d_bytes);
}

static void unpack(const plan &p, const uint8_t *d, uint8_t *record) {
    for (uint32_t i = 0; i < p.record.m; i++)
        for (uint32_t j = 0; j < p.record.n; j++)
            memcpy(record + ((size_t)i * p.record.n + j) * p.f.d_bytes,
                   d + ((size_t)j * p.m + i) * p.f.d_bytes, p.f.d_bytes);
}

/* ---- The library. ---- */

#ifdef __CUDACC__
#define FUNCTIONS(X)                                                                                         \
    X(cublasLtCreate)                                                                                        \
    X(cublasLtGetStatusName)                                                                                 \
    X(cublasLtGetStatusString)                                                                               \
    X(cublasLtGetVersion)                                                                                    \
    X(cublasLtMatmul)                                                                                        \
    X(cublasLtMatmulAlgoGetHeuristic)                                                                        \
    X(cublasLtMatmulDescCreate)                                                                              \
    X(cublasLtMatmulDescDestroy)                                                                             \
    X(cublasLtMatmulDescSetAttribute)                                                                        \
    X(cublasLtMatmulPreferenceCreate)                                                                        \
    X(cublasLtMatmulPreferenceDestroy)                                                                       \
    X(cublasLtMatmulPreferenceSetAttribute)                                                                  \
    X(cublasLtMatrixLayoutCreate)                                                                            \
    X(cublasLtMatrixLayoutDestroy)

#define MEMBER(NAME) decltype(&::NAME) NAME;
static struct { FUNCTIONS(MEMBER) } lt;

/* Opens the library once. NULL, or why not in the loader's words. */
static const char *load() {
    static const char *const names[] = {"libcublasLt.so.13", "libcublasLt.so.12"};
    static char why[256];
    static void *library;
    if (library)
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !library; i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (!library && i == 0)
            snprintf(why, sizeof why, "%s", dlerror());
    }
    if (!library)
        return why;
#define RESOLVE(NAME)                                                                                        \
    lt.NAME = reinterpret_cast<decltype(lt.NAME)>(dlsym(library, #NAME));                                    \
    if (!lt.NAME) {                                                                                          \
        snprintf(why, sizeof why, "%s", dlerror());                                                          \
        dlclose(library);                                                                                    \
        library = NULL;                                                                                      \
        return why;                                                                                          \
    }
    FUNCTIONS(RESOLVE)
    return NULL;
}

/* As tb_cuda_check, in the library's words. */
static bool check(cublasStatus_t status, const char *what) {
    if (status == CUBLAS_STATUS_SUCCESS)
        return true;
    tb_cuda_fail("%s: %s (%s, status %d)", what, lt.cublasLtGetStatusString(status),
                 lt.cublasLtGetStatusName(status), (int)status);
    return false;
}

static const char *unavailable() {
    static char text[128];
    int capability;
    const char *why = tb_cuda_ask(&capability);
    if (why)
        return why;
    if (capability < 89) {
        snprintf(text, sizeof text, "FP8 products need compute capability 8.9, and this device has %d.%d",
                 capability / 10, capability % 10);
        return text;
    }
    return load();
}

static void provenance(struct tb_provenance *p) {
    static char driver[256];
    tb_mma_provenance(p);
    const size_t version = lt.cublasLtGetVersion();
    snprintf(driver, sizeof driver, "%s, cuBLASLt %zu.%zu.%zu", p->driver, version / 10000,
             version / 100 % 100, version % 100);
    p->driver = driver;
}

static cudaDataType_t type_of(const char *format) {
    static const struct {
        const char *format;
        cudaDataType_t type;
    } types[] = {
        {"e4m3fn", CUDA_R_8F_E4M3},
        {"e5m2",   CUDA_R_8F_E5M2},
        {"fp16",   CUDA_R_16F    },
        {"bf16",   CUDA_R_16BF   },
        {"fp32",   CUDA_R_32F    },
    };
    size_t i = 0;
    while (strcmp(types[i].format, format) != 0)
        i++;
    return types[i].type;
}

/* One product made ready, for all records of a call. NULL: not made yet. */
struct product {
    cublasLtMatmulDesc_t description;
    cublasLtMatrixLayout_t a, b, d;
    cublasLtMatmulPreference_t preference;
    cublasLtMatmulAlgo_t algorithm;
};

/* The library's handle, made once in the process that multiplies, which need not have asked unavailable(). */
static bool have_handle(cublasLtHandle_t *handle) {
    static cublasLtHandle_t made;
    const char *why = load();
    if (why)
        tb_cuda_fail("%s", why);
    const bool ok = !why && (made || check(lt.cublasLtCreate(&made), "cublasLtCreate"));
    *handle = made;
    return ok;
}

template <class T>
static bool set(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t attribute, T value) {
    return check(lt.cublasLtMatmulDescSetAttribute(d, attribute, &value, sizeof value),
                 "cublasLtMatmulDescSetAttribute");
}

static bool lay_out(cublasLtMatrixLayout_t *layout, const char *format, uint32_t rows, uint32_t columns) {
    return check(lt.cublasLtMatrixLayoutCreate(layout, type_of(format), rows, columns, rows),
                 "cublasLtMatrixLayoutCreate");
}

static bool choose_algorithm(cublasLtHandle_t handle, size_t workspace, product *x) {
    cublasLtMatmulHeuristicResult_t found;
    int count = 0;
    if (!check(lt.cublasLtMatmulPreferenceCreate(&x->preference), "cublasLtMatmulPreferenceCreate") ||
        !check(lt.cublasLtMatmulPreferenceSetAttribute(
                   x->preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace),
               "cublasLtMatmulPreferenceSetAttribute") ||
        !check(lt.cublasLtMatmulAlgoGetHeuristic(handle, x->description, x->a, x->b, x->d, x->d,
                                                 x->preference, 1, &found, &count),
               "cublasLtMatmulAlgoGetHeuristic"))
        return false;
    x->algorithm = found.algo;
    return check(count ? found.state : CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulAlgoGetHeuristic");
}

/* `one`: 1.0f on the device. What was made is to be released in any case. */
static bool prepare(const plan &p, const float *one, cublasLtHandle_t handle, size_t workspace, product *x) {
    return check(lt.cublasLtMatmulDescCreate(&x->description, CUBLAS_COMPUTE_32F, CUDA_R_32F),
                 "cublasLtMatmulDescCreate") &&
           set(x->description, CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T) &&
           set(x->description, CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N) &&
           set(x->description, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, one) &&
           set(x->description, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, one) &&
           set(x->description, CUBLASLT_MATMUL_DESC_FAST_ACCUM, (int8_t)p.fast) &&
           lay_out(&x->a, p.f.a, p.k, p.m) && lay_out(&x->b, p.f.b, p.k, p.n) &&
           lay_out(&x->d, p.f.d, p.m, p.n) && choose_algorithm(handle, workspace, x);
}

static bool release(const product &x) {
    bool ok = true;
    const cublasLtMatrixLayout_t layouts[] = {x.a, x.b, x.d};
    for (cublasLtMatrixLayout_t layout : layouts)
        if (layout)
            ok = check(lt.cublasLtMatrixLayoutDestroy(layout), "cublasLtMatrixLayoutDestroy") && ok;
    if (x.preference)
        ok = check(lt.cublasLtMatmulPreferenceDestroy(x.preference), "cublasLtMatmulPreferenceDestroy") && ok;
    if (x.description)
        ok = check(lt.cublasLtMatmulDescDestroy(x.description), "cublasLtMatmulDescDestroy") && ok;
    return ok;
}

/* On the device the input starts with the scale, the output with the products, and behind those is the
 * workspace. */
static const size_t scale_room = 256, workspace = (size_t)32 << 20;

/* Packed records to the device; NULL where a call failed. */
static uint8_t *send(const uint8_t *packed, size_t bytes) {
    const float one = 1;
    uint8_t *host = static_cast<uint8_t *>(calloc(1, scale_room + bytes));
    if (!host) {
        tb_cuda_fail("out of memory: %zu bytes for packed records", bytes);
        return NULL;
    }
    memcpy(host, &one, sizeof one);
    memcpy(host + scale_room, packed, bytes);
    void *start = tb_cuda_input(host, scale_room + bytes, scale_room + bytes);
    free(host);
    return static_cast<uint8_t *>(start);
}

static bool multiply_each(const plan &p, const uint8_t *from, uint8_t *to, uint8_t *products, size_t count) {
    const size_t in = bytes_of_input(p), out = bytes_of_d(p);
    const float one = 1;
    cublasLtHandle_t handle;
    product x = product();
    bool ok =
        have_handle(&handle) && prepare(p, reinterpret_cast<const float *>(from), handle, workspace, &x);
    for (size_t i = 0; ok && i < count; i++) {
        const uint8_t *a = from + scale_room + i * in, *b = a + bytes_of_a(p), *c = b + bytes_of_b(p);
        ok = check(lt.cublasLtMatmul(handle, x.description, &one, a, x.a, b, x.b, &one, c, x.d, to + i * out,
                                     x.d, &x.algorithm, to + count * out, workspace, 0),
                   "cublasLtMatmul");
    }
    ok = ok && tb_cuda_take(products, count * out);
    return release(x) && ok;
}

/* Packed records to packed products. */
static bool multiply(const plan &p, const uint8_t *packed, uint8_t *products, size_t count) {
    const uint8_t *from = send(packed, count * bytes_of_input(p));
    uint8_t *to = from ? static_cast<uint8_t *>(tb_cuda_output(count * bytes_of_d(p) + workspace)) : NULL;
    return to && multiply_each(p, from, to, products, count);
}
#define UNAVAILABLE cublaslt::unavailable
#define PROVENANCE  cublaslt::provenance
#else
/* The tests' emulation of one product: column-major operands and their leading dimensions. */
} // namespace cublaslt
extern "C" void tb_twin_cublaslt(const char *a_format, const char *b_format, const char *d_format, uint32_t m,
                                 uint32_t n, uint32_t k, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                                 uint8_t *d);
namespace cublaslt {
static bool multiply(const plan &p, const uint8_t *packed, uint8_t *products, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *a = packed + i * bytes_of_input(p), *b = a + bytes_of_a(p), *c = b + bytes_of_b(p);
        tb_twin_cublaslt(p.f.a, p.f.b, p.f.d, p.m, p.n, p.k, a, b, c, products + i * bytes_of_d(p));
    }
    return true;
}
#define UNAVAILABLE NULL
#define PROVENANCE  NULL
#endif

/* ---- Running. ---- */

static uint8_t *room_for(size_t bytes) {
    uint8_t *room = static_cast<uint8_t *>(malloc(bytes));
    if (!room)
        tb_cuda_fail("out of memory: %zu bytes for packed records", bytes);
    return room;
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const plan &p = *static_cast<const plan *>(state);
    const size_t most = 256; /* records at a time */
    if (!count)
        return;
    uint8_t *packed = room_for(most * bytes_of_input(p)), *products = room_for(most * bytes_of_d(p));
    bool ok = packed && products;
    for (size_t first = 0; ok && first < count; first += most) {
        const size_t some = count - first < most ? count - first : most;
        const uint8_t *in = static_cast<const uint8_t *>(input) + first * p.record.input_bytes;
        uint8_t *out = static_cast<uint8_t *>(output) + first * p.record.output_bytes;
        for (size_t i = 0; i < some; i++)
            pack(p, in + i * p.record.input_bytes, packed + i * bytes_of_input(p));
        ok = multiply(p, packed, products, some);
        for (size_t i = 0; ok && i < some; i++)
            unpack(p, products + i * bytes_of_d(p), out + i * p.record.output_bytes);
    }
    free(packed);
    free(products);
}

static int open(const tb_request *request, tb_kernel *kernel, bool fast) {
    tb_mma_record record;
    tb_mma_formats f;
    if (!tb_mma_read_request(request, &record, &f) || strcmp(f.c, f.d) != 0)
        return 0;
    for (const formats &row : known) {
        if (strcmp(row.a, f.a) != 0 || strcmp(row.b, f.b) != 0 || strcmp(row.d, f.d) != 0)
            continue;
        plan *p = static_cast<plan *>(malloc(sizeof *p));
        if (!p)
            return tb_cuda_open_failed(kernel, "a plan of cuBLASLt");
        *p = plan{record, row, padded(record.m), padded(record.n), padded(record.k), fast};
        *kernel = tb_kernel();
        kernel->run = run;
        kernel->state = p;
        kernel->failure = tb_cuda_failure;
        kernel->claim = BOUND;
        return 1;
    }
    return 0;
}

static int open_plain(const tb_request *request, tb_kernel *kernel) {
    return open(request, kernel, false);
}
static int open_fast(const tb_request *request, tb_kernel *kernel) {
    return open(request, kernel, true);
}

} // namespace cublaslt

extern const tb_target tb_cuda_cublaslt_fp8, tb_cuda_cublaslt_fp8_fast;
const tb_target tb_cuda_cublaslt_fp8 = {
    TIEBREAK_TARGET_ABI,
    "cuda/cublaslt-fp8",
    "cuBLASLt on FP8, sums promoted to fp32 as the library likes; bounded",
    UNAVAILABLE,
    cublaslt::open_plain,
    tb_mma_close,
    PROVENANCE};
const tb_target tb_cuda_cublaslt_fp8_fast = {TIEBREAK_TARGET_ABI,
                                             "cuda/cublaslt-fp8+fast-accumulation",
                                             "cuBLASLt on FP8 with CUBLASLT_MATMUL_DESC_FAST_ACCUM; bounded",
                                             UNAVAILABLE,
                                             cublaslt::open_fast,
                                             tb_mma_close,
                                             PROVENANCE};
