#include "vectors/textforms.h"
#include "vectors/atomic_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* ---- Writing ---- */

/* The distance between neighbouring patterns of a source. */
static uint64_t step_of(const struct tb_case *c) {
    return (uint64_t)1 << tb_case_input(c)->padding;
}

/* The last pattern of the domain. */
static uint64_t end_of(const struct tb_case *c) {
    return tb_case_input(c)->bits == 64 ? UINT64_MAX : (tb_case_inputs(c) - 1) << tb_case_input(c)->padding;
}

static int digits_of(const struct tb_format *f) {
    return 2 * (int)tb_format_bytes(f);
}

static uint64_t last_of(const struct tb_case *c, const struct tb_staircase *s, size_t run) {
    return run + 1 < s->count ? s->first[run + 1] - step_of(c) : end_of(c);
}

bool tb_jsonl_write(FILE *out, const struct tb_answers *a, struct tb_error *error) {
    struct tb_case c;
    if (!tb_case_parse(a->case_id, &c, error))
        return false;
    int in = digits_of(tb_case_input(&c)), to = digits_of(c.destination);
    for (size_t i = 0; i < a->staircase.count; i++)
        fprintf(out, "{\"case\":\"%s\",\"first\":\"0x%0*llx\",\"last\":\"0x%0*llx\",\"code\":\"0x%0*llx\"}\n",
                a->case_id, in, (ull)a->staircase.first[i], in, (ull)last_of(&c, &a->staircase, i), to,
                (ull)a->staircase.code[i]);
    for (size_t i = 0; i < a->vectors.count; i++)
        fprintf(out, "{\"case\":\"%s\",\"input\":\"0x%0*llx\",\"output\":\"0x%0*llx\"}\n", a->case_id, in,
                (ull)a->vectors.input[i], to, (ull)a->vectors.output[i]);
    return true;
}

static void testfloat_line(FILE *out, const struct tb_case *c, uint64_t input, uint64_t output) {
    fprintf(out, "%0*llX %0*llX 00\n", digits_of(tb_case_input(c)), (ull)input, digits_of(c->destination),
            (ull)output);
}

bool tb_testfloat_write(FILE *out, const struct tb_answers *a, struct tb_error *error) {
    struct tb_case c;
    if (!tb_case_parse(a->case_id, &c, error))
        return false;
    const struct tb_staircase *s = &a->staircase;
    for (size_t i = 0; i < s->count; i++) {
        testfloat_line(out, &c, s->first[i], s->code[i]);
        if (last_of(&c, s, i) != s->first[i])
            testfloat_line(out, &c, last_of(&c, s, i), s->code[i]);
    }
    for (size_t i = 0; i < a->vectors.count; i++)
        testfloat_line(out, &c, a->vectors.input[i], a->vectors.output[i]);
    return true;
}

/* ---- Reading: lines ---- */

#define LINE 1024 /* bytes; the longest line that is written has about 230 */

struct lines {
    FILE *in;
    const char *path;
    struct tb_error *error;
    size_t number; /* of the line in text, from 1 */
    char text[LINE];
    char where[512]; /* "path:number", for messages */
};

/* TB_EXIT_USAGE with the place in front. */
static bool bad_line(const struct lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool bad_line(const struct lines *l, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return tb_fail(l->error, TB_EXIT_USAGE, "%s: %s", l->where, text);
}

/* The next line, without its end. False at the end of the file (*good stays) or on a bad line (*good =
 * false). */
static bool next_line(struct lines *l, bool *good) {
    size_t length = 0;
    int c;
    snprintf(l->where, sizeof l->where, "%.480s:%zu", l->path, ++l->number);
    while ((c = getc(l->in)) != EOF && c != '\n') {
        if (c < 0x20 || length == LINE - 1) {
            *good =
                c < 0x20
                    ? bad_line(
                          l, "holds the control character 0x%02x: lines are text and end with 0x0a alone", c)
                    : bad_line(l, "is longer than %d bytes: check that it is the right file", LINE - 1);
            return false;
        }
        l->text[length++] = (char)c;
    }
    l->text[length] = 0;
    if (c == EOF && ferror(l->in))
        *good = tb_fail_reading(l->error, l->path, errno);
    else if (c == EOF && length)
        *good = bad_line(l, "the last line has no end: the file is cut short: " TB_MAKE_AGAIN);
    return c != EOF;
}

/* Hex digits and nothing else; at most 16. */
static bool parse_digits(const char *text, size_t length, uint64_t *out) {
    *out = 0;
    if (length == 0 || length > 16)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return false;
        *out = *out << 4 | (uint64_t)digit;
    }
    return true;
}

