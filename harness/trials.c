#include "harness/trials.h"

#include "harness/environment.h"
#include "harness/plugin.h"
#include "harness/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

unsigned tb_parallel(const struct tb_options *o) {
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return o->jobs ? o->jobs : cpus < 1 ? 1 : cpus > 64 ? 64 : (unsigned)cpus;
}

/* ---- Choosing. ---- */

static bool target_chosen(const struct tb_options *o, const char *name) {
    for (size_t i = 0; i < o->targets.count; i++)
        if (tb_glob(o->targets.word[i], name))
            return true;
    return o->targets.count == 0;
}

static void keep_chosen(const struct tb_options *o, struct tb_subjects *s) {
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (target_chosen(o, s->list[i].name))
            s->list[kept++] = s->list[i];
    s->count = kept;
}

static const struct tb_subject *named_before(const struct tb_subjects *s, size_t end, const char *name) {
    for (size_t i = 0; i < end; i++)
        if (strcmp(s->list[i].name, name) == 0)
            return &s->list[i];
    return NULL;
}

/* A recording takes the place of this program's target of the same name; any other two of one name could not
 * be told apart. */
static bool names_once(struct tb_subjects *s, struct tb_error *error) {
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        bool replaced = false;
        for (size_t j = i + 1; s->list[i].own && j < s->count; j++)
            replaced |=
                s->list[j].kind == TB_SUBJECT_RECORDED && strcmp(s->list[i].name, s->list[j].name) == 0;
        if (replaced)
            continue;
        if (named_before(s, kept, s->list[i].name))
            return tb_fail(error, TB_EXIT_USAGE, "two targets are named %s: give one of them at a time",
                           s->list[i].name);
        s->list[kept++] = s->list[i];
    }
    s->count = kept;
    return true;
}

/* Whether a target of the family, "cuda/", may be chosen. A plug-in is loaded in a process of its own, which
 * takes time: hence the question. */
static bool family_wanted(const struct tb_options *o, const char *family) {
    for (size_t i = 0; i < o->targets.count; i++) {
        const char *glob = o->targets.word[i];
        size_t same = 0;
        while (family[same] && glob[same] == family[same])
            same++;
        if (!family[same] || glob[same] == '*' || glob[same] == '?')
            return true;
    }
    return o->targets.count == 0;
}

/* A plug-in that is also named on the command line is loaded once, as named there. */
static bool is_named(const struct tb_options *o, const char *path) {
    struct stat own, other;
    for (size_t i = 0; i < o->plugins.count; i++)
        if (stat(path, &own) == 0 && stat(o->plugins.word[i], &other) == 0 && own.st_dev == other.st_dev &&
            own.st_ino == other.st_ino)
            return true;
    return false;
}

bool tb_choose_subjects(const struct tb_options *o, struct tb_subjects *s, struct tb_error *error) {
    const char *cuda = tb_cuda_plugin();
    tb_subjects_builtin(s, "*");
    if (cuda && family_wanted(o, "cuda/") && !is_named(o, cuda))
        tb_subjects_cuda(s);
    for (size_t i = 0; i < o->plugins.count; i++)
        if (!tb_subjects_plugin(s, o->plugins.word[i], error))
            return false;
    for (size_t i = 0; i < o->commands.count; i++)
        if (!tb_subjects_exec(s, o->commands.word[i], error))
            return false;
    for (size_t i = 0; i < o->recorded.count; i++)
        if (!tb_subjects_recorded(s, o->recorded.word[i], error))
            return false;
    keep_chosen(o, s);
    if (s->count == 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "no target matches --target '%.60s': `tiebreak list targets` shows all",
                       o->targets.word[0]);
    return names_once(s, error);
}

/* ---- Who offers what. ---- */

/* Asks a plug-in, in one child, about all cases for all of its subjects, of which `first` is the first.
 * offered[s * cases + i] for subject s and case i. */
static bool plugin_offers(const struct tb_plan *plan, const struct tb_subjects *s, size_t first,
                          unsigned char *offered, struct tb_error *error) {
    const char *plugin = s->list[first].plugin;
    struct tb_request *requests = calloc(plan->count + 1, sizeof *requests);
    struct tb_target_info *info;
    unsigned char *answers;
    size_t targets;
    if (!requests)
        abort();
    for (size_t i = 0; i < plan->count; i++)
        requests[i] = tb_planned_request(&plan->cases[i]);
    bool ok =
        tb_plugin_offers(plugin, requests, plan->count, s->list[first].own, &info, &targets, &answers, error);
    for (size_t i = first; ok && i < s->count; i++)
        for (size_t t = 0; s->list[i].plugin == plugin && t < targets; t++)
            if (strcmp(info[t].name, s->list[i].name) == 0)
                memcpy(offered + i * plan->count, answers + t * plan->count, plan->count);
    if (ok) {
        free(info);
        free(answers);
    }
    free(requests);
    return ok;
}

