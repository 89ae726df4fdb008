/* The tensor-core models: against published outputs of hardware, every row; with each single parameter
 * changed against the same rows, where it must show; and against answers found by hand.
 *
 * The published rows lie beside the project, not in it: the argument names their folder, or
 * TIEBREAK_TENSOR_CORE_DATA; without it those tests are skipped. */
#include "reference/mma.h"
#include "reference/mma_data.h"
#include "reference/problem.h"
#include "reference/reference.h"
#include "vectors/problem_mma.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;

static const struct tb_format *format(const char *name) {
    const struct tb_format *f = tb_format_find(name, NULL);
    ck_assert_msg(f != NULL, "%s", name);
    return f;
}

static const struct tb_mma_model *model_of(const char *name, const char *operands, const char *result) {
    const struct tb_format *x = format(operands), *d = format(result);
    const struct tb_mma_model *m = tb_mma_find(name, x, x, d, d);
    ck_assert_msg(m != NULL, "%s on %s", name, operands);
    return m;
}

static size_t count_wrong(const struct tb_mma_model *m, const struct tb_mma_file *f,
                          const struct tb_mma_rows *rows) {
    static struct tb_mma_term room[64];
    struct tb_mma_dot dot = {.products = room};
    const struct tb_format *x = format(f->format), *d = format(f->output);
    size_t wrong = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct tb_mma_operands o = {x,          x,   d, d, rows->a + i * f->k, rows->b + i * f->k,
                                          rows->c[i], f->k};
        tb_mma_set(&dot, &o);
        wrong += tb_mma_run(m, &dot) != rows->d[i];
    }
    return wrong;
}

/* ---- Every row. ---- */

START_TEST(every_row_of_every_file) {
    const struct tb_mma_file *f = &tb_mma_files[_i];
    struct tb_mma_rows rows;
    ck_assert_msg(tb_mma_read(folder, f, &rows), "%s: %s/%s is missing or damaged", folder, f->operands,
                  f->output);
    size_t wrong = count_wrong(model_of(f->model, f->format, f->output), f, &rows);
    printf("%s into %s: %zu of %zu rows differ from %s\n", f->operands, f->output, wrong, rows.count,
           f->model);
    ck_assert_uint_ge(rows.count, 1000);
    ck_assert_uint_eq(wrong, 0);
    tb_mma_rows_free(&rows);
}
END_TEST

/* ---- One parameter changed. ---- */

#define CHANGE(NAME, ...)                                                                                    \
    static void NAME(struct tb_mma_model *m, int value) {                                                    \
        (void)value;                                                                                         \
        __VA_ARGS__;                                                                                         \
    }
CHANGE(fraction_bits, m->fraction_bits = value)
CHANGE(result_bits, m->result_bits = value)
CHANGE(step_of, m->step = (uint32_t)value, m->order = TB_MMA_ASCENDING)
CHANGE(normalised, m->normalised = true)
CHANGE(rounding, m->rounding = (enum tb_rounding)value)
CHANGE(cut, m->cut = (enum tb_rounding)value)
CHANGE(place, m->place = (enum tb_mma_place)value)
CHANGE(order, m->order = (enum tb_mma_order)value; if (m->block == m->step) m->step /= 2)
CHANGE(subnormals, m->subnormals = (enum tb_mma_subnormals)value)
CHANGE(sum, m->sum = (enum tb_mma_sum)value)

/* Rows that differ, of the first 1,000; and of all 5,000 where that was counted apart, by a program that
 * shares nothing with this one. 0: the rows cannot show it (see NO_MATTER). */
