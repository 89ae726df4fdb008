/* Reads results.json. The file is not trusted: everything is checked against the shape, and the first thing
 * wrong is named with its place, "verdicts[3].classes[0].inputs". */
#include "reports/results_shape.h"
#include "vectors/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE_BYTES 160     /* of a shape's path: four names and three indices */
#define VALUES_MOST 8000000 /* commas, brackets and braces in a file */

struct reader {
    const char *file;
    char place[PLACE_BYTES];
    struct tb_error *error;
};

static bool read_object(struct reader *r, const struct tb_shape *shape, json_t *json, void *into);

static bool refuse(struct reader *r, const char *what) {
    return tb_fail(r->error, TB_EXIT_USAGE, "%.400s: %s %s", r->file, *r->place ? r->place : "the file",
                   what);
}

static bool refuse_kind(struct reader *r, const char *due, const json_t *json) {
    static const char *const kinds[] = {
        [JSON_OBJECT] = "an object",   [JSON_ARRAY] = "a list",    [JSON_STRING] = "a string",
        [JSON_INTEGER] = "an integer", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",        [JSON_NULL] = "null",
    };
    char what[120];
    snprintf(what, sizeof what, "must be %s, not %s", due, kinds[json_typeof(json)]);
    return refuse(r, what);
}

/* Adds a name or an index to the place; returns the old length, to cut back to. */
static size_t enter(struct reader *r, const char *name) {
    size_t length = strlen(r->place);
    snprintf(r->place + length, sizeof r->place - length, "%s%.40s", length ? "." : "", name);
    return length;
}

static size_t enter_index(struct reader *r, size_t index) {
    size_t length = strlen(r->place);
    snprintf(r->place + length, sizeof r->place - length, "[%zu]", index);
    return length;
}

static bool read_string(struct reader *r, const struct tb_member *m, json_t *json, void *into) {
    if (!json_is_string(json))
        return refuse_kind(r, "a string", json);
    size_t length = json_string_length(json);
    if (m->kind == TB_M_TEXT) {
        if (length > 65535)
            return refuse(r, "is a string of more than 65535 bytes");
        char *copy = strdup(json_string_value(json));
        *(char **)into = copy;
        return copy || tb_fail(r->error, TB_EXIT_SYSTEM, "%.400s: out of memory", r->file);
    }
    if (length >= m->size) {
        char what[80];
        snprintf(what, sizeof what, "is a string of %zu bytes; at most %zu fit", length, m->size - 1);
        return refuse(r, what);
    }
    memcpy(into, json_string_value(json), length + 1);
    return true;
}

static bool read_count(struct reader *r, json_t *json, uint64_t most, uint64_t *out) {
    if (!json_is_integer(json))
        return refuse_kind(r, "a count", json);
    json_int_t value = json_integer_value(json);
    if (value < 0)
        return refuse(r, "is a negative count");
    if ((uint64_t)value > most) {
        char what[80];
        snprintf(what, sizeof what, "is %" JSON_INTEGER_FORMAT "; at most %llu can be", value,
                 (unsigned long long)most);
        return refuse(r, what);
    }
    *out = (uint64_t)value;
    return true;
}

static bool read_pattern(struct reader *r, json_t *json, uint64_t *out) {
    if (!json_is_string(json))
        return refuse_kind(r, "a hex string", json);
    const char *text = json_string_value(json);
    const char *number = !strncmp(text, "0x", 2) ? text + 2 : "";
    size_t digits = strspn(number, "0123456789abcdefABCDEF");
    if (!digits || digits > 16 || number[digits])
        return refuse(r, "must be a hex string such as \"0x3f80\", of at most 16 digits");
    *out = strtoull(number, NULL, 16);
    return true;
}

static bool read_word(struct reader *r, const struct tb_member *m, json_t *json, int *out) {
    if (!json_is_string(json))
        return refuse_kind(r, "a word", json);
    for (size_t i = 0; i < m->size; i++)
        if (!strcmp(m->words[i], json_string_value(json))) {
            *out = (int)i;
            return true;
        }
    char what[400];
    int used = snprintf(what, sizeof what, "is '%.40s'; it must be one of", json_string_value(json));
    for (size_t i = 0; i < m->size; i++)
        used += snprintf(what + used, sizeof what - (size_t)used, " %s", m->words[i]);
    return refuse(r, what);
}

