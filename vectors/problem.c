#include "vectors/problem.h"

#include "vectors/affine_case.h"
#include "vectors/problem_kinds.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct tb_problem_kind *const tb_problem_kinds[] = {
    &tb_problem_quantize, &tb_problem_gemm,        &tb_problem_pack, &tb_problem_unpack, &tb_problem_qparams,
    &tb_problem_llmint8,  &tb_problem_smoothquant, &tb_problem_mma,  &tb_problem_dot,    NULL,
};

/* ---- Layouts. ---- */

static uint32_t round_up(uint32_t bytes, uint32_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

static const struct tb_field *last_field(const struct tb_layout *l) {
    return l->count ? &l->fields[l->count - 1] : NULL;
}

static uint32_t end_of(const struct tb_field *f) {
    return f ? f->offset + f->rows * f->columns * tb_format_bytes(f->format) : 0;
}

void tb_layout_add(struct tb_layout *l, const char *name, const char *format, uint32_t rows,
                   uint32_t columns) {
    const struct tb_format *element = tb_format_find(format, NULL);
    if (l->count == TB_FIELDS || !element || !rows || !columns)
        abort();
    struct tb_field f = {.format = element, .rows = rows, .columns = columns};
    f.offset = round_up(end_of(last_field(l)), tb_format_bytes(element));
    snprintf(f.name, sizeof f.name, "%s", name);
    l->fields[l->count++] = f;
    l->bytes = round_up(end_of(&f), 8);
}

uint64_t tb_layout_elements(const struct tb_layout *l) {
    uint64_t count = 0;
    for (size_t i = 0; i < l->count; i++)
        count += (uint64_t)l->fields[i].rows * l->fields[i].columns;
    return count;
}

const struct tb_field *tb_layout_find(const struct tb_layout *l, uint64_t index, uint32_t *place) {
    for (size_t i = 0; i < l->count; i++) {
        uint64_t here = (uint64_t)l->fields[i].rows * l->fields[i].columns;
        *place = (uint32_t)index;
        if (index < here)
            return &l->fields[i];
        index -= here;
    }
    abort();
}

const struct tb_field *tb_layout_named(const struct tb_layout *l, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->fields[i].name, name) == 0)
            return &l->fields[i];
    return NULL;
}

void tb_layout_print(const struct tb_layout *l, char *text, size_t size) {
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < l->count && used < size; i++) {
        const struct tb_field *f = &l->fields[i];
        const char *space = i ? " " : "", *name = f->format->name;
        int wrote = f->rows > 1
                        ? snprintf(text + used, size - used, "%s%s[%ux%u]", space, name, f->rows, f->columns)
                    : f->columns > 1 ? snprintf(text + used, size - used, "%s%s[%u]", space, name, f->columns)
                                     : snprintf(text + used, size - used, "%s%s", space, name);
        used += (size_t)wrote;
    }
}

void tb_layout_clear_gaps(const struct tb_layout *l, void *records, size_t count) {
    for (size_t i = 0; i < l->count; i++) {
        const struct tb_field *f = &l->fields[i];
        uint32_t end = f->offset + f->rows * f->columns * tb_format_bytes(f->format);
        uint32_t next = i + 1 < l->count ? l->fields[i + 1].offset : l->bytes;
        for (size_t record = 0; next > end && record < count; record++)
            memset((unsigned char *)records + record * l->bytes + end, 0, next - end);
    }
}

uint64_t tb_field_get(const struct tb_field *f, const void *record, uint32_t place) {
    const unsigned bytes = tb_format_bytes(f->format);
    const unsigned char *at = (const unsigned char *)record + f->offset + (size_t)place * bytes;
    uint64_t pattern = 0;
    for (unsigned i = 0; i < bytes; i++)
        pattern |= (uint64_t)at[i] << (8 * i);
    return pattern;
}

void tb_field_set(const struct tb_field *f, void *record, uint32_t place, uint64_t pattern) {
    const unsigned bytes = tb_format_bytes(f->format);
    unsigned char *at = (unsigned char *)record + f->offset + (size_t)place * bytes;
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(pattern >> (8 * i));
}

/* ---- Kinds. ---- */

static int method_of(const struct tb_problem_kind *kind, const char *word) {
    return tb_word_find(kind->methods, kind->methods ? kind->method_count : 0, word);
}

/* The part of an id after `parts` of its parts; "" where there are fewer. */
static const char *after(const char *id, int parts) {
    for (; parts && id; parts--)
        id = (id = strchr(id, '/')) ? id + 1 : NULL;
    return id ? id : "";
}

