/* results.json: what was written is read back byte for byte; what is wrong is refused in one line that names
 * the place; what cannot be written leaves nothing behind. */
#include "reports/fixture.h"
#include "vectors/testing.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void) {
    strcpy(folder, "/tmp/tb-reports-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int entries(const char *path) {
    struct dirent **list;
    int count = scandir(path, &list, NULL, alphasort);
    for (int i = 0; i < count; i++)
        free(list[i]);
    if (count >= 0)
        free(list);
    return count - 2; /* . and .. */
}

static void remove_folder(void) {
    struct dirent **list;
    char path[PATH_MAX];
    chmod(folder, 0700);
    int count = scandir(folder, &list, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        unlink(path);
        free(list[i]);
    }
    free(list);
    rmdir(folder);
}

static const char *in_folder(const char *name, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

static char *load(const char *path, size_t *size) {
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in != NULL, "%s", path);
    char *text = malloc(1 << 26);
    *size = fread(text, 1, 1 << 26, in);
    fclose(in);
    return text;
}

static void save(const char *path, const char *text, size_t size) {
    FILE *out = fopen(path, "wb");
    ck_assert(out && fwrite(text, 1, size, out) == size && fclose(out) == 0);
}

static void assert_same_bytes(const char *a, const char *b) {
    size_t size_a, size_b;
    char *text_a = load(a, &size_a), *text_b = load(b, &size_b);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_mem_eq(text_a, text_b, size_a);
    free(text_a);
    free(text_b);
}

/* ---- What was written is read back. ---- */

static const struct {
    size_t verdicts;
    bool hostile, broken;
} fixtures[] = {
    {0,   false, false},
    {700, false, false},
    {700, true,  false},
    {40,  false, true }
};

START_TEST(test_round_trip) {
    struct tb_results first, second;
    struct tb_error error = {0};
    char a[PATH_MAX], b[PATH_MAX];
    fixture_make(&first, fixtures[_i].verdicts, fixtures[_i].hostile, fixtures[_i].broken);
    ck_assert(tb_results_write(in_folder("a", a), &first, &error));
    ck_assert_msg(tb_results_read(a, &second, &error), "%s", error.text);
    ck_assert(tb_results_write(in_folder("b", b), &second, &error));
    assert_same_bytes(a, b);
    ck_assert_uint_eq(first.verdict_count, second.verdict_count);
    ck_assert_uint_eq(first.fact_count, second.fact_count);
    tb_results_free(&first);
    tb_results_free(&second);
}
END_TEST

