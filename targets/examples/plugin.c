/* A plug-in: one encoder, fp32 to e4m3fn, as a shared object that exports tiebreak_targets().
 *
 *   cc -shared -fPIC -I <root of tiebreak> plugin.c -o plugin.so
 *   tiebreak run 'convert/fp32/e4m3fn/rne/satfinite' --plugin ./plugin.so
 *
 * target.h is the whole interface: no library to link. Replace encode() by your own code. */
#include "targets/target.h"

#include <string.h>

static uint8_t encode(uint32_t bits) {
    uint8_t sign = (uint8_t)(bits >> 31 << 7);
    uint32_t magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000)
        return sign | 0x7F; /* NaN keeps its sign, as the exact answer does */
    if (magnitude >= 0x43E80000)
        return sign | 0x7E;                                 /* from 464 on: 448, the largest value */
    uint32_t quantum = 20, code = magnitude - (120u << 23); /* e4m3fn's bias is 7, fp32's 127; 20 bits go */
    if (magnitude < 121u << 23) {                           /* below 2^-6: a subnormal result */
        uint32_t shift = 121 - (magnitude >> 23);           /* fp32's own subnormals give 0 as well */
        if (shift > 5)
            return sign;
        quantum += shift;
        code = (magnitude & 0x7FFFFF) | 0x800000;
    }
    /* To nearest, ties to the even code: half a unit less one, and one more where the code is odd. */
    code += (1u << (quantum - 1)) - 1 + (code >> quantum & 1);
    return (uint8_t)(sign | code >> quantum);
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const uint32_t *in = input;
    uint8_t *out = output;
    (void)state;
    for (size_t i = 0; i < count; i++)
        out[i] = encode(in[i]);
}

static int open_case(const struct tb_request *request, struct tb_kernel *kernel) {
    if (strcmp(request->case_id, "convert/fp32/e4m3fn/rne/satfinite") != 0)
        return 0;
    kernel->run = run;
    kernel->claim = NULL; /* exact; "daz", say, where the documentation says that subnormals read as zero */
    return 1;
}

static const struct tb_target target = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "example/e4m3fn",
    .summary = "the example plug-in: integers, one element at a time",
    .open = open_case,
};

const struct tb_target *const *tiebreak_targets(uint32_t abi) {
    static const struct tb_target *const list[] = {&target, NULL};
    return abi == TIEBREAK_TARGET_ABI ? list : NULL;
}
