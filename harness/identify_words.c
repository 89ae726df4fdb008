#include "harness/identify_words.h"

#include "harness/print.h"

#include <limits.h>
#include <string.h>

/* ---- One parameter. ---- */

static const char *rounding_text(int rounding) {
    static const char *const texts[TB_ROUNDINGS] = {[TB_RNE] = "to nearest, ties to even",
                                                    [TB_RTZ] = "toward zero",
                                                    [TB_RD] = "toward minus infinity",
                                                    [TB_RU] = "toward plus infinity"};
    return texts[rounding] ? texts[rounding] : tb_rounding_words[rounding].name;
}

/* A value in words; of step and block 0 is all of k, of the fraction TB_MMA_EXACT is all bits. */
static void value_text(enum tb_identify_parameter parameter, int value, char text[96]) {
    switch (parameter) {
    case TB_ID_SUM:
        snprintf(text, 96, "%s", tb_mma_sum_words[value].summary);
        return;
    case TB_ID_ORDER:
        snprintf(text, 96, "%s", tb_mma_order_words[value].summary);
        return;
    case TB_ID_PLACE:
        snprintf(text, 96, "%s", tb_mma_place_words[value].summary);
        return;
    case TB_ID_SUBNORMALS:
        snprintf(text, 96, "%s", tb_mma_subnormal_words[value].summary);
        return;
    case TB_ID_SPECIAL:
        snprintf(text, 96, "%s", tb_mma_special_words[value].summary);
        return;
    case TB_ID_CUT:
    case TB_ID_ROUNDING:
        snprintf(text, 96, "%s", rounding_text(value));
        return;
    case TB_ID_NORMALISED:
        snprintf(text, 96, "%s",
                 value ? "normalised before they are aligned" : "aligned by their factors' exponents");
        return;
    case TB_ID_FRACTION:
        snprintf(text, 96, value == TB_MMA_EXACT ? "all" : "%d", value);
        return;
    case TB_ID_STEP:
    case TB_ID_BLOCK:
        snprintf(text, 96, value ? "%d" : "all of k", value);
        return;
    case TB_ID_BITS:
        snprintf(text, 96, value ? "%d" : "all", value);
        return;
    case TB_ID_PARAMETERS:
        break;
    }
}

/* Whether the values are numbers without a gap, `all` left out: their least and greatest. */
static bool range_of(enum tb_identify_parameter parameter, const struct tb_value_set *set, int all, int *low,
                     int *high) {
    size_t numbers = 0;
    *low = INT_MAX;
    *high = INT_MIN;
    for (size_t i = 0; i < set->count; i++) {
        int value = set->value[i];
        if (value == all)
            continue;
        numbers++;
        *low = value < *low ? value : *low;
        *high = value > *high ? value : *high;
    }
    bool counts = parameter == TB_ID_FRACTION || parameter == TB_ID_BITS;
    return counts && numbers > 2 && (size_t)(*high - *low) + 1 == numbers;
}

/* "13", "16 or 32", "25 to 48 or all". */
static void set_text(enum tb_identify_parameter parameter, const struct tb_value_set *set, char *text,
                     size_t size) {
    size_t used = 0;
    int low, high, all = parameter == TB_ID_FRACTION ? TB_MMA_EXACT : 0;
    text[0] = 0;
    bool range = range_of(parameter, set, all, &low, &high);
    if (range)
        used = (size_t)snprintf(text, size, "%d to %d", low, high);
    for (size_t i = 0; i < set->count && used < size; i++) {
        char one[96];
        value_text(parameter, set->value[i], one);
        if (!range || set->value[i] == all)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " or " : "", one);
    }
}

/* What a line tells, and for which ways of adding. */
static const struct {
    const char *label;
    enum tb_identify_parameter parameter;
    const char *before, *behind;
    unsigned sums; /* bits by enum tb_mma_sum */
} lines[] = {
    {"sum",         TB_ID_SUM,        "",                     "",                                           ~0u                    },
    {"step",        TB_ID_STEP,       "",                     " products at a time",                        ~0u                    },
    {"order",       TB_ID_ORDER,      "",                     "",                                           1u << TB_MMA_FUSED     },
    {"block",       TB_ID_BLOCK,      "",                     " indices",                                   1u << TB_MMA_FUSED     },
    {"fraction",    TB_ID_FRACTION,   "",                     " bits below the largest exponent of a step",
     ~(1u << TB_MMA_INTEGER | 1u << TB_MMA_PAIRWISE)                                                                               },
    {"cut",         TB_ID_CUT,        "terms cut ",           "",                                           1u << TB_MMA_FUSED     },
    {"products",    TB_ID_NORMALISED, "",                     "",                                           1u << TB_MMA_FUSED     },
    {"accumulator", TB_ID_PLACE,      "",                     "",                                           1u << TB_MMA_FUSED     },
    {"result",      TB_ID_BITS,       "of a step: ",          " fraction bits of the accumulator's format",
     ~(1u << TB_MMA_INTEGER)                                                                                                       },
    {"rounding",    TB_ID_ROUNDING,   "of a step's result: ", "",                                           ~(1u << TB_MMA_INTEGER)},
    {"subnormals",  TB_ID_SUBNORMALS, "",                     "",                                           ~(1u << TB_MMA_INTEGER)},
    {"overflow",    TB_ID_SPECIAL,    "",                     "",                                           1u << TB_MMA_INTEGER   },
};
enum { LINES = sizeof lines / sizeof lines[0] };