static bool is_case_operation(const char *word) {
    return tb_word_find(tb_operation_words, TB_OPERATIONS, word) >= 0;
}

/* NULL where the id is none of a problem. */
static const struct tb_problem_kind *kind_of(const char *id) {
    char word[64], method[64];
    const char *rest = id;
    if (!tb_case_next_part(&rest, word))
        return NULL;
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++) {
        const char *words = after(id, 1 + (*k)->format_count);
        if (strcmp((*k)->operation, word) != 0)
            continue;
        if (!is_case_operation(word) || (tb_case_next_part(&words, method) && method_of(*k, method) >= 0))
            return *k;
    }
    return NULL;
}

bool tb_problem_is(const char *id) {
    return kind_of(id) != NULL;
}

const char *tb_problem_words(const struct tb_problem *p, const char *id) {
    return after(id, 1 + p->kind->format_count);
}

void tb_problem_element_name(const struct tb_problem *p, uint64_t index, char *text, size_t size) {
    uint64_t per = tb_layout_elements(&p->output);
    uint32_t place;
    const struct tb_field *f = tb_layout_find(&p->output, index % per, &place);
    if (f->rows > 1)
        snprintf(text, size, "record %llu, %s[%u][%u]", (unsigned long long)(index / per), f->name,
                 place / f->columns, place % f->columns);
    else if (f->columns > 1)
        snprintf(text, size, "record %llu, %s[%u]", (unsigned long long)(index / per), f->name, place);
    else
        snprintf(text, size, "record %llu, %s", (unsigned long long)(index / per), f->name);
}

double tb_problem_number(const struct tb_problem *p, const char *name) {
    for (int i = 0; p->kind->parameters[i].name; i++)
        if (strcmp(p->kind->parameters[i].name, name) == 0)
            return p->numbers[i];
    abort();
}

/* ---- Parsing. ---- */

static bool parse_formats(const char *id, const char **rest, struct tb_problem *out, struct tb_error *error) {
    for (int i = 0; i < out->kind->format_count; i++) {
        char part[64];
        if (!tb_case_next_part(rest, part))
            return tb_fail(error, TB_EXIT_USAGE, "case '%.100s': a format is missing: %s/%s/...", id,
                           out->kind->operation, out->kind->format_names);
        if (!(out->formats[i] = tb_format_find(part, error)))
            return false;
    }
    return true;
}

/* "minmax, absmax" */
static void list_words(const struct tb_word *words, int count, char *text, size_t size) {
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < count && used < size; i++)
        if (words[i].name[0])
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", words[i].name);
}

static bool parse_method(const char *id, const char **rest, struct tb_problem *out, struct tb_error *error) {
    const struct tb_problem_kind *k = out->kind;
    char part[64] = "", choices[400];
    const char *before = *rest;
    if (!k->methods)
        return true;
    bool there = tb_case_next_part(rest, part);
    out->method = there ? method_of(k, part) : -1;
    bool stands_for_next = !there || strchr(part, '=') ||
                           (k->takes_rounding && tb_word_find(tb_rounding_words, TB_ROUNDINGS, part) >= 0);
    bool may_be_left_out = k->methods[0].name[0] == 0 && stands_for_next;
    if (out->method < 0 && may_be_left_out) {
        out->method = 0;
        *rest = before;
    }
    list_words(k->methods, k->method_count, choices, sizeof choices);
    return out->method >= 0 ||
           tb_fail(error, TB_EXIT_USAGE, "case '%.100s': method '%s' is not one of %s", id, part, choices);
}

static bool parse_rounding(const char *id, const char **rest, struct tb_problem *out,
                           struct tb_error *error) {
    char part[64] = "";
    if (!out->kind->takes_rounding)
        return true;
    int rounding = tb_case_next_part(rest, part) ? tb_word_find(tb_rounding_words, TB_ROUNDINGS, part) : -1;
    out->rounding = rounding > 0 ? (enum tb_rounding)rounding : TB_EXACT;
    return rounding > TB_EXACT || tb_fail(error, TB_EXIT_USAGE,
                                          "case '%.100s': rounding '%s' is not one of rne, rna, rtz, ru, rd, "
                                          "rto, rhu",
                                          id, part);
}

static bool read_number(const struct tb_problem_number *n, const char *text, double *out) {
    char *end;
    *out = strtod(text, &end);
    bool whole = *out == floor(*out);
    return end != text && !*end && !isspace((unsigned char)*text) && *out >= n->least &&
           *out <= n->greatest && (whole || !n->whole);
}

