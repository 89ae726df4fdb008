/* tiebreak gpu-check: the CUDA targets on this machine's GPU, over every input of every case that they offer,
 * and the golden records of every problem. Verdicts as `run` gives them, times on the device, and a recording
 * a target, to be judged anywhere. */
#include "harness/facts.h"
#include "harness/folder.h"
#include "harness/print.h"
#include "harness/record.h"
#include "vectors/atomic_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct check {
    struct tb_options o;
    const char *folder;
    struct tb_plan plan;
    struct tb_subjects subjects;
    struct tb_trials trials;
    struct tb_results results;
    size_t written; /* recordings */
};

/* ---- Who is checked. ---- */

/* Prints the subjects that cannot run, each family and reason once; returns the number of those that can. */
static size_t print_skipped(const struct tb_subjects *s) {
    char name[96];
    size_t can = 0;
    for (size_t i = 0, count; i < s->count; i += count ? count : 1) {
        count = tb_subjects_not_run(s, i, name);
        can += count == 0;
        if (count)
            printf("skipped    %-34s %s\n", name, s->list[i].unavailable);
    }
    return can;
}

/* The plug-in's targets, of which one at least can run: *can. */
static bool choose(struct check *k, size_t *can, struct tb_error *error) {
    static const struct tb_words all_cuda = {1, {"cuda/*"}};
    *can = 0;
    if (!k->o.plugins.count && !tb_cuda_plugin()) {
        printf("skipped    %-34s %s\n", "cuda/*",
               "this build has no CUDA targets: no nvcc that works was found when it was configured");
        return true;
    }
    if (!k->o.targets.count && !k->o.plugins.count)
        k->o.targets = all_cuda;
    if (!tb_choose_subjects(&k->o, &k->subjects, error))
        return false;
    size_t kept = 0; /* only what came from a plug-in: the CPU's own targets have `run` */
    for (size_t i = 0; i < k->subjects.count; i++)
        if (k->subjects.list[i].kind == TB_SUBJECT_PLUGIN)
            k->subjects.list[kept++] = k->subjects.list[i];
    k->subjects.count = kept;
    if (!kept)
        return tb_fail(error, TB_EXIT_USAGE, "no target of a plug-in matches --target '%.60s'",
                       k->o.targets.word[0]);
    *can = print_skipped(&k->subjects);
    return true;
}

/* ---- Recordings: a file a target. ---- */

/* "NVIDIA H100 80GB HBM3, compute ..." as "nvidia-h100-80gb-hbm3". */
static void slug(const char *text, char *out, size_t size) {
    size_t n = 0;
    for (; *text && *text != ',' && n + 1 < size; text++)
        if (isalnum((unsigned char)*text))
            out[n++] = (char)tolower((unsigned char)*text);
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    while (n && out[n - 1] == '-')
        n--;
    out[n] = 0;
}

static bool write_recording(struct check *k, const struct tb_subject *subject, struct tb_error *error) {
    struct tb_recording r = {0};
    char device[96], target[96], path[1024];
    bool ok = true;
    tb_recording_describe(&r.info, subject);
    slug(r.info.device, device, sizeof device);
    slug(subject->name, target, sizeof target);
    snprintf(path, sizeof path, "%s/%s.%s.safetensors", k->folder, device, target);
    for (size_t i = 0; ok && i < k->trials.count; i++) {
        const struct tb_trial *t = &k->trials.list[i];
        if (t->subject == subject && !t->dropped && !tb_recording_refusal(t))
            ok = tb_recording_add_trial(&r, t, error) != NULL;
    }
    if (ok && r.count) {
        ok = tb_recording_write(path, &r, error);
        k->written += ok;
        if (ok)
            printf("recorded   %s: %zu case%s\n", path, r.count, r.count == 1 ? "" : "s");
    }
    tb_recording_free(&r);
    return ok;
}

static bool write_recordings(struct check *k, struct tb_error *error) {
    for (size_t i = 0; i < k->subjects.count; i++)
        if (!k->subjects.list[i].unavailable[0] && !write_recording(k, &k->subjects.list[i], error))
            return false;
    return true;
}

/* ---- The table of times. ---- */

static void print_row(const struct tb_trial *t) {
    const struct tb_device_times *d = &t->times;
    char inputs[48];
    tb_print_count(t->verdict.inputs, inputs, sizeof inputs);
    printf("%-44s %-20s %13s  %-10s", t->planned->id, t->subject->name, inputs,
           tb_status_names[t->verdict.status]);
    if (d->checked > 0 && d->unchecked > 0)
        printf(" %9.3f %9.3f  %5.2f\n", 1e3 * d->checked, 1e3 * d->unchecked, d->checked / d->unchecked);
    else
        printf(" %9s %9s  %5s\n", "-", "-", "-");
}

