#include "reference/behaviour.h"

#include "reference/affine.h"
#include "reference/affine_preset.h"
#include "reference/reference.h"

#include <stdio.h>
#include <string.h>

static bool is_basic(enum tb_operation operation) {
    return tb_case_is_basic(&(struct tb_case){.operation = operation});
}

static bool is_scaled(enum tb_operation operation) {
    return tb_case_is_scaled(&(struct tb_case){.operation = operation});
}

/* ---- The list of an affine or scaled operation: words, then what presets join. ---- */

/* Words in the table of the operation's kind. */
static size_t word_count(enum tb_operation operation) {
    return is_scaled(operation) ? tb_scaled_word_count() : tb_affine_variant_count;
}

static bool has_word(enum tb_operation operation, size_t row) {
    return is_scaled(operation) || (tb_affine_variants[row].operations >> operation & 1);
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
    for (size_t i = 0; i < word_count(operation); i++)
        if (has_word(operation, i) && index-- == 0)
            return (struct place){true, i, NULL};
    for (size_t i = 0; i < tb_affine_preset_count; i++)
        if (is_new_join(operation, i) && index-- == 0)
            return (struct place){false, i, &tb_affine_presets[i]};
    return (struct place){0};
}

size_t tb_behaviour_count(enum tb_operation operation) {
    size_t count = 0;
    if (operation == TB_CONVERT)
        return tb_variant_count;
    if (is_basic(operation))
        return tb_basic_variant_count;
    for (size_t i = 0; i < word_count(operation); i++)
        count += has_word(operation, i);
    for (size_t i = 0; i < tb_affine_preset_count; i++)
        count += is_new_join(operation, i);
    return count;
}

struct tb_variant_words tb_behaviour_words(enum tb_operation operation, size_t index) {
    if (operation == TB_CONVERT) {
        const struct tb_variant *v = &tb_variants[index];
        return (struct tb_variant_words){v->name, v->summary, v->used_by};
    }
    if (is_basic(operation)) {
        const struct tb_basic_variant *v = &tb_basic_variants[index];
        return (struct tb_variant_words){v->name, v->summary, v->used_by};
    }
    struct place p = find_place(operation, index);
    if (!p.is_word)
        return (struct tb_variant_words){p.preset->variant, "as its words say, together", p.preset->name};
    if (is_scaled(operation)) {
        struct tb_scaled_word w = tb_scaled_word(p.row);
        return (struct tb_variant_words){w.name, w.summary, w.used_by};
    }
    const struct tb_affine_variant *v = &tb_affine_variants[p.row];
    return (struct tb_variant_words){v->name, v->summary, v->used_by};
}

static bool scaled_applies(const struct tb_case *c, struct place p) {
    struct tb_scaled_arithmetic a;
    if (p.is_word)
        return tb_scaled_word_applies(c, p.row);
    return tb_scaled_arithmetic_read(c, p.preset->variant, &a, NULL) && tb_scaled_arithmetic_applies(c, &a);
}

static bool affine_applies(const struct tb_case *c, struct place p) {
    struct tb_affine_arithmetic a;
    if (p.is_word)
        return tb_affine_variant_applies(c, p.row);
    return tb_affine_arithmetic_read(c, p.preset->variant, &a, NULL) &&
           tb_affine_arithmetic_applies(c, &a, true);
}

bool tb_behaviour_applies(const struct tb_case *c, size_t index) {
    if (c->operation == TB_CONVERT)
        return tb_variants[index].applies(c);
    if (tb_case_is_basic(c))
        return tb_basic_variants[index].applies(c);
    struct place p = find_place(c->operation, index);
    return tb_case_is_scaled(c) ? scaled_applies(c, p) : affine_applies(c, p);
}

/* ---- Names. ---- */

bool tb_behaviour_write_out(const struct tb_case *c, const char *name, char *out, size_t size,
                            struct tb_error *error) {
    out[0] = 0;
    while (name) {
        size_t length = strcspn(name, "+"), used = strlen(out);
        const struct tb_affine_preset *p = tb_affine_preset_find(c->operation, name, length);
        int put = snprintf(out + used, size - used, "%s%.*s", used ? "+" : "",
                           p ? (int)strlen(p->variant) : (int)length, p ? p->variant : name);
        if (put < 0 || (size_t)put >= size - used)
            return tb_fail(error, TB_EXIT_USAGE, "variant '%.60s...' has too many words", name);
        name = name[length] ? name + length + 1 : NULL;
    }
    return true;
}

static bool make_scaled(const struct tb_case *c, const char *words, struct tb_scaled_machine *out,
                        struct tb_error *error) {
    struct tb_scaled_arithmetic a;
    if (!tb_scaled_arithmetic_read(c, words, &a, error))
        return false;
    tb_scaled_machine_make(c, &a, out);
    return true;
}

static bool make_affine(const struct tb_case *c, const char *words, struct tb_affine_machine *out,
                        struct tb_error *error) {
    struct tb_affine_arithmetic a;
    if (!tb_affine_arithmetic_read(c, words, &a, error))
        return false;
    tb_affine_machine_make(c, &a, out);
    return true;
}

bool tb_behaviour_make(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                       struct tb_error *error) {
    char words[512];
    *out = (struct tb_behaviour){.c = *c, .exact = !name || strcmp(name, "exact") == 0};
    if (c->operation == TB_CONVERT)
        return tb_variant_arithmetic(c, name, &out->conversion, error);
    if (tb_case_is_basic(c))
        return tb_basic_machine_make(c, name, &out->basic, error);
    if (!tb_behaviour_write_out(c, name ? name : "exact", words, sizeof words, error))
        return false;
    return tb_case_is_scaled(c) ? make_scaled(c, words, &out->scaled, error)
                                : make_affine(c, words, &out->affine, error);
}

/* ---- Evaluation. ---- */

uint64_t tb_behaviour_at(const struct tb_behaviour *b, uint64_t pattern) {
    if (b->c.operation == TB_CONVERT)
        return tb_arithmetic_convert(&b->conversion, pattern);
    if (tb_case_is_basic(&b->c))
        return tb_basic_machine_at(&b->basic, pattern);
    if (b->exact)
        return tb_exact_integer(&b->c, pattern);
    return tb_case_is_scaled(&b->c) ? tb_scaled_machine_at(&b->scaled, pattern)
                                    : tb_affine_machine_at(&b->affine, pattern);
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
        if (!tb_staircase_append(out, i << padding, tb_behaviour_at(b, i << padding))) {
            tb_staircase_free(out);
            return tb_fail(error, TB_EXIT_SYSTEM, "%s: no memory for the staircase of a variant", id);
        }
    return true;
}

bool tb_behaviour_staircase(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error) {
    if (b->c.operation == TB_CONVERT)
        return tb_arithmetic_staircase(&b->conversion, out, error);
    if (tb_case_is_basic(&b->c))
        return evaluate_all(b, out, error);
    if (tb_case_is_scaled(&b->c))
        return tb_scaled_machine_staircase(&b->scaled, out, error);
    return tb_affine_machine_staircase(&b->affine, out, error);
}