/* Byte equality of two files cannot show a member that is never written. */
START_TEST(test_every_member_survives) {
    struct tb_results first, second;
    struct tb_error error = {0};
    char a[PATH_MAX];
    fixture_make(&first, 700, false, false);
    first.verdicts[3].errors = calloc(1, sizeof *first.verdicts[3].errors);
    first.verdicts[3].errors[0] = (struct tb_error_part){"products", 176, 0.25, 3.5, 0x1p-20, 33};
    first.verdicts[3].error_count = 1;
    ck_assert(tb_results_write(in_folder("a", a), &first, &error) && tb_results_read(a, &second, &error));
    for (size_t i = 0; i < first.verdict_count; i++) {
        const struct tb_verdict *x = &first.verdicts[i], *y = &second.verdicts[i];
        ck_assert_str_eq(x->target, y->target);
        ck_assert_str_eq(x->case_id, y->case_id);
        ck_assert_str_eq(x->reason, y->reason);
        ck_assert_str_eq(x->claim, y->claim);
        ck_assert_str_eq(x->digest, y->digest);
        ck_assert(x->status == y->status && x->exhaustive == y->exhaustive && x->inputs == y->inputs);
        ck_assert(x->diverging == y->diverging && x->value_diverging == y->value_diverging);
        ck_assert(x->class_count == y->class_count && x->explanation_count == y->explanation_count);
        ck_assert(x->binade_count == y->binade_count && x->stretch_count == y->stretch_count);
        ck_assert(x->stretch_total == y->stretch_total && x->seconds == y->seconds);
        ck_assert_mem_eq(x->distance, y->distance, sizeof x->distance);
        for (size_t j = 0; j < x->stretch_count; j++)
            ck_assert_mem_eq(&x->stretches[j], &y->stretches[j], sizeof *x->stretches);
        for (size_t j = 0; j < x->binade_count; j++)
            ck_assert_mem_eq(&x->binades[j], &y->binades[j], sizeof *x->binades);
        for (size_t j = 0; j < x->explanation_count; j++) {
            ck_assert_str_eq(x->explained_by[j].variant, y->explained_by[j].variant);
            ck_assert_uint_eq(x->explained_by[j].unexplained, y->explained_by[j].unexplained);
        }
        ck_assert_uint_eq(x->error_count, y->error_count);
        for (size_t j = 0; j < x->error_count; j++) {
            const struct tb_error_part *e = &x->errors[j], *f = &y->errors[j];
            ck_assert_str_eq(e->part, f->part);
            ck_assert(e->inputs == f->inputs && e->median_ulp == f->median_ulp && e->max_ulp == f->max_ulp);
            ck_assert(e->max_of_sum == f->max_of_sum && e->input == f->input);
        }
        for (size_t j = 0; j < x->class_count; j++) {
            const struct tb_class_count *c = &x->classes[j], *d = &y->classes[j];
            ck_assert(c->class == d->class && c->inputs == d->inputs && c->max_ulp == d->max_ulp);
            ck_assert(c->max_distance == d->max_distance && c->example_count == d->example_count);
            ck_assert_mem_eq(c->examples, d->examples, c->example_count * sizeof *c->examples);
        }
    }
    tb_results_free(&first);
    tb_results_free(&second);
}
END_TEST

/* What a baseline said comes back. */
START_TEST(test_changes_round_trip) {
    struct tb_results first, second;
    struct tb_error error = {0};
    char a[PATH_MAX];
    fixture_make(&first, 60, false, false);
    fixture_compare(&first, false);
    ck_assert(tb_results_write(in_folder("a", a), &first, &error));
    ck_assert_msg(tb_results_read(a, &second, &error), "%s", error.text);
    ck_assert_str_eq(second.baseline, first.baseline);
    ck_assert_uint_eq(second.change_count, first.change_count);
    for (size_t i = 0; i < first.change_count; i++) {
        const struct tb_change *x = &first.changes[i], *y = &second.changes[i];
        ck_assert(x->kind == y->kind);
        ck_assert_str_eq(x->target, y->target);
        ck_assert_str_eq(x->case_id, y->case_id);
        ck_assert_str_eq(x->text, y->text);
        ck_assert_str_eq(x->note, y->note);
    }
    tb_results_free(&second);
    tb_results_free(&first);
}
END_TEST

/* A comparison that found nothing is kept as such; a baseline's name alone, of which nothing is known, is
 * not. */
START_TEST(test_nothing_changed) {
    struct tb_results r = {.baseline = "base.json"};
    struct tb_error error = {0};
    char a[PATH_MAX];
    size_t size;
    ck_assert(tb_results_write(in_folder("a", a), &r, &error) && tb_results_read(a, &r, &error));
    ck_assert_str_eq(r.baseline, "base.json");
    char *text = load(a, &size), *list = strstr(text, ",\n\"changes\": []");
    ck_assert_ptr_nonnull(list);
    memset(list, ' ', strlen(",\n\"changes\": []"));
    save(a, text, size);
    ck_assert_msg(tb_results_read(a, &r, &error), "%s", error.text);
    ck_assert_str_eq(r.baseline, "");
    free(text);
}
END_TEST

/* The most that a file may hold stays readable: stretches are dropped, their total is kept. */
START_TEST(test_largest_file_is_readable) {
    struct tb_results first, second;
    struct tb_error error = {0};
    char a[PATH_MAX];
    struct stat about;
    fixture_make(&first, 700, false, true);
    ck_assert(tb_results_write(in_folder("a", a), &first, &error));
    ck_assert(stat(a, &about) == 0 && about.st_size < 64 << 20);
    ck_assert_msg(tb_results_read(a, &second, &error), "%s", error.text);
    ck_assert(second.verdicts[0].stretch_total == TB_RUNS_KEPT + 10);
    tb_results_free(&first);
    tb_results_free(&second);
}
END_TEST