static void print_table(const struct check *k) {
    double slowest = 0, ratio = 0;
    printf("\n%-44s %-20s %13s  %-10s %9s %9s  %5s\n", "case", "target", "inputs", "verdict", "check ms",
           "convert", "ratio");
    for (size_t i = 0; i < k->trials.count; i++) {
        const struct tb_trial *t = &k->trials.list[i];
        if (t->dropped || t->verdict.status == TB_SKIPPED)
            continue;
        print_row(t);
        slowest = t->times.checked > slowest ? t->times.checked : slowest;
        if (t->times.unchecked > 0 && t->times.checked / t->times.unchecked > ratio)
            ratio = t->times.checked / t->times.unchecked;
    }
    if (slowest > 0)
        printf("\nslowest check %.3f ms, largest ratio to a kernel that converts without checking %.2f\n",
               1e3 * slowest, ratio);
}

/* The same as a file, in seconds; 0 where no time was taken. */
static bool write_times(const struct check *k, struct tb_error *error) {
    struct tb_atomic file = {0};
    char path[1024];
    snprintf(path, sizeof path, "%s/times.tsv", k->folder);
    FILE *out = tb_atomic_open(&file, path, error);
    if (!out)
        return false;
    fputs("case\ttarget\tinputs\tverdict\tcheck\tconvert\n", out);
    for (size_t i = 0; i < k->trials.count; i++) {
        const struct tb_trial *t = &k->trials.list[i];
        if (!t->dropped && t->verdict.status != TB_SKIPPED)
            fprintf(out, "%s\t%s\t%" PRIu64 "\t%s\t%.7f\t%.7f\n", t->planned->id, t->subject->name,
                    t->verdict.inputs, tb_status_names[t->verdict.status], t->times.checked,
                    t->times.unchecked);
    }
    return tb_atomic_commit(&file, error);
}

/* ---- The whole. ---- */

static void collect(struct check *k) {
    struct tb_results *r = &k->results;
    r->verdicts = calloc(k->trials.count + 1, sizeof *r->verdicts);
    if (!r->verdicts)
        abort();
    for (size_t i = 0; i < k->trials.count; i++)
        if (!k->trials.list[i].dropped)
            r->verdicts[r->verdict_count++] = k->trials.list[i].verdict;
    tb_results_sort(r);
    tb_facts_add(r, &k->plan, &k->subjects, NULL);
}

static bool check(struct check *k, struct tb_error *error) {
    struct tb_options *o = &k->o;
    enum tb_suite suite = o->suite_given ? o->suite : TB_FULL;
    if (!tb_folder_prepare(k->folder, error) ||
        !tb_plan_make(&k->plan, suite, o->words.word, o->words.count, error) ||
        !tb_plan_certain_only(&k->plan, "gpu-check", o->words.count > 0, error) ||
        !tb_trials_make(&k->plan, &k->subjects, o, &k->trials, error) ||
        !tb_plan_golden(&k->plan, tb_parallel(&(struct tb_options){0}), error))
        return false;
    for (size_t i = 0; i < k->trials.count; i++)
        k->trials.list[i].measure = k->trials.list[i].keep_record = true;
    tb_trials_sweep(&k->trials, o);
    if (!write_recordings(k, error))
        return false;
    for (size_t i = 0; i < k->trials.count; i++)
        tb_trial_explain(&k->trials.list[i]);
    print_table(k);
    collect(k);
    return write_times(k, error) && tb_folder_write(&k->results, k->folder, error);
}

static int finish(const struct check *k) {
    fputs("\n", stdout);
    tb_print_verdicts(stdout, &k->results);
    fputs("\n", stdout);
    tb_print_totals(stdout, &k->results);
    printf("report     %s/report.html\n", k->folder);
    return tb_results_exit(&k->results);
}

int tb_verb_gpu_check(const struct tb_options *given) {
    static struct check k;
    struct tb_error error;
    size_t can;
    int code = TB_OK;
    k.o = *given;
    k.o.jobs = 1; /* one kernel at a time on the device, or the times are those of two */
    k.o.exhaustive = k.o.staircases_only = true;
    k.folder = given->output ? given->output : "tiebreak-gpu";
    k.plan.nan_level = given->nan_level;
    k.results = (struct tb_results){.tool = "tiebreak " TB_VERSION, .command = "tiebreak gpu-check"};
    snprintf(k.results.suite, sizeof k.results.suite, "%s",
             tb_suite_words[given->suite_given ? given->suite : TB_FULL].name);
    snprintf(k.results.nan_level, sizeof k.results.nan_level, "%s",
             tb_nan_level_words[given->nan_level].name);
    bool ok = choose(&k, &can, &error);
    if (ok && can)
        ok = check(&k, &error);
    if (!ok)
        tb_folder_take_back(k.folder);
    if (ok)
        code = can ? finish(&k) : (puts("nothing was checked: no GPU can be used here"), TB_OK);
    for (size_t i = 0; !k.results.verdicts && i < k.trials.count; i++)
        tb_verdict_free(&k.trials.list[i].verdict);
    tb_trials_free(&k.trials);
    tb_results_free(&k.results);
    tb_plan_free(&k.plan);
    tb_subjects_free(&k.subjects);
    return ok ? code : tb_complain(&error);
}
