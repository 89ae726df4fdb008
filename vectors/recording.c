#include "vectors/atomic_file.h"
#include "vectors/golden_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- In memory ---- */

struct tb_answers *tb_recording_add(struct tb_recording *r, const char *case_id) {
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        struct tb_answers *answers = realloc(r->answers, capacity * sizeof *answers);
        if (!answers)
            return NULL;
        r->answers = answers;
        r->capacity = capacity;
    }
    struct tb_answers *a = &r->answers[r->count++];
    *a = (struct tb_answers){0};
    snprintf(a->case_id, sizeof a->case_id, "%s", case_id);
    return a;
}

void tb_answers_free(struct tb_answers *a) {
    tb_staircase_free(&a->staircase);
    tb_vectors_free(&a->vectors);
    tb_problem_records_free(&a->records);
    *a = (struct tb_answers){0};
}

void tb_recording_free(struct tb_recording *r) {
    for (size_t i = 0; i < r->count; i++)
        tb_answers_free(&r->answers[i]);
    free(r->answers);
    *r = (struct tb_recording){0};
}

static int by_case(const void *a, const void *b) {
    return strcmp(((const struct tb_answers *)a)->case_id, ((const struct tb_answers *)b)->case_id);
}

void tb_recording_sort(struct tb_recording *r) {
    if (r->count)
        qsort(r->answers, r->count, sizeof *r->answers, by_case);
}

struct tb_answers *tb_recording_find(const struct tb_recording *r, const char *case_id) {
    struct tb_answers key;
    if (!r->count || strlen(case_id) >= sizeof key.case_id)
        return NULL;
    strcpy(key.case_id, case_id);
    return bsearch(&key, r->answers, r->count, sizeof *r->answers, by_case);
}

/* ---- What may stand in a file ---- */

bool tb_is_pattern(const struct tb_format *f, uint64_t pattern) {
    uint64_t code = pattern >> f->padding;
    return code << f->padding == pattern && code <= tb_format_codes(f) - (f->bits < 64);
}

bool tb_fits_container(const struct tb_format *f, uint64_t pattern) {
    unsigned bits = 8 * tb_format_bytes(f);
    return bits == 64 || pattern >> bits == 0;
}

bool tb_case_parse_strict(const char *path, const char *id, struct tb_case *c, struct tb_error *error) {
    struct tb_error inner;
    char canonical[TB_CASE_ID], quoted[TB_QUOTED];
    if (!tb_case_parse(id, c, &inner))
        return tb_fail(error, TB_EXIT_USAGE, "%s: %s", path, inner.text);
    tb_case_print(c, canonical);
    if (strcmp(canonical, id) != 0)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s: write it as %s", path, tb_quote(id, quoted),
                       canonical);
    return true;
}
