/* Which affine variants parameters can tell apart.
 *
 * Random scales seldom tell a reciprocal from a division: scales are built so that some input's quotient is
 * nearly a half, as the number that x / (k + 1/2) is rounded to. Over a seeded pool of such parameters, every
 * variant of quantize from fp32 must have 50 sets on which its staircase is neither the exact one nor that of
 * any other variant, but for those of a table that are one and the same for these parameters, each with its
 * reason. Two that are said to be one always, and are told apart, fail too; so do two that nothing tells
 * apart and the table does not list. `SHOW=1 test_affine_separation` prints the figures and the table. */
#include "reference/behaviour.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 400, SETS = 4000, VARIANTS = 128, NEEDED = 50 };

/* ---- Variants that are one, always or for some parameters. ---- */

enum when { ALWAYS, SOMETIMES };
/* clang-format off */
static const struct {
    enum when when;
    const char *names, *why;
} groups[] = {
    {ALWAYS,    "exact rne nan-zp",                  "the cases ask for rne, and the definition answers NaN with the zero point"},
    {ALWAYS,    "clamp-before nan-low",              "bounds that are integers clamp alike before and after rounding: only NaN shows"},
    {SOMETIMES, "exact rne nan-zp zp-fp32 zp-sat16", "a zero point of at most 15 bits: no sum is rounded, and none saturates within the codes"},
    {SOMETIMES, "rcp32 rcp64to32 rcp32+zp-fp32 rcp32+zp-sat16 rcp64to32+zp-fp32", "the same zero points; a scale of fp32: fp64's reciprocal, narrowed, is fp32's"},
    {SOMETIMES, "rcp32+zp-before rcp64to32+zp-before", "a scale of fp32, as above"},
    {SOMETIMES, "div32+clamp-before div32+clamp-before+zp-fp32", "a zero point of at most 15 bits, as above"},
    {SOMETIMES, "zp-sat16 rcp32+zp-sat16",           "a zero point beyond 16 bits: every finite input is pinned to one bound"},
    {SOMETIMES, "rna add-half-away",                 "ties need a scale of 24 bits, and then no fp64 quotient is so near a half that adding one rounds"},
    {SOMETIMES, "rhu add-half",                      "the same"},
    {SOMETIMES, "avx2-wrap int32-x86",               "a zero point below 0 or above 127: guarded or not, both ends give the same bound"},
    {SOMETIMES, "avx2-wrap nan-high",                "a zero point of 0 to 127: the sum does not wrap, and only NaN shows"},
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

static bool is_pair(const char *a, const char *b, enum when least) {
    for (size_t i = 0; i < GROUPS; i++)
        if (groups[i].when <= least && holds(groups[i].names, a) && holds(groups[i].names, b))
            return true;
    return false;
}

/* ---- Parameters. ---- */

static uint64_t seed = 0x2545F4914F6CDD1D;

static uint64_t draw(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
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

/* In an eighth of the sets a zero point that no register of 16 bits and no fp32 holds. */
static int64_t a_zero(bool is_signed) {
    int64_t zero = is_signed ? (int64_t)(draw() % 200) - 100 : (int64_t)(draw() % 256);
    if (draw() % 8 == 0)
        return (zero | 1) * (1 << (9 + draw() % 14)) + 1;
    return draw() % 5 == 0 ? 0 : zero;
}

static struct tb_case a_case(int set) {
    static const char *const formats[] = {"int8", "uint8", "int8", "uint8", "int4"};
    struct tb_case c;
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "quantize/fp32/%s/rne/s=1,z=0", formats[draw() % 5]);
    ck_assert(tb_case_parse(id, &c, NULL));
    c.affine.zero = a_zero(c.destination->is_signed);
    if (c.affine.low == -128 && draw() % 2)
        c.affine.low = -120, c.affine.high = 100;
    c.affine.scale = a_scale(set % 11, &c.affine);
    return c;
}

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
            alone &= !same || i == j || is_pair(all.name[i], all.name[j], SOMETIMES);
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

static int survey(void) {
    for (size_t i = 0; i < tb_behaviour_count(TB_QUANTIZE); i++) {
        const char *name = tb_behaviour_words(TB_QUANTIZE, i).name;
        all.needs[all.count] = !is_pair("exact", name, ALWAYS);
        if (!strstr(name, "no-clamp")) /* has no staircase from fp32 */
            all.name[all.count++] = name;
    }
    int set = 0;
    for (; set < SETS && !(set >= LEAST && all_are_named()); set++) {
        struct tb_case c = a_case(set);
        for (size_t i = 0; i < all.count; i++)
            all.print[i] = fingerprint(&c, all.name[i]);
        compare_all();
    }
    return set;
}

static void show(int sets) {
    for (size_t i = 0; i < all.count; i++)
        printf("%-34s named on %u of %d sets\n", all.name[i], all.alone[i], sets);
    for (size_t i = 0; i < GROUPS; i++)
        printf("%-9s one: %s: %s\n", groups[i].when == ALWAYS ? "always" : "sometimes", groups[i].names,
               groups[i].why);
}

START_TEST(test_separation) {
    int wrong = 0, sets = survey();
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = i + 1; j < all.count; j++) {
            bool never = all.separated[i][j] == 0, listed = is_pair(all.name[i], all.name[j], ALWAYS);
            wrong += never != listed;
            if (never != listed)
                printf("%s and %s: %s\n", all.name[i], all.name[j],
                       never ? "nothing here separates them" : "are said to be one, and are not");
        }
    for (size_t i = 0; i < all.count; i++)
        if (all.needs[i] && all.alone[i] < NEEDED) {
            wrong++;
            printf("%s: named on %u of %d sets only\n", all.name[i], all.alone[i], sets);
        }
    if (getenv("SHOW"))
        show(sets);
    fflush(stdout);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("affine separation");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, test_separation);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
