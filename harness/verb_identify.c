/* tiebreak identify: which tensor-core arithmetic a target computes, from its answers alone. */
#include "harness/identify_words.h"
#include "harness/pool.h"
#include "harness/problem_plan.h"
#include "harness/trials.h"
#include "vectors/problem_kinds.h"

#include <stdlib.h>
#include <string.h>

/* ---- In the child: the target is opened and asked. ---- */

struct asking {
    const struct tb_subject *subject;
    struct tb_planned_problem *q;
};

struct told {
    int offered;
    struct tb_identity found;
};

static void work(void *context, FILE *out) {
    const struct asking *a = context;
    struct tb_request request = tb_problem_request(a->q);
    struct tb_kernel kernel;
    struct tb_error error;
    static struct told told;
    told.offered = tb_subject_open_request(a->subject, &request, &kernel, &error);
    if (told.offered < 0)
        tb_job_fail("%s", error.text);
    if (told.offered) {
        const struct tb_kernel watched = tb_kernel_watched(&kernel);
        tb_identify(&watched, &a->q->p, &told.found);
    }
    fwrite(&told, sizeof told, 1, out);
}

/* ---- In the parent. ---- */

struct tally {
    size_t offered, unexplained, failed;
    json_t *list; /* NULL for text */
};

static void report(struct tally *t, const struct asking *a, const struct tb_identity *found) {
    t->unexplained += found->outcome != TB_FITTED;
    if (t->list)
        json_array_append_new(t->list, tb_identity_json(&a->q->p, a->subject->name, found));
    else {
        if (t->offered)
            puts("");
        tb_identity_print(stdout, &a->q->p, a->subject->name, found);
        fflush(stdout);
    }
    t->offered++;
}

static void identify(struct tally *t, const struct tb_subject *s, const char *id, double limit) {
    struct asking a = {s, tb_planned_problem(id, NULL)};
    struct tb_job job = {.work = work, .context = &a, .limit_seconds = limit};
    struct told told;
    tb_pool_run(&job, 1, 1, NULL, NULL);
    if (job.outcome != TB_JOB_DONE || job.output_size != sizeof told) {
        fprintf(stderr, "tiebreak: %s on %s: %s\n", s->name, id, job.reason);
        t->failed++;
    } else {
        memcpy(&told, job.output, sizeof told);
        if (told.offered)
            report(t, &a, &told.found);
    }
    free(job.output);
    tb_planned_problem_free(a.q);
}

static bool check_case(const char *id, struct tb_error *error) {
    struct tb_problem p;
    if (!tb_problem_parse(id, &p, error))
        return false;
    if (strcmp(p.kind->operation, "mma") != 0)
        return tb_fail(error, TB_EXIT_USAGE, "identify takes cases of mma, not %s: `tiebreak list cases`",
                       p.id);
    if (tb_problem_number(&p, "k") > TB_IDENTIFY_LONGEST)
        return tb_fail(error, TB_EXIT_USAGE, "%s: identify takes k up to %d", p.id, TB_IDENTIFY_LONGEST);
    return true;
}

static bool check(const struct tb_options *o, const struct tb_subjects *s, struct tb_error *error) {
    if (!o->targets.count && !o->plugins.count && !o->commands.count)
        return tb_fail(error, TB_EXIT_USAGE,
                       "identify takes a target: tiebreak identify --target T [CASE...]");
    for (size_t i = 0; i < o->words.count; i++)
        if (!check_case(o->words.word[i], error))
            return false;
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].kind == TB_SUBJECT_RECORDED)
            return tb_fail(error, TB_EXIT_USAGE, "%s is a recording, which cannot be asked", s->list[i].name);
    return true;
}

static void identify_all(struct tally *t, const struct tb_subjects *s, const struct tb_options *o) {
    double limit = o->limit > 0 ? o->limit : 600;
    for (size_t i = 0; i < s->count; i++) {
        const struct tb_subject *subject = &s->list[i];
        if (subject->unavailable[0]) {
            fprintf(stderr, "tiebreak: %s cannot run here: %s\n", subject->name, subject->unavailable);
            t->failed++;
            continue;
        }
        for (size_t j = 0; j < o->words.count; j++)
            identify(t, subject, o->words.word[j], limit);
        for (const char *const *id = tb_problem_mma.suite; *id && !o->words.count; id++)
            identify(t, subject, *id, limit);
    }
}

int tb_verb_identify(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    struct tb_error error;
    struct tally t = {.list = o->json ? json_array() : NULL};
    bool ok = tb_choose_subjects(o, &subjects, &error) && check(o, &subjects, &error);
    if (ok)
        identify_all(&t, &subjects, o);
    if (ok && !t.offered && !t.failed)
        ok = tb_fail(&error, TB_EXIT_USAGE,
                     "%s offers none of these cases: `tiebreak list cases --suite arithmetic` shows mma/...",
                     subjects.list[0].name);
    if (t.list && t.offered) {
        json_dumpf(t.list, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        puts("");
    }
    json_decref(t.list);
    tb_subjects_free(&subjects);
    return !ok ? tb_complain(&error) : t.failed ? TB_EXIT_TARGET : t.unexplained ? TB_EXIT_DIVERGES : TB_OK;
}