/* Names the first pattern that cannot be. */
static bool check_patterns(const struct lines *l, const struct tb_case *c, enum tb_file_kind kind,
                           uint64_t input, uint64_t output) {
    if (!tb_is_pattern(tb_case_input(c), input))
        return bad_line(l, "input 0x%llx is not a pattern of %s: give one that is", (ull)input,
                        tb_case_input(c)->name);
    if (kind == TB_FILE_RECORDED ? !tb_fits_container(c->destination, output)
                                 : !tb_is_pattern(c->destination, output))
        return bad_line(l, "output 0x%llx is not a pattern of %s: give one that is", (ull)output,
                        c->destination->name);
    return true;
}

/* ---- Reading: JSON Lines ---- */

/* What a line can hold. */
enum { FIRST, LAST, CODE, INPUT, OUTPUT, PATTERNS };
static const char *const members[PATTERNS] = {"first", "last", "code", "input", "output"};

/* The case whose lines are being read. */
struct block {
    struct tb_case parsed;
    struct tb_answers *answers;
    uint64_t next; /* where the next run must begin */
    bool whole;    /* the last run ends with the domain */
};

static bool take_members(const struct lines *l, const json_t *object, const char **id,
                         uint64_t value[PATTERNS], unsigned *given) {
    const char *key;
    json_t *member;
    char quoted[TB_QUOTED];
    *id = NULL;
    *given = 0;
    json_object_foreach((json_t *)object, key, member) {
        const char *text = json_string_value(member);
        int m = 0;
        while (m < PATTERNS && strcmp(key, members[m]) != 0)
            m++;
        if (m == PATTERNS && strcmp(key, "case") != 0)
            return bad_line(l, "the member %s is not known: leave it out", tb_quote(key, quoted));
        if (m == PATTERNS) {
            *id = text;
            continue;
        }
        if (!text || strncmp(text, "0x", 2) != 0 || !parse_digits(text + 2, strlen(text + 2), &value[m]))
            return bad_line(l, "%s is not a pattern: write a text like \"0x3f800000\"", members[m]);
        *given |= 1u << m;
    }
    if (!*id)
        return bad_line(l, "names no case: add \"case\"");
    if (*given != (1u << FIRST | 1u << LAST | 1u << CODE) && *given != (1u << INPUT | 1u << OUTPUT))
        return bad_line(l, "must have first, last and code, or input and output");
    return true;
}

/* Closes the block that was open: a staircase must have come to the end of its domain. */
static bool end_block(const struct lines *l, const struct block *b) {
    if (b->answers && b->answers->staircase.count && !b->whole)
        return bad_line(l, "the runs of %s stop before input 0x%llx: give the domain whole",
                        b->answers->case_id, (ull)b->next);
    return true;
}

static bool begin_block(const struct lines *l, const char *id, struct block *b, struct tb_recording *out) {
    char quoted[TB_QUOTED];
    if (b->answers && strcmp(b->answers->case_id, id) == 0)
        return true;
    if (!end_block(l, b) || !tb_case_parse_strict(l->where, id, &b->parsed, l->error))
        return false;
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->answers[i].case_id, id) == 0)
            return bad_line(l, "case %s had lines before another case: put its lines together",
                            tb_quote(id, quoted));
    b->answers = tb_recording_add(out, id);
    b->next = 0;
    b->whole = false;
    return b->answers || tb_fail_memory(l->error, l->path);
}