static bool shown(const struct tb_mma_model *m, int line) {
    enum tb_identify_parameter p = lines[line].parameter;
    bool exact = m->fraction_bits == TB_MMA_EXACT;
    if (!(lines[line].sums >> m->sum & 1))
        return false;
    if (p == TB_ID_STEP && m->special == TB_MMA_WRAP) /* of which nothing depends */
        return false;
    if (p == TB_ID_BLOCK)
        return m->place == TB_MMA_LAST || m->order != TB_MMA_ASCENDING;
    return !exact || (p != TB_ID_CUT && p != TB_ID_NORMALISED);
}

static void print_parameters(FILE *out, const struct tb_identity *found) {
    for (int i = 0; i < LINES; i++) {
        char text[400];
        struct tb_value_set one = {1, {tb_identify_value(&found->model, lines[i].parameter)}};
        const struct tb_value_set *set = &found->values[lines[i].parameter];
        if (!shown(&found->model, i))
            continue;
        set_text(lines[i].parameter, set->count ? set : &one, text, sizeof text);
        fprintf(out, "%-12s%s%s%s\n", lines[i].label, lines[i].before, text, lines[i].behind);
    }
}

/* ---- The whole. ---- */

static void number(uint64_t n, char text[48]) {
    tb_print_count(n, text, 48);
}

static void pattern_text(const struct tb_format *f, uint64_t pattern, char *text, size_t size) {
    char value[128];
    tb_value_print(tb_format_decode(f, pattern), value, sizeof value);
    snprintf(text, size, "0x%0*llx = %s", (int)(2 * tb_format_bytes(f)), (unsigned long long)pattern, value);
}

static void print_terms(FILE *out, const struct tb_problem *p, const struct tb_counterexample *c) {
    enum { SHOWN = 8 };
    for (uint32_t i = 0; i < c->kept && i < SHOWN; i++) {
        char a[160], b[160];
        pattern_text(p->formats[0], c->a[i], a, sizeof a);
        pattern_text(p->formats[1], c->b[i], b, sizeof b);
        fprintf(out, "%-12sk = %u: %s times %s\n", i ? "" : "products", c->index[i], a, b);
    }
    if (c->terms > SHOWN)
        fprintf(out, "%-12s... %u in all\n", "", c->terms);
    char text[160];
    pattern_text(p->formats[2], c->c, text, sizeof text);
    fprintf(out, "%-12s%s\n", "c", text);
}

static void print_counterexample(FILE *out, const struct tb_problem *p, const struct tb_identity *found) {
    char got[160], other[160];
    const struct tb_counterexample *c = &found->counter;
    pattern_text(p->formats[3], c->got, got, sizeof got);
    pattern_text(p->formats[3], c->other, other, sizeof other);
    fprintf(out, "%-12s%s, asked for d[%u][%u]\n", "example", c->what, c->row, c->column);
    print_terms(out, p, c);
    fprintf(out, "%-12s%s\n", "got", got);
    fprintf(out, "%-12s%s\n", found->outcome == TB_NO_SET ? "nearest" : "and also", other);
}

static void print_fit(FILE *out, const struct tb_identity *found) {
    char asked[48], confirmed[48], tried[48], count[48];
    number(found->asked, asked);
    number(found->confirmed, confirmed);
    number(found->tried, tried);
    number(found->count, count);
    if (found->named)
        fprintf(out, "%-12s%s: %s\n", "model", found->named->name, found->named->summary);
    else
        fprintf(out, "%-12snone with a name; the parameters are below\n", "model");
    fprintf(out, "%-12sall answers to %s dot products chosen to tell and %s random ones\n", "explains", asked,
            confirmed);
    if (found->count == 1)
        fprintf(out, "%-12sno other of %s sets of parameters\n", "fits", tried);
    else
        fprintf(out, "%-12s%s of %s sets of parameters; no question told them apart\n", "fits", count, tried);
}

static void print_zeros(FILE *out, const struct tb_problem *p, const struct tb_identity *found) {
    if (found->has_nan)
        fprintf(out, "%-12s0x%0*llx\n", "NaN", (int)(2 * tb_format_bytes(p->formats[3])),
                (unsigned long long)found->nan);
    if (found->has_zero)
        fprintf(out, "%-12s1 - 1 is %s, a sum of negative zeros %s\n", "zeros", found->zero ? "-0" : "+0",
                found->minus_zero ? "-0" : "+0");
}

