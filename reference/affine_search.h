/* Inside reference/: what the search for the boundaries of an affine arithmetic is made of. */
#ifndef TB_AFFINE_SEARCH_H
#define TB_AFFINE_SEARCH_H

#include "reference/affine_block.h"

/* ---- Where boundaries should lie: affine_line.c. ---- */

enum {
    TB_AFFINE_LANES = TB_AFFINE_BLOCK,
    TB_AFFINE_PAYS = 16 /* so many boundaries are worth a block */
};

/* The boundaries of a part lie on a line, every other one off it by as much as ties go to even there. `at`
 * lies in front of the input that the next boundary belongs to, and behind the one before; NAN where nothing
 * is known. Lengths are inputs. */
struct tb_affine_line {
    double at, length; /* length: from one boundary to the next */
    double off[2];     /* of the next boundary, and of the one after */
    double step;       /* of the scale */
    double stretch;    /* how many steps runs were long, when many had been found */
    uint64_t miss;     /* how far off the last boundary was */
    uint32_t spread;   /* how wide boundaries were spread about the line: a power of two */
    double need;       /* the same, of the last block alone */
    size_t trust;      /* how many boundaries to look for at once */
};

/* A line of which nothing is known but the scale's step. */
struct tb_affine_line tb_affine_line_begin(double step, double stretch);
/* Into the next part, whose inputs are 1 / spacing as many and begin with `first`. */
void tb_affine_line_enter(struct tb_affine_line *l, uint64_t first, double spacing);
/* The first boundary of a part is the one at `index`: it cuts off a run that began before. Then, as in the
 * following, the line is about the next boundary. */
void tb_affine_line_first(struct tb_affine_line *l, uint64_t index);
/* The next boundary is the one at `index`; the one before was at `before`. */
void tb_affine_line_next(struct tb_affine_line *l, uint64_t index, uint64_t before);
/* The next `count` boundaries, at most TB_AFFINE_LANES, are these; so many of them were searched for where
 * the line was wrong. `expected`: how many should have been found. */
void tb_affine_line_block(struct tb_affine_line *l, const uint32_t *index, size_t count, size_t expected,
                          size_t searched);
/* The last `inputs` up to the one at `index` began so many runs. */
void tb_affine_line_dense(struct tb_affine_line *l, uint64_t index, size_t inputs, size_t runs);

/* ---- The search: affine_staircase.c, and for many boundaries at once affine_lanes.c. ---- */

/* An input, counted without the pattern's padding, and what the arithmetic makes of it. */
struct tb_affine_place {
    uint64_t index, key;
    int64_t code;
};

struct tb_affine_search {
    const struct tb_affine_machine *m;
    tb_affine_codes_fn *codes; /* NULL where no block has this arithmetic */
    int padding;
    uint64_t mask; /* of the code in an output pattern; 0 where that is another */
    struct tb_staircase *out;
    struct tb_affine_line line;
};

/* The staircase of an arithmetic that has one, with blocks by these loops; NULL: boundary by boundary. False:
 * out of memory. */
bool tb_affine_search(const struct tb_affine_machine *m, tb_affine_codes_fn *codes, struct tb_staircase *out);

struct tb_affine_place tb_affine_evaluate(const struct tb_affine_search *s, uint64_t index);
/* A run begins at a place. False: out of memory. */
static inline bool tb_affine_append(struct tb_affine_search *s, const struct tb_affine_place *p) {
    uint64_t output = s->mask ? (uint64_t)p->code & s->mask : tb_affine_machine_output(s->m, p->code);
    return tb_staircase_append(s->out, p->index << s->padding, output);
}
/* The first boundary behind `here`, in front of or at `end`, which has another key: found from `guess`, and
 * by bisection where that is NAN or beyond `end`. miss: how far off it may be. */
struct tb_affine_place tb_affine_next(const struct tb_affine_search *s, const struct tb_affine_place *here,
                                      const struct tb_affine_place *end, double guess, uint64_t miss);

/* Whether so many boundaries are to come between both places that a block of them pays. */
bool tb_affine_pays_block(const struct tb_affine_search *s, const struct tb_affine_place *here,
                          const struct tb_affine_place *end);
/* Appends the next boundaries, a block of them, and moves *here onto the last input that was evaluated and
 * the line onto the boundary after it. False: out of memory. Where inputs leave what blocks have, s->codes
 * becomes NULL, and nothing else is done. */
bool tb_affine_search_block(struct tb_affine_search *s, struct tb_affine_place *here,
                            const struct tb_affine_place *end);

#endif
