#include "vectors/rounding.h"

#include <string.h>

const struct tb_word tb_rounding_words[TB_ROUNDINGS] = {
    [TB_EXACT] = {"exact", "every source value is a destination value"       },
    [TB_RNE] = {"rne",   "to nearest, ties to the even code"               },
    [TB_RNA] = {"rna",   "to nearest, ties away from zero"                 },
    [TB_RTZ] = {"rtz",   "toward zero"                                     },
    [TB_RU] = {"ru",    "toward +infinity"                                },
    [TB_RD] = {"rd",    "toward -infinity (floor)"                        },
    [TB_RTO] = {"rto",   "to odd: an inexact value takes the odd neighbour"},
    [TB_RHU] = {"rhu",   "to nearest, ties toward +infinity (half up)"     },
};

const struct tb_word tb_overflow_words[TB_OVERFLOWS] = {
    [TB_SATFINITE] = {"satfinite", "overflow and infinities give the largest finite value"                   },
    [TB_PROPAGATE] = {"propagate", "overflow gives the largest finite value, infinities stay infinities"     },
    [TB_TO_INF] = {"inf",       "overflow gives infinity where the format has one, else the largest value"},
    [TB_TO_NAN] = {"nan",       "overflow and infinities give NaN where the format has one"               },
};

const struct tb_word tb_nan_level_words[TB_NAN_LEVELS] = {
    [TB_NAN_CLASS] = {"class",     "any NaN code will do"                          },
    [TB_NAN_CANONICAL] = {"canonical", "the positive quiet NaN without payload"        },
    [TB_NAN_BITS] = {"bits",      "sign and leading payload bits kept, made quiet"},
};

const char *tb_rounding_name(enum tb_rounding rounding) {
    return rounding == TB_STOCHASTIC ? "sr" : tb_rounding_words[rounding].name;
}

int tb_word_find(const struct tb_word *words, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(words[i].name, name) == 0)
            return i;
    return -1;
}
