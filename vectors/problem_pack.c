#include "vectors/problem_pack.h"

#include "vectors/problem_kinds.h"

#include <string.h>

/* Nibble i of an AWQ word holds column {0,2,4,6,1,3,5,7}[i]; here the other way round: where column j lies.
 */
static const uint8_t awq[8] = {0, 4, 1, 5, 2, 6, 3, 7};

/* Sources: onnx/onnx docs/docsgen int4.md; pytorch/ao issue 2939; IST-DASLab/gptq quant.py pack;
 * AutoGPTQ qlinear_cuda_old.py pack (zeros minus one), gptq_v2 of GPTQModel; casper-hansen/AutoAWQ
 * utils/packing_utils.py; mobiusml/hqq core/bitpack.py; huggingface/optimum-quanto tensor/packed.py. */
/* clang-format off */
const struct tb_pack_order tb_pack_orders[TB_PACK_ORDERS] = {
    /* name               axis             slabs  slots high   stream minus  word widths */
    {"low-first",        TB_PACK_FLAT,    false, NULL, false, false, false,  8, "24"},
    {"high-first",       TB_PACK_FLAT,    false, NULL, true,  false, false,  8, "24"},
    {"gptq-rows",        TB_PACK_ROWS,    false, NULL, false, false, false, 32, "24"},
    {"gptq-rows-3bit",   TB_PACK_ROWS,    false, NULL, false, true,  false, 32, "3" },
    {"gptq-zeros",       TB_PACK_COLUMNS, false, NULL, false, false, true,  32, "24"},
    {"gptq-zeros-v2",    TB_PACK_COLUMNS, false, NULL, false, false, false, 32, "24"},
    {"awq-columns",      TB_PACK_COLUMNS, false, awq,  false, false, false, 32, "4" },
    {"hqq-slabs",        TB_PACK_ROWS,    true,  NULL, true,  false, false,  8, "24"},
    {"quanto-slabs",     TB_PACK_ROWS,    true,  NULL, false, false, false,  8, "24"},
};

static const struct tb_word methods[TB_PACK_ORDERS] = {
    {"low-first",      "row-major, the first code in the lowest bits: ONNX int4 and int2, torchao since 2025"},
    {"high-first",     "row-major, the first code in the highest bits: torchao before"                       },
    {"gptq-rows",      "GPTQ qweight: 8 or 16 rows in a 32-bit word, ascending"                             },
    {"gptq-rows-3bit", "GPTQ qweight of 3 bits (codes 0 to 7): 32 rows in three words, bit after bit"        },
    {"gptq-zeros",     "GPTQ qzeros: columns in a 32-bit word, ascending, each zero point minus one"        },
    {"gptq-zeros-v2",  "qzeros of gptq_v2 checkpoints: the zero points themselves"                          },
    {"awq-columns",    "AWQ (GEMM): 8 columns in a 32-bit word, in the order 0 2 4 6 1 3 5 7"                },
    {"hqq-slabs",      "HQQ: row i of each half (2 bits: quarter), the first in the highest bits"           },
    {"quanto-slabs",   "quanto: row i of each half (2 bits: quarter), the first in the lowest bits"         },
};
/* clang-format on */

static const struct tb_problem_number parameters[] = {
    {"rows",    32, 1, 4096, true },
    {"columns", 16, 1, 4096, true },
    {NULL,      0,  0, 0,    false},
};

/* ---- Places. ---- */

struct tb_packing tb_packing_of(const struct tb_problem *p) {
    const struct tb_pack_order *order = &tb_pack_orders[p->method];
    return (struct tb_packing){order, order->stream ? 3 : (uint32_t)p->formats[0]->bits,
                               (uint32_t)tb_problem_number(p, "rows"),
                               (uint32_t)tb_problem_number(p, "columns")};
}

static uint32_t axis_length(const struct tb_packing *k) {
    return k->order->axis == TB_PACK_ROWS      ? k->rows
           : k->order->axis == TB_PACK_COLUMNS ? k->columns
                                               : k->rows * k->columns;
}

/* Codes of one word; of a stream, of three. */
static uint32_t codes_per_group(const struct tb_packing *k) {
    return k->order->stream ? 32 : (uint32_t)k->order->word_bits / k->code_bits;
}

bool tb_packing_fits(const struct tb_packing *k) {
    return strchr(k->order->widths, '0' + (int)k->code_bits) != NULL &&
           (k->order->axis == TB_PACK_FLAT || axis_length(k) % codes_per_group(k) == 0);
}

void tb_packing_words(const struct tb_packing *k, uint32_t *rows, uint32_t *columns) {
    uint32_t per = codes_per_group(k), words = k->order->stream ? 3 : 1;
    *rows = k->order->axis == TB_PACK_ROWS ? k->rows / per * words : k->rows;
    *columns = k->order->axis == TB_PACK_COLUMNS ? k->columns / per : k->columns;
    if (k->order->axis == TB_PACK_FLAT) {
        *rows = 1;
        *columns = (axis_length(k) + per - 1) / per;
    }
}

