/* What a divergence of an affine case is counted as, and its error in steps. Numbers by hand. */
#include "harness/tally.h"

#include <check.h>
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

int main(void) {
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_add_loop_test(tests, class_and_error, 0, (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
