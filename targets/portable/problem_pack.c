/* Packing with shifts, as the projects' own code does it: one loop a family of orders, no table. */
#include "targets/portable/problem.h"

#include <string.h>

/* What the loops need of a problem. */
struct shape {
    const char *order;
    unsigned bits; /* of a code */
    unsigned rows, columns;
};

static struct shape shape_of(const struct tb_problem *p, const struct tb_field *codes) {
    const char *order = p->kind->methods[p->method].name;
    unsigned bits = strcmp(order, "gptq-rows-3bit") == 0 ? 3 : (unsigned)codes->format->bits;
    return (struct shape){order, bits, codes->rows, codes->columns};
}

static uint32_t load_word(const unsigned char *words, size_t i) {
    uint32_t word;
    memcpy(&word, words + 4 * i, sizeof word);
    return word;
}

static void add_word(unsigned char *words, size_t i, uint32_t bits) {
    bits |= load_word(words, i);
    memcpy(words + 4 * i, &bits, sizeof bits);
}

/* ---- Row-major bytes. ---- */

static void flat(const struct shape *s, const unsigned char *codes, unsigned char *bytes) {
    const unsigned per = 8 / s->bits, flip = s->order[0] == 'h' ? per - 1 : 0;
    for (unsigned i = 0; i < s->rows * s->columns; i++)
        bytes[i / per] |= (unsigned char)(codes[i] << ((i % per) ^ flip) * s->bits);
}

static void unflat(const struct shape *s, const unsigned char *bytes, unsigned char *codes) {
    const unsigned per = 8 / s->bits, flip = s->order[0] == 'h' ? per - 1 : 0;
    for (unsigned i = 0; i < s->rows * s->columns; i++)
        codes[i] = bytes[i / per] >> ((i % per) ^ flip) * s->bits & ((1u << s->bits) - 1);
}

/* ---- Slabs of rows in bytes. ---- */

static void slabs(const struct shape *s, const unsigned char *codes, unsigned char *bytes) {
    const unsigned per = 8 / s->bits, slab = s->rows / per * s->columns;
    for (unsigned k = 0; k < per; k++)
        for (unsigned i = 0; i < slab; i++)
            bytes[i] |=
                (unsigned char)(codes[k * slab + i] << (s->order[0] == 'h' ? per - 1 - k : k) * s->bits);
}

static void unslabs(const struct shape *s, const unsigned char *bytes, unsigned char *codes) {
    const unsigned per = 8 / s->bits, slab = s->rows / per * s->columns;
    for (unsigned k = 0; k < per; k++)
        for (unsigned i = 0; i < slab; i++)
            codes[k * slab + i] =
                bytes[i] >> (s->order[0] == 'h' ? per - 1 - k : k) * s->bits & ((1u << s->bits) - 1);
}

/* ---- 32-bit words down the rows, also of 3 bits: 96 bits hold 32 codes. ---- */

static void down_rows(const struct shape *s, const unsigned char *codes, unsigned char *words) {
    for (unsigned row = 0; row < s->rows; row++)
        for (unsigned c = 0; c < s->columns; c++) {
            unsigned at = row * s->bits, word = at / 32 * s->columns + c;
            uint64_t code = (uint64_t)codes[row * s->columns + c] << at % 32;
            add_word(words, word, (uint32_t)code);
            if (code >> 32)
                add_word(words, word + s->columns, (uint32_t)(code >> 32));
        }
}

static void up_rows(const struct shape *s, const unsigned char *words, unsigned char *codes) {
    for (unsigned row = 0; row < s->rows; row++)
        for (unsigned c = 0; c < s->columns; c++) {
            unsigned at = row * s->bits, word = at / 32 * s->columns + c;
            uint64_t bits = load_word(words, word);
            if (at % 32 + s->bits > 32)
                bits |= (uint64_t)load_word(words, word + s->columns) << 32;
            codes[row * s->columns + c] = (unsigned char)(bits >> at % 32 & ((1u << s->bits) - 1));
        }
}

/* ---- 32-bit words along the columns. ---- */

/* Where column j of a word's eight lies: even ones below, odd ones above. */
static unsigned awq_nibble(unsigned j) {
    return j / 2 + j % 2 * 4;
}

static void along_columns(const struct shape *s, const unsigned char *codes, unsigned char *words) {
    const unsigned per = 32 / s->bits, mask = (1u << s->bits) - 1;
    const bool awq = s->order[0] == 'a', minus_one = strcmp(s->order, "gptq-zeros") == 0;
    for (unsigned i = 0; i < s->rows * s->columns; i++)
        add_word(words, i / per,
                 ((codes[i] - minus_one) & mask) << (awq ? awq_nibble(i % per) : i % per) * s->bits);
}

static void from_columns(const struct shape *s, const unsigned char *words, unsigned char *codes) {
    const unsigned per = 32 / s->bits, mask = (1u << s->bits) - 1;
    const bool awq = s->order[0] == 'a', minus_one = strcmp(s->order, "gptq-zeros") == 0;
    for (unsigned i = 0; i < s->rows * s->columns; i++)
        codes[i] =
            (unsigned char)(((load_word(words, i / per) >> (awq ? awq_nibble(i % per) : i % per) * s->bits) +
                             minus_one) &
                            mask);
}

/* ---- Which loop. ---- */

static const struct {
    const char *ending;
    void (*pack)(const struct shape *, const unsigned char *, unsigned char *);
    void (*unpack)(const struct shape *, const unsigned char *, unsigned char *);
} loops[] = {
    {"-first",   flat,          unflat      },
    {"-slabs",   slabs,         unslabs     },
    {"-rows",    down_rows,     up_rows     },
    {"-3bit",    down_rows,     up_rows     },
    {"-columns", along_columns, from_columns},
    {"-zeros",   along_columns, from_columns},
    {"-v2",      along_columns, from_columns},
};

static size_t loop_of(const char *order) {
    size_t i = 0;
    while (strcmp(order + strlen(order) - strlen(loops[i].ending), loops[i].ending) != 0)
        i++;
    return i;
}

void portable_pack(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    struct shape s = shape_of(p, &p->input.fields[0]);
    memset(output, 0, p->output.bytes);
    loops[loop_of(s.order)].pack(&s, input, output);
}

void portable_unpack(const struct tb_problem *p, const unsigned char *input, unsigned char *output) {
    struct shape s = shape_of(p, &p->output.fields[0]);
    loops[loop_of(s.order)].unpack(&s, input, output);
}
