#include "harness/problem_judge.h"

#include "harness/recorder.h"

#include <stdlib.h>
#include <string.h>

#define POISON 0x5a /* neither zero nor all ones, and another sign in every second byte */

static bool compare(const struct tb_planned_problem *q, const unsigned char *outputs, struct tb_record *r) {
    for (uint64_t i = 0; i < r->inputs; i++) {
        struct tb_problem_place at = tb_problem_place(q, i);
        size_t record = at.record * q->p.output.bytes;
        uint64_t expected = tb_field_get(at.field, q->golden.output + record, at.place);
        uint64_t got = tb_field_get(at.field, outputs + record, at.place);
        if (expected == got)
            continue;
        tb_tally_add_element(&r->tally, at.field->format, i, expected, got);
        if (!tb_record_keep(r, &(struct tb_stretch){i, i, expected, got}))
            return false;
    }
    return true;
}

bool tb_problem_sweep(const struct tb_planned_problem *q, const struct tb_kernel *kernel,
                      struct tb_record *out) {
    size_t records = q->golden.records, in = records * q->p.input.bytes, size = records * q->p.output.bytes;
    unsigned char *inputs = aligned_alloc(64, (in + 63) / 64 * 64);
    unsigned char *outputs = aligned_alloc(64, (size + 63) / 64 * 64);
    bool ok = inputs && outputs;
    tb_tally_start(&out->tally);
    if (ok) {
        memcpy(inputs, q->golden.input, in); /* a kernel that writes there must not harm the golden */
        memset(outputs, POISON, size);
        kernel->run(kernel->state, inputs, outputs, records);
        out->inputs = tb_problem_inputs(q);
        ok = compare(q, outputs, out);
    }
    free(inputs);
    free(outputs);
    return ok;
}

/* ---- Variants. ---- */

static bool differ(const struct tb_format *f, uint64_t a, uint64_t b, bool nan_bits) {
    return a != b && (nan_bits || !tb_format_is_nan(f, a) || !tb_format_is_nan(f, b));
}

/* What was recorded is the golden output but where a stretch says otherwise. */
static uint64_t count_differences(const struct tb_planned_problem *q, const struct tb_record *r,
                                  const unsigned char *outputs, bool nan_bits) {
    uint64_t differing = 0;
    for (uint64_t i = 0, s = 0; i < tb_problem_inputs(q); i++) {
        struct tb_problem_place at = tb_problem_place(q, i);
        size_t record = at.record * q->p.output.bytes;
        uint64_t got = tb_field_get(at.field, q->golden.output + record, at.place);
        if (s < r->stretch_count && r->stretches[s].first == i)
            got = r->stretches[s++].got;
        differing +=
            differ(at.field->format, tb_field_get(at.field, outputs + record, at.place), got, nan_bits);
    }
    return differing;
}

/* Outputs farther from the exact ones than a bound has it. */
static uint64_t count_outside(const struct tb_planned_problem *q, const struct tb_record *r,
                              const struct tb_problem_bound *bound) {
    uint64_t outside = 0;
    for (uint64_t s = 0; s < r->stretch_count; s++) { /* what is in no stretch is exact */
        const struct tb_stretch *x = &r->stretches[s];
        struct tb_problem_place at = tb_problem_place(q, x->first);
        double radius =
            bound->radius(&q->p, q->golden.input + at.record * q->p.input.bytes, x->first % q->elements);
        outside += !tb_problem_within(at.field->format, x->expected, x->got, radius);
    }
    return outside;
}

uint64_t tb_problem_unexplained(const struct tb_planned_problem *q, const struct tb_record *record,
                                const char *variant, bool nan_bits, struct tb_error *error) {
    const struct tb_problem_variant *v = variant ? tb_problem_variant_find(&q->p, variant) : NULL;
    const struct tb_problem_bound *bound = variant && !v ? tb_problem_bound_find(&q->p, variant) : NULL;
    if (bound)
        return count_outside(q, record, bound);
    if (variant && strcmp(variant, "exact") != 0 && !v) {
        tb_fail(error, TB_EXIT_USAGE, "%s has no variant '%.60s'", q->p.id, variant);
        return UINT64_MAX;
    }
    const unsigned char *outputs = v ? tb_planned_problem_variant(q, v) : NULL;
    if (v && !outputs) {
        tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for variant %s", q->p.id, v->name);
        return UINT64_MAX;
    }
    return count_differences(q, record, outputs ? outputs : q->golden.output, nan_bits);
}