enum { NOT_COUNTED = -1 };
/* clang-format off */
static const struct {
    const char *operands, *output;
    const char *what;
    void (*change)(struct tb_mma_model *m, int value);
    int value;
    int of_1000, of_5000;
} changes[] = {
    {"E4M3", "fp32", "F = 10",                 fraction_bits, 10,                     874,  NOT_COUNTED},
    {"E4M3", "fp32", "F = 11",                 fraction_bits, 11,                     713,  3523},
    {"E4M3", "fp32", "F = 12",                 fraction_bits, 12,                     398,  1963},
    {"E4M3", "fp32", "F = 14",                 fraction_bits, 14,                     174,  867},
    {"E4M3", "fp32", "F = 15",                 fraction_bits, 15,                     207,  1045},
    {"E4M3", "fp32", "F = 25",                 fraction_bits, 25,                     220,  1085},
    {"E4M3", "fp32", "exact sums",             fraction_bits, TB_MMA_EXACT,           220,  NOT_COUNTED},
    {"E4M3", "fp32", "23 bits of the result",  result_bits,   23,                     286,  1415},
    {"E4M3", "fp32", "12 bits of the result",  result_bits,   12,                     330,  NOT_COUNTED},
    {"E4M3", "fp32", "steps of 16",            step_of,       16,                     159,  814},
    {"E4M3", "fp32", "products normalised",    normalised,    0,                      96,   462},
    {"E4M3", "fp32", "result to nearest",      rounding,      TB_RNE,                 124,  NOT_COUNTED},
    {"E4M3", "fp32", "terms cut to nearest",   cut,           TB_RNE,                 185,  NOT_COUNTED},
    {"E4M3", "fp32", "terms cut down",         cut,           TB_RD,                  210,  NOT_COUNTED},
    {"E4M3", "fp32", "every second index",     order,         TB_MMA_INTERLEAVED,     158,  NOT_COUNTED},
    {"E4M3", "fp32", "second half first",      order,         TB_MMA_DESCENDING,      169,  NOT_COUNTED},
    {"E4M3", "fp32", "subnormals flushed",     subnormals,    TB_MMA_INPUTS_FLUSHED,  451,  NOT_COUNTED},
    {"E4M3", "fp32", "a tree",                 sum,           TB_MMA_PAIRWISE,        334,  NOT_COUNTED},
    {"E5M2", "fp32", "F = 12",                 fraction_bits, 12,                     206,  NOT_COUNTED},
    {"E5M2", "fp32", "F = 14",                 fraction_bits, 14,                     86,   NOT_COUNTED},
    {"E5M2", "fp32", "23 bits of the result",  result_bits,   23,                     172,  NOT_COUNTED},
    {"E5M2", "fp32", "steps of 16",            step_of,       16,                     60,   NOT_COUNTED},
    {"E5M2", "fp32", "products normalised",    normalised,    0,                      30,   NOT_COUNTED},
    {"E5M2", "fp32", "result to nearest",      rounding,      TB_RNE,                 91,   NOT_COUNTED},
    {"E5M2", "fp32", "terms cut to nearest",   cut,           TB_RNE,                 88,   NOT_COUNTED},
    {"E5M2", "fp32", "terms cut down",         cut,           TB_RD,                  112,  NOT_COUNTED},
    {"E5M2", "fp32", "every second index",     order,         TB_MMA_INTERLEAVED,     71,   NOT_COUNTED},
    {"E4M3", "fp16", "F = 15",                 fraction_bits, 15,                     3,    NOT_COUNTED},
    {"E4M3", "fp16", "C in the chain",         place,         TB_MMA_IN_SUM,          388,  1887},
    {"E4M3", "fp16", "halves in order",        order,         TB_MMA_ASCENDING,       321,  1523},
    {"E4M3", "fp16", "every second index",     order,         TB_MMA_INTERLEAVED,     323,  1562},
    {"E4M3", "fp16", "result toward zero",     rounding,      TB_RTZ,                 529,  NOT_COUNTED},
    {"E4M3", "fp16", "subnormals flushed",     subnormals,    TB_MMA_INPUTS_FLUSHED,  372,  NOT_COUNTED},
    {"E5M2", "fp16", "F = 17",                 fraction_bits, 17,                     1,    NOT_COUNTED},
    {"E5M2", "fp16", "C in the chain",         place,         TB_MMA_IN_SUM,          356,  NOT_COUNTED},
    {"E5M2", "fp16", "halves in order",        order,         TB_MMA_ASCENDING,       238,  NOT_COUNTED},
    {"E5M2", "fp16", "result toward zero",     rounding,      TB_RTZ,                 437,  NOT_COUNTED},
    {"fp16", "fp32", "F = 23",                 fraction_bits, 23,                     510,  2473},
    {"fp16", "fp32", "F = 24",                 fraction_bits, 24,                     254,  1175},
    {"fp16", "fp32", "F = 26",                 fraction_bits, 26,                     101,  536},
    {"fp16", "fp32", "exact sums",             fraction_bits, TB_MMA_EXACT,           144,  NOT_COUNTED},
    {"fp16", "fp32", "22 bits of the result",  result_bits,   22,                     467,  NOT_COUNTED},
    {"fp16", "fp32", "two steps of 8",         step_of,       8,                      308,  1533},
    {"fp16", "fp32", "products normalised",    normalised,    0,                      82,   412},
    {"fp16", "fp32", "result to nearest",      rounding,      TB_RNE,                 355,  NOT_COUNTED},
    {"fp16", "fp32", "terms cut to nearest",   cut,           TB_RNE,                 139,  NOT_COUNTED},
    {"fp16", "fp32", "terms cut down",         cut,           TB_RD,                  154,  NOT_COUNTED},
    {"fp16", "fp32", "C added last",           place,         TB_MMA_LAST,            294,  NOT_COUNTED},
    {"fp16", "fp32", "every second index",     order,         TB_MMA_INTERLEAVED,     319,  NOT_COUNTED},
    {"fp16", "fp32", "subnormals flushed",     subnormals,    TB_MMA_INPUTS_FLUSHED,  2,    NOT_COUNTED},
    {"fp16", "fp32", "a tree",                 sum,           TB_MMA_PAIRWISE,        725,  NOT_COUNTED},
    {"fp16", "fp32", "two stages",             sum,           TB_MMA_TWO_STAGE,       1,    NOT_COUNTED},
    {"fp16", "fp16", "F = 21",                 fraction_bits, 21,                     1,    NOT_COUNTED},
    {"fp16", "fp16", "two steps of 8",         step_of,       8,                      272,  NOT_COUNTED},
    {"fp16", "fp16", "result toward zero",     rounding,      TB_RTZ,                 527,  NOT_COUNTED},
    {"fp16", "fp16", "C added last",           place,         TB_MMA_LAST,            242,  NOT_COUNTED},
    {"bf16", "fp32", "F = 24",                 fraction_bits, 24,                     99,   NOT_COUNTED},
    {"bf16", "fp32", "F = 26",                 fraction_bits, 26,                     29,   NOT_COUNTED},
    {"bf16", "fp32", "two steps of 8",         step_of,       8,                      194,  NOT_COUNTED},
    {"bf16", "fp32", "products normalised",    normalised,    0,                      27,   NOT_COUNTED},
    {"bf16", "fp32", "result to nearest",      rounding,      TB_RNE,                 345,  NOT_COUNTED},
    {"bf16", "fp32", "terms cut down",         cut,           TB_RD,                  5,    NOT_COUNTED},
    {"bf16", "fp32", "C added last",           place,         TB_MMA_LAST,            365,  NOT_COUNTED},
    {"tf32", "fp32", "F = 24",                 fraction_bits, 24,                     100,  NOT_COUNTED},
    {"tf32", "fp32", "F = 26",                 fraction_bits, 26,                     36,   NOT_COUNTED},
    {"tf32", "fp32", "steps of 2",             step_of,       2,                      199,  NOT_COUNTED},
    {"tf32", "fp32", "products normalised",    normalised,    0,                      29,   NOT_COUNTED},
    {"tf32", "fp32", "result to nearest",      rounding,      TB_RNE,                 274,  NOT_COUNTED},
    {"tf32", "fp32", "terms cut down",         cut,           TB_RD,                  29,   NOT_COUNTED},
    {"tf32", "fp32", "C added last",           place,         TB_MMA_LAST,            287,  NOT_COUNTED},
    {"tf32", "fp32", "two stages",             sum,           TB_MMA_TWO_STAGE,       4,    NOT_COUNTED},
    /* NO_MATTER: c is zero; no result is subnormal; fp16 keeps 10 bits of sums that F = 24 cuts far below; 4
     * indices are no two steps of 4. */
    {"E4M3", "fp32", "C added last",           place,         TB_MMA_LAST,            0,    NOT_COUNTED},
    {"E4M3", "fp32", "results flushed",        subnormals,    TB_MMA_RESULTS_FLUSHED, 0,    NOT_COUNTED},
    {"E4M3", "fp16", "F = 24",                 fraction_bits, 24,                     0,    NOT_COUNTED},
    {"E4M3", "fp16", "products normalised",    normalised,    0,                      0,    NOT_COUNTED},
    {"fp16", "fp16", "F = 24",                 fraction_bits, 24,                     0,    NOT_COUNTED},
    {"tf32", "fp32", "steps of 4",             step_of,       4,                      0,    NOT_COUNTED},
};
/* clang-format on */
enum { CHANGES = sizeof changes / sizeof changes[0] };

