/* Samples of affine cases hold the inputs that tell roundings apart: where there is a golden staircase, and
 * where there is none. */
#include "harness/sample.h"
#include "reference/reference.h"
#include "vectors/testing.h"

#include <stdlib.h>

static const struct {
    const char *id;
    enum tb_rounding other; /* a rounding that differs on ties, or nearly everywhere */
    size_t least;           /* inputs of the sample on which it must differ */
} samples[] = {
    {"quantize/fp32/int8/rne/s=0x1p-4,z=3",                                TB_RNA,   128 },
    {"requantize/int32/int8/rne/s=0x1p-20,z=3",                            TB_RNA,   128 },
    {"dequantize/int32/fp32/rne/s=0x1p-4,z=3",                             TB_RNA,   1000},
    {"dequantize/int32/fp32/rne/s=0x1.8p-9,z=-7",                          TB_RNA,   1000},
    {"dequantize/int32/fp32/rne/s=-0x1.4p+3,z=3",                          TB_RHU,   1000},
    {"dequantize/int32/fp32/rne/s=0x1.99999ap-4,z=3",                      TB_RTZ,   1000}, /* no product of it is a tie */
    {"dequantize/uint32/fp32/rne/s=0x1p-4,z=3",                            TB_RNA,   1000},
    {"dequantize/int32/fp32/rne/s=0x0p+0,z=3",                             TB_EXACT, 0   },
    {"dequantize/int32/fp32/rne/s=nan,z=3",                                TB_EXACT, 0   },
    {"fakequant/fp32/fp32/rne/s=0x1p-14,z=3,lo=-1000000000,hi=1000000000", TB_RNA,   1000},
    {"fakequant/fp32/fp32/rne/s=inf,z=3,lo=-1000000000,hi=1000000000",     TB_EXACT, 0   },
};

static bool holds(const struct tb_vectors *v, uint64_t pattern) {
    for (size_t i = 0; i < v->count; i++)
        if (v->input[i] == pattern)
            return true;
    return false;
}

START_TEST(sample_tells_roundings_apart) {
    struct tb_case c, other;
    struct tb_staircase golden = {0};
    struct tb_vectors v;
    struct tb_error error;
    ck_assert_msg(tb_case_parse(samples[_i].id, &c, &error), "%s", error.text);
    bool has_golden = tb_case_has_staircase(&c);
    if (has_golden)
        ck_assert_msg(tb_golden_staircase(&c, &golden, &error), "%s", error.text);
    ck_assert_msg(tb_sample_make(&c, has_golden ? &golden : NULL, 10000, &v, &error), "%s", error.text);
    size_t differing = 0;
    other = c;
    other.rounding = samples[_i].other;
    for (size_t i = 0; i < v.count; i++) {
        ck_assert_uint_eq(v.output[i], tb_exact_integer(&c, v.input[i]));
        ck_assert(!i || v.input[i] > v.input[i - 1]);
        differing += other.rounding != TB_EXACT && tb_exact_integer(&other, v.input[i]) != v.output[i];
    }
    ck_assert_msg(differing >= samples[_i].least, "%s: %zu inputs", samples[_i].id, differing);
    ck_assert(holds(&v, 0) && holds(&v, UINT32_C(0x80000000)) && holds(&v, UINT32_MAX));
    tb_vectors_free(&v);
    tb_staircase_free(&golden);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sample");
    TCase *tests = tcase_create("sample");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, sample_tells_roundings_apart, 0, (int)(sizeof samples / sizeof samples[0]));
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
