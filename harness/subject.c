#include "harness/subject.h"

#include "harness/exec_target.h"
#include "harness/plugin.h"
#include "harness/pool.h"
#include "targets/families.h"
#include "vectors/case.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The families of this binary, in listing order. Those without vector code take samples of 2^32 inputs
 * outside the full suite. */
static const struct {
    const struct tb_target *const *targets;
    bool sampled;
} families[] = {
    {tb_portable_targets, true },
    {tb_x86_targets,      false},
    {tb_arm_targets,      false},
    {tb_compiler_targets, true },
    {tb_nvidia_targets,   true },
    {tb_flags_targets,    false},
    {tb_model_targets,    false},
};

static struct tb_subject *add(struct tb_subjects *s, enum tb_subject_kind kind, const char *name) {
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        s->list = realloc(s->list, s->capacity * sizeof *s->list);
        if (!s->list)
            abort();
    }
    struct tb_subject *subject = &s->list[s->count++];
    *subject = (struct tb_subject){.kind = kind};
    snprintf(subject->name, sizeof subject->name, "%s", name);
    return subject;
}

static void add_target(struct tb_subjects *s, enum tb_subject_kind kind, const struct tb_target *target,
                       bool sampled) {
    struct tb_subject *subject = add(s, kind, target->name);
    const char *why = target->unavailable ? target->unavailable() : NULL;
    subject->target = target;
    subject->own = kind == TB_SUBJECT_BUILTIN;
    subject->sampled = sampled;
    snprintf(subject->summary, sizeof subject->summary, "%s", target->summary);
    snprintf(subject->unavailable, sizeof subject->unavailable, "%s", why ? why : "");
}

void tb_subjects_builtin(struct tb_subjects *s, const char *glob) {
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        for (const struct tb_target *const *t = families[f].targets; *t; t++)
            if (tb_glob(glob, (*t)->name))
                add_target(s, TB_SUBJECT_BUILTIN, *t, families[f].sampled);
}

bool tb_subjects_plugin(struct tb_subjects *s, const char *path, struct tb_error *error) {
    struct tb_target_info *info;
    size_t count;
    if (s->info_count == sizeof s->infos / sizeof s->infos[0])
        return tb_fail(error, TB_EXIT_USAGE, "--plugin takes at most %zu files", s->info_count);
    if (!tb_plugin_list(path, &info, &count, error))
        return false;
    s->infos[s->info_count++] = info;
    for (size_t i = 0; i < count; i++) {
        struct tb_subject *subject = add(s, TB_SUBJECT_PLUGIN, info[i].name);
        subject->plugin = path;
        subject->info = &info[i];
        memcpy(subject->summary, info[i].summary, sizeof subject->summary);
        memcpy(subject->unavailable, info[i].unavailable, sizeof subject->unavailable);
    }
    return true;
}

/* Where the build and the installation put the plug-in, from the folder of this program. */
static const char *const cuda_places[] = {
    "../targets/cuda/tiebreak_cuda.so",
    "../lib/tiebreak/tiebreak_cuda.so",
};