static bool read_counts(struct reader *r, const struct tb_member *m, json_t *json, uint64_t *out) {
    if (!json_is_array(json))
        return refuse_kind(r, "a list", json);
    if (json_array_size(json) != m->size) {
        char what[80];
        snprintf(what, sizeof what, "must hold %zu counts, not %zu", m->size, json_array_size(json));
        return refuse(r, what);
    }
    for (size_t i = 0; i < m->size; i++) {
        size_t back = enter_index(r, i);
        if (!read_count(r, json_array_get(json, i), TB_NUMBER_MAX, &out[i]))
            return false;
        r->place[back] = 0;
    }
    return true;
}

/* The length is raised with each element that was begun, so that what was allocated is freed when a later one
 * is refused. */
static bool read_list(struct reader *r, const struct tb_member *m, json_t *json, char *base) {
    if (!json_is_array(json))
        return refuse_kind(r, "a list", json);
    size_t count = json_array_size(json);
    if (count > m->size) {
        char what[80];
        snprintf(what, sizeof what, "holds %zu elements; at most %zu can be", count, m->size);
        return refuse(r, what);
    }
    char *elements = base + m->at;
    if (m->kind == TB_M_LIST) {
        elements = calloc(count ? count : 1, m->element->bytes);
        if (!elements)
            return tb_fail(r->error, TB_EXIT_SYSTEM, "%.400s: out of memory", r->file);
        memcpy(base + m->at, &elements, sizeof elements);
    }
    size_t *length = (size_t *)(void *)(base + m->count_at);
    for (size_t i = 0; i < count; i++) {
        size_t back = enter_index(r, i);
        *length = i + 1;
        if (!read_object(r, m->element, json_array_get(json, i), elements + i * m->element->bytes))
            return false;
        r->place[back] = 0;
    }
    return true;
}

static bool read_member(struct reader *r, const struct tb_member *m, json_t *json, char *base) {
    void *into = base + m->at;
    uint64_t number;
    switch (m->kind) {
    case TB_M_STRING:
    case TB_M_TEXT:
        return read_string(r, m, json, into);
    case TB_M_COUNT:
        return read_count(r, json, TB_NUMBER_MAX, into);
    case TB_M_SIGNED:
        if (!json_is_integer(json))
            return refuse_kind(r, "an integer", json);
        *(int64_t *)into = json_integer_value(json);
        return true;
    case TB_M_INT:
        if (!read_count(r, json, m->size, &number))
            return false;
        *(int *)into = (int)number;
        return true;
    case TB_M_FLAG:
        if (!json_is_boolean(json))
            return refuse_kind(r, "true or false", json);
        *(int *)into = json_is_true(json);
        return true;
    case TB_M_REAL:
        if (!json_is_number(json))
            return refuse_kind(r, "a number", json);
        *(double *)into = json_number_value(json);
        return *(double *)into >= 0 || refuse(r, "is negative");
    case TB_M_PATTERN:
        return read_pattern(r, json, into);
    case TB_M_WORD:
        return read_word(r, m, json, into);
    case TB_M_COUNTS:
        return read_counts(r, m, json, into);
    case TB_M_INLINE:
    case TB_M_LIST:
        return read_list(r, m, json, base);
    }
    return false;
}

static bool known(const struct tb_shape *shape, const char *name) {
    for (size_t i = 0; i < shape->member_count; i++)
        if (!strcmp(shape->members[i].name, name))
            return true;
    return shape == &tb_results_shape && (!strcmp(name, "schema") || !strcmp(name, "timing"));
}

static bool read_bare(struct reader *r, const struct tb_shape *shape, json_t *json, void *into) {
    if (!json_is_array(json))
        return refuse_kind(r, "a list", json);
    if (json_array_size(json) != shape->member_count) {
        char what[80];
        snprintf(what, sizeof what, "must hold %zu values, not %zu", shape->member_count,
                 json_array_size(json));
        return refuse(r, what);
    }
    for (size_t i = 0; i < shape->member_count; i++) {
        size_t back = enter_index(r, i);
        if (!read_member(r, &shape->members[i], json_array_get(json, i), into))
            return false;
        r->place[back] = 0;
    }
    return true;
}

