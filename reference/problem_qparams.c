/* qparams: the inputs of its golden records, and its arithmetic half. */
#include "reference/problem_qparams.h"
#include "reference/problem_arithmetics.h"
#include "reference/reference.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { RECORDS = 64, VALUES = 4 };

/* Records whose groups repeat a few values. The first have the names of the witnesses in the literature of
 * bugs; the others are the ends of the arithmetic. */
/* clang-format off */
static const struct {
    const char *name;
    int count;
    double values[VALUES];
} structured[] = {
    {"dql-half",           2, {-2.5, 2.5}},
    {"qparam-narrowing",   2, {-0.0375, 0.0375}},
    {"qparam-error-sign",  2, {-0.0125, 0.0625}},
    {"dql-zero",           1, {0}},
    {"gptq-nonneg-sym",    4, {0.1, 0.5, 0.9, 1.5}},
    {"awq-positive",       2, {1.0, 1.15}},
    {"absmax-tie",         2, {-0.01, 0.005}},
    {"zero-tie",           2, {-126.5, 128.5}},  /* z = 126.5 in uint8 */
    {"zero-tie-signed",    2, {-1.5, 253.5}},    /* z = -126.5 in int8 */
    {"negative",           2, {-3, -1}},
    {"positive",           2, {1, 3}},
    {"constant",           1, {5}},
    {"constant-negative",  1, {-0.7}},
    {"one-outlier",        4, {0.01, -0.02, 1000, 0.03}},
    {"greatest",           2, {-FLT_MAX, FLT_MAX}}, /* the width is no fp32 */
    {"greatest-positive",  1, {FLT_MAX}},
    {"least",              2, {-0x1p-149, 0x1p-149}},
    {"subnormal-scale",    2, {0, 0x1p-120}},
    {"reciprocal-infinite",2, {0, 0x1p-121}},    /* 1 / s is beyond fp32 */
    {"small-scale",        2, {-0x1p-10, 0x1p-12}}, /* below FBGEMM's 6.1e-5 */
    {"below-eps",          2, {-1e-7, 2e-7}},
    {"below-least",        2, {1e-6, -2e-6}},
    {"minus-zero",         2, {-0.0, 0.0}},
    {"error-sign-double",   2, {-11, 55}},            /* z = -85.5; in fp64 at the maximum a little more */
    {"double-rounding",     2, {-0x1.c9ddc8p-35, 0x1.e77b2p+0}}, /* the width is no fp64: (max - min) / 255 in fp64 is off */
    {"wide",               2, {0x1p-140, 0x1p+120}},
};
/* clang-format on */
enum { STRUCTURED = sizeof structured / sizeof structured[0] };

int tb_qparams_witness(const char *name) {
    for (int i = 0; i < STRUCTURED; i++)
        if (strcmp(structured[i].name, name) == 0)
            return i;
    return -1;
}

/* Where a random record's values lie: in [-1, 1), around an offset, or in a heap with long tails; times a
 * power of two. The products are exact in double. */
static double random_value(size_t index, uint64_t *random) {
    double x = tb_problem_fraction(random);
    switch (index % 4) {
    case 0:
        return x;
    case 1:
        return x + 0.75;
    case 2:
        return 0.25 * x - 1.5;
    default:
        return x * tb_problem_fraction(random);
    }
}

static void make_input(const struct tb_problem *p, size_t index, void *record) {
    struct tb_qparams q = tb_qparams_of(p);
    uint64_t random = tb_problem_seed(p, index);
    int exponent = (int)(tb_problem_random(&random) % 25) - 12;
    for (uint32_t batch = 0; batch < q.batches; batch++)
        for (uint32_t group = 0; group < q.groups; group++)
            for (uint32_t i = 0; i < q.group_size; i++) {
                double x = index < STRUCTURED ? structured[index].values[i % structured[index].count]
                                              : ldexp(random_value(index, &random), exponent);
                tb_field_set(&p->input.fields[0], record, tb_qparams_place(&q, batch, group, i),
                             tb_problem_pattern(q.data, x, TB_SATFINITE));
            }
}

const struct tb_problem_arithmetic tb_arithmetic_qparams = {
    .operation = "qparams",
    .make_input = make_input,
    .records = RECORDS,
    .exact = tb_qparams_mpfr,
    .second = tb_qparams_rational,
    .variants = tb_qparams_variants,
};
