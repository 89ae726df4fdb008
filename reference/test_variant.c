/* Variants against counts and witnesses that others published, and their staircases against evaluation. */
#include "reference/reference.h"
#include "reference/variant.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

static struct tb_arithmetic arithmetic(const char *id, const char *variant) {
    struct tb_case c;
    struct tb_arithmetic a;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    ck_assert_msg(tb_variant_arithmetic(&c, variant, &a, &error), "%s", error.text);
    return a;
}

static struct tb_staircase staircase(const char *id, const char *variant) {
    struct tb_arithmetic a = arithmetic(id, variant);
    struct tb_staircase s;
    struct tb_error error = {0};
    ck_assert_msg(tb_arithmetic_staircase(&a, &s, &error), "%s", error.text);
    return s;
}

/* ---- How many inputs differ. ---- */

struct window {
    uint64_t first, last, count;
};

static void count_difference(const struct tb_difference *d, void *context) {
    struct window *w = context;
    uint64_t first = d->first > w->first ? d->first : w->first, last = d->last < w->last ? d->last : w->last;
    if (first <= last)
        w->count += last - first + 1;
}

static void check_count(const char *id, const char *variant, uint64_t first, uint64_t last, uint64_t count) {
    struct tb_staircase exact = staircase(id, NULL), other = staircase(id, variant);
    struct window w = {first, last, 0};
    tb_staircase_compare(&exact, &other, UINT32_MAX, count_difference, &w);
    ck_assert_msg(w.count == count, "%s %s: expected %llu inputs, got %llu", id, variant,
                  (unsigned long long)count, (unsigned long long)w.count);
    tb_staircase_free(&exact);
    tb_staircase_free(&other);
}

/* The totals were counted over all 2^32 inputs. In [1, 2) each of the 2^k boundaries of the narrow format
 * loses half a unit of the wide one: 2^12 fp32 values for fp16, 2^15 for bf16. */
START_TEST(test_published_counts) {
    check_count("convert/fp32/e4m3fn/rne/satfinite", "via-fp16", 0, UINT32_MAX, 1032192);
    check_count("convert/fp32/bf16/rne/inf", "daz", 0, UINT32_MAX, 16711678);
    check_count("convert/fp32/e4m3fn/rne/satfinite", "via-fp16", 0x3F800000, 0x3FFFFFFF, 32768);
    check_count("convert/fp32/e2m3fn/rne/satfinite", "via-fp16", 0x3F800000, 0x3FFFFFFF, 32768);
    check_count("convert/fp32/e5m2/rne/inf", "via-fp16", 0x3F800000, 0x3FFFFFFF, 16384);
    check_count("convert/fp32/e2m1fn/rne/satfinite", "via-fp16", 0x3F800000, 0x3FFFFFFF, 8192);
    check_count("convert/fp32/e4m3fn/rne/satfinite", "via-bf16", 0x3F800000, 0x3FFFFFFF, 8 << 15);
    check_count("convert/fp32/e5m2/rne/inf", "via-bf16", 0x3F800000, 0x3FFFFFFF, 4 << 15);
    check_count("convert/fp32/e2m1fn/rne/satfinite", "via-bf16", 0x3F800000, 0x3FFFFFFF, 2 << 15);
    check_count("convert/fp32/e4m3fn/rne/satfinite", "via-fp16", 0x3F880001, 0x3F881000, 4096);
}
END_TEST

/* ---- Single inputs. ---- */

