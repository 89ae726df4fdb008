/* The dot products of this CPU, and those in plain C, against the ways of summing that they claim, on records
 * beyond the golden ones: any bit patterns, a few binades, and sums that end among the subnormals. For
 * VDPBF16PS this is the check of what its documentation says: 20000 records of 67 terms, 2 million products.
 */
#include "reference/problem.h"
#include "targets/families.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = TB_SHARE(20000, 8) };

static const char *const ids[] = {
    "dot/fp32/fp32/fp32/fp32/rne/k=67",    "dot/bf16/bf16/fp32/fp32/rne/k=67",
    "dot/bf16/bf16/fp32/fp32/rne/k=2",     "dot/fp16/fp16/fp32/fp32/rne/k=67",
    "dot/e4m3fn/e5m2/fp32/bf16/rne/k=64",  "dot/int8/int8/int32/int32/rne/k=67",
    "dot/uint8/int8/int32/int32/rne/k=64", "dot/e4m3fn/e4m3fn/fp32/fp32/mx/rne/k=67",
};
enum { IDS = sizeof ids / sizeof ids[0] };

static uint64_t pattern(const struct tb_format *f, int kind, uint64_t *state) {
    uint64_t random = tb_problem_random(state), code = random & ((UINT64_C(1) << f->bits) - 1);
    if (kind == 0 || f->kind == TB_INTEGER)
        return code;
    int exponent = kind == 1 ? (int)(random >> 40 & 7) : (int)(random >> 40 & 15) - (f->bits == 32 ? 68 : 66);
    double x = tb_problem_fraction(state);
    return tb_problem_pattern(f, __builtin_ldexp(x, exponent), TB_SATFINITE);
}

/* Two of three kinds of records have c among the products: near one, or near the least normal fp32. */
static void make(const struct tb_problem *p, unsigned char *record, size_t index, uint64_t *state) {
    for (size_t i = 0; i < p->input.count; i++) {
        const struct tb_field *f = &p->input.fields[i];
        for (uint32_t k = 0; k < f->columns; k++)
            tb_field_set(f, record, k, pattern(f->format, (int)(index % 3), state));
        if (index % 3 == 2 && strcmp(f->name, "c") == 0 && f->format->kind == TB_FLOAT)
            tb_field_set(
                f, record, 0,
                tb_problem_pattern(f->format, __builtin_ldexp(tb_problem_fraction(state), -125), TB_TO_INF));
    }
}

static bool same(const struct tb_format *f, uint64_t x, uint64_t y) {
    return x == y || (tb_format_is_nan(f, x) && tb_format_is_nan(f, y));
}

static void check(const struct tb_target *target, const struct tb_problem *p) {
    struct tb_request request = {.case_id = p->id,
                                 .operation = "dot",
                                 .source = "",
                                 .destination = "",
                                 .rounding = "rne",
                                 .overflow = "",
                                 .parameters = "",
                                 .source_bytes = p->input.bytes,
                                 .destination_bytes = p->output.bytes};
    struct tb_kernel kernel;
    if (!target->open(&request, &kernel))
        return;
    const struct tb_problem_variant *claimed = tb_problem_variant_find(p, kernel.claim);
    ck_assert_msg(claimed, "%s claims %s, which %s does not have", target->name, kernel.claim, p->id);
    unsigned char *in = calloc(RECORDS, p->input.bytes), *out = calloc(RECORDS, p->output.bytes),
                  *expected = malloc(p->output.bytes);
    uint64_t state = 1;
    for (size_t i = 0; i < RECORDS; i++)
        make(p, in + i * p->input.bytes, i, &state);
    kernel.run(kernel.state, in, out, RECORDS);
    for (size_t i = 0; i < RECORDS; i++) {
        const struct tb_field *d = &p->output.fields[0];
        memset(expected, 0, p->output.bytes);
        claimed->evaluate(p, in + i * p->input.bytes, expected);
        uint64_t got = tb_field_get(d, out + i * p->output.bytes, 0), due = tb_field_get(d, expected, 0);
        ck_assert_msg(same(d->format, got, due), "%s on %s, record %zu: 0x%llx, as %s 0x%llx", target->name,
                      p->id, i, (unsigned long long)got, kernel.claim, (unsigned long long)due);
    }
    if (target->close)
        target->close(&kernel);
    free(in);
    free(out);
    free(expected);
}

START_TEST(targets_compute_what_they_claim) {
    const struct tb_target *const *families[] = {tb_portable_targets, tb_x86_targets};
    struct tb_problem p;
    ck_assert(tb_problem_parse(ids[_i], &p, NULL));
    for (int i = 0; i < 2; i++)
        for (const struct tb_target *const *t = families[i]; *t; t++)
            if (!(*t)->unavailable || !(*t)->unavailable())
                check(*t, &p);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("dot product targets");
    TCase *tests = tcase_create("dot product targets");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, targets_compute_what_they_claim, 0, IDS);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
