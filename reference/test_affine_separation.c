/* Which affine variants parameters can tell apart.
 *
 * Random scales seldom tell a reciprocal from a division: scales are built so that some input's quotient or
 * product is nearly a half. Over a seeded pool of such parameters, every variant of an operation must have 50
 * sets on which its staircase is neither the exact one nor that of any other variant, but for those of a
 * table that are one and the same for these parameters, each with its reason. Two that are said to be one
 * always, and are told apart, fail too; so do two that nothing tells apart and the table does not list.
 * `SHOW=1 test_affine_separation` prints the figures and the table. */
#include "reference/behaviour.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = TB_SHARE(400, 40), SETS = TB_SHARE(12000, 1200), VARIANTS = 128, NEEDED = 50 };

/* ---- Variants that are one, always or for some parameters. ---- */

enum when { ALWAYS, SOMETIMES };
/* clang-format off */
static const struct {
    enum tb_operation of;
    enum when when;
    const char *names, *why;
} groups[] = {
    {TB_QUANTIZE,   ALWAYS,    "exact rne nan-zp",                  "the cases ask for rne, and the definition answers NaN with the zero point"},
    {TB_QUANTIZE,   ALWAYS,    "clamp-before nan-low",              "bounds that are integers clamp alike before and after rounding: only NaN shows"},
    {TB_QUANTIZE,   SOMETIMES, "exact rne nan-zp zp-fp32 zp-sat16", "a zero point of at most 15 bits: no sum is rounded, and none saturates within the codes"},
    {TB_QUANTIZE,   SOMETIMES, "rcp32 rcp64to32 rcp32+zp-fp32 rcp32+zp-sat16 rcp64to32+zp-fp32", "the same zero points; a scale of fp32: fp64's reciprocal, narrowed, is fp32's"},
    {TB_QUANTIZE,   SOMETIMES, "rcp32+zp-before rcp64to32+zp-before", "a scale of fp32, as above"},
    {TB_QUANTIZE,   SOMETIMES, "div32+clamp-before div32+clamp-before+zp-fp32", "a zero point of at most 15 bits, as above"},
    {TB_QUANTIZE,   SOMETIMES, "zp-sat16 rcp32+zp-sat16",           "a zero point beyond 16 bits: every finite input is pinned to one bound"},
    {TB_QUANTIZE,   SOMETIMES, "rna add-half-away",                 "ties need a scale of 24 bits, and then no fp64 quotient is so near a half that adding one rounds"},
    {TB_QUANTIZE,   SOMETIMES, "rhu add-half",                      "the same"},
    {TB_QUANTIZE,   SOMETIMES, "avx2-wrap int32-x86",               "a zero point below 0 or above 127: guarded or not, both ends give the same bound"},
    {TB_QUANTIZE,   SOMETIMES, "avx2-wrap nan-high",                "a zero point of 0 to 127: the sum does not wrap, and only NaN shows"},
    {TB_DEQUANTIZE, SOMETIMES, "s-fp32 dq-mul32",                  "differences of at most 24 bits, into fp32: one rounding"},
    {TB_DEQUANTIZE, SOMETIMES, "dq-premul dq-fma",                 "the product of scale and code fits fp32"},
    {TB_DEQUANTIZE, SOMETIMES, "via-fp16 dq-mul32+via-fp16",       "fp32 first moves no rounding to fp16"},
    {TB_FAKEQUANT,  ALWAYS,    "exact rne mask-number",            "the cases ask for rne; the definition leaves NaN out of the mask"},
    {TB_FAKEQUANT,  SOMETIMES, "rcp32 rcp64to32",                  "a scale of fp32: fp64's reciprocal, narrowed, is fp32's"},
    {TB_FAKEQUANT,  SOMETIMES, "rna add-half-away",                "ties need a scale of 24 bits, as of quantize"},
    {TB_FAKEQUANT,  SOMETIMES, "rhu add-half",                     "the same"},
    {TB_FAKEQUANT,  SOMETIMES, "avx2-wrap int32-x86",              "a zero point below lo or that lets the sum wrap: both ends give the same bound"},
    {TB_FAKEQUANT,  SOMETIMES, "avx2-wrap nan-high",               "the sum does not wrap, and only NaN shows"},
    {TB_FAKEQUANT,  SOMETIMES, "clamp-before nan-low",             "a value, as of quantize; a mask is taken after that clamp"},
    {TB_FAKEQUANT,  SOMETIMES, "nan-low nan-high nan-zp nan-zero int32-wrap", "a mask: NaN has a code, whichever it is"},
    {TB_FAKEQUANT,  SOMETIMES, "nan-low nan-zero",                 "lo is 0"},
    {TB_FAKEQUANT,  SOMETIMES, "nan-zero zp-before",               "no quotient loses bits to the zero point: NaN shows alone"},
    {TB_REQUANTIZE, ALWAYS,    "exact rne clamp-before strict-half", "the cases ask for rne; bounds are integers, and there is no NaN; strict-half speaks of multipliers, and exact has none"},
    {TB_REQUANTIZE, ALWAYS,    "fixed64 rndnu",                    "the same exact product of the fp32 factor, halves up"},
    {TB_REQUANTIZE, ALWAYS,    "rndnu16 rndnu16+zp-sat16",         "its answer has 16 bits before the zero point comes"},
    {TB_REQUANTIZE, ALWAYS,    "mul32+zp-before mul32+zp-before+clamp-before", "bounds are integers, and there is no NaN"},
    {TB_REQUANTIZE, SOMETIMES, "double-rounding strict-half+double-rounding s-fp32+double-rounding q31", "a factor of at most 31 bits; of fp32; and for q31 below 1"},
    {TB_REQUANTIZE, SOMETIMES, "rna precise add-half-away",        "halves need a factor of at most 8 bits, which fp32 holds"},
    {TB_REQUANTIZE, SOMETIMES, "rhu single-rounding rndnu fixed64 rndnu+zp-sat16 m16 m21 add-half", "the same; multipliers hold it too"},
    {TB_REQUANTIZE, SOMETIMES, "s-fp32 rndnu fixed64 rndnu+zp-sat16 precise", "the narrowed factor makes no half"},
    {TB_REQUANTIZE, SOMETIMES, "mul32 mul32+clamp-before mul32+zp-sat16 mul32+int32-x86+zp-sat16", "a zero point of at most 15 bits, products within 32"},
    {TB_REQUANTIZE, SOMETIMES, "rndnu rndnu+zp-sat16 rndnu16",     "a zero point of at most 15 bits"},
    {TB_REQUANTIZE, SOMETIMES, "zp-sat16 rndnu+zp-sat16 rndnu16 rndnu16+zp-sat16 mul32+zp-sat16 mul32+int32-x86+zp-sat16", "a zero point beyond 16 bits: every accumulator ends at one bound"},
    {TB_REQUANTIZE, SOMETIMES, "int32-wrap int32-x86 avx2-wrap",   "what leaves 32 bits ends at the same bound either way"},
    {TB_REQUANTIZE, SOMETIMES, "narrow low-more",                  "the codes begin at -hi - 1"},
    {TB_SCALE_DOWN, ALWAYS,    "exact rne nan-canonical overflow-always zero-nan below-nan", "the cases ask for rne; the definition answers NaN so; no directed rounding; all destinations have a zero"},
    {TB_SCALE_DOWN, ALWAYS,    "clamp-nan-kept overflow-satfinite", "a clamp that leaves NaN is what satfinite does"},
    {TB_SCALE_DOWN, SOMETIMES, "pow2-near pow2-up pow2-down",      "the nearest power of two is one of the two others"},
    {TB_SCALE_UP,   ALWAYS,    "exact rne nan-canonical overflow-always zero-nan below-nan x-fp16 x-bf16", "as above; fp16 and bf16 hold codes of 8 bits"},
    {TB_SCALE_UP,   ALWAYS,    "clamp-nan-kept overflow-satfinite", "as above"},
    {TB_SCALE_UP,   SOMETIMES, "pow2-near pow2-up pow2-down",      "as above"},
    {TB_SCALE_UP,   SOMETIMES, "s-fp32 mul32",                     "into fp32: the product is rounded once"},
    {TB_SCALE_UP,   SOMETIMES, "ftz32 s-fp16 div-fp16 mul-fp16 rcp-fp16 via-fp16 mul32+via-fp16", "fp16 has no subnormal of fp32's, and none of its values: all are zero"},
    {TB_SCALE_UP,   SOMETIMES, "via-fp16 mul32+via-fp16",          "fp32 first moves no rounding to fp16"},
};
/* clang-format on */
enum { GROUPS = sizeof groups / sizeof groups[0] };

