/* tiebreak list: what there is, one a line. */
#include "harness/environment.h"
#include "harness/options.h"
#include "harness/trials.h"
#include "reference/affine_preset.h"
#include "reference/affine_variant.h"
#include "reference/basic_variant.h"
#include "reference/problem.h"
#include "reference/scaled_variant.h"
#include "reference/variant.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* One line: a name and what it is. In JSON an object of the two. */
struct lister {
    json_t *array; /* NULL: text */
    int code;
};

static void line(struct lister *l, const char *name, const char *summary) {
    if (l->array)
        json_array_append_new(l->array, json_pack("{s:s, s:s}", "name", name, "summary", summary));
    else
        printf("%-34s %s\n", name, summary);
}

static void list_formats(struct lister *l, const struct tb_options *o) {
    (void)o;
    for (size_t i = 0; i < tb_format_count; i++) {
        const struct tb_format *f = &tb_formats[i];
        char summary[512], largest[80];
        uint64_t pattern;
        tb_format_largest(f, false, &pattern);
        tb_value_print(tb_format_decode(f, pattern), largest, sizeof largest);
        snprintf(summary, sizeof summary, "%2d bits, largest %s%s; %s", f->bits, largest,
                 f->draft ? ", draft" : "", f->source);
        line(l, f->name, summary);
    }
    line(l, "binary<K>p<P><s|u><e|f>",
         "IEEE P3109 v4.0: K 3..16 bits, precision P, signed or unsigned, extended (infinities) or finite");
}

static void list_words(struct lister *l, const struct tb_word *words, int count) {
    for (int i = 0; i < count; i++)
        line(l, words[i].name, words[i].summary);
}
static void list_roundings(struct lister *l, const struct tb_options *o) {
    (void)o;
    list_words(l, tb_rounding_words, TB_ROUNDINGS);
    line(l, tb_rounding_name(TB_STOCHASTIC),
         "stochastic: away from zero where the fraction and the random number carry over one (P3109 A)");
}
static void list_overflows(struct lister *l, const struct tb_options *o) {
    (void)o;
    list_words(l, tb_overflow_words, TB_OVERFLOWS);
}
static void list_suites(struct lister *l, const struct tb_options *o) {
    (void)o;
    list_words(l, tb_suite_words, TB_SUITES);
}

static void list_environments(struct lister *l, const struct tb_options *o) {
    (void)o;
    for (int i = 0; i < TB_CONDITIONS; i++)
        line(l, tb_conditions[i].name, tb_conditions[i].summary);
}

/* The words before "input 0x..." in what run, diff and the report print. */
static void list_divergences(struct lister *l, const struct tb_options *o) {
    (void)o;
    for (int i = 0; i < TB_DIVERGENCES; i++)
        line(l, tb_divergence_names[i], tb_divergence_summaries[i]);
}

/* "quantize, fakequant" */
static void print_operations(unsigned operations, char *text, size_t size) {
    text[0] = 0;
    for (int i = 0; i < TB_OPERATIONS; i++)
        if (operations >> i & 1)
            snprintf(text + strlen(text), size - strlen(text), "%s%s", text[0] ? ", " : "",
                     tb_operation_words[i].name);
}

static void list_named(struct lister *l, const char *operation, const char *name, const char *summary,
                       const char *used_by) {
    char text[512];
    snprintf(text, sizeof text, "%s: %s%s%s", operation, summary, used_by[0] ? "; " : "", used_by);
    line(l, name, text);
}

static void list_affine_variants(struct lister *l) {
    for (size_t i = 1; i < tb_affine_variant_count; i++) {
        const struct tb_affine_variant *v = &tb_affine_variants[i];
        char summary[512], operations[64];
        print_operations(v->operations, operations, sizeof operations);
        snprintf(summary, sizeof summary, "%s: %s%s%s", operations, v->summary, v->used_by[0] ? "; " : "",
                 v->used_by);
        line(l, v->name, summary);
    }
}

static void list_scaled_variants(struct lister *l) {
    for (size_t i = 1; i < tb_scaled_variant_count; i++) {
        const struct tb_scaled_variant *v = &tb_scaled_variants[i];
        list_named(l, "quantize and dequantize between floats", v->name, v->summary, v->used_by);
    }
}

static void list_presets(struct lister *l, const struct tb_options *o) {
    (void)o;
    for (size_t i = 0; i < tb_affine_preset_count; i++) {
        const struct tb_affine_preset *p = &tb_affine_presets[i];
        char summary[512], operations[64];
        print_operations(p->operations, operations, sizeof operations);
        snprintf(summary, sizeof summary, "%s: %s; %s", operations, p->variant, p->source);
        line(l, p->name, summary);
    }
}

