/* Suites: which cases `run` checks, as a table of products. */
#include "vectors/case.h"

#include <stdlib.h>
#include <string.h>

const struct tb_word tb_suite_words[TB_SUITES] = {
    [TB_QUICK] = {"quick",    "the conversions most in use, to nearest even: seconds"                  },
    [TB_STANDARD] = {"standard",
                  "every shipped float format, every rounding in hardware, sources fp32 fp16 bf16 fp64"},
    [TB_FULL] = {"full",     "every format of the table and all roundings and policies: an hour"      },
};

#define SIXTEEN       "fp16,bf16"
#define EIGHTS        "e4m3fn,e5m2,e4m3,e3m4,e4m3fnuz,e5m2fnuz,e4m3b11fnuz"
#define SMALL         "e2m3fn,e3m2fn,e2m1fn"
#define P3109         "binary8p3se,binary8p4se"
#define INTS          "int4,uint4,int8,uint8,int16"
#define ALL_ROUNDINGS "rne,rna,rtz,ru,rd,rto,rhu"
#define DIRECTED      "rna,rtz,ru,rd"

/* A product of four comma-separated lists. Overflow `native` is inf where the format has infinities, nan
 * where it has NaN only, else satfinite. Pairs that lose nothing give their `exact` case once; pairs of a
 * format with itself are left out. */
static const struct product {
    enum tb_suite suite; /* the smallest suite that holds it */
    const char *sources, *destinations, *roundings, *overflows;
} products[] = {
    {TB_QUICK,    "fp32",                   "e4m3fn,e5m2",                                "rne",           "satfinite"       },
    {TB_QUICK,    "fp32",                   SIXTEEN,                                      "rne",           "inf"             },
    {TB_QUICK,    "fp16,bf16",              "e4m3fn,e5m2,e2m1fn",                         "rne",           "satfinite"       },
    {TB_QUICK,    "e4m3fn,e5m2",            "fp32,fp16",                                  "exact",         "native"          },
    {TB_QUICK,    SIXTEEN,                  "fp32",                                       "exact",         "native"          },
    {TB_STANDARD, "fp32",                   SIXTEEN ",tf32",                              "rne," DIRECTED, "inf"             },
    {TB_STANDARD, "fp32",                   SIXTEEN ",tf32",                              "rne",           "satfinite"       },
    {TB_STANDARD, "fp32",                   EIGHTS ",e8m0fnu," SMALL,                     "rne",           "satfinite,native"},
    {TB_STANDARD, "fp32",                   "e4m3fn,e5m2,e2m1fn",                         DIRECTED,        "satfinite"       },
    {TB_STANDARD, "fp32",                   "e8m0fnu",                                    "rtz,ru",        "satfinite,nan"   },
    {TB_STANDARD, "fp32",                   "e2m3fn,e3m2fn",                              "rtz",           "satfinite"       },
    {TB_STANDARD, "fp32",                   P3109,                                        "rne",           "satfinite,inf"   },
    {TB_STANDARD, "fp32",                   INTS,                                         "rne,rtz",       "satfinite"       },
    {TB_STANDARD, "fp32",                   "int32",                                      "rne,rtz,ru,rd", "satfinite"       },
    {TB_STANDARD, SIXTEEN,                  EIGHTS ",e8m0fnu," SMALL,                     "rne",           "satfinite,native"},
    {TB_STANDARD, SIXTEEN,                  "e4m3fn,e5m2,e2m1fn",                         DIRECTED,        "satfinite"       },
    {TB_STANDARD, SIXTEEN,                  "e8m0fnu",                                    "rtz,ru",        "satfinite,nan"   },
    {TB_STANDARD, SIXTEEN,                  "e2m3fn,e3m2fn",                              "rtz",           "satfinite"       },
    {TB_STANDARD, SIXTEEN,                  SIXTEEN,                                      "rne",           "inf"             },
    {TB_STANDARD, EIGHTS "," SMALL,         "fp32,fp16,bf16",                             "exact",         "native"          },
    {TB_STANDARD, "e8m0fnu",                "fp32,bf16",                                  "exact",         "native"          },
    {TB_STANDARD, "tf32",                   "fp32",                                       "exact",         "native"          },
    {TB_STANDARD, P3109,                    "fp32",                                       "exact",         "native"          },
    {TB_STANDARD, "nf4,bnb_fp4",            "fp32",                                       "exact",         "native"          },
    {TB_STANDARD, "fp64",                   "fp32," SIXTEEN,                              "rne,rtz,ru,rd", "inf"             },
    {TB_STANDARD, "fp64",                   "e4m3fn,e5m2,e8m0fnu," SMALL,                 "rne",           "satfinite,native"},
    {TB_STANDARD, "fp64",                   "e8m0fnu",                                    "rtz,ru",        "satfinite,nan"   },
    {TB_STANDARD, SIXTEEN ",fp32",          "fp64",                                       "exact",         "native"          },
    {TB_STANDARD, "int32",                  "fp32",                                       "rne",           "inf"             },
    {TB_FULL,     "fp32," SIXTEEN,
     SIXTEEN ",tf32," EIGHTS ",e8m0fnu," SMALL ",ue4m3,e0m3,s2f6,mxint8," P3109 "," INTS, ALL_ROUNDINGS,
     "satfinite,native"                                                                                                      },
    {TB_FULL,     "fp32," SIXTEEN,          P3109 ",e5m2",                                "rne,rto",       "propagate"       },
    {TB_FULL,     "fp32," SIXTEEN,          "nf4,bnb_fp4",                                "rne,rtz",       "satfinite"       },
    {TB_FULL,     "int8,uint8,int16,int32", "fp32,fp16,bf16",                             "rne,rtz,ru,rd", "inf"             },
    {TB_FULL,     "tf32," EIGHTS,           SIXTEEN "," EIGHTS "," SMALL,                 "rne",           "satfinite,native"},
};

