#include "reference/mma.h"

#include "reference/integer_encode.h"
#include "reference/mma_number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- Decoding. ---- */

struct tb_mma_term tb_mma_decode(const struct tb_format *f, uint64_t pattern) {
    struct tb_value v = tb_format_decode(f, pattern);
    struct tb_mma_term t = {.class = v.class, .negative = v.negative, .exponent = INT_MIN};
    if (v.class != TB_FINITE)
        return t;
    t.significand = v.significand;
    t.unit = v.exponent;
    t.exponent = tb_mma_bits(v.significand) - 1 + v.exponent;
    if (f->kind == TB_FLOAT && t.exponent < tb_mma_least_exponent(f)) {
        t.exponent = tb_mma_least_exponent(f);
        t.subnormal = true;
    }
    return t;
}

struct tb_mma_term tb_mma_multiply(const struct tb_mma_term *a, const struct tb_mma_term *b, uint32_t index) {
    struct tb_mma_term t = {
        .negative = a->negative != b->negative, .product = true, .index = index, .exponent = INT_MIN};
    bool zero = a->class == TB_ZERO || b->class == TB_ZERO,
         infinite = a->class == TB_INFINITE || b->class == TB_INFINITE;
    t.subnormal = a->subnormal || b->subnormal;
    if (a->class == TB_NOT_A_NUMBER || b->class == TB_NOT_A_NUMBER || (zero && infinite))
        t.class = TB_NOT_A_NUMBER;
    else
        t.class = infinite ? TB_INFINITE : zero ? TB_ZERO : TB_FINITE;
    if (t.class != TB_FINITE)
        return t;
    t.significand = a->significand * b->significand;
    t.unit = a->unit + b->unit;
    t.exponent = a->exponent + b->exponent;
    return t;
}

void tb_mma_set(struct tb_mma_dot *dot, const struct tb_mma_operands *o) {
    dot->k = o->k;
    dot->d = o->d_format;
    dot->count = 0;
    bool positive_zero = false;
    for (uint32_t i = 0; i < o->k; i++) {
        struct tb_mma_term a = tb_mma_decode(o->a_format, o->a[i]), b = tb_mma_decode(o->b_format, o->b[i]);
        struct tb_mma_term t = tb_mma_multiply(&a, &b, i);
        if (t.class != TB_ZERO || dot->zeros)
            dot->products[dot->count++] = t;
        positive_zero = positive_zero || (t.class == TB_ZERO && !t.negative);
    }
    dot->c = tb_mma_decode(o->c_format, o->c);
    if (dot->c.class == TB_ZERO && positive_zero) /* -0 + 0 is +0 */
        dot->c.negative = false;
}

/* ---- A step. ---- */

struct machine {
    const struct tb_mma_model *model;
    struct tb_mma_register step, addition;
};

static const struct tb_mma_term nothing = {.class = TB_ZERO, .exponent = INT_MIN};
static const struct tb_mma_term not_a_number = {.class = TB_NOT_A_NUMBER};

/* What NaN and infinities among the terms make of a step: TB_FINITE where there are none. */
static struct tb_mma_term special(const struct machine *m, const struct tb_mma_term *const *terms,
                                  size_t count) {
    bool up = false, down = false, nan = false;
    for (size_t i = 0; i < count; i++) {
        nan = nan || (terms[i]->class == TB_NOT_A_NUMBER && m->model->special != TB_MMA_NAN_DROPPED);
        if (terms[i]->class == TB_INFINITE)
            *(terms[i]->negative ? &down : &up) = true;
    }
    if (nan || (up && down))
        return not_a_number;
    if (up || down)
        return (struct tb_mma_term){.class = TB_INFINITE, .negative = down};
    return (struct tb_mma_term){.class = TB_FINITE};
}

static int aligned_exponent(const struct tb_mma_model *model, const struct tb_mma_term *t) {
    return model->normalised && t->product ? tb_mma_bits(t->significand) - 1 + t->unit : t->exponent;
}

static int greatest_exponent(const struct tb_mma_model *model, const struct tb_mma_term *const *terms,
                             size_t count) {
    int greatest = INT_MIN;
    for (size_t i = 0; i < count; i++) {
        int exponent = terms[i]->significand ? aligned_exponent(model, terms[i]) : INT_MIN;
        if (exponent > greatest)
            greatest = exponent;
    }
    return greatest;
}

/* The terms in units of 2^last, each cut, added exactly. */
static tb_int128 cut_sum(const struct tb_mma_term *const *terms, size_t count, int last,
                         enum tb_rounding rounding) {
    tb_int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tb_mma_term *t = terms[i];
        tb_int128 part = (tb_int128)tb_mma_cut(t->significand, t->negative, t->unit - last, rounding);
        sum += t->negative ? -part : part;
    }
    return sum;
}

