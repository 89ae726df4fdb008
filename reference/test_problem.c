/* Problems: their records tell the variants apart, and the witnesses of the fact sheet give what it states.
 */
#include "reference/problem.h"
#include "vectors/problem_gemm.h"
#include "vectors/problem_pack.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <stdlib.h>
#include <string.h>

/* ---- Every problem of the suites. ---- */

#define LONGEST 400
static const char *ids[LONGEST];
static int id_count;

static void collect_ids(void) {
    int turn = 0;
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++)
        for (const char *const *id = (*k)->suite; *id && id_count < LONGEST; id++)
            if (turn++ % TB_FEWER(1, 4) == 0)
                ids[id_count++] = *id;
}

static struct tb_problem parsed(const char *id) {
    struct tb_problem p;
    struct tb_error error;
    ck_assert_msg(tb_problem_parse(id, &p, &error), "%s: %s", id, error.text);
    return p;
}

static struct tb_problem_vectors golden_of(const struct tb_problem *p) {
    struct tb_problem_vectors v;
    struct tb_error error;
    ck_assert_msg(tb_problem_golden(p, &v, &error), "%s", error.text);
    return v;
}

START_TEST(ids_print_as_they_are_read) {
    struct tb_problem p = parsed(ids[_i]);
    ck_assert_str_eq(p.id, ids[_i]);
    ck_assert(tb_problem_is(ids[_i]));
}
END_TEST

/* Both references agree (tb_problem_golden asks both), and no applicable variant is the exact answer on all
 * records: attribution could not name it. */
START_TEST(records_tell_variants_from_the_exact_answer) {
    struct tb_problem p = parsed(ids[_i]);
    struct tb_problem_vectors v = golden_of(&p);
    unsigned char *output = malloc(p.output.bytes);
    for (const struct tb_problem_variant *a = tb_problem_arithmetic_of(&p)->variants; a->name; a++) {
        bool differs = false;
        for (size_t r = 0; a->applies(&p) && r < v.records && !differs; r++) {
            memset(output, 0, p.output.bytes);
            a->evaluate(&p, v.input + r * p.input.bytes, output);
            differs = memcmp(output, v.output + r * p.output.bytes, p.output.bytes) != 0;
        }
        ck_assert_msg(differs || !a->applies(&p), "%s: %s never differs", p.id, a->name);
    }
    free(output);
    tb_problem_vectors_free(&v);
}
END_TEST

static bool variants_agree(const struct tb_problem *p, const struct tb_problem_vectors *v,
                           const struct tb_problem_variant *a, const struct tb_problem_variant *b) {
    unsigned char *of_a = malloc(p->output.bytes), *of_b = malloc(p->output.bytes);
    bool same = true;
    for (size_t r = 0; r < v->records && same; r++) {
        memset(of_a, 0, p->output.bytes);
        memset(of_b, 0, p->output.bytes);
        a->evaluate(p, v->input + r * p->input.bytes, of_a);
        b->evaluate(p, v->input + r * p->input.bytes, of_b);
        same = memcmp(of_a, of_b, p->output.bytes) == 0;
    }
    free(of_a);
    free(of_b);
    return same;
}

/* No two variants that apply to a problem are the same on its records. */
START_TEST(records_tell_variants_from_each_other) {
    struct tb_problem p = parsed(ids[_i]);
    struct tb_problem_vectors v = golden_of(&p);
    for (const struct tb_problem_variant *a = tb_problem_arithmetic_of(&p)->variants; a->name; a++)
        for (const struct tb_problem_variant *b = a + 1; a->applies(&p) && b->name; b++)
            if (b->applies(&p))
                ck_assert_msg(!variants_agree(&p, &v, a, b), "%s: %s is %s", p.id, a->name, b->name);
    tb_problem_vectors_free(&v);
}
END_TEST

/* ---- Witnesses. ---- */

/* One output by the exact arithmetic (variant NULL) or by a variant, of a record in which all fields but
 * those that `set` fills are zero. */
