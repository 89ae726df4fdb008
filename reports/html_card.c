/* One input, closely: its bits and those of the two answers, the exact values, the neighbours it lies
 * between, and how to see it again. */
#include "reports/affine_words.h"
#include "reports/basic_words.h"
#include "reports/command.h"
#include "reports/html.h"
#include "reports/neighbours.h"

#include <stdlib.h>
#include <string.h>

/* ---- Bits. ---- */

static char field_class(const struct tb_format *f, int bit) {
    int code_bit = bit - f->padding;
    if (code_bit < 0)
        return 'p';
    if (f->is_signed && code_bit == f->bits - 1)
        return 's';
    return f->kind == TB_FLOAT && code_bit >= f->precision - 1 ? 'e' : 'm';
}

/* A bit that differs from `other` is outlined and underlined. */
static void put_bits(FILE *out, const struct tb_format *f, uint64_t pattern, uint64_t other) {
    static const struct {
        char class;
        const char *title;
    } fields[] = {
        {'s', "sign"    },
        {'e', "exponent"},
        {'m', "fraction"},
        {'p', "padding" }
    };
    char open = 0;
    fputs("<span class=\"bits\">", out);
    for (int bit = f->bits + f->padding - 1; bit >= 0; bit--) {
        char class = field_class(f, bit);
        bool differs = (pattern ^ other) >> bit & 1;
        if (class != open) {
            const char *title = "bits";
            for (size_t i = 0; i < sizeof fields / sizeof *fields && f->kind == TB_FLOAT; i++)
                if (fields[i].class == class)
                    title = fields[i].title;
            fprintf(out, "%s<span class=\"f %c\" title=\"%s\">", open ? "</span>" : "", class, title);
        }
        open = class;
        fprintf(out, differs ? "<u>%d</u>" : "%d", (int)(pattern >> bit & 1));
    }
    fputs("</span></span>", out);
}

static void put_power(FILE *out, struct tb_value v, bool svg) {
    int exponent = v.exponent + __builtin_ctzll(v.significand);
    const char *sign = v.negative ? "−" : "", *minus = exponent < 0 ? "−" : "";
    if (svg)
        fprintf(out, "%s2<tspan dy=\"-5\" class=\"sup\">%s%d</tspan>", sign, minus, abs(exponent));
    else
        fprintf(out, "<span class=\"nb\">%s2<sup>%s%d</sup></span>", sign, minus, abs(exponent));
}

static bool is_long_power(struct tb_value v) {
    int exponent = v.exponent + (v.class == TB_FINITE ? __builtin_ctzll(v.significand) : 0);
    return v.class == TB_FINITE && !(v.significand & (v.significand - 1)) && (exponent < -6 || exponent > 16);
}

/* Short, for sentences and drawings: a long power of two as such, another long value left to the table. */
static void put_short(FILE *out, struct tb_value v, bool svg) {
    char text[160];
    tb_value_print(v, text, sizeof text);
    if (is_long_power(v))
        put_power(out, v, svg);
    else if (svg && strlen(text) > 22)
        fputs("…", out);
    else
        tb_put_xml(out, text);
}

/* In full: "0.001953125 = 2^-9". */
static void put_value(FILE *out, struct tb_value v) {
    char text[160];
    tb_value_print(v, text, sizeof text);
    tb_put_xml(out, text);
    if (is_long_power(v)) {
        fputs(" = ", out);
        put_power(out, v, false);
    }
}

static void put_bit_row(FILE *out, const char *name, const struct tb_format *f, uint64_t pattern,
                        uint64_t other) {
    fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
    tb_html_pattern(out, pattern, 2 * (int)tb_format_bytes(f));
    fputs("</td><td>", out);
    put_bits(out, f, pattern, other);
    fputs("</td><td class=\"val\">", out);
    put_value(out, tb_format_decode(f, pattern));
    if (tb_format_is_subnormal(f, pattern))
        fputs(" <small>subnormal</small>", out);
    fputs("</td></tr>\n", out);
}

/* The random number of a stochastic conversion, with its bits. */
static void put_random_row(FILE *out, const struct tb_case *c, uint64_t input) {
    uint64_t random = tb_case_random(c, input);
    fputs("<tr><th scope=\"row\">random</th><td>", out);
    tb_html_pattern(out, random, (c->random_bits + 3) / 4);
    fputs("</td><td><span class=\"bits\"><span class=\"f m\" title=\"random bits\">", out);
    for (int bit = c->random_bits - 1; bit >= 0; bit--)
        fputc('0' + (int)(random >> bit & 1), out);
    fprintf(out, "</span></span></td><td class=\"val\">r = %llu of %llu</td></tr>\n",
            (unsigned long long)random, (unsigned long long)1 << c->random_bits);
}

