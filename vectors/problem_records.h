/* Records of a problem (vectors/problem.h) as a recording holds them: what a target was given, and what it
 * gave. Bytes that belong to no field are 0. */
#ifndef TB_PROBLEM_RECORDS_H
#define TB_PROBLEM_RECORDS_H

#include "vectors/problem.h"
#include "vectors/safetensors.h"

#define TB_LAYOUT_TEXT     512
#define TB_PROBLEMS_SCHEMA "tiebreak-problems/1" /* a file of golden records: harness/problem_files.h */

struct tb_problem_records {
    size_t count;
    unsigned char *input, *output; /* count records of the problem's layouts, one after the other */
};

void tb_problem_records_free(struct tb_problem_records *r);
/* Whether they hold just these inputs. */
bool tb_problem_records_given(const struct tb_problem *p, const struct tb_problem_records *r, size_t count,
                              const unsigned char *input);
/* SHA-256 over the id, the layouts as text, and all records, as hex. */
void tb_problem_records_digest(const struct tb_problem *p, const struct tb_problem_records *r, char hex[65]);

/* Copies them out of two tensors of a file, U8 of [records, bytes of one]. False and *error (TB_EXIT_USAGE),
 * which begins with `path`, where the id is none of a problem in its one spelling or the shapes do not fit.
 */
bool tb_problem_records_take(const char *path, const char *id, const struct tb_safetensors *file,
                             const char *input, const char *output, struct tb_problem_records *out,
                             struct tb_error *error);
/* Reads a file of golden records, TB_PROBLEMS_SCHEMA, whose tensors are fields. False and *error
 * (TB_EXIT_USAGE): not readable, another schema, tensors that are missing or of another shape, or records
 * that are not those of its digest. */
bool tb_problem_records_read(const char *path, char id[TB_CASE_ID], struct tb_problem_records *out,
                             struct tb_error *error);

/* Checks records that came from elsewhere, and fills in layouts and digest: the id is in its one spelling,
 * the layouts, where they are given, are those of the id, inputs are patterns of their formats, and nothing
 * stands between the fields. Outputs may be whatever fits their containers. Errors likewise. */
bool tb_problem_records_check(const char *path, const char *id, char source[TB_LAYOUT_TEXT],
                              char destination[TB_LAYOUT_TEXT], const struct tb_problem_records *r,
                              char digest[65], struct tb_error *error);

#endif
