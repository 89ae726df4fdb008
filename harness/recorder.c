#include "harness/recorder.h"

#include <stdlib.h>
#include <string.h>

bool tb_record_keep(struct tb_record *record, const struct tb_stretch *stretch) {
    if (record->stretch_count == TB_STRETCHES) {
        record->irregular = true;
        return true;
    }
    if (record->stretch_count == record->stretch_capacity) {
        size_t capacity = record->stretch_capacity ? 2 * record->stretch_capacity : 256;
        struct tb_stretch *grown = realloc(record->stretches, capacity * sizeof *grown);
        if (!grown)
            return false;
        record->stretches = grown;
        record->stretch_capacity = capacity;
    }
    record->stretches[record->stretch_count++] = *stretch;
    return true;
}

struct tb_recorder tb_recorder_start(const struct tb_case *c, struct tb_record *record) {
    memset(record, 0, sizeof *record);
    tb_tally_start(&record->tally);
    return (struct tb_recorder){.c = c, .record = record, .step = UINT64_C(1) << tb_case_input(c)->padding};
}

void tb_recorder_close(struct tb_recorder *r) {
    if (!r->open)
        return;
    tb_tally_add(&r->record->tally, r->c, &r->last);
    r->out_of_memory |= !tb_record_keep(r->record, &r->last);
    r->open = false;
}
