/* Arithmetics that an fp32 unit computes: trees of halves, and chains of fused multiply-adds. */
#include "targets/model/model.h"

#include <math.h>
#include <string.h>

static float value_of(const struct model_reader *r, const struct model_line *line, uint32_t i) {
    static const float special[] = {0, NAN, INFINITY, -INFINITY, -0.0f};
    if (line->class[i] != MODEL_FINITE)
        return special[line->class[i]];
    return ldexpf((float)line->number[i].significand,
                  line->number[i].significand ? line->number[i].exponent - r->fraction : 0);
}

static float flushed(const struct model_plan *plan, float x) {
    return plan->model->subnormals == TB_MMA_ALL_FLUSHED && fabsf(x) < 0x1p-126f ? copysignf(0, x) : x;
}

static float tree(const struct model_plan *plan, const struct model_line *a, const struct model_line *b,
                  uint32_t first, uint32_t count) {
    if (count == 0)
        return 0;
    if (count == 1)
        return flushed(plan, value_of(&plan->a, a, first) * value_of(&plan->b, b, first));
    float left = tree(plan, a, b, first, count / 2),
          right = tree(plan, a, b, first + count / 2, count - count / 2);
    return flushed(plan, left + right);
}

/* Steps of `step` indices; a last one that is shorter is a tree of as many leaves, the rest zeros. */
static float padded_tree(const struct model_plan *plan, const struct model_line *a,
                         const struct model_line *b, uint32_t first, uint32_t leaves, uint32_t there) {
    if (there == 0)
        return 0;
    if (leaves == 1 || there == leaves)
        return tree(plan, a, b, first, leaves);
    uint32_t half = leaves / 2, left = there < half ? there : half;
    float sum = padded_tree(plan, a, b, first, half, left) +
                padded_tree(plan, a, b, first + half, leaves - half, there - left);
    return flushed(plan, sum);
}

static float c_value(const struct model_plan *plan, uint32_t c) {
    float x;
    memcpy(&x, &c, sizeof x);
    return flushed(plan, x);
}

uint32_t model_floats(const struct model_plan *plan, const struct model_line *a, const struct model_line *b,
                      uint32_t c) {
    const uint32_t nan = 0x7fc00000;
    float sum = c_value(plan, c);
    for (uint32_t s = 0; s < plan->steps; s++) {
        uint32_t first = plan->start[s], there = plan->start[s + 1] - first;
        if (plan->model->sum == TB_MMA_PAIRWISE)
            sum = flushed(plan, sum + padded_tree(plan, a, b, first, plan->model->step, there));
        else
            for (uint32_t i = first; i < first + there; i++)
                sum = fmaf(value_of(&plan->a, a, i), value_of(&plan->b, b, i), sum);
    }
    uint32_t bits;
    memcpy(&bits, &sum, sizeof bits);
    return isnan(sum) ? nan : bits;
}
