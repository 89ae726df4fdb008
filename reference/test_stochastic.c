/* Stochastic conversions: answers worked out by hand, how often each neighbour comes, the two implementations
 * against each other, and the rules told from one another. */
#include "reference/reference.h"
#include "reference/variant.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tb_case parse(const char *id) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

static uint64_t join(const struct tb_case *c, uint64_t x, uint64_t random) {
    return tb_case_join(c, &x, random);
}

/* ---- By hand. ---- */

/* From `first` on the answer is `up`, before it `down`; first = 2^N where it never is. */
static const struct witness {
    const char *id;
    uint64_t x, first, down, up;
} witnesses[] = {
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3F80,     65536,      0x38,   0x38  }, /* 1: a value of the grid */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3F88,     32768,      0x38,   0x39  }, /* 1.0625: half of a quantum */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0xBF88,     32768,      0xB8,   0xB9  },
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3F81,     61440,      0x38,   0x39  }, /* 1/16 of a quantum */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3F8F,     4096,       0x38,   0x39  }, /* 15/16 */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=1",  0x3F88,     1,          0x38,   0x39  },
    {"convert/bf16/e4m3fn/sr/satfinite/bits=1",  0x3F87,     2,          0x38,   0x38  }, /* 7/16, cut to no half */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=3",  0x3F81,     8,          0x38,   0x38  }, /* 1/16, cut to no eighth */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=3",  0x3F8F,     1,          0x38,   0x39  },
 /* Below the least value, 2^-9: 2^-25 is 2^-16 of it; 2^-26 never goes up. */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3300,     65535,      0x00,   0x01  },
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0xB300,     65535,      0x80,   0x81  },
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3280,     65536,      0x00,   0x00  },
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x3340,     65535,      0x00,   0x01  }, /* 1.5 * 2^-16, cut */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x0001,     65536,      0x00,   0x00  },
 /* 464 lies half of a quantum above 448, the largest value: rounding comes before overflow. */
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x43E8,     65536,      0x7E,   0x7E  },
    {"convert/bf16/e4m3fn/sr/nan/bits=16",       0x43E8,     32768,      0x7E,   0x7F  },
    {"convert/bf16/e4m3fn/sr/nan/bits=16",       0xC3E8,     32768,      0xFE,   0xFF  },
    {"convert/bf16/e4m3fn/sr/nan/bits=16",       0x43F0,     65536,      0x7F,   0x7F  }, /* 480 */
    {"convert/bf16/e5m2/sr/inf/bits=8",          0x4770,     128,        0x7B,   0x7C  }, /* 61440 */
    {"convert/bf16/e5m2/sr/propagate/bits=8",    0x4770,     256,        0x7B,   0x7B  },
    {"convert/bf16/e5m2/sr/propagate/bits=8",    0x7F80,     256,        0x7C,   0x7C  },
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16", 0x7FC0,     65536,      0x7F,   0x7F  },
    {"convert/bf16/e2m1fn/sr/satfinite/bits=16", 0x40E0,     65536,      0x7,    0x7   }, /* 7, of at most 6 */
    {"convert/bf16/e2m1fn/sr/satfinite/bits=16", 0x40A0,     32768,      0x6,    0x7   }, /* 5, between 4 and 6 */
    {"convert/fp32/bf16/sr/inf/bits=16",         0x3F800001, 65535,      0x3F80, 0x3F81},
    {"convert/fp32/bf16/sr/inf/bits=16",         0x3F80FFFF, 1,          0x3F80, 0x3F81},
    {"convert/fp32/bf16/sr/inf/bits=16",         0x7F7FFFFF, 1,          0x7F7F, 0x7F80},
    {"convert/fp32/bf16/sr/inf/bits=32",         0x3F800001, 4294901760, 0x3F80, 0x3F81},
    {"convert/fp32/fp16/sr/inf/bits=13",         0x3F801000, 4096,       0x3C00, 0x3C01},
    {"convert/fp32/int8/sr/satfinite/bits=8",    0x40200000, 128,        2,      3     }, /* 2.5 */
    {"convert/fp32/int8/sr/satfinite/bits=8",    0xC0200000, 128,        0xFE,   0xFD  },
    {"convert/fp32/int8/sr/satfinite/bits=8",    0x42FF0000, 256,        127,    127   }, /* 127.5 */
    {"convert/fp32/int8/sr/satfinite/bits=8",    0xC2FF8000, 64,         0x81,   0x80  },
    {"convert/fp32/e8m0fnu/sr/satfinite/bits=2", 0x3FC00000, 2,          127,    128   }, /* 1.5 */
};

