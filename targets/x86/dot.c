#include "targets/x86/dot.h"

#include "vectors/problem_dot.h"

#include <stdlib.h>
#include <string.h>

static int is_named(const struct tb_field *f, const char *name) {
    return strcmp(f->format->name, name) == 0;
}

static int offer(const struct tb_problem *p, const struct tb_dot_fields *f, struct tb_kernel *kernel,
                 tb_run_fn *run, const char *claim) {
    struct x86_dot *s = malloc(sizeof *s);
    if (!s)
        return 0;
    *s = (struct x86_dot){.k = f->k,
                          .a_offset = f->a->offset,
                          .b_offset = f->b->offset,
                          .c_offset = f->c->offset,
                          .input_bytes = p->input.bytes,
                          .output_bytes = p->output.bytes,
                          .a_signed = f->a->format->is_signed};
    *kernel = (struct tb_kernel){.run = run, .state = s, .claim = claim};
    return 1;
}

static int parse(const struct tb_request *request, struct tb_problem *p, struct tb_dot_fields *f) {
    if (strcmp(request->operation, "dot") != 0 || !tb_problem_parse(request->case_id, p, NULL) ||
        p->method != TB_DOT_PLAIN || p->rounding != TB_RNE)
        return 0;
    *f = tb_dot_fields_of(p);
    return 1;
}

int tb_x86_dot_open(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                    const char *format, uint32_t beyond, const char *claim) {
    struct tb_problem p;
    struct tb_dot_fields f;
    if (!parse(request, &p, &f) || !is_named(f.a, format) || !is_named(f.b, format) ||
        !is_named(f.c, "fp32") || !is_named(f.d, "fp32") || f.k <= beyond)
        return 0;
    return offer(&p, &f, kernel, run, claim);
}

int tb_x86_dot_open_bytes(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                          const char *claim) {
    struct tb_problem p;
    struct tb_dot_fields f;
    if (!parse(request, &p, &f) || !(is_named(f.a, "int8") || is_named(f.a, "uint8")) ||
        !is_named(f.b, "int8") || !is_named(f.c, "int32") || !is_named(f.d, "int32"))
        return 0;
    return offer(&p, &f, kernel, run, claim);
}

void tb_x86_dot_floats(const struct x86_dot *d, const void *input, void *output, size_t count,
                       x86_dot_float_fn *sum) {
    for (size_t i = 0; i < count; i++) {
        float result = sum(d, (const uint8_t *)input + i * d->input_bytes);
        memcpy((uint8_t *)output + i * d->output_bytes, &result, sizeof result);
    }
}

void tb_x86_dot_integers(const struct x86_dot *d, const void *input, void *output, size_t count,
                         x86_dot_integer_fn *sum) {
    for (size_t i = 0; i < count; i++) {
        int32_t result = sum(d, (const uint8_t *)input + i * d->input_bytes);
        memcpy((uint8_t *)output + i * d->output_bytes, &result, sizeof result);
    }
}
