/* Blocks of an affine arithmetic against the plain way, input by input and boundary by boundary: every word
 * and preset of every operation, on seeded cases and on some that are hard. */
#include "reference/affine_search.h"
#include "reference/behaviour.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t seed = 0x9E3779B97F4A7C15;

static uint64_t draw(void) {
    return tb_draw(&seed);
}

/* ---- Instruction sets. ---- */

static const struct set {
    const char *name;
    tb_affine_codes_fn *codes;
} sets[] = {
    {"portable", tb_affine_codes_portable},
#ifdef __x86_64__
    {"avx2",     tb_affine_codes_avx2    },
    {"avx512",   tb_affine_codes_avx512  },
#endif
};
enum { SETS = sizeof sets / sizeof sets[0] };

static bool runs_here(const struct set *s) {
#ifdef __x86_64__
    if (s->codes == tb_affine_codes_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (s->codes == tb_affine_codes_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return true;
}

/* ---- Cases. ---- */

/* A scale of few bits, of fp32 or of fp64; zero points of 8, 16 and 32 bits. */
static struct tb_case a_case(void) {
    static const char *const operations[] = {"quantize/fp32/int16",    "quantize/fp32/uint16",
                                             "quantize/fp32/int8",     "quantize/fp32/uint4",
                                             "requantize/int32/int16", "fakequant/fp32/fp32"};
    static const char *const roundings[] = {"rne", "rna", "rhu", "rtz", "rd", "ru", "rto", "sr"};
    const char *operation = operations[draw() % 6], *rounding = roundings[draw() % 8];
    char id[TB_CASE_ID], *more = "";
    double scale = ldexp(1 + ldexp((double)(draw() >> (12 + draw() % 52)), -52), (int)(draw() % 40) - 34);
    int64_t zero = (int32_t)(draw() >> 32) >> (draw() % 4 * 8);
    struct tb_case c;
    struct tb_error error = {0};
    if (strcmp(rounding, "sr") == 0)
        more = ",bits=8,r=77";
    scale = draw() % 3 ? (double)(float)scale : draw() % 4 ? scale : -scale;
    snprintf(id, sizeof id, "%s/%s/s=%a,z=%d%s%s", operation, rounding, scale, (int)zero,
             *operation == 'f' ? ",lo=-20000,hi=20000" : "", more);
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

static const char *const hard[] = {
    "quantize/fp32/int16/rne/s=0x1.99999ap-9,z=3",
    "quantize/fp32/uint16/rto/s=0x1p-8,z=1000",         /* every other run is one input long */
    "quantize/fp32/uint16/rne/s=0x1.1p-30,z=-30000000", /* several codes an input; magic sums of 25 bits */
    "quantize/fp32/int16/rhu/s=0x1.1234p-145,z=-50",    /* of subnormals */
    "quantize/fp32/int16/sr/s=-0x1.99199ap-3,z=40000,bits=24,r=7777777",
    "quantize/fp32/int16/rne/s=0x1p+120,z=0,lo=-32767",
    "quantize/fp32/int16/ru/s=0x0p+0,z=5",
    "quantize/fp32/int16/rd/s=inf,z=5",
    "quantize/fp32/uint16/rna/s=nan,z=5",
    "quantize/fp32/int16/rne/s=0x1p+1000,z=7",
    "quantize/fp32/int8/rne/s=0x1.1p-5,z=2147483647",
    "fakequant/fp32/fp32/rto/s=0x1.9p-9,z=3,lo=-32768,hi=32767",
    "requantize/int32/int16/rhu/s=0x1.5p-17,z=3",
    "requantize/int32/uint16/ru/s=-0x1.5p+3,z=3",
};
enum { HARD = sizeof hard / sizeof hard[0] };

static struct tb_affine_machine machine(const struct tb_case *c, const char *variant) {
    struct tb_behaviour b;
    struct tb_error error = {0};
    ck_assert_msg(tb_behaviour_make(c, variant, &b, &error), "%s", error.text);
    return b.affine;
}

/* ---- Input by input. ---- */

/* About an exact boundary, or any but zeros, infinities and NaN. */
static uint32_t an_input(const struct tb_case *c) {
    double k = (double)((int64_t)(draw() % 131072) - 65536 - c->affine.zero) + (double)(draw() % 2) / 2;
    float x = (float)(k * c->affine.scale);
    uint32_t pattern = (uint32_t)draw();
    if (c->operation == TB_REQUANTIZE && fabs(k / c->affine.scale) < 0x1p30)
        pattern = (uint32_t)(int32_t)(k / c->affine.scale) + (uint32_t)(draw() % 5) - 2;
    else if (c->operation != TB_REQUANTIZE && isnormal(x)) {
        memcpy(&pattern, &x, sizeof pattern);
        pattern += (uint32_t)(draw() % 5) - 2;
    }
    bool usual = c->operation == TB_REQUANTIZE ? pattern : (pattern << 1) - 1 < 0xFEFFFFFF;
    return usual ? pattern : 1;
}

/* Inputs of one block lie close together or all over: whether they stayed plain. */
static bool check_block(const struct tb_affine_machine *m, const struct set *s, const char *variant) {
    uint32_t input[TB_AFFINE_BLOCK];
    int32_t code[TB_AFFINE_BLOCK];
    size_t count = 1 + draw() % TB_AFFINE_BLOCK;
    for (size_t i = 0; i < count; i++)
        input[i] = an_input(&m->c);
    if (!s->codes(m, input, count, code))
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t expected;
        uint64_t key = tb_affine_machine_key(m, input[i], &expected);
        char id[TB_CASE_ID];
        tb_case_print(&m->c, id);
        if (code[i] != expected || tb_affine_key(0, false, code[i]) != key)
            ck_abort_msg("%s %s %s 0x%x: expected %lld (key 0x%llx), got %d", s->name, id, variant, input[i],
                         (long long)expected, (unsigned long long)key, code[i]);
    }
    return true;
}

START_TEST(test_codes) {
    const struct set *s = &sets[_i];
    size_t blocks = 0, plain = 0;
    for (int i = 0; runs_here(s) && i < TB_SHARE(200, 10); i++) {
        struct tb_case c = a_case();
        for (size_t v = 0; v < tb_behaviour_count(c.operation); v++) {
            const char *variant = tb_behaviour_words(c.operation, v).name;
            struct tb_affine_machine m = machine(&c, variant);
            if (!tb_affine_block_has(&m))
                continue;
            blocks++;
            plain += check_block(&m, s, variant);
        }
    }
    if (getenv("SHOW"))
        printf("%s: %zu of %zu blocks stayed plain\n", s->name, plain, blocks);
    ck_assert(2 * plain >= blocks);
}
END_TEST

/* ---- Boundary by boundary. ---- */

static void check_staircase(const struct tb_case *c, const char *variant) {
    struct tb_affine_machine m = machine(c, variant);
    struct tb_staircase expected = {0};
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    if (!tb_affine_machine_has_staircase(&m) || !tb_affine_block_has(&m))
        return;
    ck_assert(tb_affine_search(&m, NULL, &expected));
    for (size_t i = 0; i < SETS; i++) {
        struct tb_staircase got = {0};
        if (!runs_here(&sets[i]))
            continue;
        ck_assert(tb_affine_search(&m, sets[i].codes, &got));
        if (!tb_staircase_equal(&expected, &got))
            ck_abort_msg("%s %s: blocks by %s give another staircase", id, variant, sets[i].name);
        tb_staircase_free(&got);
    }
    tb_staircase_free(&expected);
}

START_TEST(test_hard_staircases) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(hard[_i], &c, &error), "%s", error.text);
    for (size_t v = (size_t)_i % 2; v < tb_behaviour_count(c.operation); v += TB_FEWER(2, 8))
        check_staircase(&c, tb_behaviour_words(c.operation, v).name);
}
END_TEST

