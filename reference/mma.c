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
    struct tb_mma_term t = {.negative = a->negative != b->negative, .index = index, .exponent = INT_MIN};
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
    return model->normalised ? tb_mma_bits(t->significand) - 1 + t->unit : t->exponent;
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
        return x * ((tb_int128)1 << shift);
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
    for (uint32_t i = 0; i < size; i++)
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

/* The products by step: those of step s are list[start[s] .. start[s + 1]). */
struct sorted {
    uint32_t start[TB_MMA_LONGEST + 2];
    uint32_t step[TB_MMA_LONGEST], place[TB_MMA_LONGEST]; /* by product; places in the order of the list */
    const struct tb_mma_term *list[TB_MMA_LONGEST];
    struct tb_mma_term changed[TB_MMA_LONGEST]; /* those whose class the model changes */
};

static void sort_by_step(const struct tb_mma_model *model, const struct tb_mma_dot *dot, uint32_t steps,
                         struct sorted *s) {
    uint32_t place[TB_MMA_LONGEST];
    memset(s->start, 0, (steps + 2) * sizeof s->start[0]);
    for (size_t i = 0; i < dot->count; i++) {
        s->step[i] = tb_mma_step_of(model, dot->k, dot->products[i].index, &place[i]);
        s->start[s->step[i] + 2] += !left_out(model, &dot->products[i]);
    }
    for (uint32_t i = 2; i < steps + 2; i++)
        s->start[i] += s->start[i - 1];
    for (size_t i = 0; i < dot->count; i++) {
        const struct tb_mma_term *t = &dot->products[i];
        enum tb_class class = class_in(model, t);
        if (left_out(model, t))
            continue;
        uint32_t at = s->start[s->step[i] + 1]++;
        s->list[at] = t;
        s->place[at] = place[i];
        if (class == t->class)
            continue;
        s->changed[at] = *t;
        s->changed[at].class = class;
        s->list[at] = &s->changed[at];
    }
}

static struct tb_mma_term run_steps(const struct machine *m, const struct tb_mma_dot *dot,
                                    const struct sorted *s, uint32_t first, uint32_t beyond,
                                    struct tb_mma_term accumulator) {
    const struct tb_mma_term *terms[TB_MMA_LONGEST + 1];
    bool was_empty = false;
    uint32_t size = m->model->step ? m->model->step : dot->k;
    for (uint32_t i = first; i < beyond; i++) {
        uint32_t start = s->start[i], count = s->start[i + 1] - start;
        if (!count && was_empty)
            continue; /* a second step of nothing but the accumulator changes nothing more */
        was_empty = !count;
        memcpy(terms, s->list + start, count * sizeof *terms);
        struct step step = {terms, s->place + start, count, size};
        accumulator = run_step(m, &step, &accumulator);
    }
    return accumulator;
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

static uint64_t run_integers(const struct tb_mma_model *model, const struct tb_mma_dot *dot) {
    int64_t sum = 0;
    for (size_t i = 0; i <= dot->count; i++) {
        const struct tb_mma_term *t = i < dot->count ? &dot->products[i] : &dot->c;
        int64_t part = (int64_t)(t->significand << (t->class == TB_FINITE ? t->unit : 0));
        sum += t->negative ? -part : part;
    }
    uint64_t mask = (UINT64_C(1) << dot->d->bits) - 1;
    int64_t high = (int64_t)(mask >> 1), low = -high - 1;
    if (model->special == TB_MMA_CLAMP)
        sum = sum > high ? high : sum < low ? low : sum;
    return (uint64_t)sum & mask;
}

uint64_t tb_mma_run(const struct tb_mma_model *model, const struct tb_mma_dot *dot) {
    static _Thread_local struct sorted sorted;
    if (model->sum == TB_MMA_INTEGER)
        return run_integers(model, dot);
    const struct tb_format *registers = tb_mma_registers(model, dot->d);
    struct machine m = {model, tb_mma_register_of(model, registers), tb_mma_addition_of(model, registers)};
    uint32_t per_block = tb_mma_steps_per_block(model, dot->k);
    uint32_t block = model->block ? model->block : dot->k, blocks = (dot->k + block - 1) / block;
    sort_by_step(model, dot, blocks * per_block, &sorted);
    struct tb_mma_term sum = initial(model, &dot->c);
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t first = i * per_block, beyond = first + per_block;
        if (model->place == TB_MMA_IN_SUM) {
            sum = run_steps(&m, dot, &sorted, first, beyond, sum);
            continue;
        }
        struct tb_mma_term part = run_steps(&m, dot, &sorted, first, beyond, nothing);
        sum = add_rounded(&m.addition, &sum, &part);
    }
    return encode(model, dot->d, &sum);
}
