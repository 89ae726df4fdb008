#include "harness/folder.h"

#include "vectors/case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool made_here;

void tb_folder_take_back(const char *path) {
    if (made_here)
        rmdir(path); /* which refuses where something is in it */
}

bool tb_folder_prepare(const char *path, struct tb_error *error) {
    char probe[1024];
    made_here = mkdir(path, 0777) == 0;
    if (!made_here && errno != EEXIST)
        return tb_fail(error, TB_EXIT_SYSTEM,
                       "cannot make the output folder '%s': %s: choose another with -o", path,
                       strerror(errno));
    if (snprintf(probe, sizeof probe, "%s/.tiebreak-XXXXXX", path) >= (int)sizeof probe)
        return tb_fail(error, TB_EXIT_USAGE, "the output folder's name is too long");
    int fd = mkstemp(probe);
    if (fd < 0)
        return tb_fail(error, TB_EXIT_SYSTEM,
                       "cannot write to the output folder '%s': %s: choose another with -o", path,
                       strerror(errno));
    fclose(fdopen(fd, "w"));
    remove(probe);
    return true;
}

bool tb_folder_write(const struct tb_results *r, const char *folder, struct tb_error *error) {
    static const struct {
        const char *name;
        tb_render_fn *render;
    } files[] = {
        {"report.html",   tb_report_html    },
        {"junit.xml",     tb_report_junit   },
        {"summary.md",    tb_report_markdown},
        {"results.sarif", tb_report_sarif   },
    };
    char path[1100];
    snprintf(path, sizeof path, "%s/results.json", folder);
    if (!tb_results_write(path, r, error))
        return false;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        if (!tb_report_write(path, r, files[i].render, error))
            return false;
    }
    return true;
}

/* ---- Order ---- */

/* A case of the suite and its place in it. */
struct place {
    char id[TB_CASE_ID];
    size_t rank;
};

struct ranked {
    size_t rank; /* of the case in the suite */
    struct tb_verdict verdict;
};

static int by_id(const void *a, const void *b) {
    return strcmp(((const struct place *)a)->id, ((const struct place *)b)->id);
}

static int by_place(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    int order = strcmp(x->verdict.case_id, y->verdict.case_id);
    return order ? order : strcmp(x->verdict.target, y->verdict.target);
}

/* The cases of a suite by name, and those that globs choose from beside it; an unknown suite has none. */
static struct place *places_of(const char *suite, size_t *count) {
    int known = tb_word_find(tb_suite_words, TB_SUITES, suite);
    *count = 0;
    if (known >= 0 && known < TB_ARITHMETIC)
        known = TB_ARITHMETIC;
    struct tb_case *cases = known < 0 ? NULL : tb_suite_cases((enum tb_suite)known, count);
    struct place *places = calloc(*count + 1, sizeof *places);
    if (!places)
        abort();
    for (size_t i = 0; i < *count; i++) {
        tb_case_print(&cases[i], places[i].id);
        places[i].rank = i;
    }
    qsort(places, *count, sizeof *places, by_id);
    free(cases);
    return places;
}

void tb_results_sort(struct tb_results *r) {
    size_t count;
    struct place *places = places_of(r->suite, &count), key;
    struct ranked *list = calloc(r->verdict_count + 1, sizeof *list);
    if (!list)
        abort();
    for (size_t i = 0; i < r->verdict_count; i++) {
        memcpy(key.id, r->verdicts[i].case_id, sizeof key.id);
        const struct place *found = bsearch(&key, places, count, sizeof *places, by_id);
        list[i] = (struct ranked){found ? found->rank : count, r->verdicts[i]};
    }
    qsort(list, r->verdict_count, sizeof *list, by_place);
    for (size_t i = 0; i < r->verdict_count; i++)
        r->verdicts[i] = list[i].verdict;
    free(list);
    free(places);
}

void tb_verdict_free(struct tb_verdict *v) {
    free(v->classes);
    free(v->explained_by);
    free(v->binades);
    free(v->stretches);
    free(v->errors);
}
