#include "harness/baseline.h"

#include "vectors/atomic_file.h"
#include "vectors/case.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MOST     ((size_t)64 << 20)
#define ENTRIES_MOST   100000
#define EXACT          "exact"
#define HASHED_AT_MOST 1024 /* every results.json keeps so many, but absurdly large ones */

/* ---- From verdicts. ---- */

static void stretches_digest(const struct tb_verdict *v, char hex[65]) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    size_t count = v->stretch_count < HASHED_AT_MOST ? v->stretch_count : HASHED_AT_MOST;
    crypto_hash_sha256(digest, (const unsigned char *)v->stretches, count * sizeof *v->stretches);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}

void tb_accepted_from(const struct tb_verdict *v, struct tb_accepted *out) {
    *out = (struct tb_accepted){.status = v->status,
                                .exhaustive = v->exhaustive,
                                .inputs = v->inputs,
                                .diverging = v->diverging,
                                .value_diverging = v->value_diverging,
                                .stretch_total = v->stretch_total};
    snprintf(out->target, sizeof out->target, "%s", v->target);
    snprintf(out->case_id, sizeof out->case_id, "%s", v->case_id);
    snprintf(out->digest, sizeof out->digest, "%s", v->digest);
    if (!v->digest[0] && v->stretch_count)
        stretches_digest(v, out->digest);
    if (v->explanation_count) {
        snprintf(out->explanation, sizeof out->explanation, "%s", v->explained_by[0].variant);
        out->unexplained = v->explained_by[0].unexplained;
    }
    out->stretch_count = v->stretch_count < TB_BASELINE_STRETCHES ? v->stretch_count : TB_BASELINE_STRETCHES;
    if (out->stretch_count)
        memcpy(out->stretches, v->stretches, out->stretch_count * sizeof *v->stretches);
}

const struct tb_accepted *tb_baseline_find(const struct tb_baseline *b, const char *target,
                                           const char *case_id) {
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->accepted[i].case_id, case_id) == 0 && strcmp(b->accepted[i].target, target) == 0)
            return &b->accepted[i];
    return NULL;
}

void tb_baseline_expected(const struct tb_results *r, char out[TB_BASELINE_EXPECTED]) {
    const char *like = tb_results_expected(r);
    snprintf(out, TB_BASELINE_EXPECTED, "%s", like ? like : EXACT);
}

void tb_baseline_from(const struct tb_results *r, const struct tb_baseline *before, struct tb_baseline *out) {
    *out = (struct tb_baseline){.accepted = calloc(r->verdict_count + 1, sizeof *out->accepted)};
    if (!out->accepted)
        abort();
    snprintf(out->suite, sizeof out->suite, "%s", r->suite);
    snprintf(out->nan_level, sizeof out->nan_level, "%s", r->nan_level);
    tb_baseline_expected(r, out->expected);
    for (size_t i = 0; i < r->verdict_count; i++) {
        struct tb_accepted *a = &out->accepted[out->count++];
        tb_accepted_from(&r->verdicts[i], a);
        const struct tb_accepted *old = before ? tb_baseline_find(before, a->target, a->case_id) : NULL;
        if (old) {
            memcpy(a->note, old->note, sizeof a->note);
            memcpy(a->expires, old->expires, sizeof a->expires);
        }
    }
}

void tb_baseline_free(struct tb_baseline *b) {
    free(b->accepted);
    *b = (struct tb_baseline){0};
}

/* ---- The members of an entry, as data for the reader and the writer. ---- */

enum kind { TEXT, COUNT, FLAG, STATUS, DATE, STRETCHES };

