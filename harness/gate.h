/* The gate: results against a baseline, verdict by verdict, never by summed counts. */
#ifndef TB_GATE_H
#define TB_GATE_H

#include "harness/baseline.h"
#include "harness/options.h"

struct tb_gate_report {
    size_t verdicts; /* compared */
    size_t unlisted; /* not in the baseline and nothing wrong with them */
    size_t count, capacity;
    struct tb_change *events; /* in the order of the results, then what is gone */
    bool crashed;             /* one of them is a new crash */
};

/* Compares. `scope` (may be NULL) holds the words, targets and shard of the run that made the results: what
 * it did not ask for is not gone. `today` is YYYY-MM-DD. */
void tb_gate_compare(const struct tb_results *r, const struct tb_baseline *b, const struct tb_options *scope,
                     const char *today, struct tb_gate_report *out);
void tb_gate_free(struct tb_gate_report *report);

/* The events, two lines each; or as a JSON list. */
void tb_gate_print_events(FILE *out, const struct tb_gate_report *r);
void tb_gate_print_json(FILE *out, const struct tb_gate_report *r);

/* Reads the baseline and compares, as of today. False and *error for a bad file, or one of other terms. */
bool tb_gate_against(const struct tb_results *r, const char *baseline, const struct tb_options *scope,
                     struct tb_gate_report *report, struct tb_error *error);
/* Puts the baseline's name and what is not as accepted into *r, for its renderings. */
void tb_gate_note(struct tb_results *r, const char *baseline, const struct tb_gate_report *report);
/* Prints what is not as accepted, and a line of totals. */
void tb_gate_tell(FILE *out, const char *baseline, const struct tb_gate_report *report);
/* 0: nothing, 1: something, 3: a crash that was not accepted. */
int tb_gate_exit(const struct tb_gate_report *report);

#endif
