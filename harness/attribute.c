#include "harness/attribute.h"

#include "harness/dot_errors.h"
#include "harness/problem_judge.h"
#include "reference/behaviour.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- Comparing a record with a variant. ---- */

struct counting {
    const struct tb_case *c;
    bool nan_bits;
    uint64_t differing;
};

static void count_difference(const struct tb_difference *d, void *context) {
    struct counting *k = context;
    if (k->nan_bits || tb_classify(k->c, d->expected, d->got) != TB_DIV_NAN_BITS)
        k->differing += ((d->last - d->first) >> tb_case_input(k->c)->padding) + 1;
}

/* Variants' staircases are the costly part and serve every target of a case: the last few are kept. */
struct cached {
    char key[TB_CASE_ID + 64];
    struct tb_staircase staircase;
    unsigned users;
};
#define CACHED 160 /* an operation has some eighty variants */
static struct cached cache[CACHED];
static unsigned cache_next;
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;

static struct cached *cache_find(const char *key) {
    for (int i = 0; i < CACHED; i++)
        if (strcmp(cache[i].key, key) == 0) {
            cache[i].users++;
            return &cache[i];
        }
    return NULL;
}

/* A place that nobody reads; NULL when all are in use. */
static struct cached *cache_place(void) {
    for (int i = 0; i < CACHED; i++) {
        struct cached *place = &cache[cache_next++ % CACHED];
        if (!place->users)
            return place;
    }
    return NULL;
}

static struct cached *cache_take(const char *key) {
    pthread_mutex_lock(&cache_lock);
    struct cached *found = cache_find(key);
    pthread_mutex_unlock(&cache_lock);
    return found;
}

static struct cached *cache_store(const char *key, struct tb_staircase *staircase) {
    pthread_mutex_lock(&cache_lock);
    struct cached *place = cache_place();
    if (place) {
        tb_staircase_free(&place->staircase);
        snprintf(place->key, sizeof place->key, "%s", key);
        place->staircase = *staircase;
        place->users = 1;
    }
    pthread_mutex_unlock(&cache_lock);
    return place;
}

static void cache_release(struct cached *place) {
    pthread_mutex_lock(&cache_lock);
    place->users--;
    pthread_mutex_unlock(&cache_lock);
}

static uint64_t compare_staircase(const struct tb_trial *t, const struct tb_staircase *recorded,
                                  const struct tb_staircase *variant, bool nan_bits) {
    const struct tb_case *c = &t->planned->c;
    struct counting k = {c, nan_bits, 0};
    tb_staircase_compare(variant, recorded, (tb_case_inputs(c) - 1) << tb_case_input(c)->padding,
                         count_difference, &k);
    return k.differing;
}

static uint64_t unexplained_exhaustive(const struct tb_trial *t, const struct tb_behaviour *a,
                                       const char *name, const struct tb_staircase *recorded, bool nan_bits) {
    char key[TB_CASE_ID + 64];
    snprintf(key, sizeof key, "%s %s", t->planned->id, name);
    struct cached *cached = cache_take(key);
    struct tb_staircase built = {0};
    if (!cached) {
        if (!tb_behaviour_staircase(a, &built, NULL))
            return UINT64_MAX;
        cached = cache_store(key, &built);
    }
    uint64_t differing = compare_staircase(t, recorded, cached ? &cached->staircase : &built, nan_bits);
    if (cached)
        cache_release(cached);
    else
        tb_staircase_free(&built);
    return differing;
}

static bool differ(const struct tb_trial *t, const struct tb_behaviour *a, uint64_t input, uint64_t got,
                   bool nan_bits) {
    uint64_t computed = tb_behaviour_at(a, input);
    return computed != got && (nan_bits || tb_classify(&t->planned->c, computed, got) != TB_DIV_NAN_BITS);
}

/* A record without a staircase: the inputs looked at are the sample's and the ends of all stretches; outputs
 * are the expected ones but where a stretch says otherwise. Counts no further than to `enough`. */
static uint64_t unexplained_at_samples(const struct tb_trial *t, const struct tb_behaviour *a, bool nan_bits,
                                       uint64_t enough) {
    const struct tb_vectors *sample = tb_trial_sample(t);
    const struct tb_record *r = &t->record;
    uint64_t differing = 0;
    for (size_t i = 0, s = 0; i < sample->count && differing < enough; i++) {
        while (s < r->stretch_count && r->stretches[s].last < sample->input[i])
            s++;
        bool inside = s < r->stretch_count && r->stretches[s].first <= sample->input[i];
        uint64_t got = inside ? r->stretches[s].got : sample->output[i];
        differing += differ(t, a, sample->input[i], got, nan_bits);
    }
    for (size_t s = 0; r->exhaustive && !r->thinned && s < r->stretch_count && differing < enough; s++)
        differing += differ(t, a, r->stretches[s].first, r->stretches[s].got, nan_bits) +
                     differ(t, a, r->stretches[s].last, r->stretches[s].got, nan_bits);
    return differing;
}