void tb_identity_print(FILE *out, const struct tb_problem *p, const char *target,
                       const struct tb_identity *found) {
    char matched[48], asked[48], tried[48];
    number(found->matched, matched);
    number(found->asked, asked);
    number(found->tried, tried);
    fprintf(out, "%-12s%s\n%-12s%s\n", "target", target, "case", p->id);
    switch (found->outcome) {
    case TB_FITTED:
        print_fit(out, found);
        print_parameters(out, found);
        print_zeros(out, p, found);
        return;
    case TB_NO_SET:
        fprintf(out, "%-12snone of %s sets of parameters explains it\n", "model", tried);
        fprintf(out, "%-12s%s gives %s of %s answers\n", "nearest",
                found->named ? found->named->name : "a set without a name", matched, asked);
        print_counterexample(out, p, found);
        return;
    case TB_NOT_A_FUNCTION:
        fprintf(out, "%-12snone: the same question, asked twice, has two answers\n", "model");
        print_counterexample(out, p, found);
    }
}

/* ---- JSON. ---- */

static json_t *hex(uint64_t pattern) {
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)pattern);
    return json_string(text);
}

/* The word or the number of a value. */
static json_t *value_json(enum tb_identify_parameter parameter, int value) {
    static const struct tb_word *const words[TB_ID_PARAMETERS] = {
        [TB_ID_SUM] = tb_mma_sum_words,         [TB_ID_ORDER] = tb_mma_order_words,
        [TB_ID_PLACE] = tb_mma_place_words,     [TB_ID_SUBNORMALS] = tb_mma_subnormal_words,
        [TB_ID_SPECIAL] = tb_mma_special_words, [TB_ID_CUT] = tb_rounding_words,
        [TB_ID_ROUNDING] = tb_rounding_words,
    };
    if (words[parameter])
        return json_string(words[parameter][value].name);
    if (parameter == TB_ID_NORMALISED)
        return json_boolean(value);
    bool all = parameter == TB_ID_FRACTION ? value == TB_MMA_EXACT : value == 0;
    return all ? json_string("all") : json_integer(value);
}

static json_t *parameters_json(const struct tb_identity *found) {
    json_t *all = json_object();
    for (int i = 0; i < TB_ID_PARAMETERS; i++) {
        const struct tb_value_set *set = &found->values[i];
        json_t *values = json_array();
        for (size_t j = 0; j < set->count; j++)
            json_array_append_new(values, value_json((enum tb_identify_parameter)i, set->value[j]));
        json_object_set_new(all, tb_identify_names[i], values);
    }
    return all;
}

static json_t *counterexample_json(const struct tb_identity *found) {
    const struct tb_counterexample *c = &found->counter;
    json_t *products = json_array();
    for (uint32_t i = 0; i < c->kept; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "k", json_integer(c->index[i]));
        json_object_set_new(one, "a", hex(c->a[i]));
        json_object_set_new(one, "b", hex(c->b[i]));
        json_array_append_new(products, one);
    }
    json_t *json = json_pack("{s:s, s:i, s:i, s:i}", "about", c->what, "row", (int)c->row, "column",
                             (int)c->column, "terms", (int)c->terms);
    json_object_set_new(json, "products", products);
    json_object_set_new(json, "c", hex(c->c));
    json_object_set_new(json, "got", hex(c->got));
    json_object_set_new(json, found->outcome == TB_NO_SET ? "nearest" : "again", hex(c->other));
    return json;
}

json_t *tb_identity_json(const struct tb_problem *p, const char *target, const struct tb_identity *found) {
    static const char *const outcomes[] = {"fitted", "no-set", "not-a-function"};
    json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "target", target, "case", p->id, "outcome",
                             outcomes[found->outcome], "asked", (json_int_t)found->asked, "confirmed",
                             (json_int_t)found->confirmed, "tried", (json_int_t)found->tried);
    json_object_set_new(json, found->outcome == TB_NO_SET ? "nearest" : "model",
                        found->named ? json_string(found->named->name) : json_null());
    if (found->outcome == TB_FITTED) {
        json_object_set_new(json, "sets", json_integer((json_int_t)found->count));
        json_object_set_new(json, "parameters", parameters_json(found));
    } else {
        json_object_set_new(json, "counterexample", counterexample_json(found));
    }
    if (found->outcome == TB_NO_SET)
        json_object_set_new(json, "matched", json_integer((json_int_t)found->matched));
    if (found->has_nan)
        json_object_set_new(json, "nan", hex(found->nan));
    if (found->has_zero) {
        json_object_set_new(json, "zero", hex(found->zero));
        json_object_set_new(json, "minus_zero", hex(found->minus_zero));
    }
    return json;
}
