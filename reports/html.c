#include "reports/html.h"

#include "reports/affine_words.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_WANTED (2u << 20)
#define BYTES_MOST   (5u << 20)
#define ALL          SIZE_MAX

extern const unsigned char tb_report_css[], tb_report_js[];
extern const size_t tb_report_css_size, tb_report_js_size;

const char *const tb_state_classes[TB_STATES] = {
    [TB_STATE_EXACT] = "e",   [TB_STATE_SAMPLED] = "s", [TB_STATE_CLAIMED] = "c",  [TB_STATE_NAN_BITS] = "n",
    [TB_STATE_SKIPPED] = "k", [TB_STATE_CRASHED] = "x", [TB_STATE_DIVERGES] = "d",
};

/* Examples go first, then drawings, from the last check on; the matrix stays to the end. The last level is
 * taken whatever its size. */
static const struct tb_thrift thrifts[] = {
  /* examples stretches cards drawn sections causes words  bytes */
    {8, 16, 4, ALL, ALL, ALL,  true,  BYTES_WANTED},
    {4, 8,  4, ALL, ALL, ALL,  true,  BYTES_WANTED},
    {2, 4,  2, ALL, ALL, ALL,  true,  BYTES_WANTED},
    {0, 0,  1, ALL, ALL, ALL,  true,  BYTES_WANTED},
    {0, 0,  1, 200, ALL, ALL,  true,  BYTES_WANTED},
    {0, 0,  1, 100, ALL, ALL,  true,  BYTES_WANTED},
    {0, 0,  1, 50,  ALL, ALL,  true,  BYTES_WANTED},
    {0, 0,  1, 50,  ALL, 2000, false, BYTES_MOST  },
    {0, 0,  1, 50,  400, 500,  false, BYTES_MOST  },
    {0, 0,  0, 0,   0,   100,  false, BYTES_MOST  },
};
#define THRIFTS (sizeof thrifts / sizeof *thrifts)

/* ---- Small pieces. ---- */

void tb_html_anchor(FILE *out, const struct tb_verdict *v) {
    tb_put_anchor(out, v->case_id);
    putc('@', out);
    tb_put_anchor(out, v->target);
}

void tb_html_heading(FILE *out, int level, const char *id, const char *text) {
    fprintf(out,
            "<h%d id=\"%s\">%s <a class=\"self\" href=\"#%s\" aria-label=\"link to this part\">#</a></h%d>\n",
            level, id, text, id, level);
}

const char *tb_percent(uint64_t part, uint64_t whole, char text[TB_NUMBER]) {
    double percent = whole ? 100.0 * (double)part / (double)whole : 0;
    if (part == 0 || part == whole)
        snprintf(text, TB_NUMBER, "%d %%", part ? 100 : 0);
    else if (percent < 0.01)
        snprintf(text, TB_NUMBER, "under 0.01 %%");
    else if (percent > 99.99)
        snprintf(text, TB_NUMBER, "over 99.99 %%");
    else
        snprintf(text, TB_NUMBER, percent < 10 ? "%.2f %%" : "%.1f %%", percent);
    return text;
}

void tb_html_pattern(FILE *out, uint64_t pattern, int digits) {
    char text[TB_NUMBER];
    fprintf(out, "<code>%s</code>", tb_hex(pattern, digits, text));
}

void tb_html_code(FILE *out, const char *case_id, uint64_t pattern, int digits) {
    char text[TB_CODE];
    fprintf(out, "<code>%s</code>", tb_code_text(case_id, pattern, digits, text));
}

/* ---- Head. ---- */

/* Only this style and this script may act, whatever stands in the page; nothing may be fetched. */
static void put_source_hash(FILE *out, const unsigned char *text, size_t size) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(hash, text, size);
    sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    fprintf(out, "'sha256-%s'", base64);
}

static void put_head(const struct tb_page *p, const char *sentence) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
          "form-action 'none'; "
          "style-src ",
          p->out);
    put_source_hash(p->out, tb_report_css, tb_report_css_size);
    fputs("; script-src ", p->out);
    put_source_hash(p->out, tb_report_js, tb_report_js_size);
    fputs("\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" "
          "content=\"no-referrer\">\n<title>Tiebreak: ",
          p->out);
    tb_put_xml(p->out, sentence);
    fputs("</title>\n<style>", p->out);
    fwrite(tb_report_css, 1, tb_report_css_size, p->out);
    fputs("</style></head>\n<body>\n", p->out);
}