/* The slot of a word's code number `position`. */
static uint32_t slot_of(const struct tb_packing *k, uint32_t position) {
    return k->order->slots        ? k->order->slots[position]
           : k->order->high_first ? codes_per_group(k) - 1 - position
                                  : position;
}

void tb_packing_place(const struct tb_packing *k, uint32_t row, uint32_t column, uint32_t *word,
                      uint32_t *bit) {
    enum tb_pack_axis axis = k->order->axis;
    uint32_t per = codes_per_group(k), words = axis_length(k) / per;
    uint32_t i = axis == TB_PACK_ROWS ? row : axis == TB_PACK_COLUMNS ? column : row * k->columns + column;
    uint32_t along = k->order->slabs ? i % words : i / per, position = k->order->slabs ? i / words : i % per;
    *bit = slot_of(k, position) * k->code_bits;
    if (k->order->stream) {
        along = i * k->code_bits / 32;
        *bit = i * k->code_bits % 32;
    }
    *word = axis == TB_PACK_ROWS      ? along * k->columns + column
            : axis == TB_PACK_COLUMNS ? row * (k->columns / per) + along
                                      : along;
}

/* ---- The kinds. ---- */

static bool is_code(const struct tb_problem *p) {
    const struct tb_format *f = p->formats[0];
    bool wide = tb_pack_orders[p->method].stream; /* codes of 3 bits in the container of uint4 */
    return f->kind == TB_INTEGER && f->bias == 0 && (wide ? f->bits == 4 && !f->is_signed : f->bits <= 4);
}

static bool is_word(const struct tb_problem *p) {
    const struct tb_format *f = p->formats[1];
    int bits = tb_pack_orders[p->method].word_bits;
    return f->kind == TB_INTEGER && f->bias == 0 && f->bits == bits && (bits > 8 || !f->is_signed);
}

static bool lay_out(struct tb_problem *p, struct tb_error *error) {
    struct tb_packing k = tb_packing_of(p);
    uint32_t rows, columns;
    bool unpacks = strcmp(p->kind->operation, "unpack") == 0;
    if (!is_code(p) || !is_word(p) || !strchr(k.order->widths, '0' + (int)k.code_bits))
        return tb_fail(error, TB_EXIT_USAGE, "case %s/%s/%s/%s: this order puts %s codes of %s bits into %s",
                       p->kind->operation, p->formats[0]->name, p->formats[1]->name, k.order->name,
                       k.order->stream ? "uint4" : "integer",
                       k.order->stream      ? "3"
                       : k.order->widths[1] ? "2 or 4"
                                            : "4",
                       k.order->word_bits == 8 ? "uint8" : "int32 or uint32");
    if (!tb_packing_fits(&k))
        return tb_fail(error, TB_EXIT_USAGE, "case %s/%s/%s/%s: %s must be a multiple of %u",
                       p->kind->operation, p->formats[0]->name, p->formats[1]->name, k.order->name,
                       k.order->axis == TB_PACK_ROWS ? "rows" : "columns", codes_per_group(&k));
    tb_packing_words(&k, &rows, &columns);
    tb_layout_add(unpacks ? &p->output : &p->input, "codes", p->formats[0]->name, k.rows, k.columns);
    tb_layout_add(unpacks ? &p->input : &p->output, "words", p->formats[1]->name, rows, columns);
    return true;
}

#define SUITE(OPERATION)                                                                                     \
    OPERATION "/int4/uint8/low-first", OPERATION "/uint4/uint8/low-first/rows=3,columns=5",                  \
        OPERATION "/int2/uint8/low-first", OPERATION "/uint4/uint8/high-first",                              \
        OPERATION "/uint2/uint8/high-first/rows=3,columns=5", OPERATION "/int4/uint32/gptq-rows",            \
        OPERATION "/uint4/int32/gptq-rows", OPERATION "/uint2/int32/gptq-rows",                              \
        OPERATION "/uint4/int32/gptq-rows-3bit", OPERATION "/uint4/int32/gptq-zeros",                        \
        OPERATION "/uint2/int32/gptq-zeros", OPERATION "/uint4/int32/gptq-zeros-v2",                         \
        OPERATION "/uint4/int32/awq-columns", OPERATION "/uint4/uint8/hqq-slabs",                            \
        OPERATION "/uint2/uint8/hqq-slabs", OPERATION "/uint4/uint8/quanto-slabs",                           \
        OPERATION "/uint2/uint8/quanto-slabs", NULL

static const char *const pack_suite[] = {SUITE("pack")};
static const char *const unpack_suite[] = {SUITE("unpack")};

const struct tb_problem_kind tb_problem_pack = {
    .operation = "pack",
    .summary = "codes of 2 to 4 bits into words",
    .format_count = 2,
    .format_names = "CODE/WORD",
    .methods = methods,
    .method_count = TB_PACK_ORDERS,
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = pack_suite,
};

const struct tb_problem_kind tb_problem_unpack = {
    .operation = "unpack",
    .summary = "words into codes of 2 to 4 bits",
    .format_count = 2,
    .format_names = "CODE/WORD",
    .methods = methods,
    .method_count = TB_PACK_ORDERS,
    .parameters = parameters,
    .lay_out = lay_out,
    .suite = unpack_suite,
};
