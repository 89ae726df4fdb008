/* Ids of the affine operations; the rest of vectors/case.h goes through here for them. */
#ifndef TB_AFFINE_CASE_H
#define TB_AFFINE_CASE_H

#include "vectors/case.h"

/* Copies the next '/'-separated part of *id; false at the end or when it is empty or too long. */
bool tb_case_next_part(const char **id, char part[64]);

/* `rest` is what follows DESTINATION/ in `id`; operation, source and destination are set already. */
bool tb_affine_parse(const char *id, const char *rest, struct tb_case *out, struct tb_error *error);
void tb_affine_print(const struct tb_case *c, char id[TB_CASE_ID]);

/* A scale as ids spell it. Reading: false where the text is no number, or one that a double would lose. */
bool tb_scale_read(const char *text, double *out);
void tb_scale_print(double scale, char *text, size_t size);

/* The least and the largest code of an integer format, as numbers. */
int64_t tb_integer_least(const struct tb_format *f);
int64_t tb_integer_greatest(const struct tb_format *f);
/* The format whose codes the parameters speak of: the destination of a quantization or requantization, the
 * source of a dequantization; NULL for a fake quantization, which spells lo and hi. */
const struct tb_format *tb_affine_codes(const struct tb_case *c);

#endif