/* What the page had to leave out, in numbers. */
static void put_left_out(const struct tb_page *p) {
    const struct tb_thrift *t = p->thrift;
    size_t sections = p->order_count < t->sections ? p->order_count : t->sections, drawn = 0;
    char number[TB_NUMBER], of[TB_NUMBER];
    for (size_t i = 0; i < p->order_count; i++)
        drawn += p->has_section[p->order[i]] && p->is_drawn[p->order[i]];
    fprintf(p->out,
            "<p class=\"note\" role=\"note\">Kept below %u MB, so that a browser opens it at once. This page "
            "shows ",
            (unsigned)(t->bytes >> 20));
    if (!sections)
        fputs("no check closely", p->out);
    else if (t->examples)
        fprintf(p->out, "at most %zu examples of a class and %zu stretches of a check", t->examples,
                t->stretches);
    else
        fputs("one example of each check", p->out);
    fprintf(p->out, ": %s of the %s examples that were recorded", tb_grouped(p->examples_shown, number),
            tb_grouped(p->examples_kept, of));
    if (sections && drawn < sections)
        fprintf(p->out, "; plots and bits of %s of the %s checks that differ, the worst of each cause first",
                tb_grouped(drawn, number), tb_grouped(p->order_count, of));
    if (sections < p->order_count)
        fprintf(p->out, "; sections for %s of these %s checks", tb_grouped(sections, number),
                tb_grouped(p->order_count, of));
    if (t->causes < p->s->cause_count)
        fprintf(p->out, "; %s of the %s causes", tb_grouped(t->causes, number),
                tb_grouped(p->s->cause_count, of));
    fputs(". Every check is in the matrix; results.json holds the rest.</p>\n", p->out);
}

/* Red up to the first semicolon: that part is what fails. */
static void put_sentence(const struct tb_page *p, const char *sentence, bool fails) {
    const char *end = !fails ? NULL : strchr(sentence, ';') ? strchr(sentence, ';') : strchr(sentence, 0) - 1;
    if (end && *sentence) {
        char failing[1024];
        snprintf(failing, sizeof failing, "%.*s", (int)(end - sentence + 1), sentence);
        fputs("<em>", p->out);
        tb_put_xml(p->out, failing);
        fputs("</em>", p->out);
        sentence = end + 1;
    }
    tb_put_xml(p->out, sentence);
}

/* With a baseline, what has changed decides; what fails comes second. */
static void put_verdict(const struct tb_page *p, const char *sentence) {
    char text[1024];
    tb_summary_changes(p->r, p->s, text, sizeof text);
    fputs("<h1>", p->out);
    if (*text) {
        put_sentence(p, text, p->r->change_count);
        fputs("</h1>\n<p class=\"lead\">", p->out);
    }
    put_sentence(p, sentence, p->s->tally.failing);
    fputs(*text ? "</p>\n" : "</h1>\n", p->out);
    fputs("<p class=\"sub\">", p->out);
    tb_summary_counts(p->s, text, sizeof text);
    tb_put_xml(p->out, text);
    if (tb_results_expected(p->r)) {
        fputs(" Expected are the answers of <bdi>", p->out);
        tb_put_xml(p->out, tb_results_expected(p->r));
        fputs("</bdi>: where this page says exact, it means these.", p->out);
    }
    fputs(*p->r->baseline ? "</p>\n" : " No baseline: nothing is excused.</p>\n", p->out);
    if (p->thrift != thrifts)
        put_left_out(p);
}

static void put_fact(FILE *out, const char *name, const char *value) {
    if (!value || !*value)
        return;
    fputs("<dt>", out);
    tb_put_xml(out, name);
    fputs("</dt><dd><bdi>", out);
    tb_put_xml(out, value);
    fputs("</bdi></dd>", out);
}

static void put_provenance(const struct tb_page *p) {
    fputs("<details class=\"prov\" id=\"provenance\"><summary>Where and how this was measured</summary><dl>",
          p->out);
    put_fact(p->out, "tool", p->r->tool);
    put_fact(p->out, "command", p->r->command);
    put_fact(p->out, "suite", p->r->suite);
    put_fact(p->out, "NaN compared by", p->r->nan_level);
    for (size_t i = 0; i < p->r->fact_count; i++)
        put_fact(p->out, p->r->facts[i].name ? p->r->facts[i].name : "", p->r->facts[i].value);
    fputs("</dl></details>\n", p->out);
}

static void put_contents(const struct tb_page *p) {
    fputs("<nav aria-label=\"parts of this page\">", p->out);
    if (*p->r->baseline)
        fputs("<a href=\"#changes\">Against the baseline</a>", p->out);
    fputs("<a href=\"#targets\">Is it safe to use?</a><a href=\"#causes\">Causes</a>", p->out);
    if (tb_html_has_quantizers(p))
        fputs("<a href=\"#quantizers\">Quantizers</a>", p->out);
    fputs("<a href=\"#matrix\">Every case</a>", p->out);
    if (p->order_count)
        fputs("<a href=\"#checks\">Check by check</a>", p->out);
    fputs("<a href=\"#untested\">What was not tested</a></nav>\n", p->out);
}

