/* Many boundaries of an affine arithmetic at once: the line says where the next ones should be, and both
 * sides of all of them are evaluated in one block. What a lane has not shown, since the line was wrong there,
 * is searched for one by one: every boundary has been evaluated on both sides, and every run at both ends. */
#include "reference/affine_search.h"

enum {
    LANES = TB_AFFINE_BLOCK,
    PAYS = 16,            /* boundaries */
    DENSE = 4,            /* inputs a run: where they are shorter, every input is evaluated */
    LARGEST_SPREAD = 4096 /* inputs */
};

static struct tb_affine_place place(uint32_t index, int64_t code) {
    return (struct tb_affine_place){index, tb_affine_key(0, false, code), code};
}

/* Inside a part codes rise or fall: this is how many boundaries there may be. */
static double codes_between(const struct tb_affine_place *here, const struct tb_affine_place *end) {
    return fabs((double)(end->code - here->code));
}

bool tb_affine_pays_block(const struct tb_affine_search *s, const struct tb_affine_place *here,
                          const struct tb_affine_place *end) {
    double inputs = (double)(int64_t)(end->index - here->index), length = s->line.length;
    return s->codes && s->line.at > 0 && codes_between(here, end) >= PAYS && inputs >= PAYS &&
           inputs >= PAYS * length;
}

/* ---- Every input. ---- */

static bool search_dense(struct tb_affine_search *s, struct tb_affine_place *here,
                         const struct tb_affine_place *end) {
    uint32_t index[LANES];
    int64_t code[LANES];
    size_t count = end->index - here->index < LANES ? end->index - here->index : LANES;
    for (size_t i = 0; i < LANES; i++)
        index[i] = (uint32_t)(here->index + 1 + i);
    if (!s->codes(s->m, index, count, code)) {
        s->codes = NULL;
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        struct tb_affine_place p = place(index[i], code[i]);
        if (p.key != here->key && !tb_affine_append(s, &p))
            return false;
        *here = p;
    }
    s->line.at = (double)(int64_t)here->index + 0.5;
    return true;
}

/* ---- Lanes. ---- */

struct lanes {
    size_t count;
    uint32_t low[LANES], high[LANES];    /* a boundary in (low, high], where the line is right */
    int64_t before[LANES], after[LANES]; /* the codes of both */
    size_t found, searched;              /* boundaries; those that no lane has shown */
    uint32_t boundary[LANES];            /* the first that were found */
};

/* Lanes are `spread` inputs wide and do not overlap, since runs are longer. */
static void lay_lanes(const struct tb_affine_search *s, const struct tb_affine_place *here,
                      const struct tb_affine_place *end, struct lanes *l) {
    const struct tb_affine_line *line = &s->line;
    double length = line->length, first = (double)(int64_t)here->index - fmin(line->off[0], line->off[1]);
    double last = (double)(int64_t)end->index - s->spread - fmax(line->off[0], line->off[1]);
    double at = fmax(line->at - 0.5 * (s->spread - 1), first), most = fmin(codes_between(here, end), LANES);
    most = at + most * length < last ? most : (last - at) / length;
    l->count = most > 0 ? (size_t)most : 0;
    for (size_t i = 0; i < l->count; i++) {
        l->low[i] = (uint32_t)(int64_t)(at + (double)i * length + line->off[i % 2]);
        l->high[i] = l->low[i] + s->spread;
    }
}

/* The widest lanes that there is room for. */
static uint32_t room(const struct tb_affine_line *l) {
    double shortest = l->length - fabs(l->off[0] - l->off[1]) - 0.5;
    uint32_t spread = LARGEST_SPREAD;
    while (spread > shortest)
        spread /= 2;
    return spread;
}

/* Halves what lies between the ends of all lanes until they are neighbours. */
static bool close_lanes(const struct tb_affine_search *s, struct lanes *l) {
    uint32_t middle[LANES];
    int64_t code[LANES];
    if (!s->codes(s->m, l->low, l->count, l->before) || !s->codes(s->m, l->high, l->count, l->after))
        return false;
    for (uint32_t half = s->spread / 2; half; half /= 2) {
        for (size_t i = 0; i < l->count; i++)
            middle[i] = l->low[i] + half;
        if (!s->codes(s->m, middle, l->count, code))
            return false;
        for (size_t i = 0; i < l->count; i++) {
            bool beyond = code[i] == l->before[i];
            l->low[i] = beyond ? middle[i] : l->low[i];
            l->high[i] = beyond ? l->high[i] : middle[i];
            l->after[i] = beyond ? l->after[i] : code[i];
        }
    }
    return true;
}

static bool found(struct tb_affine_search *s, struct lanes *l, const struct tb_affine_place *p) {
    if (l->found < LANES)
        l->boundary[l->found] = (uint32_t)p->index;
    l->found++;
    return tb_affine_append(s, p);
}

/* Boundaries in front of a lane's end that no lane has shown: just behind the last one's end, where that had
 * none, else just in front of this one's. */
static bool search_gap(struct tb_affine_search *s, struct lanes *l, size_t lane, struct tb_affine_place here,
                       const struct tb_affine_place *to) {
    while (here.key != to->key) {
        uint64_t guess = l->found < lane ? here.index : to->index - 1;
        struct tb_affine_line line = {.at = (double)(int64_t)guess, .miss = s->spread};
        here = tb_affine_next(s, &here, to, &line);
        l->searched++;
        if (!found(s, l, &here))
            return false;
    }
    return true;
}

