#include "harness/judge.h"

#include "harness/contract.h"
#include "harness/device_sweep.h"
#include "harness/environment.h"
#include "harness/gapless.h"
#include "harness/problem_judge.h"
#include "harness/recorder.h"
#include "harness/sample.h"
#include "reference/basic.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a child writes; the record's stretches follow it. */
struct reply {
    enum { NOT_OFFERED, UNAVAILABLE, JUDGED } kind;
    char claim[64];
    char reason[512];
    struct tb_contract_report contract;
    struct tb_record record;
    struct tb_hidden_report hidden; /* of a case that hides its random bits */
    double seconds;
    struct tb_device_times times;
};

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- In the child. ---- */

/* Input `i` of the contract's: of a staircase both sides of each boundary, since a tie is a run's first input
 * or the last one before it, as the rounding gives it away. */
static uint64_t contract_input(const struct tb_planned *p, size_t i) {
    if (!p->golden.count)
        return p->sample.input[i];
    uint64_t first = p->golden.first[i / 2];
    return i % 2 && first ? first - (UINT64_C(1) << tb_case_input(&p->c)->padding) : first;
}

/* Some hundred inputs for the contract, evenly spread where there are more. */
static size_t contract_inputs(const struct tb_planned *p, unsigned char *array, size_t limit) {
    unsigned bytes = tb_format_bytes(tb_case_input(&p->c));
    size_t count = p->golden.count ? 2 * p->golden.count : p->sample.count;
    size_t taken = count < limit ? count : limit;
    for (size_t i = 0; i < taken; i++) {
        uint64_t input = contract_input(p, i * count / taken);
        memcpy(array + i * bytes, &input, bytes);
    }
    return taken;
}

static bool check_problem_contract(const struct tb_planned_problem *q, const struct tb_kernel *kernel,
                                   struct reply *reply) {
    const struct tb_gapless gapless = {&q->p.output, kernel};
    const struct tb_kernel clearing = tb_gapless_kernel(&gapless);
    return tb_contract_check(&clearing, q->p.input.bytes, q->p.output.bytes, q->golden.input,
                             q->golden.records, &reply->contract);
}

static bool check_contract(const struct tb_trial *t, const struct tb_kernel *kernel, struct reply *reply) {
    const struct tb_planned *p = t->planned;
    if (p->problem)
        return check_problem_contract(tb_trial_problem(t), kernel, reply);
    static _Alignas(64) unsigned char inputs[512 * 8];
    size_t count = contract_inputs(p, inputs, 512);
    return tb_contract_check(kernel, tb_format_bytes(tb_case_input(&p->c)), tb_format_bytes(p->c.destination),
                             inputs, count, &reply->contract);
}

/* The inputs of one answer as a sample; then the draws. */
static bool sweep_hidden(const struct tb_planned *p, const struct tb_kernel *kernel, struct reply *reply) {
    struct tb_hidden_report *h = &reply->hidden;
    if (!tb_sweep_sample(&p->c, &p->sample, kernel, &reply->record) ||
        !tb_hidden_check(&p->c, kernel, &tb_hidden_standard, h))
        return false;
    if (h->finding == TB_FOUND_FOREIGN || h->finding == TB_FOUND_MOVED)
        tb_tally_add(&reply->record.tally, &p->c, &h->last);
    reply->record.inputs += h->draws;
    return true;
}

/* Two answers of one input are this case's nature; where they are not, the draws tell. */
static void forgive_draws(struct tb_contract_report *contract) {
    contract->breaches &= ~(1u << TB_BREACH_REPEAT | 1u << TB_BREACH_POSITION);
    contract->position_count = 0;
    contract->position_total = 0;
}

