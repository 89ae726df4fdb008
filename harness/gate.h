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

/* Reads the baseline and compares; prints what is not as accepted, and a line of totals. The exit code: 0
 * nothing, 1 something, 3 a crash that was not accepted; 2 or 4 and *error for a bad file. */
int tb_gate_within(const struct tb_results *r, const char *baseline, const struct tb_options *scope,
                   FILE *out, struct tb_error *error);
/* Compares, and puts the baseline's name and what is not as accepted into *r, for its renderings. */
bool tb_gate_note(struct tb_results *r, const char *baseline, const struct tb_options *scope,
                  struct tb_error *error);
int tb_gate(const struct tb_results *r, const char *baseline, FILE *out, struct tb_error *error);

#endif
