/* The scaled operations: hand-computed answers; MPFR and integers against each other on every boundary of
 * every narrow float, its neighbours and seeded inputs; staircases of variants against the variants, and
 * variants against plain C that shares no code with them. */
#include "reference/behaviour.h"
#include "reference/reference.h"
#include "reference/scaled.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static struct tb_case parsed(const char *id) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

static uint64_t both(const struct tb_case *c, uint64_t pattern) {
    uint64_t a = tb_scaled_mpfr(c, pattern), b = tb_scaled_integer(c, pattern);
    if (a != b) {
        char id[TB_CASE_ID];
        tb_case_print(c, id);
        ck_abort_msg("%s: 0x%" PRIx64 " gives 0x%" PRIx64 " by MPFR, 0x%" PRIx64 " by integers", id, pattern,
                     a, b);
    }
    return a;
}

static uint64_t seed = 0x2545F4914F6CDD1D;

static uint64_t draw(void) {
    return tb_xorshift(&seed);
}

/* ---- Ids. ---- */

START_TEST(test_ids) {
    static const char *const kept[] = {
        "quantize/fp32/e4m3fn/rne/satfinite/s=0x1.8p-4", "quantize/bf16/e2m1fn/rto/nan/m=0x1p+3",
        "quantize/fp32/e4m3fn/rne/satfinite/s=-inf",     "quantize/fp32/e8m0fnu/ru/satfinite/s=nan",
        "quantize/fp32/fp16/rtz/propagate/s=0x1p-1074",  "dequantize/e4m3fn/fp32/rne/inf/s=0x1.99999ap-4",
        "quantize/fp32/e5m2/rne/inf/s=-0x0p+0",
    };
    static const struct {
        const char *id, *says;
    } refused[] = {
        {"quantize/fp32/e4m3fn/rne/s=1",               "overflow policy 's=1' is not one of"},
        {"quantize/fp32/e4m3fn/rne/satfinite",         "is not s=SCALE or m=FACTOR"         },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=1,z=0", "is not s=SCALE or m=FACTOR"         },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=1e999", "is not s=SCALE"                     },
        {"quantize/fp32/e4m3fn/sr/satfinite/s=1",      "is not one of rne, rna"             },
        {"quantize/fp64/e4m3fn/rne/satfinite/s=1",     "does not go from fp64 to e4m3fn"    },
        {"quantize/fp32/fp32/rne/inf/s=1",             "does not go from fp32 to fp32"      },
        {"dequantize/e4m3fn/fp32/rne/inf/m=1",         "is not s=SCALE:"                    },
        {"quantize/e8m0fnu/e4m3fn/rne/satfinite/s=1",  "does not go from e8m0fnu to e4m3fn" },
    };
    char id[TB_CASE_ID];
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct tb_case c = parsed(kept[i]);
        tb_case_print(&c, id);
        ck_assert_str_eq(id, kept[i]);
        ck_assert(tb_case_is_scaled(&c) && !tb_case_is_affine(&c));
        ck_assert_str_eq(tb_case_parameters(&c, id), strrchr(id, '/') + 1);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct tb_case c;
        struct tb_error error = {0};
        ck_assert_msg(!tb_case_parse(refused[i].id, &c, &error), "%s", refused[i].id);
        ck_assert_msg(strstr(error.text, refused[i].says) != NULL, "%s", error.text);
    }
}
END_TEST

/* ---- Answers found by hand. ---- */

struct row {
    const char *id;
    uint64_t input, output;
};

/* A variant that answers only NaN otherwise computes the exact answer its own way. */
static void check_real(const struct tb_case *c, uint64_t input, uint64_t exact) {
    struct tb_behaviour b;
    ck_assert(tb_behaviour_make(c, "nan-zero", &b, NULL));
    if (!tb_format_is_nan(c->destination, exact) && !tb_format_is_nan(c->source, input))
        ck_assert_uint_eq(tb_behaviour_at(&b, input), exact);
}