static const struct tb_mma_file *file_of(const char *operands, const char *output) {
    for (size_t i = 0; i < tb_mma_file_count; i++)
        if (strcmp(tb_mma_files[i].operands, operands) == 0 && strcmp(tb_mma_files[i].output, output) == 0)
            return &tb_mma_files[i];
    abort();
}

START_TEST(one_parameter_changed) {
    for (int i = 0; i < CHANGES; i++) {
        const struct tb_mma_file *f = file_of(changes[i].operands, changes[i].output);
        struct tb_mma_model changed = *model_of(f->model, f->format, f->output);
        struct tb_mma_rows rows;
        ck_assert(tb_mma_read(folder, f, &rows));
        changes[i].change(&changed, changes[i].value);
        size_t wrong = count_wrong(&changed, f, &rows);
        printf("%s into %s, %-22s %4zu of %zu differ\n", f->operands, f->output, changes[i].what, wrong,
               rows.count);
        int expected = rows.count == 1000 ? changes[i].of_1000 : changes[i].of_5000;
        if (expected >= 0)
            ck_assert_msg(wrong == (size_t)expected, "%s: %zu differ, not %d", changes[i].what, wrong,
                          expected);
        tb_mma_rows_free(&rows);
    }
}
END_TEST

/* The counts of all 5,000 rows and of the first 1,000 are of one kind: within four standard deviations. */
START_TEST(counts_agree) {
    int compared = 0;
    for (int i = 0; i < CHANGES; i++) {
        if (changes[i].of_5000 < 0)
            continue;
        double p = changes[i].of_5000 / 5000.0, spread = 4 * sqrt(1000 * p * (1 - p));
        ck_assert_msg(fabs(changes[i].of_1000 - 1000 * p) < spread, "%s", changes[i].what);
        compared++;
    }
    ck_assert_int_ge(compared, 15);
}
END_TEST

