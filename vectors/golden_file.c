#include "vectors/golden_file.h"
#include "vectors/atomic_file.h"
#include "vectors/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN TB_MAKE_AGAIN
#define NAME  (TB_CASE_ID + 32) /* a case id, '/', and a fact or tensor of it */

typedef unsigned long long ull;

const struct tb_word tb_file_kind_words[TB_FILE_KINDS] = {
    [TB_FILE_GOLDEN] = {"golden",   "exact answers"                },
    [TB_FILE_VARIANT] = {"variant",  "answers of a named arithmetic"},
    [TB_FILE_RECORDED] = {"recorded", "what a target gave"           },
};

/* ---- The facts ---- */

enum { G = 1 << TB_FILE_GOLDEN, V = 1 << TB_FILE_VARIANT, R = 1 << TB_FILE_RECORDED };

struct fact {
    const char *name;
    size_t offset, size;
    unsigned required, allowed; /* kinds of file */
};

#define OF_FILE(field) #field, offsetof(struct tb_file_info, field), sizeof(((struct tb_file_info *)0)->field)
#define OF_CASE(field) #field, offsetof(struct tb_answers, field), sizeof(((struct tb_answers *)0)->field)
#define NO_MORE        NULL, 0, 0

static const struct fact file_facts[] = {
    {OF_FILE(tool),     G | V | R, G | V | R},
    {OF_FILE(mpfr),     G,         G | V | R},
    {OF_FILE(target),   R,         R        },
    {OF_FILE(device),   0,         R        },
    {OF_FILE(driver),   0,         R        },
    {OF_FILE(compiler), 0,         R        },
    {OF_FILE(flags),    0,         R        },
    {OF_FILE(date),     0,         R        },
    {NO_MORE,           0,         0        },
};
static const struct fact case_facts[] = {
    {OF_CASE(variant),     V,         V        },
    {OF_CASE(claim),       0,         R        },
    {OF_CASE(coverage),    R,         R        },
    {OF_CASE(digest),      G | V | R, G | V | R},
    {OF_CASE(source),      0,         R        },
    {OF_CASE(destination), 0,         R        },
    {NO_MORE,              0,         0        },
};
static const char *const other_facts[] = {"schema", "kind", "specification", "case", "checksum", NULL};

static char *value_of(const struct fact *fact, const void *base) {
    return (char *)base + fact->offset;
}

static const struct fact *find_fact(const struct fact *table, const char *name) {
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static bool check_facts(const char *path, const struct fact *table, const void *base, enum tb_file_kind kind,
                        struct tb_error *error) {
    for (; table->name; table++) {
        const char *value = value_of(table, base);
        if (!*value && table->required & 1u << kind)
            return tb_fail(error, TB_EXIT_USAGE, "%s: a %s file must name its %s: " AGAIN, path,
                           tb_file_kind_words[kind].name, table->name);
        if (*value && !(table->allowed & 1u << kind))
            return tb_fail(error, TB_EXIT_USAGE, "%s: a %s file cannot have a %s: leave it out", path,
                           tb_file_kind_words[kind].name, table->name);
        for (const char *c = value; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                return tb_fail(error, TB_EXIT_USAGE, "%s: the %s holds a control character: leave it out",
                               path, table->name);
    }
    return true;
}

/* ---- Checking ---- */

/* What both forms have in common: inputs of the source, outputs of the destination. */
static bool check_pairs(const char *path, enum tb_file_kind kind, const char *id, const struct tb_case *c,
                        size_t count, const uint64_t *input, const uint64_t *output, struct tb_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (!tb_is_pattern(tb_case_input(c), input[i]))
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: case %s, entry %zu: input 0x%llx is not a pattern of %s: " AGAIN, path, id, i,
                           (ull)input[i], tb_case_input(c)->name);
        if (kind == TB_FILE_RECORDED ? !tb_fits_container(c->destination, output[i])
                                     : !tb_is_pattern(c->destination, output[i]))
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: case %s, entry %zu: output 0x%llx is not a pattern of %s: " AGAIN, path, id,
                           i, (ull)output[i], c->destination->name);
    }
    return true;
}

