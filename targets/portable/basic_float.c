/* portable/float and portable/float-steps: the basic operations as runtimes have them that know only floats.
 * Operands widen to fp32, the operation is C's, the result is rounded again: twice in all, so both claim
 * via-fp32, and the second what it does in two steps besides. Nothing here is contracted (-ffp-contract=off).
 */
#include "targets/portable/portable.h"

#include <math.h>
#include <stdlib.h>

struct state {
    struct portable_basic b;
    struct portable_case widen, narrow;
    bool steps;
};

static float as_float(uint64_t pattern) {
    uint32_t bits = (uint32_t)pattern;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t as_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 1 / sqrt(x) rounded to fp32; through fp64, whose roundings decide none of 2^24 significands otherwise. */
static float reciprocal_root(float x) {
    return (float)(1.0 / sqrt((double)x));
}

static float operate(enum tb_operation operation, const float *x) {
    switch (operation) {
    case TB_ADD:
        return x[0] + x[1];
    case TB_SUB:
        return x[0] - x[1];
    case TB_MUL:
        return x[0] * x[1];
    case TB_DIV:
        return x[0] / x[1];
    case TB_FMA:
        return fmaf(x[0], x[1], x[2]);
    case TB_SQRT:
        return sqrtf(x[0]);
    case TB_RCP:
        return 1 / x[0];
    default:
        return reciprocal_root(x[0]);
    }
}

/* The operations that have two steps; `product` and the others are stored, so that each is rounded to fp32.
 */
static float operate_in_steps(enum tb_operation operation, const float *x) {
    volatile float first;
    switch (operation) {
    case TB_FMA:
        first = x[0] * x[1];
        return first + x[2];
    case TB_DIV:
        first = 1 / x[1];
        return x[0] * first;
    case TB_SQRT:
        first = reciprocal_root(x[0]);
        return x[0] * first;
    default:
        first = sqrtf(x[0]);
        return 1 / first;
    }
}

static void run(const void *opaque, const void *input, void *output, size_t count) {
    const struct state *s = opaque;
    for (size_t i = 0; i < count; i++) {
        uint64_t in = portable_load(input, s->b.source_bytes, i);
        float x[3];
        for (int k = 0; k < s->b.operands; k++)
            x[k] = as_float(portable_convert(&s->widen, portable_operand(&s->b, in, k)));
        float result = s->steps ? operate_in_steps(s->b.operation, x) : operate(s->b.operation, x);
        portable_store(output, s->narrow.destination.bytes, i, portable_convert(&s->narrow, as_bits(result)));
    }
}

static int open_state(const struct tb_request *request, struct tb_kernel *kernel, bool steps) {
    struct state *s = calloc(1, sizeof *s);
    struct tb_request widen = *request, narrow = *request;
    widen.operation = narrow.operation = "convert";
    widen.destination = narrow.source = "fp32";
    widen.rounding = "rne";
    widen.overflow = "inf";
    if (!s || !portable_basic_compile(request, &s->b) || !portable_compile(&widen, &s->widen) ||
        !portable_compile(&narrow, &s->narrow)) {
        free(s);
        return 0;
    }
    s->steps = steps;
    *kernel = (struct tb_kernel){.run = run, .state = s};
    return 1;
}

static int open_float(const struct tb_request *request, struct tb_kernel *kernel) {
    if (!open_state(request, kernel, false))
        return 0;
    kernel->claim = "via-fp32";
    return 1;
}

static int open_steps(const struct tb_request *request, struct tb_kernel *kernel) {
    bool fused = strcmp(request->operation, "fma") == 0;
    bool has_steps = fused || strcmp(request->operation, "div") == 0 ||
                     strcmp(request->operation, "sqrt") == 0 || strcmp(request->operation, "rsqrt") == 0;
    if (!has_steps || !open_state(request, kernel, true))
        return 0;
    kernel->claim = fused ? "via-fp32+unfused" : "via-fp32+by-reciprocal";
    return 1;
}

static void close_state(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}

const struct tb_target portable_float = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "portable/float",
    .summary = "basic operations in C's float: widened, computed, rounded again",
    .open = open_float,
    .close = close_state,
};

const struct tb_target portable_float_steps = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "portable/float-steps",
    .summary = "the same in two steps: a * b + c not fused, a * (1 / b), a * rsqrt(a), 1 / sqrt(a)",
    .open = open_steps,
    .close = close_state,
};