/* ---- By hand: the probes of FP8 on H100. ---- */

static uint64_t in_format(const struct tb_format *f, double x) {
    const struct tb_case c = {
        .source = format("fp64"), .destination = f, .rounding = TB_RNE, .overflow = TB_TO_NAN};
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t pattern = tb_integer_convert(&c, bits);
    ck_assert_msg(isnan(x) || tb_format_value(f, pattern) == x, "%g is none of %s", x, f->name);
    return pattern;
}

static uint32_t run(const struct tb_mma_model *m, const char *operands, const double (*products)[3],
                    size_t count, double c) {
    const struct tb_format *x = format(operands), *d = format("fp32");
    uint64_t a[32] = {0}, b[32] = {0};
    struct tb_mma_term room[32];
    struct tb_mma_dot dot = {.products = room};
    for (size_t i = 0; i < count && products[i][1] != 0; i++) {
        a[(int)products[i][0]] = in_format(x, products[i][1]);
        b[(int)products[i][0]] = in_format(x, products[i][2]);
    }
    const struct tb_mma_operands o = {x, x, d, d, a, b, in_format(d, c), 32};
    tb_mma_set(&dot, &o);
    return (uint32_t)tb_mma_run(m, &dot);
}

/* Products; they end with one of a = 0. */
#define P(INDEX, A, B)                                                                                       \
    { INDEX, A, B }