/* clang-format off */
#define AT(FIELD) offsetof(struct tb_accepted, FIELD), sizeof(((struct tb_accepted *)0)->FIELD)
static const struct member {
    const char *name;
    enum kind kind;
    size_t offset, size;
    bool optional; /* left out when empty or zero */
} members[] = {
    /* name             kind       place                optional */
    {"target",          TEXT,      AT(target),          false},
    {"case",            TEXT,      AT(case_id),         false},
    {"status",          STATUS,    AT(status),          false},
    {"exhaustive",      FLAG,      AT(exhaustive),      false},
    {"inputs",          COUNT,     AT(inputs),          false},
    {"diverging",       COUNT,     AT(diverging),       false},
    {"value_diverging", COUNT,     AT(value_diverging), true },
    {"explanation",     TEXT,      AT(explanation),     true },
    {"unexplained",     COUNT,     AT(unexplained),     true },
    {"note",            TEXT,      AT(note),            true },
    {"expires",         DATE,      AT(expires),         true },
    {"digest",          TEXT,      AT(digest),          true },
    {"stretch_total",   COUNT,     AT(stretch_total),   true },
    {"stretches",       STRETCHES, AT(stretches),       true },
};
/* clang-format on */
enum { MEMBERS = sizeof members / sizeof members[0] };

static void *place_of(const struct member *m, struct tb_accepted *a) {
    return (char *)a + m->offset;
}

/* ---- Writing. ---- */

static json_t *pattern_json(uint64_t pattern) {
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, pattern);
    return json_string(text);
}

static json_t *stretches_json(const struct tb_accepted *a) {
    json_t *list = json_array();
    for (size_t i = 0; i < a->stretch_count; i++) {
        const struct tb_stretch *s = &a->stretches[i];
        const uint64_t patterns[] = {s->first, s->last, s->expected, s->got};
        json_t *one = json_array();
        for (int k = 0; k < 4; k++)
            json_array_append_new(one, pattern_json(patterns[k]));
        json_array_append_new(list, one);
    }
    return list;
}

/* NULL: left out. */
static json_t *member_json(const struct member *m, struct tb_accepted *a) {
    const void *at = place_of(m, a);
    switch (m->kind) {
    case TEXT:
    case DATE:
        return m->optional && !*(const char *)at ? NULL : json_string(at);
    case COUNT:
        return m->optional && !*(const uint64_t *)at ? NULL
                                                     : json_integer((json_int_t) * (const uint64_t *)at);
    case FLAG:
        return json_boolean(*(const int *)at);
    case STATUS:
        return json_string(tb_status_names[*(const enum tb_status *)at]);
    case STRETCHES:
        return a->stretch_count ? stretches_json(a) : NULL;
    }
    return NULL;
}

static bool write_entry(FILE *out, struct tb_accepted *a) {
    json_t *json = json_object();
    for (int i = 0; i < MEMBERS; i++) {
        json_t *value = member_json(&members[i], a);
        if (value)
            json_object_set_new(json, members[i].name, value);
    }
    bool ok = json_dumpf(json, out, JSON_PRESERVE_ORDER) == 0;
    json_decref(json);
    return ok;
}

static void write_expected(FILE *out, const char *expected) {
    json_t *json = json_string(expected);
    fputs("\"expected\": ", out);
    json_dumpf(json, out, JSON_ENCODE_ANY);
    fputs(",\n", out);
    json_decref(json);
}

bool tb_baseline_write(const char *path, const struct tb_baseline *b, struct tb_error *error) {
    struct tb_atomic file = {0};
    FILE *out = tb_atomic_open(&file, path, error);
    if (!out)
        return false;
    fprintf(out, "{\"schema\": \"" TB_BASELINE_SCHEMA "\",\n\"suite\": \"%s\",\n\"nan_level\": \"%s\",\n",
            b->suite, b->nan_level);
    if (strcmp(b->expected, EXACT) != 0)
        write_expected(out, b->expected);
    fputs("\"accepted\": [", out);
    for (size_t i = 0; i < b->count; i++) {
        fputs(i ? ",\n" : "\n", out);
        if (!write_entry(out, &b->accepted[i]))
            break; /* the stream's own error comes out at commit */
    }
    fputs("]}\n", out);
    return tb_atomic_commit(&file, error);
}

/* ---- Reading. ---- */

struct reader {
    const char *path;
    size_t entry;
    struct tb_error *error;
};

static bool refuse(const struct reader *r, const char *member, const char *wanted) {
    return tb_fail(r->error, TB_EXIT_USAGE, "%s: accepted[%zu].%.64s must be %s", r->path, r->entry, member,
                   wanted);
}

