#include "harness/plan.h"

#include "harness/hidden.h"
#include "harness/sample.h"
#include "harness/subject.h"
#include "reference/basic.h"
#include "reference/behaviour.h"
#include "reference/reference.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Seeded draws of a sampled check, beside the structured inputs. */
#define RANDOM_DRAWS ((size_t)1 << 18)

static bool matches_any(const char *id, const char *const *globs, size_t count, bool *used) {
    bool matched = count == 0;
    for (size_t i = 0; i < count; i++)
        if (tb_glob(globs[i], id))
            matched = used[i] = true;
    return matched;
}

static void plan_add(struct tb_plan *plan, const struct tb_case *c) {
    struct tb_planned *p = &plan->cases[plan->count++];
    p->c = *c;
    p->like = plan->like;
    tb_case_print(c, p->id);
}

bool tb_plan_like(const struct tb_case *c, const char *like, struct tb_behaviour *out,
                  struct tb_error *error) {
    char id[TB_CASE_ID];
    if (!tb_case_hides_random(c))
        return tb_behaviour_make(c, like, out, error);
    tb_case_print(c, id);
    return tb_fail(error, TB_EXIT_USAGE, "%s: an input has no one answer here, and --like none to expect",
                   id);
}

/* Whether the expected answers of the case can be written down. */
static bool has_like(const struct tb_plan *plan, const struct tb_case *c, struct tb_error *error) {
    struct tb_behaviour b;
    char id[TB_CASE_ID];
    if (!plan->like)
        return true;
    if (!tb_plan_like(c, plan->like, &b, error))
        return false;
    tb_case_print(c, id);
    bool can = tb_case_has_staircase(c)
                   ? b.exact || !tb_case_is_affine(c) || tb_affine_machine_has_staircase(&b.affine)
                   : c->operation == TB_CONVERT && c->source->bits > 32; /* a sample of inputs */
    return can ||
           tb_fail(error, TB_EXIT_USAGE,
                   "%s: the answers of --like %.60s have no staircase here: take a source of at most 16 "
                   "bits, or a variant that clamps",
                   id, plan->like);
}

static bool plan_add_problem(struct tb_plan *plan, const char *id, struct tb_error *error) {
    struct tb_planned *p = &plan->cases[plan->count];
    if (plan->like)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: --like is of cases, not of operations on arrays: leave it out", id);
    p->problem = tb_planned_problem(id, error);
    if (!p->problem)
        return false;
    memcpy(p->id, p->problem->p.id, sizeof p->id);
    plan->count++;
    return true;
}

/* "*" stands for the suite's cases; problems are asked for by their kind. */
static bool matches_problem(const char *id, const char *const *globs, size_t count, bool *used) {
    bool matched = false;
    for (size_t i = 0; i < count; i++)
        if (tb_glob_names_problem(globs[i]) && tb_glob(globs[i], id))
            matched = used[i] = true;
    return matched;
}

static bool add_problems(struct tb_plan *plan, enum tb_suite suite, const char *const *globs,
                         size_t glob_count, bool *used, struct tb_error *error) {
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++)
        for (const char *const *id = (*k)->suite; *id; id++)
            if ((matches_problem(*id, globs, glob_count, used) || (suite >= TB_QUANTIZERS && !glob_count)) &&
                !plan_add_problem(plan, *id, error))
                return false;
    return true;
}

static size_t problem_count(void) {
    size_t count = 0;
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++)
        for (const char *const *id = (*k)->suite; *id; id++)
            count++;
    return count;
}

/* A glob that matched nothing, taken as an id. */
static bool plan_add_id(struct tb_plan *plan, const char *id, struct tb_error *error) {
    struct tb_case c;
    if (tb_problem_is(id))
        return plan_add_problem(plan, id, error);
    if (!tb_case_parse(id, &c, error) || !has_like(plan, &c, error))
        return false;
    plan_add(plan, &c);
    return true;
}