static const struct witness {
    const char *id, *variant;
    uint64_t input, output;
} witnesses[] = {
  /* Double rounding: section (d). */
    {"convert/fp32/e4m3fn/rne/satfinite",   "via-fp16",           0x3F880008,         0x38      },
    {"convert/fp32/e5m2/rne/inf",           "exact",              0x3F900001,         0x3D      },
    {"convert/fp32/e5m2/rne/inf",           "via-fp16",           0x3F900001,         0x3C      },
    {"convert/fp32/e2m1fn/rne/satfinite",   "exact",              0x3FA00001,         0x3       },
    {"convert/fp32/e2m1fn/rne/satfinite",   "via-fp16",           0x3FA00001,         0x2       },
    {"convert/fp64/e4m3fn/rne/satfinite",   "via-fp32",           0x3FF1000000001000, 0x38      }, /* 1.0625 + 2^-40 */
    {"convert/fp64/e4m3fn/rne/nan",         "via-fp32",           0x407D000000004000, 0x7E      }, /* 464 + 2^-30 */
    {"convert/fp32/bf16/rne/inf",           "via-fp16",           0x47C35000,         0x7F80    }, /* 1e5: an infinity on the way */
  /* Overflow tested before rounding, AMD HIP: 449 and 57345. */
    {"convert/fp32/e4m3fn/rne/nan",         "exact",              0x43E08000,         0x7E      },
    {"convert/fp32/e4m3fn/rne/nan",         "early-overflow",     0x43E08000,         0x7F      },
    {"convert/fp32/e5m2/rne/inf",           "exact",              0x47600100,         0x7B      },
    {"convert/fp32/e5m2/rne/inf",           "early-overflow",     0xC7600100,         0xFC      },
    {"convert/fp64/e8m0fnu/rtz/nan",        "overflow-always",    0x47EFFFFFFFFFFFFF, 0xFE      },
    {"convert/fp64/e8m0fnu/rtz/nan",        "overflow-always",    0x47F0000000000000, 0xFF      },
    {"convert/fp32/e5m2/rd/inf",            "overflow-always",    0x477FFFFF,         0x7B      },
    {"convert/fp32/e5m2/rd/inf",            "overflow-always",    0x47800000,         0x7C      },
    {"convert/fp32/e5m2/ru/inf",            "overflow-always",    0xC7800000,         0xFC      },
    {"convert/fp32/e4m3fn/rtz/nan",         "overflow-always",    0x43EFFFFF,         0x7E      },
    {"convert/fp32/e4m3fn/rtz/nan",         "overflow-always",    0x43F00000,         0x7F      },
    {"convert/fp32/e5m2/rne/inf",           "early-overflow",     0x47600000,         0x7B      },
    {"convert/fp32/e4m3fn/rne/satfinite",   "infinity-nan",       0xFF800000,         0xFF      },
    {"convert/fp32/e4m3fn/rne/nan",         "overflow-satfinite", 0xC47A0000,         0xFE      }, /* -1000 */
    {"convert/fp32/e4m3fn/rne/satfinite",   "overflow-nan",       0x447A0000,         0x7F      },
 /* NaN. */
    {"convert/fp32/bf16/rne/inf",           "bias-add",           0x7FFF8C22,         0x8000    },
    {"convert/fp32/bf16/rne/inf",           "bias-add",           0x3F808001,         0x3F81    },
    {"convert/fp32/bf16/rne/inf",           "bias-add",           0x3F808000,         0x3F80    },
    {"convert/fp32/bf16/rne/inf",           "bias-add",           0xFFFFFFFF,         0x0000    },
    {"convert/fp32/bf16/rne/inf",           "nan-truncated",      0x7F80FFFF,         0x7F80    },
    {"convert/fp32/bf16/rne/inf",           "nan-truncated",      0xFFBFFFFF,         0xFFBF    },
    {"convert/fp32/bf16/rne/inf",           "nan-truncated",      0x7FFFFFFF,         0x7FFF    },
    {"convert/fp32/bf16/rne/inf",           "nan-positive",       0xFF800001,         0x7FFF    },
    {"convert/fp32/bf16/rne/inf",           "nan-canonical",      0xFFFFFFFF,         0x7FC0    },
    {"convert/fp32/bf16/rne/inf",           "nan-quiet",          0xFFFFFFFF,         0xFFC0    },
    {"convert/fp32/e4m3fn/rne/nan",         "nan-positive",       0xFFC00000,         0x7F      },
    {"convert/fp32/e5m2/rne/inf",           "nan-positive",       0xFFC00000,         0x7F      },
    {"convert/fp32/e4m3fn/rne/satfinite",   "nan-negative",       0x7FC00000,         0xFF      }, /* AMD gfx1201 */
    {"convert/fp32/e5m2/rne/satfinite",     "nan-negative",       0x7FFFFFFF,         0xFE      },
    {"convert/fp32/e4m3fnuz/rne/satfinite", "nan-infinity",       0xFFC00000,         0xFF      }, /* AMD HIP: -240 */
    {"convert/fp32/e4m3fnuz/rne/nan",       "nan-infinity",       0x7FC00000,         0x80      },
    {"convert/fp32/e2m1fn/rne/satfinite",   "nan-minus-zero",     0x7FC00000,         0x8       }, /* ml_dtypes */
    {"convert/fp32/e2m1fn/rne/satfinite",   "nan-minus-zero",     0xFFC00000,         0x0       },
    {"convert/e4m3fn/fp16/exact",           "nan-number",         0x7F,               0x5F80    }, /* 480 */
    {"convert/e4m3fn/fp16/exact",           "nan-positive",       0xFF,               0x7FFF    },
    {"convert/e8m0fnu/fp32/exact",          "nan-infinity",       0xFF,               0x7F800000},
    {"convert/e8m0fnu/fp32/exact",          "nan-number",         0xFF,               0x7F800000},
 /* E8M0: CUDA drops the sign; PyTorch's guard bit; ml_dtypes' and ONNX's zero. */
    {"convert/fp32/e8m0fnu/ru/satfinite",   "magnitude",          0xBFC00000,         0x80      },
    {"convert/fp32/e8m0fnu/rtz/nan",        "magnitude",          0xFF800000,         0xFF      },
    {"convert/fp32/e8m0fnu/rne/nan",        "guard-up",           0x00400000,         0x00      },
    {"convert/fp32/e8m0fnu/rne/nan",        "guard-up",           0x00400001,         0x01      },
    {"convert/fp32/e8m0fnu/rne/nan",        "guard-up",           0x00600000,         0x01      },
    {"convert/fp32/e8m0fnu/rne/nan",        "exact",              0x00600000,         0x00      },
    {"convert/fp32/e8m0fnu/rne/nan",        "guard-up",           0x003FFFFF,         0x00      },
    {"convert/fp32/e8m0fnu/rne/nan",        "zero-nan",           0x80000000,         0xFF      },
    {"convert/fp32/e8m0fnu/rne/nan",        "zero-nan",           0x00000001,         0x00      },
    {"convert/fp32/e8m0fnu/rne/nan",        "below-nan",          0x003FFFFF,         0xFF      },
    {"convert/fp32/e8m0fnu/rne/nan",        "below-nan",          0x00400000,         0x00      },
    {"convert/fp32/e8m0fnu/ru/nan",         "below-nan",          0x80000001,         0xFF      }, /* onnxruntime 1.32.0 */
    {"convert/fp32/e8m0fnu/ru/nan",         "exact",              0x80000001,         0x00      },
 /* Subnormals and zeros. */
    {"convert/fp32/bf16/rne/inf",           "daz",                0x807FFFFF,         0x8000    },
    {"convert/fp32/bf16/rne/inf",           "daz",                0x00800000,         0x0080    },
    {"convert/fp32/e4m3fn/rne/satfinite",   "ftz",                0xBC680000,         0x80      }, /* -7.25 * 2^-9 */
    {"convert/fp32/e4m3fn/rne/satfinite",   "ftz",                0x3C780000,         0x08      }, /* 7.75 * 2^-9: 2^-6 */
    {"convert/fp32/e4m3fn/rne/satfinite",   "zero-positive",      0x80000000,         0x00      },
    {"convert/fp32/e4m3fn/rne/satfinite",   "zero-positive",      0xBF800000,         0xB8      },
 /* Ties. 0x1.45f5fep-5 lies halfway between codes 7 (zero) and 8 of NF4. */
    {"convert/fp32/nf4/rne/satfinite",      "ties-down",          0x3D22FAFF,         7         },
    {"convert/fp32/e2m1fn/rne/satfinite",   "ties-zero",          0xC0600000,         0xD       }, /* -3.5: codes 5, 6 */
    {"convert/fp32/e2m1fn/rne/satfinite",   "exact",              0xC0600000,         0xE       },
    {"convert/fp32/e2m1fn/rne/satfinite",   "ties-down",          0xC0600000,         0xE       },
    {"convert/fp32/e2m1fn/rne/satfinite",   "ties-down",          0x40600000,         0x5       },
    {"convert/fp32/e2m1fn/rne/satfinite",   "rna",                0x3E800000,         0x1       }, /* ROCm aiter#3992 */
  /* Integers. */
    {"convert/fp32/int32/rtz/satfinite",    "indefinite",         0x7FC00000,         0x80000000},
    {"convert/fp32/int32/rtz/satfinite",    "indefinite",         0x4F000000,         0x80000000}, /* 2^31 */
    {"convert/fp32/int32/rtz/satfinite",    "indefinite",         0x4EFFFFFF,         0x7FFFFF80},
    {"convert/fp32/uint32/rtz/satfinite",   "indefinite",         0xBF800000,         0xFFFFFFFF},
    {"convert/fp32/int8/rtz/satfinite",     "indefinite",         0x42FE0000,         0x7F      }, /* 127 */
    {"convert/fp32/int8/rtz/satfinite",     "indefinite",         0x43000000,         0x80      },
    {"convert/fp32/uint8/rtz/satfinite",    "indefinite",         0x43800000,         0xFF      },
    {"convert/fp32/int8/rtz/satfinite",     "wrap",               0x43960000,         300 & 0xFF},
    {"convert/fp32/int8/rtz/satfinite",     "wrap",               0x4F32D05E,         0xFF      }, /* 3e9: Arm clamps to 2^31 - 1 first */
    {"convert/fp32/int8/rtz/satfinite",     "indefinite+wrap",    0x4F32D05E,         0x00      },
    {"convert/fp32/uint8/rtz/satfinite",    "wrap",               0xBF800000,         0xFF      },
    {"convert/fp32/uint8/rtz/satfinite",    "indefinite+wrap",    0x7FC00000,         0x00      },
    {"convert/fp32/int8/rne/satfinite",     "symmetric",          0xC3000000,         0x81      }, /* -128 */
  /* Joined words: the later one wins. */
    {"convert/fp32/e4m3fn/rne/satfinite",   "via-fp16+ru",        0x3F880008,         0x39      },
    {"convert/fp32/e4m3fn/rne/satfinite",   "rtz+rna",            0x3F880000,         0x39      },
    {"convert/fp32/e4m3fn/rne/satfinite",   "rna+rtz",            0x3F880000,         0x38      },
    {"convert/fp32/bf16/rne/inf",           "bias-add+nan-quiet", 0x7FFF8C22,         0x7FC0    },
 /* What comes after the first of two roundings sees its result: PyTorch and ml_dtypes from fp64, measured.
  */
    {"convert/fp64/e8m0fnu/rne/nan",        "via-fp32+guard-up",  0x3800000000000001, 0x00      },
    {"convert/fp64/e8m0fnu/rne/nan",        "guard-up+via-fp32",  0x3800000020000000, 0x00      },
    {"convert/fp64/e8m0fnu/rne/nan",        "guard-up+via-fp32",  0x3800000020000001, 0x01      },
    {"convert/fp64/e8m0fnu/rne/nan",        "via-fp32+zero-nan",  0x0000000000000001, 0xFF      },
    {"convert/fp64/e8m0fnu/rne/nan",        "via-fp32+zero-nan",  0x3690000000000000, 0xFF      }, /* 2^-150, a tie */
    {"convert/fp64/e8m0fnu/rne/nan",        "via-fp32+zero-nan",  0x3690000000000001, 0x00      },
};

