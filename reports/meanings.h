/* The words of meanings_arrays.c, for meanings.c. */
#ifndef TB_REPORTS_MEANINGS_H
#define TB_REPORTS_MEANINGS_H

#include "vectors/case.h"

extern const struct tb_word tb_array_meanings[];
extern const int tb_array_meaning_count;

#endif