/* ---- The number line. ---- */

struct line {
    const struct tb_page *p;
    const struct tb_case *c;
    const struct tb_example *e;
    struct tb_neighbours n;
    char what[200]; /* operations: what is rounded, "x / s + z = 127.5"; else "" */
};

/* Whether what is rounded becomes a quantizer's code. */
static bool is_code(const struct line *l) {
    return *l->what && tb_case_is_affine(l->c) && l->c->operation != TB_DEQUANTIZE;
}

static void put_subject(FILE *out, const struct line *l) {
    fputs("<p>", out);
    tb_put_xml(out, *l->what ? l->what : "The input");
}

static void put_words(FILE *out, const struct line *l) {
    const struct tb_neighbours *n = &l->n;
    bool code = is_code(l);
    if (n->is_value || n->beyond || n->between)
        put_subject(out, l);
    else if (*l->what)
        fprintf(out, "<p>%s.</p>\n", l->what);
    if (n->beyond) {
        fputs(code ? " lies beyond the last code, "
                   : " lies beyond the last finite value of the destination, ",
              out);
        put_short(out, n->low_value, false);
        fputs(code ? ": it is clamped.</p>\n" : ": the overflow policy decides.</p>\n", out);
    } else if (n->is_value) {
        fputs(code ? " is an integer: nothing has to be rounded.</p>\n"
                   : " is a value of the destination: nothing has to be rounded.</p>\n",
              out);
    } else if (n->between) {
        fputs(" lies between ", out);
        put_short(out, n->low_value, false);
        fputs(" and ", out);
        put_short(out, n->high_value, false);
        if (n->has_middle) {
            fputs(n->side ? n->side > 0 ? ", above the midpoint " : ", below the midpoint "
                          : ", exactly on the midpoint ",
                  out);
            put_short(out, n->middle, false);
        }
        if (n->has_middle && n->side && n->has_gap) {
            fputs(" by ", out);
            put_short(out, n->gap, false);
        }
        fputs(n->has_middle && !n->side ? ": a tie.</p>\n" : ".</p>\n", out);
    }
}

static void put_end(FILE *out, const struct line *l, bool high) {
    char hex[TB_NUMBER];
    int x = high ? 660 : 100;
    bool code = is_code(l); /* as an integer, without its bits */
    tb_hex(high ? l->n.high : l->n.low, 2 * (int)tb_format_bytes(l->c->destination), hex);
    fprintf(out,
            "<line class=\"tick\" x1=\"%d\" x2=\"%d\" y1=\"50\" y2=\"74\"/><text x=\"%d\" y=\"107\">%s%s", x,
            x, x, code ? "" : hex, code ? "" : " = ");
    put_short(out, high ? l->n.high_value : l->n.low_value, true);
    fputs("</text>", out);
}

/* An arc from the input to the end that a code names; a code that is neither end leaves the picture on its
 * side. */
static void put_arc(FILE *out, const struct line *l, double x, uint64_t code, bool good) {
    const struct tb_format *f = l->c->destination;
    struct tb_value value = tb_format_decode(f, code);
    const char *class = good ? "good" : "bad", *text = good ? "expected" : "got";
    if (value.class == TB_NOT_A_NUMBER)
        return;
    bool is_low = tb_value_compare(value, l->n.low_value) == 0,
         is_high = tb_value_compare(value, l->n.high_value) == 0;
    bool down = is_low || (!is_high && tb_value_compare(value, l->n.low_value) < 0);
    double end = is_low ? 106 : is_high ? 654 : down ? 20 : 740;
    fprintf(out,
            "<path class=\"%s\" d=\"M%.1f 54C%.1f %d %.1f %d %.1f 54\"/><text class=\"%s\" x=\"%.1f\" "
            "y=\"14\">%s%s</text>",
            class, x, x + (end - x) * 0.25, good ? 14 : 18, x + (end - x) * 0.75, good ? 14 : 18, end, class,
            is_low || is_high ? (x + end) / 2
            : down            ? 60.0
                              : 700.0,
            text,
            is_low || is_high ? ""
            : down            ? " (further down)"
                              : " (further up)");
}

