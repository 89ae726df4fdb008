/* The one way in which this plug-in fails: what goes wrong first is remembered, the function that met it
 * returns, and failure() of every kernel tells (targets/target.h), so that the verdict is `crashed` with the
 * runtime's words. It is remembered for the process: after a failed call no answer of the device is worth
 * having. Plain C, for the plug-in and its twins. */
#ifndef TB_CUDA_FAILURE_H
#define TB_CUDA_FAILURE_H

#include "targets/target.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Remembers one line, unless there is one already; from any thread. */
void tb_cuda_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The line; NULL while all is well. Every kernel's failure(); the state is not looked at. */
const char *tb_cuda_failure(const void *state);

/* What open() returns where it has no memory for `what`: 1, an offered kernel that has failed. */
int tb_cuda_open_failed(struct tb_kernel *kernel, const char *what);

#ifdef __cplusplus
}
#endif

#endif