static bool take_lanes(struct tb_affine_search *s, struct lanes *l, struct tb_affine_place *here) {
    for (size_t i = 0; i < l->count; i++) {
        struct tb_affine_place low = place(l->low[i], l->before[i]), high = place(l->high[i], l->after[i]);
        if (low.key != here->key && !search_gap(s, l, i, *here, &low))
            return false;
        if (high.key != low.key && !found(s, l, &high))
            return false;
        *here = high;
    }
    return true;
}

/* ---- The line, after a block. ---- */

/* Where boundaries were, less where the line had them: even ones and odd ones. */
struct misses {
    double least[2], greatest[2], mean;
    double drift; /* from one to the next, on average */
};

/* Every other boundary from `begin` on; their sum. */
static double measure_some(const struct tb_affine_line *line, const struct lanes *l, size_t begin, size_t end,
                           double *least, double *greatest) {
    double sum = 0, low = *least, high = *greatest, at = line->at + line->off[begin % 2],
           length = line->length;
    for (size_t i = begin; i < end; i += 2) {
        double miss = (double)l->boundary[i] - (at + (double)i * length);
        low = miss < low ? miss : low;
        high = miss > high ? miss : high;
        sum += miss;
    }
    *least = low;
    *greatest = high;
    return sum;
}

static struct misses measure(const struct tb_affine_line *line, const struct lanes *l) {
    struct misses m = {
        .least = {INFINITY,  INFINITY },
          .greatest = {-INFINITY, -INFINITY}
    };
    size_t half = l->found / 4 * 2;
    double early = 0, late = 0;
    for (size_t i = 0; i < 2; i++) {
        early += measure_some(line, l, i, half, &m.least[i], &m.greatest[i]);
        late += measure_some(line, l, half + i, l->found, &m.least[i], &m.greatest[i]);
    }
    m.mean = (early + late) / (double)l->found;
    m.drift = 2 * (late / (double)(l->found - half) - early / (double)half) / (double)l->found;
    return m;
}

static uint32_t spread_for(double inputs) {
    uint32_t spread = 1;
    while (spread < inputs && spread < LARGEST_SPREAD)
        spread *= 2;
    return spread;
}

/* The line onto the boundary after those of a block, and as wide lanes about it as they were spread over.
 * Where the later ones lay off the earlier ones, runs have another length; where all lay on one side,
 * perhaps. False where boundaries were not those that the line meant, one by one. */
static bool learn(struct tb_affine_search *s, const struct lanes *l) {
    struct tb_affine_line *line = &s->line;
    if (l->found < PAYS || l->found + 1 < l->count || l->found > LANES)
        return false;
    struct misses m = measure(line, l);
    double count = (double)l->found, range = fmax(m.greatest[0] - m.least[0], m.greatest[1] - m.least[1]);
    double middle[2] = {0.5 * (m.least[0] + m.greatest[0] - 1), 0.5 * (m.least[1] + m.greatest[1] - 1)};
    double shift = 0.5 * (middle[0] + middle[1]), turn = 0;
    if (fmax(m.greatest[0], m.greatest[1]) > 0.75 * line->length ||
        fmin(m.least[0], m.least[1]) < -0.75 * line->length)
        return false;
    if (fabs(m.drift) * count > 2) {
        turn = m.drift;
        range -= fabs(m.drift) * count;
        line->at += m.drift * 0.5 * (count + 1);
    } else if (fabs(shift) > 1) {
        turn = 0.5 * shift / count;
    }
    for (int i = 0; i < 2; i++)
        line->off[i] += middle[i] - shift;
    line->at += shift;
    tb_affine_line_pass(line, l->found);
    line->length += turn;
    s->stretch = line->length / s->step;
    if (16 * l->searched > l->found || 2 * range < s->spread)
        s->spread = spread_for(range - 0x1p-4);
    return true;
}

/* Nothing is known but the last boundaries. */
static void forget(struct tb_affine_search *s, const struct lanes *l, const struct tb_affine_place *here) {
    size_t known = l->found < LANES ? l->found : LANES;
    double last = l->found && l->found == known ? l->boundary[known - 1] : (double)(int64_t)here->index;
    if (known > 1)
        s->line.length = (double)(l->boundary[known - 1] - l->boundary[0]) / (double)(known - 1);
    if (known >= PAYS)
        s->stretch = s->line.length / s->step;
    s->line.at = last - 0.5 + s->line.length;
    s->line.off[0] = s->line.off[1] = 0;
}

bool tb_affine_search_block(struct tb_affine_search *s, struct tb_affine_place *here,
                            const struct tb_affine_place *end) {
    struct lanes l;
    if (s->line.length < DENSE)
        return search_dense(s, here, end);
    uint32_t widest = room(&s->line);
    if (widest < s->spread)
        s->spread = widest;
    l.found = l.searched = 0;
    lay_lanes(s, here, end, &l);
    if (!l.count || !close_lanes(s, &l)) {
        s->codes = NULL;
        return true;
    }
    if (!take_lanes(s, &l, here))
        return false;
    if (!learn(s, &l))
        forget(s, &l, here);
    return true;
}
