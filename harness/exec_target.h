/* A target in another process and any language: `--exec CMD` starts it, the two talk over its standard input
 * and output. The protocol is in targets/examples/PROTOCOL.md. */
#ifndef TB_EXEC_TARGET_H
#define TB_EXEC_TARGET_H

#include "targets/target.h"
#include "vectors/error.h"

#define TB_EXEC_TARGETS 8 /* --exec options at most */

/* Makes a target of a command line for sh -c; nothing is started before open(). Its name is exec/ and the
 * file name of the command's first word, with -2, -3 ... where that is taken. Valid for the whole process.
 * NULL and *error when the command is empty or there are too many.
 *
 * open() starts the process. What goes wrong between the two ends the job (tb_job_fail) with a reason that
 * names the process's exit status and the last line of its standard error; outside a job open() then returns
 * 0 and tb_exec_last_error() has the reason. */
const struct tb_target *tb_exec_target(const char *command, struct tb_error *error);
const char *tb_exec_last_error(void);

/* How long the process may take without a byte in either direction; 60 s. */
extern double tb_exec_patience;

#endif
