/* What every rendering says about a run, worked out once: the state of each verdict, counts, targets, causes.
 */
#ifndef TB_REPORTS_SUMMARY_H
#define TB_REPORTS_SUMMARY_H

#include "reports/results.h"
#include "vectors/case.h"

/* A verdict as a reader sees it, mildest first: a status, cut finer. */
enum tb_state {
    TB_STATE_EXACT,   /* same, on every input */
    TB_STATE_SAMPLED, /* same, on the inputs that were drawn */
    TB_STATE_CLAIMED,
    TB_STATE_NAN_BITS, /* differs in NaN codes only; a failure only where the run compares NaN bits */
    TB_STATE_SKIPPED,
    TB_STATE_CRASHED,
    TB_STATE_DIVERGES,
    TB_STATES
};

struct tb_state_look {
    const char *symbol; /* differs in shape */
    const char *word;   /* also the CSS class, spaces left out */
    const char *meaning;
};
extern const struct tb_state_look tb_state_looks[TB_STATES];

enum tb_state tb_verdict_state(const struct tb_verdict *v);
/* A verdict that gate fails unless it is expected. */
bool tb_verdict_fails(const struct tb_verdict *v);
/* A verdict whose draws were rejected, of a case with hidden random bits; the reason says why. */
bool tb_verdict_is_drawn(const struct tb_verdict *v);
/* A verdict that fails although every output is exact: it wrote past its array, changed the rounding mode. */
bool tb_verdict_breaks_contract(const struct tb_verdict *v);
/* A verdict with something to say: diverges, crashed, as claimed, NaN bits. */
bool tb_verdict_speaks(const struct tb_verdict *v);
/* The class with the most inputs, value differences before NaN bits; NULL where there is none. */
const struct tb_class_count *tb_verdict_worst_class(const struct tb_verdict *v);
/* The variant that leaves nothing over; NULL where none does. */
const char *tb_verdict_explained(const struct tb_verdict *v);
/* How many variants explain every difference of a verdict. */
size_t tb_verdict_explanations(const struct tb_verdict *v);
/* One sentence: "1,032,192 of 4,294,967,296 inputs diverge; via-fp16 explains every one." */
void tb_verdict_sentence(const struct tb_verdict *v, char *text, size_t size);

struct tb_tally {
    size_t verdicts, states[TB_STATES];
    size_t exhaustive, sampled; /* of those that ran to the end */
    size_t failing;             /* tb_verdict_fails */
    size_t contract;            /* of those that diverge: tb_verdict_breaks_contract */
    size_t accepted;            /* of those that fail: as the baseline has them */
    size_t changed;             /* not as the baseline has them, failing or not */
};

struct tb_target_tally {
    const char *target;
    struct tb_tally tally;
};

/* Verdicts of one kind that one arithmetic explains: what a reader acts on. */
enum tb_cause_kind {
    TB_CAUSE_DIVERGES,
    TB_CAUSE_UNEXPLAINED,
    TB_CAUSE_CONTRACT,
    TB_CAUSE_CRASHED,
    TB_CAUSE_NAN_BITS,
    TB_CAUSE_CLAIMED,
    TB_CAUSE_KINDS
};
extern const char *const tb_cause_titles[TB_CAUSE_KINDS];

struct tb_cause {
    enum tb_cause_kind kind;
    const char *name; /* a variant, a class, or the reason of a crash */
    size_t cells;     /* verdicts */
    size_t worst;     /* the verdict with the most diverging inputs, the first of equals */
    uint64_t inputs;  /* diverging ones of that verdict */
    size_t *verdicts; /* `cells` indices, ascending */
};

struct tb_summary {
    struct tb_tally tally;
    size_t target_count;
    struct tb_target_tally *targets; /* failing ones, those that ran, those that did not; by name */
    size_t cause_count;
    struct tb_cause *causes;          /* by kind, then by cells, then by inputs, most first */
    struct tb_case *cases;            /* one a verdict; source NULL where the id is not known here */
    const struct tb_change **changes; /* one a verdict: how it is not as the baseline has it; NULL: it is, or
                                         there is no baseline */
    size_t *changed;                  /* one a change: its verdict; SIZE_MAX where that is gone */
};

/* Whether a verdict fails exactly as the baseline has it. */
bool tb_verdict_accepted(const struct tb_results *r, const struct tb_summary *s, size_t verdict);

/* False only when memory is out. */
bool tb_summary_make(const struct tb_results *r, struct tb_summary *out);
void tb_summary_free(struct tb_summary *s);
/* The verdict in words, and the counts behind it: "612 verdicts: 598 exact, 4 diverge, ...". */
void tb_summary_sentence(const struct tb_summary *s, char *text, size_t size);
/* Against the baseline: "3 changes against the baseline: 2 new, 1 gone." "" where there is none. */
void tb_summary_changes(const struct tb_results *r, const struct tb_summary *s, char *text, size_t size);
void tb_summary_counts(const struct tb_summary *s, char *text, size_t size);

/* What an arithmetic named in the results means, for people; "" where the word is not known here. Joined
 * names ("daz+rtz") give joined sentences. */
void tb_variant_meaning(const char *name, char *text, size_t size);

#endif