/* clang-format off */
static const struct {
    const char *what;
    double products[5][3]; /* index, a, b */
    double c;
    uint32_t wgmma, mma;
} probes[] = {
    {"1 + 2^-13",                    {P(0, 1, 1), P(1, 0x1p-7, 0x1p-6)},                              0,            0x3f800400, 0x3f800400},
    {"1 + 2^-14",                    {P(0, 1, 1), P(1, 0x1p-7, 0x1p-7)},                              0,            0x3f800000, 0x3f800200},
    {"1 + 2^-14 + 2^-14",            {P(0, 1, 1), P(1, 0x1p-7, 0x1p-7), P(4, 0x1p-7, 0x1p-7)},        0,            0x3f800000, 0x3f800400},
    {"1 + 1.5 * 2^-14",              {P(0, 1, 1), P(1, 0x1.8p-7, 0x1p-7)},                            0,            0x3f800000, 0x3f800300},
    {"its negative",                 {P(0, -1, 1), P(1, -0x1.8p-7, 0x1p-7)},                          0,            0xbf800000, 0xbf800300},
    {"1.5 * 1.5 - 1.25 + 2^-13",     {P(0, 1.5, 1.5), P(1, -1.25, 1), P(4, 0x1p-7, 0x1p-6)},          0,            0x3f800400, 0x3f800400},
    {"1, -1; 2^-14 in another half", {P(0, 1, 1), P(1, -1, 1), P(16, 0x1p-7, 0x1p-7)},                0,            0x00000000, 0x38800000},
    {"c = 1 + 2^-23",                {{0}},                                                           0x1.000002p0, 0x3f800000, 0x3f800001},
    {"c = 2^-14, product 1",         {P(0, 1, 1)},                                                    0x1p-14,      0x3f800000, 0x3f800200},
    {"c = 1, product 2^-14",         {P(0, 0x1p-7, 0x1p-7)},                                          1,            0x3f800000, 0x3f800200},
    {"2^-9 * 2^-9",                  {P(0, 0x1p-9, 0x1p-9)},                                          0,            0x36800000, 0x36800000},
    {"256 + 7 * 2^-9 * 4",           {P(0, 256, 1), P(1, 0x1.cp-7, 4)},                               0,            0x43800400, 0x43800700},
    {"NaN in the sum",               {P(0, 1, 1), P(9, NAN, 1)},                                      1,            0x7fffffff, 0x7fffffff},
};
/* clang-format on */

START_TEST(probes_of_h100) {
    ck_assert_msg(run(model_of("h100-wgmma-fp8", "e4m3fn", "fp32"), "e4m3fn", probes[_i].products, 5,
                      probes[_i].c) == probes[_i].wgmma,
                  "wgmma: %s", probes[_i].what);
    ck_assert_msg(run(model_of("h100-mma-fp8", "e4m3fn", "fp32"), "e4m3fn", probes[_i].products, 5,
                      probes[_i].c) == probes[_i].mma,
                  "mma.sync: %s", probes[_i].what);
}
END_TEST

