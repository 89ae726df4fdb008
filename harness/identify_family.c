#include "harness/identify_family.h"

#include "reference/problem.h"

#include <stdlib.h>
#include <string.h>

/* ---- The values of each parameter, the plainest first. ---- */

static const enum tb_rounding cuts[] = {TB_RTZ, TB_RNE, TB_RD};
static const enum tb_rounding roundings[] = {TB_RNE, TB_RTZ, TB_RD};
enum { CUTS = 3, ROUNDINGS = 3, LEAST_F = 7, GREATEST_F = 48, LEAST_BITS = 7 };
/* Fraction bits of two-stage sums. */
enum { STAGE_LEAST_F = 20, STAGE_GREATEST_F = 28 };

/* Between the steps: d's own format with fewer fraction bits, or another format. */
static const char *const narrow_registers[] = {"fp16", "bf16"};

/* Steps and blocks: which indices are summed when. */
struct schedule {
    uint32_t step, block;
    enum tb_mma_order order;
    enum tb_mma_place place;
};
enum { SCHEDULES = 1024 };
struct schedules {
    size_t count;
    struct schedule list[SCHEDULES];
};

static void add_schedule(struct schedules *s, uint32_t step, uint32_t block, enum tb_mma_order order,
                         enum tb_mma_place place) {
    if (s->count == SCHEDULES)
        abort();
    s->list[s->count++] = (struct schedule){step, block, order, place};
}

/* Blocks of two steps or more, a power of two times the step, up to all of k (which is written 0). */
static void add_blocks(struct schedules *s, uint32_t k, uint32_t step, enum tb_mma_place place) {
    for (uint32_t block = 2 * step;; block *= 2) {
        bool whole = block >= k;
        if (place == TB_MMA_LAST)
            add_schedule(s, step, whole ? 0 : block, TB_MMA_ASCENDING, place);
        add_schedule(s, step, whole ? 0 : block, TB_MMA_INTERLEAVED, place);
        add_schedule(s, step, whole ? 0 : block, TB_MMA_DESCENDING, place);
        if (block == 2 * step && step >= 4) /* of a k that is shorter, one step */
            add_schedule(s, step, block, TB_MMA_PAIRS, place);
        if (whole)
            return;
    }
}

/* The whole of k in one step first, then ever shorter ones. */
static void make_schedules(uint32_t k, struct schedules *s) {
    static const enum tb_mma_place places[] = {TB_MMA_IN_SUM, TB_MMA_LAST};
    s->count = 0;
    for (int p = 0; p < 2; p++) {
        uint32_t step = 1;
        add_schedule(s, 0, 0, TB_MMA_ASCENDING, places[p]);
        while (2 * step < k)
            step *= 2;
        for (; step >= 1; step /= 2) {
            if (step >= k)
                continue;
            add_schedule(s, step, step, TB_MMA_ASCENDING, places[p]);
            add_blocks(s, k, step, places[p]);
        }
    }
}

/* What a step's sum is rounded to. */
struct result {
    enum tb_rounding rounding;
    int bits;
    const char *registers;
};
enum { RESULTS = 4 * 40 };

static size_t make_results(const struct tb_format *d, struct result *out) {
    size_t count = 0;
    for (int r = 0; r < ROUNDINGS; r++) {
        out[count++] = (struct result){roundings[r], 0, ""};
        for (int bits = d->precision - 2; bits >= LEAST_BITS; bits--)
            out[count++] = (struct result){roundings[r], bits, ""};
        for (int n = 0; n < 2 && d->bits == 32; n++)
            out[count++] = (struct result){roundings[r], 0, narrow_registers[n]};
    }
    return count;
}

/* ---- The walk. ---- */

struct walk {
    uint32_t k;
    struct schedules schedules;
    size_t result_count;
    struct result results[RESULTS];
    const struct tb_family_filter *filter;
    struct tb_candidates *out;
    uint64_t sets;
};

void tb_candidates_add(struct tb_candidates *c, const struct tb_mma_model *model) {
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 256;
        c->list = realloc(c->list, c->capacity * sizeof *c->list);
        if (!c->list)
            abort();
    }
    c->list[c->count++] = *model;
}

static void consider(struct walk *w, const struct tb_mma_model *model) {
    if (w->filter->fits(w->filter->context, model, false))
        tb_candidates_add(w->out, model);
}

/* All schedules of a place, products normalised or not. */
static void walk_schedules(struct walk *w, struct tb_mma_model m) {
    bool exact = m.fraction_bits == TB_MMA_EXACT;
    for (size_t s = 0; s < w->schedules.count; s++) {
        const struct schedule *at = &w->schedules.list[s];
        if (at->place != m.place)
            continue;
        m.step = at->step;
        m.block = at->block;
        m.order = at->order;
        for (int normalised = 0; normalised < (exact ? 1 : 2); normalised++) {
            m.normalised = normalised;
            consider(w, &m);
        }
    }
}

static size_t schedules_of(const struct walk *w, enum tb_mma_place place) {
    size_t count = 0;
    for (size_t s = 0; s < w->schedules.count; s++)
        count += w->schedules.list[s].place == place;
    return count;
}

