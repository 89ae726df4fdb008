#include "reference/dot_trials.h"

#include "reference/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *a, *b, *scale, *factor, *c, *d; /* scale and factor NULL: none; c NULL: none */
    uint32_t block;
} shapes[] = {
    {"fp32",     "fp32",     NULL,      NULL,   "fp32",  "fp32",    0  },
    {"e4m3fn",   "e4m3fn",   NULL,      NULL,   "fp32",  "fp32",    0  },
    {"fp16",     "fp16",     NULL,      NULL,   "fp32",  "fp32",    0  },
    {"bf16",     "bf16",     NULL,      NULL,   "fp32",  "bf16",    0  },
    {"tf32",     "tf32",     NULL,      NULL,   "fp32",  "fp32",    0  },
    {"e4m3fn",   "e5m2",     NULL,      NULL,   "fp16",  "fp16",    0  },
    {"fp32",     "e5m2",     NULL,      NULL,   NULL,    "tf32",    0  },
    {"int8",     "int8",     NULL,      NULL,   "int32", "int32",   0  },
    {"uint8",    "int8",     NULL,      NULL,   "int32", "fp32",    0  },
    {"e4m3fnuz", "e5m2fnuz", NULL,      NULL,   "fp32",  "e4m3fnuz", 0 },
    {"int32",    "uint32",   NULL,      NULL,   "int32", "fp32",    0  },
    {"e5m2",     "e4m3fn",   "e8m0fnu", NULL,   "fp32",  "fp32",    32 },
    {"e2m1fn",   "e2m1fn",   "e4m3fn",  "fp32", "fp32",  "bf16",    16 },
    {"e4m3fn",   "e4m3fn",   "fp32",    NULL,   "fp32",  "fp32",    128},
    {"fp32",     "bf16",     "e8m0fnu", NULL,   "fp32",  "fp32",    32 },
    {"e8m0fnu",  "e3m2fn",   NULL,      NULL,   "bf16",  "e4m3fn",  0  },
    {"binary8p3se", "binary8p1uf", NULL, NULL,  "fp16",  "binary8p4se", 0},
    {"fp16",     "mxint8",   NULL,      NULL,   "fp32",  "e5m2",    0  },
};
/* clang-format on */
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static uint32_t below(uint64_t *state, uint32_t n) {
    return (uint32_t)(tb_problem_random(state) >> 33) % n;
}

static uint32_t pattern_mask(const struct tb_format *f) {
    return (uint32_t)((UINT64_C(1) << f->bits) - 1) << f->padding;
}
static uint32_t sign_of(const struct tb_format *f) {
    return f->is_signed ? 1u << (f->bits - 1 + f->padding) : 0;
}

/* Any code. */
static uint32_t any(const struct tb_format *f, uint64_t *state) {
    return (uint32_t)tb_problem_random(state) & pattern_mask(f);
}

static uint32_t finite(const struct tb_format *f, uint64_t *state) {
    uint32_t code = any(f, state);
    while (tb_format_decode(f, code).class > TB_FINITE)
        code = any(f, state);
    return code;
}

/* Within an eighth of the codes around the middle one, which is near one in most formats. */
static uint32_t central(const struct tb_format *f, uint64_t *state) {
    uint32_t bits = (uint32_t)f->bits - f->is_signed, middle = bits > 1 ? 1u << (bits - 1) : 0;
    uint32_t near = (middle - (middle >> 3) + below(state, (middle >> 2) + 1)) << f->padding;
    return near | (below(state, 2) ? sign_of(f) : 0);
}

static uint32_t small(const struct tb_format *f, uint64_t *state) {
    return (below(state, 9) << f->padding) | (below(state, 2) ? sign_of(f) : 0);
}

static uint32_t large(const struct tb_format *f, uint64_t *state) {
    uint64_t code = 0;
    tb_format_largest(f, below(state, 2), &code);
    return (uint32_t)code - ((uint32_t)below(state, 2) << f->padding);
}

static uint32_t zero_or_not(const struct tb_format *f, uint64_t *state) {
    uint64_t code = 0;
    if (below(state, 40) == 0)
        return finite(f, state);
    tb_format_zero(f, below(state, 2), &code);
    return (uint32_t)code;
}

static uint32_t special(const struct tb_format *f, uint64_t *state) {
    uint64_t code = 0;
    if (below(state, 24))
        return below(state, 4) ? finite(f, state) : zero_or_not(f, state);
    if (below(state, 4) ? tb_format_infinity(f, below(state, 8) == 0, &code)
                        : tb_format_nan(f, false, 0, &code))
        return (uint32_t)code;
    return any(f, state);
}

