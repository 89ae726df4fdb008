#include "reference/behaviour.h"

#include "reference/affine.h"
#include "reference/affine_preset.h"
#include "reference/named.h"
#include "reference/reference.h"

#include <stdio.h>
#include <string.h>

/* ---- Names. ---- */

bool tb_behaviour_write_out(const struct tb_case *c, const char *name, char *out, size_t size,
                            struct tb_error *error) {
    struct tb_name_word word;
    out[0] = 0;
    while (tb_next_word(&name, &word)) {
        size_t used = strlen(out);
        const struct tb_affine_preset *p = tb_affine_preset_find(c->operation, word.text, word.length);
        int put = snprintf(out + used, size - used, "%s%.*s", used ? "+" : "",
                           p ? (int)strlen(p->variant) : (int)word.length, p ? p->variant : word.text);
        if (put < 0 || (size_t)put >= size - used)
            return tb_fail(error, TB_EXIT_USAGE, "variant '%.60s...' has too many words", word.text);
    }
    return true;
}

/* Words of affine and scaled operations, presets written out. */
static bool written_out(const struct tb_case *c, const char *name, char words[512], struct tb_error *error) {
    return tb_behaviour_write_out(c, name ? name : "exact", words, 512, error);
}

/* ---- Conversions. ---- */

static size_t conversion_count(void) {
    return tb_variant_count;
}

static struct tb_variant_words conversion_words(size_t row) {
    const struct tb_variant *v = &tb_variants[row];
    return (struct tb_variant_words){v->name, v->summary, v->used_by};
}

static bool conversion_applies(const struct tb_case *c, size_t row) {
    return tb_variants[row].applies(c);
}

static bool make_conversion(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                            struct tb_error *error) {
    return tb_variant_arithmetic(c, name, &out->conversion, error);
}

static uint64_t conversion_at(const struct tb_behaviour *b, uint64_t pattern) {
    return tb_arithmetic_convert(&b->conversion, pattern);
}

static bool conversion_staircase(const struct tb_behaviour *b, struct tb_staircase *out,
                                 struct tb_error *error) {
    return tb_arithmetic_staircase(&b->conversion, out, error);
}

/* ---- Basic operations. ---- */

static size_t basic_count(void) {
    return tb_basic_variant_count;
}

static struct tb_variant_words basic_words(size_t row) {
    const struct tb_basic_variant *v = &tb_basic_variants[row];
    return (struct tb_variant_words){v->name, v->summary, v->used_by};
}

static bool basic_applies(const struct tb_case *c, size_t row) {
    return tb_basic_variants[row].applies(c);
}

static bool make_basic(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                       struct tb_error *error) {
    return tb_basic_machine_make(c, name, &out->basic, error);
}

static uint64_t basic_at(const struct tb_behaviour *b, uint64_t pattern) {
    return tb_basic_machine_at(&b->basic, pattern);
}

/* Of an operation that is monotone nowhere: every input. */
static bool evaluate_all(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error) {
    char id[TB_CASE_ID];
    int padding = tb_case_input(&b->c)->padding;
    tb_case_print(&b->c, id);
    *out = (struct tb_staircase){0};
    if (!tb_case_has_staircase(&b->c))
        return tb_fail(error, TB_EXIT_USAGE, "%s has no staircase: its domain is too large", id);
    for (uint64_t i = 0; i < tb_case_inputs(&b->c); i++)
        if (!tb_staircase_append(out, i << padding, basic_at(b, i << padding))) {
            tb_staircase_free(out);
            return tb_fail(error, TB_EXIT_SYSTEM, "%s: no memory for the staircase of a variant", id);
        }
    return true;
}

/* ---- Affine operations. ---- */

static size_t affine_count(void) {
    return tb_affine_variant_count;
}

static struct tb_variant_words affine_words(size_t row) {
    const struct tb_affine_variant *v = &tb_affine_variants[row];
    return (struct tb_variant_words){v->name, v->summary, v->used_by};
}

static bool affine_join_applies(const struct tb_case *c, const char *words) {
    struct tb_affine_arithmetic a;
    return tb_affine_arithmetic_read(c, words, &a, NULL) && tb_affine_arithmetic_applies(c, &a, true);
}

static bool make_affine(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                        struct tb_error *error) {
    struct tb_affine_arithmetic a;
    char words[512];
    if (!written_out(c, name, words, error) || !tb_affine_arithmetic_read(c, words, &a, error))
        return false;
    tb_affine_machine_make(c, &a, &out->affine);
    return true;
}

static uint64_t affine_at(const struct tb_behaviour *b, uint64_t pattern) {
    return b->exact ? tb_exact_integer(&b->c, pattern) : tb_affine_machine_at(&b->affine, pattern);
}

static bool affine_staircase(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error) {
    return tb_affine_machine_staircase(&b->affine, out, error);
}

/* ---- Scaled operations. ---- */

static struct tb_variant_words scaled_words(size_t row) {
    struct tb_scaled_word w = tb_scaled_word(row);
    return (struct tb_variant_words){w.name, w.summary, w.used_by};
}

