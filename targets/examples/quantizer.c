/* A plug-in that offers a quantizer: fp32 to int8 or uint8, to nearest even, for any scale and zero point.
 *
 *   cc -O2 -shared -fPIC -I <root of tiebreak> quantizer.c -lm -o quantizer.so
 *   tiebreak run 'quantize/fp32/int8/rne/s=0x1p-4,z=3' --plugin ./quantizer.so
 *
 * It divides in fp32, as ONNX and TFLite do, and says so: its claim is the variant `div32`. Replace
 * quantize() by your own code, and the claim by what its documentation says. */
#include "targets/target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What open() read, for run(): a request's strings are gone by then. */
struct parameters {
    float scale, zero, low, high;
};

static int quantize(float x, const struct parameters *p) {
    float t = x / p->scale;
    if (isnan(t))
        t = 0;                       /* NaN counts as zero: the zero point */
    float code = rintf(t) + p->zero; /* far beyond the codes this sum rounds, and is clamped all the same */
    return (int)(code < p->low ? p->low : code > p->high ? p->high : code);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const float *in = input;
    uint8_t *out = output;
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)quantize(in[i], state); /* int8 and uint8 alike: the low 8 bits */
}

/* The parameters of a case are words, s=SCALE,z=ZERO[,lo=LOW][,hi=HIGH], in this order; the scale is a C hex
 * float. lo and hi stand there only where not all codes are used. 0: something that this code does not do. */
static int read_parameters(const char *text, struct parameters *p) {
    char *end;
    double scale, zero;
    if (strncmp(text, "s=", 2) != 0)
        return 0;
    scale = strtod(text + 2, &end);
    p->scale = (float)scale;
    if (strncmp(end, ",z=", 3) != 0 || (double)p->scale != scale) /* a scale that fp32 does not hold */
        return 0;
    zero = strtod(end + 3, &end);
    p->zero = (float)zero;
    if (strncmp(end, ",lo=", 4) == 0)
        p->low = strtof(end + 4, &end);
    if (strncmp(end, ",hi=", 4) == 0)
        p->high = strtof(end + 4, &end);
    return *end == '\0' && fabs(zero) <= 255;
}

static int open_case(const struct tb_request *request, struct tb_kernel *kernel) {
    struct parameters p = {.low = -128, .high = 127};
    if (strcmp(request->destination, "uint8") == 0)
        p = (struct parameters){.low = 0, .high = 255};
    else if (strcmp(request->destination, "int8") != 0)
        return 0;
    if (strcmp(request->operation, "quantize") != 0 || strcmp(request->source, "fp32") != 0 ||
        strcmp(request->rounding, "rne") != 0 || !read_parameters(request->parameters, &p))
        return 0;
    struct parameters *kept = malloc(sizeof *kept);
    if (!kept)
        return 0;
    *kept = p;
    kernel->run = run;
    kernel->state = kept;
    kernel->claim = "div32"; /* NULL would claim the exact quotient, rounded once */
    return 1;
}

static void close_case(struct tb_kernel *kernel) {
    free((void *)(uintptr_t)kernel->state);
}

static const struct tb_target target = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "example/quantizer",
    .summary = "the example plug-in of a quantizer: divides in fp32",
    .open = open_case,
    .close = close_case,
};

const struct tb_target *const *tiebreak_targets(uint32_t abi) {
    static const struct tb_target *const list[] = {&target, NULL};
    return abi == TIEBREAK_TARGET_ABI ? list : NULL;
}