static void check_witness(const struct witness *w) {
    struct tb_arithmetic a = arithmetic(w->id, w->variant);
    uint64_t got = tb_arithmetic_convert(&a, w->input);
    ck_assert_msg(got == w->output, "%s %s of 0x%llx: expected 0x%llx, got 0x%llx", w->id, w->variant,
                  (unsigned long long)w->input, (unsigned long long)w->output, (unsigned long long)got);
}

START_TEST(test_witnesses) {
    for (size_t i = 0; i < sizeof witnesses / sizeof witnesses[0]; i++)
        check_witness(&witnesses[i]);
}
END_TEST

/* ---- Which variants apply. ---- */

static const struct {
    const char *id, *variant;
    bool applies;
} applicable[] = {
    {"convert/fp32/e4m3fn/rne/satfinite",  "exact",              true },
    {"convert/fp32/e4m3fn/rne/satfinite",  "rne",                false},
    {"convert/fp32/e4m3fn/rne/satfinite",  "rna",                true },
    {"convert/fp32/e4m3fn/rne/satfinite",  "via-fp16",           true },
    {"convert/fp32/fp16/rne/inf",          "via-fp16",           false},
    {"convert/fp16/e4m3fn/rne/satfinite",  "via-fp16",           false},
    {"convert/fp32/tf32/rne/inf",          "via-fp16",           false}, /* tf32 holds no fewer bits */
    {"convert/bf16/e4m3fn/rne/satfinite",  "via-fp32",           false}, /* exact on the way */
    {"convert/fp64/fp32/rne/inf",          "via-bf16",           false},
    {"convert/fp64/e4m3fn/rne/nan",        "via-fp32",           true },
    {"convert/int32/bf16/rne/inf",         "via-fp32",           true },
    {"convert/fp32/e4m3fn/rne/satfinite",  "daz",                false}, /* fp32 subnormals give 0 all the same */
    {"convert/fp32/e4m3fn/ru/satfinite",   "daz",                true },
    {"convert/fp32/bf16/rne/inf",          "daz",                true },
    {"convert/fp32/e4m3fn/rne/satfinite",  "ftz",                true },
    {"convert/fp32/int8/rne/satfinite",    "ftz",                false},
    {"convert/e4m3fn/fp16/exact",          "ftz",                false}, /* 2^-9 is normal there */
    {"convert/fp32/e4m3fn/rne/satfinite",  "overflow-propagate", false}, /* no infinity */
    {"convert/fp32/e4m3fn/rne/satfinite",  "overflow-nan",       true },
    {"convert/fp32/e5m2/rne/inf",          "overflow-propagate", true },
    {"convert/fp16/fp32/exact",            "overflow-inf",       false},
    {"convert/fp32/e2m1fn/rne/satfinite",  "overflow-nan",       false},
    {"convert/fp32/e4m3fn/rne/nan",        "early-overflow",     true },
    {"convert/fp32/e4m3fn/rne/satfinite",  "early-overflow",     false},
    {"convert/fp32/e4m3fn/rtz/nan",        "overflow-always",    true },
    {"convert/fp32/e4m3fn/rne/nan",        "overflow-always",    false},
    {"convert/fp32/bf16/rne/inf",          "bias-add",           true },
    {"convert/fp16/e5m2/rne/inf",          "bias-add",           true },
    {"convert/fp32/fp16/rne/inf",          "bias-add",           false},
    {"convert/fp32/e8m0fnu/rtz/nan",       "magnitude",          true },
    {"convert/fp32/e4m3fn/rne/nan",        "magnitude",          false},
    {"convert/fp32/e8m0fnu/rne/nan",       "guard-up",           true },
    {"convert/fp16/e8m0fnu/rne/nan",       "guard-up",           false},
    {"convert/fp32/int8/rne/satfinite",    "nan-zero",           false}, /* golden */
    {"convert/fp32/int8/rne/satfinite",    "indefinite",         true },
    {"convert/int32/fp32/rne/inf",         "nan-positive",       false},
    {"convert/fp32/bf16/rne/inf",          "nan-truncated",      true },
    {"convert/fp32/e4m3fn/rne/nan",        "nan-truncated",      false},
    {"convert/fp32/e4m3fnuz/rne/nan",      "zero-positive",      false},
    {"convert/ue4m3/e2m1fn/rne/satfinite", "rd",                 true },
    {"convert/ue4m3/e2m1fn/rtz/satfinite", "rd",                 false}, /* no negative inputs */
};

