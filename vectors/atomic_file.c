#include "vectors/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool tb_atomic_always_named;

/* ---- Messages ---- */

struct refusal {
    int number;
    const char *text;
};

static const struct refusal writing[] = {
    {ENOSPC,       "no space left on the device: free some space, or write to another folder"},
    {EDQUOT,       "the disk quota is used up: free some space, or write to another folder"  },
    {EFBIG,        "the file would be larger than allowed: raise the limit (ulimit -f)"      },
    {EACCES,       "permission denied: write to another folder, or change the permissions"   },
    {EPERM,        "not permitted: write to another folder, or change the permissions"       },
    {EROFS,        "the file system is read-only: write to another folder"                   },
    {ENOENT,       "the folder does not exist: make it first"                                },
    {ENOTDIR,      "a part of the path is not a folder: check the path"                      },
    {EISDIR,       "it is a folder: name a file in it"                                       },
    {ENAMETOOLONG, "the name is too long: choose a shorter one"                              },
    {EPIPE,        "the reader of the pipe has gone: run it again with a reader that stays"  },
    {EIO,          "the device reports an input/output error: check the disk"                },
    {ENOMEM,       "out of memory: close other programs, or run on a machine that has more"  },
    {0,            NULL                                                                      }
};
static const struct refusal reading[] = {
    {ENOENT,       "there is no such file: check the path"                                 },
    {EACCES,       "permission denied: change the file's permissions, or name another"     },
    {ENOTDIR,      "a part of the path is not a folder: check the path"                    },
    {EISDIR,       "it is a folder: name a file in it"                                     },
    {ENAMETOOLONG, "the name is too long: check the path"                                  },
    {ELOOP,        "its symbolic links form a loop: check the path"                        },
    {EIO,          "the device reports an input/output error: check the disk"              },
    {ENOMEM,       "out of memory: close other programs, or run on a machine that has more"},
    {0,            NULL                                                                    }
};

static bool refuse(struct tb_error *error, enum tb_exit code, const struct refusal *table, const char *verb,
                   const char *path, int number) {
    for (; table->text; table++)
        if (table->number == number)
            return tb_fail(error, code, "cannot %s '%s': %s", verb, path, table->text);
    return tb_fail(error, code, "cannot %s '%s': system error %d (%s): check the path and the disk", verb,
                   path, number, strerror(number));
}

bool tb_fail_reading(struct tb_error *error, const char *path, int number) {
    bool machine = number == EIO || number == ENOMEM || number == EMFILE || number == ENFILE;
    return refuse(error, machine ? TB_EXIT_SYSTEM : TB_EXIT_USAGE, reading, "read", path, number);
}

bool tb_fail_writing(struct tb_error *error, const char *path, int number) {
    return refuse(error, number == EISDIR ? TB_EXIT_USAGE : TB_EXIT_SYSTEM, writing, "write", path, number);
}

bool tb_fail_memory(struct tb_error *error, const char *path) {
    return tb_fail(error, TB_EXIT_SYSTEM,
                   "%s: out of memory: close other programs, or run on a machine that has more", path);
}

const char *tb_quote(const char *name, char text[TB_QUOTED]) {
    size_t length = strlen(name), kept = length <= 64 ? length : 61;
    char *to = text;
    *to++ = '\'';
    for (size_t i = 0; i < kept; i++)
        *to++ = name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?';
    strcpy(to, length <= 64 ? "'" : "...'");
    return text;
}

/* ---- Writing ---- */

static void forget(struct tb_atomic *file) {
    free(file->path);
    free(file->final);
    free(file->temporary);
    *file = (struct tb_atomic){0};
}

void tb_atomic_abandon(struct tb_atomic *file) {
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    forget(file);
}

bool tb_atomic_check(const char *path, struct tb_error *error) {
    struct tb_atomic probe = {0};
    bool ok = tb_atomic_open(&probe, path, error) != NULL;
    tb_atomic_abandon(&probe);
    return ok;
}

/* Ends a failed step: keeps errno's meaning, drops everything. */
static bool give_up(struct tb_atomic *file, struct tb_error *error, int number) {
    tb_fail_writing(error, file->path ? file->path : "?", number);
    tb_atomic_abandon(file);
    return false;
}