static bool holds(const char *names, const char *name) {
    size_t length = strlen(name);
    for (const char *p = names; *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strcspn(p, " ") == length && memcmp(p, name, length) == 0)
            return true;
    return false;
}

static bool is_pair(enum tb_operation of, const char *a, const char *b, enum when least) {
    for (size_t i = 0; i < GROUPS; i++)
        if (groups[i].of == of && groups[i].when <= least && holds(groups[i].names, a) &&
            holds(groups[i].names, b))
            return true;
    return false;
}

/* ---- Parameters. ---- */

static uint64_t seed = 0x2545F4914F6CDD1D;

static uint64_t draw(void) {
    return tb_xorshift(&seed);
}

/* In [1, 2), fp32, with as many fraction bits as asked for. */
static double a_float(int bits) {
    return 1 + ldexp((double)(draw() >> (64 - bits)), -bits);
}

/* |k + 1/2| of a boundary between codes from lo on. */
static double half_way(const struct tb_affine *a) {
    int64_t codes = a->high - a->low;
    return fabs((double)(a->low - a->zero + (int64_t)(draw() % (uint64_t)codes)) + 0.5);
}

static double a_scale(int kind, const struct tb_affine *a) {
    double up = ldexp(1, (int)(draw() % 16) - 12);
    switch (kind) {
    case 0: /* fp32, and x / s nearly a half */
        return (double)(float)(a_float(23) / half_way(a));
    case 1: /* the same of few bits, as fp16 and bf16 inputs have */
        return (double)(float)(a_float(7) / half_way(a));
    case 2: /* fp64, the same: only the 53rd bit of the quotient tells */
    case 8:
    case 9:
    case 10:
        return a_float(23) / half_way(a);
    case 3: /* what observers compute */
        return (double)(float)(a_float(23) * up / (draw() % 2 ? 127 : 127.5));
    case 4: /* any */
        return a_float(52) * up;
    case 5: /* ties that are exact */
        return up * (double)(1 + draw() % 5);
    case 6: /* so small that fp32's reciprocal and the products end elsewhere */
        return ldexp(a_float(23), -149 + (int)(draw() % 40));
    default: /* so small that fp16 underflows */
        return ldexp(a_float(10), -20 + (int)(draw() % 8));
    }
}

