/* Stochastic conversions of every target of this CPU family, and of the portable ones, against the integer
 * reference: values of all kinds with the random numbers at the ends, on both sides of the one from which on
 * they go up, and seeded ones; all tail lengths before a guard. */
#include "reference/reference.h"
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const sources[] = {"fp32", "bf16", "fp16", "e5m2"};
static const char *const destinations[] = {"e4m3fn",   "e5m2",        "e2m1fn", "e2m3fn", "e3m2fn",
                                           "e4m3fnuz", "e5m2fnuz",    "fp16",   "bf16",   "ue4m3",
                                           "e3m0",     "binary8p4se", "int8",   "e8m0fnu"};
static const char *const policies[] = {"satfinite", "propagate", "inf", "nan"};
static const int bits[] = {1, 7, 13, 16, 24, 32};

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])
enum { INPUTS = 6 * 2048, TAIL = 70 };
static unsigned offered;

static unsigned char input[INPUTS * 8], output[INPUTS * 2];

/* Six random numbers a value; a third of the values lie near the destination's own. */
static void fill(const struct tb_case *c, unsigned bytes) {
    struct tb_case back = {
        .source = c->destination, .destination = c->source, .rounding = TB_RTZ, .overflow = TB_SATFINITE};
    uint64_t end = (UINT64_C(1) << c->random_bits) - 1, codes = tb_format_codes(c->source), answers[2];
    for (uint64_t i = 0; i < INPUTS / 6; i++) {
        uint64_t x = (check_random(i) & (codes - 1)) << c->source->padding;
        if (i % 3 == 0)
            x = tb_integer_convert(&back, check_random(i) >> 7 & (tb_format_codes(c->destination) - 1)) +
                (check_random(i + 1) & 3);
        uint64_t first = tb_stochastic_neighbours(c, x, c->random_bits, answers);
        const uint64_t random[] = {
            0, end, first & end, (first - 1) & end, check_random(~i) & end, check_random(~i * 3) & end};
        for (uint64_t k = 0; k < 6; k++) {
            uint64_t joint = tb_case_join(c, &x, random[k]);
            memcpy(input + (6 * i + k) * bytes, &joint, bytes);
        }
    }
}

static uint64_t element(const unsigned char *array, size_t index, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, array + index * bytes, bytes);
    return value;
}

static void check_values(const struct tb_target *target, const struct tb_case *c, const char *id,
                         unsigned in_bytes, unsigned out_bytes) {
    for (size_t i = 0; i < INPUTS; i++) {
        uint64_t joint = element(input, i, in_bytes), got = element(output, i, out_bytes);
        uint64_t expected = tb_integer_convert(c, joint);
        if (got != expected)
            ck_abort_msg("%s, %s: input 0x%llx, expected 0x%llx, got 0x%llx", target->name, id,
                         (unsigned long long)joint, (unsigned long long)expected, (unsigned long long)got);
    }
}

/* Every count, its arrays flush with pages that may not be touched. */
static void check_counts(const struct tb_kernel *kernel, const char *id, unsigned in_bytes,
                         unsigned out_bytes) {
    static unsigned char *in_end, *out_end;
    in_end = in_end ? in_end : check_guard(TAIL * 8);
    out_end = out_end ? out_end : check_guard(TAIL * 2);
    for (size_t n = 0; n <= TAIL; n++) {
        memcpy(in_end - n * in_bytes, input, n * in_bytes);
        memset(out_end - TAIL * out_bytes, 0x5a, TAIL * out_bytes);
        kernel->run(kernel->state, in_end - n * in_bytes, out_end - n * out_bytes, n);
        if (memcmp(out_end - n * out_bytes, output, n * out_bytes) != 0 ||
            (n < TAIL && out_end[-(ptrdiff_t)(n * out_bytes) - 1] != 0x5a))
            ck_abort_msg("%s: a call of %zu", id, n);
    }
}

static void check_conversion(const struct tb_target *target, const char *id) {
    struct tb_case c;
    struct tb_kernel kernel = {0};
    if (!tb_case_parse(id, &c, NULL))
        return; /* loses nothing */
    struct tb_request request = tb_request_of(&c, id);
    if (!target->open(&request, &kernel))
        return;
    unsigned out_bytes = tb_format_bytes(c.destination);
    fill(&c, request.source_bytes);
    kernel.run(kernel.state, input, output, INPUTS);
    check_values(target, &c, id, request.source_bytes, out_bytes);
    check_counts(&kernel, id, request.source_bytes, out_bytes);
    offered++;
    if (target->close)
        target->close(&kernel);
}

static void check_target(const struct tb_target *target, size_t source) {
    char id[96];
    if (target->unavailable && target->unavailable())
        return;
    for (size_t d = 0; d < COUNT(destinations); d++)
        for (size_t b = 0; b < COUNT(bits); b += TB_FEWER(1, 3)) {
            snprintf(id, sizeof id, "convert/%s/%s/sr/%s/bits=%d", sources[source], destinations[d],
                     policies[(d + b) % 4], bits[b]);
            check_conversion(target, id);
        }
}

START_TEST(targets_agree_with_the_reference) {
    const struct tb_target *const *const families[] = {tb_portable_targets, tb_x86_targets, tb_arm_targets};
    for (size_t f = 0; f < COUNT(families); f++)
        for (const struct tb_target *const *t = families[f]; *t; t++)
            check_target(*t, (size_t)_i);
    ck_assert_uint_ge(offered, 6);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("stochastic targets");
    TCase *tests = tcase_create("against the reference");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, targets_agree_with_the_reference, 0, COUNT(sources));
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