static void put_page(const struct tb_page *p) {
    char sentence[1024], title[1024];
    tb_summary_sentence(p->s, sentence, sizeof sentence);
    tb_summary_changes(p->r, p->s, title, sizeof title);
    put_head(p, *title ? title : sentence);
    fputs("<a class=\"skip\" href=\"#causes\">Skip to the causes</a>\n<header><div "
          "class=\"brand\"><span>TIEBREAK</span><span>",
          p->out);
    tb_put_xml(p->out, p->r->tool);
    fputs("</span></div>\n", p->out);
    put_verdict(p, sentence);
    put_provenance(p);
    put_contents(p);
    fputs("</header>\n<main>\n", p->out);
    tb_html_changes(p);
    tb_html_targets(p);
    tb_html_causes(p);
    tb_html_quantizers(p);
    tb_html_matrix(p);
    tb_html_sections(p);
    tb_html_untested(p);
    fputs("</main>\n<footer>Made by ", p->out);
    tb_put_xml(p->out, *p->r->tool ? p->r->tool : "tiebreak");
    fputs(". This file needs no network and reads without scripts; the same results give the same "
          "bytes.</footer>\n<script>",
          p->out);
    fwrite(tb_report_js, 1, tb_report_js_size, p->out);
    fputs("</script>\n</body></html>\n", p->out);
}

/* ---- Which verdicts get a section, and at which level the page fits. ---- */

/* What is not as the baseline has it, then by state. */
static int urgency(const struct tb_page *p, size_t verdict) {
    static const int urgencies[TB_STATES] = {
        [TB_STATE_CRASHED] = 2, [TB_STATE_NAN_BITS] = 3, [TB_STATE_CLAIMED] = 4};
    enum tb_state state = tb_verdict_state(&p->r->verdicts[verdict]);
    return p->s->changes[verdict] ? 0 : state == TB_STATE_DIVERGES ? 1 : urgencies[state];
}

static void order_verdicts(struct tb_page *p) {
    p->order_count = 0;
    for (int wanted = 0; wanted < 5; wanted++)
        for (size_t i = 0; i < p->r->verdict_count; i++)
            if (tb_verdict_speaks(&p->r->verdicts[i]) && urgency(p, i) == wanted)
                p->order[p->order_count++] = i;
}

static void draw(struct tb_page *p, size_t verdict, size_t *left) {
    if (*left && !p->is_drawn[verdict]) {
        p->is_drawn[verdict] = true;
        --*left;
    }
}

/* What has changed and the worst check of each cause, which the tables link to first; then in the order of
 * the sections. */
static void choose_drawn(struct tb_page *p) {
    size_t left = p->thrift->drawn;
    memset(p->is_drawn, 0, p->r->verdict_count * sizeof *p->is_drawn);
    for (size_t i = 0; i < p->order_count; i++)
        if (p->s->changes[p->order[i]])
            draw(p, p->order[i], &left);
    for (size_t i = 0; i < p->s->cause_count; i++)
        draw(p, p->s->causes[i].worst, &left);
    for (size_t i = 0; i < p->order_count; i++)
        draw(p, p->order[i], &left);
}

static void count_examples(struct tb_page *p) {
    p->examples_shown = p->examples_kept = 0;
    for (size_t i = 0; i < p->r->verdict_count; i++) {
        p->examples_kept += tb_html_examples_kept(&p->r->verdicts[i]);
        p->examples_shown += p->has_section[i] ? tb_html_examples_shown(p, i) : 0;
    }
}

/* The page at one level, in memory; NULL when memory is out. */
static char *render_at(struct tb_page *p, size_t level, size_t *size) {
    char *text = NULL;
    p->thrift = &thrifts[level];
    for (size_t i = 0; i < p->order_count; i++)
        p->has_section[p->order[i]] = i < p->thrift->sections;
    choose_drawn(p);
    count_examples(p);
    p->out = open_memstream(&text, size);
    if (!p->out)
        return NULL;
    put_page(p);
    bool good = !ferror(p->out);
    if (fclose(p->out) || !good) {
        free(text);
        return NULL;
    }
    return text;
}

static bool render(FILE *out, struct tb_page *p) {
    for (size_t level = 0; level < THRIFTS; level++) {
        size_t size;
        char *text = render_at(p, level, &size);
        if (!text)
            return false;
        bool last = level + 1 == THRIFTS;
        if (size <= p->thrift->bytes || last) {
            bool good = fwrite(text, 1, size, out) == size;
            free(text);
            return good;
        }
        free(text);
    }
    return false;
}

bool tb_report_html(FILE *out, const struct tb_results *r) {
    struct tb_summary s;
    if (!tb_summary_make(r, &s))
        return false;
    struct tb_page page = {.r = r, .s = &s};
    page.order = calloc(r->verdict_count + 1, sizeof *page.order);
    page.has_section = calloc(r->verdict_count + 1, sizeof *page.has_section);
    page.is_drawn = calloc(r->verdict_count + 1, sizeof *page.is_drawn);
    bool good = page.order && page.has_section && page.is_drawn;
    if (good) {
        order_verdicts(&page);
        good = render(out, &page);
    }
    free(page.order);
    free(page.has_section);
    free(page.is_drawn);
    tb_summary_free(&s);
    return good;
}
