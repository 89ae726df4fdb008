/* The gate: results against a baseline, verdict by verdict, never by summed counts. */
#ifndef TB_GATE_H
#define TB_GATE_H

#include "harness/baseline.h"
#include "harness/options.h"

/* What is not as it was accepted. */
enum tb_gate_kind {
    TB_GATE_NEW,      /* diverges or crashes, where that was not accepted */
    TB_GATE_GROWN,    /* more inputs diverge */
    TB_GATE_SHRUNK,   /* fewer do, none perhaps */
    TB_GATE_MOVED,    /* as many, but other inputs or other answers */
    TB_GATE_CAUSE,    /* the same inputs, but another arithmetic explains them, or another status */
    TB_GATE_COVERAGE, /* checked on fewer inputs, or on another sample, so that counts cannot be compared */
    TB_GATE_SKIPPED,  /* was checked, is skipped now */
    TB_GATE_GONE,     /* not in the results at all */
    TB_GATE_EXPIRED,  /* was accepted up to a date that has passed */
    TB_GATE_KINDS
};
extern const struct tb_word tb_gate_words[TB_GATE_KINDS];

struct tb_gate_event {
    enum tb_gate_kind kind;
    char target[96];
    char case_id[128];
    char text[512]; /* what was accepted, what is */
    char note[512]; /* the entry's */
    bool crashed;
};

struct tb_gate_report {
    size_t verdicts; /* compared */
    size_t unlisted; /* not in the baseline and nothing wrong with them */
    size_t count, capacity;
    struct tb_gate_event *events; /* in the order of the results, then what is gone */
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
int tb_gate(const struct tb_results *r, const char *baseline, FILE *out, struct tb_error *error);

#endif
