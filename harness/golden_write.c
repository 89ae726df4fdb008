#include "harness/folder.h"
#include "harness/golden_set.h"
#include "harness/problem_files.h"
#include "vectors/atomic_file.h"
#include "vectors/textforms.h"

#include <errno.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tb_set_info(const char *like, struct tb_file_info *info) {
    *info = (struct tb_file_info){.kind = like ? TB_FILE_VARIANT : TB_FILE_GOLDEN,
                                  .tool = "tiebreak " TB_VERSION};
    if (!like)
        snprintf(info->mpfr, sizeof info->mpfr, "%s", mpfr_get_version());
}

struct tb_answers tb_set_answers(const struct tb_planned *p) {
    struct tb_answers a = {.staircase = p->golden};
    if (!p->golden.count)
        a.vectors = p->sample;
    memcpy(a.case_id, p->id, sizeof a.case_id);
    snprintf(a.variant, sizeof a.variant, "%s", p->like ? p->like : "");
    return a;
}

void tb_set_entry(const struct tb_planned *p, struct tb_manifest_entry *entry) {
    if (p->problem) {
        *entry = (struct tb_manifest_entry){.runs = p->problem->golden.records};
        memcpy(entry->case_id, p->id, sizeof entry->case_id);
        tb_problem_digest(p->problem, entry->digest);
        return;
    }
    *entry = (struct tb_manifest_entry){.runs = p->golden.count ? p->golden.count : p->sample.count};
    memcpy(entry->case_id, p->id, sizeof entry->case_id);
    if (p->golden.count)
        tb_staircase_digest(&p->golden, p->id, entry->digest);
    else
        tb_vectors_digest(&p->sample, p->id, entry->digest);
}

/* ---- Folders ---- */

/* Makes the folders above a file. */
static bool make_parents(char *path, struct tb_error *error) {
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made)
            return tb_fail_writing(error, path, errno);
        *slash = '/';
    }
    return true;
}

/* ---- A file for each case ---- */

static const char *const suffixes[] = {"safetensors", "jsonl", "testfloat"};

static bool write_text(const char *path, const struct tb_answers *a, enum tb_set_form form,
                       struct tb_error *error) {
    struct tb_atomic file = {0};
    FILE *out = tb_atomic_open(&file, path, error);
    if (!out)
        return false;
    if (!(form == TB_SET_JSONL ? tb_jsonl_write : tb_testfloat_write)(out, a, error)) {
        tb_atomic_abandon(&file);
        return false;
    }
    return tb_atomic_commit(&file, error);
}

static bool write_case(const struct tb_planned *p, const char *folder, enum tb_set_form form,
                       struct tb_manifest_entry *entry, struct tb_error *error) {
    char path[1200];
    struct tb_answers a = tb_set_answers(p);
    struct tb_file_info info;
    if (strstr(p->id, "/.")) /* a format of the user's own may be called ".." */
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: a format whose name starts with '.' gives no file name: choose another name",
                       p->id);
    if (p->problem && form != TB_SET_FILES)
        return tb_fail(error, TB_EXIT_USAGE, "%s: operations on arrays are written as safetensors only",
                       p->id);
    snprintf(entry->file, sizeof entry->file, "%s.%s", p->id, suffixes[form]);
    if (snprintf(path, sizeof path, "%s/%s", folder, entry->file) >= (int)sizeof path)
        return tb_fail(error, TB_EXIT_USAGE, "the output folder's name is too long");
    tb_set_info(p->like, &info);
    if (p->problem)
        return make_parents(path, error) && tb_problem_write(path, p->problem, &info, error);
    return make_parents(path, error) && (form == TB_SET_FILES ? tb_answers_write(path, &info, &a, error)
                                                              : write_text(path, &a, form, error));
}

/* ---- A file for each destination ---- */

static bool is_packed(const struct tb_planned *p) {
    return p->golden.count && p->golden.count <= 4096 && p->c.destination->bits <= 8;
}

/* Writes the file of the destination that cases[first] leads, if it does. */
static bool write_pack(const struct tb_plan *plan, size_t first, const char *folder, struct tb_error *error) {
    const struct tb_format *d = plan->cases[first].c.destination;
    struct tb_recording pack = {0};
    char path[1200];
    bool ok = true;
    for (size_t i = 0; i < plan->count && ok; i++) {
        const struct tb_planned *p = &plan->cases[i];
        if (p->problem || p->c.destination != d || !is_packed(p))
            continue;
        if (i < first)
            return true; /* written already */
        struct tb_answers *a = tb_recording_add(&pack, p->id);
        ok = a ? (*a = tb_set_answers(p), true) : tb_fail_memory(error, folder);
    }
    tb_set_info(NULL, &pack.info);
    ok = ok && (snprintf(path, sizeof path, "%s/%s.safetensors", folder, d->name) < (int)sizeof path ||
                tb_fail(error, TB_EXIT_USAGE, "the output folder's name is too long"));
    ok = ok && tb_recording_write(path, &pack, error);
    free(pack.answers); /* their contents are the plan's */
    return ok;
}

bool tb_set_write(const struct tb_plan *plan, const char *folder, enum tb_set_form form,
                  struct tb_error *error) {
    struct tb_manifest manifest = {0};
    char path[1200];
    if (snprintf(path, sizeof path, "%s/manifest.json", folder) >= (int)sizeof path)
        return tb_fail(error, TB_EXIT_USAGE, "the output folder's name is too long");
    if (plan->like && access(path, F_OK) == 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "'%.400s' holds a golden set: choose another folder for what %.60s computes", folder,
                       plan->like);
    bool ok = make_parents(path, error) && tb_folder_prepare(folder, error);
    for (size_t i = 0; i < plan->count && ok; i++) {
        const struct tb_planned *p = &plan->cases[i];
        struct tb_manifest_entry entry;
        tb_set_entry(p, &entry);
        if (form != TB_SET_PACKED) {
            ok = write_case(p, folder, form, &entry, error);
        } else if (is_packed(p)) {
            snprintf(entry.file, sizeof entry.file, "%s.safetensors", p->c.destination->name);
            ok = write_pack(plan, i, folder, error);
        }
        ok = ok && (tb_manifest_add(&manifest, &entry) || tb_fail_memory(error, path));
    }
    ok = ok && (plan->like || tb_manifest_write(path, &manifest, error));
    tb_manifest_free(&manifest);
    return ok;
}
