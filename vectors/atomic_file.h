/* Whole files: written all or not at all, read within a limit, and the messages when the system refuses. */
#ifndef TB_ATOMIC_FILE_H
#define TB_ATOMIC_FILE_H

#include "vectors/error.h"

#include <stddef.h>
#include <stdio.h>

/* A file on its way. Starts as {0}; open, write to the stream, then commit or abandon. The bytes lie in a
 * file without a name in the destination's folder (O_TMPFILE) until commit names and renames it, so that not
 * even SIGKILL leaves a part behind; on file systems without O_TMPFILE they lie in NAME.PID-N.tmp, which only
 * a signal can leave. A device or pipe is written directly. A file that is replaced keeps its permissions,
 * and a symbolic link to a file goes on linking. */
struct tb_atomic {
    FILE *stream;
    char *path;      /* what the user named, for messages */
    char *final;     /* where the file will stand; NULL: written directly */
    char *temporary; /* its name until then; NULL while it has none */
};

/* The stream, or NULL and *error (TB_EXIT_SYSTEM; TB_EXIT_USAGE when path is a folder). */
FILE *tb_atomic_open(struct tb_atomic *file, const char *path, struct tb_error *error);
/* Whether a file can be written there: asked before hours of work. Leaves nothing behind. */
bool tb_atomic_check(const char *path, struct tb_error *error);
/* Flushes, syncs and renames. False and *error when anything failed since open, writes included; then nothing
 * is left. Either way the struct is {0} again. */
bool tb_atomic_commit(struct tb_atomic *file, struct tb_error *error);
/* Drops what was written. Harmless after commit and on {0}. */
void tb_atomic_abandon(struct tb_atomic *file);

/* Refuses O_TMPFILE, so that tests reach the other way on every file system. */
extern bool tb_atomic_always_named;

/* Reads a whole file of at most `limit` bytes; *bytes is allocated, ends with a NUL that *size does not
 * count. */
bool tb_file_read(const char *path, size_t limit, char **bytes, size_t *size, struct tb_error *error);

/* tb_fail for a system call that refused a file: what, where, and how to mend it. Reading: TB_EXIT_USAGE
 * where the user can name another file, else TB_EXIT_SYSTEM. */
bool tb_fail_reading(struct tb_error *error, const char *path, int number);
bool tb_fail_writing(struct tb_error *error, const char *path, int number);
bool tb_fail_memory(struct tb_error *error, const char *path);

/* How to mend a damaged file. */
#define TB_MAKE_AGAIN "make the file again, or copy it again if it travelled"

/* A name out of a file, fit for a message: in quotes, at most 64 characters, bytes outside printable ASCII as
 * '?'. */
#define TB_QUOTED 72
const char *tb_quote(const char *name, char text[TB_QUOTED]);

#endif
