/* Arrays with more than one scale: per channel, per group, and per token with scales that the kernel
 * computes. A block takes a record; its threads compute the rows' scales, then the codes. The twin's block is
 * a loop. */
#ifndef TB_CUDA_ARRAYS_CUH
#define TB_CUDA_ARRAYS_CUH

#include "targets/cuda/numbers.cuh"

namespace TB_CUDA_FLAGS {
namespace quantize {

enum { most_rows = 256 }; /* of vectors/problem_quantize.c */

/* How a target treats one: STYLE::step(x, scale, factor) is t before rounding, STYLE::scale(absmax, high) and
 * STYLE::factor(absmax, high) what it computes of a row. */
template <class Style> struct array_body {
    tb_cuda_array a;

    TB_BODY float value(const uint8_t *record, uint32_t place) const {
        if (a.source == 32)
            return tb_bits<float>(reinterpret_cast<const uint32_t *>(record + a.x)[place]);
        const uint16_t half = reinterpret_cast<const uint16_t *>(record + a.x)[place];
        return a.source == 8 ? from_bf16::value(half) : from_fp16::value(half);
    }

    /* Writes the scale of a row and returns its factor. */
    TB_BODY float compute_row(const uint8_t *input, uint8_t *output, uint32_t row) const {
        float absmax = 0;
        for (uint32_t column = 0; column < a.columns; column++)
            absmax = fmaxf(absmax, fabsf(value(input, row * a.columns + column)));
        reinterpret_cast<float *>(output + a.scale)[row] = Style::scale(absmax, (float)a.high);
        return Style::factor(absmax, (float)a.high);
    }

    TB_BODY uint32_t place(uint32_t row, uint32_t column) const {
        if (a.computed)
            return row;
        if (!a.grouped)
            return a.axis ? column : row;
        return a.axis ? row * a.scale_columns + column / a.group : row / a.group * a.columns + column;
    }

    TB_BODY void convert(const uint8_t *input, uint8_t *output, uint32_t i, const float *factors) const {
        const uint32_t row = i / a.columns, at = place(row, i % a.columns);
        const uint8_t *scales = a.computed ? output : input;
        parameters p = parameters();
        p.scale = reinterpret_cast<const float *>(scales + a.scale)[at];
        p.zero = a.has_zero ? reinterpret_cast<const int32_t *>(scales + a.zero)[at] : 0;
        p.low = a.low;
        p.high = a.high;
        p.truncates = a.truncates;
        const float t = Style::step(value(input, i), p.scale, a.computed ? factors[row] : 0);
        const int64_t sum = (int64_t)to_int32(integral(p, t)) + p.zero;
        output[a.codes + i] = (uint8_t)((uint32_t)clamped(p, sum) & a.mask);
    }
};

#ifdef __CUDACC__
template <class Style>
__global__ void convert_records(const array_body<Style> body, const uint8_t *input, uint8_t *output) {
    __shared__ float factors[most_rows];
    input += (size_t)blockIdx.x * body.a.input_bytes;
    output += (size_t)blockIdx.x * body.a.output_bytes;
    for (uint32_t row = threadIdx.x; body.a.computed && row < body.a.rows; row += blockDim.x)
        factors[row] = body.compute_row(input, output, row);
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < body.a.rows * body.a.columns; i += blockDim.x)
        body.convert(input, output, i, factors);
}

template <class Style> void run_records(const void *state, const void *input, void *output, size_t count) {
    const array_body<Style> &body = *static_cast<const array_body<Style> *>(state);
    const size_t in_bytes = count * body.a.input_bytes, out_bytes = count * body.a.output_bytes;
    if (!count)
        return;
    const void *in = tb_cuda_input(input, in_bytes, in_bytes);
    void *out = in ? tb_cuda_output(out_bytes) : NULL;
    if (!out || !tb_cuda_clear(out, out_bytes)) /* a record's padding */
        return;
    convert_records<Style>
        <<<(unsigned)count, 128>>>(body, static_cast<const uint8_t *>(in), static_cast<uint8_t *>(out));
    tb_cuda_take(output, out_bytes);
}
#else
template <class Style> void run_records(const void *state, const void *input, void *output, size_t count) {
    const array_body<Style> &body = *static_cast<const array_body<Style> *>(state);
    memset(output, 0, count * body.a.output_bytes);
    for (size_t n = 0; n < count; n++) {
        const uint8_t *in = static_cast<const uint8_t *>(input) + n * body.a.input_bytes;
        uint8_t *out = static_cast<uint8_t *>(output) + n * body.a.output_bytes;
        float factors[most_rows];
        for (uint32_t row = 0; body.a.computed && row < body.a.rows; row++)
            factors[row] = body.compute_row(in, out, row);
        for (uint32_t i = 0; i < body.a.rows * body.a.columns; i++)
            body.convert(in, out, i, factors);
    }
}
#endif

/* STYLE::claim(): NULL where no named arithmetic computes what the flags make of it. STYLE::computed: takes
 * arrays whose scales are to be computed, else those whose scales are given. */
template <class Style> int open_array(const tb_request *request, tb_kernel *kernel) {
    tb_cuda_array a;
    if (!Style::claim() || !tb_cuda_array_of(request, &a) || a.rows > most_rows ||
        a.computed != Style::computed || (a.computed && (a.has_zero || a.truncates)))
        return 0;
    array_body<Style> *body = static_cast<array_body<Style> *>(malloc(sizeof *body));
    if (!body)
        return tb_cuda_open_failed(kernel, "an array's parameters");
    body->a = a;
    *kernel = tb_kernel();
    kernel->run = run_records<Style>;
    kernel->claim = Style::claim();
    kernel->state = body;
    kernel->failure = tb_cuda_failure;
    return 1;
}

/* ---- The styles. ---- */

/* By the quotient, with scales that are given. */
struct array_divided {
    enum { computed = 0 };
    static const char *claim() {
        return DIVIDED;
    }
    static TB_BODY float step(float x, float scale, float) {
        return divided(x, scale);
    }
    static TB_BODY float scale(float, float) {
        return 0;
    }
    static TB_BODY float factor(float, float) {
        return 0;
    }
};

struct array_by_reciprocal : array_divided {
    static const char *claim() {
        return "rcp32";
    }
    static TB_BODY float step(float x, float scale, float) {
        return x * divided(1, scale);
    }
};

/* vLLM's tokens: the factor is not the reciprocal of the scale that is stored. */
struct array_by_absmax {
    enum { computed = 1 };
    static const char *claim() {
#ifdef TB_CUDA_FAST_MATH
        return NULL;
#else
        return "qmax-absmax";
#endif
    }
    static TB_BODY float step(float x, float, float factor) {
        return x * factor;
    }
    static TB_BODY float scale(float absmax, float high) {
        return divided(absmax, high);
    }
    static TB_BODY float factor(float absmax, float high) {
        return divided(high, absmax);
    }
};

} // namespace quantize
} // namespace TB_CUDA_FLAGS

#endif