/* A reason cut inside a character, a count beyond JSON's integers, an error that is not a number: written all
 * the same. */
START_TEST(test_odd_values_are_written) {
    struct tb_results first, second;
    struct tb_error error = {0};
    char a[PATH_MAX];
    fixture_make(&first, 3, false, true);
    memset(first.verdicts[0].reason, 'x', sizeof first.verdicts[0].reason);
    memcpy(first.verdicts[0].reason + sizeof first.verdicts[0].reason - 3, "\xe2\x82", 3);
    first.verdicts[0].inputs = UINT64_MAX;
    first.verdicts[0].classes[0].max_ulp = __builtin_nan("");
    first.verdicts[1].seconds = __builtin_inf();
    ck_assert(tb_results_write(in_folder("a", a), &first, &error));
    ck_assert_msg(tb_results_read(a, &second, &error), "%s", error.text);
    ck_assert(second.verdicts[0].inputs == INT64_MAX);
    tb_results_free(&first);
    tb_results_free(&second);
}
END_TEST

/* ---- What is wrong is refused. ---- */

static void refuse(const char *path, const char *expected) {
    struct tb_results results;
    struct tb_error error = {0};
    ck_assert_msg(!tb_results_read(path, &results, &error), "%s was accepted", path);
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    size_t length = expected ? strlen(expected) : 0;
    if (length > 3 && !strcmp(expected + length - 3, "..."))
        ck_assert_msg(!strncmp(error.text, expected, length - 3), "%s", error.text);
    else if (expected)
        ck_assert_str_eq(error.text, expected);
}

static int is_json(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && !strcmp(dot, ".json");
}

/* bad/NAME.json is refused with exactly the line in bad/NAME.expected; where that ends with "...", the JSON
 * parser's own words follow, which differ between its versions. */
START_TEST(test_bad_files) {
    struct dirent **list;
    ck_assert_int_eq(chdir(getenv("TB_REPORTS_BAD")), 0);
    int count = scandir(".", &list, is_json, alphasort);
    ck_assert_int_gt(count, 40);
    for (int i = 0; i < count; i++) {
        char name[300];
        size_t size;
        snprintf(name, sizeof name, "%.*s.expected", (int)(strlen(list[i]->d_name) - 5), list[i]->d_name);
        char *expected = load(name, &size);
        expected[size ? size - 1 : 0] = 0;
        refuse(list[i]->d_name, expected);
        free(expected);
        free(list[i]);
    }
    free(list);
}
END_TEST

/* A good file cut at many lengths, and with many bytes turned: refused or read, never a crash. The strides
 * are prime, so that every kind of member is met; fuzz_results.c goes on where this ends. */
START_TEST(test_damaged_files) {
    struct tb_results results;
    char path[PATH_MAX];
    size_t size;
    fixture_make(&results, 6, false, false);
    ck_assert(tb_results_write(in_folder("a", path), &results, NULL));
    tb_results_free(&results);
    char *text = load(path, &size);
    for (size_t cut = 0; cut + 1 < size; cut += 17) {
        save(path, text, cut);
        refuse(path, NULL);
    }
    for (size_t i = 0; i < size; i += 13) {
        text[i] ^= 4;
        save(path, text, size);
        if (tb_results_read(path, &results, NULL))
            tb_results_free(&results);
        text[i] ^= 4;
    }
    free(text);
}
END_TEST

static void repeat(const char *path, const char *piece, size_t bytes) {
    FILE *out = fopen(path, "wb");
    size_t length = strlen(piece);
    for (size_t used = 0; used < bytes; used += length)
        fwrite(piece, 1, length, out);
    ck_assert_int_eq(fclose(out), 0);
}