/* In one of some sets a zero point that no register of 16 bits and no fp32 holds. */
static int64_t a_zero(bool is_signed, unsigned some) {
    int64_t zero = is_signed ? (int64_t)(draw() % 200) - 100 : (int64_t)(draw() % 256);
    if (draw() % some == 0)
        return (zero | 1) * (1 << (9 + draw() % 14)) + 1;
    return draw() % 5 == 0 ? 0 : zero;
}

static struct tb_case parsed(const char *id) {
    struct tb_case c;
    ck_assert_msg(tb_case_parse(id, &c, NULL), "%s", id);
    return c;
}

/* An eighth of the scales is negative: none of a runtime is. */
static double signed_scale(double scale) {
    return draw() % 8 ? scale : -scale;
}

static struct tb_case a_quantize(int set) {
    static const char *const formats[] = {"int8", "uint8", "int8", "uint8", "int4"};
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "quantize/fp32/%s/rne/s=1,z=0", formats[draw() % 5]);
    struct tb_case c = parsed(id);
    c.affine.zero = a_zero(c.destination->is_signed, 4);
    if (c.affine.low == -128 && draw() % 2)
        c.affine.low = -120, c.affine.high = 100;
    c.affine.scale = signed_scale(a_scale(set % 11, &c.affine));
    return c;
}