/* Calls make(name) with names beside the final one until one is free; keeps that name in file->temporary. */
static int with_free_name(struct tb_atomic *file, int (*make)(const char *name, int argument), int argument) {
    for (int i = 0; i < 1000; i++) {
        char *name;
        if (asprintf(&name, "%s.%ld-%d.tmp", file->final, (long)getpid(), i) < 0) {
            errno = ENOMEM;
            return -1;
        }
        int made = make(name, argument);
        if (made >= 0) {
            file->temporary = name;
            return made;
        }
        int number = errno;
        free(name);
        errno = number;
        if (number != EEXIST)
            return -1;
    }
    return -1;
}

static int make_file(const char *name, int unused) {
    (void)unused;
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int make_link(const char *name, int descriptor) {
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* A file without a name in the folder of file->final; -1 where the file system has none. */
static int open_nameless(const struct tb_atomic *file) {
    if (tb_atomic_always_named || access("/proc/self/fd", X_OK) != 0)
        return -1;
    const char *slash = strrchr(file->final, '/');
    char *folder =
        !slash ? strdup(".") : strndup(file->final, slash == file->final ? 1 : (size_t)(slash - file->final));
    int descriptor = folder ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666) : -1;
    free(folder);
    return descriptor;
}

FILE *tb_atomic_open(struct tb_atomic *file, const char *path, struct tb_error *error) {
    *file = (struct tb_atomic){.path = strdup(path)};
    struct stat status;
    bool exists = stat(path, &status) == 0;
    int descriptor = -1;
    if (!file->path) {
        errno = ENOMEM;
    } else if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
    } else if (exists && !S_ISREG(status.st_mode)) {
        descriptor = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        file->final = exists ? realpath(path, NULL) : strdup(path);
        if (file->final && (descriptor = open_nameless(file)) < 0)
            descriptor = with_free_name(file, make_file, 0);
        if (descriptor >= 0 && exists && fchmod(descriptor, status.st_mode & 07777) != 0)
            exists = false; /* another owner's file: the new one has this user's usual permissions */
    }
    if (descriptor >= 0 && !(file->stream = fdopen(descriptor, "w")))
        close(descriptor);
    if (!file->stream)
        give_up(file, error, errno);
    return file->stream;
}

bool tb_atomic_commit(struct tb_atomic *file, struct tb_error *error) {
    if (ferror(file->stream)) {
        clearerr(file->stream); /* that write's errno is gone: one more byte meets the same refusal */
        errno = 0;
        bool refused = fputc('\n', file->stream) == EOF || fflush(file->stream) != 0;
        return give_up(file, error, refused && errno ? errno : EIO);
    }
    if (fflush(file->stream) != 0 || (file->final && fsync(fileno(file->stream)) != 0))
        return give_up(file, error, errno);
    if (file->final && !file->temporary && with_free_name(file, make_link, fileno(file->stream)) < 0)
        return give_up(file, error, errno);
    int closed = fclose(file->stream);
    file->stream = NULL;
    if (closed != 0 || (file->final && rename(file->temporary, file->final) != 0))
        return give_up(file, error, errno);
    forget(file);
    return true;
}

/* ---- Reading ---- */

bool tb_file_read(const char *path, size_t limit, char **bytes, size_t *size, struct tb_error *error) {
    *bytes = NULL;
    *size = 0;
    FILE *in = fopen(path, "rbe");
    if (!in)
        return tb_fail_reading(error, path, errno);
    size_t room = 0, used = 0;
    for (size_t got = 1; got && used <= limit; used += got) {
        if (room - used < 2) {
            room = room ? room * 2 : 65536;
            char *larger = realloc(*bytes, room);
            if (!larger) {
                used = 0;
                errno = ENOMEM;
                goto refused;
            }
            *bytes = larger;
        }
        errno = 0;
        got = fread(*bytes + used, 1, room - used - 1, in);
        if (!got && ferror(in))
            goto refused;
    }
    fclose(in);
    if (used > limit) {
        free(*bytes);
        *bytes = NULL;
        return tb_fail(error, TB_EXIT_USAGE,
                       "cannot read '%s': it is larger than %zu bytes: check that it is the right file", path,
                       limit);
    }
    (*bytes)[used] = 0;
    *size = used;
    return true;
refused:
    tb_fail_reading(error, path, errno);
    fclose(in);
    free(*bytes);
    *bytes = NULL;
    return false;
}
