/* Where an input lies among the values of the destination: on plain integers, independent of the reference.
 */
#ifndef TB_REPORTS_NEIGHBOURS_H
#define TB_REPORTS_NEIGHBOURS_H

#include "vectors/case.h"

struct tb_neighbours {
    bool between; /* low < value < high, both finite and next to each other; the rest is set only then */
    bool beyond; /* the magnitude is larger than that of every finite destination value: `low` is the last one
                  */
    bool is_value;      /* the input is a destination value: `low` */
    uint64_t low, high; /* patterns */
    struct tb_value low_value, high_value;
    bool has_middle; /* the midpoint fits a tb_value */
    struct tb_value middle;
    int side; /* of the input: -1 below the midpoint, 0 on it, 1 above */
    bool has_gap;
    struct tb_value gap; /* |value - middle| */
    double fraction;     /* (value - low) / (high - low), for drawing only */
};

/* `hint` is a code near the input, as the expected one; NaN and infinities are taken too. Nothing is set
 * where the input is not a finite number. */
struct tb_neighbours tb_neighbours_find(const struct tb_format *destination, struct tb_value value,
                                        uint64_t hint);

/* Orders two values that are not NaN: -1, 0, 1. Both zeros are equal. */
int tb_value_compare(struct tb_value a, struct tb_value b);

#endif
