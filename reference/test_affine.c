/* The affine operations: hand-computed answers, and MPFR, integers and staircases against each other on every
 * boundary and its neighbours.
 *
 * TIEBREAK_LONG=1 in the environment takes full ranges of 16-bit codes and all inputs of 16-bit sources for
 * every seeded parameter: some minutes instead of seconds. */
#include "reference/affine.h"
#include "reference/reference.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tb_case parsed(const char *id) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

/* ---- Both ways, and what is expected where that is known. ---- */

static uint64_t compared;

static uint64_t both(const struct tb_case *c, uint64_t pattern) {
    uint64_t a = tb_affine_mpfr(c, pattern), b = tb_affine_integer(c, pattern);
    compared++;
    if (a != b) {
        char id[TB_CASE_ID];
        tb_case_print(c, id);
        ck_abort_msg("%s: 0x%" PRIx64 " gives 0x%" PRIx64 " by MPFR, 0x%" PRIx64 " by integers", id, pattern,
                     a, b);
    }
    return a;
}

static void check_answer(const char *name, const struct tb_case *c, uint64_t pattern, uint64_t expected) {
    uint64_t got = both(c, pattern);
    if (got != expected) {
        char id[TB_CASE_ID];
        tb_case_print(c, id);
        ck_abort_msg("%s: %s: 0x%" PRIx64 " should give 0x%" PRIx64 ", gives 0x%" PRIx64, name, id, pattern,
                     expected, got);
    }
}

/* ---- Answers found by hand. ---- */

struct row {
    const char *name, *id;
    uint64_t input, output;
};

static void check_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct tb_case c = parsed(rows[i].id);
        check_answer(rows[i].name, &c, rows[i].input, rows[i].output);
    }
}
#define CHECK_ROWS(ROWS) check_rows(ROWS, sizeof ROWS / sizeof ROWS[0])

