/* Answers as text, streamed: JSON Lines, and the line format of Berkeley TestFloat.
 *
 * JSON Lines: one object a line, patterns as hex strings. A run of a staircase, both ends inside, or a
 * vector:
 *   {"case":"convert/fp32/e4m3fn/rne/satfinite","first":"0x00000000","last":"0x3a800000","code":"0x00"}
 *   {"case":"convert/fp64/fp32/rne/inf","input":"0x3ff0000000000000","output":"0x3f800000"}
 * The lines of a case stand together; the runs of a staircase follow each other without gaps over the whole
 * domain.
 *
 * TestFloat: INPUT OUTPUT FLAGS, hex digits without 0x, two for each byte of the container (a format of fewer
 * than 8 bits: two): 3F880001 39 00 FLAGS are the IEEE exceptions in SoftFloat's bits. Tiebreak does not
 * compute them: it writes 00 and ignores what it reads. A staircase is written as the first and the last
 * input of each run; what is read back are vectors. The case is not in the file. */
#ifndef TB_TEXTFORMS_H
#define TB_TEXTFORMS_H

#include "vectors/golden_file.h"

#include <stdio.h>

/* False when the case id is not known; whether the stream took everything is for tb_atomic_commit or ferror
 * to say. */
bool tb_jsonl_write(FILE *out, const struct tb_answers *a, struct tb_error *error);
bool tb_testfloat_write(FILE *out, const struct tb_answers *a, struct tb_error *error);

/* Read to the end of the stream; `path` is for messages, which carry the line number. `info` says what the
 * answers are: what a recording must name (tool, target) is not in the text. Everything is checked as
 * tb_recording_read does. */
bool tb_jsonl_read(FILE *in, const char *path, const struct tb_file_info *info, struct tb_recording *out,
                   struct tb_error *error);
bool tb_testfloat_read(FILE *in, const char *path, const char *case_id, const struct tb_file_info *info,
                       struct tb_recording *out, struct tb_error *error);

#endif
