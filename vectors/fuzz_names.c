/* libFuzzer: case ids with their parameters, and format definitions (an input with '=' and no '/'). A case
 * that parses must print to an id that parses to the same case and prints alike; a format that is defined
 * must decode every code and agree with its own landmarks. A definition lasts as long as the process: after
 * 4096 of them no more are made, so run it anew every few minutes. */
#include "vectors/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_format(const struct tb_format *f) {
    uint64_t pattern, codes = tb_format_codes(f);
    char text[128];
    for (uint64_t code = 0; code < codes && code < 4096; code++) {
        pattern = code << f->padding;
        struct tb_value v = tb_format_decode(f, pattern);
        tb_value_print(v, text, sizeof text);
        if (strlen(text) >= sizeof text - 1 || tb_format_is_nan(f, pattern) != (v.class == TB_NOT_A_NUMBER))
            abort();
        tb_format_rank(f, pattern);
        tb_format_is_subnormal(f, pattern);
    }
    for (int negative = 0; negative < 2; negative++) {
        if (tb_format_largest(f, negative, &pattern) && tb_format_decode(f, pattern).class > TB_FINITE)
            abort();
        if (tb_format_infinity(f, negative, &pattern) && tb_format_decode(f, pattern).class != TB_INFINITE)
            abort();
        if (tb_format_zero(f, negative, &pattern) && tb_format_decode(f, pattern).class != TB_ZERO)
            abort();
        if (tb_format_nan(f, negative, UINT64_MAX, &pattern) && !tb_format_is_nan(f, pattern))
            abort();
    }
}

/* Also of NaN, and zeros by their sign: as bits, but every NaN is one. */
static bool same_scale(double a, double b) {
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static bool same_case(const struct tb_case *a, const struct tb_case *b) {
    const struct tb_affine *p = &a->affine, *q = &b->affine;
    return a->operation == b->operation && a->source == b->source && a->destination == b->destination &&
           a->rounding == b->rounding && a->overflow == b->overflow && same_scale(p->scale, q->scale) &&
           p->zero == q->zero && p->low == q->low && p->high == q->high && p->random_bits == q->random_bits &&
           p->random == q->random && a->random_bits == b->random_bits;
}

static void check_case(const struct tb_case *c) {
    struct tb_case again;
    struct tb_error error;
    char id[TB_CASE_ID], other[TB_CASE_ID];
    tb_case_print(c, id);
    if (strlen(id) == TB_CASE_ID - 1) /* cut: formats of a user's own may have names of 32 characters */
        return;
    if (!tb_case_parse(id, &again, &error) || !same_case(c, &again))
        abort();
    tb_case_print(&again, other);
    if (strcmp(id, other) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int defined;
    struct tb_error error = {0};
    struct tb_case c;
    char text[1024];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (strchr(text, '=') && !strchr(text, '/')) {
        const struct tb_format *f = defined < 4096 ? tb_format_define(text, &error) : NULL;
        if (f) {
            defined++;
            check_format(f);
        }
    } else if (tb_case_parse(text, &c, &error)) {
        check_case(&c);
    }
    if (strchr(error.text, '\n'))
        abort();
    return 0;
}
