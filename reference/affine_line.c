/* The line on which the boundaries of an affine arithmetic should lie, corrected by those that were found. It
 * only says where to look first: no staircase depends on it. */
#include "reference/affine_search.h"

enum {
    LARGEST_SPREAD = 1 << 16, /* inputs */
    LEAST_TRUST = 32
};

struct tb_affine_line tb_affine_line_begin(double step, double stretch) {
    return (struct tb_affine_line){.at = NAN,
                                   .length = step * stretch,
                                   .step = step,
                                   .stretch = stretch,
                                   .spread = 1,
                                   .trust = LEAST_TRUST};
}

/* What was left to the next boundary behind the part's end is left behind the beginning of the next. */
void tb_affine_line_enter(struct tb_affine_line *l, uint64_t first, double spacing) {
    double begin = (double)(int64_t)(first - 1);
    l->step /= spacing;
    l->at = begin + (l->at - begin) / spacing;
    l->length = l->step * l->stretch;
    l->off[0] /= spacing;
    l->off[1] /= spacing;
    l->miss = 0;
}

static void pass(struct tb_affine_line *l, size_t boundaries) {
    double next = l->off[0];
    l->at += (double)boundaries * l->length;
    if (boundaries % 2) {
        l->off[0] = l->off[1];
        l->off[1] = next;
    }
}

/* Moved no further than needed to be right. */
static double move_onto(struct tb_affine_line *l, uint64_t index) {
    double least = (double)(int64_t)(index - 1), greatest = least + (1 - 0x1p-10), at = l->at + l->off[0];
    double move = at < least ? least - at : at > greatest ? greatest - at : 0, miss = fabs(move);
    l->at += move;
    l->miss = miss < 0x1p32 ? (uint64_t)miss : 0;
    return move;
}

void tb_affine_line_first(struct tb_affine_line *l, uint64_t index) {
    double miss = (double)(int64_t)index - (l->at + l->off[0]);
    if (!(fabs(miss) <= 2 * l->spread))
        l->at = (double)(int64_t)index - 0.5 - l->off[0];
    move_onto(l, index);
    pass(l, 1);
}

/* More than rounding moves the boundaries of an arithmetic that narrows the scale: their distance follows.
 * Where it was far off, runs have another length than it has: that of the last one. */
void tb_affine_line_next(struct tb_affine_line *l, uint64_t index, uint64_t before) {
    double move = move_onto(l, index);
    pass(l, 1);
    if (fabs(move) > 8 + l->length / 4)
        l->length = (double)(int64_t)(index - before);
    else if (fabs(move) > 2)
        l->length += move / 4;
}

/* ---- Blocks. ---- */

/* Where boundaries were, less where the line had them: even ones and odd ones. */
struct misses {
    double least[2], greatest[2];
    double drift; /* from one to the next, on average */
};

/* Every other boundary from `begin` on; their sum. */
static double measure_some(const struct tb_affine_line *l, const uint32_t *index, size_t begin, size_t end,
                           double *least, double *greatest) {
    double sum = 0, low = *least, high = *greatest, at = l->at + l->off[begin % 2], length = l->length;
    for (size_t i = begin; i < end; i += 2) {
        double miss = (double)index[i] - (at + (double)i * length);
        low = miss < low ? miss : low;
        high = miss > high ? miss : high;
        sum += miss;
    }
    *least = low;
    *greatest = high;
    return sum;
}

static struct misses measure(const struct tb_affine_line *l, const uint32_t *index, size_t count) {
    struct misses m = {
        .least = {INFINITY,  INFINITY },
          .greatest = {-INFINITY, -INFINITY}
    };
    size_t half = count / 4 * 2;
    double early = 0, late = 0;
    for (size_t i = 0; i < 2; i++) {
        early += measure_some(l, index, i, half, &m.least[i], &m.greatest[i]);
        late += measure_some(l, index, half + i, count, &m.least[i], &m.greatest[i]);
    }
    m.drift = 2 * (late / (double)(count - half) - early / (double)half) / (double)count;
    return m;
}

static uint32_t spread_for(double inputs) {
    uint32_t spread = 1;
    while (spread < inputs && spread < LARGEST_SPREAD)
        spread *= 2;
    return spread;
}

/* Boundaries lie inputs - 1 / 2 from the line; where all lay to one side, it is moved. Where that became more
 * and more, runs have another length; where it did not, they perhaps have. False where boundaries were not
 * those that the line meant, one by one.
 */
static bool learn(struct tb_affine_line *l, const uint32_t *index, size_t count, size_t searched) {
    struct misses m = measure(l, index, count);
    double low = fmin(m.least[0], m.least[1]) - 0.5, high = fmax(m.greatest[0], m.greatest[1]) - 0.5;
    double middle[2], range = 0, drift = m.drift * (double)count, need = 2 * fmax(high, -low);
    if (need > 1.5 * l->length)
        return false;
    for (int i = 0; i < 2; i++) {
        middle[i] = 0.5 * (m.least[i] + m.greatest[i] - 1);
        range = fmax(range, m.greatest[i] - m.least[i]);
    }
    double shift = 0.5 * (middle[0] + middle[1]), turn = 0;
    if (fabs(drift) > 2 && fabs(drift) > 0.5 * range) {
        turn = m.drift;
        l->at += 0.5 * drift;
        need = range - fabs(drift);
    } else if (fabs(shift) > 1) {
        turn = 0.25 * shift / (double)count;
    }
    for (int i = 0; i < 2; i++)
        l->off[i] += middle[i] - shift;
    l->at += shift;
    pass(l, count);
    l->length += turn;
    l->stretch = l->length / l->step;
    double lasting = fmax(need, l->need);
    if (16 * searched > count || 2 * lasting < l->spread)
        l->spread = spread_for((16 * searched > count ? need : lasting) - 0x1p-4);
    l->need = need;
    return true;
}

/* Nothing is known but these boundaries: how long two runs are on average, and how long the last one was; or
 * that there are hardly any. */
static void forget(struct tb_affine_line *l, const uint32_t *index, size_t count, size_t expected) {
    double last = count ? (double)index[count - 1] - 0.5 : l->at, off = 0;
    if (count > 2) {
        size_t runs = (count - 1) / 2 * 2;
        l->length = (double)(index[count - 1] - index[count - 1 - runs]) / (double)runs;
        off = 0.5 * ((double)(index[count - 1] - index[count - 2]) - l->length);
    } else {
        l->length *= (double)expected / ((double)count + 0.5);
    }
    if (count >= TB_AFFINE_PAYS)
        l->stretch = l->length / l->step;
    l->off[0] = -off;
    l->off[1] = off;
    l->at = last - off + l->length;
    l->trust = LEAST_TRUST;
}

void tb_affine_line_block(struct tb_affine_line *l, const uint32_t *index, size_t count, size_t expected,
                          size_t searched) {
    bool one_by_one = count >= TB_AFFINE_PAYS && count <= expected && count + 1 >= expected;
    if (one_by_one && learn(l, index, count, searched))
        l->trust = l->trust < TB_AFFINE_LANES ? 2 * l->trust : TB_AFFINE_LANES;
    else
        forget(l, index, count, expected);
}

void tb_affine_line_dense(struct tb_affine_line *l, uint64_t index, size_t inputs, size_t runs) {
    l->length = (double)inputs / (runs ? (double)runs : 0.5);
    l->stretch = l->length / l->step;
    l->at = (double)(int64_t)index - 0.5 + l->length;
}
