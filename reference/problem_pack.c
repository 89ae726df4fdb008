/* Packing: the exact words from the table of orders, confirmed by a formula for each order that looks from
 * the word's side; and the orders that code confuses. */
#include "vectors/problem_pack.h"
#include "reference/problem_arithmetics.h"

#include <string.h>

/* ---- Inputs: each element names its own place. ---- */

enum { DIGIT_RECORDS = 8, RECORDS = 24 };

/* Record r of the first holds digit r of the element's index, so that the records together spell it: 8 digits
 * of 2 bits count to 65536. Then all zero, all ones; then random ones. */
static uint64_t element_of(size_t record, uint64_t index, unsigned bits, uint64_t *random) {
    const uint64_t mask = (UINT64_C(1) << bits) - 1;
    if (record < DIGIT_RECORDS)
        return index >> (record * bits) & mask;
    if (record < DIGIT_RECORDS + 2)
        return record == DIGIT_RECORDS ? 0 : mask;
    return tb_problem_random(random) & mask;
}

static void make_codes(const struct tb_problem *p, size_t index, void *record) {
    struct tb_packing k = tb_packing_of(p);
    uint64_t random = tb_problem_seed(p, index);
    for (uint32_t i = 0; i < k.rows * k.columns; i++)
        tb_field_set(&p->input.fields[0], record, i, element_of(index, i, k.code_bits, &random));
}

/* ORs bits of a code into the words; of a stream, the upper ones into the word below, a row further. */
static void put(const struct tb_problem *p, const struct tb_field *words, void *record, uint32_t word,
                uint32_t bit, uint64_t code) {
    const uint64_t word_mask = (UINT64_C(1) << words->format->bits) - 1;
    uint64_t low = code << bit & word_mask, high = code << bit >> words->format->bits;
    tb_field_set(words, record, word, tb_field_get(words, record, word) | low);
    if (high && tb_pack_orders[p->method].stream)
        tb_field_set(words, record, word + words->columns,
                     tb_field_get(words, record, word + words->columns) | high);
}

/* Words to unpack are filled slot by slot, not code by code: which code lies where is the question. */
static void make_words(const struct tb_problem *p, size_t index, void *record) {
    const struct tb_field *words = &p->input.fields[0];
    struct tb_packing k = tb_packing_of(p);
    uint64_t random = tb_problem_seed(p, index);
    uint32_t bits = (uint32_t)words->format->bits, count = words->rows * words->columns;
    if (k.order->stream) { /* the groups of a column, three words below each other */
        for (uint32_t i = 0; i < k.rows * k.columns; i++) {
            uint32_t group = i / k.columns, column = i % k.columns;
            put(p, words, record, group * 3 / 32 * k.columns + column, group * 3 % 32,
                element_of(index, i, 3, &random));
        }
        return;
    }
    for (uint32_t i = 0; i < count * (bits / k.code_bits); i++)
        put(p, words, record, i / (bits / k.code_bits), i % (bits / k.code_bits) * k.code_bits,
            element_of(index, i, k.code_bits, &random));
}

/* ---- By the table. ---- */

static uint64_t stored(const struct tb_packing *k, uint64_t code) {
    return k->order->minus_one ? (code - 1) & ((1u << k->code_bits) - 1) : code;
}

static void pack_as(const struct tb_problem *p, const struct tb_packing *k, const void *input, void *output) {
    for (uint32_t row = 0; row < k->rows; row++)
        for (uint32_t column = 0; column < k->columns; column++) {
            uint64_t code = tb_field_get(&p->input.fields[0], input, row * k->columns + column);
            uint32_t word, bit;
            tb_packing_place(k, row, column, &word, &bit);
            put(p, &p->output.fields[0], output, word, bit, stored(k, code));
        }
}

static uint64_t taken(const struct tb_packing *k, uint64_t low, uint64_t high, uint32_t word_bits,
                      uint32_t bit) {
    uint64_t code = (low | high << word_bits) >> bit & ((1u << k->code_bits) - 1);
    return k->order->minus_one ? (code + 1) & ((1u << k->code_bits) - 1) : code;
}

static void unpack_as(const struct tb_problem *p, const struct tb_packing *k, const void *input,
                      void *output) {
    const struct tb_field *words = &p->input.fields[0];
    uint32_t count = words->rows * words->columns, bits = (uint32_t)words->format->bits;
    for (uint32_t row = 0; row < k->rows; row++)
        for (uint32_t column = 0; column < k->columns; column++) {
            uint32_t word, bit;
            tb_packing_place(k, row, column, &word, &bit);
            uint64_t high =
                word + words->columns < count ? tb_field_get(words, input, word + words->columns) : 0;
            tb_field_set(&p->output.fields[0], output, row * k->columns + column,
                         taken(k, tb_field_get(words, input, word), high, bits, bit));
        }
}

