/* Suites: which cases `run` checks, as three tables of products. */
#include "vectors/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct tb_word tb_suite_words[TB_SUITES] = {
    [TB_QUICK] = {"quick",      "the conversions most in use, to nearest even: seconds"                },
    [TB_STANDARD] = {"standard",
                  "every shipped float format, every rounding in hardware, sources fp32 fp16 bf16 fp64"},
    [TB_QUANTIZERS] = {"quantizers", "all of standard, and every kind of quantizer"                         },
    [TB_ARITHMETIC] = {"arithmetic",
                  "all of quantizers, and the basic operations: 8-bit pairs, fma triples, roots"       },
    [TB_FULL] = {"full",       "every format of the table and all roundings and policies: an hour"    },
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

/* Scales, each with what it tells apart. In fp32, x / s, x * (1 / s) and the real quotient part on some
 * inputs for all of them but the powers of two. */
#define WITNESS  "s=0x1.199d54p-9" /* 0.00214854861: x = 0.273939937 is 127 by division, 128 by reciprocal */
#define TENTH    "s=0x1.99999ap-4" /* 0.1 in fp32 */
#define TENTH64  "s=0x1.999999999999ap-4" /* 0.1 in fp64: narrowed or not */
#define TENTH16  "s=0x1.998p-4"           /* 0.1 in fp16 */
#define HALFWAY  "s=0x1.a2cp-2"           /* an fp16 scale whose fp16 quotients fall on halves */
#define BYTE     "s=0x1.010102p-8"        /* 1 / 255 */
#define AMAX127  "s=0x1.a9b9dap-6"        /* 3.3 / 127 */
#define AMAX1275 "s=0x1.818182p-6"        /* 3 / 127.5: the largest element stands beside a tie */
#define RANGE255 "s=0x1.414142p-6"        /* 5 / 255 */
#define POWER    "s=0x1p-4"               /* all ways to divide agree; what is left is ties and zero points */
#define TENSOR   "s=0x1.798ee8p-10"       /* an fp32 requantization factor */
#define Q31      "s=0x1.798ee8fp-10" /* 1583594044 * 2^-40, a fixed-point one: 7984 is 11, by two roundings 12 */
#define INT8     "lo=-128,hi=127"
/* Of a tensor whose largest element is 3.3: the scales of e4m3fn and e5m2, fp32(3.3 / 448) and fp32(3.3 /
 * 57344), and fp32(448 / 3.3), as runtimes hold it that multiply. */
#define AMAX448 "s=0x1.e2be2cp-8"
#define AMAX57K "s=0x1.e2be2cp-15"
#define FACTOR  "m=0x1.0f83ep+7"