struct list {
    struct tb_case *cases;
    size_t count, capacity;
};

static void add(struct list *list, const struct tb_case *c) {
    char id[TB_CASE_ID], other[TB_CASE_ID];
    tb_case_print(c, id);
    for (size_t i = 0; i < list->count; i++) {
        tb_case_print(&list->cases[i], other);
        if (strcmp(id, other) == 0)
            return;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 256;
        list->cases = realloc(list->cases, list->capacity * sizeof *list->cases);
        if (!list->cases)
            abort();
    }
    list->cases[list->count++] = *c;
}

/* Calls visit for each word of a comma-separated list. */
static const char *next_word(const char *list, char word[64]) {
    size_t length = strcspn(list, ",");
    memcpy(word, list, length);
    word[length] = 0;
    return list[length] ? list + length + 1 : NULL;
}

static enum tb_overflow overflow_named(const char *name, const struct tb_format *f) {
    if (strcmp(name, "native") != 0)
        return (enum tb_overflow)tb_word_find(tb_overflow_words, TB_OVERFLOWS, name);
    return f->infinity ? TB_TO_INF : f->nan ? TB_TO_NAN : TB_SATFINITE;
}

static void add_roundings(struct list *list, struct tb_case c, const struct product *p) {
    char word[64];
    bool exact = tb_case_is_exact(c.source, c.destination);
    for (const char *r = p->roundings; r;) {
        r = next_word(r, word);
        c.rounding = exact ? TB_EXACT : (enum tb_rounding)tb_word_find(tb_rounding_words, TB_ROUNDINGS, word);
        if (c.rounding == TB_EXACT && !exact)
            continue; /* a product of exact cases leaves out the pairs that lose something */
        for (const char *o = p->overflows; o;) {
            o = next_word(o, word);
            c.overflow = exact ? TB_PROPAGATE : overflow_named(word, c.destination);
            add(list, &c);
        }
    }
}

static void add_product(struct list *list, const struct product *p) {
    char word[64];
    for (const char *s = p->sources; s;) {
        s = next_word(s, word);
        struct tb_case c = {.source = tb_format_find(word, NULL)};
        for (const char *d = p->destinations; d;) {
            d = next_word(d, word);
            c.destination = tb_format_find(word, NULL);
            if (c.source != c.destination)
                add_roundings(list, c, p);
        }
    }
}

struct tb_case *tb_suite_cases(enum tb_suite suite, size_t *count) {
    struct list list = {0};
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        if (products[i].suite <= suite)
            add_product(&list, &products[i]);
    *count = list.count;
    return list.cases;
}