static void pack_exact(const struct tb_problem *p, const void *input, void *output) {
    struct tb_packing k = tb_packing_of(p);
    pack_as(p, &k, input, output);
}

static void unpack_exact(const struct tb_problem *p, const void *input, void *output) {
    struct tb_packing k = tb_packing_of(p);
    unpack_as(p, &k, input, output);
}

/* ---- The second way: what a bit of a word holds, by a formula for each order. ---- */

/* A bit of the codes. Code UINT32_MAX: padding. */
struct source {
    uint32_t code, bit;
};

/* The codes of a row-major matrix of `columns` columns. Word w, bit b, `n` = bits of a code. */
static struct source bit_source(const char *order, uint32_t w, uint32_t b, uint32_t n, uint32_t rows,
                                uint32_t columns) {
    uint32_t slot = b / n, bit = b % n;
    if (strcmp(order, "low-first") == 0 || strcmp(order, "high-first") == 0) {
        uint32_t code = w * (8 / n) + (order[0] == 'l' ? slot : 8 / n - 1 - slot);
        return (struct source){code < rows * columns ? code : UINT32_MAX, bit};
    }
    if (strcmp(order, "gptq-rows") == 0)
        return (struct source){(w / columns * (32 / n) + slot) * columns + w % columns, bit};
    if (strcmp(order, "gptq-rows-3bit") == 0) {
        uint32_t position = w / columns * 32 + b;
        return (struct source){position / 3 * columns + w % columns, position % 3};
    }
    if (strncmp(order, "gptq-zeros", 10) == 0) /* columns are a multiple of 32 / n: rows run on */
        return (struct source){w * (32 / n) + slot, bit};
    if (strcmp(order, "awq-columns") == 0)
        return (struct source){w * 8 + (slot < 4 ? 2 * slot : 2 * slot - 7), bit};
    uint32_t slabs = 8 / n, slab = strcmp(order, "hqq-slabs") == 0 ? slabs - 1 - slot : slot;
    return (struct source){slab * (rows / slabs) * columns + w, bit};
}

/* (code + by) modulo 2^n. */
static uint64_t moved(uint64_t code, int by, uint32_t n) {
    return (code + (1u << n) + (uint64_t)(int64_t)by) % (1u << n);
}

static void pack_second(const struct tb_problem *p, const void *input, void *output) {
    const struct tb_field *codes = &p->input.fields[0], *words = &p->output.fields[0];
    const char *order = p->kind->methods[p->method].name;
    uint32_t n = strstr(order, "3bit") ? 3 : (uint32_t)codes->format->bits;
    int by = strcmp(order, "gptq-zeros") == 0 ? -1 : 0;
    for (uint32_t w = 0; w < words->rows * words->columns; w++) {
        uint64_t word = 0;
        for (uint32_t b = 0; b < (uint32_t)words->format->bits; b++) {
            struct source s = bit_source(order, w, b, n, codes->rows, codes->columns);
            if (s.code != UINT32_MAX)
                word |= (moved(tb_field_get(codes, input, s.code), by, n) >> s.bit & 1) << b;
        }
        tb_field_set(words, output, w, word);
    }
}

static void unpack_second(const struct tb_problem *p, const void *input, void *output) {
    const struct tb_field *codes = &p->output.fields[0], *words = &p->input.fields[0];
    const char *order = p->kind->methods[p->method].name;
    uint32_t n = strstr(order, "3bit") ? 3 : (uint32_t)codes->format->bits;
    int by = strcmp(order, "gptq-zeros") == 0 ? 1 : 0;
    for (uint32_t w = 0; w < words->rows * words->columns; w++)
        for (uint32_t b = 0; b < (uint32_t)words->format->bits; b++) {
            struct source s = bit_source(order, w, b, n, codes->rows, codes->columns);
            if (s.code == UINT32_MAX)
                continue;
            uint64_t bit = (tb_field_get(words, input, w) >> b & 1) << s.bit;
            tb_field_set(codes, output, s.code, tb_field_get(codes, output, s.code) | bit);
        }
    for (uint32_t i = 0; by && i < codes->rows * codes->columns; i++)
        tb_field_set(codes, output, i, moved(tb_field_get(codes, output, i), by, n));
}

/* ---- Variants: another order, and slips within one. ---- */

static bool packs(const struct tb_problem *p) {
    return strcmp(p->kind->operation, "pack") == 0;
}