static bool sweep_whole(const struct tb_trial *t, const struct tb_kernel *kernel, struct reply *reply) {
    const struct tb_planned *p = t->planned;
    struct tb_error error;
    if (tb_basic_by_blocks(&p->c))
        return tb_sweep_blocks(&p->c, &p->sample, kernel, tb_job_progress, &reply->record);
    if (!p->golden.count)
        return tb_sweep_wide(&p->c, &p->wide, kernel, tb_job_progress, &reply->record);
    if (!tb_device_sweeps(&p->c, &p->golden, kernel))
        return tb_sweep(&p->c, &p->golden, kernel, tb_job_progress, &reply->record);
    if (!tb_device_sweep(&p->c, &p->golden, kernel, tb_job_progress, &reply->record, &error) ||
        (t->measure && !tb_device_measure(&p->c, &p->golden, kernel, &reply->times, &error)))
        tb_job_fail("%s", error.text);
    return true;
}

static void run_kernel(const struct tb_trial *t, const struct tb_kernel *given, struct reply *reply) {
    const struct tb_planned *p = t->planned;
    const struct tb_kernel own = tb_kernel_watched(given), *kernel = &own;
    struct tb_environment wanted = tb_environment_now(), after;
    struct tb_error error;
    if (t->condition && !tb_environment_condition(t->condition->name, &wanted, &error))
        tb_job_fail("%s", error.text);
    if (t->subject->kind != TB_SUBJECT_EXEC && !check_contract(t, kernel, reply))
        tb_job_fail("out of memory while checking the contract");
    if (tb_case_hides_random(&p->c))
        forgive_draws(&reply->contract);
    tb_environment_set(&wanted);
    double start = cpu_seconds();
    bool ok = p->problem                    ? tb_problem_sweep(tb_trial_problem(t), kernel, &reply->record)
              : tb_case_hides_random(&p->c) ? sweep_hidden(p, kernel, reply)
              : t->exhaustive               ? sweep_whole(t, kernel, reply)
                              : tb_sweep_sample(&p->c, tb_trial_sample(t), kernel, &reply->record);
    reply->seconds = cpu_seconds() - start;
    after = tb_environment_now();
    tb_environment_set_default();
    if (!ok)
        tb_job_fail("out of memory while recording");
    tb_environment_describe(&wanted, &after, reply->reason, sizeof reply->reason);
}

/* A recording is compared, not run. */
static void judge_recording(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply);

static void send(const struct reply *reply, FILE *out) {
    fwrite(reply, sizeof *reply, 1, out);
    if (reply->record.stretch_count)
        fwrite(reply->record.stretches, sizeof *reply->record.stretches, reply->record.stretch_count, out);
}

/* A process may have written more than its last answer, and is told to end. What a plug-in holds ends with
 * this one. */
static void close_kernel(const struct tb_subject *s, struct tb_kernel *kernel) {
    if (s->kind == TB_SUBJECT_EXEC && s->target->close)
        s->target->close(kernel);
}

void tb_trial_work(void *context, FILE *out) {
    const struct tb_trial *t = context;
    static struct reply reply;
    struct tb_kernel kernel;
    struct tb_error error;
    if (t->subject->kind == TB_SUBJECT_RECORDED) {
        const struct tb_answers *answers = tb_recording_find(t->subject->recording, t->planned->id);
        reply.kind = answers ? JUDGED : NOT_OFFERED;
        if (answers)
            judge_recording(t, answers, &reply);
        send(&reply, out);
        return;
    }
    struct tb_request request = tb_planned_request(t->planned);
    int offered = tb_subject_open_request(t->subject, &request, &kernel, &error);
    if (offered < 0)
        tb_job_fail("%s", error.text);
    reply.kind = offered ? JUDGED : NOT_OFFERED;
    if (offered) {
        snprintf(reply.claim, sizeof reply.claim, "%s", kernel.claim ? kernel.claim : "");
        run_kernel(t, &kernel, &reply);
        close_kernel(t->subject, &kernel);
    }
    send(&reply, out);
}

static void add_recorded(const struct tb_difference *d, void *context) {
    tb_recorder_add(context, d->first, d->last, d->expected, d->got);
}

