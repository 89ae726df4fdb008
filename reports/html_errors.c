/* Where the error of a sum arises: a table of its parts. */
#include "reports/html.h"

#include <string.h>

static const struct {
    const char *part, *means;
} meanings[] = {
    {"inputs",       "the inputs were quantized"                                },
    {"products",     "products were rounded before they were added"             },
    {"accumulation", "partial sums were rounded, in the order of the arithmetic"},
    {"output",       "the sum was rounded into the output's format"             },
    {"total",        "all of it"                                                },
};

static const char *meaning_of(const char *part) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(part, meanings[i].part) == 0)
            return meanings[i].means;
    return "";
}

static void put_part(const struct tb_page *p, const struct tb_verdict *v, const struct tb_error_part *e) {
    fputs("<tr><th scope=\"row\"><code>", p->out);
    tb_put_xml(p->out, e->part);
    fprintf(p->out,
            "</code><small>%s</small></th><td class=\"num\">%.3g</td><td class=\"num\">%.3g</td><td "
            "class=\"num\">%.2g</td><td>",
            meaning_of(e->part), e->median_ulp, e->max_ulp, e->max_of_sum);
    if (e->max_ulp > 0)
        tb_html_pattern(p->out, e->input, tb_case_digits(v->case_id).source);
    fputs("</td></tr>\n", p->out);
}

void tb_html_errors(const struct tb_page *p, const struct tb_verdict *v) {
    char number[TB_NUMBER];
    if (!v->error_count)
        return;
    fprintf(
        p->out,
        "<div class=\"scroll\"><table class=\"c\"><caption>Where the error arises, over the %s sums whose "
        "exact value is finite</caption><thead><tr><th scope=\"col\">part</th><th scope=\"col\" "
        "class=\"num\">median, in ULP</th><th scope=\"col\" class=\"num\">largest, in ULP</th><th "
        "scope=\"col\" "
        "class=\"num\">largest, of the sum of |a b|</th><th scope=\"col\">at "
        "element</th></tr></thead><tbody>\n",
        tb_grouped(v->errors[0].inputs, number));
    for (size_t i = 0; i < v->error_count; i++)
        put_part(p, v, &v->errors[i]);
    fputs("</tbody></table></div>\n<p class=\"how\">ULP are those of the output's format at the exact sum. "
          "Where "
          "no arithmetic explains the target, its products and partial sums are one part.</p>\n",
          p->out);
}
