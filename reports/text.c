#include "reports/text.h"

#include "vectors/case.h"
#include "vectors/problem.h"

#include <string.h>

/* The length of the valid UTF-8 character at `text`, 0 where there is none, and its code point. */
static int character(const unsigned char *text, uint32_t *code) {
    static const struct {
        unsigned char mask, lead;
        int length;
        uint32_t least;
    } forms[] = {
        {0x80, 0x00, 1, 0      },
        {0xe0, 0xc0, 2, 0x80   },
        {0xf0, 0xe0, 3, 0x800  },
        {0xf8, 0xf0, 4, 0x10000}
    };
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if ((text[0] & forms[f].mask) != forms[f].lead)
            continue;
        *code = text[0] & (unsigned char)~forms[f].mask;
        for (int i = 1; i < forms[f].length; i++) {
            if ((text[i] & 0xc0) != 0x80)
                return 0;
            *code = *code << 6 | (text[i] & 0x3f);
        }
        bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
        return *code >= forms[f].least && *code <= 0x10ffff && !surrogate ? forms[f].length : 0;
    }
    return 0;
}

static bool turns_direction(uint32_t c) {
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f ||
           c == 0x061c;
}

/* The next character made harmless, as UTF-8 in `out`; moves *text on. A line end is a space: everything here
 * is one line. */
static void next(const char **text, char out[5]) {
    const unsigned char *at = (const unsigned char *)*text;
    uint32_t code = 0;
    int length = character(at, &code);
    *text += length ? length : 1;
    if (!length || turns_direction(code) || (code & 0xfffe) == 0xfffe || (code >= 0x7f && code < 0xa0)) {
        strcpy(out, "\xef\xbf\xbd");
    } else if (code == '\n' || code == '\t') {
        strcpy(out, " ");
    } else if (code < 0x20) {
        out[0] = (char)0xe2;
        out[1] = (char)0x90;
        out[2] = (char)(0x80 | code);
        out[3] = 0;
    } else {
        memcpy(out, at, (size_t)length);
        out[length] = 0;
    }
}

void tb_text_clean(const char *text, char *out, size_t size) {
    size_t used = 0;
    char piece[5];
    while (*text) {
        next(&text, piece);
        size_t length = strlen(piece);
        if (used + length >= size)
            break;
        memcpy(out + used, piece, length);
        used += length;
    }
    out[used] = 0;
}

/* The replacement of the ASCII character at `at`; NULL where it stands for itself. */
typedef const char *escape_fn(const char *at);

static void put(FILE *out, const char *text, escape_fn *escape) {
    char piece[5];
    while (*text) {
        const char *at = text;
        next(&text, piece);
        const char *other = piece[1] || piece[0] != *at ? NULL : escape(at);
        fputs(other ? other : piece, out);
    }
}

struct escape {
    char c;
    const char *text;
};

static const char *find_escape(const struct escape *escapes, size_t count, char c) {
    for (size_t i = 0; i < count; i++)
        if (escapes[i].c == c)
            return escapes[i].text;
    return NULL;
}

static const char *escape_xml(const char *at) {
    static const struct escape escapes[] = {
        {'&',  "&amp;" },
        {'<',  "&lt;"  },
        {'>',  "&gt;"  },
        {'"',  "&quot;"},
        {'\'', "&#39;" }
    };
    return find_escape(escapes, sizeof escapes / sizeof *escapes, *at);
}

/* HTML first, for Markdown lets it through; then what GitHub would read as markup, a mention or a link. */
static const char *escape_markdown(const char *at) {
    static const struct escape escapes[] = {
        {'|',  "&#124;"},
        {'`',  "&#96;" },
        {'*',  "&#42;" },
        {'_',  "&#95;" },
        {'[',  "&#91;" },
        {']',  "&#93;" },
        {'\\', "&#92;" },
        {'~',  "&#126;"},
        {'#',  "&#35;" },
        {'@',  "&#64;" },
        {'$',  "&#36;" }
    };
    if (!strncmp(at, ":/", 2))
        return "&#58;";
    if (!strncmp(at, "www.", 4))
        return "&#119;";
    const char *found = find_escape(escapes, sizeof escapes / sizeof *escapes, *at);
    return found ? found : escape_xml(at);
}

static const char *escape_json(const char *at) {
    return *at == '"' ? "\\\"" : *at == '\\' ? "\\\\" : NULL;
}

void tb_put_xml(FILE *out, const char *text) {
    put(out, text, escape_xml);
}

void tb_put_markdown(FILE *out, const char *text) {
    put(out, text, escape_markdown);
}

