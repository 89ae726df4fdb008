/* What a divergence is counted as: of an affine case its class and its error in steps, of joint inputs the
 * binades. Numbers by hand. */
#include "harness/tally.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdlib.h>

static const struct {
    const char *id;
    uint64_t first, last, expected, got;
    enum tb_divergence class; /* of all inputs; TB_DIVERGENCES: of several classes, counted below */
    double ulp;               /* the largest error told; 0 for classes that have none */
} rows[] = {
  /* 0x2800 is 0.03125: t = 0.5, so that 3.5 is given to 4 or 3 */
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0x2800, 0x2800, 3,      4,      TB_DIV_VALUE,          0.5},
 /* 1: t + z = 19 */
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0x3c00, 0x3c00, 19,     21,     TB_DIV_VALUE,          2  },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0x5640, 0x5640, 127,    0x80,   TB_DIV_SATURATION,     0  },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0x7c00, 0x7c00, 127,    0x80,   TB_DIV_INFINITE_INPUT, 0  },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0xfc00, 0xfc00, 0x80,   127,    TB_DIV_INFINITE_INPUT, 0  },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0x7c01, 0x7fff, 3,      0,      TB_DIV_NAN_INPUT,      0  },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",                  0x7bfe, 0x7fff, 127,    0,      TB_DIVERGENCES,        0  },
 /* 7984 * s = 11.49911881593... */
    {"requantize/int16/int8/rne/s=0x1.798ee8fp-10,z=0",      7984,   7984,   11,     12,     TB_DIV_VALUE,
     12 - 11.4991188159328885                                                                                          },
    {"requantize/int16/int8/rne/s=0x1p+0,z=0",               1000,   1000,   127,    0xe8,   TB_DIV_SATURATION,     0  },
 /* (1 - 3) * 0.5 = -1, whose ULP in fp16 is 2^-10 */
    {"dequantize/int8/fp16/rne/s=0x1p-1,z=3",                1,      1,      0xbc00, 0xbc01, TB_DIV_VALUE,          1  },
 /* 1 is (19 - 3) / 16: exact; got one step of 2^-10 more */
    {"fakequant/fp16/fp16/rne/s=0x1p-4,z=3,lo=-128,hi=127",  0x3c00, 0x3c00, 0x3c00, 0x3c01, TB_DIV_VALUE,          1  },
    {"fakequant/fp16/fp16/rne/s=0x1p-4,z=3,lo=-128,hi=127",  0x7e00, 0x7e00, 0x0000, 0x7e00, TB_DIV_TO_NAN,         0  },
    {"fakequant/fp16/fp16/rne/s=0x1p-4,z=3,lo=-128,hi=127",  0x7e00, 0x7e00, 0x0000, 0x3c00, TB_DIV_NAN_INPUT,
     0                                                                                                                 },
    {"fakequant/fp16/uint1/rne/s=0x1p-4,z=3,lo=-128,hi=127", 0x3c00, 0x3c00, 1,      0,      TB_DIV_VALUE,          0  },
};

START_TEST(class_and_error) {
    struct tb_case c;
    struct tb_tally t;
    ck_assert(tb_case_parse(rows[_i].id, &c, NULL));
    struct tb_stretch s = {rows[_i].first, rows[_i].last, rows[_i].expected, rows[_i].got};
    uint64_t inputs = s.last - s.first + 1;
    tb_tally_start(&t);
    tb_tally_add(&t, &c, &s);
    ck_assert_uint_eq(t.diverging, inputs);
    if (rows[_i].class == TB_DIVERGENCES) {
        ck_assert_uint_eq(t.classes[TB_DIV_SATURATION].inputs, 2);
        ck_assert_uint_eq(t.classes[TB_DIV_INFINITE_INPUT].inputs, 1);
        ck_assert_uint_eq(t.classes[TB_DIV_NAN_INPUT].inputs, 1023);
        return;
    }
    ck_assert_uint_eq(t.classes[rows[_i].class].inputs, inputs);
    ck_assert_msg(fabs(t.classes[rows[_i].class].max_ulp - rows[_i].ulp) < 1e-12, "%.17g",
                  t.classes[rows[_i].class].max_ulp);
}
END_TEST

/* Joint inputs: of operands the binade is that of the joint word, by its magnitude bits, negative never; of a
 * value with random bits that of the value, by its exponent field and sign. A count that moves back from one
 * binade to another would not end. */
#define ADD_E4M3 "add/e4m3fn/e4m3fn/rne/satfinite"
#define FMA_E4M3 "fma/e4m3fn/e4m3fn/rne/satfinite"
#define BF16_SR  "convert/bf16/e4m3fn/sr/satfinite/bits=16"

