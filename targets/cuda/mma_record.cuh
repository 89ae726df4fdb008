/* Records of matrix multiply-add (vectors/problem_mma.h) as kernels read and write them, and targets made of
 * tables of instructions. A record is a (m x k), b (k x n) and c (m x n), row-major; its answer is d (m x n).
 * Tiles reach over the edges of a record: what lies beyond is zero, which adds nothing to any sum. */
#ifndef TB_CUDA_MMA_RECORD_CUH
#define TB_CUDA_MMA_RECORD_CUH

#include "targets/cuda/body.cuh"
#include "targets/cuda/failure.h"
#include "targets/cuda/mma_layout.cuh"
#include "targets/target.h"

#ifdef __CUDACC__
#include "targets/cuda/device.h"
#endif

/* ---- Elements. ---- */

struct tb_mma_record {
    uint32_t m, n, k;
    uint32_t a, b, c; /* offsets in an input record, bytes */
    uint32_t input_bytes, output_bytes;
};

/* An element of a field of rows x columns; 0 outside. */
template <class T>
TB_BODY T tb_mma_get(const uint8_t *field, uint32_t rows, uint32_t columns, uint32_t row, uint32_t column) {
    T x = 0;
    if (row < rows && column < columns) {
        const uint8_t *at = field + ((size_t)row * columns + column) * sizeof(T);
        TB_EITHER(x = *reinterpret_cast<const T *>(at), memcpy(&x, at, sizeof x));
    }
    return x;
}
template <class T>
TB_BODY void tb_mma_put(uint8_t *field, uint32_t rows, uint32_t columns, uint32_t row, uint32_t column, T x) {
    if (row < rows && column < columns) {
        uint8_t *at = field + ((size_t)row * columns + column) * sizeof(T);
        TB_EITHER(*reinterpret_cast<T *>(at) = x, memcpy(at, &x, sizeof x));
    }
}

/* A tile of a record's product: its input, its output and the tile's first row and column. */
struct tb_mma_tile {
    tb_mma_record record;
    const uint8_t *input;
    uint8_t *output;
    uint32_t row, column;
};

template <class T> TB_BODY T tb_mma_get_a(const tb_mma_tile &t, uint32_t row, uint32_t k) {
    return tb_mma_get<T>(t.input + t.record.a, t.record.m, t.record.k, t.row + row, k);
}
template <class T> TB_BODY T tb_mma_get_b(const tb_mma_tile &t, uint32_t k, uint32_t column) {
    return tb_mma_get<T>(t.input + t.record.b, t.record.k, t.record.n, k, t.column + column);
}
template <class T> TB_BODY T tb_mma_get_c(const tb_mma_tile &t, uint32_t row, uint32_t column) {
    return tb_mma_get<T>(t.input + t.record.c, t.record.m, t.record.n, t.row + row, t.column + column);
}
template <class T> TB_BODY void tb_mma_put_d(const tb_mma_tile &t, uint32_t row, uint32_t column, T x) {
    tb_mma_put<T>(t.output, t.record.m, t.record.n, t.row + row, t.column + column, x);
}

/* Tiles of `rows` x `columns` that cover a record; number `tile` of all those of `count` records. */
TB_BODY uint32_t tb_mma_tiles(const tb_mma_record &r, uint32_t rows, uint32_t columns) {
    return (r.m + rows - 1) / rows * ((r.n + columns - 1) / columns);
}
TB_BODY tb_mma_tile tb_mma_tile_of(const tb_mma_record &r, const uint8_t *input, uint8_t *output, size_t tile,
                                   uint32_t rows, uint32_t columns) {
    const uint32_t across = (r.n + columns - 1) / columns, each = tb_mma_tiles(r, rows, columns);
    const size_t record = tile / each;
    const uint32_t within = (uint32_t)(tile % each);
    return tb_mma_tile{r, input + record * r.input_bytes, output + record * r.output_bytes,
                       within / across * rows, within % across * columns};
}

/* Runs over tiles: a block each on the device, one after the other in a twin. A kernel is a class with the
 * tile's shape as `rows` and `columns`, the `threads` of a block, and run(tile). */
typedef void tb_mma_run_fn(const tb_mma_record &r, const void *input, void *output, size_t count);

#ifdef __CUDACC__
template <class Kernel>
__global__ void tb_mma_launch(tb_mma_record r, const uint8_t *input, uint8_t *output) {
    Kernel::run(tb_mma_tile_of(r, input, output, blockIdx.x, Kernel::rows, Kernel::columns));
}

