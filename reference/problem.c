#include "reference/problem_arithmetics.h"
#include "reference/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct tb_problem_arithmetic *const tb_problem_arithmetics[] = {
    &tb_arithmetic_quantize,    &tb_arithmetic_gemm,
    &tb_arithmetic_pack,        &tb_arithmetic_unpack,
    &tb_arithmetic_qparams,     &tb_arithmetic_llmint8,
    &tb_arithmetic_smoothquant, &tb_arithmetic_mma,
    &tb_arithmetic_dot,         NULL,
};

const struct tb_problem_arithmetic *tb_problem_arithmetic_of(const struct tb_problem *p) {
    for (const struct tb_problem_arithmetic *const *a = tb_problem_arithmetics; *a; a++)
        if (strcmp((*a)->operation, p->kind->operation) == 0)
            return *a;
    abort();
}

const struct tb_problem_variant *tb_problem_variant_find(const struct tb_problem *p, const char *name) {
    for (const struct tb_problem_variant *v = tb_problem_arithmetic_of(p)->variants; v->name; v++)
        if (strcmp(v->name, name) == 0 && v->applies(p))
            return v;
    return NULL;
}

const struct tb_problem_bound *tb_problem_bound_find(const struct tb_problem *p, const char *name) {
    for (const struct tb_problem_bound *b = tb_problem_arithmetic_of(p)->bounds; b && b->name; b++)
        if (strcmp(b->name, name) == 0 && b->applies(p))
            return b;
    return NULL;
}

bool tb_problem_within(const struct tb_format *f, uint64_t exact, uint64_t output, double radius) {
    double wanted = tb_format_value(f, exact), got = tb_format_value(f, output);
    uint64_t code;
    if (isnan(wanted) || isnan(got))
        return isnan(wanted) && isnan(got);
    if (isinf(wanted) || wanted == got)
        return wanted == got;
    if (isinf(got)) {
        tb_format_largest(f, got < 0, &code);
        return fabs(wanted + copysign(radius, got)) >= fabs(tb_format_value(f, code)) && wanted * got > 0;
    }
    return fabs(got - wanted) <= radius;
}

/* Where two records of outputs part, in words. */
static bool disagree(const struct tb_problem *p, size_t record, const void *exact, const void *second,
                     struct tb_error *error) {
    for (uint64_t i = 0; i < tb_layout_elements(&p->output); i++) {
        uint32_t place;
        const struct tb_field *f = tb_layout_find(&p->output, i, &place);
        uint64_t a = tb_field_get(f, exact, place), b = tb_field_get(f, second, place);
        if (a != b)
            return tb_fail(error, TB_EXIT_SYSTEM,
                           "%s, record %zu, %s[%u]: the two references disagree: 0x%llx and 0x%llx", p->id,
                           record, f->name, place, (unsigned long long)a, (unsigned long long)b);
    }
    return tb_fail(error, TB_EXIT_SYSTEM, "%s, record %zu: a reference wrote between the fields", p->id,
                   record);
}

bool tb_problem_answer(const struct tb_problem *p, const struct tb_problem_vectors *v,
                       struct tb_error *error) {
    const struct tb_problem_arithmetic *a = tb_problem_arithmetic_of(p);
    unsigned char *second = malloc(p->output.bytes);
    bool ok = second || tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for a record", p->id);
    for (size_t i = 0; ok && i < v->records; i++) {
        const unsigned char *input = v->input + i * p->input.bytes;
        unsigned char *output = v->output + i * p->output.bytes;
        memset(second, 0, p->output.bytes);
        a->exact(p, input, output);
        a->second(p, input, second);
        ok = memcmp(output, second, p->output.bytes) == 0 || disagree(p, i, output, second, error);
    }
    free(second);
    return ok;
}

bool tb_problem_golden(const struct tb_problem *p, struct tb_problem_vectors *out, struct tb_error *error) {
    const struct tb_problem_arithmetic *a = tb_problem_arithmetic_of(p);
    *out = (struct tb_problem_vectors){.records = a->records,
                                       .input = calloc(a->records, p->input.bytes),
                                       .output = calloc(a->records, p->output.bytes)};
    bool ok = out->input && out->output;
    if (!ok)
        tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for %zu golden records", p->id, a->records);
    for (size_t i = 0; ok && i < a->records; i++)
        a->make_input(p, i, out->input + i * p->input.bytes);
    ok = ok && tb_problem_answer(p, out, error);
    if (!ok)
        tb_problem_vectors_free(out);
    return ok;
}

void tb_problem_vectors_free(struct tb_problem_vectors *v) {
    free(v->input);
    free(v->output);
    *v = (struct tb_problem_vectors){0};
}

/* ---- Numbers for inputs. ---- */

uint64_t tb_problem_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

double tb_problem_fraction(uint64_t *state) {
    return ldexp((double)(int64_t)(tb_problem_random(state) >> 40), -23) - 1;
}

uint64_t tb_problem_pattern(const struct tb_format *f, double x, enum tb_overflow overflow) {
    struct tb_case to = {
        .source = tb_format_find("fp64", NULL), .destination = f, .rounding = TB_RNE, .overflow = overflow};
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return f->bits == 64 ? bits : tb_integer_convert(&to, bits);
}

uint64_t tb_problem_seed(const struct tb_problem *p, size_t index) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = p->id; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash + index * 0x632be59bd9b4e019u;
}
