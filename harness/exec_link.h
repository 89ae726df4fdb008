/* A process at the other end of three pipes. */
#ifndef TB_EXEC_LINK_H
#define TB_EXEC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tb_link {
    pid_t pid;
    int to, from, err; /* its standard input, output, error; -1 once closed */
    char said[8192];   /* the end of its standard error */
    size_t said_size;
    char reason[256]; /* why the last call failed */
};

/* Starts sh -c command. */
bool tb_link_start(struct tb_link *link, const char *command);
/* Writes all of `out` while it reads exactly in_size bytes: neither side can block the other for good.
 * `patience` seconds without a byte in any direction end it. */
bool tb_link_exchange(struct tb_link *link, const void *head, size_t head_size, const void *out,
                      size_t out_size, void *in, size_t in_size, double patience);
/* Whether it has written what was not asked for. */
bool tb_link_unasked(struct tb_link *link);
/* Ends its input and waits, a second at most, for the end of its output; kills it then. False where something
 * came before that. */
bool tb_link_ends_silently(struct tb_link *link);
/* Closes the pipes and waits; kills what does not end by itself within a second. */
void tb_link_stop(struct tb_link *link);

#endif