static bool read_text(const struct reader *r, const struct member *m, const json_t *json, char *out) {
    char wanted[48];
    snprintf(wanted, sizeof wanted, "a string of at most %zu bytes", m->size - 1);
    if (!json_is_string(json) || json_string_length(json) >= m->size ||
        strlen(json_string_value(json)) != json_string_length(json))
        return refuse(r, m->name, wanted);
    for (const char *c = json_string_value(json); *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return refuse(r, m->name, "text without control characters");
    strcpy(out, json_string_value(json));
    return true;
}

static bool is_date(const char *text) {
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
        sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3)
        return false;
    char again[40];
    snprintf(again, sizeof again, "%04u-%02u-%02u", year, month, day);
    return strcmp(text, again) == 0 && month >= 1 && month <= 12 && day >= 1 && (int)day <= days[month - 1];
}

static bool read_pattern(const json_t *json, uint64_t *out) {
    const char *text = json_string_value(json);
    if (!text || strncmp(text, "0x", 2) != 0 || !text[2] || strlen(text) > 18 ||
        strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2))
        return false;
    *out = strtoull(text, NULL, 16);
    return true;
}

static bool read_stretches(const struct reader *r, const struct member *m, const json_t *json,
                           struct tb_accepted *a) {
    if (!json_is_array(json) || json_array_size(json) > TB_BASELINE_STRETCHES)
        return refuse(r, m->name, "a list of at most 8 stretches");
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *one = json_array_get(json, i);
        struct tb_stretch *s = &a->stretches[i];
        uint64_t *const patterns[] = {&s->first, &s->last, &s->expected, &s->got};
        if (json_array_size(one) != 4)
            return refuse(r, m->name, "lists of four patterns: first, last, expected, got");
        for (size_t k = 0; k < 4; k++)
            if (!read_pattern(json_array_get(one, k), patterns[k]))
                return refuse(r, m->name, "lists of patterns such as \"0x3f80\"");
        if (s->last < s->first || (i && s->first <= a->stretches[i - 1].last))
            return refuse(r, m->name, "in ascending order");
    }
    a->stretch_count = json_array_size(json);
    return true;
}

static bool read_status(const struct reader *r, const json_t *json, enum tb_status *out) {
    for (int i = 0; json_is_string(json) && i < TB_STATUSES; i++)
        if (strcmp(tb_status_names[i], json_string_value(json)) == 0) {
            *out = (enum tb_status)i;
            return true;
        }
    return refuse(r, "status", "same, as-claimed, diverges, skipped or crashed");
}

static bool read_member(const struct reader *r, const struct member *m, const json_t *json,
                        struct tb_accepted *a) {
    void *at = place_of(m, a);
    switch (m->kind) {
    case TEXT:
        return read_text(r, m, json, at);
    case DATE:
        return read_text(r, m, json, at) &&
               (is_date(at) || refuse(r, m->name, "a date, such as \"2027-01-31\""));
    case COUNT:
        if (!json_is_integer(json) || json_integer_value(json) < 0)
            return refuse(r, m->name, "a count");
        *(uint64_t *)at = (uint64_t)json_integer_value(json);
        return true;
    case FLAG:
        if (!json_is_boolean(json))
            return refuse(r, m->name, "true or false");
        *(int *)at = json_is_true(json);
        return true;
    case STATUS:
        return read_status(r, json, at);
    case STRETCHES:
        return read_stretches(r, m, json, a);
    }
    return false;
}

