/* A baseline: the verdicts that were accepted, as a file that people review.
 *
 *   {"schema": "tiebreak-baseline/1",
 *   "suite": "standard",
 *   "nan_level": "class",
 *   "expected": "torch/quantize_per_tensor/cpu",
 *   "accepted": [
 *   {"target": "x86/vcvtneps2bf16", "case": "convert/fp32/bf16/rne/inf", "status": "as-claimed", ...},
 *   ...
 *
 * `expected` is what the run's --like said, and not there where it expected the exact answers. An entry a
 * line, in the order of results.json; nothing in it depends on the machine or the day. `note` and
 * `expires` are for people: they are kept when the file is updated. The rest is what a verdict says, and the
 * first stretches of diverging inputs. */
#ifndef TB_BASELINE_H
#define TB_BASELINE_H

#include "reports/results.h"

#define TB_BASELINE_SCHEMA    "tiebreak-baseline/1"
#define TB_BASELINE_STRETCHES 8 /* of an entry: lines stay readable, the digest tells the rest */
#define TB_BASELINE_EXPECTED  256

struct tb_accepted {
    char target[96];
    char case_id[128];
    enum tb_status status;
    int exhaustive;
    uint64_t inputs, diverging, value_diverging;
    char digest[65];      /* the verdict's; where it has none SHA-256 over its first 1024 stretches */
    char explanation[64]; /* the best variant; "" where there is none */
    uint64_t unexplained;
    uint64_t stretch_total;
    size_t stretch_count;
    struct tb_stretch stretches[TB_BASELINE_STRETCHES];
    char note[512];
    char expires[16]; /* YYYY-MM-DD; "" never */
};

struct tb_baseline {
    char suite[32];
    char nan_level[16];
    char expected[TB_BASELINE_EXPECTED];
    size_t count;
    struct tb_accepted *accepted;
};

/* What a verdict says, in the form of an entry without note and date. */
void tb_accepted_from(const struct tb_verdict *v, struct tb_accepted *out);
/* "exact", or whose answers the run expected, cut to this size. */
void tb_baseline_expected(const struct tb_results *r, char out[TB_BASELINE_EXPECTED]);
/* All verdicts of a run; notes and dates are taken over from `before` (may be NULL). */
void tb_baseline_from(const struct tb_results *r, const struct tb_baseline *before, struct tb_baseline *out);
const struct tb_accepted *tb_baseline_find(const struct tb_baseline *b, const char *target,
                                           const char *case_id);

/* Reading checks everything and names the first thing wrong with its place. */
bool tb_baseline_read(const char *path, struct tb_baseline *out, struct tb_error *error);
bool tb_baseline_write(const char *path, const struct tb_baseline *b, struct tb_error *error);
void tb_baseline_free(struct tb_baseline *b);

#endif