static void walk_results(struct walk *w, struct tb_mma_model m, int per_result) {
    for (int place = 0; place < TB_MMA_PLACES; place++)
        for (size_t r = 0; r < w->result_count; r++)
            for (int subnormals = 0; subnormals < TB_MMA_SUBNORMALS; subnormals++) {
                m.place = (enum tb_mma_place)place;
                m.rounding = w->results[r].rounding;
                m.result_bits = w->results[r].bits;
                m.registers = w->results[r].registers;
                m.subnormals = (enum tb_mma_subnormals)subnormals;
                m.step = m.block = 0;
                m.order = TB_MMA_ASCENDING;
                m.normalised = false;
                w->sets += schedules_of(w, m.place) * (size_t)per_result;
                if (w->filter->fits(w->filter->context, &m, true))
                    walk_schedules(w, m);
            }
}

static void walk_fused(struct walk *w) {
    struct tb_mma_model m = {.sum = TB_MMA_FUSED, .fraction_bits = TB_MMA_EXACT, .cut = TB_RTZ};
    walk_results(w, m, 1);
    for (int f = LEAST_F; f <= GREATEST_F; f++)
        for (int cut = 0; cut < CUTS; cut++) {
            m.fraction_bits = f;
            m.cut = cuts[cut];
            walk_results(w, m, 2);
        }
}

/* Trees and two stages: steps in order, the accumulator after each. */
static void walk_steps(struct walk *w, struct tb_mma_model m) {
    for (size_t s = 0; s < w->schedules.count; s++) {
        const struct schedule *at = &w->schedules.list[s];
        if (at->place != TB_MMA_IN_SUM || at->order != TB_MMA_ASCENDING || at->step == 1)
            continue;
        m.step = at->step;
        m.block = at->block;
        w->sets++;
        consider(w, &m);
    }
}

static void walk_others(struct walk *w) {
    struct tb_mma_model m = {
        .registers = "", .cut = TB_RTZ, .order = TB_MMA_ASCENDING, .place = TB_MMA_IN_SUM};
    for (int r = 0; r < 2; r++) {
        m.rounding = roundings[r];
        m.sum = TB_MMA_PAIRWISE;
        m.fraction_bits = TB_MMA_EXACT;
        for (int subnormals = 0; subnormals < TB_MMA_SUBNORMALS; subnormals++) {
            m.subnormals = (enum tb_mma_subnormals)subnormals;
            walk_steps(w, m);
        }
        m.subnormals = TB_MMA_KEPT;
        for (int f = STAGE_LEAST_F; f <= STAGE_GREATEST_F; f++) {
            m.fraction_bits = f;
            m.sum = TB_MMA_TWO_STAGE;
            walk_steps(w, m);
            m.sum = TB_MMA_TWO_LANES;
            walk_steps(w, m);
        }
    }
}

/* Sums that wrap, or that are clamped once, or after every step. */
static void walk_integers(struct walk *w) {
    struct tb_mma_model m = {.registers = "", .sum = TB_MMA_INTEGER, .cut = TB_RTZ, .rounding = TB_RTZ};
    m.fraction_bits = TB_MMA_EXACT;
    m.special = TB_MMA_WRAP;
    w->sets++;
    consider(w, &m);
    m.special = TB_MMA_CLAMP;
    w->sets++;
    consider(w, &m);
    for (uint32_t step = 1; step < w->k; step *= 2) {
        m.step = m.block = step;
        w->sets++;
        consider(w, &m);
    }
}

static void start(struct walk *w, uint32_t k, const struct tb_format *d) {
    w->k = k;
    make_schedules(k, &w->schedules);
    w->result_count = make_results(d, w->results);
}

uint64_t tb_family_walk(uint32_t k, const struct tb_format *d, const struct tb_family_filter *filter,
                        struct tb_candidates *out) {
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->filter = filter;
    w->out = out;
    if (d->kind == TB_INTEGER) {
        w->k = k;
        walk_integers(w);
    } else {
        start(w, k, d);
        walk_fused(w);
        walk_others(w);
    }
    uint64_t sets = w->sets;
    free(w);
    return sets;
}

/* ---- A random one. ---- */

static size_t below(uint64_t *state, size_t n) {
    return (size_t)(tb_problem_random(state) >> 33) % n;
}

struct tb_mma_model tb_family_draw(uint32_t k, const struct tb_format *d, uint64_t *state) {
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    start(w, k, d);
    const struct schedule *s = &w->schedules.list[below(state, w->schedules.count)];
    const struct result *r = &w->results[below(state, w->result_count)];
    struct tb_mma_model m = {.name = "drawn",
                             .registers = r->registers,
                             .sum = TB_MMA_FUSED,
                             .step = s->step,
                             .block = s->block,
                             .order = s->order,
                             .place = s->place,
                             .fraction_bits = LEAST_F + (int)below(state, 30),
                             .cut = cuts[below(state, CUTS)],
                             .rounding = r->rounding,
                             .result_bits = r->bits,
                             .normalised = below(state, 2),
                             .subnormals = (enum tb_mma_subnormals)below(state, TB_MMA_SUBNORMALS)};
    free(w);
    return m;
}