/* The problem's matrix under another order of the table. */
static struct tb_packing packing_as(const struct tb_problem *p, int order) {
    struct tb_packing k = tb_packing_of(p);
    k.order = &tb_pack_orders[order];
    return k;
}

/* Another order differs where it fills as many words of the same size. The two forms of GPTQ's zeros differ
 * in what they hold alone: that variant is called after it. */
static bool other_applies(const struct tb_problem *p, int order) {
    struct tb_packing own = tb_packing_of(p), other = packing_as(p, order);
    uint32_t rows, columns, other_rows, other_columns;
    if (order == p->method || other.order->word_bits != own.order->word_bits || !tb_packing_fits(&other))
        return false;
    tb_packing_words(&own, &rows, &columns);
    tb_packing_words(&other, &other_rows, &other_columns);
    return rows * columns == other_rows * other_columns;
}

static void other_evaluate(const struct tb_problem *p, int order, const void *input, void *output) {
    struct tb_packing k = packing_as(p, order);
    packs(p) ? pack_as(p, &k, input, output) : unpack_as(p, &k, input, output);
}

#define OTHER_ORDER(NAME, INDEX)                                                                             \
    static bool NAME##_applies(const struct tb_problem *p) {                                                 \
        return other_applies(p, INDEX);                                                                      \
    }                                                                                                        \
    static void NAME##_evaluate(const struct tb_problem *p, const void *input, void *output) {               \
        other_evaluate(p, INDEX, input, output);                                                             \
    }
OTHER_ORDER(low_first, 0)
OTHER_ORDER(high_first, 1)
OTHER_ORDER(gptq_rows, 2)
OTHER_ORDER(gptq_zeros, 4)
OTHER_ORDER(gptq_columns, 5)
OTHER_ORDER(awq_columns, 6)
OTHER_ORDER(hqq_slabs, 7)
OTHER_ORDER(quanto_slabs, 8)

/* The two nibbles of each byte change places. In words of one byte that is another order of the table. */
static bool swapped_applies(const struct tb_problem *p) {
    struct tb_packing k = tb_packing_of(p);
    return k.code_bits == 4 && k.order->word_bits == 32;
}

static void swap_nibbles(const struct tb_field *words, void *record) {
    for (uint32_t i = 0; i < words->rows * words->columns; i++) {
        uint64_t w = tb_field_get(words, record, i);
        tb_field_set(words, record, i, (w & 0x0f0f0f0f) << 4 | (w >> 4 & 0x0f0f0f0f));
    }
}

static void with_words(const struct tb_problem *p, void (*change)(const struct tb_field *, void *),
                       const void *input, void *output) {
    unsigned char words[1 << 16];
    if (packs(p)) {
        pack_exact(p, input, output);
        change(&p->output.fields[0], output);
    } else if (p->input.bytes <= sizeof words) {
        memcpy(words, input, p->input.bytes);
        change(&p->input.fields[0], words);
        unpack_exact(p, words, output);
    }
}

static void swapped_evaluate(const struct tb_problem *p, const void *input, void *output) {
    with_words(p, swap_nibbles, input, output);
}

/* The slots of a word the other way round. Of bytes that is another order of the table. */
static bool reversed_applies(const struct tb_problem *p) {
    struct tb_packing k = tb_packing_of(p);
    return k.order->word_bits == 32 && !k.order->stream && !k.order->slots;
}

static void reversed_evaluate(const struct tb_problem *p, const void *input, void *output) {
    struct tb_pack_order order = *tb_packing_of(p).order;
    struct tb_packing k = tb_packing_of(p);
    order.high_first = !order.high_first;
    k.order = &order;
    packs(p) ? pack_as(p, &k, input, output) : unpack_as(p, &k, input, output);
}

/* AWQ's columns with the permutation taken for its inverse. */
static bool inverse_applies(const struct tb_problem *p) {
    return tb_packing_of(p).order->slots != NULL;
}

static void inverse_evaluate(const struct tb_problem *p, const void *input, void *output) {
    struct tb_pack_order order = *tb_packing_of(p).order;
    struct tb_packing k = tb_packing_of(p);
    uint8_t slots[TB_PACK_SLOTS];
    for (uint8_t i = 0; i < 8; i++)
        slots[order.slots[i]] = i;
    order.slots = slots;
    k.order = &order;
    packs(p) ? pack_as(p, &k, input, output) : unpack_as(p, &k, input, output);
}

/* One is taken off a code (packing) or added to it (unpacking) where the order says nothing of it. */
static bool minus_one_applies(const struct tb_problem *p) {
    return !tb_packing_of(p).order->minus_one && strcmp(tb_packing_of(p).order->name, "gptq-zeros-v2") != 0;
}