START_TEST(test_by_hand) {
    static const struct row rows[] = {
  /* 17 / 16 = 1.0625 is the tie of 1 and 1.125, and goes to the even 0x38; a hair more does not */
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p+4",                0x41880000, 0x38      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p+4",                0x41880001, 0x39      },
        {"quantize/fp32/e4m3fn/rna/satfinite/s=0x1p+4",                0x41880000, 0x39      },
 /* the largest 448: below 464 it is rounded to, from there on the policy answers */
        {"quantize/fp32/e4m3fn/rne/nan/s=0x1p+0",                      0x43E80000, 0x7E      }, /* 464, a tie to even 448 */
        {"quantize/fp32/e4m3fn/rne/nan/s=0x1p+0",                      0x43E80001, 0x7F      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p+0",                0x43E80001, 0x7E      },
        {"quantize/fp32/e5m2/rne/inf/s=0x1p-1",                        0x46F00000, 0x7C      }, /* 30720 * 2 = 61440, a tie */
        {"quantize/fp32/e5m2/rne/satfinite/s=0x1p-1",                  0x46F00000, 0x7B      },
        {"quantize/fp32/e5m2/rne/propagate/s=0x1p-1",                  0x7F800000, 0x7C      }, /* an infinite quotient stays */
        {"quantize/fp32/e5m2/rne/satfinite/s=0x1p-1",                  0x7F800000, 0x7B      },
 /* 1 / 3 lies between 0.3125 (0x2A) and 0.34375 (0x2B), beyond the middle 0.328125 */
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1.8p+1",              0x3F800000, 0x2B      },
        {"quantize/fp32/e4m3fn/rtz/satfinite/s=0x1.8p+1",              0x3F800000, 0x2A      },
        {"quantize/fp32/e4m3fn/rd/satfinite/s=-0x1.8p+1",              0x3F800000, 0xAB      },
        {"quantize/fp32/e4m3fn/rne/satfinite/m=-0x1.8p+1",             0x3F800000, 0xC4      },
 /* below half of the least subnormal, 2^-10 */
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p+0",                0x3A800000, 0x00      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p+0",                0xBA800001, 0x81      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=-0x1p+0",               0x3A800000, 0x80      },
        {"quantize/fp32/e4m3fnuz/rne/satfinite/s=-0x1p+0",             0x3A000000, 0x00      }, /* no -0 there */
        {"quantize/fp32/e4m3fn/ru/satfinite/s=0x1p+100",               0x00000001, 0x01      },
 /* 1.09814453125, a tie of fp16, plus 2^-34 of it: one more than 2249 s is 2048 x; then with s of 53
  * bits,   2^-63 of it on either side; and a product of 76 bits that is 17 / 16 and 2^-69 of it more
  */
        {"quantize/fp32/fp16/rne/inf/s=0x1.000d0ep+23",                0x4B0C972B, 0x3C65    },
        {"quantize/fp32/fp16/rna/inf/s=0x1.0002f2p+23",                0x4B0C919E, 0x3C64    },
        {"quantize/fp32/fp16/rne/inf/s=0x1.001f23a0d6e87p+23",         0x4B0CA119, 0x3C65    },
        {"quantize/fp32/fp16/rna/inf/s=0x1.0000dc5f29179p+23",         0x4B0C9079, 0x3C64    },
        {"quantize/fp32/e4m3fn/rne/satfinite/m=0x1.0ffffde000044p-23", 0x4B000001, 0x39      },
 /* NaN */
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p+0",                0xFFC12345, 0x7F      },
        {"quantize/fp32/e5m2/rne/satfinite/s=-0x1p+0",                 0x7F800001, 0x7E      },
        {"quantize/fp32/e2m1fn/rne/satfinite/s=0x1p+0",                0xFFC00000, 0x07      },
        {"quantize/fp32/e4m3fnuz/rne/satfinite/s=0x1p+0",              0x7FC00000, 0x80      },
 /* scales that are none */
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x0p+0",                0x00000000, 0x7F      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x0p+0",                0x00000001, 0x7E      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=-0x0p+0",               0x00000001, 0xFE      },
        {"quantize/fp32/e4m3fn/rne/nan/s=0x0p+0",                      0x3F800000, 0x7F      },
        {"quantize/fp32/e5m2/rne/inf/s=0x0p+0",                        0xBF800000, 0xFC      },
        {"quantize/fp32/e5m2/rne/inf/s=inf",                           0xBF800000, 0x80      },
        {"quantize/fp32/e5m2/rne/inf/s=inf",                           0x7F800000, 0x7E      },
        {"quantize/fp32/e5m2/rne/inf/s=nan",                           0x3F800000, 0x7E      },
        {"quantize/fp32/e5m2/rne/inf/m=inf",                           0x00000000, 0x7E      },
        {"quantize/fp32/e5m2/rne/inf/m=0x0p+0",                        0xBF800000, 0x80      },
 /* subnormal ones: 2^-149 / 2^-149, and 2^-149 / 1.5 2^-140 beside 2^-149 / 2^-1074 */
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p-149",              0x00000001, 0x38      },
        {"quantize/fp32/e4m3fn/rne/satfinite/s=0x1p-1074",             0x00000001, 0x7E      },
 /* 448 * 13421773 * 2^-27 = 11744051.375 * 2^-18; 2^-6 * 2^-140 is 8 quanta of fp32 */
        {"dequantize/e4m3fn/fp32/rne/inf/s=0x1.99999ap-4",             0x7E,       0x42333333},
        {"dequantize/e4m3fn/fp32/rne/inf/s=0x1p-140",                  0x08,       0x00000008},
        {"dequantize/e4m3fn/fp32/rne/inf/s=0x1p-4",                    0xFF,       0x7FC00000},
        {"dequantize/e5m2/fp16/rne/inf/s=-0x1p+1",                     0x7B,       0xFC00    },
        {"dequantize/e5m2/fp16/rne/satfinite/s=0x1p+1",                0x7B,       0x7BFF    },
        {"dequantize/e5m2/fp16/rne/inf/s=0x0p+0",                      0x7C,       0x7E00    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tb_case c = parsed(rows[i].id);
        uint64_t got = both(&c, rows[i].input);
        check_real(&c, rows[i].input, got);
        ck_assert_msg(got == rows[i].output, "%s: 0x%" PRIx64 " should give 0x%" PRIx64 ", gives 0x%" PRIx64,
                      rows[i].id, rows[i].input, rows[i].output, got);
    }
}
END_TEST

/* ---- The two ways. ---- */

static double a_scale(unsigned kind) {
    double any = ldexp(1 + ldexp((double)(draw() >> 12), -52), (int)(draw() % 24) - 12);
    static const double special[] = {0,          -0.0,    INFINITY,  NAN,         0x1p-149,
                                     0x1.8p-140, 0x1p127, 0x1p-1074, 0x1.8p-1060, 0x1.fffffep1000,
                                     0x1p-4,     -0x1p-4};
    switch (kind % 4) {
    case 0:
        return (double)(float)any;
    case 1:
        return draw() % 4 ? any : -any;
    case 2:
        return ldexp((double)(1 + draw() % 15), (int)(draw() % 20) - 10);
    default:
        return special[draw() % (sizeof special / sizeof special[0])];
    }
}

/* Both ways at an input and its neighbours, of either sign. */
static void compare_around(const struct tb_case *c, double x) {
    struct tb_case narrow = {.source = tb_format_find("fp64", NULL),
                             .destination = c->source,
                             .rounding = TB_RNE,
                             .overflow = TB_SATFINITE};
    uint64_t bits, codes = tb_format_codes(c->source), sign = codes / 2;
    memcpy(&bits, &x, sizeof bits);
    uint64_t code = tb_integer_convert(&narrow, bits) >> c->source->padding;
    for (uint64_t step = 0; step < 5; step++) {
        uint64_t at = (code + step - 2) & (codes - 1);
        both(c, at << c->source->padding);
        both(c, (at ^ sign) << c->source->padding);
    }
}

static void compare_all(const struct tb_case *c) {
    const struct tb_format *f = c->destination;
    double s = c->affine.scale;
    uint64_t codes = tb_format_codes(f), stride = TB_FEWER(codes / 64 + 1, 8);
    for (uint64_t code = 0; code + 1 < codes; code += stride) {
        double low = tb_format_value(f, code << f->padding),
               high = tb_format_value(f, (code + 1) << f->padding);
        double middle = low / 2 + high / 2;
        if (!isfinite(low) || !isfinite(middle) || !isfinite(s) || s == 0)
            continue;
        compare_around(c, tb_case_multiplies(c) ? low / s : low * s);
        compare_around(c, tb_case_multiplies(c) ? middle / s : middle * s);
    }
    for (int i = 0; i < TB_SHARE(200, 4); i++)
        both(c, (draw() & (tb_format_codes(c->source) - 1)) << c->source->padding);
    uint64_t all = tb_format_codes(c->source);
    const uint64_t edges[] = {0, 1, all / 2 - 1, all / 2, all / 2 + 1, all - 1};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        both(c, edges[i] << c->source->padding);
}

static bool is_narrow(const struct tb_format *f) {
    return f->kind == TB_FLOAT && f->bits <= 16;
}

START_TEST(test_two_ways) {
    static const char *const sources[] = {"fp32", "fp16", "bf16", "tf32", "e5m2"};
    const struct tb_format *f = &tb_formats[_i];
    if (!is_narrow(f))
        return;
    for (unsigned k = 0; k < TB_SHARE(24u, 4u); k++)
        for (int rounding = TB_RNE; rounding < TB_ROUNDINGS; rounding++) {
            struct tb_case c = {
                .operation = TB_SCALE_DOWN,
                .source = tb_format_find(sources[draw() % 5], NULL),
                .destination = f,
                .rounding = (enum tb_rounding)rounding,
                .overflow = (enum tb_overflow)(draw() % TB_OVERFLOWS),
                .affine = {.scale = a_scale(k), .is_factor = draw() % 2}
            };
            compare_all(&c);
        }
}
END_TEST

START_TEST(test_values) {
    static const char *const destinations[] = {"fp32", "fp16", "bf16", "tf32", "e5m2", "e4m3fn"};
    const struct tb_format *f = &tb_formats[_i];
    if (!is_narrow(f))
        return;
    for (unsigned k = 0; k < TB_SHARE(24u, 4u); k++) {
        struct tb_case c = {.operation = TB_SCALE_UP,
                            .source = f,
                            .destination = tb_format_find(destinations[draw() % 6], NULL),
                            .rounding = (enum tb_rounding)(TB_RNE + draw() % (TB_ROUNDINGS - TB_RNE)),
                            .overflow = (enum tb_overflow)(draw() % TB_OVERFLOWS),
                            .affine = {.scale = a_scale(k)}};
        for (uint64_t code = 0; code < tb_format_codes(f); code += 1 + tb_format_codes(f) / 4096)
            both(&c, code << f->padding);
    }
}
END_TEST

/* ---- Golden staircases, and those of variants. ---- */

static const char *const cases[] = {
    "quantize/fp32/e4m3fn/rne/satfinite/s=0x1.199d54p-9",
    "quantize/fp32/e5m2/rne/inf/s=-0x1.99999ap-4",
    "quantize/fp32/e4m3fnuz/rd/nan/s=0x1.8p-140",
    "quantize/fp32/e2m1fn/rto/satfinite/m=0x1.2468acp+3",
    "quantize/fp32/e3m2fn/rne/satfinite/s=0x1.99999ap-4",
    "quantize/tf32/e2m3fn/rna/satfinite/s=0x1.99999ap-4",
    "quantize/fp32/e8m0fnu/ru/satfinite/s=0x1.99999ap-4",
    "quantize/fp32/e5m2/rne/inf/s=0",
    "quantize/fp32/e5m2/rne/inf/s=inf",
    "quantize/bf16/e4m3fn/rne/nan/s=0x1.d24924p-7",
    "quantize/fp32/bf16/rne/inf/s=0x1.99999ap-4",
    "dequantize/e4m3fn/fp32/rne/inf/s=0x1.99999ap-4",
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void check_staircase(const struct tb_case *c, const char *name, const struct tb_staircase *s) {
    struct tb_behaviour b;
    uint64_t codes = tb_format_codes(c->source);
    int padding = c->source->padding;
    ck_assert(tb_behaviour_make(c, name, &b, NULL));
    size_t stride = s->count / 512 + 1;
    for (size_t i = 0; i < s->count; i += stride)
        for (int step = -1; step <= 1; step++) {
            uint64_t code = ((s->first[i] >> padding) + (uint64_t)step) & (codes - 1);
            uint64_t at = tb_behaviour_at(&b, code << padding);
            ck_assert_msg(at == tb_staircase_at(s, code << padding), "%s: 0x%" PRIx64 " gives 0x%" PRIx64,
                          name, code, at);
        }
    for (int i = 0; i < TB_SHARE(2000, 20); i++) {
        uint64_t pattern = (draw() & (codes - 1)) << padding;
        ck_assert_uint_eq(tb_behaviour_at(&b, pattern), tb_staircase_at(s, pattern));
    }
}

START_TEST(test_staircases) {
    struct tb_case c = parsed(cases[_i]);
    struct tb_staircase golden = {0};
    struct tb_error error = {0};
    ck_assert_msg(tb_golden_staircase(&c, &golden, &error), "%s", error.text);
    check_staircase(&c, "exact", &golden);
    size_t count = c.destination->bits > 8 && c.source->bits > 16 ? 40 : tb_behaviour_count(c.operation);
    for (size_t i = 1; i < count; i++) {
        struct tb_variant_words words = tb_behaviour_words(c.operation, i);
        struct tb_staircase s = {0};
        struct tb_behaviour b;
        ck_assert(tb_behaviour_make(&c, words.name, &b, NULL));
        ck_assert(tb_behaviour_staircase(&b, &s, &error));
        check_staircase(&c, words.name, &s);
        bool same = s.count == golden.count &&
                    memcmp(s.first, golden.first, s.count * sizeof s.first[0]) == 0 &&
                    memcmp(s.code, golden.code, s.count * sizeof s.code[0]) == 0;
        /* Codes of at most 8 bits are probed at every boundary: who applies differs, and who differs applies.
         */
        if (c.destination->bits <= 8)
            ck_assert_msg(tb_behaviour_applies(&c, i) == !same, "%s: %s %s", cases[_i], words.name,
                          same ? "applies and is exact" : "differs and does not apply");
        tb_staircase_free(&s);
    }
    tb_staircase_free(&golden);
}
END_TEST

/* ---- Variants against plain C. ---- */

static float divided(float x, float s) {
    return x / s;
}
static float by_reciprocal(float x, float s) {
    return x * (1 / s);
}
static float by_amax(float x, float s) {
    return x * (448 / (448 * s));
}
static float clamped_high(float x, float s) {
    return fmaxf(-448, fminf(x * (1 / s), 448));
}
static float clamped_low(float x, float s) {
    return fminf(fmaxf(x / s, -448), 448);
}
static float up_to_power(float x, float s) {
    uint32_t bits;
    memcpy(&bits, &s, sizeof bits);
    bits = (bits & 0x7F800000) + (bits & 0x7FFFFF ? 0x800000 : 0);
    memcpy(&s, &bits, sizeof s);
    return fminf(fmaxf(x / s, -448), 448);
}

START_TEST(test_plain) {
    static const struct {
        const char *variant;
        float (*t)(float x, float s);
    } rows[] = {
        {"div32",                       divided      },
        {"rcp32",                       by_reciprocal},
        {"mul32",                       by_reciprocal},
        {"amax",                        by_amax      },
        {"rcp32+clamp",                 clamped_high },
        {"div32+clamp-nan-low",         clamped_low  },
        {"pow2-up+div32+clamp-nan-low", up_to_power  },
    };
    struct tb_case encode = parsed("convert/fp32/e4m3fn/rne/satfinite");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int k = 0; k < TB_SHARE(200, 4); k++) {
            struct tb_case c = parsed("quantize/fp32/e4m3fn/rne/satfinite/s=1");
            struct tb_behaviour b;
            float s = (float)fabs(a_scale(0));
            c.affine.scale = s;
            ck_assert(tb_behaviour_make(&c, rows[i].variant, &b, NULL));
            for (int n = 0; n < 1000; n++) {
                uint32_t bits = (uint32_t)draw(), out;
                float x, t;
                memcpy(&x, &bits, sizeof x);
                if (n % 4) { /* a middle of two codes, or beside it */
                    uint64_t code = draw() % 0x7E;
                    x = (float)((tb_format_value(c.destination, code) +
                                 tb_format_value(c.destination, code + 1)) /
                                2 * (double)s);
                    memcpy(&bits, &x, sizeof bits);
                    bits += (uint32_t)(draw() % 5) - 2;
                    memcpy(&x, &bits, sizeof x);
                }
                t = rows[i].t(x, s);
                memcpy(&out, &t, sizeof out);
                uint64_t expected = isnan(t) ? 0x7F : tb_integer_convert(&encode, out);
                ck_assert_msg(tb_behaviour_at(&b, bits) == expected, "%s, s = %a: x = %a", rows[i].variant,
                              (double)s, (double)x);
            }
        }
}
END_TEST

/* ---- Names. ---- */

START_TEST(test_names) {
    struct tb_case c = parsed("quantize/fp32/e4m3fn/rne/satfinite/s=0x1.99999ap-4");
    struct tb_behaviour b;
    struct tb_error error = {0};
    ck_assert(!tb_behaviour_make(&c, "zp-before", &b, &error));
    ck_assert_msg(strstr(error.text, "none of scaled conversions") != NULL, "%s", error.text);
    ck_assert(!tb_behaviour_make(&c, "wrap", &b, &error));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scaled");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, test_ids);
    tcase_add_test(tests, test_by_hand);
    tcase_add_loop_test(tests, test_two_ways, 0, (int)tb_format_count);
    tcase_add_loop_test(tests, test_values, 0, (int)tb_format_count);
    tcase_add_loop_test(tests, test_staircases, 0, CASES);
    tcase_add_test(tests, test_plain);
    tcase_add_test(tests, test_names);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