static struct tb_mma_sum_value value_of(tb_int128 sum, int unit) {
    return (struct tb_mma_sum_value){
        .negative = sum < 0, .magnitude = sum < 0 ? -(tb_uint128)sum : (tb_uint128)sum, .unit = unit};
}

static struct tb_mma_term fused(const struct machine *m, const struct tb_mma_term *const *terms,
                                size_t count) {
    const struct tb_mma_model *model = m->model;
    bool negative = true; /* a sum of zeros is -0 where all of them are */
    for (size_t i = 0; i < count; i++)
        negative = negative && terms[i]->negative && !terms[i]->significand;
    int greatest = greatest_exponent(model, terms, count);
    if (greatest == INT_MIN)
        return tb_mma_round(&m->step, (struct tb_mma_sum_value){.negative = negative});
    if (model->fraction_bits == TB_MMA_EXACT)
        return tb_mma_round(&m->step, tb_mma_exact_sum(terms, count));
    int last = greatest - model->fraction_bits;
    return tb_mma_round(&m->step, value_of(cut_sum(terms, count, last, model->cut), last));
}

/* ---- AMD's two stages. Exponents and widths as in MMA-Sim's amd_fused_dot_rd_add. ---- */

static tb_int128 floor_shift(tb_int128 x, int shift) {
    if (shift >= 0)
        return x ? x * ((tb_int128)1 << shift) : 0;
    return shift < -126 ? -(x < 0) : x >> -shift;
}

enum { LEAST_C = -126, EXTRA = 7, REACH = 25 };

/* The sum of the products in units of 2^(*exponent - fraction_bits). */
static tb_int128 first_stage(const struct tb_mma_model *model, const struct tb_mma_term *const *terms,
                             size_t count, int *exponent) {
    *exponent = greatest_exponent(model, terms, count);
    if (*exponent == INT_MIN)
        *exponent = 2 * LEAST_C;
    return cut_sum(terms, count, *exponent - model->fraction_bits, model->cut);
}

static tb_int128 two_lanes(const struct tb_mma_model *model, const struct tb_mma_term *const *terms,
                           size_t count, int *exponent) {
    const struct tb_mma_term *lane[2][TB_MMA_LONGEST];
    size_t in_lane[2] = {0, 0};
    int top[2];
    for (size_t i = 0; i < count; i++) {
        unsigned odd = terms[i]->index & 1;
        lane[odd][in_lane[odd]++] = terms[i];
    }
    tb_int128 even = first_stage(model, lane[0], in_lane[0], &top[0]),
              odd = first_stage(model, lane[1], in_lane[1], &top[1]);
    *exponent = top[0] > top[1] ? top[0] : top[1];
    return floor_shift(even, top[0] - *exponent) + floor_shift(odd, top[1] - *exponent);
}

static struct tb_mma_term two_stage(const struct machine *m, const struct tb_mma_term *const *terms,
                                    size_t count, const struct tb_mma_term *c) {
    const struct tb_mma_model *model = m->model;
    bool lanes = model->sum == TB_MMA_TWO_LANES, zero = !c->significand;
    int exponent, c_exponent = zero ? LEAST_C : c->exponent;
    tb_int128 products =
        lanes ? two_lanes(model, terms, count, &exponent) : first_stage(model, terms, count, &exponent);
    int greatest = exponent > c_exponent ? exponent : c_exponent;
    tb_int128 signed_c = c->negative ? -(tb_int128)c->significand : (tb_int128)c->significand;
    tb_int128 sum = floor_shift(products, EXTRA + exponent - greatest);
    if (!lanes || c_exponent >= greatest - REACH)
        sum += floor_shift(signed_c, c->unit - (greatest - model->fraction_bits)) * (1 << EXTRA);
    return tb_mma_round(&m->step, value_of(sum, greatest - model->fraction_bits - EXTRA));
}

/* ---- Trees. ---- */

static struct tb_mma_term add_rounded(const struct tb_mma_register *into, const struct tb_mma_term *x,
                                      const struct tb_mma_term *y) {
    if (x->class == TB_NOT_A_NUMBER || y->class == TB_NOT_A_NUMBER ||
        (x->class == TB_INFINITE && y->class == TB_INFINITE && x->negative != y->negative))
        return not_a_number;
    if (x->class == TB_INFINITE || y->class == TB_INFINITE)
        return x->class == TB_INFINITE ? *x : *y;
    return tb_mma_round(into, tb_mma_add(x, y));
}

/* slots[0..count), halved until one is left; the first half is the smaller one. */
static struct tb_mma_term tree(const struct machine *m, const struct tb_mma_term *slots, uint32_t count) {
    if (count == 1)
        return slots[0];
    struct tb_mma_term left = tree(m, slots, count / 2),
                       right = tree(m, slots + count / 2, count - count / 2);
    return add_rounded(&m->step, &left, &right);
}