static void judge_staircase(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    const struct tb_planned *p = t->planned;
    struct tb_recorder r = tb_recorder_start(&p->c, &reply->record);
    uint64_t end = (tb_case_inputs(&p->c) - 1) << tb_case_input(&p->c)->padding;
    tb_staircase_compare(&p->golden, &answers->staircase, end, add_recorded, &r);
    tb_recorder_close(&r);
    if (r.out_of_memory)
        tb_job_fail("out of memory while comparing the recording");
    reply->record.inputs = tb_case_inputs(&p->c);
    reply->record.exhaustive = true;
}

/* A kernel that gives what was recorded for the inputs of the trial's sample, so that a recording is judged
 * by the code that judges a target. */
static void replay(const void *state, const void *input, void *output, size_t count) {
    const struct tb_trial *t = state;
    const struct tb_answers *a = tb_recording_find(t->subject->recording, t->planned->id);
    const struct tb_vectors *sample = tb_trial_sample(t);
    unsigned bytes = tb_format_bytes(t->planned->c.destination);
    (void)input;
    for (size_t i = 0; i < count; i++) {
        uint64_t code =
            a->staircase.count ? tb_staircase_at(&a->staircase, sample->input[i]) : a->vectors.output[i];
        memcpy((unsigned char *)output + i * bytes, &code, bytes);
    }
}

static void judge_vectors(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    const struct tb_vectors *sample = tb_trial_sample(t), *v = &answers->vectors;
    struct tb_kernel kernel = {.run = replay, .state = t};
    if (!answers->staircase.count && !tb_vectors_same_inputs(v, sample))
        tb_job_fail(
            "the recording's %zu inputs do not ascend, and are not the %zu that this version samples: "
            "record it again",
            v->count, sample->count);
    if (!tb_sweep_sample(&t->planned->c, sample, &kernel, &reply->record))
        tb_job_fail("out of memory while comparing the recording");
}

static void replay_records(const void *state, const void *input, void *output, size_t count) {
    const struct tb_trial *t = state;
    const struct tb_answers *a = tb_recording_find(t->subject->recording, t->planned->id);
    (void)input;
    memcpy(output, a->records.output, count * t->planned->problem->p.output.bytes);
}

static void judge_records(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    const struct tb_planned_problem *q = tb_trial_problem(t);
    struct tb_kernel kernel = {.run = replay_records, .state = t};
    if (!tb_problem_records_given(&q->p, &answers->records, q->golden.records, q->golden.input))
        tb_job_fail("the recording's %zu records are not the %zu that are judged", answers->records.count,
                    q->golden.records);
    if (!tb_problem_sweep(q, &kernel, &reply->record))
        tb_job_fail("out of memory while comparing the recording");
}

static void judge_recording(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    snprintf(reply->claim, sizeof reply->claim, "%s", answers->claim);
    if (t->planned->problem)
        judge_records(t, answers, reply);
    else if (t->exhaustive)
        judge_staircase(t, answers, reply);
    else
        judge_vectors(t, answers, reply);
}

/* ---- In the parent. ---- */

const struct tb_vectors *tb_trial_sample(const struct tb_trial *t) {
    return t->own_sample.count ? &t->own_sample : &t->planned->sample;
}

const struct tb_planned_problem *tb_trial_problem(const struct tb_trial *t) {
    return t->own_problem ? t->own_problem : t->planned->problem;
}

static bool ascends(const struct tb_vectors *v) {
    for (size_t i = 1; i < v->count; i++)
        if (v->input[i] <= v->input[i - 1])
            return false;
    return true;
}

static bool adopt_records(struct tb_trial *t, struct tb_error *error) {
    const struct tb_planned_problem *q = t->planned->problem;
    if (!t->given_records ||
        tb_problem_records_given(&q->p, t->given_records, q->golden.records, q->golden.input))
        return true;
    t->own_problem = tb_planned_problem_given(q, t->given_records, t->nan_level, error);
    return t->own_problem != NULL;
}