static bool check_ascent(const char *path, const char *id, const struct tb_staircase *s,
                         struct tb_error *error) {
    if (s->first[0] != 0)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s begins at input 0x%llx, not at 0: " AGAIN, path, id,
                       (ull)s->first[0]);
    for (size_t i = 1; i < s->count; i++) {
        if (s->first[i] <= s->first[i - 1])
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: case %s, entry %zu: first 0x%llx is not above the 0x%llx before it: " AGAIN,
                           path, id, i, (ull)s->first[i], (ull)s->first[i - 1]);
        if (s->code[i] == s->code[i - 1])
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: case %s, entry %zu: code 0x%llx is that of the run before it: " AGAIN, path,
                           id, i, (ull)s->code[i]);
    }
    return true;
}

static bool check_pairs_of_case(const char *path, enum tb_file_kind kind, const struct tb_answers *a,
                                struct tb_error *error) {
    struct tb_case c;
    const struct tb_staircase *s = &a->staircase;
    const struct tb_vectors *v = &a->vectors;
    if (*a->source || *a->destination)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s has a layout, as only records have: leave it out",
                       path, a->case_id);
    return tb_case_parse_strict(path, a->case_id, &c, error) &&
           check_pairs(path, kind, a->case_id, &c, s->count, s->first, s->code, error) &&
           check_pairs(path, kind, a->case_id, &c, v->count, v->input, v->output, error) &&
           (!s->count || check_ascent(path, a->case_id, s, error));
}

static bool check_records(const char *path, enum tb_file_kind kind, struct tb_answers *a, char digest[65],
                          struct tb_error *error) {
    if (kind != TB_FILE_RECORDED)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s: only a recording holds records: " AGAIN, path,
                       a->case_id);
    return tb_problem_records_check(path, a->case_id, a->source, a->destination, &a->records, digest, error);
}

static bool check_answers(const char *path, enum tb_file_kind kind, struct tb_answers *a,
                          struct tb_error *error) {
    struct tb_staircase *s = &a->staircase;
    struct tb_vectors *v = &a->vectors;
    char digest[65], quoted[TB_QUOTED];
    if (!s->count && !v->count && !a->records.count)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s has no answers: " AGAIN, path, a->case_id);
    if (!!s->count + !!v->count + !!a->records.count > 1)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s has a staircase and vectors: keep one of them",
                       path, a->case_id);
    if (a->records.count ? !check_records(path, kind, a, digest, error)
                         : !check_pairs_of_case(path, kind, a, error))
        return false;
    const char *coverage = kind != TB_FILE_RECORDED ? "" : s->count ? "exhaustive" : "sampled";
    if (*a->coverage && strcmp(a->coverage, coverage) != 0)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s: coverage %s does not fit %s: " AGAIN, path,
                       a->case_id, tb_quote(a->coverage, quoted),
                       s->count   ? "a staircase"
                       : v->count ? "vectors"
                                  : "records");
    snprintf(a->coverage, sizeof a->coverage, "%s", coverage);
    if (s->count)
        tb_staircase_digest(s, a->case_id, digest);
    else if (v->count)
        tb_vectors_digest(v, a->case_id, digest);
    if (*a->digest && strcmp(a->digest, digest) != 0)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s has the digest %s, but %s was written: " AGAIN,
                       path, a->case_id, digest, tb_quote(a->digest, quoted));
    memcpy(a->digest, digest, sizeof digest);
    return check_facts(path, case_facts, a, kind, error);
}

bool tb_recording_check(const char *path, struct tb_recording *r, struct tb_error *error) {
    if (!r->count)
        return tb_fail(error, TB_EXIT_USAGE, "%s: holds no case: record at least one", path);
    if (!check_facts(path, file_facts, &r->info, r->info.kind, error))
        return false;
    tb_recording_sort(r);
    for (size_t i = 0; i < r->count; i++) {
        if (!check_answers(path, r->info.kind, &r->answers[i], error))
            return false;
        if (i && strcmp(r->answers[i].case_id, r->answers[i - 1].case_id) == 0)
            return tb_fail(error, TB_EXIT_USAGE, "%s: case %s stands twice: leave one out", path,
                           r->answers[i].case_id);
    }
    return true;
}

/* ---- The checksum ---- */

/* A file made by hand may lack it. */
static bool check_checksum(const char *path, const struct tb_safetensors *f, struct tb_error *error) {
    char hex[65];
    const char *written = tb_safetensors_metadata(f, "checksum");
    tb_metadata_checksum(f->metadata, f->metadata_count, hex);
    return !written || strcmp(written, hex) == 0 ||
           tb_fail(error, TB_EXIT_USAGE,
                   "%s: its metadata are not those that were written (checksum): " AGAIN, path);
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct tb_metadata *)a)->key, ((const struct tb_metadata *)b)->key);
}

