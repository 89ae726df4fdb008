/* A set of golden files in a folder: written, compared with what is made anew, proved input by input. */
#ifndef TB_GOLDEN_SET_H
#define TB_GOLDEN_SET_H

#include "harness/plan.h"
#include "vectors/golden_file.h"
#include "vectors/manifest.h"

/* What a set holds. */
enum tb_set_form {
    TB_SET_FILES,     /* a safetensors file for each case, under the case's id */
    TB_SET_JSONL,     /* the same as JSON Lines */
    TB_SET_TESTFLOAT, /* the same in the line format of Berkeley TestFloat */
    TB_SET_PACKED, /* as vectors/golden: staircases into at most 8 bits and of at most 4096 runs, a file for
                      each destination; of all other cases the digest only */
};

/* What every file of a set says of itself; of whose answers: `like` as in tb_plan. */
void tb_set_info(const char *like, struct tb_file_info *info);
/* The answers of a planned case, on loan: the plan keeps them. The plan's `like` is their variant. */
struct tb_answers tb_set_answers(const struct tb_planned *p);
/* The manifest's entry of a planned case, without a file. */
void tb_set_entry(const struct tb_planned *p, struct tb_manifest_entry *entry);

/* Writes all cases of a plan whose golden answers were built, and manifest.json. Answers of plan->like are
 * written as TB_SET_FILES only, which can say whose they are, and without a manifest: that is of golden sets.
 */
bool tb_set_write(const struct tb_plan *plan, const char *folder, enum tb_set_form form,
                  struct tb_error *error);

/* Compares the answers of a plan with the manifest and the files in a folder. Prints a line on stdout for
 * each case or file that drifted; *drifts is their number. A damaged file is a drift. */
bool tb_set_check(const struct tb_plan *plan, const char *folder, const struct tb_manifest *manifest,
                  size_t *drifts);

/* Evaluates every input of the plan's staircases and ramps by integers, and before by MPFR if `by_mpfr`;
 * where the golden answers are made by blocks of integers, by both in any case; with lines of progress on
 * stderr. Prints a line for each case with a difference; *wrong is the number of inputs that differ. Vectors
 * were confirmed both ways when they were made. */
void tb_set_prove(const struct tb_plan *plan, bool by_mpfr, unsigned threads, uint64_t *wrong);

#endif