static void check_applies(const char *id, const char *variant, bool expected) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    for (size_t v = 0; v < tb_variant_count; v++)
        if (strcmp(tb_variants[v].name, variant) == 0) {
            ck_assert_msg(tb_variants[v].applies(&c) == expected, "%s %s", id, variant);
            return;
        }
    ck_abort_msg("no variant '%s'", variant);
}

START_TEST(test_applies) {
    for (size_t i = 0; i < sizeof applicable / sizeof applicable[0]; i++)
        check_applies(applicable[i].id, applicable[i].variant, applicable[i].applies);
}
END_TEST

START_TEST(test_names) {
    struct tb_case c;
    struct tb_arithmetic a;
    struct tb_error error = {0};
    ck_assert(tb_case_parse("convert/fp32/bf16/rne/inf", &c, &error));
    ck_assert_str_eq(tb_variants[0].name, "exact");
    for (size_t i = 0; i < tb_variant_count; i++) {
        ck_assert(tb_variant_arithmetic(&c, tb_variants[i].name, &a, &error));
        ck_assert(tb_variants[i].summary[0] && tb_variants[i].used_by[0]);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(tb_variants[i].name, tb_variants[j].name);
    }
    ck_assert(!tb_variant_arithmetic(&c, "daz+ftzz", &a, &error));
    ck_assert_str_eq(error.text, "variant 'ftzz' is not known: `tiebreak list variants` shows all");
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert(!tb_variant_arithmetic(&c, "", &a, &error));
    ck_assert(!tb_variant_arithmetic(&c, "daz+", &a, &error));
}
END_TEST