/* ---- Reading ---- */

enum { STAIRCASE, VECTORS, RECORDS, FORMS };
static const char *const first_tensors[FORMS] = {"first", "input.0", "input.records"};
static const char *const second_tensors[FORMS] = {"code", "output.0", "output.records"};

static bool take_fact(const char *path, const char *key, const char *value, const struct fact *fact,
                      void *base, struct tb_error *error) {
    char quoted[TB_QUOTED];
    if (value && strlen(value) >= fact->size)
        return tb_fail(error, TB_EXIT_USAGE, "%s: metadata %s is longer than %zu bytes: shorten it", path,
                       tb_quote(key, quoted), fact->size - 1);
    strcpy(value_of(fact, base), value ? value : "");
    return true;
}

/* The facts of one case: under its prefix, else the file's. */
static bool take_case_facts(const char *path, const struct tb_safetensors *f, const char *prefix,
                            enum tb_file_kind kind, struct tb_answers *a, struct tb_error *error) {
    for (const struct fact *fact = case_facts; fact->name; fact++) {
        char key[NAME];
        snprintf(key, sizeof key, "%s%s", prefix, fact->name);
        const char *value = tb_safetensors_metadata(f, key);
        if (!value)
            value = tb_safetensors_metadata(f, fact->name);
        if (!value && fact->required & 1u << kind)
            return tb_fail(error, TB_EXIT_USAGE, "%s: case %s has no %s: " AGAIN, path, a->case_id,
                           fact->name);
        if (!take_fact(path, key, value, fact, a, error))
            return false;
    }
    return true;
}

static bool is_column(const char *path, const struct tb_tensor *t, const char *name, unsigned bytes,
                      struct tb_error *error) {
    static const enum tb_dtype unsigned_of[] = {[1] = TB_U8, [2] = TB_U16, [4] = TB_U32, [8] = TB_U64};
    if (!t)
        return tb_fail(error, TB_EXIT_USAGE, "%s: tensor '%s' is missing: " AGAIN, path, name);
    if (t->dtype != unsigned_of[bytes] || t->rank != 1)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: tensor '%s' has %u dimensions of %s: it must have 1 of %s: " AGAIN, path, name,
                       t->rank, tb_dtypes[t->dtype].name, tb_dtypes[unsigned_of[bytes]].name);
    return true;
}

/* Appends the problem whose tensors begin with `prefix`. */
static bool take_records(const char *path, const struct tb_safetensors *f, const char *id, const char *prefix,
                         struct tb_recording *out, struct tb_error *error) {
    char name[2][NAME];
    snprintf(name[0], NAME, "%s%s", prefix, first_tensors[RECORDS]);
    snprintf(name[1], NAME, "%s%s", prefix, second_tensors[RECORDS]);
    struct tb_answers *a = tb_recording_add(out, id);
    return a ? tb_problem_records_take(path, id, f, name[0], name[1], &a->records, error) &&
                   take_case_facts(path, f, prefix, out->info.kind, a, error)
             : tb_fail_memory(error, path);
}

/* Appends the case whose tensors begin with `prefix`. */
static bool take_case(const char *path, const struct tb_safetensors *f, const char *id, const char *prefix,
                      int form, struct tb_recording *out, struct tb_error *error) {
    struct tb_case c;
    char name[2][NAME];
    if (form == RECORDS)
        return take_records(path, f, id, prefix, out, error);
    if (!tb_case_parse_strict(path, id, &c, error))
        return false;
    snprintf(name[0], NAME, "%s%s", prefix, first_tensors[form]);
    snprintf(name[1], NAME, "%s%s", prefix, second_tensors[form]);
    const struct tb_tensor *first = tb_safetensors_find(f, name[0]),
                           *second = tb_safetensors_find(f, name[1]);
    if (!is_column(path, first, name[0], tb_format_bytes(tb_case_input(&c)) == 8 ? 8 : 4, error) ||
        !is_column(path, second, name[1], tb_format_bytes(c.destination), error))
        return false;
    if (first->count != second->count)
        return tb_fail(error, TB_EXIT_USAGE, "%s: case %s has %zu inputs and %zu outputs: " AGAIN, path, id,
                       first->count, second->count);
    struct tb_answers *a = tb_recording_add(out, id);
    uint64_t *input = malloc((first->count + 1) * sizeof *input),
             *output = malloc((first->count + 1) * sizeof *output);
    if (!a || !input || !output) {
        free(input);
        free(output);
        return tb_fail_memory(error, path);
    }
    for (size_t i = 0; i < first->count; i++) {
        input[i] = tb_tensor_at(first, i);
        output[i] = tb_tensor_at(second, i);
    }
    if (form == STAIRCASE)
        a->staircase = (struct tb_staircase){first->count, first->count, input, output};
    else
        a->vectors = (struct tb_vectors){first->count, first->count, input, output};
    return take_case_facts(path, f, prefix, out->info.kind, a, error);
}