/* A multiple of it by a small odd number is nearly halfway between two numbers of fp32: fp64's product is. */
static double a_midpoint_part(void) {
    return (double)((draw() >> 39) | 1 << 24 | 1) / (double)(3 + 2 * (draw() % 40));
}

/* Values and masks in turn. */
static struct tb_case a_fakequant(int set) {
    static const char *const ids[] = {
        "fakequant/fp32/fp32/rne/s=1,z=0,lo=-128,hi=127", "fakequant/fp32/uint1/rne/s=1,z=0,lo=-120,hi=100",
        "fakequant/fp32/fp32/rne/s=1,z=0,lo=0,hi=255", "fakequant/fp32/uint1/rne/s=1,z=0,lo=0,hi=15"};
    struct tb_case c = parsed(ids[set % 4]);
    c.affine.zero = a_zero(c.affine.low < 0, 4);
    c.affine.scale = signed_scale(draw() % 4 ? a_scale(draw() % 2 ? 2 : (int)(draw() % 11), &c.affine)
                                             : ldexp(a_midpoint_part(), -26));
    return c;
}

/* Scales that are such a part, of fp32, and any. */
static struct tb_case a_dequantize(int set) {
    static const char *const ids[] = {
        "dequantize/int8/fp32/rne/s=1,z=0",  "dequantize/uint8/fp32/rne/s=1,z=0",
        "dequantize/int8/fp16/rne/s=1,z=0",  "dequantize/uint8/fp16/rne/s=1,z=0",
        "dequantize/uint8/bf16/rne/s=1,z=0",
    };
    struct tb_case c = parsed(ids[set % 5]);
    double up = ldexp(1, (int)(draw() % 20) - 14);
    c.affine.zero = a_zero(c.source->is_signed, 8);
    c.affine.scale = signed_scale((set % 4 == 0 ? a_midpoint_part()
                                   : draw() % 3 ? (double)(float)a_float(23)
                                                : a_float(52)) *
                                  up);
    return c;
}

/* Factors whose product with an accumulator is nearly a half, as fp32 and as fp64; few bits; powers of two.
 */
static double a_factor(int kind, const struct tb_affine *a) {
    double accumulator = (double)((UINT64_C(1) << 30 >> draw() % 22) + draw() % 4096),
           up = ldexp(1, -(int)(draw() % 20) - 1);
    switch (kind) {
    case 0:
        return (double)(float)(half_way(a) / accumulator);
    case 1:
        return half_way(a) / accumulator;
    case 2:
        return up;
    case 3:
        return (double)(float)(a_float(7) * up);
    case 4:
        return a_float(52) * ldexp(1, (int)(draw() % 8));
    case 5:
        return a_float(5) * (1 + 0x1p-40) * up;
    case 6:
        return (1 + ldexp((double)(draw() >> 33 | 1), -31)) * ldexp(1, -22 - (int)(draw() % 4));
    case 7:
        return a_float(23) * ldexp(1, 33 + (int)(draw() % 40));
    default:
        return draw() % 2 ? a_float(52) * up : a_float(23) * up;
    }
}

static struct tb_case a_requantize(int set) {
    static const char *const ids[] = {"requantize/int32/int8/rne/s=1,z=0",
                                      "requantize/int32/uint8/rne/s=1,z=0"};
    struct tb_case c = parsed(ids[draw() % 2]);
    c.affine.zero = a_zero(c.destination->is_signed, 4);
    if (c.affine.low == -128 && draw() % 2)
        c.affine.low = -120, c.affine.high = 100;
    c.affine.scale = signed_scale(a_factor(set % 10, &c.affine));
    return c;
}

/* A middle between two finite values of the destination. */
static double a_boundary(const struct tb_format *f) {
    uint64_t largest;
    tb_format_largest(f, false, &largest);
    uint64_t code = draw() % (largest >> f->padding);
    return tb_format_value(f, code << f->padding) / 2 + tb_format_value(f, (code + 1) << f->padding) / 2;
}

/* By scales that put a middle beside an input, of fp32 and of fewer bits; and by scales that are any number.
 */
