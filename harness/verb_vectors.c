/* tiebreak vectors: golden files are written, checked, proved; or those of a preset or variant written. */
#include "harness/golden_set.h"
#include "harness/options.h"
#include "harness/trials.h"
#include "reports/text.h"

#include <stdlib.h>
#include <string.h>

/* The set that ships; the launcher says where the sources are. */
static const char *shipped_folder(char *path, size_t size) {
    const char *root = getenv("TIEBREAK_ROOT");
    snprintf(path, size, "%s%svectors/golden", root ? root : "", root ? "/" : "");
    return path;
}

/* The cases of the globs; without globs those of the manifest, where there is one. */
static bool choose(const struct tb_options *o, const struct tb_manifest *manifest, struct tb_plan *plan,
                   struct tb_error *error) {
    const char **ids = calloc(manifest->count + 1, sizeof *ids);
    if (!ids)
        return tb_fail(error, TB_EXIT_SYSTEM, "out of memory for a manifest of %zu cases", manifest->count);
    for (size_t i = 0; i < manifest->count; i++)
        ids[i] = manifest->entries[i].case_id;
    bool by_manifest = manifest->count && !o->words.count;
    bool ok = tb_plan_make(plan, tb_options_suite(o, by_manifest || o->words.count),
                           by_manifest ? ids : o->words.word, by_manifest ? manifest->count : o->words.count,
                           error);
    free(ids);
    ok = ok && tb_plan_certain_only(plan, "vectors", true, error);
    for (size_t i = 0; i < plan->count; i++)
        plan->cases[i].wanted = true;
    return ok && tb_plan_golden(plan, tb_parallel(o), error);
}

static int check(const struct tb_plan *plan, const char *folder, const struct tb_manifest *manifest,
                 struct tb_error *error) {
    size_t drifts = 0;
    if (!tb_set_check(plan, folder, manifest, &drifts)) {
        tb_fail(error, TB_EXIT_SYSTEM, "out of memory for the check of '%.400s'", folder);
        return tb_complain(error);
    }
    printf("%zu case%s compared with %s: %zu drifted\n", plan->count, tb_plural(plan->count), folder, drifts);
    return drifts ? TB_EXIT_DIVERGES : TB_OK;
}

static int prove(const struct tb_plan *plan, const struct tb_options *o) {
    uint64_t wrong;
    tb_set_prove(plan, o->prove, tb_parallel(o), &wrong);
    return wrong ? TB_EXIT_DIVERGES : TB_OK;
}

static int write_set(const struct tb_plan *plan, const struct tb_options *o, struct tb_error *error) {
    enum tb_set_form form = o->packed                       ? TB_SET_PACKED
                            : !o->text                      ? TB_SET_FILES
                            : strcmp(o->text, "jsonl") == 0 ? TB_SET_JSONL
                                                            : TB_SET_TESTFLOAT;
    if (!tb_set_write(plan, o->output, form, error))
        return tb_complain(error);
    if (o->like)
        printf("%zu case%s written to %s, as %s computes them\n", plan->count, tb_plural(plan->count),
               o->output, o->like);
    else
        printf("%zu case%s written to %s\n", plan->count, tb_plural(plan->count), o->output);
    return TB_OK;
}

/* What the options ask for, once the answers are there. */
static int act(const struct tb_plan *plan, const struct tb_options *o, const char *folder,
               const struct tb_manifest *manifest, struct tb_error *error) {
    int code = TB_OK;
    if (o->prove || o->confirm)
        code = prove(plan, o);
    if (folder && code == TB_OK)
        code = check(plan, folder, manifest, error);
    if (o->output && code == TB_OK)
        code = write_set(plan, o, error);
    return code;
}

/* Whether what else was asked for can be done with answers that are not the exact ones. */
static bool like_fits(const struct tb_options *o, struct tb_error *error) {
    const char *against = o->packed    ? "--packed: a packed set is of exact answers"
                          : o->text    ? "--text: such a file cannot say whose answers it holds"
                          : o->check   ? "--check: what is checked are exact answers"
                          : o->prove   ? "--prove: what is proved are exact answers"
                          : o->confirm ? "--confirm: what is confirmed are exact answers"
                                       : NULL;
    if (!o->like)
        return true;
    if (against)
        return tb_fail(error, TB_EXIT_USAGE, "--like does not go with %s: leave one of them out", against);
    if (!o->output)
        return tb_fail(error, TB_EXIT_USAGE, "--like writes the answers of %.60s: say where with -o",
                       o->like);
    if (strlen(o->like) >= sizeof((struct tb_answers *)0)->variant)
        return tb_fail(error, TB_EXIT_USAGE,
                       "--like '%.60s...' is longer than the 63 characters that a file has for a variant",
                       o->like);
    return true;
}

int tb_verb_vectors(const struct tb_options *o) {
    struct tb_plan plan = {.nan_level = TB_NAN_BITS, .like = o->like};
    struct tb_manifest manifest = {0};
    struct tb_error error;
    char shipped[1000], path[1100];
    const char *folder = o->check                              ? o->check
                         : o->output || o->prove || o->confirm ? NULL
                                                               : shipped_folder(shipped, sizeof shipped);
    if (!like_fits(o, &error))
        return tb_complain(&error);
    if (o->packed && o->text) {
        tb_fail(&error, TB_EXIT_USAGE,
                "--packed and --text exclude each other: a packed set is of safetensors");
        return tb_complain(&error);
    }
    if (folder && snprintf(path, sizeof path, "%s/manifest.json", folder) >= (int)sizeof path) {
        tb_fail(&error, TB_EXIT_USAGE, "the folder's name is too long");
        return tb_complain(&error);
    }
    bool ok = (!folder || tb_manifest_read(path, &manifest, &error)) && choose(o, &manifest, &plan, &error);
    int code = ok ? act(&plan, o, folder, &manifest, &error) : tb_complain(&error);
    tb_plan_free(&plan);
    tb_manifest_free(&manifest);
    return code;
}