/* Splits "CASE/leaf" or, in a file of one case, "leaf". False when the case id is too long. */
static bool split(const char *name, char prefix[TB_CASE_ID + 1], const char **leaf) {
    const char *slash = strrchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) + 1 : 0;
    if (length > TB_CASE_ID)
        return false;
    memcpy(prefix, name, length);
    prefix[length] = 0;
    *leaf = name + length;
    return true;
}

static int form_of(const char *leaf, const char *const names[FORMS]) {
    int form = FORMS - 1;
    while (form >= 0 && strcmp(leaf, names[form]) != 0)
        form--;
    return form;
}

static bool take_cases(const char *path, const struct tb_safetensors *f, struct tb_recording *out,
                       struct tb_error *error) {
    const char *only = tb_safetensors_metadata(f, "case"), *leaf;
    char prefix[TB_CASE_ID + 1], id[TB_CASE_ID + 1], mate[NAME], quoted[TB_QUOTED];
    for (size_t i = 0; i < f->tensor_count; i++) {
        const char *name = f->tensors[i].name;
        bool known = split(name, prefix, &leaf) && !*prefix == !!only;
        int form = known ? form_of(leaf, first_tensors) : -1,
            second = known ? form_of(leaf, second_tensors) : -1;
        if (known && second >= 0) {
            snprintf(mate, sizeof mate, "%s%s", prefix, first_tensors[second]);
            known = tb_safetensors_find(f, mate) != NULL;
        } else if (form < 0) {
            known = false;
        }
        if (!known)
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: tensor %s does not belong in a file of answers: leave it out", path,
                           tb_quote(name, quoted));
        if (second >= 0)
            continue;
        strcpy(id, prefix);
        id[*id ? strlen(id) - 1 : 0] = 0;
        if (!take_case(path, f, only ? only : id, prefix, form, out, error))
            return false;
    }
    return true;
}

static bool has_answers(const struct tb_safetensors *f, const char *prefix) {
    char name[NAME];
    bool has = false;
    for (int form = 0; form < FORMS; form++) {
        snprintf(name, sizeof name, "%s%s", prefix, first_tensors[form]);
        has |= tb_safetensors_find(f, name) != NULL;
    }
    return has;
}

/* Every key is a fact of the file, or of a case whose tensors are there. */
static bool know_keys(const char *path, const struct tb_safetensors *f, struct tb_error *error) {
    for (size_t i = 0; i < f->metadata_count; i++) {
        const char *key = f->metadata[i].key, *leaf;
        char prefix[TB_CASE_ID + 1], quoted[TB_QUOTED];
        bool known = split(key, prefix, &leaf);
        if (known && *prefix) {
            known = find_fact(case_facts, leaf) && has_answers(f, prefix);
        } else if (known) {
            known = find_fact(file_facts, leaf) || find_fact(case_facts, leaf);
            for (size_t k = 0; !known && other_facts[k]; k++)
                known = strcmp(leaf, other_facts[k]) == 0;
        }
        if (!known)
            return tb_fail(error, TB_EXIT_USAGE, "%s: metadata %s is not known: leave it out", path,
                           tb_quote(key, quoted));
    }
    return true;
}

static bool take_head(const char *path, const struct tb_safetensors *f, struct tb_file_info *info,
                      struct tb_error *error) {
    char quoted[TB_QUOTED];
    const char *schema = tb_safetensors_metadata(f, "schema");
    const char *kind = tb_safetensors_metadata(f, "kind");
    const char *specification = tb_safetensors_metadata(f, "specification");
    if (!schema)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: names no schema: give a file that `tiebreak vectors` or `tiebreak record` wrote",
                       path);
    if (strcmp(schema, TB_ANSWERS_SCHEMA) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: has the schema %s, expected '" TB_ANSWERS_SCHEMA
                       "': read it with the version that wrote it",
                       path, tb_quote(schema, quoted));
    if (!specification || strcmp(specification, TB_SPECIFICATION) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: follows specification %s, expected '" TB_SPECIFICATION
                       "': read it with the version that wrote it",
                       path, tb_quote(specification ? specification : "", quoted));
    int found = tb_word_find(tb_file_kind_words, TB_FILE_KINDS, kind ? kind : "");
    if (found < 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: is of the kind %s, expected golden, variant or recorded: " AGAIN, path,
                       tb_quote(kind ? kind : "", quoted));
    info->kind = (enum tb_file_kind)found;
    for (const struct fact *fact = file_facts; fact->name; fact++)
        if (!take_fact(path, fact->name, tb_safetensors_metadata(f, fact->name), fact, info, error))
            return false;
    return true;
}

