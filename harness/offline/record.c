/* tiebreak-record: what one target does, on a machine that has nothing but this file.
 *
 *   tiebreak-record --target NAME [--inputs FILE...] -o FILE [CASE-GLOB...]
 *   tiebreak-record --list
 *
 * Runs the target on every input of each case and writes the runs of its outputs, with the facts of this
 * machine, as `tiebreak record` does; `tiebreak run --recorded FILE` judges them anywhere. No exact answer is
 * needed for that, hence no MPFR. Where all inputs are too many, and for operations on arrays, those of a
 * file that `tiebreak vectors` or `tiebreak record` wrote are taken: --inputs. */
#include "harness/machine.h"
#include "harness/offline/outputs.h"
#include "harness/pool.h"
#include "targets/families.h"
#include "vectors/atomic_file.h"

#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASE_SECONDS 3600.0
#define MOST_FILES   64

static const struct tb_target *const *const families[] = {
#ifdef TB_OFFLINE_CUDA
    NULL, /* the plug-in's list, which is linked in */
#endif
    tb_portable_targets,
    tb_x86_targets,
    tb_arm_targets,
    tb_compiler_targets,
    tb_nvidia_targets,
    tb_flags_targets,
};
enum { FAMILIES = sizeof families / sizeof families[0] };

static const struct tb_target *const *family(size_t i) {
#ifdef TB_OFFLINE_CUDA
    if (i == 0)
        return tiebreak_targets(TIEBREAK_TARGET_ABI);
#endif
    return families[i];
}

static int complain(const struct tb_error *error) {
    fprintf(stderr, "tiebreak-record: %s\n", error->text);
    return (int)error->code;
}

/* ---- The target, asked in children: a runtime must not start in the parent of those that follow. ---- */

struct facts {
    char unavailable[256], device[256], driver[128], compiler[256], flags[1024];
};

static void copy(char *to, size_t size, const char *text) {
    snprintf(to, size, "%s", text ? text : "");
}

static void tell(void *context, FILE *out) {
    const struct tb_target *t = context;
    static struct facts facts;
    struct tb_provenance from = {0};
    copy(facts.unavailable, sizeof facts.unavailable, t->unavailable ? t->unavailable() : NULL);
    if (t->provenance && !facts.unavailable[0])
        t->provenance(&from);
    copy(facts.device, sizeof facts.device, from.device);
    copy(facts.driver, sizeof facts.driver, from.driver);
    copy(facts.compiler, sizeof facts.compiler, from.compiler);
    copy(facts.flags, sizeof facts.flags, from.flags);
    fwrite(&facts, sizeof facts, 1, out);
}

static bool ask(const struct tb_target *t, struct facts *facts, struct tb_error *error) {
    struct tb_job job = {.work = tell, .context = (void *)(uintptr_t)t, .limit_seconds = 60};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    bool ok = job.outcome == TB_JOB_DONE && job.output_size == sizeof *facts;
    if (ok)
        memcpy(facts, job.output, sizeof *facts);
    free(job.output);
    return ok || tb_fail(error, TB_EXIT_TARGET, "%s: %s", t->name, job.reason);
}

static const struct tb_target *find_target(const char *name, struct tb_error *error) {
    for (size_t f = 0; f < FAMILIES; f++)
        for (const struct tb_target *const *t = family(f); *t; t++)
            if (strcmp((*t)->name, name) == 0)
                return *t;
    tb_fail(error, TB_EXIT_USAGE, "there is no target '%.96s': tiebreak-record --list shows all", name);
    return NULL;
}

static int list_targets(void) {
    struct facts facts;
    struct tb_error error;
    for (size_t f = 0; f < FAMILIES; f++)
        for (const struct tb_target *const *t = family(f); *t; t++) {
            if (!ask(*t, &facts, &error))
                return complain(&error);
            printf("%-28s %s\n", (*t)->name, facts.unavailable[0] ? facts.unavailable : (*t)->summary);
        }
    return TB_OK;
}

/* ---- The cases. ---- */

static bool matches(const char *id, char **globs, int count) {
    for (int i = 0; i < count; i++)
        if (tb_glob(globs[i], id))
            return true;
    return count == 0;
}

/* Appends a job's description; ids that are there already are left alone. */
static void add(struct tb_offline *o, const struct tb_offline_case *job) {
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->list[i].id, job->id) == 0)
            return;
    if (o->count == o->capacity) {
        o->capacity = o->capacity ? 2 * o->capacity : 256;
        o->list = realloc(o->list, o->capacity * sizeof *o->list);
        if (!o->list)
            abort();
    }
    o->list[o->count] = *job;
    o->list[o->count++].target = o->target;
}

static void add_case(struct tb_offline *o, const struct tb_case *c, const struct tb_vectors *inputs) {
    struct tb_offline_case one = {.c = *c, .inputs = inputs};
    tb_case_print(c, one.id);
    add(o, &one);
}

