/* The safetensors container: a length, a JSON header, the tensors' bytes.
 *
 *   8 bytes      length of the header, little end first
 *   the header   {"__metadata__": {"key": "text", ...}, "NAME": {"dtype": "U8", "shape": [n, ...],
 * "data_offsets": [from, to]}, ...} the data     the tensors back to back, without holes or overlaps, little
 * end first
 *
 * Reading is strict: what the format's specification forbids is refused by name, and the reader never trusts
 * a number out of the file. */
#ifndef TB_SAFETENSORS_H
#define TB_SAFETENSORS_H

#include "vectors/error.h"

#include <stddef.h>
#include <stdint.h>

enum tb_dtype {
    TB_U8,
    TB_I8,
    TB_U16,
    TB_I16,
    TB_U32,
    TB_I32,
    TB_U64,
    TB_I64,
    TB_F16,
    TB_BF16,
    TB_F32,
    TB_F64,
    TB_F8_E4M3,
    TB_F8_E5M2,
    TB_F8_E8M0,
    TB_BOOL,
    TB_DTYPES
};
extern const struct tb_dtype_row {
    const char *name;
    unsigned bytes; /* of an element */
} tb_dtypes[TB_DTYPES];

#define TB_DIMENSIONS 8

struct tb_tensor {
    const char *name;
    enum tb_dtype dtype;
    unsigned rank; /* 0: one element */
    uint64_t shape[TB_DIMENSIONS];
    size_t count;     /* elements */
    const void *data; /* count elements, little end first; aligned only as the file was */
};

struct tb_metadata {
    const char *key, *value; /* UTF-8, without NUL */
};

struct tb_safetensors {
    size_t tensor_count;
    struct tb_tensor *tensors; /* by name, as strcmp orders */
    size_t metadata_count;
    struct tb_metadata *metadata; /* by key */
    void *map;                    /* the mapped file; NULL after tb_safetensors_parse */
    size_t map_size;
    void *header; /* owns the strings */
};

/* Maps a regular file. The tensors' data lie in the map: they are good until tb_safetensors_free, and the
 * file must not be cut short meanwhile. False and *error: TB_EXIT_USAGE for a bad file. */
bool tb_safetensors_read(const char *path, struct tb_safetensors *out, struct tb_error *error);
/* The same on bytes in memory, which must outlive *out; `path` is for messages. */
bool tb_safetensors_parse(const void *bytes, size_t size, const char *path, struct tb_safetensors *out,
                          struct tb_error *error);
void tb_safetensors_free(struct tb_safetensors *file);

/* NULL where there is none of this name. */
const struct tb_tensor *tb_safetensors_find(const struct tb_safetensors *file, const char *name);
const char *tb_safetensors_metadata(const struct tb_safetensors *file, const char *key);

/* SHA-256, as hex, over metadata in ascending order of their keys: each key and value with its NUL, but for
 * the key "checksum". Where they hold digests of the data, no bit of a file can turn unseen. */
void tb_metadata_checksum(const struct tb_metadata *sorted, size_t count, char hex[65]);

/* One element of an unsigned integer tensor (TB_U8 to TB_U64). */
uint64_t tb_tensor_at(const struct tb_tensor *tensor, size_t index);

/* Writes a file, whole or not at all (vectors/atomic_file.h). The header holds the metadata in the order
 * given; the tensors lie by element size, the largest first, then in the order given, so that each is aligned
 * to its elements and the first to 8 bytes. Same arguments, same bytes. */
bool tb_safetensors_write(const char *path, const struct tb_tensor *tensors, size_t tensor_count,
                          const struct tb_metadata *metadata, size_t metadata_count, struct tb_error *error);

#endif