static struct tb_mma_term pairwise(const struct machine *m, const struct tb_mma_term *const *terms,
                                   const uint32_t *places, size_t count, uint32_t size) {
    struct tb_mma_term slots[TB_MMA_LONGEST];
    slots[0] = nothing;
    for (uint32_t i = 1; i < size; i++)
        slots[i] = nothing;
    for (size_t i = 0; i < count; i++)
        slots[places[i]] =
            terms[i]->class == TB_FINITE
                ? tb_mma_round(&m->step, (struct tb_mma_sum_value){terms[i]->negative, terms[i]->significand,
                                                                   terms[i]->unit})
                : *terms[i];
    return tree(m, slots, size);
}

/* ---- All steps. ---- */

struct step {
    const struct tb_mma_term **terms; /* its products, with room for the accumulator behind */
    const uint32_t *places;
    size_t count;
    uint32_t size;
};

static struct tb_mma_term run_step(const struct machine *m, const struct step *s,
                                   const struct tb_mma_term *accumulator) {
    s->terms[s->count] = accumulator;
    struct tb_mma_term odd = special(m, s->terms, s->count + 1);
    if (odd.class != TB_FINITE && m->model->sum != TB_MMA_PAIRWISE)
        return odd;
    switch (m->model->sum) {
    case TB_MMA_PAIRWISE: {
        struct tb_mma_term sum = pairwise(m, s->terms, s->places, s->count, s->size);
        return add_rounded(&m->step, accumulator, &sum);
    }
    case TB_MMA_TWO_STAGE:
    case TB_MMA_TWO_LANES:
        return two_stage(m, s->terms, s->count, accumulator);
    default:
        return fused(m, s->terms, s->count + 1);
    }
}

/* What a flushed or dropped product leaves; TB_ZERO for nothing. */
static enum tb_class class_in(const struct tb_mma_model *model, const struct tb_mma_term *t) {
    bool flushed = t->subnormal && (model->subnormals & TB_MMA_INPUTS_FLUSHED);
    if (t->class == TB_NOT_A_NUMBER && model->special == TB_MMA_NAN_DROPPED)
        return TB_ZERO;
    if (flushed)
        return t->class == TB_INFINITE ? TB_NOT_A_NUMBER : t->class == TB_FINITE ? TB_ZERO : t->class;
    bool beyond = (model->sum == TB_MMA_TWO_STAGE || model->sum == TB_MMA_TWO_LANES) &&
                  t->class == TB_FINITE && tb_mma_bits(t->significand) - 1 + t->unit >= 128;
    return beyond ? TB_INFINITE : t->class;
}

static bool left_out(const struct tb_mma_model *model, const struct tb_mma_term *t) {
    return t->class != TB_ZERO && class_in(model, t) == TB_ZERO;
}

/* The products that count, by step. */
struct sorted {
    size_t count;
    uint32_t step[TB_MMA_LONGEST], place[TB_MMA_LONGEST];
    const struct tb_mma_term *list[TB_MMA_LONGEST];
    struct tb_mma_term changed[TB_MMA_LONGEST]; /* those whose class the model changes */
};

/* From behind, as many places as it takes: in most orders it is none. */
static void insert(struct sorted *s, uint32_t step, uint32_t place, const struct tb_mma_term *t) {
    size_t at = s->count++;
    for (; at && s->step[at - 1] > step; at--) {
        s->step[at] = s->step[at - 1];
        s->place[at] = s->place[at - 1];
        s->list[at] = s->list[at - 1];
    }
    s->step[at] = step;
    s->place[at] = place;
    s->list[at] = t;
}

static void sort_by_step(const struct tb_mma_model *model, const struct tb_mma_dot *dot, struct sorted *s) {
    s->count = 0;
    for (size_t i = 0; i < dot->count; i++) {
        const struct tb_mma_term *t = &dot->products[i];
        enum tb_class class = class_in(model, t);
        uint32_t place, step;
        if (left_out(model, t))
            continue;
        step = tb_mma_step_of(model, dot->k, t->index, &place);
        if (class != t->class) {
            s->changed[i] = *t;
            s->changed[i].class = class;
            t = &s->changed[i];
        }
        insert(s, step, place, t);
    }
}

/* Steps first .. beyond - 1, whose products begin at *at. Of neighbouring steps without products one is
 * taken: a second one changes nothing more. */