/* A case or a problem of a file, with its inputs where it lists them. */
static void add_answers(struct tb_offline *o, const struct tb_answers *a) {
    struct tb_offline_case problem = {.given = &a->records};
    struct tb_case c;
    memcpy(problem.id, a->case_id, sizeof problem.id);
    if (a->records.count)
        add(o, &problem);
    else if (tb_case_parse(a->case_id, &c, NULL))
        add_case(o, &c, a->vectors.count ? &a->vectors : NULL);
}

/* A suite's cases, those of the files, and globs that are the id of a case. */
static void choose_cases(struct tb_offline *o, const struct tb_recording *files, size_t file_count,
                         char **globs, int glob_count) {
    size_t count;
    struct tb_case c, *suite = tb_suite_cases(glob_count ? TB_QUANTIZERS : TB_STANDARD, &count);
    char id[TB_CASE_ID];
    for (size_t f = 0; f < file_count; f++)
        for (size_t i = 0; i < files[f].count; i++)
            if (matches(files[f].answers[i].case_id, globs, glob_count))
                add_answers(o, &files[f].answers[i]);
    for (size_t i = 0; i < count; i++) {
        tb_case_print(&suite[i], id);
        if (matches(id, globs, glob_count) && tb_case_has_staircase(&suite[i]))
            add_case(o, &suite[i], NULL);
    }
    for (int i = 0; i < glob_count; i++) {
        o->problem_asked |= tb_problem_is(globs[i]);
        if (tb_case_parse(globs[i], &c, NULL) && tb_case_has_staircase(&c))
            add_case(o, &c, NULL);
    }
    free(suite);
}

/* ---- The recording. ---- */

static void describe(struct tb_file_info *info, const struct tb_target *t, const struct facts *facts) {
    time_t now = time(NULL);
    struct tm day;
    *info = (struct tb_file_info){.kind = TB_FILE_RECORDED};
    snprintf(info->tool, sizeof info->tool, "tiebreak-record %s", TB_VERSION);
    snprintf(info->target, sizeof info->target, "%s", t->name);
    memcpy(info->device, facts->device, sizeof info->device);
    if (!facts->device[0])
        tb_machine_line(info->device, sizeof info->device);
    memcpy(info->driver, facts->driver, sizeof info->driver);
    copy(info->compiler, sizeof info->compiler, facts->compiler[0] ? facts->compiler : TB_COMPILER);
    copy(info->flags, sizeof info->flags, facts->flags[0] ? facts->flags : TB_FLAGS);
    strftime(info->date, sizeof info->date, "%Y-%m-%d", gmtime_r(&now, &day));
}

static void print_recorded(const struct tb_offline_case *one) {
    const unsigned long long evaluated = one->evaluated;
    if (one->given)
        printf("%-44s %llu outputs of %zu records\n", one->id, evaluated, one->given->count);
    else
        printf("%-44s %llu inputs%s\n", one->id, evaluated, one->inputs ? ", sampled" : "");
}

/* Runs the cases one after the other: a device has no two. *left_out counts those that gave nothing. */
static bool record_cases(struct tb_offline *o, struct tb_recording *r, size_t *left_out,
                         struct tb_error *error) {
    for (size_t i = 0; i < o->count; i++) {
        struct tb_offline_case *one = &o->list[i];
        struct tb_job job = {.work = tb_offline_work, .context = one, .limit_seconds = CASE_SECONDS};
        tb_pool_run(&job, 1, 1, NULL, NULL);
        enum tb_offline_outcome outcome = TB_OFFLINE_FAILED;
        if (job.outcome == TB_JOB_DONE && !tb_offline_take(one, &job, r, &outcome, error)) {
            free(job.output);
            return false;
        }
        free(job.output);
        if (outcome == TB_OFFLINE_FAILED)
            fprintf(stderr, "tiebreak-record: %s is not recorded: %s\n", one->id,
                    job.reason[0] ? job.reason : "its answer came in half");
        else if (outcome == TB_OFFLINE_RECORDED)
            print_recorded(one);
        *left_out += outcome == TB_OFFLINE_FAILED;
        fflush(stdout);
    }
    return true;
}

static bool record(struct tb_offline *o, const char *path, struct tb_recording *r, size_t *left_out,
                   struct tb_error *error) {
    struct facts facts;
    if (!ask(o->target, &facts, error))
        return false;
    if (facts.unavailable[0])
        return tb_fail(error, TB_EXIT_TARGET, "%s cannot run here: %s", o->target->name, facts.unavailable);
    describe(&r->info, o->target, &facts);
    if (!tb_atomic_check(path, error) || !record_cases(o, r, left_out, error))
        return false;
    if (!r->count)
        return tb_fail(error, *left_out ? TB_EXIT_TARGET : TB_EXIT_USAGE,
                       *left_out ? "%s gave nothing to record"
                       : o->problem_asked && !o->count
                           ? "%s: operations on arrays take their inputs from a file: --inputs "
                             "FILE, of `tiebreak vectors`"
                           : "%s offers none of these cases",
                       o->target->name);
    return tb_recording_write(path, r, error);
}

