/* What the arithmetics named in results mean, in words for the reader of a report. Reports never ask the
 * reference; the names are the stable words of `tiebreak list variants`. */
#include "reports/meanings.h"
#include "reports/summary.h"

#include "vectors/mma_model.h"

#include <string.h>

/* clang-format off */
static const struct tb_word meanings[] = {
    {"exact",              "gives the exact answer, rounded once"},
    {"ties-zero",          "rounds to nearest, values exactly halfway go toward zero"},
    {"ties-down",          "rounds to nearest, values exactly halfway go toward -infinity"},
    {"overflow-always",    "what rounds beyond the largest finite value overflows, also where the direction would keep it there"},
    {"early-overflow",     "a value beyond the largest finite one overflows before it is rounded"},
    {"infinity-nan",       "infinities give NaN, whatever the overflow policy"},
    {"daz",                "subnormal inputs are read as zero"},
    {"ftz",                "subnormal results become zero"},
    {"daz-first",          "the first operand is read as zero where it is subnormal"},
    {"daz-second",         "the second operand is read as zero where it is subnormal"},
    {"unfused",            "the product is rounded before the addition"},
    {"by-reciprocal",      "two steps instead of one: the reciprocal (or the root) is rounded first, then the rest"},
    {"zero-divides",       "dividing by a zero that has no sign gives an infinity, where the definition has NaN"},
    {"invalid-negative",   "invalid operations give the quiet NaN with the sign set"},
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
    /* stochastic conversions */
    {"sr-b",               "the fraction keeps one bit more than the random number, to which half of its unit is added (P3109 B)"},
    {"sr-c",               "the fraction is rounded to as many bits as the random number has before the two are added (P3109 C)"},
    {"sr-cut",             "subnormal results: bits of the fraction beyond those that a normal result drops are lost"},
    {"sr-unaligned",       "subnormal results: the random number is added too far down, so that they almost never go up"},
    {"sr-floor",           "takes the floor of value plus random number: below zero the random numbers that go away from zero are others"},
    {"away",               "rounds everything inexact away from zero, whatever the random number"},
    {"r-below",            "goes up for small random numbers instead of large ones, as often"},
    {"r-at-most",          "goes up once too often, since r <= fraction is asked; values of the destination move too"},
    {"r-above",            "goes up once too rarely, since the sum must exceed one instead of reaching it"},
    {"r-short",            "does not use the lowest random bit"},
    {"r-low-short",        "does not use the highest random bit"},
    {"r-reversed",         "uses the random bits in reverse"},
    {"r-mid13",            "uses only the random bits 16 to 28"},
    /* affine operations */
    {"s-fp32",             "the scale is narrowed to fp32 first"},
    {"s-fp16",             "the scale is narrowed to fp16 first"},
    {"s-bf16",             "the scale is narrowed to bf16 first"},
    {"s-unsigned",         "drops the sign of the scale"},
    {"div32",              "divides in fp32: the quotient is rounded before it is rounded to a code"},
    {"div64",              "divides in fp64"},
    {"div-fp16",           "divides in fp16: quotients of several codes are cut to 11 bits before they are rounded"},
    {"div-bf16",           "divides in bf16: quotients of several codes are cut to 8 bits before they are rounded"},
    {"rcp32",              "multiplies by the fp32 reciprocal of the scale instead of dividing"},
    {"rcp64to32",          "multiplies by the reciprocal of the unrounded scale, held in fp32"},
    {"rcp64",              "multiplies by the fp64 reciprocal of the scale"},
    {"rcp-fp16",           "multiplies by the reciprocal of the scale in fp16"},
    {"rcp-bf16",           "multiplies by the reciprocal of the scale in bf16"},
    {"amax",               "multiplies by hi / amax in fp32 and never uses the stored scale"},
    {"amax-rcp",           "multiplies by hi * (1 / amax) in fp32, as a fast division does"},
    {"fma",                "multiplies by the fp32 reciprocal and adds the zero point in one fused operation, before rounding"},
    {"linear",             "multiplies and adds an offset in fp32, codes counted from the lowest"},
    {"linear-fma",         "the same in one fused operation: multiplies and adds an offset, codes counted from the lowest"},
    {"range",              "takes the place in the range, (x - least) / range, times the number of steps"},
    {"submin",             "subtracts the least value first and counts codes from there"},
    {"rowwise",            "subtracts the least value and multiplies by levels / (range + 1e-8), which is not the stored scale"},
    {"mul32",              "multiplies the accumulator by the scale in fp32: accumulators beyond 2^24 lose bits"},
    {"mul64",              "multiplies the accumulator by the scale in fp64"},
    {"double-rounding",    "fixed point that rounds twice: halves up in the product, away from zero in the shift"},
    {"single-rounding",    "fixed point with a 31-bit multiplier and one rounding, halves up"},
    {"q31",                "fixed point of the fp32 scale that rounds twice: halves up, then away from zero"},
    {"fixed64",            "fixed point of the fp32 scale in 64 bits, one rounding, halves up"},
    {"rndnu",              "the exact product with the fp32 scale, halves up"},
    {"precise",            "the exact product with the fp32 scale, halves away from zero"},
    {"rndnu16",            "fixed point with a 15-bit multiplier on an accumulator squeezed into 16 bits"},
    {"m16",                "fixed point with a 16-bit multiplier, halves up"},
    {"m21",                "fixed point with a 21-bit multiplier, halves up"},
    {"strict-half",        "the multiplier is rounded up only strictly above half"},
    {"add-half",           "rounds by floor(t + 0.5), where the sum rounds too: just below a half goes up"},
    {"add-half-away",      "rounds by cutting t + 0.5 with the sign of t, where the sum rounds too"},
    {"magic",              "rounds by adding 1.5 * 2^23, which holds below 2^22 only"},
    {"zp-ignored",         "leaves the zero point out"},
    {"zp-less-one",        "takes the zero point less one"},
    {"zp-before",          "adds the zero point before rounding, which moves ties where it is odd"},
    {"zp-fp32",            "adds the zero point after rounding, in fp32"},
    {"zp-sat16",           "adds the zero point in 16 bits that saturate"},
    {"int32-wrap",         "saturates to 32 bits, then adds the zero point in 32 bits that wrap"},
    {"int32-x86",          "gives -2^31 for what 32 bits do not hold, NaN included, then adds the zero point, wrapping"},
    {"int64-x86",          "gives -2^63 for what 64 bits do not hold, NaN included, then adds the zero point, wrapping"},
    {"avx2-wrap",          "guards the upper end only, then adds the zero point in 32 bits that wrap: infinities and NaN can land at the other end"},
    {"clamp-before",       "clamps before rounding; NaN gives the lowest code"},
    {"clamp-first",        "clamps before the zero point is added and keeps the low bits of the sum"},
    {"no-clamp",           "does not clamp: the low bits are kept, so that large values wrap around"},
    {"narrow",             "does not use the lowest code: -127 stands for -128"},
    {"reduce-range",       "uses half of the range of codes"},
    {"high-less",          "clamps one code below the highest"},
    {"low-more",           "clamps one code above the lowest"},
    {"high-more",          "clamps one code too high, which wraps around"},
    {"nan-low",            "NaN gives the lowest code"},
    {"nan-high",           "NaN gives the highest code"},
    {"nan-zp",             "NaN gives the zero point"},
    {"dq-mul32",           "dequantizes in fp32: the difference, then the product"},
    {"dq-mul64",           "dequantizes in fp64"},
    {"dq-mul-fp16",        "dequantizes in fp16"},
    {"dq-mul-bf16",        "dequantizes in bf16"},
    {"dq-premul",          "dequantizes as s * q less a rounded s * z"},
    {"dq-fma",             "dequantizes by a fused s * q less a rounded s * z"},
    {"dq-div",             "dequantizes by dividing by the rounded reciprocal of the scale"},
    {"dq-div-amax",        "dequantizes by dividing by hi / amax"},
    {"dq-least",           "dequantizes from the lowest code: (q - lo) * s plus the least value"},
    {"dq-linear",          "dequantizes from the lowest code with a step that is computed from the range"},
    {"dq-range",           "dequantizes as a share of the range plus the least value"},
    {"mask-after",         "takes the mask after the clamp, where it is always 1"},
    {"mask-strict",        "leaves both ends of the range out of the mask"},
    {"mask-input",         "takes the mask by comparing inputs with the ends of the range as values"},
    {"mask-number",        "leaves NaN out of the mask, whatever code NaN is given"},
};
/* clang-format on */

/* Words with a variable end: the rest of the word is named in the sentence. */
static const struct tb_word prefixes[] = {
    {"r-bytes-", "uses 16 random bits of two bytes of the word, as lane %s of PTX cvt.rs.e2m1x4"             },
    {"r-top",    "uses only the highest random bits, %s of them"                                             },
    {"r-low",    "uses only the lowest random bits, %s of them"                                              },
    {"via-int",  "converts to int%s first and narrows that: what the wider integer cannot hold is lost there"},
    {"via-",     "rounds to %s first, then a second time: a value near a boundary can land on it and then go the "
             "wrong way"                                                                         },
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
        find(tb_array_meanings, tb_array_meaning_count, word, "%s", text, size) ||
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
    for (size_t i = 0; i < tb_mma_model_count; i++) /* their names have a plus of their own */
        if (strcmp(tb_mma_models[i].name, name) == 0) {
            add(text, size, tb_mma_models[i].summary);
            return;
        }
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
