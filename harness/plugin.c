#include "harness/plugin.h"
#include "harness/pool.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_SECONDS 60.0 /* a runtime that reads its kernels from disk takes some */
#define MOST_TARGETS 4096u

typedef const struct tb_target *const *targets_fn(uint32_t abi);

bool tb_target_name_valid(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._/+-";
    size_t length = strlen(name);
    const char *slash = strchr(name, '/');
    return length < TB_TARGET_NAME && strspn(name, allowed) == length && slash && slash != name &&
           name[length - 1] != '/' && !strstr(name, "//");
}

/* Loads and checks the object. *count: its targets. */
static const struct tb_target *const *load(const char *path, size_t *count, struct tb_error *error) {
    char absolute[PATH_MAX];
    if (!realpath(path, absolute)) {
        tb_fail(error, TB_EXIT_USAGE, "plug-in '%s' cannot be opened: %m: check the path", path);
        return NULL;
    }
    void *object = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        tb_fail(error, TB_EXIT_USAGE,
                "plug-in '%s' cannot be loaded: %s: build it with cc -shared -fPIC, for this machine", path,
                dlerror());
        return NULL;
    }
    void *symbol = dlsym(object, "tiebreak_targets");
    targets_fn *targets;
    if (!symbol) {
        tb_fail(error, TB_EXIT_USAGE,
                "plug-in '%s' has no symbol tiebreak_targets: see targets/target.h; in C++ it must be extern "
                "\"C\"",
                path);
        return NULL;
    }
    memcpy(&targets, &symbol, sizeof targets); /* ISO C has no cast from object to function pointer */
    const struct tb_target *const *list = targets(TIEBREAK_TARGET_ABI);
    if (!list) {
        tb_fail(error, TB_EXIT_USAGE, "plug-in '%s' does not support version %u of the target interface",
                path, TIEBREAK_TARGET_ABI);
        return NULL;
    }
    for (*count = 0; list[*count] && *count < MOST_TARGETS; ++*count)
        ;
    if (!*count) {
        tb_fail(error, TB_EXIT_USAGE, "plug-in '%s' lists no target", path);
        return NULL;
    }
    return list;
}

static bool check_targets(const char *path, const struct tb_target *const *list, size_t count,
                          struct tb_error *error) {
    for (size_t i = 0; i < count; i++) {
        const struct tb_target *t = list[i];
        if (t->abi != TIEBREAK_TARGET_ABI)
            return tb_fail(error, TB_EXIT_USAGE,
                           "plug-in '%s': target %zu was built for version %u of the interface, expected %u",
                           path, i, t->abi, TIEBREAK_TARGET_ABI);
        if (!t->name || !tb_target_name_valid(t->name))
            return tb_fail(
                error, TB_EXIT_USAGE,
                "plug-in '%s': target %zu has the name '%s': expected family/name of [a-z0-9._/+-]", path, i,
                t->name ? t->name : "");
        if (!t->open)
            return tb_fail(error, TB_EXIT_USAGE, "plug-in '%s': target '%s' has no open function", path,
                           t->name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(list[k]->name, t->name) == 0)
                return tb_fail(error, TB_EXIT_USAGE, "plug-in '%s' lists target '%s' twice", path, t->name);
    }
    return true;
}

const struct tb_target *tb_plugin_load(const char *path, const char *name, struct tb_error *error) {
    size_t count;
    const struct tb_target *const *list = load(path, &count, error);
    if (!list || !check_targets(path, list, count, error))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    tb_fail(error, TB_EXIT_USAGE, "plug-in '%s' has no target '%s'", path, name);
    return NULL;
}

struct question {
    const char *path;
    const struct tb_request *requests;
    size_t request_count;
    bool unavailable_too;
};

/* What the child sends: this head, count infos, then count * request_count bytes. Or the head alone, with an
 * error. */
struct answer {
    struct tb_error error;
    bool good;
    size_t count;
};

static void copy(char *to, size_t size, const char *text) {
    snprintf(to, size, "%s", text ? text : "");
}

