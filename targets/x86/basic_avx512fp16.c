/* x86/avx512fp16: VADDPH, VSUBPH, VMULPH, VDIVPH, VFMADDPH and VSQRTPH, one rounding each, as MXCSR says. */
#include "targets/x86/raw.h"
#include "vectors/case.h"

enum { LANES = 32 };

struct state {
    enum tb_operation operation;
    int operands;
    unsigned input_bytes, mxcsr;
};

static __m512h operate(enum tb_operation operation, const __m512h *x) {
    const __m512h one = _mm512_set1_ph(1);
    switch (operation) {
    case TB_ADD:
        return _mm512_add_ph(x[0], x[1]);
    case TB_SUB:
        return _mm512_sub_ph(x[0], x[1]);
    case TB_MUL:
        return _mm512_mul_ph(x[0], x[1]);
    case TB_DIV:
        return _mm512_div_ph(x[0], x[1]);
    case TB_FMA:
        return _mm512_fmadd_ph(x[0], x[1], x[2]);
    case TB_SQRT:
        return _mm512_sqrt_ph(x[0]);
    default: /* TB_RCP */
        return _mm512_div_ph(one, x[0]);
    }
}

static __attribute__((noinline)) void loop(const struct state *s, const unsigned char *in, uint16_t *out,
                                           size_t count) {
    for (size_t done = 0; done < count; done += LANES) {
        size_t here = count - done < LANES ? count - done : LANES;
        uint16_t codes[3][LANES] = {{0}}, results[LANES];
        __m512h x[3];
        for (size_t i = 0; i < here; i++) {
            uint64_t joint = 0;
            memcpy(&joint, in + (done + i) * s->input_bytes, s->input_bytes);
            for (int k = 0; k < s->operands; k++)
                codes[k][i] = (uint16_t)(joint >> 16 * (s->operands - 1 - k));
        }
        for (int k = 0; k < 3; k++)
            x[k] = (__m512h)_mm512_loadu_si512(codes[k]);
        _mm512_storeu_si512(results, (__m512i)operate(s->operation, x));
        memcpy(out + done, results, here * sizeof *out);
    }
}

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    unsigned mxcsr = _mm_getcsr();
    _mm_setcsr(TB_MXCSR_DEFAULT | s->mxcsr);
    __asm__ volatile("" ::: "memory");
    loop(s, input, output, count);
    __asm__ volatile("" ::: "memory");
    _mm_setcsr(mxcsr);
}

/* A state for each operation and rounding, none allocated. */
static const unsigned directions[] = {
    [TB_RNE] = TB_MXCSR_NEAREST, [TB_RTZ] = TB_MXCSR_ZERO, [TB_RU] = TB_MXCSR_UP, [TB_RD] = TB_MXCSR_DOWN};

int tb_x86_open_avx512fp16(const struct tb_request *request, struct tb_kernel *kernel) {
    static struct state states[TB_OPERATIONS][TB_RD + 1];
    struct tb_case c;
    if (!tb_case_parse(request->case_id, &c, NULL) || !tb_case_is_basic(&c) || c.operation == TB_RSQRT ||
        strcmp(request->source, "fp16") != 0 || strcmp(request->destination, "fp16") != 0 ||
        c.overflow != TB_TO_INF || c.rounding == TB_RNA || c.rounding > TB_RD)
        return 0;
    struct state *s = &states[c.operation][c.rounding];
    *s = (struct state){c.operation, tb_case_shape(&c).operands, request->source_bytes,
                        directions[c.rounding]};
    *kernel = (struct tb_kernel){.run = run, .state = s, .claim = "invalid-negative"};
    return 1;
}
