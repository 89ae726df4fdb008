/* The two plots of a section. Each has a title, a description and the same data as a table; heights are
 * logarithmic, so that one input is visible beside a million. */
#include "reports/affine_words.h"
#include "reports/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIDDLE (TB_DISTANCE_BINS / 2)

/* 0 for none, 1/(1 + log10 most) for one, 1 for the most. */
static double log_height(uint64_t count, uint64_t most) {
    return count ? (1 + log10((double)count)) / (1 + log10((double)most)) : 0;
}

/* Short enough to stand on a narrow bar: 999, 66 k, 130 k, 7.9 M. */
static const char *brief(uint64_t count, char text[TB_NUMBER]) {
    static const struct {
        double unit;
        char letter;
    } units[] = {
        {1e12, 'T'},
        {1e9,  'G'},
        {1e6,  'M'},
        {1e3,  'k'}
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if ((double)count >= units[i].unit) {
            double scaled = (double)count / units[i].unit;
            snprintf(text, TB_NUMBER, scaled < 9.95 ? "%.1f %c" : "%.0f %c", scaled, units[i].letter);
            return text;
        }
    return tb_grouped(count, text);
}

/* ---- Signed distance. ---- */

static const char *bin_name(int bin, char text[TB_NUMBER]) {
    int distance = bin - MIDDLE;
    snprintf(text, TB_NUMBER, "%s%d",
             bin == 0                      ? "≤"
             : bin == TB_DISTANCE_BINS - 1 ? "≥+"
             : distance > 0                ? "+"
                                           : "",
             distance);
    return text;
}

static void put_bars(FILE *out, const struct tb_verdict *v, int reach, uint64_t most) {
    char count[TB_NUMBER], name[TB_NUMBER];
    int bins = 2 * reach + 1;
    double width = 460.0 / bins;
    for (int bin = MIDDLE - reach; bin <= MIDDLE + reach; bin++) {
        double x = 20 + width * (bin - MIDDLE + reach), centre = x + width / 2,
               height = 74 * log_height(v->distance[bin], most);
        if (v->distance[bin])
            fprintf(out,
                    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/><text "
                    "class=\"lab\" x=\"%.1f\" "
                    "y=\"%.1f\">%s</text>",
                    x + width * 0.15, 106 - height, width * 0.7, height, centre, 100 - height,
                    bins > 7 ? brief(v->distance[bin], count) : tb_grouped(v->distance[bin], count));
        fprintf(out, "<text x=\"%.1f\" y=\"124\">%s</text>", centre,
                bin == MIDDLE ? "0" : bin_name(bin, name));
    }
    fprintf(
        out,
        "<text class=\"lab\" x=\"250\" y=\"88\">same</text><text class=\"lab\" x=\"250\" y=\"101\">%s</text>",
        bins > 7 ? brief(v->inputs - v->diverging, count) : tb_grouped(v->inputs - v->diverging, count));
}

static void put_distance_table(FILE *out, const struct tb_verdict *v) {
    char count[TB_NUMBER], name[TB_NUMBER];
    fputs("<details class=\"data\"><summary>the same as a table</summary><table class=\"c\"><thead><tr><th "
          "scope=\"col\">codes "
          "off</th><th scope=\"col\" class=\"num\">inputs</th></tr></thead><tbody>",
          out);
    for (int bin = 0; bin < TB_DISTANCE_BINS; bin++)
        if (v->distance[bin])
            fprintf(out, "<tr><td>%s</td><td class=\"num\">%s</td></tr>", bin_name(bin, name),
                    tb_grouped(v->distance[bin], count));
    fputs("</tbody></table></details>\n", out);
}

void tb_html_histogram(const struct tb_page *p, const struct tb_verdict *v) {
    uint64_t most = 0, below = 0, above = 0;
    int reach = 3;
    for (int bin = 0; bin < TB_DISTANCE_BINS; bin++) {
        int distance = abs(bin - MIDDLE);
        most = v->distance[bin] > most ? v->distance[bin] : most;
        reach = v->distance[bin] && distance > reach ? distance : reach;
        *(bin < MIDDLE ? &below : &above) += v->distance[bin];
    }
    if (!most)
        return;
    char low[TB_NUMBER], high[TB_NUMBER];
    tb_grouped(below, low);
    tb_grouped(above, high);
    fprintf(p->out,
            "<figure><h4>How far off, in codes</h4><svg viewBox=\"0 0 500 130\" class=\"hist\" "
            "role=\"img\"><title>Signed distance in "
            "codes</title><desc>%s inputs too low, %s too high.</desc><line class=\"axis\" x1=\"20\" "
            "x2=\"480\" y1=\"106\" "
            "y2=\"106\"/>",
            low, high);
    put_bars(p->out, v, reach, most);
    fprintf(p->out, "</svg>\n<figcaption class=\"how\">How many codes lie from the expected code to the one "
                    "given: left too low, right "
                    "too high. Bar heights are logarithmic; the inputs that agree have no bar. NaN, "
                    "infinities and signs of zero are "
                    "not counted here but as classes.</figcaption>");
    put_distance_table(p->out, v);
    fputs("</figure>\n", p->out);
}

/* ---- The input axis. ---- */

struct strip {
    const struct tb_verdict *v;
    const struct tb_case *c;
    int low, high; /* exponents shown */
    uint64_t most;
    double width; /* of a binade */
    int rows;     /* 1, or 2 where negative inputs diverge too */
};

/* Exponent of the leading bit of a binade's values. */
static int value_exponent(const struct tb_format *source, int field) {
    if (source->kind != TB_FLOAT)
        return field - 1;
    return (field ? field : 1) - source->bias;
}

static int top_exponent(struct tb_value v) {
    return v.exponent + 63 - __builtin_clzll(v.significand);
}

/* The binade of the source that holds 2^exponent. */
static int field_of(const struct tb_format *source, int exponent) {
    return source->kind == TB_FLOAT ? exponent + source->bias : exponent + 1;
}

struct mark {
    int field; /* drawn at the left edge of this binade */
    const char *text;
    bool before; /* the text stands before the mark, where there is room */
};

/* Landmarks of a quantizer: below the first every input gives the zero point, from the second on all are
 * clamped. */
static int affine_landmarks(const struct tb_case *c, struct mark marks[2]) {
    double zero, clamp;
    if (!tb_affine_landmarks(c, &zero, &clamp))
        return 0;
    int least = c->source->kind == TB_FLOAT ? 1 - c->source->bias : 0;
    int first = ilogb(zero) < least ? least : ilogb(zero), second = ilogb(clamp) + 1;
    marks[0] = (struct mark){field_of(c->source, first), "← zero point", true};
    marks[1] = (struct mark){field_of(c->source, second < least ? least : second), "clamped →", false};
    int end = c->source->kind == TB_FLOAT ? (1 << tb_format_exponent_bits(c->source)) - 1 : c->source->bits;
    return marks[0].field > end ? 0 : marks[1].field > end ? 1 : 2;
}

/* Landmarks of the destination: below the first lie subnormal results, from the second on overflow. */
static int landmarks(const struct tb_case *c, struct mark marks[2]) {
    int count = 0;
    if (tb_case_is_affine(c))
        return affine_landmarks(c, marks);
    if (c->operation != TB_CONVERT)
        return 0;
    uint64_t largest;
    const struct tb_format *d = c->destination;
    if (d->kind == TB_FLOAT && d->low == TB_LOW_SUBNORMALS)
        marks[count++] = (struct mark){field_of(c->source, 1 - d->bias), "← subnormal results", true};
    if (tb_format_largest(d, false, &largest) && tb_format_decode(d, largest).class == TB_FINITE)
        marks[count++] = (struct mark){field_of(c->source, top_exponent(tb_format_decode(d, largest)) + 1),
                                       "overflow →", false};
    return count;
}

static struct strip measure(const struct tb_verdict *v, const struct tb_case *c) {
    struct strip s = {.v = v, .c = c, .low = INT32_MAX, .high = INT32_MIN, .rows = 1};
    struct mark marks[2];
    int count = landmarks(c, marks), end = 1 << 16;
    for (size_t i = 0; i < v->binade_count; i++) {
        const struct tb_binade *b = &v->binades[i];
        s.low = b->exponent < s.low ? b->exponent : s.low;
        s.high = b->exponent > s.high ? b->exponent : s.high;
        s.most = b->diverging > s.most ? b->diverging : s.most;
        s.rows = b->negative ? 2 : s.rows;
    }
    for (int i = 0; i < count; i++) {
        s.low = marks[i].field < s.low ? marks[i].field : s.low;
        s.high = marks[i].field > s.high ? marks[i].field : s.high;
    }
    if (c->source->kind == TB_FLOAT)
        end = (1 << tb_format_exponent_bits(c->source)) - 1;
    int room = (s.high - s.low) / 6 + 2; /* for the text beside the marks */
    s.low = s.low > room ? s.low - room : 0;
    s.high = s.high + room < end ? s.high + room : s.high > end ? s.high : end;
    s.width = 900.0 / (s.high - s.low + 1);
    return s;
}

static void put_binades(FILE *out, const struct strip *s) {
    for (int row = 0; row < s->rows; row++)
        fprintf(out,
                "<rect class=\"cold\" x=\"20\" y=\"%d\" width=\"900\" height=\"36\"/><text class=\"lab\" "
                "x=\"8\" y=\"%d\">%s</text>",
                22 + 42 * row, 44 + 42 * row, row ? "−" : "+");
    fputs("<path class=\"bar\" d=\"", out); /* one for all: a source of fp64 has 4,094 binades */
    for (size_t i = 0; i < s->v->binade_count; i++) {
        const struct tb_binade *b = &s->v->binades[i];
        fprintf(out, "M%.1f %dv-%.1fh%.1fV%dz", 20 + s->width * (b->exponent - s->low) + s->width * 0.06,
                58 + 42 * !!b->negative, 36 * log_height(b->diverging, s->most), s->width * 0.88,
                58 + 42 * !!b->negative);
    }
    fputs("\"/>", out);
}

static void put_scale(FILE *out, const struct strip *s) {
    struct mark marks[2];
    int count = landmarks(s->c, marks), bottom = 22 + 42 * s->rows;
    for (int i = 0; i < count; i++) {
        double x = 20 + s->width * (marks[i].field - s->low);
        bool before = marks[i].before ? x > 140 : x > 850;
        fprintf(out,
                "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"6\" y2=\"%d\"/><text class=\"lab\" "
                "x=\"%.1f\" y=\"14\" "
                "text-anchor=\"%s\">%s</text>",
                x, x, bottom, x + (before ? -5 : 5), before ? "end" : "start", marks[i].text);
    }
    int every = 1 + (s->high - s->low) / 14;
    for (int field = s->low; field <= s->high; field++)
        if (!(value_exponent(s->c->source, field) % every) && field)
            fprintf(
                out,
                "<text class=\"lab\" x=\"%.1f\" y=\"%d\">2<tspan dy=\"-5\" class=\"sup\">%d</tspan></text>",
                20 + s->width * (field - s->low + 0.5), bottom + 14, value_exponent(s->c->source, field));
}

static void put_binade_name(FILE *out, const struct tb_format *source, const struct tb_binade *b) {
    if (source->kind != TB_FLOAT && !b->exponent)
        fputs("zero", out);
    else if (source->kind == TB_FLOAT && !b->exponent && source->low != TB_LOW_NORMAL)
        fprintf(out, "%szero and subnormals", b->negative ? "negative " : "");
    else if (source->kind == TB_FLOAT && b->exponent == (1 << tb_format_exponent_bits(source)) - 1 &&
             source->nan == TB_NAN_IEEE)
        fprintf(out, "%sinfinity and NaN", b->negative ? "negative " : "");
    else
        fprintf(out, "%s2<sup>%d</sup>", b->negative ? "−" : "", value_exponent(source, b->exponent));
}

/* Rows beyond 40 are counted. */
static void put_binade_table(FILE *out, const struct tb_verdict *v, const struct tb_case *c) {
    char count[TB_NUMBER], percent[TB_NUMBER];
    fputs("<details class=\"data\"><summary>the same as a table</summary><table class=\"c\"><thead><tr><th "
          "scope=\"col\">inputs "
          "from</th><th scope=\"col\" class=\"num\">diverging</th><th scope=\"col\" class=\"num\">of the "
          "binade</th></tr></thead><tbody>",
          out);
    for (size_t i = 0; i < v->binade_count && i < 40; i++) {
        fputs("<tr><td>", out);
        put_binade_name(out, c->source, &v->binades[i]);
        fprintf(out, "</td><td class=\"num\">%s</td><td class=\"num\">%s</td></tr>",
                tb_grouped(v->binades[i].diverging, count),
                tb_percent(v->binades[i].diverging, v->binades[i].inputs, percent));
    }
    if (v->binade_count > 40)
        fprintf(out, "<tr><td colspan=\"3\">And %zu other binades; all in results.json.</td></tr>",
                v->binade_count - 40);
    fputs("</tbody></table></details>\n", out);
}

void tb_html_strip(const struct tb_page *p, const struct tb_verdict *v, const struct tb_case *c) {
    if (!v->binade_count || !c->source || tb_case_input(c) != c->source) /* a joint input has no axis */
        return;
    struct strip s = measure(v, c);
    fprintf(p->out,
            "<figure><h4>Where on the input axis</h4><svg viewBox=\"0 0 930 %d\" class=\"strip\" "
            "role=\"img\"><title>Diverging "
            "inputs by binade</title><desc>%zu binades hold diverging inputs.</desc>",
            42 * s.rows + 42, v->binade_count);
    put_binades(p->out, &s);
    put_scale(p->out, &s);
    fputs("</svg>\n<figcaption class=\"how\">One column for each binade (power of two) of the input", p->out);
    fputs(s.rows > 1 ? ", positive inputs above, negative ones below" : "", p->out);
    fputs("; the higher the bar, the more of its inputs diverge (logarithmic). ", p->out);
    struct mark marks[2];
    if (landmarks(c, marks))
        fprintf(p->out, "Marks show %s: a bug that stops at a mark is a bug of that region.",
                tb_case_is_affine(c)
                    ? "below which all inputs give the zero point and above which all are clamped"
                    : "where results become subnormal and where they overflow");
    fputs("</figcaption>", p->out);
    put_binade_table(p->out, v, c);
    fputs("</figure>\n", p->out);
}
