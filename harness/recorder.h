/* Writing down differences as they are met, in ascending order: neighbours with the same two codes become one
 * stretch, which is counted and kept. */
#ifndef TB_RECORDER_H
#define TB_RECORDER_H

#include "harness/sweep.h"

struct tb_recorder {
    const struct tb_case *c;
    struct tb_record *record;
    bool open; /* `last` is still growing */
    struct tb_stretch last;
    uint64_t step; /* from one input's pattern to the next one's */
    bool out_of_memory;
};

/* Keeps a stretch; beyond TB_STRETCHES the record is irregular. False when memory is out. */
bool tb_record_keep(struct tb_record *record, const struct tb_stretch *stretch);

/* Clears the record. */
struct tb_recorder tb_recorder_start(const struct tb_case *c, struct tb_record *record);
/* Counts and keeps the stretch that is open. */
void tb_recorder_close(struct tb_recorder *r);

static inline void tb_recorder_add(struct tb_recorder *r, uint64_t first, uint64_t last, uint64_t expected,
                                   uint64_t got) {
    if (r->open && first == r->last.last + r->step && expected == r->last.expected && got == r->last.got) {
        r->last.last = last;
        return;
    }
    tb_recorder_close(r);
    r->last = (struct tb_stretch){first, last, expected, got};
    r->open = true;
}

#endif
