/* Results: what a run found, as the model behind results.json and every rendering of it.
 *
 * The names of the JSON members are those of the struct members, in their order, after "schema" (but `case`
 * for case_id, and `coverage`, "exhaustive" or "sampled", for exhaustive); results_shape.c holds them as
 * data. Bit patterns are hex strings. A verdict stands on a line of its own; a stretch is a list of its four
 * patterns; the seconds of all verdicts stand in "timing": {"seconds": [...]}, the last and only optional
 * member, so that the rest is the same on every run. Of a verdict, distance, binades, stretch_total,
 * stretches and errors are left out when empty, and so is changes. Unknown members and schema versions are
 * refused by name. */
#ifndef TB_RESULTS_H
#define TB_RESULTS_H

#include "vectors/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TB_RESULTS_SCHEMA "tiebreak-results/1"

enum tb_status { TB_SAME, TB_AS_CLAIMED, TB_DIVERGES, TB_SKIPPED, TB_CRASHED, TB_STATUSES };
extern const char
    *const tb_status_names[TB_STATUSES]; /* "same", "as-claimed", "diverges", "skipped", "crashed" */

/* Classes of divergence. Class changes are counted apart and have no ULP. */
enum tb_divergence {
    TB_DIV_VALUE,          /* finite against another finite value */
    TB_DIV_FLUSHED,        /* subnormal or smallest value expected, zero got */
    TB_DIV_ZERO_SIGN,      /* +0 against -0 */
    TB_DIV_SATURATION,     /* largest finite against infinity or NaN, on a finite or infinite input; affine
                              operations: another code than the clamp's, for a finite input beyond the range */
    TB_DIV_FROM_NAN,       /* NaN expected, a number got */
    TB_DIV_TO_NAN,         /* a number expected, NaN got */
    TB_DIV_SPECIAL,        /* finite against infinity elsewhere, infinity of the other sign */
    TB_DIV_NAN_BITS,       /* NaN against another NaN code */
    TB_DIV_NAN_INPUT,      /* affine operations: NaN in, another number out than the one that stands for it */
    TB_DIV_INFINITE_INPUT, /* the same for an infinity */
    TB_DIV_POSITION,       /* the output depends on where in the array the input stands (tail, alignment) */
    TB_DIVERGENCES
};
extern const char
    *const tb_divergence_names[TB_DIVERGENCES]; /* "value", "flushed", "zero-sign", "saturation", "from-nan",
                                                   "to-nan", "special", "nan-bits", "nan-input",
                                                   "infinite-input", "position" */
extern const char *const tb_divergence_summaries[TB_DIVERGENCES];

#define TB_EXAMPLES      64   /* examples kept for each class at most */
#define TB_DISTANCE_BINS 17   /* signed code distance: <=-8 .. -1, 0, 1 .. >=8 */
#define TB_RUNS_KEPT     4096 /* difference runs kept in results.json at most */
#define TB_CHANGES_KEPT  20000

struct tb_example {
    uint64_t input, expected, got;
};

struct tb_class_count {
    enum tb_divergence class;
    uint64_t inputs;
    double
        max_ulp; /* largest |got - exact| in ULP of the destination at the exact value; 0 for class changes */
    int64_t max_distance; /* largest |code distance|, with its sign; 0 for class changes */
    size_t example_count;
    struct tb_example examples[TB_EXAMPLES];
};

struct tb_explanation {
    char variant[64];
    uint64_t unexplained; /* inputs of the domain on which the variant differs from what was recorded */
};

struct tb_stretch { /* a run of diverging inputs */
    uint64_t first, last, expected, got;
};

struct tb_binade { /* diverging inputs of one binade of the source, negative inputs with `negative` */
    int exponent;  /* the biased exponent field; of an integer: the bits of its magnitude, 0 for zero, 1 for 1
                      and -1 */
    int negative;
    uint64_t inputs, diverging;
};

struct tb_error_part { /* of sums of products: where their error arises, by magnitude, over the inputs whose
                          exact answer is finite */
    char part[16];     /* "inputs", "products", "accumulation", "output", "total" */
    uint64_t inputs;
    double median_ulp, max_ulp; /* in ULP of the destination at the exact sum */
    double max_of_sum;          /* the largest, relative to the sum of all magnitudes */
    uint64_t input;             /* where max_ulp is met */
};

