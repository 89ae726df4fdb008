/* Many boundaries of an affine arithmetic at once: the line says where the next ones should be, and both
 * sides of all of them are evaluated in one block. Between what was evaluated is searched where codes differ,
 * the line having been wrong there. So every boundary is evaluated on both sides, and every run at both ends.
 */
#include "reference/affine_search.h"

enum {
    LANES = TB_AFFINE_LANES,
    DENSE = 4 /* inputs a run: where they are shorter, every input is evaluated */
};

static struct tb_affine_place place(uint32_t index, int32_t code) {
    return (struct tb_affine_place){index, tb_affine_key(0, false, code), code};
}

/* Inside a part codes rise or fall: this is how many boundaries there may be. */
static double codes_between(const struct tb_affine_place *here, const struct tb_affine_place *end) {
    return fabs((double)(end->code - here->code));
}

/* Whether a place is one that blocks have. */
static bool is_plain(const struct tb_affine_place *p) {
    return p->code == (int32_t)p->code && p->key == tb_affine_key(0, false, p->code);
}

bool tb_affine_pays_block(const struct tb_affine_search *s, const struct tb_affine_place *here,
                          const struct tb_affine_place *end) {
    double inputs = (double)(int64_t)(end->index - here->index), length = s->line.length;
    return s->codes && s->line.at > 0 && is_plain(here) && codes_between(here, end) >= TB_AFFINE_PAYS &&
           inputs >= TB_AFFINE_PAYS * fmax(length, 1);
}

/* ---- Every input. ---- */

static bool search_dense(struct tb_affine_search *s, struct tb_affine_place *here,
                         const struct tb_affine_place *end) {
    uint32_t index[LANES];
    int32_t code[LANES];
    size_t count = end->index - here->index < LANES ? end->index - here->index : LANES;
    for (size_t i = 0; i < LANES; i++)
        index[i] = (uint32_t)(here->index + 1 + i);
    if (!s->codes(s->m, index, count, code)) {
        s->codes = NULL;
        return true;
    }
    size_t runs = 0;
    for (size_t i = 0; i < count; i++) {
        struct tb_affine_place p = place(index[i], code[i]);
        bool boundary = p.key != here->key;
        if (boundary && !tb_affine_append(s, &p))
            return false;
        runs += boundary;
        *here = p;
    }
    tb_affine_line_dense(&s->line, here->index, count, runs);
    return true;
}

/* ---- Lanes. ---- */

/* A lane is a stretch (low, high] that should hold one boundary. */
struct lanes {
    size_t count;
    uint32_t low[LANES], high[LANES];
    int32_t before[LANES], after[LANES]; /* the codes of both */
};

/* Where one begins in front of the last one's end, which the line may have meant: it begins there. */
static void part_lanes(struct lanes *l, uint32_t spread, uint64_t end) {
    for (size_t i = 1; i < l->count; i++)
        if (l->low[i] < l->high[i - 1]) {
            l->low[i] = l->high[i - 1];
            l->high[i] = l->low[i] + spread;
        }
    while (l->count && l->high[l->count - 1] > end)
        l->count--;
}

/* Stretches of `spread` inputs about the line, no wider than the shortest run. */
static void lay_lanes(struct tb_affine_line *line, const struct tb_affine_place *here,
                      const struct tb_affine_place *end, struct lanes *l) {
    double length = line->length, shortest = length - fabs(line->off[0] - line->off[1]);
    while (line->spread > fmax(shortest, 1))
        line->spread /= 2;
    double half = 0.5 * (line->spread - 1), at = line->at - half - (double)(int64_t)here->index;
    double room =
        (double)(int64_t)(end->index - here->index) - line->spread - fmax(line->off[0], line->off[1]);
    double most = fmin(codes_between(here, end), (double)line->trust);
    at = fmax(at, -fmin(line->off[0], line->off[1]));
    most = at + most * length < room ? most : (room - at) / length;
    l->count = most > 0 ? (size_t)most : 0;
    for (size_t i = 0; i < l->count; i++) {
        int32_t inputs = (int32_t)(at + (double)i * length + line->off[i % 2]);
        l->low[i] = (uint32_t)here->index + (uint32_t)inputs;
        l->high[i] = l->low[i] + line->spread;
    }
    if (shortest < line->spread + 0.5)
        part_lanes(l, line->spread, end->index);
}