bool tb_trial_adopt(struct tb_trial *t, struct tb_error *error) {
    const struct tb_planned *p = t->planned;
    struct tb_vectors *own = &t->own_sample;
    if (p->problem)
        return adopt_records(t, error);
    if (!t->given || t->exhaustive || p->like || tb_case_hides_random(&p->c) || !ascends(t->given) ||
        tb_vectors_same_inputs(t->given, &p->sample))
        return true;
    own->input = malloc(t->given->count * sizeof *own->input);
    if (!own->input)
        return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for the recorded inputs", p->id);
    memcpy(own->input, t->given->input, t->given->count * sizeof *own->input);
    own->count = t->given->count;
    if (!tb_sample_expect(&p->c, p->golden.count ? &p->golden : NULL, own, error))
        return false;
    for (size_t i = 0; i < own->count && !p->golden.count; i++)
        own->output[i] = tb_golden_code(&p->c, t->nan_level, own->output[i]);
    return true;
}

static void finish_badly(struct tb_trial *t, const struct tb_job *job) {
    t->verdict.status = TB_CRASHED;
    snprintf(t->verdict.reason, sizeof t->verdict.reason, "%s", job->reason);
}

/* What the contract found goes into the verdict: position dependence is counted, the rest is a reason. */
static void add_contract(struct tb_trial *t, const struct tb_contract_report *contract) {
    const char *sentence = tb_contract_sentence(contract);
    for (uint32_t i = 0; i < contract->position_count; i++) {
        const struct tb_position *p = &contract->positions[i];
        tb_tally_add_position(&t->record.tally, &(struct tb_example){p->input, p->body, p->tail});
    }
    if (sentence)
        snprintf(t->verdict.reason, sizeof t->verdict.reason, "%s", sentence);
}

/* The draws' result is the reason, unless there is a worse one. */
static void add_draws(struct tb_trial *t, const struct tb_hidden_report *hidden) {
    struct tb_verdict *v = &t->verdict;
    t->drew = true;
    t->accepted = hidden->outcome == TB_HIDDEN_ACCEPTED && !v->reason[0];
    if (!v->reason[0])
        tb_hidden_words(hidden, &tb_hidden_standard, v->reason, sizeof v->reason);
}

void tb_trial_finish(struct tb_trial *t, const struct tb_job *job) {
    struct tb_verdict *v = &t->verdict;
    struct reply reply;
    snprintf(v->target, sizeof v->target, "%s", t->subject->name);
    snprintf(v->case_id, sizeof v->case_id, "%s", t->planned->id);
    v->exhaustive = t->exhaustive;
    if (job->outcome != TB_JOB_DONE || job->output_size < sizeof reply) {
        finish_badly(t, job);
        return;
    }
    memcpy(&reply, job->output, sizeof reply);
    t->dropped = reply.kind == NOT_OFFERED;
    t->record = reply.record;
    t->record.stretches = NULL;
    size_t bytes = reply.record.stretch_count * sizeof *t->record.stretches;
    if (t->dropped || job->output_size != sizeof reply + bytes) {
        t->record.stretch_count = 0;
        return;
    }
    t->record.stretches = malloc(bytes + 1);
    if (!t->record.stretches)
        abort();
    memcpy(t->record.stretches, job->output + sizeof reply, bytes);
    snprintf(v->claim, sizeof v->claim, "%s", reply.claim);
    snprintf(v->reason, sizeof v->reason, "%s", reply.reason);
    add_contract(t, &reply.contract);
    if (!t->planned->problem && tb_case_hides_random(&t->planned->c))
        add_draws(t, &reply.hidden);
    v->inputs = t->record.inputs;
    v->seconds = reply.seconds;
    t->times = reply.times;
    tb_tally_report(&t->record.tally, &t->planned->c, t->record.exhaustive, v);
}

void tb_trial_drop(struct tb_trial *t) {
    tb_record_free(&t->record);
    tb_vectors_free(&t->own_sample);
    tb_planned_problem_free(t->own_problem);
    t->own_problem = NULL;
}

void tb_trial_free(struct tb_trial *t) {
    tb_trial_drop(t);
    free(t->verdict.classes);
    free(t->verdict.explained_by);
    free(t->verdict.binades);
    free(t->verdict.stretches);
    free(t->verdict.errors);
}