static bool scaled_join_applies(const struct tb_case *c, const char *words) {
    struct tb_scaled_arithmetic a;
    return tb_scaled_arithmetic_read(c, words, &a, NULL) && tb_scaled_arithmetic_applies(c, &a);
}

static bool make_scaled(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                        struct tb_error *error) {
    struct tb_scaled_arithmetic a;
    char words[512];
    if (!written_out(c, name, words, error) || !tb_scaled_arithmetic_read(c, words, &a, error))
        return false;
    tb_scaled_machine_make(c, &a, &out->scaled);
    return true;
}

static uint64_t scaled_at(const struct tb_behaviour *b, uint64_t pattern) {
    return b->exact ? tb_exact_integer(&b->c, pattern) : tb_scaled_machine_at(&b->scaled, pattern);
}

static bool scaled_staircase(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error) {
    return tb_scaled_machine_staircase(&b->scaled, out, error);
}

/* ---- The kinds of operations. ---- */

static const struct kind {
    size_t (*count)(void); /* rows of its table of words */
    struct tb_variant_words (*words)(size_t row);
    bool (*applies)(const struct tb_case *c, size_t row);
    bool (*join_applies)(const struct tb_case *c, const char *words); /* of a preset; NULL: it has none */
    bool (*make)(const struct tb_case *c, const char *name, struct tb_behaviour *out, struct tb_error *error);
    uint64_t (*at)(const struct tb_behaviour *b, uint64_t pattern);
    bool (*staircase)(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error);
} conversions = {conversion_count, conversion_words, conversion_applies,  NULL,
                 make_conversion,  conversion_at,    conversion_staircase},
  basics = {basic_count, basic_words, basic_applies, NULL, make_basic, basic_at, evaluate_all},
  affines = {affine_count, affine_words, tb_affine_variant_applies, affine_join_applies,
             make_affine,  affine_at,    affine_staircase},
  scaleds = {tb_scaled_word_count, scaled_words, tb_scaled_word_applies, scaled_join_applies,
             make_scaled,          scaled_at,    scaled_staircase};

static const struct kind *kind_of(enum tb_operation operation) {
    const struct tb_case c = {.operation = operation};
    return tb_case_is_basic(&c)    ? &basics
           : tb_case_is_scaled(&c) ? &scaleds
           : tb_case_is_affine(&c) ? &affines
                                   : &conversions;
}

/* ---- The list of an operation: words, then what presets join. ---- */

/* Rows of the affine table are of some of the affine operations, those of the others of all. */
static bool has_word(enum tb_operation operation, size_t row) {
    return kind_of(operation) != &affines || (tb_affine_variants[row].operations >> operation & 1);
}

/* A preset whose string is no single word and stands for the first time. */
static bool is_new_join(enum tb_operation operation, size_t index) {
    const struct tb_affine_preset *p = &tb_affine_presets[index];
    if (!(p->operations >> operation & 1) || !strchr(p->variant, '+'))
        return false;
    for (size_t i = 0; i < index; i++)
        if (tb_affine_presets[i].operations >> operation & 1 &&
            strcmp(tb_affine_presets[i].variant, p->variant) == 0)
            return false;
    return true;
}

/* Variant `index` of an operation: a row of its words, or a preset; beyond the end neither. */
struct place {
    bool is_word;
    size_t row;
    const struct tb_affine_preset *preset;
};

static struct place find_place(enum tb_operation operation, size_t index) {
    for (size_t i = 0; i < kind_of(operation)->count(); i++)
        if (has_word(operation, i) && index-- == 0)
            return (struct place){true, i, NULL};
    for (size_t i = 0; i < tb_affine_preset_count; i++)
        if (is_new_join(operation, i) && index-- == 0)
            return (struct place){false, i, &tb_affine_presets[i]};
    return (struct place){0};
}

size_t tb_behaviour_count(enum tb_operation operation) {
    size_t count = 0;
    for (size_t i = 0; i < kind_of(operation)->count(); i++)
        count += has_word(operation, i);
    for (size_t i = 0; i < tb_affine_preset_count; i++)
        count += is_new_join(operation, i);
    return count;
}

struct tb_variant_words tb_behaviour_words(enum tb_operation operation, size_t index) {
    struct place p = find_place(operation, index);
    if (p.is_word)
        return kind_of(operation)->words(p.row);
    return (struct tb_variant_words){p.preset->variant, "as its words say, together", p.preset->name};
}

bool tb_behaviour_applies(const struct tb_case *c, size_t index) {
    const struct kind *k = kind_of(c->operation);
    struct place p = find_place(c->operation, index);
    return p.is_word ? k->applies(c, p.row) : k->join_applies(c, p.preset->variant);
}

/* ---- Evaluation. ---- */

bool tb_behaviour_make(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                       struct tb_error *error) {
    *out = (struct tb_behaviour){.c = *c, .exact = !name || strcmp(name, "exact") == 0};
    return kind_of(c->operation)->make(c, name, out, error);
}

uint64_t tb_behaviour_at(const struct tb_behaviour *b, uint64_t pattern) {
    return kind_of(b->c.operation)->at(b, pattern);
}

bool tb_behaviour_staircase(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error) {
    return kind_of(b->c.operation)->staircase(b, out, error);
}