static uint64_t first_output(const char *id, const char *variant,
                             void (*set)(const struct tb_problem *p, void *record)) {
    struct tb_problem p = parsed(id);
    unsigned char *input = calloc(1, p.input.bytes), *output = calloc(1, p.output.bytes),
                  *second = calloc(1, p.output.bytes);
    const struct tb_problem_arithmetic *a = tb_problem_arithmetic_of(&p);
    const struct tb_problem_variant *v = variant ? tb_problem_variant_find(&p, variant) : NULL;
    ck_assert_msg(!variant || v, "%s has no variant %s", id, variant);
    set(&p, input);
    if (v) {
        v->evaluate(&p, input, output);
    } else {
        a->exact(&p, input, output);
        a->second(&p, input, second);
        ck_assert(memcmp(output, second, p.output.bytes) == 0);
    }
    uint64_t first = tb_field_get(&p.output.fields[p.output.count - 1], output, 0);
    free(input);
    free(output);
    free(second);
    return first;
}

static void set_float(const struct tb_problem *p, void *record, const char *name, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    tb_field_set(tb_layout_named(&p->input, name), record, 0, bits);
}

static void pair(const struct tb_problem *p, void *record, uint64_t a, uint64_t b) {
    struct tb_gemm g = tb_gemm_of(p);
    for (uint32_t k = 0; k < 2; k++) {
        tb_field_set(g.a, record, k, a);
        tb_field_set(g.b, record, k * g.n, b);
    }
}
static void pair_255_127(const struct tb_problem *p, void *record) {
    pair(p, record, 255, 127);
}
static void pair_255_minus_128(const struct tb_problem *p, void *record) {
    pair(p, record, 255, 0x80);
}
static void pair_127_127(const struct tb_problem *p, void *record) {
    pair(p, record, 127, 127);
}

START_TEST(maddubs_sat) {
    ck_assert_int_eq((int32_t)first_output("gemm/uint8/int8/int32", NULL, pair_255_127), 64770);
    ck_assert_int_eq((int32_t)first_output("gemm/uint8/int8/int32", "maddubs16", pair_255_127), 32767);
    ck_assert_int_eq((int32_t)first_output("gemm/uint8/int8/int32", NULL, pair_255_minus_128), -65280);
    ck_assert_int_eq((int32_t)first_output("gemm/uint8/int8/int32", "maddubs16", pair_255_minus_128), -32768);
}
END_TEST

START_TEST(s8s8_comp) {
    ck_assert_int_eq((int32_t)first_output("gemm/int8/int8/int32", NULL, pair_127_127), 32258);
    ck_assert_int_eq((int32_t)first_output("gemm/int8/int8/int32", "maddubs16", pair_127_127), 255);
}
END_TEST

/* 517 * 255 * 127 + 34172 = 2^24 + 1, the remainder as 255 * 127 + 255 * 7 + 2 * 1. */
static void sum_of_2_24_and_1(const struct tb_problem *p, void *record) {
    struct tb_gemm g = tb_gemm_of(p);
    for (uint32_t k = 0; k < 518; k++) {
        tb_field_set(g.a, record, k, 255);
        tb_field_set(g.b, record, k * g.n, 127);
    }
    tb_field_set(g.a, record, 518, 255);
    tb_field_set(g.b, record, 518 * g.n, 7);
    tb_field_set(g.a, record, 519, 2);
    tb_field_set(g.b, record, 519 * g.n, 1);
}

START_TEST(big_acc) {
    const char *id = "gemm/uint8/int8/int32/m=1,n=16,k=1024";
    ck_assert_int_eq((int32_t)first_output(id, NULL, sum_of_2_24_and_1), (1 << 24) + 1);
    ck_assert_int_eq((int32_t)first_output(id, "fp32-sum", sum_of_2_24_and_1), 1 << 24);
}
END_TEST

static void unit(const struct tb_problem *p, void *record) {
    pair(p, record, 1, 1);
    tb_field_set(tb_gemm_of(p).a, record, 1, 0);
    set_float(p, record, "absmax_a", 1);
    set_float(p, record, "absmax_b", 1);
}