const char *tb_cuda_plugin(void) {
    static char path[PATH_MAX + 64];
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    while (length > 0 && program[length - 1] != '/')
        length--;
    for (size_t i = 0; length > 0 && i < sizeof cuda_places / sizeof cuda_places[0]; i++) {
        snprintf(path, sizeof path, "%.*s%s", (int)length, program, cuda_places[i]);
        if (access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}

void tb_subjects_cuda(struct tb_subjects *s) {
    const char *path = tb_cuda_plugin();
    size_t before = s->count;
    struct tb_error error;
    if (!path)
        return;
    if (!tb_subjects_plugin(s, path, &error)) {
        struct tb_subject *subject = add(s, TB_SUBJECT_PLUGIN, "cuda/plug-in");
        snprintf(subject->summary, sizeof subject->summary, "the CUDA targets");
        snprintf(subject->unavailable, sizeof subject->unavailable, "%.255s", error.text);
    }
    for (size_t i = before; i < s->count; i++)
        s->list[i].own = true;
}

bool tb_subjects_exec(struct tb_subjects *s, const char *command, struct tb_error *error) {
    const struct tb_target *target = tb_exec_target(command, error);
    if (target)
        add_target(s, TB_SUBJECT_EXEC, target, true);
    return target != NULL;
}

bool tb_subjects_recorded(struct tb_subjects *s, const char *path, struct tb_error *error) {
    if (s->recording_count == sizeof s->recordings / sizeof s->recordings[0])
        return tb_fail(error, TB_EXIT_USAGE, "--recorded takes at most %zu files", s->recording_count);
    struct tb_recording *r = &s->recordings[s->recording_count];
    if (!tb_recording_read(path, r, error))
        return false;
    s->recording_count++;
    if (r->info.kind != TB_FILE_RECORDED)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: holds %s answers, not recorded ones: make it with `tiebreak record`", path,
                       tb_file_kind_words[r->info.kind].name);
    struct tb_subject *subject = add(s, TB_SUBJECT_RECORDED, r->info.target);
    subject->recording = r;
    snprintf(subject->summary, sizeof subject->summary, "recorded on %.120s, %.40s", r->info.device,
             r->info.date);
    return true;
}

void tb_subjects_free(struct tb_subjects *s) {
    for (size_t i = 0; i < s->recording_count; i++)
        tb_recording_free(&s->recordings[i]);
    for (size_t i = 0; i < s->info_count; i++)
        free(s->infos[i]);
    free(s->list);
    *s = (struct tb_subjects){0};
}

size_t tb_subjects_not_run(const struct tb_subjects *s, size_t first, char name[96]) {
    const struct tb_subject *a = &s->list[first];
    size_t family = strcspn(a->name, "/") + 1, count = 1;
    if (!a->unavailable[0])
        return 0;
    while (first + count < s->count && strncmp(a->name, s->list[first + count].name, family) == 0 &&
           strcmp(a->unavailable, s->list[first + count].unavailable) == 0)
        count++;
    if (count < 3) {
        snprintf(name, sizeof a->name, "%s", a->name);
        return 1;
    }
    snprintf(name, sizeof a->name, "%.*s* (%zu targets)", (int)family, a->name, count);
    return count;
}

const char *tb_kernel_failure(const struct tb_kernel *kernel) {
    return kernel->failure ? kernel->failure(kernel->state) : NULL;
}

static void run_watched(const void *state, const void *input, void *output, size_t count) {
    const struct tb_kernel *kernel = state;
    kernel->run(kernel->state, input, output, count);
    const char *why = tb_kernel_failure(kernel);
    if (why)
        tb_job_fail("%s", why);
}

static int sweep_watched(const void *state, const struct tb_sweep_request *request,
                         struct tb_sweep_answer *answer) {
    const struct tb_kernel *kernel = state;
    int answered = kernel->sweep(kernel->state, request, answer);
    const char *why = tb_kernel_failure(kernel);
    if (why)
        tb_job_fail("%s", why);
    return answered;
}

struct tb_kernel tb_kernel_watched(const struct tb_kernel *kernel) {
    return !kernel->failure ? *kernel
                            : (struct tb_kernel){.run = run_watched,
                                                 .state = kernel,
                                                 .claim = kernel->claim,
                                                 .sweep = kernel->sweep ? sweep_watched : NULL};
}

int tb_subject_open_request(const struct tb_subject *s, const struct tb_request *request,
                            struct tb_kernel *kernel, struct tb_error *error) {
    const struct tb_target *target = s->target;
    if (s->kind == TB_SUBJECT_PLUGIN && !(target = tb_plugin_load(s->plugin, s->name, error)))
        return -1;
    *kernel = (struct tb_kernel){0};
    if (target->open(request, kernel) != 1 || !kernel->run)
        return 0;
    const char *why = tb_kernel_failure(kernel);
    return why ? (tb_fail(error, TB_EXIT_TARGET, "it could not be opened: %s", why), -1) : 1;
}

int tb_subject_open(const struct tb_subject *s, const struct tb_case *c, const char *id,
                    struct tb_kernel *kernel, struct tb_error *error) {
    struct tb_request request = tb_request_of(c, id);
    return tb_subject_open_request(s, &request, kernel, error);
}