static void put_picture(FILE *out, const struct line *l) {
    const struct tb_neighbours *n = &l->n;
    char hex[TB_NUMBER];
    double fraction = n->fraction, closest = n->side ? 0.5 + 0.05 * n->side : 0.5;
    bool to_scale = true;
    if (n->has_middle && ((n->side > 0 && fraction < closest) || (n->side < 0 && fraction > closest))) {
        fraction = closest;
        to_scale = false;
    }
    if (fraction < 0.05 || fraction > 0.95) {
        fraction = fraction < 0.05 ? 0.05 : 0.95;
        to_scale = false;
    }
    double x = 100 + 560 * fraction;
    fputs("<svg viewBox=\"0 0 760 124\" class=\"nl\" role=\"img\"><title>Where the input "
          "lies</title><desc>The input between its two "
          "neighbours; the sentence above says the same.</desc><line class=\"axis\" x1=\"30\" x2=\"730\" "
          "y1=\"62\" y2=\"62\"/>",
          out);
    put_end(out, l, false);
    put_end(out, l, true);
    if (n->has_middle) {
        fputs("<line class=\"bnd\" x1=\"380\" x2=\"380\" y1=\"46\" y2=\"76\"/><text class=\"lab\" x=\"380\" "
              "y=\"107\">midpoint ",
              out);
        put_short(out, n->middle, true);
        fputs("</text>", out);
    }
    put_arc(out, l, x, l->e->expected, true);
    put_arc(out, l, x, l->e->got, false);
    bool operands = tb_case_shape(l->c).operands > 1;
    fprintf(out, "<circle class=\"pt\" cx=\"%.1f\" cy=\"62\" r=\"5\"/><text x=\"%.1f\" y=\"89\">%s%s</text>",
            x, x, operands ? tb_basic_formula(l->c->operation) : "input ",
            operands
                ? ""
                : tb_hex(tb_case_operand(l->c, l->e->input, 0), 2 * (int)tb_format_bytes(l->c->source), hex));
    fprintf(out, "%s</svg>\n",
            to_scale ? "" : "<text class=\"lab\" x=\"380\" y=\"121\">distance enlarged</text>");
}

/* ---- How to see it again. ---- */

/* Several operands: a call with each. */
static void put_joint_snippet(FILE *out, const struct tb_verdict *v, const struct tb_case *c,
                              const struct tb_example *e) {
    char operands[TB_INPUT_TEXT], expected[TB_NUMBER], got[TB_NUMBER];
    int result = (int)tb_format_bytes(c->destination);
    tb_case_input_print(c, e->input, operands);
    fprintf(out, "uint%d_t code = %s(%s); /* your own */\nassert(code == %s); /* ", 8 * result,
            tb_operation_words[c->operation].name, operands, tb_hex(e->expected, 2 * result, expected));
    tb_put_xml(out, strstr(v->target, "*/") ? "the target" : v->target);
    fprintf(out, " gives %s */", tb_hex(e->got, 2 * result, got));
}

static void put_c_snippet(FILE *out, const struct tb_verdict *v, const struct tb_case *c,
                          const struct tb_example *e) {
    char input[TB_NUMBER], expected[TB_NUMBER], got[TB_NUMBER];
    int bytes = (int)tb_format_bytes(tb_case_input(c)), result = (int)tb_format_bytes(c->destination);
    const char *native = tb_case_input(c) != c->source      ? NULL
                         : !strcmp(c->source->name, "fp32") ? "float"
                         : !strcmp(c->source->name, "fp64") ? "double"
                                                            : NULL;
    fprintf(out, "uint%d_t bits = %s%s;", 8 * bytes, tb_hex(e->input, 2 * bytes, input),
            bytes == 8   ? "u"
            : bytes == 4 ? "u"
                         : "");
    if (native)
        fprintf(out, "\n%s x;\nmemcpy(&amp;x, &amp;bits, sizeof x);", native);
    fprintf(out, "\nuint%d_t code = %s(%s); /* your own */\nassert(code == %s); /* ", 8 * result,
            tb_operation_words[c->operation].name, native ? "x" : "bits",
            tb_hex(e->expected, 2 * result, expected));
    tb_put_xml(out, strstr(v->target, "*/") ? "the target" : v->target);
    fprintf(out, " gives %s */", tb_hex(e->got, 2 * result, got));
}

