/* Scaling and encoding, fused by the chunk. */
#include "targets/x86/scaled.h"

#include "vectors/case.h"

#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct tb_x86_scaling scaling;
    tb_x86_scale_fn *scale;
    unsigned mxcsr; /* while it scales */
    size_t source_bytes, destination_bytes;
    tb_run_fn *encode;
    struct tb_simd_plan plan; /* of `encode` */
};

static void run(const void *opaque, const void *input, void *output, size_t count) {
    const struct state *s = opaque;
    _Alignas(64) float t[TB_SCALING_CHUNK];
    const unsigned before = _mm_getcsr();
    for (size_t done = 0; done < count; done += TB_SCALING_CHUNK) {
        size_t here = count - done < TB_SCALING_CHUNK ? count - done : TB_SCALING_CHUNK;
        _mm_setcsr(s->mxcsr);
        s->scale(&s->scaling, (const char *)input + done * s->source_bytes, here, t);
        _mm_setcsr(before);
        s->encode(&s->plan, t, (char *)output + done * s->destination_bytes, here);
    }
}

/* ---- Opening. ---- */

static int source_of(const struct tb_format *f) {
    return strcmp(f->name, "fp32") == 0   ? TB_FROM_FP32
           : strcmp(f->name, "fp16") == 0 ? TB_FROM_FP16
           : strcmp(f->name, "bf16") == 0 ? TB_FROM_BF16
                                          : -1;
}

static bool parse(const struct tb_request *request, struct tb_case *c) {
    return strcmp(request->operation, "quantize") == 0 && tb_case_parse(request->case_id, c, NULL) &&
           c->operation == TB_SCALE_DOWN && source_of(c->source) >= 0;
}

/* The encoder's plan moves into the state: one block to free. */
static int open_state(const struct tb_request *request, const struct tb_case *c, tb_x86_scale_fn *scale,
                      tb_x86_open_fn *convert, const struct state *values, const char *claim,
                      struct tb_kernel *kernel) {
    struct tb_request conversion = *request;
    struct tb_kernel encoder = {0};
    struct state *s = malloc(sizeof *s);
    conversion.operation = "convert";
    conversion.source = "fp32";
    conversion.parameters = "";
    conversion.source_bytes = 4;
    if (!s || !convert(&conversion, &encoder)) {
        free(s);
        return 0;
    }
    *s = *values;
    s->scale = scale;
    s->source_bytes = tb_format_bytes(c->source);
    s->destination_bytes = request->destination_bytes;
    s->encode = encoder.run;
    memcpy(&s->plan, encoder.state, sizeof s->plan);
    free((void *)encoder.state);
    *kernel = (struct tb_kernel){.run = run, .state = s, .claim = claim};
    return 1;
}

/* Whether the argument in scaled.h holds. */
static bool carries(const struct tb_case *c) {
    const struct tb_format *f = c->destination;
    double s = fabs(c->affine.scale);
    bool middling = s >= 0x1p-50 && s <= 0x1p50 && (double)(float)s == s;
    return middling && f->precision <= 11 && 1 - f->bias - (f->precision - 1) >= -40;
}

int tb_x86_open_scaled_exact(const struct tb_request *request, tb_x86_scale_fns scale,
                             tb_x86_open_fn *convert, struct tb_kernel *kernel) {
    struct tb_case c;
    if (!parse(request, &c) || !carries(&c))
        return 0;
    enum tb_x86_scaling_way way = c.affine.is_factor ? TB_SCALING_EXACT_PRODUCT : TB_SCALING_EXACT_QUOTIENT;
    const struct state values = {.scaling = {.by = (float)c.affine.scale},
                                 .mxcsr = TB_MXCSR_DEFAULT | TB_MXCSR_ZERO};
    return open_state(request, &c, scale[way][source_of(c.source)], convert, &values, NULL, kernel);
}

int tb_x86_open_scaled_named(const struct tb_request *request, enum tb_x86_scaling_way way,
                             tb_x86_scale_fns scale, tb_x86_open_fn *convert, struct tb_kernel *kernel) {
    static const char *const claims[TB_SCALING_WAYS] = {
        [TB_SCALING_DIVIDE] = "div32",
        [TB_SCALING_MULTIPLY_CLAMPED] = "rcp32+clamp",
    };
    struct tb_case c;
    uint64_t most;
    if (!parse(request, &c) || c.affine.is_factor || !c.destination->is_signed)
        return 0;
    float by = (float)c.affine.scale;
    tb_format_largest(c.destination, false, &most);
    const struct state values = {
        .scaling = {.by = way == TB_SCALING_DIVIDE ? by : 1 / by,
                    .most = (float)tb_format_value(c.destination, most)},
        .mxcsr = TB_MXCSR_DEFAULT,
    };
    return open_state(request, &c, scale[way][source_of(c.source)], convert, &values, claims[way], kernel);
}