/* 32 times 448 * 448: carries. And fp16: 1 + 2^-n - 1 is lost from n = 26 on, the final cut goes to zero. */
START_TEST(carries_and_fraction) {
    double all[32][3], three[3][3] = {
                           {0, 1,  1      },
                           {1, 0,  0x1p-12},
                           {2, -1, 1      }
    };
    for (int i = 0; i < 32; i++)
        all[i][0] = i, all[i][1] = all[i][2] = 448;
    ck_assert_uint_eq(run(model_of("h100-wgmma-fp8", "e4m3fn", "fp32"), "e4m3fn", all, 32, 0), 0x4ac40000);
    ck_assert_uint_eq(run(model_of("h100-mma-fp8", "e4m3fn", "fp32"), "e4m3fn", all, 32, 0), 0x4ac40000);
    for (int n = 22; n <= 27; n++) {
        three[1][1] = ldexp(1, 12 - n);
        uint32_t got = run(model_of("h100-fp16", "fp16", "fp32"), "fp16", three, 3, 0);
        ck_assert_uint_eq(got, n <= 25 ? (uint32_t)(127 - n) << 23 : 0);
    }
    const double cut[2][3] = {
        {0, 1,         1      },
        {1, 0x1.8p-12, 0x1p-12}
    };
    ck_assert_uint_eq(run(model_of("h100-fp16", "fp16", "fp32"), "fp16", cut, 2, 0), 0x3f800000);
}
END_TEST

/* AMD, by hand. MI300 cuts the accumulator down at 24 bits below the larger exponent: -2^-30 under 1 is
 * -2^-24. Trees: MI100's of 4 loses 2^-24 twice, a chain of FMAs too; two of them first make 2^-23. */
START_TEST(amd_by_hand) {
    const double one[1][3] = {
        {0, 1, 1}
    };
    ck_assert_uint_eq(run(model_of("cdna3-fp16", "fp16", "fp32"), "fp16", one, 1, -0x1p-30), 0x3f7fffff);
    const double apart[3][3] = {
        {0, 1,       1      },
        {2, 0x1p-12, 0x1p-12},
        {3, 0x1p-12, 0x1p-12}
    };
    ck_assert_uint_eq(run(model_of("cdna1-fp16", "fp16", "fp32"), "fp16", apart, 3, 0), 0x3f800001);
    ck_assert_uint_eq(run(model_of("fma-chain", "fp16", "fp32"), "fp16", apart, 3, 0), 0x3f800000);
    const double tiny[1][3] = {
        {0, 0x1p-24, 1}
    };
    ck_assert_uint_eq(run(model_of("cdna1-fp16", "fp16", "fp32"), "fp16", tiny, 1, 0), 0x33800000);
    ck_assert_uint_eq(run(model_of("cdna2-fp16", "fp16", "fp32"), "fp16", tiny, 1, 0), 0);
}
END_TEST

/* 1, -1, and 2^-30 behind the first four indices: one step of eight cuts it, the second of four keeps it. */
START_TEST(steps_of_tf32) {
    const double products[3][3] = {
        {0, 1,       1      },
        {1, -1,      1      },
        {4, 0x1p-15, 0x1p-15}
    };
    ck_assert_uint_eq(run(model_of("h100-tf32", "tf32", "fp32"), "tf32", products, 3, 0), 0);
    ck_assert_uint_eq(run(model_of("h100-tf32-k4", "tf32", "fp32"), "tf32", products, 3, 0), 0x30800000);
}
END_TEST

/* c is the largest int32; 32 ones are added, then 32 taken away. */
START_TEST(clamps_of_integers) {
    static const struct {
        const char *model;
        uint32_t sum;
    } rows[] = {
        {"int32-wrap",     0x7fffffff     },
        {"int32-clamp",    0x7fffffff     },
        {"int32-clamp-32", 0x7fffffff - 32},
    };
    const struct tb_format *x = format("int8"), *d = format("int32");
    uint64_t a[64], b[64];
    struct tb_mma_term room[64];
    struct tb_mma_dot dot = {.products = room};
    for (int i = 0; i < 64; i++)
        a[i] = i < 32 ? 1 : 0xff, b[i] = 1;
    const struct tb_mma_operands o = {x, x, d, d, a, b, 0x7fffffff, 64};
    tb_mma_set(&dot, &o);
    ck_assert_uint_eq(tb_mma_run(model_of(rows[_i].model, "int8", "int32"), &dot), rows[_i].sum);
}
END_TEST