/* Affine cases: products of comma-separated lists and blank-separated parameters. */
/* clang-format off */
static const struct affine_product {
    enum tb_suite suite;
    enum tb_operation operation;
    const char *sources, *destinations, *roundings, *parameters;
} affine_products[] = {
    /* Small domains: what a run of the standard suite has time for. */
    {TB_STANDARD,   TB_QUANTIZE,   SIXTEEN,      "int8",           "rne,rna,rtz", TENTH16 ",z=0"},
    {TB_STANDARD,   TB_QUANTIZE,   SIXTEEN,      "uint8",          "rne",         HALFWAY ",z=133"},
    {TB_STANDARD,   TB_QUANTIZE,   SIXTEEN,      "int4,uint4",     "rne",         "s=0x1.8p-1,z=1"},
    {TB_STANDARD,   TB_QUANTIZE,   SIXTEEN,      "int8",           "rne",         TENTH ",z=0,lo=-127"},
    {TB_STANDARD,   TB_FAKEQUANT,  "fp16",       "fp16,uint1",     "rne",         TENTH16 ",z=3," INT8},
    {TB_STANDARD,   TB_FAKEQUANT,  "bf16",       "bf16,uint1",     "rne",         TENTH16 ",z=3," INT8},
    {TB_STANDARD,   TB_DEQUANTIZE, "int8,uint8", "fp32,fp16,bf16", "rne",         TENTH ",z=3"},
    {TB_STANDARD,   TB_QUANTIZE,   "bf16",       "e4m3fn",         "rne/satfinite", AMAX448},
    {TB_STANDARD,   TB_DEQUANTIZE, "e4m3fn",     "fp32",           "rne/inf",     AMAX448},
    /* What is most in use. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "rne",         WITNESS ",z=0"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint8",          "rne",         RANGE255 ",z=133"},
    {TB_QUANTIZERS, TB_REQUANTIZE, "int32",      "int8",           "rne",         TENSOR ",z=3"},
    /* How the scale is applied: a code a scale. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "rne",
     TENTH ",z=0 " TENTH64 ",z=0 " BYTE ",z=0 " AMAX127 ",z=0 " AMAX1275 ",z=0 " POWER ",z=0"},
    /* How halves are rounded. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "rna,rhu,rtz,rd,ru,rto", WITNESS ",z=0"},
    /* The zero point: before rounding or after (odd and even), wrapping at infinities (-1, 133), at an end. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "rne",         POWER ",z=3 " POWER ",z=4 " TENTH ",z=-1 " TENTH ",z=-128"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint8",          "rne,rna,rtz", TENTH ",z=10"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint8",          "rne",         BYTE ",z=0 " POWER ",z=255"},
    /* Narrow ranges, and limits as a user sets them. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "rne,rna",     AMAX127 ",z=0,lo=-127"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int4",           "rne",         TENTH ",z=0,lo=-7"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint8",          "rne",         TENTH ",z=64,lo=0,hi=127"},
    /* Weights of 4 and 2 bits. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int4,int2",      "rne,rna",     TENTH ",z=0"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint4,uint2",    "rne",         TENTH ",z=1"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint4",          "rne,rtz",     AMAX1275 ",z=8"},
    /* Activations of 16 bits: 4 / 32767 and 4 / 65535. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int16",          "rne,rtz",     "s=0x1.0002p-13,z=0"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "uint16",         "rne",         "s=0x1.0001p-14,z=32768"},
    /* Stochastic: the least, a middle and the largest random number, many bits and few. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "sr",
     TENTH ",z=0,bits=16,r=0 " TENTH ",z=0,bits=16,r=32768 " TENTH ",z=0,bits=16,r=65535 "
     TENTH ",z=3,bits=8,r=77 " TENTH ",z=0,bits=1,r=1"},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int4",           "sr",          TENTH ",z=0,bits=16,r=32768"},
    /* Scales that are none, or that a reciprocal cannot follow. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "int8",           "rne",
     "s=0,z=3 s=-0,z=3 s=inf,z=3 s=nan,z=3 s=0x1p-149,z=3 s=0x1.8p-140,z=3 s=0x1p+127,z=3 s=-0x1p-4,z=3"},
    {TB_QUANTIZERS, TB_FAKEQUANT,  "fp32",       "fp32,uint1",     "rne",
     WITNESS ",z=0," INT8 " " TENTH ",z=10,lo=0,hi=255 " POWER ",z=3," INT8},
    {TB_QUANTIZERS, TB_FAKEQUANT,  "fp32",       "fp32,uint1",     "rna",         POWER ",z=3,lo=0,hi=15"},
    {TB_QUANTIZERS, TB_DEQUANTIZE, "int8,uint8", "fp32",           "rne",         WITNESS ",z=0 " TENTH64 ",z=127"},
    {TB_QUANTIZERS, TB_DEQUANTIZE, "int16",      "fp32,bf16",      "rne",         TENTH ",z=-7"},
    {TB_QUANTIZERS, TB_DEQUANTIZE, "int4,uint4", "fp16,bf16",      "rne",         TENTH ",z=1"},
    {TB_QUANTIZERS, TB_DEQUANTIZE, "int8",       "bf16",           "rtz",         TENTH ",z=0"},
    /* Codes that are floats: how the scale is applied, what overflows, and NaN. */
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "e4m3fn",         "rne/satfinite",
     AMAX448 " " WITNESS " " TENTH " " TENTH64 " " POWER " " FACTOR},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "e5m2",           "rne/satfinite,rne/inf", AMAX57K " " TENTH},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "e4m3fn",         "rne/nan,rna/satfinite,rtz/satfinite,ru/satfinite,rd/satfinite", AMAX448},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "e4m3fnuz,e5m2fnuz,e3m2fn,e2m3fn,e2m1fn", "rne/satfinite", TENTH},
    {TB_QUANTIZERS, TB_QUANTIZE,   "bf16,fp16",  "e4m3fn,e5m2,e2m1fn", "rne/satfinite", AMAX448},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "fp16,bf16",      "rne/inf",     TENTH},
    {TB_QUANTIZERS, TB_QUANTIZE,   "fp32",       "e4m3fn",         "rne/satfinite",
     "s=0 s=-0 s=inf s=nan s=0x1p-149 s=0x1.8p-140 s=0x1p+127 s=-0x1p-4"},
    {TB_QUANTIZERS, TB_DEQUANTIZE, "e4m3fn,e5m2,e2m1fn", "fp32,fp16,bf16", "rne/inf", AMAX448 " " TENTH64},
    /* Fixed point, one rounding or two, and how it takes halves. */
    {TB_QUANTIZERS, TB_REQUANTIZE, "int32",      "int8",           "rne,rna,rhu,rtz", Q31 ",z=0"},
    {TB_QUANTIZERS, TB_REQUANTIZE, "int32",      "int8",           "rne,rna,rhu", "s=0x1p-9,z=3"},
    {TB_QUANTIZERS, TB_REQUANTIZE, "int32",      "uint8",          "rne,rhu",     "s=0x1.99999ap-8,z=128"},
    {TB_QUANTIZERS, TB_REQUANTIZE, "int32",      "int16",          "rne,rhu",     "s=0x1.798ee8p-5,z=0"},
    /* Accumulators beyond 2^24, which fp32 rounds; a factor above 1. */
    {TB_QUANTIZERS, TB_REQUANTIZE, "int32",      "int8",           "rne",         "s=0x1.f4p-19,z=0 s=0x1.8p+3,z=0"},
};
/* clang-format on */

