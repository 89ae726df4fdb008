/* What the arithmetics named in results mean, in words for the reader of a report. Reports never ask the
 * reference; the names are the stable words of `tiebreak list variants`. */
#include "reports/summary.h"

#include <string.h>

static const struct tb_word meanings[] = {
    {"exact",         "the exact answer, rounded once"                                                    },
    {"daz",           "subnormal inputs are read as zero"                                                 },
    {"ftz",           "subnormal results become zero"                                                     },
    {"magnitude",     "the sign of the input is dropped first"                                            },
    {"bias-add",      "rounds by adding half a unit to the bits; a NaN can overflow into another value"   },
    {"indefinite",    "out-of-range inputs and NaN give the x86 integer indefinite (only the top bit set)"},
    {"wrap",          "out-of-range values wrap around modulo 2^bits"                                     },
    {"zero-positive", "a result of -0 becomes +0"                                                         },
    {"half-away",     "values exactly halfway go away from zero instead of to the even code"              },
    {"half-up",       "values exactly halfway go up instead of to the even code"                          },
    {"truncate",      "the low bits are cut off: rounds toward zero"                                      },
};

/* Words with a variable end: the rest of the word is named in the sentence. */
static const struct tb_word prefixes[] = {
    {"via-", "rounds to %s first, then a second time: a value near a boundary can land on it and then go the "
             "wrong way"                  },
    {"nan-", "answers NaN inputs by another rule (%s)"},
};

static void add(char *text, size_t size, const char *more) {
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? "; then " : "", more);
}

static bool find(const struct tb_word *words, int count, const char *word, const char *format, char *text,
                 size_t size) {
    char sentence[200];
    int i = tb_word_find(words, count, word);
    if (i < 0)
        return false;
    snprintf(sentence, sizeof sentence, format, words[i].summary);
    add(text, size, sentence);
    return true;
}

static void add_word(const char *word, char *text, size_t size) {
    char sentence[200];
    if (find(meanings, sizeof meanings / sizeof *meanings, word, "%s", text, size) ||
        find(tb_rounding_words, TB_ROUNDINGS, word, "rounds %s", text, size) ||
        find(tb_overflow_words, TB_OVERFLOWS, word, "%s", text, size))
        return;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i].name);
        if (strncmp(word, prefixes[i].name, length))
            continue;
        snprintf(sentence, sizeof sentence, prefixes[i].summary, word + length);
        add(text, size, sentence);
    }
}

void tb_variant_meaning(const char *name, char *text, size_t size) {
    char word[64];
    text[0] = 0;
    while (*name) {
        size_t length = strcspn(name, "+");
        if (length && length < sizeof word) {
            memcpy(word, name, length);
            word[length] = 0;
            add_word(word, text, size);
        }
        name += length + (name[length] == '+');
    }
}