/* Whether the record is one whole staircase. */
static bool has_staircase(const struct tb_trial *t) {
    return t->record.exhaustive && t->planned->golden.count;
}

static uint64_t unexplained(const struct tb_trial *t, const struct tb_staircase *recorded, const char *name,
                            bool nan_bits, uint64_t enough, struct tb_error *error) {
    struct tb_behaviour a;
    if (t->planned->problem)
        return tb_problem_unexplained(tb_trial_problem(t), &t->record, name, nan_bits, error);
    if (!tb_behaviour_make(&t->planned->c, name, &a, error))
        return UINT64_MAX;
    return has_staircase(t) ? unexplained_exhaustive(t, &a, name, recorded, nan_bits)
                            : unexplained_at_samples(t, &a, nan_bits, enough);
}

static bool recorded_staircase(const struct tb_trial *t, struct tb_staircase *recorded) {
    return !has_staircase(t) ||
           tb_record_staircase(&t->planned->c, &t->planned->golden, &t->record, recorded);
}

uint64_t tb_unexplained(const struct tb_trial *t, const char *variant, bool nan_bits,
                        struct tb_error *error) {
    struct tb_staircase recorded = {0};
    uint64_t count = recorded_staircase(t, &recorded)
                         ? unexplained(t, &recorded, variant, nan_bits, UINT64_MAX, error)
                         : UINT64_MAX;
    tb_staircase_free(&recorded);
    return count;
}

/* ---- Ranking. ---- */

#define KEPT 6 /* explanations reported when none is complete */

struct ranking {
    struct tb_explanation *list;
    size_t count, capacity;
};

static void rank_add(struct ranking *r, const char *name, uint64_t count) {
    if (count == UINT64_MAX)
        return;
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 64;
        r->list = realloc(r->list, r->capacity * sizeof *r->list);
        if (!r->list)
            abort();
    }
    struct tb_explanation *e = &r->list[r->count++];
    snprintf(e->variant, sizeof e->variant, "%s", name);
    e->unexplained = count;
}

/* How much a name asks for: nothing where it is the exact answer's. */
static size_t length_of(const char *variant) {
    return strcmp(variant, "exact") ? strlen(variant) : 0;
}

static int by_unexplained(const void *a, const void *b) {
    const struct tb_explanation *x = a, *y = b;
    if (x->unexplained != y->unexplained)
        return x->unexplained < y->unexplained ? -1 : 1;
    size_t lx = length_of(x->variant), ly = length_of(y->variant);
    return lx != ly ? (lx < ly ? -1 : 1) : strcmp(x->variant, y->variant);
}

static void rank_problem(const struct tb_trial *t, bool nan_bits, struct ranking *r) {
    const struct tb_problem *p = &tb_trial_problem(t)->p;
    for (const struct tb_problem_variant *v = tb_problem_arithmetic_of(p)->variants; v->name; v++)
        if (v->applies(p))
            rank_add(r, v->name, unexplained(t, NULL, v->name, nan_bits, UINT64_MAX, NULL));
    qsort(r->list, r->count, sizeof *r->list, by_unexplained);
    /* A bound says less than any arithmetic: it counts where it is claimed and none explains all. */
    if ((!r->count || r->list[0].unexplained) && tb_problem_bound_find(p, t->verdict.claim)) {
        rank_add(r, t->verdict.claim, unexplained(t, NULL, t->verdict.claim, nan_bits, UINT64_MAX, NULL));
        qsort(r->list, r->count, sizeof *r->list, by_unexplained);
    }
}

static void rank_singles(const struct tb_trial *t, const struct tb_staircase *recorded, bool nan_bits,
                         uint64_t enough, struct ranking *r) {
    r->count = 0;
    const struct tb_case *c = &t->planned->c;
    size_t first = t->planned->like ? 0 : 1; /* 0: the exact answers, which are others than --like's */
    for (size_t i = first; i < tb_behaviour_count(c->operation); i++) {
        const char *name = tb_behaviour_words(c->operation, i).name;
        if (i == 0 || tb_behaviour_applies(c, i))
            rank_add(r, name, unexplained(t, recorded, name, nan_bits, enough, NULL));
    }
    qsort(r->list, r->count, sizeof *r->list, by_unexplained);
}

/* Pairs of single variants that each explain something; of the best ones only, where a staircase takes long.
 */