#define PAIRS      "add,sub,mul,div"
#define UNARY      "sqrt,rcp,rsqrt"
#define OPERATIONS "add,sub,mul,div,sqrt,rcp,rsqrt"
#define POLICIES   "satfinite,propagate,inf,nan"

/* Basic operations: products as above; the result format `same` is that of the operands. */
/* clang-format off */
static const struct basic_product {
    enum tb_suite suite;
    const char *operations, *sources, *destinations, *roundings, *overflows;
} basic_products[] = {
    /* 2^16 pairs or fewer inputs, to nearest even: what a run of the standard suite has time for. */
    {TB_STANDARD,   "add,mul,div", "e4m3fn,e5m2",                              "same",      "rne",             "satfinite,native"},
    {TB_STANDARD,   "add,mul,fma", "e2m1fn",                                   "same",      "rne",             "satfinite"},
    {TB_STANDARD,   "sqrt,rcp",    SIXTEEN,                                    "same",      "rne",             "inf"},
    /* Each operation in each format under the roundings in hardware; all roundings where most is at stake. */
    {TB_ARITHMETIC, OPERATIONS,    EIGHTS ",e8m0fnu," SMALL "," P3109,         "same",      "rne,rtz,ru,rd",   "satfinite,native"},
    {TB_ARITHMETIC, OPERATIONS,    "e4m3fn,e5m2",                              "same",      ALL_ROUNDINGS,     "satfinite,native"},
    {TB_ARITHMETIC, PAIRS,         "e4m3fn,e5m2",                              "fp16,bf16,fp32", "rne",        "inf"},
    {TB_ARITHMETIC, UNARY,         SIXTEEN,                                    "same",      ALL_ROUNDINGS,     "inf"},
    /* 2^24 triples; small formats have fewer. */
    {TB_ARITHMETIC, "fma",         "e4m3fn,e5m2",                              "same",      "rne,rtz,ru,rd",   "satfinite,native"},
    {TB_ARITHMETIC, "fma",         "e4m3fnuz,e5m2fnuz," P3109,                 "same",      "rne",             "satfinite,native"},
    {TB_ARITHMETIC, "fma",         SMALL,                                      "same",      ALL_ROUNDINGS,     "satfinite"},
    {TB_ARITHMETIC, "fma",         "e4m3fn,e5m2",                              "fp16,fp32", "rne",             "inf"},
    /* Too many triples: vectors. */
    {TB_ARITHMETIC, "fma",         SIXTEEN,                                    "same,fp32", "rne,rtz,ru,rd",   "inf"},
    {TB_ARITHMETIC, OPERATIONS,    "fp32",                                     "same",      "rne",             "inf"},
    {TB_FULL,       OPERATIONS ",fma", EIGHTS ",e8m0fnu," SMALL ",ue4m3,e0m3,s2f6,mxint8," P3109, "same", ALL_ROUNDINGS, POLICIES},
    /* 2^32 pairs. */
    {TB_FULL,       PAIRS,         SIXTEEN,                                    "same",      "rne,rtz",         "inf"},
};
/* clang-format on */
/* Stochastic conversions: the same of comma-separated lists; the last one of numbers of random bits. */
static const struct stochastic_product {
    enum tb_suite suite;
    const char *sources, *destinations, *overflows, *bits;
} stochastic_products[] = {
    {TB_STANDARD, "e4m3fn,e5m2", "e2m1fn",                               "satfinite",        "8"      },
    {TB_STANDARD, "fp32",        "e4m3fn,bf16",                          "satfinite",        "16"     },
    {TB_FULL,     "bf16,fp16",   "e4m3fn,e5m2,e2m1fn",                   "satfinite,native", "1,8,16" },
    {TB_FULL,     "bf16,fp16",   "e2m3fn,e3m2fn,e4m3fnuz,e5m2fnuz",      "satfinite",        "16"     },
    {TB_FULL,     "bf16",        "fp16,int8",                            "satfinite",        "16"     },
    {TB_FULL,     "fp16",        "bf16,int8",                            "satfinite",        "8,16"   },
    {TB_FULL,     "fp32",        SIXTEEN ",e4m3fn,e5m2,e2m1fn",          "satfinite,native", "8,16,32"},
    {TB_FULL,     "fp32",        "fp16",                                 "satfinite,inf",    "13"     },
    {TB_FULL,     "fp32",        "e2m3fn,e3m2fn,e4m3fnuz,e5m2fnuz,int8", "satfinite",        "16,32"  },
    {TB_FULL,     "fp32",        "bf16,fp16,e4m3fn,e5m2,e2m1fn",         "satfinite",        "hidden" },
};

