/* A case: one thing to check, with a stable id that people type and CI stores.
 *
 *   convert/SOURCE/DESTINATION/ROUNDING/OVERFLOW     convert/fp32/e4m3fn/rne/satfinite
 *   convert/SOURCE/DESTINATION/exact                 convert/e4m3fn/fp16/exact
 *
 * `exact` names the conversions that lose nothing: every finite source value is a destination value and
 * infinities are kept; they have no rounding and no overflow, and the five-part spelling of such a case is
 * refused. */
#ifndef TB_CASE_H
#define TB_CASE_H

#include "vectors/format.h"
#include "vectors/rounding.h"

#define TB_CASE_ID 128

enum tb_operation { TB_CONVERT };

struct tb_case {
    enum tb_operation operation;
    const struct tb_format *source;
    const struct tb_format *destination;
    enum tb_rounding rounding;
    enum tb_overflow overflow; /* TB_PROPAGATE when rounding is TB_EXACT: infinities are kept */
};

/* Parses an id; the message names the part that is wrong. */
bool tb_case_parse(const char *id, struct tb_case *out, struct tb_error *error);
/* Prints the id; the inverse of tb_case_parse. */
void tb_case_print(const struct tb_case *c, char id[TB_CASE_ID]);
/* Whether every source value, infinities included, is a destination value. */
bool tb_case_is_exact(const struct tb_format *source, const struct tb_format *destination);

/* The domain: all patterns of the source, in ascending order: pattern = index << padding. */
uint64_t tb_case_inputs(const struct tb_case *c);
/* Whether the answers over the whole domain fit a staircase: source at most 32 bits and either it or the
 * destination at most 19 (about 2^20 runs at most). Elsewhere the golden is a list of vectors. */
bool tb_case_has_staircase(const struct tb_case *c);

/* Glob match of ids and target names: `*` any run of characters, `/` included; `?` one character; nothing
 * else is special. */
bool tb_glob(const char *pattern, const char *text);

/* A suite names the cases that `run` checks. */
enum tb_suite { TB_QUICK, TB_STANDARD, TB_FULL, TB_SUITES };
extern const struct tb_word tb_suite_words[TB_SUITES];
/* All cases of a suite, each once, in listing order. The array is allocated; free() it. */
struct tb_case *tb_suite_cases(enum tb_suite suite, size_t *count);

#endif
