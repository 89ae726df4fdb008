/* The page, one file a part. What the parts share: where to write, what to write about, how much room there
 * is. */
#ifndef TB_REPORTS_HTML_H
#define TB_REPORTS_HTML_H

#include "reports/summary.h"
#include "reports/text.h"

/* What is written at one level of thrift. The page is made at the first level that fits its size budget. */
struct tb_thrift {
    size_t examples;  /* rows of a class's list of examples */
    size_t stretches; /* rows of a verdict's list of stretches */
    size_t cards;     /* classes of which an example is drawn closely, a verdict */
    size_t drawn;    /* verdicts with plots and with what the three above say; the others have one example and
                        how to see it again */
    size_t sections; /* verdicts that get a section */
    size_t causes;   /* rows of the cause table */
    bool words;      /* the hidden text of each cell that agrees */
    size_t bytes;    /* what the page may take at this level */
};

struct tb_page {
    FILE *out;
    const struct tb_results *r;
    const struct tb_summary *s;
    const struct tb_thrift *thrift;
    size_t *order; /* verdicts that speak, failing ones first */
    size_t order_count;
    bool *has_section;                    /* a verdict */
    bool *is_drawn;                       /* a verdict: see tb_thrift's drawn */
    size_t examples_shown, examples_kept; /* in all: on the page, in the results */
};

extern const char *const tb_state_classes[TB_STATES]; /* CSS classes */

void tb_html_matrix(const struct tb_page *p);
/* Against the baseline: all changes; and what it says of one verdict. Nothing where there is none. */
void tb_html_changes(const struct tb_page *p);
void tb_html_change_note(const struct tb_page *p, size_t verdict);
void tb_html_causes(const struct tb_page *p);
/* Quantizers: which arithmetic explains which target. Nothing where no such check differs. */
void tb_html_quantizers(const struct tb_page *p);
bool tb_html_has_quantizers(const struct tb_page *p);
/* The parts of a sum's error; nothing where the verdict has none. */
void tb_html_errors(const struct tb_page *p, const struct tb_verdict *v);
void tb_html_sections(const struct tb_page *p);
void tb_html_untested(const struct tb_page *p);
void tb_html_targets(const struct tb_page *p);

/* Parts of a section. */
void tb_html_histogram(const struct tb_page *p, const struct tb_verdict *v);
void tb_html_strip(const struct tb_page *p, const struct tb_verdict *v, const struct tb_case *c);
void tb_html_card(const struct tb_page *p, size_t verdict, const struct tb_class_count *c,
                  const struct tb_example *e);

/* Examples of a verdict that its section shows, and those that the results hold of it. */
size_t tb_html_examples_shown(const struct tb_page *p, size_t verdict);
size_t tb_html_examples_kept(const struct tb_verdict *v);

/* `id` of a verdict's section: case@target. */
void tb_html_anchor(FILE *out, const struct tb_verdict *v);
/* A heading with its own link. */
void tb_html_heading(FILE *out, int level, const char *id, const char *text);
/* A share that is 0 % or 100 % only when it is exactly that. */
const char *tb_percent(uint64_t part, uint64_t whole, char text[TB_NUMBER]);
/* <code>0x39</code> */
void tb_html_pattern(FILE *out, uint64_t pattern, int digits);
/* The same of an answer, as tb_code_text() has it. */
void tb_html_code(FILE *out, const char *case_id, uint64_t pattern, int digits);

#endif