struct list {
    struct tb_case *cases;
    size_t count, capacity;
};

static bool is_same(const struct tb_case *a, const struct tb_case *b) {
    char id[TB_CASE_ID], other[TB_CASE_ID];
    if (a->operation != b->operation || a->source != b->source || a->destination != b->destination ||
        a->rounding != b->rounding || a->overflow != b->overflow)
        return false;
    tb_case_print(a, id);
    tb_case_print(b, other);
    return strcmp(id, other) == 0;
}

static void add(struct list *list, const struct tb_case *c) {
    for (size_t i = 0; i < list->count; i++)
        if (is_same(&list->cases[i], c))
            return;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 256;
        list->cases = realloc(list->cases, list->capacity * sizeof *list->cases);
        if (!list->cases)
            abort();
    }
    list->cases[list->count++] = *c;
}

/* Copies the first word of a list; the rest of the list, NULL at its end. */
static const char *next_word(const char *list, char word[64], const char *separator) {
    size_t length = strcspn(list, separator);
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
    bool exact = !tb_case_is_basic(&c) && tb_case_is_exact(c.source, c.destination);
    for (const char *r = p->roundings; r;) {
        r = next_word(r, word, ",");
        c.rounding = exact ? TB_EXACT : (enum tb_rounding)tb_word_find(tb_rounding_words, TB_ROUNDINGS, word);
        if (c.rounding == TB_EXACT && !exact)
            continue; /* a product of exact cases leaves out the pairs that lose something */
        for (const char *o = p->overflows; o;) {
            o = next_word(o, word, ",");
            c.overflow = exact ? TB_PROPAGATE : overflow_named(word, c.destination);
            add(list, &c);
        }
    }
}

