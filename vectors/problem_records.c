#include "vectors/problem_records.h"

#include "vectors/atomic_file.h"
#include "vectors/golden_file.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN TB_MAKE_AGAIN

void tb_problem_records_free(struct tb_problem_records *r) {
    free(r->input);
    free(r->output);
    *r = (struct tb_problem_records){0};
}

bool tb_problem_records_given(const struct tb_problem *p, const struct tb_problem_records *r, size_t count,
                              const unsigned char *input) {
    return r->count == count && (!count || memcmp(r->input, input, count * p->input.bytes) == 0);
}

static void add_text(crypto_hash_sha256_state *state, const char *text) {
    crypto_hash_sha256_update(state, (const unsigned char *)text, strlen(text) + 1);
}

void tb_problem_records_digest(const struct tb_problem *p, const struct tb_problem_records *r, char hex[65]) {
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    char source[TB_LAYOUT_TEXT], destination[TB_LAYOUT_TEXT];
    tb_layout_print(&p->input, source, sizeof source);
    tb_layout_print(&p->output, destination, sizeof destination);
    crypto_hash_sha256_init(&state);
    add_text(&state, p->id);
    add_text(&state, source);
    add_text(&state, destination);
    crypto_hash_sha256_update(&state, r->input, r->count * p->input.bytes);
    crypto_hash_sha256_update(&state, r->output, r->count * p->output.bytes);
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}

/* ---- Reading. ---- */

static bool parse_strict(const char *path, const char *id, struct tb_problem *out, struct tb_error *error) {
    struct tb_error inner;
    char quoted[TB_QUOTED];
    if (!tb_problem_parse(id, out, &inner))
        return tb_fail(error, TB_EXIT_USAGE, "%s: %s", path, inner.text);
    return strcmp(out->id, id) == 0 ||
           tb_fail(error, TB_EXIT_USAGE, "%s: case %s: write it as %s", path, tb_quote(id, quoted), out->id);
}

static bool is_side(const char *path, const struct tb_tensor *t, const char *name, uint32_t bytes,
                    struct tb_error *error) {
    if (!t)
        return tb_fail(error, TB_EXIT_USAGE, "%s: tensor '%s' is missing: " AGAIN, path, name);
    return (t->dtype == TB_U8 && t->rank == 2 && t->shape[1] == bytes) ||
           tb_fail(error, TB_EXIT_USAGE, "%s: tensor '%s' does not hold records of %u bytes as U8: " AGAIN,
                   path, name, bytes);
}

/* NULL when memory is out. */
static unsigned char *copy_of(const struct tb_tensor *t) {
    unsigned char *copy = malloc(t->count + 1);
    if (copy && t->count)
        memcpy(copy, t->data, t->count);
    return copy;
}

bool tb_problem_records_take(const char *path, const char *id, const struct tb_safetensors *file,
                             const char *input, const char *output, struct tb_problem_records *out,
                             struct tb_error *error) {
    struct tb_problem p;
    const struct tb_tensor *in = tb_safetensors_find(file, input), *got = tb_safetensors_find(file, output);
    if (!parse_strict(path, id, &p, error) || !is_side(path, in, input, p.input.bytes, error) ||
        !is_side(path, got, output, p.output.bytes, error))
        return false;
    if (in->shape[0] != got->shape[0])
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: case %s has %llu records of inputs and %llu of outputs: " AGAIN, path, id,
                       (unsigned long long)in->shape[0], (unsigned long long)got->shape[0]);
    *out = (struct tb_problem_records){(size_t)in->shape[0], copy_of(in), copy_of(got)};
    return (out->input && out->output) || tb_fail_memory(error, path);
}

/* ---- Checking. ---- */

/* Whether all bytes of a record that belong to no field are 0. */
static bool is_tight(const struct tb_layout *l, const unsigned char *record) {
    for (size_t i = 0; i < l->count; i++) {
        const struct tb_field *f = &l->fields[i];
        uint32_t end = i + 1 < l->count ? l->fields[i + 1].offset : l->bytes;
        for (uint32_t at = f->offset + f->rows * f->columns * tb_format_bytes(f->format); at < end; at++)
            if (record[at])
                return false;
    }
    return true;
}

static bool check_tight(const char *path, const struct tb_problem *p, const struct tb_layout *l,
                        const unsigned char *records, size_t count, struct tb_error *error) {
    for (size_t i = 0; i < count; i++)
        if (!is_tight(l, records + i * l->bytes))
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: case %s, record %zu: bytes between the fields are not 0: " AGAIN, path, p->id,
                           i);
    return true;
}

static bool check_patterns(const char *path, const struct tb_problem *p, const unsigned char *record,
                           size_t number, struct tb_error *error) {
    for (size_t i = 0; i < p->input.count; i++) {
        const struct tb_field *f = &p->input.fields[i];
        for (uint32_t place = 0; place < f->rows * f->columns; place++) {
            uint64_t pattern = tb_field_get(f, record, place);
            if (!tb_is_pattern(f->format, pattern))
                return tb_fail(error, TB_EXIT_USAGE,
                               "%s: case %s, record %zu: %s[%u][%u] is 0x%llx, no pattern of %s: " AGAIN,
                               path, p->id, number, f->name, place / f->columns, place % f->columns,
                               (unsigned long long)pattern, f->format->name);
        }
    }
    return true;
}

