#include "vectors/mma_model.h"

#include <stdlib.h>
#include <string.h>

#define EXACT TB_MMA_EXACT
#define MODEL(ID, NAME, OPERANDS, RESULT, REGISTERS, SUM, STEP, BLOCK, ORDER, F, CUT, PLACE, ROUNDING, BITS, \
              NORMALISED, SUBNORMALS, SPECIAL, SUMMARY, USED_BY, SOURCE)                                     \
    {NAME,                                                                                                   \
     OPERANDS,                                                                                               \
     RESULT,                                                                                                 \
     REGISTERS,                                                                                              \
     TB_MMA_##SUM,                                                                                           \
     STEP,                                                                                                   \
     BLOCK,                                                                                                  \
     TB_MMA_##ORDER,                                                                                         \
     F,                                                                                                      \
     TB_##CUT,                                                                                               \
     TB_MMA_##PLACE,                                                                                         \
     TB_##ROUNDING,                                                                                          \
     BITS,                                                                                                   \
     NORMALISED,                                                                                             \
     TB_MMA_##SUBNORMALS,                                                                                    \
     TB_MMA_##SPECIAL,                                                                                       \
     SUMMARY,                                                                                                \
     USED_BY,                                                                                                \
     SOURCE},
const struct tb_mma_model tb_mma_models[] = {
#include "vectors/mma_models.inc"
};
const size_t tb_mma_model_count = sizeof tb_mma_models / sizeof tb_mma_models[0];

const struct tb_word tb_mma_sum_words[TB_MMA_SUMS] = {
    {"fused",     "terms aligned, cut, added exactly, rounded once"                     },
    {"pairwise",  "a tree of halves, every addition rounded"                            },
    {"two-stage", "the products first, their sum then aligned with the accumulator"     },
    {"two-lanes", "even and odd products apart, their sums then aligned with each other"},
    {"integer",   "exact integers"                                                      },
};
const struct tb_word tb_mma_order_words[TB_MMA_ORDERS] = {
    {"ascending",   "consecutive indices, ascending"                     },
    {"descending",  "consecutive indices, the last step of a block first"},
    {"interleaved", "every n-th index of a block"                        },
    {"pairs",       "k mod 4 in {0, 1} of a block first, then the others"},
};
const struct tb_word tb_mma_place_words[TB_MMA_PLACES] = {
    {"in-sum", "a term of each step"                       },
    {"last",   "added to each block's sum, to nearest even"},
};
const struct tb_word tb_mma_subnormal_words[TB_MMA_SUBNORMALS] = {
    {"kept",            "used and produced"                       },
    {"inputs-flushed",  "inputs read as zero"                     },
    {"results-flushed", "results become zero"                     },
    {"all-flushed",     "inputs read as zero, results become zero"},
};
const struct tb_word tb_mma_special_words[TB_MMA_SPECIALS] = {
    {"ieee",        "as IEEE 754 has them"        },
    {"nv",          "NaN all ones, zeros positive"},
    {"nan-dropped", "NaN terms count as zero"     },
    {"wrap",        "integers wrap"               },
    {"clamp",       "integers saturate"           },
};

static bool listed(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; *at; at += strcspn(at, " "), at += strspn(at, " "))
        if (strcspn(at, " ") == length && memcmp(at, name, length) == 0)
            return true;
    return false;
}

bool tb_mma_takes(const struct tb_mma_model *model, const struct tb_format *a, const struct tb_format *b,
                  const struct tb_format *c, const struct tb_format *d) {
    return listed(model->operands, a->name) && listed(model->operands, b->name) &&
           strcmp(model->result, c->name) == 0 && strcmp(model->result, d->name) == 0;
}

const struct tb_mma_model *tb_mma_find(const char *name, const struct tb_format *a, const struct tb_format *b,
                                       const struct tb_format *c, const struct tb_format *d) {
    for (size_t i = 0; i < tb_mma_model_count; i++)
        if (strcmp(tb_mma_models[i].name, name) == 0 && tb_mma_takes(&tb_mma_models[i], a, b, c, d))
            return &tb_mma_models[i];
    return NULL;
}

const struct tb_format *tb_mma_registers(const struct tb_mma_model *model, const struct tb_format *d) {
    return model->registers[0] ? tb_format_find(model->registers, NULL) : d;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t block_size(const struct tb_mma_model *model, uint32_t k) {
    return model->block ? model->block : k;
}

/* Steps of `size` consecutive indices. */
static uint32_t steps_of(const struct tb_mma_model *model, uint32_t size) {
    if (model->order == TB_MMA_PAIRS)
        return 2;
    return model->step ? (size + model->step - 1) / model->step : 1;
}

uint32_t tb_mma_steps_per_block(const struct tb_mma_model *model, uint32_t k) {
    return steps_of(model, block_size(model, k));
}

uint32_t tb_mma_step_of(const struct tb_mma_model *model, uint32_t k, uint32_t index, uint32_t *place) {
    uint32_t block = block_size(model, k), number = index / block, within = index % block;
    uint32_t size = smaller(block, k - number * block), steps = steps_of(model, size);
    uint32_t step = model->step ? model->step : size, first = number * steps_of(model, block);
    switch (model->order) {
    case TB_MMA_INTERLEAVED:
        *place = within / steps;
        return first + within % steps;
    case TB_MMA_PAIRS:
        *place = within / 4 * 2 + within % 2;
        return first + within % 4 / 2;
    case TB_MMA_DESCENDING:
        *place = within % step;
        return first + (steps - 1 - within / step);
    case TB_MMA_ASCENDING:
    case TB_MMA_ORDERS:
        break;
    }
    *place = within % step;
    return first + within / step;
}

int tb_mma_least_exponent(const struct tb_format *f) {
    return f->low == TB_LOW_NORMAL ? -f->bias : 1 - f->bias;
}
