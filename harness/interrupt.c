#include "harness/interrupt.h"
#include "harness/pool.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* timeout(1) sends its signal twice, to the process and to its group: such a pair is one wish. */
#define PAIR_SECONDS 1.0

static volatile sig_atomic_t caught;
static struct timespec first;
static bool terminal; /* where a line of progress stands, and ^C in it */

static void on_signal(int number) {
    static const char clear[] = "\r\033[K";
    static const char message[] = "tiebreak: interrupted: writing what was judged; once more ends at once\n";
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    double since = (double)(time.tv_sec - first.tv_sec) + 1e-9 * (double)(time.tv_nsec - first.tv_nsec);
    if (caught && since > PAIR_SECONDS) {
        signal(number, SIG_DFL);
        raise(number); /* comes when this handler returns */
    }
    if (caught)
        return;
    caught = number;
    first = time;
    tb_pool_stop();
    if ((terminal && write(STDERR_FILENO, clear, sizeof clear - 1) < 0) ||
        write(STDERR_FILENO, message, sizeof message - 1) < 0)
        return;
}

void tb_interrupt_watch(void) {
    static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    terminal = isatty(STDERR_FILENO);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        sigaddset(&action.sa_mask, watched[i]);
        if (sigaction(watched[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
}

void tb_interrupt_end(void) {
    fflush(NULL);
    signal(caught, SIG_DFL);
    raise(caught);
    abort();
}