static int number_named(const struct tb_problem_kind *k, const char *word, size_t length) {
    for (int i = 0; k->parameters[i].name; i++)
        if (strlen(k->parameters[i].name) == length && memcmp(k->parameters[i].name, word, length) == 0)
            return i;
    return -1;
}

/* One NAME=NUMBER. */
static bool parse_number(const char *id, const char *word, struct tb_problem *out, unsigned *seen,
                         struct tb_error *error) {
    const struct tb_problem_kind *k = out->kind;
    size_t length = strcspn(word, "=");
    int i = word[length] ? number_named(k, word, length) : -1;
    char names[400] = "";
    for (int j = 0; k->parameters[j].name && strlen(names) < sizeof names - 1; j++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", j ? ", " : "",
                 k->parameters[j].name);
    if (i < 0 || *seen >> i & 1)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "case '%.100s': parameter '%.40s' is not NAME=NUMBER, once each, with a name out of %s", id, word,
            names);
    *seen |= 1u << i;
    const struct tb_problem_number *n = &k->parameters[i];
    return read_number(n, word + length + 1, &out->numbers[i]) ||
           tb_fail(error, TB_EXIT_USAGE, "case '%.100s': %s takes %s from %g to %g, not '%.40s'", id, n->name,
                   n->whole ? "a whole number" : "a number", n->least, n->greatest, word + length + 1);
}

static bool parse_numbers(const char *id, const char *rest, struct tb_problem *out, struct tb_error *error) {
    unsigned seen = 0;
    for (int i = 0; out->kind->parameters[i].name; i++)
        out->numbers[i] = out->kind->parameters[i].usual;
    while (*rest) {
        char word[64];
        size_t length = strcspn(rest, ",");
        if (!length || length >= sizeof word || (rest[length] && !rest[length + 1]))
            return tb_fail(error, TB_EXIT_USAGE,
                           "case '%.100s': parameters are NAME=NUMBER, separated by single commas, not "
                           "'%.40s'",
                           id, rest);
        memcpy(word, rest, length);
        word[length] = 0;
        if (!parse_number(id, word, out, &seen, error))
            return false;
        rest += length + (rest[length] == ',');
    }
    return true;
}

bool tb_problem_parse(const char *id, struct tb_problem *out, struct tb_error *error) {
    char operation[64];
    const char *rest = id;
    *out = (struct tb_problem){0};
    if (strlen(id) >= TB_CASE_ID)
        return tb_fail(error, TB_EXIT_USAGE, "case '%.60s...': an id has at most %d characters", id,
                       TB_CASE_ID - 1);
    if (!(out->kind = kind_of(id)))
        return tb_fail(error, TB_EXIT_USAGE,
                       "case '%.100s' is not known: `tiebreak list cases` shows those of a suite", id);
    tb_case_next_part(&rest, operation);
    if (!parse_formats(id, &rest, out, error) || !parse_method(id, &rest, out, error) ||
        !parse_rounding(id, &rest, out, error) || !parse_numbers(id, rest, out, error) ||
        !out->kind->lay_out(out, error))
        return false;
    tb_problem_print(out, out->id);
    return true;
}

/* ---- Printing. ---- */

/* A whole number plainly; of others the shortest decimal that reads back as the same number. */
static void print_number(double value, char text[40]) {
    if (value == floor(value) && fabs(value) < 0x1p53) {
        snprintf(text, 40, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 40, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

static void append(char id[TB_CASE_ID], const char *separator, const char *text) {
    size_t used = strlen(id);
    snprintf(id + used, TB_CASE_ID - used, "%s%s", separator, text);
}

void tb_problem_print(const struct tb_problem *p, char id[TB_CASE_ID]) {
    const struct tb_problem_kind *k = p->kind;
    const char *separator = "/";
    char text[TB_CASE_ID], number[40];
    snprintf(text, sizeof text, "%s", k->operation);
    for (int i = 0; i < k->format_count; i++)
        append(text, "/", p->formats[i]->name);
    if (k->methods && k->methods[p->method].name[0])
        append(text, "/", k->methods[p->method].name);
    if (k->takes_rounding)
        append(text, "/", tb_rounding_words[p->rounding].name);
    for (int i = 0; k->parameters[i].name; i++) {
        if (p->numbers[i] == k->parameters[i].usual)
            continue;
        print_number(p->numbers[i], number);
        append(text, separator, k->parameters[i].name);
        append(text, "=", number);
        separator = ",";
    }
    memcpy(id, text, TB_CASE_ID);
}