/* ---- The command line. ---- */

static int usage(FILE *out, int code) {
    fputs("usage: tiebreak-record --target NAME [--inputs FILE...] -o FILE [CASE-GLOB...]\n"
          "       tiebreak-record --list\n\n"
          "Records what one target does on every input of the cases, to be judged elsewhere:\n"
          "tiebreak run --recorded FILE\n\n"
          "  --target NAME   one of --list\n"
          "  --inputs FILE   the cases of a file of answers, with its inputs where all are too many; and\n"
          "                  operations on arrays, of `tiebreak vectors` or a recording\n"
          "  -o FILE         the recording\n\n"
          "exit: 0 recorded, 2 usage or bad input, 3 the target crashed or could not run, 4 the machine "
          "refused\n",
          out);
    return code;
}

struct arguments {
    const char *target, *output;
    const char *inputs[MOST_FILES];
    size_t input_count;
    bool list, help;
};

/* False where it has said what is wrong. */
static bool parse(int argc, char **argv, struct arguments *a) {
    static const struct option longs[] = {
        {"target", required_argument, NULL, 't'},
        {"inputs", required_argument, NULL, 'i'},
        {"output", required_argument, NULL, 'o'},
        {"list",   no_argument,       NULL, 'l'},
        {"help",   no_argument,       NULL, 'h'},
        {NULL,     0,                 NULL, 0  }
    };
    *a = (struct arguments){0};
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, "ho:", longs, NULL)) != -1;) {
        a->list |= got == 'l';
        a->help |= got == 'h';
        a->target = got == 't' ? optarg : a->target;
        a->output = got == 'o' ? optarg : a->output;
        if (got == '?' || (got == 'i' && a->input_count == MOST_FILES)) {
            fprintf(stderr,
                    "tiebreak-record: '%s' is not an option, lacks its value or is one too many: see "
                    "tiebreak-record -h\n",
                    argv[optind - 1]);
            return false;
        }
        if (got == 'i')
            a->inputs[a->input_count++] = optarg;
    }
    if (!a->list && !a->help && (!a->target || !a->output)) {
        usage(stderr, TB_EXIT_USAGE);
        return false;
    }
    return true;
}

/* Answers of cases, or the golden records of one problem. */
static bool read_inputs(const char *path, struct tb_recording *out, struct tb_error *error) {
    struct tb_safetensors file;
    char id[TB_CASE_ID];
    if (!tb_safetensors_read(path, &file, error))
        return false;
    const char *schema = tb_safetensors_metadata(&file, "schema");
    const bool is_problem = schema && strcmp(schema, TB_PROBLEMS_SCHEMA) == 0;
    tb_safetensors_free(&file);
    if (!is_problem)
        return tb_recording_read(path, out, error);
    struct tb_problem_records records;
    if (!tb_problem_records_read(path, id, &records, error))
        return false;
    struct tb_answers *a = tb_recording_add(out, id);
    if (!a) {
        tb_problem_records_free(&records);
        return tb_fail_memory(error, path);
    }
    a->records = records;
    return true;
}

static int record_all(const struct arguments *a, char **globs, int glob_count) {
    struct tb_recording files[MOST_FILES] =
        {
            {{0}, 0, 0, NULL}
    },
                        r = {0};
    struct tb_offline o = {0};
    struct tb_error error;
    size_t read = 0, left_out = 0;
    bool ok = (o.target = find_target(a->target, &error)) != NULL;
    for (; ok && read < a->input_count; read += ok)
        ok = read_inputs(a->inputs[read], &files[read], &error);
    if (ok) {
        choose_cases(&o, files, read, globs, glob_count);
        ok = record(&o, a->output, &r, &left_out, &error);
    }
    if (ok)
        printf("recorded   %s: %zu case%s of %s\n", a->output, r.count, r.count == 1 ? "" : "s",
               r.info.target);
    for (size_t i = 0; i < read; i++)
        tb_recording_free(&files[i]);
    tb_recording_free(&r);
    free(o.list);
    return !ok ? complain(&error) : left_out ? TB_EXIT_TARGET : TB_OK;
}

/* What could not be written was not told: no exit code of success then. */
static int finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fputs("tiebreak-record: cannot write to standard output: free some space, or write elsewhere\n", stderr);
    return TB_EXIT_SYSTEM;
}

int main(int argc, char **argv) {
    struct arguments a;
    signal(SIGXFSZ, SIG_IGN); /* a file beyond `ulimit -f` is an error of that write, with its message */
    if (sodium_init() < 0)
        return TB_EXIT_SYSTEM;
    if (!parse(argc, argv, &a))
        return TB_EXIT_USAGE;
    if (a.help)
        return finish(usage(stdout, TB_OK));
    return finish(a.list ? list_targets() : record_all(&a, argv + optind, argc - optind));
}