/* Records of one launch: at most 2^20, which keeps the blocks below 2^31, and about 256 MiB. */
template <class Kernel>
void tb_mma_run(const tb_mma_record &r, const void *input, void *output, size_t count) {
    const size_t fit = 1 + ((size_t)256 << 20) / r.input_bytes,
                 most = fit < (size_t)1 << 20 ? fit : (size_t)1 << 20;
    for (size_t first = 0; first < count; first += most) {
        const size_t some = count - first < most ? count - first : most;
        const size_t in_bytes = some * r.input_bytes, out_bytes = some * r.output_bytes;
        const void *in =
            tb_cuda_input(static_cast<const uint8_t *>(input) + first * r.input_bytes, in_bytes, in_bytes);
        void *out = in ? tb_cuda_output(out_bytes) : NULL;
        if (!out)
            return;
        const unsigned blocks = (unsigned)(some * tb_mma_tiles(r, Kernel::rows, Kernel::columns));
        tb_mma_launch<Kernel>
            <<<blocks, Kernel::threads>>>(r, static_cast<const uint8_t *>(in), static_cast<uint8_t *>(out));
        if (!tb_cuda_take(static_cast<uint8_t *>(output) + first * r.output_bytes, out_bytes))
            return;
    }
}
#else
template <class Kernel>
void tb_mma_run(const tb_mma_record &r, const void *input, void *output, size_t count) {
    for (size_t tile = 0; tile < count * tb_mma_tiles(r, Kernel::rows, Kernel::columns); tile++)
        Kernel::run(tb_mma_tile_of(r, static_cast<const uint8_t *>(input), static_cast<uint8_t *>(output),
                                   tile, Kernel::rows, Kernel::columns));
}
#endif

/* ---- Targets. ---- */

/* What is known of the arithmetic of some devices: those of compute capability `from` to `to` (90 for 9.0).
 * The model's row (vectors/mma_models.inc) names its evidence. Ends with a NULL model. */
struct tb_mma_claim {
    int from, to;
    const char *model;
};

/* One instruction: the formats that it takes, and those that d and c have. */
struct tb_mma_instruction {
    const char *a, *b, *d;
    const tb_mma_claim *claims;
    tb_mma_run_fn *run;
    uint32_t exact_up_to; /* k up to which its claim is the exact answer */
};

/* Rows end with a NULL format. tb_mma_open fills in *kernel where a row takes the request's formats;
 * tb_mma_close releases it. */
int tb_mma_open(const tb_mma_instruction *rows, const tb_request *request, tb_kernel *kernel);
void tb_mma_close(tb_kernel *kernel);

/* Reads the layout that a request spells: false where it is no matrix multiply-add, or where its records are
 * not what it says. */
struct tb_mma_formats {
    char a[16], b[16], c[16], d[16];
};
bool tb_mma_read_request(const tb_request *request, tb_mma_record *r, tb_mma_formats *f);

/* What tensor cores compute, by device. */
extern const tb_mma_claim tb_mma_fp16_claims[], tb_mma_bf16_claims[], tb_mma_tf32_claims[],
    tb_mma_tf32_k4_claims[], tb_mma_fp8_claims[], tb_mma_wgmma_fp8_claims[], tb_mma_wrap_claims[],
    tb_mma_clamp_claims[];

/* A target of a table of instructions: the symbol that plugin.cu lists. */
#define TB_CUDA_MMA_TARGET(SYMBOL, NAME, SUMMARY, UNAVAILABLE, ROWS)                                         \
    static int open_##SYMBOL(const tb_request *request, tb_kernel *kernel) {                                 \
        return tb_mma_open(ROWS, request, kernel);                                                           \
    }                                                                                                        \
    extern const tb_target SYMBOL;                                                                           \
    const tb_target SYMBOL =                                                                                 \
        {TIEBREAK_TARGET_ABI,   NAME, SUMMARY, UNAVAILABLE, open_##SYMBOL, tb_mma_close,                     \
         TB_CUDA_MMA_PROVENANCE};

#ifdef __CUDACC__
/* TB_CUDA_OPTIONS: nvcc's, from meson.build. */
static inline void tb_mma_provenance(struct tb_provenance *p) {
    tb_cuda_device(p);
    p->flags = TB_CUDA_OPTIONS;
}
#define TB_CUDA_MMA_UNAVAILABLE tb_cuda_unavailable
#define TB_CUDA_MMA_PROVENANCE  tb_mma_provenance
#define TB_CUDA_MMA_CAPABILITY  tb_cuda_capability()
#else
#define TB_CUDA_MMA_CAPABILITY  90 /* a twin is one of an H100 */
#define TB_CUDA_MMA_UNAVAILABLE NULL
#define TB_CUDA_MMA_PROVENANCE  NULL
#endif

/* The table of a file: a type and a row for each line of a list X(a, b, d, claims, exact, type of an operand,
 * type of a result, ...), whose last columns are what the file's INSTRUCTION() takes. NAME is the namespace
 * of both. */
#define TB_MMA_TYPE(A, B, D, CLAIMS, EXACT, OPERAND, RESULT, ...)                                            \
    struct A##_##B##_##D {                                                                                   \
        typedef OPERAND operand;                                                                             \
        typedef RESULT result;                                                                               \
        INSTRUCTION(__VA_ARGS__)                                                                             \
    };
#define TB_MMA_ROW(A, B, D, CLAIMS, EXACT, ...) {#A, #B, #D, CLAIMS, tb_mma_run<chain<A##_##B##_##D>>, EXACT},
/* clang-format off */
#define TB_MMA_ROWS(NAME, LIST)                                                                              \
    namespace NAME {                                                                                         \
    LIST(TB_MMA_TYPE)                                                                                        \
    static const tb_mma_instruction rows[] = {LIST(TB_MMA_ROW){NULL, NULL, NULL, NULL, NULL, 0}};            \
    }
/* clang-format on */

#endif