static bool take_file(const char *path, const struct tb_safetensors *f, struct tb_recording *out,
                      struct tb_error *error) {
    if (take_head(path, f, &out->info, error) && know_keys(path, f, error) &&
        check_checksum(path, f, error) && take_cases(path, f, out, error) &&
        tb_recording_check(path, out, error))
        return true;
    tb_recording_free(out);
    return false;
}

bool tb_recording_parse(const void *bytes, size_t size, const char *path, struct tb_recording *out,
                        struct tb_error *error) {
    struct tb_safetensors f;
    *out = (struct tb_recording){0};
    if (!tb_safetensors_parse(bytes, size, path, &f, error))
        return false;
    bool good = take_file(path, &f, out, error);
    tb_safetensors_free(&f);
    return good;
}

bool tb_recording_read(const char *path, struct tb_recording *out, struct tb_error *error) {
    struct tb_safetensors f;
    *out = (struct tb_recording){0};
    if (!tb_safetensors_read(path, &f, error))
        return false;
    bool good = take_file(path, &f, out, error);
    tb_safetensors_free(&f);
    return good;
}

bool tb_answers_read(const char *path, struct tb_file_info *info, struct tb_answers *answers,
                     struct tb_error *error) {
    struct tb_recording r;
    if (!tb_recording_read(path, &r, error))
        return false;
    if (r.count != 1) {
        tb_fail(error, TB_EXIT_USAGE, "%s: holds %zu cases where one is wanted: name a file of one case",
                path, r.count);
        tb_recording_free(&r);
        return false;
    }
    *info = r.info;
    *answers = r.answers[0];
    free(r.answers);
    return true;
}

/* ---- Writing ---- */

/* The parts of a file, as they collect. All is allocated for the most there can be. */
struct draft {
    struct tb_tensor *tensors; /* their data and names are owned, and so are the keys with a prefix */
    struct tb_metadata *metadata;
    char (*names)[NAME];
    size_t tensor_count, metadata_count, name_count;
    char checksum[65];
};

static void draft_free(struct draft *d) {
    for (size_t i = 0; i < d->tensor_count; i++)
        free((void *)d->tensors[i].data);
    free(d->tensors);
    free(d->metadata);
    free(d->names);
}

static void put_text(struct draft *d, const char *key, const char *value) {
    if (*value)
        d->metadata[d->metadata_count++] = (struct tb_metadata){key, value};
}

static const char *put_name(struct draft *d, const char *prefix, const char *leaf) {
    char *name = d->names[d->name_count++];
    snprintf(name, NAME, "%s%s%s", prefix, *prefix ? "/" : "", leaf);
    return name;
}

static bool put_column(struct draft *d, const char *prefix, const char *leaf, unsigned bytes,
                       const uint64_t *values, size_t count) {
    enum tb_dtype dtype = bytes == 8 ? TB_U64 : bytes == 4 ? TB_U32 : bytes == 2 ? TB_U16 : TB_U8;
    uint8_t *data = malloc(count * bytes);
    if (!data)
        return false;
    for (size_t i = 0; i < count; i++)
        for (unsigned byte = 0; byte < bytes; byte++)
            data[i * bytes + byte] = (uint8_t)(values[i] >> (8 * byte));
    d->tensors[d->tensor_count++] = (struct tb_tensor){.name = put_name(d, prefix, leaf),
                                                       .dtype = dtype,
                                                       .rank = 1,
                                                       .shape = {count},
                                                       .count = count,
                                                       .data = data};
    return true;
}