static void put_reproducer(const struct tb_page *p, const struct tb_verdict *v, const struct tb_case *c,
                           const struct tb_example *e) {
    FILE *out = p->out;
    char command[TB_COMMAND];
    tb_command_explain(p->r, v, e->input, command);
    fputs("<h5>Reproduce</h5><pre class=\"copy\">", out);
    tb_put_xml(out, command);
    fputs("</pre>\n", out);
    if (!c->source || !p->is_drawn[v - p->r->verdicts])
        return;
    fputs("<details class=\"data\"><summary>in C</summary><pre class=\"copy\">", out);
    if (tb_case_shape(c).operands > 1)
        put_joint_snippet(out, v, c, e);
    else
        put_c_snippet(out, v, c, e);
    fputs("</pre></details>\n", out);
}

/* A joint input operand by operand. */
static void put_input_rows(FILE *out, const struct tb_case *c, uint64_t input) {
    static const char *const names[] = {"a", "b", "c"};
    struct tb_shape shape = tb_case_shape(c);
    if (shape.operands == 1)
        put_bit_row(out, "input", c->source, tb_case_operand(c, input, 0), tb_case_operand(c, input, 0));
    for (int i = 0; shape.operands > 1 && i < shape.operands; i++)
        put_bit_row(out, names[i], c->source, tb_case_operand(c, input, i), tb_case_operand(c, input, i));
}

static void find_neighbours(struct line *l) {
    const struct tb_case *c = l->c;
    struct tb_value exact;
    if (tb_case_is_affine(c)) {
        l->n = tb_affine_neighbours(c, l->e->input, l->e->expected, l->what, sizeof l->what);
    } else if (tb_case_is_scaled(c)) {
        l->n = tb_scaled_neighbours(c, l->e->input, l->e->expected, l->what, sizeof l->what);
    } else if (!tb_case_is_basic(c)) {
        exact = tb_format_decode(c->source, tb_case_operand(c, l->e->input, 0));
        l->n = tb_neighbours_find(c->destination, exact, l->e->expected);
    } else if (tb_basic_exact(c, l->e->input, &exact)) {
        char value[160];
        tb_value_print(exact, value, sizeof value);
        snprintf(l->what, sizeof l->what, "%s = %s", tb_basic_formula(c->operation), value);
        l->n = tb_neighbours_find(c->destination, exact, l->e->expected);
    }
}

/* The bits, the place on the number line. */
static void put_closely(const struct tb_page *p, const struct tb_case *c, const struct tb_example *e) {
    struct line line = {.p = p, .c = c, .e = e};
    find_neighbours(&line);
    fputs("<div class=\"scroll\"><table class=\"bitrows\"><caption class=\"vh\">bits</caption><tbody>\n",
          p->out);
    put_input_rows(p->out, c, e->input);
    if (c->random_bits)
        put_random_row(p->out, c, e->input);
    put_bit_row(p->out, "expected", c->destination, e->expected, e->got);
    put_bit_row(p->out, "got", c->destination, e->got, e->expected);
    fputs("</tbody></table></div>\n", p->out);
    put_words(p->out, &line);
    if (line.n.between)
        put_picture(p->out, &line);
}

/* "0x3f800000 = 1" */
static void put_answer(FILE *out, const struct tb_verdict *v, uint64_t input, uint64_t code) {
    const struct tb_format *format = tb_answer_format(v->case_id, input);
    tb_html_code(out, v->case_id, code, tb_case_digits(v->case_id).destination);
    if (format) {
        fputs(" = ", out);
        put_value(out, tb_format_decode(format, code));
    }
}

static void put_briefly(const struct tb_page *p, const struct tb_verdict *v, const struct tb_example *e) {
    char words[TB_INPUT_WORDS];
    fprintf(p->out, "<p>input <code>%s</code>, expected ", tb_input_words(v->case_id, e->input, words));
    put_answer(p->out, v, e->input, e->expected);
    fputs(", got ", p->out);
    put_answer(p->out, v, e->input, e->got);
    fputs("</p>\n", p->out);
}

void tb_html_card(const struct tb_page *p, size_t verdict, const struct tb_class_count *class,
                  const struct tb_example *e) {
    const struct tb_verdict *v = &p->r->verdicts[verdict];
    const struct tb_case *c = &p->s->cases[verdict];
    struct tb_digits digits = tb_case_digits(v->case_id);
    bool closely = c->source && p->is_drawn[verdict];
    char hex[TB_NUMBER];
    fprintf(p->out, "<div class=\"card\"><h4>%s: %s <small>(%s)</small></h4>\n",
            closely ? "One input, closely" : "One input", tb_hex(e->input, digits.source, hex),
            tb_divergence_names[class->class]);
    if (closely)
        put_closely(p, c, e);
    else
        put_briefly(p, v, e);
    put_reproducer(p, v, c, e);
    fputs("</div>\n", p->out);
}
