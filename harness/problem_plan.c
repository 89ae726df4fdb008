#include "harness/problem_plan.h"

#include "harness/pool.h"
#include "targets/request.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Answers of the variants. ---- */

enum { VARIANTS = 128 }; /* of one kind, at most */

struct tb_variant_answers {
    pthread_mutex_t lock;
    unsigned char *of[VARIANTS]; /* by the variant's place in its table */
};

static struct tb_variant_answers *no_answers(void) {
    struct tb_variant_answers *answers = calloc(1, sizeof *answers);
    if (!answers || pthread_mutex_init(&answers->lock, NULL) != 0)
        abort();
    return answers;
}

static void free_answers(struct tb_variant_answers *answers) {
    for (size_t i = 0; i < VARIANTS; i++)
        free(answers->of[i]);
    pthread_mutex_destroy(&answers->lock);
    free(answers);
}

const unsigned char *tb_planned_problem_variant(const struct tb_planned_problem *q,
                                                const struct tb_problem_variant *variant) {
    ptrdiff_t place = variant - tb_problem_arithmetic_of(&q->p)->variants;
    if (place < 0 || place >= VARIANTS)
        abort();
    pthread_mutex_lock(&q->answers->lock);
    unsigned char **answers = &q->answers->of[place];
    if (!*answers) {
        *answers = calloc(q->golden.records, q->p.output.bytes);
        for (size_t i = 0; *answers && i < q->golden.records; i++)
            variant->evaluate(&q->p, q->golden.input + i * q->p.input.bytes,
                              *answers + i * q->p.output.bytes);
    }
    pthread_mutex_unlock(&q->answers->lock);
    return *answers;
}

/* ---- Plans. ---- */

struct tb_planned_problem *tb_planned_problem(const char *id, struct tb_error *error) {
    struct tb_planned_problem *q = calloc(1, sizeof *q);
    if (!q)
        abort();
    if (!tb_problem_parse(id, &q->p, error)) {
        free(q);
        return NULL;
    }
    q->elements = tb_layout_elements(&q->p.output);
    tb_layout_print(&q->p.input, q->source, sizeof q->source);
    tb_layout_print(&q->p.output, q->destination, sizeof q->destination);
    snprintf(q->words, sizeof q->words, "%s", tb_problem_words(&q->p, q->p.id));
    q->answers = no_answers();
    return q;
}

void tb_planned_problem_free(struct tb_planned_problem *q) {
    if (!q)
        return;
    tb_problem_vectors_free(&q->golden);
    free_answers(q->answers);
    free(q);
}

uint64_t tb_problem_inputs(const struct tb_planned_problem *q) {
    size_t records = q->golden.records ? q->golden.records : tb_problem_arithmetic_of(&q->p)->records;
    return q->elements * records;
}

struct tb_problem_place tb_problem_place(const struct tb_planned_problem *q, uint64_t index) {
    struct tb_problem_place place = {.record = (size_t)(index / q->elements)};
    place.field = tb_layout_find(&q->p.output, index % q->elements, &place.place);
    return place;
}

/* Every NaN becomes the one canonical NaN of its format. */
static void make_canonical(struct tb_planned_problem *q) {
    for (uint64_t i = 0; i < tb_problem_inputs(q); i++) {
        struct tb_problem_place at = tb_problem_place(q, i);
        unsigned char *record = q->golden.output + at.record * q->p.output.bytes;
        uint64_t canonical;
        if (tb_format_is_nan(at.field->format, tb_field_get(at.field, record, at.place)) &&
            tb_format_nan(at.field->format, false, 0, &canonical))
            tb_field_set(at.field, record, at.place, canonical);
    }
}

bool tb_planned_problem_golden(struct tb_planned_problem *q, enum tb_nan_level level,
                               struct tb_error *error) {
    if (!tb_problem_golden(&q->p, &q->golden, error))
        return false;
    if (level == TB_NAN_CANONICAL)
        make_canonical(q);
    return true;
}

bool tb_glob_names_problem(const char *glob) {
    for (const struct tb_problem_kind *const *k = tb_problem_kinds; *k; k++) {
        size_t length = strlen((*k)->operation);
        if (strncmp(glob, (*k)->operation, length) == 0 && glob[length] == '/')
            return true;
    }
    return false;
}

struct tb_request tb_problem_request(const struct tb_planned_problem *q) {
    return tb_request_of_problem(&q->p, q->source, q->destination, q->words);
}

void tb_problem_digest(const struct tb_planned_problem *q, char hex[65]) {
    const struct tb_problem_records records = {q->golden.records, q->golden.input, q->golden.output};
    tb_problem_records_digest(&q->p, &records, hex);
}

/* ---- Other inputs. ---- */

/* In a child: what came from a file may be what no exact answer was ever wanted for. */
static void answer_given(void *context, FILE *out) {
    const struct tb_planned_problem *q = context;
    struct tb_error error;
    if (!tb_problem_answer(&q->p, &q->golden, &error))
        tb_job_fail("%s", error.text);
    fwrite(q->golden.output, q->p.output.bytes, q->golden.records, out);
}

static bool find_answers(struct tb_planned_problem *q, struct tb_error *error) {
    struct tb_job job = {.work = answer_given, .context = q, .limit_seconds = 60};
    size_t bytes = q->golden.records * q->p.output.bytes;
    tb_pool_run(&job, 1, 1, NULL, NULL);
    bool ok = job.outcome == TB_JOB_DONE && job.output_size == bytes;
    if (ok)
        memcpy(q->golden.output, job.output, bytes);
    free(job.output);
    return ok || tb_fail(error, TB_EXIT_TARGET,
                         "the recorded inputs are not those of this version, and their answers could not be "
                         "found: %s",
                         job.reason);
}

struct tb_planned_problem *tb_planned_problem_given(const struct tb_planned_problem *q,
                                                    const struct tb_problem_records *given,
                                                    enum tb_nan_level level, struct tb_error *error) {
    struct tb_planned_problem *own = malloc(sizeof *own);
    size_t bytes = given->count * q->p.input.bytes;
    if (!own)
        abort();
    *own = *q;
    own->answers = no_answers();
    own->golden = (struct tb_problem_vectors){given->count, malloc(bytes + 1),
                                              calloc(given->count + 1, q->p.output.bytes)};
    bool ok = own->golden.input && own->golden.output;
    if (ok)
        memcpy(own->golden.input, given->input, bytes);
    else
        tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for the recorded inputs", q->p.id);
    if (!ok || !find_answers(own, error)) {
        tb_planned_problem_free(own);
        return NULL;
    }
    if (level == TB_NAN_CANONICAL)
        make_canonical(own);
    return own;
}
