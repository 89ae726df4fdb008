/* Fused steps: two passes over the products of a step, the largest exponent first, then the cut terms. */
#include "targets/model/model.h"

#include <string.h>

static uint64_t magnitude_of(int64_t x) {
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

static int length_of(unsigned __int128 x) {
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

struct model_sum model_round(const struct model_register *into, __int128 significand, int unit,
                             struct model_flags *flags) {
    struct model_sum zero = {0, 0, NO_EXPONENT, false};
    bool negative = significand < 0;
    unsigned __int128 magnitude = negative ? -(unsigned __int128)significand : (unsigned __int128)significand;
    if (!magnitude)
        return zero;
    int exponent = length_of(magnitude) - 1 + unit;
    if (exponent < into->least)
        exponent = into->least;
    int drop = exponent - into->bits - unit;
    uint64_t kept;
    if (drop <= 0)
        kept = (uint64_t)(magnitude << -drop);
    else if (drop > 127)
        kept = 0;
    else {
        unsigned __int128 rest = magnitude & (((unsigned __int128)1 << drop) - 1),
                          half = (unsigned __int128)1 << (drop - 1);
        kept = (uint64_t)(magnitude >> drop);
        kept += into->nearest && (rest > half || (rest == half && kept & 1));
    }
    if (!kept) {
        zero.minus_zero = negative;
        return zero;
    }
    exponent += kept >> (into->bits + 1) != 0; /* a carry: the unit stays, its last bit is zero */
    if (exponent > into->greatest) {
        *(negative ? &flags->down : &flags->up) = true;
        return zero;
    }
    return (struct model_sum){negative ? -(int64_t)kept : (int64_t)kept, unit + drop, exponent, false};
}

uint32_t model_encode(const struct tb_format *d, const struct model_sum *x) {
    const int fraction = d->precision - 1, least = 1 - d->bias;
    const uint32_t sign = UINT32_C(1) << (d->bits - 1);
    uint64_t magnitude = magnitude_of(x->significand);
    if (!magnitude)
        return x->minus_zero ? sign : 0;
    int exponent = length_of(magnitude) - 1 + x->unit;
    if (exponent < least)
        exponent = least;
    int shift = x->unit - (exponent - fraction);
    uint64_t kept = shift >= 0 ? magnitude << shift : magnitude >> -shift;
    uint32_t field = kept >> fraction ? (uint32_t)(exponent + d->bias) : 0;
    return (x->significand < 0 ? sign : 0) | field << fraction |
           ((uint32_t)kept & ((UINT32_C(1) << fraction) - 1));
}

/* ---- NaN and infinities. ---- */

static bool is_zero(const struct model_line *l, uint32_t i) {
    return !(l->class[i] & MODEL_SPECIAL) && !l->number[i].significand;
}

static bool is_negative(const struct model_line *l, uint32_t i) {
    return l->class[i] == MODEL_MINUS_INFINITE || l->number[i].significand < 0;
}

void model_special_products(const struct model_plan *plan, const struct model_line *a,
                            const struct model_line *b, uint32_t first, uint32_t count,
                            struct model_flags *flags) {
    for (uint32_t i = first; i < first + count; i++) {
        if (!((a->class[i] | b->class[i]) & MODEL_SPECIAL))
            continue;
        if (a->class[i] == MODEL_NAN || b->class[i] == MODEL_NAN || is_zero(a, i) || is_zero(b, i))
            flags->nan = flags->nan || plan->model->special != TB_MMA_NAN_DROPPED;
        else
            *(is_negative(a, i) != is_negative(b, i) ? &flags->down : &flags->up) = true;
    }
}

bool model_is_special(const struct model_flags *flags) {
    return flags->nan || flags->up || flags->down;
}

uint32_t model_special_result(const struct model_plan *plan, const struct model_flags *flags) {
    const struct tb_format *d = plan->p.formats[3];
    const uint32_t sign = UINT32_C(1) << (d->bits - 1);
    const int fraction = d->precision - 1;
    const uint32_t infinity = (sign - 1) >> fraction << fraction;
    if (flags->nan || (flags->up && flags->down))
        return plan->model->special == TB_MMA_NV ? sign - 1 : infinity | UINT32_C(1) << (fraction - 1);
    return infinity | (flags->down ? sign : 0);
}

/* ---- Steps. ---- */

/* The longest stretch of products that is looked at together; sums do not depend on it. */
enum { CHUNK = 64 };

struct chunk {
    int64_t product[CHUNK];
    int32_t exponent[CHUNK];
};

static int32_t multiply(const struct model_plan *plan, const struct model_number *a,
                        const struct model_number *b, uint32_t count, struct chunk *out) {
    int32_t greatest = 2 * NO_EXPONENT;
    const int fraction = plan->a.fraction + plan->b.fraction;
    for (uint32_t i = 0; i < count; i++) {
        out->product[i] = (int64_t)a[i].significand * b[i].significand;
        out->exponent[i] = a[i].exponent + b[i].exponent;
    }
    if (plan->model->normalised)
        for (uint32_t i = 0; i < count; i++)
            if (out->product[i])
                out->exponent[i] += length_of(magnitude_of(out->product[i])) - 1 - fraction;
    for (uint32_t i = 0; i < count; i++)
        greatest = out->exponent[i] > greatest ? out->exponent[i] : greatest;
    return greatest;
}

/* x * 2^shift toward zero; |x| < 2^48, shift at most 26. */
static int64_t cut(int64_t x, int shift) {
    if (!x)
        return 0;
    if (shift >= 0)
        return x * (INT64_C(1) << shift);
    if (shift < -63)
        return 0;
    int64_t kept = (int64_t)(magnitude_of(x) >> -shift);
    return x < 0 ? -kept : kept;
}

static struct model_sum fused_step(const struct model_plan *plan, const struct model_number *a,
                                   const struct model_number *b, uint32_t count, const struct model_sum *acc,
                                   struct model_flags *flags) {
    const int fraction = plan->a.fraction + plan->b.fraction, kept = plan->model->fraction_bits;
    struct chunk chunk;
    int32_t greatest = acc->exponent;
    for (uint32_t at = 0; at < count; at += CHUNK) {
        uint32_t here = count - at < CHUNK ? count - at : CHUNK;
        int32_t top = multiply(plan, a + at, b + at, here, &chunk);
        greatest = top > greatest ? top : greatest;
    }
    if (greatest <= NO_EXPONENT / 2)
        return *acc;
    int64_t sum = cut(acc->significand, acc->unit - greatest + kept);
    for (uint32_t at = 0; at < count; at += CHUNK) {
        uint32_t here = count - at < CHUNK ? count - at : CHUNK;
        if (count > CHUNK)
            multiply(plan, a + at, b + at, here, &chunk);
        for (uint32_t i = 0; i < here; i++) {
            int shift = a[at + i].exponent + b[at + i].exponent - greatest + kept - fraction;
            sum += cut(chunk.product[i], shift);
        }
    }
    return model_round(&plan->step, sum, greatest - kept, flags);
}

struct model_sum model_read_c(const struct model_plan *plan, uint32_t c, struct model_flags *flags) {
    const struct tb_format *f = plan->p.formats[2];
    struct model_reader reader = {.format = f,
                                  .fraction = f->precision - 1,
                                  .least = 1 - f->bias,
                                  .flush = plan->model->subnormals & TB_MMA_INPUTS_FLUSHED};
    uint8_t class;
    struct model_number x = model_read(&reader, c, &class);
    flags->nan = class == MODEL_NAN && plan->model->special != TB_MMA_NAN_DROPPED;
    flags->up = class == MODEL_INFINITE;
    flags->down = class == MODEL_MINUS_INFINITE;
    return (struct model_sum){x.significand, x.exponent - reader.fraction, x.exponent,
                              class == MODEL_MINUS_ZERO};
}

/* x + y, rounded; both have at most 24 bits. */
static struct model_sum add(const struct model_register *into, struct model_sum x, struct model_sum y,
                            struct model_flags *flags) {
    if (!x.significand || !y.significand)
        return x.significand ? model_round(into, x.significand, x.unit, flags)
                             : model_round(into, y.significand, y.unit, flags);
    if (x.unit < y.unit) {
        struct model_sum swap = x;
        x = y;
        y = swap;
    }
    int apart = x.unit - y.unit;
    if (apart > 90) { /* only which side of x the sum lies on matters */
        y.significand = y.significand < 0 ? -1 : 1;
        y.unit = x.unit - 90;
        apart = 90;
    }
    __int128 sum = (__int128)x.significand * ((__int128)1 << apart) + y.significand;
    return model_round(into, sum, y.unit, flags);
}

/* The steps of a block, from `sum` on. A sum that is NaN or infinite stays so; what is yet to come can only
 * add to its flags. */
static struct model_sum run_block(const struct model_plan *plan, const struct model_line *a,
                                  const struct model_line *b, uint32_t block, struct model_sum sum,
                                  struct model_flags *flags) {
    for (uint32_t s = plan->first_step[block]; s < plan->first_step[block + 1]; s++) {
        uint32_t first = plan->start[s], count = plan->start[s + 1] - first;
        if (a->special || b->special)
            model_special_products(plan, a, b, first, count, flags);
        if (!model_is_special(flags))
            sum = fused_step(plan, a->number + first, b->number + first, count, &sum, flags);
    }
    return sum;
}

uint32_t model_fused(const struct model_plan *plan, const struct model_line *a, const struct model_line *b,
                     uint32_t c) {
    struct model_flags flags;
    struct model_sum sum = model_read_c(plan, c, &flags);
    for (uint32_t i = 0; i < plan->blocks; i++) {
        if (plan->model->place == TB_MMA_IN_SUM) {
            sum = run_block(plan, a, b, i, sum, &flags);
            continue;
        }
        struct model_flags of_block = {false, false, false};
        struct model_sum part =
            run_block(plan, a, b, i, (struct model_sum){0, 0, NO_EXPONENT, false}, &of_block);
        if (!model_is_special(&flags) && !model_is_special(&of_block))
            sum = add(&plan->addition, sum, part, &flags);
        flags.nan = flags.nan || of_block.nan;
        flags.up = flags.up || of_block.up;
        flags.down = flags.down || of_block.down;
    }
    sum.minus_zero = false; /* every zero of NVIDIA's is positive */
    return model_is_special(&flags) ? model_special_result(plan, &flags)
                                    : model_encode(plan->p.formats[3], &sum);
}