static struct tb_case a_scale_down(int set) {
    static const char *const ids[] = {
        "quantize/fp32/e4m3fn/rne/satfinite/s=1",   "quantize/fp32/e4m3fn/rne/nan/s=1",
        "quantize/fp32/e4m3fnuz/rne/satfinite/s=1", "quantize/fp32/e5m2/rne/propagate/s=1",
        "quantize/fp32/e5m2/rne/inf/s=1",
    };
    static const int kinds[] = {0, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4};
    struct tb_case c = parsed(ids[draw() % 5]);
    int kind = kinds[set % 12];
    double x = kind == 0 ? a_float(23) : kind == 1 ? a_float(7) : a_float(10);
    double scale = ldexp(x / a_boundary(c.destination), (int)(draw() % 8) - 4);
    if (kind == 3)
        scale = a_float(52) * ldexp(1, (int)(draw() % 16) - 8);
    if (kind == 4) /* so small that fp32's subnormal inputs have codes, or subnormal itself */
        scale = ldexp(a_float(20), -118 - (int)(draw() % 28));
    c.affine.scale = signed_scale(kind == 2 || kind == 3 ? scale : (double)(float)scale);
    return c;
}

/* One bit more than the destination has, the last one set: the products with powers of two are ties. */
static double a_tie(const struct tb_format *f) {
    return 1 + ldexp((double)(draw() >> (64 - f->precision) | 1), -f->precision);
}

/* What fp64 makes a tie, exact ties, and what fp32 makes one; any scale; subnormal ones, and those of which
 * the largest value overflows by less than rounding gives back. */
static double a_value_scale(int kind, const struct tb_case *c) {
    const struct tb_format *f = c->destination;
    double part = a_tie(f) / (double)(3 + 2 * (draw() % 3)), up = ldexp(1, (int)(draw() % 20) - 14);
    uint64_t most, largest;
    switch (kind) {
    case 0:
        return up * part;
    case 1:
        return up * a_tie(f);
    case 2:
        return up * a_tie(f) * (1 + (draw() % 2 ? 0x1p-30 : -0x1p-30));
    case 3:
        return up * (double)(float)part;
    case 4:
        return up * a_float(52);
    case 5:
        return up * a_float(23);
    case 6:
        return ldexp(a_float(20), -127);
    default:
        tb_format_largest(c->source, false, &most);
        tb_format_largest(f, false, &largest);
        return tb_format_value(f, largest) / tb_format_value(c->source, most) *
               (1 + ldexp(1, -f->precision - 2));
    }
}

/* What fp64 does about ties is seen in fp32 alone. */
static struct tb_case a_scale_up(int set) {
    static const char *const ids[] = {
        "dequantize/e4m3fn/fp32/rne/inf/s=1",     "dequantize/e5m2/fp32/rne/inf/s=1",
        "dequantize/e4m3fn/fp16/rne/inf/s=1",     "dequantize/e4m3fn/bf16/rne/inf/s=1",
        "dequantize/e5m2/fp16/rne/satfinite/s=1",
    };
    static const int kinds[] = {0, 0, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7};
    int kind = kinds[set % 12];
    struct tb_case c = parsed(ids[draw() % (kind > 1 ? 5 : 2)]);
    c.affine.scale = signed_scale(a_value_scale(kind, &c));
    return c;
}

static const struct {
    enum tb_operation operation;
    struct tb_case (*a_case)(int set);
} spaces[] = {
    {TB_QUANTIZE,   a_quantize  },
    {TB_DEQUANTIZE, a_dequantize},
    {TB_FAKEQUANT,  a_fakequant },
    {TB_REQUANTIZE, a_requantize},
    {TB_SCALE_DOWN, a_scale_down},
    {TB_SCALE_UP,   a_scale_up  },
};

/* ---- Fingerprints of staircases. ---- */

