/* Subjects: whatever can be judged. A target inside this binary, one of a plug-in, another process, a
 * recording. */
#ifndef TB_SUBJECT_H
#define TB_SUBJECT_H

#include "harness/plugin.h"
#include "targets/request.h"
#include "vectors/golden_file.h"

enum tb_subject_kind { TB_SUBJECT_BUILTIN, TB_SUBJECT_PLUGIN, TB_SUBJECT_EXEC, TB_SUBJECT_RECORDED };

struct tb_subject {
    enum tb_subject_kind kind;
    char name[96];
    char summary[256];
    char unavailable[256];                /* "" where this machine can run it */
    struct tb_target_info *info;          /* PLUGIN: with its provenance; NULL elsewhere */
    const struct tb_target *target;       /* BUILTIN, EXEC */
    const char *plugin;                   /* PLUGIN: the file; NULL where it could not be loaded */
    const struct tb_recording *recording; /* RECORDED */
    bool own;                             /* comes with this program, as BUILTIN or in a plug-in beside it */
    bool sampled; /* too slow for 2^32 inputs outside the full suite: takes samples of large domains there */
};

struct tb_subjects {
    size_t count, capacity;
    struct tb_subject *list;
    struct tb_recording recordings[8]; /* files given by --recorded */
    size_t recording_count;
    struct tb_target_info *infos[32]; /* of the plug-ins */
    size_t info_count;
};

/* All targets of this binary whose name matches `glob`; then those of the files and commands given. False and
 * *error when one of them cannot be read or loaded. */
void tb_subjects_builtin(struct tb_subjects *s, const char *glob);
/* The targets of the CUDA plug-in that was built with this program, where the build or the installation put
 * it; nothing where there is none. One that cannot be loaded is listed as a target that cannot run here, with
 * what went wrong. */
void tb_subjects_cuda(struct tb_subjects *s);
/* The CUDA plug-in's file; NULL where there is none. */
const char *tb_cuda_plugin(void);
bool tb_subjects_plugin(struct tb_subjects *s, const char *path, struct tb_error *error);
bool tb_subjects_exec(struct tb_subjects *s, const char *command, struct tb_error *error);
bool tb_subjects_recorded(struct tb_subjects *s, const char *path, struct tb_error *error);
void tb_subjects_free(struct tb_subjects *s);

/* Subjects that cannot run here, from number `first` on, as one line: the whole family where at least three
 * of it stand side by side with one reason, else one target. Fills in the name and
 * returns how many it stands for; 0 where subject `first` can run. */
size_t tb_subjects_not_run(const struct tb_subjects *s, size_t first, char name[96]);

/* What went wrong in the kernel so far, in its words; NULL while all is well. */
const char *tb_kernel_failure(const struct tb_kernel *kernel);

/* In a child: a kernel that ends the job, in its own words, as soon as one of its calls has failed. *kernel
 * stays where it is. */
struct tb_kernel tb_kernel_watched(const struct tb_kernel *kernel);

/* Opens the subject's kernel for a request or a case, in a child for foreign code. 1: offered. 0: not. -1:
 * *error says what went wrong. */
int tb_subject_open_request(const struct tb_subject *s, const struct tb_request *request,
                            struct tb_kernel *kernel, struct tb_error *error);
int tb_subject_open(const struct tb_subject *s, const struct tb_case *c, const char *id,
                    struct tb_kernel *kernel, struct tb_error *error);

#endif
