#include "vectors/safetensors.h"
#include "vectors/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_LIMIT 100000000u /* bytes; the limit of the reference implementation */
#define AGAIN        "make the file again, or copy it again if it travelled"

const struct tb_dtype_row tb_dtypes[TB_DTYPES] = {
    [TB_U8] = {"U8",      1},
      [TB_I8] = {"I8",      1},
      [TB_U16] = {"U16",     2},
    [TB_I16] = {"I16",     2},
      [TB_U32] = {"U32",     4},
      [TB_I32] = {"I32",     4},
    [TB_U64] = {"U64",     8},
      [TB_I64] = {"I64",     8},
      [TB_F16] = {"F16",     2},
    [TB_BF16] = {"BF16",    2},
      [TB_F32] = {"F32",     4},
      [TB_F64] = {"F64",     8},
    [TB_F8_E4M3] = {"F8_E4M3", 1},
      [TB_F8_E5M2] = {"F8_E5M2", 1},
      [TB_F8_E8M0] = {"F8_E8M0", 1},
    [TB_BOOL] = {"BOOL",    1},
};

/* What is being parsed. */
struct source {
    const char *path;
    const uint8_t *data; /* behind the header */
    size_t size;         /* of the data */
    struct tb_error *error;
};

/* ---- One tensor ---- */

/* A count out of the header: an integer, not negative. */
static bool take_count(const json_t *json, uint64_t *out) {
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return false;
    *out = (uint64_t)json_integer_value(json);
    return true;
}

static bool take_dtype(const struct source *s, const char *quoted, const json_t *json,
                       struct tb_tensor *out) {
    char other[TB_QUOTED];
    if (!json_is_string(json))
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: tensor %s has no dtype: " AGAIN, s->path, quoted);
    for (int i = 0; i < TB_DTYPES; i++) {
        if (strcmp(json_string_value(json), tb_dtypes[i].name) == 0) {
            out->dtype = (enum tb_dtype)i;
            return true;
        }
    }
    return tb_fail(s->error, TB_EXIT_USAGE,
                   "%s: tensor %s has the dtype %s, which is not known: store it in another dtype", s->path,
                   quoted, tb_quote(json_string_value(json), other));
}

static bool take_shape(const struct source *s, const char *quoted, const json_t *json,
                       struct tb_tensor *out) {
    if (!json_is_array(json))
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: tensor %s has no shape: " AGAIN, s->path, quoted);
    size_t rank = json_array_size(json);
    if (rank > TB_DIMENSIONS)
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: tensor %s has %zu dimensions: at most %d are read",
                       s->path, quoted, rank, TB_DIMENSIONS);
    out->rank = (unsigned)rank;
    out->count = 1;
    for (size_t i = 0; i < rank; i++) {
        if (!take_count(json_array_get(json, i), &out->shape[i]))
            return tb_fail(s->error, TB_EXIT_USAGE,
                           "%s: the shape of tensor %s holds something that is not a count: " AGAIN, s->path,
                           quoted);
        if (__builtin_mul_overflow(out->count, out->shape[i], &out->count))
            return tb_fail(s->error, TB_EXIT_USAGE,
                           "%s: the shape of tensor %s has more than 2^64 elements: " AGAIN, s->path, quoted);
    }
    return true;
}

static bool take_offsets(const struct source *s, const char *quoted, const json_t *json,
                         struct tb_tensor *out) {
    uint64_t from, to;
    size_t bytes;
    if (!json_is_array(json) || json_array_size(json) != 2 || !take_count(json_array_get(json, 0), &from) ||
        !take_count(json_array_get(json, 1), &to))
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: tensor %s has no data_offsets [from, to]: " AGAIN,
                       s->path, quoted);
    if (from > to || to > s->size)
        return tb_fail(s->error, TB_EXIT_USAGE,
                       "%s: tensor %s lies at bytes %llu to %llu of %zu bytes of data: the file is cut short "
                       "or damaged: " AGAIN,
                       s->path, quoted, (unsigned long long)from, (unsigned long long)to, s->size);
    if (__builtin_mul_overflow(out->count, (size_t)tb_dtypes[out->dtype].bytes, &bytes) || bytes != to - from)
        return tb_fail(s->error, TB_EXIT_USAGE,
                       "%s: tensor %s has %zu elements of %s, but %llu bytes: " AGAIN, s->path, quoted,
                       out->count, tb_dtypes[out->dtype].name, (unsigned long long)(to - from));
    out->data = s->data + from;
    return true;
}

