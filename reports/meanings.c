/* What the arithmetics named in results mean, in words for the reader of a report. Reports never ask the
 * reference; the names are the stable words of `tiebreak list variants`. */
#include "reports/summary.h"

#include <string.h>

/* clang-format off */
static const struct tb_word meanings[] = {
    {"exact",              "gives the exact answer, rounded once"},
    {"ties-zero",          "rounds to nearest, values exactly halfway go toward zero"},
    {"ties-down",          "rounds to nearest, values exactly halfway go toward -infinity"},
    {"early-overflow",     "a value beyond the largest finite one overflows before it is rounded"},
    {"infinity-nan",       "infinities give NaN, whatever the overflow policy"},
    {"daz",                "subnormal inputs are read as zero"},
    {"ftz",                "subnormal results become zero"},
    {"bias-add",           "rounds by adding half a unit to the bits, NaN not excepted: some NaNs turn into other values"},
    {"magnitude",          "the sign of the input is dropped"},
    {"nan-positive",       "NaN gives the code with all fraction bits set, its sign dropped"},
    {"nan-canonical",      "NaN gives the one quiet NaN, its sign dropped"},
    {"nan-negative",       "NaN gives the quiet NaN with the sign set"},
    {"nan-quiet",          "NaN gives the quiet NaN of its sign, its payload dropped"},
    {"nan-truncated",      "NaN is cut and not made quiet, and may turn into infinity"},
    {"nan-zero",           "NaN gives zero"},
    {"nan-minus-zero",     "NaN gives zero of the opposite sign"},
    {"nan-max",            "NaN gives the largest finite value"},
    {"nan-infinity",       "NaN is answered like an infinity of its sign"},
    {"nan-number",         "NaN codes of the source are read as numbers"},
    {"zero-nan",           "zero gives NaN, since the destination has no zero"},
    {"below-nan",          "zero and what lies below the smallest value give NaN"},
    {"guard-up",           "what lies above the smallest value always gives the next one"},
    {"zero-positive",      "a result of -0 becomes +0"},
    {"indefinite",         "out-of-range inputs and NaN give the x86 integer indefinite (only the top bit set)"},
    {"wrap",               "the low bits of a 32-bit result are kept: out-of-range values wrap around"},
    {"symmetric",          "the most negative integer is not used"},
};
/* clang-format on */

/* Words with a variable end: the rest of the word is named in the sentence. */
static const struct tb_word prefixes[] = {
    {"via-int", "converts to int%s first and narrows that: what the wider integer cannot hold is lost there"},
    {"via-",    "rounds to %s first, then a second time: a value near a boundary can land on it and then go the "
     "wrong way"                                                                                                },
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
        (!strncmp(word, "overflow-", 9) && find(tb_overflow_words, TB_OVERFLOWS, word + 9, "%s", text, size)))
        return;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i].name);
        if (strncmp(word, prefixes[i].name, length))
            continue;
        snprintf(sentence, sizeof sentence, prefixes[i].summary, word + length);
        add(text, size, sentence);
        return;
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