START_TEST(test_staircases) {
    for (int i = 0; i < TB_SHARE(200, 20); i++) {
        struct tb_case c = a_case();
        check_staircase(&c, tb_behaviour_words(c.operation, draw() % tb_behaviour_count(c.operation)).name);
    }
}
END_TEST

/* ---- A line that is wrong costs time, never a boundary. ---- */

/* From `here`, in a part that ends at `end`, by whatever line: the runs of `expected` up to where it stopped.
 */
static void check_line(struct tb_affine_search *s, struct tb_affine_place here, struct tb_affine_place end,
                       const struct tb_staircase *expected) {
    struct tb_staircase got = {0};
    struct tb_affine_line line = s->line;
    uint64_t begin = here.index;
    s->codes = tb_affine_codes_best();
    s->out = &got;
    ck_assert(tb_affine_search_block(s, &here, &end));
    ck_assert(here.index >= begin && here.index <= end.index);
    size_t run = tb_staircase_find(expected, begin) + 1;
    for (size_t i = 0; i < got.count; i++, run++)
        if (got.first[i] != expected->first[run] || got.code[i] != expected->code[run])
            ck_abort_msg(
                "at %a length %a off %a %a spread %u from 0x%llx: run %zu from 0x%llx, expected 0x%llx",
                line.at, line.length, line.off[0], line.off[1], line.spread, (unsigned long long)begin, i,
                (unsigned long long)got.first[i], (unsigned long long)expected->first[run]);
    ck_assert(run == expected->count || expected->first[run] > here.index);
    tb_staircase_free(&got);
}