static void add_product(struct list *list, const struct product *p) {
    char word[64];
    for (const char *s = p->sources; s;) {
        s = next_word(s, word, ",");
        struct tb_case c = {.source = tb_format_find(word, NULL)};
        for (const char *d = p->destinations; d;) {
            d = next_word(d, word, ",");
            c.destination = tb_format_find(word, NULL);
            if (c.source != c.destination)
                add_roundings(list, c, p);
        }
    }
}

/* Through ids: a row can only hold what people can type. */
static void add_id(struct list *list, const char *id) {
    struct tb_case c;
    struct tb_error error;
    if (!tb_case_parse(id, &c, &error)) {
        fprintf(stderr, "tiebreak: a row of the suites is wrong: %s\n", error.text);
        abort();
    }
    add(list, &c);
}

static void add_affine(struct list *list, enum tb_operation operation, const char *const word[4]) {
    char id[512];
    snprintf(id, sizeof id, "%s/%s/%s/%s/%s", tb_operation_words[operation].name, word[0], word[1], word[2],
             word[3]);
    add_id(list, id);
}

static void add_affine_product(struct list *list, const struct affine_product *p) {
    char source[64], destination[64], rounding[64], parameters[64];
    for (const char *s = p->sources; s;) {
        s = next_word(s, source, ",");
        for (const char *d = p->destinations; d;) {
            d = next_word(d, destination, ",");
            for (const char *r = p->roundings; r;) {
                r = next_word(r, rounding, ",");
                for (const char *a = p->parameters; a;) {
                    a = next_word(a, parameters, " ");
                    add_affine(list, p->operation,
                               (const char *const[]){source, destination, rounding, parameters});
                }
            }
        }
    }
}

static void add_basic_product(struct list *list, const struct basic_product *p) {
    const struct product words = {.roundings = p->roundings, .overflows = p->overflows};
    char operation[64], source[64], destination[64];
    for (const char *o = p->operations; o;) {
        o = next_word(o, operation, ",");
        for (const char *s = p->sources; s;) {
            s = next_word(s, source, ",");
            for (const char *d = p->destinations; d;) {
                d = next_word(d, destination, ",");
                struct tb_case c = {.operation = (enum tb_operation)tb_word_find(tb_operation_words,
                                                                                 TB_OPERATIONS, operation),
                                    .source = tb_format_find(source, NULL)};
                c.destination =
                    strcmp(destination, "same") == 0 ? c.source : tb_format_find(destination, NULL);
                add_roundings(list, c, &words);
            }
        }
    }
}

static void add_stochastic_pair(struct list *list, const char *source, const char *destination,
                                const struct stochastic_product *p) {
    char word[64], bits[64], id[512];
    const struct tb_format *f = tb_format_find(destination, NULL);
    for (const char *o = p->overflows; o;) {
        o = next_word(o, word, ",");
        for (const char *b = p->bits; b;) {
            b = next_word(b, bits, ",");
            snprintf(id, sizeof id, "convert/%s/%s/sr/%s/bits=%s", source, destination,
                     tb_overflow_words[overflow_named(word, f)].name, bits);
            add_id(list, id);
        }
    }
}

static void add_stochastic(struct list *list, const struct stochastic_product *p) {
    char source[64], destination[64];
    for (const char *s = p->sources; s;) {
        s = next_word(s, source, ",");
        for (const char *d = p->destinations; d;) {
            d = next_word(d, destination, ",");
            add_stochastic_pair(list, source, destination, p);
        }
    }
}

struct tb_case *tb_suite_cases(enum tb_suite suite, size_t *count) {
    struct list list = {0};
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        if (products[i].suite <= suite)
            add_product(&list, &products[i]);
    for (size_t i = 0; i < sizeof affine_products / sizeof affine_products[0]; i++)
        if (affine_products[i].suite <= suite)
            add_affine_product(&list, &affine_products[i]);
    for (size_t i = 0; i < sizeof basic_products / sizeof basic_products[0]; i++)
        if (basic_products[i].suite <= suite)
            add_basic_product(&list, &basic_products[i]);
    for (size_t i = 0; i < sizeof stochastic_products / sizeof stochastic_products[0]; i++)
        if (stochastic_products[i].suite <= suite)
            add_stochastic(&list, &stochastic_products[i]);
    *count = list.count;
    return list.cases;
}
