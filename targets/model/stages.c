/* The two stages of CDNA 3: the products aligned with each other and cut toward zero; then their sum and the
 * accumulator aligned with each other and cut down. And sums of integers. */
#include "targets/model/model.h"

#include <limits.h>
#include <string.h>

/* Widths of the second stage; an accumulator counts as zero more than REACH binades below in FP8's. */
enum { SUM_BITS = 31, C_BITS = 24, REACH = 25, LEAST_C = -126, NO_PRODUCTS = 2 * LEAST_C };

typedef __int128 wide;

/* x * 2^shift toward minus infinity. */
static wide floor_shift(wide x, int shift) {
    return shift >= 0 ? x * ((wide)1 << shift) : x >> (shift < -126 ? 126 : -shift);
}

static wide cut(int64_t product, int shift) {
    wide magnitude = product < 0 ? -(wide)product : product;
    magnitude = shift >= 0 ? magnitude << shift : shift < -126 ? 0 : magnitude >> -shift;
    return product < 0 ? -magnitude : magnitude;
}

/* Indices first, first + stride, ... of a step; their sum in units of 2^(*exponent - C_BITS). */
static wide first_stage(const struct model_plan *plan, const struct model_number *a,
                        const struct model_number *b, uint32_t first, uint32_t stride, uint32_t count,
                        int *exponent) {
    wide sum = 0;
    *exponent = INT_MIN;
    for (uint32_t i = first; i < count; i += stride) {
        int here = a[i].exponent + b[i].exponent;
        if (here > NO_EXPONENT / 2 && here > *exponent)
            *exponent = here;
    }
    if (*exponent == INT_MIN) {
        *exponent = NO_PRODUCTS;
        return 0;
    }
    for (uint32_t i = first; i < count; i += stride) {
        int64_t product = (int64_t)a[i].significand * b[i].significand;
        int shift = a[i].exponent + b[i].exponent - plan->a.fraction - plan->b.fraction - *exponent + C_BITS;
        if (product)
            sum += cut(product, shift);
    }
    return sum;
}

static wide both_lanes(const struct model_plan *plan, const struct model_number *a,
                       const struct model_number *b, uint32_t count, bool odd_first, int *exponent) {
    int even_top, odd_top;
    wide even = first_stage(plan, a, b, odd_first, 2, count, &even_top),
         odd = first_stage(plan, a, b, !odd_first, 2, count, &odd_top);
    *exponent = even_top > odd_top ? even_top : odd_top;
    return floor_shift(even, even_top - *exponent) + floor_shift(odd, odd_top - *exponent);
}

static struct model_sum step(const struct model_plan *plan, const struct model_line *a,
                             const struct model_line *b, uint32_t s, struct model_sum c,
                             struct model_flags *flags) {
    uint32_t first = plan->start[s], count = plan->start[s + 1] - first;
    bool lanes = plan->model->sum == TB_MMA_TWO_LANES;
    int exponent, c_exponent = c.significand ? c.exponent : LEAST_C;
    wide products = lanes ? both_lanes(plan, a->number + first, b->number + first, count,
                                       plan->order[first] % 2, &exponent)
                          : first_stage(plan, a->number + first, b->number + first, 0, 1, count, &exponent);
    int top = exponent > c_exponent ? exponent : c_exponent;
    wide sum = floor_shift(products, SUM_BITS - C_BITS + exponent - top);
    if (c.significand && (!lanes || c_exponent >= top - REACH))
        sum += floor_shift(c.significand, c.unit - top + C_BITS) * (1 << (SUM_BITS - C_BITS));
    return model_round(&plan->step, sum, top - SUM_BITS, flags);
}

/* Products from 2^128 up are infinite. */
static void large_products(const struct model_plan *plan, const struct model_line *a,
                           const struct model_line *b, uint32_t first, uint32_t count,
                           struct model_flags *flags) {
    for (uint32_t i = first; i < first + count; i++) {
        int64_t product = (int64_t)a->number[i].significand * b->number[i].significand;
        if (!product || a->number[i].exponent + b->number[i].exponent < 126)
            continue;
        int unit = a->number[i].exponent + b->number[i].exponent - plan->a.fraction - plan->b.fraction;
        int length = 64 - __builtin_clzll((uint64_t)(product < 0 ? -product : product));
        if (length - 1 + unit >= 128)
            *(product < 0 ? &flags->down : &flags->up) = true;
    }
}

uint32_t model_stages(const struct model_plan *plan, const struct model_line *a, const struct model_line *b,
                      uint32_t c) {
    struct model_flags flags;
    struct model_sum sum = model_read_c(plan, c, &flags);
    for (uint32_t s = 0; s < plan->steps; s++) {
        uint32_t first = plan->start[s], count = plan->start[s + 1] - first;
        if (a->special || b->special)
            model_special_products(plan, a, b, first, count, &flags);
        large_products(plan, a, b, first, count, &flags);
        if (!model_is_special(&flags))
            sum = step(plan, a, b, s, sum, &flags);
    }
    if (model_is_special(&flags))
        return model_special_result(plan, &flags);
    return model_encode(plan->p.formats[3], &sum);
}

static int64_t clamped(const struct model_plan *plan, int64_t sum) {
    if (plan->model->special != TB_MMA_CLAMP)
        return sum;
    return sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum;
}

uint32_t model_integers(const struct model_plan *plan, const struct model_line *a, const struct model_line *b,
                        uint32_t c) {
    int64_t sum = (int32_t)c;
    for (uint32_t s = 0; s < plan->steps; s++) {
        for (uint32_t i = plan->start[s]; i < plan->start[s + 1]; i++)
            sum += (int64_t)a->number[i].significand * b->number[i].significand;
        sum = clamped(plan, sum);
    }
    return (uint32_t)sum;
}