/* A layout as it was written, "" where it was not, against the id's. */
static bool check_layout(const char *path, const char *id, const char *side, const struct tb_layout *l,
                         char written[TB_LAYOUT_TEXT], struct tb_error *error) {
    char layout[TB_LAYOUT_TEXT], quoted[TB_QUOTED];
    tb_layout_print(l, layout, sizeof layout);
    if (*written && strcmp(written, layout) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: case %s: its %s is %s, but '%.100s' here: record it again with this version",
                       path, id, side, tb_quote(written, quoted), layout);
    memcpy(written, layout, sizeof layout);
    return true;
}

bool tb_problem_records_check(const char *path, const char *id, char source[TB_LAYOUT_TEXT],
                              char destination[TB_LAYOUT_TEXT], const struct tb_problem_records *r,
                              char digest[65], struct tb_error *error) {
    struct tb_problem p;
    if (!parse_strict(path, id, &p, error) || !check_layout(path, id, "source", &p.input, source, error) ||
        !check_layout(path, id, "destination", &p.output, destination, error))
        return false;
    for (size_t i = 0; i < r->count; i++)
        if (!check_patterns(path, &p, r->input + i * p.input.bytes, i, error))
            return false;
    if (!check_tight(path, &p, &p.input, r->input, r->count, error) ||
        !check_tight(path, &p, &p.output, r->output, r->count, error))
        return false;
    tb_problem_records_digest(&p, r, digest);
    return true;
}

/* ---- Golden records, field by field. ---- */

/* A field of all records, out of a tensor of their fields one after the other. */
static bool take_field(const char *path, const struct tb_safetensors *file, const char *side,
                       const struct tb_layout *l, const struct tb_field *f, unsigned char *records,
                       size_t count, struct tb_error *error) {
    const size_t bytes = (size_t)f->rows * f->columns * tb_format_bytes(f->format);
    char name[40];
    snprintf(name, sizeof name, "%s.%s", side, f->name);
    const struct tb_tensor *t = tb_safetensors_find(file, name);
    if (!t || t->rank != 3 || t->shape[0] != count || t->shape[1] != f->rows || t->shape[2] != f->columns ||
        tb_dtypes[t->dtype].bytes != tb_format_bytes(f->format))
        return tb_fail(error, TB_EXIT_USAGE, "%s: tensor '%s' is missing or has another shape: " AGAIN, path,
                       name);
    for (size_t i = 0; i < count; i++)
        memcpy(records + i * l->bytes + f->offset, (const unsigned char *)t->data + i * bytes, bytes);
    return true;
}

/* All fields of a side; NULL and *error where that cannot be. */
static unsigned char *take_side(const char *path, const struct tb_safetensors *file, const char *side,
                                const struct tb_layout *l, size_t count, struct tb_error *error) {
    unsigned char *records = calloc(count + 1, l->bytes);
    bool ok = records || tb_fail_memory(error, path);
    for (size_t i = 0; ok && i < l->count; i++)
        ok = take_field(path, file, side, l, &l->fields[i], records, count, error);
    if (ok)
        return records;
    free(records);
    return NULL;
}

static bool take_golden(const char *path, const struct tb_safetensors *file, struct tb_problem *p,
                        struct tb_problem_records *out, struct tb_error *error) {
    const char *schema = tb_safetensors_metadata(file, "schema"), *id = tb_safetensors_metadata(file, "case"),
               *digest = tb_safetensors_metadata(file, "digest");
    char now[65];
    if (!schema || strcmp(schema, TB_PROBLEMS_SCHEMA) != 0 || !id || !digest)
        return tb_fail(error, TB_EXIT_USAGE, "%s: its metadata is not that of " TB_PROBLEMS_SCHEMA ": " AGAIN,
                       path);
    if (!parse_strict(path, id, p, error))
        return false;
    char first[40];
    snprintf(first, sizeof first, "input.%s", p->input.fields[0].name);
    const struct tb_tensor *t = tb_safetensors_find(file, first);
    out->count = t && t->rank ? (size_t)t->shape[0] : 0;
    out->input = take_side(path, file, "input", &p->input, out->count, error);
    out->output = out->input ? take_side(path, file, "output", &p->output, out->count, error) : NULL;
    if (!out->output)
        return false;
    tb_problem_records_digest(p, out, now);
    return strcmp(now, digest) == 0 ||
           tb_fail(error, TB_EXIT_USAGE, "%s: its records are not those of its digest: " AGAIN, path);
}

bool tb_problem_records_read(const char *path, char id[TB_CASE_ID], struct tb_problem_records *out,
                             struct tb_error *error) {
    struct tb_safetensors file;
    struct tb_problem p;
    *out = (struct tb_problem_records){0};
    if (!tb_safetensors_read(path, &file, error))
        return false;
    const bool ok = take_golden(path, &file, &p, out, error);
    tb_safetensors_free(&file);
    if (ok)
        memcpy(id, p.id, sizeof p.id);
    else
        tb_problem_records_free(out);
    return ok;
}
