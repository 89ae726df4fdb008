/* The manifest of a set of golden files: which cases, and the digest of each.
 *
 *   {"schema": "tiebreak-manifest/1",
 *    "entries": [
 *     {"case": "convert/fp32/e4m3fn/rne/satfinite", "digest": "69f2...", "runs": 254, "file":
 * "e4m3fn.safetensors"},
 *     ...]}
 *
 * Entries ascend by case. "runs" counts a staircase's runs, or vectors. "file" is relative to the manifest,
 * and missing where only the digest ships. The same entries give the same bytes. */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#include "vectors/case.h"

#define TB_MANIFEST_SCHEMA "tiebreak-manifest/1"

struct tb_manifest_entry {
    char case_id[TB_CASE_ID];
    char digest[65];
    uint64_t runs;
    char file[256]; /* "" where none ships */
};

struct tb_manifest {
    size_t count, capacity;
    struct tb_manifest_entry *entries; /* after reading and writing: in ascending order of case_id */
};

/* Appends a copy. False only when memory is out. */
bool tb_manifest_add(struct tb_manifest *m, const struct tb_manifest_entry *entry);
/* In a manifest that was read or written; NULL where the case is not in it. */
const struct tb_manifest_entry *tb_manifest_find(const struct tb_manifest *m, const char *case_id);
void tb_manifest_free(struct tb_manifest *m);

/* Writing sorts, and refuses what reading would refuse. */
bool tb_manifest_write(const char *path, struct tb_manifest *m, struct tb_error *error);
bool tb_manifest_read(const char *path, struct tb_manifest *out, struct tb_error *error);
bool tb_manifest_parse(const char *text, size_t size, const char *path, struct tb_manifest *out,
                       struct tb_error *error);

/* SHA-256 of the bytes that tb_manifest_write writes, in lower-case hex: one word for a whole golden set.
 * Sorts. False and *error as writing. */
bool tb_manifest_digest(struct tb_manifest *m, char hex[65], struct tb_error *error);

#endif
