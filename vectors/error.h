/* An error is a value: an exit code and one sentence that says what, where and how to mend it. */
#ifndef TB_ERROR_H
#define TB_ERROR_H

#include <stdbool.h>

/* The documented exit codes of the command line; every function that can fail names one of them. */
enum tb_exit {
    TB_OK = 0,            /* as expected */
    TB_EXIT_DIVERGES = 1, /* a divergence that is not expected */
    TB_EXIT_USAGE = 2,    /* usage, or a bad input file */
    TB_EXIT_TARGET = 3,   /* a target could not run, or crashed */
    TB_EXIT_SYSTEM = 4,   /* the machine refused: disk full, folder not writable, out of memory */
};

struct tb_error {
    enum tb_exit code;
    char text[1024];
};

/* Fills *error (which may be NULL) and returns false, so that a failing function can end with `return
 * tb_fail(...)`. The text is lower case, one line, no final full stop: "format 'e9m9' is not known: tiebreak
 * list formats shows all". */
bool tb_fail(struct tb_error *error, enum tb_exit code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