static void list_variants(struct lister *l, const struct tb_options *o) {
    (void)o;
    for (size_t i = 0; i < tb_variant_count; i++) {
        char summary[512];
        snprintf(summary, sizeof summary, "%s%s%s", tb_variants[i].summary,
                 tb_variants[i].used_by[0] ? "; " : "", tb_variants[i].used_by);
        line(l, tb_variants[i].name, summary);
    }
    list_affine_variants(l);
    list_scaled_variants(l);
    for (size_t i = 1; i < tb_basic_variant_count; i++) {
        const struct tb_basic_variant *v = &tb_basic_variants[i];
        char summary[512];
        snprintf(summary, sizeof summary, "basic operations: %s%s%s", v->summary, v->used_by[0] ? "; " : "",
                 v->used_by);
        line(l, v->name, summary);
    }
    for (const struct tb_problem_arithmetic *const *a = tb_problem_arithmetics; *a; a++) {
        for (const struct tb_problem_variant *v = (*a)->variants; v->name; v++)
            list_named(l, (*a)->operation, v->name, v->summary, v->used_by);
        for (const struct tb_problem_bound *b = (*a)->bounds; b && b->name; b++)
            list_named(l, (*a)->operation, b->name, b->summary, b->used_by);
    }
}

/* Problems belong to the suites from `quantizers` on, and to every run that names their kind. */
static void list_problems(struct lister *l) {
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++)
        for (const char *const *id = (*k)->suite; *id; id++) {
            struct tb_problem p;
            char summary[128];
            if (!tb_problem_parse(*id, &p, NULL))
                continue;
            size_t records = tb_problem_arithmetic_of(&p)->records;
            snprintf(summary, sizeof summary, "%zu records of %llu outputs, sampled", records,
                     (unsigned long long)tb_layout_elements(&p.output));
            line(l, *id, summary);
        }
}

static void list_cases(struct lister *l, const struct tb_options *o) {
    size_t count;
    struct tb_case *cases = tb_suite_cases(o->suite, &count);
    for (size_t i = 0; i < count; i++) {
        char id[TB_CASE_ID], summary[128];
        tb_case_print(&cases[i], id);
        bool all = tb_case_has_staircase(&cases[i]) || tb_basic_by_blocks(&cases[i]);
        if (tb_case_input(&cases[i])->bits < 64)
            snprintf(summary, sizeof summary, "%llu inputs%s", (unsigned long long)tb_case_inputs(&cases[i]),
                     all ? "" : ", sampled");
        else
            snprintf(summary, sizeof summary, "2^64 inputs, sampled");
        line(l, id, summary);
    }
    free(cases);
    if (o->suite >= TB_QUANTIZERS)
        list_problems(l);
}

static void list_targets(struct lister *l, const struct tb_options *o) {
    struct tb_subjects s = {0};
    struct tb_error error;
    if (!tb_choose_subjects(o, &s, &error)) {
        l->code = tb_complain(&error);
        tb_subjects_free(&s);
        return;
    }
    for (size_t i = 0; i < s.count; i++) {
        char summary[600];
        const struct tb_subject *t = &s.list[i];
        snprintf(summary, sizeof summary, "%s%s%s", t->summary, t->unavailable[0] ? "; skipped here: " : "",
                 t->unavailable);
        line(l, t->name, summary);
    }
    tb_subjects_free(&s);
}

static const struct {
    const char *name;
    void (*list)(struct lister *, const struct tb_options *);
} lists[] = {
    {"formats",      list_formats     },
    {"roundings",    list_roundings   },
    {"overflows",    list_overflows   },
    {"cases",        list_cases       },
    {"targets",      list_targets     },
    {"variants",     list_variants    },
    {"presets",      list_presets     },
    {"suites",       list_suites      },
    {"environments", list_environments},
    {"divergences",  list_divergences },
};

int tb_verb_list(const struct tb_options *o) {
    struct lister l = {.array = o->json ? json_array() : NULL};
    struct tb_error error;
    char names[200] = "";
    for (size_t i = 0; o->words.count == 1 && i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(lists[i].name, o->words.word[0]) != 0)
            continue;
        lists[i].list(&l, o);
        if (l.array && !l.code) {
            json_dumpf(l.array, stdout, JSON_INDENT(1));
            puts("");
        }
        json_decref(l.array);
        return l.code;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", lists[i].name);
    tb_fail(&error, TB_EXIT_USAGE, "list takes one of: %s", names);
    return tb_complain(&error);
}