struct tb_verdict {
    char target[96];
    char case_id[128];
    enum tb_status status;
    char reason[512];         /* skipped, crashed: why; diverges: what the class summary cannot say */
    char claim[64];           /* "" claims exactness */
    int exhaustive;           /* else sampled */
    uint64_t inputs;          /* evaluated */
    uint64_t diverging;       /* every input whose output bits differ from the golden */
    uint64_t value_diverging; /* the same without NaN-bits-only differences */
    size_t class_count;
    struct tb_class_count *classes;
    size_t explanation_count; /* best first; unexplained 0 is a full explanation */
    struct tb_explanation *explained_by;
    uint64_t distance[TB_DISTANCE_BINS]; /* inputs by signed code distance, classes value and flushed; the
                                            middle bin is 0 */
    size_t binade_count;                 /* only binades with divergences */
    struct tb_binade *binades;
    size_t stretch_count; /* the first TB_RUNS_KEPT of stretch_total */
    uint64_t stretch_total;
    struct tb_stretch *stretches;
    size_t error_count; /* of sums of products */
    struct tb_error_part *errors;
    char digest[65]; /* SHA-256 of the recorded staircase (tb_staircase_digest); "" where none was recorded */
    double seconds;  /* CPU time of the sweep; lives in the optional "timing" member and in no other place */
};

/* What is not as a baseline accepted it. */
enum tb_change_kind {
    TB_CHANGE_NEW,      /* diverges or crashes, where that was not accepted */
    TB_CHANGE_GROWN,    /* more inputs diverge */
    TB_CHANGE_SHRUNK,   /* fewer do, none perhaps */
    TB_CHANGE_MOVED,    /* as many, but other inputs or other answers */
    TB_CHANGE_CAUSE,    /* the same inputs, but another arithmetic explains them, or another status */
    TB_CHANGE_COVERAGE, /* checked on fewer inputs, or on another sample, so that counts cannot be compared */
    TB_CHANGE_SKIPPED,  /* was checked, is skipped now */
    TB_CHANGE_GONE,     /* not in the results at all */
    TB_CHANGE_EXPIRED,  /* was accepted up to a date that has passed */
    TB_CHANGES
};
extern const char *const tb_change_names[TB_CHANGES]; /* "new", "grown", ... */
extern const char *const tb_change_summaries[TB_CHANGES];

struct tb_change {
    enum tb_change_kind kind;
    char target[96];
    char case_id[128];
    char text[512]; /* what is; what was accepted */
    char note[512]; /* the baseline's on it; "" where there is none */
};

struct tb_fact { /* one line of provenance */
    char *name, *value;
};

struct tb_results {
    char tool[64]; /* "tiebreak 0.1.0" */
    char command[1024];
    char suite[32];
    char nan_level[16];
    char baseline[256]; /* the baseline that the run was compared with; "" when none */
    size_t
        fact_count; /* machine, compiler, flags, libraries, goldens' manifest digest, date, in this order */
    struct tb_fact *facts;
    size_t verdict_count; /* sorted by case (suite order), then target name */
    struct tb_verdict *verdicts;
    size_t change_count; /* against the baseline: of verdicts in their order, then what is gone */
    struct tb_change *changes;
};

/* Reads and writes results.json. Reading checks everything and names the first thing wrong with its place.
 * Writing goes through a temporary file and rename; nothing partial is left behind. */
bool tb_results_read(const char *path, struct tb_results *out, struct tb_error *error);
bool tb_results_write(const char *path, const struct tb_results *r, struct tb_error *error);
void tb_results_free(struct tb_results *r);

/* Renderings: pure functions of the results. Same results, same bytes. */
bool tb_report_html(FILE *out, const struct tb_results *r);
bool tb_report_junit(FILE *out, const struct tb_results *r);
bool tb_report_markdown(FILE *out, const struct tb_results *r);
bool tb_report_sarif(FILE *out, const struct tb_results *r);

/* Writes a whole file through a temporary one in the same folder, flushed and renamed: either all of it or
 * nothing. */
typedef bool tb_render_fn(FILE *out, const struct tb_results *r);
bool tb_report_write(const char *path, const struct tb_results *r, tb_render_fn *render,
                     struct tb_error *error);

/* Whose answers the run expected: the value of the fact of this name; NULL: the exact ones. */
#define TB_FACT_EXPECTED "expected answers"
const char *tb_results_expected(const struct tb_results *r);
/* The floating-point environment that the targets were run under; no such fact: the default one. */
#define TB_FACT_ENVIRONMENT "environment"
/* The value of the first fact of a name; NULL: there is none. */
const char *tb_results_fact(const struct tb_results *r, const char *name);

/* The verdict in words, one sentence. */
void tb_results_sentence(const struct tb_results *r, char *text, size_t size);

#endif