bool tb_plan_make(struct tb_plan *plan, enum tb_suite suite, const char *const *globs, size_t glob_count,
                  struct tb_error *error) {
    size_t count;
    struct tb_case *cases = tb_suite_cases(suite, &count);
    bool *used = calloc(glob_count + 1, sizeof *used);
    plan->cases = calloc(count + problem_count() + glob_count + 1, sizeof *plan->cases);
    if (!used || !plan->cases)
        abort();
    for (size_t i = 0; i < count; i++) {
        char id[TB_CASE_ID];
        tb_case_print(&cases[i], id);
        if (matches_any(id, globs, glob_count, used) && has_like(plan, &cases[i], error))
            plan_add(plan, &cases[i]);
    }
    bool ok = plan->like || add_problems(plan, suite, globs, glob_count, used, error);
    for (size_t i = 0; i < glob_count && ok; i++) {
        if (used[i])
            continue;
        if (strpbrk(globs[i], "*?"))
            ok = tb_fail(
                error, TB_EXIT_USAGE,
                "no case of the %s suite matches '%.100s': `tiebreak list cases --suite full` shows more",
                tb_suite_words[suite].name, globs[i]);
        else
            ok = plan_add_id(plan, globs[i], error);
    }
    bool one = glob_count == 1 && used[0] && !strpbrk(globs[0], "*?"); /* its own reason stands in *error */
    if (ok && plan->like && !plan->count)
        ok =
            !one &&
            tb_fail(error, TB_EXIT_USAGE,
                    "no case here has answers of --like '%.100s': `tiebreak list presets` and `tiebreak list "
                    "variants` say which operation a name is of",
                    plan->like);
    free(used);
    free(cases);
    return ok;
}

bool tb_plan_add_problems(struct tb_plan *plan, struct tb_error *error) {
    return add_problems(plan, TB_FULL, NULL, 0, NULL, error);
}

static bool is_planned(const struct tb_plan *plan, const char *id) {
    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->cases[i].id, id) == 0)
            return true;
    return false;
}

bool tb_plan_add_recorded(struct tb_plan *plan, const struct tb_recording *r, const char *const *globs,
                          size_t glob_count, struct tb_error *error) {
    size_t capacity = plan->count + r->count;
    struct tb_planned *grown = realloc(plan->cases, (capacity + 1) * sizeof *grown);
    if (!grown)
        abort();
    memset(grown + plan->count, 0, (capacity + 1 - plan->count) * sizeof *grown);
    plan->cases = grown;
    for (size_t i = 0; i < r->count && !plan->like; i++) {
        bool wanted = glob_count == 0;
        for (size_t k = 0; k < glob_count; k++)
            wanted |= tb_glob(globs[k], r->answers[i].case_id);
        if (wanted && r->answers[i].records.count && !is_planned(plan, r->answers[i].case_id) &&
            !plan_add_problem(plan, r->answers[i].case_id, error))
            return false;
    }
    return true;
}

uint64_t tb_golden_code(const struct tb_case *c, enum tb_nan_level level, uint64_t code) {
    uint64_t canonical;
    if (level == TB_NAN_CANONICAL && tb_format_is_nan(c->destination, code) &&
        tb_format_nan(c->destination, false, 0, &canonical))
        return canonical;
    return code;
}

/* Rewrites a staircase as the NaN level wants it; neighbours that become equal are joined. */
static bool apply_level(const struct tb_case *c, enum tb_nan_level level, struct tb_staircase *s) {
    struct tb_staircase rewritten = {0};
    if (level != TB_NAN_CANONICAL)
        return true;
    for (size_t i = 0; i < s->count; i++)
        if (!tb_staircase_append(&rewritten, s->first[i], tb_golden_code(c, level, s->code[i])))
            return false;
    tb_staircase_free(s);
    *s = rewritten;
    return true;
}

bool tb_plan_sweeps(const struct tb_case *c, enum tb_nan_level level) {
    if (tb_case_has_staircase(c) || tb_basic_by_blocks(c))
        return true;
    if (c->rounding == TB_STOCHASTIC)
        return false;
    return tb_wide_applies(c) && (level != TB_NAN_CANONICAL || c->destination->nan == TB_NAN_NONE);
}

static bool build_staircase(struct tb_planned *p) {
    struct tb_behaviour b;
    if (p->like && !tb_behaviour_make(&p->c, p->like, &b, &p->error))
        return false;
    if (!p->like || b.exact) /* what is exact is MPFR's to say */
        return tb_golden_staircase(&p->c, &p->golden, &p->error);
    return tb_behaviour_staircase(&b, &p->golden, &p->error);
}

/* Rewrites a sample's answers as those of --like. */
static bool expect_like(struct tb_planned *p) {
    struct tb_behaviour b;
    if (!p->like)
        return true;
    if (!tb_behaviour_make(&p->c, p->like, &b, &p->error))
        return false;
    for (size_t i = 0; i < p->sample.count; i++)
        p->sample.output[i] = tb_behaviour_at(&b, p->sample.input[i]);
    return true;
}

