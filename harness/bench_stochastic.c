/* bench stochastic: what checking every value with every random number costs, on top of generating and
 * converting; and how often the check of hidden random bits accepts good sources and bad ones. */
#include "harness/bench_work.h"
#include "harness/hidden_source.h"
#include "harness/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define E4M3 "convert/bf16/e4m3fn/sr/satfinite/bits=16"

static const struct {
    const char *target, *id;
    double bar; /* checked / unchecked */
} checks[] = {
    {"x86/avx512", E4M3,                                       1.05},
    {"x86/avx512", "convert/bf16/e5m2/sr/satfinite/bits=16",   1.05},
    {"x86/avx512", "convert/bf16/e2m1fn/sr/satfinite/bits=16", 1.05},
    {"x86/avx512", "convert/fp16/e4m3fn/sr/satfinite/bits=16", 1.05},
    {"x86/avx512", "convert/bf16/fp16/sr/inf/bits=16",         1.05},
    {"x86/avx2",   E4M3,                                       1.05},
    {"portable/c", E4M3,                                       1.05},
};

/* ---- Hidden random bits: RUNS seeded runs of each source, one under --quick. ---- */

enum { RUNS = 1000 };

#define HIDDEN   "convert/fp32/bf16/sr/inf/bits=hidden"
#define EXPLICIT "convert/fp32/bf16/sr/inf/bits=16"

static const struct {
    const char *name;
    enum tb_source_kind kind;
    uint32_t parameter;
    enum tb_hidden_finding finding; /* NOTHING: a good one */
} sources[] = {
    {"16 good bits",                            TB_SOURCE_GOOD,     0,      TB_FOUND_NOTHING },
    {"15 bits",                                 TB_SOURCE_SHORT,    15,     TB_FOUND_BITS    },
    {"8 bits",                                  TB_SOURCE_SHORT,    8,      TB_FOUND_BITS    },
    {"biased: the top bit set in 1 draw of 32", TB_SOURCE_BIASED,   32,     TB_FOUND_BIAS_UP },
    {"two neighbouring lanes share their bits", TB_SOURCE_SHARED,   2,      TB_FOUND_LANES   },
    {"every call draws the same",               TB_SOURCE_REPEATED, 0,      TB_FOUND_CALLS   },
    {"one random number, always",               TB_SOURCE_CONSTANT, 0x1234, TB_FOUND_CONSTANT},
};

struct counts {
    unsigned accepted, rejected, named;
    double draws;
};

static struct counts run_source(const struct tb_case *hidden, const struct tb_kernel *kernel, size_t index,
                                const struct tb_hidden_setup *setup, unsigned runs) {
    struct counts n = {0};
    for (unsigned seed = 1; seed <= runs; seed++) {
        struct tb_source source = {.kind = sources[index].kind,
                                   .parameter = sources[index].parameter,
                                   .state = seed,
                                   .seed = seed,
                                   .kernel = kernel};
        struct tb_kernel drawing = tb_source_kernel(&source);
        struct tb_hidden_report r;
        if (!tb_hidden_check(hidden, &drawing, setup, &r))
            continue;
        n.accepted += r.outcome == TB_HIDDEN_ACCEPTED;
        n.rejected += r.outcome == TB_HIDDEN_REJECTED;
        n.named += r.finding == sources[index].finding;
        n.draws += (double)r.draws / runs;
    }
    return n;
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The bar is the declared rate and three standard deviations of what `runs` runs show of it. */
static void bench_source(const struct tb_case *hidden, const struct tb_kernel *kernel, size_t index,
                         const struct tb_hidden_setup *setup, unsigned runs) {
    bool good = sources[index].finding == TB_FOUND_NOTHING;
    double rate = good ? setup->false_alarm : setup->miss, start = seconds_now();
    struct counts n = run_source(hidden, kernel, index, setup, runs);
    double most = runs * rate + 3 * sqrt(runs * rate);
    char text[80];
    printf("%-42s %u run%s: %u accepted, %u rejected, %u by its name; %.2g draws and %.1f ms each\n",
           sources[index].name, runs, runs == 1 ? "" : "s", n.accepted, n.rejected, good ? 0 : n.named,
           n.draws, (seconds_now() - start) / runs * 1e3);
    snprintf(text, sizeof text, "%s, declared rate %g", good ? "not accepted" : "not rejected", rate);
    tb_bench_at_most(text, runs - (good ? n.accepted : n.rejected), fmax(floor(most), 1));
}

static void bench_hidden(const struct tb_subjects *s, unsigned runs) {
    const struct tb_hidden_setup loose = {0.05, 0.05, tb_hidden_standard.seed, tb_hidden_standard.most_draws};
    struct tb_case hidden, c;
    struct tb_kernel kernel;
    struct tb_error error;
    const char *names[] = {"x86/avx512", "x86/avx2", "portable/c"};
    if (!tb_case_parse(HIDDEN, &hidden, &error) || !tb_case_parse(EXPLICIT, &c, &error))
        return;
    for (size_t n = 0; n < 3; n++)
        for (size_t i = 0; i < s->count; i++)
            if (strcmp(s->list[i].name, names[n]) == 0 && !s->list[i].unavailable[0] &&
                tb_subject_open(&s->list[i], &c, EXPLICIT, &kernel, &error) == 1) {
                printf("%s, drawn before %s\n", HIDDEN, names[n]);
                for (size_t k = 0; k < sizeof sources / sizeof sources[0]; k++)
                    bench_source(&hidden, &kernel, k, &tb_hidden_standard, runs);
                for (size_t k = 0; k < 4; k++)
                    bench_source(&hidden, &kernel, k, &loose, runs);
                if (s->list[i].target->close)
                    s->list[i].target->close(&kernel);
                return;
            }
}

int tb_bench_stochastic(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    tb_subjects_builtin(&subjects, "*");
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        tb_bench_check(&subjects, checks[i].target, checks[i].id, 2, "convert", checks[i].bar);
    bench_hidden(&subjects, o->quick ? 1 : RUNS);
    int code = tb_bench_catches(&subjects, E4M3) ? TB_OK : TB_EXIT_DIVERGES;
    tb_subjects_free(&subjects);
    return code;
}
