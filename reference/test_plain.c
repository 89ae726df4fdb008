/* Variants against the C code that they are named for, on seeded inputs near boundaries, out of range, and of
 * any bits. */
#include "reference/behaviour.h"
#include "reference/plain_arithmetic.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = 100000, SLOWER = 20 };

static uint64_t seed;

/* 48 bits: the upper ones of a product, since the low bits of successive xorshift draws depend on each other.
 */
static uint64_t draw(void) {
    return tb_xorshift(&seed) * UINT64_C(0x2545F4914F6CDD1D) >> 16;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static struct tb_behaviour behaviour(const char *id, const char *variant) {
    struct tb_behaviour b;
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error) && tb_behaviour_make(&c, variant, &b, &error), "%s",
                  error.text);
    return b;
}

static struct tb_plain parameters(const struct tb_case *c) {
    const struct tb_affine *a = &c->affine;
    return (struct tb_plain){a->scale, (int32_t)a->zero, (int32_t)a->low, (int32_t)a->high};
}

static void check_one(const char *id, const char *variant, uint64_t input, uint64_t expected, uint64_t got) {
    if (expected != got) /* asserting costs a system call */
        ck_abort_msg("%s by %s, 0x%llx: C gives 0x%llx, the variant 0x%llx", id, variant,
                     (unsigned long long)input, (unsigned long long)expected, (unsigned long long)got);
}

/* ---- Quantizers. ---- */

static const char *const quantize[] = {
    "quantize/fp32/int8/rne/s=0x1.99999ap-5,z=3",
    "quantize/fp32/int8/rne/s=0x1.1999fcp-9,z=-100",
    "quantize/fp32/uint8/rne/s=0x1.1111111111111p-5,z=128", /* no fp32 scale: 1 / 30 */
    "quantize/fp32/int8/rne/s=0x1.3333333333333p+3,z=33",
    "quantize/fp32/uint8/rne/s=0x1p+0,z=255",
    "quantize/fp32/int8/rne/s=0x1.2p-130,z=1", /* subnormal, with an inverse that fp32 does not hold */
    "quantize/fp32/int8/rne/s=0x1.7p+90,z=-1",
    "quantize/fp32/int16/rne/s=0x1.99199ap-9,z=-20000",
    "quantize/fp32/int8/rne/s=0x1.1p-5,z=16777301", /* no fp32 zero point */
    "quantize/fp32/int8/rne/s=0x1.88p+5,z=3", /* 49: ties are fp32 values, and 49 * (1 / 49) is not one */
};
enum { QUANTIZE = sizeof quantize / sizeof quantize[0] };

/* Half any pattern; the others near a boundary about zero, about the least codes or far out. */
static uint32_t a_float(const struct tb_plain *p) {
    double k = (double)((int64_t)(draw() % 1024) - 512) + 0.5;
    if (draw() % 2)
        return (uint32_t)draw();
    if (draw() % 8 == 0) /* ends of registers */
        k = ldexp(draw() % 2 ? 1 : -1, (int)(draw() % 3) * 16 + 31);
    else if (draw() % 4 == 0)
        k = ldexp(k, (int)(draw() % 60));
    else if (draw() % 2)
        k -= p->zero;
    return tb_plain_bits((float)(k * p->scale)) + (uint32_t)(draw() % 9) - 4;
}

/* A sum of 16 bits takes no wider zero point. */
static bool takes_zero(const char *variant, const struct tb_plain *p) {
    return p->zero == (int16_t)p->zero || !strstr(variant, "sat16");
}

START_TEST(test_quantizers) {
    struct tb_behaviour exact = behaviour(quantize[_i], "exact");
    struct tb_plain p = parameters(&exact.c);
    uint32_t mask = (UINT32_C(1) << exact.c.destination->bits) - 1;
    for (size_t v = 0; v < TB_PLAIN_QUANTIZERS; v++) {
        const char *variant = tb_plain_quantizers[v].variant;
        struct tb_behaviour b = behaviour(quantize[_i], variant);
        seed = 0x9E3779B97F4A7C15 + v;
        for (int i = 0; takes_zero(variant, &p) && i < TB_SHARE(INPUTS, SLOWER); i++) {
            uint32_t x = a_float(&p);
            uint32_t expected = (uint32_t)tb_plain_quantizers[v].code(float_of(x), &p) & mask;
            check_one(quantize[_i], variant, x, expected, tb_behaviour_at(&b, x));
        }
    }
}
END_TEST

/* Agreeing proves something only where the inputs tell each piece of code from the exact answers and from
 * all others. */