static void minus_one_evaluate(const struct tb_problem *p, const void *input, void *output) {
    struct tb_pack_order order = *tb_packing_of(p).order;
    struct tb_packing k = tb_packing_of(p);
    order.minus_one = true;
    k.order = &order;
    packs(p) ? pack_as(p, &k, input, output) : unpack_as(p, &k, input, output);
}

/* A zero point of 0 gives -1, whose bits beyond the code's own run through all higher slots. Unpacking: the
 * one is added, the sum not masked. */
static bool unmasked_applies(const struct tb_problem *p) {
    return tb_packing_of(p).order->minus_one;
}

static void unmasked_pack(const struct tb_problem *p, const struct tb_packing *k, const void *input,
                          void *output) {
    for (uint32_t i = 0; i < k->rows * k->columns; i++) {
        uint32_t word, bit;
        tb_packing_place(k, i / k->columns, i % k->columns, &word, &bit);
        put(p, &p->output.fields[0], output, word, bit,
            (uint32_t)(tb_field_get(&p->input.fields[0], input, i) - 1));
    }
}

static void unmasked_evaluate(const struct tb_problem *p, const void *input, void *output) {
    struct tb_packing k = tb_packing_of(p);
    const struct tb_field *codes = &p->output.fields[0];
    if (packs(p)) {
        unmasked_pack(p, &k, input, output);
        return;
    }
    unpack_exact(p, input, output);
    for (uint32_t i = 0; i < k.rows * k.columns; i++)
        if (tb_field_get(codes, output, i) == 0) /* all ones, plus one */
            tb_field_set(codes, output, i, UINT64_C(1) << k.code_bits);
}

static const struct tb_problem_variant variants[] = {
    {"low-first",       "row-major, the first code in the lowest bits",           "ONNX, torchao since 2025",
     low_first_applies,                                                                                                               low_first_evaluate},
    {"high-first",      "row-major, the first code in the highest bits",          "torchao before 2025",        high_first_applies,
     high_first_evaluate                                                                                                                                },
    {"gptq-rows",       "rows of a word ascending",                               "GPTQ qweight",               gptq_rows_applies,    gptq_rows_evaluate},
    {"gptq-zeros",      "columns of a word ascending, each code minus one",       "GPTQ qzeros",                gptq_zeros_applies,
     gptq_zeros_evaluate                                                                                                                                },
    {"gptq-zeros-v2",   "columns of a word ascending",                            "gptq_v2 qzeros",             gptq_columns_applies,
     gptq_columns_evaluate                                                                                                                              },
    {"awq-columns",     "columns of a word in the order 0 2 4 6 1 3 5 7",         "AutoAWQ",                    awq_columns_applies,
     awq_columns_evaluate                                                                                                                               },
    {"awq-inverse",     "AWQ's order taken for its inverse, 0 4 1 5 2 6 3 7",     "",                           inverse_applies,
     inverse_evaluate                                                                                                                                   },
    {"hqq-slabs",       "slabs of rows, the first in the highest bits",           "HQQ",                        hqq_slabs_applies,
     hqq_slabs_evaluate                                                                                                                                 },
    {"quanto-slabs",    "slabs of rows, the first in the lowest bits",            "quanto",                     quanto_slabs_applies,
     quanto_slabs_evaluate                                                                                                                              },
    {"nibbles-swapped", "the nibbles of each byte change places",                 "",                           swapped_applies,      swapped_evaluate  },
    {"slots-reversed",  "the codes of a word in descending order",                "",                           reversed_applies,     reversed_evaluate },
    {"minus-one",       "each code minus one; unpacking, plus one",               "GPTQ v1 zeros taken for v2", minus_one_applies,
     minus_one_evaluate                                                                                                                                 },
    {"unmasked",        "zero minus one without a mask, or one added without it", "AutoGPTQ",                   unmasked_applies,
     unmasked_evaluate                                                                                                                                  },
    {NULL,              NULL,                                                     NULL,                         NULL,                 NULL              },
};

const struct tb_problem_arithmetic tb_arithmetic_pack = {
    .operation = "pack",
    .make_input = make_codes,
    .records = RECORDS,
    .exact = pack_exact,
    .second = pack_second,
    .variants = variants,
};

const struct tb_problem_arithmetic tb_arithmetic_unpack = {
    .operation = "unpack",
    .make_input = make_words,
    .records = RECORDS,
    .exact = unpack_exact,
    .second = unpack_second,
    .variants = variants,
};