/* Halves all lanes until their ends are neighbours; where codes do not differ, at one end. */
static bool close_lanes(const struct tb_affine_search *s, struct lanes *l, uint32_t widest) {
    uint32_t middle[LANES];
    int32_t code[LANES];
    for (; widest > 1; widest -= widest / 2) {
        for (size_t i = 0; i < l->count; i++)
            middle[i] = l->low[i] + (l->high[i] - l->low[i]) / 2;
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

static bool have_gaps(const struct lanes *l, int32_t code) {
    int32_t differ = code ^ l->before[0];
    for (size_t i = 1; i < l->count; i++)
        differ |= l->after[i - 1] ^ l->before[i];
    return differ;
}

/* What lies between lanes, and in front of the first: as lanes, where codes differ. lane[g]: the lane after
 * gap g. */
static uint32_t find_gaps(const struct lanes *l, const struct tb_affine_place *here, struct lanes *gaps,
                          size_t lane[LANES]) {
    uint32_t index = (uint32_t)here->index, widest = 0;
    int32_t code = (int32_t)here->code;
    gaps->count = 0;
    if (!have_gaps(l, code))
        return 0;
    for (size_t i = 0; i < l->count; i++) {
        if (code != l->before[i]) {
            size_t g = gaps->count++;
            lane[g] = i;
            gaps->low[g] = index;
            gaps->high[g] = l->low[i];
            gaps->before[g] = code;
            gaps->after[g] = l->before[i];
            widest = l->low[i] - index > widest ? l->low[i] - index : widest;
        }
        index = l->high[i];
        code = l->after[i];
    }
    return widest;
}

/* ---- A block. ---- */

#define INLINE static inline __attribute__((always_inline)) /* places stay in registers */

struct block {
    struct tb_affine_search *s;
    struct tb_affine_place here;
    size_t found, searched;   /* boundaries; those that no lane had */
    uint32_t boundary[LANES]; /* the first that were found */
};

INLINE bool found(struct block *b, struct tb_affine_place p) {
    if (b->found < LANES)
        b->boundary[b->found] = (uint32_t)p.index;
    b->found++;
    b->here = p;
    return tb_affine_append(b->s, &p);
}

static bool search_up_to(struct block *b, struct tb_affine_place end) {
    bool fits = true;
    for (; fits && b->here.key != end.key; b->searched++)
        fits = found(b, tb_affine_next(b->s, &b->here, &end, NAN, 0));
    return fits;
}

/* Goes on through a lane: what is left in front of it, and its boundary. */
INLINE bool take(struct block *b, const struct lanes *l, size_t i) {
    struct tb_affine_place low = place(l->low[i], l->before[i]), high = place(l->high[i], l->after[i]);
    if (low.key != b->here.key && !search_up_to(b, low))
        return false;
    if (high.key != low.key)
        return found(b, high);
    b->here = high;
    return true;
}

bool tb_affine_search_block(struct tb_affine_search *s, struct tb_affine_place *here,
                            const struct tb_affine_place *end) {
    struct lanes l, gaps;
    struct block b;
    size_t lane[LANES], g = 0;
    if (s->line.length < DENSE)
        return search_dense(s, here, end);
    lay_lanes(&s->line, here, end, &l);
    bool plain = l.count && s->codes(s->m, l.low, l.count, l.before) &&
                 s->codes(s->m, l.high, l.count, l.after) && close_lanes(s, &l, s->line.spread);
    if (!plain || !close_lanes(s, &gaps, find_gaps(&l, here, &gaps, lane))) {
        s->codes = NULL;
        return true;
    }
    b.s = s;
    b.here = *here;
    b.found = 0;
    b.searched = gaps.count;
    for (size_t i = 0; i < l.count; i++) {
        if (g < gaps.count && lane[g] == i && !take(&b, &gaps, g++))
            return false;
        if (!take(&b, &l, i))
            return false;
    }
    *here = b.here;
    tb_affine_line_block(&s->line, b.boundary, b.found < LANES ? b.found : LANES,
                         b.found > LANES ? 0 : l.count, b.searched);
    return true;
}