/* Of a case whose random bits are hidden: the inputs that have one answer; the others are drawn. */
static void build_hidden(struct tb_planned *p, enum tb_nan_level level) {
    if (!tb_hidden_bits(&p->c))
        p->failed =
            !tb_fail(&p->error, TB_EXIT_USAGE,
                     "%s: no normal result drops a bit here, so that there is nothing to draw for", p->id);
    else
        p->failed = !tb_hidden_certain(&p->c, &p->sample, &p->error);
    for (size_t i = 0; i < p->sample.count && !p->failed; i++)
        p->sample.output[i] = tb_golden_code(&p->c, level, p->sample.output[i]);
}

static void build(struct tb_planned *p, enum tb_nan_level level) {
    if (p->problem) {
        p->failed = !tb_planned_problem_golden(p->problem, level, &p->error);
        return;
    }
    if (tb_case_hides_random(&p->c)) {
        build_hidden(p, level);
        return;
    }
    if (tb_case_has_staircase(&p->c)) {
        if (!build_staircase(p)) {
            p->failed = true;
            return;
        }
        if (!apply_level(&p->c, level, &p->golden))
            p->failed =
                !tb_fail(&p->error, TB_EXIT_SYSTEM, "%s: out of memory for the golden staircase", p->id);
    }
    if (!p->failed && tb_plan_sweeps(&p->c, level) && !p->golden.count && !tb_basic_by_blocks(&p->c))
        p->failed = !tb_wide_make(&p->c, &p->wide, &p->error);
    if (!p->failed && (p->wants_sample || !p->golden.count)) {
        p->failed =
            !tb_sample_make(&p->c, p->golden.count ? &p->golden : NULL, RANDOM_DRAWS, &p->sample, &p->error);
        p->failed |= !p->golden.count && !expect_like(p);
        for (size_t i = 0; i < p->sample.count && !p->golden.count; i++)
            p->sample.output[i] = tb_golden_code(&p->c, level, p->sample.output[i]);
    }
}

struct builders {
    struct tb_plan *plan;
    atomic_size_t next;
};

static void *build_some(void *context) {
    struct builders *b = context;
    for (size_t i; (i = atomic_fetch_add(&b->next, 1)) < b->plan->count;)
        if (b->plan->cases[i].wanted)
            build(&b->plan->cases[i], b->plan->nan_level);
    return NULL;
}

/* What the threads have freed; each job's fork would copy the page tables of it. */
static void give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool tb_plan_golden(struct tb_plan *plan, unsigned threads, struct tb_error *error) {
    struct builders b = {.plan = plan};
    pthread_t thread[64];
    unsigned started = 0;
    while (started + 1 < threads && started < 64 &&
           pthread_create(&thread[started], NULL, build_some, &b) == 0)
        started++;
    build_some(&b);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    give_back_memory();
    for (size_t i = 0; i < plan->count; i++)
        if (plan->cases[i].failed) {
            *error = plan->cases[i].error;
            return false;
        }
    return true;
}

struct tb_request tb_planned_request(const struct tb_planned *p) {
    return p->problem ? tb_problem_request(p->problem) : tb_request_of(&p->c, p->id);
}

bool tb_plan_certain_only(struct tb_plan *plan, const char *verb, bool asked, struct tb_error *error) {
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        bool hidden = tb_case_hides_random(&plan->cases[i].c);
        if (hidden && asked && plan->count == 1)
            return tb_fail(error, TB_EXIT_USAGE,
                           "%s: %s takes cases whose inputs have one answer each: `tiebreak run` judges "
                           "targets that draw their own random bits",
                           plan->cases[i].id, verb);
        if (!hidden)
            plan->cases[kept++] = plan->cases[i];
    }
    plan->count = kept;
    return true;
}

void tb_plan_free(struct tb_plan *plan) {
    for (size_t i = 0; i < plan->count; i++) {
        tb_planned_problem_free(plan->cases[i].problem);
        tb_staircase_free(&plan->cases[i].golden);
        tb_wide_free(&plan->cases[i].wide);
        tb_vectors_free(&plan->cases[i].sample);
    }
    free(plan->cases);
    *plan = (struct tb_plan){0};
}
