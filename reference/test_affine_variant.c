/* Affine variants: against the exact answers, their staircases against evaluation, the witnesses that the
 * literature knows, and which of them parameters can tell apart. */
#include "reference/affine.h"
#include "reference/affine_preset.h"
#include "reference/behaviour.h"
#include "reference/reference.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Helpers. ---- */

static uint64_t seed = 0x9E3779B97F4A7C15;

static uint64_t draw(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static struct tb_case parsed(const char *id) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

static struct tb_behaviour behaviour(const struct tb_case *c, const char *variant) {
    struct tb_behaviour b;
    struct tb_error error = {0};
    ck_assert_msg(tb_behaviour_make(c, variant, &b, &error), "%s", error.text);
    return b;
}

/* Cases of every operation, with scales and zero points of every kind. */
static const char *const cases[] = {
    "quantize/fp32/int8/rne/s=0x1.1999fcp-9,z=0",
    "quantize/fp32/int8/rne/s=0x1p-4,z=3",
    "quantize/fp32/uint8/rne/s=0x1.99999ap-5,z=133",
    "quantize/fp32/uint8/rne/s=0x1.47ae147ae147bp-7,z=128",
    "quantize/fp32/int8/rna/s=-0x1.3p-3,z=-7,lo=-127",
    "quantize/fp32/int4/rhu/s=0x1.5p+2,z=1",
    "quantize/fp32/int16/rne/s=0x1.3333p-12,z=5",
    "quantize/fp32/int8/sr/s=0x1.7p-3,z=2,bits=8,r=100",
    "quantize/fp32/int8/rne/s=0x1p-140,z=-3",
    "quantize/fp32/uint8/rne/s=0x1p+100,z=200",
    "quantize/fp32/int8/rne/s=0x0p+0,z=5",
    "quantize/fp32/int8/rne/s=inf,z=5",
    "quantize/fp32/int8/rne/s=nan,z=5",
    "quantize/fp32/int8/rne/s=0x1.1p-5,z=2147483647",
    "quantize/fp16/int8/rne/s=0x1.999p-4,z=3",
    "quantize/bf16/int8/rne/s=0x1.4p-6,z=-128",
    "dequantize/int8/fp32/rne/s=0x1.99999ap-5,z=3",
    "dequantize/uint8/fp16/rne/s=0x1.47ae147ae147bp-7,z=128",
    "dequantize/int16/bf16/rne/s=0x1.1p-9,z=-5",
    "dequantize/int8/fp32/rne/s=nan,z=3",
    "fakequant/fp32/fp32/rne/s=0x1.99999ap-5,z=3,lo=-128,hi=127",
    "fakequant/fp32/uint1/rne/s=0x1.99999ap-5,z=3,lo=-128,hi=127",
    "fakequant/fp16/fp16/rne/s=0x1.3p-4,z=0,lo=-8,hi=7",
    "fakequant/fp32/fp32/rne/s=-0x1.3p-4,z=7,lo=0,hi=15",
    "requantize/int32/int8/rne/s=0x1.8p-9,z=3",
    "requantize/int32/uint8/rne/s=0x1.7cdeb4p-11,z=128",
    "requantize/int32/int8/rhu/s=0x1.47ae147ae147bp-13,z=-5",
    "requantize/int32/int8/rne/s=0x1.2345678p+3,z=0",
    "requantize/int32/int8/rne/s=-0x1.2p-7,z=1",
    "requantize/int16/int8/rne/s=0x1.0ep-6,z=0",
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* An input of a case that is worth a look: near a boundary, special, or any. */
static uint64_t an_input(const struct tb_case *c) {
    const struct tb_affine *a = &c->affine;
    uint64_t mask = tb_case_inputs(c) - 1;
    if (draw() % 2 || c->operation == TB_DEQUANTIZE || !isfinite(a->scale))
        return (draw() >> 7 & mask) << c->source->padding;
    double k = (double)((int64_t)(draw() % 1024) - 512) + 0.5, x;
    if (draw() % 8 == 0)
        k = ldexp(k, (int)(draw() % 60));
    x = c->operation == TB_REQUANTIZE ? k / a->scale : k * a->scale;
    if (c->operation == TB_REQUANTIZE)
        return fabs(x) < 0x1p31 ? (uint64_t)((int64_t)x + (int64_t)(draw() % 5) - 2) & mask : draw() & mask;
    if (c->source->bits != 32)
        return draw() >> 9 & mask;
    return (bits_of((float)x) + draw() % 9 - 4) & mask;
}

/* ---- The exact arithmetic, computed by floats with residuals, is the definition. ---- */

START_TEST(test_exact) {
    struct tb_case c = parsed(cases[_i]);
    const struct tb_affine_arithmetic exact = {0};
    struct tb_affine_machine m;
    tb_affine_machine_make(&c, &exact, &m);
    for (int i = 0; i < 200000; i++) {
        uint64_t x = an_input(&c), expected = tb_affine_integer(&c, x), got = tb_affine_machine_at(&m, x);
        if (got != expected) /* asserting costs a system call */
            ck_abort_msg("%s 0x%llx: expected 0x%llx, got 0x%llx", cases[_i], (unsigned long long)x,
                         (unsigned long long)expected, (unsigned long long)got);
    }
}
END_TEST

/* ---- Staircases. ---- */

static double milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void check_staircase(const struct tb_case *c, const char *id, const char *name) {
    struct tb_behaviour b = behaviour(c, name);
    struct tb_staircase s = {0};
    struct tb_error error = {0};
    if (!tb_affine_machine_has_staircase(&b.affine))
        return;
    double start = milliseconds();
    ck_assert_msg(tb_behaviour_staircase(&b, &s, &error), "%s", error.text);
    double took = milliseconds() - start;
    if (getenv("SHOW"))
        printf("%8.3f ms %8zu runs  %s %s\n", took, s.count, id, name);
    uint64_t step = UINT64_C(1) << c->source->padding;
    for (size_t i = 0; i < s.count + (1 << 15); i++) {
        uint64_t x = i < s.count ? s.first[i] - (i ? draw() % 2 * step : 0) : an_input(c);
        uint64_t expected = tb_behaviour_at(&b, x), got = tb_staircase_at(&s, x);
        if (got != expected)
            ck_abort_msg("%s %s 0x%llx: evaluated 0x%llx, staircase 0x%llx", id, name, (unsigned long long)x,
                         (unsigned long long)expected, (unsigned long long)got);
    }
    tb_staircase_free(&s);
}

START_TEST(test_staircases) {
    struct tb_case c = parsed(cases[_i]);
    for (size_t i = 1; i < tb_behaviour_count(c.operation); i++)
        check_staircase(&c, cases[_i], tb_behaviour_words(c.operation, i).name);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("affine variants");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, test_exact, 0, CASES);
    tcase_add_loop_test(tests, test_staircases, 0, CASES);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
