/* Whole files or none: written beside the place where they will stand, flushed to the disk, then renamed. */
#include "reports/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct tb_error *error, const char *path, int number) {
    static const struct {
        int number;
        const char *mend;
    } mends[] = {
        {ENOSPC,  "make room on the disk, or name another folder"    },
        {EDQUOT,  "make room on the disk, or name another folder"    },
        {EFBIG,   "raise the file size limit, or name another folder"},
        {EACCES,  "name a folder that you may write to"              },
        {EPERM,   "name a folder that you may write to"              },
        {EROFS,   "name a folder that you may write to"              },
        {ENOENT,  "make the folder first"                            },
        {ENOTDIR, "name a folder that exists"                        },
        {EISDIR,  "name a file, not a folder"                        },
    };
    const char *mend = "name another folder";
    for (size_t i = 0; i < sizeof mends / sizeof *mends; i++)
        if (mends[i].number == number)
            mend = mends[i].mend;
    return tb_fail(error, TB_EXIT_SYSTEM, "cannot write '%.400s': %s: %s", path, strerror(number), mend);
}

/* Runs the rendering and flushes it all the way; 0, or the errno of what went wrong. Closes the descriptor.
 */
static int render_to(int descriptor, const struct tb_results *r, tb_render_fn *render, bool regular) {
    FILE *out = fdopen(descriptor, "w");
    if (!out) {
        int number = errno;
        close(descriptor);
        return number;
    }
    int number = 0;
    errno = 0;
    if (!render(out, r) || ferror(out) || fflush(out) || (regular && fsync(descriptor)))
        number = errno ? errno : EIO;
    if (fclose(out) && !number)
        number = errno;
    return number;
}

/* A new file beside `path`, with the permissions that a plain open would give; its name in `name`. */
static int create_beside(const char *path, char *name, size_t size) {
    for (int attempt = 0; attempt < 100; attempt++) {
        if (snprintf(name, size, "%s.%ld-%d.part", path, (long)getpid(), attempt) >= (int)size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
    return -1;
}

static void flush_folder(const char *path) {
    char folder[4096];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return; /* the file is whole already; this only hastens its name to the disk */
    fsync(descriptor);
    close(descriptor);
}

static bool replace(const char *path, const struct tb_results *r, tb_render_fn *render,
                    struct tb_error *error) {
    char name[4200];
    int descriptor = create_beside(path, name, sizeof name);
    if (descriptor < 0)
        return fail(error, path, errno);
    int number = render_to(descriptor, r, render, true);
    if (!number && rename(name, path))
        number = errno;
    if (number) {
        unlink(name);
        return fail(error, path, number);
    }
    flush_folder(path);
    return true;
}

bool tb_report_write(const char *path, const struct tb_results *r, tb_render_fn *render,
                     struct tb_error *error) {
    struct stat about;
    if (stat(path, &about))
        return replace(path, r, render, error);
    if (S_ISDIR(about.st_mode))
        return fail(error, path, EISDIR);
    if (!S_ISREG(about.st_mode)) { /* /dev/stdout, a pipe: nothing to rename */
        int descriptor = open(path, O_WRONLY | O_CLOEXEC);
        int number = descriptor < 0 ? errno : render_to(descriptor, r, render, false);
        return !number || fail(error, path, number);
    }
    char *real = realpath(path, NULL); /* a link keeps pointing to the file */
    if (!real)
        return fail(error, path, errno);
    bool good = replace(real, r, render, error);
    free(real);
    return good;
}
