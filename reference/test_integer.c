/* tb_integer_convert against literals from specifications and from CUDA's headers, and against MPFR. */
#include "reference/reference.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

struct row {
    const char *id;
    uint64_t input, output;
};

static struct tb_case parsed(const char *id) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    return c;
}

static void check_row(const char *id, uint64_t input, uint64_t output) {
    struct tb_case c = parsed(id);
    uint64_t got = tb_integer_convert(&c, input);
    ck_assert_msg(got == output, "%s of 0x%llx: expected 0x%llx, got 0x%llx", id, (unsigned long long)input,
                  (unsigned long long)output, (unsigned long long)got);
}

static void check_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_row(rows[i].id, rows[i].input, rows[i].output);
}
#define CHECK_ROWS(ROWS) check_rows(ROWS, sizeof ROWS / sizeof ROWS[0])

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* CUDA 13.0 host emulation, executed: rounding-and-conversion.md section (b). Its NaN of one sign is the
 * golden answer too. */
START_TEST(test_cuda_table) {
    static const char *const columns[] = {
        "convert/fp32/e4m3fn/rne/nan",       "convert/fp32/e4m3fn/rne/satfinite",
        "convert/fp32/e5m2/rne/inf",         "convert/fp32/e5m2/rne/satfinite",
        "convert/fp32/e2m3fn/rne/satfinite", "convert/fp32/e3m2fn/rne/satfinite",
        "convert/fp32/e2m1fn/rne/satfinite", "convert/fp32/e8m0fnu/rtz/satfinite",
        "convert/fp32/e8m0fnu/rtz/nan",      "convert/fp32/e8m0fnu/ru/satfinite",
        "convert/fp32/e8m0fnu/ru/nan"};
    enum { COLUMNS = sizeof columns / sizeof columns[0], SIGNED_COLUMNS = 7 };
    static const struct {
        uint32_t input;
        uint8_t output[COLUMNS];
    } rows[] = {
        {0x7F800000, {0x7F, 0x7E, 0x7C, 0x7B, 0x1F, 0x1F, 0x7, 0xFE, 0xFF, 0xFE, 0xFF}}, /* +inf */
        {0x7F7FFFFF, {0x7F, 0x7E, 0x7C, 0x7B, 0x1F, 0x1F, 0x7, 0xFE, 0xFE, 0xFE, 0xFF}}, /* FLT_MAX */
        {0x00000000, {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0, 0x00, 0x00, 0x00, 0x00}},
        {0x43E80000, {0x7E, 0x7E, 0x5F, 0x5F, 0x1F, 0x1F, 0x7, 0x87, 0x87, 0x88, 0x88}}, /* 464 */
        {0x43E80001, {0x7F, 0x7E, 0x5F, 0x5F, 0x1F, 0x1F, 0x7, 0x87, 0x87, 0x88, 0x88}},
        {0x476FFFFF, {0x7F, 0x7E, 0x7B, 0x7B, 0x1F, 0x1F, 0x7, 0x8E, 0x8E, 0x8F, 0x8F}}, /* below 61440 */
        {0x47700000, {0x7F, 0x7E, 0x7C, 0x7B, 0x1F, 0x1F, 0x7, 0x8E, 0x8E, 0x8F, 0x8F}}, /* 61440 */
        {0x00400000, {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0, 0x00, 0x00, 0x00, 0x00}}, /* 2^-127 */
        {0x00400001, {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0, 0x00, 0x00, 0x01, 0x01}},
        {0x7F000001, {0x7F, 0x7E, 0x7C, 0x7B, 0x1F, 0x1F, 0x7, 0xFE, 0xFE, 0xFE, 0xFF}}, /* above 2^127 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int column = 0; column < COLUMNS; column++)
            check_row(columns[column], rows[i].input, rows[i].output[column]);
    static const uint8_t minus[SIGNED_COLUMNS] = {0x80, 0x80, 0x80, 0x80, 0x20, 0x20, 0x8};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int column = 0; column < SIGNED_COLUMNS; column++)
            check_row(columns[column], rows[i].input | 0x80000000u, rows[i].output[column] | minus[column]);
    check_row(columns[7], 0x80000000, 0x00); /* -0 */
    check_row(columns[9], 0x80000000, 0x00);
    for (int column = 0; column < COLUMNS; column++)
        check_row(columns[column], 0x7FFFFFFF,
                  column >= 7   ? 0xFF
                  : column < 4  ? 0x7F
                  : column == 6 ? 7
                                : 0x1F);
}
END_TEST

/* IEEE P3109 v4.0, 4.7.5: one row of its table a line; 1e30 stands for what exceeds the largest finite value.
 */
START_TEST(test_p3109_saturation) {
    const uint64_t big = bits_of(1e30f), low = bits_of(-1e30f), plus = 0x7F800000, minus = 0xFF800000;
    const struct row rows[] = {
        {"convert/fp32/binary8p3se/rne/satfinite", plus,       0x7E},
        {"convert/fp32/binary8p3se/rne/satfinite", minus,      0xFE},
        {"convert/fp32/binary8p3se/rne/satfinite", big,        0x7E},
        {"convert/fp32/binary8p3se/rne/propagate", plus,       0x7F},
        {"convert/fp32/binary8p3se/rne/propagate", minus,      0xFF},
        {"convert/fp32/binary8p3se/rne/propagate", big,        0x7E},
        {"convert/fp32/binary8p3se/rne/inf",       big,        0x7F},
        {"convert/fp32/binary8p3se/rne/inf",       low,        0xFF},
        {"convert/fp32/binary8p3se/rtz/inf",       big,        0x7E},
        {"convert/fp32/binary8p3se/rd/inf",        big,        0x7E},
        {"convert/fp32/binary8p3se/rd/inf",        low,        0xFF},
        {"convert/fp32/binary8p3se/ru/inf",        low,        0xFE},
        {"convert/fp32/binary8p3se/rto/inf",       big,        0x7F}, /* 0x7E is even */
        {"convert/fp32/binary8p3sf/rne/inf",       big,        0x7F},
        {"convert/fp32/binary8p3sf/rne/inf",       minus,      0xFF},
        {"convert/fp32/binary8p3sf/rne/propagate", plus,       0x7F},
        {"convert/fp32/binary8p3ue/rne/inf",       big,        0xFE},
        {"convert/fp32/binary8p3ue/rto/inf",       big,        0xFD}, /* 0xFD is odd */
        {"convert/fp32/binary8p3ue/rtz/inf",       big,        0xFD},
        {"convert/fp32/binary8p3ue/rne/inf",       low,        0xFF},
        {"convert/fp32/binary8p3ue/rtz/inf",       low,        0x00},
        {"convert/fp32/binary8p3ue/ru/inf",        low,        0x00},
        {"convert/fp32/binary8p3ue/rtz/inf",       minus,      0xFF},
        {"convert/fp32/binary8p3ue/rne/propagate", minus,      0x00},
        {"convert/fp32/binary8p3ue/rne/satfinite", low,        0x00},
        {"convert/fp32/binary8p3uf/rne/inf",       big,        0xFE},
        {"convert/fp32/binary8p3uf/rne/inf",       minus,      0xFF},
        {"convert/fp32/binary8p3se/rne/inf",       0x80000000, 0x00}, /* -0 becomes 0 */
        {"convert/fp32/binary8p3se/rne/inf",       0xFFC00000, 0x80},
        {"convert/fp32/binary8p3ue/rne/inf",       0x7FC00000, 0xFF},
    };
    CHECK_ROWS(rows);
}
END_TEST

/* One rounding of a double; through float each of the first two is wrong. And the edges of section (e). */
START_TEST(test_thresholds) {
    static const struct row rows[] = {
        {"convert/fp64/e4m3fn/rne/satfinite", 0x3FF1000000001000, 0x39      }, /* 1.0625 + 2^-40 */
        {"convert/fp64/e4m3fn/rne/nan",       0x407D000000004000, 0x7F      }, /* 464 + 2^-30: NaN */
        {"convert/fp64/e4m3fn/rne/nan",       0x407D000000000000, 0x7E      },
        {"convert/fp32/e4m3fnuz/rne/nan",     0x43780000,         0x80      }, /* 248 ties to 256, beyond 240 */
        {"convert/fp32/e4m3fnuz/rne/nan",     0x4377FFFF,         0x7F      },
        {"convert/fp32/fp16/rne/inf",         0x477FEFFF,         0x7BFF    }, /* below 65520 */
        {"convert/fp32/fp16/rne/inf",         0x477FF000,         0x7C00    },
        {"convert/fp32/fp16/rtz/inf",         0x7F7FFFFF,         0x7BFF    },
        {"convert/fp32/fp16/ru/inf",          0xFF7FFFFF,         0xFBFF    },
        {"convert/fp32/fp16/rd/inf",          0xFF7FFFFF,         0xFC00    },
        {"convert/fp32/e2m1fn/rne/satfinite", 0x3E800000,         0x0       }, /* 0.25 */
        {"convert/fp32/e2m1fn/rne/satfinite", 0x3E800001,         0x1       },
        {"convert/fp32/e2m1fn/rna/satfinite", 0x3E800000,         0x1       },
        {"convert/fp32/e2m1fn/rne/satfinite", 0x40200000,         0x4       }, /* 2.5 -> 2 */
        {"convert/fp32/e2m1fn/rne/satfinite", 0x40A00000,         0x6       }, /* 5 -> 4 */
        {"convert/fp32/e4m3fn/rne/satfinite", 0x3A800000,         0x00      }, /* 2^-10 */
        {"convert/fp32/e4m3fn/rne/satfinite", 0x3A800001,         0x01      },
        {"convert/fp32/e4m3fn/rne/satfinite", 0xBA800000,         0x80      },
        {"convert/fp32/e4m3fn/ru/satfinite",  0x00000001,         0x01      },
        {"convert/fp32/e4m3fn/rto/satfinite", 0x80000001,         0x81      },
        {"convert/fp32/e5m2/rne/inf",         0x37000000,         0x00      }, /* 2^-17 */
        {"convert/fp32/e4m3fnuz/rne/nan",     0xB22BCC77,         0x00      }, /* -1e-8: 0x80 would be NaN */
        {"convert/fp32/e4m3fn/rne/satfinite", 0x3F880001,         0x39      }, /* 1.0625 and a bit */
        {"convert/fp32/e4m3fn/rne/satfinite", 0x3F880000,         0x38      },
        {"convert/fp64/fp32/rne/inf",         0x47EFFFFFF0000000, 0x7F800000}, /* FLT_MAX and a half */
        {"convert/fp64/fp32/rne/inf",         0x47EFFFFFEFFFFFFF, 0x7F7FFFFF},
        {"convert/fp64/fp32/rne/inf",         0x3690000000000000, 0x00000000}, /* 2^-150 */
        {"convert/fp64/fp32/rne/inf",         0x3690000000000001, 0x00000001},
        {"convert/fp64/fp32/ru/inf",          0x0000000000000001, 0x00000001},
        {"convert/fp32/tf32/rne/inf",         0x3F801000,         0x3F800000}, /* 1 + 2^-11: a tie */
        {"convert/fp32/tf32/rne/inf",         0x3F803000,         0x3F804000},
        {"convert/fp32/tf32/rna/inf",         0x3F801000,         0x3F802000},
        {"convert/tf32/fp16/rne/inf",         0x47800000,         0x7C00    },
    };
    CHECK_ROWS(rows);
}
END_TEST

/* "Even" is the code's parity where the significand has no bit of its own (P3109 4.7.4). */
START_TEST(test_precision_one) {
    static const struct row rows[] = {
        {"convert/fp32/e8m0fnu/rne/satfinite",      0x3FC00000, 128               }, /* 1.5: codes 127, 128 */
        {"convert/fp32/e8m0fnu/rne/satfinite",      0x40400000, 128               }, /* 3: codes 128, 129 */
        {"convert/fp32/binary8p1uf/rne/satfinite",  0x3FC00000, 128               }, /* 1.5: codes 128, 129 */
        {"convert/fp32/binary8p1uf/rne/satfinite",  0x40400000, 130               }, /* 3: codes 129, 130 */
        {"convert/fp32/binary8p1uf/rto/satfinite",  0x3F800001, 129               },
        {"convert/fp32/binary8p1uf/rto/satfinite",  0x40000001, 129               },
        {"convert/fp32/e8m0fnu/rto/satfinite",      0x3F800001, 127               },
        {"convert/fp32/e8m0fnu/rne/nan",            0x7F400000, 0xFE              }, /* 1.5 * 2^127: 0xFE, 0xFF */
        {"convert/fp32/e8m0fnu/rna/nan",            0x7F400000, 0xFF              },
        {"convert/fp32/e8m0fnu/rne/nan",            0x00000001, 0x00              },
        {"convert/fp32/e8m0fnu/rne/nan",            0x00600000, 0x00              }, /* 1.5 * 2^-127: a tie */
        {"convert/fp32/e8m0fnu/rne/nan",            0x00600001, 0x01              },
        {"convert/fp32/e8m0fnu/rne/nan",            0xBF800000, 0xFF              }, /* -1 lies below the range */
        {"convert/fp32/e8m0fnu/rtz/nan",            0xBF800000, 0x00              },
        {"convert/fp32/e8m0fnu/rne/satfinite",      0xBF800000, 0x00              },
        {"convert/fp32/e8m0fnu/rtz/nan",            0xFF800000, 0xFF              },
        {"convert/fp32/e8m0fnu/rd/nan",             0x80000001, 0xFF              },
        {"convert/fp32/e8m0fnu/rd/nan",             0x80000000, 0x00              },
        {"convert/fp32/binary8p1uf/rne/satfinite",  0x00000000, 0x00              }, /* it has a zero */
        {"convert/fp32/binary8p1uf/rne/satfinite",  0x00400000, 0x01              }, /* 2^-127 */
        {"convert/fp32/binary8p1uf/rne/satfinite",  0x00200000, 0x00              }, /* its half: tie, even */
        {"convert/binary16p1se/fp64/rne/satfinite", 0x4DC2,     0x7FEFFFFFFFFFFFFF}, /* 2^3522 */
        {"convert/binary16p1se/fp64/rne/inf",       0xCDC2,     0xFFF0000000000000},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_integers) {
    const struct row rows[] = {
        {"convert/fp32/int8/rne/satfinite",   bits_of(2.5f),           2         },
        {"convert/fp32/int8/rna/satfinite",   bits_of(2.5f),           3         },
        {"convert/fp32/int8/rhu/satfinite",   bits_of(2.5f),           3         },
        {"convert/fp32/int8/rhu/satfinite",   bits_of(-2.5f),          0xFE      },
        {"convert/fp32/int8/rna/satfinite",   bits_of(-2.5f),          0xFD      },
        {"convert/fp32/int8/rto/satfinite",   bits_of(2.25f),          3         },
        {"convert/fp32/int8/rto/satfinite",   bits_of(3.75f),          3         },
        {"convert/fp32/int8/rd/satfinite",    bits_of(-0.25f),         0xFF      },
        {"convert/fp32/int8/rne/satfinite",   bits_of(-128.5f),        0x80      },
        {"convert/fp32/int8/rne/satfinite",   bits_of(127.5f),         0x7F      },
        {"convert/fp32/int8/rne/satfinite",   bits_of(-1e30f),         0x80      },
        {"convert/fp32/int8/rne/inf",         0x7F800000,              0x7F      }, /* no infinity, no NaN: M */
        {"convert/fp32/int8/rne/nan",         0xFF800000,              0x80      },
        {"convert/fp32/int8/rne/satfinite",   0x7FC00000,              0         },
        {"convert/fp32/uint8/rne/satfinite",  bits_of(-0.5f),          0         },
        {"convert/fp32/uint8/rne/nan",        bits_of(-3.0f),          0         },
        {"convert/fp32/uint8/rne/satfinite",  bits_of(255.5f),         0xFF      },
        {"convert/fp32/int32/rne/satfinite",  bits_of(2147483648.0f),  0x7FFFFFFF},
        {"convert/fp32/int32/rne/satfinite",  bits_of(-2147483648.0f), 0x80000000},
        {"convert/fp32/uint32/rne/satfinite", bits_of(4294967040.0f),  0xFFFFFF00},
        {"convert/fp32/int4/rne/satfinite",   bits_of(-3.0f),          0xD       },
        {"convert/fp32/s2f6/rne/satfinite",   bits_of(1.984375f),      0x7F      },
        {"convert/fp32/s2f6/rne/satfinite",   bits_of(-2.0f),          0x80      },
        {"convert/fp32/mxint8/rne/satfinite", bits_of(0.0078125f),     0         }, /* half a unit of 2^-6 */
        {"convert/fp32/mxint8/rne/satfinite", bits_of(0.0234375f),     2         }, /* one and a half */
        {"convert/int32/fp32/rne/inf",        16777217,                0x4B800000},
        {"convert/int32/fp32/ru/inf",         16777217,                0x4B800001},
        {"convert/int32/fp32/rd/inf",         0xFEFFFFFF,              0xCB800001}, /* -16777217 */
        {"convert/int32/fp32/rne/inf",        0x80000000,              0xCF000000},
        {"convert/s2f6/fp32/exact",           0x80,                    0xC0000000},
        {"convert/int8/fp32/exact",           0xFF,                    0xBF800000},
    };
    CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_nan_and_signs) {
    static const struct row rows[] = {
        {"convert/fp32/fp16/rne/inf",        0x7F800001,         0x7E00    }, /* only low payload bits: made quiet */
        {"convert/fp32/bf16/rne/inf",        0xFFBFFFFF,         0xFFFF    },
        {"convert/fp32/bf16/rne/inf",        0x7FFF8C22,         0x7FFF    },
        {"convert/fp64/e5m2/rne/inf",        0x7FF4000000000000, 0x7F      }, /* CUDA, from double: (b) */
        {"convert/fp64/e5m2/rne/inf",        0x7FF8000000000000, 0x7E      },
        {"convert/fp64/e5m2/rne/inf",        0xFFF8000000000000, 0xFE      },
        {"convert/fp64/e4m3fn/rne/nan",      0xFFF8000000000000, 0xFF      },
        {"convert/fp32/e4m3fnuz/rne/nan",    0xFFC00000,         0x80      },
        {"convert/fp32/e4m3fn/rne/nan",      0xFF800000,         0xFF      },
        {"convert/fp32/e5m2/rne/nan",        0xFF800000,         0xFE      },
        {"convert/fp32/e2m1fn/rne/nan",      0xFFC00000,         0x7       }, /* no NaN: +M */
        {"convert/fp16/fp32/exact",          0x7C00,             0x7F800000}, /* exact keeps infinities */
        {"convert/fp16/fp32/exact",          0xFC00,             0xFF800000},
        {"convert/fp16/fp32/exact",          0x7C01,             0x7FC02000},
        {"convert/fp16/fp32/exact",          0x8000,             0x80000000},
        {"convert/fp16/fp32/exact",          0x0001,             0x33800000}, /* 2^-24 */
        {"convert/e4m3fnuz/fp32/exact",      0x01,               0x3A800000},
        {"convert/e8m0fnu/fp32/exact",       0x00,               0x00400000},
        {"convert/e8m0fnu/bf16/exact",       0x00,               0x0040    },
        {"convert/e8m0fnu/fp32/exact",       0xFE,               0x7F000000},
        {"convert/fp32/ue4m3/rne/nan",       0x80000000,         0x00      },
        {"convert/fp32/ue4m3/rne/nan",       0xB0000000,         0x00      }, /* rounds to zero from below */
        {"convert/fp32/ue4m3/rne/nan",       0xBF800000,         0x7F      },
        {"convert/fp32/ue4m3/ru/nan",        0xBF800000,         0x00      },
        {"convert/fp32/ue4m3/rne/satfinite", 0xFF800000,         0x00      },
        {"convert/fp32/e0m3/rne/satfinite",  0xC0400000,         0xB       }, /* -3 */
        {"convert/fp32/e0m3/rne/satfinite",  0x40F00000,         0x7       }, /* 7.5 */
        {"convert/fp32/e0m3/rne/satfinite",  0x40900000,         0x4       }, /* 4.5 */
        {"convert/fp32/e3m0/rne/satfinite",  0x3F400000,         0x2       }, /* 0.75: codes 2, 3 */
    };
    CHECK_ROWS(rows);
}
END_TEST

/* Values of NF4: 0 is code 7, 0x1.45f5fep-4 code 8, 0x1.4995c6p-3 code 9. FP4 in order: codes 0 1 6 7 4 5
 * 2 3. */
START_TEST(test_codebooks) {
    const struct row rows[] = {
        {"convert/fp32/nf4/rne/satfinite",     bits_of(0x1.45f5fep-5f),
         8                                                                  }, /* the midpoint of 0 and code 8: even */
        {"convert/fp32/nf4/rtz/satfinite",     bits_of(0x1.45f5fep-5f), 7   },
        {"convert/fp32/nf4/rto/satfinite",     bits_of(0x1.45f5fep-5f), 7   },
        {"convert/fp32/nf4/rne/satfinite",     bits_of(0x1.45f5fcp-5f), 7   },
        {"convert/fp32/nf4/rne/satfinite",     bits_of(2.0f),           15  },
        {"convert/fp32/nf4/rne/nan",           0xFF800000,              0   },
        {"convert/fp32/nf4/rne/satfinite",     0x80000000,              7   },
        {"convert/fp32/nf4/rne/satfinite",     0x80000001,              7   },
        {"convert/fp32/nf4/rd/satfinite",      0x80000001,              6   },
        {"convert/fp32/nf4/rne/satfinite",     0x7FC00000,              7   },
        {"convert/fp32/bnb_fp4/rne/satfinite", bits_of(0.25f),          7   },
        {"convert/fp32/bnb_fp4/rne/satfinite", bits_of(0.75f),          2   },
        {"convert/fp32/bnb_fp4/rne/satfinite", bits_of(-0.9f),          11  },
        {"convert/fp32/bnb_fp4/rne/satfinite", 0x80000000,              8   },
        {"convert/fp32/bnb_fp4/rne/satfinite", 0x80000001,              8   },
        {"convert/fp32/bnb_fp4/rne/satfinite", bits_of(0x1.555556p-9f), 0   }, /* tie of codes 0, 1 */
        {"convert/fp32/posit8/rne/nan",        0x7F800000,              0x80},
        {"convert/fp32/posit8/rne/satfinite",  0x7F800000,              0x7F},
        {"convert/fp32/posit8/rne/satfinite",  0x3F800000,              0x40},
        {"convert/fp32/hif8/rne/inf",          0x7F800000,              0x6F},
        {"convert/fp32/hif8/rne/propagate",    bits_of(1e9f),           0x6E},
    };
    CHECK_ROWS(rows);
}
END_TEST

/* Every code of every shipped format is the nearest, and in all roundings the only, answer for its own value.
 */
START_TEST(test_codes_return) {
    struct tb_case out = {.source = NULL,
                          .destination = tb_format_find("fp64", NULL),
                          .rounding = TB_EXACT,
                          .overflow = TB_PROPAGATE};
    for (size_t i = 0; i < tb_format_count; i++) {
        const struct tb_format *f = &tb_formats[i];
        if (f->bits > 16)
            continue;
        out.source = f;
        for (int rounding = TB_RNE; rounding < TB_ROUNDINGS; rounding++) {
            struct tb_case back = {.source = out.destination,
                                   .destination = f,
                                   .rounding = (enum tb_rounding)rounding,
                                   .overflow = TB_TO_INF};
            for (uint64_t code = 0; code<tb_format_codes(f); code += f->bits> 8 ? TB_FEWER(1, 61) : 1) {
                if (tb_format_is_nan(f, code))
                    continue;
                uint64_t got = tb_integer_convert(&back, tb_integer_convert(&out, code));
                ck_assert_msg(got == code, "%s: code 0x%llx returns as 0x%llx", f->name,
                              (unsigned long long)code, (unsigned long long)got);
            }
        }
    }
}
END_TEST

/* ---- Against MPFR: what the golden answers rest on. ---- */

static uint64_t state = 88172645463325252;

static uint64_t next_random(void) { /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Near a boundary: an image of a destination code, the middle between two, or a round number, give or take a
 * code. */
static uint64_t biased_code(const struct tb_case *c) {
    const struct tb_format *s = c->source, *d = c->destination;
    struct tb_case back = {.source = d, .destination = s, .rounding = TB_RNE, .overflow = TB_SATFINITE};
    uint64_t code = next_random() & (d->bits >= 64 ? UINT64_MAX : tb_format_codes(d) - 1);
    uint64_t image = tb_integer_convert(&back, code << d->padding) >> s->padding;
    uint64_t next = tb_integer_convert(&back, (code ^ 1) << d->padding) >> s->padding;
    switch (next_random() % 4) {
    case 0:
        return image + next_random() % 3 - 1;
    case 1:
        return image / 2 + next / 2 + (image & next & 1) + next_random() % 3 - 1;
    case 2:
        return s->kind == TB_FLOAT ? next_random() & UINT64_MAX << next_random() % s->precision
                                   : next_random();
    default:
        return next_random();
    }
}

static void check_agreement(const struct tb_case *c, int samples) {
    uint64_t codes = tb_format_codes(c->source);
    for (int i = 0; i < samples; i++) {
        uint64_t code = codes <= (uint64_t)samples ? (uint64_t)i % codes : biased_code(c);
        uint64_t pattern = (codes == UINT64_MAX ? code : code & (codes - 1)) << c->source->padding;
        uint64_t a = tb_mpfr_convert(c, pattern), b = tb_integer_convert(c, pattern);
        ck_assert_msg(a == b,
                      "%s to %s, rounding %d, overflow %d: 0x%llx gives 0x%llx by MPFR, 0x%llx by integers",
                      c->source->name, c->destination->name, (int)c->rounding, (int)c->overflow,
                      (unsigned long long)pattern, (unsigned long long)a, (unsigned long long)b);
    }
}

typedef void check_fn(const struct tb_case *c, int samples);

/* Every ordered pair of shipped formats and of some P3109 ones, every rounding and policy; in a slow build
 * each pair with some of them. */
static void check_all_cases(check_fn *check) {
    static const char *const family[] = {"binary8p1se", "binary8p1ue",  "binary8p1uf",  "binary8p3se",
                                         "binary8p8uf", "binary3p3ue",  "binary16p1se", "binary16p11ue",
                                         "binary4p2sf", "binary16p16uf"};
    const struct tb_format *formats[128];
    int count = 0, turn = 0;
    for (size_t i = 0; i < tb_format_count; i++)
        formats[count++] = &tb_formats[i];
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++)
        formats[count++] = tb_format_find(family[i], NULL);
    for (int i = 0; i < count * count; i++) {
        struct tb_case c = {.source = formats[i / count],
                            .destination = formats[i % count],
                            .rounding = TB_EXACT,
                            .overflow = TB_PROPAGATE};
        if (c.source == c.destination)
            continue;
        if (tb_case_is_exact(c.source, c.destination)) {
            check(&c, 256);
            continue;
        }
        int samples = c.destination->kind == TB_CODEBOOK && c.destination->bits > 4 ? 4 : 32;
        for (int rounding = TB_RNE; rounding < TB_ROUNDINGS; rounding++)
            for (int overflow = 0; overflow < TB_OVERFLOWS; overflow++) {
                c.rounding = (enum tb_rounding)rounding;
                c.overflow = (enum tb_overflow)overflow;
                if (turn++ % TB_FEWER(1, 11) == 0)
                    check(&c, samples);
            }
    }
}

START_TEST(test_two_ways_agree) {
    check_all_cases(check_agreement);
}
END_TEST

/* ---- Blocks against single inputs. ---- */

enum { BLOCK = 8 };

static void check_block(const struct tb_case *c, uint64_t first) {
    uint64_t last_code = c->source->bits == 64 ? UINT64_MAX : tb_format_codes(c->source) - 1, out[BLOCK];
    first &= last_code;
    size_t count = last_code - first < BLOCK ? (size_t)(last_code - first) + 1 : BLOCK;
    tb_integer_convert_block(c, first, count, out);
    for (size_t i = 0; i < count; i++) {
        uint64_t pattern = (first + i) << c->source->padding, expected = tb_integer_convert(c, pattern);
        ck_assert_msg(out[i] == expected,
                      "%s to %s, rounding %d, overflow %d: 0x%llx gives 0x%llx in a block, 0x%llx alone",
                      c->source->name, c->destination->name, (int)c->rounding, (int)c->overflow,
                      (unsigned long long)pattern, (unsigned long long)out[i], (unsigned long long)expected);
    }
}

/* Around boundaries of the destination, and around what a loop may take wrong in the source: both ends of
 * each sign, and where subnormals, infinity and NaN begin. */
static void check_blocks(const struct tb_case *c, int samples) {
    const struct tb_format *s = c->source;
    uint64_t half = UINT64_C(1) << (s->bits - 1), binade = UINT64_C(1)
                                                           << (s->precision ? s->precision - 1 : 0);
    const uint64_t edges[] = {0, binade, half, half + binade, half - binade, 0 - binade, 0 - binade / 2};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        check_block(c, edges[i] - BLOCK / 2);
    check_block(c, 0);
    for (int i = 0; i < samples; i++)
        check_block(c, biased_code(c) - BLOCK / 2);
}

START_TEST(test_blocks_agree) {
    check_all_cases(check_blocks);
}
END_TEST

/* A fifth of a million inputs of binary32 in each case of a block's own loop, spread over all exponents. */
START_TEST(test_long_blocks) {
    static const char *const ids[] = {"convert/fp32/bf16/rne/inf",         "convert/fp32/fp16/rhu/nan",
                                      "convert/fp32/e8m0fnu/ru/nan",       "convert/fp32/tf32/rto/inf",
                                      "convert/fp32/e4m3fnuz/rd/nan",      "convert/fp32/int32/rne/satfinite",
                                      "convert/fp32/uint8/rna/satfinite",  "convert/fp32/fp64/exact",
                                      "convert/fp32/binary8p1uf/rto/inf",  "convert/fp32/s2f6/rd/satfinite",
                                      "convert/fp32/binary16p16uf/rtz/inf"};
    enum { LONG = 397 };
    uint64_t out[LONG];
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tb_case c = parsed(ids[i]);
        for (uint64_t e = 0; e < 512; e += TB_FEWER(1, 15)) {
            uint64_t first = (e << 23) + (next_random() & 0x7FFFFF);
            tb_integer_convert_block(&c, first, LONG, out);
            for (uint64_t k = 0; k < LONG && first + k <= UINT32_MAX; k++)
                ck_assert_msg(out[k] == tb_integer_convert(&c, first + k), "%s of 0x%llx: 0x%llx in a block",
                              ids[i], (unsigned long long)(first + k), (unsigned long long)out[k]);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("integer");
    TCase *tests = tcase_create("convert");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_cuda_table);
    tcase_add_test(tests, test_p3109_saturation);
    tcase_add_test(tests, test_thresholds);
    tcase_add_test(tests, test_precision_one);
    tcase_add_test(tests, test_integers);
    tcase_add_test(tests, test_nan_and_signs);
    tcase_add_test(tests, test_codebooks);
    tcase_add_test(tests, test_codes_return);
    tcase_add_test(tests, test_two_ways_agree);
    tcase_add_test(tests, test_blocks_agree);
    tcase_add_test(tests, test_long_blocks);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
