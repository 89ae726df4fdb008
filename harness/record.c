#include "harness/record.h"

#include "harness/facts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The sample with the recorded outputs. */
static bool add_vectors(const struct tb_trial *t, struct tb_vectors *out) {
    const struct tb_vectors *sample = tb_trial_sample(t);
    const struct tb_record *r = &t->record;
    for (size_t i = 0, s = 0; i < sample->count; i++) {
        while (s < r->stretch_count && r->stretches[s].last < sample->input[i])
            s++;
        bool inside = s < r->stretch_count && r->stretches[s].first <= sample->input[i];
        if (!tb_vectors_append(out, sample->input[i], inside ? r->stretches[s].got : sample->output[i]))
            return false;
    }
    return true;
}

/* The records with the outputs that were met: the golden ones but where a stretch says otherwise. */
static bool add_records(const struct tb_trial *t, struct tb_problem_records *out) {
    const struct tb_planned_problem *q = tb_trial_problem(t);
    size_t records = q->golden.records, in = records * q->p.input.bytes, size = records * q->p.output.bytes;
    *out = (struct tb_problem_records){records, malloc(in + 1), malloc(size + 1)};
    if (!out->input || !out->output)
        return false;
    memcpy(out->input, q->golden.input, in);
    memcpy(out->output, q->golden.output, size);
    for (size_t i = 0; i < t->record.stretch_count; i++) {
        const struct tb_stretch *s = &t->record.stretches[i];
        struct tb_problem_place at = tb_problem_place(q, s->first);
        tb_field_set(at.field, out->output + at.record * q->p.output.bytes, at.place, s->got);
    }
    return true;
}

static bool add_answers(const struct tb_trial *t, struct tb_answers *a) {
    if (t->planned->problem)
        return add_records(t, &a->records);
    if (t->record.exhaustive)
        return tb_record_staircase(&t->planned->c, &t->planned->golden, &t->record, &a->staircase);
    return add_vectors(t, &a->vectors);
}

const char *tb_recording_refusal(const struct tb_trial *t) {
    if (t->verdict.status == TB_CRASHED || t->verdict.status == TB_SKIPPED)
        return t->verdict.reason;
    if (t->verdict.reason[0]) /* a recording holds one answer for each input, wherever it stands */
        return t->verdict.reason;
    if (t->record.irregular)
        return "it differs from the exact answers in more than 2^21 stretches";
    return NULL;
}

struct tb_answers *tb_recording_add_trial(struct tb_recording *r, const struct tb_trial *t,
                                          struct tb_error *error) {
    struct tb_answers *a = tb_recording_add(r, t->planned->id);
    if (!a || !add_answers(t, a)) {
        tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for the recording", t->planned->id);
        return NULL;
    }
    snprintf(a->claim, sizeof a->claim, "%s", t->verdict.claim);
    return a;
}

void tb_recording_describe(struct tb_file_info *info, const struct tb_subject *subject) {
    time_t now = time(NULL);
    struct tm day;
    *info = (struct tb_file_info){.kind = TB_FILE_RECORDED};
    snprintf(info->tool, sizeof info->tool, "tiebreak %s", TB_VERSION);
    snprintf(info->target, sizeof info->target, "%s", subject->name);
    const struct tb_target_info *from = subject->info;
    if (from && from->device[0])
        snprintf(info->device, sizeof info->device, "%s", from->device);
    else
        tb_machine_line(info->device, sizeof info->device);
    snprintf(info->driver, sizeof info->driver, "%s", from ? from->driver : "");
    if (subject->kind == TB_SUBJECT_PLUGIN) { /* this binary's compiler is not a plug-in's */
        snprintf(info->compiler, sizeof info->compiler, "%s", from->compiler);
        snprintf(info->flags, sizeof info->flags, "%s", from->flags);
    } else {
        snprintf(info->compiler, sizeof info->compiler, "%s", TB_COMPILER);
        snprintf(info->flags, sizeof info->flags, "%s", TB_FLAGS);
    }
    strftime(info->date, sizeof info->date, "%Y-%m-%d", gmtime_r(&now, &day));
}