START_TEST(test_witness) {
    const struct witness *w = &witnesses[_i];
    struct tb_case c = parse(w->id);
    uint64_t end = UINT64_C(1) << c.random_bits;
    const uint64_t tried[] = {0, w->first - 1, w->first, end - 1};
    for (int i = 0; i < 4; i++) {
        if (tried[i] >= end)
            continue;
        uint64_t code = tried[i] >= w->first ? w->up : w->down, input = join(&c, w->x, tried[i]);
        ck_assert_msg(tb_exact_mpfr(&c, input) == code, "%s %llx, %llu: mpfr", w->id,
                      (unsigned long long)w->x, (unsigned long long)tried[i]);
        ck_assert_msg(tb_exact_integer(&c, input) == code, "%s %llx, %llu: integers", w->id,
                      (unsigned long long)w->x, (unsigned long long)tried[i]);
    }
    uint64_t codes[2];
    ck_assert_uint_eq(tb_stochastic_neighbours(&c, w->x, c.random_bits, codes), w->first);
    ck_assert_uint_eq(codes[0], w->down);
    ck_assert_uint_eq(codes[1], w->up);
}
END_TEST

/* ---- How often: 0 <= x < 6 to FP4, whose quanta are 1/2, 1 and 2; doubles are exact here. ---- */

static double fraction_of(double x) {
    double quantum = x < 2 ? 0.5 : x < 4 ? 1 : 2;
    return x / quantum - floor(x / quantum);
}

static int ups(const char *variant, const struct tb_case *c, uint64_t x) {
    struct tb_arithmetic a;
    int count = 0;
    ck_assert(tb_variant_arithmetic(c, variant, &a, NULL));
    for (uint64_t r = 0; r < UINT64_C(1) << c->random_bits; r++)
        count += tb_arithmetic_convert(&a, join(c, x, r)) != tb_integer_convert_with(c, x, 0);
    return count;
}

START_TEST(test_counts) {
    for (int bits = 1; bits <= 9; bits++) {
        char id[64];
        snprintf(id, sizeof id, "convert/e4m3fn/e2m1fn/sr/satfinite/bits=%d", bits);
        struct tb_case c = parse(id);
        for (uint64_t x = 0; x < 0x4C; x++) {
            double value = (double)tb_format_value(c.source, x), scaled = ldexp(fraction_of(value), bits);
            ck_assert_int_eq(ups("exact", &c, x), (int)floor(scaled));
            ck_assert_int_eq(ups("sr-b", &c, x), (int)floor(scaled + 0.5));
            ck_assert_int_eq(ups("sr-c", &c, x), (int)nearbyint(scaled));
        }
    }
}
END_TEST

/* ---- Two implementations. ---- */

static void check_both(const struct tb_case *c, const char *id, uint64_t input) {
    uint64_t mpfr = tb_exact_mpfr(c, input), integer = tb_exact_integer(c, input);
    if (mpfr != integer)
        ck_abort_msg("%s 0x%llx: mpfr 0x%llx, integers 0x%llx", id, (unsigned long long)input,
                     (unsigned long long)mpfr, (unsigned long long)integer);
}

static const char *const destinations[] = {"e4m3fn", "e5m2", "e4m3fnuz", "e2m1fn",      "e2m3fn",  "e3m2fn",
                                           "fp16",   "bf16", "int8",     "binary8p4se", "e8m0fnu", "uint8"};
static const char *const sources[] = {"fp16", "bf16", "fp32", "tf32", "e5m2", "int16"};
static const char *const policies[] = {"satfinite", "propagate", "inf", "nan"};

