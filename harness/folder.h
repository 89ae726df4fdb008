/* The output folder: results.json and its renderings, and the order in which verdicts stand there. */
#ifndef TB_FOLDER_H
#define TB_FOLDER_H

#include "reports/results.h"

/* Creates the folder; fails early, before hours of work, when it cannot be written. */
bool tb_folder_prepare(const char *path, struct tb_error *error);
/* Removes a folder that the last tb_folder_prepare made and nothing came into; for refusals after it. */
void tb_folder_take_back(const char *path);
/* Writes results.json, report.html, junit.xml, summary.md and results.sarif. */
bool tb_folder_write(const struct tb_results *r, const char *folder, struct tb_error *error);

/* Sorts the verdicts as results.h has it: in the order of the suite's cases (those outside it come last, by
 * name), then by target. So a run and the merged shards of the same run are the same. */
void tb_results_sort(struct tb_results *r);

/* What one verdict holds; for those that go into no results. */
void tb_verdict_free(struct tb_verdict *v);

#endif