static bool take_tensor(const struct source *s, const char *name, const json_t *json, struct tb_tensor *out) {
    char quoted[TB_QUOTED], other[TB_QUOTED];
    tb_quote(name, quoted);
    *out = (struct tb_tensor){.name = name};
    if (!json_is_object(json))
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: tensor %s is not described by an object: " AGAIN,
                       s->path, quoted);
    const char *key;
    json_t *ignored;
    json_object_foreach((json_t *)json, key, ignored) {
        if (strcmp(key, "dtype") != 0 && strcmp(key, "shape") != 0 && strcmp(key, "data_offsets") != 0)
            return tb_fail(s->error, TB_EXIT_USAGE,
                           "%s: tensor %s has the member %s, which is not known: " AGAIN, s->path, quoted,
                           tb_quote(key, other));
    }
    return take_dtype(s, quoted, json_object_get(json, "dtype"), out) &&
           take_shape(s, quoted, json_object_get(json, "shape"), out) &&
           take_offsets(s, quoted, json_object_get(json, "data_offsets"), out);
}

/* ---- The whole ---- */

static size_t tensor_bytes(const struct tb_tensor *t) {
    return t->count * tb_dtypes[t->dtype].bytes;
}

static int by_place(const void *a, const void *b) {
    const struct tb_tensor *left = a, *right = b;
    if (left->data != right->data)
        return (const char *)left->data < (const char *)right->data ? -1 : 1;
    size_t left_bytes = tensor_bytes(left), right_bytes = tensor_bytes(right);
    return (left_bytes > right_bytes) - (left_bytes < right_bytes);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct tb_tensor *)a)->name, ((const struct tb_tensor *)b)->name);
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct tb_metadata *)a)->key, ((const struct tb_metadata *)b)->key);
}

/* Back to back from the first byte of the data to the last. */
static bool check_places(const struct source *s, struct tb_safetensors *out) {
    char quoted[TB_QUOTED];
    const uint8_t *at = s->data;
    if (out->tensor_count)
        qsort(out->tensors, out->tensor_count, sizeof *out->tensors, by_place);
    for (size_t i = 0; i < out->tensor_count; i++) {
        const struct tb_tensor *t = &out->tensors[i];
        if (t->data != at)
            return tb_fail(s->error, TB_EXIT_USAGE, "%s: tensor %s %s the tensor before it: " AGAIN, s->path,
                           tb_quote(t->name, quoted),
                           (const uint8_t *)t->data < at ? "overlaps" : "leaves a hole behind");
        at += tensor_bytes(t);
    }
    if (at != s->data + s->size)
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: %zu bytes follow the last tensor: " AGAIN, s->path,
                       (size_t)(s->data + s->size - at));
    return true;
}

static bool take_metadata(const struct source *s, const json_t *json, struct tb_safetensors *out) {
    char quoted[TB_QUOTED];
    if (!json_is_object(json))
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: __metadata__ is not an object: " AGAIN, s->path);
    if (!(out->metadata = calloc(json_object_size(json) + 1, sizeof *out->metadata)))
        return tb_fail_memory(s->error, s->path);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) {
        if (!json_is_string(value))
            return tb_fail(s->error, TB_EXIT_USAGE, "%s: metadata %s is not a text: " AGAIN, s->path,
                           tb_quote(key, quoted));
        out->metadata[out->metadata_count++] = (struct tb_metadata){key, json_string_value(value)};
    }
    qsort(out->metadata, out->metadata_count, sizeof *out->metadata, by_key);
    return true;
}