static void rank_pairs(const struct tb_trial *t, const struct tb_staircase *recorded, bool nan_bits,
                       uint64_t exact, struct ranking *r) {
    bool fast = t->planned->c.destination->bits <= 8 || tb_case_input(&t->planned->c)->bits <= 16;
    size_t singles = r->count, limit = fast ? 12 : 5;
    for (size_t i = 0; i < singles && i < limit; i++)
        for (size_t j = 0; j < singles && j < limit; j++) {
            char pair[64];
            if (i == j || r->list[i].unexplained >= exact ||
                snprintf(pair, sizeof pair, "%s+%s", r->list[i].variant, r->list[j].variant) >= 64)
                continue;
            uint64_t left = unexplained(t, recorded, pair, nan_bits, UINT64_MAX, NULL);
            if (left < r->list[i].unexplained && left < r->list[j].unexplained)
                rank_add(r, pair, left);
        }
    qsort(r->list, r->count, sizeof *r->list, by_unexplained);
}

void tb_attribute(struct tb_trial *t, bool nan_bits) {
    struct tb_staircase recorded = {0};
    struct ranking r = {0};
    uint64_t exact = nan_bits ? t->verdict.diverging : t->verdict.value_diverging;
    if ((t->record.irregular && !t->record.thinned) || !recorded_staircase(t, &recorded))
        return;
    /* Where samples are compared, complete explanations are looked for first: all others are given up at
     * their first difference, and wanted only if there is none. */
    if (t->planned->problem) {
        rank_problem(t, nan_bits, &r);
    } else {
        rank_singles(t, &recorded, nan_bits, has_staircase(t) ? UINT64_MAX : 1, &r);
        if (!has_staircase(t) && r.count && r.list[0].unexplained)
            rank_singles(t, &recorded, nan_bits, UINT64_MAX, &r);
    }
    if (!t->planned->problem && r.count && r.list[0].unexplained)
        rank_pairs(t, &recorded, nan_bits, exact, &r);
    size_t keep = 0;
    while (keep < r.count && (r.list[keep].unexplained == 0 || keep < KEPT) &&
           r.list[keep].unexplained < exact)
        keep++;
    if (keep && r.list[0].unexplained == 0) /* complete explanations stand alone */
        while (r.list[keep - 1].unexplained)
            keep--;
    t->verdict.explained_by = r.list;
    t->verdict.explanation_count = keep;
    tb_staircase_free(&recorded);
}

/* ---- The verdict. ---- */

static void copy_stretches(struct tb_trial *t) {
    struct tb_verdict *v = &t->verdict;
    v->stretch_total = t->record.stretch_count;
    v->stretch_count = t->record.stretch_count < TB_RUNS_KEPT ? t->record.stretch_count : TB_RUNS_KEPT;
    v->stretches = malloc(v->stretch_count * sizeof *v->stretches + 1);
    if (!v->stretches)
        abort();
    if (v->stretch_count)
        memcpy(v->stretches, t->record.stretches, v->stretch_count * sizeof *v->stretches);
}

static void write_digest(struct tb_trial *t) {
    struct tb_staircase recorded = {0};
    if (has_staircase(t) && !t->record.irregular && recorded_staircase(t, &recorded))
        tb_staircase_digest(&recorded, t->planned->id, t->verdict.digest);
    tb_staircase_free(&recorded);
}

/* Whether what the target claims is what it does; an unknown claim goes into the reason. */
static bool as_claimed(struct tb_trial *t, bool nan_bits) {
    struct tb_verdict *v = &t->verdict;
    struct tb_error error;
    if (!v->claim[0])
        return false;
    uint64_t left = tb_unexplained(t, v->claim, nan_bits, &error);
    if (left == UINT64_MAX)
        snprintf(v->reason, sizeof v->reason, "its claim cannot be checked: %.400s", error.text);
    return left == 0;
}

void tb_trial_explain(struct tb_trial *t) {
    struct tb_verdict *v = &t->verdict;
    if (t->finished || t->dropped || v->status == TB_CRASHED || v->status == TB_SKIPPED)
        return;
    bool bits = t->nan_level != TB_NAN_CLASS, broken = t->drew ? !t->accepted : v->reason[0] != 0;
    bool differs = (bits ? v->diverging : v->value_diverging) != 0;
    bool claimed = as_claimed(t, bits);
    v->status = broken ? TB_DIVERGES : !differs ? TB_SAME : claimed ? TB_AS_CLAIMED : TB_DIVERGES;
    if (t->record.stretch_count) /* NaN codes alone: explained by bits, since nothing else differs */
        tb_attribute(t, bits || !v->value_diverging);
    copy_stretches(t);
    write_digest(t);
    tb_dot_errors(t);
}
