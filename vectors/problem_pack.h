/* Packing of codes of 2 to 4 bits into words, as data: which bits of which word hold the code at (row,
 * column). The kinds `pack` (codes in, words out) and `unpack` (words in, codes out) share the orders.
 *
 *   pack/uint4/uint32/awq-columns/rows=32,columns=16 */
#ifndef TB_PROBLEM_PACK_H
#define TB_PROBLEM_PACK_H

#include "vectors/problem.h"

enum tb_pack_axis {
    TB_PACK_FLAT,    /* the codes in row-major order; the last word is filled up with zeros */
    TB_PACK_ROWS,    /* the codes of one word stand below each other */
    TB_PACK_COLUMNS, /* the codes of one word stand side by side */
};

#define TB_PACK_SLOTS 16

struct tb_pack_order {
    const char *name;
    enum tb_pack_axis axis;
    bool slabs;           /* a word's codes lie n / per apart along the axis, else next to each other */
    const uint8_t *slots; /* of a word's codes, where each lies, counted from bit 0; NULL: ascending */
    bool high_first;      /* descending, from the top of the word */
    bool stream;          /* 3-bit codes back to back, across the borders of words */
    bool minus_one;       /* holds each code minus one, modulo 2^bits */
    int word_bits;
    const char *widths; /* bits of the codes that it takes, "24": 2 or 4 */
};

enum { TB_PACK_ORDERS = 9 };
extern const struct tb_pack_order tb_pack_orders[TB_PACK_ORDERS]; /* by method of the kinds */

/* An order on a matrix of codes. */
struct tb_packing {
    const struct tb_pack_order *order;
    uint32_t code_bits, rows, columns;
};
struct tb_packing tb_packing_of(const struct tb_problem *p);
/* Whether the order takes codes of these bits, and the matrix fills its words. */
bool tb_packing_fits(const struct tb_packing *k);
/* Rows and columns of the words. */
void tb_packing_words(const struct tb_packing *k, uint32_t *rows, uint32_t *columns);
/* The word, and the bit in it, where the code at (row, column) begins; of a stream it may end in the word
 * below. */
void tb_packing_place(const struct tb_packing *k, uint32_t row, uint32_t column, uint32_t *word,
                      uint32_t *bit);

#endif
