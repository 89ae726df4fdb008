/* From bodies to targets: the function of the ABI that runs a body over arrays, on the device or as a twin,
 * and the tables of which a target is made. */
#ifndef TB_CUDA_TARGET_CUH
#define TB_CUDA_TARGET_CUH

#include "targets/cuda/body.cuh"
#include "targets/cuda/failure.h"
#include "targets/target.h"

#ifdef __CUDACC__
#include "targets/cuda/device.h"
#endif

/* The flags of this compilation: a namespace, and what is added to a target's name and summary. */
#ifdef TB_CUDA_FAST_MATH
#define TB_CUDA_FLAGS     fast_math
#define TB_CUDA_TARGET(X) X##_fast_math
#define TB_CUDA_NAME      "+fast-math"
#define TB_CUDA_SUMMARY   ", -use_fast_math"
#else
#define TB_CUDA_FLAGS     plain
#define TB_CUDA_TARGET(X) X
#define TB_CUDA_NAME      ""
#define TB_CUDA_SUMMARY   ""
#endif

/* The family, whether the code of this compilation can run, and where. A twin always can. */
#ifdef __CUDACC__
#define TB_CUDA_PREFIX      "cuda/"
#define TB_CUDA_UNAVAILABLE tb_cuda_unavailable
#define TB_CUDA_PROVENANCE  TB_CUDA_FLAGS::provenance
#else
#define TB_CUDA_PREFIX      "cuda-twin/"
#define TB_CUDA_UNAVAILABLE NULL
#define TB_CUDA_PROVENANCE  NULL
#endif

/* One conversion: the case, what it claims where that is not the exact answer, and the body's run. */
struct tb_cuda_conversion {
    const char *source, *destination, *rounding, *overflow;
    const char *claim;
    tb_run_fn *run;
    tb_sweep_fn *sweep;
};

namespace TB_CUDA_FLAGS {

#ifdef __CUDACC__
/* TB_CUDA_OPTIONS: nvcc's, from meson.build. */
static inline void provenance(struct tb_provenance *p) {
    tb_cuda_device(p);
    p->flags = TB_CUDA_OPTIONS;
}

template <class Body>
__global__ void tb_map(Body body, const typename Body::in_type *in, typename Body::packed_type *out,
                       size_t calls) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < calls)
        out[i] = body(in + i * Body::width);
}

template <class Body> void tb_run(const void *state, const void *input, void *output, size_t count) {
    typedef typename Body::in_type in_type;
    typedef typename Body::packed_type packed_type;
    const Body body = state ? *static_cast<const Body *>(state) : Body();
    const size_t calls = (count + Body::width - 1) / Body::width;
    const unsigned threads = 256;
    if (!count)
        return;
    const void *in = tb_cuda_input(input, count * sizeof(in_type), calls * Body::width * sizeof(in_type));
    void *out = in ? tb_cuda_output(calls * sizeof(packed_type)) : NULL;
    if (!out)
        return;
    tb_map<Body><<<(unsigned)((calls + threads - 1) / threads), threads>>>(
        body, static_cast<const in_type *>(in), static_cast<packed_type *>(out), calls);
    tb_cuda_take(output, count * sizeof(typename Body::out_type));
}
#else
template <class Body> void tb_run(const void *state, const void *input, void *output, size_t count) {
    typedef typename Body::in_type in_type;
    typedef typename Body::out_type out_type;
    const Body body = state ? *static_cast<const Body *>(state) : Body();
    for (size_t i = 0; i < count; i += Body::width) {
        const size_t some = count - i < Body::width ? count - i : Body::width;
        in_type in[Body::width] = {};
        memcpy(in, static_cast<const in_type *>(input) + i, some * sizeof(in_type));
        const typename Body::packed_type packed = body(in);
        memcpy(static_cast<out_type *>(output) + i, &packed, some * sizeof(out_type));
    }
}
#endif

template <class Body> constexpr tb_sweep_fn *tb_sweep();
template <class Body> constexpr tb_sweep_fn *tb_sweep_if_long() {
    if constexpr (sizeof(typename Body::in_type) == 4 && sizeof(typename Body::out_type) <= 2)
        return tb_sweep<Body>();
    else
        return NULL;
}

/* The row of a request; rows end with a NULL source. */
inline const tb_cuda_conversion *tb_find(const tb_cuda_conversion *row, const tb_request *r) {
    if (strcmp(r->operation, "convert") != 0 || r->parameters[0] != '\0')
        return NULL;
    for (; row->source; row++)
        if (strcmp(row->source, r->source) == 0 && strcmp(row->destination, r->destination) == 0 &&
            strcmp(row->rounding, r->rounding) == 0 && strcmp(row->overflow, r->overflow) == 0)
            return row;
    return NULL;
}

inline int tb_open_row(const tb_cuda_conversion *rows, const tb_request *request, tb_kernel *kernel) {
    const tb_cuda_conversion *row = tb_find(rows, request);
    if (!row)
        return 0;
    *kernel = tb_kernel();
    kernel->run = row->run;
    kernel->claim = row->claim;
    kernel->sweep = row->sweep;
    kernel->failure = tb_cuda_failure;
    return 1;
}

} // namespace TB_CUDA_FLAGS

/* What a row says of a body: its run; and its sweep where 2^32 inputs have a staircase, since 2^16 are one
 * call and codes of 32 bits have none. For files that include sweep.cuh. */
#define TB_CUDA_KERNEL(...) tb_run<__VA_ARGS__>, tb_sweep_if_long<__VA_ARGS__>()

#define TB_CUDA_SWEPT(...) tb_run<__VA_ARGS__>, tb_sweep<__VA_ARGS__>()

/* A target: the symbol that plugin.cu lists. */
#define TB_CUDA_TARGET_OF(SYMBOL, NAME, SUMMARY, OPEN)                                                       \
    extern "C" const tb_target TB_CUDA_TARGET(SYMBOL);                                                       \
    const tb_target TB_CUDA_TARGET(SYMBOL) = {TIEBREAK_TARGET_ABI,                                           \
                                              TB_CUDA_PREFIX NAME TB_CUDA_NAME,                              \
                                              SUMMARY TB_CUDA_SUMMARY,                                       \
                                              TB_CUDA_UNAVAILABLE,                                           \
                                              OPEN,                                                          \
                                              NULL,                                                          \
                                              TB_CUDA_PROVENANCE};

/* The same of a table of conversions. */
#define TB_CUDA_CONVERSIONS(SYMBOL, NAME, SUMMARY, ROWS)                                                     \
    static int open_##SYMBOL(const tb_request *request, tb_kernel *kernel) {                                 \
        return TB_CUDA_FLAGS::tb_open_row(ROWS, request, kernel);                                            \
    }                                                                                                        \
    TB_CUDA_TARGET_OF(SYMBOL, NAME, SUMMARY, open_##SYMBOL)

#endif
