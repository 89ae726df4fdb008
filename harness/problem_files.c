#include "harness/problem_files.h"

#include "vectors/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tensors of fields. ---- */

/* Formats that safetensors names; all others go as unsigned integers. */
static const struct {
    const char *format;
    enum tb_dtype dtype;
} dtypes[] = {
    {"fp64",  TB_F64 },
    {"fp32",  TB_F32 },
    {"fp16",  TB_F16 },
    {"bf16",  TB_BF16},
    {"int8",  TB_I8  },
    {"int16", TB_I16 },
    {"int32", TB_I32 },
};

static enum tb_dtype dtype_of(const struct tb_format *f) {
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (strcmp(dtypes[i].format, f->name) == 0)
            return dtypes[i].dtype;
    switch (tb_format_bytes(f)) {
    case 1:
        return TB_U8;
    case 2:
        return TB_U16;
    case 4:
        return TB_U32;
    default:
        return TB_U64;
    }
}

static size_t field_bytes(const struct tb_field *f) {
    return (size_t)f->rows * f->columns * tb_format_bytes(f->format);
}

/* A field of all records, one after the other; NULL when memory is out. */
static unsigned char *gather(const struct tb_field *f, const unsigned char *records, size_t count,
                             uint32_t stride) {
    size_t bytes = field_bytes(f);
    unsigned char *all = malloc(count * bytes);
    for (size_t i = 0; all && i < count; i++)
        memcpy(all + i * bytes, records + i * stride + f->offset, bytes);
    return all;
}

struct side {
    const char *name; /* "input" */
    const struct tb_layout *layout;
    const unsigned char *records;
};

static void sides_of(const struct tb_planned_problem *q, struct side sides[2]) {
    sides[0] = (struct side){"input", &q->p.input, q->golden.input};
    sides[1] = (struct side){"output", &q->p.output, q->golden.output};
}

struct tensors {
    size_t count;
    struct tb_tensor list[2 * TB_FIELDS];
    char names[2 * TB_FIELDS][40];
    unsigned char *data[2 * TB_FIELDS];
};

static bool add_tensor(struct tensors *t, const struct side *side, const struct tb_field *f, size_t records) {
    size_t at = t->count;
    t->data[at] = gather(f, side->records, records, side->layout->bytes);
    snprintf(t->names[at], sizeof t->names[at], "%s.%s", side->name, f->name);
    t->list[at] = (struct tb_tensor){
        .name = t->names[at],
        .dtype = dtype_of(f->format),
        .rank = 3,
        .shape = {records, f->rows, f->columns},
        .count = records * f->rows * f->columns,
        .data = t->data[at]
    };
    t->count++;
    return t->data[at] != NULL;
}

static bool make_tensors(const struct tb_planned_problem *q, struct tensors *t) {
    struct side sides[2];
    bool ok = true;
    sides_of(q, sides);
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; ok && i < sides[s].layout->count; i++)
            ok = add_tensor(t, &sides[s], &sides[s].layout->fields[i], q->golden.records);
    return ok;
}

static void free_tensors(struct tensors *t) {
    for (size_t i = 0; i < t->count; i++)
        free(t->data[i]);
}

bool tb_problem_write(const char *path, const struct tb_planned_problem *q, const struct tb_file_info *info,
                      struct tb_error *error) {
    static _Thread_local struct tensors t;
    char digest[65];
    tb_problem_digest(q, digest);
    const struct tb_metadata metadata[] = {
        {"schema",        TB_PROBLEMS_SCHEMA                 },
        {"kind",          tb_file_kind_words[info->kind].name},
        {"specification", TB_SPECIFICATION                   },
        {"tool",          info->tool                         },
        {"mpfr",          info->mpfr                         },
        {"case",          q->p.id                            },
        {"digest",        digest                             },
        {"input",         q->source                          },
        {"output",        q->destination                     },
    };
    t.count = 0;
    bool ok = make_tensors(q, &t) || tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory", path);
    ok = ok &&
         tb_safetensors_write(path, t.list, t.count, metadata, sizeof metadata / sizeof metadata[0], error);
    free_tensors(&t);
    return ok;
}

/* ---- Comparing. ---- */

/* The first element in which a tensor's bytes differ from a field's. */
static bool same_field(const struct tb_planned_problem *q, const char *name, const struct tb_field *f,
                       const unsigned char *there, const unsigned char *now, struct tb_error *error) {
    unsigned bytes = tb_format_bytes(f->format);
    size_t count = q->golden.records * f->rows * f->columns, per = (size_t)f->rows * f->columns;
    for (size_t i = 0; i < count; i++)
        if (memcmp(there + i * bytes, now + i * bytes, bytes) != 0) {
            struct tb_field one = {.format = f->format, .rows = 1, .columns = 1};
            return tb_fail(error, TB_EXIT_DIVERGES,
                           "the file says record %zu, %s[%zu] is 0x%llx, it is 0x%llx", i / per, name,
                           i % per, (unsigned long long)tb_field_get(&one, there + i * bytes, 0),
                           (unsigned long long)tb_field_get(&one, now + i * bytes, 0));
        }
    return true;
}

static bool same_tensors(const struct tb_safetensors *file, const struct tb_planned_problem *q,
                         struct tb_error *error) {
    static _Thread_local struct tensors t;
    struct side sides[2];
    sides_of(q, sides);
    t.count = 0;
    bool ok = make_tensors(q, &t) || tb_fail(error, TB_EXIT_SYSTEM, "out of memory");
    for (size_t i = 0; ok && i < t.count; i++) {
        size_t inputs = q->p.input.count;
        const struct tb_field *f = i < inputs ? &q->p.input.fields[i] : &q->p.output.fields[i - inputs];
        const struct tb_tensor *there = tb_safetensors_find(file, t.names[i]);
        if (!there || there->dtype != t.list[i].dtype || there->rank != 3 ||
            memcmp(there->shape, t.list[i].shape, 3 * sizeof there->shape[0]) != 0)
            ok = tb_fail(error, TB_EXIT_USAGE, "tensor %s is missing or has another shape", t.names[i]);
        else
            ok = same_field(q, t.names[i], f, there->data, t.data[i], error);
    }
    free_tensors(&t);
    return ok;
}

bool tb_problem_compare(const char *path, const struct tb_planned_problem *q, struct tb_error *error) {
    struct tb_safetensors file;
    if (!tb_safetensors_read(path, &file, error))
        return false;
    const char *schema = tb_safetensors_metadata(&file, "schema"),
               *id = tb_safetensors_metadata(&file, "case");
    bool ok = schema && strcmp(schema, TB_PROBLEMS_SCHEMA) == 0 && id && strcmp(id, q->p.id) == 0;
    ok = ok ? same_tensors(&file, q, error)
            : tb_fail(error, TB_EXIT_USAGE, "its metadata is not that of %s in " TB_PROBLEMS_SCHEMA, q->p.id);
    tb_safetensors_free(&file);
    return ok;
}