START_TEST(test_greedy_files) {
    char path[PATH_MAX], expected[PATH_MAX + 100];
    repeat(in_folder("deep", path), "[", 1 << 20);
    refuse(path, NULL);
    repeat(in_folder("values", path), "{},", 30 << 20);
    snprintf(expected, sizeof expected,
             "'%s' holds more than 8000000 values; no results.json does: check that it is the right file",
             path);
    refuse(path, expected);
    repeat(in_folder("large", path), " ", (64 << 20) + 1);
    snprintf(expected, sizeof expected,
             "'%s' is larger than 64 MB; no results.json is: check that it is the right file", path);
    refuse(path, expected);
    snprintf(expected, sizeof expected, "cannot read '%s': it is a folder: name a file in it", folder);
    refuse(folder, expected);
    refuse("/nowhere/results.json",
           "cannot read '/nowhere/results.json': there is no such file: check the path");
}
END_TEST

/* ---- What cannot be written leaves nothing behind. ---- */

START_TEST(test_unwritable) {
    struct tb_results results;
    struct tb_error error = {0};
    char path[PATH_MAX];
    fixture_make(&results, 50, false, false);
    ck_assert(!tb_results_write("/nowhere/results.json", &results, &error));
    ck_assert_int_eq(error.code, TB_EXIT_SYSTEM);
    ck_assert_str_eq(
        error.text, "cannot write '/nowhere/results.json': No such file or directory: make the folder first");
    ck_assert(!tb_results_write("/dev/full", &results, &error));
    ck_assert_str_eq(error.text,
                     "cannot write '/dev/full': No space left on device: make room on the disk, or name "
                     "another folder");
    ck_assert(!tb_report_write(folder, &results, tb_report_html, &error));
    ck_assert_int_eq(error.code, TB_EXIT_SYSTEM);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = {4096, 4096};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert(!tb_results_write(in_folder("results.json", path), &results, &error));
    ck_assert(!tb_report_write(path, &results, tb_report_html, &error));
    ck_assert_int_eq(error.code, TB_EXIT_SYSTEM);
    ck_assert_ptr_nonnull(strstr(error.text, "File too large: raise the file size limit"));
    ck_assert_int_eq(entries(folder), 0);
    tb_results_free(&results);
}
END_TEST

/* An old file stays whole when its replacement fails; a link stays a link. */
START_TEST(test_replacing) {
    struct tb_results results;
    char path[PATH_MAX], link[PATH_MAX];
    struct stat about;
    fixture_make(&results, 50, false, false);
    save(in_folder("old", path), "old", 3);
    ck_assert_int_eq(symlink(path, in_folder("link", link)), 0);
    ck_assert(tb_results_write(link, &results, NULL));
    ck_assert(lstat(link, &about) == 0 && S_ISLNK(about.st_mode));
    ck_assert(stat(path, &about) == 0 && about.st_size > 1000);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &small);
    off_t before = about.st_size;
    ck_assert(!tb_report_write(path, &results, tb_report_html, NULL));
    ck_assert(stat(path, &about) == 0 && about.st_size == before);
    ck_assert_int_eq(entries(folder), 2);
    tb_results_free(&results);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("results");
    TCase *round = tcase_create("round trip"), *bad = tcase_create("refused"), *disk = tcase_create("disk");
    TCase *all[] = {round, bad, disk};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        tcase_add_checked_fixture(all[i], make_folder, remove_folder);
        suite_add_tcase(suite, all[i]);
    }
    tcase_add_loop_test(round, test_round_trip, 0, (int)(sizeof fixtures / sizeof *fixtures));
    tcase_add_test(round, test_every_member_survives);
    tcase_add_test(round, test_largest_file_is_readable);
    tcase_add_test(round, test_changes_round_trip);
    tcase_add_test(round, test_nothing_changed);
    tcase_add_test(round, test_odd_values_are_written);
    tcase_add_test(bad, test_bad_files);
    tcase_add_test(bad, test_damaged_files);
    tcase_add_test(bad, test_greedy_files);
    tcase_add_test(disk, test_unwritable);
    tcase_add_test(disk, test_replacing);
    return tb_test(suite, CK_FORK_GETENV);
}
