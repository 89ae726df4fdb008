#include "harness/golden_set.h"
#include "harness/problem_files.h"
#include "vectors/textforms.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A file of the set, read once. */
struct file {
    const char *name; /* the manifest's */
    bool damaged;
    struct tb_recording recording;
};

struct check {
    const char *folder;
    const struct tb_manifest *manifest;
    struct file *files; /* room for one of each entry */
    size_t file_count, drifts;
};

__attribute__((format(printf, 3, 4))) static bool drift(struct check *k, const char *what, const char *format,
                                                        ...) {
    va_list arguments;
    printf("drift  %s: ", what);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    k->drifts++;
    return false;
}

/* ---- Reading what is there ---- */

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static bool read_text(const char *path, const char *case_id, struct tb_recording *out,
                      struct tb_error *error) {
    struct tb_file_info info;
    FILE *in = fopen(path, "r");
    if (!in)
        return tb_fail(error, TB_EXIT_USAGE, "cannot read '%.400s': %s", path, strerror(errno));
    tb_set_info(NULL, &info);
    bool ok = ends_with(path, ".jsonl") ? tb_jsonl_read(in, path, &info, out, error)
                                        : tb_testfloat_read(in, path, case_id, &info, out, error);
    fclose(in);
    return ok;
}

static struct file *file_of(struct check *k, const struct tb_manifest_entry *entry) {
    struct tb_error error;
    char path[1200];
    for (size_t i = 0; i < k->file_count; i++)
        if (strcmp(k->files[i].name, entry->file) == 0)
            return &k->files[i];
    struct file *f = &k->files[k->file_count++];
    *f = (struct file){.name = entry->file};
    snprintf(path, sizeof path, "%s/%s", k->folder, entry->file);
    bool ok = ends_with(path, ".safetensors") ? tb_recording_read(path, &f->recording, &error)
                                              : read_text(path, entry->case_id, &f->recording, &error);
    if (!ok) {
        drift(k, entry->file, "damaged: %s", error.text);
        f->damaged = true;
    }
    return f;
}

/* ---- Comparing ---- */

struct first {
    bool found;
    struct tb_difference difference;
};

static void keep_first(const struct tb_difference *d, void *context) {
    struct first *first = context;
    if (!first->found)
        *first = (struct first){true, *d};
}

static bool differs_at(struct check *k, const char *id, uint64_t input, uint64_t there, uint64_t now) {
    char a[64], b[32];
    snprintf(a, sizeof a, "0x%" PRIx64 " gives 0x%" PRIx64, input, there);
    snprintf(b, sizeof b, "0x%" PRIx64, now);
    return drift(k, id, "the file says %s, it is %s", a, b);
}

static uint64_t last_pattern(const struct tb_case *c) {
    return (tb_case_inputs(c) - 1) << tb_case_input(c)->padding;
}

/* TestFloat's lines hold the ends of a staircase's runs as vectors. */
static bool same_ends(struct check *k, const struct tb_planned *p, const struct tb_vectors *v) {
    for (size_t i = 0; i < v->count; i++)
        if (tb_staircase_at(&p->golden, v->input[i]) != v->output[i])
            return differs_at(k, p->id, v->input[i], v->output[i], tb_staircase_at(&p->golden, v->input[i]));
    return true;
}

static bool same_answers(struct check *k, const struct tb_planned *p, const struct tb_answers *a) {
    struct first first = {0};
    if (p->golden.count && a->staircase.count) {
        tb_staircase_compare(&a->staircase, &p->golden, last_pattern(&p->c), keep_first, &first);
        return !first.found ||
               differs_at(k, p->id, first.difference.first, first.difference.expected, first.difference.got);
    }
    if (p->golden.count)
        return same_ends(k, p, &a->vectors);
    if (a->vectors.count != p->sample.count)
        return drift(k, p->id, "the file has another number of vectors");
    for (size_t i = 0; i < p->sample.count; i++)
        if (a->vectors.input[i] != p->sample.input[i])
            return drift(k, p->id, "the file has other inputs");
        else if (a->vectors.output[i] != p->sample.output[i])
            return differs_at(k, p->id, p->sample.input[i], a->vectors.output[i], p->sample.output[i]);
    return true;
}

static bool check_problem_file(struct check *k, const struct tb_planned *p,
                               const struct tb_manifest_entry *entry) {
    struct tb_error error;
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", k->folder, entry->file);
    return tb_problem_compare(path, p->problem, &error) || drift(k, p->id, "%s", error.text);
}

static void check_case(struct check *k, const struct tb_planned *p) {
    struct tb_manifest_entry now;
    const struct tb_manifest_entry *entry = tb_manifest_find(k->manifest, p->id);
    if (!entry) {
        drift(k, p->id, "it is not in the manifest");
        return;
    }
    if (*entry->file && p->problem) {
        if (!check_problem_file(k, p, entry))
            return;
    } else if (*entry->file) {
        struct file *f = file_of(k, entry);
        const struct tb_answers *a = f->damaged ? NULL : tb_recording_find(&f->recording, p->id);
        if (!f->damaged && !a)
            drift(k, p->id, "it is not in its file %s", entry->file);
        if (!a || !same_answers(k, p, a))
            return;
    }
    tb_set_entry(p, &now);
    if (strcmp(now.digest, entry->digest) != 0)
        drift(k, p->id, "the manifest has digest %s, it is %s", entry->digest, now.digest);
    else if (now.runs != entry->runs)
        drift(k, p->id, "the manifest has another number of runs");
}

bool tb_set_check(const struct tb_plan *plan, const char *folder, const struct tb_manifest *manifest,
                  size_t *drifts) {
    struct check k = {
        .folder = folder, .manifest = manifest, .files = calloc(manifest->count + 1, sizeof *k.files)};
    if (!k.files)
        return false;
    for (size_t i = 0; i < plan->count; i++)
        check_case(&k, &plan->cases[i]);
    for (size_t i = 0; i < k.file_count; i++)
        tb_recording_free(&k.files[i].recording);
    free(k.files);
    *drifts = k.drifts;
    return true;
}