static bool take_header(const struct source *s, const json_t *header, struct tb_safetensors *out) {
    if (!json_is_object(header))
        return tb_fail(s->error, TB_EXIT_USAGE, "%s: the header is not a JSON object: " AGAIN, s->path);
    if (!(out->tensors = calloc(json_object_size(header) + 1, sizeof *out->tensors)))
        return tb_fail_memory(s->error, s->path);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)header, key, value) {
        if (strcmp(key, "__metadata__") == 0
                ? !take_metadata(s, value, out)
                : !take_tensor(s, key, value, &out->tensors[out->tensor_count++]))
            return false;
    }
    if (!check_places(s, out))
        return false;
    qsort(out->tensors, out->tensor_count, sizeof *out->tensors, by_name);
    return true;
}

bool tb_safetensors_parse(const void *bytes, size_t size, const char *path, struct tb_safetensors *out,
                          struct tb_error *error) {
    const uint8_t *at = bytes;
    uint64_t length = 0;
    json_error_t where;
    *out = (struct tb_safetensors){0};
    if (size < 8)
        return tb_fail(error, TB_EXIT_USAGE, "%s: has %zu bytes, too few for a safetensors file: " AGAIN,
                       path, size);
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)at[i] << (8 * i);
    if (length > HEADER_LIMIT)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "%s: its header would be %llu bytes long, more than %u: check that it is a safetensors file",
            path, (unsigned long long)length, HEADER_LIMIT);
    if (length > size - 8)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: its header is %llu bytes long, but only %zu bytes follow: " AGAIN, path,
                       (unsigned long long)length, size - 8);
    json_t *header = json_loadb((const char *)at + 8, (size_t)length, JSON_REJECT_DUPLICATES, &where);
    if (!header)
        return tb_fail(error, TB_EXIT_USAGE, "%s: its header is not JSON, at byte %d: %.200s: " AGAIN, path,
                       where.position + 8, where.text);
    struct source s = {path, at + 8 + length, size - 8 - (size_t)length, error};
    out->header = header;
    if (take_header(&s, header, out))
        return true;
    tb_safetensors_free(out);
    return false;
}

bool tb_safetensors_read(const char *path, struct tb_safetensors *out, struct tb_error *error) {
    struct stat status;
    *out = (struct tb_safetensors){0};
    int descriptor =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nonblocking: a FIFO must not hang here */
    if (descriptor < 0)
        return tb_fail_reading(error, path, errno);
    int number = fstat(descriptor, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
    if (number) {
        close(descriptor);
        return tb_fail_reading(error, path, number);
    }
    if (!S_ISREG(status.st_mode)) {
        close(descriptor);
        return tb_fail(error, TB_EXIT_USAGE,
                       "cannot read '%s': it is not a regular file: save it to one first", path);
    }
    size_t size = (size_t)status.st_size;
    void *map =
        size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0) : NULL; /* 0 bytes cannot be mapped */
    number = errno;
    close(descriptor);
    if (map == MAP_FAILED)
        return tb_fail_reading(error, path, number);
    if (!tb_safetensors_parse(map, size, path, out, error)) {
        if (map)
            munmap(map, size);
        return false;
    }
    out->map = map;
    out->map_size = size;
    return true;
}

void tb_safetensors_free(struct tb_safetensors *file) {
    free(file->tensors);
    free(file->metadata);
    json_decref(file->header);
    if (file->map)
        munmap(file->map, file->map_size);
    *file = (struct tb_safetensors){0};
}

const struct tb_tensor *tb_safetensors_find(const struct tb_safetensors *file, const char *name) {
    struct tb_tensor key = {.name = name};
    return !file->tensor_count
               ? NULL
               : bsearch(&key, file->tensors, file->tensor_count, sizeof *file->tensors, by_name);
}

