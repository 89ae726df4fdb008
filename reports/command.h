/* Command lines of tiebreak for a reader to paste: whatever a name holds, a shell reads one word. */
#ifndef TB_REPORTS_COMMAND_H
#define TB_REPORTS_COMMAND_H

#include "reports/results.h"

#include <stdbool.h>

#define TB_COMMAND 2048

/* Appends one word after a space, in single quotes where a shell would read more into it than its letters;
 * false, and nothing appended, where it does not fit. */
bool tb_command_add(char *command, size_t size, const char *word);

/* An option and its value, both or neither: a name without its value would take the next word for it. Name
 * NULL: the value alone. */
bool tb_command_add_option(char *command, size_t size, const char *name, const char *value);

/* `tiebreak explain CASE INPUT --target TARGET`, and `tiebreak run CASE --target TARGET`, with those options
 * of the results' own command without which the target would not be there: --plugin, --exec, --recorded,
 * --format, --like, and of a run --nan and --environment. Explain sets no environment: where the results were
 * made under another, tb_command_explain() gives the run. */
void tb_command_explain(const struct tb_results *r, const struct tb_verdict *v, uint64_t input,
                        char command[TB_COMMAND]);
void tb_command_run(const struct tb_results *r, const struct tb_verdict *v, char command[TB_COMMAND]);

#endif