static const struct {
    const char *name;
    uint32_t (*pick)(const struct tb_format *f, uint64_t *state);
    bool cancels;
} kinds[] = {
    {"any codes",           any,         false},
    {"finite",              finite,      false},
    {"central",             central,     false},
    {"cancelling",          finite,      true },
    {"cancelling, central", central,     true },
    {"small",               small,       false},
    {"small, cancelling",   small,       true },
    {"large",               large,       false},
    {"zeros",               zero_or_not, false},
    {"infinities and NaNs", special,     false},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* The second half takes away the first, but for one term in 16. */
static void cancel(struct tb_dot_trial *t, uint64_t *state) {
    const struct tb_dot_formats *f = &t->dot.formats;
    const size_t half = t->terms.k / 2;
    for (size_t i = 0; i < half; i++) {
        if (below(state, 16) == 0)
            continue;
        t->a[i + half] = t->a[i];
        t->b[i + half] =
            f->b->kind == TB_INTEGER ? (0 - t->b[i]) & pattern_mask(f->b) : t->b[i] ^ sign_of(f->b);
    }
}

static void fill(struct tb_dot_trial *t, int kind, uint64_t *state) {
    const struct tb_dot_formats *f = &t->dot.formats;
    size_t k = t->terms.k, blocks = f->block ? (k + f->block - 1) / f->block : 0;
    for (size_t i = 0; i < k; i++) {
        t->a[i] = kinds[kind].pick(f->a, state);
        t->b[i] = kinds[kind].pick(f->b, state);
    }
    for (size_t i = 0; i < blocks; i++) {
        t->scale_a[i] = kinds[kind].cancels ? t->scale_a[0] : kinds[kind].pick(f->scale_a, state);
        t->scale_b[i] = kinds[kind].cancels ? t->scale_b[0] : kinds[kind].pick(f->scale_b, state);
    }
    if (f->factor) {
        t->terms.factor_a = kinds[kind].pick(f->factor, state);
        t->terms.factor_b = central(f->factor, state);
    }
    if (f->c) {
        uint64_t zero = 0;
        tb_format_zero(f->c, below(state, 2), &zero);
        t->terms.c = below(state, 3) ? kinds[kind].pick(f->c, state) : (uint32_t)zero;
    }
    if (kinds[kind].cancels)
        cancel(t, state);
}

static const struct tb_format *find(const char *name) {
    return name ? tb_format_find(name, NULL) : NULL;
}

void tb_dot_trial_make(struct tb_dot_trial *t, uint64_t number) {
    static const uint32_t lengths[] = {1, 2, 5, 16, 32, 33, 64, 300};
    uint64_t state = number * 0x632be59bd9b4e019u;
    const uint32_t shape = (uint32_t)(number % SHAPES), kind = (uint32_t)(number / SHAPES % KINDS);
    struct tb_dot_formats f = {
        .a = find(shapes[shape].a),
        .b = find(shapes[shape].b),
        .scale_a = find(shapes[shape].scale),
        .scale_b = find(shapes[shape].scale),
        .factor = find(shapes[shape].factor),
        .c = find(shapes[shape].c),
        .d = find(shapes[shape].d),
        .block = shapes[shape].block,
        .rounding = (enum tb_rounding)(TB_RNE + below(&state, TB_ROUNDINGS - TB_RNE)),
        .overflow = (enum tb_overflow)below(&state, TB_OVERFLOWS),
    };
    if (!tb_dot_make(&t->dot, &f, NULL))
        abort();
    t->kind = kinds[kind].name;
    t->terms = (struct tb_dot_terms){
        .k = lengths[below(&state, 8)], .a = t->a, .b = t->b, .scale_a = t->scale_a, .scale_b = t->scale_b};
    t->scale_a[0] = f.scale_a ? central(f.scale_a, &state) : 0;
    t->scale_b[0] = f.scale_b ? central(f.scale_b, &state) : 0;
    fill(t, (int)kind, &state);
}

void tb_dot_trial_print(const struct tb_dot_trial *t, char *text, size_t size) {
    const struct tb_dot_formats *f = &t->dot.formats;
    snprintf(text, size, "%s x %s%s%s%s%s -> %s, %s, %s, k = %zu, %s", f->a->name, f->b->name,
             f->scale_a ? ", scaled by " : "", f->scale_a ? f->scale_a->name : "", f->c ? " + " : "",
             f->c ? f->c->name : "", f->d->name, tb_rounding_words[f->rounding].name,
             tb_overflow_words[f->overflow].name, t->terms.k, t->kind);
}