/* ---- Staircases. ---- */

static void check_at(const struct tb_arithmetic *a, const struct tb_staircase *s, const char *id,
                     const char *variant, uint64_t pattern) {
    uint64_t expected = tb_arithmetic_convert(a, pattern), got = tb_staircase_at(s, pattern);
    ck_assert_msg(expected == got, "%s %s: staircase at 0x%llx: expected 0x%llx, got 0x%llx", id, variant,
                  (unsigned long long)pattern, (unsigned long long)expected, (unsigned long long)got);
}

static void check_staircase(const char *id, const char *variant, uint64_t stride) {
    struct tb_arithmetic a = arithmetic(id, variant);
    struct tb_staircase s = staircase(id, variant);
    uint64_t unit = UINT64_C(1) << a.exact.source->padding;
    for (uint64_t index = 0; index < tb_case_inputs(&a.exact); index += stride)
        check_at(&a, &s, id, variant, index * unit);
    ck_assert_uint_eq(s.first[0], 0);
    for (size_t i = 1; i < s.count; i++) {
        ck_assert(s.first[i] > s.first[i - 1] && s.code[i] != s.code[i - 1]);
        check_at(&a, &s, id, variant, s.first[i] - unit);
        check_at(&a, &s, id, variant, s.first[i]);
        if (i + 1 < s.count) /* the middle of a run */
            check_at(&a, &s, id, variant, (s.first[i] / 2 + s.first[i + 1] / 2) & ~(unit - 1));
    }
    tb_staircase_free(&s);
}

