/* How far a matrix multiply-add may be off whose steps are known but not their order.
 *
 * A library's FP8 product on H100 is made of wgmma steps (the row h100-wgmma-fp8): up to 32 products and the
 * accumulator, each cut F bits below the largest exponent of the step, their sum cut to F bits. Which
 * products make a step, where the sum is promoted to fp32, and whether k is split is not documented.
 *
 * With M the sum of the magnitudes of all that goes into a step, no term is cut by more than 2^-F M, nor is
 * the sum: a step is off by at most (steps' terms + 1) 2^-F M. Over n = ceil(k / 32) steps in any order and
 * grouping, and at most 2 n + 2 additions in fp32 for promotion, split sums and c, the distance is at most
 *
 *   ((1 + 34 * 2^-F)^n * (1 + 2^-24)^(2 n + 2) - 1) * (sum of |a b| + |c|)
 *
 * A subnormal operand is aligned like the least normal number, and counts as it. d is rounded once more where
 * it is narrower than fp32, as the exact answer is. */
#include "reference/problem_mma.h"
#include "vectors/mma_model.h"
#include "vectors/problem_mma.h"

#include <math.h>
#include <stdlib.h>

static const struct tb_mma_model *steps_of(const struct tb_problem *p) {
    const struct tb_format *fp32 = tb_format_find("fp32", NULL);
    return tb_mma_find("h100-wgmma-fp8", p->formats[0], p->formats[1], fp32, fp32);
}

static bool applies(const struct tb_problem *p) {
    return p->formats[3]->kind == TB_FLOAT && steps_of(p) != NULL;
}

/* The number that a factor is aligned by; 0 where it is NaN or infinite, whose sums have no distance. */
static double weight(const struct tb_format *f, uint64_t pattern) {
    double x = fabs(tb_format_value(f, pattern)), least = ldexp(1, tb_mma_least_exponent(f));
    return x == 0 || !isfinite(x) ? 0 : fmax(x, least);
}

static double magnitudes(const struct tb_problem *p, const void *input, uint32_t i, uint32_t j) {
    const struct tb_mma_problem x = tb_mma_problem_of(p);
    double sum = weight(x.c->format, tb_field_get(x.c, input, i * x.n + j));
    for (uint32_t l = 0; l < x.k; l++)
        sum += weight(x.a->format, tb_field_get(x.a, input, i * x.k + l)) *
               weight(x.b->format, tb_field_get(x.b, input, l * x.n + j));
    return sum;
}

/* The largest distance of a number of this size from its rounding into f. */
static double half_ulp(const struct tb_format *f, double x) {
    return fmax(ldexp(x, -f->precision), ldexp(1, tb_mma_least_exponent(f) - f->precision));
}

static double radius(const struct tb_problem *p, const void *input, uint64_t element) {
    const struct tb_mma_model *model = steps_of(p);
    const struct tb_format *d = p->formats[3];
    const uint32_t n = (uint32_t)tb_problem_number(p, "n"), k = (uint32_t)tb_problem_number(p, "k"),
                   steps = (k + model->step - 1) / model->step;
    double sum = magnitudes(p, input, (uint32_t)(element / n), (uint32_t)(element % n));
    double cut = ldexp(model->step + 2, -model->fraction_bits);
    double distance = (pow(1 + cut, steps) * pow(1 + 0x1p-24, 2 * steps + 2) - 1) * sum;
    distance += 2 * half_ulp(d, sum + distance); /* of the answer, and of what is judged */
    return distance * (1 + 0x1p-40);             /* this computation's own roundings */
}

const struct tb_problem_bound tb_mma_bounds[] = {
    {"bound-fp8-steps",
     "within ((1 + 34 * 2^-13)^n * (1 + 2^-24)^(2n + 2) - 1) * (sum of |a b| + |c|), n = ceil(k / 32): wgmma "
     "steps in any order, split and promotion", "cuBLASLt FP8 on H100", applies, radius},
    {NULL,              NULL,                   NULL,                   NULL,    NULL  },
};
