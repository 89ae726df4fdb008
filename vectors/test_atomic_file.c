/* Whole files: written all or not at all, the messages when the system refuses, and the safetensors
 * container. */
#include "vectors/atomic_file.h"
#include "vectors/safetensors.h"
#include "vectors/testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tiebreak-test-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[2][512];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void enter(void) {
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* Each test says what it leaves; anything else is a part of a file. */
static void leave(void) {
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d));) {
        if (*entry->d_name == '.')
            continue;
        ck_assert_msg(!strstr(entry->d_name, ".tmp"), "%s is left", entry->d_name);
        unlink(in_folder(entry->d_name));
    }
    closedir(d);
    rmdir(folder);
}

static bool write_text(const char *path, const char *text, struct tb_error *error) {
    struct tb_atomic file;
    FILE *out = tb_atomic_open(&file, path, error);
    if (!out)
        return false;
    fputs(text, out);
    return tb_atomic_commit(&file, error);
}

static void expect_text(const char *path, const char *text) {
    char *bytes;
    size_t size;
    struct tb_error error;
    ck_assert_msg(tb_file_read(path, 1000, &bytes, &size, &error), "%s", error.text);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_str_eq(bytes, text);
    free(bytes);
}

static int files_there(void) {
    int count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d));)
        count += *entry->d_name != '.';
    closedir(d);
    return count;
}