static bool read_object(struct reader *r, const struct tb_shape *shape, json_t *json, void *into) {
    if (shape->bare)
        return read_bare(r, shape, json, into);
    if (!json_is_object(json))
        return refuse_kind(r, "an object", json);
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value) if (!known(shape, name)) {
        enter(r, name);
        return refuse(r, "is not a member that this version knows");
    }
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct tb_member *m = &shape->members[i];
        json_t *member = json_object_get(json, m->name);
        if (!member && m->optional)
            continue;
        size_t back = enter(r, m->name);
        if (!member)
            return refuse(r, "is missing");
        if (!read_member(r, m, member, into))
            return false;
        r->place[back] = 0;
    }
    return true;
}

static bool read_schema(struct reader *r, json_t *json) {
    if (!json_is_object(json))
        return refuse_kind(r, "an object", json);
    json_t *schema = json_object_get(json, "schema");
    enter(r, "schema");
    if (!schema)
        return refuse(r, "is missing: this is not a results.json of tiebreak");
    if (!json_is_string(schema))
        return refuse_kind(r, "a string", schema);
    if (strcmp(json_string_value(schema), TB_RESULTS_SCHEMA)) {
        char what[160];
        snprintf(what, sizeof what, "is '%.60s'; this version reads '%s' only", json_string_value(schema),
                 TB_RESULTS_SCHEMA);
        return refuse(r, what);
    }
    r->place[0] = 0;
    return true;
}

/* "timing": {"seconds": [one number a verdict]}. */
static bool read_timing(struct reader *r, json_t *timing, struct tb_results *out) {
    if (!timing)
        return true;
    json_t *seconds = json_object_get(timing, "seconds");
    enter(r, "timing");
    if (!json_is_object(timing))
        return refuse_kind(r, "an object", timing);
    if (json_object_size(timing) != 1 || !json_is_array(seconds) ||
        json_array_size(seconds) != out->verdict_count)
        return refuse(r, "must be {\"seconds\": [...]} with one number for each verdict");
    enter(r, "seconds");
    for (size_t i = 0; i < out->verdict_count; i++) {
        size_t back = enter_index(r, i);
        json_t *number = json_array_get(seconds, i);
        if (!json_is_number(number))
            return refuse_kind(r, "a number", number);
        out->verdicts[i].seconds = json_number_value(number);
        if (out->verdicts[i].seconds < 0)
            return refuse(r, "is negative");
        r->place[back] = 0;
    }
    r->place[0] = 0;
    return true;
}

/* What the shape cannot say: counts that contradict each other. */
static bool check_verdict(struct reader *r, const struct tb_verdict *v) {
    static const char hex[] = "0123456789abcdef";
    bool seen[TB_DIVERGENCES] = {false};
    uint64_t positions = 0; /* counted for the arrays in which they were found, beside the sweep's inputs */
    for (size_t i = 0; i < v->class_count; i++)
        if (v->classes[i].class == TB_DIV_POSITION)
            positions = v->classes[i].inputs;
    if (v->diverging > v->inputs && v->diverging - v->inputs > positions)
        return refuse(r, "has more diverging inputs than inputs");
    if (v->value_diverging > v->diverging)
        return refuse(r, "has a value_diverging larger than its diverging");
    if (v->stretch_total < v->stretch_count)
        return refuse(r, "has a stretch_total below the number of its stretches");
    if (*v->digest && (strlen(v->digest) != 64 || strspn(v->digest, hex) != 64))
        return refuse(r, "has a digest that is not 64 lower-case hex digits");
    for (size_t i = 0; i < v->class_count; i++) {
        if (seen[v->classes[i].class])
            return refuse(r, "has the same class twice");
        seen[v->classes[i].class] = true;
    }
    for (size_t i = 0; i < v->stretch_count; i++)
        if (v->stretches[i].first > v->stretches[i].last)
            return refuse(r, "has a stretch whose last input comes before its first");
    return true;
}

static int by_identity(const void *a, const void *b) {
    const struct tb_verdict *x = *(const struct tb_verdict *const *)a,
                            *y = *(const struct tb_verdict *const *)b;
    int order = strcmp(x->case_id, y->case_id);
    if (!order)
        order = strcmp(x->target, y->target);
    return order ? order : (x > y) - (x < y);
}