static struct tb_mma_term run_steps(const struct machine *m, const struct tb_mma_dot *dot,
                                    const struct sorted *s, uint32_t first, uint32_t beyond, size_t *at,
                                    struct tb_mma_term accumulator) {
    const struct tb_mma_term *terms[TB_MMA_LONGEST + 1];
    uint32_t size = m->model->step ? m->model->step : dot->k, next = first;
    while (next < beyond) {
        bool more = *at < s->count && s->step[*at] < beyond;
        uint32_t here = more ? s->step[*at] : beyond;
        if (here > next) {
            struct step empty = {terms, NULL, 0, size};
            accumulator = run_step(m, &empty, &accumulator);
        }
        next = here + 1;
        if (!more)
            break;
        size_t start = *at;
        for (; *at < s->count && s->step[*at] == here; ++*at)
            terms[*at - start] = s->list[*at];
        struct step step = {terms, s->place + start, *at - start, size};
        accumulator = run_step(m, &step, &accumulator);
    }
    return accumulator;
}

/* All blocks, each from zero and then added; as with steps, one of neighbours without products. */
static struct tb_mma_term run_blocks(const struct machine *m, const struct tb_mma_dot *dot,
                                     const struct sorted *s, uint32_t blocks, uint32_t per_block,
                                     struct tb_mma_term sum) {
    size_t at = 0;
    for (uint32_t next = 0; next < blocks; next++) {
        uint32_t here = at < s->count ? s->step[at] / per_block : blocks;
        if (here > next)
            sum = add_rounded(&m->addition, &sum, &nothing);
        if (here >= blocks)
            break;
        next = here;
        struct tb_mma_term part =
            run_steps(m, dot, s, here * per_block, (here + 1) * per_block, &at, nothing);
        sum = add_rounded(&m->addition, &sum, &part);
    }
    return sum;
}

/* The accumulator at the start. */
static struct tb_mma_term initial(const struct tb_mma_model *model, const struct tb_mma_term *c) {
    bool flushed = c->subnormal && (model->subnormals & TB_MMA_INPUTS_FLUSHED);
    if (flushed || (c->class == TB_NOT_A_NUMBER && model->special == TB_MMA_NAN_DROPPED))
        return nothing;
    return *c;
}

static uint64_t encode(const struct tb_mma_model *model, const struct tb_format *d,
                       const struct tb_mma_term *x) {
    struct tb_case into = {.destination = d, .rounding = TB_RNE, .overflow = TB_TO_INF};
    uint64_t all_ones = (UINT64_C(1) << (d->bits - 1)) - 1;
    if (x->class == TB_NOT_A_NUMBER && model->special == TB_MMA_NV)
        return all_ones;
    return tb_integer_encode(&into, x->class, x->class != TB_NOT_A_NUMBER && x->negative,
                             x->class == TB_NOT_A_NUMBER ? UINT64_C(1) << 63 : x->significand, x->unit);
}

/* ---- Integers. ---- */

static int64_t integer_of(const struct tb_mma_term *t) {
    int64_t x = (int64_t)(t->significand << (t->class == TB_FINITE ? t->unit : 0));
    return t->negative ? -x : x;
}

static int64_t clamped(const struct tb_mma_model *model, const struct tb_format *d, int64_t sum) {
    int64_t high = (INT64_C(1) << (d->bits - 1)) - 1, low = -high - 1;
    if (model->special != TB_MMA_CLAMP)
        return sum;
    return sum > high ? high : sum < low ? low : sum;
}

/* A step that has no products left changes nothing: what is clamped stays as it is. */
static uint64_t run_integers(const struct tb_mma_model *model, const struct tb_mma_dot *dot) {
    int64_t sum = integer_of(&dot->c);
    for (size_t i = 0; i < dot->count; i++) {
        if (model->step && i &&
            dot->products[i].index / model->step != dot->products[i - 1].index / model->step)
            sum = clamped(model, dot->d, sum);
        sum += integer_of(&dot->products[i]);
    }
    return (uint64_t)clamped(model, dot->d, sum) & ((UINT64_C(1) << dot->d->bits) - 1);
}

uint64_t tb_mma_run(const struct tb_mma_model *model, const struct tb_mma_dot *dot) {
    static _Thread_local struct sorted sorted;
    if (model->sum == TB_MMA_INTEGER)
        return run_integers(model, dot);
    const struct tb_format *registers = tb_mma_registers(model, dot->d);
    struct machine m = {model, tb_mma_register_of(model, registers), tb_mma_addition_of(model, registers)};
    uint32_t per_block = tb_mma_steps_per_block(model, dot->k);
    uint32_t block = model->block ? model->block : dot->k, blocks = (dot->k + block - 1) / block;
    struct tb_mma_term sum = initial(model, &dot->c);
    size_t at = 0;
    sort_by_step(model, dot, &sorted);
    if (model->place == TB_MMA_LAST)
        sum = run_blocks(&m, dot, &sorted, blocks, per_block, sum);
    else
        sum = run_steps(&m, dot, &sorted, 0, blocks * per_block, &at, sum);
    return encode(model, dot->d, &sum);
}