/* Prime strides, so that samples meet every alignment; both sides and the middle of each run besides.
 * `variants` NULL: all that apply, and some joined. */
static const struct {
    const char *id, *variant;
    uint64_t stride;
} staircases[] = {
    {"convert/fp32/e4m3fn/rne/satfinite", NULL,                      1048573},
    {"convert/fp32/e5m2/rto/inf",         NULL,                      1048573},
    {"convert/fp32/e8m0fnu/rne/nan",      NULL,                      1048573},
    {"convert/fp32/e2m1fn/rhu/satfinite", NULL,                      1048573},
    {"convert/fp32/e4m3fnuz/rd/nan",      NULL,                      1048573},
    {"convert/fp32/int8/rne/satfinite",   NULL,                      1048573},
    {"convert/fp32/nf4/rne/satfinite",    NULL,                      1048573},
    {"convert/int32/e5m2/rne/inf",        NULL,                      1048573},
    {"convert/fp16/e4m3fn/rne/nan",       NULL,                      1      },
    {"convert/e4m3fn/fp16/exact",         NULL,                      1      },
    {"convert/e8m0fnu/fp32/exact",        NULL,                      1      },
    {"convert/fp16/binary8p3ue/rne/inf",  NULL,                      7      },
    {"convert/tf32/e3m2fn/rne/satfinite", "via-bf16",                1      },
    {"convert/fp32/bf16/rne/inf",         "bias-add",                65521  },
    {"convert/fp32/bf16/rne/inf",         "via-fp16+nan-truncated",  65521  },
    {"convert/fp32/bf16/rtz/nan",         "daz+early-overflow",      65521  },
    {"convert/uint32/fp16/rna/nan",       "early-overflow",          65521  },
 /* NaN at -0 and below -2^-127, and between them the least value. */
    {"convert/fp32/e8m0fnu/ru/nan",       "zero-nan+early-overflow", 65521  },
};