static bool check_repeats(struct reader *r, const struct tb_results *out) {
    const struct tb_verdict **order = calloc(out->verdict_count + 1, sizeof *order);
    if (!order)
        return tb_fail(r->error, TB_EXIT_SYSTEM, "%.400s: out of memory", r->file);
    for (size_t i = 0; i < out->verdict_count; i++)
        order[i] = &out->verdicts[i];
    qsort(order, out->verdict_count, sizeof *order, by_identity);
    bool good = true;
    for (size_t i = 1; good && i < out->verdict_count; i++)
        if (!strcmp(order[i]->case_id, order[i - 1]->case_id) &&
            !strcmp(order[i]->target, order[i - 1]->target)) {
            char what[80];
            enter(r, "verdicts");
            enter_index(r, (size_t)(order[i] - out->verdicts));
            snprintf(what, sizeof what, "repeats the case and target of verdicts[%zu]",
                     (size_t)(order[i - 1] - out->verdicts));
            good = refuse(r, what);
        }
    free(order);
    return good;
}

static bool read_document(struct reader *r, json_t *json, struct tb_results *out) {
    if (!read_schema(r, json) || !read_object(r, &tb_results_shape, json, out) ||
        !read_timing(r, json_object_get(json, "timing"), out))
        return false;
    if (!json_object_get(json, "changes")) /* a baseline's name alone: what it said is not known */
        out->baseline[0] = 0;
    for (size_t i = 0; i < out->verdict_count; i++) {
        enter(r, "verdicts");
        enter_index(r, i);
        if (!check_verdict(r, &out->verdicts[i]))
            return false;
        r->place[0] = 0;
    }
    return check_repeats(r, out);
}

/* The whole file in memory, so that its size is limited whatever kind of file it is. */
static char *slurp(const char *path, size_t *size, struct tb_error *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) || S_ISDIR(about.st_mode)) {
        tb_fail_reading(error, path, file < 0 ? errno : EISDIR);
        if (file >= 0)
            close(file);
        return NULL;
    }
    size_t capacity =
        about.st_size > 0 && about.st_size < TB_RESULTS_BYTES ? (size_t)about.st_size + 1 : 1 << 16;
    char *text = NULL;
    *size = 0;
    for (bool more = true; more;) {
        if (!text || *size == capacity) {
            capacity = text ? capacity * 2 : capacity;
            char *grown = realloc(text, capacity);
            if (!grown) {
                tb_fail(error, TB_EXIT_SYSTEM, "'%.400s': out of memory", path);
                break;
            }
            text = grown;
        }
        ssize_t got = read(file, text + *size, capacity - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0) {
            close(file);
            return text;
        }
        if (got < 0)
            more = tb_fail_reading(error, path, errno);
        else if ((*size += (size_t)got) > TB_RESULTS_BYTES)
            more =
                tb_fail(error, TB_EXIT_USAGE,
                        "'%.400s' is larger than %u MB; no results.json is: check that it is the right file",
                        path, TB_RESULTS_BYTES >> 20);
    }
    free(text);
    close(file);
    return NULL;
}

/* jansson spends up to 300 bytes on each two characters of "[{},{},...": a small file could ask for
 * gigabytes. */
static bool too_many_values(const char *text, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return count > VALUES_MOST;
}

bool tb_results_read(const char *path, struct tb_results *out, struct tb_error *error) {
    memset(out, 0, sizeof *out);
    size_t size;
    char *text = slurp(path, &size, error);
    if (!text)
        return false;
    if (too_many_values(text, size)) {
        free(text);
        return tb_fail(
            error, TB_EXIT_USAGE,
            "'%.400s' holds more than %d values; no results.json does: check that it is the right file", path,
            VALUES_MOST);
    }
    json_error_t wrong;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &wrong);
    free(text);
    if (!json)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%.400s:%d:%d is not JSON: %.120s: check that it is a results.json, and whole", path,
                       wrong.line, wrong.column, wrong.text);
    struct reader reader = {.file = path, .error = error};
    bool good = read_document(&reader, json, out);
    json_decref(json);
    if (!good)
        tb_results_free(out);
    return good;
}