static const struct member *find_member(const char *name) {
    for (int i = 0; i < MEMBERS; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static bool read_entry(const struct reader *r, json_t *json, struct tb_accepted *a) {
    const char *name;
    json_t *value;
    char quoted[TB_QUOTED];
    if (!json_is_object(json))
        return tb_fail(r->error, TB_EXIT_USAGE, "%s: accepted[%zu] must be an object", r->path, r->entry);
    json_object_foreach(json, name, value) {
        const struct member *m = find_member(name);
        if (!m)
            return tb_fail(r->error, TB_EXIT_USAGE, "%s: accepted[%zu] has a member %s, which is not known",
                           r->path, r->entry, tb_quote(name, quoted));
        if (!read_member(r, m, value, a))
            return false;
    }
    for (int i = 0; i < MEMBERS; i++)
        if (!members[i].optional && !json_object_get(json, members[i].name))
            return tb_fail(r->error, TB_EXIT_USAGE, "%s: accepted[%zu].%s is missing", r->path, r->entry,
                           members[i].name);
    return true;
}

static bool read_word(const struct reader *r, json_t *json, const char *name, const struct tb_word *words,
                      int count, char *out, size_t size) {
    const char *value = json_string_value(json_object_get(json, name));
    if (!value || tb_word_find(words, count, value) < 0)
        return tb_fail(r->error, TB_EXIT_USAGE, "%s: %s must be one of tiebreak's", r->path, name);
    snprintf(out, size, "%s", value);
    return true;
}

static bool read_expected(const struct reader *r, json_t *json, struct tb_baseline *out) {
    json_t *value = json_object_get(json, "expected");
    if (value && (!json_is_string(value) || json_string_length(value) >= sizeof out->expected))
        return tb_fail(r->error, TB_EXIT_USAGE,
                       "%s: expected must be what --like said, a string of at most %zu bytes", r->path,
                       sizeof out->expected - 1);
    snprintf(out->expected, sizeof out->expected, "%s", value ? json_string_value(value) : EXACT);
    return true;
}

static bool read_head(const struct reader *r, json_t *json, struct tb_baseline *out) {
    static const char *const known[] = {"schema", "suite", "nan_level", "expected", "accepted"};
    const char *schema = json_string_value(json_object_get(json, "schema")), *name;
    json_t *value;
    char quoted[TB_QUOTED];
    if (!schema || strcmp(schema, TB_BASELINE_SCHEMA) != 0)
        return tb_fail(r->error, TB_EXIT_USAGE,
                       "%s: has the schema %s, expected '" TB_BASELINE_SCHEMA
                       "': write it with `tiebreak gate RESULTS --baseline FILE --update`",
                       r->path, tb_quote(schema ? schema : "", quoted));
    json_object_foreach(json, name, value) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found |= strcmp(known[i], name) == 0;
        if (!found)
            return tb_fail(r->error, TB_EXIT_USAGE, "%s: has a member %s, which is not known", r->path,
                           tb_quote(name, quoted));
    }
    return read_word(r, json, "suite", tb_suite_words, TB_SUITES, out->suite, sizeof out->suite) &&
           read_word(r, json, "nan_level", tb_nan_level_words, TB_NAN_LEVELS, out->nan_level,
                     sizeof out->nan_level) &&
           read_expected(r, json, out);
}

static bool read_entries(struct reader *r, const json_t *list, struct tb_baseline *out) {
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > ENTRIES_MOST)
        return tb_fail(r->error, TB_EXIT_USAGE, "%s: accepted must be a list of at most %d entries", r->path,
                       ENTRIES_MOST);
    out->accepted = calloc(count + 1, sizeof *out->accepted);
    if (!out->accepted)
        return tb_fail_memory(r->error, r->path);
    for (r->entry = 0; r->entry < count; r->entry++) {
        struct tb_accepted *a = &out->accepted[r->entry];
        if (!read_entry(r, json_array_get(list, r->entry), a))
            return false;
        if (tb_baseline_find(out, a->target, a->case_id))
            return tb_fail(r->error, TB_EXIT_USAGE, "%s: accepted[%zu] repeats %s on %s: leave one out",
                           r->path, r->entry, a->case_id, a->target);
        out->count++;
    }
    return true;
}

bool tb_baseline_read(const char *path, struct tb_baseline *out, struct tb_error *error) {
    struct reader r = {.path = path, .error = error};
    json_error_t wrong;
    char *bytes;
    size_t size;
    *out = (struct tb_baseline){0};
    if (!tb_file_read(path, BYTES_MOST, &bytes, &size, error))
        return false;
    json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &wrong);
    free(bytes);
    if (!json)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "%s:%d:%d is not JSON: %.120s: restore it, or move it away and accept anew with --update", path,
            wrong.line, wrong.column, wrong.text);
    bool ok = read_head(&r, json, out) && read_entries(&r, json_object_get(json, "accepted"), out);
    json_decref(json);
    if (!ok)
        tb_baseline_free(out);
    return ok;
}