static uint64_t mixed(uint64_t h, uint64_t value) {
    h = (h ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

/* 0 where there is no staircase. */
static uint64_t fingerprint(const struct tb_case *c, const char *name) {
    struct tb_behaviour b;
    struct tb_staircase s = {0};
    uint64_t h = 1;
    ck_assert(tb_behaviour_make(c, name, &b, NULL));
    if (!tb_behaviour_staircase(&b, &s, NULL))
        return 0;
    for (size_t i = 0; i < s.count; i++)
        h = mixed(mixed(h, s.first[i]), s.code[i]);
    tb_staircase_free(&s);
    return h;
}

static struct {
    size_t count;
    const char *name[VARIANTS];
    bool may_be_one[VARIANTS][VARIANTS];    /* for some parameters, by the table */
    bool needs[VARIANTS];                   /* can differ from the exact answers at all */
    unsigned alone[VARIANTS];               /* sets on which it is neither exact nor another one */
    unsigned separated[VARIANTS][VARIANTS]; /* sets that tell two apart */
    uint64_t print[VARIANTS];
} all;

static void compare_all(void) {
    for (size_t i = 0; i < all.count; i++) {
        bool alone = all.print[i] != all.print[0];
        for (size_t j = 0; j < all.count; j++) {
            bool same = all.print[i] == all.print[j];
            all.separated[i][j] += !same;
            alone &= !same || i == j || all.may_be_one[i][j];
        }
        all.alone[i] += alone;
    }
}

static bool all_are_named(void) {
    for (size_t i = 0; i < all.count; i++)
        if (all.needs[i] && all.alone[i] < NEEDED)
            return false;
    return true;
}

/* The variants of an operation. */
static void collect(enum tb_operation of) {
    memset(&all, 0, sizeof all);
    for (size_t i = 0; i < tb_behaviour_count(of); i++) {
        const char *name = tb_behaviour_words(of, i).name;
        all.needs[all.count] = i > 0 && !is_pair(of, "exact", name, ALWAYS);
        if (!strstr(name, "no-clamp")) /* has no staircase from 32 bits */
            all.name[all.count++] = name;
    }
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = 0; j < all.count; j++)
            all.may_be_one[i][j] = is_pair(of, all.name[i], all.name[j], SOMETIMES);
}

static int survey(struct tb_case (*a_case)(int set)) {
    int set = 0;
    for (; set < SETS && !(set >= LEAST && all_are_named()); set++) {
        struct tb_case c = a_case(set);
        for (size_t i = 0; i < all.count; i++)
            all.print[i] = fingerprint(&c, all.name[i]);
        compare_all();
    }
    return set;
}

static void show(enum tb_operation of, int sets) {
    for (size_t i = 0; i < all.count; i++)
        printf("%-34s named on %u of %d sets\n", all.name[i], all.alone[i], sets);
    for (size_t i = 0; i < GROUPS; i++)
        if (groups[i].of == of)
            printf("%-9s one: %s: %s\n", groups[i].when == ALWAYS ? "always" : "sometimes", groups[i].names,
                   groups[i].why);
}

/* Pairs of which the table and the survey say different things. A slow build surveys too little to say that
 * nothing separates two. */
static int wrong_pairs(enum tb_operation of) {
    int wrong = 0;
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = i + 1; j < all.count; j++) {
            bool never = all.separated[i][j] == 0, listed = is_pair(of, all.name[i], all.name[j], ALWAYS);
            if (never == listed || (never && TB_SLOW_BUILD))
                continue;
            wrong++;
            printf("%s and %s: %s\n", all.name[i], all.name[j],
                   never ? "nothing here separates them" : "are said to be one, and are not");
        }
    return wrong;
}

START_TEST(test_separation) {
    enum tb_operation of = spaces[_i].operation;
    collect(of);
    int sets = survey(spaces[_i].a_case), wrong = wrong_pairs(of);
    for (size_t i = 0; i < all.count; i++)
        if (all.needs[i] && all.alone[i] < NEEDED && !TB_SLOW_BUILD) {
            wrong++;
            printf("%s: named on %u of %d sets only\n", all.name[i], all.alone[i], sets);
        }
    if (getenv("SHOW"))
        show(of, sets);
    fflush(stdout);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("affine separation");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, test_separation, 0, (int)(sizeof spaces / sizeof spaces[0]));
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
