/* Text on its way out: nothing that came from a target reaches a file unescaped. Every function makes valid
 * UTF-8 of what it is given: bytes that are not, and characters that change the direction of text, become
 * U+FFFD; control characters become their pictures (U+2400...). */
#ifndef TB_REPORTS_TEXT_H
#define TB_REPORTS_TEXT_H

#include "reports/results.h"
#include "vectors/format.h"

void tb_text_clean(const char *text, char *out, size_t size); /* never ends inside a character */
void tb_put_xml(FILE *out, const char *text);                 /* HTML and XML, text and quoted attributes */
void tb_put_markdown(FILE *out, const char *text);            /* inside a table cell */
void tb_put_json(FILE *out, const char *text);                /* with its quotes */
void tb_put_anchor(FILE *out,
                   const char *text); /* letters, digits and ._/+@- stand for themselves, the rest as ~XX */

#define TB_NUMBER 32
const char *tb_grouped(uint64_t number, char text[TB_NUMBER]); /* 1,032,192 */
const char *tb_plural(uint64_t number);                        /* "s", or "" for one */
void tb_put_others(FILE *out, size_t count); /* " and 3 others", " and 1 other"; nothing for none */

/* Digits of the hex patterns of a case: those of its containers; 1 where a format is not known here. */
struct tb_digits {
    int source, destination;
};
struct tb_digits tb_case_digits(const char *case_id);
/* An input for a line of text: its pattern; of an operation on arrays, the element with its place:
 * "0x4d (record 1, out[0][5])". */
#define TB_INPUT_WORDS 160
const char *tb_input_words(const char *case_id, uint64_t input, char text[TB_INPUT_WORDS]);
/* The format of an answer of a case: of an operation on arrays, that of the element; NULL where the id is not
 * known here. */
const struct tb_format *tb_answer_format(const char *case_id, uint64_t input);
const char *tb_hex(uint64_t pattern, int digits, char text[TB_NUMBER]);

#endif