static bool put_side(struct draft *d, const char *prefix, const char *leaf, uint32_t bytes,
                     const unsigned char *records, size_t count) {
    uint8_t *data = malloc(count * bytes);
    if (!data)
        return false;
    memcpy(data, records, count * bytes);
    d->tensors[d->tensor_count++] = (struct tb_tensor){
        .name = put_name(d, prefix, leaf),
        .dtype = TB_U8,
        .rank = 2,
        .shape = {count, bytes},
        .count = count * bytes,
        .data = data
    };
    return true;
}

static bool put_records(struct draft *d, const char *prefix, const struct tb_answers *a) {
    struct tb_problem p;
    const struct tb_problem_records *r = &a->records;
    return tb_problem_parse(a->case_id, &p, NULL) &&
           put_side(d, prefix, first_tensors[RECORDS], p.input.bytes, r->input, r->count) &&
           put_side(d, prefix, second_tensors[RECORDS], p.output.bytes, r->output, r->count);
}

static bool put_case(struct draft *d, const char *prefix, const struct tb_answers *a) {
    struct tb_case c;
    if (a->records.count)
        return put_records(d, prefix, a);
    if (!tb_case_parse(a->case_id, &c, NULL))
        return false;
    int form = a->staircase.count ? STAIRCASE : VECTORS;
    size_t count = form ? a->vectors.count : a->staircase.count;
    return put_column(d, prefix, first_tensors[form], tb_format_bytes(tb_case_input(&c)) == 8 ? 8 : 4,
                      form ? a->vectors.input : a->staircase.first, count) &&
           put_column(d, prefix, second_tensors[form], tb_format_bytes(c.destination),
                      form ? a->vectors.output : a->staircase.code, count);
}

/* A fact of the cases: once where they agree. */
static void put_fact(struct draft *d, const struct fact *fact, const struct tb_recording *r) {
    bool agree = true;
    for (size_t i = 1; i < r->count; i++)
        agree &= strcmp(value_of(fact, &r->answers[0]), value_of(fact, &r->answers[i])) == 0;
    if (agree)
        put_text(d, fact->name, value_of(fact, &r->answers[0]));
    else
        for (size_t i = 0; i < r->count; i++)
            put_text(d, put_name(d, r->answers[i].case_id, fact->name), value_of(fact, &r->answers[i]));
}

static bool write_draft(const char *path, struct draft *d, const struct tb_recording *r,
                        struct tb_error *error) {
    bool one = r->count == 1;
    put_text(d, "schema", TB_ANSWERS_SCHEMA);
    put_text(d, "kind", tb_file_kind_words[r->info.kind].name);
    put_text(d, "specification", TB_SPECIFICATION);
    for (const struct fact *fact = file_facts; fact->name; fact++)
        put_text(d, fact->name, value_of(fact, &r->info));
    if (one)
        put_text(d, "case", r->answers[0].case_id);
    for (const struct fact *fact = case_facts; fact->name; fact++)
        put_fact(d, fact, r);
    for (size_t i = 0; i < r->count; i++)
        if (!put_case(d, one ? "" : r->answers[i].case_id, &r->answers[i]))
            return tb_fail_memory(error, path);
    qsort(d->metadata, d->metadata_count, sizeof *d->metadata, by_key);
    tb_metadata_checksum(d->metadata, d->metadata_count, d->checksum);
    put_text(d, "checksum", d->checksum);
    return tb_safetensors_write(path, d->tensors, d->tensor_count, d->metadata, d->metadata_count, error);
}

bool tb_recording_write(const char *path, struct tb_recording *r, struct tb_error *error) {
    for (size_t i = 0; i < r->count; i++)
        *r->answers[i].digest = *r->answers[i].coverage = 0;
    if (!tb_recording_check(path, r, error))
        return false;
    size_t facts = sizeof case_facts / sizeof *case_facts, heads = 5 + sizeof file_facts / sizeof *file_facts;
    struct draft d = {.tensors = calloc(2 * r->count, sizeof *d.tensors),
                      .metadata = calloc(heads + facts * r->count, sizeof *d.metadata),
                      .names = calloc((2 + facts) * r->count, sizeof *d.names)};
    bool good =
        d.tensors && d.metadata && d.names ? write_draft(path, &d, r, error) : tb_fail_memory(error, path);
    draft_free(&d);
    return good;
}

bool tb_answers_write(const char *path, const struct tb_file_info *info, const struct tb_answers *answers,
                      struct tb_error *error) {
    struct tb_answers copy = *answers;
    struct tb_recording r = {.info = *info, .count = 1, .capacity = 1, .answers = &copy};
    return tb_recording_write(path, &r, error);
}
