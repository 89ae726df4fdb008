/* How a job ended, in words. */
#ifndef TB_POOL_REASON_H
#define TB_POOL_REASON_H

#include "harness/pool_child.h"

/* What a child printed: the last TB_CONSOLE_BYTES of it at most, and how much it was. */
#define TB_CONSOLE_BYTES 65536u
struct tb_console {
    char *text;
    size_t size;
    uint64_t total;
};
void tb_console_take(struct tb_console *console, const unsigned char *bytes, size_t size);

/* All that is known when the child has been reaped. */
struct tb_ending {
    int status; /* of wait() */
    bool whole; /* the stream ended as it should, and nothing came after it */
    bool garbled, overflowed, out_of_memory, late, stopped;
    struct tb_console out, err;
};

/* Sets the job's outcome and reason. */
void tb_ending_judge(const struct tb_ending *ending, const struct tb_slot *slot, struct tb_job *job);

/* The line of a program's standard error that says most: a sanitizer's summary, else the last line that is
 * not blank. Empty when there is none. Control characters become spaces. */
void tb_console_line(const char *text, size_t size, char *line, size_t line_size);

#endif
