/* tiebreak merge: joins results, those of shards above all.
 *
 * Merging is a union of sets: any grouping and any order give the same file, and merging a file with itself
 * changes nothing. */
#include "harness/folder.h"
#include "harness/options.h"
#include "harness/print.h"

#include <stdlib.h>
#include <string.h>

#define FACTS_MOST    256 /* as many as results.json may hold */
#define VERDICTS_MOST 100000

/* ---- What holds for all of a file. ---- */

static const char *fact_or(const struct tb_results *r, const char *name, const char *otherwise) {
    const char *value = tb_results_fact(r, name);
    return value ? value : otherwise;
}

/* Two results of different tools, suites, NaN levels, expectations or environments do not measure the same
 * thing. */
static bool same_terms(const struct tb_results *a, const char *a_path, const struct tb_results *b,
                       const char *b_path, struct tb_error *error) {
    /* clang-format off */
    const struct {
        const char *name, *a, *b;
    } terms[] = {
        {"tool version",    a->tool,      b->tool     },
        {"suite",           a->suite,     b->suite    },
        {"NaN level",       a->nan_level, b->nan_level},
        {"expected answer", fact_or(a, TB_FACT_EXPECTED, "exact"), fact_or(b, TB_FACT_EXPECTED, "exact")},
        {"environment", fact_or(a, TB_FACT_ENVIRONMENT, "default"), fact_or(b, TB_FACT_ENVIRONMENT, "default")},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        if (strcmp(terms[i].a, terms[i].b) != 0)
            return tb_fail(error, TB_EXIT_USAGE,
                           "results of different %ss cannot be merged: '%.60s' in %.200s, '%.60s' in %.200s: "
                           "run both alike",
                           terms[i].name, terms[i].a, a_path, terms[i].b, b_path);
    return true;
}

/* Provenance in the order of the report; what is not in this list comes after it, by name. */
static size_t fact_rank(const char *name) {
    static const char *const order[] = {"machine",   "system",    "compiler", "flags",
                                        "libraries", "reference", "goldens",  "date"};
    size_t rank = 0;
    while (rank < sizeof order / sizeof order[0] && strcmp(order[rank], name) != 0)
        rank++;
    return rank;
}

static int by_fact(const void *a, const void *b) {
    const struct tb_fact *x = a, *y = b;
    size_t rank_x = fact_rank(x->name), rank_y = fact_rank(y->name);
    if (rank_x != rank_y)
        return rank_x < rank_y ? -1 : 1;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

/* Each (name, value) once. */
static void unite_facts(struct tb_results *r) {
    size_t kept = 0;
    if (r->fact_count)
        qsort(r->facts, r->fact_count, sizeof *r->facts, by_fact);
    for (size_t i = 0; i < r->fact_count; i++) {
        struct tb_fact *f = &r->facts[i];
        if (kept && by_fact(&r->facts[kept - 1], f) == 0) {
            free(f->name);
            free(f->value);
        } else {
            r->facts[kept++] = *f;
        }
    }
    r->fact_count = kept;
}

/* ---- Verdicts. ---- */

static bool same_classes(const struct tb_verdict *a, const struct tb_verdict *b) {
    bool same = a->class_count == b->class_count;
    for (size_t i = 0; same && i < a->class_count; i++) {
        const struct tb_class_count *x = &a->classes[i], *y = &b->classes[i];
        same = x->class == y->class && x->inputs == y->inputs && x->max_ulp == y->max_ulp &&
               x->max_distance == y->max_distance && x->example_count == y->example_count &&
               memcmp(x->examples, y->examples, x->example_count * sizeof x->examples[0]) == 0;
    }
    return same;
}

static bool same_explanations(const struct tb_verdict *a, const struct tb_verdict *b) {
    bool same = a->explanation_count == b->explanation_count;
    for (size_t i = 0; same && i < a->explanation_count; i++)
        same = strcmp(a->explained_by[i].variant, b->explained_by[i].variant) == 0 &&
               a->explained_by[i].unexplained == b->explained_by[i].unexplained;
    return same;
}

static bool same_binades(const struct tb_verdict *a, const struct tb_verdict *b) {
    bool same = a->binade_count == b->binade_count;
    for (size_t i = 0; same && i < a->binade_count; i++) {
        const struct tb_binade *x = &a->binades[i], *y = &b->binades[i];
        same = x->exponent == y->exponent && x->negative == y->negative && x->inputs == y->inputs &&
               x->diverging == y->diverging;
    }
    return same;
}

/* A file with very many stretches keeps fewer of each verdict: as far as both go. */
static bool same_stretches(const struct tb_verdict *a, const struct tb_verdict *b) {
    size_t common = a->stretch_count < b->stretch_count ? a->stretch_count : b->stretch_count;
    return a->stretch_total == b->stretch_total &&
           (!common || memcmp(a->stretches, b->stretches, common * sizeof *a->stretches) == 0);
}

static bool same_errors(const struct tb_verdict *a, const struct tb_verdict *b) {
    bool same = a->error_count == b->error_count;
    for (size_t i = 0; same && i < a->error_count; i++) {
        const struct tb_error_part *x = &a->errors[i], *y = &b->errors[i];
        same = strcmp(x->part, y->part) == 0 && x->inputs == y->inputs && x->median_ulp == y->median_ulp &&
               x->max_ulp == y->max_ulp && x->max_of_sum == y->max_of_sum && x->input == y->input;
    }
    return same;
}

/* The member in which two verdicts differ; NULL where none does. Time is not content. */
static const char *difference(const struct tb_verdict *a, const struct tb_verdict *b) {
    /* clang-format off */
    const struct {
        const char *member;
        bool same;
    } checks[] = {
        {"status",          a->status == b->status                                },
        {"reason",          strcmp(a->reason, b->reason) == 0                     },
        {"claim",           strcmp(a->claim, b->claim) == 0                       },
        {"coverage",        a->exhaustive == b->exhaustive                        },
        {"inputs",          a->inputs == b->inputs                                },
        {"diverging",       a->diverging == b->diverging                          },
        {"value_diverging", a->value_diverging == b->value_diverging              },
        {"digest",          strcmp(a->digest, b->digest) == 0                     },
        {"classes",         same_classes(a, b)                                    },
        {"explained_by",    same_explanations(a, b)                               },
        {"distance",        memcmp(a->distance, b->distance, sizeof a->distance) == 0},
        {"binades",         same_binades(a, b)                                    },
        {"stretches",       same_stretches(a, b)                                  },
        {"errors",          same_errors(a, b)                                     },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i].same)
            return checks[i].member;
    return NULL;
}

/* Keeps the one that has more stretches, and the longer time. */
static void unite_pair(struct tb_verdict *kept, struct tb_verdict *other) {
    double seconds = kept->seconds > other->seconds ? kept->seconds : other->seconds;
    if (other->stretch_count > kept->stretch_count) {
        struct tb_verdict larger = *other;
        *other = *kept;
        *kept = larger;
    }
    kept->seconds = seconds;
    tb_verdict_free(other);
}

/* After sorting, equal names are neighbours. On failure the list is left short of a duplicate, but whole. */
static bool unite_verdicts(struct tb_results *r, struct tb_error *error) {
    size_t kept = 0;
    bool ok = true;
    for (size_t i = 0; i < r->verdict_count; i++) {
        struct tb_verdict *v = &r->verdicts[i], *last = kept ? &r->verdicts[kept - 1] : NULL;
        if (!last || strcmp(last->case_id, v->case_id) || strcmp(last->target, v->target)) {
            r->verdicts[kept++] = *v;
            continue;
        }
        const char *member = difference(last, v);
        if (ok && member)
            ok = tb_fail(error, TB_EXIT_USAGE,
                         "%.128s on %.96s stands twice with different content (%s): merge results of one "
                         "run, or compare them with `tiebreak diff`",
                         v->case_id, v->target, member);
        unite_pair(last, v);
    }
    r->verdict_count = kept;
    return ok;
}

/* ---- Joining. ---- */

static void *append(void *list, size_t count, const void *more, size_t more_count, size_t size) {
    char *grown = realloc(list, (count + more_count) * size + 1);
    if (!grown)
        abort();
    if (more_count)
        memcpy(grown + count * size, more, more_count * size);
    return grown;
}

/* Moves all of b into a; b is empty then. */
static void take(struct tb_results *a, struct tb_results *b) {
    a->facts = append(a->facts, a->fact_count, b->facts, b->fact_count, sizeof *a->facts);
    a->fact_count += b->fact_count;
    a->verdicts = append(a->verdicts, a->verdict_count, b->verdicts, b->verdict_count, sizeof *a->verdicts);
    a->verdict_count += b->verdict_count;
    if (strcmp(a->command, b->command) != 0)
        snprintf(a->command, sizeof a->command, "tiebreak merge of results of different commands");
    free(b->facts);
    free(b->verdicts);
    *b = (struct tb_results){0};
}

/* What a part was compared with: nothing that a part alone can say is gone, so the whole is compared anew. */
static void forget_baseline(struct tb_results *r) {
    r->baseline[0] = 0;
    free(r->changes);
    r->changes = NULL;
    r->change_count = 0;
}

static bool merge(const struct tb_words *files, struct tb_results *out, struct tb_error *error) {
    for (size_t i = 0; i < files->count; i++) {
        struct tb_results next;
        if (!tb_results_read(files->word[i], &next, error))
            return false;
        if (files->count > 1)
            forget_baseline(&next);
        if (i == 0) {
            *out = next;
            continue;
        }
        bool alike = same_terms(out, files->word[0], &next, files->word[i], error);
        take(out, &next);
        if (!alike)
            return false;
    }
    unite_facts(out);
    tb_results_sort(out);
    if (!unite_verdicts(out, error))
        return false;
    if (out->fact_count > FACTS_MOST || out->verdict_count > VERDICTS_MOST)
        return tb_fail(
            error, TB_EXIT_USAGE,
            "the merged results would hold %zu facts and %zu verdicts, at most %d and %d fit: merge fewer",
            out->fact_count, out->verdict_count, FACTS_MOST, VERDICTS_MOST);
    return true;
}

int tb_verb_merge(const struct tb_options *o) {
    struct tb_results r = {0};
    struct tb_error error;
    bool ok;
    if (!o->words.count || !o->output)
        ok = tb_fail(&error, TB_EXIT_USAGE,
                     "merge takes files and a folder: tiebreak merge RESULTS... -o DIR");
    else
        ok = merge(&o->words, &r, &error) && tb_folder_prepare(o->output, &error) &&
             tb_folder_write(&r, o->output, &error);
    if (!ok && o->output)
        tb_folder_take_back(o->output);
    if (ok)
        tb_print_totals(stdout, &r);
    if (ok)
        printf("report     %s/report.html\n", o->output);
    tb_results_free(&r);
    return ok ? TB_OK : tb_complain(&error);
}