void tb_put_json(FILE *out, const char *text) {
    putc('"', out);
    put(out, text, escape_json);
    putc('"', out);
}

void tb_put_anchor(FILE *out, const char *text) {
    for (; *text; text++) {
        char c = *text;
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._/+@-", c);
        fprintf(out, plain ? "%c" : "~%02X", (unsigned char)c);
    }
}

const char *tb_grouped(uint64_t number, char text[TB_NUMBER]) {
    char plain[TB_NUMBER];
    int length = snprintf(plain, sizeof plain, "%llu", (unsigned long long)number), used = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = plain[i];
    }
    text[used] = 0;
    return text;
}

const char *tb_plural(uint64_t number) {
    return number == 1 ? "" : "s";
}

void tb_put_others(FILE *out, size_t count) {
    char number[TB_NUMBER];
    if (count)
        fprintf(out, " and %s other%s", tb_grouped(count, number), tb_plural(count));
}

static int digits_of(const char *name, size_t length) {
    char copy[64];
    if (length >= sizeof copy)
        return 1;
    memcpy(copy, name, length);
    copy[length] = 0;
    const struct tb_format *format = tb_format_find(copy, NULL);
    return format ? 2 * (int)tb_format_bytes(format) : 1;
}

/* An element's number, and the widest of the elements. */
static struct tb_digits problem_digits(const struct tb_problem *p) {
    struct tb_digits digits = {1, 1};
    for (size_t i = 0; i < p->output.count; i++) {
        int wide = 2 * (int)tb_format_bytes(p->output.fields[i].format);
        digits.destination = wide > digits.destination ? wide : digits.destination;
    }
    return digits;
}

struct tb_digits tb_case_digits(const char *case_id) {
    struct tb_digits digits = {1, 1};
    struct tb_problem p;
    if (tb_problem_is(case_id) && tb_problem_parse(case_id, &p, NULL))
        return problem_digits(&p);
    struct tb_case c;
    if (tb_case_parse(case_id, &c, NULL) && tb_case_input(&c) != c.source)
        return (struct tb_digits){2 * (int)tb_format_bytes(tb_case_input(&c)),
                                  2 * (int)tb_format_bytes(c.destination)};
    const char *source = strchr(case_id, '/');
    const char *destination = source ? strchr(source + 1, '/') : NULL;
    if (!destination)
        return digits;
    digits.source = digits_of(source + 1, (size_t)(destination - source - 1));
    digits.destination = digits_of(destination + 1, strcspn(destination + 1, "/"));
    return digits;
}

const char *tb_input_words(const char *case_id, uint64_t input, char text[TB_INPUT_WORDS]) {
    char hex[TB_NUMBER], name[96], value[128];
    struct tb_problem p;
    struct tb_case c;
    tb_hex(input, tb_case_digits(case_id).source, hex);
    snprintf(text, TB_INPUT_WORDS, "%s", hex);
    if (tb_case_parse(case_id, &c, NULL) && c.random_bits) {
        tb_value_print(tb_format_decode(c.source, tb_case_operand(&c, input, 0)), value, sizeof value);
        snprintf(text, TB_INPUT_WORDS, "%s (%.60s, r = %llu)", hex, value,
                 (unsigned long long)tb_case_random(&c, input));
    }
    if (tb_problem_is(case_id) && tb_problem_parse(case_id, &p, NULL)) {
        tb_problem_element_name(&p, input, name, sizeof name);
        snprintf(text, TB_INPUT_WORDS, "%s (%s)", hex, name);
    }
    char operands[TB_INPUT_TEXT];
    if (!tb_problem_is(case_id) && tb_case_parse(case_id, &c, NULL) && tb_case_is_basic(&c) &&
        tb_case_input(&c) != c.source) {
        tb_case_input_print(&c, input, operands);
        snprintf(text, TB_INPUT_WORDS, "%s (%s)", hex, operands);
    }
    return text;
}

const struct tb_format *tb_answer_format(const char *case_id, uint64_t input) {
    struct tb_problem p;
    struct tb_case c;
    uint32_t place;
    if (!tb_problem_is(case_id))
        return tb_case_parse(case_id, &c, NULL) ? c.destination : NULL;
    if (!tb_problem_parse(case_id, &p, NULL))
        return NULL;
    return tb_layout_find(&p.output, input % tb_layout_elements(&p.output), &place)->format;
}

const char *tb_hex(uint64_t pattern, int digits, char text[TB_NUMBER]) {
    snprintf(text, TB_NUMBER, "0x%0*llx", digits, (unsigned long long)pattern);
    return text;
}