/* clang-format off */
static const struct {
    const char *id;
    uint64_t first, last, expected, got;
    double ulp; /* the largest error told */
    struct { unsigned index; uint64_t inputs; } binades[3];
} joint[] = {
    /* 1 + 0 and 1 + 2^-9; 0x39 is 1.125 */
    {ADD_E4M3, 0x3800,         0x3801,     0x38,       0x39, 1,       {{28, 2}}},
    {ADD_E4M3, 0x3800,         0x38ff,     0x38,       0x39, 1,       {{28, 256}}},
    {ADD_E4M3, 0x1fff,         0x8000,     0,          0x80, 0,       {{26, 1}, {28, 0x2000}, {30, 0x4000}}},
    {ADD_E4M3, 0xffff,         0xffff,     0x7f,       0,    0,       {{32, 1}}},
    {"add/fp32/fp32/rne/inf",
               UINT64_MAX - 2, UINT64_MAX, 0x7fc00000, 0,    0,       {{128, 3}}},
    /* 1 * 1 + 0 and 1 * 1 + 2^-9 */
    {FMA_E4M3, 0x383800,       0x383801,   0x38,       0x39, 1,       {{44, 2}}},
    {FMA_E4M3, 0x3ffffe,       0x800000,   0,          0x80, 0,       {{44, 2}, {46, 0x400000}, {48, 1}}},
    /* 1 with all random numbers, then from its neighbour 0.99609375 on; -1.9921875 and -2 */
    {BF16_SR,  0x3f800000,     0x3f80ffff, 0x38,       0x39, 1,       {{254, 65536}}},
    {BF16_SR,  0x3f7fffff,     0x3f810000, 0x38,       0x39, 1.03125, {{252, 1}, {254, 65537}}},
    {BF16_SR,  0xbfffff00,     0xc00000ff, 0xc0,       0x38, 12,      {{255, 256}, {257, 256}}},
    {BF16_SR,  0xffff0000,     0xffffffff, 0x7f,       0,    0,       {{511, 65536}}},
};
/* clang-format on */

START_TEST(joint_inputs) {
    struct tb_case c;
    struct tb_tally t;
    ck_assert(tb_case_parse(joint[_i].id, &c, NULL));
    struct tb_stretch s = {joint[_i].first, joint[_i].last, joint[_i].expected, joint[_i].got};
    uint64_t inputs = s.last - s.first + 1, counted = 0;
    double ulp = 0;
    tb_tally_start(&t);
    tb_tally_add(&t, &c, &s);
    ck_assert_uint_eq(t.diverging, inputs);
    for (size_t i = 0; i < 3 && joint[_i].binades[i].inputs; i++)
        ck_assert_uint_eq(t.binade[joint[_i].binades[i].index], joint[_i].binades[i].inputs);
    for (size_t i = 0; i < TB_BINADES; i++)
        counted += t.binade[i];
    ck_assert_uint_eq(counted, inputs);
    for (size_t i = 0; i < TB_DIVERGENCES; i++)
        ulp = fmax(ulp, t.classes[i].max_ulp);
    ck_assert_msg(fabs(ulp - joint[_i].ulp) < 1e-12, "%.17g", ulp);
}
END_TEST

/* Every input of a domain, in one stretch: 2^24 triples, 2^32 values with random numbers. */
START_TEST(whole_joint_domains) {
    struct tb_case c;
    static struct tb_tally t;
    ck_assert(tb_case_parse("fma/e4m3fn/e4m3fn/rne/satfinite", &c, NULL));
    tb_tally_start(&t);
    tb_tally_add(&t, &c, &(struct tb_stretch){0, 0xffffff, 0, 0x38});
    ck_assert_uint_eq(t.binade[0], 1);
    for (unsigned bits = 1; bits <= 24; bits++)
        ck_assert_uint_eq(t.binade[2 * bits], UINT64_C(1) << (bits - 1));
    ck_assert(tb_case_parse("convert/bf16/e4m3fn/sr/satfinite/bits=16", &c, NULL));
    tb_tally_start(&t);
    tb_tally_add(&t, &c, &(struct tb_stretch){0, 0xffffffff, 0, 0x38});
    for (unsigned binade = 0; binade < 512; binade++)
        ck_assert_uint_eq(t.binade[binade], UINT64_C(1) << 23);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_add_loop_test(tests, class_and_error, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tests, joint_inputs, 0, (int)(sizeof joint / sizeof joint[0]));
    tcase_add_test(tests, whole_joint_domains);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
