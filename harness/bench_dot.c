/* bench dot: the exact dot product by integers beside MPFR, on numbers as models have them (eight binades
 * around one); and a million hard ones, on which the two must agree. */
#include "harness/bench_work.h"
#include "harness/options.h"
#include "reference/dot_trials.h"
#include "reference/problem.h"

#include <math.h>
#include <stdio.h>

enum {
    LONGEST = 4096,
    SUMS = 4,
    TRIALS = 1000000,
    QUICK_TRIALS = 10000, /* under --quick */
    TERMS_A_SLICE = 1 << 15,
    SLICES = 32,
};

static const struct {
    const char *a, *c, *d;
    uint32_t k;
    double bar; /* MPFR / integers; 0: none */
} rows[] = {
    {"fp32",   "fp32",  "fp32",  32,   0 },
    {"fp32",   "fp32",  "fp32",  256,  0 },
    {"fp32",   "fp32",  "fp32",  4096, 50},
    {"bf16",   "fp32",  "fp32",  4096, 50},
    {"fp16",   "fp32",  "fp32",  4096, 50},
    {"e4m3fn", "fp32",  "fp32",  32,   0 },
    {"e4m3fn", "fp32",  "fp32",  256,  0 },
    {"e4m3fn", "fp32",  "fp32",  4096, 50},
    {"int8",   "int32", "int32", 4096, 0 },
};

struct work {
    struct tb_dot dot;
    uint32_t k, a[SUMS][LONGEST], b[SUMS][LONGEST];
};

static void fill(struct work *w, const struct tb_format *f) {
    uint64_t state = 1;
    for (int i = 0; i < SUMS; i++)
        for (uint32_t j = 0; j < LONGEST; j++) {
            double integer = f->kind == TB_INTEGER ? 64 : 1;
            double x = tb_problem_fraction(&state), y = tb_problem_fraction(&state);
            w->a[i][j] = (uint32_t)tb_problem_pattern(f, integer * ldexp(x, -(int)(j % 8)), TB_SATFINITE);
            w->b[i][j] = (uint32_t)tb_problem_pattern(f, integer * ldexp(y, -(int)(j / 8 % 8)), TB_SATFINITE);
        }
}

static uint64_t run(struct work *w, uint32_t terms,
                    uint64_t (*dot)(const struct tb_dot *, const struct tb_dot_terms *)) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < terms / w->k; i++) {
        struct tb_dot_terms t = {.k = w->k, .a = w->a[i % SUMS], .b = w->b[i % SUMS], .c = i & 0x7f};
        sum += dot(&w->dot, &t);
    }
    return sum;
}

/* A sixteenth of what the integers do. */
static uint64_t run_mpfr(void *context, unsigned slice, unsigned slices) {
    (void)slice, (void)slices;
    return run(context, TERMS_A_SLICE / 8, tb_dot_mpfr);
}
static uint64_t run_integer(void *context, unsigned slice, unsigned slices) {
    (void)slice, (void)slices;
    return run(context, TERMS_A_SLICE * 2, tb_dot_integer);
}

static bool bench_row(struct work *w, size_t row) {
    const struct tb_format *f = tb_format_find(rows[row].a, NULL);
    struct tb_dot_formats formats = {.a = f,
                                     .b = f,
                                     .c = tb_format_find(rows[row].c, NULL),
                                     .d = tb_format_find(rows[row].d, NULL),
                                     .rounding = TB_RNE,
                                     .overflow = TB_TO_INF};
    struct tb_error error;
    char name[80];
    if (!tb_dot_make(&w->dot, &formats, &error)) {
        tb_complain(&error);
        return false;
    }
    w->k = rows[row].k;
    fill(w, f);
    struct tb_contender k[] = {
        {"mpfr",    run_mpfr,    w, 0, 0},
        {"integer", run_integer, w, 0, 0},
    };
    tb_bench_run(k, 2, SLICES, 2);
    double mpfr = k[0].seconds / (TERMS_A_SLICE / 8), integer = k[1].seconds / (TERMS_A_SLICE * 2);
    snprintf(name, sizeof name, "MPFR / integers: %s, k = %u (%.1f and %.2f ns a term)", rows[row].a, w->k,
             mpfr * 1e9, integer * 1e9);
    tb_bench_at_least(name, mpfr / integer, rows[row].bar);
    return true;
}

static bool all_agree(uint64_t trials) {
    static struct tb_dot_trial trial;
    uint64_t different = 0;
    for (uint64_t i = 0; i < trials; i++) {
        tb_dot_trial_make(&trial, i);
        different += tb_dot_mpfr(&trial.dot, &trial.terms) != tb_dot_integer(&trial.dot, &trial.terms);
    }
    printf("%llu sums that cancel, of huge range, of subnormals and specials: %llu different\n",
           (unsigned long long)trials, (unsigned long long)different);
    return different == 0;
}

int tb_bench_dot(const struct tb_options *o) {
    static struct work w;
    puts("exact dot products, MPFR (mpfr_sum of exact products) beside the integer accumulator");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!bench_row(&w, i))
            return TB_EXIT_SYSTEM;
    return all_agree(o->quick ? QUICK_TRIALS : TRIALS) ? TB_OK : TB_EXIT_DIVERGES;
}