static bool builtin_offers(const struct tb_planned *p, const struct tb_subject *s) {
    struct tb_kernel kernel;
    struct tb_request request = tb_planned_request(p);
    bool offered = tb_subject_open_request(s, &request, &kernel, NULL) != 0;
    if (offered && s->target->close)
        s->target->close(&kernel);
    return offered;
}

/* Whether a subject before this one is of the same plug-in, which then has been asked. */
static bool asked_before(const struct tb_subjects *s, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (s->list[i].plugin == s->list[index].plugin)
            return true;
    return false;
}

/* offered[i * cases + c] for subject i and case c; a process is asked only when its turn comes. */
static bool subject_offers(const struct tb_plan *plan, const struct tb_subjects *subjects, size_t index,
                           unsigned char *offered, struct tb_error *error) {
    const struct tb_subject *s = &subjects->list[index];
    if (s->kind == TB_SUBJECT_PLUGIN)
        return !s->plugin || asked_before(subjects, index) ||
               plugin_offers(plan, subjects, index, offered, error);
    for (size_t i = 0; i < plan->count; i++) {
        const struct tb_planned *p = &plan->cases[i];
        offered[index * plan->count + i] =
            s->kind == TB_SUBJECT_EXEC ||
            (s->kind == TB_SUBJECT_RECORDED && tb_recording_find(s->recording, p->id)) ||
            (s->kind == TB_SUBJECT_BUILTIN && builtin_offers(p, s));
    }
    return true;
}

static void skip(struct tb_trial *t, const char *why) {
    struct tb_verdict *v = &t->verdict;
    v->status = TB_SKIPPED;
    t->finished = true;
    snprintf(v->target, sizeof v->target, "%s", t->subject->name);
    snprintf(v->case_id, sizeof v->case_id, "%s", t->planned->id);
    snprintf(v->reason, sizeof v->reason, "%.511s", why);
}

/* Whether a case is swept whole. Small domains always are; large ones unless the options or the subject say
 * otherwise. */
static bool sweeps_all(const struct tb_planned *p, const struct tb_subject *s, const struct tb_options *o) {
    if (p->problem || !tb_plan_sweeps(&p->c, o->nan_level) ||
        (o->staircases_only && !tb_case_has_staircase(&p->c)))
        return false;
    if (s->kind == TB_SUBJECT_RECORDED)
        return tb_case_has_staircase(&p->c) && tb_recording_find(s->recording, p->id)->staircase.count != 0;
    if (tb_case_input(&p->c)->bits <= 24)
        return true;
    return o->exhaustive || (!o->sampled && (o->suite == TB_FULL || !s->sampled));
}

static const struct tb_condition *condition_named(const char *name) {
    for (int i = 0; name && i < TB_CONDITIONS; i++)
        if (strcmp(tb_conditions[i].name, name) == 0)
            return &tb_conditions[i];
    return NULL;
}

static void add_trial(struct tb_trials *out, struct tb_planned *p, const struct tb_subject *s,
                      const struct tb_plan *plan, const struct tb_options *o) {
    struct tb_trial *t = &out->list[out->count++];
    *t = (struct tb_trial){
        .planned = p, .subject = s, .nan_level = plan->nan_level, .condition = condition_named(o->condition)};
    t->exhaustive = sweeps_all(p, s, o);
    const struct tb_answers *recorded =
        s->kind == TB_SUBJECT_RECORDED ? tb_recording_find(s->recording, p->id) : NULL;
    if (recorded && recorded->vectors.count)
        t->given = &recorded->vectors;
    if (recorded && recorded->records.count)
        t->given_records = &recorded->records;
    if (s->unavailable[0]) {
        skip(t, s->unavailable);
        return;
    }
    p->wanted = true;
    p->wants_sample |= !t->exhaustive;
}

bool tb_trials_make(struct tb_plan *plan, const struct tb_subjects *s, const struct tb_options *o,
                    struct tb_trials *out, struct tb_error *error) {
    struct tb_environment ignored;
    if (o->condition && !tb_environment_condition(o->condition, &ignored, error))
        return false;
    unsigned char *offered = calloc(s->count * plan->count + 1, 1);
    out->list = calloc(s->count * plan->count + 1, sizeof *out->list);
    out->started = now();
    if (!offered || !out->list)
        abort();
    bool ok = true;
    for (size_t i = 0; i < s->count && ok; i++)
        ok = subject_offers(plan, s, i, offered, error);
    for (size_t c = 0; c < plan->count && ok; c++)
        for (size_t i = 0; i < s->count; i++)
            if (offered[i * plan->count + c])
                add_trial(out, &plan->cases[c], &s->list[i], plan, o);
    free(offered);
    return ok;
}

/* ---- Running. ---- */

struct running {
    struct tb_trial **trials; /* by job */
    struct tb_progress progress;
};

