#include "harness/bench.h"

#include "harness/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_SLICES = 256, MOST_ROUNDS = 16 };

static double thread_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static bool quick; /* --quick */

/* Every result is used, so that no work can be left out. */
static volatile uint64_t consumed;

void tb_bench_run(struct tb_contender *contenders, size_t count, unsigned slices, unsigned rounds) {
    static double times[TB_CONTENDERS][MOST_SLICES * MOST_ROUNDS];
    size_t taken = 0;
    if (count > TB_CONTENDERS)
        abort();
    unsigned ended = quick ? 1 : rounds < MOST_ROUNDS ? rounds : MOST_ROUNDS;
    unsigned last = quick ? 1 : slices < MOST_SLICES ? slices : MOST_SLICES;
    for (unsigned round = 0; round < ended; round++)
        for (unsigned slice = 0; slice < last; slice++, taken++)
            for (size_t i = 0; i < count; i++) {
                struct tb_contender *c = &contenders[(i + slice + round) % count];
                double start = thread_seconds();
                consumed += c->run(c->context, slice, slices);
                times[c - contenders][taken] = thread_seconds() - start;
            }
    for (size_t i = 0; i < count; i++)
        contenders[i].seconds = median(times[i], taken);
}

void tb_figure_print(const struct tb_figure *f) {
    if (f->bar == 0 || quick) {
        printf("  %-74s %9.3f\n", f->name, f->value);
        return;
    }
    int met = f->at_most ? f->value <= f->bar : f->value >= f->bar;
    printf("  %-74s %9.3f  %s %.5g  %s\n", f->name, f->value, f->at_most ? "at most" : "at least", f->bar,
           met ? "met" : "NOT MET");
}

static const struct {
    const char *name;
    int (*run)(const struct tb_options *o);
} benches[] = {
    {"sweep",      tb_bench_sweep     },
    {"quantize",   tb_bench_quantize  },
    {"stochastic", tb_bench_stochastic},
    {"reference",  tb_bench_reference },
    {"arithmetic", tb_bench_arithmetic},
    {"dot",        tb_bench_dot       },
};

int tb_verb_bench(const struct tb_options *o) {
    struct tb_error error;
    int code = TB_OK, found = 0;
    quick = o->quick;
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++)
        if (o->words.count == 0 || strcmp(o->words.word[0], benches[i].name) == 0) {
            int one = benches[i].run(o);
            code = one ? one : code;
            found = 1;
        }
    if (found)
        return code;
    tb_fail(&error, TB_EXIT_USAGE,
            "bench '%.40s' is not known: sweep, quantize, stochastic, reference, arithmetic or dot",
            o->words.word[0]);
    return tb_complain(&error);
}
