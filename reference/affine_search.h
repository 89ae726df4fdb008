/* Inside reference/: what the search for the boundaries of an affine arithmetic is made of. */
#ifndef TB_AFFINE_SEARCH_H
#define TB_AFFINE_SEARCH_H

#include "reference/affine_block.h"

/* An input, counted without the pattern's padding, and what the arithmetic makes of it. */
struct tb_affine_place {
    uint64_t index, key;
    int64_t code;
};

/* Where the boundaries of a part should lie: on a line, `length` inputs from one to the next, every other one
 * off it by as much as ties go to even there: `off[0]` the next one, off[1] the one after. `at`, with that,
 * lies in front of the input that the boundary belongs to, and behind the one before; NAN where nothing is
 * known. */
struct tb_affine_line {
    double at, length, off[2];
    uint64_t miss; /* by how many inputs it was wrong about the last boundary */
};

/* So many boundaries further on the line. */
static inline void tb_affine_line_pass(struct tb_affine_line *l, size_t boundaries) {
    double next = l->off[0];
    l->at += (double)boundaries * l->length;
    if (boundaries % 2) {
        l->off[0] = l->off[1];
        l->off[1] = next;
    }
}

struct tb_affine_search {
    const struct tb_affine_machine *m;
    tb_affine_codes_fn *codes; /* NULL where no block has this arithmetic */
    int padding;
    uint64_t mask; /* of the code in an output pattern; 0 where that is another */
    struct tb_staircase *out;
    struct tb_affine_line line;
    double step;     /* of the scale, in inputs of the part */
    double stretch;  /* how much longer runs were than that, in the last block */
    uint32_t spread; /* how many inputs boundaries were spread over about the line: a power of two */
};

struct tb_affine_place tb_affine_evaluate(const struct tb_affine_search *s, uint64_t index);
/* A run begins at a place. False: out of memory. */
static inline bool tb_affine_append(struct tb_affine_search *s, const struct tb_affine_place *p) {
    uint64_t output = s->mask ? (uint64_t)p->code & s->mask : tb_affine_machine_output(s->m, p->code);
    return tb_staircase_append(s->out, p->index << s->padding, output);
}
/* The first boundary behind `here`, in front of or at `end`, which has another key: found from where the line
 * has it. */
struct tb_affine_place tb_affine_next(const struct tb_affine_search *s, const struct tb_affine_place *here,
                                      const struct tb_affine_place *end, const struct tb_affine_line *line);

/* Whether so many boundaries are to come between both places that a block of them pays. */
bool tb_affine_pays_block(const struct tb_affine_search *s, const struct tb_affine_place *here,
                          const struct tb_affine_place *end);
/* Appends the next boundaries, a block of them, and moves *here onto the last input that was evaluated and
 * the line onto the boundary after it. False: out of memory. Where inputs leave what blocks have, s->codes
 * becomes NULL, and nothing else is done. */
bool tb_affine_search_block(struct tb_affine_search *s, struct tb_affine_place *here,
                            const struct tb_affine_place *end);

#endif