const char *tb_safetensors_metadata(const struct tb_safetensors *file, const char *key) {
    struct tb_metadata wanted = {.key = key};
    const struct tb_metadata *found =
        !file->metadata_count
            ? NULL
            : bsearch(&wanted, file->metadata, file->metadata_count, sizeof *file->metadata, by_key);
    return found ? found->value : NULL;
}

void tb_metadata_checksum(const struct tb_metadata *sorted, size_t count, char hex[65]) {
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(sorted[i].key, "checksum") == 0)
            continue;
        crypto_hash_sha256_update(&state, (const unsigned char *)sorted[i].key, strlen(sorted[i].key) + 1);
        crypto_hash_sha256_update(&state, (const unsigned char *)sorted[i].value,
                                  strlen(sorted[i].value) + 1);
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}

uint64_t tb_tensor_at(const struct tb_tensor *tensor, size_t index) {
    unsigned bytes = tb_dtypes[tensor->dtype].bytes;
    const uint8_t *at = (const uint8_t *)tensor->data + index * bytes;
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* ---- Writing ---- */

/* Adds a member that is not there yet; takes over `value`. False: the name is taken, not UTF-8, or memory is
 * out. */
static bool add_member(json_t *object, const char *name, json_t *value) {
    if (json_object_get(object, name)) {
        json_decref(value);
        return false;
    }
    return json_object_set_new(object, name, value) == 0;
}

static json_t *describe(const struct tb_tensor *t, uint64_t from) {
    json_t *shape = json_array();
    for (unsigned i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", tb_dtypes[t->dtype].name, "shape", shape,
                     "data_offsets", (json_int_t)from, (json_int_t)(from + tensor_bytes(t)));
}

/* The header as text, and the tensors in the order of their data. The text is free()d by the caller. */
static char *make_header(const struct tb_tensor *tensors, size_t tensor_count,
                         const struct tb_metadata *metadata, size_t metadata_count,
                         const struct tb_tensor **placed) {
    json_t *header = json_object(), *texts = json_object();
    bool good = header && texts;
    for (size_t i = 0; good && i < metadata_count; i++)
        good = add_member(texts, metadata[i].key, json_string(metadata[i].value));
    if (good && metadata_count)
        good = json_object_set(header, "__metadata__", texts) == 0;
    size_t count = 0;
    uint64_t from = 0;
    for (unsigned bytes = 8; bytes; bytes /= 2) {
        for (size_t i = 0; good && i < tensor_count; i++) {
            if (tb_dtypes[tensors[i].dtype].bytes != bytes)
                continue;
            placed[count++] = &tensors[i];
            good = add_member(header, tensors[i].name, describe(&tensors[i], from));
            from += tensor_bytes(&tensors[i]);
        }
    }
    char *text = good ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(texts);
    json_decref(header);
    return text;
}

bool tb_safetensors_write(const char *path, const struct tb_tensor *tensors, size_t tensor_count,
                          const struct tb_metadata *metadata, size_t metadata_count, struct tb_error *error) {
    struct tb_atomic file;
    const struct tb_tensor **placed = calloc(tensor_count + 1, sizeof *placed);
    char *header = placed ? make_header(tensors, tensor_count, metadata, metadata_count, placed) : NULL;
    if (!header) {
        free(placed);
        return tb_fail(error, TB_EXIT_SYSTEM,
                       "cannot write '%s': a name stands twice or is not UTF-8, or memory is out: rename, or "
                       "free memory",
                       path);
    }
    FILE *out = tb_atomic_open(&file, path, error);
    if (out) {
        size_t length = strlen(header), padding = (8 - length % 8) % 8;
        for (int i = 0; i < 8; i++)
            fputc((int)((length + padding) >> (8 * i) & 0xff), out);
        fprintf(out, "%s%*s", header, (int)padding, "");
        for (size_t i = 0; i < tensor_count; i++)
            fwrite(placed[i]->data, tb_dtypes[placed[i]->dtype].bytes, placed[i]->count, out);
    }
    free(header);
    free(placed);
    return out && tb_atomic_commit(&file, error);
}