/* Recorded inputs for which there are no expected answers: a problem's are not judged, without blame. */
static void refuse(struct tb_trial *t, const struct tb_error *error) {
    skip(t, tb_pool_stopped() ? "interrupted before its turn came" : error->text);
    if (!tb_pool_stopped() && error->code != TB_EXIT_TARGET)
        t->verdict.status = TB_CRASHED;
}

static void finished(struct tb_job *job, size_t index, void *context) {
    struct running *r = context;
    struct tb_trial *t = r->trials[index];
    if (job->outcome == TB_JOB_STOPPED)
        skip(t, job->reason);
    else
        tb_trial_finish(t, job);
    free(job->output);
    job->output = NULL;
    tb_progress_done(&r->progress);
}

static void ticked(struct tb_job *jobs, size_t count, void *context) {
    struct running *r = context;
    uint64_t inputs = 0;
    for (size_t i = 0; i < count; i++)
        inputs += jobs[i].progress;
    tb_progress_show(&r->progress, inputs);
}

uint64_t tb_trial_inputs(const struct tb_trial *t) {
    if (t->planned->problem)
        return tb_problem_inputs(tb_trial_problem(t));
    return t->exhaustive ? tb_case_inputs(&t->planned->c) : tb_trial_sample(t)->count;
}

struct explaining {
    struct tb_trials *trials;
    atomic_size_t next;
    pthread_t teller; /* the thread that shows the progress */
    struct tb_progress progress;
};

static void *explain_some(void *context) {
    struct explaining *e = context;
    for (size_t i; (i = atomic_fetch_add(&e->next, 1)) < e->trials->count;) {
        struct tb_trial *t = &e->trials->list[i];
        tb_trial_explain(t);
        if (t->record.stretch_count > TB_RUNS_KEPT && !t->keep_record)
            tb_record_free(&t->record);
        if (pthread_equal(pthread_self(), e->teller))
            tb_progress_explained(&e->progress, i + 1);
    }
    return NULL;
}

/* Attribution is this machine's work alone: more threads than that gain nothing, whatever --jobs says. */
#define MOST_THREADS 64

static void explain_all(struct tb_trials *t, unsigned threads) {
    struct explaining e = {.trials = t, .teller = pthread_self()};
    pthread_t thread[MOST_THREADS];
    unsigned started = 0;
    tb_progress_start(&e.progress, t->count, 0);
    while (started + 1 < threads && started < MOST_THREADS &&
           pthread_create(&thread[started], NULL, explain_some, &e) == 0)
        started++;
    explain_some(&e);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    tb_progress_end(&e.progress);
}

/* A target that never returns should not hold up a run for long; 2^32 inputs at 100 ns take 430 s. */
static double default_limit(const struct tb_trial *t) {
    return tb_trial_inputs(t) > UINT64_C(1) << 20 ? 600 : 60;
}

/* The longest first: what starts last should not be what takes longest. */
static int by_inputs(const void *a, const void *b) {
    uint64_t x = tb_trial_inputs(*(struct tb_trial *const *)a),
             y = tb_trial_inputs(*(struct tb_trial *const *)b);
    return x != y ? (x < y) - (x > y) : *(struct tb_trial *const *)a < *(struct tb_trial *const *)b ? -1 : 1;
}

void tb_trials_sweep(struct tb_trials *t, const struct tb_options *o) {
    struct tb_job *jobs = calloc(t->count + 1, sizeof *jobs);
    struct running r = {.trials = calloc(t->count + 1, sizeof *r.trials)};
    size_t count = 0;
    if (!jobs || !r.trials)
        abort();
    for (size_t i = 0; i < t->count; i++) {
        struct tb_error error;
        if (!t->list[i].finished && !tb_trial_adopt(&t->list[i], &error))
            refuse(&t->list[i], &error);
        if (!t->list[i].finished)
            r.trials[count++] = &t->list[i];
    }
    qsort(r.trials, count, sizeof *r.trials, by_inputs);
    uint64_t inputs = 0;
    for (size_t i = 0; i < count; i++) {
        jobs[i] = (struct tb_job){.work = tb_trial_work,
                                  .context = r.trials[i],
                                  .limit_seconds = o->limit > 0 ? o->limit : default_limit(r.trials[i]),
                                  .start_before = o->budget > 0 ? t->started + o->budget : 0};
        inputs += tb_trial_inputs(r.trials[i]);
    }
    tb_progress_start(&r.progress, count, inputs);
    tb_pool_run_watched(jobs, count, tb_parallel(o), finished, ticked, &r);
    tb_progress_end(&r.progress);
    free(r.trials);
    free(jobs);
}

void tb_trials_run(struct tb_trials *t, const struct tb_options *o) {
    tb_trials_sweep(t, o);
    explain_all(t, tb_parallel(o));
}

void tb_trials_free(struct tb_trials *t) {
    for (size_t i = 0; i < t->count; i++)
        tb_trial_drop(&t->list[i]);
    free(t->list);
    *t = (struct tb_trials){0};
}
