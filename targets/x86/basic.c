/* Operands out of joint inputs, widened, operated on, narrowed: the vector families' own conversions around
 * one instruction. */
#include "targets/x86/basic.h"

#include <stdlib.h>
#include <string.h>

struct state {
    enum tb_operation operation;
    int operands, bits;
    uint32_t input_bytes, operand_bytes, output_bytes;
    struct tb_kernel widen, narrow; /* narrow.run NULL: the result is fp32 */
    tb_basic_operate_fn *operate;
};

/* Operand `index` of up to TB_BASIC_CHUNK joint inputs, as an array of codes. */
static void split(const struct state *s, const void *input, size_t count, int index, void *codes) {
    const unsigned char *in = input;
    const int shift = (s->operands - 1 - index) * s->bits;
    const uint64_t mask = UINT64_MAX >> (64 - s->bits);
    for (size_t i = 0; i < count; i++) {
        uint64_t joint = 0;
        memcpy(&joint, in + i * s->input_bytes, s->input_bytes);
        uint16_t code = (uint16_t)(joint >> shift & mask);
        memcpy((unsigned char *)codes + i * s->operand_bytes, &code, s->operand_bytes);
    }
}

static void run(const void *opaque, const void *input, void *output, size_t count) {
    const struct state *s = opaque;
    static _Thread_local _Alignas(64) float x[3][TB_BASIC_CHUNK], result[TB_BASIC_CHUNK];
    static _Thread_local _Alignas(64) uint16_t codes[TB_BASIC_CHUNK];
    const unsigned char *in = input;
    unsigned char *out = output;
    for (size_t done = 0; done < count; done += TB_BASIC_CHUNK) {
        size_t here = count - done < TB_BASIC_CHUNK ? count - done : TB_BASIC_CHUNK;
        for (int k = 0; k < s->operands; k++) {
            split(s, in + done * s->input_bytes, here, k, codes);
            s->widen.run(s->widen.state, codes, x[k], here);
        }
        s->operate(s->operation, (const float(*)[TB_BASIC_CHUNK])x, result);
        if (s->narrow.run)
            s->narrow.run(s->narrow.state, result, out + done * s->output_bytes, here);
        else
            memcpy(out + done * s->output_bytes, result, here * s->output_bytes);
    }
}

static bool open_conversions(const struct tb_request *request, tb_x86_open_fn *convert, struct state *s) {
    struct tb_request widen = *request, narrow = *request;
    widen.operation = narrow.operation = "convert";
    widen.destination = narrow.source = "fp32";
    widen.rounding = "exact";
    widen.overflow = "";
    if (!convert(&widen, &s->widen))
        return false;
    if (strcmp(request->destination, "fp32") == 0) /* as the instruction rounds */
        return strcmp(request->rounding, "rne") == 0 && strcmp(request->overflow, "inf") == 0;
    return convert(&narrow, &s->narrow);
}

int tb_basic_open_fp32(const struct tb_request *request, tb_x86_open_fn *convert,
                       tb_basic_operate_fn *operate, struct tb_kernel *kernel) {
    struct tb_case c;
    struct state *s = calloc(1, sizeof *s);
    if (!s)
        return 0;
    if (!tb_case_parse(request->case_id, &c, NULL) || !tb_case_is_basic(&c) || c.source->bits > 16 ||
        c.source->kind != TB_FLOAT || !tb_case_is_exact(c.source, tb_format_find("fp32", NULL)) ||
        !open_conversions(request, convert, s)) {
        free((void *)s->widen.state);
        free(s);
        return 0;
    }
    s->operation = c.operation;
    s->operands = tb_case_shape(&c).operands;
    s->bits = c.source->bits;
    s->input_bytes = request->source_bytes;
    s->operand_bytes = tb_format_bytes(c.source);
    s->output_bytes = request->destination_bytes;
    s->operate = operate;
    *kernel = (struct tb_kernel){.run = run,
                                 .state = s,
                                 .claim = c.operation == TB_RSQRT ? "via-fp32+by-reciprocal+invalid-negative"
                                                                  : "via-fp32+invalid-negative"};
    return 1;
}

void tb_x86_close_basic(struct tb_kernel *kernel) {
    struct state *s = (struct state *)kernel->state;
    free((void *)s->widen.state);
    free((void *)s->narrow.state);
    free(s);
    kernel->state = NULL;
}
