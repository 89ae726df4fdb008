#include "vectors/manifest.h"
#include "vectors/atomic_file.h"
#include "vectors/golden_file.h"
#include "vectors/problem.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN      "make it again with `tiebreak vectors`"
#define SIZE_LIMIT ((size_t)64 << 20) /* bytes; 100 for each of more cases than there are */

/* ---- In memory ---- */

bool tb_manifest_add(struct tb_manifest *m, const struct tb_manifest_entry *entry) {
    if (m->count == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 64;
        struct tb_manifest_entry *entries = realloc(m->entries, capacity * sizeof *entries);
        if (!entries)
            return false;
        m->entries = entries;
        m->capacity = capacity;
    }
    m->entries[m->count++] = *entry;
    return true;
}

void tb_manifest_free(struct tb_manifest *m) {
    free(m->entries);
    *m = (struct tb_manifest){0};
}

static int by_case(const void *a, const void *b) {
    return strcmp(((const struct tb_manifest_entry *)a)->case_id,
                  ((const struct tb_manifest_entry *)b)->case_id);
}

const struct tb_manifest_entry *tb_manifest_find(const struct tb_manifest *m, const char *case_id) {
    struct tb_manifest_entry key;
    if (!m->count || strlen(case_id) >= sizeof key.case_id)
        return NULL;
    strcpy(key.case_id, case_id);
    return bsearch(&key, m->entries, m->count, sizeof *m->entries, by_case);
}

/* ---- Checking ---- */

static bool is_digest(const char *digest) {
    return strlen(digest) == 64 && strspn(digest, "0123456789abcdef") == 64;
}

/* A relative path of plain characters that stays below the manifest's folder. */
static bool is_inside(const char *file) {
    for (const char *part = file;; part += strcspn(part, "/") + 1) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && *part == '.') || (length == 2 && strncmp(part, "..", 2) == 0))
            return false;
        if (!part[length])
            break;
    }
    for (; *file; file++)
        if (*file <= 0x20 || *file >= 0x7f || *file == '"' || *file == '\\')
            return false;
    return true;
}

static bool parse_id(const char *path, const char *id, struct tb_error *error) {
    struct tb_problem p;
    struct tb_case c;
    if (!tb_problem_is(id))
        return tb_case_parse_strict(path, id, &c, error);
    if (tb_problem_parse(id, &p, NULL) && strcmp(p.id, id) == 0)
        return true;
    return tb_fail(error, TB_EXIT_USAGE, "%s: '%.100s' is no id in its one spelling: " AGAIN, path, id);
}

static bool check_entry(const char *path, const struct tb_manifest_entry *e, struct tb_error *error) {
    char quoted[TB_QUOTED];
    if (!parse_id(path, e->case_id, error))
        return false;
    if (!is_digest(e->digest))
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: the digest of %s is not 64 hex digits in lower case: " AGAIN, path, e->case_id);
    if (!e->runs)
        return tb_fail(error, TB_EXIT_USAGE, "%s: %s has no runs: " AGAIN, path, e->case_id);
    if (*e->file && !is_inside(e->file))
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: the file %s of %s is not a plain path below the manifest's folder: " AGAIN, path,
                       tb_quote(e->file, quoted), e->case_id);
    return true;
}

/* Entries in order, each good, each case once. */
static bool check(const char *path, const struct tb_manifest *m, struct tb_error *error) {
    for (size_t i = 0; i < m->count; i++) {
        if (!check_entry(path, &m->entries[i], error))
            return false;
        if (i && by_case(&m->entries[i - 1], &m->entries[i]) >= 0)
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: %s stands after %s: entries ascend, each case once: " AGAIN, path,
                           m->entries[i].case_id, m->entries[i - 1].case_id);
    }
    return true;
}

/* ---- Writing ---- */

static bool print(FILE *out, const char *path, struct tb_manifest *m, struct tb_error *error) {
    if (m->count)
        qsort(m->entries, m->count, sizeof *m->entries, by_case);
    if (!check(path, m, error))
        return false;
    fprintf(out, "{\"schema\": \"" TB_MANIFEST_SCHEMA "\",\n \"entries\": [");
    for (size_t i = 0; i < m->count; i++) {
        const struct tb_manifest_entry *e = &m->entries[i];
        fprintf(out, "%s\n  {\"case\": \"%s\", \"digest\": \"%s\", \"runs\": %llu", i ? "," : "", e->case_id,
                e->digest, (unsigned long long)e->runs);
        if (*e->file)
            fprintf(out, ", \"file\": \"%s\"", e->file);
        fputc('}', out);
    }
    fprintf(out, "]}\n");
    return true;
}