START_TEST(test_both_ways) {
    uint64_t random = 88172645463325252u + (uint64_t)_i;
    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++)
        for (int bits = 1; bits <= 32; bits += 1 + bits / 3) {
            char id[96];
            struct tb_case c;
            snprintf(id, sizeof id, "convert/%s/%s/sr/%s/bits=%d", sources[s], destinations[_i],
                     policies[(size_t)bits % 4], bits);
            if (!tb_case_parse(id, &c, NULL))
                continue; /* a source that is the destination, or loses nothing in it */
            for (int i = 0; i < 1000; i++) {
                random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                uint64_t x = (random >> 24) & ((UINT64_C(1) << c.source->bits) - 1);
                uint64_t end = (UINT64_C(1) << bits) - 1, codes[2];
                x <<= c.source->padding;
                uint64_t first = tb_stochastic_neighbours(&c, x, bits, codes);
                check_both(&c, id, join(&c, x, random & end));
                check_both(&c, id, join(&c, x, 0));
                check_both(&c, id, join(&c, x, end));
                check_both(&c, id, join(&c, x, (first - 1) & end));
                check_both(&c, id, join(&c, x, first & end));
            }
        }
}
END_TEST

/* ---- Staircases. ---- */

static struct tb_staircase golden(const struct tb_case *c) {
    struct tb_staircase s = {0};
    struct tb_error error = {0};
    ck_assert_msg(tb_golden_staircase(c, &s, &error), "%s", error.text);
    return s;
}

START_TEST(test_staircase) {
    static const char *const ids[] = {
        "convert/e4m3fn/e2m1fn/sr/satfinite/bits=8", "convert/e5m2/e2m3fn/sr/satfinite/bits=11",
        "convert/fp16/e4m3fn/sr/satfinite/bits=5", "convert/int16/int8/sr/satfinite/bits=4"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_case c;
        if (!tb_case_parse(ids[i], &c, NULL))
            continue;
        struct tb_staircase s = golden(&c);
        ck_assert_uint_le(s.count, 2 * tb_format_codes(c.source));
        for (uint64_t input = 0; input < tb_case_inputs(&c); input++)
            if (tb_staircase_at(&s, input) != tb_exact_integer(&c, input))
                ck_abort_msg("%s 0x%llx", ids[i], (unsigned long long)input);
        tb_staircase_free(&s);
    }
}
END_TEST

START_TEST(test_large_staircase) {
    struct tb_case c = parse("convert/bf16/e4m3fn/sr/satfinite/bits=16");
    struct tb_staircase s = golden(&c);
    ck_assert_uint_eq(tb_case_inputs(&c), UINT64_C(1) << 32);
    for (uint64_t i = 0, input = 0; i < 1 << 20; i++, input = (input + 2654435761u) & UINT32_MAX)
        if (tb_staircase_at(&s, input) != tb_exact_integer(&c, input))
            ck_abort_msg("0x%llx", (unsigned long long)input);
    tb_staircase_free(&s);
}
END_TEST

/* ---- Which bits of a word of 32 are used: at a fraction of one half, only the highest of them counts. ----
 */

static const struct {
    const char *variant;
    int highest;
} picks[] = {
    {"exact",            31},
    {"r-short",          31},
    {"r-low-short",      30},
    {"r-reversed",       0 },
    {"r-top8",           31},
    {"r-low8",           7 },
    {"r-low13",          12},
    {"r-mid13",          28},
    {"r-low16",          15},
    {"r-top16",          31},
    {"r-top20",          31},
    {"r-top21",          31},
    {"r-low20",          19},
    {"r-low21",          20},
    {"r-bytes-f",        23},
    {"r-bytes-e",        0 },
    {"r-low16-reversed", 0 },
    {"r-top16-reversed", 16},
    {"r-bytes-b",        31},
    {"r-bytes-a",        8 },
};

START_TEST(test_picked_bits) {
    struct tb_case c = parse("convert/fp32/e2m1fn/sr/satfinite/bits=32");
    const uint64_t x = 0x3FA00000, up = 0x3, down = 0x2; /* 1.25, between 1 and 1.5 */
    struct tb_arithmetic a;
    ck_assert(tb_variant_arithmetic(&c, picks[_i].variant, &a, NULL));
    for (int bit = 0; bit < 32; bit++) {
        uint64_t one = UINT64_C(1) << bit, others = UINT32_MAX ^ one;
        bool counts = bit == picks[_i].highest;
        ck_assert_uint_eq(tb_arithmetic_convert(&a, join(&c, x, one)), counts ? up : down);
        ck_assert_uint_eq(tb_arithmetic_convert(&a, join(&c, x, others)), counts ? down : up);
    }
}
END_TEST

/* Subnormal results: 2^-11 is a quarter of e4m3fn's least value and drops 22 bits of fp32; 2^-30 drops all.
 */
