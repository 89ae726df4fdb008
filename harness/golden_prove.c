#include "harness/golden_set.h"
#include "reference/basic.h"
#include "reference/reference.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>

/* Inputs that a thread takes at once: about half a second of MPFR. */
#define CHUNK (UINT64_C(1) << 21)
/* Answers of the integers at once: they stay in the first cache. */
#define BLOCK 2048
/* Seconds between lines of progress. */
#define PATIENCE 30

struct proof {
    const struct tb_planned *p;
    pthread_mutex_t lock;
    uint64_t next, inputs; /* indices of the domain */
    uint64_t *proved;      /* of all cases */
    uint64_t total;
    bool by_mpfr; /* else by integers alone */
    uint64_t wrong, example;
    double began, *shown;
};

static bool has_blocks(const struct tb_planned *p) {
    return !p->problem && tb_basic_by_blocks(&p->c);
}

/* Whether every input of it can be evaluated. */
static bool is_whole(const struct tb_planned *p) {
    return p->golden.count || p->wide.count || has_blocks(p);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The second way: integers against the staircase. */
static void prove_integers(const struct tb_planned *p, uint64_t begin, uint64_t end, uint64_t *wrong,
                           uint64_t *example) {
    int padding = tb_case_input(&p->c)->padding;
    size_t run = tb_staircase_find(&p->golden, begin << padding);
    uint64_t exact[BLOCK], size;
    *wrong = 0;
    for (uint64_t at = begin; at < end; at += size) {
        size = end - at < BLOCK ? end - at : BLOCK;
        tb_exact_integer_block(&p->c, at, size, exact);
        for (uint64_t i = 0; i < size;) {
            while (run + 1 < p->golden.count && p->golden.first[run + 1] >> padding <= at + i)
                run++;
            uint64_t next = run + 1 < p->golden.count ? p->golden.first[run + 1] >> padding : end;
            uint64_t stop = next - at < size ? next - at : size, golden = p->golden.code[run];
            for (; i < stop; i++)
                if (exact[i] != golden && (*wrong)++ == 0)
                    *example = (at + i) << padding;
        }
    }
}

/* The same where the golden answers are ramps. */
static void prove_ramps(const struct proof *k, uint64_t begin, uint64_t end, uint64_t *wrong,
                        uint64_t *example) {
    const struct tb_wide *w = &k->p->wide;
    uint64_t exact[BLOCK], golden[BLOCK], size;
    size_t ramp = 0;
    *wrong = 0;
    for (uint64_t at = begin; at < end; at += size) {
        while (w->ramps[ramp].last < at)
            ramp++;
        size = w->ramps[ramp].last + 1 < end ? w->ramps[ramp].last + 1 - at : end - at;
        size = size < BLOCK ? size : BLOCK;
        tb_exact_integer_block(&k->p->c, at, size, exact);
        tb_ramp_fill8(&w->ramps[ramp], at, size, golden);
        for (uint64_t i = 0; i < size; i++)
            if (((golden[i] & w->mask) != exact[i] ||
                 (k->by_mpfr && tb_exact_mpfr(&k->p->c, at + i) != exact[i])) &&
                (*wrong)++ == 0)
                *example = at + i;
    }
}

/* The same where the golden answers are the integers' own, by blocks: MPFR confirms each. */
static void prove_blocks(const struct tb_planned *p, uint64_t begin, uint64_t end, uint64_t *wrong,
                         uint64_t *example) {
    uint64_t golden[BLOCK], size;
    *wrong = 0;
    for (uint64_t at = begin; at < end; at += size) {
        size = end - at < BLOCK ? end - at : BLOCK;
        tb_exact_integer_block(&p->c, at, size, golden);
        for (uint64_t i = 0; i < size; i++)
            if (tb_exact_mpfr(&p->c, at + i) != golden[i] && (*wrong)++ == 0)
                *example = at + i;
    }
}

static void show(struct proof *k) {
    double time = now(), spent = time - k->began;
    if (time - *k->shown < PATIENCE)
        return;
    *k->shown = time;
    fprintf(stderr,
            "proving %s: %" PRIu64 " of %" PRIu64
            " million inputs of all cases, %.1f million a second, about %.0f s left\n",
            k->p->id, *k->proved / 1000000, k->total / 1000000, (double)*k->proved * 1e-6 / spent,
            (double)(k->total - *k->proved) / (double)*k->proved * spent);
}

/* Notes what a chunk gave, and takes the next one; false at the end. */
static bool next_chunk(struct proof *k, uint64_t done, uint64_t wrong, uint64_t example, uint64_t *begin) {
    pthread_mutex_lock(&k->lock);
    if (wrong && (!k->wrong || example < k->example))
        k->example = example;
    k->wrong += wrong;
    *k->proved += done;
    if (done)
        show(k);
    *begin = k->next;
    k->next += CHUNK;
    bool more = *begin < k->inputs;
    pthread_mutex_unlock(&k->lock);
    return more;
}

static void *prove_some(void *context) {
    struct proof *k = context;
    uint64_t begin, done = 0, wrong = 0, example = 0;
    while (next_chunk(k, done, wrong, example, &begin)) {
        uint64_t end = begin + CHUNK < k->inputs ? begin + CHUNK : k->inputs;
        done = end - begin;
        wrong = 0;
        if (has_blocks(k->p))
            prove_blocks(k->p, begin, end, &wrong, &example);
        else if (k->p->wide.count)
            prove_ramps(k, begin, end, &wrong, &example);
        else if (k->by_mpfr)
            tb_golden_prove(&k->p->c, &k->p->golden, begin, end, &wrong, &example);
        if (wrong == 0 && k->p->golden.count)
            prove_integers(k->p, begin, end, &wrong, &example);
    }
    return NULL;
}

static void prove_case(struct proof *k, unsigned threads) {
    pthread_t thread[64];
    unsigned started = 0;
    while (started + 1 < threads && started < 64 &&
           pthread_create(&thread[started], NULL, prove_some, k) == 0)
        started++;
    prove_some(k);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    if (k->wrong)
        printf("wrong  %s: %" PRIu64 " inputs differ, the first is 0x%" PRIx64 "\n", k->p->id, k->wrong,
               k->example);
}

void tb_set_prove(const struct tb_plan *plan, bool by_mpfr, unsigned threads, uint64_t *wrong) {
    uint64_t total = 0, proved = 0;
    size_t cases = 0, blocks = 0;
    double began = now(), shown = began;
    *wrong = 0;
    for (size_t i = 0; i < plan->count; i++) {
        total += is_whole(&plan->cases[i]) ? tb_case_inputs(&plan->cases[i].c) : 0;
        blocks += has_blocks(&plan->cases[i]);
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct proof k = {.p = &plan->cases[i],
                          .by_mpfr = by_mpfr,
                          .total = total,
                          .proved = &proved,
                          .began = began,
                          .shown = &shown,
                          .lock = PTHREAD_MUTEX_INITIALIZER};
        if (!is_whole(k.p))
            continue;
        k.inputs = tb_case_inputs(&k.p->c);
        cases++;
        prove_case(&k, threads);
        *wrong += k.wrong;
    }
    printf("%zu case%s, %" PRIu64 " inputs evaluated by %sintegers in %.0f s, %" PRIu64 " wrong", cases,
           cases == 1 ? "" : "s", proved, by_mpfr || blocks == cases ? "MPFR and by " : "", now() - began,
           *wrong);
    if (cases < plan->count)
        printf("; %zu of too many inputs were confirmed on their vectors", plan->count - cases);
    puts("");
}