START_TEST(test_quantizers_differ) {
    static unsigned long differ[TB_PLAIN_QUANTIZERS][TB_PLAIN_QUANTIZERS], inexact[TB_PLAIN_QUANTIZERS];
    seed = 0x9E3779B97F4A7C15;
    for (size_t k = 0; k < QUANTIZE; k++) {
        struct tb_behaviour exact = behaviour(quantize[k], "exact");
        struct tb_plain p = parameters(&exact.c);
        uint32_t mask = (UINT32_C(1) << exact.c.destination->bits) - 1, code[TB_PLAIN_QUANTIZERS];
        for (int i = 0; i < INPUTS / 4; i++) {
            uint32_t x = a_float(&p), right = (uint32_t)tb_behaviour_at(&exact, x);
            for (size_t v = 0; v < TB_PLAIN_QUANTIZERS; v++) {
                code[v] = (uint32_t)tb_plain_quantizers[v].code(float_of(x), &p) & mask;
                inexact[v] += code[v] != right;
                for (size_t w = 0; w < v; w++)
                    differ[v][w] += code[v] != code[w];
            }
        }
    }
    for (size_t v = 0; v < TB_PLAIN_QUANTIZERS; v++) {
        ck_assert_msg(inexact[v], "%s is exact on all inputs", tb_plain_quantizers[v].variant);
        for (size_t w = 0; w < v; w++)
            ck_assert_msg(differ[v][w], "%s and %s are the same on all inputs",
                          tb_plain_quantizers[v].variant, tb_plain_quantizers[w].variant);
    }
}
END_TEST

/* ---- Requantizers. ---- */

static const char *const requantize[] = {
    "requantize/int32/int8/rne/s=0x1.8p-9,z=3",
    "requantize/int32/uint8/rne/s=0x1.7cdeb4p-11,z=128",
    "requantize/int32/int8/rne/s=0x1.47ae147ae147bp-13,z=-5",
    "requantize/int32/int16/rne/s=0x1.fffffffffffffp-4,z=0", /* its multiplier rounds up to one */
    "requantize/int32/int8/rne/s=0x1p-1,z=0",
};
enum { REQUANTIZE = sizeof requantize / sizeof requantize[0] };

START_TEST(test_requantizers) {
    struct tb_behaviour exact = behaviour(requantize[_i], "exact");
    struct tb_plain p = parameters(&exact.c);
    uint32_t mask = (UINT32_C(1) << exact.c.destination->bits) - 1;
    for (size_t v = 0; v < TB_PLAIN_REQUANTIZERS; v++) {
        const char *variant = tb_plain_requantizers[v].variant;
        struct tb_behaviour b = behaviour(requantize[_i], variant);
        seed = 0x9E3779B97F4A7C15 + v;
        for (int i = 0; i < TB_SHARE(INPUTS, SLOWER); i++) {
            double k = ((double)((int64_t)(draw() % 1024) - 512) + 0.5) / p.scale;
            int32_t q = draw() % 2 || fabs(k) > 0x1p30 ? (int32_t)(draw() >> 17) - (1 << 30)
                                                       : (int32_t)k + (int32_t)(draw() % 5) - 2;
            uint32_t expected = (uint32_t)tb_plain_requantizers[v].code(q, &p) & mask;
            check_one(requantize[_i], variant, (uint32_t)q, expected, tb_behaviour_at(&b, (uint32_t)q));
        }
    }
}
END_TEST

/* ---- Dequantizers: every code. ---- */

START_TEST(test_dequantizers) {
    static const char *const scales[] = {"0x1.99999ap-5",        "0x1.1999fcp-9", "0x1.47ae147ae147bp-7",
                                         "0x1.3333333333333p+3", "0x1.7p+7",      "0x1.2468acp-20"};
    char id[TB_CASE_ID];
    for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++)
        for (size_t v = 0; v < TB_PLAIN_DEQUANTIZERS; v++) {
            snprintf(id, sizeof id, "dequantize/int16/fp32/rne/s=%s,z=%d", scales[s], (int)s * 1000 - 3);
            const char *variant = tb_plain_dequantizers[v].variant;
            struct tb_behaviour b = behaviour(id, variant);
            struct tb_plain p = parameters(&b.c);
            for (int32_t q = INT16_MIN; q <= INT16_MAX; q++) {
                uint32_t expected = tb_plain_bits(tb_plain_dequantizers[v].value(q, &p));
                check_one(id, variant, (uint16_t)q, expected, tb_behaviour_at(&b, (uint16_t)q));
            }
        }
}
END_TEST

/* ---- Conversions. ---- */

START_TEST(test_converters) {
    for (size_t v = 0; v < TB_PLAIN_CONVERTERS; v++) {
        const char *id = "convert/fp32/bf16/rne/inf", *variant = tb_plain_converters[v].variant;
        struct tb_behaviour b = behaviour(id, variant);
        seed = 0x9E3779B97F4A7C15 + v;
        for (int i = 0; i < TB_SHARE(5 * INPUTS, SLOWER); i++) {
            uint32_t x = (uint32_t)draw();
            if (draw() % 2) /* near a tie */
                x = (x & 0xFFFF0000) + 0x8000 + (uint32_t)(draw() % 5) - 2;
            if (draw() % 2) /* about the binades of fp16 */
                x = (x & 0x8FFFFFFF) | 0x30000000;
            check_one(id, variant, x, tb_plain_converters[v].convert(float_of(x)), tb_behaviour_at(&b, x));
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("variants written in C");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, test_quantizers, 0, QUANTIZE);
    tcase_add_test(tests, test_quantizers_differ);
    tcase_add_loop_test(tests, test_requantizers, 0, REQUANTIZE);
    tcase_add_test(tests, test_dequantizers);
    tcase_add_test(tests, test_converters);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