static double a_part_of(double x) {
    return ldexp((double)(draw() >> 11), -53) * x;
}

/* The last input of the part that holds one: a binade, or a power of two up to the next. */
static uint64_t part_end(const struct tb_case *c, uint64_t index) {
    if (c->operation != TB_REQUANTIZE)
        return index | 0x7FFFFF;
    return index | (0x7FFFFFFF >> __builtin_clz((uint32_t)index << 1 | 1));
}

START_TEST(test_wrong_lines) {
    static const char *const ids[] = {"quantize/fp32/int16/rne/s=0x1.99999ap-9,z=3",
                                      "quantize/fp32/uint16/rto/s=0x1p-8,z=1000",
                                      "requantize/int32/int16/rto/s=0x1p-10,z=3"};
    struct tb_case c;
    struct tb_staircase expected = {0};
    ck_assert(tb_case_parse(ids[_i], &c, NULL));
    struct tb_affine_machine m = machine(&c, "exact");
    struct tb_affine_search s = {.m = &m, .mask = UINT16_MAX};
    ck_assert(tb_affine_search(&m, NULL, &expected));
    for (int i = 0; i < TB_SHARE(400, 10); i++) {
        uint64_t first = expected.first[draw() % expected.count], last = part_end(&c, first);
        if (c.operation != TB_REQUANTIZE && (first >> 23 & 255) % 255 == 0) /* no number, or no normal one */
            continue;
        double inputs = (double)(last - first), length = exp2(a_part_of(20));
        double off = draw() % 2 ? a_part_of(length / 2) : length / 2 - a_part_of(1);
        s.line = (struct tb_affine_line){
            .at = (double)first + a_part_of(draw() % 2 ? inputs : length),
            .length = length,
            .off = {off, -off},
            .step = length,
            .spread = UINT32_C(1) << draw() % 16,
            .trust = 1 + draw() % TB_AFFINE_LANES
        };
        check_line(&s, tb_affine_evaluate(&s, first), tb_affine_evaluate(&s, last), &expected);
    }
    tb_staircase_free(&expected);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("affine blocks");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, test_codes, 0, SETS);
    tcase_add_loop_test(tests, test_hard_staircases, 0, HARD);
    tcase_add_test(tests, test_staircases);
    tcase_add_loop_test(tests, test_wrong_lines, 0, 3);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