START_TEST(test_commit_and_abandon) {
    struct tb_error error;
    struct tb_atomic file;
    tb_atomic_always_named = _i;
    ck_assert(write_text(in_folder("a"), "one", &error));
    ck_assert_int_eq(chmod(in_folder("a"), 0640), 0);
    ck_assert_int_eq(symlink("a", in_folder("link")), 0);
    ck_assert(write_text(in_folder("link"), "two", &error));
    expect_text(in_folder("a"), "two");
    struct stat status;
    ck_assert_int_eq(lstat(in_folder("link"), &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(stat(in_folder("a"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
    ck_assert_ptr_nonnull(tb_atomic_open(&file, in_folder("a"), &error));
    fputs("three", file.stream);
    fflush(file.stream);
    ck_assert_int_eq(files_there(), 2 + _i);
    tb_atomic_abandon(&file);
    tb_atomic_abandon(&file);
    expect_text(in_folder("a"), "two");
    ck_assert_int_eq(files_there(), 2);
}
END_TEST

START_TEST(test_relative_path) {
    struct tb_error error;
    tb_atomic_always_named = _i;
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert(write_text("plain", "text", &error));
    ck_assert_int_eq(chdir("/"), 0);
    expect_text(in_folder("plain"), "text");
}
END_TEST

static const struct {
    const char *path;
    enum tb_exit code;
    const char *message;
} refused[] = {
    {"/nowhere/at/all", TB_EXIT_SYSTEM,
     "cannot write '/nowhere/at/all': the folder does not exist: make it first"                          },
    {"/dev/null/x",     TB_EXIT_SYSTEM,
     "cannot write '/dev/null/x': a part of the path is not a folder: check the path"                    },
    {"/tmp",            TB_EXIT_USAGE,  "cannot write '/tmp': it is a folder: name a file in it"         },
    {"/dev/full",       TB_EXIT_SYSTEM,
     "cannot write '/dev/full': no space left on the device: free some space, or write to another folder"},
};

START_TEST(test_refused) {
    struct tb_error error = {0};
    ck_assert(!write_text(refused[_i].path, "text", &error));
    ck_assert_int_eq(error.code, refused[_i].code);
    ck_assert_str_eq(error.text, refused[_i].message);
}
END_TEST

/* More than a stream's buffer: the write fails before commit asks. */
START_TEST(test_full_early) {
    struct tb_error error = {0};
    char *much = malloc(100001);
    memset(much, 'x', 100000);
    much[100000] = 0;
    ck_assert(!write_text("/dev/full", much, &error));
    ck_assert_str_eq(error.text, refused[3].message);
    free(much);
}
END_TEST

/* A disk that fills up on the way: nothing is left, and the old file stands. */
START_TEST(test_cut_short) {
    struct tb_error error = {0};
    tb_atomic_always_named = _i;
    ck_assert(write_text(in_folder("a"), "old", &error));
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4, 4}), 0);
    ck_assert(!write_text(in_folder("a"), "longer than four", &error));
    ck_assert_int_eq(error.code, TB_EXIT_SYSTEM);
    ck_assert_ptr_nonnull(
        strstr(error.text, ": the file would be larger than allowed: raise the limit (ulimit -f)"));
    expect_text(in_folder("a"), "old");
    ck_assert_int_eq(files_there(), 1);
}
END_TEST

START_TEST(test_unwritable_folder) {
    struct tb_error error = {0};
    ck_assert_int_eq(chmod(folder, 0555), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0); /* root may write anywhere */
    bool written = write_text(in_folder("a"), "text", &error);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert(!written);
    ck_assert_int_eq(error.code, TB_EXIT_SYSTEM);
    ck_assert_ptr_nonnull(
        strstr(error.text, ": permission denied: write to another folder, or change the permissions"));
}
END_TEST

/* Killed while it writes: a nameless file vanishes with the process. */
START_TEST(test_killed) {
    struct tb_error error;
    int probe = open(folder, O_TMPFILE | O_WRONLY, 0600);
    if (probe < 0)
        return; /* this file system has no nameless files */
    close(probe);
    pid_t child = fork();
    if (child == 0) {
        struct tb_atomic file;
        FILE *out = tb_atomic_open(&file, in_folder("a"), &error);
        fputs("half", out);
        fflush(out);
        raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(files_there(), 0);
}
END_TEST

START_TEST(test_file_read) {
    struct tb_error error;
    char *bytes;
    size_t size;
    ck_assert(write_text(in_folder("a"), "12345", &error));
    ck_assert(tb_file_read(in_folder("a"), 5, &bytes, &size, &error));
    free(bytes);
    ck_assert(!tb_file_read(in_folder("a"), 4, &bytes, &size, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "it is larger than 4 bytes: check that it is the right file"));
    ck_assert(!tb_file_read("/tmp", 4, &bytes, &size, &error));
    ck_assert_str_eq(error.text, "cannot read '/tmp': it is a folder: name a file in it");
    ck_assert(!tb_file_read("/nowhere", 4, &bytes, &size, &error));
    ck_assert_str_eq(error.text, "cannot read '/nowhere': there is no such file: check the path");
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
}
END_TEST

/* ---- safetensors ---- */

START_TEST(test_safetensors_every_dtype) {
    struct tb_tensor tensors[TB_DTYPES + 2];
    char names[TB_DTYPES][16];
    uint8_t data[8 * 6];
    struct tb_metadata metadata[] = {
        {"zeta",  "first in the file, \xc3\xa4"},
        {"alpha", ""                           }
    };
    struct tb_safetensors f;
    struct tb_error error;
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37);
    for (int i = 0; i < TB_DTYPES; i++) {
        snprintf(names[i], sizeof names[i], "t/%d", i);
        tensors[i] = (struct tb_tensor){
            .name = names[i],
            .dtype = (enum tb_dtype)i,
            .rank = 2,
            .shape = {2, 3},
            .count = 6,
            .data = data
        };
    }
    tensors[TB_DTYPES] = (struct tb_tensor){.name = "empty", .dtype = TB_F64, .rank = 1, .data = data};
    tensors[TB_DTYPES + 1] = (struct tb_tensor){.name = "scalar", .dtype = TB_F32, .count = 1, .data = data};
    ck_assert_msg(tb_safetensors_write(in_folder("a"), tensors, TB_DTYPES + 2, metadata, 2, &error), "%s",
                  error.text);
    ck_assert(tb_safetensors_read(in_folder("a"), &f, &error));
    ck_assert_uint_eq(f.tensor_count, TB_DTYPES + 2);
    for (int i = 0; i < TB_DTYPES + 2; i++) {
        const struct tb_tensor *t = tb_safetensors_find(&f, tensors[i].name);
        unsigned bytes = tb_dtypes[t->dtype].bytes;
        ck_assert_int_eq(t->dtype, tensors[i].dtype);
        ck_assert_uint_eq(t->rank, tensors[i].rank);
        ck_assert_uint_eq(t->count, tensors[i].count);
        ck_assert_uint_eq((uintptr_t)t->data % bytes, 0);
        ck_assert_mem_eq(t->data, data, t->count * bytes);
    }
    ck_assert_str_eq(tb_safetensors_metadata(&f, "zeta"), metadata[0].value);
    ck_assert_ptr_null(tb_safetensors_metadata(&f, "beta"));
    ck_assert_ptr_null(tb_safetensors_find(&f, "t"));
    ck_assert(strstr((const char *)f.map + 8, "zeta") < strstr((const char *)f.map + 8, "alpha"));
    tb_safetensors_free(&f);
}
END_TEST

START_TEST(test_safetensors_empty) {
    struct tb_safetensors f;
    struct tb_error error;
    ck_assert(tb_safetensors_write(in_folder("a"), NULL, 0, NULL, 0, &error));
    ck_assert(tb_safetensors_read(in_folder("a"), &f, &error));
    ck_assert_uint_eq(f.tensor_count + f.metadata_count, 0);
    ck_assert_ptr_null(tb_safetensors_find(&f, "x"));
    ck_assert_ptr_null(tb_safetensors_metadata(&f, "x"));
    tb_safetensors_free(&f);
}
END_TEST

START_TEST(test_safetensors_write_refuses) {
    struct tb_tensor twice[] = {
        {.name = "a", .dtype = TB_U8, .count = 1, .data = "x"},
        {.name = "a", .dtype = TB_U8, .count = 1, .data = "y"}
    };
    struct tb_metadata not_utf8 = {"key", "\xff"};
    struct tb_error error;
    ck_assert(!tb_safetensors_write(in_folder("a"), twice, 2, NULL, 0, &error));
    ck_assert(!tb_safetensors_write(in_folder("a"), NULL, 0, &not_utf8, 1, &error));
    ck_assert_int_eq(files_there(), 0);
}
END_TEST

START_TEST(test_safetensors_odd_files) {
    struct tb_safetensors f;
    struct tb_error error;
    ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0);
    ck_assert(!tb_safetensors_read(in_folder("pipe"), &f, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "it is not a regular file: save it to one first"));
    ck_assert(!tb_safetensors_read(folder, &f, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "it is a folder: name a file in it"));
    ck_assert(!tb_safetensors_read("/nowhere", &f, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("whole files");
    TCase *files = tcase_create("atomic"), *tensors = tcase_create("safetensors");
    tcase_add_checked_fixture(files, enter, leave);
    tcase_add_loop_test(files, test_commit_and_abandon, 0, 2);
    tcase_add_loop_test(files, test_relative_path, 0, 2);
    tcase_add_loop_test(files, test_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(files, test_full_early);
    tcase_add_loop_test(files, test_cut_short, 0, 2);
    tcase_add_test(files, test_unwritable_folder);
    tcase_add_test(files, test_killed);
    tcase_add_test(files, test_file_read);
    tcase_add_checked_fixture(tensors, enter, leave);
    tcase_add_test(tensors, test_safetensors_every_dtype);
    tcase_add_test(tensors, test_safetensors_empty);
    tcase_add_test(tensors, test_safetensors_write_refuses);
    tcase_add_test(tensors, test_safetensors_odd_files);
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, tensors);
    return tb_test(suite, CK_FORK_GETENV);
}
