/* Ctrl-C during a run: what was judged is written, what was not is skipped, and --resume goes on from there.
 */
#ifndef TB_INTERRUPT_H
#define TB_INTERRUPT_H

/* From now on the first SIGINT, SIGTERM or SIGHUP stops the pool (tb_pool_stopped()) and says so on the
 * standard error; one that comes more than a second later ends the process. What was ignored stays ignored,
 * as under nohup. */
void tb_interrupt_watch(void);

/* Ends the process by the signal that came, so that who started it learns of it (a shell says 130 for
 * Ctrl-C). Flushes first. */
_Noreturn void tb_interrupt_end(void);

#endif