/* One product of 1 and one of the least subnormals, which counts as that of the least normal numbers: a sum
 * of 1 + 2^-12, in one step and in two. And what lies within a radius. */
START_TEST(bound_by_hand) {
    static const struct {
        const char *id;
        double steps;
    } rows[] = {
        {"mma/e4m3fn/e4m3fn/fp32/fp32/m=1,n=1,k=32", 1},
        {"mma/e4m3fn/e4m3fn/fp32/fp32/m=1,n=1,k=33", 2},
    };
    const double cut = 34 * 0x1p-13, sum = 1 + 0x1p-12;
    for (int i = 0; i < 2; i++) {
        struct tb_problem p;
        ck_assert(tb_problem_parse(rows[i].id, &p, NULL));
        unsigned char *record = calloc(1, p.input.bytes);
        const struct tb_mma_problem x = tb_mma_problem_of(&p);
        tb_field_set(x.a, record, 0, 0x38), tb_field_set(x.b, record, 0, 0x38);
        tb_field_set(x.a, record, 7, 0x01), tb_field_set(x.b, record, 7, 0x81);
        double radius = tb_problem_bound_find(&p, "bound-fp8-steps")->radius(&p, record, 0);
        double wanted = (rows[i].steps > 1 ? 2 * cut + cut * cut : cut) * sum;
        ck_assert_msg(radius > wanted && radius < wanted + 16 * 0x1p-24, "%.9g, wanted %.9g", radius, wanted);
        free(record);
    }
    const struct tb_format *f = format("fp32");
    const uint32_t one = 0x3f800000, two = 0x40000000, nan = 0x7fc00000, up = 0x7f800000, most = 0x7f7fffff;
    ck_assert(tb_problem_within(f, one, two, 1) && !tb_problem_within(f, one, two, 0.999));
    ck_assert(tb_problem_within(f, nan, nan | 1, 0) && !tb_problem_within(f, nan, one, INFINITY) &&
              !tb_problem_within(f, one, nan, INFINITY));
    ck_assert(tb_problem_within(f, up, up, 0) && !tb_problem_within(f, up, most, 1e38) &&
              !tb_problem_within(f, up, up | 0x80000000, INFINITY));
    ck_assert(tb_problem_within(f, most, up, 1) && !tb_problem_within(f, two, up, 1e38) &&
              !tb_problem_within(f, most, up | 0x80000000, 1));
}
END_TEST

int main(int argc, char **argv) {
    bool published = argc > 1;
    folder = published ? tb_mma_data_folder(argv[1]) : NULL;
    if (published && !folder) {
        puts("skipped: no folder of published outputs; TIEBREAK_TENSOR_CORE_DATA names one");
        return 77; /* meson's word for skipped */
    }
    Suite *suite = suite_create("tensor-core models");
    TCase *tests = tcase_create("models");
    if (published) {
        tcase_add_loop_test(tests, every_row_of_every_file, 0, (int)tb_mma_file_count);
        tcase_add_test(tests, one_parameter_changed);
    } else {
        tcase_add_loop_test(tests, probes_of_h100, 0, (int)(sizeof probes / sizeof probes[0]));
        tcase_add_test(tests, carries_and_fraction);
        tcase_add_test(tests, amd_by_hand);
        tcase_add_test(tests, steps_of_tf32);
        tcase_add_test(tests, bound_by_hand);
        tcase_add_loop_test(tests, clamps_of_integers, 0, 3);
        tcase_add_test(tests, counts_agree);
    }
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