START_TEST(test_subnormal_rules) {
    struct tb_case c = parse("convert/fp32/e4m3fn/sr/satfinite/bits=32");
    struct tb_arithmetic cut, unaligned, top20, exact;
    ck_assert(tb_variant_arithmetic(&c, "exact", &exact, NULL));
    ck_assert(tb_variant_arithmetic(&c, "sr-cut", &cut, NULL));
    ck_assert(tb_variant_arithmetic(&c, "sr-unaligned", &unaligned, NULL));
    ck_assert(tb_variant_arithmetic(&c, "r-top20", &top20, NULL));
    const uint64_t quarter = 0x3A000000, tiny = 0x30800000;
    uint64_t at = join(&c, quarter, 0xC0000000), before = join(&c, quarter, 0xBFFFFFFF);
    const struct tb_arithmetic *alike[] = {&exact, &cut, &top20};
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(tb_arithmetic_convert(alike[i], at), 1);
        ck_assert_uint_eq(tb_arithmetic_convert(alike[i], before), 0);
    }
    /* a quarter and less than a quarter, where r stands two bits too low */
    ck_assert_uint_eq(tb_arithmetic_convert(&unaligned, join(&c, quarter, UINT32_MAX)), 0);
    /* 2^-21 of the least value: 2^-20 is the last that 20 bits hold */
    ck_assert_uint_eq(tb_arithmetic_convert(&exact, join(&c, tiny, UINT32_MAX)), 1);
    ck_assert_uint_eq(tb_arithmetic_convert(&cut, join(&c, tiny, UINT32_MAX)), 0);
    ck_assert_uint_eq(tb_arithmetic_convert(&top20, join(&c, tiny, UINT32_MAX)), 0);
}
END_TEST

/* ---- The rules are told from one another. ---- */

/* Pairs that are one function here. */
static bool is_known_pair(const char *a, const char *b) {
    static const char *const same[][2] = {
        {"daz", "exact"}, /* the least value lies far above the subnormals of bf16 */
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if ((!strcmp(same[i][0], a) && !strcmp(same[i][1], b)) ||
            (!strcmp(same[i][0], b) && !strcmp(same[i][1], a)))
            return true;
    return false;
}

static bool same_staircase(const struct tb_staircase *a, const struct tb_staircase *b) {
    return a->count == b->count && !memcmp(a->first, b->first, a->count * sizeof *a->first) &&
           !memcmp(a->code, b->code, a->count * sizeof *a->code);
}

static const char *const rules[] = {"exact",       "sr-b",    "sr-c",     "sr-cut",    "sr-unaligned",
                                    "sr-floor",    "r-below", "r-above",  "r-at-most", "r-short",
                                    "r-low-short", "r-top8",  "rne",      "rna",       "rtz",
                                    "ru",          "ftz",     "via-fp16", "rto"};
enum { RULES = sizeof rules / sizeof rules[0] };

START_TEST(test_told_apart) {
    struct tb_case c = parse("convert/bf16/e4m3fn/sr/satfinite/bits=16");
    struct tb_staircase s[RULES] = {0};
    for (int i = 0; i < RULES; i++) {
        struct tb_arithmetic a;
        struct tb_error error = {0};
        ck_assert(tb_variant_arithmetic(&c, rules[i], &a, &error));
        ck_assert_msg(tb_arithmetic_staircase(&a, &s[i], &error), "%s", error.text);
        for (int k = 0; k < i; k++)
            if (same_staircase(&s[i], &s[k]))
                ck_assert_msg(is_known_pair(rules[i], rules[k]), "%s is %s", rules[i], rules[k]);
    }
    for (int i = 0; i < RULES; i++)
        tb_staircase_free(&s[i]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("stochastic");
    TCase *tests = tcase_create("stochastic");
    tcase_set_timeout(tests, 240);
    tcase_add_loop_test(tests, test_witness, 0, sizeof witnesses / sizeof witnesses[0]);
    tcase_add_test(tests, test_counts);
    tcase_add_loop_test(tests, test_both_ways, 0, sizeof destinations / sizeof destinations[0]);
    tcase_add_loop_test(tests, test_picked_bits, 0, sizeof picks / sizeof picks[0]);
    tcase_add_test(tests, test_subnormal_rules);
    tcase_add_test(tests, test_staircase);
    tcase_add_test(tests, test_large_staircase);
    tcase_add_test(tests, test_told_apart);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