/* What runtimes were seen to disagree about, and the answer that is exact. */
START_TEST(witnesses) {
    static const struct row rows[] = {
  /* 127.5 - 4.7e-6: the fp32 quotient is 127.499992, by reciprocal 127.5 and so 128 */
        {"recip-vs-div",    "quantize/fp32/int8/rne/s=0x1.199d54p-9,z=0",             0x3E8C41DB, 127       },
        {"recip-vs-div",    "quantize/fp32/int16/rne/s=0x1.199d54p-9,z=0",            0x3E8C41DB, 127       },
 /* x / s = 1/2 with an odd zero point; added before rounding it would be 4 */
        {"zp-order",        "quantize/fp32/int8/rne/s=0x1p+0,z=3",                    0x3F000000, 3         },
        {"zp-order",        "quantize/fp32/int8/rna/s=0x1p+0,z=3",                    0x3F000000, 4         },
        {"zp-order even",   "quantize/fp32/int8/rne/s=0x1p+0,z=2",                    0x3F000000, 2         },
 /* 0.4999999 + 127 is 127.5 in fp32 */
        {"zp-absorb",       "quantize/fp32/uint8/rne/s=0x1p+0,z=127",                 0x3EFFFFFD, 127       },
 /* a scale of absmax / 127.5, rounded to fp32, leaves -absmax on either side of -127.5 */
        {"absmax-tie 1",    "quantize/fp32/int8/rne/s=0x1.010102p-7,z=0",             0xBF800000, 0x81      },
        {"absmax-tie 3",    "quantize/fp32/int8/rne/s=0x1.818182p-6,z=0",             0xC0400000, 0x81      },
        {"absmax-tie 0.7",  "quantize/fp32/int8/rne/s=0x1.67ce34p-8,z=0",             0xBF333333, 0x80      },
        {"absmax by 127",   "quantize/fp32/int8/rne/s=0x1.020408p-7,z=0",             0xBF800000, 0x81      },
        {"absmax by 127",   "quantize/fp32/int8/rne/s=0x1.6938d8p-8,z=0",             0xBF333333, 0x81      },
 /* fp16 quotients 33.490, 96.526 and 36.508 that half precision has at 33.5, 96.5, 36.5 */
        {"f16-quotient",    "quantize/fp16/int8/rne/s=0x1.a2cp-2,z=0",                0x4AD9,     33        },
        {"f16-quotient",    "quantize/fp16/int8/rne/s=0x1.b94p-2,z=0",                0x5133,     97        },
        {"f16-quotient",    "quantize/fp16/int8/rne/s=0x1.d64p-3,z=0",                0x4831,     37        },
        {"ort-fp16-trunc",  "quantize/fp16/int8/rne/s=0x1.998p-4,z=0",                0x2A67,     1         },
        {"ort-fp16-trunc",  "quantize/fp16/int8/rtz/s=0x1.998p-4,z=0",                0x2A67,     0         },
        {"group-trunc",     "quantize/fp32/int8/rne/s=0x1p+0,z=0",                    0x415E6666, 14        },
        {"group-trunc",     "quantize/fp32/int8/rtz/s=0x1p+0,z=0",                    0x415E6666, 13        },
 /* 2.5 / f32(5 / 255) lies 4.5e-6 below 127.5 */
        {"dql-half",        "quantize/fp32/uint8/rne/s=0x1.414142p-6,z=0",            0x40200000, 127       },
        {"avx2-wrap-hi",    "quantize/fp32/uint8/rne/s=0x1p+0,z=133",                 0x7F800000, 255       },
        {"avx2-wrap-hi",    "quantize/fp32/uint8/rne/s=0x1p+0,z=133",                 0x4F800000, 255       },
        {"avx2-wrap-lo",    "quantize/fp32/int8/rne/s=0x1p+0,z=-1",                   0xFF800000, 0x80      },
        {"nan-code",        "quantize/fp32/uint8/rne/s=0x1p+0,z=10",                  0x7FC00000, 10        },
        {"nan-code",        "quantize/fp32/uint8/rne/s=0x1p+0,z=10",                  0xFF800001, 10        },
 /* 4-bit symmetric of a row without negative values: scale 1.5 / 15, zero 8; 1.5 clips at 7 * 0.1 */
        {"gptq-nonneg-sym", "fakequant/fp32/fp32/rne/s=0x1.99999ap-4,z=8,lo=0,hi=15", 0x3FC00000, 0x3F333333},
        {"awq-positive",    "fakequant/fp32/fp32/rne/s=0x1.47ae14p-7,z=0,lo=0,hi=15", 0x3F8CCCCD, 0x3E199999},
 /* 7984 * 1583594044 * 2^-40 = 11.499119; two roundings make it 12 */
        {"mbqm-double",     "requantize/int32/int8/rhu/s=0x1.798ee8fp-10,z=0",        7984,       11        },
        {"mbqm-double",     "requantize/int32/int8/rne/s=0x1.798ee8fp-10,z=0",        7984,       11        },
        {"srdhm-neg-tie",   "requantize/int32/int8/rhu/s=0x1p-1,z=0",                 0xFFFFFFFF, 0         },
        {"srdhm-neg-tie",   "requantize/int32/int8/rna/s=0x1p-1,z=0",                 0xFFFFFFFF, 0xFF      },
 /* 2^24 + 1 is no fp32 number; without the one it would be the tie 62.5 */
        {"big-acc",         "requantize/int32/int8/rne/s=0x1.f4p-19,z=0",             0x1000001,  63        },
        {"big-acc",         "requantize/int32/int8/rne/s=0x1.f4p-19,z=0",             0x1000000,  62        },
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(tie_modes) {
    static const struct {
        const char *rounding;
        int8_t code[8];
    } rows[] = {
  /* x:    0.5  -0.5  1.5  -1.5  2.5  -2.5  2.75 -2.75 */
        {"rne", {0, 0, 2, -2, 2, -2, 3, -3} },
        {"rna", {1, -1, 2, -2, 3, -3, 3, -3}},
        {"rhu", {1, 0, 2, -1, 3, -2, 3, -3} },
        {"rtz", {0, 0, 1, -1, 2, -2, 2, -2} },
        {"rd",  {0, -1, 1, -2, 2, -3, 2, -3}},
        {"ru",  {1, 0, 2, -1, 3, -2, 3, -2} },
        {"rto", {1, -1, 1, -1, 3, -3, 3, -3}},
    };
    static const uint32_t x[8] = {0x3F000000, 0xBF000000, 0x3FC00000, 0xBFC00000,
                                  0x40200000, 0xC0200000, 0x40300000, 0xC0300000};
    static const int zeros[] = {0, 3, -4};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t z = 0; z < sizeof zeros / sizeof zeros[0]; z++) {
            char id[TB_CASE_ID];
            snprintf(id, sizeof id, "quantize/fp32/int8/%s/s=1,z=%d", rows[i].rounding, zeros[z]);
            struct tb_case c = parsed(id);
            for (int k = 0; k < 8; k++)
                check_answer("tie-mode", &c, x[k], (uint8_t)(rows[i].code[k] + zeros[z]));
        }
}
END_TEST

/* Scales that are no scales, and inputs that are no numbers: the definition's words, one a line. */
START_TEST(degenerate) {
    const uint32_t one = 0x3F800000, minus = 0xBF800000, inf = 0x7F800000, nan = 0x7FC00000,
                   sign = 0x80000000;
    const struct row rows[] = {
        {"0 / 0 is NaN",           "quantize/fp32/int8/rne/s=0,z=3",               0,          3         },
        {"1 / 0 is infinite",      "quantize/fp32/int8/rne/s=0,z=3",               one,        127       },
        {"-1 / 0",                 "quantize/fp32/int8/rne/s=0,z=3",               minus,      0x80      },
        {"1 / -0",                 "quantize/fp32/int8/rne/s=-0,z=3",              one,        0x80      },
        {"inf / 0",                "quantize/fp32/int8/rne/s=0,z=3",               inf,        127       },
        {"1 / inf is zero",        "quantize/fp32/int8/ru/s=inf,z=3",              one,        3         },
        {"inf / inf is NaN",       "quantize/fp32/int8/rne/s=inf,z=3",             inf,        3         },
        {"x / NaN",                "quantize/fp32/int8/rne/s=nan,z=3",             one,        3         },
        {"NaN, z below",           "quantize/fp32/uint8/rne/s=1,z=-3",             nan,        0         },
        {"NaN, z above",           "quantize/fp32/uint8/rne/s=1,z=3,hi=2",         nan,        2         },
        {"negative scale",         "quantize/fp32/int8/rne/s=-1,z=3",              one,        2         },
        {"negative scale, inf",    "quantize/fp32/int8/rne/s=-1,z=3",              inf,        0x80      },
        {"least scale, least x",   "quantize/fp32/int8/rne/s=0x1p-1074,z=0",       1,          127       },
        {"x = s = 2^-149",         "quantize/fp32/int8/rne/s=0x1p-149,z=0",        1,          1         },
        {"subnormal scale",        "quantize/fp32/int8/rne/s=0x1.8p-148,z=0",      sign | 8,   0xFD      },
        {"huge scale",             "quantize/fp32/int8/rne/s=0x1p+1000,z=5",       0x7F7FFFFF, 5         },
        {"huge scale, up",         "quantize/fp32/int8/ru/s=0x1p+1000,z=5",        1,          6         },
        {"huge scale, down",       "quantize/fp32/int8/rd/s=0x1p+1000,z=5",        sign | 1,   4         },
        {"z above the codes",      "quantize/fp32/int8/rne/s=1,z=200",             one,        127       },
        {"back by -100",           "quantize/fp32/int8/rne/s=1,z=200",             0xC2C80000, 100       },
        {"narrow",                 "quantize/fp32/int8/rne/s=1,z=0,lo=-127",       sign | inf, 0x81      },
        {"largest z",              "quantize/fp32/int8/rne/s=1,z=2147483647",      0xCF000000, 0xFF      },
        {"q * inf",                "requantize/int32/int8/rne/s=inf,z=3",          1,          127       },
        {"0 * inf is NaN",         "requantize/int32/int8/rne/s=inf,z=3",          0,          3         },
        {"q * 0",                  "requantize/int32/int8/ru/s=0,z=3",             0x80000000, 3         },
        {"least accumulator",      "requantize/int32/int8/rne/s=0x1p-25,z=0",      0x80000000, 0xC0      },
        {"negative factor",        "requantize/int32/int8/rne/s=-0x1p-25,z=0",     0x80000000, 64        },
        {"(q - z) * s",            "dequantize/int8/fp32/rne/s=0x1p-4,z=3",        0x80,       0xC1030000},
        {"q = z",                  "dequantize/int8/fp32/rne/s=0x1p-4,z=3",        3,          0         },
        {"q = z, negative scale",  "dequantize/int8/fp32/rne/s=-0x1p-4,z=3",       3,          sign      },
        {"underflow keeps sign",   "dequantize/int8/fp32/rne/s=0x1p-200,z=3",      2,          sign      },
        {"d * 0",                  "dequantize/int8/fp32/rne/s=0,z=3",             2,          sign      },
        {"0 * inf is NaN",         "dequantize/int8/fp32/rne/s=inf,z=3",           3,          nan       },
        {"d * inf",                "dequantize/int8/fp32/rne/s=inf,z=3",           2,          sign | inf},
        {"overflow",               "dequantize/int8/fp16/rne/s=0x1p+10,z=0",       64,         0x7C00    },
        {"rtz stays finite",       "dequantize/int8/fp16/rtz/s=0x1p+10,z=0",       64,         0x7BFF    },
        {"q - z of 33 bits",       "dequantize/int32/fp32/rne/s=1,z=-2147483647",  0x7FFFFFFF, 0x4F800000},
        {"fakequant",              "fakequant/fp32/fp32/rtz/s=0.5,z=1,lo=0,hi=3",  0x3FB00000, one       },
        {"fakequant of NaN",       "fakequant/fp32/fp32/rne/s=0.5,z=1,lo=0,hi=3",  nan,        0         },
        {"fakequant of inf",       "fakequant/fp32/fp32/rne/s=0.5,z=1,lo=0,hi=3",  inf,        one       },
        {"mask at the last code",  "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=3",   0x405FFFFF, 1         },
        {"mask at 3.5, tie to 4",  "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=3",   0x40600000, 0         },
        {"mask at -0.5, tie to 0", "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=3",   0xBF000000, 1         },
        {"mask below -0.5",        "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=3",   0xBF000001, 0         },
        {"mask of NaN",            "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=3",   nan,        0         },
        {"mask of inf",            "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=3",   inf,        0         },
        {"mask, x / inf",          "fakequant/fp32/uint1/rne/s=inf,z=2,lo=0,hi=3", one,        1         },
        {"mask, inf / inf",        "fakequant/fp32/uint1/rne/s=inf,z=2,lo=0,hi=3", inf,        0         },
    };
    CHECK_ROWS(rows);
}
END_TEST

/* ---- Stochastic rounding. ---- */

START_TEST(stochastic_by_hand) {
    static const struct {
        uint32_t x; /* the scale is 1 */
        int bits;
        uint32_t r;
        int8_t code;
    } rows[] = {
        {0x40300000, 2,  0,        2  }, /* 2.75: floor(0.75 * 4) = 3; 3 + 0 < 4 */
        {0x40300000, 2,  1,        3  },
        {0x40300000, 2,  3,        3  },
        {0xC0300000, 2,  0,        -2 }, /* away from zero on both sides */
        {0xC0300000, 2,  1,        -3 },
        {0x40300000, 1,  0,        2  }, /* floor(0.75 * 2) = 1 */
        {0x40300000, 1,  1,        3  },
        {0x3E99999A, 1,  1,        0  }, /* 0.3: floor(0.6) = 0 never carries */
        {0x3E99999A, 2,  3,        1  }, /* floor(1.2) = 1 */
        {0x3E99999A, 2,  2,        0  },
        {0x3F000000, 1,  0,        0  }, /* 0.5 is no tie */
        {0x3F000000, 1,  1,        1  },
        {0x40400000, 8,  255,      3  }, /* an integer stays */
        {0x00000000, 8,  255,      0  },
        {0x33800000, 24, 0xFFFFFF, 1  }, /* 2^-24 is one of 2^24 */
        {0x33800000, 24, 0xFFFFFE, 0  },
        {0x337FFFFF, 24, 0xFFFFFF, 0  }, /* just below */
        {0xB3800000, 24, 0xFFFFFF, -1 },
        {0x00000001, 24, 0xFFFFFF, 0  },
        {0x3F7FFFFF, 24, 1,        1  }, /* 1 - 2^-24: all but r = 0 */
        {0x3F7FFFFF, 24, 0,        0  },
        {0x42FEFFFF, 8,  1,        127}, /* 127.4999924: floor(0.4999924 * 256) = 127 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[TB_CASE_ID];
        snprintf(id, sizeof id, "quantize/fp32/int8/sr/s=1,z=0,bits=%d,r=%u", rows[i].bits, rows[i].r);
        struct tb_case c = parsed(id);
        check_answer("by hand", &c, rows[i].x, (uint8_t)rows[i].code);
    }
}
END_TEST

/* The number of r of 2^bits for which |code| is the larger one is floor(f * 2^bits), and r below it are the
 * ones that stay. The scale is odd * 2^-24, the quantum of fp16, so that f is a fraction of small integers,
 * computed here a third time. */
static void check_probability(const char *source, uint64_t first, uint64_t last, uint64_t odd, int bits,
                              bool by_mpfr) {
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "quantize/%s/int16/sr/s=%a,z=0,bits=%d,r=0", source, ldexp((double)odd, -24),
             bits);
    struct tb_case c = parsed(id);
    for (uint64_t pattern = first; pattern <= last; pattern++) {
        struct tb_value v = tb_format_decode(c.source, pattern);
        uint64_t steps = v.class == TB_FINITE ? v.significand << (v.exponent + 24) : 0;
        uint64_t whole = steps / odd, part = (steps % odd << bits) / odd, ups = 0;
        for (c.affine.random = 0; c.affine.random < 1u << bits; c.affine.random++) {
            uint64_t code = by_mpfr ? both(&c, pattern) : tb_affine_integer(&c, pattern);
            bool up = c.affine.random + part >= UINT64_C(1) << bits;
            uint64_t expected = whole + up > 32767 ? 32767 : whole + up;
            compared += !by_mpfr;
            ups += up;
            ck_assert_msg(code == expected, "%s: 0x%" PRIx64 ", r=%u: 0x%" PRIx64, id, pattern,
                          c.affine.random, code);
        }
        ck_assert_msg(ups == part, "%s: 0x%" PRIx64, id, pattern);
    }
}

START_TEST(stochastic_probability) {
    static const uint64_t odds[] = {1, 3, 7, 1023, 65537};
    compared = 0;
    for (int i = 0; i < TB_SHARE(5, 2); i++) {
        for (int bits = 1; bits <= TB_SHARE(12, 2); bits++)
            check_probability("e4m3fn", 0, 0x7E, odds[i] << 15, bits, true);
        for (int bits = 1; bits <= 4; bits++) /* about a hundred binades' worth of fp16 around the steps */
            check_probability("fp16", 0, 0x17FF, odds[i], bits, true);
        if (!TB_SLOW_BUILD)
            check_probability("fp16", 0, 0x17FF, odds[i], 8, false);
    }
    printf("stochastic: %" PRIu64 " inputs and random numbers compared\n", compared);
    fflush(stdout);
}
END_TEST

/* ---- Every input of 16-bit sources; in a slow build some. ---- */

static void check_every_input(const char *id) {
    struct tb_case c = parsed(id);
    for (uint64_t pattern = 0; pattern < tb_case_inputs(&c); pattern += TB_FEWER(1, 31))
        both(&c, pattern);
}

START_TEST(every_sixteen_bit_input) {
    static const char *const sources[] = {"fp16", "bf16"};
    static const char *const roundings[] = {"rne", "rna", "rhu", "rtz", "rd", "ru", "rto", "sr"};
    static const char *const rest[] = {"quantize/%s/int8/%s/s=0x1.199d54p-9,z=0%s",
                                       "quantize/%s/uint8/%s/s=0x1.998p-4,z=133%s",
                                       "quantize/%s/int16/%s/s=0x1p-6,z=-7%s",
                                       "quantize/%s/int4/%s/s=-0x1.8p-1,z=1,lo=-7%s",
                                       "fakequant/%s/fp32/%s/s=0x1.8p-5,z=3,lo=-128,hi=127%s",
                                       "fakequant/%s/uint1/%s/s=0x1.8p-5,z=3,lo=-128,hi=127%s"};
    compared = 0;
    for (size_t s = 0; s < 2; s++)
        for (size_t r = 0; r < sizeof roundings / sizeof roundings[0]; r++)
            for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
                char id[TB_CASE_ID];
                bool stochastic = strcmp(roundings[r], "sr") == 0;
                snprintf(id, sizeof id, rest[i], sources[s], roundings[r], stochastic ? ",bits=8,r=77" : "");
                check_every_input(id);
            }
    printf("every 16-bit input: %" PRIu64 " compared\n", compared);
    fflush(stdout);
}
END_TEST

/* ---- Seeded parameters: every boundary and its neighbours. ---- */

enum { PAIRS = TB_SHARE(1000, 20) };

static uint64_t state;

static uint64_t next_random(void) { /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int64_t random_between(int64_t least, int64_t greatest) {
    return least + (int64_t)(next_random() % (uint64_t)(greatest - least + 1));
}

/* A significand of this many bits, and an exponent. */
static double random_number(int bits, int least_exponent, int greatest_exponent) {
    uint64_t significand = next_random() >> (64 - bits) | UINT64_C(1) << (bits - 1);
    return ldexp((double)significand, (int)random_between(least_exponent, greatest_exponent) - bits + 1);
}

/* `size` is about the exponent of useful scales. */
static double random_scale(int index, int size) {
    static const double odd_ones[] = {
        0.0,        -0.0,       INFINITY,    -INFINITY, NAN,       0x1p-1074,
        -0x1p-1074, 0x1p-1022,  0x1.8p-1023, 0x1p1000,  -0x1p1000, 0x1.fffffffffffffp1023,
        0x1p-149,   0x1.8p-140, 0x1p-126,    0x1p127,   0x1p-24,   0x1.ffcp15};
    switch (index % 10) {
    case 0:
    case 1:
        return random_number(24, size - 10, size + 10);
    case 2:
        return random_number(53, size - 10, size + 10);
    case 3:
        return ldexp(1, (int)random_between(size - 20, size + 20));
    case 4: { /* amax / 127, as fp32 has it */
        float amax = (float)random_number(24, -6, 6);
        return ldexp((double)(amax / 127), size + 8);
    }
    case 5:
        return -random_number(24, size - 10, size + 10);
    case 6: /* many inputs stand on ties */
        return random_number(4, size - 10, size + 10);
    case 7:
        return random_number(11, size - 6, size + 6);
    case 8:
        return random_number(53, -1074, 1023) * (next_random() & 1 ? 1 : -1);
    default:
        return odd_ones[(size_t)(index / 10) % (sizeof odd_ones / sizeof odd_ones[0])];
    }
}

static void random_range(struct tb_affine *a, int64_t least, int64_t greatest, bool long_run) {
    a->low = least;
    a->high = greatest;
    if (greatest - least > 512 && !long_run && next_random() % 64) { /* a window of 16-bit codes */
        a->low = random_between(least, greatest - 300);
        a->high = a->low + random_between(0, 300);
    } else if (next_random() % 4 == 0) {
        a->low += greatest > least + 1; /* narrow */
    } else if (next_random() % 8 == 0) {
        a->low = random_between(least, greatest);
        a->high = random_between(a->low, greatest);
    }
}

static int64_t random_zero(const struct tb_affine *a) {
    static const int64_t far[] = {INT32_MAX, -INT32_MAX, 1 << 20, -(1 << 20), 65536, -300};
    switch (next_random() % 8) {
    case 0:
    case 1:
        return 0;
    case 2:
        return far[next_random() % 6];
    default:
        return random_between(a->low, a->high);
    }
}

static void random_rounding(struct tb_case *c) {
    uint64_t choice = next_random() % 10;
    c->rounding = choice < 3 ? TB_RNE : choice < 9 ? (enum tb_rounding)(TB_RNE + choice - 2) : TB_STOCHASTIC;
    if (c->operation == TB_DEQUANTIZE && c->rounding == TB_STOCHASTIC)
        c->rounding = TB_RNE;
    if (c->rounding != TB_STOCHASTIC)
        return;
    int bits = (int)random_between(1, 16);
    const uint32_t largest = (1u << bits) - 1;
    const uint32_t r[] = {0, 1 & largest, largest, largest / 2, (uint32_t)next_random() & largest};
    c->affine.random_bits = bits;
    c->affine.random = r[next_random() % 5];
}

/* What a kind of question goes over. */
static const struct kind {
    const char *name;
    enum tb_operation operation;
    const char *sources[4], *destinations[8];
    int size; /* exponent of useful scales */
} kinds[] = {
    {"quantize fp32",
     TB_QUANTIZE,                    {"fp32"},
     {"int8", "uint8", "int4", "uint4", "int2", "uint2", "int16", "uint16"},
     -4                                                                                                                   },
    {"quantize fp16",
     TB_QUANTIZE,                    {"fp16"},
     {"int8", "uint8", "int4", "uint4", "int2", "uint2", "int16", "uint16"},
     -4                                                                                                                   },
    {"quantize bf16",
     TB_QUANTIZE,                    {"bf16"},
     {"int8", "uint8", "int4", "uint4", "int2", "uint2", "int16", "uint16"},
     -4                                                                                                                   },
    {"fakequant",     TB_FAKEQUANT,  {"fp32", "bf16", "fp16", "fp32"},   {"fp32", "bf16", "fp16", "fp32"},             -4 },
    {"mask",          TB_FAKEQUANT,  {"fp32", "fp32", "bf16", "fp16"},   {"uint1"},                                    -4 },
    {"requantize",    TB_REQUANTIZE, {"int32"},                          {"int8", "uint8", "int16", "int4", "uint16"}, -16},
    {"dequantize",    TB_DEQUANTIZE, {"int8", "uint8", "int4", "int16"}, {"fp32", "fp16", "bf16", "fp64"},             -4 },
};

static size_t names_in(const char *const *names, size_t room) {
    size_t count = 0;
    while (count < room && names[count])
        count++;
    return count;
}

/* Goes through an id, so that what is tested is what people can type. */
static struct tb_case random_case(const struct kind *k, int index, bool long_run) {
    static const int64_t ranges[][2] = {
        {-128,   127  },
        {0,      255  },
        {-8,     7    },
        {0,      15   },
        {-127,   127  },
        {-32768, 32767}
    };
    struct tb_case c = {.operation = k->operation};
    char id[TB_CASE_ID];
    c.source = tb_format_find(k->sources[next_random() % names_in(k->sources, 4)], NULL);
    c.destination = tb_format_find(k->destinations[next_random() % names_in(k->destinations, 8)], NULL);
    const struct tb_format *codes = k->operation == TB_DEQUANTIZE ? c.source : c.destination;
    const int64_t *range = ranges[next_random() % 6];
    int64_t least = codes->is_signed ? -(INT64_C(1) << (codes->bits - 1)) : 0,
            greatest = (INT64_C(1) << (codes->bits - codes->is_signed)) - 1;
    if (k->operation == TB_FAKEQUANT)
        random_range(&c.affine, range[0], range[1], long_run);
    else
        random_range(&c.affine, least, greatest, k->operation == TB_DEQUANTIZE || long_run);
    c.affine.zero = random_zero(&c.affine);
    if (k->operation == TB_DEQUANTIZE)
        c.affine.low = least, c.affine.high = greatest;
    c.affine.scale = random_scale(index, k->size);
    random_rounding(&c);
    tb_case_print(&c, id);
    return parsed(id);
}

/* Inputs that stand at the edges of a source, whatever the parameters: signs, powers of two, and a float's
 * zeros, subnormals, extremes, infinities and NaNs; each with its neighbours. */
static void check_edges(const struct tb_case *c, const struct tb_staircase *golden) {
    uint64_t last = tb_case_inputs(c) - 1;
    for (int half = 0; half < 2; half++)
        for (int i = -1; i < c->source->bits; i++)
            for (int direction = 0; direction < 2; direction++)
                for (int near = -1; near <= 1; near++) {
                    uint64_t bit = i < 0 ? 0 : UINT64_C(1) << i, sign = (uint64_t)half * (last / 2 + 1);
                    uint64_t index = (sign + (direction ? last / 2 + 1 - bit : bit) + (uint64_t)near) & last;
                    uint64_t got = both(c, index);
                    ck_assert_msg(!golden->count || got == tb_staircase_at(golden, index), "edge 0x%" PRIx64,
                                  index);
                }
}

/* Around each step of the golden staircase. */
static void check_staircase(const struct tb_case *c) {
    struct tb_staircase golden = {0};
    struct tb_error error = {0};
    uint64_t last = tb_case_inputs(c) - 1;
    ck_assert_msg(tb_golden_staircase(c, &golden, &error), "%s", error.text);
    for (size_t run = 0; run < golden.count; run++) {
        uint64_t first = golden.first[run];
        if (first)
            check_answer("before the step", c, first - 1, golden.code[run - 1]);
        check_answer("at the step", c, first, golden.code[run]);
        if (first < last)
            check_answer("after the step", c, first + 1, tb_staircase_at(&golden, first + 1));
    }
    check_edges(c, &golden);
    tb_staircase_free(&golden);
}

/* A source of at most 16 bits: the steps are those of the integers, and MPFR is asked around each. */
static void check_integer_steps(const struct tb_case *c) {
    uint64_t before = tb_affine_integer(c, 0), last = tb_case_inputs(c) - 1;
    both(c, 0);
    for (uint64_t pattern = 1; pattern <= last; pattern++) {
        uint64_t code = tb_affine_integer(c, pattern);
        if (code == before)
            continue;
        before = code;
        for (uint64_t near = pattern - 1; near <= pattern + 1 && near <= last; near++)
            both(c, near);
    }
    check_edges(c, &(struct tb_staircase){0});
}

START_TEST(seeded) {
    const struct kind *k = &kinds[_i];
    bool long_run = getenv("TIEBREAK_LONG") != NULL;
    state = 88172645463325252 + (uint64_t)_i;
    compared = 0;
    for (int i = 0; i < PAIRS; i++) {
        struct tb_case c = random_case(k, i, long_run);
        bool outputs_wide = c.source->bits == 16 && c.operation == TB_DEQUANTIZE;
        bool brief = c.source->bits == 16 && !long_run && next_random() % 32;
        if (outputs_wide && brief) /* a step at every code: some of them */
            check_edges(&c, &(struct tb_staircase){0});
        else if (brief)
            check_integer_steps(&c);
        else
            check_staircase(&c);
    }
    printf("%s: %d parameters, %" PRIu64 " inputs compared, none different\n", k->name, PAIRS, compared);
    fflush(stdout);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("affine");
    TCase *tests = tcase_create("affine");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, witnesses);
    tcase_add_test(tests, tie_modes);
    tcase_add_test(tests, degenerate);
    tcase_add_test(tests, stochastic_by_hand);
    tcase_add_test(tests, stochastic_probability);
    tcase_add_test(tests, every_sixteen_bit_input);
    tcase_add_loop_test(tests, seeded, 0, sizeof kinds / sizeof kinds[0]);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