static bool take_run(const struct lines *l, struct block *b, enum tb_file_kind kind,
                     const uint64_t value[PATTERNS]) {
    const struct tb_case *c = &b->parsed;
    struct tb_staircase *s = &b->answers->staircase;
    if (!check_patterns(l, c, kind, value[FIRST], value[CODE]) ||
        !check_patterns(l, c, kind, value[LAST], value[CODE]))
        return false;
    if (b->whole)
        return bad_line(l, "the run before it ended the domain: leave this one out");
    if (value[FIRST] != b->next)
        return bad_line(l, "begins at 0x%llx, expected 0x%llx: runs follow each other without gaps",
                        (ull)value[FIRST], (ull)b->next);
    if (value[LAST] < value[FIRST])
        return bad_line(l, "ends at 0x%llx, before it begins: exchange first and last", (ull)value[LAST]);
    b->whole = value[LAST] == end_of(c);
    b->next = value[LAST] + step_of(c);
    return tb_staircase_append(s, value[FIRST], value[CODE]) || tb_fail_memory(l->error, l->path);
}

static bool take_line(const struct lines *l, struct block *b, enum tb_file_kind kind,
                      struct tb_recording *out) {
    json_error_t where;
    const char *id;
    uint64_t value[PATTERNS];
    unsigned given;
    json_t *object = json_loads(l->text, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(object)) {
        bad_line(l, "is not a JSON object: %.200s: write one object a line",
                 object ? "another value" : where.text);
        json_decref(object);
        return false;
    }
    bool good = take_members(l, object, &id, value, &given) && begin_block(l, id, b, out);
    json_decref(object);
    if (!good)
        return false;
    struct tb_answers *a = b->answers;
    bool run = given & 1u << CODE;
    if (run ? a->vectors.count : a->staircase.count)
        return bad_line(l, "case %s has runs and vectors: keep to one of them", a->case_id);
    if (run)
        return take_run(l, b, kind, value);
    return check_patterns(l, &b->parsed, kind, value[INPUT], value[OUTPUT]) &&
           (tb_vectors_append(&a->vectors, value[INPUT], value[OUTPUT]) || tb_fail_memory(l->error, l->path));
}

bool tb_jsonl_read(FILE *in, const char *path, const struct tb_file_info *info, struct tb_recording *out,
                   struct tb_error *error) {
    struct lines l = {.in = in, .path = path, .error = error};
    struct block b = {.answers = NULL};
    bool good = true;
    *out = (struct tb_recording){.info = *info};
    while (good && next_line(&l, &good))
        good = take_line(&l, &b, info->kind, out);
    if (good && end_block(&l, &b) && tb_recording_check(path, out, error))
        return true;
    tb_recording_free(out);
    return false;
}

/* ---- Reading: TestFloat ---- */

static bool take_testfloat(const struct lines *l, const struct tb_case *c, enum tb_file_kind kind,
                           struct tb_vectors *v) {
    size_t in = (size_t)digits_of(tb_case_input(c)), to = (size_t)digits_of(c->destination),
           length = strlen(l->text);
    uint64_t input, output, flags;
    const char *text = l->text;
    if (length != in + to + 4 || text[in] != ' ' || text[in + to + 1] != ' ' ||
        !parse_digits(text, in, &input) || !parse_digits(text + in + 1, to, &output) ||
        !parse_digits(text + in + to + 2, 2, &flags))
        return bad_line(
            l, "is not INPUT OUTPUT FLAGS with %zu, %zu and 2 hex digits: name the case that the file is for",
            in, to);
    return check_patterns(l, c, kind, input, output) &&
           (tb_vectors_append(v, input, output) || tb_fail_memory(l->error, l->path));
}

bool tb_testfloat_read(FILE *in, const char *path, const char *case_id, const struct tb_file_info *info,
                       struct tb_recording *out, struct tb_error *error) {
    struct lines l = {.in = in, .path = path, .error = error};
    struct tb_case c;
    struct tb_answers *a = NULL;
    *out = (struct tb_recording){.info = *info};
    bool good = tb_case_parse_strict(path, case_id, &c, error);
    if (good && !(a = tb_recording_add(out, case_id)))
        good = tb_fail_memory(error, path);
    while (good && next_line(&l, &good))
        good = take_testfloat(&l, &c, info->kind, &a->vectors);
    if (good && tb_recording_check(path, out, error))
        return true;
    tb_recording_free(out);
    return false;
}