static float as_float(uint64_t bits) {
    uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

/* The exact answer is f32(1 / 16129). */
START_TEST(bnb_const) {
    const char *id = "gemm/int8/int8/fp32/absmax";
    ck_assert(as_float(first_output(id, NULL, unit)) == (float)(1.0 / 16129));
    ck_assert(as_float(first_output(id, "bnb-const", unit)) == 6.200012e-05f);
    ck_assert(as_float(first_output(id, "bnb-default", unit)) == 6.200124e-05f);
}
END_TEST

static void recip_vs_div(const struct tb_problem *p, void *record) {
    set_float(p, record, "x", 0.273939937f);
    set_float(p, record, "scale", 0.00214854861f);
}

START_TEST(reciprocal_against_division) {
    const char *id = "quantize/fp32/uint8/per-channel/rne";
    ck_assert_uint_eq(first_output(id, "rcp32", recip_vs_div), 128);
    ck_assert_uint_eq(first_output(id, "div32", recip_vs_div), 127);
    ck_assert_uint_eq(first_output(id, NULL, recip_vs_div), 127);
}
END_TEST

static void half_with_odd_zero(const struct tb_problem *p, void *record) {
    set_float(p, record, "x", 0.5f);
    set_float(p, record, "scale", 1);
    tb_field_set(tb_layout_named(&p->input, "zero"), record, 0, 3);
}
static void nearly_half(const struct tb_problem *p, void *record) {
    set_float(p, record, "x", 0.4999999f);
    set_float(p, record, "scale", 1);
    tb_field_set(tb_layout_named(&p->input, "zero"), record, 0, 127);
}

START_TEST(zero_point_order) {
    const char *id = "quantize/fp32/uint8/per-channel/rne";
    ck_assert_uint_eq(first_output(id, NULL, half_with_odd_zero), 3);
    ck_assert_uint_eq(first_output(id, "zero-before", half_with_odd_zero), 4);
    ck_assert_uint_eq(first_output(id, "rna", half_with_odd_zero), 4);
    ck_assert_uint_eq(first_output(id, NULL, nearly_half), 127);
    ck_assert_uint_eq(first_output(id, "zero-before", nearly_half), 128);
}
END_TEST

/* ---- Packing, against words written down by hand. ---- */

/* Codes 1, 2, 3, ... 15, 0, 1, ... in row-major order. */
static void count_up(const struct tb_problem *p, void *record) {
    const struct tb_field *f = &p->input.fields[0];
    for (uint32_t i = 0; i < f->rows * f->columns; i++)
        tb_field_set(f, record, i, (i + 1) & ((1u << f->format->bits) - 1));
}
/* The row's number, from 1 on, modulo 8. */
static void count_rows(const struct tb_problem *p, void *record) {
    const struct tb_field *f = &p->input.fields[0];
    for (uint32_t i = 0; i < f->rows * f->columns; i++)
        tb_field_set(f, record, i, (i / f->columns + 1) % 8);
}

static const struct {
    const char *id;
    void (*set)(const struct tb_problem *p, void *record);
    uint64_t word;
} packed[] = {
    {"pack/int4/uint8/low-first",                      count_up,   0x21      },
    {"pack/uint4/uint8/high-first",                    count_up,   0x12      },
    {"pack/int2/uint8/low-first",                      count_up,   0x39      }, /* 1 2 3 0 upward */
    {"pack/uint4/int32/gptq-rows/columns=1",           count_up,   0x87654321},
    {"pack/uint4/int32/gptq-zeros/columns=8",          count_up,   0x76543210},
    {"pack/uint4/int32/gptq-zeros-v2/columns=8",       count_up,   0x87654321},
    {"pack/uint4/int32/awq-columns/columns=8",         count_up,   0x86427531},
    {"pack/uint4/uint8/hqq-slabs/rows=2,columns=1",    count_up,   0x12      },
    {"pack/uint4/uint8/quanto-slabs/rows=2,columns=1", count_up,   0x21      },
    {"pack/uint2/uint8/hqq-slabs/rows=4,columns=1",    count_up,   0x6c      }, /* 1 2 3 0 downward */
    {"pack/uint4/int32/gptq-rows-3bit/columns=1",      count_rows, 0xd11f58d1},
};

START_TEST(words_by_hand) {
    ck_assert_uint_eq(first_output(packed[_i].id, NULL, packed[_i].set), packed[_i].word);
}
END_TEST

/* ---- Bad ids. ---- */

static const struct {
    const char *id, *says;
} bad[] = {
    {"gemm/int8/int8",                                                 "a format is missing: gemm/A/B/OUTPUT"                  },
    {"gemm/int8/int8/int9",                                            "int9"                                                  },
    {"gemm/int8/int8/fp32",                                            "int32 comes without a method"                          },
    {"gemm/int8/int8/int32/k=0",                                       "k takes a whole number from 1 to 8192, not '0'"        },
    {"gemm/int8/int8/int32/k=1.5",                                     "k takes a whole number"                                },
    {"gemm/int8/int8/int32/k=8,k=8",                                   "'k=8' is not NAME=NUMBER, once each"                   },
    {"gemm/int8/int8/int32/k=8,",                                      "separated by single commas"                            },
    {"gemm/int8/int8/int32/depth=8",                                   "with a name out of m, n, k"                            },
    {"gemm/int8/int8/fp32/per-row",                                    "method 'per-row' is not one of per-tensor, per-channel"},
    {"pack/int8/uint8/low-first",                                      "2 or 4"                                                },
    {"pack/uint4/uint32/low-first",                                    "into uint8"                                            },
    {"pack/uint4/int32/awq-columns/columns=12",                        "columns must be a multiple of 8"                       },
    {"pack/uint4/int32/awq-columns/rows=99999",                        "rows takes a whole number from 1 to 4096"              },
    {"quantize/fp32/int8/per-channel",                                 "rounding '' is not one of rne"                         },
    {"quantize/fp32/int8/per-channel/sr",                              "rounding 'sr' is not one of rne"                       },
    {"quantize/fp64/int8/per-channel/rne",                             "from fp32, fp16 or bf16"                               },
    {"qparams/fp64/int8/fp32/minmax-absmax",                           "data of format fp64"                                   },
    {"qparams/fp32/fp16/fp32/minmax-absmax",                           "codes of format fp16"                                  },
    {"qparams/fp32/int8/e4m3fn/minmax-absmax",                         "a scale of format e4m3fn"                              },
    {"qparams/fp32/int8/fp32/minmax-absmax/group=48",                  "groups of 48 do not divide"                            },
    {"qparams/fp32/int8/fp32/minmax-absmax/batches=2",                 "only a moving average"                                 },
    {"qparams/fp32/uint8/fp32/minmax-per-side",                        "per-side divides"                                      },
    {"qparams/fp32/int8/fp32/minmax-absmax/empty=-0.5",                "empty=-0.5"                                            },
    {"qparams/fp32/int8/fp32/entropy-absmax/start=100",                "start=100 must be"                                     },
    {"qparams/fp32/int8/fp32/mse-absmax/power=2.3",                    "power=2.3 is not"                                      },
    {"qparams/fp32/int8/fp32/average-absmax/n=4096,rows=64,batches=8", "is above 65536"                                        },
    {"llmint8/bf16/fp16",                                              "data of format bf16"                                   },
    {"llmint8/fp16/bf16",                                              "an output of format bf16"                              },
    {"llmint8/fp16/fp16/k=0",                                          "k takes"                                               },
    {"smoothquant/fp64",                                               "data of format fp64"                                   },
    {"smoothquant/fp16/a=0.33",                                        "not a whole number of twentieths"                      },
    {"smoothquant/fp16/least=0",                                       "least takes"                                           },
    {"conv/int8/int8/int32",                                           "is not known"                                          },
};

START_TEST(bad_ids_say_why) {
    struct tb_problem p;
    struct tb_error error = {0};
    ck_assert(!tb_problem_parse(bad[_i].id, &p, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_msg(strstr(error.text, bad[_i].says), "%s: %s", bad[_i].id, error.text);
}
END_TEST

START_TEST(cases_are_no_problems) {
    ck_assert(!tb_problem_is("quantize/fp32/int8/rne/s=0x1p-4,z=3"));
    ck_assert(!tb_problem_is("convert/fp32/e4m3fn/rne/satfinite"));
    ck_assert(!tb_problem_is(""));
    ck_assert(!tb_problem_is("quantize"));
}
END_TEST

int main(void) {
    collect_ids();
    Suite *suite = suite_create("problem");
    TCase *records = tcase_create("records"), *witnesses = tcase_create("witnesses"),
          *words = tcase_create("ids");
    tcase_add_loop_test(records, ids_print_as_they_are_read, 0, id_count);
    tcase_add_loop_test(records, records_tell_variants_from_the_exact_answer, 0, id_count);
    tcase_add_loop_test(records, records_tell_variants_from_each_other, 0, id_count);
    tcase_add_test(witnesses, maddubs_sat);
    tcase_add_test(witnesses, s8s8_comp);
    tcase_add_test(witnesses, big_acc);
    tcase_add_test(witnesses, bnb_const);
    tcase_add_test(witnesses, reciprocal_against_division);
    tcase_add_test(witnesses, zero_point_order);
    tcase_add_loop_test(witnesses, words_by_hand, 0, (int)(sizeof packed / sizeof packed[0]));
    tcase_add_loop_test(words, bad_ids_say_why, 0, (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(words, cases_are_no_problems);
    suite_add_tcase(suite, records);
    suite_add_tcase(suite, witnesses);
    suite_add_tcase(suite, words);
    return tb_test(suite, CK_FORK_GETENV);
}