void tb_target_describe(const struct tb_target *t, struct tb_target_info *info) {
    struct tb_provenance from = {0};
    memset(info, 0, sizeof *info);
    tb_job_note("in unavailable() of %s", t->name);
    copy(info->unavailable, sizeof info->unavailable, t->unavailable ? t->unavailable() : NULL);
    copy(info->name, sizeof info->name, t->name);
    copy(info->summary, sizeof info->summary, t->summary);
    tb_job_note("in provenance() of %s", t->name);
    if (t->provenance && !info->unavailable[0])
        t->provenance(&from);
    copy(info->device, sizeof info->device, from.device);
    copy(info->driver, sizeof info->driver, from.driver);
    copy(info->compiler, sizeof info->compiler, from.compiler);
    copy(info->flags, sizeof info->flags, from.flags);
}

static unsigned char ask(const struct tb_target *t, const struct tb_request *request) {
    struct tb_kernel kernel = {0};
    tb_job_note("in open() of %s for %s", t->name, request->case_id);
    if (!t->open(request, &kernel))
        return 0;
    if (t->close)
        t->close(&kernel);
    return 1;
}

static void probe(void *context, FILE *out) {
    const struct question *question = context;
    struct answer answer = {0};
    tb_job_note("while it was loaded");
    const struct tb_target *const *list = load(question->path, &answer.count, &answer.error);
    answer.good = list && check_targets(question->path, list, answer.count, &answer.error);
    fwrite(&answer, sizeof answer, 1, out);
    if (!answer.good)
        return;
    struct tb_target_info *infos = calloc(answer.count, sizeof *infos);
    if (!infos)
        tb_job_fail("out of memory");
    for (size_t i = 0; i < answer.count; i++)
        tb_target_describe(list[i], &infos[i]);
    fwrite(infos, sizeof *infos, answer.count, out);
    for (size_t i = 0; i < answer.count; i++)
        for (size_t r = 0; r < question->request_count; r++)
            fputc(infos[i].unavailable[0] && !question->unavailable_too
                      ? 0
                      : ask(list[i], &question->requests[r]),
                  out);
    free(infos);
}

/* Takes the child's stream apart into two arrays of their own. */
static bool take_answer(const struct tb_job *job, const struct question *question,
                        struct tb_target_info **targets, size_t *count, unsigned char **offered,
                        struct tb_error *error) {
    struct answer answer;
    if (job->output_size < sizeof answer)
        return tb_fail(error, TB_EXIT_TARGET, "plug-in '%s' gave no answer", question->path);
    memcpy(&answer, job->output, sizeof answer);
    if (!answer.good) {
        if (error)
            *error = answer.error;
        return false;
    }
    size_t infos = answer.count * sizeof **targets, asked = answer.count * question->request_count;
    if (job->output_size != sizeof answer + infos + asked)
        return tb_fail(error, TB_EXIT_TARGET, "plug-in '%s' gave half an answer", question->path);
    *targets = malloc(infos);
    *offered = malloc(asked ? asked : 1);
    if (!*targets || !*offered) {
        free(*targets);
        free(*offered);
        return tb_fail(error, TB_EXIT_SYSTEM, "out of memory for the targets of plug-in '%s'",
                       question->path);
    }
    memcpy(*targets, job->output + sizeof answer, infos);
    memcpy(*offered, job->output + sizeof answer + infos, asked);
    *count = answer.count;
    return true;
}

bool tb_plugin_offers(const char *path, const struct tb_request *requests, size_t request_count,
                      bool unavailable_too, struct tb_target_info **targets, size_t *count,
                      unsigned char **offered, struct tb_error *error) {
    struct question question = {path, requests, request_count, unavailable_too};
    struct tb_job job = {.work = probe, .context = &question, .limit_seconds = LOAD_SECONDS};
    tb_pool_run(&job, 1, 1, NULL, NULL);
    bool good = job.outcome == TB_JOB_DONE;
    if (good)
        good = take_answer(&job, &question, targets, count, offered, error);
    else
        tb_fail(error, TB_EXIT_TARGET, "plug-in '%s': %s", path, job.reason);
    free(job.output);
    return good;
}

bool tb_plugin_list(const char *path, struct tb_target_info **targets, size_t *count,
                    struct tb_error *error) {
    unsigned char *offered;
    if (!tb_plugin_offers(path, NULL, 0, false, targets, count, &offered, error))
        return false;
    free(offered);
    return true;
}
