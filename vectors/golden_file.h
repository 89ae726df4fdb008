/* Golden, variant and recorded files: the answers of one case or of many, as safetensors.
 *
 * One layout serves both. The file's metadata tells what holds for all of it; a fact of one case has the case
 * id and '/' before its name. A file of one case has no such prefixes, and names its case in "case":
 *
 *   one case    tensors first, code                     metadata schema, kind, ..., case, digest
 *   many        tensors CASE/first, CASE/code, ...      metadata schema, kind, ..., CASE/digest, ...
 *
 *   first, code         a staircase: the input's pattern, ascending from 0; the output's pattern
 *   input.0, output.0   vectors, instead
 *   input.records, output.records   of a problem (vectors/problem.h), instead: U8 of [records, bytes of one]
 *
 * first and input.0 are U32, or U64 for sources of 64 bits; code and output.0 are unsigned integers of the
 * destination's container. A fact of the cases that is the same for all of them is written once, without
 * prefix.
 *
 *   schema          tiebreak-answers/1
 *   kind            golden: exact answers. variant: those of a named arithmetic. recorded: what a target gave
 *   specification   version of the definition in reference/reference.h; 1
 *   tool            that wrote the file, with its version
 *   mpfr            version of MPFR that made the answers           golden must have it
 *   target, device, driver, compiler, flags, date                   recorded (target must be there)
 *   case            the id
 *   variant         name, as tiebreak list variants or presets has it,
 *                   or several joined by '+'                        variant
 *   claim           what the target claims, where not exactness     recorded
 *   coverage        exhaustive (staircases) or sampled (all else)   recorded
 *   digest          tb_staircase_digest, tb_vectors_digest, tb_problem_records_digest
 *   source, destination   the layouts of a problem's records, "fp16[8x16] fp16[16x8]"   recorded, of problems
 *   checksum        SHA-256 over all other metadata, ascending by key, each key and value with a
 *                   NUL; may be missing
 *
 * Nothing in a golden file depends on the machine or the day: the same answers give the same bytes. */
#ifndef TB_GOLDEN_FILE_H
#define TB_GOLDEN_FILE_H

#include "vectors/problem_records.h"
#include "vectors/staircase.h"
#include "vectors/vectorlist.h"

#define TB_ANSWERS_SCHEMA "tiebreak-answers/1"
#define TB_SPECIFICATION  "1"

enum tb_file_kind { TB_FILE_GOLDEN, TB_FILE_VARIANT, TB_FILE_RECORDED, TB_FILE_KINDS };
extern const struct tb_word tb_file_kind_words[TB_FILE_KINDS];

/* What holds for a whole file; "" where nothing is known. */
struct tb_file_info {
    enum tb_file_kind kind;
    char tool[64];
    char mpfr[32];
    char target[96];
    char device[256];
    char driver[128];
    char compiler[256];
    char flags[1024];
    char date[32];
};

/* The answers of one case: a staircase, vectors, or a problem's records, the others with count 0. */
struct tb_answers {
    char case_id[TB_CASE_ID];
    char variant[64];
    char claim[64];
    char coverage[16]; /* "exhaustive" or "sampled" in a recording; set by reading, writing and checking */
    char digest[65];   /* likewise */
    char source[TB_LAYOUT_TEXT], destination[TB_LAYOUT_TEXT]; /* of records: their layouts; likewise */
    struct tb_staircase staircase;
    struct tb_vectors vectors;
    struct tb_problem_records records;
};

/* A file in memory. Starts as {0}. */
struct tb_recording {
    struct tb_file_info info;
    size_t count, capacity;
    struct tb_answers *answers; /* after reading and writing: in ascending order of case_id, each once */
};

/* A new, empty entry for a case; the pointer is good until the next call. NULL when memory is out. */
struct tb_answers *tb_recording_add(struct tb_recording *r, const char *case_id);
/* The entry of a case in a recording that was read or written; NULL where there is none. */
struct tb_answers *tb_recording_find(const struct tb_recording *r, const char *case_id);
void tb_recording_sort(struct tb_recording *r);
void tb_answers_free(struct tb_answers *a);
void tb_recording_free(struct tb_recording *r);

/* Writes a file, whole or not at all; sorts the entries. What reading would refuse is refused here
 * (TB_EXIT_USAGE). */
bool tb_recording_write(const char *path, struct tb_recording *r, struct tb_error *error);
/* Reads and verifies everything: ids, ascending inputs, codes, digests. Golden and variant files hold only
 * codes that the destination has; a recording holds whatever fits its container. */
bool tb_recording_read(const char *path, struct tb_recording *out, struct tb_error *error);
/* The same on bytes in memory; `path` is for messages. */
bool tb_recording_parse(const void *bytes, size_t size, const char *path, struct tb_recording *out,
                        struct tb_error *error);

/* Checks the entries of a recording that came from elsewhere (vectors/textforms.h) and sets their digests. */
bool tb_recording_check(const char *path, struct tb_recording *r, struct tb_error *error);

/* Whether a pattern is one of the format's codes with zeros as padding; whether it fits the format's
 * container. */
bool tb_is_pattern(const struct tb_format *format, uint64_t pattern);
bool tb_fits_container(const struct tb_format *format, uint64_t pattern);
/* Parses an id and refuses every spelling but tb_case_print's. */
bool tb_case_parse_strict(const char *path, const char *id, struct tb_case *out, struct tb_error *error);

/* A file of one case. Reading refuses a file of several. */
bool tb_answers_write(const char *path, const struct tb_file_info *info, const struct tb_answers *answers,
                      struct tb_error *error);
bool tb_answers_read(const char *path, struct tb_file_info *info, struct tb_answers *answers,
                     struct tb_error *error);

#endif