START_TEST(test_staircases) {
    const char *id = staircases[_i].id;
    uint64_t stride = staircases[_i].stride * TB_FEWER(1, 19);
    struct tb_case c;
    struct tb_error error = {0};
    if (staircases[_i].variant) {
        check_staircase(id, staircases[_i].variant, stride);
        return;
    }
    ck_assert_msg(tb_case_parse(id, &c, &error), "%s", error.text);
    for (size_t v = 0; v < tb_variant_count; v++)
        if (tb_variants[v].applies(&c) && (c.source->bits <= 16 || strcmp(tb_variants[v].name, "wrap") != 0))
            check_staircase(id, tb_variants[v].name, stride);
    check_staircase(id, "magnitude+rna+guard-up+below-nan+daz+ftz", stride);
    check_staircase(id, "via-bf16+early-overflow+nan-truncated+bias-add", stride);
    check_staircase(id, "rtz+indefinite+symmetric", stride);
}
END_TEST

START_TEST(test_no_staircase) {
    struct tb_staircase s;
    struct tb_error error = {0};
    struct tb_arithmetic a = arithmetic("convert/fp64/bf16/rne/inf", "exact");
    ck_assert(!tb_arithmetic_staircase(&a, &s, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_str_eq(error.text, "convert/fp64/bf16 has no staircase: its domain is too large");
    a = arithmetic("convert/fp32/int8/rne/satfinite", "wrap");
    ck_assert(!tb_arithmetic_staircase(&a, &s, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_uint_eq(s.count, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("variant");
    TCase *tests = tcase_create("variant");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_published_counts);
    tcase_add_test(tests, test_witnesses);
    tcase_add_test(tests, test_applies);
    tcase_add_test(tests, test_names);
    tcase_add_loop_test(tests, test_staircases, 0, (int)(sizeof staircases / sizeof staircases[0]));
    tcase_add_test(tests, test_no_staircase);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