bool tb_manifest_write(const char *path, struct tb_manifest *m, struct tb_error *error) {
    struct tb_atomic file;
    FILE *out = tb_atomic_open(&file, path, error);
    if (out && print(out, path, m, error))
        return tb_atomic_commit(&file, error);
    tb_atomic_abandon(&file);
    return false;
}

bool tb_manifest_digest(struct tb_manifest *m, char hex[65], struct tb_error *error) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return tb_fail_memory(error, "manifest");
    bool good = print(out, "manifest", m, error);
    if (fclose(out) != 0 && good)
        good = tb_fail_memory(error, "manifest");
    if (good) {
        crypto_hash_sha256(digest, (const unsigned char *)text, size);
        sodium_bin2hex(hex, 65, digest, sizeof digest);
    }
    free(text);
    return good;
}

/* ---- Reading ---- */

/* Copies a text member; a missing one counts as "" where `optional`. */
static bool take_text(const json_t *object, const char *name, char *out, size_t size, bool optional) {
    const json_t *member = json_object_get(object, name);
    const char *text = member ? json_string_value(member) : optional ? "" : NULL;
    if (!text || strlen(text) >= size || (member && !*text))
        return false;
    strcpy(out, text);
    return true;
}

static bool known_members(const char *path, const json_t *object, const char *const *names,
                          struct tb_error *error) {
    const char *key;
    json_t *ignored;
    char quoted[TB_QUOTED];
    json_object_foreach((json_t *)object, key, ignored) {
        const char *const *name = names;
        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name)
            return tb_fail(error, TB_EXIT_USAGE, "%s: the member %s is not known: " AGAIN, path,
                           tb_quote(key, quoted));
    }
    return true;
}

static bool take_entry(const char *path, const json_t *json, size_t number, struct tb_manifest *out,
                       struct tb_error *error) {
    static const char *const names[] = {"case", "digest", "runs", "file", NULL};
    struct tb_manifest_entry e = {0};
    const json_t *runs = json_object_get(json, "runs");
    if (!json_is_object(json))
        return tb_fail(error, TB_EXIT_USAGE, "%s: entry %zu is not an object: " AGAIN, path, number);
    if (!known_members(path, json, names, error))
        return false;
    const char *wrong = !take_text(json, "case", e.case_id, sizeof e.case_id, false)   ? "case"
                        : !take_text(json, "digest", e.digest, sizeof e.digest, false) ? "digest"
                        : !take_text(json, "file", e.file, sizeof e.file, true)        ? "file"
                        : !json_is_integer(runs) || json_integer_value(runs) < 1       ? "runs"
                                                                                       : NULL;
    if (wrong)
        return tb_fail(error, TB_EXIT_USAGE, "%s: entry %zu: %s is missing or cannot be: " AGAIN, path,
                       number, wrong);
    e.runs = (uint64_t)json_integer_value(runs);
    return tb_manifest_add(out, &e) || tb_fail_memory(error, path);
}

static bool take_manifest(const char *path, const json_t *json, struct tb_manifest *out,
                          struct tb_error *error) {
    static const char *const names[] = {"schema", "entries", NULL};
    const char *schema = json_string_value(json_object_get(json, "schema"));
    const json_t *entries = json_object_get(json, "entries");
    char quoted[TB_QUOTED];
    if (!schema)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: names no schema: give a manifest that `tiebreak vectors` wrote", path);
    if (strcmp(schema, TB_MANIFEST_SCHEMA) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: has the schema %s, expected '" TB_MANIFEST_SCHEMA
                       "': read it with the version that wrote it",
                       path, tb_quote(schema, quoted));
    if (!known_members(path, json, names, error))
        return false;
    if (!json_is_array(entries))
        return tb_fail(error, TB_EXIT_USAGE, "%s: has no list of entries: " AGAIN, path);
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (!take_entry(path, json_array_get(entries, i), i, out, error))
            return false;
    return check(path, out, error);
}

bool tb_manifest_parse(const char *text, size_t size, const char *path, struct tb_manifest *out,
                       struct tb_error *error) {
    json_error_t where;
    *out = (struct tb_manifest){0};
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        return tb_fail(error, TB_EXIT_USAGE, "%s:%d: is not JSON: %.200s: " AGAIN, path, where.line,
                       where.text);
    bool good = take_manifest(path, json, out, error);
    json_decref(json);
    if (!good)
        tb_manifest_free(out);
    return good;
}

bool tb_manifest_read(const char *path, struct tb_manifest *out, struct tb_error *error) {
    char *text;
    size_t size;
    *out = (struct tb_manifest){0};
    if (!tb_file_read(path, SIZE_LIMIT, &text, &size, error))
        return false;
    bool good = tb_manifest_parse(text, size, path, out, error);
    free(text);
    return good;
}
