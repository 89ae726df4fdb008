/* Progress: one line that rewrites itself on a terminal, now and then a plain line in a log. On stderr. */
#ifndef TB_PROGRESS_H
#define TB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tb_progress {
    size_t verdicts, done;
    uint64_t inputs; /* of all verdicts together */
    double started, shown;
    bool terminal;
};

void tb_progress_start(struct tb_progress *p, size_t verdicts, uint64_t inputs);
void tb_progress_done(struct tb_progress *p);
void tb_progress_show(struct tb_progress *p, uint64_t inputs_so_far);
/* Of what comes after the sweeps. */
void tb_progress_explained(struct tb_progress *p, size_t verdicts);
void tb_progress_end(struct tb_progress *p);

#endif
