/* Writes results.json: a verdict a line, so that files can be compared and searched line by line. */
#include "reports/results_shape.h"
#include "reports/text.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    struct tb_digits digits; /* of the verdict at hand */
    size_t stretches;        /* of a verdict at most */
};

static json_t *write_object(const struct writer *w, const struct tb_shape *shape, const char *from);

static json_t *count_json(uint64_t count) {
    return json_integer(count > TB_NUMBER_MAX ? TB_NUMBER_MAX : (json_int_t)count);
}

/* A string of a fixed array may have been cut inside a character: cleaned, as everything else that a target
 * said. */
static json_t *string_json(const char *text) {
    size_t size = 3 * strlen(text) + 1;
    char *clean = malloc(size);
    if (!clean)
        return NULL;
    tb_text_clean(text, clean, size);
    json_t *json = json_string(clean);
    free(clean);
    return json;
}

/* A fixed field: the replacement of a broken byte is longer than the byte, so the text is cut to what the
 * reader takes. */
static json_t *field_json(const char *text, size_t size) {
    char clean[1024];
    tb_text_clean(text, clean, size < sizeof clean ? size : sizeof clean);
    return json_string(clean);
}

static json_t *pattern_json(const struct writer *w, const struct tb_member *m, uint64_t pattern) {
    char text[TB_NUMBER];
    bool output = !strcmp(m->name, "expected") || !strcmp(m->name, "got");
    return json_string(tb_hex(pattern, output ? w->digits.destination : w->digits.source, text));
}

static json_t *list_json(const struct writer *w, const struct tb_member *m, const char *from) {
    size_t count = *(const size_t *)(const void *)(from + m->count_at);
    const char *elements = from + m->at;
    if (m->kind == TB_M_LIST)
        memcpy(&elements, from + m->at, sizeof elements);
    if (count > m->size)
        count = m->size;
    if (m->size == TB_RUNS_KEPT && count > w->stretches)
        count = w->stretches;
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(list, write_object(w, m->element, elements + i * m->element->bytes))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *counts_json(const uint64_t *counts, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, count_json(counts[i]));
    return list;
}

static json_t *member_json(const struct writer *w, const struct tb_member *m, const char *from) {
    const void *at = from + m->at;
    double real;
    switch (m->kind) {
    case TB_M_STRING:
        return field_json(at, m->size);
    case TB_M_TEXT:
        return string_json(*(char *const *)at ? *(char *const *)at : "");
    case TB_M_COUNT:
        return count_json(*(const uint64_t *)at);
    case TB_M_SIGNED:
        return json_integer(*(const int64_t *)at);
    case TB_M_INT:
        return json_integer(*(const int *)at);
    case TB_M_FLAG:
        return json_boolean(*(const int *)at);
    case TB_M_REAL: /* JSON has no infinity: what is beyond measure is the largest number, never a lost run */
        real = *(const double *)at;
        return json_real(isfinite(real) ? fabs(real) : DBL_MAX);
    case TB_M_PATTERN:
        return pattern_json(w, m, *(const uint64_t *)at);
    case TB_M_WORD:
        return json_string(m->words[*(const unsigned *)at % m->size]);
    case TB_M_COUNTS:
        return counts_json(at, m->size);
    case TB_M_INLINE:
    case TB_M_LIST:
        return list_json(w, m, from);
    }
    return NULL;
}

static bool is_empty(const struct tb_member *m, const char *from) {
    const uint64_t *counts = (const uint64_t *)(const void *)(from + m->at);
    size_t length = m->kind == TB_M_COUNTS ? m->size : 1;
    if (m->kind == TB_M_LIST)
        return !*(const size_t *)(const void *)(from + m->count_at);
    for (size_t i = 0; i < length; i++)
        if (counts[i])
            return false;
    return true;
}

static json_t *write_object(const struct writer *w, const struct tb_shape *shape, const char *from) {
    json_t *json = shape->bare ? json_array() : json_object();
    for (size_t i = 0; json && i < shape->member_count; i++) {
        const struct tb_member *m = &shape->members[i];
        if (m->optional && is_empty(m, from))
            continue;
        json_t *value = member_json(w, m, from);
        if (shape->bare ? json_array_append_new(json, value) : json_object_set_new(json, m->name, value)) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static bool dump(FILE *out, json_t *json) {
    bool good = json && !json_dumpf(json, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    json_decref(json);
    return good;
}

/* The most stretches that each verdict may keep, so that the file stays below TB_RUNS_WRITTEN of them
 * altogether. */
static size_t stretches_each(const struct tb_results *r) {
    size_t each = TB_RUNS_KEPT;
    for (; each; each /= 2) {
        uint64_t total = 0;
        for (size_t i = 0; i < r->verdict_count; i++)
            total += r->verdicts[i].stretch_count < each ? r->verdicts[i].stretch_count : each;
        if (total <= TB_RUNS_WRITTEN)
            break;
    }
    return each;
}

static bool write_timing(FILE *out, const struct tb_results *r) {
    bool any = false;
    for (size_t i = 0; i < r->verdict_count; i++)
        any |= r->verdicts[i].seconds > 0;
    if (!any)
        return true;
    fputs(",\n\"timing\": {\"seconds\": [", out);
    for (size_t i = 0; i < r->verdict_count; i++) {
        double seconds = r->verdicts[i].seconds;
        fputs(i ? ", " : "", out);
        if (!dump(out, json_real(isfinite(seconds) && seconds > 0 ? seconds : 0)))
            return false;
    }
    fputs("]}", out);
    return true;
}

static bool render(FILE *out, const struct tb_results *r) {
    struct writer w = {
        .digits = {1, 1},
          .stretches = stretches_each(r)
    };
    fputs("{\"schema\": \"" TB_RESULTS_SCHEMA "\"", out);
    for (size_t i = 0; i < tb_results_shape.member_count; i++) {
        const struct tb_member *m = &tb_results_shape.members[i];
        if (m->optional && is_empty(m, (const char *)r) &&
            !*r->baseline) /* compared: an empty list says so */
            continue;
        fprintf(out, ",\n\"%s\": ", m->name);
        if (m->element != &tb_verdict_shape) {
            if (!dump(out, member_json(&w, m, (const char *)r)))
                return false;
            continue;
        }
        putc('[', out);
        for (size_t j = 0; j < r->verdict_count; j++) {
            w.digits = tb_case_digits(r->verdicts[j].case_id);
            fputs(j ? ",\n" : "\n", out);
            if (!dump(out, write_object(&w, &tb_verdict_shape, (const char *)&r->verdicts[j])))
                return false;
        }
        putc(']', out);
    }
    return write_timing(out, r) && fputs("}\n", out) != EOF;
}

bool tb_results_write(const char *path, const struct tb_results *r, struct tb_error *error) {
    return tb_report_write(path, r, render, error);
}
