/* From bodies of quantizers to targets: a table's rows, and the parameters of a case that each body holds. */
#ifndef TB_CUDA_QUANTIZE_CUH
#define TB_CUDA_QUANTIZE_CUH

#include "targets/cuda/quantize_case.h"
#include "targets/cuda/sweep.cuh"

#include <math.h>
#include <stdlib.h>

namespace TB_CUDA_FLAGS {
namespace quantize {

/* What a runtime holds of a case, computed on the host as runtimes do. */
struct parameters {
    double wide_scale;
    float scale;               /* in fp32 */
    float inverse;             /* of that, in fp32 */
    float wide_inverse;        /* of the scale as it is */
    float absmax;              /* what the highest code stands for */
    float low_step, high_step; /* lo - z and hi - z */
    int32_t zero, low, high;
    uint32_t mask;      /* of a code's bits */
    uint32_t truncates; /* the rounding is rtz, else rne */
};

inline parameters parameters_of(const tb_request *request, const tb_cuda_affine &a) {
    parameters p = parameters();
    p.wide_scale = a.scale;
    p.scale = (float)a.scale;
    p.inverse = 1 / p.scale;
    p.wide_inverse = (float)(1 / a.scale);
    p.absmax = (float)a.high * p.scale;
    p.low_step = (float)((double)a.low - a.zero);
    p.high_step = (float)((double)a.high - a.zero);
    p.zero = a.zero;
    p.low = a.low;
    p.high = a.high;
    p.mask = a.bits < 32 ? (1u << a.bits) - 1 : ~0u;
    p.truncates = strcmp(request->rounding, "rtz") == 0;
    return p;
}

/* One kernel of a target: for which cases, and what it claims. */
struct row {
    const char *operation, *source, *destination; /* NULL: any that `takes` takes */
    bool (*takes)(const tb_request *request, const tb_cuda_affine &a);
    const char *claim;
    void *(*make)(const parameters &p); /* a body, to be given to free() */
    tb_run_fn *run;
    tb_sweep_fn *sweep;
};

/* A body that holds the parameters of a case; NULL without memory. */
template <class Body, class Parameters> void *make(const Parameters &p) {
    Body *body = static_cast<Body *>(malloc(sizeof(Body)));
    if (body) {
        *body = Body();
        body->p = p;
    }
    return body;
}

/* Opens the kernel of a table's row. */
template <class Row, class Parameters> int open_with(const Row *r, const Parameters &p, tb_kernel *kernel) {
    *kernel = tb_kernel();
    kernel->run = r->run;
    kernel->sweep = r->sweep;
    kernel->claim = r->claim;
    kernel->state = r->make(p);
    kernel->failure = tb_cuda_failure;
    return kernel->state ? 1 : tb_cuda_open_failed(kernel, "a quantizer's parameters");
}

#define TB_CUDA_QUANTIZER(...)                                                                               \
    TB_CUDA_FLAGS::quantize::make<__VA_ARGS__, TB_CUDA_FLAGS::quantize::parameters>,                         \
        TB_CUDA_KERNEL(__VA_ARGS__)

inline bool is_for(const row &r, const tb_request *request) {
    return strcmp(r.operation, request->operation) == 0 && strcmp(r.source, request->source) == 0 &&
           (!r.destination || strcmp(r.destination, request->destination) == 0);
}

typedef int open_fn(const tb_request *request, tb_kernel *kernel);

/* Rows end with a NULL operation; what is no affine case goes to `open_array`, which may be NULL. */
inline int open_row(const row *rows, open_fn *open_array, const tb_request *request, tb_kernel *kernel) {
    tb_cuda_affine a;
    if (!tb_cuda_affine_of(request, &a))
        return open_array ? open_array(request, kernel) : 0;
    for (const row *r = rows; r->operation; r++)
        if (is_for(*r, request) && r->takes(request, a))
            return open_with(r, parameters_of(request, a), kernel);
    return 0;
}

inline void close_row(tb_kernel *kernel) {
    free(const_cast<void *>(kernel->state));
    kernel->state = NULL;
}

} // namespace quantize
} // namespace TB_CUDA_FLAGS

#define TB_CUDA_QUANTIZERS(SYMBOL, NAME, SUMMARY, ROWS, OPEN_ARRAY)                                          \
    static int open_##SYMBOL(const tb_request *request, tb_kernel *kernel) {                                 \
        return TB_CUDA_FLAGS::quantize::open_row(ROWS, OPEN_ARRAY, request, kernel);                         \
    }                                                                                                        \
    extern "C" const tb_target TB_CUDA_TARGET(SYMBOL);                                                       \
    const tb_target TB_CUDA_TARGET(SYMBOL) = {TIEBREAK_TARGET_ABI,     TB_CUDA_PREFIX NAME TB_CUDA_NAME,     \
                                              SUMMARY TB_CUDA_SUMMARY, TB_CUDA_UNAVAILABLE,                  \
                                              open_##SYMBOL,           TB_CUDA_FLAGS::quantize::close_row,   \
                                              TB_CUDA_PROVENANCE};

#endif
